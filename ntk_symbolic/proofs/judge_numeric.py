"""The judge of numbers: both sides computed from the definitions on random instances, in floating point.

It speaks where exact arithmetic has no value: exponentials, logarithms, roots, quadrature. Each instance is computed
twice, with 30 and with 50 digits (and with a coarser and a finer rule of quadrature). What vanishes shrinks; what does
not shrink is a difference, and is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mpmath
from sympy import Function, Integer, Pow
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.complexes import Abs, sign
from sympy.functions.elementary.miscellaneous import MinMaxBase
from sympy.functions.elementary.piecewise import Piecewise

from ..calculus.binders import Node
from ..calculus.definitions import Assumption, Definition
from ..calculus.functionals import Applied
from ..calculus.scope import check
from ..calculus.spaces import Space
from .derivation import Judgement, Label, Step, Verdict
from .drawing import NotInterpretable, Nowhere
from .finite import FINITE, FINITE_SMALL
from .floating import Floating
from .interpreter import Interpreter
from .judge_exact import fitting, refutation, spaces_of, unmet, values

NAME = "random numbers"
INSTANCES = 3
SEEDS = 12  # tried, until so many instances have a value, and each side of each kink was met
DIGITS = ((30, 4), (50, 5))  # with the fineness of the quadrature
ENOUGH = 20  # digits that make an agreement
SHRINKS = 10**6  # what is rounding shrinks at least so much from 30 to 50 digits
EXACT_ALREADY = (AppliedUndef, Abs, sign, MinMaxBase, Piecewise)


def numeric(*assuming: Assumption) -> Callable[[Step], Judgement | None]:
    """A judge of steps, under these assumptions. It has no word where the judge of exact instances has one, nor on
    steps without functionals or binders."""

    def judge(step: Step) -> Judgement | None:
        if not (step.lhs.has(Node) or step.rhs.has(Node)) or not beyond_rationals(step, assuming):
            return None
        check(step.lhs)
        check(step.rhs)
        try:
            return judged(step, assuming)
        except NotInterpretable as why:
            return Judgement(Verdict.UNDECIDED, Label.NUMERIC, NAME, str(why))
        except RecursionError:
            return Judgement(Verdict.UNDECIDED, Label.NUMERIC, NAME, "too deeply nested")

    return judge


def beyond_rationals(step: Step, assuming: Sequence[Assumption] = ()) -> bool:
    """Is there a function or a root in it, or an interval with what polynomials have no value for?"""
    sides = [step.lhs, step.rhs, *(a.value for a in assuming)]
    sides += [d.body for side in sides for d in side.atoms(Definition)]
    functions = {a for side in sides for a in side.atoms(Function) if not isinstance(a, EXACT_ALREADY)}
    powers = [p.exp for side in sides for p in side.atoms(Pow)]
    if functions or not all(isinstance(n, Integer) for n in powers):
        return True
    intervals = [s for s in spaces_of(step, assuming) if s.interval]
    curved = any(n.is_negative for n in powers) or any(len(a.slots) > 1 for side in sides for a in side.atoms(Applied))
    return bool(intervals) and (curved or any(_beyond_polynomials(s) for s in intervals))


def _beyond_polynomials(space: Space) -> bool:
    ends = [e for e in space.interval if not e.is_Rational and not e.is_Symbol]
    return bool(ends) or not space.density.is_polynomial()


@dataclass(frozen=True)
class Compared:
    """Two sides on one instance: to how many digits they agree, or where they differ."""

    instance: Floating
    digits: float = mpmath.inf
    difference: tuple[str, Any, Any] | None = None


def judged(step: Step, assuming: Sequence[Assumption]) -> Judgement:
    for assumed in ((), assuming) if assuming else ((),):
        compared = _instances(step, assumed)
        if not any(c.difference for c in compared):
            return _agreement(compared, assumed)
    return _counterexample(step, assuming, compared[-1])


def _instances(step: Step, assumed) -> list[Compared]:
    """Instances on which both sides have a value; the last one differs, if one does. If numbers of any sign do not do,
    then positive ones: logarithms and roots want them."""
    for positive in (False, True):
        found: list[Compared] = []
        for seed in range(SEEDS):
            try:
                found.append(compare(step, seed, FINITE, positive, assumed))
            except Nowhere:
                continue
            if found[-1].difference or (len(found) >= INSTANCES and not unmet([c.instance for c in found])):
                return found
        if found and not positive and len(found) >= INSTANCES:
            raise NotInterpretable(f"only one side of {unmet([c.instance for c in found])} was met")
    raise NotInterpretable("the sides have no value on the instances tried")


def compare(step: Step, seed: int, strength, positive: bool, assumed) -> Compared:
    """Raises Nowhere if a side has no value, NotInterpretable if rounding and quadrature leave the question open."""
    rows, instance = [], None
    for digits, fineness in DIGITS:
        with mpmath.workdps(digits):
            instance = Floating(spaces_of(step, assumed), seed, fitting(strength, step), positive, fineness)
            rows.append(list(values(Interpreter(instance, assumed), step.lhs, step.rhs)))
    with mpmath.workdps(DIGITS[-1][0]):
        out = Compared(instance)
        for (_, coarse_left, coarse_right), (at, left, right) in zip(*rows):
            coarse, fine = abs(coarse_left - coarse_right), abs(left - right)
            if fine and abs(coarse - fine) <= fine / SHRINKS:
                return replace(out, difference=(at, left, right))
            out = replace(out, digits=min(out.digits, _digits(fine, left, right)))
        if out.digits < ENOUGH:
            raise NotInterpretable(
                f"the sides agree to {int(out.digits)} digits, which rounding or quadrature may explain"
            )
        return out


def _digits(difference, left, right):
    size = max(abs(left), abs(right))
    scale = size if size > mpmath.mpf(10) ** -ENOUGH else 1
    return -mpmath.log10(difference / scale) if difference else mpmath.mpf(DIGITS[-1][0])


def _agreement(compared: list[Compared], assumed) -> Judgement:
    digits, instance = int(min(c.digits for c in compared)), compared[0].instance
    numbers = "positive random numbers" if instance.positive else "random numbers"
    detail = f"both sides agree to {digits} digits on {len(compared)} instances of {numbers} ({instance})"
    return Judgement(Verdict.PROVED, Label.NUMERIC, NAME, detail, tuple(a.name for a in assumed))


def _counterexample(step: Step, assuming, differing: Compared) -> Judgement:
    """An instance small enough to be read, if one differs."""
    for seed in range(INSTANCES):
        try:
            small = compare(step, seed, FINITE_SMALL, differing.instance.positive, assuming)
        except NotInterpretable:
            continue
        if small.difference:
            differing = small
            break
    assert differing.difference
    return refutation(Label.NUMERIC, NAME, differing.difference, differing.instance, assuming)
