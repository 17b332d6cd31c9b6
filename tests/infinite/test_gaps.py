"""Gaps K(x, x) + K(x', x') − 2 K(x, x') keep their digits however near the inputs are."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import array_api_strict
import mpmath
import numpy as np
import pytest
from exact import DIGITS, GEOMETRIES, chaotic, inputs, kernels, networks
from mpmath import mpf
from sweeps import sweep, sweep_few, sweep_twins

import ntk_symbolic as ns
from ntk_symbolic import Dense, activation, mlp, serial
from ntk_symbolic.activations.code.codegen import compile_dual, compile_slope
from ntk_symbolic.activations.derive.dual import Dual, derive
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.infinite import engine
from ntk_symbolic.layers.reading import Reading, reading_of
from ntk_symbolic.layers.spread import Spread

GETS = ("nngp", "ntk")
FILE = Path(__file__).parents[1] / "references" / "networks.json"
REFERENCES = [dict(zip(t["columns"], row, strict=True)) for t in [json.loads(FILE.read_text())] for row in t["rows"]]
HARD_TANH = "Max(-1, Min(1, u))"
SMOOTH = [name for name in LIBRARY if not activation(name).jumps]


def error(found, values):
    """The largest relative error; zeros must be exact."""
    with mpmath.workdps(DIGITS):
        xx, yy, xy = values
        gap = xx + yy - 2 * xy
        if abs(gap) < mpf(10) ** (-DIGITS // 2 + 10) * xx:  # an arccosine near 1 halves the digits
            return 0.0 if found == 0 else float("inf")
        return float(abs(mpf(float(found)) - gap) / gap)


@pytest.mark.parametrize("seeds", sweep([range(2), range(2, 4)], [range(2)]), ids=str)
@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("name", sweep_few(["relu", "erf", "leaky_relu(0.1)", "abs"], ["leaky_relu(0.1)", "abs"]))
def test_gaps_agree_with_the_recursion_on_inputs_of_every_geometry(name, geometry, seeds):
    """Relative to the gap itself, for inputs up to 1e-12 apart. A chaotic network magnifies the rounding of its norms.
    (1 + δ)x is rounded, which makes an angle of 1e-16: known to ε δ only, and a rectifier's gap, δ² L, feels it L-fold."""
    for seed in seeds:
        rng = np.random.default_rng([GEOMETRIES.index(geometry), seed])
        (x, y), (depth, W_std, b_std) = inputs(geometry, rng), networks(rng)
        net = mlp(depth, name, W_std, b_std)
        tolerance = 1e-10 if depth > 10 and chaotic(name, W_std, b_std) else 1e-12
        if geometry == "near in direction and length" and name != "erf":
            tolerance = max(tolerance, 1e-15 * depth * np.linalg.norm(x) / np.linalg.norm(x - y))
        for get, values in zip(GETS, kernels(name, depth, W_std, b_std, x, y), strict=True):
            assert error(net.gap([x], [y], get)[0, 0], values) < tolerance, (seed, get, depth, W_std, b_std)


@pytest.mark.parametrize("depth", [1, 3, 10])
def test_at_an_angle_of_1e8_a_relu_network_keeps_13_digits_and_subtraction_none(depth):
    x, y = np.array([1.0, 0.0]), np.array([np.cos(1e-8), np.sin(1e-8)])
    net = mlp(depth, "relu", 2**0.5, 0.1)
    _, values = kernels("relu", depth, 2**0.5, 0.1, x, y)
    assert error(net.gap([x], [y])[0, 0], values) < 1e-13
    K = net.nngp([x, y])
    nngp, _ = kernels("relu", depth, 2**0.5, 0.1, x, y)
    assert error(K[0, 0] + K[1, 1] - 2 * K[0, 1], nngp) > 0.1


def near_pairs(name):
    """The references whose gap keeps 12 digits of the 20 on file."""
    for row in REFERENCES:
        if row["activation"] == name and row["depth"] <= 3 and row["pair"] not in ("identical", "1e-8 apart"):
            x = np.array(row["x"])
            yield row, x, {"x": x, "-x": -x}[row["y"]] if isinstance(row["y"], str) else np.array(row["y"])


@pytest.mark.parametrize("name", ["gelu", "sin", "cos", "gaussian"])
def test_gaps_agree_with_the_values_on_file(name):
    for row, x, y in near_pairs(name):
        net = mlp(row["depth"], name, row["W_std"], row["b_std"])
        for get in GETS:
            with mpmath.workdps(30):
                xx, yy, xy = (mpf(row[f"{get}_{pair}"]) for pair in ("xx", "yy", "xy"))
                gap = xx + yy - 2 * xy
                if gap > 1e-8 * xx:
                    assert abs(net.gap([x], [y], get)[0, 0] / gap - 1) < 1e-11, row


@dataclass(frozen=True)
class ByIntegrals:
    reading: Reading
    slope: Reading

    def rule(self, K, x):
        return K.elementwise(x, self)


