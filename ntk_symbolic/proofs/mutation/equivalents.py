"""Equivalent mutants: the altered line is true as well, for a mathematical reason.

No entry is unused: a test makes every mutant that an entry names. A proved mutant that this list does not name is a
survivor, both in the sample that tests and site take of every line, and in `ntk-symbolic prove --all --mutants`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Equivalent:
    """Mutants of a theorem by their names, with * for any text, and the reason why they are as true as the original.

    Two judges must prove them, or all that prove the original; or one of `alone` if it does not abstain.
    """

    theorem: str
    mutant: str
    reason: str
    alone: tuple[str, ...] = ()

    def covers(self, theorem: str, mutant: str) -> bool:
        pattern = ".*".join(map(re.escape, self.mutant.split("*")))
        return theorem == self.theorem and re.fullmatch(pattern, mutant) is not None


def listed(theorem: str, mutant: str, known: Iterable[Equivalent] | None = None) -> Equivalent | None:
    """The entry with the reason why this mutant is no mistake; None if there is none.

    >>> known = [Equivalent("symmetry", "K* with x, x' exchanged", "K(x, x') = K(x', x)")]
    >>> listed("symmetry", "K(x, x') with x, x' exchanged", known).reason
    "K(x, x') = K(x', x)"
    """
    for entry in EQUIVALENTS if known is None else known:
        if entry.covers(theorem, mutant):
            return entry
    return None


K, OF_K = "K_{jl}(x, x') with x, x' and j, l exchanged", "K_jl(x, x') = K_lj(x', x)"
TWICE, OF_TWICE = "∂²f_*(*) with i, m exchanged", "second derivatives are symmetric"
OF_SECOND = "a second derivative has no direction"
OF_LOG = "a constant factor in a logarithm has no derivative"
OF_CONSTANT = "there f is constant in ε, and has no derivative"
OF_COV = "a covariance is symmetric"
OF_NORM = "‖−g‖_K = ‖g‖_K"
NUMBERS = ("random numbers",)
OF_G = "G is symmetric: a matrix of inner products"

EQUIVALENTS = (
    Equivalent(
        "convergence", "function x, j ↦ δC/δf_j(x) with the other sign", "g and −g have one semi-norm and one norm"
    ),
    Equivalent("a-kernel-that-moves", "* with the other sign", OF_SECOND),
    Equivalent("costs", K, OF_K, alone=NUMBERS),
    # log(−u) is no real number: the judges that compute numbers abstain on it
    Equivalent("costs", "log(1 + exp(*): argument 1 *", OF_LOG, alone=("integrands", *NUMBERS)),
    Equivalent("costs", "log(exp(*) + 1): argument 1 *", OF_LOG, alone=("integrands", *NUMBERS)),
    Equivalent("costs", "log(Σ*): argument 1 *", OF_LOG, alone=("canonical form",)),
    Equivalent("costs", "a second binder like l*", OF_LOG, alone=NUMBERS),
    Equivalent("costs", "term f_l(x) *", OF_CONSTANT),
    Equivalent("costs", "f_l(x): *", OF_CONSTANT),
    Equivalent("costs", "term f_j(x) *", OF_CONSTANT),
    Equivalent("costs", "f_j(x): *", OF_CONSTANT),
    Equivalent("cost-dynamics", "function x, j ↦ δC/δf_j(x) with the other sign", OF_NORM),
    Equivalent("evaluation-at-a-point-has-no-density", "term Subs(*, s, 1) *", "F(1) = 0"),
    Equivalent("function-dynamics", K, OF_K),
    Equivalent("gradient-descent", "function x, j ↦ δC/δf_j(x) with the other sign", OF_NORM),
    Equivalent(
        "gradient-descent", "function i ↦ v_i with the other sign", "a quadratic form has one value at v and −v"
    ),
    Equivalent("kernel-motion", K, OF_K),
    Equivalent("kernel-motion", TWICE, OF_TWICE),
    Equivalent("mini-batches", "Cov¹_{im} with i, m exchanged", OF_COV),
    Equivalent("mini-batches", "(cov(g, g) − δ Cov¹)_{b,b',i,m} with i, m exchanged", "the sum is over b and b'"),
    Equivalent("momentum", "1 added", "a number that is at most 0 is at most 1"),
    Equivalent("natural-gradient", "G_{*} with *, * exchanged*", OF_G),
    Equivalent("natural-gradient", "δ_* squared", "δ is 0 or 1"),
    Equivalent("natural-gradient", "1 added", "a number that is at most 0 is at most 1"),
    Equivalent("stochastic-gradient", "function x, j ↦ δC/δf_j(x) with the other sign", OF_NORM),
    Equivalent("stochastic-gradient", "term -h* with the other sign", OF_SECOND),
    Equivalent("stochastic-gradient", "Cov_{im} with i, m exchanged", OF_COV),
    Equivalent("stochastic-gradient", "∇²c(θ)_{im} with i, m exchanged", OF_TWICE),
    Equivalent("tangent-kernel", K, OF_K),
    Equivalent("tangent-kernel", "(1 - δ_{im})**2 squared", "1 − δ is 0 or 1"),
    Equivalent("tangent-kernel", "δ_{im} squared", "δ is 0 or 1"),
    Equivalent("tangent-kernel", "K_{lj}(x', x) with x', x and l, j exchanged", OF_K),
    Equivalent("tangent-kernel", "function x, j ↦ * with the other sign", OF_NORM),
    Equivalent("weight-decay", "function x, j ↦ δC/δf_j(x) with the other sign", OF_NORM),
    Equivalent("weight-decay", "1 added", "a number that is at most 0 is at most 1"),
)
