"""The value of a statement's side on an instance, by the definitions: Σ is a loop, ∫ is that of the instance, a
derivative is the coefficient of ε. No rule of calculus is used on the tree; canonical forms are not known here.

One walk for every arithmetic: polynomials (instances), numbers on finite measures and on quadrature nodes (finite).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from itertools import product
from math import factorial
from typing import Any

from sympy import (
    Abs,
    Add,
    Derivative,
    Function,
    Integral,
    Limit,
    Max,
    Min,
    Mul,
    NumberSymbol,
    Piecewise,
    Pow,
    Rational,
    Subs,
    Sum,
    Symbol,
    fraction,
    log,
    oo,
    sign,
    together,
)  # fmt: skip
from sympy.core.function import AppliedUndef

from ...calculus.binders import Lam, Over
from ...calculus.definitions import Assumption, Named
from ...calculus.functionals import Applied, Delta, Functional, Partial, default_points
from ...calculus.spaces import Mass, Point, Sample
from .branching import Branching
from .drawing import NotInterpretable, differentiated, indexed, monomials
from .jets import coefficient, plus, standard, without
from .orders import BENT
from .totals import Totals

RATES = 4  # degree in t of what moves with rates that are not assumed


@dataclass(frozen=True)
class Env:
    """What the variables are, and which ε are in play."""

    points: dict[Point, Any] = field(default_factory=dict)  # an index, or a place of the instance
    given: dict[Functional, tuple[Lam, Env]] = field(default_factory=dict)  # placeholders of a definition
    symbols: dict[Symbol, Any] = field(default_factory=dict)  # those that are not the number drawn for them
    bumps: tuple[tuple[Functional, tuple[int, ...], int], ...] = ()  # θ_i ↦ θ_i + ε_n
    level: int = 0  # integrals around
    step: int = 0  # derivatives around

    def bind(self, points, values) -> Env:
        return replace(self, points={**self.points, **dict(zip(points, values))})

    def where(self, s: Symbol, value) -> Env:
        return replace(self, symbols={**self.symbols, s: value})


class Interpreter(Branching, Totals):
    """Values on one instance, under assumptions."""

    def __init__(self, instance: Any, assuming: Iterable[Assumption] = ()):
        self.i = instance
        self.assuming = {a.head: a.value for a in assuming}
        self.known: dict = {}

    def begin(self) -> None:
        """Before another statement: its work and its kinks are counted anew. What is known of values stays."""
        self.i.work = 0
        if self.i.branches:
            self.i.branches.clear()
            self.known.clear()

    def __call__(self, e, env: Env) -> Any:
        self.i.worked()
        method = _METHODS.get(type(e))
        if method is not None:
            return method(self, e, env)
        if isinstance(e, Rational):
            return self.i.constant(self.i.rational(e))
        if isinstance(e, (Point, Sample)):
            return self.coordinate(e, env)
        if isinstance(e, Symbol):
            return self.symbol(e, env)
        if isinstance(e, AppliedUndef):
            return self.undefined(e, env)
        if e in (oo, -oo):
            return self.i.infinite(e)
        if isinstance(e, (Function, NumberSymbol)):
            arguments = [self(a, env) for a in e.args]
            if isinstance(e, log):
                self.rooted(e.args[0], env)
            self.i.evaluating(e, arguments)
            return self.i.function(e.func, arguments)
        raise NotInterpretable(f"{type(e).__name__} has no value on instances")

    def symbol(self, e, env):
        return env.symbols[e] if e in env.symbols else self.i.number(e)

    def coordinate(self, e, env):
        if not e.space.is_measure:
            raise NotInterpretable(f"the index {e} as a number")
        return self.i.coordinate(self.place(e, env))

    def place(self, p, env):
        """Where a point is: an index, or a place of a space with a measure."""
        if p in env.points:
            return env.points[p]
        if isinstance(p, Sample):
            return self.i.sampled(p.name, p.space, self.place(p.index, env))
        if not p.fixed:
            raise NotInterpretable(f"the point {p} is nowhere")
        if not p.space.is_measure:
            return int(p.value - p.space.limits[0])
        return self.i.fixed(p.space, self(p.value, env))

    def places(self, points, env) -> tuple:
        return tuple(self.place(p, env) for p in points)

    # algebra

    def add(self, e, env):
        terms = [self(a, env) for a in e.args]
        self.i.adding(e, terms)
        return reduce(plus, terms, self.i.zero)

    def mul(self, e, env):
        return reduce(self.i.product, (self(a, env) for a in e.args), self.i.one)

    def pow(self, e, env):
        if not e.exp.is_integer:
            self.rooted(e.base, env)
        return self.i.power(self(e.base, env), self(e.exp, env))

    def undefined(self, e, env):
        """ℓ(u, y), a function that SymPy knows the name of: a dense polynomial."""
        arguments = [self(a, env) for a in e.args]
        letters = [f"u{n + 1}" for n in range(len(arguments))]
        model = self.i.model(e.func, "", (), monomials(len(arguments), self.i.strength.undefined), letters)
        return self.i.value(model, arguments)

    def mass(self, e, env):
        (space,) = e.args
        if not space.is_measure:
            return self.i.constant(self.i.size(space))
        out = self.i.mass(space)
        self.i.settling(e, space, out, lambda x: self.i.one)
        return out

    def delta(self, e, env):
        a, b = self.places(e.args, env)
        return self.i.constant(int(a == b))

    # binders

    def over(self, e, env):
        return self.total(e.body, sorted(e.vars, key=lambda v: not v.space.is_measure), env)

    def total(self, body, variables, env):
        """The integrals first, so that a sum is integrated, and not each of its terms."""
        if not variables:
            return self(body, env)
        v, *rest = variables
        if v.space.is_measure:
            inside = replace(env, level=env.level + 1)

            def integrand(x):
                return self.total(body, rest, inside.bind([v], [x]))

            out = self.i.integral(v.space, env.level, integrand)
            self.i.settling(body, v.space, out, integrand)
            return out
        terms = (self.total(body, rest, env.bind([v], [n])) for n in range(self.i.size(v.space)))
        return reduce(plus, terms, self.i.zero)

    # derivatives, by their definition

    def derivative(self, e, env):
        steps = []
        for s, n in e.variable_count:
            if not n.is_Integer:
                raise NotInterpretable(f"the {n}-th derivative")
            steps += [s] * int(n)
        return self.differentiated(e.expr, steps, env)

    def differentiated(self, expr, steps: Sequence, env):
        if not steps:
            return self(expr, env)
        *inner, s = steps
        return self.slope(env, lambda eps, now: self.differentiated(expr, inner, self.moved(s, eps, now)))

    def moved(self, s, eps, env: Env) -> Env:
        if isinstance(s, Point) and s.space.is_measure and not s.fixed:
            return env.bind([s], [self.i.moved(env.points[s], eps)])
        if isinstance(s, Symbol) and not isinstance(s, Point):
            return env.where(s, plus(self.symbol(s, env), eps))
        raise NotInterpretable(f"a derivative with respect to {s}")

    def partial(self, e, env):
        index = self.places(e.points, env)
        return self.slope(
            env, lambda eps, now: self(e.expr, replace(now, bumps=(*env.bumps, (e.head, index, env.step))))
        )

    def slope(self, env: Env, along: Callable[[Any, Env], Any]):
        """The coefficient of a new ε in what `along` makes of it."""
        eps = self.i.epsilon(env.step)
        return coefficient(along(eps, replace(env, step=env.step + 1)), env.step) + self.i.zero

    def subs(self, e, env):
        """A value at another place: nothing random is drawn for what is replaced."""
        now = env
        for s, p in zip(e.variables, e.point):
            if not isinstance(s, Point):
                now = now.where(s, self(p, env))
            elif isinstance(p, (Point, Sample)):
                now = now.bind([s], [self.place(p, env)])
            else:
                now = now.bind([s], [self.i.fixed(s.space, self(p, env))])
        return self(e.expr, now)

    def limit(self, e, env):
        """lim_{s→a} n/d: the first coefficient of n over that of d, both in powers of s − a = ε."""
        expr, s, at, _ = e.args
        if at.is_infinite:
            raise NotInterpretable("a limit at infinity")
        eps = self.i.epsilon(env.step)
        near = replace(env, step=env.step + 1).where(s, plus(self(at, env), eps))
        above, below = (self.series(part, near, env.step) for part in fraction(together(expr)))
        first = next((n for n, c in enumerate(below) if c != 0), None)
        if first is None or any(c != 0 for c in above[:first]):
            raise NotInterpretable(f"no finite limit of a quotient of power series in {s}")
        return self.i.product(above[first], self.i.power(below[first], self.i.constant(-1)))

    def series(self, expr, env, step):
        p = self(expr, env)
        return [without(p, step), coefficient(p, step)]

    # functionals

    def named(self, e, env):
        d = e.definition
        inside = replace(
            env,
            points=dict(zip(d.body.vars, self.places(e.points, env))),
            given={h: (f, env) for h, f in zip(d.functions, e.functions)},
        )
        return self.remembered(e, env, lambda: self(d.body.body, inside))

    def applied(self, e, env):
        places = self.places(e.points, env)
        if e.head.plain in env.given:
            function, outside = env.given[e.head.plain]
            now = replace(outside, level=env.level, step=env.step, symbols=env.symbols, bumps=env.bumps)
            return self.along_points(function, e.head.orders, places, now)
        return self.remembered(e, env, lambda: self.value(e, env, e.head, places))

    def along_points(self, function: Lam, orders, places, env: Env):
        """The value of a function, differentiated so many times in each of its points."""
        at = next((n for n, order in enumerate(orders) if order), None)
        if at is None:
            return self(function.body, env.bind(function.vars, places))
        fewer = [order - (n == at) for n, order in enumerate(orders)]

        def near(eps, now):
            return self.along_points(
                function, fewer, [self.i.moved(p, eps) if n == at else p for n, p in enumerate(places)], now
            )

        return self.slope(env, near)

    def value(self, e, env: Env, head: Functional, places):
        """What is assumed of it; else, for what moves, Taylor's series of its rates: θ + ε θ̇ + ½ ε² θ̈ + …"""
        assumed = self.assumed_order(head)
        if assumed is not None and head.order >= assumed:
            return self.by_assumption(e, env, head, places)
        if head.time is None:
            return self.at_rest(e, env, head, places)
        if head.time not in env.symbols:
            return self.at_rest(e, env, head, places)
        start = self.i.number(head.time)
        away = env.symbols[head.time] - start
        finite = standard(away) != 0
        if finite and (assumed is not None or head.order + env.step > RATES):
            raise NotInterpretable(f"{head.name} at another time: its rate is known, but not where it leads")
        total, power, n = self.i.zero, self.i.one, 0
        while power != 0 and (not finite or head.order + n <= RATES):
            term = self.i.product(power, self.rate(e, env, start, _raised(head, n), places))
            total = plus(total, term * self.i.inverse(factorial(n)))
            power, n = self.i.product(power, away), n + 1
        return total

    def rate(self, e, env, start, head, places):
        if self.assumed_order(head) is None or head.order < self.assumed_order(head):
            return self.at_rest(e, env, head, places)
        return self.value(e, env.where(head.time, start), head, places)

    def assumed_order(self, head: Functional) -> int | None:
        """The lowest rate of it for which something is assumed."""
        orders = [h.order for h in self.assuming if h.name == head.name and h.params == head.params]
        return min(orders, default=None)

    def by_assumption(self, e, env, head, places):
        known = {h.plain: f for h, f in self.assuming.items()}
        if head.plain in known:
            return self.along_points(known[head.plain], head.orders, places, replace(env, given={}))
        lower = _raised(head, -1)  # θ̈ where θ̇ is assumed: its rate along the motion
        now = self.symbol(head.time, env)
        return self.slope(env, lambda eps, later: self.value(e, later.where(head.time, plus(now, eps)), lower, places))

    def at_rest(self, e, env, head, places):
        """At the time for which numbers were drawn, plus the ε of a partial derivative in it."""
        take = self.functional if any(s.is_measure for s in head.of) else self.polynomial
        out = take(e, env, head, places)
        for bumped, index, step in env.bumps:
            if bumped == head and index == places:
                out = plus(out, self.i.epsilon(step))
        return out

    def polynomial(self, e, env, head, places):
        """θ_i, φ_j(x), f_j(x; θ): a polynomial in x and in the finitely many entries of what it takes."""
        index, points = self.parameters(head, places)
        entries = list(self.i.indices(head.of))
        f = e.function
        taken = [self(f.body, env.bind(f.vars, n)) for n in entries] if head.of else []
        shape = self.exponents(len(points), len(taken), BENT if any(p.interval for p in head.params) else 0)
        model = self.i.model(head.plain, "", index, shape, self.letters(head))
        for n, order in enumerate(self.parameters(head, head.orders)[1]):
            for _ in range(order):
                model = differentiated(model, n)
        for slot in e.slots:
            model = differentiated(model, len(points) + entries.index(self.places(slot, env)))
        return self.i.value(model, [*map(self.i.coordinate, points), *taken])

    def exponents(self, points: int, taken: int, more: int = 0):
        s = self.i.strength
        in_points = monomials(points, s.degree_in_points + more)
        return [a + b for a, b in product(in_points, monomials(taken, s.degree_in_function if taken else 0))]

    def parameters(self, head, places):
        """Its index, and the places in 𝒳 it depends on."""
        pairs = list(zip(head.params, places))
        return tuple(p for s, p in pairs if not s.is_measure), [p for s, p in pairs if s.is_measure]

    def letters(self, head, of: Sequence = ()) -> list[str]:
        """Names for the arguments of its polynomial: points, and the entries of the function it takes."""
        points = default_points(space for space in (*head.params, *of) if space.is_measure)
        entries = self.i.indices(head.of) if head.of else ()
        return [*(p.name for p in points), *(indexed(head.wrt, entry) for entry in entries)]

    def functional(self, e, env, head, places):
        """C[g] is an integral of a polynomial of g plus the square of another, as the instance does it."""
        if any(head.orders):
            raise NotInterpretable(f"{head.name} takes a function and is differentiated in a point")
        index, points = self.parameters(head, places)
        entries = len(list(self.i.indices(head.of)))
        inside = replace(env, level=env.level + 1)
        s = self.i.strength

        def parts(measured: int):
            size = len(points) + measured + entries
            letters = self.letters(head, head.of)
            local = self.i.model(head, "L", index, monomials(size, s.local), letters)
            return local, self.i.model(head, "M", index, monomials(size, s.nonlocal_), letters)

        def function(at):
            return self(e.function.body, inside.bind(e.function.vars, at))

        slots = [self.places(slot, env) for slot in e.slots]
        coordinates = [self.i.coordinate(p) for p in points]
        return self.i.functional(parts, coordinates, head.of, function, slots, env.level, env.step)

    def remembered(self, e, env, compute):
        """An applied functional comes again in many terms of a sum."""
        if env.given and _heads(e) & env.given.keys():
            return compute()
        points = frozenset((p, env.points[p]) for p in e.free_symbols if p in env.points)
        key = (e, points, frozenset(env.symbols.items()), env.bumps)
        if key not in self.known:
            self.known[key] = compute()
        return self.known[key]


@lru_cache(maxsize=4096)
def _heads(e) -> set[Functional]:
    return e.atoms(Functional)


def _raised(head: Functional, n: int) -> Functional:
    if n == 0:
        return head
    return Functional(head.name, head.params, head.of, head.time, head.order + n, head.wrt, head.orders)


_METHODS = {
    Add: Interpreter.add,
    Mul: Interpreter.mul,
    Pow: Interpreter.pow,
    Abs: Interpreter.absolute,
    sign: Interpreter.sign,
    Max: Interpreter.extreme,
    Min: Interpreter.extreme,
    Piecewise: Interpreter.piecewise,
    Integral: Interpreter.quadrature,
    Sum: Interpreter.finite_sum,
    Mass: Interpreter.mass,
    Delta: Interpreter.delta,
    Over: Interpreter.over,
    Derivative: Interpreter.derivative,
    Partial: Interpreter.partial,
    Subs: Interpreter.subs,
    Limit: Interpreter.limit,
    Named: Interpreter.named,
    Applied: Interpreter.applied,
}
