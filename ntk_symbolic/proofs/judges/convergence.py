"""Do the integrals of numbers in a statement exist? The canonical form takes ∫ for linear, and would prove ∞ − ∞ = 1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sympy import Expr

from ...calculus.binders import Over
from ...calculus.functionals import Functional
from ...calculus.scalars import Scalar
from ...calculus.spaces import Point
from ..derivation import Judgement, Step, Verdict
from ..instances.drawing import NotInterpretable, OutOfReach
from .numeric import NUMBERS, compare

SEEDS = 3  # for the symbols in it

Judge = Callable[[Step], Judgement | None]


def where_integrals_exist(judge: Judge) -> Judge:
    """This judge, with no proof where quadrature finds no value of an integral of numbers."""

    def careful(step: Step) -> Judgement | None:
        said = judge(step)
        if said is None or said.verdict is not Verdict.PROVED or (trouble := diverging(step.lhs, step.rhs)) is None:
            return said
        return replace(
            said, verdict=Verdict.UNDECIDED, detail=f"an integral does not settle, it may diverge: {trouble}"
        )

    return careful


def diverging(*sides: Expr) -> Over | None:
    """An integral over intervals, of numbers, that has no value on any instance; None if there is none."""
    found = {over for side in sides for over in side.atoms(Over) if _of_numbers(over)}
    return next((over for over in sorted(found, key=str) if not _settles(over)), None)


def _of_numbers(over: Over) -> bool:
    abstract = over.has(Functional, Scalar) or any(isinstance(s, Point) for s in over.free_symbols)
    return not abstract and all(space.interval for space in over.spaces)


def _settles(over: Over) -> bool:
    """False only if quadrature gives it up for all numbers tried. What is beyond instances is left to the hypotheses."""
    for seed in range(SEEDS):
        try:
            compare(Step(over, over, ""), seed, NUMBERS, None, ())
        except OutOfReach:
            continue
        except NotInterpretable:
            return True
        return True
    return False
