"""Sizes of the abstract index sets of a step, chosen so that no proof covers one size only.

A side is a polynomial in a size: of the degree to which masses and sums over idle indices occur. One size more than this
degree is tried, at least two. Among n things an antisymmetric sum over n + 1 indices vanishes, as does a relation of degree
n + 1 between power sums; so one size is no smaller than the number of indices of that set in a term, and where instances
prove alone no smaller than that and the number of free ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from math import prod

from sympy import Add, Basic, Derivative, Mul, Pow, Symbol

from ...calculus.binders import Binder, Over
from ...calculus.definitions import Named, Variation
from ...calculus.functionals import Applied, Partial
from ...calculus.spaces import Mass, Point, Sample, Space
from .drawing import NotInterpretable

MOST = 36  # combinations of sizes; a step that needs more is refused
LARGEST = 7  # size of one index set


def sizes(
    sides: Sequence[Basic], spaces: Sequence[Space], first: Sequence[int], several: bool = False
) -> list[tuple[int, ...]]:
    """Combinations of sizes of the abstract index sets, in the order of their names; `first` comes first if it is among them.

    several   large enough for instances that prove alone: free indices are distinguished too.

    Raises NotInterpretable for a step that needs too many or too large ones.
    """
    return list(_sizes(tuple(sides), tuple(spaces), tuple(first), several))  # called again for every instance of a step


@lru_cache(maxsize=64)
def _sizes(sides, spaces, first, several) -> list[tuple[int, ...]]:
    abstract = sorted({s for s in spaces if not s.is_measure and s.size is None}, key=lambda s: s.name)
    if not abstract or len(abstract) > len(first):
        return [tuple(first)]
    powers = [max(power(side, s) for side in sides) for s in abstract]
    fixed = [named(sides, s) for s in abstract]
    counted = [
        places(sides, s) if several else max(together(side, s) for side in sides) + len(numbers)
        for s, numbers in zip(abstract, fixed)
    ]
    ladders = [_ladder(max(n, most), n, numbers) for most, n, numbers in zip(counted, first, fixed)]
    if prod(p + 1 for p in powers) > MOST:
        raise NotInterpretable("the sizes of index sets occur to such high powers that too many would have to be tried")
    grid = list(product(*(ladder[: p + 1] for ladder, p in zip(ladders, powers))))
    grid = grid * 2 if len(grid) == 1 else grid
    return [
        tuple(n if p else ladder[row % 2] for n, p, ladder in zip(combination, powers, ladders))
        for row, combination in enumerate(grid)
    ]


def _ladder(largest: int, usual: int, fixed: frozenset[int] = frozenset()) -> list[int]:
    """Sizes in the order of the tries, all large enough for every fixed index."""
    least = max(fixed, default=1)
    largest = max(largest, least)
    if largest > LARGEST:
        raise NotInterpretable(f"{largest} indices of one set in one term")
    others = [n for n in (3, 2, *range(4, MOST + 2)) if n != largest and n >= least]
    return [largest, *sorted(others, key=lambda n: n != usual)]


def named(sides: Sequence[Basic], space: Space) -> frozenset[int]:
    """The indices of this space that a number fixes: 1 and 2 in θ_1 + θ_2."""
    points = {p for side in sides for p in side.atoms(Point) if p.fixed and p.space == space}
    return frozenset(int(p.value) for p in points)


@lru_cache(maxsize=4096)
def power(e: Basic, space: Space) -> int:
    """The largest power in which the size of this space may occur.

    >>> P = Space("P", "counting", "i")
    >>> power(Over(1, P.point()) * P.mass, P)
    2
    """
    if isinstance(e, Mass):
        return int(e.space == space)
    if isinstance(e, Symbol):
        return int(any(e in n.free_symbols for n in space.limits))
    if isinstance(e, Named):
        return power(e.shown(), space)
    if isinstance(e, Over):
        return power(e.body, space) + sum(v.space == space and _may_lack(e.body, v) for v in e.vars)
    if isinstance(e, Pow) and e.exp.is_Integer:
        return abs(int(e.exp)) * power(e.base, space)
    parts = [power(a, space) for a in e.args if not isinstance(a, Space)]
    return sum(parts) if isinstance(e, Mul) else max(parts, default=0)


def _may_lack(e: Basic, v: Point) -> bool:
    """True if a term of it, multiplied out, may lack v."""
    if v not in e.free_symbols:
        return True
    if isinstance(e, Applied):
        return False
    if isinstance(e, Named):
        return _may_lack(e.shown(), v)
    if isinstance(e, Mul):
        return all(_may_lack(a, v) for a in e.args)
    if isinstance(e, Add):
        return any(_may_lack(a, v) for a in e.args)
    if isinstance(e, Over):
        return _may_lack(e.body, v)
    return not (isinstance(e, Pow) and e.exp.is_Integer and e.exp.is_positive) or _may_lack(e.base, v)


@lru_cache(maxsize=4096)
def together(e: Basic, space: Space) -> int:
    """The largest number of indices of this space in a term."""
    if isinstance(e, Named):
        return together(e.shown(), space)
    if isinstance(e, Over):
        return together(e.body, space) + sum(v.space == space for v in e.vars)
    if isinstance(e, Pow) and e.exp.is_Integer:
        return abs(int(e.exp)) * together(e.base, space)
    parts = [together(a, space) for a in e.args if not isinstance(a, Space)]
    return sum(parts) if isinstance(e, Mul) else max(parts, default=0)


def places(sides: Sequence[Basic], space: Space) -> int:
    """The number of points or indices of this space that the sides may distinguish.

    These are free and fixed ones, bound ones of a term, one for each derivative and each functional, which may add one, and
    those of samples.
    """
    parts = [e for side in sides for e in unfolded(side)]
    bound = {v for e in parts if isinstance(e, Binder) for v in e.vars}
    free = {p for p in parts if isinstance(p, Point) and p.space == space} - bound
    sampled = {e.index.space for e in parts if isinstance(e, Sample) and e.space == space}
    count = len(free) + max(together(side, space) + _brought_in(side, space) for side in sides)
    return count + sum(places(sides, s) for s in sampled)


def _brought_in(e: Basic, space: Space) -> int:
    """The number added by nested derivatives and by products of functionals of functions on this space."""
    if isinstance(e, Named):
        return _brought_in(e.shown(), space)
    own = len(e.variables) if isinstance(e, Derivative) else int(isinstance(e, Partial))
    own = len(e.slots) if isinstance(e, Variation) else own
    if isinstance(e, Applied):
        own = int(space in e.head.of and space.is_measure)
    parts = [_brought_in(a, space) for a in e.args if not isinstance(a, Space)]
    if isinstance(e, Pow) and e.exp.is_Integer:
        return abs(int(e.exp)) * parts[0]
    return own + (sum(parts) if isinstance(e, Mul) else max(parts, default=0))


def unfolded(e: Basic) -> Iterator[Basic]:
    """All its parts, with definitions written out."""
    if isinstance(e, Named):
        e = e.shown()
    yield e
    for a in e.args:
        if not isinstance(a, Space):
            yield from unfolded(a)
