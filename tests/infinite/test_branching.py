"""Networks that are no chain: residual, parallel, normalised, frozen, and with dropout, on pairs of inputs."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf
from sweeps import sweep_few

import ntk_symbolic as ns
from ntk_symbolic import Dense, Dropout, InvalidInput, LayerNorm, Residual, RMSNorm, parallel, repeat, serial
from ntk_symbolic.networks.words import Gain

GETS = ("nngp", "ntk")
FILED = json.loads((Path(__file__).parent.parent / "references" / "branching.json").read_text(encoding="utf-8"))
X = np.array([[1.0, 2.0, -1.0], [0.5, -1.0, 3.0], [-2.0, 0.25, 1.0]])
RELU, ERF, GELU = ns.Relu(), ns.Erf(), ns.Gelu()
GATE = parallel(serial(Dense(W_std=1.3, b_std=0.2), RELU), Dense(W_std=1.1, b_std=0.1), combine="product")


def standard(width, **scales):
    return Dense(parameterization="standard", width=width, **scales)


def trained(*which):
    scales = [{"W_std": 1.3, "b_std": 0.2}, {"W_std": 1.1, "b_std": 0.1}, {"W_std": 1.2, "b_std": 0.3}]
    first, second, last = (Dense(train=each, **scale) for each, scale in zip(which, scales, strict=True))
    return serial(first, RELU, second, RELU, last)


HALF = Residual(serial(RELU, Dense(W_std=0.5**0.5)))
NETWORKS = {
    "residual_mlp": serial(
        Dense(W_std=1.3, b_std=0.2),
        Residual(serial(RELU, Dense(W_std=1.1, b_std=0.1))),
        RELU,
        Dense(W_std=1.2, b_std=0.3),
    ),
    "residual_scaled_branch": serial(Dense(W_std=2**0.5), HALF, HALF, Dense()),
    "layernorm_mlp": serial(
        Dense(W_std=1.5, b_std=0.2), LayerNorm(1e-12), RELU, Dense(W_std=1.2, b_std=0.1), LayerNorm(0.5), ERF, Dense()
    ),
    "standard_parameterization_mlp": serial(
        standard(7, W_std=1.3, b_std=0.2), RELU, standard(11, W_std=1.1), RELU, standard(1, W_std=0.9, b_std=0.3)
    ),
    "product_glu": serial(GATE, Dense(W_std=1.2, b_std=0.1)),
    "dropout": serial(
        Dense(W_std=1.3, b_std=0.2), RELU, Dropout(0.8), Dense(W_std=1.1, b_std=0.1), ERF, Dropout(0.5), Dense()
    ),
    "frozen_all_but_first": trained(True, False, False),
    "biases_only": trained("biases", "biases", "biases"),
    "skip_after_activation": serial(
        Dense(W_std=1.3, b_std=0.2),
        RELU,
        Residual(Dense(W_std=1.1, b_std=0.1)),
        Dense(W_std=1.2, b_std=0.3),
        RELU,
        Dense(),
    ),
    "layernorm_after_relu": serial(Dense(W_std=1.3, b_std=0.2), RELU, LayerNorm(), Dense(W_std=1.1, b_std=0.3)),
}


# ---- values on file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILED["networks"])
def test_kernels_agree_with_the_values_on_file(name):
    """Tolerance 1e-14 of the largest entry; the references have 30 digits, of which neural-tangents' float64 has 15."""
    filed, net = FILED["networks"][name], NETWORKS[name]
    if "nngp_xy" not in filed:  # five rows, the last the first once more
        pairs = {"xx": (np.concatenate([FILED["X"], FILED["Y"]]), None)}
    else:
        pairs = {"xx": (FILED["X"], None), "xy": (FILED["X"], FILED["Y"])}
    for which, (left, right) in pairs.items():
        found = net.kernel(left, right, get=GETS)
        for get in GETS:
            exact = np.array(filed[f"{get}_{which}"], dtype=float)
            assert abs(getattr(found, get) - exact).max() < 1e-14 * abs(exact).max(), (get, which)


# ---- conditioning -------------------------------------------------------------------------------------------------------

