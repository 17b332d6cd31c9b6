"""Every word forward and backward: predictions, kernel and gradient of tiny networks against a second, plain implementation."""

from dataclasses import replace

import numpy as np
import pytest
from finite_stand_ins import Elementwise, Relu, graph, serial
from plain_networks import HEAD, NETWORKS, TANH, jacobian, masks_of

import ntk_symbolic as ns
from ntk_symbolic.dynamics.identity import confirm
from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.finite import network
from ntk_symbolic.finite.network import sample
from ntk_symbolic.finite.signals import scaled
from ntk_symbolic.finite.words import Forward
from ntk_symbolic.networks.words import Gain

RNG = np.random.default_rng(1)
X, Y = RNG.standard_normal((3, 3)), RNG.standard_normal((2, 3))


class Ones(Elementwise):
    def phi(self, u):
        return np.ones_like(u)

    def dphi(self, u):
        return np.zeros_like(u)


def tiny(name, **options):
    return sample(graph(NETWORKS[name], 3), 3, 4, seed=2, outputs=2, **options)


def off(found, expected):
    """The largest difference, relative to the largest number."""
    return abs(found - expected).max() / max(abs(expected).max(), 1e-300)


@pytest.mark.parametrize("name", NETWORKS)
def test_predictions_kernel_and_gradient_are_those_of_the_jacobian(name):
    """14 digits: both sides are sums of a few hundred products."""
    net = tiny(name)
    (J, f), (J_, _) = jacobian(NETWORKS[name], net, X), jacobian(NETWORKS[name], net, Y, side=1)
    assert off(net.predict(X), f) < 1e-14
    assert off(net.ntk(X), np.einsum("anp,amq->nmpq", J, J)) < 1e-14
    assert off(net.ntk(X, Y), np.einsum("anp,amq->nmpq", J, J_)) < 1e-14
    residual = np.random.default_rng(3).standard_normal((3, 2))
    found = np.concatenate([part.ravel() for part in net.gradient(X, residual)])
    assert off(found, np.einsum("anp,np->a", J, residual)) < 1e-14


class LostInTheNorm(Forward):
    """The gradient does not go through the root: right at infinite width, wrong by 1/n."""

    def normalised(self, node, x):
        y = super().normalised(node, x)
        self.back[node.place] = lambda delta: (delta * (y / x)[..., :, None, :],)
        return y


class LostInTheMean(Forward):
    def centred(self, node, x):
        out = super().centred(node, x)
        self.back[node.place] = lambda delta: (delta,)
        return out


class LostSecondFactor(Forward):
    def product(self, node, *factors):
        out = super().product(node, *factors)
        back = self.back[node.place]
        self.back[node.place] = lambda delta: tuple(part * (i == 0) for i, part in enumerate(back(delta)))
        return out


class ScaledOnce(Forward):
    """α in the kernel, and not α²."""

    def scaled(self, node, x):
        out = super().scaled(node, x)
        self.back[node.place] = lambda delta: (scaled(delta, abs(node.argument) ** 0.5),)
        return out


class MaskOfValuesAlone(Forward):
    def dropped(self, node, x):
        out = super().dropped(node, x)
        self.back[node.place] = lambda delta: (delta,)
        return out


@pytest.mark.parametrize(
    ("mutant", "name"),
    [
        (LostInTheNorm, "RMSNorm"),
        (LostInTheNorm, "LayerNorm after Dense"),
        (LostInTheMean, "LayerNorm after Dense"),
        (LostInTheMean, "LayerNorm after an activation"),
        (LostSecondFactor, "product"),
        (ScaledOnce, "residual"),
        (MaskOfValuesAlone, "Dropout"),
    ],
)
def test_a_wrong_derivative_of_a_word_is_seen(monkeypatch, mutant, name):
    right = tiny(name)
    J, f = jacobian(NETWORKS[name], right, X)
    monkeypatch.setattr(network, "Forward", mutant)
    wrong = tiny(name)
    assert off(wrong.predict(X), f) < 1e-14
    assert off(wrong.ntk(X), np.einsum("anp,amq->nmpq", J, J)) > 1e-3


@pytest.mark.parametrize("name", ["frozen first", "frozen last", "biases alone", "weights alone", "rates", "standard"])
def test_a_parameter_that_counts_with_the_square_of_its_scale_whatever_its_rate_is_seen(monkeypatch, name):
    J, _ = jacobian(NETWORKS[name], tiny(name), X)
    monkeypatch.setattr(Gain, "tangent", Gain.square)
    assert off(tiny(name).ntk(X), np.einsum("anp,amq->nmpq", J, J)) > 1e-3


