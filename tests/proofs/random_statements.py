"""Random statements about networks, their motion and functionals of them, right ones and altered ones.

A statement is a random expression with nested derivatives, sometimes under an assumption and with nested
definitions, and its value by the rules of calculus (right), or that with a random slip. A right one need not
be proved, and a slip may have no effect; but no two judges may contradict each other, and no right one be refuted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from sympy import Derivative, Symbol

from ntk_symbolic.calculus import Assumption, Definition, Functional, Lam, Over, Partial, Space
from ntk_symbolic.calculus.normal import Expansion
from ntk_symbolic.proofs.derivation import Step
from ntk_symbolic.proofs.mutation.mistakes_of_kind import with_derivatives_exchanged

t, h, b = (Symbol(name, real=True) for name in "thb")
P, K, X, U = (
    Space("P", "counting", "i"),
    Space("k", "counting", "j"),
    Space("X", "measure", "x"),
    Space("U", "measure", "u", interval=(0, 1)),
)
i, m, n = (P.point(name) for name in "imn")
j = K.point("j")
x, y = X.point("x"), X.point("y")
u = U.point("u")
theta, omega = Functional("theta", [P], time=t), Functional("omega", [P], time=t)
eta = Functional("eta", [P])
f = Functional("f", [X, K], of=[P], wrt="theta")
g, target = Functional("g", [X, K]), Functional("y", [X, K])
phi = Functional("phi", [P, X, K])
C = Functional("C", of=[X, K])
E = Functional("E", of=[P], wrt="theta")
r, q = Functional("r", [U], time=t), Functional("q", [U])

cost = Definition("c", Lam(C(f(theta))))
energy = Definition("e", Lam(E(theta)))
square = Definition("N", Lam(Over(g(x, j) ** 2, x, j)), [g], text="N[%s]")
slope = Definition("M", Lam(Partial(cost(), theta, i), i))
rate = Definition("D", Lam(Derivative(energy(), t)))
steepness = Definition("S", Lam(Over(Partial(energy(), theta, i) ** 2, i)))
flow = Assumption("gradient flow", theta.rate, Lam(-Partial(energy(), theta, i), i))
decay = Assumption("decay", theta.rate, Lam(-h * theta(i), i))
slaved = Assumption("slaved", theta.rate, Lam(omega(i) * h, i))
returning = Assumption("returning", omega.rate, Lam(-Partial(energy(), theta, i) - b * omega(i), i))
oscillator = Assumption("oscillator", theta.rate.rate, Lam(-b * theta.rate(i) - theta(i), i))
mse = Assumption("mse", C, Lam(Over((g(x, j) - target(x, j)) ** 2, x, j) / 2), g)
linear = Assumption("linear", f, Lam(Over(eta(i) * phi(i, x, j), i), x, j), eta)
heat = Assumption("heat", r.rate, Lam(h * r(u).diff(u).diff(u), u))

ASSUMED: tuple[tuple[Assumption, ...], ...] = (
    (), (), (flow,), (decay,), (slaved, returning), (oscillator,), (mse,), (linear,), (mse, flow), (linear, decay), (heat,),
)  # fmt: skip


@dataclass(frozen=True)
class Statement:
    step: Step
    assuming: tuple[Assumption, ...]
    right: bool


class Statements:
    """A stream of statements, the same for one seed."""

    def __init__(self, seed: int):
        self.random = Random(seed)

    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def one(self) -> Statement:
        assuming = self.pick(*ASSUMED)
        e = self.scalar(self.pick(1, 2, 2, 3))
        evaluated = self.evaluated(e, assuming)
        slip = self.pick(None, None, *SLIPS)
        other = evaluated if slip is None else slip(self, e, evaluated)
        return Statement(Step(e, other, "at random"), assuming, slip is None)

    def evaluated(self, e, assuming):
        """The value by the rules of calculus, with assumptions substituted and definitions written out."""
        definitions = set(e.atoms(Definition)).union(*(a.value.atoms(Definition) for a in assuming))
        return Expansion(definitions, assuming).prepared(e)

    # expressions

    def scalar(self, depth: int):
        if depth == 0:
            return self.leaf()
        make = self.pick(
            self.leaf, self.sum, self.product, self.in_time, self.in_time, self.along, self.along, self.in_number
        )
        return make() if make == self.leaf else make(depth)

    def leaf(self):
        return self.pick(
            cost(), energy(), rate(), steepness(), h, b,
            square(f(theta)), square(Lam(g(x, j) + h * target(x, j), x, j)),
            Over(theta(i) * omega(i), i), Over(theta.rate(i) ** 2, i), Over(theta(i) * theta.rate(i), i),
            Over(slope(i) * eta(i), i), Over(slope(i) * theta(i), i), Over(theta(i) ** 2 * eta(i), i),
            Over(f(theta, x, j) * g(x, j), x, j), Over(f(theta, x, j).at(i) * eta(i) * g(x, j), x, j, i),
            Over(C(f(theta)).at(x, j) * g(x, j), x, j), C(f(eta)), Over(r(u) * q(u), u), Over(r(u) ** 2, u),
        )  # fmt: skip

    def sum(self, depth):
        return self.scalar(depth - 1) + self.pick(1, -1, 2) * self.leaf()

    def product(self, depth):
        return self.scalar(depth - 1) * self.leaf()

    def in_time(self, depth):
        return Derivative(self.scalar(depth - 1), t)

    def in_number(self, depth):
        return Derivative(self.scalar(depth - 1), self.pick(h, b))

    def along(self, depth):
        """Σ_i a_i ∂/∂θ_i (…)"""
        p = self.pick(i, m, n)
        factor = self.pick(eta(p), theta(p), omega(p), theta.rate(p))
        return Over(factor * Partial(self.scalar(depth - 1), self.pick(theta, theta, omega), p), p)


Slip = Callable[[Statements, Any, Any], Any]


def twice(_: Statements, e, evaluated):
    return 2 * evaluated


def minus(_: Statements, e, evaluated):
    return -evaluated


def one_term(s: Statements, e, evaluated):
    terms = evaluated.as_ordered_terms() if evaluated.is_Add else [evaluated]
    return evaluated - s.random.choice(terms)


def unassumed(s: Statements, e, evaluated):
    """Evaluated as if nothing were assumed."""
    return s.evaluated(e, ())


def exchanged(s: Statements, e, evaluated):
    """Two derivatives within each other change places."""
    return _exchanged(e)


def _exchanged(e):
    if isinstance(e, (Derivative, Partial)) and (new := with_derivatives_exchanged(e)) is not None:
        return new
    if isinstance(e, Over):
        return e.func(_exchanged(e.body), *e.vars)
    return e.func(*map(_exchanged, e.args)) if e.is_Add or e.is_Mul else e


SLIPS: tuple[Slip, ...] = (twice, minus, one_term, unassumed, exchanged, exchanged)
