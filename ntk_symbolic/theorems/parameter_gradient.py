r"""The derivative of the cost in a direction of parameter space: η · ∂C/∂θ, through function space."""

from __future__ import annotations

from sympy import S, Subs, Symbol

from ..calculus import Functional, Lam, Over, Partial
from ..proofs.derivation import Hypothesis
from ..proofs.theorem import theorem
from .setting import (
    FRECHET,
    NETWORK,
    REPRESENTATION,
    SPACES,
    C,
    Parameters,
    c,
    d,
    eps,
    f,
    gradient,
    i,
    pairing,
    says,
    slope_at_zero,
    theta,
)

eta = Functional("eta", [Parameters])
u, v = Symbol("u", real=True), Symbol("v", real=True)
tau, a, b = Symbol("tau", positive=True), Symbol("a", positive=True), Symbol("b", positive=True)


@theorem(
    source="Dieudonné 1960, Foundations of Modern Analysis, 8.2 (the chain rule needs the Fréchet derivative)",
    hypotheses=[
        Hypothesis(
            r"On $\mathbb{R}^{2}$, $C(u, v) = 1$ where $v = u^{2} \ne 0$, else $0$: outside 0 it depends on $v - u^{2}$ alone. "
            r"$0 < \tau < 1$, and $(a, b)$ is any direction with $a, b \ne 0$ (by symmetry $a, b > 0$)."
        )
    ],
)
def directional_derivatives_are_not_enough():
    """All directional derivatives vanish, and the chain rule fails

    On the line from 0 in the direction (a, b) the point at ε = τ b/a² has v − u² ≠ 0 for all τ in (0, 1), so C = 0 there
    and the derivative in every direction is 0, linear and bounded. On the curve f(θ) = (θ, θ²) there is v − u² = 0, so
    C jumps from 0 to 1 at θ = 0, and C ∘ f has no derivative.
    """
    step = tau * b / a**2
    yield Subs(v - u**2, (u, v), (step * a, step * b))
    yield tau * (1 - tau) * (b / a) ** 2, "on a straight line from 0"
    yield Subs(v - u**2, (u, v), (eps, eps**2))
    yield S.Zero, "on the curve"


@theorem(
    source="Jacot, Gabriel, Hongler 2018, Neural Tangent Kernel, arXiv 1806.07572, section 3",
    hypotheses=[SPACES, FRECHET, NETWORK, REPRESENTATION],
    counterexamples=[directional_derivatives_are_not_enough],
)
def parameter_gradient():
    """The derivative of the cost in a direction of parameter space is a pairing in function space

    The step along η moves the network by ε Σ_i η_i ∂f/∂θ_i + o(ε), which is no straight line in function space. This is
    why C has to be Fréchet differentiable.
    """
    moved = Lam(theta(i) + eps * eta(i), i)
    yield slope_at_zero(C(f(moved)))
    yield Over(eta(i) * pairing(gradient, d(i)), i), "chain rule"
    yield Over(eta(i) * Partial(c(), theta, i), i), "chain rule", f"Here {says(c(), C(f(theta)))}."
    yield Partial(c(), theta, i)
    yield pairing(gradient, d(i)), "the direction of one parameter, $\\eta = e_{i}$"
