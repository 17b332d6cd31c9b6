"""The normal form of elementary functions of any symbols: it uses only the signs of their SymPy assumptions."""

import pytest
from sympy import Abs, Derivative, Integer, Integral, Rational, Subs, Symbol, cos, exp, log, sin, sqrt, symbols, tanh

from ntk_symbolic.calculus import Over, Space
from ntk_symbolic.proofs.derivation import Label, Step, Verdict
from ntk_symbolic.proofs.judges.elementary import scalar
from ntk_symbolic.proofs.judges.normal_form import by_assumptions, in_domain, vanishes
from ntk_symbolic.proofs.judges.numeric import numeric

a, b, m = symbols("a b m", positive=True)
r, s, t = symbols("r s t", real=True)
n = Symbol("n", integer=True, positive=True)


def judged(lhs, rhs):
    return scalar(Step(lhs, rhs, "algebra"))


CASES = {
    "quotients": (1 / (1 + a) + a / (1 + a), Integer(1), Integer(2)),
    "roots of positive factors": (sqrt(a**3 * b + a**2 * b**2), a * sqrt(b) * sqrt(a + b) / sqrt(a) * sqrt(a), a + b),
    "exponentials": (exp(-2 * a * m * t) * exp(2 * a * m * t), Integer(1), exp(a * m * t)),
    "Grönwall": (
        Derivative(exp(2 * a * m * t) * exp(-a * t), t),
        (2 * m - 1) * a * exp((2 * m - 1) * a * t),
        2 * m * a * exp((2 * m - 1) * a * t),
    ),
    "a slope at a point": (Subs(Derivative(exp(-a * t) * (1 + t), t), t, 0), 1 - a, 1 + a),
    "logarithms": (log(a * b**2), log(a) + 2 * log(b), log(a) * log(b)),
    "tanh": (tanh(r), 1 - 2 / (exp(2 * r) + 1), 1 - 2 / (exp(r) + 1)),
    "angles": (sin(r) ** 2 + cos(r) ** 2, Integer(1), Integer(2)),
    "powers with a symbol": ((1 - a) ** (n + 1), (1 - a) ** n * (1 - a), (1 - a) ** n),
}


@pytest.mark.parametrize("lhs, right, wrong", CASES.values(), ids=CASES)
def test_both_judges_of_numbers_prove_the_true_and_refute_the_false(lhs, right, wrong):
    for judge, supported in ((scalar, Verdict.PROVED), (numeric(), Verdict.AGREES)):
        assert judge(Step(lhs, right, "algebra")).verdict is supported
        assert judge(Step(lhs, wrong, "algebra")).verdict is Verdict.REFUTED
        assert judge(Step(lhs, -right, "algebra")).verdict is Verdict.REFUTED
    assert judged(lhs, right).label is Label.DERIVED
    assert "left = " in judged(lhs, wrong).detail and "right = " in judged(lhs, wrong).detail


@pytest.mark.parametrize(
    "lhs, rhs",
    [
        (sqrt(r**2 - 2 * r + 1), 1 - r),
        (sqrt(r**2 - 2 * r + 1), r - 1),
        (sqrt(a**2 - 2 * a * b + b**2), a - b),
        (sqrt(r * s), sqrt(r) * sqrt(s)),
        (sqrt(1 / (r - s)), 1 / sqrt(r - s)),
        (sqrt((a - b) / (r - s)), sqrt(a - b) / sqrt(r - s)),
        (log(r * s), log(r) + log(s)),
        (Abs(r) + Abs(s), Abs(r + s)),
    ],
    ids=str,
)
def test_a_sign_that_nobody_declared_is_not_assumed(lhs, rhs):
    assert judged(lhs, rhs).verdict is not Verdict.PROVED


def test_signs_are_read_from_assumptions_and_not_from_a_point():
    """2/3 − 1 < 0 implies no sign of r − 1; on the domain of dual kernels a point suffices."""
    assert by_assumptions(r - 1) == 0
    assert (by_assumptions(r**2 + 1), by_assumptions(-a)) == (1, -1)
    c = Symbol("c", real=True)
    assert in_domain(a * b - c**2) == 1
    root = sqrt(((a * b - c**2) ** 2).expand())
    assert vanishes(root - (a * b - c**2))
    assert not vanishes(root - (a * b - c**2), by_assumptions)


def test_it_has_no_word_on_functionals_nor_on_integrals():
    x = Space("X", "measure", "x").point("x")
    assert judged(Over(x, x), Over(x, x)) is None
    assert judged(Integral(r, (r, 0, a)), a**2 / 2) is None


def test_what_is_true_and_beyond_the_normal_form_is_left_to_numbers():
    lhs, rhs = Abs(r) * Abs(s), Abs(r * s)
    assert judged(sqrt(r**2) ** 3, Abs(r) ** 3).verdict is not Verdict.REFUTED
    assert judged(lhs, rhs).verdict is not Verdict.REFUTED
    assert numeric()(Step(lhs, rhs, "algebra")).verdict is Verdict.AGREES


@pytest.mark.parametrize(
    "huge",
    [(a + b + r) ** 500, sum((Symbol(f"q{k}") + a) ** 9 for k in range(60)), exp(exp(exp(exp(50 * a + 50))))],
    ids=["a power", "many terms", "a tower"],
)
def test_huge_statements_end(huge):
    assert judged(huge, huge + Rational(1, 3)).verdict is not Verdict.PROVED
