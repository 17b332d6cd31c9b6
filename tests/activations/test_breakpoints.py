"""Activations with breakpoints at zeros of a function have numbers, and these are right."""

import numpy as np
import pytest
from sweeps import sweep, sweep_few
from sympy import Symbol, exp

from ntk_symbolic import NotationError, activation
from ntk_symbolic.errors import InvalidInput, NoClosedForm

pytestmark = pytest.mark.filterwarnings("ignore::ntk_symbolic.errors.UncertifiedWarning")
STEP, REACH = 0.01, 8.5
GRID = np.arange(-REACH, REACH + STEP / 2, STEP)


def brute(phi, a, b, rho):
    """E φ(u) φ(v) by the trapezoidal rule, with an error of STEP² where φ bends."""
    x, y = GRID[:, None], rho * GRID[:, None] + np.sqrt(1 - rho**2) * GRID
    weight = STEP * np.exp(-(GRID**2) / 2) / np.sqrt(2 * np.pi)
    return float(weight @ (phi(np.sqrt(a) * x) * phi(np.sqrt(b) * y)) @ weight)


ALIKE = [  # one function, written in two ways
    ("Max(0, u) + Min(0, 7*(exp(10*u/7) - 1)/10)", "Piecewise((u, u > 0), (7*(exp(10*u/7) - 1)/10, True))"),
    ("Max(exp(u) - 1, 0)", "Piecewise((exp(u) - 1, u > 0), (0, True))"),
    ("Min(exp(u), 1)", "Piecewise((1, u > 0), (exp(u), True))"),
    ("Piecewise((u, Abs(u) < 1), (sign(u), True))", "Max(-1, Min(1, u))"),
    ("Max(0, 1 - Abs(u))", "Piecewise((1 - Abs(u), Abs(u) <= 1), (0, True))"),
    ("Max(u, tanh(u))", "Piecewise((u, u > 0), (tanh(u), True))"),
    ("Piecewise((floor(u), Abs(u) < 2), (0, True))",
     "Heaviside(u - 1) - 2*Heaviside(u + 2) + Heaviside(u + 1) + Heaviside(u) - Heaviside(u - 2)"),
    ("ceiling(tanh(u))", "Heaviside(u)"),
    ("log1p(exp(u))", "log(1 + exp(u))"),
    ("expm1(u)", "exp(u) - 1"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), ALIKE, ids=[one for one, _ in ALIKE])
def test_two_ways_to_write_one_function_give_the_same_numbers(one, other):
    at = (np.array([1.0, 0.3, 4.0]), np.array([1.0, 2.0, 0.25]), np.array([0.5, -0.4, 0.9]))
    phi, psi = activation(one), activation(other)
    np.testing.assert_allclose(phi.dual(*at), psi.dual(*at), rtol=1e-11)  # measured: 2e-13
    if not phi.jumps:
        np.testing.assert_allclose(phi.dual_dot(*at), psi.dual_dot(*at), rtol=1e-11)


BENT = {
    "Max(u**2, exp(u))": lambda u: np.maximum(u * u, np.exp(u)),
    "Max(u, sin(u))": lambda u: np.maximum(u, np.sin(u)),
    "Piecewise((exp(-1/(1 - u**2)), Abs(u) < 1), (0, True))": lambda u: np.where(
        np.abs(u) < 1, np.exp(-1 / np.where(np.abs(u) < 1, 1 - u * u, 1.0)), 0.0
    ),
    "Piecewise((Abs(sin(u)), Abs(u) < 20), (0, True))": lambda u: np.abs(np.sin(u)),
    "Max(tanh(u), 1/2)": lambda u: np.maximum(np.tanh(u), 0.5),
    "Max(u, 0)**1.01": lambda u: np.maximum(u, 0) ** 1.01,
    "asinh(u)": np.arcsinh,
}


@pytest.mark.parametrize("text", sweep_few(BENT, ["Max(u**2, exp(u))"]))
def test_the_numbers_are_those_of_a_rule_that_knows_no_breakpoints(text):
    phi = activation(text)
    for at in ((1.0, 0.5, 0.4), (0.25, 1.0, -0.7)):
        a, b, rho = at
        wanted = brute(BENT[text], *at)
        assert phi.dual(a, b, rho * np.sqrt(a * b)) == pytest.approx(wanted, rel=1e-4)


