"""The verdict on means whose true values are known: simulated, so that any number of networks can be had."""

import numpy as np
import pytest
from sweeps import sweep

from ntk_symbolic.finite.ensemble import Moments
from ntk_symbolic.finite.extrapolation import endpoints, to_infinity
from ntk_symbolic.finite.statistics import Agreement, Comparison, statistics_of

WIDTHS = (8, 32, 128)
N = 4
UPPER = np.triu_indices(N)


def kernel(rng):
    points = rng.standard_normal((N, N + 2))
    return points @ points.T + 0.3


def simulated(truth, judged, rng, families, corrections=(), noise=2.0, exact=False, alpha=1e-6):
    """Means at WIDTHS of `families` observations each: truth + Σ corrections[i]/nⁱ⁺¹ + noise, judged against `judged`.

    Each observation has standard deviation √(noise/n) relative to √(K_ii K_jj), as networks of width n have.
    """
    size = np.sqrt(np.outer(np.diag(truth), np.diag(truth)))
    moments = []
    for n in WIDTHS:
        mean = truth + size * sum((c / n ** (i + 1) for i, c in enumerate(corrections)), np.zeros((N, N)))
        error = size * np.sqrt(noise / n / families) * rng.standard_normal((N, N))
        error = np.triu(error) + np.triu(error, 1).T
        value = statistics_of(judged)((mean + error)[None])[0]
        basis = np.array([statistics_of(judged)(unit[None])[0] for unit in units() * size * np.sqrt(noise / n)])
        moments.append(Moments(families, value, (basis**2).sum(axis=0)))
    return Comparison(judged, exact, WIDTHS, (families,) * 3, tuple(moments), alpha)


def units():
    """Symmetric matrices, one for each independent entry."""
    found = np.zeros((len(UPPER[0]), N, N))
    for matrix, i, j in zip(found, *UPPER):
        matrix[i, j] = matrix[j, i] = 1
    return found


def symmetric(rng, size):
    a = rng.normal(0, size, (N, N))
    return np.triu(a) + np.triu(a, 1).T


def biases(rng):
    """θ₁, θ₂, θ₃ of an expansion that converges at the narrowest width, 8: each term at most about half of the last."""
    return [symmetric(rng, size) for size in (1.0, 4.0, 12.0)]


def test_a_right_kernel_passes_and_a_wrong_one_does_not_however_many_networks_are_taken():
    """200 kernels with random biases and 10¹² families: noise of 10⁻⁶, so that only the bias matters."""
    rng = np.random.default_rng(0)
    without_allowance = 0
    for _ in range(200):
        K, corrections = kernel(rng), biases(rng)
        right = simulated(K, K, rng, 10**12, corrections)
        assert right.verdict is Agreement.AGREES
        assert simulated(K, 1.02 * K, rng, 10**12, corrections).verdict is Agreement.DISAGREES
        assert simulated(K, 0.98 * K, rng, 10**12, corrections).verdict is Agreement.DISAGREES
        without_allowance += (abs(right.extrapolated - K) > 6 * right.extrapolated_error).any()
    assert without_allowance > 150, "the bias that is left must be visible, or the allowance was not tested"


def test_an_entry_whose_second_correction_cancels_still_passes():
    """θ₂ = −(x₁+x₂+x₃) θ₃ makes both extrapolations agree on a wrong value, in one entry: the other entries show the bias."""
    rng = np.random.default_rng(1)
    K, corrections = kernel(rng), biases(rng)
    corrections[2][0, 1] = corrections[2][1, 0] = 20
    corrections[1][0, 1] = corrections[1][1, 0] = -sum(1 / n for n in WIDTHS) * corrections[2][0, 1]
    found = simulated(K, K, rng, 10**12, corrections)
    assert abs(found.extrapolated - K)[0, 1] > 6 * found.extrapolated_error[0, 1]
    assert found.verdict is Agreement.AGREES


def test_one_wrong_entry_is_found_where_the_scale_is_right():
    rng = np.random.default_rng(2)
    K = kernel(rng)
    wrong = K.copy()
    wrong[0, 1] = wrong[1, 0] = K[0, 1] + 0.012 * np.sqrt(K[0, 0] * K[1, 1])
    found = simulated(K, wrong, rng, 20_000)
    assert found.verdict is Agreement.DISAGREES
    assert abs(found.test.z_scale) < found.test.critical_scale
    assert (abs(found.test.z_entries) > found.test.critical_entries).sum() == 2  # [0, 1] and its mirror image


def test_too_few_networks_are_inconclusive_not_agreement():
    rng = np.random.default_rng(3)
    K = kernel(rng)
    few = simulated(K, K, rng, 200)
    assert few.verdict is Agreement.INCONCLUSIVE
    assert "more networks" in few.sentence()
    assert simulated(K, K, rng, 100_000).verdict is Agreement.AGREES


@pytest.mark.parametrize("exact", sweep([True, False], [True]))
def test_false_alarms_come_at_most_at_the_stated_rate(exact):
    """α = 0.2, 800 right kernels without bias: at most 160 + 4.75 √128 alarms (10⁻⁶). With one hidden layer the test
    is nearly exact, 1 − 0.9 · 0.99¹⁰ = 0.186 if entries and scale were independent, so few alarms are a fault too."""
    rng = np.random.default_rng(4)
    K = kernel(rng)
    alarms = sum(simulated(K, K, rng, 10**4, exact=exact, alpha=0.2).test.rejected for _ in range(800))
    assert alarms < 214
    if exact:
        assert alarms > 90


def test_few_families_widen_the_critical_value():
    """Few families: their variance is itself uncertain, which Student's t takes into account (Welch–Satterthwaite)."""
    rng = np.random.default_rng(5)
    K = kernel(rng)
    few, many = (simulated(K, K, rng, families).test.critical_scale for families in (5, 10**6))
    assert few > 1.5 * many


def test_weights_of_the_extrapolation_cancel_every_correction_they_promise():
    for widths in ((3, 10), (8, 32, 128), (5, 7, 11, 100)):
        weights, x = to_infinity(widths), 1 / np.array(widths)
        for power in range(len(widths)):
            assert weights @ x**power == pytest.approx(float(power == 0), abs=1e-13)
    middle, low, mirror = endpoints(WIDTHS, exact=False)
    assert low[0] == 0
    np.testing.assert_allclose((low + mirror) / 2, middle, rtol=1e-14)
    np.testing.assert_allclose(endpoints(WIDTHS, exact=True), [[1 / 3, 1 / 3, 1 / 3]])


def test_an_input_that_is_zero_without_bias_is_no_obstacle():
    rng = np.random.default_rng(6)
    K = kernel(rng)
    K[0] = K[:, 0] = 0
    found = simulated(K, K, rng, 100_000)
    assert found.verdict is Agreement.AGREES
    assert np.isfinite(found.allowance)