BLOCK = Residual(serial(RELU, Dense(W_std=0.4, b_std=0.2)))
DEEP = {
    "50 residual blocks, normalised": serial(
        Dense(W_std=1.3, b_std=0.1), repeat(BLOCK, 50), LayerNorm(), RELU, Dense()
    ),
    "10 residual blocks, normalised": serial(
        Dense(W_std=1.3, b_std=0.1), repeat(BLOCK, 10), LayerNorm(), RELU, Dense()
    ),
    "10 residual blocks without bias": serial(
        Dense(W_std=1.3), repeat(Residual(serial(RELU, Dense(W_std=0.3))), 10), Dense()
    ),
    "50 residual blocks without bias": serial(
        Dense(W_std=1.3), repeat(Residual(serial(RELU, Dense(W_std=0.3))), 50), Dense()
    ),
    "normalised after relu": serial(Dense(W_std=1.3, b_std=0.1), RELU, LayerNorm(), Dense(W_std=1.2), RELU, Dense()),
    "normalised after gelu": serial(Dense(W_std=1.3, b_std=0.1), GELU, LayerNorm(), Dense(W_std=1.2), RELU, Dense()),
    "root mean square": serial(Dense(W_std=1.3, b_std=0.1), RELU, RMSNorm(0.1), Dense(W_std=1.2), RELU, Dense()),
    "gate": serial(GATE, Dense(W_std=1.2), RELU, Dense()),
    "two activations": serial(
        Dense(W_std=1.3),
        parallel(serial(Dense(), RELU), serial(Dense(b_std=0.4), GELU)),
        Dense(W_std=1.2),
        RELU,
        Dense(),
    ),
    "side by side": serial(
        Dense(W_std=1.3, b_std=0.2),
        parallel(serial(Dense(), RELU), serial(Dense(b_std=0.4), GELU), combine="concat", widths=(30, 10)),
        LayerNorm(),
        Dense(W_std=1.2),
        RELU,
        Dense(),
    ),
    "dropped": serial(Dense(W_std=1.3, b_std=0.2), RELU, Dropout(0.8), Dense(W_std=1.2), RELU, Dense()),
}


def others_than(x):
    """Near x, parallel and antipodal to it, 0, and elsewhere."""
    away = np.random.default_rng(1).standard_normal(x.shape)
    near = [x + step * away for step in (1e-3, 1e-6, 1e-9, 1e-12)]
    return np.array([*near, 2 * x, (1 + 1e-4) * x, -x, -x + 1e-8 * away, 0 * x, away])


@pytest.mark.parametrize("name", sweep_few(DEEP, [name for name in DEEP if name.startswith("50")]))
def test_kernels_and_gaps_keep_their_digits_at_near_parallel_antipodal_and_zero_inputs(name):
    """Kernels agree to 1e-13 of √(K(x, x) K(x', x')), gaps to a relative error of 1e-8 at any size."""
    net, x = DEEP[name], np.random.default_rng(0).standard_normal(5)
    Y = others_than(x)
    if "0 residual blocks" in name:  # digits take long for these: only 1e-3 and 1e-12 apart, 2x, nearly −x
        Y = Y[[0, 3, 4, 7]]
    with mpmath.workdps(60):
        between = net.kernel([x], Y, get=GETS, precision=40)
        alone = [net.kernel([y], get=GETS, precision=40) for y in (x, *Y)]
        for n, get in enumerate(GETS):
            exact, (ends, *others) = between[n][0], [one[n][0, 0] for one in alone]
            own = mpf(float(net.diagonal([x], get)[0]))
            found, gaps = net.kernel([x], Y, get=get)[0], net.gap([x], Y, get=get)[0]
            for k, gap, one, other, y in zip(found, gaps, exact, others, Y, strict=True):
                assert abs(mpf(float(k)) - one) <= 1e-13 * mpmath.sqrt(own * other), (get, y - x)
                assert abs(mpf(float(gap)) / (ends + other - 2 * one) - 1) < 1e-8, (get, y - x)


# ---- identities -----------------------------------------------------------------------------------------------------------

scales = st.builds(Dense, W_std=st.floats(0.3, 2.0), b_std=st.floats(0.0, 1.0))
activations = st.sampled_from([RELU, ERF, GELU, ns.Sin(), ns.Abs()])
hidden = st.builds(lambda phi, dense: serial(phi, dense), activations, scales)
ended = lambda inner: st.builds(serial, inner, scales)  # noqa: E731  a branch ends with weights of its own
nested = st.recursive(
    hidden,
    lambda inner: st.one_of(
        st.builds(Residual, ended(inner), st.floats(-1.5, 1.5)),
        st.builds(parallel, ended(inner), ended(inner)),
        st.builds(serial, inner, inner),
        st.builds(lambda one, eps: serial(one, LayerNorm(eps)), inner, st.floats(0.1, 1.0)),
        ended(st.builds(lambda one, other: parallel(one, other, combine="product"), ended(inner), ended(inner))),
    ),
    max_leaves=4,
)
few = settings(max_examples=25, deadline=None, derandomize=True)


