r"""The natural gradient: the tangent kernel is replaced by the orthogonal projector on the tangent space span{∂f/∂θ_i}."""

from __future__ import annotations

from sympy import Derivative, S, Symbol, exp

from ..calculus import Assumption, Definition, Delta, Functional, Lam, Over, Partial
from ..proofs.derivation import Hypothesis
from ..proofs.facts import ZERO, Fact
from ..proofs.theorem import at_most, equals, theorem
from .parameter_gradient import parameter_gradient
from .setting import (
    FRECHET,
    FUBINI,
    NETWORK,
    REPRESENTATION,
    SPACES,
    C,
    Outputs,
    Parameters,
    X,
    c,
    d,
    f,
    gradient,
    i,
    j,
    l,
    m,
    pairing,
    quadratic_form,
    says,
    t,
    theta,
    x,
    x_,
)

a, b, n = (Parameters.point(name) for name in "abn")
x__, r = X.point("x''"), Outputs.point("r")

G = Definition("G", Lam(pairing(d(i), d(m)), i, m))
P = Functional("G^+", [Parameters, Parameters])  # its pseudo-inverse
INVERSE = Fact(
    "G G⁺ G = G",
    Lam(Over(G(i, a) * P(a, b) * G(b, m), a, b) - G(i, m), i, m),
    ZERO,
    latex=r"\left(G G^{+} G - G\right)",
    text="(G G⁺ G − G)",
)
REFLEXIVE = Fact(
    "G⁺ G G⁺ = G⁺",
    Lam(Over(P(i, a) * G(a, b) * P(b, m), a, b) - P(i, m), i, m),
    ZERO,
    latex=r"\left(G^{+} G G^{+} - G^{+}\right)",
    text="(G⁺ G G⁺ − G⁺)",
)
SYMMETRIC = Fact(
    "G⁺ is symmetric",
    Lam(P(i, m) - P(m, i), i, m),
    ZERO,
    latex=r"\left(G^{+} - G^{+\top}\right)",
    text="(G⁺ − G⁺ᵀ)",
)
PSEUDO_INVERSE = Hypothesis(
    rf"The Gram matrix {says(G(i, m), pairing(d(i), d(m)))} has the pseudo-inverse $G^{{+}}$: $G G^{{+}} G = G$, "
    r"$G^{+} G G^{+} = G^{+}$, and $G^{+}$ is symmetric because $G$ is.",
    source="Moore 1920; Penrose 1955, A generalized inverse for matrices (every matrix has exactly one)",
    grants=(INVERSE.name, REFLEXIVE.name, SYMMETRIC.name),
)

Pi = Definition("Pi", Lam(Over(d(i)(x, j) * P(i, m) * d(m)(x_, l), i, m), x, x_, j, l))
natural_flow = Assumption("natural gradient flow", theta.rate, Lam(-Over(P(i, m) * Partial(c(), theta, m), m), i))
NATURAL_FLOW = Hypothesis(
    rf"Natural gradient flow exists: $\theta$ is differentiable in $t$, {says(theta.rate(i), natural_flow.value(i))}, "
    rf"where {says(c(), C(f(theta)))}.",
    grants=("natural gradient flow", "differentiability of theta"),
)


def projected(a):
    """Π a, a function of x and j."""
    return lambda x, j: Over(Pi(x, x_, j, l) * a(x_, l), x_, l)


def residual(i):
    """G⁺ G e_i − e_i: the coordinates of Π ∂_i f − ∂_i f."""
    return lambda m: Over(P(m, n) * G(n, i), n) - Delta(m, i)


u, y, s = Symbol("u", real=True), Symbol("y", real=True), Symbol("s", positive=True)
p = exp(u) / (1 + exp(u))


