r"""The dynamics of the tangent kernel: dK/dt = −∫ K⁽³⁾ δC/δf, the first step of the neural tangent hierarchy."""

from __future__ import annotations

from sympy import Derivative

from ..calculus import Definition, Lam, Over, Partial
from ..calculus.display import latex
from ..calculus.rules import SYMMETRY
from ..proofs.derivation import Hypothesis
from ..proofs.theorem import theorem
from .parameter_gradient import parameter_gradient
from .setting import (
    FLOW,
    FRECHET,
    NETWORK,
    REPRESENTATION,
    SPACES,
    K,
    Outputs,
    X,
    c,
    d,
    f,
    gradient,
    gradient_flow,
    i,
    j,
    l,
    m,
    pairing,
    says,
    t,
    theta,
    x,
    x_,
)

x__, r = X.point("x''"), Outputs.point("r")


def moved_product(x, x_, j, l):
    """∂K_jl(x, x')/∂θ_m, by the product rule."""
    second = f(theta, x, j).at(i).at(m), f(theta, x_, l).at(i).at(m)
    return Over(second[0] * d(i)(x_, l) + d(i)(x, j) * second[1], i)


K3 = Definition("K^(3)", Lam(Over(Partial(K(x, x_, j, l), theta, m) * d(m)(x__, r), m), x, x_, x__, j, l, r))
TWICE = Hypothesis(
    rf"$\theta \mapsto f^{{\theta}}(x)$ is twice differentiable at the two points, so the second derivatives "
    rf"${latex(f(theta, x, j).at(i).at(m))}$ do not depend on the order of $i$ and $m$.",
    source="Dieudonné 1960, Foundations of Modern Analysis, 8.12",
    grants=(SYMMETRY,),
)


@theorem(
    source="Huang, Yau 2019, Dynamics of Deep Neural Networks and Neural Tangent Hierarchy, arXiv 1909.08156",
    assuming=[gradient_flow],
    hypotheses=[SPACES, FRECHET, NETWORK, TWICE, FLOW, REPRESENTATION],
    uses=[parameter_gradient],
)
def kernel_motion():
    """Along gradient flow the tangent kernel moves at a rate given by a kernel of three points

    It begins a hierarchy: K⁽³⁾ moves by a kernel of four points, and so on. A constant kernel needs second
    derivatives of the network that vanish, as those of a network linear in θ, or that become small, as in the limit of
    infinite width for a bounded time.
    """
    slope = Partial(c(), theta, m)
    yield Derivative(K(x, x_, j, l), t)
    yield Over(theta.rate(m) * Partial(K(x, x_, j, l), theta, m), m), "chain rule"
    yield Over(theta.rate(m) * moved_product(x, x_, j, l), m), "definition of the tangent kernel, and the product rule"
    yield -Over(slope * moved_product(x, x_, j, l), m), "gradient flow"
    yield -Over(pairing(gradient, d(m), x__, r) * moved_product(x, x_, j, l), m), "the parameter gradient"
    yield (
        -Over(K3(x, x_, x__, j, l, r) * gradient(x__, r), x__, r),
        "the finite sum under the integral",
        f"Here {says(K3(x, x_, x__, j, l, r), K3.body(x, x_, x__, j, l, r))}.",
    )
