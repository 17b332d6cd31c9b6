"""Test of the judges of closed forms: systematic alterations of κ and κ̇, checked by Price's theorem and at c = 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sympy import Expr, Pow, Rational, S

from ...proofs.derivation import Step
from ...proofs.judges.elementary import scaled_points
from ..derive.dual import Dual
from ..form.variables import a, b, c
from .document import closing, closing_judge, values_of

MULTIPLIERS = (S.NegativeOne, S(2), Rational(1, 3))
TWINS = 1e-25  # formulas whose values are as near are equal: (1 − α)² is (α − 1)²


class Alteration(NamedTuple):
    """A wrong formula for "κ" or "κ̇", and True if a judge refuses it."""

    of: str
    formula: Expr
    refused: bool


def altered(dual: Dual, most: int | None = None) -> tuple[int, Iterator[Alteration]]:
    """The number of alterations, and each with its verdict: a formula or one of its summands times −1, 2, 1/3; an inner
    summand, argument or base times 2.

    most   the largest number for κ and for κ̇ each, evenly chosen
    """
    kappa, kappa_dot, mean = dual.kappa.value, dual.kappa_dot.value, dual.mean.value
    of_kappa, of_slope = (_chosen(right, dual, most) for right in (kappa, kappa_dot))

    def judged() -> Iterator[Alteration]:
        for wrong in of_kappa:
            yield Alteration("κ", wrong, _refused(closing(wrong, kappa_dot, mean), dual))
        for wrong in of_slope:
            yield Alteration("κ̇", wrong, _refused(closing(kappa, wrong, mean)[:1], dual))

    return len(of_kappa) + len(of_slope), judged()


def _chosen(right: Expr, dual: Dual, most: int | None) -> list[Expr]:
    found = dict.fromkeys([*(x for k in MULTIPLIERS for x in _summands(right, k)), *_inside(right, S(2))])
    wrong = [x for x in found if not _twins(x, right, dual)]
    return wrong if most is None else wrong[:: max(1, -(-len(wrong) // most))]


def _summands(e: Expr, k: Expr) -> Iterator[Expr]:
    yield k * e
    for term in e.args if e.is_Add else ():
        yield e + (k - 1) * term


def _inside(e: Expr, k: Expr) -> Iterator[Expr]:
    for i, arg in enumerate(e.args):
        if isinstance(e, Pow) and i == 1:
            continue
        others = e.args[:i], e.args[i + 1 :]
        if not e.is_Mul:
            yield e.func(*others[0], k * arg, *others[1])
        for wrong in _inside(arg, k):
            yield e.func(*others[0], wrong, *others[1])


def _twins(x: Expr, y: Expr, dual: Dual) -> bool:
    point = scaled_points(dual.scale)[0]
    at = {a: point["a"], b: point["b"], c: point["c"], **values_of(dual.parameters, 0)}
    return abs((x - y).subs(at).evalf(30, maxn=200)) < TWINS


def _refused(steps: tuple[Step, ...], dual: Dual) -> bool:
    return any(not closing_judge(step, dual.scale).verdict.supports for step in steps)
