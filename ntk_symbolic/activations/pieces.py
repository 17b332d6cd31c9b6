"""φ cut at its breakpoints: on each open interval between them the expression is smooth.

The value *at* a breakpoint never matters here: the Gaussian gives it no mass. Breakpoints of symbols are ordered, and signs
between them told, by what is known of the symbols (`signs`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import pairwise

from sympy import (
    Abs,
    Add,
    Expr,
    Heaviside,
    Integer,
    Max,
    Min,
    Mul,
    Piecewise,
    Poly,
    Pow,
    Rational,
    S,
    Symbol,
    atan,
    erf,
    oo,
    real_roots,
    sign,
    sinh,
    tanh,
)
from sympy.core.function import Function
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, Boolean, BooleanFalse, BooleanTrue, Not, Or

from ..errors import NoClosedForm
from .signs import remedy, sign_of, sign_of_number, undecided

VANISH_WITH_ARGUMENT = (tanh, atan, erf, sinh)
KINKED = (Max, Min, Abs, sign, Heaviside, Piecewise)


@dataclass(frozen=True)
class Piece:
    lo: Expr
    hi: Expr
    expr: Expr


def split(expr: Expr, u: Symbol) -> list[Piece]:
    """The smooth pieces of expr, left to right; together they cover ℝ.

    >>> split(Max(0, Min(1, Symbol("u", real=True))), Symbol("u", real=True))
    [Piece(lo=-oo, hi=0, expr=0), Piece(lo=0, hi=1, expr=u), Piece(lo=1, hi=oo, expr=1)]
    """
    if not (expr.has(u) and expr.has(*KINKED)):
        return [Piece(-oo, oo, expr)]
    if isinstance(expr, Piecewise):
        return _merge(_piecewise(expr, u))
    pieces = _refine([split(arg, u) for arg in expr.args], lambda *args: _apply(expr, args, u), u)
    return _merge(pieces)


def slope(expr: Expr, u: Symbol) -> Expr:
    """The derivative of expr away from its breakpoints.

    >>> slope(Abs(Symbol("u", real=True)), Symbol("u", real=True))
    Piecewise((-1, u < 0), (1, True))
    """
    pieces = split(expr, u)
    values = [p.expr.diff(u) for p in pieces]
    return Piecewise(*((value, u < p.hi) for value, p in zip(values[:-1], pieces, strict=False)), (values[-1], True))


def _refine(children: list[list[Piece]], node: Callable[..., tuple[list[Expr], Callable]], u: Symbol) -> list[Piece]:
    """The common refinement of the children's pieces, with the node applied on every interval of it."""
    out: list[Piece] = []
    for lo, hi in _intervals({end for child in children for p in child for end in (p.lo, p.hi)} - {oo, -oo}):
        x = _inside(lo, hi)
        args = [next(p.expr for p in child if _below(p.lo, x) and _below(x, p.hi)) for child in children]
        zeros_of, value = node(*args)
        cuts = {r for e in zeros_of for r in roots(e, u) if _below(lo, r) and _below(r, hi)}
        out += [Piece(left, right, value(_inside(left, right))) for left, right in _intervals(cuts, lo, hi)]
    return out


def _apply(node: Expr, args: tuple[Expr, ...], u: Symbol) -> tuple[list[Expr], Callable[[Expr], Expr]]:
    """Where the node may change its branch (zeros of …), and its smooth value around a point of the interval."""
    if isinstance(node, (Max, Min)):
        side = 1 if isinstance(node, Max) else -1
        differences = [p - q for i, p in enumerate(args) for q in args[:i]]
        return differences, lambda x: _best(args, lambda p, q: side * _sign_at(p - q, u, x))
    (arg, *_) = args
    if isinstance(node, Abs):
        return [arg], lambda x: arg if _sign_at(arg, u, x) > 0 else -arg
    if isinstance(node, (sign, Heaviside)):
        low = -1 if isinstance(node, sign) else 0
        return [arg], lambda x: Integer(1) if _sign_at(arg, u, x) > 0 else Integer(low)
    return [], lambda x: node.func(*args)


