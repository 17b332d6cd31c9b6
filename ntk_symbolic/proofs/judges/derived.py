"""The judge of abstract objects: both sides have one canonical form, for every C, f, P, k, 𝒳 and μ.

Its verdict is proved or undecided, never refuted: a difference of two forms is no counterexample.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from sympy import Add, Derivative

from ...calculus.binders import Node, Over
from ...calculus.canonical import Canonical, equal
from ...calculus.definitions import Assumption, Definition, Named
from ...calculus.ends import at_ends
from ...calculus.functionals import Applied, Functional, SlotSlope
from ...calculus.moved import ByParts
from ...calculus.normal import Expansion, Undecidable, refuse_values_at_a_time
from ...calculus.rules import DEFINITION, FUNDAMENTAL, SYMMETRY
from ...calculus.scope import check
from ...calculus.spaces import Point
from ...errors import IllFormed
from ..derivation import Judgement, Label, Step, Verdict
from ..instances.sizes import unfolded
from .assumed import attempts

NAME = "canonical form"


def derived(*assuming: Assumption) -> Callable[[Step], Judgement | None]:
    """A judge of steps, under these assumptions. It abstains on steps without functionals or binders.

    The judgement lists the rules it used: few are tried before many, so that a step which follows from a
    definition alone is not reported to use the chain rule as well. Undecided, it lists the rules at stake: a judge
    of instances may prove the step, and reports no rules.
    """

    def judge(step: Step) -> Judgement | None:
        if not (step.lhs.has(Node) or step.rhs.has(Node)):
            return None
        check(step.lhs)
        check(step.rhs)
        try:
            refuse_values_at_a_time(step.lhs, step.rhs)
            rules = _proof(step, assuming)
            if rules is None:
                rules = _proof_at_ends(step, assuming) or _proof_by_parts(step, assuming)
            why = "the canonical forms differ"
        except Undecidable as trouble:
            rules, why = None, str(trouble)
        except RecursionError:
            rules, why = None, "too deeply nested"
        if rules is None:
            return Judgement(Verdict.UNDECIDED, Label.DERIVED, NAME, why, at_stake(step, assuming))
        rules = tuple(sorted({*rules, *of_notation(step)}))
        return Judgement(Verdict.PROVED, Label.DERIVED, NAME, "both sides have one canonical form", rules)

    return judge


def _proof(step: Step, assuming) -> tuple[str, ...] | None:
    """The rules that bring both sides to one form; None if none do. Raises Undecidable only if no attempt ends."""
    trouble, ended = None, False
    for assumed in attempts(step, assuming):
        if _differ(step, assumed):
            ended = True
            continue
        for unfold in _unfoldings(step, assumed):
            for compare in (_congruent, _equal):
                expansion = Expansion(unfold, assumed)
                try:
                    if compare(step.lhs, step.rhs, expansion):
                        return tuple(sorted(expansion.used))
                    ended = True
                except Undecidable as why:
                    trouble = why
    if trouble and not ended:
        raise trouble
    return None


def _differ(step: Step, assuming) -> bool:
    """True if the forms differ with every definition unfolded; then they also differ with fewer unfolded."""
    how = _everything(step, assuming)
    try:
        return _forms_differ(step.lhs, step.rhs, how)
    except (IllFormed, RecursionError):
        return False


def at_stake(step: Step, assuming) -> tuple[str, ...]:
    """The rules that any evaluation of both sides uses."""
    how = _everything(step, assuming)
    expansion = Expansion(*how)
    expansion.used |= of_notation(step)
    for side in (step.lhs, step.rhs):
        for d in side.atoms(Derivative):  # also those under a function that is an atom of the form
            for s in d.variables:
                expansion.note_rules(d.expr, s)
        with suppress(RecursionError):
            expansion.used |= _form(side, *how)[1]
        if at_ends(side) != side or _of_a_slope(side):
            expansion.used.add(FUNDAMENTAL)
    return tuple(sorted(expansion.used))


def of_notation(step: Step) -> set[str]:
    """The rule for lines with ∂²r/∂u∂v: its notation is the same for both orders, so the line treats them as equal."""
    parts = [e for side in (step.lhs, step.rhs) for e in unfolded(side)]
    nested = (e for e in parts if isinstance(e, Derivative) and len(set(e.variables)) > 1 and e.has(Applied))
    return {SYMMETRY for e in (*(a for a in parts if isinstance(a, Applied) and a.mixed), *nested)}


def _of_a_slope(side) -> bool:
    """True if it has an integral, over an interval, of a derivative along it, in any product."""
    for over in side.atoms(Over):
        if any(set(over.vars) & set(a.points) for a in over.body.atoms(Applied) if any(a.head.orders)):
            return True
        if any(set(over.vars) & a.free_symbols for a in over.body.atoms(SlotSlope)):
            return True
    return False


def _proof_at_ends(step: Step, assuming) -> tuple[str, ...] | None:
    """The same after ∫ h' is written as h at the ends of its interval; None if there is no such integral."""
    moved = replace(step, lhs=at_ends(step.lhs), rhs=at_ends(step.rhs))
    rules = _proof(moved, assuming) if (moved.lhs, moved.rhs) != (step.lhs, step.rhs) else None
    return None if rules is None else tuple(sorted({*rules, FUNDAMENTAL}))


