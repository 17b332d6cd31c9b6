"""Statements that hold only for polynomials of low degree, or kernels of low rank: differences, rules of
quadrature, determinants. Instances prove none of them; and a rule that they do not report is required nevertheless."""

import pytest

from ntk_symbolic.notation.derivations import read
from ntk_symbolic.proofs.derivation import Verdict

H = "space Z with measure ν, points z\nindex a, b in 1..P\nfunction w_a\nfunction η_a\nfunction h(z; w)\n"
E = "space Z with measure ν, points z\nfunction h(z)\nfunction p(z)\nfunctional E[h]\n"
A = "space Z with measure ν, points z, u, v, t\nfunction A(z, u)\n"
T = "space T = [0, 4], points x, y\nfunction r(x)\nfunction q(x)\n"
CYCLES = [
    "(∫_Z A(z, z) dν(z))",
    "(∫_Z ∫_Z A(z, u) A(u, z) dν(z) dν(u))",
    "(∫_Z ∫_Z ∫_Z A(z, u) A(u, v) A(v, z) dν(z) dν(u) dν(v))",
    "(∫_Z ∫_Z ∫_Z ∫_Z A(z, u) A(u, v) A(v, t) A(t, z) dν(z) dν(u) dν(v) dν(t))",
]
FALSE = {
    "a central difference without remainder": H + "h^{w+η}(z) − h^{w−η}(z)\n  = 2 Σ_a η_a ∂h/∂w_a(z) by x",
    "a third difference": H + "h^{w+3 η}(z) − 3 h^{w+2 η}(z) + 3 h^{w+η}(z) − h(z)\n  = 0 by x",
    "the trapezoidal rule with corrections": H
    + "h^{w+η}(z) − h(z)\n  = 1/2 Σ_a η_a (∂h/∂w_a(z) + ∂h^{w+η}/∂w_a(z)) "
    + "− 1/12 Σ_{a,b} η_a η_b (∂²h^{w+η}/∂w_a∂w_b(z) − ∂²h/∂w_a∂w_b(z)) by x",
    "differences of a functional": E
    + "8 (E[h + p] − E[h − p]) − E[h + 2 p] + E[h − 2 p]\n  = 12 ∫_Z δE/δh(z) p(z) dν(z) by x",
    "a determinant of four points": A + "{0}^4 + 3 {1}² + 8 {0} {2}\n  = 6 {0}² {1} + 6 {3} by x".format(*CYCLES),
    "a rule of five points": T + "∫_T r(x) dx\n  = 2/45 (7 r(0) + 32 r(1) + 12 r(2) + 32 r(3) + 7 r(4)) by x",
}
UNGRANTED = {
    "the fundamental theorem": T + "∫_T ∂r/∂x(x) dx\n  = r(4) − r(0) by x",
    "integration by parts": T + "∫_T r(x) ∂q/∂x(x) dx\n  = r(4) q(4) − r(0) q(0) − ∫_T q(y) ∂r/∂y(y) dy by x",
}


@pytest.mark.parametrize("name", FALSE)
def test_it_is_refuted(name):
    assert read(FALSE[name]).judged().verdict is Verdict.REFUTED


@pytest.mark.parametrize("name", UNGRANTED)
def test_it_needs_the_fundamental_theorem_of_calculus(name):
    lines = UNGRANTED[name]
    (step,) = read(lines).judged().steps
    assert step.missing == ("the fundamental theorem of calculus",)
    granted = 'hypothesis "r and q are smooth" grants "the fundamental theorem of calculus"\n'
    assert read(lines.replace("function q(x)\n", "function q(x)\n" + granted)).judged().verdict is Verdict.PROVED


def test_a_gap_may_be_a_name_for_squares():
    lines = "index i in 1..P\nfunction x_i\ndefine S := Σ_i x_i²\nS\n  >= 0 with gap S by squares"
    assert read(lines).judged().verdict is Verdict.PROVED


def test_a_dot_may_be_part_of_its_letter():
    lines = "time t\nindex i in 1..P\nfunction x_i of t\nnumber h > 0\nh Σ_i ẋ_i\n  = Σ_i h x\u0307_i by linearity"
    assert read(lines).judged().verdict is Verdict.PROVED
