"""Fits through the public interface: relative ridges, precomputed kernels, labels, scores and files."""

import zipfile

import numpy as np
import pytest
from sklearn.metrics import r2_score

import ntk_symbolic as ns
from ntk_symbolic.dynamics.regression import KernelRegression
from ntk_symbolic.errors import FileTrouble, InvalidInput

RNG = np.random.default_rng(0)
X, NEW = RNG.standard_normal((40, 3)), RNG.standard_normal((20, 3))
Y, Y_NEW = (np.column_stack((np.sin(Z[:, 0]), Z[:, 1] ** 2)) for Z in (X, NEW))
NET = ns.mlp(2, "relu", 1.4, 0.2)
LABELS, LABELS_NEW = (np.array(["left", "right", "up"])[(Z[:, :2] > 0).sum(axis=1)] for Z in (X, NEW))


@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_a_relative_ridge_is_a_share_of_the_mean_of_the_diagonal(get):
    share = NET.fit(X, Y, 1e-2, get, relative=True)
    assert share.ridge == pytest.approx(1e-2 * NET.diagonal(X, get).mean(), rel=1e-14)
    np.testing.assert_array_equal(share.predict(NEW), NET.fit(X, Y, share.ridge, get).predict(NEW))
    large = ns.mlp(2, "relu", 2.8, 0.0).fit(X, Y, 1e-2, get, relative=True).predict(NEW)
    np.testing.assert_allclose(
        large, ns.mlp(2, "relu", 1.4, 0.0).fit(X, Y, 1e-2, get, relative=True).predict(NEW), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("share", [1e-3, 1, "yes"])
def test_the_share_is_the_ridge_and_relative_a_truth_value(share):
    with pytest.raises(InvalidInput, match="pass True, and the share as ridge"):
        NET.fit(X, Y, relative=share)


def test_the_score_is_r_squared():
    fit = NET.fit(X, Y, 1e-2)
    assert fit.score(NEW, Y_NEW) == pytest.approx(r2_score(Y_NEW, fit.predict(NEW)), rel=1e-12)
    one = NET.fit(X, Y[:, 0], 1e-2)
    assert one.score(NEW, Y_NEW[:, 0]) == pytest.approx(r2_score(Y_NEW[:, 0], one.predict(NEW)), rel=1e-12)
    with pytest.raises(InvalidInput, match="the same in every row"):
        one.score(NEW, np.ones(20))
    with pytest.raises(InvalidInput, match=r"y has shape \(20, 2\); pass \(20,\)"):
        one.score(NEW, Y_NEW)


# ---- a precomputed kernel --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_a_kernel_that_is_given_makes_the_same_fit_and_stays_as_it_is(get):
    K = NET.kernel(X, get=get)
    kept, K_list = K.copy(), K.tolist()
    for given in (K, K_list):
        fit = NET.fit(X, Y, 0.1, get, K=given)
        np.testing.assert_array_equal(fit.coefficients, NET.fit(X, Y, 0.1, get).coefficients)
    np.testing.assert_array_equal(K, kept)
    np.testing.assert_allclose(
        NET.fit(X, Y, 0.1, get, K=K.astype(np.float32)).predict(NEW), fit.predict(NEW), rtol=1e-4, atol=1e-4
    )


def test_the_kernel_of_one_row_may_be_given():
    np.testing.assert_array_equal(
        NET.fit(X[:1], Y[:1], K=NET.ntk(X[:1])).predict(NEW), NET.fit(X[:1], Y[:1]).predict(NEW)
    )


def test_a_kernel_behind_dropout_may_be_given():
    net = ns.serial(ns.Dense(), ns.Relu(), ns.Dropout(0.8), ns.Dense())
    np.testing.assert_array_equal(net.fit(X, Y, 0.1, K=net.ntk(X)).coefficients, net.fit(X, Y, 0.1).coefficients)


WRONG = {
    "of the other kind": NET.nngp(X),
    "of another network": ns.mlp(2, "relu", 1.4001, 0.2).ntk(X),
    "of other rows": NET.ntk(NEW[np.arange(40) % 20]),
    "of the rows in another order": NET.ntk(X[::-1]),
    "not symmetric": NET.ntk(X) + 1e-3 * np.triu(np.ones((40, 40)), 30),
    "of the right diagonal alone": 0.9 * NET.ntk(X) + 0.1 * np.diag(NET.diagonal(X)),
    "with its ridge": NET.ntk(X) + 1e-3 * np.eye(40),
    "of fewer rows": NET.ntk(X[:30]),
}


@pytest.mark.parametrize("K", WRONG.values(), ids=WRONG)
def test_a_matrix_that_is_not_the_kernel_is_refused(K):
    with pytest.raises(InvalidInput, match=r"K is not the ntk kernel of X; pass K = net\.kernel|K has shape"):
        NET.fit(X, Y, 0.1, K=K)


# ---- labels ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_the_class_of_the_largest_column_is_predicted(get):
    fit = NET.classify(X, LABELS, 1e-2, get, relative=True)
    targets = (LABELS[:, None] == np.array(["left", "right", "up"])) - 1 / 3
    scores = NET.fit(X, targets, 1e-2, get, relative=True).predict(NEW)
    np.testing.assert_array_equal(fit.scores(NEW), scores)
    np.testing.assert_allclose(scores.sum(axis=1), 0, atol=1e-12)
    np.testing.assert_array_equal(fit.predict(NEW), np.array(["left", "right", "up"])[scores.argmax(axis=1)])
    assert fit.score(NEW, LABELS_NEW) == np.mean(fit.predict(NEW) == LABELS_NEW) > 0.8
    assert fit.score(X, LABELS) > 0.9
    assert fit.regression.get == get and "3 classes" in repr(fit)


@pytest.mark.parametrize(
    "name",
    [
        lambda c: c.astype(int),
        lambda c: c - 7,
        lambda c: c.astype(float),
        lambda c: c > 0,
        lambda c: [f"c{k}" for k in c],
    ],
    ids=["int", "negative", "float", "bool", "list of texts"],
)
def test_labels_are_texts_integers_or_truth_values(name):
    codes = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    labels = name(codes)
    predicted = NET.classify(X, labels, 1e-3).predict(X)
    np.testing.assert_array_equal(predicted, labels)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (np.ones(40), "the one class 1"),
        (Y[:, 0], r"labels are of the type float64; .* call net\.fit"),
        (LABELS[:5], r"labels has shape \(5,\); pass \(40,\)"),
        (np.ones((40, 1)), r"labels has shape \(40, 1\)"),
        (np.full(40, np.nan), "labels are of the type float64"),
        (np.array([None, "a"] * 20), "labels are of the type object"),
        (np.array([1j] * 40), "labels are of the type complex128"),
    ],
)
def test_what_are_no_labels_is_refused(labels, said):
    with pytest.raises(InvalidInput, match=said):
        NET.classify(X, labels)


