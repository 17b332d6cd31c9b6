"""φ cut at its breakpoints: on each open interval between them the expression is smooth.

The value *at* a breakpoint does not matter here: it has probability 0. Breakpoints with symbols are ordered, and signs
between them determined, by the assumptions on the symbols (`signs`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from sympy import (
    Abs,
    Expr,
    Heaviside,
    Integer,
    Max,
    Min,
    Piecewise,
    Rational,
    S,
    Symbol,
    frac,
    oo,
    sign,
)
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, BooleanFalse, BooleanTrue, Not, Or

from ...elementary.queries import by_integers, rough
from ...errors import NoClosedForm
from .signs import below, require_sign
from .zeros import levels, ordered, zeros

KINKED = (*rough(), Piecewise)


@dataclass(frozen=True)
class Piece:
    lo: Expr
    hi: Expr
    expr: Expr


def split(expr: Expr, u: Symbol, lo: Expr = -oo, hi: Expr = oo) -> list[Piece]:
    """The smooth pieces of expr, left to right; together they cover (lo, hi).

    >>> split(Max(0, Min(1, Symbol("u", real=True))), Symbol("u", real=True))
    [Piece(lo=-oo, hi=0, expr=0), Piece(lo=0, hi=1, expr=u), Piece(lo=1, hi=oo, expr=1)]
    """
    if not (expr.has(u) and expr.has(*KINKED)):
        return [Piece(lo, hi, expr)]
    if isinstance(expr, Piecewise):
        return _merge(list(_piecewise(expr, u, lo, hi)))
    return _merge(list(_refined(expr, [split(arg, u, lo, hi) for arg in expr.args], u, lo, hi)))


def slope(expr: Expr, u: Symbol) -> Expr:
    """The derivative of expr away from its breakpoints.

    >>> slope(Abs(Symbol("u", real=True)), Symbol("u", real=True))
    Piecewise((-1, u < 0), (1, True))
    """
    pieces = split(expr, u)
    values = [p.expr.diff(u) for p in pieces]
    return Piecewise(*((value, u < p.hi) for value, p in zip(values[:-1], pieces, strict=False)), (values[-1], True))


def _refined(node: Expr, children: list[list[Piece]], u: Symbol, lo: Expr, hi: Expr) -> Iterator[Piece]:
    """The common refinement of the children's pieces, with the node applied on every interval of it."""
    for p, q in _intervals({x for child in children for piece in child for x in (piece.lo, piece.hi)}, lo, hi):
        x = _inside(p, q)
        args = [next(c.expr for c in child if below(c.lo, x) and below(x, c.hi)) for child in children]
        cuts, value = _apply(node, tuple(args), u, p, q)
        yield from (Piece(left, right, value(_inside(left, right))) for left, right in _intervals(cuts, p, q))


def _apply(
    node: Expr, args: tuple[Expr, ...], u: Symbol, lo: Expr, hi: Expr
) -> tuple[list[Expr], Callable[[Expr], Expr]]:
    """The points of (lo, hi) at which the node may change its branch, and its smooth value around a point."""
    if isinstance(node, (Max, Min)):
        side = 1 if isinstance(node, Max) else -1
        cuts = [x for i, p in enumerate(args) for q in args[:i] for x in zeros(p - q, u, lo, hi)]
        return cuts, lambda x: _best(args, lambda p, q: side * _sign_at(p - q, u, x))
    (arg, *_) = args
    if isinstance(node, Abs):
        return zeros(arg, u, lo, hi), lambda x: arg if _sign_at(arg, u, x) > 0 else -arg
    if isinstance(node, (sign, Heaviside)):
        low = -1 if isinstance(node, sign) else 0
        return zeros(arg, u, lo, hi), lambda x: Integer(1) if _sign_at(arg, u, x) > 0 else Integer(low)
    if isinstance(node, by_integers()):
        low = arg if isinstance(node, frac) else S.Zero
        return levels(
            arg, S.One, u, lo, hi, f"{node} jumps"
        ), lambda x: low + node.func(arg.subs(u, x)) - low.subs(u, x)
    return [], lambda x: node.func(*args)


