"""A zero vector without bias: u = 0, and the value is φ(0), the mean of the two sides if φ jumps there."""

import numpy as np
import pytest

from ntk_symbolic import activation, mlp

X = np.array([[0.0], [1.0], [-2.0], [0.0]])
JUMPING = {
    "step": 0.5,
    "sign": 0.0,
    "Heaviside(u) + u": 0.5,
    "Heaviside(u, 0)": 0.5,
    "Piecewise((1 + u, u > 0), (u, True))": 0.5,
    "Heaviside(u) + Max(u - 1, 0)": 0.5,
    "Heaviside(u)*exp(-u**2)": 0.5,
    "relu": 0.0,
    "cos": 1.0,
}


@pytest.mark.parametrize("text", JUMPING)
@pytest.mark.parametrize("depth", [1, 2])
def test_the_matrix_of_x_with_itself_is_that_of_x_with_a_copy(text, depth):
    net = mlp(depth, text, 1.5, b_std=0.0)
    K = net.nngp(X)
    np.testing.assert_allclose(net.nngp(X, X.copy()), K, atol=1e-13, rtol=0)
    np.testing.assert_array_equal(net.diagonal(X, "nngp"), K.diagonal())
    if depth == 1:
        digits = net.kernel(X[:2], get="nngp", precision=16).astype(float)
        np.testing.assert_allclose(digits, K[:2, :2], atol=1e-13, rtol=0)
    gap = K.diagonal()[:, None] + K.diagonal() - 2 * K
    np.testing.assert_allclose(net.gap(X, get="nngp"), gap, atol=1e-13, rtol=0)


@pytest.mark.parametrize("text", JUMPING)
def test_what_counts_is_the_mean_of_the_two_sides(text):
    phi = activation(text)
    assert phi.phi(np.array([0.0]))[0] == pytest.approx(JUMPING[text], abs=1e-15)
    assert phi.dual(0.0, 0.0, 0.0) == pytest.approx(JUMPING[text] ** 2, abs=1e-15)
    assert phi.dual(0.0, 2.0, 0.0) == pytest.approx(JUMPING[text] * phi.mean(2.0), abs=1e-14)


def test_a_sampled_network_has_the_same_value_at_zero():
    net = mlp(1, "step", 1.5, b_std=0.0)
    outputs = [net.sample(64, seed=k).predict(X[:1])[0] for k in range(200)]
    wanted = net.nngp(X[:1])[0, 0]
    assert np.mean(np.square(outputs)) == pytest.approx(wanted, abs=5 * wanted * np.sqrt(2 / 200))  # 5 standard errors
