"""Derivations: hypotheses, steps, a conclusion. A derivation holds no verdict of its own.

A step states `lhs = rhs` (or ≤, ≥) and names the rule that leads there. Its judgements are made only by judges
(the modules of `judges`); everything printed about a derivation is read from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sympy import Basic, Expr

from ..calculus.rules import needs_no_grant
from ..errors import IllFormed
from .verdicts import Label, Relation, Verdict


@dataclass(frozen=True)
class Judgement:
    """The verdict of one judge on one step."""

    verdict: Verdict
    label: Label
    judge: str
    detail: str = ""  # an error bound, digits; when refuted, the instance with both values
    rules: tuple[str, ...] = ()  # the rules that the judge used (Fubini, differentiation under the integral …)
    digits: int | None = None  # in which the sides agree, if nothing stronger is known


@dataclass(frozen=True)
class Hypothesis:
    """An assumption. With a source it is a cited fact, and is listed beside the label.

    `grants` are the rules that it permits, by the names that judges report: a step that rests on a rule which no hypothesis
    grants is not proved.
    """

    statement: str
    source: str = ""
    grants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """The statement that a chain of steps proves."""

    lhs: Basic
    rhs: Basic
    relation: Relation = Relation.EQUAL


@dataclass(frozen=True)
class Step:
    """lhs = rhs. In a chain lhs is the rhs of the step before.

    `rule` and `remark` are the author's reasons; no judge uses them. `used` lists the rules behind a proof.
    `gap` is a reason: for an inequality, larger − smaller, manifestly nonnegative; for an equation, lhs − rhs, where
    every term contains a fact that vanishes. Judges check that the gap is the difference.
    """

    lhs: Basic
    rhs: Basic
    rule: str
    remark: str = ""
    judgements: tuple[Judgement, ...] = ()
    relation: Relation = Relation.EQUAL
    gap: Expr | None = None
    missing: tuple[str, ...] = ()  # rules behind it that no hypothesis grants
    line: int | None = field(default=None, compare=False)  # of the file it was written in
    written: tuple[Basic, ...] = field(default=(), compare=False)  # parts that have cancelled since they were written

    @property
    def parts(self) -> tuple[Basic, ...]:
        """All expressions that must have a value for the step to have a meaning."""
        return (self.lhs, self.rhs, *(() if self.gap is None else (self.gap,)), *self.written)

    @property
    def verdict(self) -> Verdict:
        said = {j.verdict for j in self.judgements}
        if {Verdict.PROVED, Verdict.REFUTED} <= said or Verdict.CONTRADICTED in said:
            return Verdict.CONTRADICTED
        if Verdict.REFUTED in said:
            return Verdict.REFUTED
        supported = [v for v in (Verdict.PROVED, Verdict.AGREES) if v in said]
        return supported[0] if supported and not self.missing else Verdict.UNDECIDED

    @property
    def used(self) -> tuple[str, ...]:
        """The rules that its judges report for the proof; none if it is not proved."""
        return tuple(sorted(_used(self))) if self.verdict is Verdict.PROVED else ()

    @property
    def label(self) -> Label | None:
        """The label of the strongest judge that supports the step; None if none does."""
        supporting = [j.label for j in self.judgements if j.verdict is self.verdict]
        return min(supporting, key=list(Label).index) if self.verdict.supports else None

    @property
    def digits(self) -> int | None:
        """The digits in which the sides agree, if only agreement is known."""
        found = [j.digits for j in self.judgements if j.verdict is Verdict.AGREES and j.digits]
        return max(found, default=None) if self.verdict is Verdict.AGREES else None


Chain = tuple[Step, ...]


@dataclass(frozen=True, repr=False)
class Derivation:
    """Hypotheses, steps and a conclusion, by default that of all chains. Raises IllFormed for a conclusion of no chain."""

    title: str
    steps: tuple[Step, ...]
    conclusion: tuple[Claim, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    source: str = ""
    summary: str = field(default="", compare=False)
    uses: tuple[Derivation, ...] = ()  # theorems that it uses
    counterexamples: tuple[Derivation, ...] = ()  # reasons for its hypotheses

    def __post_init__(self):
        ends = tuple(claim_of(chain) for chain in self.chains)
        if not set(self.conclusion) <= set(ends):
            raise IllFormed(f"{self.title}: the conclusion is not what the steps come to; state the end of a chain")
        object.__setattr__(self, "conclusion", self.conclusion or ends)

    def __repr__(self) -> str:
        """One line; `text()` prints it in full."""
        label = f" [{self.label}]" if self.label else ""
        return (
            f"<Derivation {self.title!r}: {self.verdict}{label}, {len(self.steps)} steps; print(….text()) shows them>"
        )

    def __str__(self) -> str:
        return self.text()

    @property
    def chains(self) -> tuple[Chain, ...]:
        """The steps, divided where the left side is not the right side above."""
        chains: list[list[Step]] = []
        for n, step in enumerate(self.steps):
            if n and step.lhs == self.steps[n - 1].rhs:
                chains[-1].append(step)
            else:
                chains.append([step])
        return tuple(map(tuple, chains))

    @property
    def verdict(self) -> Verdict:
        said = {part.verdict for part in (*self.steps, *self.uses, *self.counterexamples)}
        for worst in (Verdict.CONTRADICTED, Verdict.REFUTED):
            if worst in said:
                return worst
        if not said or not all(v.supports for v in said):
            return Verdict.UNDECIDED
        return Verdict.AGREES if Verdict.AGREES in said else Verdict.PROVED

    @property
    def digits(self) -> int | None:
        """The fewest digits of a step that is supported by digits alone; None if there is no such step."""
        found = [part.digits for part in (*self.steps, *self.uses, *self.counterexamples) if part.digits]
        return min(found, default=None) if self.verdict is Verdict.AGREES else None

    @property
    def label(self) -> Label | None:
        """The weakest label among the steps and the theorems used; None unless all of them are supported."""
        labels = [part.label for part in (*self.steps, *self.uses)]
        if not labels or not self.verdict.supports:
            return None
        return max(labels, key=list(Label).index)  # type: ignore[arg-type]

    def judged(self, *judges: Callable[[Step], Judgement | None]) -> Derivation:
        """The same derivation, every step judged anew. A judge returns None for a step on which it abstains."""
        steps = tuple(replace(step, judgements=_heard(step, judges)) for step in self.steps)
        return replace(self, steps=steps).licensed()

    def licensed(self) -> Derivation:
        """The same derivation, where every step lists the rules it uses that no hypothesis grants."""
        granted = {rule for h in self.hypotheses for rule in h.grants}
        return replace(self, steps=tuple(replace(step, missing=_missing(step, granted)) for step in self.steps))

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

    def html(self) -> str:
        """A complete page that works offline."""
        from .formats import document

        return document([self], "html", greek=True)

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_html_(self) -> str:
        from ..documents.notebook import framed
        from .html import derivation_html

        return framed(derivation_html(self))


def claim_of(chain: Chain) -> Claim:
    """The claim from its first left side to its last right side. Raises IllFormed if it goes up and down."""
    relations = {step.relation for step in chain} - {Relation.EQUAL}
    if len(relations) > 1:
        raise IllFormed("a chain holds both ≤ and ≥, so it compares nothing; split it in two")
    return Claim(chain[0].lhs, chain[-1].rhs, relations.pop() if relations else Relation.EQUAL)


def _heard(step: Step, judges) -> tuple[Judgement, ...]:
    return tuple(said for said in (judge(step) for judge in judges) if said is not None)


def _missing(step: Step, granted: set[str]) -> tuple[str, ...]:
    return tuple(sorted(rule for rule in _used(step) - granted if not needs_no_grant(rule)))


def _used(step: Step) -> set[str]:
    proving = [said for said in step.judgements if said.verdict.supports]
    if proving and not any(said.label is Label.DERIVED for said in proving):  # instances report no rules
        proving += [said for said in step.judgements if said.verdict is Verdict.UNDECIDED]
    return {rule for said in proving for rule in said.rules}
