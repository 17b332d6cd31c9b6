"""The common setting of the theorems: spaces, a network with moving parameters, its cost, its tangent kernel, hypotheses.

Pairings and forms are functions of functions: `pairing(gradient, d(i))` is ∫ Σ_j (δC/δf_j)(x) (∂f_j/∂θ_i)(x) dμ(x).
"""

from __future__ import annotations

from sympy import Derivative, S, Subs, Symbol

from ..calculus import Assumption, Definition, Functional, Lam, Over, Partial, Space
from ..calculus.display import latex
from ..proofs.derivation import Hypothesis
from ..proofs.facts import NONNEGATIVE, Fact

# Spaces, and a name for each of their points.
X = Space("X", "measure", "x", r"\mathcal{X}")
Outputs = Space("k", "counting", "j")
Parameters = Space("P", "counting", "i")
x, x_ = X.point("x"), X.point("x'")
j, l = Outputs.point("j"), Outputs.point("l")
i, m = Parameters.point("i"), Parameters.point("m")

# The cost of a network whose parameters move in time.
t, eps = Symbol("t", real=True), Symbol("epsilon", real=True)
theta = Functional("theta", [Parameters], time=t)
f = Functional("f", [X, Outputs], of=[Parameters], wrt="theta")
C = Functional("C", of=[X, Outputs], wrt="f")
c = Definition("c", Lam(C(f(theta))))
gradient = C(f(theta)).at  # δC/δf

# Functions on 𝒳 × {1..k}
g = Functional("g", [X, Outputs])
phi = Functional("varphi", [X, Outputs])


def d(i):
    """∂f/∂θ_i, a function of x and j."""
    return lambda x, j: f(theta, x, j).at(i)


def pairing(a, b, x=x, j=j):
    """∫ Σ_j a_j(x) b_j(x) dμ(x)."""
    return Over(a(x, j) * b(x, j), x, j)


def bilinear_form(a, kernel, b):
    """∬ Σ_jl a_j(x) kernel_jl(x, x') b_l(x') dμ(x) dμ(x')."""
    return Over(a(x, j) * kernel(x, x_, j, l) * b(x_, l), x, x_, j, l)


def quadratic_form(a, kernel):
    """∬ Σ_jl a_j(x) kernel_jl(x, x') a_l(x') dμ(x) dμ(x')."""
    return bilinear_form(a, kernel, a)


def outer_product(x, x_, j, l):
    return Over(d(i)(x, j) * d(i)(x_, l), i)


def function(a):
    """The function `a` in the form of an argument of a functional or a definition."""
    return Lam(a(x, j), x, j)


def slope_at_zero(e):
    """lim_{ε→0} (e(ε) − e(0))/ε."""
    return Subs(Derivative(e, eps), eps, S.Zero)


K = Definition("K", Lam(outer_product(x, x_, j, l), x, x_, j, l))
seminorm = Definition(
    "the semi-norm", Lam(quadratic_form(g, K)), [g], latex=r"\left\lVert %s\right\rVert_{K}^{2}", text="‖%s‖²_K"
)
gradient_flow = Assumption("gradient flow", theta.rate, Lam(-Partial(c(), theta, i), i))


def says(name, is_):
    """A definition as prose."""
    return f"${latex(name)} = {latex(is_)}$"


# Hypotheses

SPACES = Hypothesis(
    r"$\mu$ is a $\sigma$-finite measure on $\mathcal{X}$, $\theta \in \mathbb{R}^{P}$, and $f^{\theta}$ lies in "
    r"$\mathcal{G} = L^{2}(\mathcal{X}, \mu; \mathbb{R}^{k})$; $i$ runs over $1 \ldots P$, $j$ and $l$ over "
    r"$1 \ldots k$."
)
FRECHET = Hypothesis(
    r"$C$ is Fréchet differentiable on the ambient space $\mathcal{G}$, at every $f^{\theta}$ that occurs.",
    grants=("differentiability of C",),
)
NETWORK = Hypothesis(
    r"$\theta \mapsto f^{\theta}$ is differentiable as a map into $\mathcal{G}$; its partial derivatives "
    rf"${latex(d(i)(x, j))}$ lie in $\mathcal{{G}}$.",
    grants=("differentiability of f",),
)
FLOW = Hypothesis(
    rf"Gradient flow exists: $\theta$ is differentiable in $t$, {says(theta.rate(i), gradient_flow.value(i))}, where "
    rf"{says(c(), C(f(theta)))}.",
    grants=("gradient flow", "differentiability of theta"),
)
REPRESENTATION = Hypothesis(
    r"The derivative of $C$, a bounded linear functional on $\mathcal{G}$, is "
    rf"$\varphi \mapsto {latex(pairing(gradient, phi))}$ for one element ${latex(gradient(x, j))}$ of $\mathcal{{G}}$, "
    r"unique up to $\mu$-null sets.",
    source="Riesz 1907 and Fréchet 1907, representation on Hilbert spaces (not Riesz–Markov–Kakutani)",
)
FUBINI = Hypothesis(
    r"A product of two integrals is the double integral over $\mathcal{X} \times \mathcal{X}$: both factors are "
    r"integrable, being products of elements of $\mathcal{G}$, and $\mu$ is $\sigma$-finite.",
    source="Fubini 1907, Tonelli 1909",
    grants=("Fubini",),
)

bounded_below = Symbol("lambda", positive=True)
KERNEL_BOUND = Fact(
    "K ⪰ λ", Lam(quadratic_form(g, K) - bounded_below * pairing(g, g)), NONNEGATIVE, [g], text="(K ⪰ λ)[%s]",
    latex=r"\left(K \succeq \lambda\right)\!\left[%s\right]",
)  # fmt: skip
