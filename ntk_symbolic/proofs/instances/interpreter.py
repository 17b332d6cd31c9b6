"""The value of a statement's side on an instance, by the definitions: Σ is a loop, ∫ is the integral of the instance, a
derivative is the coefficient of ε. No rule of calculus and no canonical form is used.

One walk serves every arithmetic: polynomials (instances), numbers on finite measures and on quadrature nodes (finite).
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
from ...calculus.definitions import Assumption, Named, Variation
from ...calculus.functionals import Applied, Delta, Functional, Partial, SlotSlope, default_points
from ...calculus.spaces import Mass, Point, Sample
from .branching import Branching
from .drawing import NotInterpretable, indexed, monomials
from .jets import coefficient, plus, standard, without
from .orders import BENT
from .state import At, Later, Move, Moves, Nudge, after
from .totals import Totals

RATES = 4  # degree in t of moving functions whose rates are not assumed


@dataclass(frozen=True)
class Given:
    """The function in place of a placeholder, with its environment and the terms added to it at single points."""

    function: Lam
    env: Env
    spikes: tuple[tuple[tuple, Any], ...] = ()


@dataclass(frozen=True)
class Env:
    """The values of the variables, and the ε in use."""

    points: dict[Point, Any] = field(default_factory=dict)  # an index, or a place of the instance
    given: dict[Functional, Given] = field(default_factory=dict)  # placeholders of a definition, or of an assumption
    moves: Moves = ()  # changes since numbers were drawn
    level: int = 0  # enclosing integrals
    step: int = 0  # enclosing derivatives

    def bind(self, points, values) -> Env:
        return replace(self, points={**self.points, **dict(zip(points, values))})

    def moved(self, move: Move) -> Env:
        return replace(self, moves=after(self.moves, move))

    def where(self, s: Symbol, value) -> Env:
        return self.moved(At(s, value))

    @property
    def symbols(self) -> set[Symbol]:
        """The symbols whose value is not the number drawn for them."""
        return {m.of for m in self.moves if not isinstance(m, Nudge)}


class Interpreter(Branching, Totals):
    """Values on one instance, under assumptions."""

    def __init__(self, instance: Any, assuming: Iterable[Assumption] = ()):
        self.i = instance
        self.assuming = {a.head: a for a in assuming}
        self.known: dict = {}  # values of functionals and names
        self.shared: dict = {}  # values of parts of one statement

    def begin(self, *sides: Any) -> None:
        """Prepares for another statement: its work and its kinks are counted anew. Known values are kept.

        Values of its sides are kept too: in a chain, one of them is a side of the statement before.
        """
        self.i.work = 0
        self.shared = {} if self.i.branches else {key: x for key, x in self.shared.items() if key[0] in sides}
        if self.i.branches:
            self.i.branches.clear()
            self.known.clear()

    def __call__(self, e, env: Env) -> Any:
        self.i.worked()
        method = _METHODS.get(type(e))
        if method is not None:
            if type(e) not in _SHARED:
                return method(self, e, env)
            return self.remembered(e, env, self.shared, lambda: method(self, e, env))
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
        later = self.i.zero
        for move in reversed(env.moves):
            if move.of == e and isinstance(move, At):
                return plus(move.value, later)
            if move.of == e:
                later = plus(later, move.by)
        return plus(self.i.number(e), later)

    def coordinate(self, e, env):
        if not e.space.is_measure:
            raise NotInterpretable(f"the index {e} as a number")
        return self.i.coordinate(self.place(e, env))

    def place(self, p, env):
        """The place of a point: an index, or a place of a space with a measure."""
        if p in env.points:
            return env.points[p]
        if isinstance(p, Sample):
            return self.i.sampled(p.name, p.space, self.place(p.index, env))
        if not p.fixed:
            raise NotInterpretable(f"the point {p} is nowhere")
        if not p.space.is_measure:
            return self.fixed_index(p)
        return self.i.fixed(p.space, self(p.value, env))

    def fixed_index(self, p) -> int:
        """The place of a number as an index in 1..P, which exists if P is large enough; `sizes` chooses P so."""
        first = p.space.limits[0] if p.space.limits else 1
        n = int(p.value - first)
        if n >= self.i.size(p.space):
            raise NotInterpretable(f"{p.space.name} has fewer than {p.value} indices on these instances")
        return n

    def places(self, points, env) -> tuple:
        return tuple(self.place(p, env) for p in points)

    # algebra

    def add(self, e, env):
        terms = [self(a, env) for a in e.args]
        self.i.adding(e, terms)
        return self.i.rounded(reduce(plus, terms, self.i.zero), terms)

    def mul(self, e, env):
        return reduce(self.i.product, (self(a, env) for a in e.args), self.i.one)

    def pow(self, e, env):
        if not e.exp.is_integer:
            self.rooted(e.base, env)
        exponent = self(e.exp, env)
        self.i.evaluating(e, [exponent])
        return self.i.power(self(e.base, env), exponent)

    def undefined(self, e, env):
        """ℓ(u, y), an undefined function of SymPy: a dense polynomial."""
        arguments = [self(a, env) for a in e.args]

        def described():
            count = len(arguments)
            return monomials(count, self.i.strength.undefined), [f"u{n + 1}" for n in range(count)]

        return self.i.value(self.i.model(e.func, "", (), described), arguments)

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
        """The total over all variables; integrals come first, so that a sum is integrated, and not each of its terms."""
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
            return env.moved(Later(s, eps))
        raise NotInterpretable(f"a derivative with respect to {s}")

    def partial(self, e, env):
        index = self.places(e.points, env)
        if self.is_assumed(e.head):
            raise NotInterpretable(
                f"a derivative in {e.head.name}, which is assumed to be a function of something else"
            )
        return self.slope(env, lambda eps, now: self(e.expr, now.moved(Nudge(e.head, index, eps))))

    def slope(self, env: Env, along: Callable[[Any, Env], Any]):
        """The coefficient of a new ε in the value of `along` at it."""
        eps = self.i.epsilon(env.step)
        return coefficient(along(eps, replace(env, step=env.step + 1)), env.step) + self.i.zero

    def subs(self, e, env):
        """A value at another place; no numbers are drawn for replaced symbols."""
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
            given={h: Given(f, env) for h, f in zip(d.functions, e.functions)},
        )
        return self.remembered(e, env, self.known, lambda: self(d.body.body, inside))

    def variation(self, e, env):
        """δJ/δf at a point, for a defined functional J."""
        d, (function,) = e.named.definition, e.named.functions
        (placeholder,), places = d.functions, self.places(e.named.points, env)
        slots = [self.places(slot, env) for slot in e.slots]

        def value(given: Given, now: Env):
            inside = replace(now, points=dict(zip(d.body.vars, places)), given={placeholder: given})
            return self(d.body.body, inside)

        return self.varied(Given(function, env), slots, placeholder.params, value, env)

    def varied(self, given: Given, slots: Sequence, spaces: Sequence, value: Callable[[Given, Env], Any], env: Env):
        """The derivative of a value in spikes of the given function at these points, divided by their weights."""

        def spiked(spikes, now: Env):
            if len(spikes) == len(slots):
                return value(replace(given, spikes=spikes), now)
            at = slots[len(spikes)]
            weight = self.i.reciprocal(self.i.weight(at, spaces))
            return self.slope(now, lambda eps, later: spiked((*spikes, (at, self.i.product(eps, weight))), later))

        return spiked((), env)

    def applied(self, e, env):
        places = self.places(e.points, env)
        if e.head.plain in env.given:
            return self.as_given(e, env, env.given[e.head.plain], places)
        return self.remembered(e, env, self.known, lambda: self.value(e, env, e.head, places, env.moves))

    def as_given(self, e, env: Env, given: Given, places):
        """The value of the function in place of a placeholder, in the current state: d/dt N[g] differentiates g too."""
        if e.slots or (given.spikes and any(e.head.orders)):
            raise NotInterpretable(f"a derivative of {e.head.name}, for which a function is given")
        if given.spikes and any(getattr(p, "number", 0) is None for p in places):
            raise NotInterpretable(
                f"a derivative in {e.head.name}, which is taken at a point that is none of the measure"
            )
        now = replace(given.env, level=env.level, step=env.step, moves=env.moves)
        out = self.along_points(given.function, e.head.orders, places, now)
        return reduce(plus, (by for at, by in given.spikes if at == places), out)

    def slot_slope(self, e, env):
        """δF/δρ at s + ε, with each such slot moved separately."""
        value, moved = _freed(e)

        def near(rest, now):
            if not rest:
                return self(value, now)
            q, *others = rest
            return self.slope(
                now, lambda eps, later: near(others, later.bind([q], [self.i.moved(later.points[q], eps)]))
            )

        start = env.bind([q for q, *_ in moved], [self.place(p, env) for _, p, _ in moved])
        return near([q for q, _, n in moved for _ in range(n)], start)

    def along_points(self, function: Lam, orders, places, env: Env):
        """The value of a function, differentiated in each of its points to these orders."""
        at = next((n for n, order in enumerate(orders) if order), None)
        if at is None:
            return self(function.body, env.bind(function.vars, places))
        fewer = [order - (n == at) for n, order in enumerate(orders)]

        def near(eps, now):
            return self.along_points(
                function, fewer, [self.i.moved(p, eps) if n == at else p for n, p in enumerate(places)], now
            )

        return self.slope(env, near)

    def value(self, e, env: Env, head: Functional, places, moves: Moves):
        """The value after these moves: by an assumption, or as drawn and moved by its own rates and nudges."""
        if self.is_assumed(head):
            return self.by_assumption(e, replace(env, moves=moves), head, places)
        n = next((n for n in reversed(range(len(moves))) if _concerns(moves[n], head, places)), None)
        if n is None:
            return self.at_rest(e, env, head, places)
        move, before = moves[n], moves[:n]
        if isinstance(move, At):
            return self.at_a_time(e, env, head, places, before, move)
        out = self.value(e, env, head, places, before)
        if isinstance(move, Nudge):
            return plus(out, move.by)
        return plus(out, self.i.product(move.by, self.value(e, env, head.rate, places, before)))

    def at_a_time(self, e, env: Env, head: Functional, places, before: Moves, now: At):
        """Taylor's series of its rates in τ = now − t: θ + τ θ̇ + ½ τ² θ̈ + …"""
        if any(isinstance(m, Nudge) for m in before):
            raise NotInterpretable(f"a derivative in what {head.name} is at another time")
        away = now.value - self.i.number(now.of)
        finite = standard(away) != 0
        if finite and (self.assumed_order(head) is not None or head.order + env.step > RATES):
            raise NotInterpretable(f"{head.name} at another time: its rate is known, but not where it leads")
        total, power, n = self.i.zero, self.i.one, 0
        base = tuple(m for m in before if m.of != now.of)
        while power != 0 and (not finite or head.order + n <= RATES):
            term = self.i.product(power, self.value(e, env, _raised(head, n), places, base))
            total = plus(total, term * self.i.inverse(factorial(n)))
            power, n = self.i.product(power, away), n + 1
        return total

    def assumed_order(self, head: Functional) -> int | None:
        """The order of its lowest assumed rate."""
        return min((h.order for h in self.assuming if h.same_but_for_rates(head)), default=None)

    def is_assumed(self, head: Functional) -> bool:
        lowest = self.assumed_order(head)
        return lowest is not None and head.order >= lowest

    def by_assumption(self, e, env: Env, head: Functional, places):
        assumption = self.assuming.get(head.plain)
        if assumption is not None:
            return self.by_identity(e, env, assumption, head, places)
        lower = _raised(head, -1)  # θ̈ where θ̇ is assumed: its rate along the motion
        return self.slope(
            env, lambda eps, now: self.value(e, now, lower, places, after(now.moves, Later(head.time, eps)))
        )

    def by_identity(self, e, env: Env, assumption: Assumption, head: Functional, places):
        """The assumed C[g] for the given g. δC/δg(x) is the derivative in a spike of g at x, divided by the weight of x."""
        if assumption.argument is None:
            return self.along_points(assumption.value, head.orders, places, replace(env, given={}))
        slots = [self.places(slot, env) for slot in e.slots]

        def value(given: Given, now: Env):
            return self.along_points(
                assumption.value, head.orders, places, replace(now, given={assumption.argument: given})
            )

        return self.varied(Given(e.function, env), slots, head.of, value, env)

    def at_rest(self, e, env, head, places):
        """The value at the time for which numbers were drawn."""
        take = self.functional if any(s.is_measure for s in head.of) else self.polynomial
        return take(e, env, head, places)

    def polynomial(self, e, env, head, places):
        """θ_i, φ_j(x), f_j(x; θ): a polynomial in x and in the finitely many entries of its argument."""
        index, points = self.parameters(head, places)
        entries = list(self.i.indices(head.of))
        f = e.function
        taken = [self(f.body, env.bind(f.vars, n)) for n in entries] if head.of else []

        def described():
            more = BENT if any(p.interval for p in head.params) else 0
            return self.exponents(len(points), len(taken), more), self.letters(head)

        orders = enumerate(self.parameters(head, head.orders)[1])
        along = [n for n, order in orders for _ in range(order)]
        along += [len(points) + entries.index(self.places(slot, env)) for slot in e.slots]
        model = self.i.model(head.plain, "", index, described, tuple(along))
        return self.i.value(model, [*map(self.i.coordinate, points), *taken])

    def exponents(self, points: int, taken: int, more: int = 0):
        s = self.i.strength
        in_points = monomials(points, s.degree_in_points + more)
        return [a + b for a, b in product(in_points, monomials(taken, s.degree_in_function if taken else 0))]

    def parameters(self, head, places):
        """Its index, and the places in 𝒳 on which it depends."""
        pairs = list(zip(head.params, places))
        return tuple(p for s, p in pairs if not s.is_measure), [p for s, p in pairs if s.is_measure]

    def letters(self, head, of: Sequence = ()) -> list[str]:
        """Names for the arguments of its polynomial: points, and the entries of its argument function."""
        points = default_points(space for space in (*head.params, *of) if space.is_measure)
        entries = self.i.indices(head.of) if head.of else ()
        return [*(p.name for p in points), *(indexed(head.wrt, entry) for entry in entries)]

    def functional(self, e, env, head, places):
        """C[g] is an integral of a polynomial of g plus the square of another, by the method of the instance."""
        if any(head.orders):
            raise NotInterpretable(f"{head.name} takes a function and is differentiated in a point")
        index, points = self.parameters(head, places)
        entries = len(list(self.i.indices(head.of)))
        inside = replace(env, level=env.level + 1)
        s = self.i.strength

        def parts(measured: int):
            size = len(points) + measured + entries
            degrees = {"L": s.local, "M": s.nonlocal_}
            return tuple(
                self.i.model(head, part, index, lambda n=n: (monomials(size, n), self.letters(head, head.of)))
                for part, n in degrees.items()
            )

        def function(at):
            return self(e.function.body, inside.bind(e.function.vars, at))

        slots = [self.places(slot, env) for slot in e.slots]
        coordinates = [self.i.coordinate(p) for p in points]
        return self.i.functional(parts, coordinates, head.of, function, slots, env.level, env.step)

    def remembered(self, e, env, known: dict, compute):
        """A cached value: parts without the variable of a sum recur for each of its values, and functionals in many terms."""
        if env.given and _heads(e) & env.given.keys():
            return compute()
        at = env.points
        key = (e, env.moves, *[_key(at[p]) if p in at else None for p in _points(e)])
        if key not in known:
            known[key] = compute()
        return known[key]


