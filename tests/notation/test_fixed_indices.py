"""Indices that are numbers: θ_2, ∂f/∂θ_1, δ_{i1}, where the number P of indices is not known."""

import pytest

from ntk_symbolic.calculus import Delta, Functional, Lam, Over, Space
from ntk_symbolic.errors import IllFormed
from ntk_symbolic.notation.derivations import read
from ntk_symbolic.proofs.derivation import Derivation, Hypothesis, Step, Verdict
from ntk_symbolic.proofs.judges.panel import panel

SETTING = """\
index i, m in 1..P
index j in 1..k
space X with measure μ, points x
number ε
function θ_i
function η_i
function a_{ij}
function f_j(x; θ)
functional C[f]
define c := C[f^θ]
hypothesis "all is smooth" grants "differentiability of C", "differentiability of f"
"""

RIGHT = {
    "Σ_i δ_{i1} η_i": "η_1",
    "Σ_i δ_{i,2} δ_{m2} η_i": "δ_{m2} η_2",
    "Σ_i δ_{i1}": "1",
    "δ_{i1} η_i": "δ_{i1} η_1",
    "Σ_i δ_{i1} δ_{i2}": "0",
    "Σ_{i,j} a_{ij} δ_{i2} δ_{j1}": "a_{21}",
    "∂/∂θ_1 (θ_1 θ_2)": "θ_2",
    "∂c/∂θ_1": "∫_X Σ_j δC/δf_j(x) ∂f_j/∂θ_1(x) dx",
    "Σ_i δ_{i1} ∂c/∂θ_i": "∂c/∂θ_1",
    "Σ_i (δ_{i1} + δ_{i2}) η_i²": "η_1² + η_2²",
}


@pytest.mark.parametrize("left", RIGHT)
def test_a_right_line_about_numbered_indices_is_proved(left):
    assert read(f"{SETTING}{left}\n = {RIGHT[left]}  by calculation").judged().verdict is Verdict.PROVED


WRONG = {
    "Σ_i δ_{i1} η_i": ["η_2", "η_1 P", "−η_1", "Σ_i η_i"],
    "Σ_i δ_{i1} δ_{i2}": ["1", "P"],
    "Σ_i δ_{i1}": ["P", "0"],
    "∂/∂θ_1 (θ_1 θ_2)": ["θ_1", "0", "θ_1 + θ_2"],
    "∂c/∂θ_1": ["∫_X Σ_j δC/δf_j(x) ∂f_j/∂θ_2(x) dx", "∫_X δC/δf_1(x) ∂f_1/∂θ_1(x) dx"],
    "δ_{i1} η_i": ["δ_{i1} η_2", "η_1"],
    "a_{12}": ["a_{21}"],
    # expressions that vanish if there are only as many indices as are named
    "(η_i − η_1) (η_i − η_2) (η_i − η_3)": ["0"],
    "(η_1 − η_2) (η_1 − η_3) (η_2 − η_3)": ["0"],
    "Σ_i (η_i − η_1) (η_i − η_2)": ["0"],
}


@pytest.mark.parametrize("left, wrong", [(left, wrong) for left, twins in WRONG.items() for wrong in twins])
def test_a_wrong_line_about_numbered_indices_is_refuted(left, wrong):
    assert read(f"{SETTING}{left}\n = {wrong}  by calculation").judged().verdict is Verdict.REFUTED


def test_an_index_that_is_a_number_is_a_hypothesis_on_how_many_there_are():
    derivation = read(f"{SETTING}Σ_i δ_{{i3}} η_i\n = η_3  by calculation").judged()
    assert [h.statement for h in derivation.hypotheses][1:] == ["P ≥ 3: an index 3 is written"]
    assert all("P ≥ 3" in judgement.rules for judgement in derivation.steps[0].judgements)


def test_without_that_hypothesis_nothing_is_proved_of_it():
    P = Space("P", "counting", "i")
    i, a = P.point(), Functional("a", [P])
    step = Step(Over(Delta(i, P.at(2)) * a(i), i), a(P.at(2)), "a sum over Kronecker's δ")
    alone = Derivation("alone", (step,)).judged(*panel())
    granted = Derivation("granted", (step,), hypotheses=(Hypothesis("two", grants=("P ≥ 2",)),)).judged(*panel())
    assert (alone.verdict, alone.steps[0].missing) == (Verdict.UNDECIDED, ("P ≥ 2",))
    assert granted.verdict is Verdict.PROVED


def test_an_assumed_unit_vector_picks_one_entry():
    text = (
        SETTING.replace("function η_i\n", "function η_i\nassume unit: η_i = δ_{i1}\n") + "Σ_i θ_i η_i\n = θ_%s  by unit"
    )
    assert read(text % 1).judged().verdict is Verdict.PROVED
    assert read(text % 2).judged().verdict is Verdict.REFUTED


def test_a_function_of_indices_is_taken_at_a_number():
    P = Space("P", "counting", "i")
    i, m = P.point("i"), P.point("m")
    assert Lam(Delta(i, m), i)(P.at(2)) == Delta(P.at(2), m)
    assert (Delta(P.at(1), P.at(2)), Delta(P.at(1), P.at(1))) == (0, 1)


ILL_FORMED = {
    "θ_0 = 0": "0 is no point of P, which runs from 1",
    "θ_13 = 0": "an index that is a number is at most 12",
    "δ_{11} = 1": "δ compares two indices",
    "δ_{i1m} = 1": "δ compares two indices",
}


@pytest.mark.parametrize("line", ILL_FORMED)
def test_a_number_that_is_no_index_is_refused(line):
    left, right = line.split(" = ")
    with pytest.raises(IllFormed, match=ILL_FORMED[line]):
        read(f"{SETTING}{left}\n = {right}  by nothing")


ONE_VALUE = {
    "space S = [0, 1], points s\nfunction h(s)\nassume end: h(0) = 0\nh(s)\n = 0  by end": "state a fact",
    "index n in 1..3\nfunction h_n\nassume first: h_1 = 0\nh_n\n = 0  by first": "state a fact",
    "space S = [0, 1], points s\nfunction h(s)\nassume slope: ∂h/∂s(s) = 1\nh(s)\n = 1  by slope": "a derivative of h",
}


@pytest.mark.parametrize("text", ONE_VALUE)
def test_one_value_or_a_slope_is_not_assumed_of_a_function(text):
    """The value would be confused with the function: h(0) = 0 would make h vanish."""
    with pytest.raises(IllFormed, match=ONE_VALUE[text]):
        read(text)


def test_the_index_stands_before_the_number():
    P = Space("P", "counting", "i")
    assert str(Delta(P.at(1), P.point("i"))) == "δ_{i1}"


def test_a_fixed_point_is_no_variable_that_a_binder_could_bind():
    P = Space("P", "counting", "i")
    with pytest.raises(IllFormed, match="cannot be bound"):
        Lam(Functional("a", [P])(P.at(1)), P.at(1))
