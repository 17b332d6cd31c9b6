"""How often a step differentiates, and at how many places, so that what is drawn for it is of higher degree.

A polynomial of degree d has no derivative of order d + 1, and one of order d that does not vary: what an instance says
of such a derivative is true of that polynomial, and of no other function. So with the values at n places: they are
related by a difference of order n − 1, and with an integral by a rule of quadrature, exact up to the degree 2n − 1. And
a kernel of degree d has the rank d + 1, so that determinants of more points vanish.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from sympy import Basic, Derivative, Limit
from sympy.core.function import AppliedUndef

from ...calculus.binders import Over
from ...calculus.definitions import Assumption, Named
from ...calculus.functionals import Applied, Functional, Partial
from ...calculus.spaces import Point, Space
from ..derivation import Step
from .drawing import STRONG, Strength
from .sizes import together

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
    of_functions, of_numbers, fixed, spread = _places(sides) if strength.several else (0, 0, 0, 0)
    return replace(
        strength,
        degree_in_points=max(strength.degree_in_points, in_points + strength.spare - BENT, 2 * fixed - BENT, spread),
        degree_in_function=max(strength.degree_in_function, n + strength.spare if n > 1 else 0, of_functions),
        local=max(strength.local, n + strength.spare, of_functions),
        coupled=max(strength.coupled, n),
        undefined=max(strength.undefined, n + strength.spare, of_numbers),
    )


@lru_cache(maxsize=64)
def at_several_places(lhs: Basic, rhs: Basic) -> bool:
    """May the step be true of polynomials only, or of kernels of low rank?"""
    of_functions, of_numbers, fixed, spread = _places((lhs, rhs))
    return bool(of_functions or of_numbers or fixed > 1 or spread > STRONG.degree_in_points)


def _places(sides) -> tuple[int, int, int, int]:
    """Degrees for functionals and for functions of numbers, 0 where they occur at one place; the number of fixed points of
    one function; the number of points in one term."""
    taken: dict[object, set] = defaultdict(set)
    slots = 1  # derivatives of one functional at one place, and its value: as many conditions on it
    numbers: dict[object, set] = defaultdict(set)
    fixed: dict[object, set] = defaultdict(set)
    for e in (e for side in sides for e in _unfolded(side)):
        if isinstance(e, Applied) and e.head.of:
            taken[e.head.name].add(str(e.function))  # as text, since bound variables have numbers
            slots = max(slots, len(e.slots))
        elif isinstance(e, Applied):
            fixed[e.head.name] |= {p for p in e.points if p.space.is_measure and getattr(p, "fixed", False)}
        elif isinstance(e, AppliedUndef):
            numbers[e.func].add(str(e.args))
    several = [n * (slots + 1) if n > 1 else 0 for n in (_most(taken), _most(numbers))]
    spread = max((together(side, s) for side in sides for s in _measured(side)), default=0)
    return several[0], several[1], _most(fixed), spread


def _most(places: dict[object, set]) -> int:
    return max(map(len, places.values()), default=0)


def _unfolded(e: Basic) -> Iterator[Basic]:
    if isinstance(e, Named):
        e = e.unfolded()
    yield e
    for a in e.args:
        if not isinstance(a, Space):
            yield from _unfolded(a)


def _measured(e: Basic) -> set[Space]:
    return {v.space for part in _unfolded(e) if isinstance(part, Over) for v in part.vars if v.space.is_measure}


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