@lru_cache(maxsize=4096)
def _heads(e) -> set[Functional]:
    return {h.plain for h in e.atoms(Functional)}


@lru_cache(maxsize=4096)
def _points(e) -> tuple[Point, ...]:
    return tuple(p for p in e.free_symbols if isinstance(p, Point))


def _key(place):
    """The number of a place among those of its measure; or the place itself if it has none."""
    number = getattr(place, "number", None)
    return place if number is None else number


def _concerns(move: Move, head: Functional, places) -> bool:
    if isinstance(move, Nudge):
        return move.of == head and move.index == places
    return move.of == head.time


@lru_cache(maxsize=4096)
def _freed(e: SlotSlope):
    """The function of a slot slope, made once so that its values are cached."""
    return e.freed()


def _raised(head: Functional, n: int) -> Functional:
    if n == 0:
        return head
    return Functional(head.name, head.params, head.of, head.time, head.order + n, head.wrt, head.orders)


_SHARED = {Add, Mul, Pow, Over, Derivative, Partial, Subs, Variation}
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
    SlotSlope: Interpreter.slot_slope,
    Subs: Interpreter.subs,
    Limit: Interpreter.limit,
    Named: Interpreter.named,
    Variation: Interpreter.variation,
    Applied: Interpreter.applied,
}
