"""Networks of every word compared with right and wrong limits; a pilot finds the number of networks."""

import numpy as np
import pytest
from finite_stand_ins import graph

import ntk_symbolic as ns
from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.finite import network
from ntk_symbolic.finite.compare import Plan, compare
from ntk_symbolic.finite.ensemble import FAMILY, between_hidden, family
from ntk_symbolic.finite.statistics import Agreement
from ntk_symbolic.finite.widths import Widths
from ntk_symbolic.finite.words import Forward

D, RELU, ERF = ns.Dense, ns.Relu(), ns.Erf()
X = np.random.default_rng(0).standard_normal((4, 16))
ALPHA = 1e-6  # false alarms, with the seed fixed
ALARM = 4.89  # |z|, two-sided: the same

DEEP = {
    "residual": ns.serial(D(W_std=1.4, b_std=0.1), ns.Residual(ns.serial(RELU, D(W_std=1.4)), scale=0.5), RELU, D()),
    "LayerNorm after Dense": ns.serial(D(b_std=0.1), ns.LayerNorm(eps=0.1), RELU, D(b_std=0.1)),
    "LayerNorm after an activation": ns.serial(D(b_std=0.1), RELU, ns.LayerNorm(), D(b_std=0.1)),
    "standard": ns.serial(
        D(W_std=1.4, parameterization="standard", width=64),
        ERF,
        D(b_std=0.1, parameterization="standard", width=32),
        ERF,
        D(parameterization="standard"),
    ),
}
AT_0 = D(W_std=0.0, train="biases", parameterization="standard", rate=0.5)  # biases that start at 0
SHALLOW = {  # whose mean is exact at every width
    "product": ns.serial(ns.parallel(ns.serial(D(b_std=0.1), RELU), D(b_std=0.5), combine="product"), D()),
    "concatenation": ns.serial(
        ns.parallel(ns.serial(D(b_std=0.1), RELU), ns.serial(D(), ERF), combine="concat", widths=(30, 10)), D(b_std=0.1)
    ),
    "sum": ns.serial(ns.parallel(ns.serial(D(), RELU), ns.serial(D(b_std=0.3), RELU)), D()),
    "Dropout": ns.serial(D(b_std=0.1), RELU, ns.Dropout(0.7), D(b_std=0.1)),
    "frozen": ns.serial(D(W_std=1.4, train="biases", b_std=0.5), RELU, D(train=False)),
    "biases from 0": ns.serial(ns.parallel(D(W_std=1.4), AT_0), RELU, ns.parallel(D(), AT_0)),
    "last alone": ns.serial(D(W_std=1.4, train=False), RELU, D(b_std=0.1, rate=0.5)),
    "residual of outputs": ns.serial(D(W_std=1.4), ns.Residual(ns.serial(RELU, D(b_std=0.2)), scale=-0.7)),
}


@pytest.mark.parametrize("name", [*DEEP, *SHALLOW])
def test_sampled_networks_agree_with_the_limit_and_not_with_one_that_is_wrong_by_two_per_cent(name):
    net = (DEEP | SHALLOW)[name]
    found = net.compare(X, alpha=ALPHA)
    assert found.verdict is Agreement.AGREES
    assert found.exact == (name in SHALLOW)
    assert all(wrong.rejected for wrong in found.self_tests.values())


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        pytest.param(
            "LayerNorm after an activation",
            ns.serial(D(b_std=0.1), RELU, ns.RMSNorm(), D(b_std=0.1)),
            marks=pytest.mark.sweep,  # the self-tests of this network are run every time
        ),  # the mean left in
        ("frozen", ns.serial(D(W_std=1.4, b_std=0.5), RELU, D(train=False))),  # frozen weights counted
        ("Dropout", ns.serial(D(b_std=0.1), RELU, D(b_std=0.1))),  # no mask at all
        ("biases from 0", ns.serial(D(W_std=1.4), RELU, ns.parallel(D(), AT_0))),  # those of the outputs alone
        (
            "residual",
            ns.serial(D(W_std=1.4, b_std=0.1), ns.Residual(ns.serial(RELU, D(W_std=1.4)), 0.5**0.5), RELU, D()),
        ),
    ],
)
def test_the_limit_of_another_network_is_rejected(right, wrong):
    assert compare((DEEP | SHALLOW)[right], X, wrong.ntk(X), alpha=ALPHA).verdict is Agreement.DISAGREES