def same(one, other, rows=X, tolerance=1e-13):
    for get in GETS:
        left, right = one.kernel(rows, get=get), other.kernel(rows, get=get)
        np.testing.assert_allclose(left, right, rtol=0, atol=tolerance * abs(right).max())


@given(scales, nested, scales)
@few
def test_a_residual_block_whose_branch_is_zero_is_the_identity(first, body, last):
    same(serial(first, Residual(serial(body, last), scale=0.0), RELU, last), serial(first, RELU, last))
    nothing = serial(body, RELU, Dense(W_std=0.0))
    same(serial(first, Residual(nothing), RELU, last), serial(first, RELU, last))


@given(scales, nested, scales)
@few
def test_one_branch_is_that_branch_and_equal_branches_side_by_side_are_one(first, body, last):
    plain = serial(first, body, last)
    same(serial(first, parallel(body), last), plain)
    same(serial(first, parallel(body, body, combine="concat", widths=(3, 1)), last), plain)


@given(scales, nested, scales)
@few
def test_a_product_with_a_branch_that_is_one_is_the_other_branch(first, body, last):
    one = serial(Dense(W_std=0.0), ns.Cos(), Dense(W_std=0.0, b_std=1.0), ns.activation("u**2"))
    # u² of a unit normal is no 1: its kernel is E u⁴ = 3, its tangent kernel that of the bias
    frozen = serial(Dense(W_std=0.0), ns.Cos())
    same(serial(first, parallel(body, frozen, combine="product"), last), serial(first, body, last))
    with pytest.raises(AssertionError):
        same(serial(first, parallel(body, one, combine="product"), last), serial(first, body, last))


@given(nested, st.floats(0.01, 100.0))
@few
def test_layer_norm_makes_the_kernel_blind_to_the_scale_of_its_input(body, scale):
    for norm in (LayerNorm(), RMSNorm()):
        net = serial(Dense(), norm, body, Dense())
        for _get in GETS:
            one, other = net.nngp(X), net.nngp(scale * X)
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-13 * abs(one).max())


@given(scales, nested, scales, st.sampled_from(GETS))
@few
def test_kernels_on_blocks_are_kernels_of_the_rows_and_their_gaps_are_differences(first, body, last, get):
    net = serial(first, body, last)
    K = net.kernel(X, get=get)
    assert (K == K.T).all()
    np.testing.assert_allclose(net.kernel(X, X[::-1], get=get), K[:, ::-1], rtol=0, atol=1e-13 * abs(K).max())
    np.testing.assert_allclose(net.diagonal(X, get), np.diag(K), rtol=1e-15)
    top = np.add.outer(np.diag(K), np.diag(K))
    np.testing.assert_allclose(net.gap(X, get=get), top - 2 * K, rtol=0, atol=1e-12 * top.max())


def test_a_frozen_network_has_the_tangent_kernel_of_its_last_trained_layer_alone():
    nngp = trained(True, True, True).nngp(X)
    np.testing.assert_allclose(trained(False, False, True).ntk(X), nngp, rtol=1e-15)
    parts = sum(trained(*(place == k for k in range(3))).ntk(X) for place in range(3))
    np.testing.assert_allclose(parts, trained(True, True, True).ntk(X), rtol=1e-14)
    assert (trained(False, False, False).ntk(X) == 0).all()
    np.testing.assert_allclose(trained(False, False, False).nngp(X), nngp, rtol=1e-15)


def test_the_weights_the_biases_and_the_rates_of_a_layer_add_up():
    ways = [
        serial(Dense(W_std=1.3, b_std=0.2, train=each), RELU, Dense(b_std=0.5)) for each in ("weights", "biases", False)
    ]
    whole = serial(Dense(W_std=1.3, b_std=0.2), RELU, Dense(b_std=0.5)).ntk(X)
    rest = ways[2].ntk(X)
    np.testing.assert_allclose(ways[0].ntk(X) + ways[1].ntk(X) - rest, whole, rtol=1e-14)
    slow = serial(Dense(W_std=1.3, b_std=0.2, rate=0.1), RELU, Dense(b_std=0.5)).ntk(X)
    np.testing.assert_allclose(slow, rest + 0.1 * (whole - rest), rtol=1e-14)


