"""Translation of SymPy to statements over function space: Integral and Sum become Over, unknown functions become functionals.

SymPy's own binders capture variables and accept one variable twice. Ambiguous input is refused here, once, so that
later code can rely on its input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sympy import (
    Add,
    Basic,
    Derivative,
    DiracDelta,
    Function,
    Indexed,
    IndexedBase,
    Integral,
    KroneckerDelta,
    Max,
    Min,
    Mul,
    Number,
    NumberSymbol,
    Piecewise,
    Pow,
    S,
    Subs,
    Sum,
    Symbol,
    nan,
    oo,
)
from sympy.core.function import AppliedUndef, UndefinedFunction
from sympy.core.numbers import ImaginaryUnit
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanAtom, BooleanFunction

from ...errors import IllFormed
from ..binders import Node, Over
from ..functionals import Delta, Functional
from ..given import given, quantity
from ..scalars import Scalar, stands_alone
from ..smoothness import slope
from ..spaces import Place, Point, Sample, Space, place
from .moved import LINE, POINTS, image, space_between, union, varying

KEPT = (Number, NumberSymbol, ImaginaryUnit, Node, Point, Sample)


def read(expr: Any, *unknowns: Any) -> Any:
    """The expression with SymPy's Integral, Sum, Function, Derivative as nodes.

    unknowns: SymPy functions f, or IndexedBases, which become Functionals on the spaces of their arguments;
    other functions become Scalars. Raises IllFormed for a variable bound twice, limits that vary, DiracDelta, Product, …

    >>> from sympy import Function, Integral, symbols
    >>> x, y, f = *symbols("x y"), Function("f")
    >>> print(read(Integral(f(x) * f(y), (x, 0, 1), (y, 0, 1)), f))
    ∫_0^1 ∫_0^1 f(y) f(x) dy dx
    """
    expr = given(expr, "expr")
    return Reader([u.func if isinstance(u, AppliedUndef) else u for u in unknowns], expr)(expr)


class Reader:
    """A translator of expressions with the same unknown functions, which keeps their SymPy names.

    unknowns: SymPy functions, or IndexedBases, which become functionals; others are smooth functions of numbers.
    expr: an expression with them, which determines their domains; ℝ by default.
    arities: the numbers of their arguments, if they do not occur in it.
    """

    def __init__(self, unknowns: Iterable[Any] = (), expr: Any = 0, arities: Mapping[Any, int] | None = None):
        self.sympy: dict[str, Any] = {}  # names ↦ SymPy's functions, IndexedBases and symbols
        self.letters: dict[str, tuple] = {}  # names of unknowns ↦ their argument symbols, None in a slot without one
        self.free: dict[Symbol, Point] = {}
        self.heads: dict[Any, Functional] = {}
        self.wide: set[Space] = set()  # domains of functions at moved points, f(x − 1)
        self.bound = {v for b in expr.atoms(Integral, Sum) for v in b.variables} if isinstance(expr, Basic) else set()
        for u in unknowns:
            head = self.declare(u, self._domain(u, expr, (arities or {}).get(u, 1)))
            rows = zip(*map(places_of, values_of(u, expr)))
            self.letters[head.name] = tuple(
                min((a for a in row if type(a) is Symbol), key=str, default=None) for row in rows
            )
        for u in self.heads:
            self._free_points(u, expr)

    def _domain(self, unknown, expr, arity) -> tuple[Space, ...]:
        """The domain of an unknown function, from the limits of its arguments; ℝ by default.

        arity: the number of arguments if it does not occur.
        """
        counting = isinstance(unknown, IndexedBase)
        if not values_of(unknown, expr):
            return (Space("N", "counting", "n") if counting else LINE,) * arity
        found: dict[int, list[Space]] = {}
        moved: dict[int, list[Space]] = {}
        numbers: dict[int, list[Any]] = {}
        arities = set()
        for value, limits, loose in _with_limits(unknown, expr, {}):
            arities.add(len(places_of(value)))
            for n, a in enumerate(places_of(value)):
                found.setdefault(n, []).extend([limits[a]] if a in limits else ())
                numbers.setdefault(n, []).extend([a] if a.is_number else ())
                moves = a in loose or not (a in limits or _plain(a))
                if counting and moves and not a.free_symbols & limits.keys():
                    raise IllFormed(f"{value}: no Sum runs over {a}, so the range of the index is not known; write one")
                moved.setdefault(n, []).extend(image(a, limits, value) if moves else ())
        if len(arities) != 1:
            raise IllFormed(
                f"{unknown} takes {sorted(arities)} arguments in {expr}; it must always take the same number"
            )
        return tuple(self._slot(unknown, found[n], moved[n], numbers[n], counting) for n in range(max(arities)))

    def _slot(self, unknown, found, moved, numbers, counting) -> Space:
        """The domain in one slot, from plain and from moved arguments."""
        if moved:
            space = union([*found, *moved], unknown)
            self.wide.add(space)
            return space
        if len(set(found)) > 1:
            names = sorted(s.name for s in set(found))
            alike = " (the limits print alike, but differ in their assumptions)" if len(set(names)) < len(names) else ""
            raise IllFormed(
                f"{unknown} is used as a function on {' and '.join(names)}{alike}: give all integrals over it one domain"
            )
        return found[0] if found else _entries(numbers) if counting else LINE

    def declare(self, unknown: Any, params: Iterable[Space]) -> Functional:
        """The functional of an unknown function on these spaces."""
        params = tuple(params)
        if isinstance(unknown, UndefinedFunction):
            quantity(unknown(*[Symbol("x")] * len(params)), str(unknown))
        self.heads[unknown] = Functional(self.remember(unknown), params)
        return self.heads[unknown]

    def __call__(self, expr: Any, scope: Mapping[Symbol, Any] | None = None) -> Any:
        """The translated expression. Raises IllFormed for double binding, variable limits, distributions, and unknown nodes."""
        return self._read(quantity(expr, "expr"), {**self.free, **(scope or {})})

    def remember(self, head: Any) -> str:
        """Its name, recorded for the translation back."""
        name = str(head) if not isinstance(head, Symbol) else head.name
        if self.sympy.setdefault(name, head) != head:
            raise IllFormed(f"two different things are called {name} in SymPy: rename one of them")
        return name

    def _free_points(self, unknown, expr):
        """The symbols in place of points of the unknowns' domains, with these points."""
        bound = {v for b in expr.atoms(Integral, Sum, Subs) for v in b.variables} if isinstance(expr, Basic) else set()
        for e in values_of(unknown, expr):
            for a, space in zip(places_of(e), self.heads[unknown].params):
                ends = set().union(*(end.free_symbols for end in space.limits))
                if isinstance(a, Symbol) and not isinstance(a, Point) and a not in {*bound, *ends}:
                    known = self.free.setdefault(a, space.point(self.remember(a)))
                    if known.space != space:
                        raise IllFormed(f"{a} is used as a point of {known.space.name} and as one of {space.name}")

    def _read(self, e, scope) -> Any:
        if isinstance(e, Symbol) and not isinstance(e, Point):
            if e not in scope:
                self.remember(e)
            return scope.get(e, e)
        if e in (oo, -oo) or (isinstance(e, KEPT) and e.has(nan)):
            raise IllFormed(f"{e} is no number that a functional can contain; a limit of an Integral may be oo")
        if isinstance(e, KEPT):
            return e
        for kinds, method in _METHODS:
            if isinstance(e, kinds):
                return method(self, e, scope)
        raise IllFormed(f"SymPy's {type(e).__name__} is not read here: {e}")

    def _same(self, e, scope):
        return e.func(*(self._read(a, scope) for a in e.args))

    def _piecewise(self, e, scope):
        return Piecewise(*((self._read(b, scope), self._condition(c, scope)) for b, c in e.args))

    def _condition(self, c, scope):
        if isinstance(c, Relational):
            escaped = sorted(str(s) for s in (c.free_symbols & self.bound) - scope.keys())
            if escaped:
                raise IllFormed(
                    f"{escaped[0]} is free in the condition {c} and bound elsewhere: SymPy pulls a Piecewise out of an inner "
                    "Integral; write all limits in one Integral, or Heaviside for the condition"
                )
            return c.func(self._read(c.lhs, scope), self._read(c.rhs, scope))
        if isinstance(c, BooleanAtom):
            return c
        if isinstance(c, BooleanFunction):
            return c.func(*(self._condition(a, scope) for a in c.args))
        raise IllFormed(f"the condition {c} is not read here: write it with <, ≤, and, or, not")

    def _function(self, e, scope):
        if isinstance(e, DiracDelta):
            raise IllFormed(f"{e} is no function: evaluate at the point instead, f(0), or sum over samples f(x[n])")
        if isinstance(e, KroneckerDelta):
            return Delta(*(self._read(a, scope) for a in e.args[:2]))
        return self._same(e, scope)

    # values of functions

    def _value(self, e, scope):
        """f(x), or θ[i]."""
        unknown = _head(e)
        places = places_of(e)
        if unknown not in self.heads:
            return Scalar(self.remember(unknown), [self._read(a, scope) for a in places])
        head = self.heads[unknown]
        if len(places) != len(head.params):
            raise IllFormed(f"{e}: {head.name} is used with {len(head.params)} and with {len(places)} arguments")
        return head(*(self._point(a, space, scope, e) for a, space in zip(places, head.params)))

    def _point(self, a, space, scope, e):
        if isinstance(a, (Point, Sample)):
            return a
        if (
            isinstance(a, Symbol) and a in scope
        ):  # before the limits: in ∫ from 0 to x of f(x) dx two variables have the name x
            p = scope[a]
            if isinstance(p, Point) and p.space != space and space in self.wide:
                return Place(p, space)
            if isinstance(p, Point) and p.space != space:
                raise IllFormed(f"{e}: {a} runs over {p.space.name}, but {_head(e)} is a function on {space.name}")
            return p
        if isinstance(a, Symbol) and not space.interval and any(a in end.free_symbols for end in space.limits):
            raise IllFormed(
                f"{e}: {a} is an end of the Sum, and no number; entries are read at its index and at numbers"
            )
        if isinstance(a, Symbol) and a in space.limits:
            return space.lower if a == space.limits[0] else space.upper
        if isinstance(a, Indexed) and space.is_measure and len(a.indices) == 1 and a.base not in self.heads:
            index = self._read(a.indices[0], scope)
            if isinstance(index, Point):
                return Sample(self.remember(a.base), space, index)
        if a.is_number:
            return space.at(a)
        if isinstance(a, Symbol):
            raise IllFormed(f"{e}: {a} is free here and bound elsewhere: rename one of them")
        if space in self.wide and not a.has(AppliedUndef, Indexed):
            return Place(self._read(a, scope), space)
        raise IllFormed(f"{e}: {a} is no point; {POINTS} may stand there")

    # derivatives

    def _derivative(self, e, scope):
        partial = not all(isinstance(s, Symbol) for s, _ in e.variable_count)  # ∂L/∂f(x); d/dx is a total derivative
        if partial and isinstance(e.expr, AppliedUndef) and e.expr.func not in self.heads:
            return self._scalar_slope(e.expr, e.variable_count, {}, scope)
        inner = self._read(e.expr, scope)
        for s, n in e.variable_count:
            if not (isinstance(s, Symbol) and n.is_Integer):
                raise IllFormed(f"{e}: derivatives are read with respect to variables only, not to {s}")
            for _ in range(int(n)):
                inner = slope(inner, scope.get(s, s))
        return inner

    def _subs(self, e, scope):
        """f'(0), which SymPy writes as Subs(Derivative(f(x), x), x, 0); ∂ℓ/∂u at u = f(x) likewise."""
        d = e.expr
        if isinstance(d, Derivative) and isinstance(d.expr, AppliedUndef) and d.expr.func not in self.heads:
            return self._scalar_slope(d.expr, d.variable_count, dict(zip(e.variables, e.point)), scope)
        space = {s: self._space_of(s, e.expr) for s in e.variables}
        points = {s: space[s].point(s.name).fresh() for s in e.variables}
        there = {points[s]: self._point(a, space[s], scope, e) for s, a in zip(e.variables, e.point)}
        return place(self._read(e.expr, {**scope, **points}), there)

    def _space_of(self, s, expr):
        """The space of a variable that Subs replaces: that of the slot of the unknown."""
        for u, head in self.heads.items():
            for v in values_of(u, expr):
                for a, space in zip(places_of(v), head.params):
                    if a == s:
                        return space
        raise IllFormed(f"{expr}: the meaning of {s} is not known here")

    def _scalar_slope(self, value, counts, there, scope):
        """∂ℓ/∂u of ℓ(u, y): a derivative in arguments of its own, evaluated at `there`."""
        orders = [sum(int(n) for s, n in counts if s == a) for a in value.args]
        if sum(orders) != sum(int(n) for _, n in counts) or not all(stands_alone(s, value.args) for s, _ in counts):
            raise IllFormed(f"the derivative of {value} is read in single arguments of it only: evaluate it, .doit()")
        return Scalar(self.remember(value.func), [self._read(there.get(a, a), scope) for a in value.args], orders)

    # binders

    def _over(self, e, scope):
        points, inside = [], S.One
        for limit in reversed(e.limits):  # SymPy's last limit is the outermost
            point, where = self._bound(e, limit, scope)
            scope = {**scope, limit[0]: point}
            points.append(point)
            inside *= self._read(where, scope)
        return refuse_infinite(Over(self._read(e.function, scope) * inside, *points))

    def _bound(self, e, limit, scope):
        """The variable, and 1 where it is between variable limits."""
        s = limit[0]
        _refuse_shadow(s, scope)
        self.remember(s)
        around = {v: p.space for v, p in scope.items() if isinstance(p, Point) and p.bound}
        for end in limit[1:]:
            moving = sorted(str(v) for v in end.free_symbols & scope.keys() - around.keys())
            if moving or any(values_of(u, end) for u in self.heads):
                raise IllFormed(
                    f"{e}: the limit {end} varies, with {', '.join(moving) or 'an unknown'}; limits must be fixed"
                )
        space, inside = _space(e, limit, around)
        return space.point(s.name).fresh(), inside


