"""The judge of numbers: both sides computed from the definitions on random instances, in floating point.

It covers expressions without a value in exact arithmetic: exponentials, logarithms, roots, quadrature. Each instance is
computed twice, with 30 and with 50 digits or with more where the constants of the line could hide a difference (and with a
coarser and a finer rule of quadrature). A vanishing difference shrinks; one that does not shrink refutes the step and is
reported. Agreement is no proof: the verdict is then *agrees* with the number of digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mpmath
from sympy import Function, Integer, Integral, Pow
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.complexes import Abs, sign
from sympy.functions.elementary.miscellaneous import MinMaxBase
from sympy.functions.elementary.piecewise import Piecewise

from ...calculus.binders import Node
from ...calculus.definitions import Assumption, Definition
from ...calculus.functionals import Applied
from ...calculus.scope import check
from ...calculus.spaces import Space
from ..derivation import Judgement, Label, Step, Verdict
from ..instances.admitted import ANALYTIC, admit
from ..instances.drawing import NotInterpretable, Nowhere, OneSided, OutOfReach, Strength
from ..instances.finite import FINITE, FINITE_SMALL
from ..instances.floating import Floating
from ..instances.interpreter import Interpreter
from ..instances.orders import fitting
from ..instances.sizes import sizes
from .assumed import attempts
from .constants import needed
from .exact import SMALL_SEEDS, missed, of_all, refutation, spaces_of, unmet, values, vanishing

NAME = "random numbers"
INSTANCES = 3
HOPELESS = 6  # instances out of reach, and no other: then no more are tried
POINTS = 24  # for steps between numbers, half of them from a wider range: a false √(r²) = −r holds for r < 0
NUMBERS = replace(FINITE, integers=12)
WIDE = replace(FINITE, denominator=2**26, integers=1000)  # numbers between −16 and 16
PATTERNS = 8  # of signs, one for each name; the first is all positive
MORE_DIGITS = (10, 30)  # beyond the digits that must agree, for the two computations
QUADRATURES = ((4, 5), (6, 7))  # fineness with 30 and with 50 digits; the second pair if the first is inconclusive
SHRINKS = 10**6  # a rounding error shrinks at least by this from the fewer digits to the more
EXACT_ALREADY = (AppliedUndef, Abs, sign, MinMaxBase, Piecewise)


def numeric(*assuming: Assumption, several: bool = False, second: bool = False) -> Callable[[Step], Judgement | None]:
    """A judge of steps, under these assumptions. It abstains where the judge of exact instances applies.

    several   with instances rich enough for a proof by this judge alone.
    second    a second verdict on a step that a formal judge proves: not all patterns of signs need to occur.
    """

    def judge(step: Step) -> Judgement | None:
        if (step.lhs.has(Node) or step.rhs.has(Node)) and not beyond_rationals(step, assuming):
            return None
        check(step.lhs)
        check(step.rhs)
        try:
            admit(step.lhs, step.rhs, assuming=assuming)
            return judged(step, assuming, several, second)
        except NotInterpretable as why:
            return Judgement(Verdict.UNDECIDED, Label.NUMERIC, NAME, str(why))
        except RecursionError:
            return Judgement(Verdict.UNDECIDED, Label.NUMERIC, NAME, "too deeply nested")

    return judge


def beyond_rationals(step: Step, assuming: Sequence[Assumption] = ()) -> bool:
    """True if there is a function or a root in it, or an interval with an expression that has no value for polynomials."""
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
    """Two sides on one instance: the number of digits in which they agree, or the point where they differ."""

    instance: Floating
    digits: float = mpmath.inf
    difference: tuple[str, Any, Any] | None = None


def judged(step: Step, assuming: Sequence[Assumption], several: bool, second: bool) -> Judgement:
    for assumed in attempts(step, assuming):
        compared = _instances(step, assumed, several, second)
        if not any(c.difference for c in compared):
            return _agreement(compared, assumed)
    return _counterexample(step, assuming, compared[-1])


def _instances(step: Step, assumed, several: bool, second: bool) -> list[Compared]:
    """Instances on which both sides have a value; the last one differs, if one does.

    Numbers of any sign come first. Where logarithms, roots and moduli branch, all patterns of signs follow, because
    functionals of few values may happen to have one sign. If only one side has a value, positive numbers are taken:
    they may refute, but not prove.
    """
    scalar = not (step.lhs.has(Node) or step.rhs.has(Node))
    wanted = POINTS if scalar and not _curved(step, assumed) else INSTANCES
    numbers, wide = (replace(strength, several=several) for strength in (NUMBERS, WIDE))
    tries: list[Try] = [(wide if seed % 2 and wanted == POINTS else numbers, seed, None) for seed in range(3 * wanted)]
    least = 0
    if _branches(step, assumed):
        patterns: list[Try] = [(numbers, seed, seed % PATTERNS) for seed in range(2 * PATTERNS)]
        tries = [*tries[:wanted], *patterns, *tries[wanted:]]
        least = 0 if second and not scalar else wanted + PATTERNS
    at_zero = [(strength, seed, None) for strength in vanishing(numbers, step) for seed in range(2)]
    try:
        return _enough(step, assumed, wanted, [*tries, *at_zero], least)
    except OneSided:
        if scalar:
            raise
        return _enough(step, assumed, INSTANCES, [(numbers, seed, 0) for seed in range(3 * INSTANCES)])


Try = tuple[Strength, int, int | None]  # a seed, and a pattern of signs


def _enough(step: Step, assumed, wanted: int, tries: Sequence[Try], least: int = 0) -> list[Compared]:
    """`wanted` instances with a result, after at least `least` tries."""
    found: list[Compared] = []
    sides, several = [step.lhs, step.rhs, *(a.value for a in assumed)], tries[0][0].several
    combinations = sizes(sides, spaces_of(step, assumed), NUMBERS.sizes, several)
    wanted = max(wanted, len(combinations))
    why: Exception = Nowhere("the sides have no value")
    beyond, curved = 0, _curved(step, assumed)  # instances on which quadrature fails
    for n, (strength, seed, pattern) in enumerate(tries, 1):
        strength = replace(strength, sizes=combinations[len(found) % len(combinations)])
        try:
            found.append(compare(step, seed, strength, pattern, assumed))
        except OneSided:
            if pattern == 0:
                continue
            raise
        except Nowhere as reason:
            why = reason
            beyond += isinstance(reason, OutOfReach)
            if not found and beyond == HOPELESS and curved:
                break
            continue
        done = len(found) >= wanted and n >= least and not unmet(c.instance for c in found)
        if found[-1].difference or done:
            return found
    if trouble := unmet(c.instance for c in found):
        raise NotInterpretable(missed(trouble))
    raise Nowhere(f"{len(found)} of {n} instances give an answer: {why}")


def _branches(step: Step, assumed) -> bool:
    """True if there is a logarithm, a root or a modulus in it. All else is analytic, where agreement extends everywhere."""
    sides = step.lhs, step.rhs, *(a.value for a in assumed)
    roots = {p for e in sides for p in e.atoms(Pow) if not p.exp.is_integer and not p.base.is_positive}
    others = {f for e in sides for f in e.atoms(Function) if not isinstance(f, ANALYTIC) and not f.args[0].is_positive}
    return bool(roots or others) or any(e.has(Abs, sign, MinMaxBase, Piecewise) for e in sides)


def compare(step: Step, seed: int, strength, pattern: int | None, assumed) -> Compared:
    """The comparison on one instance. Raises Nowhere if a side has no value, or if rounding and quadrature may decide."""
    strength = fitting(strength, step, assumed)
    why: Nowhere = Nowhere("the sides have no value")
    for rules in QUADRATURES if _curved(step, assumed) else QUADRATURES[:1]:
        try:
            out = _compared(step, seed, strength, pattern, assumed, rules)
        except OutOfReach as trouble:
            why = trouble
            continue
        if out.difference or out.digits >= out.instance.enough:
            return out
        why = Nowhere(f"the sides agree to {int(out.digits)} digits, which rounding or quadrature may explain")
    raise why


def _compared(step: Step, seed: int, strength, pattern: int | None, assumed, rules) -> Compared:
    rows, instances = [], []
    spaces = spaces_of(step, assumed)
    enough = needed(step.lhs, step.rhs, *(a.value for a in assumed))
    for more, rule in zip(MORE_DIGITS, rules):
        with mpmath.workdps(enough + more):
            instances.append(Floating(spaces, seed, strength, pattern, rule, enough))
            rows.append(list(values(Interpreter(instances[-1], assumed), step.lhs, step.rhs)))
    with mpmath.workdps(enough + MORE_DIGITS[-1]):
        out = Compared(instances[-1])
        for (_, coarse_left, coarse_right), (at, left, right) in zip(*rows):
            if max(abs(left), abs(right)) * instances[-1].smallest > 1:
                raise Nowhere("values too large to be compared")
            coarse, fine = coarse_left - coarse_right, left - right
            if fine and abs(coarse - fine) <= abs(fine) / SHRINKS:
                return replace(out, difference=(at, left, right))
            out = replace(out, digits=min(out.digits, _digits(abs(fine), left, right, enough)))
        return out


def _curved(step: Step, assumed) -> bool:
    return step.lhs.has(Integral) or step.rhs.has(Integral) or any(s.interval for s in spaces_of(step, assumed))


def _digits(difference, left, right, enough: int):
    size = max(abs(left), abs(right))
    scale = size if size > mpmath.mpf(10) ** -enough else 1
    return -mpmath.log10(difference / scale) if difference else mpmath.mpf(enough + MORE_DIGITS[-1])


def _agreement(compared: list[Compared], assumed) -> Judgement:
    digits, instances = int(min(c.digits for c in compared)), [c.instance for c in compared]
    positive = all(i.pattern == 0 for i in instances)
    numbers = "positive random numbers" if positive else "random numbers"
    detail = f"both sides agree to {digits} digits on {len(compared)} instances of {numbers}{of_all(instances)}"
    if positive:
        detail += "; values of other signs were not met"
    verdict = Verdict.UNDECIDED if positive else Verdict.AGREES
    return Judgement(verdict, Label.NUMERIC, NAME, detail, tuple(a.name for a in assumed), digits)


def _counterexample(step: Step, assuming, differing: Compared) -> Judgement:
    """A refutation by a readable instance, if one differs."""
    for seed in range(SMALL_SEEDS):
        try:
            small = compare(step, seed, FINITE_SMALL, differing.instance.pattern, assuming)
        except NotInterpretable:
            continue
        if small.difference:
            differing = small
            break
    assert differing.difference
    return refutation(Label.NUMERIC, NAME, differing.difference, differing.instance, assuming)
