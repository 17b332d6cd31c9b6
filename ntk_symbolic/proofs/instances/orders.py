"""The distinctions that a step can make, and instances that are rich enough not to agree by accident.

A polynomial of degree d has no derivative of order d + 1, and a constant one of order d: a statement about
such a derivative holds for that polynomial, and for no other function. The same holds for values at n places: they are
related by a difference of order n − 1, and with an integral by a rule of quadrature, exact up to the degree 2n − 1; a
polynomial orthogonal to polynomials of degree d has degree d + 1 or more. A kernel of degree d has the rank d + 1, so that
determinants of more points vanish; a product over four distinct points is 0 on three.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

from sympy import Add, Basic, Derivative, Integral, Limit, Poly, Pow, Symbol
from sympy.core.function import AppliedUndef

from ...calculus.binders import Over
from ...calculus.definitions import Assumption, Named, Variation
from ...calculus.functionals import Applied, Functional, Partial, SlotSlope
from ...calculus.spaces import Point, Sample, Space
from ..derivation import Step
from .drawing import NotInterpretable, Strength
from .sizes import places, unfolded

Count = Callable[[Basic], int]
MOST = 40  # degree of drawn polynomials; a step that needs more is not judged by instances alone
BENT = 2  # additional degrees in the points of an interval, so that a second derivative varies like any other function


def fitting(strength: Strength, step: Step, assuming: Sequence[Assumption] = ()) -> Strength:
    """The strength, with higher degree if the step differentiates more often than this strength has degrees.

    With `several`, rich enough for a judge that proves alone. Raises NotInterpretable if that is too much.
    """
    return _fitting(strength, (step.lhs, step.rhs), tuple(assuming))


@lru_cache(maxsize=64)  # called again for every instance of a step
def _fitting(strength: Strength, sides: tuple[Basic, Basic], assuming: tuple[Assumption, ...]) -> Strength:
    n = max(_nested(side, _anywhere) for side in sides)
    n = max([n, *(_along(a, sides) for a in assuming)])
    in_points = max([_nested(e, _in_points) for e in (*sides, *(a.value for a in assuming))])
    now = replace(
        strength,
        degree_in_points=max(strength.degree_in_points, in_points + strength.spare - BENT),
        degree_in_function=max(strength.degree_in_function, n + strength.spare if n > 1 else 0),
        local=max(strength.local, n + strength.spare),
        coupled=max(strength.coupled, n),
        undefined=max(strength.undefined, n + strength.spare),
    )
    return _rich(now, (*sides, *(a.value for a in assuming))) if strength.several else now


def _rich(strength: Strength, sides: tuple[Basic, ...]) -> Strength:
    """The strength, rich enough for a proof by instances alone."""
    of_functions, of_numbers, conditions = _places(sides)
    points = max((places(sides, s) for s in _spaces(sides) if s.is_measure), default=0)
    explicit = max(_explicit(side) for side in sides)
    along = 2 * conditions + explicit if conditions or explicit else 0
    if max(points, along, of_functions, of_numbers) > MOST:
        raise NotInterpretable("more values of one function than instances could distinguish")
    return replace(
        strength,
        nodes=max(strength.nodes, points),
        degree_in_points=max(strength.degree_in_points, points, along + strength.spare),
        degree_in_function=max(strength.degree_in_function, of_functions),
        local=max(strength.local, of_functions),
        nonlocal_=max(strength.nonlocal_, of_functions),
        undefined=max(strength.undefined, of_numbers),
    )


def _places(sides) -> tuple[int, int, int]:
    """Degrees for functionals and for functions of numbers, 0 where each occurs at one place; and the number of values and
    derivatives of one function of points outside of integrals."""
    taken: dict[object, set] = defaultdict(set)
    slots = 1  # derivatives of one functional at one place, and its value: as many conditions on it
    numbers: dict[object, set] = defaultdict(set)
    single: dict[object, set] = defaultdict(set)
    for e in (e for side in sides for e in unfolded(side)):
        if isinstance(e, Applied) and e.head.of:
            taken[e.head.name].add(str(e.function))  # as text, since bound variables have numbers
            slots = max(slots, len(e.slots))
        elif isinstance(e, AppliedUndef):
            numbers[e.func].add(str(e.args))
        if isinstance(e, Applied) and any(
            p.space.is_measure and (p.fixed or not p.bound) for p in e.points if isinstance(p, Point)
        ):
            single[e.head.name].add((str(e.points), e.head.orders))
    several = [n * (slots + 1) if n > 1 else 0 for n in (_most(taken), _most(numbers))]
    smooth = (
        2
        if any(isinstance(e, (Integral, Over)) and _runs_through_functions(e) for s in sides for e in unfolded(s))
        else 1
    )
    return smooth * several[0], smooth * several[1], _most(single)


def _runs_through_functions(e) -> bool:
    """True for ∫ E[h + s p] ds, where a variable of integration is in the argument of a functional not as a point."""
    bound = {v for v, *_ in e.limits} if isinstance(e, Integral) else {v for v in e.vars if v.space.interval}
    taken = (a.function for a in e.atoms(Applied) if a.head.of)
    return any(bound & as_numbers(f.body) for f in taken) or any(bound & a.free_symbols for a in e.atoms(AppliedUndef))


def as_numbers(e: Basic) -> set:
    """The symbols and points that occur in it as numbers."""
    if isinstance(e, Symbol):
        return {e}
    if isinstance(e, Applied):
        return as_numbers(e.function.body) if e.function is not None else set()
    return set().union(*(as_numbers(a) for a in e.args if not isinstance(a, Space)))


def _explicit(e: Basic) -> int:
    """The degree of a term in the points that occur in it as numbers: 252 s⁵ − …, (s − r)²."""
    if isinstance(e, Named):
        return _explicit(e.shown())
    if isinstance(e, (Point, Sample)):
        return int(e.space.is_measure)
    if isinstance(e, Applied):
        return 0 if e.function is None else _explicit(e.function.body)
    if isinstance(e, Over):
        density = max((_degree_of_density(s) for s in e.spaces), default=0)
        return _explicit(e.body) + density
    if isinstance(e, Pow) and e.exp.is_Integer:
        return abs(int(e.exp)) * _explicit(e.base)
    parts = [_explicit(a) for a in e.args if not isinstance(a, (Space, Functional))]
    return max(parts, default=0) if isinstance(e, Add) else sum(parts)


def _degree_of_density(space: Space) -> int:
    if not (space.interval and space.density.is_polynomial()):
        return 0
    return int(Poly(space.density, Symbol(space.letter)).degree())


def _most(places: dict[object, set]) -> int:
    return max(map(len, places.values()), default=0)


def _spaces(sides) -> set[Space]:
    return {e.space for side in sides for e in unfolded(side) if isinstance(e, (Point, Sample))}


def _along(a: Assumption, sides) -> int:
    """The number of derivatives of the assumed function, including those in its own value."""
    times = max(_nested(side, _in(a.head.time)) for side in sides)
    heads = {h for side in sides for h in side.atoms(Functional) if h.name == a.head.name}
    highest = max((h.order for h in heads), default=0) + times
    return max(0, highest - a.head.order) + _nested(a.value, _anywhere) if highest >= a.head.order else 0


def _nested(e: Basic, count: Count) -> int:
    """The largest number of nested derivatives."""
    if isinstance(e, Named):
        return _nested(e.shown(), count)
    return count(e) + max((_nested(a, count) for a in e.args), default=0)


def _anywhere(e: Basic) -> int:
    if isinstance(e, Derivative):
        return sum(int(n) for _, n in e.variable_count if n.is_Integer)
    if isinstance(e, Applied):
        return len(e.slots) + sum(e.head.orders)
    if isinstance(e, (SlotSlope, Variation)):
        return e.total if isinstance(e, SlotSlope) else len(e.slots)
    return int(isinstance(e, (Partial, Limit)))


def _in_points(e: Basic) -> int:
    if isinstance(e, Derivative):
        return sum(int(n) for s, n in e.variable_count if isinstance(s, Point) and n.is_Integer)
    return e.total if isinstance(e, SlotSlope) else sum(e.head.orders) if isinstance(e, Applied) else 0


def _in(time) -> Count:
    return lambda e: (
        sum(int(n) for s, n in e.variable_count if s == time and n.is_Integer) if isinstance(e, Derivative) else 0
    )
