"""Kernels in scikit-learn's Gaussian processes: its own tests of kernels, gradients where others have NaN, and our own fits."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.svm import SVC

import ntk_symbolic as ns
from ntk_symbolic.dynamics.kernels import KernelOf
from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.sklearn import NetworkKernel, NTKKernel

theirs = pytest.importorskip(
    "sklearn.gaussian_process.tests.test_kernels", reason="this scikit-learn comes without tests"
)

BRANCHING = "dense(W_std=1.2) residual(relu dense(W_std=0.7, b_std=0.1)) layernorm gelu dense(b_std=0.3)"
PLAIN = {
    "relu": NTKKernel(depth=2),
    "erf-nngp": NTKKernel(depth=2, activation="erf", get="nngp"),
    "gelu": NTKKernel(depth=1, activation="gelu", W_std=1.2, b_std=0.4),
    "network": NetworkKernel(ns.architecture(BRANCHING)),
    "text-nngp": NetworkKernel(BRANCHING, get="nngp", W_scale=0.8, b_scale=1.5),
}
KERNELS = {
    **PLAIN,
    "one fixed": NTKKernel(depth=1, activation="erf", b_std_bounds="fixed"),
    "without bias": NTKKernel(depth=2, b_std=0.0),
    "without bias, nngp": NTKKernel(depth=2, b_std=0.0, get="nngp"),
    "all fixed": NTKKernel(depth=1, W_std_bounds="fixed", b_std_bounds="fixed"),
    "scaled": 2.0 * NTKKernel(depth=1),
    "sum": NTKKernel(depth=1, activation="sin") + RBF(1.0),
    "product": NetworkKernel("dense relu dense(b_std=0.5)", get="nngp") * RBF(1.0),
    "power": NTKKernel(depth=1, activation="erf", get="nngp") ** 2,
}
RNG = np.random.default_rng(0)
X = RNG.standard_normal((30, 3))
Y = np.sin(X[:, 0]) * X[:, 1]
# equal, opposite, parallel and zero rows
SPECIAL = np.array([[1.0, 0.5], [1.0, 0.5], [-1.0, -0.5], [2.0, 1.0], [0.0, 0.0], [0.3, -1.0]])


# ---- scikit-learn's tests of kernels ---------------------------------------------------------------------------------

THEIRS = (
    "test_kernel_gradient",
    "test_kernel_diag",
    "test_kernel_input_type",
    "test_kernel_clone",
    "test_kernel_clone_after_set_params",
    "test_kernel_versus_pairwise",
    "test_set_get_params",
    "test_repr_kernels",
)


@pytest.mark.parametrize("name", THEIRS)
@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_the_tests_of_scikit_learn_pass(kernel, name):
    getattr(theirs, name)(kernel)


@pytest.mark.parametrize("name", ["test_kernel_theta", "test_auto_vs_cross"])
@pytest.mark.parametrize("kernel", PLAIN.values(), ids=PLAIN)
def test_the_tests_of_scikit_learn_for_plain_kernels_pass(kernel, name):
    getattr(theirs, name)(kernel)


# ---- values and gradients --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_gradients_are_right_at_equal_opposite_parallel_and_zero_rows(kernel):
    """Central differences with step 1e-5: an error of 1e-10 relative to third derivatives, and rounding of 1e-11."""
    _, gradient = kernel(SPECIAL, eval_gradient=True)
    assert gradient.shape == (6, 6, len(kernel.theta)) and np.isfinite(gradient).all()
    for k, step in enumerate(1e-5 * np.eye(len(kernel.theta))):
        up, down = (kernel.clone_with_theta(kernel.theta + t * step)(SPECIAL) for t in (1, -1))
        expected = (up - down) / 2e-5
        np.testing.assert_allclose(gradient[..., k], expected, rtol=1e-6, atol=1e-8 * np.abs(up).max())


@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_values_are_those_of_the_network(get):
    kernel, net = NTKKernel(2, "erf", 1.5, 0.2, get), ns.mlp(2, "erf", 1.5, 0.2)
    np.testing.assert_array_equal(kernel(X), net.kernel(X, get=get))
    np.testing.assert_array_equal(
        kernel(X, SPECIAL @ np.ones((2, 3))), net.kernel(X, SPECIAL @ np.ones((2, 3)), get=get)
    )
    np.testing.assert_array_equal(kernel.diag(X), net.diagonal(X, get))
    of_network = NetworkKernel(net, get=get, W_scale=2.0, b_scale=0.5)
    np.testing.assert_allclose(of_network(X), ns.mlp(2, "erf", 3.0, 0.1).kernel(X, get=get), rtol=1e-14)
    assert kernel(X.astype(np.float32)).dtype == np.float64 and not kernel.is_stationary()


def test_theta_holds_the_logarithms_of_what_is_free():
    kernel = NTKKernel(1, "erf", 1.5, 0.25, W_std_bounds=(0.1, 10.0))
    np.testing.assert_allclose(kernel.theta, np.log([1.5, 0.25]), rtol=1e-15)
    np.testing.assert_allclose(kernel.bounds, np.log([(0.1, 10.0), (1e-2, 1e2)]), rtol=1e-15)
    moved = kernel.clone_with_theta(np.log([2.0, 0.5]))
    assert (moved.W_std, moved.b_std, moved.depth, moved.activation) == (
        pytest.approx(2.0),
        pytest.approx(0.5),
        1,
        "erf",
    )
    np.testing.assert_allclose(NTKKernel(1, b_std=0.0).theta, np.log([2**0.5]))  # 0 stays 0
    np.testing.assert_allclose(NTKKernel(1, b_std_bounds="fixed").theta, np.log([2**0.5]))
    assert NetworkKernel("dense relu dense").theta.shape == (1,), "there is no bias to be multiplied"
    np.testing.assert_allclose(NetworkKernel(BRANCHING, b_scale=2.0).theta, [0.0, np.log(2.0)])


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_kernels_are_pickled_cloned_and_shown(kernel):
    for again in (pickle.loads(pickle.dumps(kernel)), clone(kernel)):
        assert again == kernel and again is not kernel
        np.testing.assert_array_equal(again(X[:4]), kernel(X[:4]))
    assert kernel != kernel.clone_with_theta(kernel.theta + 0.1) or not len(kernel.theta)


def test_a_kernel_is_shown_as_it_is_written():
    shown = repr(NTKKernel(2, "erf", np.float64(1.5), 0.25, "nngp"))
    assert shown == "NTKKernel(depth=2, activation='erf', W_std=1.5, b_std=0.25, get='nngp')"
    assert eval(shown) == NTKKernel(2, "erf", 1.5, 0.25, "nngp")
    net = ns.mlp(2, "erf", 1.5, 0.25)
    assert repr(NetworkKernel(net)) == f"NetworkKernel(network={net!r}, get='ntk', W_scale=1.0, b_scale=1.0)"


@pytest.mark.parametrize(
    ("kernel", "error", "said"),
    [
        (NTKKernel(get="both"), InvalidInput, "get is 'both'"),
        (NTKKernel(activation="rellu"), ValueError, "did you mean"),
        (NTKKernel(depth=-1), InvalidInput, "depth is -1"),
        (NetworkKernel(3), InvalidInput, "network is a int: pass a network, or the text of one"),
        (NetworkKernel("dense relu"), InvalidInput, "Dense"),
    ],
)
def test_what_is_no_kernel_is_refused_when_it_is_used(kernel, error, said):
    with pytest.raises(error, match=said):
        kernel(X)


def test_gradients_of_two_data_sets_and_behind_dropout_are_refused():
    with pytest.raises(ValueError, match="leave Y out"):
        NTKKernel()(X, X, eval_gradient=True)
    with pytest.raises(InvalidInput, match="not known after"):
        NetworkKernel("dense relu dropout(0.9) dense")(X, eval_gradient=True)


# ---- in Gaussian processes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_their_regressor_and_our_fit_are_one_process(get):
    theirs = GaussianProcessRegressor(NTKKernel(2, "erf", 1.5, 0.2, get), alpha=0.05, optimizer=None).fit(X, Y)
    net, new = ns.mlp(2, "erf", 1.5, 0.2), SPECIAL @ np.eye(2, 3)
    ours = net.fit(X, Y, 0.05, get)
    mean, std = theirs.predict(new, return_std=True)
    np.testing.assert_allclose(mean, ours.predict(new), rtol=1e-9, atol=1e-12)
    if get == "nngp":  # with the NTK ours is the spread of trained networks
        np.testing.assert_allclose(std, ours.predict(new, return_std=True)[1], rtol=1e-8)
    value, gradient = ours.log_marginal_likelihood(gradient=("W_std", "b_std"))
    found, slopes = theirs.log_marginal_likelihood(theirs.kernel_.theta, eval_gradient=True)
    assert found == pytest.approx(value, rel=1e-11)
    np.testing.assert_allclose(slopes, np.multiply(gradient, (1.5, 0.2)), rtol=1e-8)


def test_their_search_and_ours_find_the_same_scales():
    kernel = NTKKernel(1, "relu", 1.5, 0.3, "nngp")
    theirs = GaussianProcessRegressor(kernel, alpha=0.05).fit(X, Y + 1)
    ours = ns.mlp(1, "relu", 1.5, 0.3).fit(X, Y + 1, 0.05, "nngp", optimise=("W_std", "b_std"))
    assert theirs.log_marginal_likelihood_value_ == pytest.approx(ours.search.likelihood, rel=1e-6)
    assert theirs.kernel_.W_std == pytest.approx(ours.network.layers[0].W_std, rel=1e-2)


def test_duplicated_and_opposite_rows_are_learned_from():
    rows, kernel = np.vstack((X[:10], X[:10], -X[:10])), NTKKernel(2) + WhiteKernel(0.1)
    y = 1 + np.concatenate((Y[:10], Y[:10], -Y[:10])) + 0.3 * RNG.standard_normal(30)
    model = GaussianProcessRegressor(kernel).fit(rows, y)
    assert np.isfinite(model.kernel_.theta).all()
    assert model.log_marginal_likelihood_value_ > model.log_marginal_likelihood(kernel.theta)


def test_their_classifier_takes_the_kernel():
    model = GaussianProcessClassifier(NTKKernel(1, b_std=0.3, b_std_bounds="fixed")).fit(X, Y > 0)
    assert model.score(X, Y > 0) > 0.9
    assert np.all((model.predict_proba(X) >= 0) & (model.predict_proba(X) <= 1))


def test_other_machines_take_the_kernel():
    kernel, net = NTKKernel(2, "relu", 1.4, 0.2), ns.mlp(2, "relu", 1.4, 0.2)
    machine = SVC(kernel=kernel).fit(X, Y > 0)
    np.testing.assert_array_equal(
        machine.predict(X), SVC(kernel="precomputed").fit(net.ntk(X), Y > 0).predict(net.ntk(X))
    )
    ridge = KernelRidge(kernel=kernel, alpha=0.05).fit(X, Y)
    np.testing.assert_allclose(ridge.predict(X), net.fit(X, Y, 0.05).predict(X), rtol=1e-9, atol=1e-12)


def test_derivatives_come_in_one_pass():
    """What `NTKKernel` gives is what `KernelOf` gives for one scale at a time."""
    both = NTKKernel(2, "gelu")(X[:5], eval_gradient=True)[1]
    kernel = KernelOf(ns.mlp(2, "gelu"), "ntk")
    for k, name in enumerate(("W_std", "b_std")):
        np.testing.assert_allclose(both[..., k], kernel.elasticities(X[:5], (name,))[..., 0], rtol=1e-13)


# ---- without scikit-learn --------------------------------------------------------------------------------------------


MISSING = {
    "none": "import sys; sys.modules['sklearn'] = None",
    "an old one": "import sklearn.utils.validation as v; del v.validate_data",
}


@pytest.mark.parametrize("before", MISSING.values(), ids=MISSING)
def test_without_scikit_learn_the_import_says_what_to_install(before):
    code = f"{before}; import ntk_symbolic as ns; ns.mlp(2); ns.sklearn"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ns.sklearn.NTKKernel is NTKKernel
    assert done.returncode and "pip install 'ntk_symbolic[sklearn]'" in done.stderr.splitlines()[-1]
