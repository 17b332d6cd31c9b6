r"""Convergence of the cost, and its rate: K ⪰ λ and a Polyak–Łojasiewicz inequality give e^{−2λmt}."""

from __future__ import annotations

from sympy import Derivative, S, Subs, Symbol, exp

from ..calculus import Functional, Lam, Over
from ..calculus.display import latex
from ..proofs.derivation import Hypothesis
from ..proofs.facts import NONNEGATIVE, Fact
from ..proofs.theorem import at_least, at_most, theorem
from .cost_dynamics import cost_dynamics
from .setting import (
    FLOW,
    FRECHET,
    FUBINI,
    KERNEL_BOUND,
    NETWORK,
    REPRESENTATION,
    SPACES,
    K,
    Outputs,
    X,
    bounded_below,
    c,
    function,
    g,
    gradient,
    gradient_flow,
    j,
    pairing,
    quadratic_form,
    t,
    x,
)

lam = bounded_below
mu = Symbol("m", positive=True)
least = Symbol("C_*", real=True)
start, now = Symbol("C_0", real=True), Symbol("C_t", real=True)
time = Symbol("t", nonnegative=True)
v = Functional("v", [X, Outputs])  # from the network to a minimiser
u, n, rate = Symbol("u", real=True), Symbol("n", positive=True), Symbol("r", positive=True)

POLYAK = Fact(
    "Polyak–Łojasiewicz", Lam(pairing(gradient, gradient) / 2 - mu * (c() - least)), NONNEGATIVE,
    latex=r"\left(\tfrac12\lVert\delta C/\delta f\rVert^{2} - m (c - C_{*})\right)", text="(½‖δC/δf‖² − m (c − C_*))",
)  # fmt: skip
STRONG_CONVEXITY = Fact(
    "strong convexity", Lam(least - c() - pairing(gradient, v) - mu * pairing(v, v) / 2), NONNEGATIVE, [v],
    latex=r"\text{(strong convexity)}\left[%s\right]", text="(strong convexity)[%s]",
)  # fmt: skip
DECREASING = Fact(
    "a function with derivative at most 0 does not increase",
    Lam((start - least) - exp(2 * lam * mu * time) * (now - least)), NONNEGATIVE,
    latex=r"\left(C_{0} - C_{*} - e^{2 \lambda m t} (C_{t} - C_{*})\right)", text="(C_0 − C_* − exp(2 λ m t) (C_t − C_*))",
)  # fmt: skip


@theorem(
    source="a diagonal kernel on the natural numbers",
    hypotheses=[
        Hypothesis(
            r"$\mathcal{X} = \mathbb{N}$ with the counting measure, $K(n, n') = \delta_{nn'}/n$, which is strictly positive "
            r"definite, and $C = \tfrac{1}{2}\sum_{n} f_{n}^{2}$. Started at the $n$-th unit vector, $C_{t} = "
            r"\tfrac{1}{2} u(t)^{2}$ with $u(t) = e^{-t/n}$. Were $C_{t} \le e^{-2rt} C_{0}$ for every start, then "
            r"$e^{2t(r - 1/n)} \le 1$; take $n = 2/r$."
        )
    ],
)
def positive_definite_is_no_rate():
    """Strictly positive definite on an infinite domain, and no rate

    For every rate r, the start at a unit vector with n ≥ 2/r is slower: the eigenvalues 1/n accumulate at 0.
    """
    yield Derivative(exp(-time / n), time)
    yield -(1 / n) * exp(-time / n), "the flow at the start n"
    yield Subs(exp(2 * time * (rate - 1 / n)), n, 2 / rate)
    yield exp(rate * time), "$e^{2t(r - 1/n)}$ at $n = 2/r$, which is above 1 for $t > 0$"


@theorem(
    source="a cost with two wells",
    hypotheses=[
        Hypothesis(
            r"One data point, $f = \theta$, so $K = 1$; $C(u) = 3u^{4} - 4u^{3} - 12u^{2}$ is bounded below, and not convex."
        )
    ],
)
def without_convexity_a_local_minimum():
    """A kernel bounded below, and the flow stays away from the optimum

    At u = −1 the derivative vanishes, so the flow stays there, and the cost is 27 above its value at u = 2.
    """
    cost = 3 * u**4 - 4 * u**3 - 12 * u**2
    yield Derivative(cost, u)
    yield 12 * u * (u - 2) * (u + 1), "the derivative, which is 0 at $u = -1$"
    yield Subs(cost, u, -1) - Subs(cost, u, 2)
    yield S(27), "the cost of staying"


