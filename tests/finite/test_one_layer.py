"""Layers of finite width have the dual kernels as their mean, and a wrong kernel is detected."""

import numpy as np
import pytest

from ntk_symbolic import activation
from ntk_symbolic.finite.one_layer import layer_averages

RHO = np.linspace(-1, 1, 9)


@pytest.mark.parametrize("text", ["relu", "erf", "gelu", "cos", "Max(-1, Min(1, u))"])
def test_averages_over_units_have_the_dual_kernels_as_their_mean(text):
    """A right kernel is within 5 standard errors, seed fixed; one that is wrong by 5 % is beyond 6."""
    phi = activation(text)
    kappa, slope = layer_averages(phi, RHO, width=256, networks=400)
    for estimate, exact in ((kappa, phi.dual(1.0, 1.0, RHO)), (slope, phi.dual_dot(1.0, 1.0, RHO))):
        assert estimate.farthest(exact) < 5
        assert estimate.farthest(1.05 * exact) > 6


def test_the_seed_decides():
    one, same, other = (layer_averages(activation("relu"), RHO, 16, 4, seed)[0].mean for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_what_no_network_varies_in_has_to_be_right():
    """sign(h)² is 1 in every network: any other κ(1, 1, 1) is infinitely far away."""
    kappa, _ = layer_averages(activation("sign"), np.array([1.0]), 16, 8)
    assert kappa.farthest(np.array([1.0])) == 0
    assert kappa.farthest(np.array([1.0 + 1e-9])) == np.inf
