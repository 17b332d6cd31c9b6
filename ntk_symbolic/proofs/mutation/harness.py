"""Tests of the judges: every line of a theorem is altered by every rule, and its own panel judges the result.

A mutant is refused as ill formed, or rejected (a judge refutes it, none proves it), or left unproved by all; or it is
equivalent, proved like the original and listed by name with the reason. Any other proved mutant is a survivor. If one
judge proves what another refutes, a judge is wrong: such a mutant is disputed. A mutant on which a judge raises an error is
broken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from zlib import crc32

from sympy import nan, oo, zoo

from ...calculus.scope import check
from ...errors import IllFormed
from ..derivation import Judgement, Relation, Step, Verdict
from ..theorem import Theorem
from .equivalents import listed
from .mutants import Around, Mutant, mutants
from .sameness import shape

SIDES = {"left": "lhs", "right": "rhs", "gap": "gap"}


class Outcome(StrEnum):
    REJECTED = "rejected"  # a judge refutes it, none proves it
    ILL_FORMED = "ill formed"  # refused before any judge
    UNPROVED = "unproved"  # no judge proves it, none refutes it: a derivation with this line does not pass
    EQUIVALENT = "equivalent"  # proved by two judges, or by all that prove the original, and listed with the reason
    SURVIVED = "survived"  # proved by a judge, and not listed
    DISPUTED = "disputed"  # proved by a judge and refuted by another: one of them is wrong
    BROKEN = "broken"  # a judge raised an error, or does not prove the original


FAILURES = (Outcome.SURVIVED, Outcome.DISPUTED, Outcome.BROKEN)


@dataclass(frozen=True)
class Trial:
    """The outcome of one mutant, in plain text, so that it can be sent between processes."""

    theorem: str
    line: int  # of the derivation, from 1; 0 for its hypotheses
    part: str  # left, right, gap or relation
    kind: str
    name: str
    outcome: Outcome
    reason: str = ""  # of an equivalent: the reason why it is true
    altered: str = ""  # of a proved mutant: the altered line

    def sentence(self) -> str:
        said = f"{self.theorem}, line {self.line}, {self.part}: {self.name}: {self.outcome}"
        return said + (f", since {self.reason}" if self.reason else "") + (f": {self.altered}" if self.altered else "")


@dataclass(frozen=True)
class Score:
    """The mutants of one theorem, and the outcome of each."""

    theorem: str
    trials: tuple[Trial, ...]
    sample: int | None = None  # the largest number tried for each line; None: all

    def of(self, *outcomes: Outcome) -> tuple[Trial, ...]:
        return tuple(t for t in self.trials if t.outcome in outcomes)

    mutants = property(lambda self: len(self.trials))
    rejected = property(lambda self: len(self.of(Outcome.REJECTED)))
    ill_formed = property(lambda self: len(self.of(Outcome.ILL_FORMED)))
    unproved = property(lambda self: len(self.of(Outcome.UNPROVED)))
    equivalent = property(lambda self: len(self.of(Outcome.EQUIVALENT)))
    survivors = property(lambda self: len(self.of(*FAILURES)))  # disputed and broken ones included
    disputed = property(lambda self: len(self.of(Outcome.DISPUTED)))
    broken = property(lambda self: len(self.of(Outcome.BROKEN)))

    @property
    def passed(self) -> bool:
        """True if mutants were tried and none survived."""
        return bool(self.trials) and not self.survivors

    def kinds(self) -> dict[str, int]:
        """The number of mutants of each kind."""
        names = [t.kind for t in self.trials]
        return {kind: names.count(kind) for kind in sorted(set(names))}

    def sentence(self) -> str:
        """The counts of outcomes, in one sentence.

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

    sample   the largest number of mutants of each line, always the same ones; None for all.
    """
    trials = (t for line in lines_of(theorem) for t in line_trials(*line, sample))
    return Score(theorem.name, (*trials, *grant_trials(theorem)), sample)


def grant_trials(theorem: Theorem) -> list[Trial]:
    """The trials without one granted rule each: no derivation may pass without a rule that it names."""
    judged = theorem()
    trials = []
    for n, h in enumerate(judged.hypotheses):
        for rule in h.grants:
            fewer = replace(h, grants=tuple(r for r in h.grants if r != rule))
            hypotheses = (*judged.hypotheses[:n], fewer, *judged.hypotheses[n + 1 :])
            passes = replace(judged, hypotheses=hypotheses).licensed().verdict is Verdict.PROVED
            outcome = Outcome.SURVIVED if passes else Outcome.UNPROVED
            trials.append(Trial(theorem.name, 0, "hypotheses", "dropped grant", f"{rule} not granted", outcome))
    return trials


def lines_of(theorem: Theorem) -> list[tuple[Theorem, int]]:
    """Its lines, numbered from 0, and those of the counterexamples that justify its hypotheses."""
    return [(t, n) for t in (theorem, *theorem.counterexamples) for n in range(len(t.steps))]


def line_trials(
    theorem: Theorem, n: int, sample: int | None = None, named: Callable[[str], bool] = lambda name: True
) -> list[Trial]:
    """The trials of one line, numbered from 0, for mutants whose names are accepted.

    An unproved line gives one broken trial, unless a sample is requested: its mutants would be trivially rejected.
    """
    step, chained = theorem.steps[n], n > 0 and theorem.steps[n - 1].rhs == theorem.steps[n].lhs
    if sample is None and not _proving(theorem, n):
        return [Trial(theorem.name, n + 1, "line", "none", "as it stands", Outcome.BROKEN, altered=_written(step, ()))]
    lines = altered_lines(step, sample, chained, named)
    return [_trial(theorem, n, part, mutant, altered) for part, mutant, altered in lines]


def altered_lines(
    step: Step, sample: int | None = None, chained: bool = False, named: Callable[[str], bool] = lambda name: True
) -> list[tuple[str, Mutant, Step | None]]:
    """Part, mutant and altered line, or None if it is ill formed, for mutants whose names are accepted.

    A left side that is the right side above (`chained`) is altered there: both lines would have to pass.

    A statement equal to an earlier one, up to the names of bound variables, is left out. The order of mutants
    is that of a checksum of their names, so that a sample is the same in every run, and part of the whole.
    """
    candidates = [(part, mutant) for part, mutant in _candidates(step, chained) if named(mutant.name)]
    made: dict[int, tuple[str, Mutant, Step | None]] = {}
    seen = {(part, shape(getattr(step, field))) for part, field in SIDES.items()}
    for n in sorted(range(len(candidates)), key=lambda n: crc32(f"{candidates[n][0]} {candidates[n][1]}".encode())):
        if len(made) == sample:
            break
        part, mutant = candidates[n]
        altered = _altered(step, part, mutant)
        key = (part, None if altered is None or part not in SIDES else shape(getattr(altered, SIDES[part])))
        if altered is None or key not in seen:
            made[n] = part, mutant, altered
            seen.add(key)
    return [made[n] for n in sorted(made)]


def _candidates(step: Step, chained: bool) -> Iterator[tuple[str, Mutant]]:
    around = Around.of(*(p for p in (step.lhs, step.rhs, step.gap) if p is not None))
    for part, field in SIDES.items():
        if getattr(step, field) is not None and not (chained and part == "left"):
            multiples = step.gap is not None or 0 not in (step.lhs, step.rhs) or getattr(step, field) == 0
            yield from ((part, m) for m in mutants(getattr(step, field), around, multiples))
    if step.relation is not Relation.EQUAL:
        other = Relation.AT_LEAST if step.relation is Relation.AT_MOST else Relation.AT_MOST
        yield "relation", Mutant("relation", f"{other} for {step.relation}", lambda: other)


def _altered(step: Step, part: str, mutant: Mutant) -> Step | None:
    try:
        new = mutant.make()
        if part in SIDES:
            check(new)
    except IllFormed:
        return None
    return None if part in SIDES and new.has(nan, zoo, oo) else replace(step, **{SIDES.get(part, part): new})


def _trial(theorem: Theorem, n: int, part: str, mutant: Mutant, altered: Step | None) -> Trial:
    trial = Trial(theorem.name, n + 1, part, mutant.kind, mutant.name, Outcome.ILL_FORMED)
    if altered is None:
        return trial
    try:
        said = _said(theorem, altered)
    except IllFormed:
        return trial
    except Exception as trouble:  # no mutant may end the run, and errors of judges are recorded
        return replace(
            trial, outcome=Outcome.BROKEN, altered=f"{_written(altered, ())} {type(trouble).__name__}: {trouble}"
        )
    outcome = _outcome(said)
    if outcome in (Outcome.REJECTED, Outcome.UNPROVED):
        return replace(trial, outcome=outcome)
    entry = listed(theorem.name, mutant.name)
    if outcome is Outcome.SURVIVED and entry and _agreed(theorem, n, _provers(said), entry.alone):
        return replace(trial, outcome=Outcome.EQUIVALENT, reason=entry.reason, altered=_written(altered, said))
    return replace(trial, outcome=outcome, altered=_written(altered, said))


def _agreed(theorem: Theorem, n: int, provers: set[str], alone: tuple[str, ...]) -> bool:
    """True if two judges prove it, or all that prove the original, or one that suffices alone."""
    return len(provers) > 1 or provers <= set(alone) or _proving(theorem, n) <= provers


def _outcome(said: Sequence[Judgement]) -> Outcome:
    verdicts = {j.verdict for j in said}
    if any(v.supports for v in verdicts):
        return Outcome.DISPUTED if Verdict.REFUTED in verdicts else Outcome.SURVIVED
    return Outcome.REJECTED if Verdict.REFUTED in verdicts else Outcome.UNPROVED


def _proving(theorem: Theorem, n: int) -> set[str]:
    """The judges that prove the unaltered line."""
    return _provers(_said(theorem, theorem.steps[n]))


def _provers(said: Sequence[Judgement]) -> set[str]:
    return {j.judge for j in said if j.verdict.supports}


def _said(theorem: Theorem, step: Step) -> tuple[Judgement, ...]:
    return tuple(j for j in (judge(step) for judge in theorem.judges) if j is not None)


def _written(step: Step, said: Sequence[Judgement]) -> str:
    gap = "" if step.gap is None else f", gap {step.gap}"
    return f"{step.lhs} {step.relation} {step.rhs}{gap} [{', '.join(f'{j.judge} {j.verdict}' for j in said)}]"