def test_a_sum_without_the_product_of_means_is_rejected():
    """Two summands after ReLU have means, and E (u + v)(u' + v') has cross terms."""
    one, two = (ns.serial(D(b_std=bias), RELU, D()).ntk(X) for bias in (0.0, 0.3))
    assert compare(SHALLOW["sum"], X, one + two, alpha=ALPHA).verdict is Agreement.DISAGREES


def test_a_mask_that_all_rows_share_is_rejected(monkeypatch):
    class OneMask(Forward):
        def dropped(self, node, x):
            mask = super().dropped(node, np.ones_like(x))[..., :1, :]
            self.back[node.place] = lambda delta: (delta * mask[..., :, None, :],)
            return x * mask

    monkeypatch.setattr(network, "Forward", OneMask)
    assert SHALLOW["Dropout"].compare(X, alpha=ALPHA).verdict is Agreement.DISAGREES


def test_members_of_a_family_have_the_kernels_of_independent_networks():
    """Mean of each entry and of its square, 2 × 32 000 networks of a residual block beside a narrower branch that is
    concatenated: 6 tests at 1 false alarm in 10⁶ each."""
    block = ns.Residual(ns.serial(ERF, D(), RELU, D(W_std=0.8)))
    sides = ns.parallel(ns.serial(block, RELU), ns.serial(D(b_std=0.3), ERF), combine="concat", widths=(2, 1))
    traced, inputs = graph(ns.serial(D(), sides, D())), X[:2, :3].astype(np.float32)
    widths = Widths(traced)
    sizes, shared = widths.sizes(3, 3, own=False), between_hidden(widths)
    assert [sizes[node.place] for node in shared] == [3, 6, 3]

    def powers(kernels):
        upper = kernels[..., 0, 0].reshape(-1, 4)[:, [0, 1, 3]].astype(float)
        return np.column_stack((upper, upper**2))

    values = [
        np.mean(
            [powers(n.ntk(inputs)) for n in family(traced, sizes, shared, 400, np.random.default_rng(seed))], axis=0
        )
        for seed in range(10)
    ]
    together = np.concatenate(values)
    apart = powers(network.drawn(traced, sizes, np.random.default_rng(99), 1, (32_000,), np.float32).ntk(inputs))
    error = np.sqrt(together.var(axis=0) / len(together) + apart.var(axis=0) / len(apart))
    assert len(together) * FAMILY == len(apart)
    assert (abs(together.mean(axis=0) - apart.mean(axis=0)) < ALARM * error).all()


def test_default_widths_fit_the_network():
    def widths(net):
        return Plan(graph(net), 10).default_widths()

    assert widths(ns.mlp(2)) == (8, 32, 128)
    assert widths(DEEP["LayerNorm after Dense"])[0] == 16
    assert widths(DEEP["LayerNorm after an activation"])[0] == 64
    fifths = ns.parallel(ns.serial(D(), RELU), ns.serial(D(), RELU), combine="concat", widths=(10, 7))
    assert widths(ns.serial(fifths, D()))[0] == 14, "a multiple of 7"


def test_fewer_than_three_widths_are_refused_where_the_mean_depends_on_the_width():
    with pytest.raises(InvalidInput, match="widths has 1 entries, too few to take out the bias of order 1/width"):
        DEEP["LayerNorm after an activation"].compare(X, widths=(64,))
    assert SHALLOW["product"].compare(X, widths=(8,), networks=80).exact
