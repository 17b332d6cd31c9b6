"""Values without a closed form are right near ρ = ±1, or a warning gives an estimate that is no smaller than the error."""

import re
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sweeps import sweep_few

from ntk_symbolic import activation, mlp
from ntk_symbolic.activations.code.codegen import compile_series
from ntk_symbolic.activations.numbers import nested, series
from ntk_symbolic.activations.numbers.estimates import TOLERATED, watched
from ntk_symbolic.errors import NoClosedForm, UncertifiedWarning

CLOSED = ["erf(30*u)", "erf(50*(u - 1))", "hard_tanh", "Max(u, 0)"]


def by_series(text):
    """The series reading of an activation with a closed form, from which the error is known."""
    return compile_series(activation(text).expr, NoClosedForm(text))


def scale(phi, order, a, b):
    return np.sqrt(np.prod([(phi.dual, phi.dual_dot)[order](x, x, x) for x in (a, b)]))


@pytest.fixture(autouse=True)
def nothing_is_said():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UncertifiedWarning)
        yield


# ---- the values -----------------------------------------------------------------------------------------------------------

# By precision=12: two quadratures of the plane that agree, up to two minutes per value. Sums of 4096 terms had errors of
# up to 0.89 of the scale.
DIGITS = [
    ("tanh(100*u)", (30.0, 30.0, 1 - 1e-8), ("0.9985403607813623", "9.688328052410725")),
    ("erf(u)**2", (1e3, 1e3, 0.999), ("0.9673641250985838", "0.0026929241141409044")),
    ("log(1 + Abs(u))", (4.0, 1.0, 1.0), ("0.5988519706721718", "0.32893285113271986")),
    ("tanh(u) + Max(u, 0)", (4.0, 1.0, 1.0), ("2.4635741735492047", "1.3066649751688146")),
]


@pytest.mark.parametrize(("text", "at", "digits"), DIGITS)
def test_steep_and_kinked_activations_have_twelve_digits_next_to_parallel_inputs(text, at, digits):
    phi, (a, b, rho) = activation(text), at
    for order, (read, exact) in enumerate(zip((phi.dual, phi.dual_dot), digits, strict=True)):
        assert abs(read(a, b, rho * np.sqrt(a * b)) - float(exact)) <= 1e-12 * scale(phi, order, a, b)


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from(CLOSED),
    st.tuples(st.floats(-2, 4), st.floats(-2, 4), st.booleans()),
    st.floats(-10, -1.7),
    st.sampled_from([1, -1]),
    st.sampled_from([0, 1]),
)
def test_nested_integrals_agree_with_closed_forms_and_estimate_their_error(text, sizes, fall, sign, order):
    """Tolerance 1e-11, and for κ̇ of steep ones the effect of rounding c: E φ''(u)² √(ab) 2⁻⁵²."""
    phi, (x, y, equal) = activation(text), sizes
    a, b, rho = 10.0**x, 10.0 ** (x if equal else y), sign * (1 - 10.0**fall)
    f = (by_series_kept(text).f, by_series_kept(text).df)[order]
    (value,), (estimate,) = nested.product(f, f, *(np.array([z]) for z in (a, b, rho, np.sqrt((1 - rho) * (1 + rho)))))
    exact = (phi.dual, phi.dual_dot)[order](a, b, rho * np.sqrt(a) * np.sqrt(b))
    error, size = abs(value - exact), scale(phi, order, a, b)
    assert error <= (1e-9 if order and "erf" in text else 1e-11) * size
    assert estimate <= 1e-9 * size


_KEPT = {}


def by_series_kept(text):
    return _KEPT.setdefault(text, by_series(text))


@pytest.mark.parametrize("text", ["hard_tanh", "erf(30*u)"])
@pytest.mark.parametrize("order", [0, 1])
def test_where_integrals_would_take_too_long_estimates_are_no_smaller_than_errors(monkeypatch, text, order):
    """The worst of four pairs is integrated at any cost; the others are sums of 4096 terms, or computed from ρ = ±1."""
    monkeypatch.setattr(series, "WORK", 0.0)
    phi, f, one = activation(text), by_series_kept(text), np.ones(4)
    rho = np.array([1 - 1e-4, -1 + 1e-6, 1 - 1e-7, 0.995])
    with watched() as found:
        value = (f.kappa, f.kappa_dot)[order](one, 4 * one, rho, np.sqrt((1 - rho) * (1 + rho)))
    exact = [(phi.dual, phi.dual_dot)[order](1.0, 4.0, 2 * r, precision=18) for r in rho]
    errors = np.abs(value - np.array(exact, dtype=float)) / scale(phi, order, 1.0, 4.0)
    assert errors.min() < 1e-12
    assert errors.max() <= (found[0].estimate if errors.max() > TOLERATED else TOLERATED)
    if found:
        assert 1 <= found[0].count <= 3 and found[0].rho in rho