@pytest.mark.parametrize("name", ["relu", "gelu", "erf"])
def test_readings_by_integrals_keep_the_digits_too(name, monkeypatch):
    """The same networks, read by integrals instead of closed forms; for norms δ apart the error is ε/δ."""
    monkeypatch.setattr(Dual, "by_integrals", True)
    expr = activation(name).expr
    readings = map(reading_of, (compile_dual(derive(expr)), compile_slope(expr, True)))
    layer, dense = ByIntegrals(*readings), Dense(W_std=1.3, b_std=0.2)
    assert not layer.reading.portable
    x = np.array([0.3, -1.1, 0.8])
    Y = np.array([x, -x, x + 1e-8 * np.ones(3), -x + 1e-6 * np.ones(3), x * (1 + 1e-4), [1.0, 1.0, 1.0]])
    for tangent in (False, True):
        closed = mlp(2, name, 1.3, 0.2).gap([x], Y, GETS[tangent])
        found = engine.gap(serial(dense, layer, dense, layer, dense).graph(), x[None], Y, tangent)
        np.testing.assert_allclose(found, closed, rtol=1e-11, atol=0)


@pytest.mark.parametrize("name", sweep_few(["relu6", "Max(u, 0) - Max(u - 5, 0)/2"], ["Max(u, 0) - Max(u - 5, 0)/2"]))
def test_parallel_inputs_of_which_almost_none_reach_the_second_kink_keep_their_angle_of_zero(name):
    """For x and 2x, φ = Max(u, 0) except with probability 1e-30: √(κ_aa κ_bb) − κ, whose root is θ, must not be rounding."""
    X = np.array([[0.1, -0.3, 0.2], [0.2, -0.6, 0.4]])
    net = mlp(2, name, 1.1, 0.0)
    exact = net.kernel(X, precision=20)
    assert abs(float(net.kernel(X)[0, 1] / exact[0, 1] - 1)) < 1e-14
    assert abs(float(net.gap(X)[0, 1] / (exact[0, 0] + exact[1, 1] - 2 * exact[0, 1]) - 1)) < 1e-13


def test_hard_tanh_in_one_direction_is_an_elementary_integral():
    """x and (1 + δ)x: E (φ'(u) − φ'(v))² = P(|z| between 1/s and 1/t), and Θ = Σ² + κ̇ Σ¹."""
    delta = 2.0**-20
    s, t = mpf(1), 1 + mpf(delta)
    found = mlp(1, HARD_TANH, W_std=1.0, b_std=0.0).gap([[1.0]], [[1 + delta]])[0, 0]
    with mpmath.workdps(40):
        kappa = [
            mpmath.quad(
                lambda z, p=p, q=q: max(-1, min(1, p * z)) * max(-1, min(1, q * z)) * mpmath.npdf(z),
                [0, 1 / q, 1 / p, 3, 12],
            )
            for p, q in ((s, s), (t, t), (s, t))
        ]
        dot = [mpmath.erf(1 / (q * mpmath.sqrt(2))) for q in (s, t, t)]
        xx, yy, xy = (2 * k + d * v for k, d, v in zip(kappa, dot, (s * s, t * t, s * t), strict=True))
        assert abs(mpf(float(found)) / (xx + yy - 2 * xy) - 1) < 1e-9  # the breakpoints 1/s and 1/t are ε of 1e-6


# ---- properties for every activation ------------------------------------------------------------------------------------

X = np.random.default_rng(0).standard_normal((5, 3)) / 2
X = np.concatenate([X, -X[:1], 0 * X[:1], 2 * X[1:2]])


@pytest.mark.parametrize("name", [*sweep_twins(SMOOTH), pytest.param(HARD_TANH, marks=pytest.mark.sweep)])
@pytest.mark.parametrize("b_std", sweep([0.0, 0.3], [0.3]))
def test_a_gap_is_what_subtracting_gives_where_little_cancels(name, b_std):
    net = mlp(2, name, 1.1, b_std)
    for get in GETS:
        K, G = net.kernel(X, get=get), net.gap(X, get=get)
        top = np.add.outer(np.diag(K), np.diag(K))
        np.testing.assert_allclose(G, top - 2 * K, rtol=0, atol=1e-13 * top.max())
        assert (G == G.T).all() and (G >= 0).all() and (np.diag(G) == 0).all()


def test_equal_rows_have_no_gap_and_so_have_antipodes_of_an_even_network():
    x = np.array([[0.3, -1.1, 0.8]])
    for name in SMOOTH:
        assert mlp(3, name, 0.9, 0.2).gap(x, x.copy())[0, 0] == 0
    for name in ("abs", "cos", "gaussian"):
        assert mlp(2, name, W_std=1.0, b_std=0.0).gap(x, -x)[0, 0] == 0