def test_a_frozen_network_has_no_kernel_and_no_gradient():
    frozen = tiny("nothing trained")
    assert not frozen.ntk(X).any()
    assert not any(part.any() for part in frozen.gradient(X, np.ones((3, 2))))


def test_a_row_that_is_zero_cannot_be_normalised():
    net = serial(ns.Dense(), Relu(), ns.RMSNorm(), ns.Dense())
    with pytest.raises(InvalidInput, match=r"input of RMSNorm is 0 for a row of X.*pass eps"):
        sample(graph(net), 3, 4).predict(np.zeros((1, 3)))


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "Dropout"])  # whose masks are those of the batch
def test_a_batch_of_networks_in_float32_is_each_network_in_float64(name):
    """float32 rounds by 6e-8; a few hundred operations on terms of either sign may lose two digits of that."""
    batch = tiny(name, batch=(3,)).astype(np.float32)
    assert batch.ntk(X.astype(np.float32)).dtype == np.float32
    for index in range(3):
        one = replace(batch.astype(np.float64), weights=tuple(W[index].astype(float) for W in batch.weights))
        assert off(batch.ntk(X.astype(np.float32), Y.astype(np.float32))[index], one.ntk(X, Y)) < 1e-4


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "nothing trained"])
def test_the_cost_falls_at_the_rate_that_the_kernel_says(name):
    """Kernel, gradient, and the measured slope along it, for every layer, rate and parameterisation."""
    found = confirm(tiny(name), X, np.random.default_rng(4).standard_normal((3, 2)))
    assert found.holds


def test_parameters_that_start_at_zero_are_trained_from_there():
    """Standard parameterisation with W_std = 0: the outputs are 0, and their kernel that of the last layer."""
    net = ns.serial(HEAD, TANH, ns.Dense(W_std=0.0, parameterization="standard"))
    zero = sample(graph(net, 3), 3, 4, seed=1)
    assert not zero.predict(X).any()
    units = np.tanh(1.3 / 3**0.5 * X @ zero.weights[0].T + 0.4 * zero.weights[1])
    assert off(zero.ntk(X)[..., 0, 0], units @ units.T) < 1e-14
    assert confirm(zero, X, np.ones((3, 1))).holds


class TestMasks:
    NET = ns.serial(HEAD, ns.serial(TANH, ns.Dropout(0.75), ns.Dense()))

    def network(self, **options):
        return sample(graph(self.NET), 3, 400, **options)

    def test_units_are_zero_or_divided_by_keep(self):
        """3 · 400 units, of which 3/4 are kept: 4.9 standard deviations are 0.061."""
        (mask,) = masks_of(self.network(), 3, 0)
        assert set(np.unique(mask)) == {0.0, 1 / 0.75}
        assert abs((mask > 0).mean() - 0.75) < 0.061
        rows = (mask > 0).astype(float)
        assert abs(np.corrcoef(rows) - np.eye(3)).max() < 0.25, "rows have masks of their own: 4.9/√400"

    def test_they_belong_to_the_network_and_the_row(self):
        one = self.network(seed=1)
        assert (one.predict(X) == one.predict(X)).all()
        assert (one.predict(X[:2]) == one.predict(X)[:2]).all(), "rows that follow change nothing"
        assert (one.predict(X) != self.network(seed=2).predict(X)).all()
        assert abs(one.astype(np.float32).predict(X.astype(np.float32)) - one.predict(X)).max() < 1e-4
        same = one.predict(np.repeat(X[:1], 3, axis=0))
        assert len(np.unique(same)) == 3

    def test_networks_of_a_batch_and_the_rows_of_x_and_y_have_different_ones(self):
        batch = self.network(batch=(2,))
        ((first, second),) = masks_of(batch, 3, 0)
        ((other, _),) = masks_of(batch, 3, 1)
        for one in (second, other):
            assert abs(np.corrcoef(first, one)[:3, 3:]).max() < 0.25, "4.9/√400"

    def test_a_row_meets_its_own_mask_in_the_kernel_of_x_and_another_one_in_that_of_x_and_y(self):
        """Σ mask²/n = 1/keep, and Σ mask mask'/n = 1, for units of equal size."""
        one = ns.serial(ns.Dense(W_std=0.0, b_std=0.0), Ones(), ns.Dropout(0.75), ns.Dense())
        net = sample(graph(one), 3, 40000)
        rows = np.repeat(X[:1], 2, axis=0)
        assert net.ntk(rows)[..., 0, 0] == pytest.approx(np.array([[4 / 3, 1], [1, 4 / 3]]), abs=0.02)
        assert net.ntk(rows, rows)[..., 0, 0] == pytest.approx(np.ones((2, 2)), abs=0.02)
