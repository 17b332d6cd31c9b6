"""How often a step differentiates, so that what is drawn for it is of higher degree.

A polynomial of degree d has no derivative of order d + 1, and one of order d that does not vary: what an instance says
of such a derivative is true of that polynomial, and of no other function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from sympy import Basic, Derivative, Limit

from ...calculus.definitions import Assumption, Named
from ...calculus.functionals import Applied, Functional, Partial
from ...calculus.spaces import Point
from ..derivation import Step
from .drawing import Strength

Count = Callable[[Basic], int]
BENT = 2  # degrees more in the points of an interval, so that a second derivative varies like any other function


def fitting(strength: Strength, step: Step, assuming: Sequence[Assumption] = ()) -> Strength:
    """Of higher degree, where the step differentiates more often than this strength has degrees."""
    return _fitting(strength, (step.lhs, step.rhs), tuple(assuming))


@lru_cache(maxsize=64)  # asked again for every instance of a step
def _fitting(strength: Strength, sides: tuple[Basic, Basic], assuming: tuple[Assumption, ...]) -> Strength:
    n = max(_nested(side, _anywhere) for side in sides)
    n = max([n, *(_along(a, sides) for a in assuming)])
    in_points = max([_nested(e, _in_points) for e in (*sides, *(a.value for a in assuming))])
    return replace(
        strength,
        degree_in_points=max(strength.degree_in_points, in_points + strength.spare - BENT),
        degree_in_function=max(strength.degree_in_function, n + strength.spare if n > 1 else 0),
        local=max(strength.local, n + strength.spare),
        coupled=max(strength.coupled, n),
        undefined=max(strength.undefined, n + strength.spare),
    )


def _along(a: Assumption, sides) -> int:
    """How often what is assumed is differentiated, counting what it is itself made of."""
    times = max(_nested(side, _in(a.head.time)) for side in sides)
    heads = {h for side in sides for h in side.atoms(Functional) if h.name == a.head.name}
    highest = max((h.order for h in heads), default=0) + times
    return max(0, highest - a.head.order) + _nested(a.value, _anywhere) if highest >= a.head.order else 0


def _nested(e: Basic, count: Count) -> int:
    """The most derivatives within each other."""
    if isinstance(e, Named):
        return _nested(e.unfolded(), count)
    return count(e) + max((_nested(a, count) for a in e.args), default=0)


def _anywhere(e: Basic) -> int:
    if isinstance(e, Derivative):
        return sum(int(n) for _, n in e.variable_count if n.is_Integer)
    if isinstance(e, Applied):
        return len(e.slots) + sum(e.head.orders)
    return int(isinstance(e, (Partial, Limit)))


def _in_points(e: Basic) -> int:
    if isinstance(e, Derivative):
        return sum(int(n) for s, n in e.variable_count if isinstance(s, Point) and n.is_Integer)
    return sum(e.head.orders) if isinstance(e, Applied) else 0


def _in(time) -> Count:
    return lambda e: (
        sum(int(n) for s, n in e.variable_count if s == time and n.is_Integer) if isinstance(e, Derivative) else 0
    )
