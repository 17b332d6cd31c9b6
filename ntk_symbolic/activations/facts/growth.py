"""Growth of a function on the real line, or on a part of it: C, g with |f(u)| ≤ C (1 + |u|)^g, from its structure."""

from __future__ import annotations

from functools import reduce
from math import e as E
from math import log as log_

from sympy import (
    Abs,
    Dummy,
    Expr,
    Mul,
    Piecewise,
    Poly,
    Pow,
    S,
    Symbol,
    ceiling,
    cosh,
    exp,
    expand,
    log,
    oo,
    real_roots,
    sin,
    sinh,
)

from ...elementary.queries import bending, bounds, contracting
from ..form.smooth import Logistic, Softplus

Growth = tuple[float, float]

UP = 1 + 1e-12  # constants are rounded upwards
BOUNDED = {f: float(ceiling(bound * 10**4)) / 10**4 for f, bound in bounds().items()} | {Logistic: 1.0}


def growth_on(e: Expr, u: Symbol, lo: Expr, hi: Expr) -> Growth | None:
    """The growth on lo < u < hi: an interval is u = middle + half sin w, a half line u = end ± x with x ≥ 0.

    >>> from sympy import exp, oo
    >>> u = Symbol("u", real=True)
    >>> growth_on(exp(u), u, -oo, S.One)[1]
    0.0
    """
    folded = e.subs(u, Abs(u)) if lo.is_nonnegative else e.subs(u, -Abs(u)) if hi.is_nonpositive else e
    views = [growth(folded, u), growth(e, u, lo, hi)]
    if lo.is_finite and hi.is_finite:
        w = Dummy(real=True)
        views.append(growth(e.subs(u, (lo + hi) / 2 + (hi - lo) / 2 * sin(w)), w))
    elif lo.is_finite or hi.is_finite:
        x, end, side = Dummy(nonnegative=True), *((lo, 1) if lo.is_finite else (hi, -1))
        if (known := growth(expand(e.subs(u, end + side * x), power_exp=False), x)) is not None:
            c, g = known  # 1 + x ≤ (1 + |end|)(1 + |u|)
            views.append((c * (1 + abs(float(end.evalf(20)))) ** g * UP, g))
    return min((view for view in views if view is not None), key=lambda view: view[::-1], default=None)


def growth(e: Expr, u: Symbol, lo: Expr = -oo, hi: Expr = oo) -> Growth | None:
    """The growth on [lo, hi]; None if nothing is known.

    >>> from sympy import tanh
    >>> u = Symbol("u", real=True)
    >>> growth(u * tanh(u), u)[1]
    1.0
    """
    if not e.has(u):
        return float(abs(e.evalf(20))) * UP, 0.0
    if e == u:
        return 1.0, 1.0
    if type(e) in BOUNDED:
        return BOUNDED[type(e)], 0.0
    if isinstance(e, Pow):
        return _power(e, u, lo, hi)
    if isinstance(e, exp):
        return _exponential(e, u, lo, hi)
    if isinstance(e, (sinh, cosh)):
        x, side = e.args[0], 1 if isinstance(e, cosh) else -1  # rewrite(exp) would also rewrite a sine in it
        return growth((exp(x) + side * exp(-x)) / 2, u, lo, hi)
    if isinstance(e, contracting()):  # no larger than its argument
        return growth(e.args[0], u, lo, hi)
    if isinstance(e, log):
        least, known = _least(e.args[0], u), growth(e.args[0], u, lo, hi)
        return (abs(log_(least)) + log_(max(known[0], 1.0)) + known[1], 1.0) if least and known else None
    if not isinstance(e, (Mul, Softplus, Piecewise, *bending())) and not e.is_Add:
        return None
    arguments = [value for value, _ in e.args] if isinstance(e, Piecewise) else e.args
    inner = [growth(x, u, lo, hi) for x in arguments]
    known = [x for x in inner if x is not None]
    if len(known) < len(inner):
        return None
    if isinstance(e, Mul):
        powers = dict(e.as_powers_dict())
        twice = sum(min(n, powers.get(Logistic(-x.args[0]), 0)) for x, n in powers.items() if isinstance(x, Logistic))
        known.append((0.5 ** float(twice) * UP, 0.0))  # σ(w) σ(−w) ≤ 1/4
        return reduce(lambda x, y: (x[0] * y[0] * UP, x[1] + y[1]), known)
    power = max(g for _, g in known)
    if isinstance(e, Softplus):  # log(1 + exp(w)) ≤ log 2 + |w|
        return known[0][0] + 0.6932, power
    if e.is_Add:
        return sum(c for c, _ in known) * UP, power
    return max(c for c, _ in known), power


