"""LaTeX, as it is pasted from papers, is read as the signs it stands for."""

import pytest
from derivation_texts import with_setting

from ntk_symbolic.calculus import equal
from ntk_symbolic.errors import IllFormed, NotationError
from ntk_symbolic.notation.derivations import read
from ntk_symbolic.proofs.derivation import Verdict

AS_SIGNS = {
    r"\sum_i \eta_i": "Σ_i η_i",
    r"\sum_{i=1}^{P}\eta_i^2": "Σ_{i=1}^P η_i²",
    r"\sum\limits_{j,l}\varphi_j(x)\,\varphi_l(x)": "Σ_{j,l} φ_j(x) φ_l(x)",
    r"\int_{\mathcal{X}} \varphi_j(x)\,\mathrm{d}\mu(x)": "∫_X φ_j(x) dμ(x)",
    r"\int_X\int_X \varphi_j(x)\varphi_l(x')\,dx\,dx'": "∬_X φ_j(x) φ_l(x') dx dx'",
    r"\int_X \varphi_j(x^{\prime})\,\mathrm dx^\prime": "∫_X φ_j(x') dx'",
    r"\frac{\partial f_j}{\partial\theta_i}(x)": "∂f_j/∂θ_i(x)",
    r"\partial f_j/\partial\theta_i(x)": "∂f_j/∂θ_i(x)",
    r"\frac{\partial^2 c}{\partial\theta_i\partial\theta_m}": "∂²c/∂θ_i∂θ_m",
    r"\dfrac{\partial}{\partial\theta_i} c": "∂c/∂θ_i",
    r"\frac{\delta C}{\delta f_j(x)}": "δC/δf_j(x)",
    r"\frac{\delta C}{\delta f_j}(x)": "δC/δf_j(x)",
    r"\frac{\mathrm d}{\mathrm d t}\left( C[f^{\theta}] \right)": "dC/dt",
    r"\frac{d^2\theta_i}{dt^2}": "θ̈_i",
    r"\dot{\theta}_i \ddot\theta_m": "θ̇_i θ̈_m",
    r"\frac12 \sum_i \theta_i^2": "1/2 Σ_i θ_i²",
    r"\frac{\theta_i + \eta_i}{1 + \theta_i^2}": "(θ_i + η_i)/(1 + θ_i²)",
    r"\tfrac{1}{P}\Bigl(\sum_i \theta_i\Bigr)^2": "1/P (Σ_i θ_i)²",
    r"\frac{\frac{1}{2}}{\theta_i}": "1/(2 θ_i)",
    r"\lim_{\varepsilon\to 0} \frac{C[f+\varepsilon\varphi]-C[f]}{\varepsilon}": "lim_{ε→0} (C[f+ε φ] − C[f])/ε",
    r"\frac{d}{d\varepsilon} C[f+\varepsilon\varphi]\Big|_{\varepsilon=0}": "lim_{ε→0} (C[f+ε φ] − C[f])/ε",
    r"\varphi(x)^\top K(x,x')\,f(x')": "φ(x)ᵀ K(x, x') f(x')",
    r"\sqrt{\theta_i^2} \exp\left(-\theta_i\right)": "sqrt(θ_i²) exp(−θ_i)",
    r"\delta_{im} \cdot \eta_m": "δ_{im} η_m",
    r"$\mathbf{\eta}_i$": "η_i",
}
REFUSED = {
    r"\foo": r"\foo is not in the notation",
    r"\begin{array}{c} 1 \end{array}": r"\begin is not in the notation",
    r"\input{/etc/passwd}": r"\input is not in the notation",
    r"\frac{1}{2": "is not followed by all its arguments",
    r"\frac": "is not followed by all its arguments",
    r"\dot": "is not followed by all its arguments",
    r"\frac{1}{2} \left. c": "is not in the notation",
    r"\frac" * 700: "more than 1200 signs in one line",
    "{".join([r"\frac"] * 600): "is not followed by all its arguments",
}


@pytest.mark.parametrize("pasted", AS_SIGNS)
def test_a_pasted_formula_is_read_as_its_signs(pasted):
    lhs, rhs = (s := read(with_setting(f"{pasted}\n = {AS_SIGNS[pasted]}  by nothing")).derivation.steps[0]).lhs, s.rhs
    assert str(lhs) == str(rhs) or equal(lhs, rhs)


NAMES = "number d1\nnumber d2\nnumber h\nnumber dz\n"


@pytest.mark.parametrize(
    ("pasted", "meant"),
    [
        (r"\frac{d1 + 1}{d2}", "(d1 + 1)/d2"),
        (r"\frac{d1 h}{d2 h} h", "d1/d2 h"),
        (r"\frac{dz + 1}{dz}", "1 + 1/dz"),
        (r"\frac{d1}{dz}", "d1/dz"),
    ],
)
def test_a_quotient_of_names_that_begin_with_d_is_no_derivative(pasted, meant):
    assert read(f"{NAMES}{pasted}\n = {meant}  by nothing").judged().verdict is Verdict.PROVED


@pytest.mark.parametrize(
    "below", [r"\partial\theta_i \eta_i", r"\partial\theta_i + 1", r"\partial\theta_i/2", r"\partial 2"]
)
def test_below_a_derivative_stand_its_variables_alone(below):
    with pytest.raises(NotationError, match="only variables belong below"):
        read(with_setting(rf"\frac{{\partial c}}{{{below}}}" + "\n = 0  by nothing"))


@pytest.mark.parametrize("pasted", REFUSED)
def test_other_commands_are_refused_by_name(pasted):
    with pytest.raises((NotationError, IllFormed)) as refused:
        read(with_setting(f"{pasted}\n = 0  by nothing"))
    assert REFUSED[pasted] in str(refused.value)


def test_a_derivation_in_latex_is_proved_and_what_stands_behind_by_stays_prose():
    lines = r"""
\frac{dC}{dt}
  &= \sum_i \dot\theta_i \int_{\mathcal X} \sum_j \frac{\delta C}{\delta f_j(x)}\, \frac{\partial f_j}{\partial\theta_i}(x)\,
      \mathrm{d}\mu(x)                                             by the \frac{chain}{rule} \\
  &= -\int_X\int_X \sum_{j,l} \frac{\delta C}{\delta f_j(x)} K_{jl}(x, x') \frac{\delta C}{\delta f_l(x')}\,dx\,dx'  by flow
"""
    judged = read(with_setting(lines)).judged()
    assert judged.verdict is Verdict.PROVED
    assert judged.steps[0].rule == r"the \frac{chain}{rule}"
