r"""The costs of `ntk_symbolic.costs`: their functional derivatives, and the theorems applied to each of them."""

from __future__ import annotations

from sympy import Derivative, exp, log

from ..calculus import Functional, Lam, Over, Partial
from ..calculus.rules import CASES, UNDER
from ..costs import LIBRARY, Item, library
from ..proofs.derivation import Hypothesis
from ..proofs.facts import ZERO, Fact
from ..proofs.theorem import equals, theorem
from .cost_dynamics import cost_dynamics
from .function_dynamics import function_dynamics
from .setting import (
    FUBINI,
    NETWORK,
    K,
    Outputs,
    X,
    d,
    eps,
    f,
    i,
    j,
    l,
    pairing,
    phi,
    quadratic_form,
    slope_at_zero,
    t,
    theta,
    x,
    x_,
)  # fmt: skip

f_, y_ = library.f, library.y  # the arguments of ℓ
F, y, w = Functional("f", [X, Outputs]), Functional("y", [X, Outputs]), Functional("w", [X])
CLOSED = "the slope in closed form"


def network(x, j):
    """f_j(x; θ)."""
    return f(theta, x, j)


def moved(x, j):
    """(f + ε φ)_j(x)."""
    return F(x, j) + eps * phi(x, j)


def at(item: Item, e, function):
    """An expression in the item's symbols, as a function of x and j."""

    def value(x, j):
        sums = {s: Over(at(item, term, function)(x, l), l) for s, term in item.summed.items() if e.has(s)}
        return e.xreplace({f_: function(x, j), y_: y(x, j), library.w: w(x), **sums})

    return value


def cost(item: Item, function):
    """∫ Σ_j ℓ dμ; without Σ_j if ℓ depends on sums over the outputs."""
    return Over(at(item, item.expr, function)(x, j), x, *(() if item.summed else (j,)))


def gradient_flow(c):
    """θ̇_i = −∂c/∂θ_i, for this cost c."""
    body = Lam(theta.rate(i) + Partial(c, theta, i), i)
    pattern = r"\left(\dot{\theta} + \frac{\partial c}{\partial\theta}\right)"
    return Fact("gradient flow", body, ZERO, latex=pattern, text="(θ\u0307 + ∂c/∂θ)")


def derivative(item: Item):
    """d/dε C[f + ε φ] = ∫ Σ_j (∂ℓ/∂f_j) φ_j dμ."""
    first, *closed = (at(item, e, F) for e in item.forms)
    yield slope_at_zero(cost(item, moved))
    yield pairing(first, phi), f"{item.title}: differentiation under the integral"
    for slope in closed:
        yield pairing(slope, phi), CLOSED


def dynamics(item: Item):
    """The dynamics of the cost and of the network: the theorems on both, for this slope."""
    flows = gradient_flow(cost(item, network))
    first, *closed = (at(item, e, network) for e in item.forms)
    yield Derivative(cost(item, network), t)
    yield equals(-quadratic_form(first, K), Over(flows(i) * pairing(first, d(i)), i)), f"{item.title}: cost dynamics"
    for slope in closed:
        yield -quadratic_form(slope, K), CLOSED
    yield Derivative(network(x, j), t)
    yield equals(kernel_gradient(first), Over(flows(i) * d(i)(x, j), i)), f"{item.title}: function dynamics"
    for slope in closed:
        yield kernel_gradient(slope), CLOSED


def kernel_gradient(slope):
    """−∫ Σ_l K_jl(x, x') slope_l(x') dμ(x')."""
    return -Over(K(x, x_, j, l) * slope(x_, l), x_, l)


LABELS = Fact(
    "the labels sum to 1", Lam(Over(y(x, j), j) - 1, x), ZERO,
    latex=r"\left(\sum_{j} y_{j} - 1\right)", text="(Σ_j y_j − 1)",
)  # fmt: skip


def cross_entropy():
    """−Σ_j y_j log p_j, where p is the softmax of f: with labels that sum to 1 it is the item of the library."""
    total = log(Over(exp(F(x, l)), l))
    yield Over(y(x, j) * (total - F(x, j)), x, j)
    yield equals(cost(library.softmax_cross_entropy, F), Over(LABELS(x) * total, x)), "the labels sum to 1"


def _domains():
    return " ".join(f"{item.title}: {item.domain}." for item in LIBRARY.values() if item.local)


@theorem(
    source="Jacot, Gabriel, Hongler 2018, section 3, for each cost; the costs have their own sources, in the library",
    hypotheses=[
        Hypothesis(
            r"$\mu$ is a $\sigma$-finite measure on $\mathcal{X}$; outputs $f$, targets $y$ and directions $\varphi$ lie "
            r"in $L^{2}(\mathcal{X}, \mu; \mathbb{R}^{k})$, and so do the slopes below."
        ),
        Hypothesis(f"The costs are evaluated in their domains. {_domains()}"),
        Hypothesis(
            r"$\int \ell\,\mathrm{d}\mu$ may be differentiated under the integral, along $f + \varepsilon\varphi$ and "
            r"along the flow: the slopes have an integrable bound near the point.",
            source="dominated convergence, Lebesgue 1904",
            grants=(UNDER,),
        ),
        Hypothesis(
            r"Huber's cost has a derivative where its cases meet, since $u \mapsto \max(u, 0)^{2}$ has the slope 0 at 0.",
            grants=(CASES,),
        ),
        Hypothesis(r"The labels of cross-entropy are probabilities: $\sum_{j} y_{j}(x) = 1$.", grants=(LABELS.name,)),
        NETWORK,
        Hypothesis(
            r"Gradient flow of each cost exists: $\theta$ is differentiable in $t$ and "
            r"$\dot{\theta}_{i} = -\frac{\partial c}{\partial\theta_{i}}$, where $c$ is that cost of $f^{\theta}$.",
            grants=("gradient flow", "differentiability of theta"),
        ),
        FUBINI,
    ],
    uses=[cost_dynamics, function_dynamics],
)
def costs():
    """The functional derivatives of the usual costs, and the dynamics of each

    Each cost is one expression; its slope is the derivative of that expression. The weighted cost is that
    of the measure w μ, whose derivative with respect to w μ is f − y again. The dynamics are not closed: K moves.
    """
    for item in LIBRARY.values():
        if item.local:
            yield from derivative(item)
            yield from dynamics(item)
    yield from cross_entropy()
