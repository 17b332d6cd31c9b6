"""False lines that were proved because a side has no value: 0/0 under a fact, integrals and limits that do not exist; and
because 50 digits do not show a difference. The similar right line keeps its proof."""

import pytest
from sweeps import sweep_few

from ntk_symbolic.notation.derivations import read
from ntk_symbolic.proofs.derivation import Label, Verdict

A = "number a\n"
UNIT = A + "fact unit := a − 1 = 0\n"
P = "index i in 1..P\nfunction a_i\n"
X = "space X with measure μ, points x\n"
U, V = "space U = [0, 1], points u\n", "space V = [0, 1], points v\n"
B = "space U = [−1, 1], points u\n"
C = "space U = [0, 1], points u\nnumber c\n"
H = "space U = [0, 1], points u\nspace V = [0, 1], points v\nfunction h(u)\nfunctional C[h]\n"
EPS = "number ε\n"
FUBINI = 'hypothesis "bounded" grants "Fubini"\n'


def linear(setting: str, integrand: str, measure: str = "∫_U", d: str = "du", mass: str = "1") -> str:
    """∞ − ∞ = the total mass: the result of linearity for an integral that does not exist."""
    return f"{setting}{measure} {integrand} {d} − {measure} ({integrand} − 1) {d}\n  = {mass} by linearity"


NOWHERE = {
    "a quotient by what a fact makes 0": UNIT + "(a − 1)/(1 − a)\n  = 0 with gap unit/(1 − a) by x",
    "−1 = 0": UNIT + "−1\n  = (a − 1)/(1 − a) by algebra\n  = 0 with gap unit/(1 − a) by x",
    "a square that vanishes": A + "fact n := (a − 1)² = 0\n(a − 1)²/(1 − a)\n  = 0 with gap n/(1 − a) by x",
    "a square that is not positive": A
    + "fact n := −(a − 1)² >= 0\n−(a − 1)²/(1 − a)²\n  >= 0 with gap n/(1 − a)² by x",
    "a logarithm under another name": A
    + "define L := log(a)\nfact n := a = 0\na exp(−L)\n  = 0 with gap n exp(−L) by x",
    "a mass": X + "fact none := μ(X) = 0\n1\n  = 0 with gap none/μ(X) by x",
    "a number of indices": P + "fact none := P = 0\n1\n  = 0 with gap none/P by x",
    "a sum of squares": P + "fact n := Σ_i a_i² = 0\n(Σ_i a_i²)/(−Σ_i a_i²)\n  = 0 with gap n/(−Σ_i a_i²) by x",
    "what is assumed to be 0": P + "define q_i := a_i\nassume null: a_i = 0\nq_i/a_i\n  = 0 by null",
    "a pole of a composition": linear(U, "1/(exp(u) − 2)"),
    "a logarithm of what is negative": linear(B, "log(u)", mass="2"),
    "a principal value": B + "∫_U 1/(exp(u) − 1) du + ∫_U 1/(exp(u) − 1) du\n  = 2 ∫_U 1/(exp(u) − 1) du by x",
    "a pole on a curve": linear(U + V, "1/(u v − 1/2)", "∫_U ∫_V", "dv du"),
    "a pole under a name": linear(U + "define q(u) := 1/(exp(u) − 2)\n", "q(u)"),
    "a pole that is assumed": linear(U + "function q(u)\nassume q is: q(u) = 1/(exp(u) − 2)\n", "q(u)"),
    "a pole beside an abstract number": linear(U + P, "Σ_i a_i/(exp(u) − 2)"),
    "a power inside a functional": H + "C[u ↦ ∫_V 1/(u v − 1/2) dv]\n  = C[u ↦ ∫_V (1/(u v − 1/2) − 1) dv + 1] by x",
    "lim |ε|/ε": EPS + "lim_{ε→0} (sqrt(ε²))/ε\n  = 0 by symmetry",
    "a root of a square": EPS + "lim_{ε→0} (sqrt((exp(ε) − 1)²))/ε\n  = 0 by symmetry",
    "a root of what vanishes": EPS + "lim_{ε→0} (sqrt(ε² + ε⁴))/ε\n  = 0 by symmetry",
    "a norm at 0": EPS + P + "lim_{ε→0} (sqrt(ε² Σ_i a_i²))/ε\n  = 0 by symmetry",
}
RIGHT = {
    "a fact that leaves room": "number c, q\nfact same := c − q = 0\nc/q\n  = 1 with gap same/q by x",
    "a divisor without the fact's names": "number a, b\nfact unit := a − 1 = 0\n(a − 1)/b\n  = 0 with gap unit/b by x",
    "a positive divisor": "number a, l > 0\nfact unit := a − 1 = 0\n(a − 1)/(l + a²)\n  = 0 with gap unit/(l + a²) by x",
    "a mean": P + "fact null := Σ_i a_i = 0\n1/P Σ_i a_i\n  = 0 with gap null/P by x",
    "a bounded composition": linear(U, "1/(exp(u) − 3)"),
    "a logarithm at an end": linear(U, "log(u)/sqrt(u)"),
    "a quotient of two variables": linear(U + V + FUBINI, "1/(u v + 1)", "∫_U ∫_V", "dv du"),
    "an abstract function": linear(U + "function h(u)\n", "h(u)/(exp(u) − 2)"),
    "a norm away from 0": EPS
    + P
    + "function b_i\nlim_{ε→0} (sqrt(Σ_i (a_i + ε b_i)²) − sqrt(Σ_i a_i²))/ε\n  = (Σ_i a_i b_i)/sqrt(Σ_i a_i²) by x",
}


