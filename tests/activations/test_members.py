"""No number of the class of closed forms is silently wrong: random members agree with their digits."""

from random import Random

import mpmath
import numpy as np
import pytest
from members import member, point
from sweeps import sweep, sweep_few

from ntk_symbolic import activation
from ntk_symbolic.activations.numbers.compiled import Compiled
from ntk_symbolic.activations.numbers.conditional import Pieces, Wave, expectation, variance
from ntk_symbolic.activations.numbers.integral import Integral
from ntk_symbolic.activations.numbers.panels import integrals
from ntk_symbolic.errors import InvalidInput


def off(phi, order, at):
    """The error relative to √(κ_aa κ_bb), and relative to κ if that is infinite."""
    read, (a, b, c) = (phi.dual, phi.dual_dot)[order], at
    value, exact = read(a, b, c), read(a, b, c, precision=14)
    if value == exact or abs(exact) < 1e-290:
        return 0.0
    scale = mpmath.sqrt(read(a, a, a, precision=14) * read(b, b, b, precision=14))
    return float(abs(value - exact) / (scale if mpmath.isfinite(scale) else abs(exact)))


@pytest.mark.parametrize("seed", sweep([1, 2, 5, 7, 9, 10], [1, 2, 7]))  # whose digits take a second
def test_dual_kernels_of_random_members_agree_with_their_digits(seed):
    rng = Random(seed)
    text, *between = member(rng)
    phi = activation(text)
    for order in (0, 1):
        at = point(rng, *between)
        assert off(phi, order, at) < 1e-13, (text, order, at)


@pytest.mark.parametrize("size", [20.0, 1e3, 1e6])
def test_a_rectified_wave_is_right_at_any_variance(size):
    """κ(a, a, a) = a/4 − E u² 1[u > 0] cos(6u + 2)/2; by parts the last is 2 sin 2/(6³ √(2πa)) to first order."""
    phi = activation("Max(u, 0)*sin(3*u + 1)")
    edge = -np.sin(2) * 2 / 6**3 / np.sqrt(2 * np.pi * size)
    assert phi.dual(size, size, size) == pytest.approx(size / 4 + edge / 2, rel=max(1e-13, 1 / size**2.5))


def test_two_ways_to_one_value_share_no_node():
    """κ by conditioning on u and on v, for activations whose digits would take minutes."""
    for text in ("Max(u, 0)*sin(3*u + 1)", "exp(-Abs(u))*sin(u)", "exp(-u**2)*Heaviside(u)", "erf(u - 3)*cos(2*u)"):
        f = activation(text).reading.compiled
        a, b = np.full(4, 1e4), np.full(4, 3e3)
        cos = np.array([0.3, -0.8, 0.99, 1 - 1e-7])
        at = (cos, np.sqrt((1 - cos) * (1 + cos)))
        scale = np.sqrt(f.diagonal(a) * f.diagonal(b))
        assert np.max(np.abs(f.kappa(a, b, *at) - f.kappa(b, a, *at)) / scale) < 1e-13


@pytest.mark.parametrize(
    "text",
    [
        "1 + erf(u - 12)",
        "1 - erf(u + 12)",
        pytest.param(
            "erf(u + 12) - erf(u + 10)", marks=pytest.mark.sweep
        ),  # two that take twice the time of the others
        pytest.param("(u - 8)*(1 + erf((u - 8)/sqrt(2)))/2", marks=pytest.mark.sweep),
        "(1 + erf((u - 8)/sqrt(2)))/2",
        "Heaviside(u - 10) + 1/10**12",
        "Heaviside(u) + 10**9*exp(-(u - 15)**2)",
        "exp(-(u - 50)**2)*Heaviside(u - 20)",
    ],
)
@pytest.mark.parametrize("cos", sweep([0.5, 1.0], [0.5]))
def test_no_tail_is_cut_that_the_value_feels_and_nothing_cancels(text, cos):
    """Errors are relative to the value itself at any size."""
    phi = activation(text)
    assert phi.dual(1.0, 1.0, cos) == pytest.approx(float(phi.dual(1, 1, cos, precision=16)), rel=1e-12, abs=0)


