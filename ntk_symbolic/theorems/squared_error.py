r"""Mean squared error with a constant kernel: f_t = y + e^{−Kt}(f₀ − y), and the values at other points."""

from __future__ import annotations

from sympy import Derivative, S, Subs, Symbol, exp

from ..calculus import Definition, Delta, Functional, Lam, Over, Space
from ..calculus.rules import FUNDAMENTAL
from ..proofs.derivation import Hypothesis
from ..proofs.facts import ZERO, Fact
from ..proofs.theorem import equals, theorem
from .costs import costs
from .setting import X, x

t, a = Symbol("t", positive=True), Symbol("a", positive=True)
Time, Data = Space("T", "measure", "s", interval=(0, t)), Space("N", "counting", "n")
s, start, end = Time.point("s"), Time.lower, Time.upper
n, m, p, q = (Data.point(name) for name in "nmpq")

f, y = Functional("f", [Time, Data]), Functional("y", [Data])  # on the training points
K, G = Functional("K", [Data, Data]), Functional("G", [Data, Data])  # G is the inverse of K
E = Functional("E", [Time, Data, Data])
elsewhere, to_data = Functional("f", [Time, X]), Functional("K", [X, Data])


def error(s, n):
    """f_n(s) − y_n."""
    return f(s, n) - y(n)


decay = Definition("e^{-Kt}", Lam(E(start, n, m), n, m), latex=r"\left(e^{-Kt}\right)", text="(e^{−Kt})")

FLOW = Fact(
    "the flow on the data", Lam(f(s, n).diff(s) + Over(K(n, m) * error(s, m), m), s, n), ZERO,
    text="(f\u0307 + K(f − y))", latex=r"\left(\dot{f} + K(f - y)\right)",
)  # fmt: skip
FLOW_ELSEWHERE = Fact(
    "the flow elsewhere", Lam(elsewhere(s, x).diff(s) + Over(to_data(x, m) * error(s, m), m), s, x), ZERO,
    text="(f\u0307 + K(f − y))", latex=r"\left(\dot{f} + K(f - y)\right)",
)  # fmt: skip
RATE = Fact(
    "dE/ds = E K", Lam(E(s, n, m).diff(s) - Over(E(s, n, p) * K(p, m), p), s, n, m), ZERO,
    text="(E' − E K)", latex=r"\left(E' - E K\right)",
)  # fmt: skip
IDENTITY = Fact(
    "E(t) = 1", Lam(E(end, n, m) - Delta(n, m), n, m), ZERO, text="(E(t) − 1)", latex=r"\left(E(t) - 1\right)"
)
INVERSE = Fact(
    "G K = 1",
    Lam(Over(G(n, p) * K(p, m), p) - Delta(n, m), n, m),
    ZERO,
    text="(G K − 1)",
    latex=r"\left(G K - 1\right)",
)


def carried(s, n):
    """The error at time s propagated to t, which is the same for all s."""
    return Over(E(s, n, m) * error(s, m), m)


def its_rate(s, n):
    """Its rate in s, a sum of vanishing terms."""
    return Over(RATE(s, n, m) * error(s, m) + E(s, n, m) * FLOW(s, m), m)


def through(e):
    """Σ_mp K_m(x) G_mp e_p, the value at x of a vector e on the data."""
    return Over(to_data(x, m) * G(m, p) * e, m, p)


def at_x(e):
    """f(0, x) + Σ_mp K_m(x) G_mp (e_p − (f_p(0) − y_p))."""
    return elsewhere(start, x) + through(e) - through(error(start, p))


def its_rate_elsewhere(s, x):
    inverse = Over(to_data(x, m) * INVERSE(m, p) * error(s, p), m, p)
    return FLOW_ELSEWHERE(s, x) - through(FLOW(s, p)) + inverse


@theorem(
    source="one parameter and one point, where the flow is solved by hand",
    hypotheses=[
        Hypothesis(
            r"$f = \tfrac{1}{2}\theta^{2}$ at one point with $y = 0$, so $K = \theta^{2} = 2f$ moves; "
            r"$f(0) = a > 0$, so $K(0) = 2a$."
        )
    ],
)
def a_kernel_that_moves():
    """If the kernel moves with the network, the closed form with the first kernel is wrong

    The flow f' = −K f = −2 f² leads to a/(1 + 2at). It has the value and the slope of a e^{−2at} at 0, and a larger second
    derivative.
    """
    moved, frozen = a / (1 + 2 * a * t), a * exp(-2 * a * t)
    yield Derivative(moved, t)
    yield -2 * moved**2, "the flow is solved"
    yield Subs(Derivative(moved, (t, 2)), t, 0)
    yield 8 * a**3, "the second derivative of the network"
    yield Subs(Derivative(frozen, (t, 2)), t, 0)
    yield 4 * a**3, "the second derivative of the closed form"


