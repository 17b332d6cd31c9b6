"""The identity dC/dt = −‖δC/δf‖²_K holds on sampled networks, and every mistake in it is detected."""

import numpy as np
import pytest
from finite_stand_ins import Elementwise, Relu
from scipy.special import erf

from ntk_symbolic import Dense, serial
from ntk_symbolic.dynamics.identity import CostDynamics, _slope_at_zero, confirm
from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.finite.network import FiniteNetwork, sample
from ntk_symbolic.networks.tracing import trace


class Erf(Elementwise):
    def phi(self, u):
        return erf(u)

    def dphi(self, u):
        return 2 / np.sqrt(np.pi) * np.exp(-u * u)


RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((6, 4)), RNG.standard_normal((6, 3))


def network(activation=None, depth=2, seed=0, width=32):
    layers = [Dense(W_std=1.4, b_std=0.5)]
    for _ in range(depth):
        layers += [activation or Erf(), Dense(W_std=1.1, b_std=0.3)]
    return sample(trace(serial(*layers)), 4, width, seed=seed, outputs=3)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("activation", [Relu(), Erf()])
@pytest.mark.parametrize("depth", [0, 1, 3])
def test_the_three_ways_agree(activation, depth, seed):
    found = confirm(network(activation, depth, seed, width=(16, 64, 256)[seed % 3]), X, Y)
    assert found.holds
    assert found.by_kernel < 0
    # The documented reason for the digits: kernel and gradient differ by rounding only.
    assert found.differences["kernel - parameters"] < 1e-12


class WrongSign(FiniteNetwork):
    def ntk(self, X, Y=None):
        return -super().ntk(X, Y)


class HalfOfIt(FiniteNetwork):
    def ntk(self, X, Y=None):
        return super().ntk(X, Y) / 2


class ExchangedOutputs(FiniteNetwork):
    def ntk(self, X, Y=None):
        return super().ntk(X, Y).swapaxes(2, 3)


class BiasForgotten(FiniteNetwork):
    def ntk(self, X, Y=None):
        return super().ntk(X, Y) - 0.3**2 * np.eye(3)  # of the output layer


class GradientWithoutBias(FiniteNetwork):
    def gradient(self, X, residual):
        return tuple(d if d.ndim == 2 else 0 * d for d in super().gradient(X, residual))


class DoubledLastLayer(FiniteNetwork):
    def gradient(self, X, residual):
        *rest, dW, db = super().gradient(X, residual)
        return (*rest, 2 * dW, db)


@pytest.mark.parametrize(
    "wrong", [WrongSign, HalfOfIt, ExchangedOutputs, BiasForgotten, GradientWithoutBias, DoubledLastLayer]
)
def test_a_planted_error_is_detected(wrong):
    true = network()
    found = confirm(wrong(true.graph, true.weights, true.outputs), X, Y)
    assert not found.holds
    assert max(found.differences.values()) > 1e-3, "far beyond the tolerance, not at its edge"


def test_more_digits_than_the_arithmetic_has_are_refused():
    assert not confirm(network(), X, Y, digits=17).holds


def test_kinks_within_the_step_do_not_spoil_the_measured_slope():
    def kinked(t):
        return 1 - t + 0.5 * max(0.0, t - 3e-6)

    assert _slope_at_zero(kinked, time=1.0) == pytest.approx(-1, rel=1e-8)


def test_differences_are_relative_to_the_larger():
    found = CostDynamics(-1.0, -1.0, -2.0)
    assert found.differences == {"kernel - parameters": 0, "kernel - flow": 0.5, "parameters - flow": 0.5}
    assert not found.holds


def test_where_nothing_can_fail_nothing_is_confirmed():
    with pytest.raises(InvalidInput, match="stationary"):
        confirm(network(), X, network().predict(X))


def test_targets_of_another_shape_are_refused():
    with pytest.raises(InvalidInput, match="y has shape"):
        confirm(network(), X, Y[:, :2])
