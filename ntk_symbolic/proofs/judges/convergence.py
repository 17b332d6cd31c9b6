"""Do the integrals of numbers in a statement exist? The canonical form takes ∫ for linear, and would prove ∞ − ∞ = 1.

∫ f up to an end e of its interval is taken to diverge where δ f(e ± δ) stops falling as δ → 0, or x f(x) as x → ∞: so with
1/δ and 1/(δ log δ), not with δ^(−1+p). A pole inside is an end of two intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace

import mpmath
from sympy import Expr, Pow, Rational, Symbol, lambdify, real_roots

from ...calculus.binders import Node, Over
from ...calculus.spaces import Point
from ..derivation import Judgement, Step, Verdict

Judge = Callable[[Step], Judgement | None]
DISTANCES = (20, 40)  # δ = 10^−20, 10^−40
DIGITS = 100


def where_integrals_exist(judge: Judge) -> Judge:
    """This judge, with no proof of a statement in which an integral of numbers diverges."""

    def careful(step: Step) -> Judgement | None:
        said = judge(step)
        if said is None or said.verdict is not Verdict.PROVED or (trouble := diverging(step.lhs, step.rhs)) is None:
            return said
        return replace(said, verdict=Verdict.UNDECIDED, detail=f"this integral seems to diverge: {trouble}")

    return careful


def diverging(*sides: Expr) -> Over | None:
    """An integral of numbers over one interval that diverges; None if none is found.

    >>> from ntk_symbolic.calculus import Space
    >>> u = Space("U", "measure", interval=(0, 1)).point("u")
    >>> diverging(Over(1 / u, u)), diverging(Over(u ** -Rational(1, 2), u))
    (∫_0^1 1/u du, None)
    """
    found = {over for side in sides for over in side.atoms(Over) if _of_numbers(over)}
    return next((over for over in sorted(found, key=str) if _diverges(over)), None)


def _of_numbers(over: Over) -> bool:
    alone = not over.body.has(Node) and not any(isinstance(s, Point) for s in over.free_symbols)
    return alone and len(over.vars) == 1 and bool(over.spaces[0].interval)


def _diverges(over: Over) -> bool:
    (space,) = over.spaces
    x = Symbol("x", real=True)
    symbols = {s: Rational(n + 2, n + 3) for n, s in enumerate(sorted(over.free_symbols, key=str))}
    body = over.body.xreplace({over.vars[0]: x, **symbols})
    f = lambdify(x, body * space.density.xreplace({Symbol(space.letter): x}), "mpmath")
    lo, hi = (e.xreplace(symbols) for e in space.interval)
    inside = [e for e in _poles(body, x) if (lo < e) == True and (e < hi) == True]  # noqa: E712
    ends = [(lo, 1), (hi, -1), *((e, side) for e in inside for side in (1, -1))]
    with mpmath.workdps(DIGITS):
        return any(_stays(f, e, side) for e, side in ends)


def _poles(body: Expr, x: Symbol) -> Iterator[Expr]:
    for power in body.atoms(Pow):
        if power.exp.is_negative and power.base.is_polynomial(x) and power.base.has(x):
            with suppress(NotImplementedError):  # coefficients that are no rational numbers
                yield from real_roots(power.base, x)


def _stays(f: Callable, end: Expr, side: int) -> bool:
    """Does δ f not fall?"""
    sizes = []
    for n in DISTANCES:
        small = mpmath.mpf(10) ** -n
        x = -side / small if end.is_infinite else mpmath.mpmathify(end.evalf(DIGITS)) + side * small
        weight = 1 / small if end.is_infinite else small
        try:
            sizes.append(abs(f(x)) * weight)
        except (ArithmeticError, ValueError, TypeError):
            return False
    return sizes[1] > 0 and sizes[1] >= sizes[0] / 2