NEAR = np.array([[1.0, 0.3], [1.0, 0.30003]])
OF_LOG = mlp(1, "log(1 + Abs(u))", 1.5, 0.1)
DIGITS = np.array([[2.0954462848441508, 2.0954095101314968], [2.0954095101314968, 2.095469849338596]])


@pytest.mark.sweep
def test_the_digits_of_near_inputs_are_those_of_the_precise_reading():
    """The digits take 7 s: two integrals in 18 digits for each entry."""
    assert np.abs(OF_LOG.kernel(NEAR, precision=18) - DIGITS).max() <= 4.5e-16


def test_gaps_and_kernels_of_near_inputs_keep_their_digits():
    """For log(1 + |u|) and inputs 3e-5 apart κ̇ had an error of 1e-3."""
    x, net, K = NEAR, OF_LOG, DIGITS
    assert np.abs(net.kernel(x) - K).max() <= 1e-13 * K.max()
    gap = K[0, 0] + K[1, 1] - 2 * K[0, 1]
    assert abs(net.gap(x)[0, 1] - gap) <= 1e-7 * abs(gap)


def test_derivatives_next_to_kinks_are_those_of_the_kernels():
    """E u φ'(u) φ(v) of max(0, tanh u) at u = v had an error of 1e-6: coefficients of a kink times those of a jump."""
    x, step = np.array([[1.0, 0.3], [1.0, 0.31], [2.0, 0.6]]), 1e-4
    upper, lower = (mlp(1, "Max(0, tanh(u))", 1.5 + by, 0.2).nngp(x) for by in (step, -step))
    slope = mlp(1, "Max(0, tanh(u))", 1.5, 0.2).derivative(x, get="nngp")
    assert np.abs(slope - (upper - lower) / (2 * step)).max() <= 3e-8


# ---- warnings -------------------------------------------------------------------------------------------------------------


def said(ask):
    with warnings.catch_warnings(record=True) as got:
        warnings.simplefilter("always")
        out = ask()
    (warning,) = got  # one per call
    assert warning.category is UncertifiedWarning
    assert warning.filename == __file__  # the line of the call, not one of the library
    return out, str(warning.message)


def test_a_value_that_cancels_is_told_with_its_place_and_an_estimate_above_the_error():
    """√(1 + u²) − 1 loses all digits of u²/2 at variance 1e-14; E u⁴/4 = 3/4 a²."""
    phi = activation("sqrt(1 + u**2) - 1")
    a = np.array([1.0, 1e-14, 1e-12])
    value, text = said(lambda: phi.dual(a, a, a / 2))
    assert re.search(r"κ of sqrt\(u\*\*2 \+ 1\) - 1 at a = 1e-14, b = 1e-14, c = 0\.5 √\(ab\)", text)
    assert "and 1 other above 1e-09" in text and "bound=True" in text and "precision=20" in text
    error = abs(value[1] / (3 / 8 * a[1] ** 2) - 1) / 2
    assert float(re.search(r"estimated at (\S+) of √\(κ\(a, a, a\) κ\(b, b, b\)\)", text)[1]) >= error
    assert "E φ(u) of" in said(lambda: phi.mean(1e-14))[1]


def test_kernels_and_what_is_made_of_them_name_the_rows():
    net, x = mlp(1, "sqrt(1 + u**2) - 1", W_std=1.0, b_std=0.0), 1e-7 * np.array([[1.0, 0.3], [0.2, 1.0], [1e7, 0.0]])
    for ask, name in (
        (lambda: net.nngp(x[:2]), "the kernel"),
        (lambda: net.kernel(x, get=("nngp", "ntk")), "the kernel"),
        (lambda: net.nngp(x[2:], x), "the kernel"),
        (lambda: net.diagonal(x, get="nngp"), "the diagonal"),
        (lambda: net.gap(x, get="nngp"), "the gap"),
        (lambda: net.derivative(x, get="nngp"), "the derivative of the kernel"),
    ):
        text = said(ask)[1]
        assert text.startswith(f"{name} of ") and "estimated at" in text
        assert "variance" in text and ("rows " in text or "row " in text or "an input" in text)


