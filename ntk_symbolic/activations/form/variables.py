"""The symbols of the argument u of φ and of the covariance of u and v."""

from __future__ import annotations

from sympy import Symbol, symbols

u = Symbol("u", real=True)
a, b = symbols("a b", positive=True)
c = Symbol("c", real=True)
SIGMA = ((a, c), (c, b))
