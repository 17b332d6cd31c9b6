"""Functions at moved points, f(x − 1), θ[i + 1], and under limits that move: their domains, and changes of variable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sympy import (
    Abs,
    Add,
    And,
    Expr,
    Ge,
    Heaviside,
    Integral,
    Le,
    Mul,
    Piecewise,
    S,
    default_sort_key,
    expand,
    oo,
    true,
)
from sympy.core.function import AppliedUndef
from sympy.tensor.indexed import Indexed

from ...errors import IllFormed
from ..binders import Over
from ..spaces import Place, Point, Space, place
from .linear_form import Term

LINE = Space("R", "measure", latex=r"\mathbb{R}", interval=(-oo, oo))


POINTS = "only a variable, a number, a sample x[n], or a multiple of a variable plus a number"


def space_between(lo, hi, measure: bool) -> Space:
    """The interval from lo to hi, or the indices from lo up to hi."""
    if not measure:
        return Space(f"{{{lo}..{hi}}}", "counting", "n", rf"\{{{lo},\ldots,{hi}\}}", (lo, hi))
    if (lo, hi) == LINE.limits:
        return LINE
    return Space(f"[{lo}, {hi}]", "measure", latex=rf"\left[{lo}, {hi}\right]", interval=(lo, hi))


def image(a: Expr, limits: Mapping[Any, Space], value) -> list[Space]:
    """The range of a multiple of variables plus a constant over these limits; ℝ if there is no such variable."""
    kinds = {limits[v].is_measure for v in a.free_symbols & limits.keys()}
    if len(kinds) > 1:
        raise IllFormed(f"{value}: {a} adds an index to a variable of an interval")
    lo, hi = extremes(a, limits, value)
    return [space_between(lo, hi, kinds.pop())] if kinds else [LINE]


def extremes(a: Expr, limits: Mapping[Any, Space], value) -> list[Expr]:
    """The least and the greatest value of a multiple of variables plus a constant."""
    if a in (oo, -oo):
        return [a, a]
    if a.has(AppliedUndef, Indexed):
        raise IllFormed(f"{value}: {a} is no point; {POINTS} may stand there")
    ends = [a, a]
    for v in sorted(a.free_symbols & limits.keys(), key=str):
        _, direction = _rate(a, v, limits[v].is_measure, value)
        for n, end in enumerate(limits[v].limits[::direction]):
            infinite = end in (oo, -oo) or ends[n] in (oo, -oo)
            ends[n] = (-oo, oo)[n] if infinite else expand(ends[n].xreplace({v: end}))
    return ends


def _rate(a: Expr, v, measure: bool, value="") -> tuple[Expr, int]:
    """The coefficient of v, and its sign. Raises IllFormed unless it is known, and ±1 for an index."""
    rate: Any = expand(a).coeff(v)
    if v in expand(a - rate * v).free_symbols or not (measure or Abs(rate) == 1):
        few = "a number" if measure else "1 or −1"
        raise IllFormed(
            f"{value}: {a} is no point; {v} may stand there times {few}, plus terms that do not depend on it"
        )
    if not (rate.is_positive or rate.is_negative):
        raise IllFormed(
            f"{value}: the sign of {rate}, the coefficient of {v} in {a}, is not known; give a positive Symbol"
        )
    return rate, 1 if rate.is_positive else -1


def union(spaces: Iterable[Space], unknown) -> Space:
    """The smallest interval, or range of indices, around all of these."""
    first, *others = dict.fromkeys(spaces)
    lo, hi = first.limits
    for s in others:
        lo, hi = _least(lo, s.limits[0], unknown), -_least(-hi, -s.limits[1], unknown)
    return first if (lo, hi) == first.limits else space_between(lo, hi, first.is_measure)


def _least(a, b, unknown) -> Expr:
    difference = expand(a - b) if a != b else S.Zero
    if difference.is_nonpositive:
        return a
    if difference.is_nonnegative:
        return b
    raise IllFormed(
        f"{unknown} is taken at moved points, and {a} and {b} bound them: which is the smaller is not known"
    )


def moved_back(term: Term) -> Term:
    """The term with each φ(c x + b) as φ(y), x = (y − b)/c, dx = dy/|c|, if x occurs only in this slot of φ."""
    for slot, p in enumerate(term.value.points):
        if isinstance(p, Place):
            term = _substituted(term, slot, p)
    return term


def _substituted(term: Term, slot: int, p: Place) -> Term:
    elsewhere = set().union(*(q.free_symbols for n, q in enumerate(term.value.points) if n != slot))
    able = [v for v in term.binders if v in p.free_symbols - elsewhere]
    if not able:
        return term
    v = min(able, key=lambda v: v.space != LINE)  # the range ℝ is kept by any change
    rate, _ = _rate(p.where, v, v.space.is_measure)
    rest = expand(p.where - rate * v)
    bound = rest.free_symbols & set(term.binders)
    (space,) = [p.space] if bound else image(p.where, {v: v.space}, p)
    y = Point(v.name, space).fresh()
    back = expand((y - rest) / rate)
    coefficient = place(term.coefficient, {v: Place(back, v.space)}) / Abs(rate)
    if bound and v.space != LINE:
        coefficient = within(coefficient, v.space.limits, back, (-oo, oo))
    points = [Place(y, p.space) if n == slot else q for n, q in enumerate(term.value.points)]
    value = term.value.func(term.value.head, points, *term.value.args[2:])
    return replace(term, coefficient=coefficient, value=value, binders=tuple(y if w == v else w for w in term.binders))


def within(e: Expr, limits, where: Expr, known) -> Expr:
    """e where this lies between the limits, and 0 elsewhere; it is `known` to lie between others."""
    lo, hi = limits
    bounds = [Le(lo, where)] * (lo not in (known[0], -oo)) + [Le(where, hi)] * (hi not in (known[1], oo))
    return Piecewise((e, And(*bounds)), (S.Zero, True))


def varying(e, limit, around: Mapping[Any, Space]) -> tuple[Space, Expr]:
    """The whole range of (y, lo, hi) over the outer variables `around`, and 1 where lo ≤ y ≤ hi."""
    y, lo, hi = limit
    if lo != -oo and hi != oo and not nonnegative(hi - lo + _slack(isinstance(e, Integral)), around, e):
        raise IllFormed(
            f"{e}: it is not shown that {lo} ≤ {hi}; take limits that are in order for all values of the variables"
        )
    least, greatest = extremes(lo, around, e)[0], extremes(hi, around, e)[1]
    return space_between(least, greatest, isinstance(e, Integral)), within(S.One, (lo, hi), y, (least, greatest))


def _slack(measure: bool) -> int:
    """A sum from n + 1 up to n is 0."""
    return 0 if measure else 1


def nonnegative(a: Expr, around: Mapping[Any, Space], value) -> bool:
    return bool(extremes(expand(a), around, value)[0].is_nonnegative)


def narrowed(over: Over) -> tuple[Expr, dict[Point, list[Expr]]]:
    """The body of an integral, and the limits of its variables, outermost first, with its conditions turned into limits.

    Other conditions are kept as Heaviside, never as a Piecewise, which SymPy pulls out of an inner integral.
    """
    limits = {v: list(v.space.limits) for v in over.vars}
    body, conditions = _conditions(over.body)
    steps = [Heaviside(r.gts - r.lts, 1) for r in conditions if not _made_limit(r, limits)]
    return body * Mul(*steps), {v: limits[v] for v in _outermost_first(limits)}


def _conditions(body: Expr) -> tuple[Expr, list]:
    """The conditions a ≤ b on the whole body, and the rest."""
    terms = [{a for a in Mul.make_args(t) if _is_conditioned(a)} for t in Add.make_args(body)]
    common = sorted(set.intersection(*terms), key=default_sort_key)
    if not common:
        return body, []
    inside = Mul(*(a.args[0][0] for a in common))
    rest = Add(*(Mul(*(a for a in Mul.make_args(t) if a not in common)) for t in Add.make_args(body)))
    more, conditions = _conditions(inside * rest)
    return more, [r for a in common for r in And.make_args(a.args[0][1])] + conditions


def _is_conditioned(a) -> bool:
    """True for a factor of the form that `within` makes."""
    if not (isinstance(a, Piecewise) and len(a.args) == 2 and a.args[1] == (S.Zero, true)):
        return False
    return all(isinstance(r, (Le, Ge)) for r in And.make_args(a.args[0][1]))  # type: ignore[index]


def _made_limit(r, limits: dict[Point, list[Expr]]) -> bool:
    """True if a ≤ b became a limit of a variable, which must be shown to lie between its limits; changes `limits`."""
    gap = expand(r.gts - r.lts)
    for v in reversed(limits):
        rate = gap.coeff(v)
        end = expand(v - gap / rate) if rate in (1, -1) else v
        if not limits[v] or _depends(end, v, limits) or not (v.space.is_measure or all(map(_whole, end.free_symbols))):
            continue
        lo, hi = limits[v]
        if _lies_between(end, lo, hi, r, rate * _slack(v.space.is_measure)):
            limits[v][0 if rate == 1 else 1] = end
            return True
    return False


def _depends(end: Expr, v: Point, limits) -> bool:
    """True if `end` depends on v, directly or by the limits of its variables."""
    return v in end.free_symbols or any(
        _depends(e, v, limits) for w in end.free_symbols & limits.keys() for e in limits[w]
    )


def _lies_between(end: Expr, lo, hi, r, slack) -> bool:
    """True if `end` lies between the limits; an index may exceed one by 1: above for a slack of 1, below for −1."""
    points = end.free_symbols | lo.free_symbols | hi.free_symbols
    around = {p: p.space for p in points if isinstance(p, Point) and p.space.limits}
    try:
        above = lo == -oo or nonnegative(end - lo - min(slack, 0), around, r)
        return above and (hi == oo or nonnegative(hi - end + max(slack, 0), around, r))
    except IllFormed:
        return False


def _outermost_first(limits) -> list[Point]:
    """The variables, each after those in its limits."""
    order: list[Point] = []
    while len(order) < len(limits):
        waiting = limits.keys() - set(order)
        order.append(next(v for v in limits if v in waiting and not any(e.free_symbols & waiting for e in limits[v])))
    return order


def _whole(s) -> bool:
    return not s.space.is_measure if isinstance(s, Point) else bool(s.is_integer)