@pytest.mark.parametrize("name", sweep_few(NOWHERE, ["a pole on a curve", "a pole beside an abstract number"]))
def test_a_line_that_exists_nowhere_is_not_proved(name):
    assert read(NOWHERE[name]).judged().verdict in (Verdict.UNDECIDED, Verdict.REFUTED)


@pytest.mark.parametrize("name", sweep_few(RIGHT, ["a quotient of two variables"]))
def test_the_right_line_near_by_is_proved(name):
    assert read(RIGHT[name]).judged().verdict is Verdict.PROVED


HIDDEN = {
    "beside a sum": P + "Σ_i a_i exp(exp(−200))\n  = Σ_i a_i by rounding",
    "in an integral": U + "∫_U exp(exp(−200) u) du\n  = 1 by rounding",
    "a long fraction": P + "Σ_i a_i exp(1/10^30 1/10^30)\n  = Σ_i a_i by rounding",
    "two constants close to each other": P + "Σ_i a_i exp(exp(1/10^25) − exp(−150))\n  = Σ_i a_i exp(1) by rounding",
    "the first terms of a series": P + "Σ_i a_i exp(exp(−60))\n  = Σ_i a_i (1 + exp(−60) + exp(−120)/2) by rounding",
    "an exponent": "number h > 0\n" + P + "Σ_i a_i exp(exp(−150) log(h))\n  = Σ_i a_i by rounding",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_a_constant_hides_is_seen(name):
    assert read(HIDDEN[name]).judged().verdict is Verdict.REFUTED


TOO_SMALL = {
    "of any use": P + "Σ_i a_i exp(exp(−exp(9)))\n  = Σ_i a_i by rounding",
    "beside a number": "number h\n" + P + "Σ_i a_i exp(exp(h − 200))\n  = Σ_i a_i by rounding",
    "beside a function": P + "Σ_i exp(exp(a_i − 200))\n  = P by rounding",
}


@pytest.mark.parametrize("name", TOO_SMALL)
def test_what_no_number_of_digits_shows_is_undecided(name):
    assert read(TOO_SMALL[name]).judged().verdict is Verdict.UNDECIDED


def test_agreement_in_numbers_is_no_proof_and_says_how_far_it_goes():
    judged = read(P + "Σ_i log(1 + exp(2 a_i) + 2 exp(a_i))\n  = 2 Σ_i log(1 + exp(a_i)) by x").judged()
    assert (judged.verdict, judged.label) == (Verdict.AGREES, Label.NUMERIC)
    assert judged.digits is not None and judged.digits >= 20
    assert f"Verdict: agrees to {judged.digits} digits, which is no proof." in judged.text()


@pytest.mark.parametrize("steep", [10, 40])
def test_rounding_refutes_nothing(steep):
    """1 − 1/(1 + e^(−x)) is rounded to 0 where x is large, and 1/(1 + e^x) is not."""
    line = "number h\n1/(1 + exp({} h))\n  = 1 − 1/(1 + exp(−{} h)) by algebra"
    (step,) = read(line.format(steep, steep)).judged().steps
    assert step.verdict is Verdict.PROVED
    (step,) = read(line.format(steep, steep + 1)).judged().steps
    assert step.verdict is Verdict.REFUTED
