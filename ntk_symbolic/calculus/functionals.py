"""Functionals, their values, and their derivatives. The chain rule is in `Applied._eval_derivative`, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache
from typing import Any

from sympy import Basic, Dummy, Expr, Integer, Mul, S, Tuple
from sympy.core.symbol import Str

from ..errors import IllFormed
from .binders import Binder, Lam, Node, Over
from .given import given
from .smoothness import slope
from .spaces import Place, Point, Space, as_points, place


class Functional(Basic):
    r"""A named map: `params` are the spaces its value depends on, `of` the spaces of its argument function.

    θ is Functional("theta", [Par]); f is Functional("f", [X, Out], of=[Par]); C is Functional("C", of=[X, Out]).
    With `time` it moves, and `rate` is its time derivative. `wrt` names the argument in print: δC/δf.
    `orders` counts derivatives in the points: f(x).diff(x), for x of an interval, has order 1.
    """

    def __new__(cls, name, params=(), of=(), time=None, order=0, wrt="f", orders=()):
        name, wrt = (str(a) for a in (name, wrt))
        time = time if isinstance(time, Tuple) else Tuple(*([] if time is None else [time]))
        for space in (*params, *of):
            if not isinstance(space, Space):
                raise IllFormed(f"{name}: {space!r} is not a space; declare it with Space(name, kind)")
        orders = tuple(int(n) for n in orders) or (0,) * len(params)
        for space, n in zip(params, orders, strict=True):
            if n and not space.interval:
                raise IllFormed(f"{name} has no derivative along {space.name}: it is no interval")
        return Basic.__new__(cls, Str(name), Tuple(*params), Tuple(*of), time, Integer(order), Str(wrt), Tuple(*orders))

    name = property(lambda self: self.args[0].name)
    params = property(lambda self: tuple(self.args[1]))
    of = property(lambda self: tuple(self.args[2]))
    time = property(lambda self: self.args[3][0] if self.args[3] else None)
    order = property(lambda self: int(self.args[4]))
    wrt = property(lambda self: self.args[5].name)
    orders = property(lambda self: tuple(int(n) for n in self.args[6]))

    @property
    def rate(self) -> Functional:
        """Its time derivative, as a functional of its own."""
        if self.time is None:
            raise IllFormed(f"{self.name} does not move; declare it with time=Symbol('t')")
        return Functional(self.name, self.params, self.of, self.time, self.order + 1, self.wrt, self.orders)

    def differentiated(self, orders) -> Functional:
        """The functional differentiated in its points, to these orders."""
        orders = tuple(a + b for a, b in zip(self.orders, orders))
        return Functional(self.name, self.params, self.of, self.time, self.order, self.wrt, orders)

    @cached_property
    def plain(self) -> Functional:
        """The functional without derivatives in its points."""
        return self if not any(self.orders) else self.differentiated([-n for n in self.orders])

    def same_but_for_rates(self, other: Functional) -> bool:
        """True if both are rates of one functional, as θ, θ̇ and θ̈ are."""
        return (self.name, self.params, self.of, self.time) == (other.name, other.params, other.of, other.time)

    def __call__(self, *args) -> Any:
        """f(θ, x, j) is a number. Without the points it is the function of them, so that C(f(θ)) means C[f^θ]."""
        function = ()
        if self.of:
            function, args = (as_function(args[0] if args else None, self.of, self.name),), args[1:]
        if self.params and not args:
            points = default_points(self.params)
            return Lam(Applied(self, Tuple(*points), Tuple(), *function), *points)
        return Applied(self, as_points(args, self.params, self.name), Tuple(), *function)

    def _xreplace(self, rule):
        return rule.get(self, self), self in rule  # a name, as is a space

    def _sympystr(self, printer):
        return self.name


def default_points(spaces) -> list[Point]:
    """One free point for each space; a repeated space gets a prime: x, x'."""
    spaces = list(spaces)
    return [s.point(s.letter + "'" * spaces[:n].count(s)) for n, s in enumerate(spaces)]


def as_function(argument, spaces, whose: str) -> Lam:
    """A Lam on exactly these spaces; a functional without an argument function may be given by its name alone."""
    if isinstance(argument, Functional) and not argument.of:
        argument = argument()
    if not isinstance(argument, Lam):
        raise IllFormed(f"{whose} takes a function, got {argument}; write Lam(body, *points)")
    if argument.spaces != tuple(spaces):
        wanted, got = (" × ".join(s.name for s in side) for side in (spaces, argument.spaces))
        raise IllFormed(f"{whose} takes a function on {wanted}, got one on {got}")
    return argument


