"""The estimators among scikit-learn's own: its conventions, pipelines, searches."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import ntk_symbolic as ns
from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.sklearn import NTKClassifier, NTKRegressor

RNG = np.random.default_rng(0)
X, NEW = RNG.standard_normal((60, 3)), RNG.standard_normal((20, 3))
Y, Y_NEW = np.sin(X[:, 0]) * X[:, 1], np.sin(NEW[:, 0]) * NEW[:, 1]
LABELS, LABELS_NEW = (np.array(["left", "right", "up"])[(Z[:, :2] > 0).sum(axis=1)] for Z in (X, NEW))
NET = ns.architecture("dense(W_std=1.2) residual(relu dense(W_std=0.7, b_std=0.1)) layernorm gelu dense(b_std=0.3)")


@parametrize_with_checks([NTKRegressor(depth=1), NTKClassifier(depth=1)])
def test_the_conventions_of_scikit_learn_are_kept(estimator, check):
    check(estimator)


@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_the_regressor_is_the_fit_of_the_network(get):
    model = NTKRegressor(2, "erf", 1.5, 0.2, get=get, ridge=1e-2).fit(X, Y)
    fit = ns.mlp(2, "erf", 1.5, 0.2).fit(X, Y, 1e-2, get, relative=True)
    np.testing.assert_array_equal(model.predict(NEW), fit.predict(NEW))
    for found, expected in zip(model.predict(NEW, return_std=True), fit.predict(NEW, return_std=True), strict=True):
        np.testing.assert_array_equal(found, expected)
    absolute = NTKRegressor(network=NET, get=get, ridge=0.05, relative=False).fit(X, np.column_stack((Y, -Y)))
    np.testing.assert_array_equal(
        absolute.predict(NEW)[:, 0], NET.fit(X, np.column_stack((Y, -Y)), 0.05, get).predict(NEW)[:, 0]
    )
    assert model.score(NEW, Y_NEW) == pytest.approx(fit.score(NEW, Y_NEW), rel=1e-12)


def test_the_classifier_is_the_fit_of_the_network():
    model = NTKClassifier(network=repr(NET), ridge=1e-2).fit(X, LABELS)
    fit = NET.classify(X, LABELS, 1e-2, relative=True)
    np.testing.assert_array_equal(model.predict(NEW), fit.predict(NEW))
    np.testing.assert_array_equal(model.decision_function(NEW), fit.scores(NEW))
    assert list(model.classes_) == ["left", "right", "up"] and model.score(NEW, LABELS_NEW) > 0.7
    two = NTKClassifier().fit(X, LABELS == "up")
    np.testing.assert_array_equal(two.decision_function(NEW) > 0, two.predict(NEW))


def test_depth_and_activation_are_searched_in_a_pipeline():
    grid = {"ntkregressor__depth": [1, 2], "ntkregressor__activation": ["relu", "erf", "u**2 + u"]}
    search = GridSearchCV(make_pipeline(StandardScaler(), NTKRegressor()), grid, cv=3).fit(5 * X + 1, Y)
    scores = {
        (depth, phi): cross_val_score(
            make_pipeline(StandardScaler(), NTKRegressor(depth, phi)), 5 * X + 1, Y, cv=3
        ).mean()
        for depth in (1, 2)
        for phi in grid["ntkregressor__activation"]
    }
    best = max(scores, key=scores.get)
    assert tuple(search.best_params_[f"ntkregressor__{name}"] for name in ("depth", "activation")) == best
    assert search.best_score_ == pytest.approx(scores[best], rel=1e-12)
    networks = GridSearchCV(NTKClassifier(), {"network": [None, NET, "dense(b_std=0.1) relu dense"]}, cv=3).fit(
        X, LABELS
    )
    assert networks.best_score_ > 0.7


@pytest.mark.parametrize("model", [NTKRegressor(network=NET), NTKRegressor(1, "u**2 + u"), NTKClassifier(2, "gelu")])
def test_estimators_are_cloned_pickled_and_shown(model):
    y = LABELS if isinstance(model, NTKClassifier) else Y
    fitted = clone(model).fit(X, y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict(NEW), fitted.predict(NEW))
    assert repr(clone(model)) == repr(model) and not hasattr(model, "fit_")


def test_others_build_on_the_classifier():
    assert OneVsRestClassifier(NTKClassifier()).fit(X, LABELS).score(NEW, LABELS_NEW) > 0.7


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (NTKRegressor(depth=2, network=NET), "depth is given beside network"),
        (NTKRegressor(W_std=1.0, network=NET), "W_std is given beside network"),
        (NTKRegressor(network=3), "network is a int"),
        (NTKRegressor(ridge=-1.0), "ridge is -1"),
        (NTKRegressor(get="rbf"), "get is 'rbf'"),
        (NTKRegressor(activation="rellu"), "did you mean"),
    ],
)
def test_parameters_that_mean_nothing_are_refused_in_the_fit(model, said):
    with pytest.raises((InvalidInput, ValueError), match=said):
        model.fit(X, Y)
