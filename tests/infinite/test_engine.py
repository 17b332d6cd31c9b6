"""Tiles on threads agree with the layer rules on whole arrays for every shape, number of threads and input."""

import _thread
import gc
import threading
import time

import array_api_strict
import mpmath
import numpy as np
import pytest
from sweeps import sweep
from threadpoolctl import threadpool_limits

from ntk_symbolic import Dense, activation, mlp, serial
from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.infinite import engine
from ntk_symbolic.infinite.geometry import first_pair, rows
from ntk_symbolic.infinite.tiles import Tile

GETS = ("nngp", "ntk")
RNG = np.random.default_rng(0)


def mixed(n=engine.TILE + 44, d=5):
    """Rows of every kind, in more than one tile: duplicates, antipodes, clusters, multiples and zeros."""
    X = RNG.standard_normal((n, d))
    X[20:40] = X[:20]
    X[40:60] = -X[:20]
    X[60:90] = X[0] + 1e-6 * RNG.standard_normal((30, d))
    X[90:110] = X[:20] * 10.0 ** RNG.uniform(-3, 3, (20, 1))
    X[110:115] = 0
    X[280:] = -X[1] + 1e-9 * RNG.standard_normal((n - 280, d))
    return X


X = mixed()
NETWORKS = {
    "relu": mlp(3, "relu", 1.4, 0.1),
    "relu without bias": mlp(3, "relu", 2**0.5, b_std=0.0),
    "deep relu": mlp(50, "relu", 2**0.5, 0.1),
    "leaky_relu": mlp(3, "leaky_relu(0.2)", 1.4, 0.1),
    "leaky_relu without a kink": mlp(2, "leaky_relu(1)", 1.4, 0.1),
    "abs": mlp(2, "abs", 1.0, 0.3),
    "erf": mlp(3, "erf", 1.4, 0.1),
    "gelu": mlp(3, "gelu", 1.4, 0.1),
    "cos": mlp(2, "cos", 1.0, 0.1),
    "gaussian": mlp(2, "gaussian", 1.0, 0.1),
    "mixed": serial(
        Dense(W_std=1.2),
        activation("erf"),
        Dense(W_std=1.1, b_std=0.2),
        activation("relu"),
        Dense(W_std=0.0, b_std=0.3),
    ),
    "linear": serial(Dense(W_std=1.2), Dense(W_std=1.1, b_std=0.2)),
    "depth 0": mlp(0, W_std=1.5, b_std=0.2),
}
each_network = pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)


def difference(found, expected):
    """The largest error over all entries, in the measure of references/README.md."""
    top = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    size = np.maximum(abs(expected), top / 100)
    return np.max(abs(found - expected) / np.where(size > 0, size, 1))


# ---- the tiles and the rules ----------------------------------------------------------------------------------------


@each_network
def test_tiles_give_what_the_rules_give(net):
    """Tolerance 1e-13: far from the diagonal a tile computes angles from ρ, with an error of ε/θ per layer; 4e-14 is found
    at depth 50."""
    found = net.kernel(X, get=GETS)
    for one, other in zip(found, engine.whole(net.graph(), X, None, True), strict=True):
        assert difference(one, other) < 1e-13


DEEP = [
    ("relu", 1.4, 0.1, 50),
    ("abs", 1.4, 0.0, 20),
    ("erf", 2.5, 0.0, 10),
    ("erf", 3.0, 0.3, 10),
    ("sin", 1.8, 0.0, 10),
]


@pytest.mark.parametrize(("name", "W_std", "b_std", "depth"), DEEP)
def test_tiles_give_what_the_rules_give_at_every_angle(name, W_std, b_std, depth):
    """Angles from 0.002 up, dense around the limit above which tiles are used; 6e-14 is found. A tenth of that limit would
    give 3e-13."""
    angle = np.cumsum(np.geomspace(0.002, 0.2, 60))
    Z = np.stack([np.cos(angle), np.sin(angle)], axis=1) * RNG.uniform(0.5, 2, (60, 1))
    net = mlp(depth, name, W_std, b_std)
    for one, other in zip(net.kernel(Z, get=GETS), engine.whole(net.graph(), Z, None, True), strict=True):
        assert difference(one, other) < 1e-13