class Applied(Node):
    """The value of a functional: head, points, the points where it was differentiated, and the argument function."""

    head = property(lambda self: self.args[0])
    points = property(lambda self: tuple(self.args[1]))
    slots = property(lambda self: tuple(self.args[2]))  # one tuple of points for each differentiation
    function = property(lambda self: self.args[3] if self.head.of else None)

    def __new__(cls, head, points, slots, *function):
        points = as_points(points, head.params, head.name)
        slots = Tuple(*(as_points(s, head.of, f"the derivative of {head.name}") for s in slots))
        return Expr.__new__(cls, head, points, slots, *(as_function(f, head.of, head.name) for f in function))

    @property
    def mixed(self) -> bool:
        """True if it is differentiated in two ways, so that this node stands for both orders."""
        ways = [*filter(None, self.head.orders), *self.slots, *([1] if self.head.order else [])]
        return len(ways) > 1

    def at(self, *points):
        """The derivative with respect to the function, at these points: C.at(x, j) = δC/δf_j(x), f.at(i) = ∂f/∂θ_i."""
        if not self.head.of:
            raise IllFormed(f"{self.head.name} takes no function: there is nothing to differentiate with respect to")
        return self.func(self.head, self.args[1], Tuple(*self.slots, Tuple(*points)), self.function)

    def _eval_derivative(self, s):
        return self.differentiated([(0,) * len(slot) for slot in self.slots], s)

    def differentiated(self, orders, s) -> Expr:
        """∂/∂s of it with these orders in its slots: in its points, in its slots, and by the chain rule."""
        out = self._along(orders, s)
        if self.head.time == s:
            out = SlotSlope(self.func(self.head.rate, *self.args[1:]), orders)
        if not self.head.of:
            return out
        v = [p.fresh() for p in self.function.vars]
        inner = self.function(*v).diff(s)
        return out + Over(SlotSlope(self.at(*v), [*orders, (0,) * len(v)]) * inner, *v)

    def _along(self, orders, s) -> Expr:
        """The derivative in each place where s occurs; a moved point contributes its own slope."""
        places = [*(p for p in self.points if not isinstance(p, Place)), *(p for slot in self.slots for p in slot)]
        if any(s in p.free_symbols for p in places if p != s):
            raise IllFormed(
                f"{self} has no derivative in {s}: {s} numbers a sample, or moves a point of differentiation"
            )
        out = S.Zero
        for n in (n for n, p in enumerate(self.points) if s in p.free_symbols):
            raised = self.head.differentiated([int(m == n) for m in range(len(self.points))])
            p = self.points[n]
            speed = p.where.diff(s) if isinstance(p, Place) else 1
            out += SlotSlope(self.func(raised, *self.args[1:]), orders) * speed
        for where in ((k, n) for k, slot in enumerate(self.slots) for n, p in enumerate(slot) if p == s):
            more = [[m + ((k, n) == where) for n, m in enumerate(slot)] for k, slot in enumerate(orders)]
            out += SlotSlope(self, more)
        return out


class SlotSlope(Node):
    """A functional derivative differentiated in its slots: ∂/∂s of δF/δρ(s), to these orders, slot by slot."""

    value = property(lambda self: self.args[0])
    orders = property(lambda self: tuple(tuple(map(int, slot)) for slot in self.args[1]))

    def __new__(cls, value, orders):
        if not any(map(any, orders)):
            return value
        if not isinstance(value, Applied) or [len(s) for s in value.slots] != [len(n) for n in orders]:
            raise IllFormed(f"{value} has other slots than derivatives are taken in, {orders}")
        if any(n < 0 for row in orders for n in row):
            raise IllFormed(f"{value}: a derivative is taken a whole number of times, not {orders}")
        for p, n in ((p, n) for slot, row in zip(value.slots, orders) for p, n in zip(slot, row)):
            if n and not p.space.interval:
                raise IllFormed(f"{value} has no derivative in {p}: {p.space.name} is no interval")
        return Expr.__new__(cls, value, Tuple(*(Tuple(*slot) for slot in orders)))

    def freed(self) -> tuple[Applied, list[tuple[Point, Any, int]]]:
        """The value at slots that are variables of their own; each with its original point and its order."""
        moved, slots = [], []
        for slot, row in zip(self.value.slots, self.orders):
            free = [p.space.point().fresh() if n else p for p, n in zip(slot, row)]
            moved += [(q, p, n) for q, p, n in zip(free, slot, row) if n]
            slots.append(Tuple(*free))
        return self.value.func(self.value.head, self.value.args[1], Tuple(*slots), self.value.function), moved

    @property
    def total(self) -> int:
        """The number of derivatives in all slots together."""
        return sum(map(sum, self.orders))

    def _eval_derivative(self, s):
        return self.value.differentiated(self.orders, s)