def test_the_standard_parameterisation_is_that_of_the_ntk_at_matching_rates():
    """The rate of the parameter W/√n is W_std²/n: its part of Θ is n/W_std² times as large, that of the bias 1/b_std²."""
    net = serial(standard(7, W_std=1.3, b_std=0.2), RELU, standard(1, W_std=0.9))
    first = serial(Dense(W_std=1.3, train="weights", rate=3 / 1.3**2, b_std=0.2), RELU, Dense(W_std=0.9, train=False))
    bias = serial(Dense(W_std=1.3, train="biases", rate=1 / 0.2**2, b_std=0.2), RELU, Dense(W_std=0.9, train=False))
    last = serial(Dense(W_std=1.3, train=False, b_std=0.2), RELU, Dense(W_std=0.9, rate=7 / 0.9**2))
    np.testing.assert_allclose(net.nngp(X), first.nngp(X), rtol=1e-15)
    np.testing.assert_allclose(net.ntk(X), first.ntk(X) + bias.ntk(X) + last.ntk(X), rtol=1e-14)


def test_a_bias_that_starts_at_0_is_trained_where_biases_are_named():
    """b_std = 0 is no bias in a layer that is trained as a whole."""
    layer = Dense(W_std=0.0, train="biases", rate=0.3, parameterization="standard")
    net = serial(parallel(Dense(W_std=1.3), layer), RELU, Dense(W_std=0.9))
    small = Dense(W_std=1.3, train="biases", rate=0.3, parameterization="standard", b_std=1e-9)
    moved = serial(small, RELU, Dense(W_std=0.9, train=False)).ntk(X)  # Σ is the same to 1e-18
    plain = serial(Dense(W_std=1.3), RELU, Dense(W_std=0.9))
    np.testing.assert_allclose(net.ntk(X), plain.ntk(X) + moved, rtol=1e-14, atol=1e-15)  # one entry cancels
    np.testing.assert_allclose(net.nngp(X), plain.nngp(X), rtol=3e-15)  # rounded in another order
    whole = serial(standard(7, W_std=1.3), RELU, standard(1))
    weights = serial(standard(7, W_std=1.3, train="weights"), RELU, standard(1, train="weights"))
    np.testing.assert_array_equal(whole.ntk(X), weights.ntk(X))


def test_dropout_changes_what_an_input_has_in_common_with_itself_alone():
    net, plain = (serial(Dense(b_std=0.3), RELU, *drop, Dense(W_std=1.1)) for drop in ((Dropout(0.8),), ()))
    twice = np.concatenate([X, X[:1]])
    for get in GETS:
        K, other = net.kernel(twice, get=get), plain.kernel(twice, get=get)
        np.testing.assert_allclose(np.diag(K), np.diag(other) / 0.8, rtol=1e-15)
        off = ~np.eye(4, dtype=bool)
        np.testing.assert_allclose(K[off], other[off], rtol=1e-13)
        np.testing.assert_allclose(net.kernel(twice, X, get=get), plain.kernel(twice, X, get=get), rtol=1e-13)
        assert (np.diag(net.gap(twice, get=get)) == 0).all() and net.gap(twice, get=get)[0, 3] > 0.1


