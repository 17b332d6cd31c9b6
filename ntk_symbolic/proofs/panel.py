"""Which judges look at a step, and what of it each is shown.

Judges of equations see larger − smaller = gap of a step with a gap. That the gap has its sign is read off its form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ..calculus.definitions import Assumption
from .derivation import Judgement, Label, Relation, Step, Verdict
from .facts import nonnegative, used_facts, vanishes_by_facts
from .judge_derived import derived
from .judge_elementary import scalar
from .judge_exact import exact
from .judge_integrands import integrands
from .judge_numeric import numeric

Judge = Callable[[Step], Judgement | None]


def panel(assuming: Sequence[Assumption] = ()) -> tuple[Judge, ...]:
    """The judges of a theorem with these assumptions."""
    judges = derived(*assuming), integrands, scalar, exact(*assuming), numeric(*assuming)
    return (*map(_with_gap, judges), by_form)


def by_form(step: Step) -> Judgement | None:
    """The judge of inequalities that state no gap: the difference is a sum of squares, or of what is so by name."""
    if step.gap is not None or step.relation is Relation.EQUAL:
        return None
    gap = difference(step)
    verdict = Verdict.PROVED if nonnegative(gap) else Verdict.UNDECIDED
    detail = "the difference is nonnegative by its form" if nonnegative(gap) else "the form tells no sign"
    return Judgement(verdict, Label.DERIVED, "form", detail, used_facts(gap))


def difference(step: Step):
    """What has to be shown nonnegative, or 0."""
    return step.rhs - step.lhs if step.relation is Relation.AT_MOST else step.lhs - step.rhs  # type: ignore[operator]


def _with_gap(judge: Judge) -> Judge:
    def whole(step: Step) -> Judgement | None:
        if step.gap is None:
            return judge(step) if step.relation is Relation.EQUAL else None
        said = judge(replace(step, lhs=difference(step), rhs=step.gap, relation=Relation.EQUAL, gap=None))
        if said is None or said.verdict is not Verdict.PROVED:
            return said
        fits = vanishes_by_facts if step.relation is Relation.EQUAL else nonnegative
        if not fits(step.gap):
            return replace(said, verdict=Verdict.UNDECIDED, detail=f"the gap is not {_wanted(step)}")
        return replace(said, rules=tuple(sorted({*said.rules, *used_facts(step.gap)})))

    return whole


def _wanted(step: Step) -> str:
    if step.relation is Relation.EQUAL:
        return "a sum of terms that each hold a fact which vanishes"
    return "nonnegative by its form"
