"""Kernels agree with values of many digits: those on file, and the recursion of `exact` on inputs of every geometry."""

import json
from pathlib import Path

import mpmath
import numpy as np
import pytest
from exact import GEOMETRIES, chaotic, error, inputs, kernels, networks
from sweeps import sweep

from ntk_symbolic import Dense, activation, mlp, serial

FILE = Path(__file__).parents[1] / "references" / "networks.json"
REFERENCES = [dict(zip(t["columns"], row, strict=True)) for t in [json.loads(FILE.read_text())] for row in t["rows"]]
GETS = ("nngp", "ntk")


def rows_of(reference):
    x = np.array(reference["x"])
    y = {"x": x, "-x": -x}[reference["y"]] if isinstance(reference["y"], str) else np.array(reference["y"])
    return np.array([x, y])


@pytest.mark.parametrize("name", sorted({row["activation"] for row in REFERENCES}))
@pytest.mark.parametrize("fifth", sweep(range(5), [0]))
def test_kernels_agree_with_the_values_on_file(name, fifth):
    """Tolerance 1e-13 everywhere, including the chaotic phase; the largest error found is 4.3e-14 (relu, depth 50)."""
    for row in [row for row in REFERENCES if row["activation"] == name][fifth::5]:
        K = mlp(row["depth"], name, row["W_std"], row["b_std"]).kernel(rows_of(row), get=GETS)
        for get in GETS:
            exact = [mpmath.mpf(row[f"{get}_{pair}"]) for pair in ("xx", "yy", "xy")]
            assert error(getattr(K, get), exact) < 1e-13, {**row, "get": get}


def test_the_file_and_the_recursion_of_the_tests_agree():
    """The two computations share no code; the file has 20 digits."""
    known = [row for row in REFERENCES if row["activation"] in ("relu", "erf", "abs")]
    for row in known[::17]:
        found = kernels(row["activation"], row["depth"], row["W_std"], row["b_std"], *rows_of(row))
        with mpmath.workdps(40):
            for get, values in zip(GETS, found, strict=True):
                floor = mpmath.sqrt(values[0] * values[1]) / 100
                for pair, value in zip(("xx", "yy", "xy"), values, strict=True):
                    on_file = mpmath.mpf(row[f"{get}_{pair}"])
                    assert abs(value - on_file) <= 1e-19 * max(abs(on_file), floor)


CASES = [(name, geometry) for name in ("relu", "erf", "leaky_relu(0.1)", "abs") for geometry in GEOMETRIES]


@pytest.mark.parametrize("seeds", sweep([range(3), range(3, 8)], [range(3)]), ids=str)
@pytest.mark.parametrize(("name", "geometry"), sweep(CASES, [case for case in CASES if case[0] in ("relu", "erf")]))
def test_kernels_agree_with_the_recursion_on_inputs_of_every_geometry(name, geometry, seeds):
    """1e-13, and 1e-12 in the chaotic phase beyond depth 10, where every layer magnifies the rounding of those before it.
    Largest found in thousands of trials: 9e-14 for the rectifiers at every depth, 2e-13 for erf in the chaotic phase."""
    for seed in seeds:
        rng = np.random.default_rng([GEOMETRIES.index(geometry), seed])
        X, (depth, W_std, b_std) = inputs(geometry, rng), networks(rng)
        K = mlp(depth, name, W_std, b_std).kernel(X, get=GETS)
        tolerance = 1e-12 if depth > 10 and chaotic(name, W_std, b_std) else 1e-13
        for get, exact in zip(GETS, kernels(name, depth, W_std, b_std, *X), strict=True):
            assert error(getattr(K, get), exact) < tolerance, (seed, get, depth, W_std, b_std)