@pytest.mark.parametrize(
    "net",
    [
        serial(Dense(), HALF, HALF),
        serial(Dense(), GATE, Dense(), parallel(serial(ERF, Dense()), serial(RELU, Dense(b_std=0.5)))),
        serial(
            Dense(),
            Residual(serial(RELU, Dense())),
            Residual(serial(ERF, Dense()), 0.5),
            RMSNorm(),
            RELU,
            Dense(),
            HALF,
        ),
    ],
    ids=["residual, residual", "parallel", "a sum after a norm"],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_entry_of_one_row_with_itself_is_that_of_two_equal_rows_where_a_layer_stands_twice(net, dtype):
    data = X.astype(dtype)
    for get in GETS:
        pairs = np.diagonal(net.kernel(data, data.copy(), get))
        for found in (net.diagonal(data, get), np.diagonal(net.kernel(data, get=get))):
            np.testing.assert_allclose(found, pairs, rtol=8 * np.finfo(dtype).eps)


def test_means_of_two_branches_meet_in_a_sum():
    """E (φ(u) + φ(w))(φ(u') + φ(w')) of independent u, w: 2κ + 2 m m'."""
    net = serial(parallel(serial(Dense(), RELU), serial(Dense(), RELU)), Dense())
    a = (X**2).mean(axis=1)
    kappa = serial(Dense(), RELU, Dense()).nngp(X)
    mean = np.sqrt(a / (2 * np.pi))
    np.testing.assert_allclose(net.nngp(X), 2 * kappa + 2 * np.outer(mean, mean), rtol=1e-14)


# ---- networks without a limit raise InvalidInput --------------------------------------------------------------------------


BESIDE = parallel(serial(Dense(W_std=1.3), RELU), serial(Dense(W_std=0.4, b_std=0.5), ERF), combine="concat")


def two(branch, other, combine):
    return serial(Dense(), parallel(branch, other, combine=combine), Dense())


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: two(BESIDE, BESIDE, "product"), "two branches of the product of Parallel are concatenations"),
        (lambda: two(BESIDE, BESIDE, "sum"), "two branches of the sum of Parallel are concatenations"),
        (lambda: two(serial(BESIDE, LayerNorm()), serial(BESIDE, LayerNorm()), "sum"), "and both have means"),
        (lambda: two(serial(BESIDE, Dense()), BESIDE, "product"), None),
        (lambda: serial(Dense(), RELU, ERF, Dense()), "erf follows relu, whose units are not Gaussian.*put a Dense"),
        (lambda: serial(Dense(), Dropout(0.5), RELU, Dense()), "relu follows Dropout.*put a Dense"),
        (lambda: serial(Dense(), parallel(RELU, Dense()), RELU, Dense()), "relu follows Parallel"),
        (lambda: serial(Dense(), Residual(RELU), Dense()), "summands of Residual depend on one another.*with a Dense"),
        (lambda: serial(Dense(), parallel(RELU, ERF, combine="product"), Dense()), "factors of Parallel depend"),
        (lambda: serial(GATE, RELU, Dense()), "relu follows Parallel"),
        (lambda: serial(RELU, Dense()).kernel(X), "relu meets the inputs, and layers must start and end with Dense"),
        (lambda: serial(Dense(), RELU).kernel(X), "layers must start and end with Dense"),
        (lambda: serial(Dense(), LayerNorm()).kernel(X), "layers must start and end with Dense"),
        (lambda: serial(Residual(Dense()), Dense()).kernel(X), "Residual meets the inputs"),
        (lambda: Residual("relu"), "body is 'relu': pass a layer"),
        (lambda: parallel([Dense(), Dense()]), "not in a list"),
        (lambda: parallel(Dense(), combine="add"), 'pass "sum", "product" or "concat"'),
        (lambda: parallel(Dense(), Dense(), widths=(1, 2)), "leave widths out"),
        (lambda: parallel(Dense(), Dense(), combine="concat", widths=(1,)), "1 entries for 2 branches"),
        (lambda: parallel(standard(5), standard(6)), None),
        (lambda: serial(Dense(), parallel(standard(5), standard(6)), Dense()), "have 5 and 6 units"),
        (lambda: Dropout(0.0), "above 0 and at most 1"),
        (lambda: LayerNorm(-1.0), "eps is -1"),
        (lambda: Dense(train="all"), 'train is \'all\': pass True, False, "weights" or "biases"'),
        (lambda: Dense(rate=0.0), "pass train=False"),
        (lambda: Dense(parameterization="mup"), 'pass "ntk" or "standard"'),
        (lambda: serial(Dense(), RELU, standard(3)).ntk(X), "width"),
        (lambda: serial(Dense(), LayerNorm(), RELU, Dense()).ntk(0 * X), "0 for a row of X.*pass eps"),
    ],
)
def test_what_is_no_network_is_refused_with_the_layer_and_the_cure(build, said):
    if said is None:
        build()
        return
    with pytest.raises(InvalidInput, match=said):
        build()


@dataclass(frozen=True)
class Ruled:
    """A user's layer, given by its rule."""

    of: Callable

    def rule(self, K, x):
        return self.of(K, x)


class Changing:
    def __init__(self, std):
        self.std = std

    def rule(self, K, x):
        return K.linear(x, Gain(self.std))


@dataclass
class Unhashable:
    std: float = 1.0
    rule = Changing.rule