@each_network
def test_matrices_are_exactly_symmetric_and_their_diagonal_is_the_diagonal(net):
    for get, K in zip(GETS, net.kernel(X, get=GETS), strict=True):
        np.testing.assert_array_equal(K, K.T)
        np.testing.assert_array_equal(np.diag(K), net.diagonal(X, get=get))


@each_network
def test_duplicates_have_the_kernel_of_the_diagonal(net):
    """X[20:40] are the rows X[:20] again."""
    for K in net.kernel(X, get=GETS):
        np.testing.assert_allclose(K[range(20), range(20, 40)], np.diag(K)[:20], rtol=1e-14)


@each_network
def test_two_sets_of_inputs_give_a_block_of_the_symmetric_matrix(net):
    """Different tiles contain different pairs: results are equal except for rounding, 1e-13 as above."""
    K = net.kernel(X, get=GETS)
    block = net.kernel(X[:270], X[15:], get=GETS)
    for whole, part in zip(K, block, strict=True):
        scale = np.sqrt(np.outer(np.diag(whole)[:270], np.diag(whole)[15:]))
        size = np.maximum(abs(whole[:270, 15:]), scale / 100)
        assert np.max(abs(part - whole[:270, 15:]) / np.where(size > 0, size, 1)) < 1e-13


@pytest.mark.parametrize("name", ["relu", "erf"])
def test_the_number_of_threads_does_not_change_a_bit(name, monkeypatch):
    for Z in (X, X[:300]):  # several tiles, and one
        results = []
        for threads in (1, 2, 5):
            monkeypatch.setattr("ntk_symbolic.threads.cores", lambda threads=threads: threads)
            with threadpool_limits(threads):
                results.append(NETWORKS[name].ntk(Z))
        np.testing.assert_array_equal(results[0], results[1])
        np.testing.assert_array_equal(results[0], results[2])


@pytest.mark.parametrize("name", ["relu", "erf", "gelu", "relu without bias"])
def test_the_size_of_the_blocks_changes_nothing_but_rounding(name, monkeypatch):
    K = NETWORKS[name].kernel(X, get=GETS)
    monkeypatch.setattr(engine, "TILE", 50)
    for one, other in zip(NETWORKS[name].kernel(X, get=GETS), K, strict=True):
        assert difference(one, other) < 1e-13


@each_network
def test_the_rules_run_on_another_array_library_through_the_public_door(net):
    Z = array_api_strict.asarray(X[:60])
    for one, other in zip(net.kernel(Z, get=GETS), net.kernel(X[:60], get=GETS), strict=True):
        assert isinstance(one, type(Z))
        assert difference(np.asarray(one), other) < 1e-13
    assert isinstance(net.kernel(Z, Z[:3, :]), type(Z))
    assert isinstance(net.diagonal(Z), type(Z))


def test_angles_and_norms_of_near_rows_are_known_to_the_last_digits():
    """sin θ and |x| − |y| of rows 1e-1 to 1e-12 apart, near equal, near antipodal and of other length, against 60 digits.
    An angle has ε of an angle, a difference of norms ε of the distance of the rows."""
    for power in range(1, 13):
        x, other = RNG.standard_normal((2, 4))
        for y in (x + 10.0**-power * other, -x + 10.0**-power * other, 1e3 * (x + 10.0**-power * other)):
            for first, second in ((x, y), (y, x)):
                pair = first_pair(rows(first[None]), rows(second[None]), False)
                with mpmath.workdps(60):
                    u, v = ([mpmath.mpf(float(t)) for t in z] for z in (first, second))
                    uu, vv, uv = (mpmath.fdot(*z) for z in ((u, u), (v, v), (u, v)))
                    sine = mpmath.sqrt(1 - uv**2 / (uu * vv))
                    rise = (mpmath.sqrt(uu) - mpmath.sqrt(vv)) / 2
                    assert abs(mpmath.sqrt(mpmath.mpf(float(pair.sin2[0, 0]))) - sine) < 1e-15
                    near = min(mpmath.norm([s - t for s, t in zip(u, v)]), mpmath.norm([s + t for s, t in zip(u, v)]))
                    assert abs(mpmath.mpf(float(pair.rise[0, 0])) - rise) < 1e-15 * near