def test_a_breakpoint_without_a_formula_keeps_its_digits():
    phi = activation("Max(u**2, exp(u))")
    assert phi.dual(1.0, 2.0, 0.5) == pytest.approx(float(phi.dual(1, 2, 0.5, precision=16)), rel=1e-13)


def test_erfi_has_numbers_below_the_variance_from_which_on_there_are_none():
    a, c, w = 0.7, 0.3, 2 / 9  # as erf with w negative: asin(w c/…)
    assert activation("erfi(u/3)").dual(a, a, c) == pytest.approx(2 / np.pi * np.arcsin(w * c / (1 - w * a)), rel=1e-12)
    with pytest.raises(InvalidInput, match=r"infinite at variances from 0\.25 on"):
        activation("erfi(u)").dual(0.25, 0.25, 0.1)


@pytest.mark.parametrize("text", sweep(["Abs(sin(u))", "floor(u)", "Max(u, u + sin(u))"], ["Abs(sin(u))", "floor(u)"]))
def test_infinitely_many_breakpoints_are_refused_with_a_remedy_that_works(text):
    with pytest.raises(NoClosedForm, match="at infinitely many u") as refusal:
        activation(text).dual(1.0, 1.0, 0.5)
    assert "Piecewise((φ, Abs(u) < 20), (0, True))" in str(refusal.value)
    on_a_part = activation(f"Piecewise(({text}, Abs(u) < 2), (0, True))")
    assert np.isfinite(on_a_part.dual(1.0, 1.0, 0.5))


def test_a_parameter_of_known_sign_may_stand_in_a_condition_or_in_an_exponential():
    u, alpha = Symbol("u", real=True), Symbol("alpha", positive=True)
    text = "Max(0, u) + Min(0, alpha*(exp(u/alpha) - 1))"
    celu = activation(text, symbols={"alpha": "positive"})
    plain = activation("Piecewise((u, u > 0), (alpha*(exp(u/alpha) - 1), True))", symbols={"alpha": "positive"})
    assert celu.dual_expr == plain.dual_expr
    assert activation(exp(-u) * alpha).dual_expr.has(alpha)
    band = activation("Piecewise((1, Abs(u) < h), (0, True))", symbols={"h": "positive"})
    assert band.subs({"h": 1}).dual(1, 2, 0.3) == pytest.approx(
        activation("Heaviside(u + 1) - Heaviside(u - 1)").dual(1, 2, 0.3), rel=1e-13
    )
    with pytest.raises(NoClosedForm, match="is not known"):
        _ = activation("Piecewise((1, Abs(u) < h), (0, True))", symbols=("h",)).dual_expr


ONE_SIDED = [
    "Piecewise((u, u > 1), (exp(u), True))",
    "Piecewise((sinh(u), Abs(u) < 1), (1, True))",
    "Min(exp(u), 1)",
    "Max(exp(u) - 1, 0) - Max(exp(u) - 3, 0)",
    "asinh(u)",
]


@pytest.mark.parametrize("text", sweep_few(ONE_SIDED, [ONE_SIDED[1]]))
def test_an_exponential_that_stays_on_its_side_has_a_bound(text):
    phi = activation(text)
    value, off = phi.dual(1.0, 0.5, 0.3, bound=True)
    assert 0 <= off < 1e-6
    assert abs(float(phi.dual(1.0, 0.5, 0.3, precision=20)) - value) <= off


@pytest.mark.parametrize("power", ["1.01", "0.999", "(65/64)", "1.0001"])
def test_a_power_that_is_no_integer_may_have_four_decimals(power):
    assert np.isfinite(activation(f"Max(u, 0)**{power}").dual(1.0, 1.0, 0.5))


@pytest.mark.parametrize("power", ["1.000001", "64.5", "65", "(1/200000)"])
def test_longer_or_larger_powers_are_refused_with_what_is_read(power):
    with pytest.raises(NotationError, match="exponents go up to 64, as fractions up to 100000/100000"):
        activation(f"Max(u, 0)**{power}")


def test_a_breakpoint_at_a_logarithm_has_a_proved_enclosure():
    lo, hi = activation("Min(exp(u), 2)").dual(1.0, 2.0, 0.5, certified=True)
    assert lo <= float(activation("Min(exp(u), 2)").dual(1, 2, 0.5, precision=20)) <= hi <= lo * (1 + 1e-14)
