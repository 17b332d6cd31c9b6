"""Fixed points and the edge of chaos, compared with results derived by hand."""

import numpy as np
import pytest
from scipy.special import erf
from sweeps import sweep

import ntk_symbolic as ns
from ntk_symbolic import Dense, activation
from ntk_symbolic.infinite.phases import edges, phases
from ntk_symbolic.pages.activation_study import ByDual


def numbers(text):
    return ByDual(activation(text))


def found(text, W_std, b_std=0.0):
    return phases(numbers(text), Dense(W_std=W_std, b_std=b_std))


TANH = ByDual(activation("tanh"))


@pytest.mark.parametrize(
    ("text", "W_std"), [("relu", np.sqrt(2)), ("abs", 1), ("identity", 1), ("leaky_relu(0.5)", np.sqrt(1.6))]
)
def test_a_rectifier_without_bias_is_critical_at_one_scale_and_at_every_variance(text, W_std):
    """He et al. 2015: W_std² (1 + α²)/2 = 1."""
    (edge,) = edges(numbers(text), 0.0)
    assert edge.W_std == pytest.approx(W_std, rel=1e-14)
    assert np.isnan(edge.variance)
    network = found(text, W_std)
    assert network.every
    assert [point.name for point in network.points] == ["critical"]


@pytest.mark.parametrize("factor", [0.999, 1.001])
def test_a_thousandth_beside_the_edge_relu_is_no_longer_critical(factor):
    network = found("relu", factor * np.sqrt(2))
    assert not network.every
    assert {point.name for point in network.points} == {"ordered" if factor < 1 else "growing"}
    drawn_to = [point.variance for point in network.points if point.stable]
    assert drawn_to == [0.0 if factor < 1 else np.inf]


def test_relu_with_a_bias_rests_where_the_geometric_series_ends_and_has_no_edge():
    """q = b²/(1 − W²/2), all correlations go to 1, and χ₁ = W²/2 reaches 1 only as q grows without bound."""
    (point,) = found("relu", 1.0, 0.3).points
    assert point.variance == pytest.approx(0.09 / 0.5, rel=1e-12)
    assert (point.stable, point.name, point.chi) == (True, "ordered", 0.5)
    assert [(root.at, root.stable) for root in point.correlations] == [(1.0, True)]
    assert edges(numbers("relu"), 0.3) == ()


@pytest.mark.parametrize(("text", "W_std"), [("erf", np.sqrt(np.pi) / 2), ("sin", 1.0), ("u*exp(-u**2)", 1.0)])
def test_a_bounded_odd_activation_without_bias_has_its_edge_at_the_slope_of_the_origin(text, W_std):
    """W_std φ'(0) = 1: below it signals vanish; above it the origin is repelling (Poole et al. 2016)."""
    (edge,) = edges(numbers(text), 0.0)
    assert (edge.W_std, edge.variance, edge.stable) == (pytest.approx(W_std, rel=1e-12), 0.0, True)
    (dying,) = found(text, 0.9 * W_std).points
    assert (dying.variance, dying.stable, dying.name) == (0.0, True, "ordered")
    origin, rest = found(text, 1.1 * W_std).points
    assert (origin.variance, origin.stable) == (0.0, False)
    assert rest.stable
    assert rest.name == "chaotic"
    assert [(round(root.at, 9), root.stable) for root in rest.correlations] == [(-1, False), (0, True), (1, False)]


def test_tanh_by_quadrature_has_the_edge_of_the_literature():
    """Schoenholz et al. 2017, Figure 1: at b_std² = 0.05 the edge is near W_std² = 1.76; Pennington et al. 2017."""
    (edge,) = edges(TANH, 0.0)
    assert edge.W_std == pytest.approx(1.0, rel=1e-9)
    (edge,) = edges(TANH, np.sqrt(0.05))
    assert edge.stable
    assert edge.W_std**2 == pytest.approx(1.7603, abs=2e-3)


@pytest.mark.parametrize("b_std", sweep([0.05, 0.3, 1.0], [0.3]))
@pytest.mark.parametrize("text", ["erf", "sin", "cos", "gaussian", "gelu", "exp", "Max(-1, Min(1, u))"])
def test_on_the_edge_the_network_is_critical_and_a_little_beside_it_is_not(text, b_std):
    for edge in edges(numbers(text), b_std):
        chi = [_chi_near(text, factor * edge.W_std, b_std, edge.variance) for factor in (1, 0.98, 1.02)]
        assert chi[0] == pytest.approx(1, abs=1e-9)
        assert abs(chi[1] - 1) > 1e-4 or np.isnan(chi[1])
        assert abs(chi[2] - 1) > 1e-4 or np.isnan(chi[2])


