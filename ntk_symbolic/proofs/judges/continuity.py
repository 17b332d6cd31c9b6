"""Continuity under the fundamental theorem of calculus: |s|/s has slope 0 on both sides of 0, and different
values at −1 and 1.

An explicit integrand over an interval must have divisors, and quantities that vanish at poles and jumps of its functions
(`elementary.table`), that are shown to be nonzero on the closed interval. For abstract functions this is part of the claim of
the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sympy import (
    Add,
    Basic,
    Derivative,
    Expr,
    Function,
    Mul,
    Piecewise,
    Pow,
    factor,
)
from sympy.core.function import AppliedUndef

from ...calculus.binders import Over
from ...calculus.definitions import Assumption
from ...calculus.functionals import Functional
from ...calculus.rules import ELEMENTARY, FUNDAMENTAL
from ...calculus.spaces import Space
from ...elementary.queries import row_of
from ...elementary.table import At
from ..derivation import Judgement, Step, Verdict
from .convergence import ABSTRACT, Domain, explicit

Judge = Callable[[Step], Judgement | None]


def where_antiderivatives_are_continuous(judge: Judge, assuming: tuple[Assumption, ...] = ()) -> Judge:
    """The judge, without its support for steps that use the fundamental theorem across a pole or a jump."""

    def careful(step: Step) -> Judgement | None:
        said = judge(step)
        if said is None or not said.verdict.supports or not {FUNDAMENTAL, ELEMENTARY} & {*said.rules}:
            return said
        if (trouble := not_shown_continuous(step.parts, assuming)) is None:
            return said
        detail = (
            f"an antiderivative is used across {trouble}, which is not shown to be continuous on the closed interval"
        )
        return replace(said, verdict=Verdict.UNDECIDED, detail=detail, digits=None)

    return careful


@lru_cache(maxsize=128)
def not_shown_continuous(sides: tuple[Basic, ...], assuming: tuple[Assumption, ...] = ()) -> Expr | None:
    """A factor that may have a pole or a jump under an integral over an interval; None if there is none.

    >>> S = Space("S", "measure", "s", interval=(-1, 1)); s = S.point()
    >>> not_shown_continuous((Over(1 / (s + 3) ** 2, s), Over(1 / s**2, s)))
    s**(-2)
    """
    known = {a.head: a for a in assuming}
    return next((e for side in sides for e in _breaks(side, frozenset(), known)), None)


def _breaks(
    e: Any, variables: frozenset, known: Mapping[Functional, Assumption], bent: bool = False, direct: bool = False
) -> Iterator[Expr]:
    """The factors that may break. `bent`: below a derivative, where a kink is a jump, except directly under an integral."""
    e = explicit(e, known)
    if isinstance(e, Space):
        return
    if isinstance(e, Over):
        variables |= {v for v in e.vars if v.space.interval}
    if variables & e.free_symbols and _may_break(e, variables, bent):
        yield e
    below = bent or (
        isinstance(e, Derivative) and bool({*e.variables} & variables) and not (direct and len(e.variables) == 1)
    )
    for n, a in enumerate(e.args):
        under = (isinstance(e, Over) and n == 0) or (direct and isinstance(e, Add))
        yield from _breaks(a, variables, known, below, under)


def _may_break(e: Expr, variables: frozenset, bent: bool) -> bool:
    if isinstance(e, Piecewise):
        return not e.has(*ABSTRACT)
    if isinstance(e, Pow):
        root = not (e.exp.is_integer and e.exp.is_positive) if bent else not e.exp.is_nonnegative
        inside = (e.base,) if root else ()
    elif (row := row_of(e)) is not None:
        inside = row.singular(*e.args) if bent or row.there in (At.INFINITE, At.JUMPS) else ()
    else:
        return isinstance(e, Function) and not isinstance(e, AppliedUndef)
    return not all(_away(a) for x in inside for a in _explicit_factors(x, variables))


def _explicit_factors(e: Expr, variables: frozenset) -> list[Expr]:
    """The factors that vary with the variables and contain nothing abstract."""
    factors = Mul.make_args(factor(e)) if e.has(*ABSTRACT) else (e,)
    return [a for a in factors if variables & a.free_symbols and not a.has(*ABSTRACT)]


def _away(e: Expr) -> bool:
    return Domain().away(e) != 0
