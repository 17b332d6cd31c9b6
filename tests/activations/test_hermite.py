"""Exact Hermite coefficients agree with quadrature, their squares are the Taylor series of κ, and they sum to κ."""

import numpy as np
import pytest
from readings import DERIVED
from sweeps import TWINS, sweep, sweep_few, sweep_twins
from sympy import Rational, S, Symbol, cosh, exp, expand, factorial, pi, simplify, sinh, sqrt

from ntk_symbolic import activation
from ntk_symbolic.activations.derive.hermite import coefficients, slopes, squares
from ntk_symbolic.activations.form.variables import a, b, c

ELU = "Piecewise((u, u > 0), (exp(u) - 1, True))"
OTHERS = [ELU, "Max(0, Min(u, 6))", "exp(-u**2)*sin(2*u)", "erf(u/2 + 1/3)"]
q = Symbol("q", positive=True)


def exact(text, at=S.One, order=8):
    return coefficients(activation(text)._dual.terms, at, order)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("relu", [1 / (2 * pi), Rational(1, 4), 1 / (4 * pi), 0, 1 / (48 * pi), 0, 1 / (160 * pi), 0, 5 / (1792 * pi)]),
        ("erf", [0, 4 / (3 * pi), 0, 8 / (81 * pi)]),
        ("sign", [0, 2 / pi, 0, 1 / (3 * pi)]),
        ("exp", [exp(1), exp(1), exp(1) / 2, exp(1) / 6]),
        ("identity", [0, 1, 0, 0]),
    ],
)
def test_known_series(name, wanted):
    """Arc-cosine: Cho & Saul 2009; (2/π) asin 2ρ/3: Williams 1997; (2/π) asin ρ; exp(1 + ρ)."""
    assert [expand(x - y) for x, y in zip(squares(exact(name)), wanted)] == [0] * len(wanted)


@pytest.mark.parametrize("text", [*sweep_twins(DERIVED), *sweep(OTHERS, [ELU, "Max(0, Min(u, 6))", "erf(u/2 + 1/3)"])])
@pytest.mark.parametrize("at", sweep([Rational(1, 3), S(4)], [Rational(1, 3)]), ids=str)
def test_exact_coefficients_are_those_of_quadrature(text, at):
    """Moments of terms agree with Gauss's rule on φ, which does not use them, within the bound if known, and to 1e-13."""
    found, bound = activation(text).series.hermite(np.array([float(at)]))
    wanted = np.array([float(x) for x in exact(text, at)])
    off = np.abs(found[:9, 0] - wanted).max()
    assert off < min(bound[0] + 1e-15 * np.abs(wanted).max(), 1e-13 * np.abs(wanted).max())


@pytest.mark.parametrize(
    "text", sweep_few([name for name in DERIVED if name != "leaky_relu"], ["elu", *TWINS["elu"], *TWINS["hard_tanh"]])
)
def test_their_squares_are_the_derivatives_of_the_dual_at_zero_correlation(text):
    """Two derivations agree: moments of φ alone, and κ differentiated (Price's theorem, repeatedly)."""
    derivative = activation(text).dual_expr.subs({a: 1, b: 1})
    for k, square in enumerate(squares(exact(text, order=4))):
        derivative = derivative.diff(c) if k else derivative
        difference = derivative.subs(c, 0) / factorial(k) - square
        assert expand(difference.rewrite((sinh, cosh), exp)) == 0  # κ is printed with sinh and cosh


def test_the_variance_may_be_a_symbol():
    assert simplify(exact("erf", q, 1)[1] - 2 * sqrt(q) / sqrt(pi * (2 * q + 1))) == 0


def test_slopes_are_the_series_of_the_derivative():
    phi = activation("gelu")
    series = [float(x) for x in slopes(squares(exact("gelu", S(2), 40)), S(2))]
    assert np.polynomial.polynomial.polyval(0.3, series) == pytest.approx(phi.dual_dot(2.0, 2.0, 0.6), rel=1e-13)