def _proof_by_parts(step: Step, assuming) -> tuple[str, ...] | None:
    """The same after integration by parts, with all unfolded; None if there is no integral over an interval."""
    if not any(p.space.interval for side in (step.lhs, step.rhs) for p in side.atoms(Point)):
        return None
    *_, everything = _unfoldings(step, assuming)
    for assumed in attempts(step, assuming):
        expansion = ByParts(everything, assumed)
        same = Add(*(set(Add.make_args(step.lhs)) & set(Add.make_args(step.rhs))))
        with suppress(Undecidable, IllFormed):
            if equal(step.lhs - same, step.rhs - same, expansion):
                return tuple(sorted(expansion.used))
    return None


def _concerns(assumption: Assumption, step: Step) -> bool:
    """True if the assumption matters for the step; a time derivative may introduce a new rate."""
    return any(assumption.head in side.atoms(Functional) or side.has(Derivative) for side in (step.lhs, step.rhs))


def _equal(lhs, rhs, expansion: Expansion) -> bool:
    """True for equal sides. Different sides are compared by the form of each, which is cached: the next step has one of them.

    The difference is formed only for equal ones: terms that cancel in it need none of the rules.
    """
    how = frozenset(expansion.unfold), tuple(expansion.assuming.values())
    if _forms_differ(lhs, rhs, how):
        return False
    same = Add(*(set(Add.make_args(lhs)) & set(Add.make_args(rhs))))
    return equal(lhs - same, rhs - same, expansion)


How = tuple[frozenset[Definition], tuple[Assumption, ...]]


def _forms_differ(lhs, rhs, how: How) -> bool:
    """True if the forms differ. If a side has no form, the difference, with fewer terms, may have one."""
    forms = [_form(side, *how)[0] for side in (lhs, rhs)]
    return None not in forms and forms[0] != forms[1]


@lru_cache(maxsize=256)
def _form(side, unfold, assumed) -> tuple[dict | None, set]:
    """The terms of one side, or None if it has no form, and the rules used so far."""
    expansion = Expansion(unfold, assumed)
    try:
        return Canonical(expansion).terms(side), expansion.used
    except Undecidable:
        return None, expansion.used


def _congruent(lhs, rhs, expansion: Expansion) -> bool:
    """True for c ∫∫Σ a = c ∫∫Σ b because a = b: no integral is moved, so no rule for moving integrals is used."""
    (c, a), (d, b) = (_outermost(side, expansion) for side in (lhs, rhs))
    if not (isinstance(a, Over) and isinstance(b, Over)) or c != d or a.spaces != b.spaces:
        return False
    body = b.body.xreplace(dict(zip(b.vars, a.vars)))
    return not Canonical(expansion).terms(a.body - body)


def _outermost(side, expansion: Expansion):
    c, e = side.as_coeff_Mul()
    if isinstance(e, Named) and e.definition in expansion.unfold:
        expansion.used.add(DEFINITION.format(e.definition.name))
        return c, e.unfolded()
    return c, e


def _everything(step: Step, assuming) -> How:
    *_, everything = _unfoldings(step, assuming)
    return frozenset(everything), tuple(assuming) if any(_concerns(a, step) for a in assuming) else ()


def _unfoldings(step: Step, assuming):
    """The sets of definitions to unfold: none; those of one side only; all."""
    lhs, rhs = ({n.definition for n in side.atoms(Named)} for side in (step.lhs, step.rhs))
    everything: set[Definition] = set().union(*(e.atoms(Definition) for e in (step.lhs, step.rhs)))
    for a in assuming:
        everything |= a.value.atoms(Definition)
    tried = []
    for unfold in (set(), lhs ^ rhs, everything):
        if unfold not in tried:
            tried.append(unfold)
            yield unfold
