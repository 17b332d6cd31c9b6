"""An upper bound for the degree of a side in the random numbers of an instance, read off the tree."""

from __future__ import annotations

from sympy import Add, Derivative, Mul, Pow, Subs, Symbol

from ..calculus.binders import Over
from ..calculus.definitions import Named
from ..calculus.functionals import Applied, Partial
from ..calculus.spaces import Point
from .instances import STRONG


def degree(e, assuming=(), moving: bool = False) -> int:
    """`moving`: below a time derivative, where θ stands for θ + ε θ̇."""
    if isinstance(e, Point):
        return int(e.space.is_measure and not e.bound)  # a free point is drawn at random
    if isinstance(e, Symbol):
        return 1
    if isinstance(e, Add):
        return max(degree(a, assuming, moving) for a in e.args)
    if isinstance(e, Mul):
        return sum(degree(a, assuming, moving) for a in e.args)
    if isinstance(e, Pow):
        return int(e.exp) * degree(e.base, assuming, moving)
    if isinstance(e, Over):
        return degree(e.body, assuming, moving)
    if isinstance(e, Named):
        return degree(e.unfolded(), assuming, moving)
    if isinstance(e, (Derivative, Partial, Subs)):
        return degree(e.expr, assuming, moving or isinstance(e, Derivative))
    return _applied(e, assuming, moving) if isinstance(e, Applied) else 0


def _applied(e: Applied, assuming, moving: bool) -> int:
    values = {a.head: a.value for a in assuming}
    if e.head in values:
        return degree(values[e.head].body, assuming)
    if moving and e.head.time is not None and e.head.rate in values:
        return max(1, degree(values[e.head.rate].body, assuming))
    points = max((degree(p) for slot in (e.points, *e.slots) for p in slot), default=0)
    taken = 0 if e.function is None else degree(e.function.body, assuming, moving)
    if any(s.is_measure for s in e.head.of):
        inner = max(points, taken)
        return max(1 + STRONG.local * inner, 2 * (1 + STRONG.nonlocal_ * inner))
    return 1 + STRONG.degree_in_points * points + STRONG.degree_in_function * taken
