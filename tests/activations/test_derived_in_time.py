"""What took minutes to derive takes seconds, is right, and is judged; what would take too long is read by its series."""

from dataclasses import replace

import mpmath
import pytest
from sympy import lambdify

from ntk_symbolic import activation
from ntk_symbolic.activations.algebra import Algebra
from ntk_symbolic.activations.document import derivation_of
from ntk_symbolic.activations.dual import a, b, c, u
from ntk_symbolic.activations.series import Series
from ntk_symbolic.errors import NoClosedForm
from ntk_symbolic.proofs.derivation import Verdict

SPLINE = "Piecewise((1 - u**2, u < -1), (u + 3/2, u < 0), (2*u**2, u < 1/3), (u/3, u < 1), (1 - u**3/5, True))"
TEXTS = (
    "u**2*exp(-u**2/2)*sin(u)",
    "exp(-u**2)*sin(u)*Max(u, 0)",
    "sin(u)*cos(2*u)*exp(u/3)",
    "Abs(u**3 - u - 1)",
)


def by_quadrature(phi, kinks=()):
    """E φ(u) φ(v) at (1, 1, 1/2) by Gauss–Legendre on panels between breakpoints, in mpmath."""
    density = lambda z: mpmath.exp(-z * z / 2) / mpmath.sqrt(2 * mpmath.pi)  # noqa: E731
    s = mpmath.sqrt(3) / 2

    def panels(cuts):
        return sorted({-10, -4, 0, 4, 10, *(k for k in cuts if -10 < k < 10)})

    def given(x):
        cuts = panels([(k - x / 2) / s for k in kinks])
        return mpmath.quad(lambda y: phi(x / 2 + s * y) * density(y), cuts, method="gauss-legendre", maxdegree=3)

    return mpmath.quad(lambda x: phi(x) * density(x) * given(x), panels(kinks), method="gauss-legendre", maxdegree=3)


@pytest.mark.parametrize("text", TEXTS)
def test_the_formula_the_numbers_and_quadrature_agree(text):
    phi = activation(text)
    exact = float(mpmath.re(mpmath.mpmathify(phi.dual_expr.subs({a: 1, b: 1, c: 0.5}).evalf(15))))
    assert phi.dual(1, 1, 0.5) == pytest.approx(exact, rel=1e-11)
    kinks = {"Max": (0,), "Abs": (1.324717957244746,)}
    f = lambdify(u, phi.expr, "mpmath")
    reference = by_quadrature(f, next((at for name, at in kinks.items() if name in text), ()))
    assert exact == pytest.approx(float(reference), rel=1e-9)


@pytest.mark.parametrize("text", ["sin(u)*cos(2*u)*exp(u/3)", "Abs(u**3 - u - 1)"])
def test_its_derivation_is_proved_and_a_wrong_closed_form_is_refuted(text):
    phi = activation(text)
    assert phi.derivation.verdict is Verdict.PROVED
    dual = phi._dual
    for wrong in (-dual.kappa.value, dual.kappa.value + c / 7):
        mutant = derivation_of(replace(dual, kappa=replace(dual.kappa, value=wrong)), "mutant")
        assert mutant.verdict is Verdict.REFUTED


def test_a_polynomial_of_high_degree_is_decided():
    phi = activation("1024*u**10 - 23040*u**8 + 161280*u**6 - 403200*u**4 + 302400*u**2 - 30240")
    assert phi.derivation.verdict is Verdict.PROVED


def test_a_spline_with_jumps_has_a_closed_dual():
    phi = activation(SPLINE)
    assert phi._dual.kappa.value.free_symbols == {a, b, c}
    value = float(phi.dual_expr.subs({a: 1, b: 1, c: 0.5}).evalf(15))
    assert phi.dual(1, 1, 0.5) == pytest.approx(value, rel=1e-11)


def test_what_is_too_large_is_refused_with_the_reason_and_read_by_its_series():
    phi = activation("(u**3 - 2)*exp(-u**2/2 + u/4)*erf(2*u - 1)")
    with pytest.raises(NoClosedForm, match="polynomial of more than"):
        _ = phi.dual_expr
    assert isinstance(phi.compiled, Series)


def test_the_algebra_divides_where_a_factor_divides_and_knows_conjugates():
    algebra = Algebra(frozenset({a, b}))
    ratio = algebra.of((a**2 - b**2) / (a - b))
    assert ratio == algebra.of(a + b)
