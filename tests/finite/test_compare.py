"""Sampled networks compared with right and wrong limits."""

import numpy as np
import pytest
from finite_stand_ins import Gelu, Relu, graph, limit, mlp, relu_limit
from sweeps import sweep

from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.finite.compare import compare
from ntk_symbolic.finite.ensemble import FAMILY, compact, moments
from ntk_symbolic.finite.statistics import Agreement

X = np.random.default_rng(0).standard_normal((6, 64))
ALPHA = 1e-6  # false alarms, with the seed fixed


def test_three_hidden_relu_layers_agree_with_their_limit():
    """All arguments are defaults: a pilot finds the number of networks."""
    found = compare(mlp(3, Relu()), X, relu_limit(3, X), alpha=ALPHA)
    assert found.verdict is Agreement.AGREES
    assert all(wrong.rejected for wrong in found.self_tests.values())
    assert found.scale_error < 0.0025
    assert found.means.shape == found.standard_errors.shape == (3, 6, 6)
    assert "agrees" in found.sentence()


@pytest.mark.parametrize(
    ("factor", "depth"), sweep([(0.98, 1), (0.98, 2), (1.02, 1), (1.02, 2)], [(0.98, 1), (1.02, 1), (1.02, 2)])
)
def test_a_limit_wrong_by_two_per_cent_is_rejected(depth, factor):
    found = compare(mlp(depth, Relu()), X, factor * relu_limit(depth, X), alpha=ALPHA, seed=1)
    assert found.verdict is Agreement.DISAGREES


def test_the_limit_of_another_network_is_rejected():
    for wrong in (relu_limit(1, X, b_std=0.0), relu_limit(1, X, W_std=1.43), relu_limit(1, X[::-1])):
        assert compare(mlp(1, Relu(), b_std=0.2), X, wrong, alpha=ALPHA).verdict is Agreement.DISAGREES


@pytest.mark.parametrize("depth", sweep([0, 1, 2], [0, 1]))
def test_zero_one_and_two_hidden_layers_agree_with_their_limits(depth):
    layers = mlp(depth, Relu(), W_std=1.2, b_std=0.4)
    assert compare(layers, X, relu_limit(depth, X, 1.2, 0.4), alpha=ALPHA).verdict is Agreement.AGREES


class TestThePublishedGeluNetwork:
    """arXiv 2508.11522: 3 hidden GELU layers, W² = 1.98305826, no bias; kernels in its parameterisation, W² smaller."""

    W2 = 1.98305826
    X = np.array(
        [
            [0.6540248765053858, -1.3592788739383235, -0.3791179316445409, 0.34191025226280697],
            [-0.6786403121150224, -0.12161213502515096, 0.21716372787141658, -1.4709063616118982],
        ]
    )
    layers = mlp(3, Gelu(), W_std=W2**0.5, b_std=0.0)

    def test_the_limit_used_here_is_the_published_one(self):
        exact = limit(self.layers, self.X) / self.W2
        assert exact[0] == pytest.approx([1.7492677120495246, 0.1768562984374192], rel=1e-9)

    def test_sampled_networks_extrapolate_to_it(self):
        found = compare(
            self.layers, self.X, limit(self.layers, self.X), (12, 48, 192), (6_000, 12_000, 5_000), seed=2, alpha=ALPHA
        )
        assert found.verdict is not Agreement.DISAGREES
        assert found.scale == pytest.approx(1, abs=0.03)

    def test_at_width_32_the_mean_and_its_first_correction_are_the_published_ones(self):
        """Reference at n = 32 from 5·10⁵ networks: 1.79496 ± 0.00191 and 0.16792 ± 0.00029; ours from 48 000.
        Two tests at 1 false alarm in 10⁶; and the correction of order 1/n, +1.414, must be seen at 4 errors."""
        found = moments(
            graph(self.layers),
            compact(self.X),
            32,
            48_000,
            np.random.SeedSequence(3),
            lambda k: k.reshape(-1, 4)[:, :2],
        )
        mean, error = found.mean / self.W2, np.sqrt(found.variance / found.count) / self.W2
        assert (abs(mean - [1.79496, 0.16792]) < 4.89 * np.hypot(error, [0.00191, 0.00029])).all()
        assert mean[0] - 1.7492677 > 4 * error[0]


def test_the_result_depends_on_the_seed_and_not_on_the_threads():
    layers, K = mlp(2, Relu()), relu_limit(2, X)
    one, two, other = (
        compare(layers, X, K, (4, 8, 16), 400, seed=seed, threads=threads) for seed, threads in ((5, 1), (5, 3), (6, 3))
    )
    np.testing.assert_array_equal(one.means, two.means)
    assert one.test.z_scale == two.test.z_scale
    assert (one.means != other.means).all()


def test_the_networks_asked_for_are_the_networks_taken():
    found = compare(mlp(1, Relu()), X, relu_limit(1, X), (8, 16), (81, 160))
    assert found.networks == (88, 160), "whole families"
    assert found.verdict is Agreement.INCONCLUSIVE


def test_progress_rises_to_one_and_an_interruption_comes_through():
    told = []
    compare(mlp(1, Relu()), X, relu_limit(1, X), (8, 32), 4 * FAMILY, progress=told.append)
    assert told == sorted(told) and told[-1] == pytest.approx(1)

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(mlp(3, Relu()), X, relu_limit(3, X), networks=10**7, progress=interrupt)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"limit": np.eye(5)}, "limit has shape"),
        ({"limit": np.triu(np.ones((6, 6)))}, "limit is not symmetric"),
        ({"limit": np.zeros((6, 6))}, "limit has no positive"),
        ({"widths": (16,)}, "widths has 1 entries"),
        ({"widths": (16, 8, 32)}, "increasing"),
        ({"widths": (0, 8, 32)}, "widths"),
        ({"networks": (10, 20)}, "networks has 2 entries"),
        ({"networks": 1}, "networks"),
        ({"alpha": 0.0}, "alpha"),
        ({"seed": -1}, "seed"),
        ({"X": np.full((6, 64), np.nan)}, "X holds nan"),
    ],
)
def test_a_wrong_argument_is_named(given, named):
    with pytest.raises(InvalidInput, match=named):
        compare(**{"layers": mlp(2, Relu()), "X": X, "limit": relu_limit(2, X), **given})
