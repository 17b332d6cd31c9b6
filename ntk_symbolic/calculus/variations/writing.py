"""Statements over function space as ordinary SymPy: Over becomes Integral and Sum, functionals become Function."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

from sympy import (
    Basic,
    Derivative,
    Dummy,
    Function,
    IndexedBase,
    Integral,
    KroneckerDelta,
    Limit,
    Subs,
    Sum,
    Symbol,
    oo,
)

from ...errors import IllFormed
from ..binders import Node, Over
from ..functionals import Applied, Delta
from ..scalars import Scalar, stands_alone
from ..spaces import Mass, Point, Sample


def as_sympy(expr: Any, names: Mapping[str, Any] | None = None) -> Any:
    """SymPy's Integral, Sum, Function and Derivative for our nodes; `names` tells what stands for which name.

    Bound variables are renamed where two of one name would meet, so nothing is captured. A value at an infinite end
    becomes a Limit. Raises IllFormed for what SymPy has no word for: abstract spaces, functionals of functions.

    >>> from ntk_symbolic.calculus import Functional, Over, Space
    >>> I = Space("I", "measure", interval=(0, 1))
    >>> f, x = Functional("f", [I]), I.point()
    >>> as_sympy(Over(f(x).diff(x) ** 2, x))
    Integral(Derivative(f(x), x)**2, (x, 0, 1))
    """
    ends = sorted({p for p in _points(expr) if p.fixed and p.value in (oo, -oo)}, key=str)
    if ends:
        return _limit(expr, ends[0], names or {})
    return _Writer(names or {}).write(expr, {})


def _limit(expr, end: Point, names):
    """What stands at ∞ is the limit of what stands at x; each term of a sum has its own."""
    if expr.is_Add:
        return expr.func(*(as_sympy(a, names) for a in expr.args))
    x = Point(end.space.letter, end.space).fresh()
    symbol = _symbol(x, names, {s.name for s in expr.free_symbols if isinstance(s, Symbol)})
    inner = _Writer(names).write(expr.xreplace({end: x}), {x: symbol})
    return Limit(inner, symbol, end.value)


def _points(expr) -> set[Point]:
    return expr.atoms(Point) if isinstance(expr, Basic) else set()


def _symbol(p: Point, names, taken) -> Symbol:
    """The symbol this point was read from, or one of its name; with a number where the name is taken."""
    known = names.get(p.name)
    symbol = known if isinstance(known, Symbol) else Symbol(p.name)
    n = 0
    while symbol.name in taken:
        n += 1
        symbol = Symbol(f"{p.name}_{n}", **symbol.assumptions0)
    return symbol


class _Writer:
    def __init__(self, names):
        self.names = names

    def write(self, e, scope) -> Any:
        method = _METHODS.get(type(e))
        if method:
            return method(self, e, scope)
        if isinstance(e, Node):
            raise IllFormed(f"SymPy has no expression for {e}: it stays a statement over function space")
        if not isinstance(e, Basic) or not e.args or not e.has(Node, Point, Sample, Mass):
            return e
        return e.func(*(self.write(a, scope) for a in e.args))

    def point(self, p, scope):
        if isinstance(p, Sample):
            return self.sample(p, scope)
        if p.fixed:
            return p.value
        return scope.get(p) or _symbol(p, self.names, set())

    def sample(self, e, scope):
        base = self.names.get(e.name)
        return (base if isinstance(base, IndexedBase) else IndexedBase(e.name))[self.point(e.index, scope)]

    def mass(self, e, scope):
        v = e.space.point()
        if not e.space.limits:
            raise IllFormed(f"SymPy has no expression for {e}: {e.space.name} is abstract")
        return self.bound(e.space.density_at(_symbol(v, self.names, set())), v, _symbol(v, self.names, set()))

    def over(self, e, scope):
        taken = {s.name for s in (*scope.values(), *(e.body.free_symbols - set(e.vars) - scope.keys()))}
        for v in e.vars:
            scope = {**scope, v: _symbol(v, self.names, taken)}
            taken = taken | {scope[v].name}
        body = self.write(e.body, scope)
        return reduce(lambda inner, v: self.bound(inner * self.density(v, scope), v, scope[v]), reversed(e.vars), body)

    @staticmethod
    def density(v, scope):
        return v.space.density_at(scope[v])

    @staticmethod
    def bound(body, v, symbol):
        if not v.space.limits:
            raise IllFormed(f"SymPy has no expression for an integral over {v.space.name}: that space is abstract")
        return (Integral if v.space.is_measure else Sum)(body, (symbol, *v.space.limits))

    def head(self, name, indices_only):
        return self.names.get(name) or (IndexedBase(name) if indices_only else Function(name))

    def applied(self, e, scope):
        if e.head.of or e.head.time is not None:
            raise IllFormed(f"SymPy has no expression for {e}: {e.head.name} is a functional, or moves in time")
        head = self.head(e.head.name, bool(e.points) and not any(s.is_measure for s in e.head.params))
        places = [self.point(p, scope) for p in e.points]
        if not any(e.head.orders):
            return _at(head, places)
        letters = [Symbol(p.space.letter) if p.fixed else _symbol(p, self.names, set()) for p in e.points]
        return _differentiated(head, places, e.head.orders, letters)

    def scalar(self, e, scope):
        places = [self.write(a, scope) for a in e.arguments]
        indices = all(isinstance(a, Point) and not a.space.is_measure for a in e.arguments)
        head = self.head(e.name, indices)
        if not any(e.orders):
            return _at(head, places)
        return _differentiated(head, places, e.orders, [Dummy(f"xi_{k}") for k in range(1, len(places) + 1)])

    def delta(self, e, scope):
        return KroneckerDelta(*(self.point(p, scope) for p in e.args))


def _at(head, places):
    return head[tuple(places)] if isinstance(head, IndexedBase) else head(*places)


def _differentiated(head, places, orders, letters):
    """∂ℓ/∂u at these places: Derivative where the places may be differentiated in, else Subs."""
    single = all(not n or stands_alone(a, places) for a, n in zip(places, orders))
    where = list(places)
    for k, (letter, n) in enumerate(zip(letters, orders)):
        if n and not single:
            where[k] = letter if not any(letter in a.free_symbols for a in where) else Dummy(letter.name)
    d = Derivative(head(*where), *((a, n) for a, n in zip(where, orders) if n))
    moved = [(w, a) for w, a in zip(where, places) if w != a]
    return d if not moved else Subs(d, *map(tuple, zip(*moved)))


_METHODS: dict[type, Any] = {
    Point: _Writer.point,
    Sample: _Writer.sample,
    Mass: _Writer.mass,
    Over: _Writer.over,
    Applied: _Writer.applied,
    Scalar: _Writer.scalar,
    Delta: _Writer.delta,
}
