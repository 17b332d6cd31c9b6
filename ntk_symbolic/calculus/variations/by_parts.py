"""The rule ∫ a φ' ρ dx = [a ρ φ] − ∫ (a ρ)' φ dx: derivatives are moved from φ to its coefficient, with boundary terms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sympy import AccumBounds, Dummy, Expr, S, nan, oo, zoo

from ...errors import IllFormed
from ..binders import Over
from ..functionals import Applied
from ..scalars import Scalar
from ..smoothness import slope
from ..spaces import Point, Space, place
from .linear_form import Term
from .regular import refuse_singular


def by_parts(term: Term, variables: dict[int, Point], pointwise: Collection[Space] = ()) -> tuple[Term, Expr]:
    """The term without derivatives of φ in the slots of these bound variables, and the sum of boundary terms.

    Raises IllFormed if a coefficient is not shown to be smooth inside (except on `pointwise` spaces), or is singular at an
    end.
    """
    boundary = S.Zero
    for slot, v in variables.items():
        density = v.space.density_at(v) if v.space.interval else S.One
        coefficient = term.coefficient * density
        for _ in range(term.value.head.orders[slot]):
            lower = _lowered(term, slot)
            if v.space not in pointwise:
                refuse_singular(coefficient, v)
            boundary += _end(coefficient, lower, v, v.space.upper) - _end(coefficient, lower, v, v.space.lower)
            coefficient, term = -_slope(coefficient, v), lower
        term = replace(term, coefficient=coefficient / density)
    return term, boundary


def _slope(coefficient: Expr, v: Point) -> Expr:
    """The slope of a coefficient; one with kinks is absolutely continuous and has a derivative almost everywhere."""
    try:
        return slope(coefficient, v, [])
    except IllFormed as trouble:
        raise IllFormed(f"the coefficient of a derivative of f cannot be integrated by parts: {trouble}") from trouble


def _lowered(term: Term, slot: int) -> Term:
    """The term with one derivative of φ less in this slot."""
    value = term.value
    head = value.head.differentiated([-(n == slot) for n in range(len(value.points))])
    return replace(term, value=value.func(head, *value.args[1:]))


def _end(coefficient: Expr, term: Term, v: Point, end: Point) -> Expr:
    rest = [p for p in term.binders if p != v]
    there = place(coefficient * term.value, {v: end})
    plain = there.xreplace({e: Dummy() for e in there.atoms(Applied, Scalar)})  # a Space may contain oo
    if plain.has(zoo, nan, oo, -oo, AccumBounds):
        raise IllFormed(
            f"the boundary term is singular at {v.name} = {end.value}; take an interval that stops short of it"
        )
    return Over(there, *rest)
