r"""Gradient descent: a step h > 0 adds a remainder of second order to the cost dynamics of gradient flow."""

from __future__ import annotations

from sympy import Derivative, Subs, Symbol

from ..calculus import Assumption, Definition, Delta, Functional, Lam, Over, Space
from ..calculus.display import latex
from ..calculus.rules import FUNDAMENTAL, SYMMETRY, UNDER
from ..proofs.derivation import Hypothesis
from ..proofs.facts import NONNEGATIVE, Fact
from ..proofs.theorem import at_most, theorem
from .parameter_gradient import parameter_gradient
from .setting import (
    FRECHET,
    FUBINI,
    NETWORK,
    REPRESENTATION,
    SPACES,
    C,
    Parameters,
    eps,
    f,
    function,
    gradient,
    i,
    m,
    says,
    seminorm,
    slope_at_zero,
    theta,
)

n = Parameters.point("n")
s = Space("[0, 1]", "measure", "s", interval=(0, 1)).point("s")
h, L, delta = Symbol("h", positive=True), Symbol("L", positive=True), Symbol("delta", real=True)

# The cost, its gradient and its Hessian at any parameters, by their definitions
anywhere = Functional("vartheta", [Parameters])
v, w = Functional("v", [Parameters]), Functional("w", [Parameters])


# Two symbols, since the Hessian is a derivative of a derivative.
c = Definition("c", Lam(C(f(anywhere))), [anywhere], latex=r"c\left(%s\right)", text="c(%s)")
slope = Definition(
    "∇c",
    Lam(slope_at_zero(c(Lam(anywhere(n) + eps * Delta(n, i), n))), i),
    [anywhere],
    latex=r"\nabla c\left(%s\right)",
    text="∇c(%s)",
)
hessian = Definition(
    "∇²c",
    Lam(Subs(Derivative(slope(Lam(anywhere(n) + delta * Delta(n, m), n), i), delta), delta, 0), i, m),
    [anywhere],
    latex=r"\nabla^{2}c\left(%s\right)",
    text="∇²c(%s)",
)
descent = Assumption("gradient descent", v, Lam(slope(theta, i), i))
SMOOTH = Fact(
    "∇²c ⪯ L",
    Lam(L * Over(w(i) ** 2, i) - Over(w(i) * hessian(anywhere, i, m) * w(m), i, m)),
    NONNEGATIVE,
    [anywhere, w],
    latex=r"\left(L - \nabla^{2}c\left(%s\right)\right)\!\left[%s\right]",
    text="(L − ∇²c(%s))[%s]",
)
DESCENT = Hypothesis(
    rf"One step of gradient descent: $\theta^{{+}} = \theta - h v$ with $h > 0$ and ${latex(v(i))} = "
    rf"{latex(slope(theta, i))}$. At any parameters $\vartheta$, {says(c(anywhere), C(f(anywhere)))}, and "
    rf"${latex(slope(anywhere, i))}$ and ${latex(hessian(anywhere, i, m))}$ are its first and second partial derivatives.",
    grants=("gradient descent",),
)
TWICE = Hypothesis(
    r"$c$ is twice continuously differentiable on the segment from $\theta$ to $\theta^{+}$, as $C$ and $\theta \mapsto "
    r"f^{\theta}$ are; so second derivatives are symmetric, $\delta C/\delta f$ may be differentiated under "
    r"the integral, and a function of $s$ is the integral of its derivative.",
    source="Dieudonné 1960, Foundations of Modern Analysis, 8.12 (symmetry) and 8.14 (Taylor's formula)",
    grants=(SYMMETRY, UNDER, FUNDAMENTAL),
)
SMOOTHNESS = Hypothesis(
    rf"$\nabla^{{2}}c \preceq L$ on the segment: ${latex(SMOOTH.body.body)}$ is at least 0 there, for every $w$.",
    grants=(SMOOTH.name,),
)


def step(s):
    """θ − s h v, the path from θ to θ⁺."""
    return Lam(theta(i) - s * h * v(i), i)


def bend(at):
    """vᵀ ∇²c v."""
    return Over(v(i) * hessian(at, i, m) * v(m), i, m)


line = Definition("T", Lam(c(step(s)) - (1 - s) * h * Over(slope(step(s), i) * v(i), i), s))
u = Symbol("u", real=True)


@theorem(
    source="the parabola c(θ) = θ²/2",
    hypotheses=[Hypothesis(r"$c(\theta) = \tfrac{1}{2}\theta^{2}$, so $\nabla c(\theta) = \theta$, at $\theta = u$.")],
)
def the_identity_of_the_flow_fails_at_a_step():
    """At a step h > 0 the cost does not fall by h |∇c|², and for h > 2 it rises

    The identity of gradient flow for a step would be c(θ⁺) − c(θ) = −h u²; there is h²u²/2 left.
    """
    yield (u - h * u) ** 2 / 2 - u**2 / 2 + h * u**2
    yield h**2 * u**2 / 2, "the remainder of the identity of the flow"
    yield (u - h * u) ** 2 / 2 - u**2 / 2
    yield h * (h - 2) * u**2 / 2, "the whole difference, positive for $h > 2$"


@theorem(
    source="Nesterov 2004, Introductory Lectures on Convex Optimization, lemma 1.2.3",
    assuming=[descent],
    hypotheses=[SPACES, FRECHET, NETWORK, TWICE, DESCENT, SMOOTHNESS, REPRESENTATION, FUBINI],
    uses=[parameter_gradient],
    counterexamples=[the_identity_of_the_flow_fails_at_a_step],
)
def gradient_descent():
    """One step of gradient descent lowers the cost by h ‖δC/δf‖²_K, up to a remainder of second order

    The first lines hold for a step in any direction v. The remainder is exact; the last claim bounds it, and with it the
    whole change c(θ⁺) − c(θ), which for h ≤ 2/L is no rise. The kernel is that of the parameters before the step.
    """
    before, after, fall = c(theta), c(step(1)), h * seminorm(function(gradient))
    remainder = h**2 * Over((1 - s) * bend(step(s)), s)
    first = h * Over(slope(theta, i) * v(i), i)
    yield Derivative(c(step(s)), s)
    yield -h * Over(slope(step(s), i) * v(i), i), "chain rule"
    yield Derivative(c(step(s)), (s, 2))
    yield h**2 * bend(step(s)), "chain rule"
    yield after
    yield (
        before - first + Over(Derivative(line(s), s), s),
        "the fundamental theorem of calculus",
        f"Here {says(line(s), line.body(s))}, which is $c(\\theta^{{+}})$ at $s = 1$.",
    )
    yield before - first + remainder, "product rule and chain rule"
    yield before - fall + remainder, "gradient descent, the parameter gradient, and the definition of the semi-norm"
    yield remainder - fall  # c(θ⁺) − c(θ)
    yield (
        at_most(h**2 * L * Over((1 - s) * Over(v(i) ** 2, i), s) - fall, h**2 * Over((1 - s) * SMOOTH(step(s), v), s)),
        r"$\nabla^{2}c \preceq L$",
    )
    yield h**2 * L * Over(v(i) ** 2, i) / 2 - fall, "the integral of $1 - s$"
    yield -(1 - h * L / 2) * fall, "gradient descent, the parameter gradient, and the definition of the semi-norm"
