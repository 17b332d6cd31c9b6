r"""The dynamics of the network along gradient flow: ∂f(x)/∂t = −∫ K(x, x') (δC/δf)(x') dμ(x')."""

from __future__ import annotations

from sympy import Derivative

from ..calculus import Over, Partial
from ..proofs.theorem import theorem
from .parameter_gradient import parameter_gradient
from .setting import (
    FLOW,
    FRECHET,
    NETWORK,
    REPRESENTATION,
    SPACES,
    K,
    c,
    d,
    f,
    gradient,
    gradient_flow,
    i,
    j,
    l,
    outer_product,
    pairing,
    says,
    t,
    theta,
    x,
    x_,
)


@theorem(
    source="Jacot, Gabriel, Hongler 2018, Neural Tangent Kernel, arXiv 1806.07572, section 4",
    assuming=[gradient_flow],
    hypotheses=[SPACES, FRECHET, NETWORK, FLOW, REPRESENTATION],
    uses=[parameter_gradient],
)
def function_dynamics():
    """Along gradient flow the network follows the kernel gradient of the cost

    The equation is closed only where K is known: K is that of the moving parameters, and moves itself.
    """
    yield Derivative(f(theta, x, j), t)
    yield Over(theta.rate(i) * d(i)(x, j), i), "chain rule"
    yield -Over(Partial(c(), theta, i) * d(i)(x, j), i), "gradient flow"
    yield -Over(pairing(gradient, d(i), x_, l) * d(i)(x, j), i), "the parameter gradient"
    yield -Over(outer_product(x, x_, j, l) * gradient(x_, l), x_, l), "the finite sum under the integral"
    yield (
        -Over(K(x, x_, j, l) * gradient(x_, l), x_, l),
        "definition of the tangent kernel",
        f"Here {says(K(x, x_, j, l), outer_product(x, x_, j, l))}.",
    )
