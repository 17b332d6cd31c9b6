"""The layer rules on any array namespace, and at degenerate numbers."""

from fractions import Fraction

import array_api_strict
import numpy as np
import pytest
from sweeps import sweep, sweep_twins

from ntk_symbolic import Dense, activation, serial
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.infinite.engine import whole
from ntk_symbolic.infinite.pairs import Pairs
from ntk_symbolic.layers.pair import Pair, _product, of_moments

SMOOTH = [name for name in LIBRARY if not activation(name).jumps]
RNG = np.random.default_rng(0)
X = np.concatenate([RNG.standard_normal((7, 4)), np.zeros((1, 4))])
X = np.concatenate([X, -X[:2], 3 * X[:2], X[:2] * (1 + 1e-9), X[:1] + 1e-7])


FEW = X[[0, 1, 7, 8, 12]]  # a row, another, zero, an antipode, a near row


def data(name):
    """The inputs; smaller for exp, whose variance is exp(2a) and leaves the range of floats after two layers, and fewer for
    readings by integrals, each of which takes 0.2 ms, and by series."""
    if not activation(name).reading.portable:
        return FEW
    return X / 4 if name == "exp" else X


def network(name, b_std=0.3):
    phi = activation(name)
    return serial(
        Dense(W_std=0.9, b_std=b_std), phi, Dense(W_std=0.8, b_std=b_std), phi, Dense(W_std=0.7, b_std=0.1)
    ).graph()


def on_strict(X, dtype):
    return array_api_strict.asarray(X, dtype=getattr(array_api_strict, dtype))


# ---- one rule, every library -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("b_std", sweep([0.0, 0.3], [0.3]))
@pytest.mark.parametrize("name", sweep_twins(LIBRARY))
def test_the_rules_give_the_same_on_numpy_and_on_the_strict_standard(name, b_std):
    """Tolerance 1e-14: BLAS adds in another order than the strict namespace, and rounding passes through two layers."""
    graph, tangent = network(name, b_std), name in SMOOTH
    ours, theirs = (whole(graph, z, None, tangent) for z in (data(name), on_strict(data(name), "float64")))
    for one, other in zip(ours, theirs, strict=True):
        if one is None:
            assert other is None
            continue
        assert isinstance(other, type(on_strict(X, "float64"))) and other.dtype == array_api_strict.float64
        np.testing.assert_allclose(np.asarray(other), one, rtol=1e-14, atol=1e-14 * np.max(np.diag(one)))


@pytest.mark.parametrize("name", sweep_twins(SMOOTH))
def test_single_precision_arrays_stay_single_and_are_right_to_1e5(name):
    """Comparison with the float64 kernel of the same float32 numbers; 200 ε of float32 for two layers."""
    single = data(name).astype(np.float32)
    exact = whole(network(name), single.astype(np.float64), None, True)
    for library in (single, on_strict(single, "float32")):
        for value, reference in zip(whole(network(name), library, None, True), exact, strict=True):
            assert str(value.dtype).endswith("float32")
            top = np.sqrt(np.outer(np.diag(reference), np.diag(reference)))
            assert np.max(abs(np.asarray(value) - reference) / np.maximum(abs(reference), top / 100)) < 1e-5


def test_the_rules_make_exactly_symmetric_matrices():
    for name in SMOOTH:
        for K in whole(network(name), data(name), None, True):
            np.testing.assert_array_equal(K, K.T)


# ---- Dense ------------------------------------------------------------------------------------------------------------


def pair(a, b, c, ntk=0.5):
    p, _ = of_moments(*(np.asarray(x, dtype=float) for x in (a, b, c)))
    return Pair(p.a, p.b, p.c, p.sin2, p.rise, np.asarray(ntk))


def after(layer, p):
    """The pair after a layer."""
    return layer.reading.elementwise(p) if hasattr(layer, "phi") else serial(layer).graph().run(Pairs(), p)