def _best(args: tuple[Expr, ...], compared: Callable[[Expr, Expr], int]) -> Expr:
    """The argument that wins every comparison; most comparisons are not needed, and some need not be known."""
    unknown: NoClosedForm | None = None
    for n, candidate in enumerate(args):
        try:
            if all(compared(candidate, other) >= 0 for other in (*args[:n], *args[n + 1 :])):
                return candidate
        except NoClosedForm as reason:
            unknown = unknown or reason
    assert unknown is not None, "numbers have a largest one"
    raise unknown


def _sign_at(e: Expr, u: Symbol, x: Expr) -> int:
    """The sign of e at u = x. Raises NoClosedForm if it depends on symbols."""
    value = e.subs(u, x)
    if value.is_number and not value.is_extended_real:
        raise NoClosedForm(f"{e} is not real at u = {x}")
    return require_sign(value)


def _piecewise(expr: Piecewise, u: Symbol, lo: Expr, hi: Expr) -> Iterator[Piece]:
    """The pieces of a Piecewise; a branch is cut only where it is the active one."""
    edges = [r.lhs - r.rhs for _, condition in expr.args for r in condition.atoms(Relational)]
    for left, right in _intervals({x for e in edges for x in _changes(e, u, lo, hi)}, lo, hi):
        x = _inside(left, right)
        value = next((value for value, condition in expr.args if _holds(condition, u, x)), None)
        if value is None:
            raise NoClosedForm(f"Piecewise has no value at u = {x}: end it with (value, True)")
        yield from split(value, u, left, right)


def _changes(e: Expr, u: Symbol, lo: Expr, hi: Expr) -> Iterator[Expr]:
    """The points at which the sign of an expression in pieces may change."""
    for piece in split(e, u, lo, hi):
        yield from (piece.lo, *zeros(piece.expr, u, piece.lo, piece.hi))


def _holds(condition: Boolean, u: Symbol, x: Expr) -> bool:
    if isinstance(condition, (BooleanTrue, BooleanFalse)):
        return bool(condition)
    if isinstance(condition, (And, Or, Not)):
        parts = [_holds(c, u, x) for c in condition.args]
        return {And: all, Or: any, Not: lambda p: not p[0]}[type(condition)](parts)
    if (truth := condition.subs(u, x)) in (True, False):
        return bool(truth)
    return bool(condition.func(_sign_at(condition.lhs - condition.rhs, u, x), 0))


def _intervals(cuts: Iterable[Expr], lo: Expr, hi: Expr) -> list[tuple[Expr, Expr]]:
    return list(pairwise([lo, *ordered(x for x in cuts if below(lo, x) and below(x, hi)), hi]))


def _inside(lo: Expr, hi: Expr) -> Expr:
    """A point of the open interval, away from its ends; rational if they are numbers."""
    if lo == -oo and hi == oo:
        return Rational(1, 7)
    if lo.free_symbols or hi.free_symbols:
        return hi - 1 if lo == -oo else lo + 1 if hi == oo else (lo + hi) / 2
    if lo == -oo:
        return Rational(int((hi - 2).evalf()) - 1)
    if hi == oo:
        return Rational(int((lo + 2).evalf()) + 1)
    digits = 12
    while not (below(lo, x := Rational(str(((lo + hi) / 2).evalf(digits)))) and below(x, hi)):
        digits *= 2  # the ends agree to this many digits
    return x


def _merge(pieces: list[Piece]) -> list[Piece]:
    out = [pieces[0]]
    for piece in pieces[1:]:
        if piece.expr == out[-1].expr:
            out[-1] = Piece(out[-1].lo, piece.hi, piece.expr)
        else:
            out.append(piece)
    return out
