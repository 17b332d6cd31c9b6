"""The meanings of the names in a derivation. A name that is not here has no meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from sympy import Basic, Symbol

from ..calculus import Definition, Functional, Lam, Point, Space
from ..calculus.functionals import default_points
from ..elementary.queries import texts
from ..errors import IllFormed

MAX_SIZE = 12  # of an index set given by a number, and of an index that is a number
RESERVED = {"d", "delta", "int", "iint", "sum", "lim", "exp", "log", "sqrt", "O", "by", "with", "gap"}

_KNOWN_ELSEWHERE = {
    **dict.fromkeys(
        {*texts(), *map(str.lower, texts()), "relu"} - RESERVED,
        "of numbers the notation has exp, log and sqrt; if it may be any function, declare `function NAME(x)`",
    ),
    **dict.fromkeys(
        ("inf", "infinity", "infty", "oo"),
        "intervals end at numbers; an unbounded space is abstract, as in `space X with measure μ, points x`",
    ),
    **dict.fromkeys(("pi", "e"), "declare it, `number NAME > 0`; its value is then not used"),
}
"""Words with a meaning in other notations, and their replacement in this one."""


@dataclass(frozen=True)
class Head:
    """A declared function or functional, and its default argument: f means f^θ."""

    functional: Functional
    form: str  # as it was declared: f_j(x)
    takes: Head | None = None
    names: tuple[str, ...] = ()  # of its variables, as they were declared

    @property
    def spaces(self) -> tuple[Space, ...]:
        return self.functional.params

    def given(self, function: Lam | None = None) -> tuple[Lam, ...]:
        """Its argument function, if it has one."""
        if self.takes is None:
            return ()
        return (self.takes.as_function() if function is None else function,)

    def as_function(self) -> Lam:
        points = default_points(self.spaces)
        return Lam(self.functional(*self.given(), *points), *points)


@dataclass(frozen=True)
class Defined:
    """A name for an expression."""

    definition: Definition
    form: str
    size: int = 1  # of the expression, with all that is defined in it unfolded
    written: tuple[Basic, ...] = ()  # parts that must have a value, as they were written

    @property
    def spaces(self) -> tuple[Space, ...]:
        return self.definition.body.spaces


KINDS = {Space: "a space", Point: "a variable", Symbol: "a number", Head: "a function", Defined: "a defined name"}


@dataclass
class Scope:
    """Names, with their meanings and the lines of their declarations."""

    known: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    measures: dict[str, Space] = field(default_factory=dict)
    time: Symbol | None = None
    assumed: dict[Functional, Lam] = field(default_factory=dict)
    remainders: int = 0  # O(…) so far
    least: dict[Space, int] = field(default_factory=dict)  # the required number of indices: two if θ_2 is written

    def __contains__(self, name: object) -> bool:
        return name in self.known or name in self.measures

    def declare(self, name: str, what: Any, line: int) -> None:
        if name in RESERVED or re.fullmatch(r"O\d+", name):  # O1 is the first O(…)
            raise IllFormed(f"{name} has a meaning of its own in the notation; take another name")
        if name in self:
            raise IllFormed(f"{name} is declared twice, first on line {self.lines[name]}; take another name")
        for head in ("d", "delta"):
            if head + name in self:
                raise IllFormed(f"{head}{name}, which is declared, could be read as {head} {name}; take another name")
        self.known[name], self.lines[name] = what, line

    def declare_measure(self, name: str, space: Space, line: int) -> None:
        if name in self or name in RESERVED:
            raise IllFormed(f"{name} is taken already; take another name for the measure of {space.name}")
        self.measures[name], self.lines[name] = space, line

    def __getitem__(self, name: str) -> Any:
        if name in self.known:
            return self.known[name]
        near = get_close_matches(name, self.known, n=1, cutoff=0.7)
        hint = f"did you mean {near[0]}?" if near else "declare it above the first formula"
        if not near and re.fullmatch("d[a-z]'*", name):
            hint = f"a differential needs {name[1:]} to be declared, as a point of a space"
        hint = _KNOWN_ELSEWHERE.get(name, hint).replace("NAME", name)
        raise IllFormed(f"{name} is not declared; {hint}")

    def variable(self, name: str) -> Point:
        """A point of a space, or an index."""
        what = self[name]
        if not isinstance(what, Point):
            raise IllFormed(f"{name} is {self.kind(name)}, not a point or an index")
        return what

    def kind(self, name: str) -> str:
        what = self[name]
        if isinstance(what, Space) and not what.is_measure:
            letters = [p for p, v in self.known.items() if isinstance(v, Point) and v.space == what]
            return f"the number of values of {', '.join(letters)} (line {self.lines[name]})"
        return next(words for kind, words in KINDS.items() if isinstance(what, kind))


def described(point: Point) -> str:
    """x is a point of X; j is an index of 1..k."""
    name = point.space.name
    return f"a point of {name}" if point.space.is_measure else f"an index in 1..{name.removeprefix('1..')}"
