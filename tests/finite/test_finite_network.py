"""A sampled network's kernel is the Gram matrix of its Jacobian."""

from dataclasses import replace

import numpy as np
import pytest
from finite_stand_ins import Gelu, Relu, graph, mlp, serial

from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.finite.network import sample
from ntk_symbolic.networks.dense import Dense

LAYERS = graph(
    serial(Dense(W_std=1.3, b_std=0.4), Gelu(), Dense(W_std=0.9, b_std=0.0), Gelu(), Dense(W_std=1.7, b_std=0.6))
)


@pytest.fixture
def inputs():
    rng = np.random.default_rng(1)
    return rng.standard_normal((3, 4)), rng.standard_normal((2, 4))


@pytest.fixture
def network():
    return sample(LAYERS, 4, (6, 5), seed=2, outputs=2)


def jacobian(network, X):
    """∂f_p(x_n)/∂θ_i by central differences of predict, (P, n, k): step 1e-5, so 1e-11/1e-5 of rounding at most."""
    rows = []
    for number, array in enumerate(network.weights):
        for index in np.ndindex(array.shape):
            direction = [np.zeros_like(W) for W in network.weights]
            direction[number][index] = 1
            ahead, behind = (network.moved(step, direction).predict(X) for step in (1e-5, -1e-5))
            rows.append((ahead - behind) / 2e-5)
    return np.array(rows)


def test_the_kernel_is_the_gram_matrix_of_the_jacobian_with_inputs_first_and_outputs_last(network, inputs):
    X, Y = inputs
    J, J_ = jacobian(network, X), jacobian(network, Y)
    expected = np.empty((3, 2, 2, 2))
    for i, j, p, q in np.ndindex(expected.shape):
        expected[i, j, p, q] = J[:, i, p] @ J_[:, j, q]
    np.testing.assert_allclose(network.ntk(X, Y), expected, rtol=1e-8, atol=1e-8)
    assert abs(expected - expected.swapaxes(2, 3)).max() > 0.01, (
        "the order of the outputs must matter for this to test it"
    )


def test_the_parameter_gradient_is_the_jacobian_applied_to_the_residual(network, inputs):
    X, _ = inputs
    residual = np.random.default_rng(3).standard_normal((3, 2))
    found = np.concatenate([part.ravel() for part in network.gradient(X, residual)])
    np.testing.assert_allclose(found, np.einsum("anp,np->a", jacobian(network, X), residual), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_batch_of_networks_is_the_networks_one_by_one(inputs, outputs):
    X, Y = inputs
    batch = sample(LAYERS, 4, 7, seed=5, outputs=outputs, batch=(2, 3))
    for index in np.ndindex(2, 3):
        single = replace(batch, weights=tuple(W[index] for W in batch.weights))
        np.testing.assert_allclose(batch.predict(X)[index], single.predict(X), rtol=1e-12)
        np.testing.assert_allclose(batch.ntk(X, Y)[index], single.ntk(X, Y), rtol=1e-10)
        np.testing.assert_allclose(batch.ntk(X)[index], single.ntk(X), rtol=1e-10)


def test_the_kernel_of_inputs_with_themselves_is_symmetric_to_the_last_bit(network, inputs):
    X = np.random.default_rng(4).standard_normal((40, 4))
    kernel = network.ntk(X)
    assert (kernel == kernel.transpose(1, 0, 3, 2)).all()
    np.testing.assert_allclose(kernel, network.ntk(X, X), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("batch", [(), (3,)])
def test_a_linear_network_has_the_kernel_of_its_inputs_whatever_its_weights(inputs, batch):
    X, Y = inputs
    kernel = sample(graph(Dense(W_std=1.5, b_std=0.5)), 4, 1, seed=0, outputs=2, batch=batch).ntk(X, Y)
    expected = (1.5**2 * X @ Y.T / 4 + 0.5**2)[..., None, None] * np.eye(2)
    np.testing.assert_allclose(kernel, np.broadcast_to(expected, (*batch, 3, 2, 2, 2)), rtol=1e-14)


def test_float32_stays_float32(inputs):
    X, _ = inputs
    wide = sample(LAYERS, 4, 64, seed=1)
    narrow = wide.astype(np.float32)
    assert narrow.predict(X.astype(np.float32)).dtype == narrow.ntk(X.astype(np.float32)).dtype == np.float32
    # float32 rounds by 6e-8; a few hundred operations on terms of either sign may lose two digits of that.
    np.testing.assert_allclose(narrow.ntk(X.astype(np.float32)), wide.ntk(X), rtol=1e-5, atol=1e-5)


def test_weights_and_biases_are_standard_normal():
    """16 500 numbers; mean and second moment, each |z| ≤ 4.9: false alarm 1 in 10⁶ each, seed fixed."""
    W, b, *_ = sample(graph(mlp(1, Relu())), 32, 500, seed=0).weights
    drawn = np.concatenate((W.ravel(), b))
    assert W.shape == (500, 32) and b.shape == (500,)
    assert abs(drawn.mean()) * drawn.size**0.5 < 4.9
    assert abs((drawn**2).mean() - 1) * (drawn.size / 2) ** 0.5 < 4.9


@pytest.mark.parametrize(
    ("argument", "value"),
    [("width", 0), ("width", 2.5), ("width", (4,)), ("width", (4, 0)), ("outputs", 0), ("seed", -1), ("seed", "a")],
)
def test_a_wrong_argument_is_named(argument, value):
    given = {"width": 4, argument: value}
    with pytest.raises(InvalidInput, match=argument):
        sample(LAYERS, 4, **given)