@pytest.mark.parametrize("c", [-1.4, -0.3, 0.0, 0.9, 1.4])
@pytest.mark.parametrize("W_std", [0.5, 1.7])
@pytest.mark.parametrize("b_std", [0.0, 0.6])
def test_dense_maps_every_moment_and_keeps_what_is_carried_consistent(c, W_std, b_std):
    p = after(Dense(W_std=W_std, b_std=b_std), pair(2.0, 1.0, c))
    w, bias = W_std**2, b_std**2
    assert (p.a, p.b, p.c) == pytest.approx((2 * w + bias, w + bias, c * w + bias), rel=1e-15, abs=0)
    assert p.ntk == pytest.approx(c * w + bias + w * 0.5, rel=1e-15, abs=0)
    assert p.sin2 == pytest.approx(1 - p.c**2 / (p.a * p.b), abs=1e-15)
    assert p.rise == pytest.approx(np.sqrt(p.a) - np.sqrt(p.b), rel=1e-14, abs=0)


def test_a_bias_brings_parallel_inputs_of_different_length_apart():
    """x and 3x: ab − c² = w bias (a + b − 2c) = (√a − √b)² w bias, exactly."""
    p = after(Dense(W_std=1.0, b_std=0.5), pair(1.0, 9.0, 3.0))
    assert p.sin2 == pytest.approx(0.25 * 4 / (1.25 * 9.25), rel=1e-15, abs=0)
    assert after(Dense(W_std=1.0, b_std=0.0), pair(1.0, 9.0, 3.0)).sin2 == 0


def test_identical_inputs_stay_identical_to_the_last_bit():
    p = pair(1.3, 1.3, 1.3)
    for layer in (
        Dense(W_std=1.7, b_std=0.3),
        activation("gelu"),
        Dense(W_std=0.9, b_std=0.2),
        activation("relu"),
        Dense(W_std=1.1, b_std=0.0),
    ):
        p = after(layer, p)
        assert p.sin2 == 0 and p.rise == 0
        assert p.c == pytest.approx(p.a, rel=4e-16, abs=0) and p.a == p.b


@pytest.mark.parametrize("b_std", [0.0, 0.7])
def test_without_weights_every_input_becomes_the_same_one(b_std):
    p = after(Dense(W_std=0.0, b_std=b_std), pair(2.0, 1.0, -0.3))
    assert (p.a, p.b, p.c, p.ntk) == (b_std**2,) * 4
    assert p.sin2 == p.rise == 0


def test_a_zero_vector_stays_zero_without_a_bias_and_becomes_the_bias_with_one():
    nothing = pair([0.0, 0.0], [0.0, 2.0], [0.0, 0.0])
    p = after(Dense(W_std=1.5, b_std=0.0), nothing)
    assert p.c.tolist() == [0, 0] and p.a.tolist() == [0, 0] and np.isfinite(p.sin2).all()
    p = after(Dense(W_std=1.5, b_std=0.5), nothing)
    assert p.c.tolist() == [0.25, 0.25] and p.sin2[0] == 0
    assert p.sin2[1] == pytest.approx(1 - 0.25**2 / (0.25 * 4.75), rel=1e-15, abs=0)


@pytest.mark.parametrize(
    ("argument", "wrong"), [("W_std", -1.0), ("b_std", float("nan")), ("W_std", "1"), ("b_std", True)]
)
def test_dense_refuses_what_is_no_size_and_names_it(argument, wrong):
    with pytest.raises(InvalidInput, match=argument):
        Dense(**{argument: wrong})


