"""Sampling many networks: exact laws, and numbers that do not depend on how the work was divided."""

import numpy as np
import pytest
from finite_stand_ins import Gelu, Relu, gaussian_pairs, graph, limit, mlp, relu_limit, serial

from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.finite.ensemble import FAMILY, between_hidden, compact, family, moments
from ntk_symbolic.finite.network import sample
from ntk_symbolic.finite.widths import Widths
from ntk_symbolic.networks.dense import Dense

X = np.random.default_rng(0).standard_normal((3, 5))
ALARM = 4.89  # |z|, two-sided: one false alarm in 10⁶, with the seed fixed


def entries(kernels):
    return kernels.reshape(len(kernels), -1)


def seed(number):
    return np.random.SeedSequence(number)


def members_of(layers, features, width, size, rng):
    widths = Widths(graph(layers))
    return family(graph(layers), widths.sizes(features, width), between_hidden(widths), size, rng)


@pytest.mark.parametrize("depth", [0, 1, 3])
def test_the_count_of_threads_does_not_change_a_bit(depth):
    found = [
        moments(graph(mlp(depth, Relu())), compact(X), 12, 9000, seed(1), entries, threads=threads)
        for threads in (1, 2, 5)
    ]
    assert found[0].count == 9000 // FAMILY
    for other in found[1:]:
        np.testing.assert_array_equal(found[0].mean, other.mean)
        np.testing.assert_array_equal(found[0].variance, other.variance)


