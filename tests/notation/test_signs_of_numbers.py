"""Signs of numbers and of the time, by declarations and by conditions of steps."""

import pytest

from ntk_symbolic.errors import IllFormed
from ntk_symbolic.notation.derivations import read
from ntk_symbolic.proofs.derivation import Verdict

NESTEROV = """\
time t
index i in 1..P
function θ_i of t
function ω_i
number B
functional c[θ]
assume nesterov: θ̈_i = −3/t θ̇_i − ∂c/∂θ_i
fact convexity := B − c[θ] − Σ_i ∂c/∂θ_i (ω_i − θ_i) >= 0
hypothesis "smooth" grants "differentiability of c", "differentiability of θ"
d/dt (t² (c[θ] − B) + 2 Σ_i (θ_i + 1/2 t θ̇_i − ω_i)²)
  <= 0   with gap 2 t convexity   by convexity, t > 0
"""


def verdict(text: str) -> Verdict:
    return read(text).judged().verdict


@pytest.mark.parametrize(
    "said",
    ["by convexity, t > 0", "by convexity, for t > 0", "by t >= 0, convexity", "by convexity, as t>0: see Su et al."],
)
def test_the_sign_of_the_time_is_a_condition_of_the_step(said):
    assert verdict(NESTEROV.replace("by convexity, t > 0", said)) is Verdict.PROVED


def test_it_may_be_declared_as_well():
    text = NESTEROV.replace(", t > 0", "")
    assert verdict(text) is Verdict.UNDECIDED
    assert verdict(text.replace("time t", "time t > 0")) is Verdict.PROVED
    assert verdict(text.replace("time t", "time t >= 0")) is Verdict.PROVED


@pytest.mark.parametrize("said", ["by convexity", "by convexity: t > 0", "by t > 0 or not", "by ω > 0", "by s > 0"])
def test_prose_is_no_condition(said):
    assert verdict(NESTEROV.replace("by convexity, t > 0", said)) is Verdict.UNDECIDED


MISTAKES = {
    "gap 2 t": "gap 3 t",
    "gap 2 t ": "gap −2 t ",
    "gap 2 t conv": "gap 2 conv",
    "−3/t": "−2/t",
    "(ω_i − θ_i) >= 0": "(θ_i − ω_i) >= 0",
    "1/2 t θ̇_i": "t θ̇_i",
    "<= 0 ": ">= 0 ",
}


@pytest.mark.parametrize("right", MISTAKES)
def test_with_a_condition_a_wrong_line_stays_wrong(right):
    assert right in NESTEROV
    assert verdict(NESTEROV.replace(right, MISTAKES[right])) is Verdict.REFUTED


def hypotheses(text: str) -> list[str]:
    return [h.statement for h in read(text).derivation.hypotheses]


def test_every_sign_that_is_assumed_is_among_the_hypotheses():
    assert hypotheses(NESTEROV)[0] == "$t > 0$, which line 11 requires"
    assert hypotheses("number h, m >= 0\nh\n = h  by x") == [r"$h \ge 0$", r"$m \ge 0$"]
    assert hypotheses("number h > 0\nh\n = h  by h >= 0") == ["$h > 0$"]
    assert hypotheses("number h >= 0\nh\n = h  by h > 0") == ["$h > 0$, which line 3 requires"]
    assert hypotheses("number h\nh\n = h  by symmetry") == []


@pytest.mark.parametrize(
    "line, expected",
    [
        ("sqrt(h²)\n = h  by h > 0", Verdict.PROVED),
        ("sqrt(h²)\n = h  by symmetry", Verdict.REFUTED),
        ("sqrt(h²)\n = −h  by h > 0", Verdict.REFUTED),
        ("h Σ_i a_i²\n >= 0  by h ≥ 0", Verdict.PROVED),
        ("h Σ_i a_i²\n >= 0  by squares", Verdict.REFUTED),
        ("h Σ_i a_i\n >= 0  by h > 0", Verdict.REFUTED),
        ("−h Σ_i a_i²\n >= 0  with gap −h Σ_i a_i²  by h > 0", Verdict.UNDECIDED),
    ],
)
def test_a_sign_holds_of_that_number_alone(line, expected):
    assert verdict(f"number h\nindex i in 1..P\nfunction a_i\n{line}") is expected


def test_only_signs_are_conditions():
    with pytest.raises(IllFormed, match="only > 0 and >= 0"):
        read("time t > 1\nt\n = t  by x")
    assert verdict("number h\nh\n = 1  by h > 1") is Verdict.REFUTED