# ---- the nonlinearity -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LIBRARY)
def test_a_nonlinearity_keeps_what_is_carried_consistent(name):
    """sin² and rise are stored separately; without cancellation they equal their values from a, b, c."""
    phi = activation(name)
    a, b = np.array([2.0, 0.7, 1.0, 3.0]), np.array([1.0, 0.7, 2.0, 0.1])
    p = after(phi, of_moments(a, b, np.array([-0.9, 0.2, 0.8, 0.0]))[0])
    assert p.c == pytest.approx(phi.dual(a, b, np.array([-0.9, 0.2, 0.8, 0.0])), rel=1e-14, abs=0)
    assert p.a == pytest.approx(phi.dual(a, a, a), rel=1e-14, abs=0)
    assert p.a == pytest.approx(phi.reading.square(a), rel=1e-15, abs=0)
    assert p.sin2 == pytest.approx(1 - p.c**2 / (p.a * p.b), abs=1e-14)
    assert p.rise == pytest.approx(np.sqrt(p.a) - np.sqrt(p.b), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("name", SMOOTH)
def test_the_tangent_kernel_is_multiplied_by_the_slope(name):
    phi, p = activation(name), pair(2.0, 1.0, -0.9, 1.7)
    assert after(phi, p).ntk == pytest.approx(1.7 * phi.dual_dot(2.0, 1.0, -0.9), rel=1e-15, abs=0)
    assert phi.reading.slope_square(np.float64(2.0)) == pytest.approx(phi.dual_dot(2.0, 2.0, 2.0), rel=1e-15)


@pytest.mark.parametrize("name", SMOOTH)
def test_zero_vectors_pass_through_a_nonlinearity(name):
    """At u = v = 0: φ(0)² and φ'(0)², the slope of a kink being the mean of its two sides' squares."""
    p = after(activation(name), pair([0.0, 0.0], [0.0, 1.0], [0.0, 0.0], [1.0, 1.0]))
    at_zero = {"cos": 1.0, "gaussian": 1.0, "exp": 1.0, "probit": 0.25, "hard_sigmoid": 0.25}
    at_zero = (at_zero | {"sigmoid": 0.25, "softplus": np.log(2) ** 2}).get(name, 0.0)
    assert p.a.tolist() == pytest.approx([at_zero, at_zero], rel=1e-14, abs=1e-300)
    assert p.c[0] == pytest.approx(at_zero, rel=1e-14, abs=1e-300)
    assert all(np.isfinite(x).all() for x in (p.b, p.c, p.sin2, p.rise, p.ntk))


@pytest.mark.parametrize("name", ["erf", "sin", "identity"])
def test_an_odd_activation_keeps_antipodes_antipodal(name):
    p = after(activation(name), pair(1.3, 1.3, -1.3))
    assert p.c == pytest.approx(-p.a, rel=4e-16, abs=0) and p.sin2 == 0


@pytest.mark.parametrize("sin2", [1e-30, 1e-18, 1e-8])
def test_an_even_activation_makes_antipodes_the_same_point_and_keeps_their_angle(sin2):
    """cos: κ(a, a, a) − κ = exp(−a) (cosh a − cosh c) ≈ exp(−a) sinh(a) · a sin²/2 for both signs of c."""
    a = np.float64(1.3)
    for sign in (1, -1):
        p = after(activation("cos"), Pair(a, a, sign * a * np.sqrt(1 - sin2), np.float64(sin2), np.float64(0)))
        expected = 2 * np.exp(-a) * np.sinh(a) * a * sin2 / 2 / (np.exp(-a) * np.cosh(a))
        assert p.sin2 == pytest.approx(
            expected, rel=1e-7 if sin2 == 1e-8 else 1e-14, abs=0
        )  # terms of order sin² are omitted


@pytest.mark.parametrize(
    "moments",
    [
        (1.0, 1.0, 1.1),
        (-1.0, 1.0, 0.0),
        (1.0, float("nan"), 0.0),
        (float("inf"), 1.0, 0.0),
        ([1.0, 2.0], [1.0, 2.0, 3.0], 0.0),
    ],
    ids=str,
)
def test_what_is_no_covariance_is_refused(moments):
    with pytest.raises(InvalidInput, match="a, b, c must be"):
        activation("relu").dual(*moments)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_variances_whose_product_overflows_are_refused_with_the_largest_one(dtype):
    largest = {"float32": 1e15, "float64": 8e149}[dtype]
    x = np.array(largest, dtype=dtype)
    assert np.isfinite(of_moments(x, x, x)[0].sin2)
    with pytest.raises(InvalidInput, match="a, b must be at most"):
        of_moments(*3 * (np.array(1e300 if dtype == "float64" else 1e30, dtype=dtype),))


def test_products_are_exact():
    """x y as a sum of two floats, compared with fractions, for full mantissas."""
    x, y = (1 + RNG.random((2, 200))) * 2.0 ** RNG.integers(-40, 40, (2, 200))
    high, low = _product(np, x, y)
    for one, other, h, l in zip(x, y, high, low, strict=True):
        assert Fraction(h) + Fraction(l) == Fraction(one) * Fraction(other)


def test_moments_are_read_as_the_exact_numbers_they_are():
    """c is one of the floats below √(1.1 · 1.3): ab − c² is a few ε, and plain products have an error of ε."""
    a, b = 1.1, 1.3
    c = np.sqrt(a * b)
    for _ in range(8):
        c = np.nextafter(c, 0)
        exact = 1 - Fraction(c) ** 2 / (Fraction(a) * Fraction(b))
        p, scalar = of_moments(a, b, float(c))
        assert scalar and p.sin2 == pytest.approx(float(exact), rel=1e-15, abs=0)
