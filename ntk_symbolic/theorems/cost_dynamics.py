r"""The dynamics of the cost along gradient flow: d/dt C[f^θ] = −‖δC/δf‖²_K, with K the tangent kernel.

>>> print(cost_dynamics().verdict)
proved
"""

from __future__ import annotations

from sympy import Derivative

from ..calculus import Over, Partial
from ..proofs.theorem import theorem
from .parameter_gradient import parameter_gradient
from .setting import (
    FLOW,
    FRECHET,
    FUBINI,
    NETWORK,
    REPRESENTATION,
    SPACES,
    C,
    K,
    c,
    d,
    f,
    function,
    g,
    gradient,
    gradient_flow,
    i,
    j,
    l,
    outer_product,
    pairing,
    quadratic_form,
    says,
    seminorm,
    t,
    theta,
    x,
    x_,
)


@theorem(
    source="Jacot, Gabriel, Hongler 2018, Neural Tangent Kernel, arXiv 1806.07572, section 3",
    assuming=[gradient_flow],
    hypotheses=[SPACES, FRECHET, NETWORK, FLOW, REPRESENTATION, FUBINI],
    uses=[parameter_gradient],
)
def cost_dynamics():
    """Along gradient flow the cost falls at the rate of the squared kernel semi-norm of its gradient

    The kernel K is that of the moving parameters, K at θ(t). The semi-norm is a norm only where K is strictly positive
    definite; it is the form of g and K g, not the norm of the reproducing kernel Hilbert space of K.
    """
    yield Derivative(C(f(theta)), t)
    yield Over(theta.rate(i) * pairing(gradient, d(i)), i), "chain rule"
    yield -Over(Partial(c(), theta, i) * pairing(gradient, d(i)), i), "gradient flow"
    yield (
        -Over(pairing(gradient, d(i), x_, l) * pairing(gradient, d(i)), i),
        "the parameter gradient",
        f"Here {says(Partial(c(), theta, i), pairing(gradient, d(i), x_, l))}.",
    )
    yield -quadratic_form(gradient, outer_product), "product of integrals as a double integral"
    yield (
        -quadratic_form(gradient, K),
        "definition of the tangent kernel",
        f"Here {says(K(x, x_, j, l), outer_product(x, x_, j, l))}.",
    )
    yield (
        -seminorm(function(gradient)),
        "definition of the semi-norm",
        f"Here {says(seminorm(g()), quadratic_form(g, K))}.",
    )