def test_moments_are_the_mean_and_variance_of_family_means():
    layers, networks = mlp(2, Relu()), 4 * FAMILY
    found = moments(graph(layers), compact(X), 6, networks, seed(3), entries)
    rows = []
    for own in seed(3).spawn(4):  # so few families are one to a chunk
        rng = np.random.Generator(np.random.SFC64(own))
        members = members_of(layers, compact(X).shape[1], 6, 1, rng)
        rows.append(np.mean([entries(net.ntk(compact(X))[..., 0, 0].astype(float))[0] for net in members], axis=0))
    np.testing.assert_allclose(found.mean, np.mean(rows, axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.variance, np.var(rows, axis=0, ddof=1), rtol=1e-9)


def test_fewer_features_leave_every_inner_product_alone():
    wide = np.random.default_rng(2).standard_normal((4, 100))
    few = compact(wide)
    assert few.shape == (4, 4)
    np.testing.assert_allclose(few @ few.T / 4, wide @ wide.T / 100, rtol=1e-6, atol=1e-6)  # float32
    np.testing.assert_allclose(compact(wide[:, :3]), wide[:, :3], rtol=1e-7)


def test_members_of_a_family_have_the_kernels_of_independent_networks():
    """Mean of each entry and of its square, at width 5, 2 × 64 000 networks: 12 tests at 1 false alarm in 10⁶ each."""
    layers = mlp(3, Relu(), b_std=0.5)

    def powers(kernels):
        upper = entries(kernels)[:, [0, 1, 2, 4, 5, 8]]
        return np.column_stack((upper, upper**2))

    values = []
    for own in range(20):
        rng = np.random.Generator(np.random.SFC64(own))
        values.append(np.mean([powers(n.ntk(X)[..., 0, 0]) for n in members_of(layers, 5, 5, 400, rng)], axis=0))
    together = np.concatenate(values)
    apart = powers(
        sample(graph(layers), 5, 5, seed=99, batch=(64_000,), dtype=np.float32).ntk(X.astype(np.float32))[..., 0, 0]
    )
    error = np.sqrt(together.var(axis=0) / len(together) + apart.var(axis=0) / len(apart))
    assert (abs(together.mean(axis=0) - apart.mean(axis=0)) < ALARM * error).all()


@pytest.mark.parametrize("width", [2, 32])
@pytest.mark.parametrize("activation", [Relu(), Gelu()])
def test_with_one_hidden_layer_the_mean_is_the_limit_at_every_width(activation, width):
    """16 000 networks, 6 entries: 1 false alarm in 10⁶ each. An error of 10 % is seen at width 32."""
    layers = mlp(1, activation, W_std=1.4, b_std=0.3)
    exact = relu_limit(1, X, 1.4, 0.3) if isinstance(activation, Relu) else limit(layers, X)
    found = moments(graph(layers), compact(X), width, 16_000, seed(7), entries)
    error = np.sqrt(found.variance / found.count)
    assert (abs(found.mean - exact.ravel()) < ALARM * error).all()
    if width == 32:
        assert (abs(found.mean - 1.1 * exact.ravel()) > ALARM * error).any()


def test_with_one_hidden_layer_the_variance_is_the_exact_formula():
    """n·Var = W⁴{E(φφ')² + 3Σ²E(φ̇φ̇')² + 2ΣE[φφ'φ̇φ̇'] − (κ + κ̇Σ)²}; 100 000 networks of width 16, 3 entries at 10⁻⁶."""
    W_std, width, activation = 1.3, 16, Gelu()
    layers = serial(Dense(W_std=1.1, b_std=0.2), activation, Dense(W_std=W_std, b_std=0.7))
    two = X[:2]
    covariance = 1.1**2 * two @ two.T / 5 + 0.2**2
    kernels = sample(graph(layers), 5, width, seed=8, batch=(100_000,), dtype=np.float32).ntk(two.astype(np.float32))[
        ..., 0, 0
    ]
    for i, j in ((0, 0), (0, 1), (1, 1)):
        s = covariance[i, j]
        u, v, weight = gaussian_pairs(covariance[i, i], covariance[j, j], s)
        values, slopes = activation.phi(u) * activation.phi(v), activation.dphi(u) * activation.dphi(v)
        second = ((values**2 + 3 * s**2 * slopes**2 + 2 * s * values * slopes) * weight).sum()
        exact = W_std**4 * (second - ((values + s * slopes) * weight).sum() ** 2) / width
        squares = (kernels[:, i, j].astype(float) - kernels[:, i, j].mean(dtype=float)) ** 2
        z = (squares.mean() - exact) / (squares.std() / len(squares) ** 0.5)
        assert abs(z) < ALARM


def test_the_deep_relu_diagonal_has_its_exact_mean_and_second_moment():
    """He initialisation without bias, last W_std = 1, widths 12, 8, 16: E Θ = (L+1)|x|²/d, and Hanin & Nica's
    E Θ²/(E Θ)² by recursion over layers. 100 000 networks, two tests at 1 false alarm in 10⁶."""
    widths, depth = (12, 8, 16), 3
    layers = serial(*mlp(depth, Relu(), b_std=0.0).layers[:-1], Dense(W_std=1.0, b_std=0.0))
    x = X[:1].astype(np.float32)
    theta = (
        sample(graph(layers), 5, widths, seed=9, batch=(100_000,), dtype=np.float32).ntk(x)[:, 0, 0, 0, 0].astype(float)
    )
    mean = (depth + 1) * float((X[0] ** 2).mean())

    b = total = 1.0
    for l in reversed(range(depth)):
        n, above = widths[l], depth - l
        total = 1 + total + (4 * above + 2 * (n - 1) * b) / (n + 5)
        b = 1 + (2 * above + (n - 1) * b) / (n + 5)
    second = total * np.prod([1 + 5 / n for n in widths]) / (depth + 1) ** 2

    assert second > 1.5, "far from deterministic, or this would test nothing"
    for values, exact in ((theta / mean, 1.0), ((theta / mean) ** 2, second)):
        assert abs(values.mean() - exact) < ALARM * values.std() / len(values) ** 0.5


def test_progress_counts_every_network_and_an_interruption_ends_the_run():
    told = []
    moments(graph(mlp(1, Relu())), compact(X), 8, 5000, seed(1), entries, done=told.append)
    assert sum(told) == 5000 and len(told) > 1

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        moments(
            graph(mlp(3, Relu())), compact(X), 64, 10**7, seed(1), entries, done=interrupt
        )  # would take many minutes


def test_an_overflow_is_an_error():
    with pytest.raises(InvalidInput, match="overflow"), np.errstate(all="ignore"):
        moments(graph(mlp(3, Relu(), W_std=1e12)), compact(X), 8, 64, seed(1), entries)
