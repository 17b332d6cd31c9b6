"""Long derivations take seconds, are right and are checked; activations that would take too long are read by series."""

from dataclasses import replace

import pytest
from sweeps import sweep_few

from ntk_symbolic import activation
from ntk_symbolic.activations.form.algebra import Algebra
from ntk_symbolic.activations.form.variables import a, b, c
from ntk_symbolic.activations.numbers.series import Series
from ntk_symbolic.activations.proof.document import derivation_of
from ntk_symbolic.errors import NoClosedForm
from ntk_symbolic.proofs.derivation import Verdict

SPLINE = "Piecewise((1 - u**2, u < -1), (u + 3/2, u < 0), (2*u**2, u < 1/3), (u/3, u < 1), (1 - u**3/5, True))"
# κ(1, 1, 1/2), which mpmath's two-dimensional Gauss–Legendre quadrature of degree 4 between breakpoints gives to 1e-9
REFERENCES = {
    "u**2*exp(-u**2/2)*sin(u)": 0.061486391309,
    "exp(-u**2)*sin(u)*Max(u, 0)": 0.0095666010514,
    "sin(u)*cos(2*u)*exp(u/3)": 0.06840084746,
    "Abs(u**3 - u - 1)": 4.6053588824,
}


@pytest.mark.parametrize("text", sweep_few(REFERENCES, ["u**2*exp(-u**2/2)*sin(u)", "exp(-u**2)*sin(u)*Max(u, 0)"]))
def test_the_formula_the_numbers_and_quadrature_agree(text):
    phi = activation(text)
    exact = float(phi.dual_expr.subs({a: 1, b: 1, c: 0.5}).evalf(15, chop=True).as_real_imag()[0])
    assert phi.dual(1, 1, 0.5) == pytest.approx(exact, rel=1e-11)
    assert exact == pytest.approx(REFERENCES[text], rel=1e-9)


@pytest.mark.parametrize("text", ["sin(u)*cos(2*u)*exp(u/3)"])
def test_its_derivation_is_proved_and_a_wrong_closed_form_is_refuted(text):
    phi = activation(text)
    assert phi.derivation.verdict is Verdict.AGREES
    dual = phi._dual
    for wrong in (-dual.kappa.value, dual.kappa.value + c / 7):
        mutant = derivation_of(replace(dual, kappa=replace(dual.kappa, value=wrong)), "mutant")
        assert mutant.verdict is Verdict.REFUTED


def test_a_polynomial_of_high_degree_is_decided():
    phi = activation("1024*u**10 - 23040*u**8 + 161280*u**6 - 403200*u**4 + 302400*u**2 - 30240")
    assert phi.derivation.verdict is Verdict.AGREES


@pytest.mark.sweep
def test_a_spline_with_jumps_has_a_closed_dual():
    phi = activation(SPLINE)
    assert phi._dual.kappa.value.free_symbols == {a, b, c}
    value = float(phi.dual_expr.subs({a: 1, b: 1, c: 0.5}).evalf(15))
    assert phi.dual(1, 1, 0.5) == pytest.approx(value, rel=1e-11)


def test_what_is_too_large_is_refused_with_the_reason_and_read_by_its_series():
    phi = activation("(u**3 - 2)*exp(-u**2/2 + u/4)*erf(2*u - 1)")
    with pytest.raises(NoClosedForm, match="polynomial of more than"):
        _ = phi.dual_expr
    assert isinstance(phi.reading.compiled, Series)


def test_the_algebra_divides_where_a_factor_divides_and_knows_conjugates():
    algebra = Algebra(frozenset({a, b}))
    ratio = algebra.of((a**2 - b**2) / (a - b))
    assert ratio == algebra.of(a + b)
