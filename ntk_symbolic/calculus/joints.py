"""Piecewise functions of one quantity r whose two pieces meet with equal values and slopes: Huber's loss, say."""

from __future__ import annotations

from typing import Any

from sympy import Abs, Dummy, Expr, Piecewise, S, sign, simplify, true
from sympy.core.relational import Relational

from .binders import Node


class Known(Node):
    """A value whose derivative is known: args are the two."""

    def _eval_derivative(self, s):
        return self.args[1]


def joined_slope(e: Piecewise, s, slope) -> Expr | None:
    """∂e/∂s of Piecewise((p(r), r < c), (q(r), True)), or with |r| < c, c > 0, if p and q meet in C¹; else None.

    c, and p and q apart from r, must not depend on s; `slope` differentiates p, q and r, and refuses what is rough.
    """
    if len(e.args) != 2 or e.args[1][1] != true or not isinstance(e.args[0][1], Relational):  # type: ignore[index]
        return None
    (p, condition), (q, _) = e.args  # type: ignore[misc]
    condition = condition if s in condition.lhs.free_symbols else condition.reversed
    r, c = condition.lhs, condition.rhs
    modulus = isinstance(r, Abs) and c.is_positive
    u, r = Dummy("u", real=True), r.args[0] if modulus else r
    if any(r in a.free_symbols for piece in (p, q) for a in piece.atoms(Node)):
        return None  # a value f(r), which the quantity itself does not tell
    p, q = (_in_terms_of(u, r, piece) for piece in (p, q))
    if any(s in piece.free_symbols for piece in (p, q, c)) or (modulus and condition.rel_op not in ("<", "<=")):
        return None
    sides = [(c, 1), (-c, -1)] if modulus else [(c, 0)]
    outer = [(end, _on_side(q, u, side)) for end, side in sides]
    if not all(_meet(p, piece, u, end, slope) for end, piece in outer):
        return None
    beyond = [(slope(piece, u).xreplace({u: r}), _beyond(r, side)) for (_, piece), (_, side) in zip(outer, sides)]
    return Piecewise((slope(p, u).xreplace({u: r}), condition), *beyond) * slope(r, s)


def _in_terms_of(u, r, piece) -> Any:
    return piece.xreplace({Abs(r): Abs(u), sign(r): sign(u)}).xreplace({r: u})


def _on_side(q, u, side) -> Any:
    """Where u has this sign; 0 where nothing is known of it."""
    return q.xreplace({Abs(u): side * u, sign(u): S(side)}) if side else q


def _beyond(r, side) -> Any:
    return r > 0 if side > 0 else true


def _meet(p, q, u, end, slope) -> bool:
    gaps = (p - q, slope(p, u) - slope(q, u))
    return all(simplify(gap.xreplace({u: end})) == 0 for gap in gaps)
