"""Finite instances in floating point: elementary functions have values, and an interval is a quadrature rule.

The precision is mpmath's when the instance is made and used: `with mpmath.workdps(50)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import mpmath
from mpmath.calculus.quadrature import GaussLegendre, TanhSinh
from sympy import QQ, Dummy, NumberSymbol, Rational, Symbol, lambdify

from ..calculus.spaces import Point, Space
from .drawing import NotInterpretable, Nowhere, value
from .finite import Finite, Place
from .jets import Jet, lifted, standard

LARGEST = 10**6  # of an exponent: e^(10^6) is as large as numbers get here
ENDLESS = 1.0e18  # of a power with a whole exponent


@dataclass(eq=False)
class Floating(Finite):
    """Numbers of mpmath, with ε. `fineness` is that of the quadrature rules."""

    kind = "finite measures, in floating point"
    fineness: int = 4

    def __post_init__(self):
        self.zero, self.one = mpmath.mpf(0), mpmath.mpf(1)
        super().__post_init__()

    # arithmetic

    def constant(self, q):
        q = QQ(q)
        return mpmath.mpf(int(q.numerator)) / int(q.denominator)

    def rational(self, e: Rational):
        return QQ(e.p, e.q)

    def inverse(self, n: int):
        return self.one / n

    def power(self, a, exponent):
        n = standard(exponent)
        if not isinstance(exponent, Jet) and n == int(n) and abs(n) <= 64:
            return self.whole_power(a, int(n))
        if standard(a) <= 0:
            raise Nowhere(f"the power {mpmath.nstr(n, 5)} of a number that is not positive")
        return self.function(mpmath_exp, [exponent * self.function(mpmath_log, [a])])

    def function(self, func, arguments):
        if not arguments:
            return +func.evaluated() if hasattr(func, "evaluated") else self._number(func)
        (a,) = arguments if len(arguments) == 1 else (None,)
        if a is None:
            raise NotInterpretable(f"{func.__name__} of more than one argument")
        return lifted(lambda x, n: self._evaluated(func, x, n), a)

    def _number(self, func):
        return mpmath.mpf(0) + _constant(func)(self.zero)

    def _evaluated(self, func, x, n: int):
        if abs(x) > LARGEST:
            raise Nowhere(f"{func.__name__} of a number beyond {LARGEST}")
        try:
            out = _derivative(func, n)(x)
        except (ValueError, ZeroDivisionError, OverflowError) as why:
            raise Nowhere(f"{func.__name__} at {mpmath.nstr(x, 5)}") from why
        if isinstance(out, mpmath.mpc) or not mpmath.isfinite(out):
            raise Nowhere(f"{func.__name__} at {mpmath.nstr(x, 5)} is not real")
        return mpmath.mpf(out)
