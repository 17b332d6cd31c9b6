"""The judge of integrands: elementary functions of abstract values, below one and the same Σ and ∫."""

import pytest
from sympy import Abs, Derivative, Max, Min, Piecewise, S, Subs, Symbol, cos, exp, log, sign, sin, sqrt

from ntk_symbolic.calculus import Functional, Over, Space
from ntk_symbolic.calculus.rules import CASES
from ntk_symbolic.errors import IllFormed
from ntk_symbolic.proofs.derivation import Step, Verdict
from ntk_symbolic.proofs.judges.integrands import integrands

X, J = Space("X", "measure", "x"), Space("k", "counting", "j")
x, x_, j, l = X.point("x"), X.point("x'"), J.point("j"), J.point("l")
f, y = Functional("f", [X, J]), Functional("y", [X, J])
K = Functional("K", [X, X])
eps, delta = Symbol("epsilon", real=True), Symbol("delta", positive=True)
e_f, sigmoid = exp(f(x, j)), 1 / (1 + exp(-f(x, j)))


def said(lhs, rhs):
    return integrands(Step(S(lhs), S(rhs), "rule"))


def clipped(r):
    return Piecewise((-delta, r < -delta), (r, r < delta), (delta, True))


def huber(r):
    return Piecewise((-delta * r - delta**2 / 2, r < -delta), (r**2 / 2, r < delta), (delta * r - delta**2 / 2, True))


@pytest.mark.parametrize(
    "lhs, rhs",
    [
        (e_f / (1 + e_f), sigmoid),
        (Over(y(x, j) * e_f / (1 + e_f), x, j), Over(sigmoid * y(x, j), j, x)),
        (Over(Over(e_f / (1 + e_f), j) * exp(y(x, l)), x, l), Over(sigmoid * exp(y(x, l)), x, j, l)),
        (Over(sin(f(x, j)) ** 2 + cos(f(x, j)) ** 2, x, j), Over(S.One, x, j) + 0 * f(x, j)),
        (Over(1 / Over(exp(f(x, j)), j), x), Over(1 / Over(exp(f(x, l)), l), x)),
    ],
    ids=["a value", "under one integral", "a sum drawn out", "a constant integrand", "an inner sum renamed"],
)
def test_equal_elementary_functions_are_seen(lhs, rhs):
    assert said(lhs, rhs).verdict is Verdict.PROVED


@pytest.mark.parametrize(
    "lhs, rhs",
    [
        (e_f / (1 + e_f), 1 / (1 + e_f)),
        (Over(sigmoid * y(x, j), x, j), Over(sigmoid * y(x, j), x)),
        (Over(exp(f(x, j)) * y(x, l), x, j, l), Over(exp(f(x, j)) * y(x, j), x, j, l)),
        (Over(exp(f(x, j)) * y(x_, j), x, x_, j), Over(exp(f(x, j)) * y(x, j), x, x_, j)),
        (sqrt(f(x, j) ** 2), f(x, j)),
        (Over(log(f(x, j) ** 2), x, j), Over(2 * log(f(x, j)), x, j)),
        (Over(Abs(f(x, j)), x, j), Over(f(x, j), x, j)),
    ],
    ids=["another function", "an index free", "one index for two", "one point for two", "a root", "log f²", "|f|"],
)
def test_what_is_not_equal_is_not_proved(lhs, rhs):
    word = said(lhs, rhs)
    assert word is None or word.verdict is Verdict.UNDECIDED


def test_cases_cut_by_one_condition_are_compared_case_by_case():
    r = f(x, j) - y(x, j)
    assert said(Over(clipped(r) * r, x, j), Over(r * clipped(r), x, j)).verdict is Verdict.PROVED
    assert said(Over(clipped(r) ** 2, x, j), Over(clipped(r) * r, x, j)).verdict is Verdict.UNDECIDED


def test_max_and_min_are_compared_on_both_sides_of_their_kinks():
    r = f(x, j)
    between = Max(-delta, Min(r, delta))
    assert said(Over(between, x, j), Over(r - Max(r - delta, 0) + Max(-r - delta, 0), x, j)).verdict is Verdict.PROVED
    assert said(Over(between, x, j), Over(r - Max(r - delta, 0), x, j)).verdict is Verdict.UNDECIDED
    assert CASES in said(Over(Abs(r) * sign(r), x, j), Over(r, x, j)).rules  # what jumps, but for its edges
    assert CASES not in said(Over(between, x, j), Over(between, x, j)).rules


def test_a_derivative_across_cases_is_noted_as_what_it_rests_on():
    moved = Over(huber(f(x, j) + eps * y(x, j)), x, j)
    word = said(Subs(Derivative(moved, eps), eps, 0), Over(clipped(f(x, j)) * y(x, j), x, j))
    assert word.verdict is Verdict.PROVED
    assert CASES in word.rules


def test_integrals_in_another_order_are_noted_as_fubini():
    lhs, rhs = (Over(exp(f(x, j)) * K(x, x_), *order, j) for order in ((x, x_), (x_, x)))
    assert "Fubini" in said(lhs, rhs).rules
    assert "Fubini" not in said(lhs, lhs.refreshed()).rules


def test_it_is_silent_on_polynomials_and_refuses_nonsense():
    assert said(Over(f(x, j) ** 2, x, j), Over(f(x, j), x, j)) is None
    loose = Over(exp(f(x, j)), x).body
    with pytest.raises(IllFormed):
        said(loose, loose)
