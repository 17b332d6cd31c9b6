"""The judges are judged: every line of a theorem is altered in every way there is a rule for, and its own panel looks on.

A mutant is refused as ill formed, or rejected (a judge refutes it, none proves it), or left unproved by all; or it is
equivalent, proved like the original and listed by name with the reason. Whatever else is proved is a survivor. Where one
judge proves what another refutes, a judge is wrong: such a mutant is disputed. And one that breaks a judge is broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from zlib import crc32

from sympy import Basic, nan, oo, zoo

from ..calculus.scope import check
from ..errors import IllFormed
from .derivation import Judgement, Relation, Step, Verdict
from .equivalents import reason_for
from .mutants import Around, Mutant, mutants
from .sameness import shape
from .theorem import Theorem

SIDES = {"left": "lhs", "right": "rhs", "gap": "gap"}


class Outcome(StrEnum):
    REJECTED = "rejected"  # a judge refutes it, none proves it
    ILL_FORMED = "ill formed"  # refused before any judge saw it
    UNPROVED = "unproved"  # no judge proves it, none refutes it: a derivation with this line does not pass
    EQUIVALENT = "equivalent"  # proved by every judge that proved the original, and listed with the reason
    SURVIVED = "survived"  # proved by a judge, and not listed
    DISPUTED = "disputed"  # proved by a judge and refuted by another: one of them is wrong
    BROKEN = "broken"  # a judge stopped with an error of its own


FAILURES = (Outcome.SURVIVED, Outcome.DISPUTED, Outcome.BROKEN)


@dataclass(frozen=True)
class Trial:
    """What became of one mutant. Plain text, so that it travels between processes."""

    theorem: str
    line: int  # of the derivation, from 1
    part: str  # left, right, gap or relation
    kind: str
    name: str
    outcome: Outcome
    reason: str = ""  # of an equivalent: why it is as true as the original
    altered: str = ""  # of what was proved: the line as altered

    def sentence(self) -> str:
        said = f"line {self.line}, {self.part}: {self.name}: {self.outcome}"
        return said + (f", since {self.reason}" if self.reason else "") + (f": {self.altered}" if self.altered else "")


@dataclass(frozen=True)
class Score:
    """The mutants of one theorem, and what became of each."""

    theorem: str
    trials: tuple[Trial, ...]
    sample: int | None = None  # at most so many of each line were tried; None: all

    def of(self, *outcomes: Outcome) -> tuple[Trial, ...]:
        return tuple(t for t in self.trials if t.outcome in outcomes)

    mutants = property(lambda self: len(self.trials))
    rejected = property(lambda self: len(self.of(Outcome.REJECTED)))
    ill_formed = property(lambda self: len(self.of(Outcome.ILL_FORMED)))
    unproved = property(lambda self: len(self.of(Outcome.UNPROVED)))
    equivalent = property(lambda self: len(self.of(Outcome.EQUIVALENT)))
    survivors = property(lambda self: len(self.of(*FAILURES)))  # with what is disputed or broken
    disputed = property(lambda self: len(self.of(Outcome.DISPUTED)))
    broken = property(lambda self: len(self.of(Outcome.BROKEN)))

    @property
    def passed(self) -> bool:
        """Something was tried, and nothing survived."""
        return bool(self.trials) and not self.survivors

    def kinds(self) -> dict[str, int]:
        """How many mutants there are of each kind."""
        names = [t.kind for t in self.trials]
        return {kind: names.count(kind) for kind in sorted(set(names))}

    def sentence(self) -> str:
        """
        >>> Score("nothing", (Trial("nothing", 1, "left", "sign", "sign", Outcome.REJECTED),)).sentence()
        '1 mutant: 1 rejected, 0 ill formed, 0 unproved, 0 equivalent, no survivor.'
        """
        many = f"{self.mutants} mutant{'' if self.mutants == 1 else 's'}"
        many += f" (at most {self.sample} of each line)" if self.sample else ""
        survivors = (
            f"{self.survivors} survivor{'' if self.survivors == 1 else 's'}" if self.survivors else "no survivor"
        )
        survivors += f", {self.disputed} of them disputed between the judges" if self.disputed else ""
        survivors += f", {self.broken} of them broke a judge" if self.broken else ""
        return (
            f"{many}: {self.rejected} rejected, {self.ill_formed} ill formed, {self.unproved} unproved, "
            f"{self.equivalent} equivalent, {survivors}."
        )


def score(theorem: Theorem, sample: int | None = None) -> Score:
    """Every mutant of every line, judged by the theorem's own panel.

    sample   at most so many mutants of each line, always the same ones; None for all.
    """
    trials = (t for n in range(len(theorem.steps)) for t in line_trials(theorem, n, sample))
    return Score(theorem.name, tuple(trials), sample)


def line_trials(theorem: Theorem, n: int, sample: int | None = None) -> list[Trial]:
    """The mutants of one line, numbered from 0."""
    step = theorem.steps[n]
    proving = {j.judge for j in _said(theorem, step) if j.verdict is Verdict.PROVED}
    return [_trial(theorem, n, part, m, altered, proving) for part, m, altered in _sampled(altered_lines(step), sample)]


def _in_place(theorem: Theorem, n: int, part: str, altered: Step) -> list[Step]:
    """What has to be judged of an altered line: it alone, as a rule.

    Other squares than those meant are nonnegative too. So where an inequality holds by its form alone, the line above
    it, which says what is squared, is altered with it.
    """
    chained = n > 0 and theorem.steps[n - 1].rhs == theorem.steps[n].lhs
    by_form = altered.relation is not Relation.EQUAL and altered.gap is None
    above = [replace(theorem.steps[n - 1], rhs=altered.lhs)] if part == "left" and by_form and chained else []
    return [*above, altered]


def altered_lines(step: Step) -> Iterator[tuple[str, Mutant, Step | None]]:
    """Part, mutant and altered line, or None where it cannot be written at all.

    What is the same statement as one before, up to the names of bound variables, is left out.
    """
    parts = [p for p in (step.lhs, step.rhs, step.gap) if p is not None]
    around = Around.of(*parts)
    for part, field in SIDES.items():
        original = getattr(step, field)
        if original is None:
            continue
        seen = {shape(original)}
        for m in mutants(original, around):
            side = _made(m)
            if side is None:
                yield part, m, None
            elif (key := shape(side)) not in seen:
                seen.add(key)
                yield part, m, replace(step, **{field: side})
    if step.relation is not Relation.EQUAL:
        yield "relation", *_flipped(step)


def _made(mutant: Mutant) -> Basic | None:
    try:
        side = mutant.make()
        check(side)
    except IllFormed:
        return None
    return None if side.has(nan, zoo, oo) else side


def _flipped(step: Step) -> tuple[Mutant, Step]:
    other = Relation.AT_LEAST if step.relation is Relation.AT_MOST else Relation.AT_MOST
    return Mutant("relation", f"{other} for {step.relation}", lambda: step.lhs), replace(step, relation=other)  # type: ignore[arg-type]


def _sampled(lines, sample: int | None):
    """Chosen by a checksum of the names, so that a sample is the same in every run."""
    lines = list(lines)
    if sample is None:
        return lines
    chosen = sorted(range(len(lines)), key=lambda n: crc32(f"{lines[n][0]} {lines[n][1]}".encode()))[:sample]
    return [lines[n] for n in sorted(chosen)]


def _trial(theorem: Theorem, n: int, part: str, mutant: Mutant, altered: Step | None, proving: set[str]) -> Trial:
    trial = Trial(theorem.name, n + 1, part, mutant.kind, mutant.name, Outcome.ILL_FORMED)
    if altered is None:
        return trial
    try:
        for line in _in_place(theorem, n, part, altered):
            said = _said(theorem, line)
            outcome = _outcome(said)
            if outcome is not Outcome.SURVIVED:
                break
    except IllFormed:
        return trial
    except Exception as trouble:  # no alteration may end the run, and none may break a judge unseen
        return replace(
            trial, outcome=Outcome.BROKEN, altered=f"{_written(line, ())} {type(trouble).__name__}: {trouble}"
        )
    if outcome in (Outcome.REJECTED, Outcome.UNPROVED):
        return replace(trial, outcome=outcome)
    reason = reason_for(theorem.name, mutant.name) or ""
    if outcome is Outcome.SURVIVED and reason and proving <= {j.judge for j in said if j.verdict is Verdict.PROVED}:
        outcome = Outcome.EQUIVALENT
    return replace(trial, outcome=outcome, reason=reason, altered=_written(line, said))


def _outcome(said: Sequence[Judgement]) -> Outcome:
    verdicts = {j.verdict for j in said}
    if Verdict.PROVED in verdicts:
        return Outcome.DISPUTED if Verdict.REFUTED in verdicts else Outcome.SURVIVED
    return Outcome.REJECTED if Verdict.REFUTED in verdicts else Outcome.UNPROVED


def _said(theorem: Theorem, step: Step) -> tuple[Judgement, ...]:
    return tuple(j for j in (judge(step) for judge in theorem.judges) if j is not None)


def _written(step: Step, said: Sequence[Judgement]) -> str:
    gap = "" if step.gap is None else f", gap {step.gap}"
    return f"{step.lhs} {step.relation} {step.rhs}{gap} [{', '.join(f'{j.judge} {j.verdict}' for j in said)}]"