def _chi_near(text, W_std, b_std, q):
    near = [point for point in found(text, W_std, b_std).points if 0.5 * q < point.variance < 2 * q]
    return min(near, key=lambda point: abs(point.variance - q)).chi if near else np.nan


@pytest.mark.parametrize(("W_std", "b_std"), [(1.5, 0.0), (1.5, 0.3), (3.0, 0.1), (40.0, 1e-3), (1e6, 2.0)])
def test_the_fixed_points_of_erf_are_fixed_and_iteration_goes_to_the_stable_ones(W_std, b_std):
    for point in found("erf", W_std, b_std).points:
        q, root = point.variance, 1.0
        if not q:
            continue
        asin = np.arctan(2 * q / np.sqrt(1 + 4 * q))  # of 2q/(1 + 2q), which is rounded to 1 for large q
        assert W_std**2 * 2 / np.pi * asin + b_std**2 == pytest.approx(q, rel=1e-11)
        rest = next(root.at for root in point.correlations if root.stable)
        for _ in range(2000):
            root = 0.5 if root == 1.0 else root
            root = (W_std**2 * 2 / np.pi * np.arcsin(2 * q * root / (1 + 2 * q)) + b_std**2) / q
        assert root == pytest.approx(rest, abs=1e-6)


def test_all_three_fixed_points_of_gelu_are_found():
    """Between a stable one and growth without bound there is a repelling one."""
    points = found("gelu", 1.5, 0.1).points
    assert [point.stable for point in points] == [True, False, True]
    assert points[-1].variance == np.inf
    for point in points[:2]:
        z, w = np.polynomial.hermite_e.hermegauss(80)
        u = np.sqrt(point.variance) * z
        square = w @ (u * (1 + erf(u / np.sqrt(2))) / 2) ** 2 / np.sqrt(2 * np.pi)
        assert 2.25 * square + 0.01 == pytest.approx(point.variance, rel=1e-9)


@pytest.mark.parametrize("text", ["gelu", "relu", "hard_swish"])
def test_where_signals_grow_without_bound_and_angles_close_that_is_called_growing_and_not_chaotic(text):
    """V(q)/q goes to W²/2 = 1.125, and so does χ₁: the slope of the correlation map at ρ = 1 is χ₁ q/V(q) = 1."""
    last = found(text, 1.5, 0.1).points[-1]
    assert (last.variance, last.name) == (np.inf, "growing")
    assert last.chi == pytest.approx(1.125, rel=1e-5)
    assert [(root.at, root.stable) for root in last.correlations] == [(1.0, True)]


def test_where_angles_grow_as_well_as_signals_that_is_chaotic():
    """u²: ρ ↦ (1 + 2ρ²)/3 has slope 4/3 at ρ = 1, and all correlations converge to 1/2."""
    last = found("u**2", 1.0).points[-1]
    assert (last.variance, last.name) == (np.inf, "chaotic")
    assert [(round(root.at, 9), root.stable) for root in last.correlations] == [(0.5, True), (1.0, False)]


def test_two_fixed_points_closer_than_the_grid_are_both_found():
    """exp(u/3): V(q) = W² e^{2q/9} touches q at q = 9/2 for W² = 9/(2e); just below that scale it crosses twice."""
    W_std = np.sqrt(4.5 / np.e) * (1 - 1e-6)
    finite = [point for point in found("exp(u/3)", W_std).points if np.isfinite(point.variance)]
    assert [point.stable for point in finite] == [True, False]
    assert 0.97 * 4.5 < finite[0].variance < 4.5 < finite[1].variance < 1.03 * 4.5


def test_a_jump_has_no_edge_and_tears_near_inputs_apart():
    assert edges(numbers("sign"), 0.1) == ()
    (point,) = found("sign", 1.0, 0.1).points
    assert point.variance == pytest.approx(1.01)
    assert np.isinf(point.chi)
    assert point.correlations[-1].at == 1.0 and not point.correlations[-1].stable


def test_without_weights_every_input_becomes_the_bias():
    (point,) = found("erf", 0.0, 0.7).points
    assert (point.variance, point.stable, point.chi) == (pytest.approx(0.49), True, 0.0)


@pytest.mark.parametrize("b_std", [1e-8, 1e8])
def test_fixed_points_far_from_one_are_found_beside_the_bias(b_std):
    (point,) = found("relu", 1.0, b_std).points
    assert point.variance == pytest.approx(2 * b_std**2, rel=1e-9)


