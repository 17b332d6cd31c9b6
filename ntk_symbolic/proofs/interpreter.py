"""The value of a statement's side on an instance, by the definitions: Σ is a loop, ∫ is exact on polynomials, a
derivative is the coefficient of ε. No rule of calculus is used on the tree; canonical forms are not known here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import Any

from sympy import Add, Derivative, Mul, Pow, Rational, Subs, Symbol

from ..calculus.binders import Lam, Over
from ..calculus.definitions import Assumption, Named
from ..calculus.functionals import Applied, Delta, Functional, Partial
from ..calculus.spaces import Mass, Point
from .instances import Instance, NotInterpretable, differentiated, monomials


@dataclass(frozen=True)
class Env:
    """What the variables are, and which ε are in play."""

    points: dict[Point, Any] = field(default_factory=dict)  # an index, or a ring element
    given: dict[Functional, tuple[Lam, Env]] = field(default_factory=dict)  # placeholders of a definition
    moves: tuple[tuple[Symbol, int], ...] = ()  # s ↦ s + ε_n
    bumps: tuple[tuple[Functional, tuple[int, ...], int], ...] = ()  # θ_i ↦ θ_i + ε_n
    level: int = 0  # integrals around
    step: int = 0  # derivatives around

    def bind(self, points, values) -> Env:
        return replace(self, points={**self.points, **dict(zip(points, values))})


class Interpreter:
    """Values on one instance, under assumptions."""

    def __init__(self, instance: Instance, assuming: Iterable[Assumption] = ()):
        self.i = instance
        self.assuming = {a.head: a.value for a in assuming}
        self.known: dict = {}

    def __call__(self, e, env: Env):
        method = _METHODS.get(type(e))
        if method is not None:
            return method(self, e, env)
        if isinstance(e, Rational):
            return self.i.ring(self.i.ring.domain.from_sympy(e))
        if isinstance(e, Point) and e.space.is_measure:
            return self.i.ring(env.points[e])
        if isinstance(e, Symbol) and not isinstance(e, Point):
            return self.symbol(e, env)
        raise NotInterpretable(f"{type(e).__name__} has no value on polynomial instances")

    def symbol(self, e, env):
        out = self.i.number(e.name)
        for s, n in env.moves:
            out = out + self.i.steps[n] if s == e else out
        return out

    def add(self, e, env):
        return sum((self(a, env) for a in e.args), self.i.ring.zero)

    def mul(self, e, env):
        return prod((self(a, env) for a in e.args), start=self.i.ring.one)

    def pow(self, e, env):
        if not (e.exp.is_Integer and e.exp >= 0):
            raise NotInterpretable(f"the power {e.exp} is no polynomial")
        return self(e.base, env) ** int(e.exp)

    def mass(self, e, env):
        (space,) = e.args
        return self.i.ring(self.i.moment(space, 0) if space.is_measure else self.i.size(space))

    def delta(self, e, env):
        a, b = (env.points[p] for p in e.args)
        return self.i.ring(int(a == b))

    # binders

    def over(self, e, env):
        measured = [v for v in e.vars if v.space.is_measure]
        counting = [v for v in e.vars if not v.space.is_measure]
        inside, levels = self.deeper(env, measured)
        total = self.i.ring.zero
        for index in self.i.indices([v.space for v in counting]):
            total += self(e.body, inside.bind(counting, index))
        for v, level in zip(measured, levels):
            total = self.i.integral(total, level, v.space)
        return total

    def deeper(self, env: Env, measured) -> tuple[Env, range]:
        """The variables of these integrals as generators of the ring."""
        levels = range(env.level, env.level + len(measured))
        if levels.stop > len(self.i.points):
            raise NotInterpretable(f"more than {len(self.i.points)} integrals within each other")
        inside = env.bind(measured, [self.i.points[n] for n in levels])
        return replace(inside, level=levels.stop), levels

    # derivatives, by their definition

    def derivative(self, e, env):
        ((s, n),) = e.variable_count
        if n != 1:
            raise NotInterpretable("a higher derivative")
        return self.slope(e.expr, env, moves=(*env.moves, (s, env.step)))

    def partial(self, e, env):
        index = tuple(env.points[p] for p in e.points)
        return self.slope(e.expr, env, bumps=(*env.bumps, (e.head, index, env.step)))

    def slope(self, expr, env, **moved):
        if env.step == len(self.i.steps):
            raise NotInterpretable(f"more than {env.step} derivatives within each other")
        return self.i.slope(self(expr, replace(env, step=env.step + 1, **moved)), env.step)

    def subs(self, e, env):
        """d/dε at ε = 0: the symbol has a value for which nothing random is drawn."""
        if any(p != 0 for p in e.point):
            raise NotInterpretable("a value elsewhere than at 0")
        if not isinstance(e.expr, Derivative) or e.expr.variables != e.variables:
            raise NotInterpretable("a substitution that is not that of a derivative at 0")
        return _AtZero(self, set(e.variables)).derivative(e.expr, env)

    # functionals

    def named(self, e, env):
        d = e.definition
        inside = replace(
            env,
            points=dict(zip(d.body.vars, (env.points[p] for p in e.points))),
            given={h: (f, env) for h, f in zip(d.functions, e.functions)},
        )
        return self.remembered(e, env, lambda: self(d.body.body, inside))

    def applied(self, e, env):
        if e.head in env.given:
            function, outside = env.given[e.head]
            values = [env.points[p] for p in e.points]
            now = replace(outside, level=env.level, step=env.step, moves=env.moves, bumps=env.bumps)
            return self(function.body, now.bind(function.vars, values))
        return self.remembered(e, env, lambda: self.moved(e, env, e.head, env.moves))

    def moved(self, e, env, head: Functional, moves):
        """θ along the moves: θ_i(t + ε) = θ_i + ε θ̇_i, plus the ε of a partial derivative in it."""
        if head in self.assuming:
            f = self.assuming[head]
            inside = replace(env, given={}, moves=moves)
            return self(f.body, replace(inside, points=dict(zip(f.vars, (env.points[p] for p in e.points)))))
        if any(h.name == head.name and h.order < head.order for h in self.assuming):
            raise NotInterpretable(f"a higher rate of {head.name} than the one assumed")
        for n, (s, step) in enumerate(moves):
            if s == head.time:
                rest = (*moves[:n], *moves[n + 1 :])
                still = self.moved(e, env, head, rest)
                return still + self.i.steps[step] * self.moved(e, env, head.rate, rest)
        out = self.functional(e, env, head) if any(s.is_measure for s in head.of) else self.polynomial(e, env, head)
        for bumped, index, step in env.bumps:
            if bumped == head and index == tuple(env.points[p] for p in e.points):
                out = out + self.i.steps[step]
        return out

    def parameters(self, e, env):
        """Its index, and the points of 𝒳 it depends on."""
        index = tuple(env.points[p] for p in e.points if not p.space.is_measure)
        return index, [env.points[p] for p in e.points if p.space.is_measure]

    def polynomial(self, e, env, head):
        """θ_i, φ_j(x), f_j(x; θ): a polynomial in x and in the finitely many entries of what it takes."""
        index, points = self.parameters(e, env)
        entries = list(self.i.indices(head.of))
        f = e.function
        taken = [self(f.body, env.bind(f.vars, n)) for n in entries] if head.of else []
        s = self.i.strength
        shape = [
            a + b
            for a, b in product(
                monomials(len(points), s.degree_in_points),
                monomials(len(taken), s.degree_in_function if taken else 0),
            )
        ]
        model = self.i.model(head, "", index, shape)
        for slot in e.slots:
            model = differentiated(model, len(points) + entries.index(tuple(env.points[p] for p in slot)))
        return self.i.value(model, [*points, *taken])

    def functional(self, e, env, head):
        """C[g] = ∫ L(x, g) dμ + (∫ M(x, g) dμ)², and δC/δg_j(x) = ∂L/∂g_j + 2 (∫ M dμ) ∂M/∂g_j at (x, g(x))."""
        where = [n for n, s in enumerate(head.of) if s.is_measure]
        if len(where) > 1 or len(e.slots) > 1:
            raise NotInterpretable("a function of two points, or a second functional derivative")
        (at,) = where
        index, points = self.parameters(e, env)
        entries = list(self.i.indices(head.of))
        size = len(points) + 1 + len(entries)
        local = self.i.model(head, "L", index, monomials(size, self.i.strength.local))
        spread = self.i.model(head, "M", index, monomials(size, self.i.strength.nonlocal_))

        def along(x, inside):
            g = [self(e.function.body, inside.bind(e.function.vars, [*n[:at], x, *n[at:]])) for n in entries]
            return [*points, x, *g]

        inside, (level,) = self.deeper(env, [e.function.vars[at]])
        everywhere = along(self.i.points[level], inside)
        mean = self.i.integral(self.i.value(spread, everywhere), level, head.of[at])
        if not e.slots:
            return self.i.integral(self.i.value(local, everywhere), level, head.of[at]) + mean**2
        slot = [env.points[p] for p in e.slots[0]]
        here = along(slot.pop(at), env)
        n = len(points) + 1 + entries.index(tuple(slot))
        density = self.i.value(differentiated(local, n), here)
        return density + 2 * mean * self.i.value(differentiated(spread, n), here)

    def remembered(self, e, env, compute):
        """An applied functional comes again in many terms of a sum."""
        if env.given:
            return compute()
        key = (e, tuple((p, env.points[p]) for p in _points_of(e)), env.moves, env.bumps)
        if key not in self.known:
            self.known[key] = compute()
        return self.known[key]


class _AtZero(Interpreter):
    """The same, with some symbols being 0."""

    def __init__(self, other: Interpreter, zero: set[Symbol]):
        super().__init__(other.i)
        self.assuming, self.zero = other.assuming, zero

    def symbol(self, e, env):
        out = super().symbol(e, env)
        return out - self.i.number(e.name) if e in self.zero else out


def _points_of(e):
    return sorted((p for p in e.free_symbols if isinstance(p, Point)), key=lambda p: p.sort_key())


_METHODS = {
    Add: Interpreter.add,
    Mul: Interpreter.mul,
    Pow: Interpreter.pow,
    Mass: Interpreter.mass,
    Delta: Interpreter.delta,
    Over: Interpreter.over,
    Derivative: Interpreter.derivative,
    Partial: Interpreter.partial,
    Subs: Interpreter.subs,
    Named: Interpreter.named,
    Applied: Interpreter.applied,
}