@theorem(
    source="Martens 2020, New Insights and Perspectives on the Natural Gradient Method, arXiv 1412.1193",
    hypotheses=[
        Hypothesis(
            r"$u$ is an output of the network, $y$ the label. The Fisher matrix is "
            r"$\int \sum_{j} w_{j} \frac{\partial f_{j}}{\partial\theta_{i}} \frac{\partial f_{j}}{\partial\theta_{m}}$, "
            r"where the weight $w$ is the mean square of the score, the derivative of the negative log-likelihood in $u$. "
            r"That is $(y - u)^{2}/(2 s^{2})$ and a constant for a Gaussian of mean $u$ and variance $s^{2}$. For labels 0 "
            r"and 1 the score is $p - y$, and $y = 1$ has the probability $p = e^{u}/(1 + e^{u})$."
        )
    ],
)
def fisher_is_not_gram():
    """The Fisher matrix is the Gram matrix only for a Gaussian likelihood of variance 1

    For a Gaussian of variance s² it is G/s², since (u − y)/s² has the mean square s²/s⁴. For labels 0 and 1 with the
    logistic likelihood the weight depends on the output, so that Fisher's natural gradient projects in another inner
    product.
    """
    yield Derivative((y - u) ** 2 / (2 * s**2), u)
    yield (u - y) / s**2, "the score of a Gaussian"
    yield p * (p - 1) ** 2 + (1 - p) * p**2
    yield exp(u) / (1 + exp(u)) ** 2, "the mean square of the score of a label"
    yield at_most(S(1) / 4, ((exp(u) - 1) / (2 * (1 + exp(u)))) ** 2), "a square"


@theorem(
    source="Amari 1998, Natural Gradient Works Efficiently in Learning, Neural Computation 10",
    assuming=[natural_flow],
    hypotheses=[SPACES, FRECHET, NETWORK, REPRESENTATION, FUBINI, PSEUDO_INVERSE, NATURAL_FLOW],
    uses=[parameter_gradient],
    counterexamples=[fisher_is_not_gram],
)
def natural_gradient():
    """Along natural gradient flow the tangent kernel is replaced by the orthogonal projector on the tangent space

    Π is symmetric and Π Π = Π; it maps into the span of the ∂f/∂θ_i by its form, and maps each of them to itself (up to
    a null set). So the cost falls at the rate of the squared norm of the projected gradient, in every
    parameterisation: the eigenvalues of K have no effect. Natural means here: for the Gram matrix G.
    """
    slope = Partial(c(), theta, i)
    yield Pi(x, x_, j, l)
    yield (
        equals(Pi(x_, x, l, j), Over(d(i)(x, j) * SYMMETRIC(i, m) * d(m)(x_, l), i, m)),
        "$G^{+}$ is symmetric",
        f"Here {says(Pi(x, x_, j, l), Pi.body(x, x_, j, l))}.",
    )
    yield Over(Pi(x, x_, j, l) * Pi(x_, x__, l, r), x_, l)
    yield Over(d(i)(x, j) * P(i, a) * G(a, b) * P(b, m) * d(m)(x__, r), i, a, b, m), "definition of the Gram matrix"
    yield (
        equals(Pi(x, x__, j, r), Over(d(i)(x, j) * REFLEXIVE(i, m) * d(m)(x__, r), i, m)),
        "$G^{+} G G^{+} = G^{+}$",
    )
    yield Over((projected(d(i))(x, j) - d(i)(x, j)) ** 2, x, j)
    yield Over(residual(i)(a) * G(a, b) * residual(i)(b), a, b), "definition of the Gram matrix"
    yield equals(S.Zero, Over(residual(i)(m) * INVERSE(m, i), m)), "$G G^{+} G = G$"
    yield Derivative(f(theta, x, j), t)
    yield Over(theta.rate(i) * d(i)(x, j), i), "chain rule"
    yield -Over(d(i)(x, j) * P(i, m) * Partial(c(), theta, m), i, m), "natural gradient flow"
    yield -projected(gradient)(x, j), "the parameter gradient, and the definition of the projector"
    yield Derivative(C(f(theta)), t)
    yield Over(theta.rate(i) * slope, i), "chain rule"
    yield -Over(slope * P(i, m) * Partial(c(), theta, m), i, m), "natural gradient flow"
    yield -quadratic_form(gradient, Pi), "the parameter gradient, and the definition of the projector"
    yield (
        equals(
            -Over(projected(gradient)(x, j) ** 2, x, j),
            Over(slope * REFLEXIVE(i, m) * Partial(c(), theta, m), i, m)
            + Over(slope * SYMMETRIC(a, i) * G(a, b) * P(b, m) * Partial(c(), theta, m), i, a, b, m),
        ),
        "$G^{+} G G^{+} = G^{+}$ is symmetric",
    )
    yield at_most(S.Zero), "a sum of squares"
