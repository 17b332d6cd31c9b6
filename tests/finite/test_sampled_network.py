"""The sampled network of the public interface."""

import pickle

import numpy as np
import pytest
from finite_stand_ins import Relu, mlp

from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.finite.sampled import SampledNetwork

X = np.random.default_rng(0).standard_normal((5, 3))
Y = np.random.default_rng(1).standard_normal((2, 3))
LAYERS = mlp(2, Relu())


def test_one_output_gives_a_matrix_and_several_give_a_block_for_each_pair():
    assert SampledNetwork(LAYERS, 16).ntk(X, Y).shape == (5, 2)
    several = SampledNetwork(LAYERS, 16, outputs=3)
    assert several.ntk(X, Y).shape == (5, 2, 3, 3)
    assert several.predict(X).shape == (5, 3)


def test_the_seed_decides_the_network_and_the_first_call_does_not():
    first, second = SampledNetwork(LAYERS, (16, 8), seed=4), SampledNetwork(LAYERS, [16, 8], seed=4)
    second.ntk(Y)
    np.testing.assert_array_equal(first.predict(X), second.predict(X))
    assert (SampledNetwork(LAYERS, (16, 8), seed=5).predict(X) != first.predict(X)).all()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(second)).predict(X), first.predict(X))


def test_float32_inputs_meet_the_same_network():
    network = SampledNetwork(LAYERS, 16)
    found = network.predict(X.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, network.predict(X), rtol=1e-4, atol=1e-5)


def test_the_first_inputs_fix_the_dimension():
    network = SampledNetwork(LAYERS, 16)
    with pytest.raises(InvalidInput, match="parameters"):
        _ = network.parameters
    network.predict(X)
    assert [W.shape for W, _ in network.parameters] == [(16, 3), (16, 16), (1, 16)]
    with pytest.raises(InvalidInput, match="X has 2 features and this network was drawn for 3"):
        network.ntk(X[:, :2])
    with pytest.raises(InvalidInput, match="Y"):
        SampledNetwork(LAYERS, 16).ntk(X, Y[:, :2])


@pytest.mark.parametrize("given", [{"width": 0}, {"width": (3, 3, 3)}, {"outputs": 0}, {"seed": -1}])
def test_a_wrong_argument_is_refused_before_anything_is_drawn(given):
    with pytest.raises(InvalidInput, match=next(iter(given))):
        SampledNetwork(LAYERS, **{"width": 4, **given})


def test_nan_in_the_inputs_is_refused():
    with pytest.raises(InvalidInput, match="X holds nan in row 1"):
        SampledNetwork(LAYERS, 4).predict([[1.0, 2.0], [np.nan, 0.0]])
