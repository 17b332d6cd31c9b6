"""Kernel regression with infinite-width kernels as estimators of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from ..api.architectures import as_network
from ..api.networks import Network, mlp
from ..defaults import ACTIVATION, B_STD, DEPTH, W_STD
from ..errors import InvalidInput

MLP = {"depth": DEPTH, "activation": ACTIVATION, "W_std": W_STD, "b_std": B_STD}
FLOATS = [np.float64, np.float32]


class _OfNetwork(BaseEstimator):
    """The parameters that both estimators have."""

    def __init__(
        self,
        depth: int = DEPTH,
        activation: Any = ACTIVATION,
        W_std: float = W_STD,
        b_std: float = B_STD,
        network: Any = None,
        get: str = "ntk",
        ridge: float = 1e-3,
        relative: bool = True,
    ) -> None:
        self.depth = depth
        self.activation = activation
        self.W_std = W_std
        self.b_std = b_std
        self.network = network
        self.get = get
        self.ridge = ridge
        self.relative = relative

    def _network(self) -> Network:
        if self.network is None:
            return mlp(self.depth, self.activation, self.W_std, self.b_std)
        for name, default in MLP.items():
            if getattr(self, name) != default:
                raise InvalidInput(f"{name} is given beside network, which has its own: leave one of them out")
        return as_network(self.network)

    def _new(self, X: Any) -> Any:
        check_is_fitted(self)
        return validate_data(self, X, dtype=FLOATS, reset=False)


class NTKRegressor(RegressorMixin, MultiOutputMixin, _OfNetwork):
    """Kernel ridge regression with the NTK or the NNGP kernel of an infinitely wide network; `Network.fit` as an estimator.

    depth, activation, W_std, b_std   of a fully connected network, as for `mlp`.
    network    any other network, or the text of one, in their place.   get   "ntk" or "nngp".
    ridge      added to the diagonal of the kernel.   relative   as a share of its mean, else in units of the kernel.
    After fitting: `fit_`, the KernelRegression.
    Scale the inputs, as by StandardScaler: W_std and b_std are meant for |x|²/d near 1. y is not centred.

    >>> X, y = np.random.default_rng(0).standard_normal((30, 2)), np.arange(30.0)
    >>> NTKRegressor(depth=2, ridge=1e-6).fit(X, y).score(X, y) > 0.99
    True
    """

    def fit(self, X: Any, y: Any) -> NTKRegressor:
        """X (n, d), y (n,) or (n, k). Raises ValueError."""
        X, y = validate_data(self, X, y, dtype=FLOATS, multi_output=True, y_numeric=True)
        self.fit_ = self._network().fit(X, y, self.ridge, self.get, relative=self.relative)
        return self

    def predict(self, X: Any, return_std: bool = False, return_cov: bool = False) -> Any:
        """X (m, d) -> (m,) or (m, k); with return_std or return_cov a pair, as `KernelRegression.predict`."""
        X = self._new(X)  # first: it says so where nothing is fitted
        return self.fit_.predict(X, return_std=return_std, return_cov=return_cov)


class NTKClassifier(ClassifierMixin, _OfNetwork):
    """Classification by regression on one column for each class; `Network.classify` as an estimator.

    Parameters as for `NTKRegressor`. After fitting: `classes_`, and `fit_`, the KernelClassifier.

    >>> X = np.array([[0.0, 1.0], [1.0, 0.0], [0.1, 0.9], [0.9, 0.2]])
    >>> NTKClassifier(depth=1).fit(X, ["cat", "dog", "cat", "dog"]).predict([[0.8, 0.1]]).tolist()
    ['dog']
    """

    def fit(self, X: Any, y: Any) -> NTKClassifier:
        """X (n, d), y (n,) labels of two classes or more. Raises ValueError."""
        X, y = validate_data(self, X, y, dtype=FLOATS)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.fit_ = self._network().classify(X, codes, self.ridge, self.get, relative=self.relative)
        return self

    def decision_function(self, X: Any) -> Any:
        """X (m, d) -> (m, k), a column for each class; (m,) for two classes, positive for the second."""
        X = self._new(X)
        scores = self.fit_.scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, X: Any) -> Any:
        """X (m, d) -> (m,) labels."""
        X = self._new(X)
        return self.classes_[self.fit_.predict(X)]
