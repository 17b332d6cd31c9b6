"""δJ/δf of a defined functional, second variations, and the notation of their arguments."""

import pytest

from ntk_symbolic.calculus import Definition, Functional, Lam, Over, Space, Variation
from ntk_symbolic.errors import IllFormed
from ntk_symbolic.notation.derivations import read
from ntk_symbolic.proofs.derivation import Verdict

SETTING = """\
time t
space X with measure μ, points x, x'
space S = [0, 1], points s
index i in 1..P
index j, l in 1..k
function θ_i of t
function η_i
function f_j(x; θ)
function y_j(x)
function h_j(x)
function u(x)
function v(s)
function A(x, x')
functional C[f]
number λ > 0
define E[f] := 1/2 ∫_X Σ_j (f_j(x) − y_j(x))² dx
define Q[u] := ∬_X u(x) A(x, x') u(x') dx dx'
define R[f] := C[f] + λ/2 ∫_X Σ_j f_j(x)² dx
define B[h] := Σ_j (∫_X h_j(x) dx)²
define N[u] := exp(∫_X u(x) dx)
define V[v] := 1/2 ∫_S (∂v/∂s(s))² ds
hypothesis "all is smooth" grants "differentiability of C", "differentiability of f", "differentiability of θ"
hypothesis "all is integrable" grants "differentiation under the integral", "Fubini", "symmetry of second derivatives"
hypothesis "v is smooth" grants "the fundamental theorem of calculus"
"""


def verdict(left: str, right: str) -> Verdict:
    return read(f"{SETTING}{left}\n = {right}  by calculation").judged().verdict


LINES = {  # right lines, and altered ones that are refuted
    "δE/δf_j(x)": ("f_j(x) − y_j(x)", ["f_j(x) + y_j(x)", "2 (f_j(x) − y_j(x))", "f_j(x)"]),
    "δE/δf_j[h](x)": ("h_j(x) − y_j(x)", ["f_j(x) − y_j(x)"]),
    "δQ/δu(x)": (
        "∫_X (A(x, x') + A(x', x)) u(x') dx'",
        ["2 ∫_X A(x, x') u(x') dx'", "∫_X (A(x, x') + A(x', x)) u(x) dx'"],
    ),
    "δ²B/δh_j(x)δh_l(x')": ("2 δ_{jl}", ["2", "δ_{jl}"]),
    "δ²Q/δu(x)δu(x')": ("A(x, x') + A(x', x)", ["2 A(x, x')", "A(x, x') + A(x, x')", "A(x, x') − A(x', x)"]),
    "δR/δf_j(x)": ("δC/δf_j(x) + λ f_j(x)", ["δC/δf_j(x) − λ f_j(x)", "λ f_j(x)"]),
    "δN/δu(x)": ("N[u]", ["2 N[u]", "u(x) N[u]"]),
    "δ²N/δu²(x, x')": ("N[u]", ["N[u]²"]),
    "dE/dt": (
        "Σ_i θ̇_i ∫_X Σ_j δE/δf_j(x) ∂f_j/∂θ_i(x) dx",
        ["2 Σ_i θ̇_i ∫_X Σ_j δE/δf_j(x) ∂f_j/∂θ_i(x) dx"],
    ),
}


@pytest.mark.parametrize("left", LINES)
def test_the_variation_of_a_defined_functional_is_read_and_its_right_line_proved(left):
    assert verdict(left, LINES[left][0]) is Verdict.PROVED


@pytest.mark.parametrize("left, wrong", [(left, w) for left, (_, twins) in LINES.items() for w in twins])
def test_a_wrong_line_about_it_is_refuted(left, wrong):
    assert verdict(left, wrong) is Verdict.REFUTED


def test_on_an_interval_it_is_the_density_for_variations_that_vanish_at_the_ends():
    assert verdict("δV/δv(s)", "−∂²v/∂s²(s)") is Verdict.PROVED
    assert verdict("∂/∂s δV/δv(s)", "−∂³v/∂s³(s)") is Verdict.PROVED
    with_ends = "∫_S (∂v/∂s(s))² ds − v(1) ∂v/∂s(1) + v(0) ∂v/∂s(0)"
    assert verdict("∫_S δV/δv(s) v(s) ds", with_ends) is Verdict.PROVED


