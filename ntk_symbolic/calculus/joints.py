"""Junctions of pieces: expressions in Abs, Max, Min, sign, Heaviside and Piecewise of quantities that vary smoothly.

An expression is followed across each zero of a quantity that switches its form. There it jumps, bends, or continues with
the same slope. All symbols stand for real numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sympy import (
    Abs,
    Add,
    Dummy,
    Expr,
    Heaviside,
    Max,
    Min,
    Mul,
    Piecewise,
    Poly,
    PolynomialError,
    Pow,
    S,
    cancel,
    default_sort_key,
    expand,
    factor,
    false,
    nan,
    oo,
    powsimp,
    sign,
    simplify,
    true,
    zoo,
)
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne, Relational

from ..elementary.queries import bending, by_signs, regular

SWITCHING = (*by_signs(), Piecewise)
MAX_SWITCHES = 6  # in one term: each doubles the pieces
MAX_SIZE = 200  # operations in simplified expressions
INFINITE = (nan, zoo, oo, -oo)
JUMPS, BENDS = "jumps", "bends, and has no derivative,"
STEEP, UNKNOWN = "has an infinite slope", "is not shown to have a derivative"


@dataclass(frozen=True)
class Joint:
    """A zero of a quantity at which an expression is not once continuously differentiable; `becomes` describes it."""

    quantity: Expr
    becomes: str


def joints(e: Expr, varying: set) -> list[Joint]:
    """Every place where e is not shown to be once continuously differentiable in its symbols; `varying` are those that vary.

    Terms of a sum are examined one by one, and together if one alone is not smooth: Max(u, 0) − Max(−u, 0).
    """
    terms = [t for t in Add.make_args(e) if switch(t, varying) is not None]
    found = [j for t in terms for j in _across(t, varying, (), 0)]
    if found and len(terms) > 1:
        together = list(_across(e, varying, (), 0))
        found = found if any(j.becomes == UNKNOWN for j in together) else together
    return list(dict.fromkeys(found))


def switch(e: Expr, varying: set | None = None) -> Expr | None:
    """A quantity that switches the form of e at its zero, and has no such switch inside."""
    for k in sorted(e.atoms(*SWITCHING), key=default_sort_key):
        for g in quantities(k):
            moves = varying is None or g.free_symbols & varying
            if moves and switch(g, varying) is None:
                return g
    return None


def quantities(k: Expr) -> Iterator[Expr]:
    """The quantities at whose zeros this function changes its form."""
    if isinstance(k, Piecewise):
        for _, condition in k.args:  # type: ignore[misc]
            yield from (r.lhs - r.rhs for r in sorted(condition.atoms(Relational), key=default_sort_key))  # type: ignore
    elif isinstance(k, (Max, Min)):
        yield from (a - b for a, b in combinations(k.args, 2))
    else:
        yield k.args[0]


def _all_quantities(e, varying) -> Iterator[Expr]:
    return (g for k in e.atoms(*SWITCHING) for g in quantities(k) if g.free_symbols & varying)


def _across(e, varying, known, depth) -> Iterator[Joint]:
    """The joints of e; `known`: quantities and their signs on this piece."""
    g = switch(e, varying)
    if g is None:
        return
    if depth == MAX_SWITCHES or (not depth and len(set(_all_quantities(e, varying))) > MAX_SWITCHES):
        yield Joint(g, UNKNOWN)
        return
    sides = [_on_side(e, g, n) for n in (1, -1)]
    yield from _at_zeros(g, (*sides, e), known)
    for n, piece in zip((1, -1), sides):
        yield from _across(piece, varying, (*known, (g, n)), depth + 1)


def _at_zeros(g, forms, known) -> Iterator[Joint]:
    """The joints at the zeros of g; `forms`: the expression on either side, and the original."""
    for u in Mul.make_args(factor(g)):
        u = u.base if isinstance(u, Pow) else u
        if u.is_nonzero:
            continue
        zero = _solved(u)
        if zero is None:
            becomes = _meeting_on_a_curve(forms, u)
            if becomes:
                yield Joint(g, becomes)
            continue
        w, there = zero
        if any((h.xreplace({w: there}) * n).is_nonpositive for h, n in known):
            continue  # no point of this piece
        becomes = _meeting(forms, w, there)
        if becomes:
            yield Joint(g, becomes)


def _solved(u) -> tuple[Any, Expr] | None:
    """A symbol in which u is linear, and its value where u = 0; preferably one with a numerical coefficient."""
    u = expand(u)
    rates = {w: u.diff(w) for w in sorted(u.free_symbols, key=default_sort_key)}
    linear = [w for w, rate in rates.items() if rate != 0 and w not in rate.free_symbols and not rate.has(*SWITCHING)]
    if not linear:
        return None
    w = min(linear, key=lambda w: not rates[w].is_number)
    return w, expand(w - u / rates[w])


def _meeting(forms, w, there) -> str:
    """The behaviour of the two pieces and of the value between them at w = `there`; empty if values and slopes agree."""
    values = [p.xreplace({w: there}) for p in forms]
    if all(v.has(*INFINITE) for v in values):
        return ""  # it is not defined there
    if not _agree(values):
        return JUMPS
    slopes = [formal_slope(p, w).xreplace({w: there}) for p in forms]
    if any(s.has(*INFINITE) for s in slopes[:2]):
        return STEEP
    if any(p.base == 0 for s in slopes[:2] for p in s.atoms(Pow)):
        return UNKNOWN  # 0^a, whose a may be negative
    return "" if _agree(slopes) else BENDS


def _meeting_on_a_curve(forms, u) -> str:
    """The behaviour where u is not linear: moduli and maxima of functions analytic on the line are continuous, and slopes are
    compared as polynomials."""
    if not _is_regular(forms[2], u.free_symbols):
        return UNKNOWN
    for w in sorted(u.free_symbols, key=default_sort_key):
        gap = expand(formal_slope(forms[0], w) - formal_slope(forms[1], w))
        try:
            remainder = Poly(gap, w).rem(Poly(u, w)) if not gap.has(*SWITCHING) else gap
        except PolynomialError:
            return BENDS
        if remainder != 0:
            return BENDS
    return ""


def _is_regular(e: Expr, symbols: set) -> bool:
    """True if e is made of moduli, maxima, minima and analytic functions of these symbols, without quotients of them."""
    if e in symbols or not e.free_symbols & symbols:
        return True
    if isinstance(e, Pow) and not (e.exp.is_Integer and e.exp.is_positive):
        return False
    return isinstance(e, (Add, Mul, Pow, *bending(), *regular())) and all(_is_regular(a, symbols) for a in e.args)


def _agree(values) -> bool:
    return not any(v.has(*INFINITE) for v in values) and all(vanishes(values[0] - v) for v in values[1:])


def vanishes(e: Expr, depth: int = 0) -> bool:
    """True if it is shown to be 0 on every piece."""
    e = expand(e)
    if e == 0 or e.is_number or e.count_ops() > MAX_SIZE:
        return e == 0 or (e.is_number and e.is_zero is True)
    if e.is_rational_function():
        return cancel(e) == 0
    if not e.has(*SWITCHING):
        return simplify(e) == 0
    g = switch(e)
    if g is None or depth == MAX_SWITCHES:
        return False
    signs = (1,) if g.is_positive else (-1,) if g.is_negative else (1, -1)
    return all(vanishes(_on_side(e, g, n), depth + 1) for n in signs)


# ---- pieces ----------------------------------------------------------------------------------------------------------


def _on_side(e: Any, g: Expr, side: int) -> Any:
    """The form of e where g has this sign."""
    if isinstance(e, Piecewise):
        return Piecewise(*((_on_side(b, g, side), _condition(c, g, side)) for b, c in e.args))  # type: ignore[misc]
    if not e.has(*SWITCHING):
        return e
    e = e.func(*(_on_side(a, g, side) for a in e.args))
    if isinstance(e, (Max, Min)):
        signs = [(a, b, _sign(a - b, g, side)) for a, b in combinations(e.args, 2)]
        beaten = {b if (n > 0) == isinstance(e, Max) else a for a, b, n in signs if n}
        return e.func(*(a for a in e.args if a not in beaten))
    n = _sign(e.args[0], g, side) if isinstance(e, by_signs()) else 0
    if not n:
        return e
    return n * e.args[0] if isinstance(e, Abs) else S(n) if isinstance(e, sign) else S((1 + n) // 2)


def _condition(c: Any, g: Expr, side: int) -> Any:
    """Its truth, if the sign of g decides it. On g = 0 itself no value is needed."""
    truth = {}
    for r in c.atoms(Relational):
        difference = r.lhs - r.rhs
        n = _sign(_on_side(difference, g, side), g, side)
        if n:
            truth[r] = true if _holds(r, n) else false
        else:
            truth[r] = r.func(_on_side(r.lhs, g, side), _on_side(r.rhs, g, side))
    return c.xreplace(truth)


def _holds(r, n) -> bool:
    """True if this relation holds where the difference of its sides has the sign n."""
    return {Gt: n > 0, Ge: n > 0, Lt: n < 0, Le: n < 0, Eq: False, Ne: True}[type(r)]


def _sign(h: Expr, g: Expr, side: int) -> int:
    """The sign of h if it is g times a factor of known sign, otherwise 0."""
    if not h.free_symbols & g.free_symbols:
        return 0
    ratio = cancel(h / g) if not h.has(*SWITCHING) else h / g
    return side if ratio.is_positive else -side if ratio.is_negative else 0


# ---- slopes ----------------------------------------------------------------------------------------------------------


def formal_slope(e: Expr, w) -> Expr:
    """∂e/∂w inside the pieces. It is the derivative of e where e is continuous, away from its joints."""
    outer = {k: Dummy("k", real=True) for k in _outermost(e)}
    plain = e.xreplace(outer)
    back = {d: k for k, d in outer.items()}
    total = powsimp(plain.diff(w))  # SymPy writes the slope of u^a as a u^a/u
    for k, d in outer.items():
        total += powsimp(plain.diff(d)) * _slope_of(k, w)
    return total.xreplace(back)


def _outermost(e) -> set:
    if isinstance(e, SWITCHING):
        return {e}
    return set().union(*map(_outermost, e.args))


def _slope_of(k, w) -> Expr:
    if isinstance(k, Piecewise):
        return Piecewise(*((formal_slope(b, w), c) for b, c in k.args))  # type: ignore[misc]
    if isinstance(k, Abs):
        return sign(k.args[0]) * formal_slope(k.args[0], w)
    if isinstance(k, (Max, Min)):
        first, *others = sorted(k.args, key=lambda a: (w not in a.free_symbols, default_sort_key(a)))
        rest = k.func(*others)
        ahead = expand(first - rest if isinstance(k, Max) else rest - first)
        mine, theirs = formal_slope(first, w), formal_slope(rest, w)
        return Heaviside(ahead) * mine if theirs == 0 else Piecewise((mine, ahead > 0), (theirs, True))
    return S.Zero  # a sign or a step is constant inside its pieces


def tidied(e: Any) -> Any:
    """The expression in its usual form: u sign(u) = |u| and Max(u, 0) Heaviside(u) = Max(u, 0)."""
    if not e.has(sign, Heaviside):
        return e
    e = e.func(*map(tidied, e.args))
    for k in e.args if isinstance(e, Mul) else ():
        if isinstance(k, (sign, Heaviside)):
            for b in e.args:
                merged = _merged(k, *b.as_base_exp())
                if merged is not None:
                    return tidied(merged * Mul(*(a for a in e.args if a not in (k, b))))
    return e


def _merged(k, b, n) -> Expr | None:
    """sign(u) or Heaviside(u) times bⁿ as one, if they combine and n is positive, so that both are 0 at u = 0."""
    u = k.args[0]
    if isinstance(b, Abs) and isinstance(k, sign):
        return u * b ** (n - 1) if b.args[0] in (u, -u) else None
    if not n.is_positive:
        return None
    if isinstance(k, Heaviside):
        positive = isinstance(b, Max) and len(b.args) == 2 and S.Zero in b.args
        return b**n if positive and expand(Add(*b.args) - u) == 0 else None
    ratio = cancel(b / u)
    return ratio * Abs(u) * b ** (n - 1) if n.is_integer and ratio.is_number else None