def test_what_leaves_the_range_of_floats_is_called_unknown():
    point = found("exp", 1.0).points[-1]
    assert point.variance == np.inf
    assert point.name == "unknown"
    assert point.correlations is None


def test_a_dead_zone_around_zero_leaves_no_angle_and_is_ordered():
    point = found("softshrink", 0.6).points[0]
    assert (point.variance, point.stable, point.chi, point.name) == (0.0, True, 0.0, "ordered")
    assert point.correlations is None


# ---- blocks of layers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "W_std", "b_std"),
    [
        ("relu", 1.0, 0.3),
        ("relu", 2**0.5, 0.0),
        ("relu", 0.0, 0.3),
        ("erf", 1.5, 0.1),
        ("erf", 0.5, 0.0),
        ("gelu", 1.5, 0.1),
        ("gelu", 2.0, 0.0),
        ("sin", 3.0, 0.5),
        ("step", 1.0, 0.1),
        ("exp", 0.5, 0.1),
    ],
)
def test_a_block_of_one_activation_and_one_dense_has_the_fixed_points_of_these(name, W_std, b_std):
    block = ns.serial(activation(name), Dense(W_std=W_std, b_std=b_std)).phases()
    other = found(name, W_std, b_std)
    assert (block.every, len(block.points)) == (other.every, len(other.points))
    for one, two in zip(block.points, other.points, strict=True):
        assert (one.name, one.stable) == (two.name, two.stable)
        assert one.variance == pytest.approx(two.variance, rel=1e-12)
        assert one.chi == pytest.approx(two.chi, rel=1e-10, nan_ok=True)
        assert (one.correlations is None) == (two.correlations is None)
        for p, q in zip(one.correlations or (), two.correlations or (), strict=True):
            assert (p.at, p.stable) == (pytest.approx(q.at, abs=1e-9), q.stable)


def test_a_residual_block_of_relu_grows_by_half_and_keeps_no_angle():
    """q ↦ q + q/2, χ₁ = 1 + 1/2."""
    for point in ns.serial(ns.Residual(ns.serial(ns.Relu(), Dense()))).phases().points:
        assert (point.variance in (0.0, np.inf), point.chi, point.name) == (True, 1.5, "growing")
        assert [(root.at, root.stable) for root in point.correlations] == [(1.0, True)]


def test_a_contracting_skip_rests_where_the_geometric_series_ends():
    """q ↦ W² q + (w² q/2 + b²): the fixed point b²/(1 − W² − w²/2), χ₁ = W² + w²/2."""
    branch = ns.serial(ns.Relu(), Dense(W_std=0.6, b_std=0.3))
    (point,) = ns.serial(ns.Residual(branch, projection=Dense(W_std=0.8))).phases().points
    assert point.variance == pytest.approx(0.09 / (1 - 0.64 - 0.18), rel=1e-12)
    assert (point.chi, point.name) == (pytest.approx(0.82, rel=1e-14), "ordered")


@pytest.mark.parametrize("norm", [ns.LayerNorm(), ns.RMSNorm()])
def test_behind_a_normalisation_the_variance_is_one(norm):
    """χ₁ is that of the angles: W² κ̇/(W² κ + b²) at variance 1, since the norm divides by W² κ + b²."""
    (point,) = ns.serial(ns.Erf(), Dense(W_std=1.5, b_std=0.1), norm).phases().points
    kappa, dot = ns.Erf().dual(1.0, 1.0, 1.0), ns.Erf().dual_dot(1.0, 1.0, 1.0)
    assert point.variance == pytest.approx(1.0, rel=1e-12) and point.stable
    assert point.chi == pytest.approx(2.25 * dot / (2.25 * kappa + 0.01), rel=1e-12)


def test_neither_rates_nor_frozen_layers_move_a_fixed_point():
    plain, other = (
        ns.serial(ns.Gelu(), Dense(W_std=1.5, b_std=0.1, **more)).phases()
        for more in ({}, {"train": False, "parameterization": "standard"})
    )
    assert plain == other


def test_what_is_no_block_to_be_repeated_is_refused():
    with pytest.raises(ns.InvalidInput, match="end it with Dense"):
        ns.serial(Dense(), ns.Relu()).phases()
    with pytest.raises(ns.NoReading, match="Dropout"):
        ns.serial(ns.Relu(), ns.Dropout(0.9), Dense()).phases()