@pytest.mark.parametrize("h, size", [(1, 1e-2), (1, 1.0), (8, 1.0), (8, 100.0)])
def test_a_high_power_beside_a_breakpoint_off_0_is_read_about_the_breakpoint(h, size):
    """E (u − h)²⁰ 1[u > h], alone and as E φ(u) E[φ(v) | u] at ρ = 0.9."""
    f = Pieces((float(h),), ((), (Wave(0.0, 0.0, 0.0, ((float(h), (0.0,) * 10 + (1.0,)),)),)))
    a, cos, sin = np.array([size]), np.array([0.9]), np.sqrt(np.array([0.19]))
    with mpmath.workdps(30):
        z = h / mpmath.sqrt(size)  # φ(h + σt)² = (σt)²⁰, and γ(z + t) = γ(z) exp(−t²/2 − zt)
        moment = mpmath.quad(lambda t: t**20 * mpmath.exp(-t * t / 2 - z * t), range(26))
        exact = mpmath.sqrt(size) ** 20 * mpmath.npdf(z) * moment
    square = variance(f, f, a).value[0]
    assert square == pytest.approx(float(exact), rel=1e-12, abs=0)
    one, other = expectation(f, f, a, 1.5 * a, cos, sin), expectation(f, f, 1.5 * a, a, cos, sin)
    assert abs(one.value - other.value)[0] < 1e-12 * np.sqrt(square * variance(f, f, 1.5 * a).value[0])


@pytest.mark.parametrize(
    "text",
    sweep_few(
        ["sin(u) - u", "cos(u) - 1 + u**2/2", "erf(u) - 2*u/sqrt(pi)", "exp(u) - 1 - u"], ["cos(u) - 1 + u**2/2"]
    ),
)
@pytest.mark.parametrize("size", sweep([1e-6, 1e-4, 1e-2, 0.5], [1e-6, 0.5]))
def test_terms_that_cancel_at_small_variances_are_not_read(text, size):
    phi = activation(text)
    assert isinstance(phi.reading.compiled, Integral)
    for order in (0, 1):
        assert off(phi, order, (size, 2 * size, size / 2)) < 1e-13


def test_closed_forms_that_keep_their_digits_stay():
    for text in ("erf(2*u)", "u*(1 + erf(u))", "sin(2*u)", "3*Max(u, 0)", "exp(u/2)", "exp(-u**2/3)"):
        assert isinstance(activation(text).reading.compiled, Compiled)


@pytest.mark.parametrize("size", [1.0, 1e3, 1e6])
def test_a_narrow_activation_with_a_jump_keeps_the_digits_of_its_slope_at_large_variance(size):
    """δ and the slope of the other side nearly cancel: each is `size` times their sum."""
    phi = activation("exp(-u**2)*Heaviside(u)")
    for cos in (0.0, 0.1, 0.5, 0.999):
        exact = float(phi.dual_dot(size, size, cos * size, precision=16))
        assert phi.dual_dot(size, size, cos * size) == pytest.approx(exact, rel=1e-13, abs=0)


def test_what_oscillates_beyond_float64_is_refused_with_the_remedy():
    with pytest.raises(InvalidInput, match=r"oscillates too fast.*precision=20"):
        activation("Max(u, 0)*sin(3*u + 1)").dual(1e12, 1e12, 1e12)


def test_panels_are_halved_until_nothing_is_overlooked():
    """A narrow peak, a kink and a wave, of which only the place of the peak is given."""

    def integrand(row, x, middle):
        y = np.where(row[:, None] == 0, 1 / (1e-8 + (x - 0.3) ** 2), np.abs(x - 0.2) * np.cos(60 * x))
        return y, np.abs(y)

    found = integrals(integrand, np.array([[0.0, 0.3, 1.0]] * 2), np.array([0.0, 60.0]))
    peak = (np.arctan(7000.0) + np.arctan(3000.0)) * 1e4
    with mpmath.workdps(30):
        wave = mpmath.quad(
            lambda x: abs(x - mpmath.mpf(0.2)) * mpmath.cos(60 * x), [*np.linspace(0, 0.2, 4).tolist(), 1]
        )
    exact = np.array([peak, float(wave)])
    assert found.value == pytest.approx(exact, rel=1e-13)
    assert (found.error < 1e-12 * np.array([peak, 1.0])).all()