def test_the_gap_of_a_linear_model_is_the_distance():
    x, y = np.array([[3.0, 4.0]]), np.array([[3.0, 4.0 + 2.0**-40]])
    assert mlp(0, W_std=1.5, b_std=0.5).gap(x, y)[0, 0] == pytest.approx(2.25 * 2.0**-80 / 2, rel=1e-14, abs=0)


def test_other_arrays_stay_what_they_are_and_single_precision_stays_single():
    net = mlp(2, "gelu", 1.2, 0.1)
    strict = net.gap(array_api_strict.asarray(X))
    np.testing.assert_allclose(np.asarray(strict), net.gap(X), rtol=1e-12, atol=1e-14)
    assert net.gap(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_array_equal(net.gap(X, X)[2:4], net.gap(X[2:4], X))


def test_blocks_of_rows_give_the_same(monkeypatch):
    """Except for rounding: BLAS adds x·x' in another order if a block is one row; kernels here have size 1, gaps 1e-15."""
    whole = mlp(2, "relu", 1.2, 0.1).gap(X)
    monkeypatch.setattr(engine, "BLOCK", 10)
    np.testing.assert_allclose(mlp(2, "relu", 1.2, 0.1).gap(X), whole, rtol=1e-15, atol=1e-15)


# ---- these tests can fail ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forgotten", ["rise", "gap"])
def test_a_wrong_rule_is_noticed(forgotten, monkeypatch):
    """The wrong rule is the product of two kernels without the term of one of them."""
    net, x = mlp(2, "erf", 1.5, 0.2), np.array([0.3, -1.1, 0.8])
    y = x * (1 + 1e-5) + np.array([1e-6, 0, 0])
    _, values = kernels("erf", 2, 1.5, 0.2, x, y)
    assert error(net.gap([x], [y])[0, 0], values) < 1e-13
    product = Spread.__mul__
    monkeypatch.setattr(Spread, "__mul__", lambda one, two: product(replace(one, **{forgotten: 0 * one.gap}), two))
    assert error(net.gap([x], [y])[0, 0], values) > 1e-6


def test_jumps_and_bad_arguments_are_refused_as_kernels_are():
    with pytest.raises(ns.errors.NoTangentKernel, match="sign jumps"):
        mlp(1, "sign", W_std=1.0, b_std=0.0).gap(X)
    assert mlp(1, "sign", W_std=1.0, b_std=0.0).gap(X, get="nngp")[0, 5] == pytest.approx(4)
    with pytest.raises(ns.errors.InvalidInput, match="get is 'both'"):
        mlp(1, W_std=1.0, b_std=0.0).gap(X, get="both")
    with pytest.raises(ns.errors.InvalidInput, match="features"):
        mlp(1, W_std=1.0, b_std=0.0).gap(X, X[:, :2])


def one_layer(name, a, b, c):
    """κ by its formula, in mpmath."""
    if name in ("cos", "sin"):
        return mpmath.exp(-(a + b) / 2) * {"cos": mpmath.cosh, "sin": mpmath.sinh}[name](c)
    if name == "erf":
        return 2 / mpmath.pi * mpmath.asin(2 * c / mpmath.sqrt((1 + 2 * a) * (1 + 2 * b)))
    angle = mpmath.asin(max(min(c / mpmath.sqrt(a * b), mpf(1)), mpf(-1)))
    return c if name == "identity" else 2 / mpmath.pi * (mpmath.sqrt(max(a * b - c * c, mpf(0))) + c * angle)


@pytest.mark.parametrize("W_std", [0.3, 1.0, 2.3])
@pytest.mark.parametrize("seed", range(4))
def test_mixed_networks_keep_their_gaps_at_every_variance(seed, W_std):
    """After abs and erf have shrunk the variance to 1e-17, the gap of a cosine is 1e-46 of the kernel, and was once lost
    entirely. After identity has let it grow to 1e4, six digits of a gap of 1e-12 were lost. Measured now: ≤ 1e-12."""
    rng = np.random.default_rng(seed)
    names = [str(x) for x in rng.choice(["abs", "cos", "erf", "sin", "identity"], 20)]
    x = rng.standard_normal(3)
    y = x + 10.0 ** rng.choice([-1.0, -4.0, -8.0]) * rng.standard_normal(3)
    net = ns.serial(*(layer for name in names for layer in (Dense(W_std=W_std), activation(name))), Dense(W_std=W_std))
    with mpmath.workdps(160):
        u, v, w = [mpf(float(z)) for z in x], [mpf(float(z)) for z in y], mpf(W_std) ** 2
        a, b, c = (sum(p * q for p, q in zip(*both, strict=True)) / 3 for both in ((u, u), (v, v), (u, v)))
        for name in names:
            a, b, c = w * a, w * b, w * c
            a, b, c = one_layer(name, a, a, a), one_layer(name, b, b, b), one_layer(name, a, b, c)
        gap = w * (a + b - 2 * c)
        found = net.gap([x], [y], "nngp")[0, 0]
        assert abs(mpf(float(found)) / gap - 1) < 1e-11, (names, float(gap / a))
