"""SymPy expressions as numbers, by Gauss–Legendre quadrature on concrete polynomials: nothing of the calculus is used.

Symbols are identified by their names alone, as in print: an expression that confuses two of one name has a wrong value.
"""

from functools import reduce
from operator import mul

import numpy as np
from sympy import (
    Add,
    And,
    Derivative,
    Dummy,
    Heaviside,
    Integer,
    Integral,
    Mul,
    Piecewise,
    Pow,
    S,
    Subs,
    Sum,
    Symbol,
    conjugate,
    lambdify,
    oo,
    sympify,
)
from sympy.core.function import AppliedUndef

GAUSS = np.polynomial.legendre.leggauss(12)  # exact up to degree 23
T = Symbol("T")
FEW = np.polynomial.legendre.leggauss(5)  # up to degree 9, for boxes
FINE = (2 * (np.arange(500) + 0.5) / 500 - 1, np.full(500, 2 / 500))  # midpoints, for what jumps
LONG = (FINE[0][2::5], FINE[1][::5] * 5)  # 100 of them, which is enough for Gaussians
FAR = Integer(8)  # where these end
STEP = 1e-30


class Bell:
    """Σ c_k h_k for formulas h_k in one variable, with its derivatives."""

    def __init__(self, *terms):
        self.terms = terms

    def __call__(self, at):
        return sum(c * lambdify(T, h, "numpy")(at) for c, h in self.terms)

    def __add__(self, other):
        return Bell(*self.terms, *other.terms)

    def __rmul__(self, number):
        return Bell(*((number * c, h) for c, h in self.terms))

    def deriv(self, n):
        return Bell(*((c, h.diff(T, n)) for c, h in self.terms))


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
    if isinstance(e, Derivative) and isinstance(e.expr, conjugate):
        return np.conj(of(e.func(e.expr.args[0], *e.variable_count)))
    if isinstance(e, Derivative):
        assert all(e.expr.args.count(s) == 1 for s, _ in e.variable_count), f"{e} is no partial derivative"
        orders = [sum(int(n) for s, n in e.variable_count if s == a) for a in e.expr.args]
        return functions[e.expr.func.__name__].deriv(*orders)(*map(of, e.expr.args))
    if isinstance(e, Subs):
        return of(e.expr, **{s.name: of(sympify(p)) for s, p in zip(e.variables, e.point)})
    if isinstance(e, Integral):
        *inner, (s, lo, hi) = e.limits
        body = Integral(e.function, *inner) if inner else e.function
        lo, hi = (of(end.xreplace({oo: FAR, -oo: -FAR})) for end in (lo, hi))
        if not any(map(np.ndim, (lo, hi, *at.values()))):  # all nodes at once in the outermost one
            body = np.asarray(of(body, **{s.name: lo + (hi - lo) * (1 + rule[0]) / 2}))
            return (hi - lo) / 2 * (rule[1] * body).sum()
        here = (of(body, **{s.name: lo + (hi - lo) * (1 + node) / 2}) for node in rule[0])
        return (hi - lo) / 2 * sum(w * v for w, v in zip(rule[1], here))
    if isinstance(e, Heaviside):
        return np.heaviside(np.real(of(e.args[0])), float(e.args[1]))
    if isinstance(e, Sum):
        ((n, lo, hi),) = e.limits
        return sum(of(e.function, **{n.name: k}) for k in range(int(of(lo).real), int(of(hi).real) + 1))
    if isinstance(e, Piecewise):
        (branch, condition), *others = e.args
        rest = of(Piecewise(*others)) if others and branch != S.NaN else 0
        return of(branch) if condition == True else np.where(_truth(condition, of), of(branch), rest)  # noqa: E712
    name = e.func.__name__
    return getattr(np, {"Abs": "abs", "re": "real", "im": "imag"}.get(name, name))(of(e.args[0]))


def _truth(c, of):
    """The truth of a condition at real numbers, given as complex ones."""
    if isinstance(c, And):
        return reduce(np.logical_and, (_truth(a, of) for a in c.args))
    return np.real(of(c.gts)) >= np.real(of(c.lts))


def derivative(J, f, along, rule=GAUSS, **functions):
    """d/dε J[f + ε along] at 0, by one imaginary step: no difference is taken, so no digits are lost."""
    return value(J, {"f": f + 1j * STEP * along, **functions}, rule=rule).imag / STEP


def dense_integral(e, x, functions, lo=0, hi=1, n=200_000):
    """∫ e dx by the midpoint rule, for integrands with kinks; functions: SymPy's f ↦ an expression in x."""
    at = lo + (hi - lo) * (np.arange(n) + 0.5) / n
    values = {x: at}
    for f, body in functions.items():
        values[f(x)] = lambdify(x, body, "numpy")(at)
        values |= {f(x).diff(x, k): lambdify(x, body.diff(x, k), "numpy")(at) for k in (1, 2)}
    letters = {whole: Dummy() for whole in values}
    plain = lambdify(letters.values(), e.xreplace(letters), "numpy")
    return float(np.mean(np.broadcast_to(plain(*values.values()), at.shape))) * (hi - lo)


def slope_by_differences(integrand, x, f, u, v, step=1e-3, others=(), **more):
    """d/dε ∫ integrand[u + ε v] dx at 0 by a central difference; others: further functions with their values."""
    ends = (dense_integral(integrand, x, {f: u + n * step * v, **dict(others)}, **more) for n in (1, -1))
    return (next(ends) - next(ends)) / (2 * step)
