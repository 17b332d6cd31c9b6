r"""The natural gradient: the tangent kernel is replaced by the orthogonal projector on the tangent space span{∂f/∂θ_i}."""

from __future__ import annotations

from sympy import Derivative, S, Symbol, exp, log

from ..calculus import Assumption, Definition, Functional, Lam, Over, Partial
from ..proofs.derivation import Hypothesis
from ..proofs.facts import ZERO, Fact
from ..proofs.theorem import at_most, equals, theorem
from .parameter_gradient import parameter_gradient
from .setting import (
    FRECHET,
    FUBINI,
    NETWORK,
    REPRESENTATION,
    SPACES,
    C,
    Outputs,
    Parameters,
    X,
    c,
    d,
    f,
    gradient,
    i,
    j,
    l,
    m,
    pairing,
    quadratic_form,
    says,
    t,
    theta,
    x,
    x_,
)

a, b = Parameters.point("a"), Parameters.point("b")
x__, r = X.point("x''"), Outputs.point("r")

G = Definition("G", Lam(pairing(d(i), d(m)), i, m))
P = Functional("G^+", [Parameters, Parameters])  # its pseudo-inverse
INVERSE = Fact(
    "G G⁺ G = G", Lam(Over(G(i, a) * P(a, b) * G(b, m), a, b) - G(i, m), i, m), ZERO,
    latex=r"G G^{+} G - G", text="G G⁺ G − G",
)  # fmt: skip
REFLEXIVE = Fact("G⁺ G G⁺ = G⁺", Lam(Over(P(i, a) * G(a, b) * P(b, m), a, b) - P(i, m), i, m), ZERO)
SYMMETRIC = Fact("G⁺ is symmetric", Lam(P(i, m) - P(m, i), i, m), ZERO)
