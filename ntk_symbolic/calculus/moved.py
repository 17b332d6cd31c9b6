"""Integrals over intervals by parts: ∫ a(u) b u' ds = [A(u) b] − ∫ A(u) b' ds with A' = a, for u = f, f', … along s.

Each product under an integral is lowered as far as possible, so that expressions which differ by the integral of a
derivative come to one form. The values along s are ordered by how often they are differentiated, then by name. A product
is lowered if the greatest of its values is u', as one factor, and all of b stays below u' when it is differentiated:
thus every step lowers the greatest value, and it ends. (ρ log ρ, 1/ρ and powers have an A; other functions of u have none
here, and stay.)

A is defined where a is. So the terms at the ends exist if the integrand has a value at every point.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sympy import Dummy, Expr, Mul, Pow, Rational, S, cancel, exp, log

from ..errors import IllFormed
from .binders import Binder, Over
from .functionals import Applied, SlotSlope
from .normal import Expansion, Monomial, Undecidable
from .rules import ELEMENTARY, FUNDAMENTAL
from .smoothness import slope
from .spaces import Point, place

MAX_STEPS = 400  # integrations by parts in one expression

Rank = tuple[int, str, int]


class ByParts(Expansion):
    """An expansion in which integrals over intervals, with Lebesgue measure, are lowered."""

    def __init__(self, *args):
        super().__init__(*args)
        self.steps = 0

    def _bind(self, m: Monomial, over: Over) -> list[Monomial]:
        return [low for bound in super()._bind(m, over) for low in self._lowest(bound)]

    def _lowest(self, m: Monomial) -> list[Monomial]:
        for v in sorted(m.binders, key=lambda v: v.sort_key()):
            inside = [a for a in m.atoms if v in a.free_symbols]
            explicit = not any(True for a in inside for _ in _nodes(a, v))
            lower = (_of_the_variable if explicit else _lowered)(m, inside, v) if _is_plain(v) else None
            if lower is not None:
                self.used.add(ELEMENTARY if explicit else FUNDAMENTAL)
                self.steps += 1
                if self.steps > MAX_STEPS:
                    raise Undecidable(f"more than {MAX_STEPS} integrations by parts")
                return self(lower)
        return [m]


def _is_plain(v: Point) -> bool:
    space = v.space
    return bool(space.interval) and space.density == 1 and all(end.is_finite for end in space.interval)


@dataclass(frozen=True)
class Value:
    """f(v) or one of its derivatives, or ∂/∂v of δF/δρ(v); `lower` is the one of which it is the derivative."""

    node: Expr
    name: str
    rate: int
    order: int
    lower: Any = None

    @property
    def rank(self) -> Rank:
        return self.order, self.name, self.rate

    @property
    def raised(self) -> Rank:
        return self.order + 1, self.name, self.rate


def _lowered(m: Monomial, inside: list, v: Point) -> Expr | None:
    """The integral over v with terms at the ends; None if it cannot be lowered."""
    values = [_values(a, v) for a in inside]
    if any(found is None for found in values):
        return None
    every = {value for found in values for value in found or ()}
    top = max(every, key=lambda value: value.rank)
    if not top.order or sum(top.node in a.atoms(type(top.node)) for a in inside) > 1 or top.node not in inside:
        return None
    rest = [a for a in inside if a != top.node]
    of_u = [a for a in rest if top.lower in a.atoms(type(top.lower))]
    others = {value for value in every if value != top and value.node != top.lower}
    if any(value.raised >= top.rank for value in others):
        return None
    u = Dummy("u")
    antiderivative = _antiderivative([a.xreplace({top.lower: u}) for a in of_u], u)
    if antiderivative is None or any(v in a.xreplace({top.lower: u}).free_symbols for a in of_u):
        return None
    b = Mul(*(a for a in rest if a not in of_u))
    try:
        moved = slope(b, v)
    except IllFormed:  # a kink
        return None
    outside = m.coefficient * Mul(*(a for a in m.atoms if a not in inside))
    return _by_parts(outside, antiderivative.xreplace({u: top.lower}), b, moved, m.binders, v)


def _of_the_variable(m: Monomial, inside: list, v: Point) -> Expr | None:
    """The integrals ∫ vⁿ dv, ∫ vⁿ e^(cv) dv, ∫ v^q (log v)^k dv."""
    u = Dummy("u")
    antiderivative = _antiderivative([a.xreplace({v: u}) for a in inside], u)
    if antiderivative is None:
        return None
    outside = m.coefficient * Mul(*(a for a in m.atoms if a not in inside))
    return _by_parts(outside, antiderivative.xreplace({u: v}), S.One, S.Zero, m.binders, v)


def _by_parts(outside, a, b, b_slope, binders: Iterable[Point], v: Point) -> Expr:
    rest = [w for w in binders if w != v]
    ends = (place(a * b, {v: end}) for end in (v.space.upper, v.space.lower))
    upper, lower = (Over(outside * there, *rest) for there in ends)
    return upper - lower - Over(outside * a * b_slope, *rest, v)


def _values(a: Any, v: Point) -> set[Value] | None:
    """The values along v in this atom; None if it depends on v in another way, or is not smooth."""
    if a == v:
        return set()
    found: dict[Expr, Value] = {}
    for node in _nodes(a, v):
        value = _value(node, v)
        if value is None:
            return None
        found[node] = value
    left = a.xreplace({node: Dummy() for node in found})
    return set(found.values()) if v not in left.free_symbols else None


def _nodes(a: Any, v: Point) -> Iterator[Expr]:
    """The outermost nodes that contain v."""
    if isinstance(a, (Applied, SlotSlope, Binder)):
        if v in a.free_symbols:
            yield a
        return
    for b in a.args:
        yield from _nodes(b, v)


def _value(node: Expr, v: Point) -> Value | None:
    """The value of a node; None if v occurs in more than one place, or in an argument function."""
    e = node.value if isinstance(node, SlotSlope) else node
    if not isinstance(e, Applied) or (e.function is not None and v in e.function.free_symbols):
        return None
    slots = [(k, n) for k, slot in enumerate(e.slots) for n, p in enumerate(slot) if v in p.free_symbols]
    points = [n for n, p in enumerate(e.points) if v in p.free_symbols]
    if len(slots) + len(points) != 1 or not all(p == v for p in _places(e, slots, points)):
        return None
    if points:
        return _along_point(node, e, points[0])
    return _along_slot(node, e, *slots[0])


def _places(e: Applied, slots, points) -> Iterator[Any]:
    yield from (e.slots[k][n] for k, n in slots)
    yield from (e.points[n] for n in points)


def _along_point(node, e: Applied, n: int) -> Value:
    order, lower = e.head.orders[n], None
    if order:
        fewer = e.func(e.head.differentiated([-(m == n) for m in range(len(e.points))]), *e.args[1:])
        lower = fewer if node == e else SlotSlope(fewer, node.orders)
    return Value(node, e.head.name, e.head.order, order, lower)


def _along_slot(node, e: Applied, k: int, n: int) -> Value:
    orders = node.orders if isinstance(node, SlotSlope) else [(0,) * len(slot) for slot in e.slots]
    order, lower = orders[k][n], None
    if order:
        lower = SlotSlope(e, [[m - ((j, i) == (k, n)) for i, m in enumerate(row)] for j, row in enumerate(orders)])
    return Value(node, f"{e.head.name}/{e.head.wrt}", e.head.order, order, lower)


def _antiderivative(factors: Iterable[Any], u: Dummy) -> Expr | None:
    """The antiderivative of powers of u and log u, of uⁿ exp(c u) with a natural n, of q'(u) g(q(u)); None for others."""
    factors = list(factors)
    return _of_product(factors, u) if (out := _by_substitution(factors, u)) is None else out


