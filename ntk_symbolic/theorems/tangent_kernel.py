r"""The tangent kernel is symmetric, positive semi-definite, and of rank at most P; when its semi-norm is a norm."""

from __future__ import annotations

from sympy import Add, S, Symbol

from ..calculus import Delta, Functional, Lam, Over
from ..calculus.display import latex
from ..proofs.derivation import Hypothesis
from ..proofs.facts import NONNEGATIVE, ZERO, Fact
from ..proofs.theorem import at_least, at_most, equals, theorem
from .setting import (
    FUBINI,
    SPACES,
    K,
    Outputs,
    X,
    bilinear_form,
    d,
    g,
    i,
    j,
    l,
    m,
    outer_product,
    pairing,
    quadratic_form,
    seminorm,
    x,
    x_,
)

a, b = Functional("a", [X, Outputs]), Functional("b", [X, Outputs])
s = Symbol("s", real=True)
p, q, r = Symbol("p", nonnegative=True), Symbol("q", nonnegative=True), Symbol("r", real=True)
inputs = x1, x2, x3 = tuple(Symbol(f"x_{n}", real=True) for n in (1, 2, 3))

CAUCHY_SCHWARZ = Fact("Cauchy–Schwarz for K", Lam(p * q - r), NONNEGATIVE, latex=r"(pq - r)", text="(pq − r)")
ORTHOGONAL = Fact(
    "g is orthogonal to every ∂f/∂θ_i", Lam(pairing(g, d(i)), i), ZERO,
    latex=r"\langle g, \partial f/\partial\theta\rangle", text="⟨g, ∂f/∂θ⟩",
)  # fmt: skip


@theorem(
    source="three data points, two parameters",
    hypotheses=[
        Hypothesis(
            r"$P = 2$ and $f(x; \theta) = \theta_{1} x + \theta_{2}$, so $K(x, x') = x x' + 1$; three different inputs, and "
            r"$g = (x_{2} - x_{3}, x_{3} - x_{1}, x_{1} - x_{2})$ at them."
        )
    ],
)
def fewer_parameters_than_data_is_no_norm():
    """With fewer parameters than data points the semi-norm vanishes on functions that are not 0

    Strict positive definiteness on N points with k outputs needs P ≥ N k. On an infinite-dimensional L² no network of
    finitely many parameters has it.
    """
    values = x2 - x3, x3 - x1, x1 - x2
    yield Add(*(v * (a * b + 1) * w for a, v in zip(inputs, values) for b, w in zip(inputs, values)))
    yield S.Zero, "the quadratic form of K at g"
    yield Add(*(v**2 for v in values))
    yield at_least((x1 - x2) ** 2, (x2 - x3) ** 2 + (x3 - x1) ** 2), "the square of the length of g"


@theorem(
    source="Jacot, Gabriel, Hongler 2018, Neural Tangent Kernel, arXiv 1806.07572, section 3",
    hypotheses=[
        SPACES,
        Hypothesis(rf"The partial derivatives ${latex(d(i)(x, j))}$ exist and lie in $\mathcal{{G}}$."),
        FUBINI,
        Hypothesis(
            r"In the triangle inequality $p = \lVert a \rVert_{K}$, $q = \lVert b \rVert_{K}$ and $r = "
            r"\langle a, K b \rangle$, so that $r \le p q$ by the part before.",
            grants=(CAUCHY_SCHWARZ.name,),
        ),
        Hypothesis(
            rf"In the part on the null space $g$ is orthogonal to the tangent functions: ${latex(pairing(g, d(i)))} = 0$ "
            r"for every $i$.",
            grants=(ORTHOGONAL.name,),
        ),
    ],
    counterexamples=[fewer_parameters_than_data_is_no_norm],
)
def tangent_kernel():
    """The tangent kernel is symmetric and positive semi-definite, its form is a semi-norm, and its rank is at most P

    The semi-norm of g is 0 exactly where g is orthogonal to all P functions ∂f/∂θ_i. It is a norm on a space of functions
    if only 0 is orthogonal to them all, which needs the dimension of that space to be at most P.
    """
    # symmetric
    yield K(x, x_, j, l)
    yield outer_product(x, x_, j, l), "definition of the tangent kernel"
    yield K(x_, x, l, j), "definition of the tangent kernel"
    # positive semi-definite, as a sum of squares
    yield seminorm(g())
    yield quadratic_form(g, K), "definition of the semi-norm"
    yield Over(pairing(g, d(i)) ** 2, i), "definition of the tangent kernel"
    yield at_least(S.Zero), "a sum of squares"
    # a semi-norm: homogeneous, Cauchy–Schwarz, triangle inequality
    yield seminorm(Lam(s * a(x, j), x, j))
    yield s**2 * seminorm(a()), "homogeneity"
    yield bilinear_form(a, K, b) ** 2
    gap = Over((pairing(a, d(i)) * pairing(b, d(m)) - pairing(a, d(m)) * pairing(b, d(i))) ** 2, i, m) / 2
    yield at_most(seminorm(a()) * seminorm(b()), gap), "Cauchy–Schwarz, by Lagrange's identity"
    yield seminorm(Lam(a(x, j) + b(x, j), x, j))
    yield seminorm(a()) + 2 * bilinear_form(a, K, b) + seminorm(b()), "the square of a sum"
    yield p**2 + 2 * r + q**2
    yield at_most((p + q) ** 2, 2 * CAUCHY_SCHWARZ()), "the triangle inequality"
    # where it vanishes
    yield seminorm(g())
    yield equals(S.Zero, Over(pairing(g, d(i)) * ORTHOGONAL(i), i)), "g is orthogonal to the tangent functions"
    yield pairing(g, d(m)) ** 2
    yield (
        at_most(seminorm(g()), Over(((1 - Delta(i, m)) * pairing(g, d(i))) ** 2, i)),
        "one square of the sum",
        "So where the semi-norm is 0, g is orthogonal to every tangent function.",
    )
    # rank
    yield Over(K(x, x_, j, l) * g(x_, l), x_, l)
    yield (
        Over(pairing(g, d(i)) * d(i)(x, j), i),
        "definition of the tangent kernel",
        "So K g is a combination of the P functions ∂f/∂θ_i for every g.",
    )
