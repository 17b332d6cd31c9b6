"""The test that a coefficient is smooth inside an interval; a jump or a pole there would add a term."""

from __future__ import annotations

from typing import Any

from sympy import (
    CoercionFailed,
    Dummy,
    Expr,
    Float,
    Function,
    Mul,
    Piecewise,
    Poly,
    PolynomialError,
    Pow,
    Symbol,
    cos,
    expand,
    factor_terms,
    floor,
    nsimplify,
    pi,
    sin,
)

from ...elementary.queries import positive, row_of, within_one
from ...elementary.table import At
from ...errors import IllFormed
from ..binders import Over
from ..functionals import Applied
from ..scalars import Scalar
from ..spaces import Point


def refuse_singular(coefficient: Expr, v: Point) -> None:
    """Raises IllFormed unless it is shown to be smooth in v inside the interval of v.

    Functions entire in v, their sums, products and compositions are; powers, log, tan, … if their singular expressions
    (`elementary.table`) have no zero inside. Expressions of unknown functions are assumed to be smooth, and to be nonzero where
    required.
    """
    culprit = _singular(coefficient, v, closed=False) if v.space.interval else None
    if culprit is not None:
        lo, hi = v.space.limits
        raise IllFormed(
            f"{coefficient} cannot be integrated by parts: it is not shown that {culprit} is smooth for {v.name} from {lo} "
            f"to {hi}; split the interval there, or take a smooth coefficient"
        )


def _singular(e: Any, v: Point, closed: bool) -> Any:
    """The part of e that is not shown to be smooth; `closed`: and continuous at the ends, as arguments of functions must be."""
    if v not in e.free_symbols or isinstance(e, Applied):
        return None
    if not _smooth_here(e, v, closed):
        return e
    inner = _inner(e)
    closed = closed or isinstance(e, (Function, Scalar))
    return next((c for c in (_singular(a, v, closed) for a in inner) if c is not None), None)


def _inner(e) -> tuple:
    if isinstance(e, Piecewise):
        return tuple(branch for branch, _ in e.args)  # type: ignore[misc]
    if isinstance(e, Over):
        return (e.body,)
    return e.arguments if isinstance(e, Scalar) else e.args


def _smooth_here(e, v, closed) -> bool:
    """True if the outermost operation of e is smooth at its arguments."""
    if isinstance(e, Pow):
        base, n = e.args
        if _is_natural(n):
            return True
        at_ends = closed and not n.is_positive
        return _rootless(base, v, at_ends) if v not in n.free_symbols else _one_sign(base, v, closed, above=True)
    row = row_of(e)
    if row is None or row.cases:  # kinks were looked at before
        return True
    at_ends = closed or row.there is At.JUMPS  # it is finite at an end where it jumps
    return all(_rootless(u, v, at_ends) for u in row.singular(*e.args))


def _is_natural(n) -> bool:
    if isinstance(n, Point) and not n.space.is_measure:
        return bool(n.space.limits and n.space.limits[0].is_nonnegative)
    return bool(n.is_integer and n.is_nonnegative)


def _rootless(u: Expr, v: Point, closed: bool) -> bool:
    """True if u is shown to have no zero inside, with `closed` none at the ends either."""
    return all(_factor_rootless(a, v, closed) for a in Mul.make_args(factor_terms(u)))


def _factor_rootless(u, v, closed) -> bool:
    if v not in u.free_symbols or u.has(Applied, Scalar) or isinstance(u, positive()):
        return True
    if isinstance(u, Pow) and v not in u.exp.free_symbols:
        return _rootless(u.base, v, closed)
    if isinstance(u, (sin, cos)) and _stays_between_zeros(u, v):
        return True
    return _no_real_root(u, v, closed) or _one_sign(u, v, closed)


def _stays_between_zeros(u, v) -> bool:
    """True for sin or cos of a linear function, over less than half a period."""
    lo, hi = v.space.limits
    w = _polynomial(u.args[0], v)
    if w is None or w.degree() != 1 or not (lo.is_number and hi.is_number and lo.is_finite and hi.is_finite):
        return False
    first, last = sorted((w.eval(lo), w.eval(hi)))
    offset = pi / 2 if isinstance(u, cos) else 0
    return bool(offset + (floor((first - offset) / pi) + 1) * pi >= last)


def _no_real_root(u, v, closed) -> bool:
    lo, hi = v.space.limits
    p = _polynomial(u, v)
    if p is None or p.is_zero or not (lo.is_number and hi.is_number):
        return False
    return not any((lo <= r and r <= hi) if closed else (lo < r and r < hi) for r in p.real_roots())


def _polynomial(u, v) -> Poly | None:
    """The polynomial with rational coefficients, or None."""
    s = Dummy("s", real=True)
    u = u.xreplace({v: s})
    u = u.xreplace({number: nsimplify(number, rational=True) for number in u.atoms(Float)})
    try:
        return Poly(u, s, domain="QQ")
    except (PolynomialError, CoercionFailed):
        return None


def _one_sign(u, v, closed, above=False) -> bool:
    """True if it has one sign by SymPy's assumptions, with variables measured from an end of their intervals; symbols are real.

    For expressions of unknown functions it is assumed.
    """
    if u.has(Applied, Scalar):
        return True
    u = u.xreplace({e: Dummy("e", real=True) for e in u.atoms(Over)})
    for end in (0, 1, None):
        moved = _bounded(u, 1 if end else -1)
        moved = expand(moved.xreplace({s: _measured(s, end, closed) for s in moved.free_symbols}))
        if moved.is_positive or (moved.is_negative and not above):
            return True
    return False


def _bounded(u, bound) -> Expr:
    """The expression with functions between −1 and 1 measured from one of these bounds."""
    return u.xreplace({e: bound * (1 - Dummy("d", nonnegative=True)) for e in u.atoms(*within_one())})


def _measured(s, end, closed) -> Any:
    """A point by its distance from this end of its interval, if it is finite."""
    limits = s.space.interval if isinstance(s, Point) else None
    if not isinstance(s, Symbol) or s.is_real or (isinstance(s, Point) and not limits):
        return s
    if end is None or not limits or not limits[end].is_finite:
        return Dummy(s.name, real=True)
    d = Dummy(s.name, nonnegative=True) if closed else Dummy(s.name, positive=True)
    return limits[end] + d if end == 0 else limits[end] - d