@pytest.mark.parametrize(
    "left, wrong",
    [
        ("δV/δv(s)", "∂²v/∂s²(s)"),
        ("δV/δv(s)", "−2 ∂²v/∂s²(s)"),
        ("δV/δv(s)", "∂v/∂s(s)"),
        ("∫_S δV/δv(s) v(s) ds", "∫_S (∂v/∂s(s))² ds"),
    ],
)
def test_there_a_wrong_line_is_not_proved(left, wrong):
    assert verdict(left, wrong) is not Verdict.PROVED


ONE = {  # ways to write one second variation
    "δ²C/δf_j(x)δf_l(x')": ["δ²C/δf_jδf_l(x, x')", "δ²C[f]/δf_j(x)δf_l(x')", "δ²C/δf_l(x')δf_j(x)"],
    "δ²C/δf_j(x)δf_j(x')": ["δ²C/δf_j²(x, x')"],
    "δ²C/δf_j(x)δf_l(x')[h]": ["δ²C[h]/δf_j(x)δf_l(x')", "δ²C/δf_jδf_l[h](x, x')", "δ²C/δf_jδf_l(x, x')[h]"],
    "δ²Q/δu(x)δu(x')": ["δ²Q/δu²(x, x')", "δ²Q/δu(x')δu(x)"],
}


@pytest.mark.parametrize("one, other", [(one, other) for one, others in ONE.items() for other in others])
def test_the_points_of_a_second_variation_stand_below_the_bar_or_behind_it(one, other):
    step = read(f"{SETTING}{one}\n = {other}  by nothing").derivation.steps[0]
    ordered = lambda e: sorted(map(str, e.slots))  # noqa: E731
    assert ordered(step.lhs) == ordered(step.rhs)
    assert str(step.lhs.args[0]) == str(step.rhs.args[0])


def test_points_that_change_places_are_another_variation():
    assert verdict("δ²C/δf_jδf_l(x, x')", "δ²C/δf_jδf_l(x', x)") is Verdict.REFUTED
    assert verdict("δ²C/δf_j²(x, x')", "δ²C/δf_j(x)δf_j(x)") is Verdict.REFUTED


NO_DENSITY = {
    "δ²E/δf_j(x)δf_l(x')": "a point mass",
    "δp(x)/δu(x')": "a point mass",
    "δc/δf_j(x)": "c is a defined name, and takes no function; define it of one",
    "δE/δu(x)": "E[f] takes f",
    "δ²E/δf_j(x)δh_l(x')": "E[f] takes f",
    "δλ/δf_j(x)": "is a number",
}


@pytest.mark.parametrize("left", NO_DENSITY)
def test_where_there_is_none_the_reason_is_a_true_one(left):
    more = "define p(x)[u] := u(x)²\ndefine c := C[f]\n"
    with pytest.raises(IllFormed) as refused:
        read(f"{SETTING}{more}{left}\n = 0  by nothing")
    assert NO_DENSITY[left] in str(refused.value)
    assert refused.value.line == SETTING.count("\n") + 3


NOT_OF_VALUES = {
    "define T_i[f] := ∫_X Σ_j ∂f_j/∂θ_i(x) dx": "differentiates in them",
    "define T[f] := ∫_X Σ_j f_j^η(x) dx": "at other parameters",
    "define T[θ] := Σ_i θ̇_i²": "contains a rate of theta",
    "define c := C[f]\ndefine T[f] := c + 1": "which is defined for the declared f",
    "define T_i[θ] := ∂/∂θ_i C[f]": "differentiates in theta",
}


@pytest.mark.parametrize("text", NOT_OF_VALUES)
def test_a_functional_is_defined_by_values_of_the_function_that_comes_in_its_place(text):
    """T[h] with ∂f/∂θ in its definition was once read as the integral of h."""
    with pytest.raises(IllFormed, match=NOT_OF_VALUES[text]):
        read(f"{SETTING}{text}\n1\n = 1  by nothing")


def test_it_prints_as_it_is_read():
    X = Space("X", "measure", "x")
    x, g = X.point(), Functional("g", [X])
    J = Definition("J", Lam(Over(g(x) ** 2, x)), [g])
    assert str(Variation(J(g()), [[x]])) == "δJ/δg(x)"
    assert str(Variation(J(Lam(2 * g(x), x)), [[x]])) == "δJ/δg[2 g](x)"
    assert Variation(J(g()), [[x]]).evaluated() == 2 * g(x)
