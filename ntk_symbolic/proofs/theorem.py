"""How a theorem is written: a generator of lines, first the left side, then `rhs, rule` for each line that follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..calculus.definitions import Assumption
from .derivation import Derivation, Hypothesis, Step
from .judge_derived import derived
from .judge_exact import exact


@dataclass(frozen=True, eq=False)
class Theorem:
    """Called, it gives the derivation with every step judged by both judges. It holds no status of its own."""

    lines: Callable[[], Iterator[Any]]
    source: str
    hypotheses: tuple[Hypothesis, ...]
    assuming: tuple[Assumption, ...]

    def __call__(self) -> Derivation:
        return self._judged

    @cached_property
    def _judged(self) -> Derivation:
        return self.judge(self.stated)

    def judge(self, derivation: Derivation) -> Derivation:
        """Any derivation, judged under what this theorem assumes."""
        return derivation.judged(derived(*self.assuming), exact(*self.assuming))

    @cached_property
    def stated(self) -> Derivation:
        """The derivation before anybody judged it."""
        first, *rest = self.lines()
        steps, lhs = [], first
        for rhs, rule, *remark in rest:
            steps.append(Step(lhs, rhs, rule, *remark))
            lhs = rhs
        title, _, summary = (self.lines.__doc__ or self.lines.__name__).partition("\n\n")
        return Derivation(
            title=title.strip().rstrip("."),
            conclusion=(first, lhs),
            steps=tuple(steps),
            hypotheses=self.hypotheses,
            source=self.source,
            summary=" ".join(summary.split()),
        )


def theorem(source: str, hypotheses: Sequence[Hypothesis] = (), assuming: Sequence[Assumption] = ()):
    """Make a theorem of a generator of lines. Its docstring is the title, and after an empty line the summary."""

    def made(lines: Callable[[], Iterator[Any]]) -> Theorem:
        return Theorem(lines, source, tuple(hypotheses), tuple(assuming))

    return made
