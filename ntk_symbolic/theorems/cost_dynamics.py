r"""How the cost moves along gradient flow: d/dt C[f^θ] = −‖δC/δf‖²_K, with K the tangent kernel.

>>> print(cost_dynamics().verdict)
proved
"""

from __future__ import annotations

from sympy import Derivative, Symbol

from ..calculus import Assumption, Definition, Functional, Lam, Over, Partial, Space
from ..calculus.display import latex
from ..proofs.derivation import Hypothesis
from ..proofs.theorem import theorem

# Spaces, and a name for each of their points.
X = Space("X", "measure", "x", r"\mathcal{X}")
Outputs = Space("k", "counting", "j")
Parameters = Space("P", "counting", "i")
x, x_, j, l, i = X.point("x"), X.point("x'"), Outputs.point("j"), Outputs.point("l"), Parameters.point("i")

# The cost of a network whose parameters move in time.
t = Symbol("t")
theta = Functional("theta", [Parameters], time=t)
f = Functional("f", [X, Outputs], of=[Parameters], wrt="theta")
C = Functional("C", of=[X, Outputs], wrt="f")

c = Definition("c", Lam(C(f(theta))))
gradient = C(f(theta)).at  # δC/δf
g = Functional("g", [X, Outputs])


def d(i):
    """∂f/∂θ_i, a function of x and j."""
    return lambda x, j: f(theta, x, j).at(i)


def pairing(a, b, x, j):
    """∫ Σ_j a_j(x) b_j(x) dμ(x)."""
    return Over(a(x, j) * b(x, j), x, j)


def quadratic_form(a, kernel):
    """∬ Σ_jl a_j(x) kernel_jl(x, x') a_l(x') dμ(x) dμ(x')."""
    return Over(a(x, j) * kernel(x, x_, j, l) * a(x_, l), x, x_, j, l)


def outer_product(x, x_, j, l):
    return Over(d(i)(x, j) * d(i)(x_, l), i)


K = Definition("K", Lam(outer_product(x, x_, j, l), x, x_, j, l))
seminorm = Definition(
    "the semi-norm", Lam(quadratic_form(g, K)), [g], latex=r"\left\lVert %s\right\rVert_{K}^{2}", text="‖%s‖²_K"
)
gradient_flow = Assumption("gradient flow", theta.rate, Lam(-Partial(c(), theta, i), i))


def says(name, is_):
    return f"${latex(name)} = {latex(is_)}$"


@theorem(
    source="Jacot, Gabriel, Hongler 2018, Neural Tangent Kernel, arXiv 1806.07572, section 3",
    assuming=[gradient_flow],
    hypotheses=[
        Hypothesis(
            r"$\mu$ is a $\sigma$-finite measure on $\mathcal{X}$, $\theta \in \mathbb{R}^{P}$, and $f^{\theta}$ lies "
            r"in $\mathcal{G} = L^{2}(\mathcal{X}, \mu; \mathbb{R}^{k})$; $i$ runs over $1 \ldots P$, $j$ and $l$ over "
            r"$1 \ldots k$."
        ),
        Hypothesis(
            r"$C$ is Fréchet differentiable on the ambient space $\mathcal{G}$, at every $f^{\theta}$ met. Directional "
            r"derivatives alone give no chain rule: on $\mathbb{R}^{2}$ let $C(u, v)$ be 1 where $v = u^{2} \ne 0$, "
            r"else 0; all of them vanish at 0, and $C$ jumps along $(\theta, \theta^{2})$."
        ),
        Hypothesis(
            r"$\theta \mapsto f^{\theta}$ is differentiable as a map into $\mathcal{G}$; its partial derivatives "
            rf"${latex(f(theta, x, j).at(i))}$ lie in $\mathcal{{G}}$."
        ),
        Hypothesis(
            rf"Gradient flow exists: $\theta$ is differentiable in $t$, "
            rf"{says(theta.rate(i), gradient_flow.value(i))}, where {says(c(), C(f(theta)))}."
        ),
        Hypothesis(
            r"The derivative of $C$, a bounded linear functional on $\mathcal{G}$, is "
            rf"$\varphi \mapsto {latex(pairing(gradient, Functional('varphi', [X, Outputs]), x, j))}$ for one element "
            rf"${latex(gradient(x, j))}$ of $\mathcal{{G}}$, unique up to $\mu$-null sets.",
            source="Riesz 1907 and Fréchet 1907, representation on Hilbert spaces (not Riesz–Markov–Kakutani)",
        ),
        Hypothesis(
            r"A product of two integrals is the double integral over $\mathcal{X} \times \mathcal{X}$: both factors "
            r"are integrable, being products of elements of $\mathcal{G}$, and $\mu$ is $\sigma$-finite.",
            source="Fubini 1907, Tonelli 1909",
        ),
    ],
)
def cost_dynamics():
    """Along gradient flow the cost falls at the rate of the squared kernel semi-norm of its gradient

    The kernel K is that of the moving parameters, K at θ(t). The semi-norm is a norm only where K is strictly positive
    definite; it is the form of g and K g, not the norm of the reproducing kernel Hilbert space of K.
    """
    yield Derivative(C(f(theta)), t)
    yield Over(theta.rate(i) * pairing(gradient, d(i), x, j), i), "chain rule"
    yield -Over(Partial(c(), theta, i) * pairing(gradient, d(i), x, j), i), "gradient flow"
    yield (
        -Over(pairing(gradient, d(i), x_, l) * pairing(gradient, d(i), x, j), i),
        "chain rule",
        f"Here {says(Partial(c(), theta, i), pairing(gradient, d(i), x_, l))}.",
    )
    yield -quadratic_form(gradient, outer_product), "product of integrals as a double integral"
    yield (
        -quadratic_form(gradient, K),
        "definition of the tangent kernel",
        f"Here {says(K(x, x_, j, l), outer_product(x, x_, j, l))}.",
    )
    yield (
        -seminorm(Lam(gradient(x, j), x, j)),
        "definition of the semi-norm",
        f"Here {says(seminorm(g()), quadratic_form(g, K))}.",
    )
