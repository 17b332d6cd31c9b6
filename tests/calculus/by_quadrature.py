"""SymPy expressions as numbers, by Gauss–Legendre quadrature on concrete polynomials: nothing of the calculus is used."""

from functools import reduce
from operator import mul

import numpy as np
from sympy import Add, Derivative, Integral, Mul, Pow, Subs
from sympy.core.function import AppliedUndef

NODES, WEIGHTS = np.polynomial.legendre.leggauss(12)  # exact up to degree 23
STEP = 1e-30


def value(e, functions, at=None):
    """e with functions name ↦ Polynomial in one variable, and the values of its symbols."""
    at = at or {}
    if not e.args and e.is_number:
        return complex(e)
    if e.is_Symbol:
        return at[e]
    if isinstance(e, Add):
        return sum(value(a, functions, at) for a in e.args)
    if isinstance(e, Mul):
        return reduce(mul, (value(a, functions, at) for a in e.args))
    if isinstance(e, Pow):
        return value(e.base, functions, at) ** value(e.exp, functions, at)
    if isinstance(e, AppliedUndef):
        return functions[e.func.__name__](value(e.args[0], functions, at))
    if isinstance(e, Derivative):
        ((_, order),) = e.variable_count
        return functions[e.expr.func.__name__].deriv(int(order))(value(e.expr.args[0], functions, at))
    if isinstance(e, Subs):
        return value(e.expr, functions, {**at, **{s: value(p, functions, at) for s, p in zip(e.variables, e.point)}})
    if isinstance(e, Integral):
        *inner, (s, lo, hi) = e.limits
        body = Integral(e.function, *inner) if inner else e.function
        lo, hi = (value(end, functions, at) for end in (lo, hi))
        here = (value(body, functions, {**at, s: lo + (hi - lo) * (1 + node) / 2}) for node in NODES)
        return (hi - lo) / 2 * sum(w * v for w, v in zip(WEIGHTS, here))
    return getattr(np, e.func.__name__)(value(e.args[0], functions, at))


def derivative(J, f, along, **functions):
    """d/dε J[f + ε along] at 0, by one imaginary step: no difference is taken, so no digits are lost."""
    return value(J, {"f": f + 1j * STEP * along, **functions}).imag / STEP
