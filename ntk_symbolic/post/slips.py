"""The slips of the source post: its statement, the right statement, and the way in which each was found.

F: formal, S: substantive. `shown` are the lines of equations.md that show the slip; `counterexamples`
are the names of theorems that show why the corrected hypothesis is needed; `theorems` those that derive the right statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FoundBy(StrEnum):
    GRAMMAR = "grammar"  # binders, indices or arguments: the line has no meaning
    REFUTED = "judge, refuted"  # the line has a meaning and is false
    HARMLESS = "judge, harmless"  # the line is equal to the intended one
    READING = "reading"  # a hypothesis, a citation, or prose


@dataclass(frozen=True)
class Slip:
    number: str
    where: tuple[str, ...]  # equations
    says: str
    correct: str
    found_by: FoundBy
    shown: tuple[tuple[str, str], ...] = ()  # (equation, kind of statement)
    counterexamples: tuple[str, ...] = ()
    theorems: tuple[str, ...] = ()


GRAMMAR, REFUTED, HARMLESS, READING = FoundBy

SLIPS = (
    Slip(
        "F1", ("P7", "P8"),
        "One integral sign over 𝒳 carries the two differentials dx dx'.",
        "A double integral over 𝒳 × 𝒳: one sign for each differential.",
        GRAMMAR, shown=(("P7", "F1"), ("P8", "printed")), theorems=("cost-dynamics",),
    ),
    Slip(
        "F2", ("P6", "P7"),
        "The outputs are summed up to M, which is not defined. Their number was called k, and k is a summation index.",
        "j and l run over 1, …, k.",
        GRAMMAR, shown=(("P6", "printed"), ("P7", "printed"), ("P7", "F2")),
    ),
    Slip(
        "F3", ("P4", "P5", "P6"),
        "i counts parameters and j outputs in P4; P5 exchanges the two, and P6 exchanges them back.",
        "Harmless, since names of bound indices do not matter. With one declaration of their ranges the line is refused.",
        HARMLESS, shown=(("P5", "F3"),),
    ),
    Slip(
        "F4", ("P8", "P9", "P11"),
        "The kernel is written K, without points and indices.",
        "K_{jl}(x, x') at θ(t): it depends on two points and two indices, and moves with the parameters.",
        GRAMMAR, shown=(("P8", "F4"),), theorems=("kernel-motion",),
    ),
    Slip(
        "F5", ("P1",),
        "The differential equation P1 is called gradient descent.",
        "It is gradient flow. For a step h > 0 the identity of P8 gains a remainder of second order in h.",
        REFUTED, shown=(("P1", "F5"),), counterexamples=("the-identity-of-the-flow-fails-at-a-step",),
        theorems=("gradient-descent",),
    ),
    Slip(
        "F6", ("P4", "P5", "P6", "P7"),
        "∂f_j/∂θ_i in P4 is (∂f/∂θ_i)_j in later lines.",
        "Harmless: two notations for one function.",
        HARMLESS, shown=(("P4", "F6"),),
    ),
    Slip(
        "F7", ("P2",),
        "The analogy begins with a function on ℝ and continues with a vector as a direction.",
        "The intended function is one on ℝⁿ.",
        READING,
    ),
    Slip(
        "F8", ("P5", "P6", "P7", "P8"),
        "δC/δf and ∂f/∂θ are written without the function and the parameters at which they are taken.",
        "They are taken at f^{θ(t)} and θ(t), so that the right side of P8 is a function of t.",
        READING,
    ),
    Slip(
        "F9", ("P1", "P4"),
        "∂C/∂θ is written for a C that takes functions and no parameters.",
        "∂c/∂θ, with c(θ) = C[f^θ]. Harmless if it is read so.",
        HARMLESS, shown=(("P1", "printed"), ("P4", "printed")),
    ),
    Slip(
        "S1", ("P2",),
        "The existence of the functional derivative is attributed to Riesz, Markov and Kakutani.",
        "Their theorem represents positive functionals on continuous functions of compact support by measures. The right "
        "theorem is that of Riesz and Fréchet on L²(𝒳, μ; ℝᵏ), for a Gateaux derivative that is linear and bounded "
        "there; then it is unique up to μ-null sets. For sampled costs let μ be the empirical measure.",
        READING, counterexamples=("evaluation-at-a-point-has-no-density",), theorems=("functional-derivative",),
    ),
    Slip(
        "S2", ("P2",),
        "The functional derivative is claimed to lie in the space 𝒢 of the functions themselves.",
        "It lies in the dual. If that is identified with L², it need not be in 𝒢; it need not be a function.",
        READING, counterexamples=("evaluation-at-a-point-has-no-density",),
    ),
    Slip(
        "S3", ("P2", "P3"),
        "C is a functional on the family 𝓕 of the networks.",
        "𝓕 is no linear space: f^θ + ε φ leaves it. C is given on an ambient space 𝒢 that contains 𝓕, and δC/δf is the "
        "derivative in 𝒢, taken at f^θ.",
        READING,
    ),
    Slip(
        "S4", ("P3", "P4", "P5"),
        "The definition of δC/δf by directional limits is used along the curve f^{θ+εη}.",
        "This use is a chain rule: C must be Fréchet (or Hadamard) differentiable, θ ↦ f^θ differentiable as a map into 𝒢, "
        "twice for a remainder O(ε²).",
        READING, counterexamples=("directional-derivatives-are-not-enough",), theorems=("parameter-gradient",),
    ),
    Slip(
        "S5", ("P4", "P7"),
        "∂f/∂θ is taken point by point, and a product of integrals becomes a double integral without a reason.",
        "The derivative at each point must be that in 𝒢, for instance by domination; the double integral is Fubini's "
        "theorem, for two integrable factors and a σ-finite μ.",
        READING, theorems=("parameter-gradient", "cost-dynamics"),
    ),
    Slip(
        "S6", ("P8",),
        "‖·‖_K is called a norm.",
        "It is a semi-norm, and a norm where K is strictly positive definite: the space of functions must be stated. It is "
        "⟨g, T_K g⟩, not the norm ⟨g, T_K⁻¹ g⟩ of the reproducing kernel Hilbert space.",
        READING, counterexamples=("fewer-parameters-than-data-is-no-norm",), theorems=("tangent-kernel",),
    ),
    Slip(
        "S7", ("P8", "P9"),
        "K is taken to be positive definite.",
        "With P parameters its rank is at most P, so it never is on an infinite-dimensional L². It can be on N points with "
        "k outputs if N k ≤ P, or in a limit.",
        READING, counterexamples=("fewer-parameters-than-data-is-no-norm",), theorems=("tangent-kernel",),
    ),
    Slip(
        "S8", ("P9",),
        "If K is positive definite the cost converges to a global optimum on 𝓕.",
        "C must satisfy an inequality of Polyak and Łojasiewicz (or be convex, and then without a rate) and be bounded "
        "below, and K ⪰ λ > 0 must hold along the whole path. The optimum is one over the closure of the reachable functions.",
        READING, shown=(("P9", "corrected"),),
        counterexamples=(
            "positive-definite-is-no-rate",
            "without-convexity-a-local-minimum",
            "positive-at-every-time-is-not-enough",
        ),
        theorems=("convergence",),
    ),
    Slip(
        "S9", ("P10",),
        "At initialisation K is positive definite in the limit of infinite width.",
        "Proposition 2 of the paper: on the unit sphere, for an activation that is Lipschitz and no polynomial, at least "
        "one hidden layer, and a bias. Without a bias it fails for ReLU with one hidden layer. The widths grow one after "
        "the other.",
        READING,
    ),
    Slip(
        "S10", ("P11",),
        "In that limit K stays constant during training.",
        "In the limit, on a bounded interval of time, for an activation with bounded second derivative. At finite width "
        "K moves.",
        REFUTED, shown=(("P11", "printed"),), theorems=("kernel-motion",),
    ),
    Slip(
        "S11", ("P9",),
        "A positive definite K is claimed to make the network succeed on its task.",
        "It concerns the training cost. It implies nothing for inputs outside the training data.",
        READING,
    ),
    Slip(
        "S12", ("P1",),
        "The flow is assumed to exist.",
        "It exists and is unique if c is differentiable with a locally Lipschitz gradient. For networks of ReLU it is not.",
        READING,
    ),
    Slip(
        "S13", ("P2", "P4"),
        "Integrals are over dx, on a set 𝒳 without stated properties.",
        "A σ-finite measure μ on 𝒳, and functions that are square integrable for it. δC/δf depends on μ.",
        READING, theorems=("functional-derivative",),
    ),
    Slip(
        "S14", ("P1", "P8"),
        "The gradient in P1 presupposes an inner product on the parameters.",
        "The Euclidean one. Another, or another parameterisation, gives another flow and another kernel: with weights a_i "
        "it is Σ_i a_i ∂f/∂θ_i ⊗ ∂f/∂θ_i.",
        REFUTED, shown=(("P1", "S14"),),
    ),
    Slip(
        "S15", ("P2",),
        "The defining equation is required for every φ.",
        "For costs with derivatives of f, integration by parts leaves boundary terms: φ must vanish there, or they "
        "belong to the derivative.",
        READING, theorems=("dirichlet-energy",),
    ),
)  # fmt: skip


def slips() -> dict[str, Slip]:
    """All slips, by number.

    >>> slips()["F1"].found_by
    <FoundBy.GRAMMAR: 'grammar'>
    """
    return {slip.number: slip for slip in SLIPS}