KEPT = []
ALIEN = "the rule of Ruled has {} where units belong"


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (Changing(1.0), "Changing is a layer that can change.*frozen=True"),
        (Unhashable(), "Unhashable is a layer that can change, or is not hashable.*frozen=True"),
        (Residual(Unhashable()), "Unhashable is a layer"),
        (Ruled(lambda K, x: None), ALIEN.format("None")),
        (Ruled(lambda K, x: K.linear(3, Gain(1.0))), ALIEN.format("3")),
        (Ruled(lambda K, x: KEPT.append(x) or KEPT[0]), ALIEN.format("units of another network")),
        (Ruled(lambda K, x: K.join()), "Ruled sums, multiplies or concatenates nothing"),
        (Ruled(lambda K, x: K.concat((x, x), (1, 1, 1))), "Ruled has 3 shares for 2 branches"),
        (Ruled(lambda K, x: K.concat((x, x), (-1, 2))), "a share of Ruled is -1; pass an integer"),
        (Ruled(lambda K, x: K.scaled(x, "2")), "the factor of Ruled must be a real number"),
        (Ruled(lambda K, x: K.normalised(x, -0.5)), "eps of Ruled is -0.5"),
        (Ruled(lambda K, x: K.dropped(x, 2.0)), "keep of Ruled is 2.0"),
        (Ruled(lambda K, x: K.elementwise(x, np.tanh)), "activation of Ruled is <ufunc 'tanh'>: pass one such as Relu"),
        (Ruled(lambda K, x: K.linear(x, 2.0)), "the gain of Ruled is 2.0: pass one such as Dense"),
        (Ruled(lambda K, x: K.linear(x, Gain(-1.0))), "std in the gain of Ruled is -1"),
        (Ruled(lambda K, x: K.constant(x, Gain(1.0, rate=-1.0))), "rate in the gain of Ruled is -1"),
        (
            Ruled(lambda K, x: K.convolved(x)),
            r"the rule of Ruled has K\.convolved, which is no word.*linear, constant, join",
        ),
    ],
)
def test_a_rule_that_misuses_a_word_is_refused_with_the_layer_and_the_cure(layer, said):
    with pytest.raises(InvalidInput, match=said):
        for _ in range(2):
            serial(Dense(), layer, Dense())


def test_a_bias_of_zero_is_zero_in_every_word():
    def bias(K, x):
        return K.constant(x, Gain(0.0))

    plain = serial(Dense(), Dense(), Dense()).kernel(X, get=GETS)
    for rule, factor in (
        (lambda K, x: K.join(x, K.scaled(bias(K, x), 0.5)), 1.0),
        (lambda K, x: K.concat((x, bias(K, x)), (1, 3)), 0.25),
        (lambda K, x: K.product(x, bias(K, x)), 0.0),
        (lambda K, x: K.join(bias(K, x), bias(K, x)), 0.0),
        (bias, 0.0),
    ):
        net = serial(Dense(), Dense(), Ruled(rule), Dense())
        for found, whole in zip(net.kernel(X, get=GETS), plain, strict=True):
            np.testing.assert_allclose(found, factor * whole, rtol=1e-15, atol=0)
        digits = np.array(net.kernel(X, get="nngp", precision=20), dtype=float)
        np.testing.assert_allclose(digits, net.nngp(X), rtol=1e-14, atol=0)
    ones = serial(Dense(), Ruled(bias), ns.activation("cos"), Dense())
    np.testing.assert_array_equal(ones.nngp(X), np.ones((3, 3)))
    np.testing.assert_array_equal(ones.sample(8).predict(X).shape, (3, 1))


def test_layers_nested_too_deep_are_refused_and_as_many_side_by_side_are_not():
    half = Residual(serial(RELU, Dense()), 0.05)
    net = serial(Dense(), repeat(half, 500), Dense())
    assert net.depth == 501 and np.isfinite(net.ntk(X)).all()

    grown = layer = Dense()
    for _ in range(300):
        grown = serial(grown, Dense(W_std=1.0))  # a network among the layers is replaced by its layers
    np.testing.assert_array_equal(grown.nngp(X), serial(Dense()).nngp(X))
    for _ in range(2000):
        layer = Residual(layer)
    with pytest.raises(InvalidInput, match=r"nested too deep.*side by side"):
        serial(Dense(), layer, Dense())


def test_a_block_that_stands_twice_has_weights_of_its_own_in_each_place():
    block = Residual(serial(RELU, Dense()))
    twice = serial(Dense(), block, block, Dense())
    a = np.einsum("ij,ij->i", X, X) / 3
    np.testing.assert_allclose(twice.diagonal(X, "nngp"), a * 1.5**2, rtol=1e-15)
