r"""Momentum: the cost is a potential, and friction dissipates energy."""

from __future__ import annotations

from sympy import Derivative, Rational, S, Symbol, sin

from ..calculus import Assumption, Lam, Over, Partial
from ..proofs.derivation import Hypothesis
from ..proofs.theorem import at_most, theorem
from .parameter_gradient import parameter_gradient
from .setting import FRECHET, NETWORK, REPRESENTATION, SPACES, C, c, d, f, gradient, i, pairing, says, t, theta

alpha = Symbol("alpha", nonnegative=True)
heavy_ball = Assumption("momentum", theta.rate.rate, Lam(-Partial(c(), theta, i) - alpha * theta.rate(i), i))
HEAVY_BALL = Hypothesis(
    rf"$\theta$ is twice differentiable in $t$, {says(theta.rate.rate(i), heavy_ball.value(i))}, where "
    rf"{says(c(), C(f(theta)))} and $\alpha \ge 0$ is constant.",
    grants=("momentum", "differentiability of theta"),
)
energy = C(f(theta)) + Rational(1, 2) * Over(theta.rate(i) ** 2, i)


@theorem(
    source="the harmonic oscillator",
    hypotheses=[
        Hypothesis(
            r"$c(\theta) = \tfrac{1}{2}\theta^{2}$ without friction, $\alpha = 0$, along $\theta(t) = \sin t$: the second "
            r"derivative of it is $-\theta$."
        )
    ],
)
def with_momentum_the_cost_may_rise():
    """With momentum the cost may rise

    A ball that has rolled down the parabola rolls up on the other side. Its energy is constant.
    """
    path = sin(t)
    yield Derivative(path, (t, 2))
    yield -path, "the path"
    yield Derivative(path**2 / 2, t)
    yield sin(2 * t) / 2, "which is positive for $0 < t < \\pi/2$"


@theorem(
    source="Polyak 1964, Some methods of speeding up the convergence of iteration methods",
    assuming=[heavy_ball],
    hypotheses=[SPACES, FRECHET, NETWORK, REPRESENTATION, HEAVY_BALL],
    uses=[parameter_gradient],
    counterexamples=[with_momentum_the_cost_may_rise],
)
def momentum():
    """With momentum the energy, cost and kinetic, falls at the rate α|θ̇|²

    The first claim holds on any path: the cost alone falls only where θ̇ · ∂c/∂θ < 0.
    """
    yield Derivative(C(f(theta)), t)
    yield Over(theta.rate(i) * pairing(gradient, d(i)), i), "chain rule"
    yield Over(theta.rate(i) * Partial(c(), theta, i), i), "the parameter gradient"
    yield Derivative(energy, t)
    yield Over(theta.rate(i) * (Partial(c(), theta, i) + theta.rate.rate(i)), i), "chain rule"
    yield -alpha * Over(theta.rate(i) ** 2, i), "momentum"
    yield at_most(S.Zero), "a sum of squares"
