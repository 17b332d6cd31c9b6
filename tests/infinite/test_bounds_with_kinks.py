"""Bounds for φ whose slope jumps are finite, no smaller than the error, and small, compared with digits of closed forms."""

import warnings
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import erfc
from sweeps import sweep

from ntk_symbolic import activation, mlp
from ntk_symbolic.activations.code.codegen import compile_series
from ntk_symbolic.activations.numbers import moduli
from ntk_symbolic.activations.numbers.steps import Step, scaled, turned
from ntk_symbolic.errors import NoClosedForm, UncertifiedWarning
from ntk_symbolic.infinite import bounds

SPLIT = "Piecewise((-u, u < -1), (u**2, u < 2), (3*u - 2, True))"
CASES = [  # hard_tanh stands for all at every depth
    *(("hard_tanh", depth) for depth in (1, 2, 3)),
    ("relu6", 1),
    ("hard_swish", 1),
    ("hard_sigmoid", 2),
    ("selu", 3),
    ("Max(u - 1, 0)", 1),
    (SPLIT, 1),
]
x = np.array([1.1, -0.7, 0.4])
X = np.array([x, -x, x + 1e-8 * np.array([1, 2, -1]), 1.7 * x])


@pytest.fixture(autouse=True)
def warned():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UncertifiedWarning)
        yield


def held(net, most):
    """x with all rows, by the series alone and not the closed form; the diagonal is computed separately."""
    truth = net.kernel(X[:1], X, precision=20)
    with np.errstate(all="ignore"):
        row, diagonal = (bounds.kernel(net.graph(X.shape[1]), X[:1], Y, True)[1] for Y in (X, None))
    for value, bound in (row, diagonal):
        n = value.shape[1]
        assert (np.abs(value - truth[:, :n]).astype(float) <= bound).all()
        assert (bound <= (most if n > 1 else 1e-11) * np.abs(row[0]).max()).all()


@pytest.mark.parametrize(("text", "depth"), sweep(CASES, [("hard_tanh", 1), (SPLIT, 1)]))
def test_the_bound_is_finite_and_holds(text, depth):
    """Equal, antipodal and nearly equal inputs, and inputs of different norm, whose series has 4096 terms if parallel."""
    held(mlp(depth, text, 1.3, 0.3 * (depth > 1)), 1e-2 if depth == 1 else 1e-6)


@pytest.mark.parametrize("text", ["Abs(tanh(u))", "Max(0, tanh(u - 1))"])
def test_values_that_are_summed_badly_are_read_from_equal_inputs(text):
    """At ρ = 1 − 10⁻⁸ the sum of 4096 terms has an error of 5e-3."""
    phi, rho = activation(text), 1 - 1e-8
    value, bound = phi.dual_dot(1.0, 1.0, rho, bound=True)
    assert abs(value - phi.dual_dot(1.0, 1.0, 1.0)) < 1e-4 and bound < 1e-5
    z, w = np.polynomial.legendre.leggauss(60)
    sin, total = np.sqrt((1 - rho) * (1 + rho)), 0.0
    (cut,) = (p for p, *_ in phi.series.broken(1))
    for lo, hi in pairwise([-9.0, -3.0, cut - 9 * sin, cut, cut + 9 * sin, 3.0, 9.0]):
        u = (lo + hi) / 2 + (hi - lo) / 2 * z
        for at, weight in zip(u, w * (hi - lo) / 2 * np.exp(-u * u / 2), strict=True):
            middle = np.clip((cut - rho * at) / sin, -9, 9)
            for left, right in ((-9, middle), (middle, 9)):
                y = (left + right) / 2 + (right - left) / 2 * z
                inner = (w * np.exp(-y * y / 2)) @ phi.dphi(rho * at + sin * y) * (right - left) / 2
                total += weight * phi.dphi(np.array([at]))[0] * inner / (2 * np.pi)
    assert abs(value - total) <= bound + 1e-11


# ---- the three moduli, each against the number it bounds ----------------------------------------------------------------


def normal(x):
    return erfc(-x / np.sqrt(2)) / 2


@pytest.mark.parametrize("place", [1.0, -0.3, 4.0])
@pytest.mark.parametrize(("s", "off"), [(1.0, 1e-6), (0.5, 0.1), (3.0, 0.5), (0.2, 0.3), (0.0, 0.1)])
def test_what_is_crossed_by_scaling(place, s, off):
    bound = float(scaled(Step(place, 1.0, 0.0), np.array(s), np.array(off), 0))
    with np.errstate(divide="ignore"):
        ends = [normal(-abs(place) / np.maximum(tau, 0.0)) for tau in (s - off, s, s + off)]
    assert max(ends[2] - ends[1], ends[1] - ends[0]) <= bound + 1e-15
    assert off > 0.01 or bound <= 1.1 * (ends[2] - ends[1])


@pytest.mark.parametrize(("p", "q"), [(0.0, 0.0), (1.0, 1.0), (1.0, -1.0), (0.5, 2.0)])
@pytest.mark.parametrize(("rho", "off"), [(1.0, 1e-6), (0.9999, 2e-4), (0.3, 0.1), (-1.0, 1e-3), (0.0, 2.0)])
def test_what_meets_in_a_turn(p, q, rho, off):
    """The bound is compared with ∫ of the density of (u, v) at (p/s, q/t), over the angle from either end."""
    s, t = 1.0, 1.5
    bound = float(turned(Step(p, 1.0, 0.0), Step(q, 1.0, 0.0), np.array(s), np.array(t), np.array(rho), np.array(off)))
    for other in {max(rho - off, -1.0), min(rho + off, 1.0)} - {rho}:
        angles = np.linspace(*np.sort(np.arccos([rho, other])), 20001)
        angles = (angles[1:] + angles[:-1]) / 2
        with np.errstate(all="ignore"):
            density = np.exp(-(((p / s) ** 2 + ((q / t - np.cos(angles) * p / s) / np.sin(angles)) ** 2) / 2))
        total = np.mean(density) * abs(np.arccos(rho) - np.arccos(other)) / (2 * np.pi)
        assert total <= bound * (1 + 1e-6) + 1e-300


@pytest.mark.parametrize(("broken", "text"), [("scaled", "hard_tanh"), ("turned", "hard_tanh")])
def test_without_a_term_for_jumps_the_bound_would_be_too_small(monkeypatch, broken, text):
    """Both bounds are compared with the change of κ̇ between variances, and between cosines, that differ by 1e-3."""
    f, one = compile_series(activation(text).expr, NoClosedForm(text)), np.array([1.0])
    if broken == "scaled":
        moved = float(f.square(one, 1)[0][0] - f.square(1 + 1e-3 * one, 1)[0][0])

        def bound():
            x = moduli.rows(f, one, 1e-3 * one)
            return float(moduli.scaling(x, x, 1)[0])
    else:
        dot = activation(text).dual_dot
        moved = dot(1.0, 1.0, 1.0) - dot(1.0, 1.0, 0.999)

        def bound():
            x = moduli.rows(f, one, 0 * one)
            return float(moduli.turning(f, x, x, one, 1e-3 * one, 1)[0])

    assert 0 < moved <= bound() < 30 * moved
    monkeypatch.setattr(moduli, broken, lambda *args: np.zeros(1))
    assert bound() < moved