# ---- inputs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sweep(("relu", "erf", "gelu"), ("relu", "erf")))
@pytest.mark.parametrize(
    "Z",
    [RNG.standard_normal((300, 1)), np.outer(RNG.standard_normal(300), [1.0, -2.0, 0.5]), np.ones((300, 4))],
    ids=["one feature", "one line", "one point"],
)
def test_data_whose_pairs_are_all_near_are_as_right(name, Z):
    net = NETWORKS[name]
    found = net.kernel(Z, get=GETS)
    for one, other in zip(found, engine.whole(net.graph(), Z, None, True), strict=True):
        assert difference(one, other) < 1e-13
        np.testing.assert_array_equal(one, one.T)


def test_every_way_to_pass_data_gives_the_same(tmp_path):
    net, data = NETWORKS["relu"], np.round(X[:50], 3)
    expected = net.ntk(data)

    class Frame:  # what NumPy sees of a DataFrame
        def __array__(self, dtype=None, copy=None):
            return data.astype(dtype) if dtype else data.copy()

    np.save(tmp_path / "X.npy", data)
    frozen = data.copy()
    frozen.flags.writeable = False
    for given in (
        data.tolist(),
        Frame(),
        frozen,
        np.load(tmp_path / "X.npy", mmap_mode="r"),
        np.repeat(data, 2, axis=0)[::2],
    ):
        np.testing.assert_array_equal(net.ntk(given), expected)
    # sums over columns are taken in another order
    np.testing.assert_allclose(net.ntk(np.asfortranarray(data)), expected, rtol=1e-13)
    np.testing.assert_array_equal(net.ntk(np.rint(data).astype(int)), net.ntk(np.rint(data)))


def test_single_precision_data_give_a_single_precision_kernel_that_is_rounded_once():
    net, single = NETWORKS["relu"], X.astype(np.float32)
    exact = net.kernel(single.astype(np.float64), get=GETS)
    for one, other in zip(net.kernel(single, get=GETS), exact, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, other.astype(np.float32))
    assert net.ntk(single, X[:4]).dtype == np.float64
    np.testing.assert_array_equal(net.diagonal(single), np.diag(exact.ntk).astype(np.float32))


def test_the_kernels_come_in_the_order_asked_for():
    net = NETWORKS["relu"]
    one, other = net.kernel(X[:9], get=("nngp", "ntk")), net.kernel(X[:9], get=("ntk", "nngp"))
    assert one._fields == ("nngp", "ntk") and other._fields == ("ntk", "nngp")
    np.testing.assert_array_equal(one.ntk, other[0])
    np.testing.assert_array_equal(one.nngp, net.nngp(X[:9]))
    np.testing.assert_array_equal(one[1], net.ntk(X[:9]))
    assert net.kernel(X[:9], get=("ntk",))._fields == ("ntk",)


@pytest.mark.parametrize("size", [1e-150, 1e-30, 1e30, 1e150])
def test_the_range_of_numbers_is_used_to_its_ends(size):
    """Squares of such entries under- or overflow unless they are scaled first; without bias K scales with size²."""
    net = NETWORKS["relu without bias"]
    Z = RNG.standard_normal((4, 3))
    expected = net.ntk(Z)
    with np.errstate(all="ignore"):
        found = net.ntk(size * Z) / size / size
    assert difference(found, expected) < 1e-13