def refuse_infinite(e: Any) -> Any:
    """The expression. Raises IllFormed if it integrates a nonzero constant over an infinite interval."""
    for over in e.atoms(Over):
        for v in over.vars:
            if v.space.is_measure and v.space.mass.is_infinite and v not in over.body.free_symbols:
                raise IllFormed(f"{over}: a nonzero constant has no integral over an infinite interval")
    return e


def _refuse_shadow(s, scope):
    if s in scope:
        raise IllFormed(f"{s} is bound twice, or is both free and bound: rename one of them")


def _space(e, limit, around: Mapping[Any, Space]) -> tuple[Space, Any]:
    """The space of a limit (x, lo, hi), and 1 where x is between limits that vary with the outer variables."""
    if len(limit) != 3:
        raise IllFormed(f"{e}: {limit[0]} needs two limits, ({limit[0]}, lo, hi)")
    if (limit[1].free_symbols | limit[2].free_symbols) & around.keys():
        return varying(e, limit, around)
    return space_between(limit[1], limit[2], isinstance(e, Integral)), S.One


def _head(e) -> Any:
    return e.base if isinstance(e, Indexed) else e.func


def places_of(e) -> tuple:
    return tuple(e.indices) if isinstance(e, Indexed) else e.args


def values_of(unknown, expr) -> list:
    """All values of this function or IndexedBase in an expression."""
    if not isinstance(expr, Basic):
        return []
    return [e for e in expr.atoms(AppliedUndef, Indexed) if _head(e) == unknown]