@theorem(
    source="Jacot, Gabriel, Hongler 2018, section 5; Lee et al. 2019, arXiv 1902.06720, equations (8) to (11)",
    hypotheses=[
        Hypothesis(
            r"$n, m, p, q$ run over the pairs of a training point and an output; $x$ stands for any point with an "
            r"output. The cost is $\frac{1}{2}\sum_{n}(f_{n} - y_{n})^{2}$; with the factor $1/N$, $K$ is $K/N$ throughout."
        ),
        Hypothesis(
            r"The kernel is constant: $\dot{f}_{n} = -\sum_{m} K_{nm}(f_{m} - y_{m})$ with one matrix $K$ for all "
            r"times. This holds for a network that is linear in its parameters, and in the limit of infinite width.",
            grants=(FLOW.name,),
        ),
        Hypothesis(
            r"The same holds at $x$: $\dot{f}(x) = -\sum_{m} K_{m}(x)(f_{m} - y_{m})$ with fixed $K_{m}(x)$.",
            grants=(FLOW_ELSEWHERE.name,),
        ),
        Hypothesis(
            r"$E(s) = e^{-K(t - s)}$, so that $E(0) = e^{-Kt}$; its rate in $s$ is $E K$, and $E(t)$ is the identity.",
            source="the matrix exponential: Horn and Johnson 1991, Topics in Matrix Analysis, 6.2",
            grants=(RATE.name, IDENTITY.name),
        ),
        Hypothesis(
            r"For the statement at $x$: $K$ is invertible, and $G = K^{-1}$.",
            grants=(INVERSE.name,),
        ),
        Hypothesis(
            r"The integral of a derivative is the difference of the values at the ends: $f$ and $E$ are continuously "
            r"differentiable in time.",
            source="the fundamental theorem of calculus",
            grants=(FUNDAMENTAL,),
        ),
    ],
    uses=[costs],
    counterexamples=[a_kernel_that_moves],
)
def squared_error():
    r"""With a constant kernel, the error of least squares decays by the exponential of the kernel

    The value at every other point is that of the data through the kernel: f_t(x) = f_0(x) − K(x, X) K⁻¹ (1 − e^{−Kt})(f_0 − y).
    (Where e^{−Kt} tends to 0, for K positive definite, that is the interpolant f_0 + K(x, X) K⁻¹ (y − f_0). The limit is
    not part of the proof.)
    """
    # On the training points
    yield Derivative(carried(s, n), s)
    yield Over(E(s, n, m).diff(s) * error(s, m) + E(s, n, m) * f(s, m).diff(s), m), "Leibniz"
    yield equals(S.Zero, its_rate(s, n)), "the flow, and the rate of E"
    yield f(end, n)
    yield (
        equals(y(n) + carried(end, n), -Over(IDENTITY(n, m) * error(end, m), m)),
        "E at the end is the identity",
    )
    yield y(n) + carried(start, n) + Over(Derivative(carried(s, n), s), s), "the fundamental theorem of calculus"
    yield equals(y(n) + carried(start, n), Over(its_rate(s, n), s)), "the rate vanishes"
    yield y(n) + Over(decay(n, m) * error(start, m), m), "definition of the exponential"
    # At any point
    kept = elsewhere(s, x) - through(f(s, p))
    yield Derivative(kept, s)
    yield equals(S.Zero, its_rate_elsewhere(s, x)), "the flow at x and on the data, and G K = 1"
    yield elsewhere(end, x)
    yield at_x(error(end, p)) + Over(Derivative(kept, s), s), "the fundamental theorem of calculus"
    yield equals(at_x(error(end, p)), Over(its_rate_elsewhere(s, x), s)), "the rate vanishes"
    yield (
        equals(at_x(carried(end, p)), -through(Over(IDENTITY(p, q) * error(end, q), q))),
        "E at the end is the identity",
    )
    yield at_x(carried(start, p) + Over(Derivative(carried(s, p), s), s)), "the fundamental theorem of calculus"
    yield equals(at_x(carried(start, p)), through(Over(its_rate(s, p), s))), "the rate vanishes"
    remains = to_data(x, m) * G(m, p) * (Delta(p, q) - decay(p, q)) * error(start, q)
    yield elsewhere(start, x) - Over(remains, m, p, q), "definition of the exponential"