def test_a_score_against_labels_that_were_not_seen_is_refused():
    fit = NET.classify(X, LABELS, 1e-3)
    for labels in (np.array(["down"] * 20), np.arange(20)):
        with pytest.raises(InvalidInput, match="which is no label of the fit"):
            fit.score(NEW, labels)


def test_the_scales_of_a_classifier_can_be_searched():
    fit = NET.classify(X[:20], LABELS[:20], 1e-1, "nngp", optimise="ridge")
    assert fit.regression.search.converged


# ---- files -----------------------------------------------------------------------------------------------------------

NETWORKS = {
    "mlp": NET,
    "branching": ns.architecture(
        "dense(W_std=1.2) residual(relu dense(W_std=0.7)) layernorm leaky_relu(0.1) dense(train=False)"
    ),
    "formula": ns.serial(ns.Dense(b_std=1 / 3), ns.activation("u**2 - u"), ns.Dropout(0.9), ns.Dense()),
}


def held(path):
    with np.load(path) as arrays:
        return dict(arrays)


@pytest.mark.parametrize("get", ["nngp", "ntk"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_fit_comes_back_from_its_file(name, get, tmp_path):
    fit = NETWORKS[name].fit(X, Y, 0.1, get)
    ns.save(fit, tmp_path / "fit.npz")
    again = ns.load(tmp_path / "fit.npz")
    assert (again.network, again.get, again.ridge, again.jitter) == (fit.network, get, 0.1, 0.0)
    assert again.condition == fit.condition
    for a, b in zip(again.predict(NEW, return_std=True), fit.predict(NEW, return_std=True), strict=True):
        np.testing.assert_array_equal(a, b)
    assert again.log_marginal_likelihood() == fit.log_marginal_likelihood()


def test_a_fit_with_jitter_comes_back_with_it(tmp_path):
    with pytest.warns(UserWarning, match="singular"):
        fit = NET.fit(np.vstack((X, X)), np.vstack((Y, Y)))
    ns.save(fit, tmp_path / "fit.npz")
    again = ns.load(tmp_path / "fit.npz")
    assert again.jitter == fit.jitter > 0
    np.testing.assert_array_equal(again.predict(NEW, return_cov=True)[1], fit.predict(NEW, return_cov=True)[1])


@pytest.mark.parametrize("labels", [LABELS, (X[:, 0] > 0), (X[:, 0] > 0).astype(int)], ids=["text", "bool", "int"])
def test_a_classifier_comes_back_from_its_file(labels, tmp_path):
    fit = NET.classify(X, labels, 0.1)
    ns.save(fit, tmp_path / "fit.npz")
    np.testing.assert_array_equal(ns.load(tmp_path / "fit.npz").predict(NEW), fit.predict(NEW))


def test_nothing_in_a_file_is_executed(tmp_path):
    """No pickle is read; the network is a text for a grammar."""
    fit, path = NET.fit(X, Y, 0.1), tmp_path / "fit.npz"
    ns.save(fit, path)
    parts = held(path)
    np.savez(path, **{**parts, "network": np.array("__import__('os').system('touch ran')")})
    with pytest.raises(FileTrouble, match="is damaged"):
        ns.load(path)
    np.savez(path, allow_pickle=True, **{**parts, "X": np.array([[object()]])})
    with pytest.raises(FileTrouble, match="Python objects"):
        ns.load(path)


DAMAGES = {
    "another network": {"network": np.array("mlp(depth=2, activation='erf', W_std=1.4, b_std=0.2)")},
    "another kernel": {"get": np.array("nngp")},
    "no kernel": {"get": np.array("all")},
    "other data": {"X": X + 1e-6},
    "fewer rows": {"X": X[:-1]},
    "other coefficients": {"coefficients": np.ones((40, 2))},
    "NaN": {"coefficients": np.full((40, 2), np.nan)},
    "another ridge": {"ridge": np.array(0.2)},
    "a negative ridge": {"ridge": np.array(-0.1)},
    "a text for a number": {"ridge": np.array("much")},
    "classes of another fit": {"classes": np.array(["a", "b", "c"])},
    "another format": {"format": np.array("ntk_symbolic fit 0")},
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_refused(damage, tmp_path):
    path = tmp_path / "fit.npz"
    ns.save(NET.fit(X, Y, 0.1), path)
    np.savez(path, **{**held(path), **damage})
    with pytest.raises(FileTrouble, match=r"is damaged|holds no fit"):
        ns.load(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FileTrouble, match="is damaged"):
        ns.load(path)


def test_a_part_that_is_missing_is_named(tmp_path):
    path = tmp_path / "fit.npz"
    ns.save(NET.fit(X, Y, 0.1), path)
    parts = held(path)
    del parts["coefficients"]
    np.savez(path, **parts)
    with pytest.raises(FileTrouble, match="coefficients"):
        ns.load(path)


@pytest.mark.parametrize(
    ("fit", "name", "said"),
    [
        (lambda: NET.fit(X, Y, 0.1), "fit.pkl", "must end in .npz"),
        (lambda: NET.fit(X, Y, 0.1), "no/fit.npz", "does not exist"),
        (lambda: NET, "fit.npz", "fitted is a Network"),
        (lambda: KernelRegression(lambda A, B: NET.ntk(A, B), X, Y, 0.1), "fit.npz", "a function as kernel"),
    ],
)
def test_what_cannot_be_saved_is_refused(fit, name, said, tmp_path):
    with pytest.raises((FileTrouble, InvalidInput), match=said):
        ns.save(fit(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_fit_is_refused(tmp_path):
    with pytest.raises(FileTrouble, match="there is no file"):
        ns.load(tmp_path / "none.npz")
    np.savez(tmp_path / "other.npz", a=np.ones(3))
    with pytest.raises(FileTrouble, match="holds no fit"):
        ns.load(tmp_path / "other.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(FileTrouble, match="is damaged"):
        ns.load(tmp_path / "text.npz")
    with zipfile.ZipFile(tmp_path / "empty.npz", "w"):
        pass
    with pytest.raises(FileTrouble, match="holds no fit"):
        ns.load(tmp_path / "empty.npz")
    np.save(tmp_path / "one.npy", np.ones(3))
    with pytest.raises(FileTrouble, match=r"is no \.npz file"):
        ns.load(tmp_path / "one.npy")
