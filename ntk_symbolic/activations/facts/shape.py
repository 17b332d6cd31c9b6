"""Parity, degree, jumps and kinks of φ from its pieces."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sympy import AccumBounds, Expr, S, expand, nan, oo, zoo

from ..form.pieces import Piece
from ..form.removable import removed
from ..form.variables import u

LIMITLESS = (nan, zoo, oo, -oo, AccumBounds)


def parity(pieces: Sequence[Piece]) -> int:
    """1 for an even φ, −1 for an odd one, 0 for any other, or if neither is provable."""
    mirrored = [Piece(-p.hi, -p.lo, p.expr.subs(u, -u)) for p in reversed(pieces)]
    if any(p.lo != q.lo for p, q in zip(pieces, mirrored, strict=True)):
        return 0
    for sign in (1, -1):
        if all(expand(p.expr - sign * q.expr) == 0 for p, q in zip(pieces, mirrored, strict=True)):
            return sign
    return 0


def degree(pieces: Sequence[Piece]) -> Expr | None:
    """n with φ(su) = sⁿ φ(u) for s > 0: every piece is 0 or a multiple of uⁿ, and 0 is the only breakpoint."""
    powers = {expand(p.expr).as_coeff_exponent(u) for p in pieces if p.expr != 0}
    exponents = {n for _, n in powers}
    if len(exponents) != 1 or any(coef.has(u) for coef, _ in powers) or any(p.lo != 0 for p in pieces[1:]):
        return None
    n = exponents.pop()
    return n if n.is_number else None


def joints(pieces: Sequence[Piece]) -> list[tuple[Piece, Piece]]:
    """The two pieces at each breakpoint; a piece that is 0/0 at 0, such as sin(u)/u, is replaced by a polynomial."""
    places = {p.lo for p in pieces[1:]}
    return [(left, right) for left, right in pairwise(removed([*pieces], u)) if right.lo in places]


def jumps(pieces: Sequence[Piece]) -> tuple[tuple[Expr, Expr], ...]:
    """The places and sizes of the jumps of φ; a pole is no jump."""
    return _steps(joints(pieces))


def kinks(pieces: Sequence[Piece]) -> tuple[tuple[Expr, Expr], ...]:
    """The places and sizes of the jumps of φ'."""
    return _steps([(_slope(left), _slope(right)) for left, right in joints(pieces)])


def _slope(p: Piece) -> Piece:
    return Piece(p.lo, p.hi, p.expr.diff(u))


def _steps(joints: list[tuple[Piece, Piece]]) -> tuple[tuple[Expr, Expr], ...]:
    found = ((right.lo, step(left, right)) for left, right in joints)
    return tuple((place, by) for place, by in found if by is not None and not vanishes(by))


def step(left: Piece, right: Piece) -> Expr | None:
    """The jump of φ from one piece to the next; None if a side has no finite value at the breakpoint."""
    sides = [p.expr.subs(u, right.lo) for p in (left, right)]
    return None if any(x.has(*LIMITLESS) for x in sides) else expand(sides[1] - sides[0])


def vanishes(value: Expr) -> bool:
    """True if value is 0. For a number 40 digits decide: exact zeros evaluate to less than 1e-39 of their terms."""
    if value.is_zero or value.free_symbols:
        return bool(value.is_zero)
    found = value.evalf(40, chop=False)
    return bool(found.is_finite and abs(found) < S("1e-30"))
