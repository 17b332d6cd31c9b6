r"""Gradient flow with weight decay, along which C + γ|θ|²/2 falls."""

from __future__ import annotations

from sympy import Derivative, Rational, S, Symbol

from ..calculus import Assumption, Lam, Over, Partial
from ..proofs.derivation import Hypothesis
from ..proofs.theorem import at_most, theorem
from .parameter_gradient import parameter_gradient
from .setting import (
    FRECHET,
    FUBINI,
    NETWORK,
    REPRESENTATION,
    SPACES,
    C,
    c,
    f,
    function,
    gradient,
    i,
    says,
    seminorm,
    t,
    theta,
)

gamma = Symbol("gamma", real=True)
decaying_flow = Assumption(
    "gradient flow with weight decay", theta.rate, Lam(-Partial(c(), theta, i) - gamma * theta(i), i)
)
DECAYING_FLOW = Hypothesis(
    rf"Gradient flow with weight decay exists: $\theta$ is differentiable in $t$, "
    rf"{says(theta.rate(i), decaying_flow.value(i))}, where {says(c(), C(f(theta)))} and $\gamma$ is constant.",
    grants=("gradient flow with weight decay", "differentiability of theta"),
)


u = Symbol("u", real=True)


@theorem(
    source="the parabola c(θ) = (θ − 1)²/2",
    hypotheses=[
        Hypothesis(
            r"$c(\theta) = \tfrac{1}{2}(\theta - 1)^{2}$ at $\theta = u$, so $\dot{\theta} = -(u - 1) - \gamma u$, with "
            r"$\gamma > 0$. The penalised cost is least at $1/(1 + \gamma)$; $u$ is half way from there to 1."
        )
    ],
)
def under_weight_decay_the_cost_may_rise():
    """Under weight decay the cost may rise

    Between the minimum of the penalised cost and that of the cost, the decay opposes the gradient and is larger.
    """
    yield ((u - 1) * (-(u - 1) - gamma * u)).subs(u, (1 + 1 / (1 + gamma)) / 2)
    yield gamma**2 / (4 * (1 + gamma)), "the rate of the cost"


@theorem(
    source="Krogh, Hertz 1991, A Simple Weight Decay Can Improve Generalization, NeurIPS 4",
    assuming=[decaying_flow],
    hypotheses=[SPACES, FRECHET, NETWORK, REPRESENTATION, FUBINI, DECAYING_FLOW],
    uses=[parameter_gradient],
    counterexamples=[under_weight_decay_the_cost_may_rise],
)
def weight_decay():
    """Under weight decay the sum of the cost and γ|θ|²/2 falls; the cost itself may rise

    The second term of the first identity has no sign: the cost rises where γ θ · ∂C/∂θ < −‖δC/δf‖²_K, that is, where
    the decay raises the cost faster than the gradient lowers it.
    """
    slope = Partial(c(), theta, i)
    yield Derivative(C(f(theta)), t)
    yield Over(theta.rate(i) * slope, i), "chain rule"
    yield -Over((slope + gamma * theta(i)) * slope, i), "gradient flow with weight decay"
    yield -Over(slope**2, i) - gamma * Over(theta(i) * slope, i), "linearity"
    yield (
        -seminorm(function(gradient)) - gamma * Over(theta(i) * slope, i),
        "the parameter gradient, and the definitions of K and of the semi-norm",
    )
    yield Derivative(C(f(theta)) + gamma * Rational(1, 2) * Over(theta(i) ** 2, i), t)
    yield Over(theta.rate(i) * (slope + gamma * theta(i)), i), "chain rule"
    yield -Over((slope + gamma * theta(i)) ** 2, i), "gradient flow with weight decay"
    yield at_most(S.Zero), "a sum of squares"
