r"""A cost that depends on the slope of f: ½∫|f'|². Its functional derivative is −f'' and a term at the ends."""

from __future__ import annotations

from sympy import Derivative, Symbol

from ..calculus import Definition, Functional, Lam, Over, Space
from ..calculus.rules import FUNDAMENTAL, SYMMETRY, UNDER
from ..costs import library
from ..proofs.derivation import Hypothesis
from ..proofs.facts import ZERO, Fact
from ..proofs.theorem import equals, theorem
from .cost_dynamics import cost_dynamics
from .costs import gradient_flow
from .setting import FUBINI, Outputs, Parameters, eps, i, j, l, slope_at_zero, t, theta

L = Symbol("L", positive=True)
I = Space("I", "measure", "x", interval=(0, L))
x, x_ = I.point("x"), I.point("x'")
F, phi = Functional("f", [I, Outputs]), Functional("varphi", [I, Outputs])
f = Functional("f", [I, Outputs], of=[Parameters], wrt="theta")


def slope(a, n=1):
    """a', a'' of a function of x and j."""
    return lambda x, j: a(x, j).diff(x, n)


def at_end(a, end):
    """The value at an end of a function of x and j."""
    return lambda j: Lam(a(x, j), x)(end)


def energy(a):
    return Over(library.dirichlet_energy.expr.xreplace({library.df: slope(a)(x, j)}), x, j)


def density(a):
    """The item's own closed form: −a''."""
    return lambda x, j: library.dirichlet_energy.slope.xreplace({library.d2f: slope(a, 2)(x, j)})


def network(x, j):
    return f(theta, x, j)


def d(x, j):
    """∂f/∂θ_i."""
    return f(theta, x, j).at(i)


def pairing(a, b):
    return Over(a(x, j) * b(x, j), x, j)


def boundary(a, b):
    """Σ_j a_j b_j from one end to the other."""
    upper, lower = (at_end(a, end)(j) * at_end(b, end)(j) for end in (I.upper, I.lower))
    return Over(upper - lower, j)


def total(a, b):
    """∫ Σ_j (a_j b_j)' dx."""
    return Over(Derivative(a(x, j) * b(x, j), x), x, j)


def quadratic_form(a, kernel):
    return Over(a(x, j) * kernel(x, x_, j, l) * a(x_, l), x, x_, j, l)


K = Definition("K", Lam(Over(d(x, j) * d(x_, l), i), x, x_, j, l))
SLOPES = Definition("K'", Lam(Over(slope(d)(x, j) * slope(d)(x_, l), i), x, x_, j, l))
FLAT = [
    Fact(
        f"f' = 0 at {end}", Lam(at_end(slope(network), end)(j), j), ZERO,
        text=f"(f'({end}))", latex=rf"\left(f'({end})\right)",
    )
    for end in (I.lower, I.upper)
]  # fmt: skip


def flat(b):
    """Σ_j f_j' b_j from one end to the other, where f' vanishes at the ends."""
    lower, upper = FLAT
    return Over(upper(j) * at_end(b, I.upper)(j) - lower(j) * at_end(b, I.lower)(j), j)


@theorem(
    source="Courant and Hilbert 1924, Methoden der mathematischen Physik I, chapter IV",
    hypotheses=[
        Hypothesis(
            r"$x$ runs over the interval from 0 to $L$ with Lebesgue measure; $f$ is twice continuously differentiable in "
            r"$x$, and the directions $\varphi$ and $\partial f/\partial\theta_{i}$ once. This cost is no differentiable "
            r"functional on $L^{2}$: the ambient space is that of functions with a slope."
        ),
        Hypothesis(
            "The energy may be differentiated under the integral, along a direction and along the flow.",
            grants=(UNDER,),
        ),
        Hypothesis(
            r"$\theta \mapsto f^{\theta}$ is differentiable, and its derivatives in $x$ and in $\theta$ may be exchanged.",
            grants=("differentiability of f", SYMMETRY),
        ),
        Hypothesis(
            r"Gradient flow exists: $\dot{\theta}_{i} = -\frac{\partial c}{\partial\theta_{i}}$, with $c$ the energy of "
            r"$f^{\theta}$.",
            grants=("gradient flow", "differentiability of theta"),
        ),
        Hypothesis(
            "The integral of a derivative is the difference of the values at the ends.",
            source="the fundamental theorem of calculus",
            grants=(FUNDAMENTAL,),
        ),
        FUBINI,
        Hypothesis(
            r"For the last two lines: $f' = 0$ at both ends, at the time in question.",
            grants=tuple(a.name for a in FLAT),
        ),
    ],
    uses=[cost_dynamics],
)
def dirichlet_energy():
    """The functional derivative of the Dirichlet energy is −f'' inside and ±f' at the ends

    Along gradient flow the energy falls by the form of K' = ∂²K/∂x∂x', the kernel of the slopes. Where f' vanishes at
    the ends, this is the form of K and f'' as for the other costs; elsewhere the ends have their part in it.
    """
    yield slope_at_zero(energy(lambda x, j: F(x, j) + eps * phi(x, j)))
    yield pairing(slope(F), slope(phi)), UNDER
    yield pairing(density(F), phi) + total(slope(F), phi), "Leibniz"
    yield pairing(density(F), phi) + boundary(slope(F), phi), "the fundamental theorem of calculus"
    follows = gradient_flow(energy(network))
    against_slopes, inside = pairing(slope(network), slope(d)), pairing(density(network), d)
    ends = boundary(slope(network), d)
    yield Derivative(energy(network), t)
    yield equals(-quadratic_form(slope(network), SLOPES), Over(follows(i) * against_slopes, i)), "cost dynamics"
    yield -Over(against_slopes**2, i), "definition of the kernel of the slopes"
    yield -Over((inside + total(slope(network), d)) ** 2, i), "Leibniz"
    yield -Over((inside + ends) ** 2, i), "the fundamental theorem of calculus"
    yield equals(-Over(inside**2, i), -Over(flat(d) * (2 * inside + ends), i)), "the ends have no part"
    yield -quadratic_form(density(network), K), "definition of the tangent kernel"
