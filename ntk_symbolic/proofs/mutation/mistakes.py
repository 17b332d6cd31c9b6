"""Mutants as data: a kind, a name, a recipe; and the other parts of the statement that a mistake may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sympy import Basic, Dummy, Symbol, Tuple

from ...calculus.definitions import Definition
from ...calculus.functionals import Functional
from ...calculus.spaces import Point, Space

LONGEST = 60  # of a formula in the name of a mutant


@dataclass(frozen=True)
class Mutant:
    """A mistake; its recipe returns the altered expression, or raises IllFormed."""

    kind: str
    name: str
    make: Callable[[], Any]

    def __str__(self):
        return self.name


@dataclass(frozen=True)
class Around:
    """The parts that a mistake may use: all those of the statement outside definitions, and the points in scope."""

    points: tuple[Point, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    functionals: tuple[Functional, ...] = ()
    definitions: tuple[Definition, ...] = ()
    spaces: tuple[Space, ...] = ()
    differentiated: bool = False  # below a derivative

    @classmethod
    def of(cls, *parts: Basic) -> Around:
        """Everything in these parts of a statement, in an order that is the same in every run."""
        free = set().union(*(p.free_symbols for p in parts))
        written = {e for part in parts for e in _written(part)}
        functionals = {e for e in written if isinstance(e, Functional)}
        spaces = {s for f in functionals for s in (*f.params, *f.of)} | {
            e.space for e in written if isinstance(e, Point)
        }
        return cls(
            _sorted(s for s in free if isinstance(s, Point)),
            _sorted(s for s in free if isinstance(s, Symbol) and not isinstance(s, (Point, Dummy))),
            _sorted(functionals),
            _sorted(e for e in written if isinstance(e, Definition)),
            _sorted(spaces),
        )

    def scoped(self, *points: Point) -> Around:
        return replace(self, points=(*self.points, *points))


def _written(e: Any) -> Iterator[Any]:
    yield e
    for a in () if isinstance(e, Definition) else e.args:
        yield from _written(a)


def _sorted(found) -> tuple:
    return tuple(sorted(found, key=lambda e: (getattr(e, "name", ""), str(e), getattr(e, "order", 0))))


def word(space: Space) -> str:
    return "integral" if space.is_measure else "sum"


@lru_cache(maxsize=4096)
def short(e) -> str:
    text = str(e)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


# Places in a node: paths of argument numbers


def places_of_points(e, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """The places of the points of a node: in its tuples, and in tuples in these."""
    for n, a in enumerate(e.args):
        if isinstance(a, Point):
            yield (*path, n)
        elif isinstance(a, Tuple):
            yield from places_of_points(a, (*path, n))


def at_place(e: Any, place) -> Any:
    for n in place:
        e = e.args[n]
    return e


def replaced(e: Any, place, new) -> Any:
    return _changed(e, {tuple(place): new})


def exchanged(e: Any, *pairs) -> Any:
    """The node with the arguments at the two places of each pair exchanged."""
    return _changed(e, {to: at_place(e, at) for p, q in pairs for at, to in ((p, q), (q, p))})


def _changed(e: Any, new: dict) -> Any:
    """The node with all new arguments at once, since half an exchange may be ill formed."""
    if () in new:
        return new[()]
    args = list(e.args)
    for n in {place[0] for place in new}:
        args[n] = _changed(args[n], {place[1:]: a for place, a in new.items() if place[0] == n})
    return e.func(*args)