def test_rows_are_told_in_every_tile(monkeypatch):
    from ntk_symbolic.infinite import engine

    monkeypatch.setattr(engine, "TILE", 2)
    monkeypatch.setattr(nested, "followed", lambda f, a: False)
    x = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.2], [4.0, 3e-3]])
    assert "rows 0 and 3 of X" in said(lambda: mlp(1, "log(1 + Abs(u))", W_std=1.0, b_std=0.0).ntk(x))[1]


def test_nothing_is_said_of_good_values_nor_beside_bounds():
    x = np.array([[1.0, 0.3], [0.9, 0.31], [1.0, 0.3 + 1e-8]])
    for text in ("tanh", "softsign", "u*tanh(u)", "exp(u/3)*tanh(u)"):
        assert np.isfinite(mlp(2, text, W_std=1.0, b_std=0.0).ntk(x)).all()
        assert activation(text).dual(1.0, 1.0, 0.5) == pytest.approx(activation(text).dual(1, 1, 0.5, precision=12))
    assert activation("sqrt(1 + u**2) - 1").dual(1e-14, 1e-14, 0.0, bound=True)[1] < 1e-20


# ---- growth of pieces -----------------------------------------------------------------------------------------------------

PIECES = [
    "Piecewise((u, u > 1), (exp(u), True))",
    "Piecewise((u, u > 1), (exp(u**2), u > -1), (tanh(u), True))",
    "Piecewise((log(u), u > 1), (0, True))",
    "Piecewise((exp(-u**3), u > -2), (u, True))",
    "Piecewise((exp(-u**4 + 3*u**2 - u), u > -5), (u, True))",
    "Piecewise((exp(u + 1) - 1, u < -1), (u + 1, True))",
    "Piecewise((1/u, u > 2), (u/4, True))",
    "Piecewise((exp(u), u < 1), (u**2*exp(2 - u), True))",
]


@pytest.mark.parametrize("text", sweep_few(PIECES, [PIECES[4]]))
def test_the_growth_of_pieces_is_found_where_they_are(text):
    x = np.concatenate([np.linspace(-40, 40, 8001), *(side * 10 ** np.linspace(0, 3, 200) for side in (1, -1))])
    for f in (by_series_kept(text).f, by_series_kept(text).df):
        assert f.growth is not None
        c, g = f.growth
        with np.errstate(all="ignore"):
            assert (np.abs(f(x)) <= c * (1 + np.abs(x)) ** g * (1 + 1e-9)).all()


def test_pieces_of_exponentials_have_bounds_that_hold():
    phi = activation(PIECES[0])
    value, bound = phi.dual(1.0, 2.0, 0.5, bound=True)
    assert abs(value - phi.dual(1.0, 2.0, 0.5, precision=16)) <= bound < 1e-10


def test_of_what_grows_too_fast_on_its_piece_no_growth_is_claimed():
    for text in ("Piecewise((exp(u), u > 1), (u, True))", "Piecewise((exp(-u), u < 2), (u, True))"):
        assert by_series(text).f.growth is None


@pytest.mark.parametrize(
    ("text", "rho", "right"),
    [
        ("tanh(u)*sin(36*u)", 0.999, 0.0540131023446),
        ("tanh(u)*sin(60*u)", 0.999, 0.0054172070412),
        ("tanh(u)*sin(60*u)", 1.0, 0.19714724519892),
        ("cos(40*u)/(1 + u**2)", 0.999, 0.0505503995277),
        ("log(1 + Abs(u))*sin(50*u)", 1 - 1e-8, 0.19341698705993),
    ],
)
def test_fast_oscillation_is_right_or_told(text, rho, right):
    """The first coefficients vanish; `right` is by quadrature with nodes that resolve φ."""
    phi = activation(text)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        value, size = float(phi.dual(1.0, 1.0, rho)), float(phi.dual(1.0, 1.0, 1.0))
    error = abs(value - right) / size
    assert error <= 1e-9 or any("estimated" in str(w.message) for w in told)


def test_a_bound_that_is_not_known_is_told_at_the_line_that_asked():
    net = mlp(1, "exp(Abs(u)**(5/4))", W_std=0.2)
    (kernel, bound), message = said(lambda: net.kernel([[1.0, 2.0]], bound=True))
    assert np.isfinite(kernel).all() and np.isinf(bound).all() and "no bound is known" in message
