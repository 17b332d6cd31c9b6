"""The panel of judges of a step, and the part of it that each judge receives.

For a step with a gap, judges of equations receive larger − smaller = gap. The sign of the gap follows from its form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial

from sympy import Abs, Expr, Pow

from ...calculus.binders import Node
from ...calculus.definitions import Assumption
from ...calculus.normal import Undecidable, refuse_values_at_a_time
from ...calculus.rules import AT_LEAST, DEFINITION
from ...calculus.spaces import Mass, Point
from ..derivation import Judgement, Label, Relation, Step, Verdict
from ..facts import nonnegative, used_facts, vanishes_by_facts
from .assumed import orderless
from .bends import where_instances_have_values
from .continuity import where_antiderivatives_are_continuous
from .convergence import where_integrals_exist
from .derived import derived
from .domain import where_both_sides_have_a_value
from .elementary import scalar
from .exact import exact
from .fractions import fractions
from .integrands import integrands
from .numeric import numeric

Judge = Callable[[Step], Judgement | None]


def panel(assuming: Sequence[Assumption] = ()) -> tuple[Judge, ...]:
    """The judges of a theorem with these assumptions."""
    instances, numbers = _remembering(exact(*assuming)), _remembering(numeric(*assuming, second=True))
    forms = [_remembering(judge) for judge in (derived(*assuming), partial(integrands, assuming=assuming))]
    by_rules = *forms, _where_none_proves(partial(fractions, assuming=assuming), forms), scalar
    calculus = [_remembering(where_instances_have_values(judge, (instances, numbers))) for judge in by_rules]
    formal = calculus[:3]  # of functionals and binders
    strong = _alone(instances, formal, exact(*assuming, several=True))
    judges = *calculus, strong, _alone(numbers, formal, numeric(*assuming, several=True))
    every = (*map(_with_gap, judges), by_form, _by_instances(instances))
    known = tuple(assuming)
    continuous = (where_antiderivatives_are_continuous(judge, known) for judge in every)
    careful = (where_both_sides_have_a_value(where_integrals_exist(judge, known), known) for judge in continuous)
    return tuple(_with_sizes(judge, assuming) for judge in _in_order(tuple(careful), assuming))


def _remembering(judge: Judge) -> Judge:
    """The judge, with its results cached: other judges call it to decide whether they must prove a step alone."""

    @lru_cache(maxsize=REMEMBERED)
    def known(step: Step, written: tuple) -> Judgement | None:  # which are not compared by ==
        return judge(step)

    return lambda step: known(step, step.written)


REMEMBERED = 16  # steps of one judge


def _where_none_proves(judge: Judge, others: Sequence[Judge]) -> Judge:
    """The judge, without a verdict on steps that another proves, possibly with fewer rules."""
    return lambda step: None if any(_proves(other, step) for other in others) else judge(step)


def _proves(judge: Judge, step: Step) -> bool:
    said = judge(step)
    return said is not None and said.verdict is Verdict.PROVED


def _in_order(judges: Sequence[Judge], assuming: Sequence[Assumption]) -> tuple[Judge, ...]:
    """The judges, without a verdict on derivatives whose order the tree has lost, and a judge that reports the loss."""

    def refusing(step: Step) -> Judgement | None:
        lost = orderless(step, assuming)
        return Judgement(Verdict.UNDECIDED, Label.DERIVED, "order", ORDERLESS) if lost else None

    def heard(judge: Judge) -> Judge:
        return lambda step: None if orderless(step, assuming) else judge(step)

    return (refusing, *map(heard, judges)) if assuming else tuple(judges)


ORDERLESS = (
    "a derivative in the time and in a number, on which an assumed rate depends: "
    "their order is lost here; define one of the two, and differentiate its name"
)


def _alone(judge: Judge, formal: Sequence[Judge], stronger: Judge) -> Judge:
    """A judge of instances, as strong as a step needs that no formal judge proves.

    Relations by differences, quadrature and determinants hold for polynomials of low degree, products over four points on
    three. A second judge need not exclude them; a judge that proves alone must.
    """

    def judging(step: Step) -> Judgement | None:
        said = judge(step)
        if said is None or not said.verdict.supports or not (step.lhs.has(Node) or step.rhs.has(Node)):
            return said
        if any(_proves(judge, step) for judge in formal):
            return said
        return stronger(step)

    return judging


def _with_sizes(judge: Judge, assuming: Sequence[Assumption]) -> Judge:
    """The judge with the hypothesis of θ_2 that there are at least two indices, on which every verdict depends."""

    def noting(step: Step) -> Judgement | None:
        said = judge(step)
        if said is None or said.verdict is Verdict.REFUTED:
            return said
        sides = (step.lhs, step.rhs, *(() if step.gap is None else (step.gap,)), *(a.value for a in assuming))
        fixed = {p for side in sides for p in side.atoms(Point) if p.fixed and not p.space.is_measure}
        needed = {AT_LEAST.format(p.space.name, p.value) for p in fixed if not p.space.limits}
        return replace(said, rules=tuple(sorted({*said.rules, *needed}))) if needed else said

    return noting


def by_form(step: Step) -> Judgement | None:
    """The judge of inequalities that state no gap: the difference is a sum of squares and of facts."""
    if step.gap is not None or step.relation is Relation.EQUAL:
        return None
    gap = difference(step)
    if gap is None:
        return Judgement(Verdict.UNDECIDED, Label.DERIVED, "form", VALUES_IN_TIME)
    if not nonnegative(gap):
        detail = "the form shows no sign; state larger − smaller as a gap"
        return Judgement(Verdict.UNDECIDED, Label.DERIVED, "form", detail, used_facts(gap))
    detail = "the difference is nonnegative by its form"
    return Judgement(Verdict.PROVED, Label.DERIVED, "form", detail, used_facts(gap))


def _by_instances(judge: Judge) -> Judge:
    """The judge for inequalities: it refutes one without gap by an instance with a negative difference, and proves none."""

    def refuting(step: Step) -> Judgement | None:
        gap = None if step.gap is not None or step.relation is Relation.EQUAL else difference(step)
        if gap is None or used_facts(gap):  # instances do not satisfy facts
            return None
        said = judge(replace(step, lhs=gap, rhs=Abs(gap), relation=Relation.EQUAL))
        return said if said is not None and said.verdict is Verdict.REFUTED else None

    return refuting


VALUES_IN_TIME = (
    "a value at one time, written by substitution, could cancel unseen; state no gap, or take a space of times"
)


def difference(step: Step):
    """The difference that must be nonnegative, or 0. None if SymPy would identify two values of one name."""
    try:
        refuse_values_at_a_time(step.lhs, step.rhs)
    except Undecidable:
        return None
    return step.rhs - step.lhs if step.relation is Relation.AT_MOST else step.lhs - step.rhs  # type: ignore[operator]


def _with_gap(judge: Judge) -> Judge:
    def whole(step: Step) -> Judgement | None:
        if step.gap is None:
            return judge(step) if step.relation is Relation.EQUAL else None
        gap = difference(step)
        said = None if gap is None else judge(_of_gap(step, gap))
        if said is None or not said.verdict.supports:
            return said
        fits = vanishes_by_facts if step.relation is Relation.EQUAL else nonnegative
        if not fits(step.gap):
            return replace(said, verdict=Verdict.UNDECIDED, detail=f"the gap is not {_wanted(step)}")
        if _denominators(step.gap) - _denominators(step.lhs) - _denominators(step.rhs):
            return replace(
                said, verdict=Verdict.UNDECIDED, detail="the gap has a divisor that the statement lacks, which may be 0"
            )
        return replace(said, rules=_rules(said, step.gap))

    return whole


def _of_gap(step: Step, gap: Expr) -> Step:
    """larger − smaller = gap; the sides must have values, even if they cancel."""
    written = (*step.written, step.lhs, step.rhs)
    return replace(step, lhs=gap, rhs=step.gap, relation=Relation.EQUAL, gap=None, written=written)


def _denominators(e) -> set:
    """The divisors that are not known to be nonzero, at any points."""
    below = (p.base for p in e.atoms(Pow) if not p.exp.is_nonnegative)
    return {_anywhere(base) for base in below if not (base.is_nonzero or isinstance(base, Mass))}


def _anywhere(e) -> str:
    """The expression as text, since bound variables have numbers."""
    return str(e.xreplace({p: p.space.point() for p in e.free_symbols if isinstance(p, Point)}))


def _rules(said: Judgement, gap) -> tuple[str, ...]:
    """The rules, without the unfolding of facts, which are named already."""
    facts = used_facts(gap)
    return tuple(sorted({*said.rules, *facts} - {DEFINITION.format(name) for name in facts}))


def _wanted(step: Step) -> str:
    if step.relation is Relation.EQUAL:
        return "a sum of terms that each contain a fact which vanishes"
    return "nonnegative by its form"
