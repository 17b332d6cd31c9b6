"""Theorems as generators of lines.

A single expression begins a chain; `rhs, rule` or `rhs, rule, remark` continues it. `at_most(rhs, gap)` and
`at_least(rhs, gap)` in the place of rhs make it an inequality, `equals(rhs, gap)` an equation that uses a fact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any

from sympy import SympifyError, sympify

from ..calculus.definitions import Assumption, refuse_circles
from ..calculus.rules import needs_no_grant
from ..errors import IllFormed
from .derivation import Derivation, Hypothesis, Relation, Step
from .judges.panel import Judge, panel


@dataclass(frozen=True)
class Line:
    """The right side of a line that is more than an equation."""

    rhs: Any
    relation: Relation
    gap: Any = None


def at_most(rhs, gap=None) -> Line:
    """… ≤ rhs, since rhs − lhs = gap, which is nonnegative by its form (facts and squares)."""
    return Line(sympify(rhs, strict=True), Relation.AT_MOST, gap)


def at_least(rhs, gap=None) -> Line:
    """… ≥ rhs, since lhs − rhs = gap, which is nonnegative by its form (facts and squares)."""
    return Line(sympify(rhs, strict=True), Relation.AT_LEAST, gap)


def equals(rhs, gap) -> Line:
    """… = rhs, since lhs − rhs = gap, every term of which contains a fact that vanishes."""
    return Line(sympify(rhs, strict=True), Relation.EQUAL, gap)


MAX_LINES = 1000  # of one theorem
_LISTENING: list[list[Theorem]] = []


@contextmanager
def theorems_made() -> Iterator[list[Theorem]]:
    """All theorems that are made inside the context, even without a name."""
    made: list[Theorem] = []
    _LISTENING.append(made)
    try:
        yield made
    finally:
        _LISTENING.pop()


@dataclass(frozen=True, eq=False)
class Theorem:
    """A statement with its lines; a call returns the derivation with every step judged. It holds no status of its own."""

    lines: Callable[[], Iterator[Any]]
    source: str
    hypotheses: tuple[Hypothesis, ...]
    assuming: tuple[Assumption, ...]
    uses: tuple[Theorem, ...] = ()
    counterexamples: tuple[Theorem, ...] = ()

    def __post_init__(self):
        for made in _LISTENING:
            made.append(self)
        for a in self.assuming:
            if needs_no_grant(a.name):
                raise IllFormed(
                    f"the assumption {a.name}: that is the name of a rule which needs no hypothesis; choose another"
                )
        refuse_circles(self.assuming)

    @property
    def name(self) -> str:
        return self.lines.__name__.replace("_", "-")

    def __call__(self) -> Derivation:
        return self._judged

    @cached_property
    def _judged(self) -> Derivation:
        return self.judge(self.stated)

    @cached_property
    def judges(self) -> tuple[Judge, ...]:
        return panel(self.assuming)

    def judge(self, derivation: Derivation) -> Derivation:
        """Any derivation, judged under the assumptions of this theorem."""
        return derivation.judged(*self.judges)

    @cached_property
    def stated(self) -> Derivation:
        """The derivation, with its own steps not yet judged."""
        title, _, summary = (self.lines.__doc__ or self.lines.__name__).partition("\n\n")
        return Derivation(
            title=title.strip().rstrip("."),
            steps=self.steps,
            hypotheses=self.hypotheses,
            source=self.source,
            summary=" ".join(summary.split()),
            uses=tuple(theorem() for theorem in self.uses),
            counterexamples=tuple(theorem() for theorem in self.counterexamples),
        )

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Its own lines, without those of the theorems it uses."""
        return tuple(self._steps())

    def _steps(self) -> Iterator[Step]:
        lhs, followed, began = None, True, None
        for where, yielded in self._yielded():
            if not isinstance(yielded, tuple):
                _refuse_loose_end(self.name, lhs, followed, began)
                lhs, followed, began = self._expression(yielded, where), False, where
                continue
            followed = True
            step = self._step(lhs, yielded, where)
            yield step
            lhs = step.rhs
        _refuse_loose_end(self.name, lhs, followed, began)

    def _yielded(self) -> Iterator[tuple[int | None, Any]]:
        """The values that the function yields, with their lines in the file."""
        needed = [p.name for p in signature(self.lines).parameters.values() if p.default is p.empty]
        if needed:
            raise IllFormed(f"{self.name}: the function of a theorem takes no arguments; leave out {', '.join(needed)}")
        generator = self.lines()
        if not isinstance(generator, Iterator):
            raise IllFormed(f"{self.name}: its function yields nothing; `yield` a left side, then `yield rhs, rule`")
        for n, yielded in enumerate(generator):
            frame = getattr(generator, "gi_frame", None)
            where = frame.f_lineno if frame else None
            if n == MAX_LINES:
                raise _at(where, f"{self.name}: more than {MAX_LINES} lines; split it in two")
            yield where, yielded

    def _step(self, lhs, yielded: tuple, where: int | None) -> Step:
        if lhs is None:
            raise _at(where, f"{self.name}: the first line has a rule; begin with the left side alone")
        if len(yielded) not in (2, 3) or not all(isinstance(word, str) for word in yielded[1:]):
            raise _at(where, f"{self.name}: a later line is `yield rhs, rule` or `yield rhs, rule, remark`")
        rhs, rule, *remark = yielded
        line = rhs if isinstance(rhs, Line) else Line(self._expression(rhs, where), Relation.EQUAL)
        return Step(lhs, line.rhs, rule, *remark, relation=line.relation, gap=line.gap, line=where)

    def _expression(self, yielded, where: int | None):
        try:
            return sympify(yielded, strict=True)
        except SympifyError:
            raise _at(where, f"{self.name}: {type(yielded).__name__} is no expression") from None


def _at(line: int | None, said: str) -> IllFormed:
    """An error with its line."""
    trouble = IllFormed(said)
    trouble.line = line  # type: ignore[attr-defined]
    return trouble


def _refuse_loose_end(name: str, line, followed: bool, where: int | None) -> None:
    """Raises IllFormed for a line without a step: a continuation whose rule was forgotten would not be judged."""
    if not followed:
        raise _at(where, f"{name}: no step follows the line {line}; a continuation has a rule after it")


def theorem(
    source: str,
    hypotheses: Sequence[Hypothesis] = (),
    assuming: Sequence[Assumption] = (),
    uses: Sequence[Theorem] = (),
    counterexamples: Sequence[Theorem] = (),
):
    """Returns the theorem of a generator of lines. Its docstring is the title, and after an empty line the summary."""

    def made(lines: Callable[[], Iterator[Any]]) -> Theorem:
        return Theorem(lines, source, tuple(hypotheses), tuple(assuming), tuple(uses), tuple(counterexamples))

    return made
