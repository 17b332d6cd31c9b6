"""Fractions, roots and logarithms of sums and integrals are proved for abstract objects; a slip in them is refuted."""

import pytest

from ntk_symbolic.notation.derivations import read
from ntk_symbolic.proofs.derivation import Label, Verdict

NUMBER = "number u\ndefine σ := 1/(1 + exp(−u))\ndefine s := u σ\n"
CLASSES = """index i, j, l in 1..k
number β
function u_i
function y_i
define Z := Σ_l exp(u_l)
define p_i := exp(u_i)/Z
define H := −Σ_i y_i log(p_i)
define F := −1/β log(Σ_l exp(−β u_l))
hypothesis "u is differentiable" grants "differentiability of u", "symmetry of second derivatives"
"""
MEASURE = """space X with measure μ, points x
function f(x)
function p(x)
function q(x)
function y(x)
define s[f](x) := 1/(1 + exp(−f(x)))
define H[f] := −∫_X (y(x) log(s[f](x)) + (1 − y(x)) log(1 − s[f](x))) dx
define D[p] := ∫_X p(x) log(p(x)/q(x)) dx
hypothesis "all is smooth" grants "differentiation under the integral"
"""
FLOW = """time t
index i, j in 1..P
function θ_i of t
functional c[θ]
define G := sqrt(Σ_i (∂c/∂θ_i)²)
assume flow: θ̇_i = −∂c/∂θ_i/G
hypothesis "all is smooth" grants "differentiability of c", "differentiability of θ"
"""
LINES = [
    (NUMBER, "dσ/du", "σ (1 − σ)", "σ (1 + σ)"),
    (NUMBER, "ds/du", "σ + s (1 − σ)", "σ + u (1 − σ)"),
    (NUMBER, "d/du log(1 + exp(u))", "σ", "1 − σ"),
    (CLASSES, "∂p_i/∂u_j", "p_i (δ_{ij} − p_j)", "p_i (δ_{ij} + p_j)"),
    (CLASSES, "∂²/∂u_j² log(Z)", "p_j − p_j²", "p_j² − p_j"),
    (CLASSES, "∂H/∂u_j", "p_j Σ_i y_i − y_j", "p_j − y_j"),
    (CLASSES, "∂F/∂u_j", "exp(−β u_j)/(Σ_l exp(−β u_l))", "β exp(−β u_j)/(Σ_l exp(−β u_l))"),
    (MEASURE, "δH/δf(x)", "s[f](x) − y(x)", "y(x) − s[f](x)"),
    (MEASURE, "δD/δp(x)", "log(p(x)/q(x)) + 1", "log(p(x)/q(x)) − 1"),
    (FLOW, "dc[θ]/dt", "−G", "−G²"),
]


def judged(setting: str, left: str, right: str):
    return read(f"{setting}{left}\n  = {right}    by calculus").judged().steps[0]


@pytest.mark.parametrize(("setting", "left", "right", "wrong"), LINES, ids=[line[1] for line in LINES])
def test_a_line_is_proved_for_all_sizes_and_a_slip_is_refuted(setting, left, right, wrong):
    step = judged(setting, left, right)
    assert (step.verdict, step.label) == (Verdict.PROVED, Label.DERIVED)
    assert judged(setting, left, wrong).verdict is Verdict.REFUTED


def test_a_logarithm_on_both_sides_says_what_is_positive():
    """log(a b) has a value where log a has none, and log(a²) implies no sign of a."""
    setting = "space X with measure μ, points x\nfunction a(x)\nfunction b(x)\n"
    both = "log(a(x)) + log(b(x)) + log(a(x) b(x))", "2 log(a(x)) + 2 log(b(x))"
    assert judged(setting, *both).verdict is Verdict.PROVED
    assert judged(setting, "log(a(x) b(x))", "log(a(x)) + log(b(x))").verdict is Verdict.UNDECIDED
    assert judged(setting, "sqrt(a(x)²)", "a(x)").verdict is Verdict.REFUTED


INTERVAL = "space U = [1, 4], points u\nnumber a > 0\n"


@pytest.mark.parametrize(
    ("integral", "value"),
    [
        ("∫_U 1/sqrt(u) du", "2"),
        ("∫_U u exp(−u²) du", "1/2 (exp(−1) − exp(−16))"),
        ("∫_U exp(a u) du", "(exp(4 a) − exp(a))/a"),
        ("∫_U u/(1 + u²) du", "1/2 log(17) − 1/2 log(2)"),
        ("∫_U log(u)/u du", "1/2 log(4)²"),
    ],
)
def test_explicit_integrals_are_proved_by_antiderivatives(integral, value):
    step = judged(INTERVAL, integral, value)
    assert (step.verdict, step.label) == (Verdict.PROVED, Label.DERIVED)
    assert judged(INTERVAL, integral, f"{value} + 1").verdict is Verdict.REFUTED


def test_no_antiderivative_is_used_across_a_pole():
    assert judged("space U = [−1, 1], points u\n", "∫_U 1/u² du", "−2").verdict is not Verdict.PROVED