@theorem(
    source="a kernel that fades",
    hypotheses=[
        Hypothesis(
            r"One data point, $C(f) = \tfrac{1}{2} f^{2}$, a network whose kernel along the flow is $K_{t} = e^{-t} > 0$, "
            r"started at $f_{0} = 1$: $f_{t} = \exp(e^{-t} - 1)$."
        )
    ],
)
def positive_at_every_time_is_not_enough():
    """Positive definite at every time, but not uniformly: the cost converges to a positive number

    The exponent stays above −1, so the cost stays above 1/(2e²).
    """
    f_t = exp(exp(-time) - 1)
    yield Derivative(f_t, time)
    yield -exp(-time) * f_t, "$\\dot f = -K f$"
    yield exp(-time) - 1
    yield at_least(S(-1), exp(-time)), "the exponent"


@theorem(
    source="Polyak 1963; Łojasiewicz 1963; Karimi, Nutini, Schmidt 2016, arXiv 1608.04636; Grönwall 1919",
    assuming=[gradient_flow],
    hypotheses=[
        SPACES,
        FRECHET,
        NETWORK,
        FLOW,
        REPRESENTATION,
        FUBINI,
        Hypothesis(
            rf"$K_{{\theta(t)}} \succeq \lambda > 0$, with one $\lambda$ for all times: ${latex(quadratic_form(g, K))} \ge "
            rf"\lambda {latex(pairing(g, g))}$ for every $g$ in the closed span that contains "
            rf"${latex(gradient(x, j))}$ along the flow.",
            grants=(KERNEL_BOUND.name,),
        ),
        Hypothesis(
            rf"$C$ is bounded below by $C_{{*}} = \inf C$, and $\tfrac{{1}}{{2}} {latex(pairing(gradient, gradient))} \ge "
            r"m (c - C_{*})$ with $m > 0$ along the flow.",
            grants=(POLYAK.name,),
        ),
        Hypothesis(
            r"In the part on strong convexity $f^{\theta} + v$ is a minimiser and $C_{*} = C[f^{\theta} + v] \ge c + "
            rf"{latex(pairing(gradient, v))} + \tfrac{{m}}{{2}} {latex(pairing(v, v))}$.",
            grants=(STRONG_CONVEXITY.name,),
        ),
        Hypothesis(
            r"$e^{2 \lambda m t} (C_{t} - C_{*})$ has a derivative of at most 0 by the first part, so it is at most its value "
            r"$C_{0} - C_{*}$ at $t = 0$.",
            source="mean value theorem; Grönwall 1919",
            grants=(DECREASING.name,),
        ),
    ],
    uses=[cost_dynamics],
    counterexamples=[
        positive_definite_is_no_rate,
        without_convexity_a_local_minimum,
        positive_at_every_time_is_not_enough,
    ],
)
def convergence():
    """A kernel bounded below and a Polyak–Łojasiewicz inequality give exponential convergence of the cost

    The optimum is the infimum of C over the ambient space. Positive definiteness alone implies only that the cost falls
    wherever its functional derivative is not 0; convexity or a Polyak–Łojasiewicz inequality makes the limit global.
    """
    growth = exp(2 * lam * mu * t)
    yield Derivative(growth * (c() - least), t)
    yield (
        growth * (2 * lam * mu * (c() - least) - quadratic_form(gradient, K)),
        "the product rule, and the cost dynamics",
    )
    yield (
        at_most(S.Zero, growth * KERNEL_BOUND(function(gradient)) + 2 * lam * growth * POLYAK()),
        "$K \\succeq \\lambda$, and Polyak–Łojasiewicz",
    )
    yield now - least
    yield (
        at_most((start - least) * exp(-2 * lam * mu * time), exp(-2 * lam * mu * time) * DECREASING()),
        "Grönwall",
        "$C_{t}$ is the cost at time t.",
    )
    # strong convexity implies Polyak–Łojasiewicz
    square = Over((gradient(x, j) + mu * v(x, j)) ** 2, x, j) / 2
    yield mu * (c() - least)
    yield (
        at_most(pairing(gradient, gradient) / 2, square + mu * STRONG_CONVEXITY(v())),
        "strong convexity",
        "So a strongly convex cost satisfies the inequality with the same m.",
    )
