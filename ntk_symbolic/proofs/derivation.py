"""What a derivation is: hypotheses, steps, a conclusion. It holds no verdict of its own.

A step says `lhs = rhs` and names the rule that leads there. Its judgements are written by judges alone
(modules of this room whose names begin with `judge_`); everything printed about a derivation is read from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sympy import Basic


class Verdict(StrEnum):
    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


class Label(StrEnum):
    """What checked a statement, strongest first."""

    DERIVED = "derived"  # abstract objects, equal canonical forms
    EXACT = "exact"  # both sides computed from the definitions on dense random rational instances
    NUMERIC = "numeric"  # equal to the stated number of digits
    STATISTICAL = "statistical"  # agrees in a test of stated false-alarm rate


@dataclass(frozen=True)
class Judgement:
    """One judge's word on one step."""

    verdict: Verdict
    label: Label
    judge: str
    detail: str = ""  # how far it goes: an error bound, digits; when refuted, the instance with both values
    rules: tuple[str, ...] = ()  # what the judge itself relied on (Fubini, differentiation under the integral …)


@dataclass(frozen=True)
class Hypothesis:
    """Something assumed. With a source it is a cited fact, and is listed beside the label."""

    statement: str
    source: str = ""


@dataclass(frozen=True)
class Step:
    """lhs = rhs, by a rule. In a chain lhs is the rhs of the step before."""

    lhs: Basic
    rhs: Basic
    rule: str
    remark: str = ""
    judgements: tuple[Judgement, ...] = ()

    @property
    def verdict(self) -> Verdict:
        said = {j.verdict for j in self.judgements}
        if Verdict.REFUTED in said:
            return Verdict.REFUTED
        return Verdict.PROVED if Verdict.PROVED in said else Verdict.UNDECIDED

    @property
    def label(self) -> Label | None:
        """The strongest judge that proved it; None where none did."""
        proving = [j.label for j in self.judgements if j.verdict is Verdict.PROVED]
        return min(proving, key=list(Label).index) if self.verdict is Verdict.PROVED else None


@dataclass(frozen=True)
class Derivation:
    title: str
    conclusion: tuple[Basic, Basic]  # (lhs, rhs)
    steps: tuple[Step, ...]
    hypotheses: tuple[Hypothesis, ...] = ()
    source: str = ""
    summary: str = field(default="", compare=False)

    @property
    def verdict(self) -> Verdict:
        said = {s.verdict for s in self.steps}
        if Verdict.REFUTED in said:
            return Verdict.REFUTED
        return Verdict.PROVED if said == {Verdict.PROVED} else Verdict.UNDECIDED

    @property
    def label(self) -> Label | None:
        """The weakest label among the steps; None unless every step is proved."""
        labels = [s.label for s in self.steps]
        if not labels or None in labels:
            return None
        return max(labels, key=list(Label).index)  # type: ignore[arg-type]

    def judged(self, *judges: Callable[[Step], Judgement | None]) -> Derivation:
        """The same derivation, every step judged anew. A judge returns None for a step it has no word on."""
        return replace(self, steps=tuple(_judge(step, judges) for step in self.steps))

    def text(self, width: int = 88, unicode: bool = True) -> str:
        from .printing import to_text

        return to_text(self, width, unicode)

    def markdown(self) -> str:
        from .printing import to_markdown

        return to_markdown(self)

    def latex(self) -> str:
        """A complete document."""
        from .printing import to_latex

        return to_latex(self)

    def _repr_markdown_(self) -> str:
        return self.markdown()


def _judge(step: Step, judges: Iterable[Callable[[Step], Judgement | None]]) -> Step:
    said = (judge(step) for judge in judges)
    return replace(step, judgements=tuple(j for j in said if j is not None))