@pytest.mark.parametrize("where", sweep(["in direction", "in length", "to the antipode"], ["in direction"]))
def test_a_chaotic_network_magnifies_what_is_known_of_near_inputs_and_no_rounding(where):
    """erf, W_std up to 3, depth 20 and 50, inputs 1e-5 to 1e-12 apart: 9e-15 is the largest error found. Without the
    norms' difference carried on its own it is 1e-10."""
    rng = np.random.default_rng(5)
    for _ in range(12):
        x, other = rng.standard_normal((2, 5))
        gap = 10 ** rng.uniform(-12, -5)
        apart = gap * other / np.linalg.norm(other) * np.linalg.norm(x)
        y = {"in direction": x + apart, "in length": x * (1 + gap), "to the antipode": -x + apart}[where]
        network = int(rng.choice([20, 50])), rng.uniform(1.5, 3), float(rng.choice([0.0, 0.3]))
        K = mlp(network[0], "erf", *network[1:]).kernel([x, y], get=GETS)
        for get, exact in zip(GETS, kernels("erf", *network, x, y), strict=True):
            assert error(getattr(K, get), exact) < 1e-13, (get, gap, network)


@pytest.mark.parametrize(("name", "geometry"), CASES[: 2 * len(GEOMETRIES)])
def test_single_precision_is_right_to_1e5_where_the_problem_allows_it(name, geometry):
    """Comparison with the exact kernel of the same float32 numbers; 1e-7 is found, since float64 is used inside."""
    for seed in range(3):
        rng = np.random.default_rng([100 + GEOMETRIES.index(geometry), seed])
        X, (depth, W_std, b_std) = inputs(geometry, rng).astype(np.float32), networks(rng)
        if depth > 10 and chaotic(name, W_std, b_std):
            depth = 10
        K = mlp(depth, name, W_std, b_std).kernel(X, get=GETS)
        for get, exact in zip(GETS, kernels(name, depth, W_std, b_std, *X), strict=True):
            found = getattr(K, get)
            assert found.dtype == np.float32
            assert error(found, exact) < 1e-5, (seed, get, depth, W_std, b_std)


def test_relu_without_bias_at_the_critical_weights():
    """Θ(x, x) = 2 (L + 1) |x|²/d in every Dense √2, half of it with a last Dense of 1; Θ(sx, tx') = st Θ(x, x')."""
    X = np.random.default_rng(0).standard_normal((5, 3))
    for depth in (1, 3, 20):
        K = mlp(depth, "relu", 2**0.5, b_std=0.0).ntk(X)
        assert np.diag(K) == pytest.approx(2 * (depth + 1) * np.sum(X * X, axis=1) / 3, rel=1e-13, abs=0)
        hidden = [layer for _ in range(depth) for layer in (Dense(W_std=2**0.5), activation("relu"))]
        assert serial(*hidden, Dense()).ntk(X) == pytest.approx(K / 2, rel=1e-13, abs=0)
        scale = np.array([0.001, 3.0, 1e4, 1.0, 7.0])
        assert mlp(depth, "relu", 2**0.5, b_std=0.0).ntk(scale[:, None] * X) == pytest.approx(
            np.outer(scale, scale) * K, rel=1e-12
        )


def test_a_linear_network_is_its_covariance():
    """For depth 0, and for identity activations, Σ is an affine function of x·x'."""
    X = np.random.default_rng(0).standard_normal((4, 3))
    gram = X @ X.T / 3
    K = mlp(0, W_std=1.5, b_std=0.5).kernel(X, get=GETS)
    assert K.nngp == pytest.approx(2.25 * gram + 0.25, rel=1e-14, abs=1e-15)
    assert K.ntk == pytest.approx(K.nngp, rel=1e-15, abs=0)
    deep = serial(Dense(W_std=1.5), Dense(W_std=0.5), Dense(W_std=2.0))
    assert deep.nngp(X) == pytest.approx(2.25 * gram, rel=1e-13, abs=1e-14)
    assert deep.ntk(X) == pytest.approx(3 * 2.25 * gram, rel=1e-13, abs=1e-14)


def test_the_null_vector_of_a_one_hidden_layer_relu_net_without_bias():
    """Six points of the circle on which Σ c_i K(x_i, x_j) = 0 exactly, because odd powers ≥ 3 of ρ are missing."""
    X = np.array([[5, 0], [3, 4], [0, 5], [-5, 0], [-3, -4], [0, -5]]) / 5
    c = np.array([-3.0, 5, -4, 3, -5, 4])
    net = mlp(1, "relu", 2**0.5, b_std=0.0)
    for K in net.kernel(X, get=GETS):
        assert abs(c @ K).max() < 1e-14
    assert abs(c @ mlp(1, "relu", 2**0.5, 0.3).ntk(X)).max() > 1e-3, "a bias fills them in"