def _best(args: tuple[Expr, ...], compared: Callable[[Expr, Expr], int]) -> Expr:
    """The one that wins every comparison; most of them are not needed, and some need not be known."""
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
    """Of e at u = x. Raises NoClosedForm where it depends on symbols."""
    value = e.subs(u, x)
    if value.is_number:
        if not value.is_extended_real:
            raise NoClosedForm(f"{e} is not real at u = {x}")
        return sign_of_number(value)
    found = sign_of(value)
    if found is None:
        open_ = undecided(value)
        raise NoClosedForm(f"the sign of {open_} is not known: {remedy(open_)}")
    return found


def _piecewise(expr: Piecewise, u: Symbol) -> list[Piece]:
    values = [split(value, u) for value, _ in expr.args]
    conditions = [condition for _, condition in expr.args]

    def node(*args: Expr) -> tuple[list[Expr], Callable]:
        edges = [r.lhs - r.rhs for c in conditions for r in c.atoms(Relational)]

        def value(x: Expr) -> Expr:
            for arg, condition in zip(args, conditions, strict=True):
                if _holds(condition, u, x):
                    return arg
            raise NoClosedForm(f"Piecewise has no value at u = {x}: end it with (value, True)")

        return edges, value

    return _refine(values, node, u)


def _holds(condition: Boolean, u: Symbol, x: Expr) -> bool:
    if isinstance(condition, (BooleanTrue, BooleanFalse)):
        return bool(condition)
    if isinstance(condition, (And, Or, Not)):
        parts = [_holds(c, u, x) for c in condition.args]
        return {And: all, Or: any, Not: lambda p: not p[0]}[type(condition)](parts)
    if (truth := condition.subs(u, x)) in (True, False):
        return bool(truth)
    return bool(condition.func(_sign_at(condition.lhs - condition.rhs, u, x), 0))


def roots(expr: Expr, u: Symbol) -> list[Expr]:
    """Where the sign of a smooth expression may change; refuses what it cannot solve exactly."""
    if not expr.has(u):
        return []
    if expr.is_polynomial(u):
        poly = Poly(expr, u)
        if poly.degree() == 1:
            slope, offset = poly.all_coeffs()
            if offset != 0 and not slope.is_nonzero:
                raise NoClosedForm(f"the sign of {undecided(slope)} is not known: {remedy(undecided(slope))}")
            return [-offset / slope if offset != 0 else S.Zero]  # of 0·u nothing changes at 0, nor anywhere
        if all(k.is_Rational for k in poly.all_coeffs()):
            return list(dict.fromkeys(real_roots(poly)))
    (_, rest) = expr.as_independent(u, as_Add=False)
    if isinstance(rest, VANISH_WITH_ARGUMENT):
        return roots(rest.args[0], u)
    if isinstance(expr, (Mul, Pow, Add, Function)) and expr.has(KINKED):
        return []
    raise NoClosedForm(f"the breakpoints where {expr} = 0 are not found exactly: write them as numbers")


def _intervals(cuts: set[Expr], lo: Expr = -oo, hi: Expr = oo) -> list[tuple[Expr, Expr]]:
    ends = [lo, *sorted(cuts, key=cmp_to_key(lambda x, y: -1 if _below(x, y) else 1)), hi]
    return list(pairwise(ends))


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
    return Rational(str(((lo + hi) / 2).evalf(12)))


def _below(x: Expr, y: Expr) -> bool:
    if x in (oo, -oo) or y in (oo, -oo):
        return x != y and (x == -oo or y == oo)
    if x.is_number and y.is_number:
        return sign_of_number(y - x) > 0
    if (order := sign_of(y - x)) is None:
        raise NoClosedForm(f"the order of the breakpoints {x} and {y} is not known: {remedy(undecided(y - x))}")
    return order > 0


def _merge(pieces: list[Piece]) -> list[Piece]:
    out = [pieces[0]]
    for piece in pieces[1:]:
        if piece.expr == out[-1].expr:
            out[-1] = Piece(out[-1].lo, piece.hi, piece.expr)
        else:
            out.append(piece)
    return out
