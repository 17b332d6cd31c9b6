"""The reach of d/dt, ∂/∂θ_i and limits; visually ambiguous formulas are refused."""

import pytest
from derivation_texts import with_setting

from ntk_symbolic.calculus import equal
from ntk_symbolic.errors import IllFormed
from ntk_symbolic.notation.derivations import read
from ntk_symbolic.proofs.derivation import Verdict

TWO_READINGS = [
    "d/dt 1/2 Σ_i θ_i²",
    "d/dt (1/2) Σ_i θ_i²",
    "d/dt ε c",
    "d/dt c θ_i",
    "d/dt c · θ_i",
    "d/dt c/θ_i",
    "d/dt c (θ_i + 1)",
    "d/dt θ̇_i c",
    "d/dt ∫_X f_j(x) dx θ_i",
    "∫_X d/dt f_j(x) f_j(x) dx",
    "d²/dt² c θ_i",
    "d/dt d/dε 2 c",
    "∂/∂θ_i 1/2 c",
    "∂/∂θ_i c ∂c/∂θ_m",
    "Σ_i ∂/∂θ_i θ_m θ_i",
    "d/dε 2 ε",
    "d/dt K_{jl}(x, x') K_{lj}(x', x)",
    r"\frac{d}{dt}\frac{1}{2}\sum_i\theta_i^2",
]
ONE_READING = {
    "d/dt (1/2 Σ_i θ_i²)": "Σ_i θ_i θ̇_i",
    "1/2 d/dt Σ_i θ_i²": "Σ_i θ_i θ̇_i",
    "d/dt Σ_i 1/2 θ_i²": "Σ_i θ_i θ̇_i",
    "d/dt (c) θ_i": "θ_i dc/dt",
    "θ_i d/dt c": "θ_i dc/dt",
    "d/dt c ε": "ε dc/dt",
    "d/dt c/2": "1/2 dc/dt",
    "∂/∂θ_i c η_i": "η_i ∂c/∂θ_i",
    "d/dt ∫_X f_j(x) φ_j(x) dx": "∫_X φ_j(x) (d/dt f_j(x)) dx",
}


@pytest.mark.parametrize("formula", TWO_READINGS)
def test_a_derivative_of_one_factor_before_another_that_depends_on_the_variable_is_refused(formula):
    with pytest.raises(IllFormed, match=r"write .* around all that is differentiated"):
        read(with_setting(f"{formula}\n = 0  by what the eye does not read"))


@pytest.mark.parametrize("formula", ONE_READING)
def test_where_nothing_behind_it_moves_or_brackets_say_it_a_derivative_is_read(formula):
    (step,) = read(with_setting(f"{formula}\n = {ONE_READING[formula]}  by nothing")).derivation.steps
    assert equal(step.lhs, step.rhs)


@pytest.mark.parametrize("value", ["Σ_i θ_i φ_i(x)", "g(x)"])
def test_what_moves_by_an_assumption_counts(value):
    """f is no function of time, but its assumed value is."""
    setting = (
        "time t\nindex i in 1..P\nspace X with measure μ, points x\nfunction θ_i of t\nfunction φ_i(x)\nfunction g(x)\n"
    )
    lines = f"function f(x)\nassume linear: f(x) = {value}\nd/dt 2 f(x)\n = 0  by x"
    if "θ" in value:
        with pytest.raises(IllFormed, match="around all that is differentiated"):
            read(setting + lines)
    else:
        read(setting + lines)


SECOND = "∫_X ∫_X Σ_{j,l} δ²C/δf_j(x)δf_l(x') φ_j(x) φ_l(x') dx dx'"
GRANTS = 'hypothesis "s" grants "symmetry of second derivatives", "differentiation under the integral"\n'


@pytest.mark.parametrize(("value", "verdict"), [(SECOND, Verdict.PROVED), ("0", Verdict.REFUTED)])
def test_a_derivative_in_the_variable_of_a_limit_is_taken_before_the_limit(value, verdict):
    line = "lim_{ε→0} (d/dε C[f + ε φ] − ∫_X Σ_j δC/δf_j(x) φ_j(x) dx)/ε"
    assert read(with_setting(f"{GRANTS}{line}\n  = {value}  by definition")).judged().verdict is verdict


@pytest.mark.parametrize(
    "formula",
    [
        "lim_{ε→0} (lim_{ε→0} (C[f + ε φ] − C[f])/ε)/ε",
        "lim_{ε→0} (d/dε C[f + ε φ])/ε",
        "lim_{ε→0} ((d/dε C[f + ε φ])|_{ε = 0})/ε",
        "((d/dε C[f + ε φ])|_{ε = 0})|_{ε = 0}",
    ],
)
def test_a_limit_within_a_limit_in_one_variable_is_refused(formula):
    with pytest.raises(IllFormed, match=r"bound twice|visibly vanish|belongs after a derivative"):
        read(with_setting(f"{formula}\n = 0  by nothing"))