def _by_substitution(factors: list, u: Dummy) -> Expr | None:
    """∫ q' qⁿ and ∫ q' e^q for a polynomial q that is more than a power of u, positive where its logarithm is taken."""
    for outer in factors:
        q, n = (outer.args[0], S.One) if isinstance(outer, exp) else outer.as_base_exp()
        if not (q.is_Add or isinstance(outer, exp)) or not q.is_polynomial(u) or q.diff(u, 2) == 0 or not n.is_Rational:
            continue
        rest = list(factors)
        rest.remove(outer)
        ratio = cancel(Mul(*rest) / q.diff(u))
        if u in ratio.free_symbols:
            continue
        if isinstance(outer, exp):
            return ratio * outer
        if n != -1:
            return ratio * q ** (n + 1) / (n + 1)
        return ratio * log(q) if q.xreplace({u: Dummy(real=True)}).is_positive else None
    return None


def _of_product(factors: list, u: Dummy) -> Expr | None:
    power, logs, rate = S.Zero, 0, S.Zero
    for a in factors:
        base, n = a.as_base_exp() if isinstance(a, Pow) else (a, S.One)
        if base == u and n.is_Rational:
            power += n
        elif a == log(u):
            logs += 1
        elif isinstance(a, exp) and _is_rate(a.args[0] / u):
            rate += a.args[0] / u
        else:
            return None
    if rate:
        return _of_exponential(power, rate, u) if not logs and power.is_integer and power >= 0 else None
    return _of_power(power, logs, u)


def _is_rate(c: Expr) -> bool:
    """True for a number that is known to be nonzero."""
    return bool(c.is_Rational or (c.is_Symbol and not isinstance(c, Point) and c.is_nonzero))


def _of_power(power, logs: int, u) -> Expr:
    """∫ u^q (log u)^k du."""
    if power == -1:
        return log(u) ** (logs + 1) / (logs + 1)
    first = u ** (power + 1) * log(u) ** logs / (power + 1)
    return first - Rational(logs) / (power + 1) * _of_power(power, logs - 1, u) if logs else first


def _of_exponential(power, rate, u) -> Expr:
    """∫ uⁿ e^(cu) du."""
    first = u**power * exp(rate * u) / rate
    return first - power / rate * _of_exponential(power - 1, rate, u) if power else first
