"""Translation of statements over function space to SymPy: Over becomes Integral and Sum, functionals become Function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sympy import (
    Basic,
    Derivative,
    Function,
    IndexedBase,
    Integral,
    KroneckerDelta,
    Limit,
    Subs,
    Sum,
    Symbol,
    oo,
    sympify,
)

from ...errors import IllFormed
from ..binders import Node, Over
from ..functionals import Applied, Delta, Functional
from ..scalars import Scalar, stands_alone
from ..spaces import Mass, Place, Point, Sample
from .moved import narrowed


def as_sympy(
    expr: Any, names: Mapping[str, Any] | None = None, letters: Mapping[str, Sequence[Any]] | None = None
) -> Any:
    """The expression with SymPy's Integral, Sum, Function and Derivative for nodes.

    names    SymPy's symbols, functions and IndexedBases by their names.
    letters  for a function, by its name, the symbols in which its slopes at fixed points are written.
    Two variables of one name in one scope are distinguished by a number, whatever their assumptions. A value at an
    infinite end becomes a Limit. Raises IllFormed for nodes that SymPy lacks: abstract spaces, functionals of functions.

    >>> from ntk_symbolic.calculus import Functional, Over, Space
    >>> I = Space("I", "measure", interval=(0, 1))
    >>> f, x = Functional("f", [I]), I.point()
    >>> as_sympy(Over(f(x).diff(x) ** 2, x))
    Integral(Derivative(f(x), x)**2, (x, 0, 1))
    """
    return _Writer(names or {}, letters or {}, _visible(expr)).whole(expr)


def _visible(expr, bound=()) -> frozenset[str]:
    """The names of its free symbols, except these, and of its functions."""
    if not isinstance(expr, Basic):
        return frozenset()
    return _names(expr.free_symbols - set(bound)) | {a.name for a in expr.atoms(Functional, Scalar, Sample)}


def _names(symbols) -> frozenset[str]:
    return frozenset(s.name for s in symbols if isinstance(s, Symbol))


def _numbered(symbol: Symbol, taken) -> Symbol:
    """The symbol, with a number if its name is in use."""
    name, n = symbol.name, 0
    while symbol.name in taken:
        n += 1
        symbol = Symbol(f"{name}_{n}", **symbol.assumptions0)
    return symbol


class _Writer:
    def __init__(self, names, letters, visible):
        self.names = names
        self.letters = letters
        self.visible = visible

    def whole(self, expr) -> Any:
        """The expression with values at ∞ as limits; each term of a sum has its own."""
        ends = {p for p in expr.atoms(Point) if p.fixed and p.value in (oo, -oo)} if isinstance(expr, Basic) else set()
        if not ends:
            return self.write(expr, {})
        if expr.is_Add:
            return expr.func(*map(self.whole, expr.args))
        end = min(ends, key=str)
        slots = ((a.head, n) for a in expr.atoms(Applied) for n, p in enumerate(a.points) if p == end)
        letter = min((self.letter(*slot) for slot in slots), key=str, default=Symbol(end.space.letter))
        symbol, x = _numbered(letter, self.visible), end.space.point().fresh()
        return Limit(self.write(expr.xreplace({end: x}), {x: symbol}), symbol, end.value)

    def symbol(self, p: Point, taken=frozenset()) -> Symbol:
        """The symbol from which the point was read, or one of its name."""
        known = self.names.get(p.name)
        return _numbered(known if isinstance(known, Symbol) else Symbol(p.name), taken)

    def letter(self, head, slot) -> Symbol:
        """The letter of a slope of this function in this slot."""
        known = self.letters.get(head.name, ())
        return known[slot] if slot < len(known) and known[slot] else Symbol(head.params[slot].letter)

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
        if isinstance(p, Place):
            return self.write(p.where, scope)
        if p.fixed:
            return p.value
        return scope.get(p) or self.symbol(p)

    def sample(self, e, scope):
        base = self.names.get(e.name)
        return (base if isinstance(base, IndexedBase) else IndexedBase(e.name))[self.point(e.index, scope)]

    def mass(self, e, scope):
        if not e.space.limits:
            raise IllFormed(f"SymPy has no expression for {e}: {e.space.name} is abstract")
        v = e.space.point()
        symbol = self.symbol(v, self.visible | _names(scope.values()))
        return self.bound(e.space.density_at(symbol), v, symbol, v.space.limits)

    def over(self, e, scope):
        taken = _names(scope.values()) | _visible(e.body, (*e.vars, *scope))
        scope = dict(scope)
        for n, v in enumerate(e.vars):
            inside = set().union(*(limit.free_symbols for w in e.vars[n + 1 :] for limit in w.space.limits))
            scope[v] = self.symbol(v, taken | _names(inside))
            taken |= {scope[v].name}
        body, limits = narrowed(e)
        body = self.write(body, scope)
        for v in reversed(limits):
            ends = [self.write(end, scope) for end in limits[v]]
            body = self.bound(body * v.space.density_at(scope[v]), v, scope[v], ends)
        return body

    @staticmethod
    def bound(body, v, symbol, limits):
        if not limits:
            raise IllFormed(f"SymPy has no expression for an integral over {v.space.name}: that space is abstract")
        return (Integral if v.space.is_measure else Sum)(body, (symbol, *limits))

    def head(self, name, indices_only):
        return self.names.get(name) or (IndexedBase(name) if indices_only else Function(name))

    def applied(self, e, scope):
        if e.head.of or e.head.time is not None:
            raise IllFormed(f"SymPy has no expression for {e}: {e.head.name} is a functional, or moves in time")
        head = self.head(e.head.name, bool(e.points) and not any(s.is_measure for s in e.head.params))
        places = [self.point(p, scope) for p in e.points]
        letters = [self.letter(e.head, n) for n in range(len(places))]
        return self.differentiated(head, places, e.head.orders, letters, scope)

    def scalar(self, e, scope):
        places = [self.write(a, scope) for a in e.arguments]
        indices = all(isinstance(a, Point) and not a.space.is_measure for a in e.arguments)
        letters = [Symbol(f"xi_{k}") for k in range(1, len(places) + 1)]
        return self.differentiated(self.head(e.name, indices), places, e.orders, letters, scope)

    def differentiated(self, head, places, orders, letters, scope):
        """∂ℓ/∂u at these places: a Derivative in the places where possible, otherwise a Subs with letters of its own."""
        if not any(orders):
            return _at(head, places)
        where = list(places)
        alone = [stands_alone(a, places) for a in places]
        if not all(single for single, n in zip(alone, orders) if n):
            taken = self.visible | _names({*scope.values(), *(s for a in places for s in sympify(a).free_symbols)})
            for k, n in enumerate(orders):
                if n and not (alone[k] and isinstance(places[k], Symbol)):
                    where[k] = _numbered(letters[k], taken)
                    taken |= {where[k].name}
        d = Derivative(head(*where), *((a, n) for a, n in zip(where, orders) if n))
        moved = [(w, a) for w, a in zip(where, places) if w != a]
        return d if not moved else Subs(d, *map(tuple, zip(*moved)))

    def delta(self, e, scope):
        return KroneckerDelta(*(self.point(p, scope) for p in e.args))


def _at(head, places):
    return head[tuple(places)] if isinstance(head, IndexedBase) else head(*places)


_METHODS: dict[type, Any] = {
    Point: _Writer.point,
    Place: _Writer.point,
    Sample: _Writer.sample,
    Mass: _Writer.mass,
    Over: _Writer.over,
    Applied: _Writer.applied,
    Scalar: _Writer.scalar,
    Delta: _Writer.delta,
}
