"""Classification from labels: regression on one column for each class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..elsewhere import CLASSIFIED, no_attribute
from ..errors import InvalidInput
from .regression import KernelRegression


class KernelClassifier:
    """Classification by the largest column of a kernel regression.

    Column c of the targets is 1 − 1/k in the rows of class c and −1/k in the others, for k classes.
    regression   the fit.   classes   (k,), the labels in the order of the columns.
    Source: Lee et al. 2018, arXiv 1711.00165, section 3.
    """

    def __init__(self, regression: KernelRegression, classes: NDArray[Any]) -> None:
        self.regression, self.classes = regression, classes

    def __repr__(self) -> str:
        return f"KernelClassifier({len(self.classes)} classes, {self.regression!r})"

    def __getattr__(self, name: str) -> Any:
        raise no_attribute(self, name, CLASSIFIED)

    def scores(self, X: ArrayLike) -> NDArray[Any]:
        """X (m, d) -> (m, k), one column for each class; they are no probabilities and sum to 0."""
        return cast(NDArray[Any], self.regression.predict(X))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """X (m, d) -> (m,) labels. Raises InvalidInput."""
        return self.classes[self.scores(X).argmax(axis=1)]

    def score(self, X: ArrayLike, labels: Any) -> float:
        """The share of correctly predicted rows. Raises InvalidInput, also for labels that do not occur in the fit."""
        guess = self.predict(X)
        found = as_labels(labels, len(guess))
        unknown = np.setdiff1d(found, self.classes) if found.dtype.kind == self.classes.dtype.kind else found[:1]
        if len(unknown):
            raise InvalidInput(
                f"labels has {unknown[0].item()!r}, which is no label of the fit; pass labels of the same kind"
            )
        return float(np.mean(guess == found))


def classified(fit: Callable[[NDArray[Any]], KernelRegression], labels: Any, n: int) -> KernelClassifier:
    """A classifier from labels (n,) and a function that fits targets (n, k). Raises InvalidInput."""
    classes, codes = np.unique(as_labels(labels, n), return_inverse=True)
    if len(classes) < 2:
        raise InvalidInput(f"labels has the one class {classes[0].item()!r}; pass rows of two classes or more")
    return KernelClassifier(fit(np.eye(len(classes))[codes] - 1 / len(classes)), classes)


def as_labels(labels: Any, n: int) -> NDArray[Any]:
    """Labels (n,): texts, integers or truth values. Raises InvalidInput."""
    found = np.asarray(labels)
    if found.shape != (n,):
        raise InvalidInput(f"labels has shape {found.shape}; pass ({n},), one label for each row of X")
    if found.dtype.kind == "O" and all(isinstance(label, str) for label in found):
        return found.astype(str)
    if found.dtype.kind == "f" and np.all(found == np.round(found)):
        return found.astype(np.int64) if np.all(np.abs(found) < 2**53) else found
    if found.dtype.kind not in "biuUS":
        raise InvalidInput(
            f"labels are of the type {found.dtype}; pass texts or integers, and for numbers to be predicted call net.fit(X, y)"
        )
    return found
