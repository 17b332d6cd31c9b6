"""The number of units of every layer of a sampled network."""

import pytest
from finite_stand_ins import graph

import ntk_symbolic as ns
from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.finite.widths import Widths

D, RELU = ns.Dense, ns.Relu()
BLOCK = ns.Residual(ns.serial(RELU, D(), RELU, D()))


def shapes(net, width, outputs=1):
    """(n_out, n_in) of every Dense."""
    net = graph(net, 7)
    sizes = Widths(net).sizes(7, width, outputs)
    return [(sizes[node.place], sizes[node.inputs[0]]) for node in net.of("linear")]


def concat(widths=None, first=None, second=None):
    branches = ns.serial(D(width=first), RELU), ns.serial(D(width=second), RELU)
    return ns.serial(ns.parallel(*branches, combine="concat", widths=widths), D())


def test_one_width_serves_every_dense_before_the_outputs():
    assert shapes(ns.mlp(2), 5, 3) == [(5, 7), (5, 5), (3, 5)]
    assert shapes(ns.serial(D(), BLOCK, RELU, D()), 5) == [(5, 7), (5, 5), (5, 5), (1, 5)]


def test_several_widths_stand_in_the_order_of_the_layers():
    assert shapes(ns.serial(D(), BLOCK, RELU, D()), (5, 9, 5)) == [(5, 7), (9, 5), (5, 9), (1, 5)]


def test_all_summands_of_the_outputs_have_as_many_units_as_there_are_outputs():
    heads = ns.serial(D(), RELU, ns.parallel(D(), ns.serial(D(), RELU, D())))
    assert shapes(heads, (5, 6), 2) == [(5, 7), (2, 5), (6, 5), (2, 6)]


def test_a_summand_of_the_outputs_that_another_layer_reads_is_wide():
    """The outputs are the first of its units: in the limit of width all of them are alike."""
    net = ns.serial(D(), ns.Residual(ns.serial(RELU, D())))
    assert shapes(net, 64, 3) == [(64, 7), (64, 64)]
    assert net.sample(64, outputs=3).predict([[1.0, 2.0]]).shape == (1, 3)
    with pytest.raises(InvalidInput, match="outputs is 3, and the outputs are units of a layer of width 2"):
        net.sample(2, outputs=3)


def test_a_dense_keeps_its_own_width_and_what_is_added_to_it_takes_it():
    net = ns.serial(D(), ns.Residual(ns.serial(RELU, D(), RELU, D(width=11))), RELU, D())
    assert shapes(net, 5) == [(11, 7), (5, 11), (11, 5), (1, 11)]
    assert shapes(net, (11, 6, 11)) == [(11, 7), (6, 11), (11, 6), (1, 11)]
    assert shapes(ns.serial(D(width=9), RELU, D(width=4)), 5, 2) == [(9, 7), (2, 9)], "as many outputs as are asked for"


def test_branches_that_are_concatenated_keep_their_proportions():
    assert shapes(concat(), 5) == [(5, 7), (5, 7), (1, 10)]
    assert shapes(concat((30, 10)), 5) == [(15, 7), (5, 7), (1, 20)]
    assert shapes(concat((20, 30)), 4) == [(4, 7), (6, 7), (1, 10)]
    assert shapes(concat((20, 30)), (2, 3)) == [(2, 7), (3, 7), (1, 5)]
    assert shapes(concat((20, 30), first=40), 3) == [(40, 7), (60, 7), (1, 100)]
    thirds = ns.serial(
        ns.parallel(*[ns.serial(D(), RELU)] * 3, combine="concat", widths=(1, 3, 6)), D(), BLOCK, RELU, D()
    )
    assert [out for out, _ in shapes(thirds, 2)] == [2, 6, 12, 2, 2, 2, 1]


@pytest.mark.parametrize(
    ("net", "width", "message"),
    [
        (ns.mlp(2), (3,), "width has 1 entries and the network 2 hidden Dense layers"),
        (ns.mlp(2), (3, 3, 3), "width has 3 entries and the network 2 hidden Dense layers"),
        (ns.mlp(2), 0, "width"),
        (ns.mlp(2), (3, 0), "width"),
        (
            ns.serial(D(), BLOCK, RELU, D()),
            (5, 6, 7),
            "width of Dense layer 3 is 7, and Dense layer 1 needs 5, as their units are added",
        ),
        (ns.serial(D(width=5), RELU, D()), (6,), "width of Dense layer 1 is 5, and Dense layer 1 needs 6"),
        (concat((20, 30)), 5, r"width is 5, which does not divide .* a multiple of 2"),
        (concat((20, 30)), (4, 5), "width of Dense layer 2 is 5, and Dense layer 1 needs 6"),
        (concat((20, 30), first=5), 4, r"width of Dense layer 1 does not divide .* a multiple of 2"),
    ],
)
def test_widths_that_do_not_fit_are_refused_with_the_layer(net, width, message):
    with pytest.raises(InvalidInput, match=message):
        net.sample(width)


class Knot:
    """a + b and b + c have units, so a and c have equally many; and a is added to c with d beside it."""

    def rule(self, K, x):
        def linear(units):
            return K.linear(units, D().gain("weights"))

        def bent(units):
            return K.elementwise(units, RELU)

        a, b, c, d = (linear(x) for _ in range(4))
        beside = K.concat((bent(c), bent(d)), (1, 1))
        return K.join(*map(linear, (bent(K.join(a, b)), bent(K.join(b, c)), K.join(beside, a))))


def test_units_that_no_widths_make_equal_in_number_are_refused():
    with pytest.raises(InvalidInput, match="meets units that differ in number at any width: put a Dense before it"):
        Widths(graph(Knot(), 3))