class Delta(Node):
    """Kronecker's δ of two indices of one space."""

    of_points = True

    def __new__(cls, p, q):
        if not (isinstance(p, Point) and isinstance(q, Point) and p.space == q.space):
            raise IllFormed(f"δ compares two indices of one space, not {p} and {q}")
        if p.space.is_measure:
            raise IllFormed(f"δ({p}, {q}) would be Dirac's on {p.space.name}: only indices can be compared")
        if p == q or (p.fixed and q.fixed and p.value != q.value):
            return S.One if p == q else S.Zero
        return Expr.__new__(cls, *sorted((p, q), key=lambda v: v.sort_key()))

    def _eval_derivative(self, s):
        raise IllFormed(f"{self} is differentiated with respect to the index {s}")


class Partial(Node):
    """∂(expr)/∂θ_i: the derivative of a whole expression in one entry of θ, unevaluated."""

    expr = property(lambda self: self.args[0])
    head = property(lambda self: self.args[1])
    points = property(lambda self: tuple(self.args[2]))

    def __new__(cls, expr, head, points):
        points = as_points(points if isinstance(points, (tuple, Tuple)) else (points,), head.params, head.name)
        if head.of or any(s.is_measure for s in head.params):
            raise IllFormed(f"{head.name} has no entries to differentiate in; use .at on the functional that takes it")
        return Expr.__new__(cls, given(expr, f"the operand of the derivative in {head.name}"), head, points)

    def evaluated(self) -> Expr:
        """The value by definition: θ_m + ε δ_mi in place of θ_m, and d/dε at 0."""
        e = Dummy("e")
        m = [p.fresh() for p in self.points]
        moved = Lam(self.head(*m) + e * Mul(*(Delta(a, b) for a, b in zip(m, self.points))), *m)
        return instantiate(self.expr, {self.head: moved}).diff(e).xreplace({e: S.Zero})

    def _eval_derivative(self, s):
        return self.evaluated().diff(s)


def instantiate(expr: Any, values: Mapping[Functional, Lam | Callable[[Applied], Expr]]) -> Any:
    """The expression with every value of these functionals replaced by that of the function given for it.

    A functional of a function has a callable, from one value of it to another expression.
    """
    if not isinstance(expr, Basic) or not expr.args or not (heads_in(expr) & values.keys()):
        return expr
    unfolded = getattr(expr, "unfolded", None)
    if unfolded:  # a defined name would still show the old definition
        return instantiate(unfolded(), values)
    if isinstance(expr, Partial) and expr.head in values and not _holds(values[expr.head], expr.head):
        raise IllFormed(
            f"{expr.head.name} is differentiated in, so no function can take its place; write the derivative out"
        )
    if isinstance(expr, SlotSlope) and expr.value.head.plain in values:
        inside, moved = expr.freed()
        out = instantiate(inside, values)
        for q, _, n in moved:
            for _ in range(n):
                out = slope(out, q)
        return place(out, {q: p for q, p, _ in moved})
    if isinstance(expr, Applied) and expr.head.plain in values:
        value = values[expr.head.plain]
        if not isinstance(value, Lam):
            return value(expr)
        if expr.head.of:
            raise IllFormed(f"{expr.head.name} takes a function, so a function that takes none cannot replace it")
        return along(value, expr.head.orders)(*expr.points)
    if isinstance(expr, Binder) and set(expr.vars) & set().union(*map(_free, values.values())):
        expr = expr.refreshed()
    return expr.func(*(instantiate(a, values) for a in expr.args))


@lru_cache(maxsize=1 << 15)  # called at every node of a tree, and again for the trees that contain it
def heads_in(e: Basic) -> frozenset[Functional]:
    """The functionals in it, including definitions and rates of others, without their derivatives in points."""
    own = {e.plain} if isinstance(e, Functional) else set()
    return frozenset(own.union(*(heads_in(a) for a in e.args if isinstance(a, Basic))))


def _holds(value, head: Functional) -> bool:
    return isinstance(value, Lam) and head in value.atoms(Functional)


def _free(value) -> set:
    return value.free_symbols if isinstance(value, Lam) else set()


def along(f: Lam, orders) -> Lam:
    """The function differentiated in its variables, to these orders."""
    body = f.body
    for v, n in zip(f.vars, orders):
        for _ in range(n):
            body = slope(body, v)
    return f.func(body, *f.vars)
