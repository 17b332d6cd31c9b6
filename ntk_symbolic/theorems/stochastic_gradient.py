r"""Stochastic gradients: to first order the mean cost falls as for the gradient; noise contributes to second order."""

from __future__ import annotations

from sympy import Derivative, Subs, Symbol

from ..calculus import Definition, Functional, Lam, Over, Space
from ..calculus.display import latex
from ..calculus.rules import SYMMETRY, UNDER
from ..proofs.derivation import Hypothesis
from ..proofs.facts import ZERO, Fact
from ..proofs.theorem import equals, theorem
from .gradient_descent import c, hessian, slope
from .parameter_gradient import parameter_gradient
from .setting import (
    FRECHET,
    FUBINI,
    NETWORK,
    REPRESENTATION,
    SPACES,
    Parameters,
    function,
    gradient,
    i,
    m,
    says,
    seminorm,
    theta,
)

Draws = Space("Omega", "measure", "omega", r"\Omega")
omega = Draws.point()
h = Symbol("h", real=True)
g = Functional("ghat", [Parameters, Draws])  # the gradient in one draw
step = Lam(theta(i) - h * g(i, omega), i)

covariance = Definition(
    "Cov", Lam(Over((g(i, omega) - slope(theta, i)) * (g(m, omega) - slope(theta, m)), omega), i, m)
)
UNBIASED = Fact(
    "ĝ is unbiased",
    Lam(Over(g(i, omega), omega) - slope(theta, i), i),
    ZERO,
    latex=r"\left(\mathbb{E}\hat{g} - \nabla c\right)",
    text="(𝔼ĝ − ∇c)",
)
PROBABILITY = Fact(
    "Ω has probability 1", Lam(Draws.mass - 1), ZERO, latex=r"\left(\mu(\Omega) - 1\right)", text="(μ(Ω) − 1)"
)
TWICE = Hypothesis(
    r"$c$ is twice continuously differentiable near $\theta$, with bounded second derivatives, as $C$ and $\theta \mapsto "
    r"f^{\theta}$ are; so they are symmetric, and the mean over the draws may be differentiated twice under the integral.",
    source="Dieudonné 1960, Foundations of Modern Analysis, 8.12 and 13.8",
    grants=(SYMMETRY, UNDER),
)
STOCHASTIC = Hypothesis(
    rf"$\hat{{g}}$ is a random vector on the probability space $\Omega$, with ${latex(Over(g(i, omega), omega))} = "
    rf"{latex(slope(theta, i))}$ and finite second moments. Its covariance is {says(covariance(i, m), covariance.body(i, m))}.",
    grants=(UNBIASED.name, PROBABILITY.name),
)


def at_zero(n):
    """The n-th derivative of the mean cost after a step h, at h = 0."""
    return Subs(Derivative(Over(c(step), omega), (h, n)), h, 0)


@theorem(
    source="Bottou, Curtis, Nocedal 2018, Optimization Methods for Large-Scale Machine Learning, arXiv 1606.04838, section 4",
    hypotheses=[SPACES, FRECHET, NETWORK, TWICE, STOCHASTIC, REPRESENTATION, FUBINI],
    uses=[parameter_gradient],
)
def stochastic_gradient():
    """On average a stochastic step lowers the cost by the kernel semi-norm to first order; noise raises it to second order

    Here θ⁺ = θ − h ĝ. So the mean cost after it is c − h‖δC/δf‖²_K + h²/2 (∇cᵀ∇²c ∇c + tr(∇²c Cov)) + o(h²): the trace
    is the contribution of noise to the remainder of gradient descent, and it is positive where the cost is convex. It does not
    vanish with the gradient, so at a fixed step the mean cost stalls above its minimum.
    """
    bend = slope(theta, i) * hessian(theta, i, m) * slope(theta, m)
    yield at_zero(1)
    yield -Over(slope(theta, i) * Over(g(i, omega), omega), i), "chain rule, under the integral over the draws"
    yield equals(-Over(slope(theta, i) ** 2, i), -Over(slope(theta, i) * UNBIASED(i), i)), r"$\hat{g}$ is unbiased"
    yield -seminorm(function(gradient)), "the parameter gradient, and the definitions of K and of the semi-norm"
    yield at_zero(2)
    yield Over(hessian(theta, i, m) * Over(g(i, omega) * g(m, omega), omega), i, m), "chain rule, twice"
    yield (
        equals(
            Over(bend, i, m) + Over(hessian(theta, i, m) * covariance(i, m), i, m),
            2 * Over(slope(theta, i) * hessian(theta, i, m) * UNBIASED(m), i, m) - PROBABILITY() * Over(bend, i, m),
        ),
        "definition of the covariance",
    )