def _plain(a) -> bool:
    """True for a variable, a number, or a sample; False for a moved variable."""
    return isinstance(a, (Symbol, Indexed)) or a.is_number


def _entries(numbers) -> Space:
    """The range of an index without a sum: from the first to the last of its numbers, unlimited if there is none."""
    return space_between(Min(*numbers), Max(*numbers), False) if numbers else Space("N", "counting", "n")


def _with_limits(unknown, e, limits, loose=frozenset(), at=None) -> Iterator[tuple[Any, dict, frozenset]]:
    """Each value of the unknown with the spaces of the outer variables, and those whose limits vary.

    `at` replaces the variables of Subs.
    """
    at = at or {}
    if isinstance(e, (Integral, Sum)):
        for limit in reversed(e.limits):
            space, inside = _space(e, limit, limits)
            limits = {**limits, limit[0]: space}
            loose = loose - {limit[0]} if inside == 1 else loose | {limit[0]}
        at = {s: there for s, there in at.items() if s not in e.variables}
        yield from _with_limits(unknown, e.function, limits, loose, at)
        return
    if isinstance(e, (AppliedUndef, Indexed)) and _head(e) == unknown:
        yield e.xreplace(at), limits, loose
    if isinstance(e, Subs):
        there = {s: p.xreplace(at) for s, p in zip(e.variables, e.point)}
        yield from _with_limits(unknown, e.expr, limits, loose, {**at, **there})
        yield from _with_limits(unknown, e.point, limits, loose, at)
        return
    if isinstance(e, Basic):
        for a in e.args:
            yield from _with_limits(unknown, a, limits, loose, at)


_METHODS: list[tuple[Any, Any]] = [
    ((Add, Mul, Pow), Reader._same),
    ((AppliedUndef, Indexed), Reader._value),
    (Derivative, Reader._derivative),
    (Subs, Reader._subs),
    ((Integral, Sum), Reader._over),
    (Piecewise, Reader._piecewise),
    ((Max, Min), Reader._same),
    (Function, Reader._function),
]
