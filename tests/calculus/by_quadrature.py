"""SymPy expressions as numbers, by Gauss–Legendre quadrature on concrete polynomials: nothing of the calculus is used.

Symbols are known by their names alone, as in print: an expression that confuses two of one name has a wrong value here.
"""

from functools import reduce
from operator import mul

import numpy as np
from sympy import Add, Derivative, Integral, Mul, Pow, Subs, sympify
from sympy.core.function import AppliedUndef

GAUSS = np.polynomial.legendre.leggauss(12)  # exact up to degree 23
FEW = np.polynomial.legendre.leggauss(5)  # up to degree 9, for boxes
STEP = 1e-30


class Field:
    """A polynomial in several variables, or the derivative of one, by its coefficients."""

    def __init__(self, coefficients):
        self.coefficients = np.asarray(coefficients)

    def __call__(self, *point):
        c = self.coefficients
        for p in point:
            c = np.polynomial.polynomial.polyval(p, c)
        return c

    def __add__(self, other):
        return Field(self.coefficients + other.coefficients)

    def __rmul__(self, number):
        return Field(number * self.coefficients)

    def deriv(self, *orders):
        c = self.coefficients
        for axis, n in enumerate(orders):
            c = np.polynomial.polynomial.polyder(c, n, axis=axis) if n else c
        return Field(c)


def value(e, functions, at=None, rule=GAUSS):
    """e with functions name ↦ Polynomial or Field, and the values of its symbols by their names."""
    at = {getattr(s, "name", s): number for s, number in (at or {}).items()}

    def of(e, **more):
        return value(e, functions, {**at, **more}, rule)

    if not e.args and e.is_number:
        return complex(e)
    if e.is_Symbol:
        return at[e.name]
    if isinstance(e, Add):
        return sum(map(of, e.args))
    if isinstance(e, Mul):
        return reduce(mul, map(of, e.args))
    if isinstance(e, Pow):
        return of(e.base) ** of(e.exp)
    if isinstance(e, AppliedUndef):
        return functions[e.func.__name__](*map(of, e.args))
    if isinstance(e, Derivative):
        assert all(e.expr.args.count(s) == 1 for s, _ in e.variable_count), f"{e} is no partial derivative"
        orders = [sum(int(n) for s, n in e.variable_count if s == a) for a in e.expr.args]
        return functions[e.expr.func.__name__].deriv(*orders)(*map(of, e.expr.args))
    if isinstance(e, Subs):
        return of(e.expr, **{s.name: of(sympify(p)) for s, p in zip(e.variables, e.point)})
    if isinstance(e, Integral):
        *inner, (s, lo, hi) = e.limits
        body = Integral(e.function, *inner) if inner else e.function
        lo, hi = of(lo), of(hi)
        here = (of(body, **{s.name: lo + (hi - lo) * (1 + node) / 2}) for node in rule[0])
        return (hi - lo) / 2 * sum(w * v for w, v in zip(rule[1], here))
    return getattr(np, e.func.__name__)(of(e.args[0]))


def derivative(J, f, along, rule=GAUSS, **functions):
    """d/dε J[f + ε along] at 0, by one imaginary step: no difference is taken, so no digits are lost."""
    return value(J, {"f": f + 1j * STEP * along, **functions}, rule=rule).imag / STEP