def test_a_kernel_that_overflows_is_refused_with_the_layer():
    with pytest.raises(InvalidInput, match="overflows at Dense layer 2"):
        serial(Dense(), activation("relu"), Dense(W_std=1e200)).nngp([[1.0]])
    with pytest.raises(InvalidInput, match="overflows at Dense layer"):
        mlp(3, "exp", W_std=1.0, b_std=0.0).nngp([[100.0]])


# ---- interruption ---------------------------------------------------------------------------------------------------


def test_an_interruption_within_a_thread_comes_through(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Tile, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        NETWORKS["relu"].ntk(X)


def test_control_c_ends_the_work_before_all_tiles_are_done(monkeypatch):
    """36 tiles of 30 ms would take half a second on two threads and more on one; interrupted after a tenth of a second."""
    run, done = Tile.run, []

    def slow(self, *arguments):
        time.sleep(0.03)
        done.append(1)
        return run(self, *arguments)

    monkeypatch.setattr(Tile, "run", slow)
    monkeypatch.setattr(engine, "TILE", 40)
    monkeypatch.setattr("ntk_symbolic.threads.cores", lambda: 2)
    timer = threading.Timer(0.1, _thread.interrupt_main)
    gc.disable()  # Hypothesis hooks into the collector, and Python drops what is raised in such a hook
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            NETWORKS["relu"].ntk(X)
    finally:
        gc.enable()
    timer.join()
    assert 0 < len(done) < 30


# ---- the ends of the range ----------------------------------------------------------------------------------------------

SOME = np.random.default_rng(0).standard_normal((4, 8))


@pytest.mark.parametrize("get", ["nngp", "ntk"])
@pytest.mark.parametrize("ask", ["kernel", "diagonal"])
def test_what_leaves_the_range_of_float32_is_refused_naming_the_layer(ask, get):
    """Σ is |x|²/d · 256 · 128^(l−1) after Dense layer l: 16² is W_std², and ReLU halves."""
    net = mlp(18, "relu", W_std=16.0, b_std=0.0)
    sizes = np.max(np.sum(SOME**2, axis=1)) / 8 * 256 * 128.0 ** np.arange(19)
    layer = int(np.argmax(sizes > np.finfo(np.float32).max)) + 1 if get == "nngp" else r"\d+"
    with pytest.raises(InvalidInput, match=rf"range of float32 above at Dense layer {layer}: .*float64"):
        getattr(net, ask)(SOME.astype(np.float32), get=get)
    assert np.isfinite(getattr(net, ask)(SOME, get=get)).all()


@pytest.mark.parametrize("ask", ["nngp", "ntk", "diagonal", "gap"])
def test_what_would_be_flushed_to_zero_is_refused_naming_the_layer(ask):
    """W²/2 = 1/200 a layer: 2.2e-308 is passed at layer 134."""
    with pytest.raises(InvalidInput, match=r"underflows at Dense layer 13\d: raise W_std"):
        getattr(mlp(400, "relu", W_std=0.1, b_std=0.0), ask)(SOME)
    with pytest.raises(InvalidInput, match=r"range of float32 below at Dense layer 1[5-9]: raise W_std"):
        mlp(20, "relu", W_std=0.1, b_std=0.0).kernel(SOME.astype(np.float32))
    with pytest.raises(InvalidInput, match="underflows at Dense layer 1: "):
        getattr(mlp(1, "relu", W_std=1e40, b_std=0.0), ask)(1e-170 * SOME)


def test_what_is_zero_is_no_underflow():
    zero = np.zeros((1, 8))
    assert (
        mlp(3, "relu", W_std=1.0, b_std=0.0).kernel(zero).tolist()
        == mlp(3, "relu", W_std=0.0, b_std=0.0).kernel(SOME[:1]).tolist()
        == [[0.0]]
    )
    np.testing.assert_allclose(mlp(2, "erf", 1.0, 0.5).kernel(1e-200 * SOME), mlp(2, "erf", 1.0, 0.5).kernel(0 * SOME))
    assert mlp(1, "relu", W_std=1.0, b_std=0.0).kernel(np.concatenate([zero, SOME]).astype(np.float32))[0, 0] == 0
