"""The judge of instances: both sides computed from the definitions on random polynomial instances, in exact arithmetic.

It shares the tree with judge_derived and nothing else. A difference refutes, and is shown. Agreement proves up to the
stated probability, for this family of instances: it says nothing of other numbers of parameters or outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product

from ..calculus.binders import Node
from ..calculus.definitions import Assumption
from ..calculus.scope import check
from ..calculus.spaces import Point, Space
from .degree import degree
from .derivation import Judgement, Label, Step, Verdict
from .instances import SMALL, STRONG, Instance, NotInterpretable
from .interpreter import Env, Interpreter

NAME = "random instances"
SEEDS = (0, 1)


def exact(*assuming: Assumption) -> Callable[[Step], Judgement | None]:
    """A judge of steps, under these assumptions. It has no word on steps without functionals or binders."""

    @cache
    def interpreter(spaces, seed, strength, assumed) -> Interpreter:
        return Interpreter(Instance(spaces, seed, strength), assumed)

    def difference(step: Step, seed, strength, assumed):
        """None, or where the sides differ, and their values."""
        return differs(interpreter(_spaces(step, assuming), seed, strength, assumed), step.lhs, step.rhs)

    def judge(step: Step) -> Judgement | None:
        if not (step.lhs.has(Node) or step.rhs.has(Node)):
            return None
        check(step.lhs)
        check(step.rhs)
        try:
            for assumed in ((), assuming) if assuming else ((),):
                if not any(difference(step, seed, STRONG, assumed) for seed in SEEDS):
                    return _agreement(step, assumed, interpreter(_spaces(step, assuming), 0, STRONG, assumed).i)
            return _counterexample(step, assuming, difference, interpreter)
        except NotInterpretable as why:
            return Judgement(Verdict.UNDECIDED, Label.EXACT, NAME, str(why))

    return judge


def differs(interpreter: Interpreter, lhs, rhs):
    """Both sides at every index and at random points: None, or the point where they differ with the two values."""
    free = sorted((s for s in (lhs.free_symbols | rhs.free_symbols) if isinstance(s, Point)), key=str)
    i = interpreter.i
    for values in product(*([i.number(p.name)] if p.space.is_measure else range(i.size(p.space)) for p in free)):
        env = Env(dict(zip(free, values)))
        left, right = interpreter(lhs, env), interpreter(rhs, env)
        if left != right:
            at = ", ".join(f"{p} = {v if p.space.is_measure else v + 1}" for p, v in zip(free, values))
            return at, left.as_expr(), right.as_expr()
    return None


def _agreement(step: Step, assumed, instance: Instance) -> Judgement:
    d = max(degree(step.lhs, assumed), degree(step.rhs, assumed))
    values = 2 * STRONG.largest + 1
    detail = (
        f"both sides agree on {len(SEEDS)} random instances ({instance}); degree ≤ {d} in the random numbers, so a "
        f"false identity of this family passes one with probability ≤ {d}/{values:.1e} = {d / values:.0e} "
        "(Schwartz–Zippel)"
    )
    return Judgement(Verdict.PROVED, Label.EXACT, NAME, detail, tuple(a.name for a in assumed))


def _counterexample(step: Step, assuming, difference, interpreter) -> Judgement:
    """An instance small enough to be read, if one differs; else the first that does."""
    for strength, seed in [*((SMALL, n) for n in range(5)), *((STRONG, n) for n in SEEDS)]:
        found = difference(step, seed, strength, assuming)
        if found:
            at, left, right = found
            used = interpreter(_spaces(step, assuming), seed, strength, assuming).i
            where = f" at {at}" if at else ""
            detail = f"left = {left}, right = {right}{where}, on this instance: {used}; {used.written()}"
            return Judgement(Verdict.REFUTED, Label.EXACT, NAME, detail, tuple(a.name for a in assuming))
    raise AssertionError("an instance that differed does no longer")


def _spaces(step: Step, assuming) -> tuple[Space, ...]:
    sides = [step.lhs, step.rhs, *(a.value for a in assuming)]
    found = {s for e in sides for s in (*e.atoms(Space), *(p.space for p in e.atoms(Point)))}
    return tuple(sorted(found, key=lambda s: s.name))
