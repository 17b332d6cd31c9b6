r"""The functional derivative: the density of the Gateaux derivative with respect to a stated measure."""

from __future__ import annotations

from sympy import Derivative, S, Subs, Symbol

from ..calculus import Functional, Lam, Over
from ..calculus.display import latex
from ..proofs.derivation import Hypothesis
from ..proofs.facts import ZERO, Fact
from ..proofs.theorem import equals, theorem
from .setting import Outputs, X, eps, g, j, pairing, phi, slope_at_zero, x

J, I = Functional("J", of=[X, Outputs], wrt="g"), Functional("I", of=[X, Outputs], wrt="g")
a, b = Functional("a", [X, Outputs]), Functional("b", [X, Outputs])
n, s = Symbol("n", integer=True, positive=True), Symbol("s", real=True)
rho = Functional("rho", [X])
moved = Lam(g(x, j) + eps * phi(x, j), x, j)

REPRESENTS_BOTH = Fact(
    "a and b represent one functional", Lam(pairing(a, phi) - pairing(b, phi)), ZERO, [phi],
    latex=r"\left(\langle a - b, \cdot\rangle = 0\right)\!\left[%s\right]", text="(⟨a − b, ·⟩ = 0)[%s]",
)  # fmt: skip


DENSITY = Fact(
    "b is the derivative with respect to ν",
    Lam(slope_at_zero(J(moved)) - Over(rho(x) * b(x, j) * phi(x, j), x, j)), ZERO, [phi],
    latex=r"\left(\delta_{\nu} J = b\right)\!\left[%s\right]", text="(δ_νJ = b)[%s]",
)  # fmt: skip


def derivative(functional):
    """δJ/δg, a function of x and j."""
    return functional(g()).at


@theorem(
    source="standard; for the Dirac measure see Rudin 1987, Real and Complex Analysis, chapter 6",
    hypotheses=[
        Hypothesis(
            r"$J[g] = g(0)$ for continuous $g$ on $[0, 1]$, and $\varphi_{n}(s) = (1 - s)^{n}$, so $J[\varphi_{n}] = 1$ "
            r"for every $n$, while $\int_0^1 \varphi_{n}^{2} = F(1) - F(0)$ with $F(s) = -(1 - s)^{2n + 1}/(2n + 1)$."
        )
    ],
)
def evaluation_at_a_point_has_no_density():
    """Evaluation at a point is linear, and no element of L² represents it

    If J[φ] = ∫ d φ held with d in L², then by Cauchy and Schwarz 1 = |J[φ_n]|² ≤ ‖d‖² ∫ φ_n² = ‖d‖²/(2n + 1) for every
    n, which fails for n large. With respect to the measure that has an atom at 0 it does have a density.
    """
    antiderivative = -((1 - s) ** (2 * n + 1)) / (2 * n + 1)
    yield Derivative(antiderivative, s)
    yield ((1 - s) ** n) ** 2, "F is an antiderivative of $\\varphi_{n}^{2}$"
    yield Subs(antiderivative, s, 1) - Subs(antiderivative, s, 0)
    yield 1 / (2 * n + 1), "F at the ends"


@theorem(
    source="Gateaux 1913; Engel and Dreizler 2011, Density Functional Theory, appendix A",
    hypotheses=[
        Hypothesis(
            r"$\mu$ is a $\sigma$-finite measure on $\mathcal{X}$; $g$ and every direction $\varphi$ lie in "
            r"$\mathcal{G} = L^{2}(\mathcal{X}, \mu; \mathbb{R}^{k})$."
        ),
        Hypothesis(
            r"$J$ and $I$ are Gateaux differentiable at $g$, and the derivative is linear and bounded in $\varphi$.",
            grants=("differentiability of J", "differentiability of I"),
        ),
        Hypothesis(
            rf"A bounded linear functional on $\mathcal{{G}}$ is $\varphi \mapsto {latex(pairing(a, phi))}$ for an "
            r"element $a$ of $\mathcal{G}$.",
            source="Riesz 1907 and Fréchet 1907, representation on Hilbert spaces (not Riesz–Markov–Kakutani)",
        ),
        Hypothesis(
            r"In the part on uniqueness $a$ and $b$ represent the same derivative: "
            rf"${latex(pairing(a, phi))} = {latex(pairing(b, phi))}$ for every $\varphi$.",
            grants=(REPRESENTS_BOTH.name,),
        ),
        Hypothesis(
            r"In the part on another measure $\mathrm{d}\nu = \rho\,\mathrm{d}\mu$, and $b$ is the derivative of $J$ with "
            rf"respect to $\nu$: ${latex(slope_at_zero(J(moved)))} = {latex(Over(rho(x) * b(x, j) * phi(x, j), x, j))}$.",
            grants=(DENSITY.name,),
        ),
    ],
    counterexamples=[evaluation_at_a_point_has_no_density],
)
def functional_derivative():
    r"""The functional derivative is the density of the directional derivative, and there is one at most

    It is always with respect to a measure: where $\mathrm{d}\nu = \rho\,\mathrm{d}\mu$, the derivative with respect to
    $\mu$ is $\rho$ times the one with respect to $\nu$. It is unique up to null sets of that measure.
    """
    yield slope_at_zero(J(moved))
    yield pairing(derivative(J), phi), "definition of the functional derivative"
    # unique
    difference = Lam(a(x, j) - b(x, j), x, j)
    yield Over((a(x, j) - b(x, j)) ** 2, x, j)
    yield equals(S.Zero, REPRESENTS_BOTH(difference)), "the direction $\\varphi = a - b$"
    # another measure
    off = Lam(derivative(J)(x, j) - rho(x) * b(x, j), x, j)
    yield Over((derivative(J)(x, j) - rho(x) * b(x, j)) ** 2, x, j)
    yield equals(S.Zero, DENSITY(off)), "change of measure: $\\delta_{\\mu} J = \\rho\\,\\delta_{\\nu} J$"
    # Leibniz, and the chain rule for numbers
    yield slope_at_zero(J(moved) * I(moved))
    yield (
        Over((derivative(J)(x, j) * I(g()) + J(g()) * derivative(I)(x, j)) * phi(x, j), x, j),
        "Leibniz",
    )
    yield slope_at_zero(J(moved) ** 3 + 2 * I(moved))
    yield (
        Over((3 * J(g()) ** 2 * derivative(J)(x, j) + 2 * derivative(I)(x, j)) * phi(x, j), x, j),
        "a function of functionals",
    )