def _power(e: Pow, u: Symbol, lo: Expr, hi: Expr) -> Growth | None:
    base, n = e.args
    if n.is_positive and n.is_number and (known := growth(base, u, lo, hi)) is not None:
        return known[0] ** float(n) * UP, known[1] * float(n)
    if n.is_negative and n.is_number and (least := _least(base, u)):
        return least ** float(n) * UP, 0.0
    return None


def _least(e: Expr, u: Symbol) -> float:
    """A positive lower bound of |e| on the line, 0 if none is known: for 1 plus a nonnegative term, and for 1 + u²."""
    constant, rest = e.as_independent(u, as_Add=True)
    if constant.is_negative:
        constant, rest = -constant, -rest
    if constant.is_positive and rest.is_nonnegative:
        return float(constant.evalf(20)) / UP
    if constant.is_positive and all(_never_negative(x, u) for x in rest.as_ordered_terms()):
        return float(constant.evalf(20)) / UP
    return 0.0


def _never_negative(e: Expr, u: Symbol) -> bool:
    return (
        bool(e.is_nonnegative)
        or (isinstance(e, Mul) and all(x.is_nonnegative or isinstance(x, (Logistic, Softplus)) for x in e.args))
        or (isinstance(e, Pow) and isinstance(e.args[0], (Logistic, Softplus)))
    )


def _exponential(e: exp, u: Symbol, lo: Expr, hi: Expr) -> Growth | None:
    """The growth of exp of a polynomial with a maximum on [lo, hi], or of a function bounded above."""
    inner = e.args[0]
    constant, rest = inner.as_independent(u, as_Add=True)
    if rest.is_nonpositive or all(_on_a_half_line(rest, u, side).is_nonpositive for side in (1, -1)):
        return _exp_of(constant)  # −1/u² is nonpositive where it is defined
    if inner.is_polynomial(u):
        poly = Poly(inner, u)
        if poly.degree() <= 2 and not u.is_nonnegative:
            return _exp_of(_highest(poly, lo, hi))
        top = _top(poly, u)
        return None if top is None else (float("inf") if top > 700 else E**top * UP, 0.0)
    known = growth(inner, u, lo, hi)
    return (E ** known[0] * UP, 0.0) if known and known[1] == 0 and known[0] < 700 else None


def _exp_of(top: Expr) -> Growth | None:
    if top == oo:
        return None
    value = float(top.evalf(20))
    return (float("inf") if value > 700 else E**value * UP), 0.0


def _highest(p: Poly, lo: Expr, hi: Expr) -> Expr:
    """The maximum of a polynomial of degree 1 or 2: at its turning point, or at an end."""
    a, b, c = (p.coeff_monomial(p.gen**n) for n in (2, 1, 0))
    far = (1 if p.degree() == 2 else -1, 1)  # of u^degree at −∞ and ∞
    ends = [p.eval(x) if x.is_finite else oo * p.LC() * side for x, side in zip((lo, hi), far, strict=True)]
    return max([*ends, *([c - b**2 / (4 * a)] if a.is_negative else [])])


def _top(poly: Poly, u: Symbol) -> float | None:
    """The maximum on the line, or for u ≥ 0; None if there is none or it is not found."""
    falls = poly.LC().is_negative and (u.is_nonnegative or poly.degree() % 2 == 0)
    slope = poly.diff(u)
    if not falls or not (slope.degree() <= 1 or all(x.is_Rational for x in slope.all_coeffs())):
        return None
    flat = real_roots(slope) if slope.degree() > 1 else [-slope.nth(0) / slope.nth(1)] if slope.degree() == 1 else []
    flat = [x.evalf(20) for x in flat]  # poly is flat there: 40 digits of it
    places = [x for x in flat if not (u.is_nonnegative and x < 0)] + [S.Zero] * bool(u.is_nonnegative)
    return max(float(poly.as_expr().subs(u, x).evalf(20)) for x in places)


def _on_a_half_line(e: Expr, u: Symbol, side: int) -> Expr:
    return e.subs(u, side * Dummy(positive=True))
