"""Every word forward and backward: predictions, kernel and gradient of tiny networks against a second, plain reading."""

import numpy as np
import pytest
from finite_stand_ins import graph
from plain_networks import NETWORKS, jacobian

from ntk_symbolic.finite.network import sample

RNG = np.random.default_rng(1)
X, Y = RNG.standard_normal((3, 3)), RNG.standard_normal((2, 3))


def tiny(name, **options):
    return sample(graph(NETWORKS[name], 3), 3, 4, seed=2, outputs=2, **options)


def off(found, expected):
    """The largest difference, relative to the largest number."""
    return abs(found - expected).max() / max(abs(expected).max(), 1e-300)


@pytest.mark.parametrize("name", NETWORKS)
def test_predictions_kernel_and_gradient_are_those_of_the_jacobian(name):
    """14 digits: both sides are sums of a few hundred products."""
    network = tiny(name)
    (J, f), (J_, _) = jacobian(NETWORKS[name], network, X), jacobian(NETWORKS[name], network, Y, side=1)
    assert off(network.predict(X), f) < 1e-14
    assert off(network.ntk(X), np.einsum("anp,amq->nmpq", J, J)) < 1e-14
    assert off(network.ntk(X, Y), np.einsum("anp,amq->nmpq", J, J_)) < 1e-14
    residual = np.random.default_rng(3).standard_normal((3, 2))
    found = np.concatenate([part.ravel() for part in network.gradient(X, residual)])
    assert off(found, np.einsum("anp,np->a", J, residual)) < 1e-14
