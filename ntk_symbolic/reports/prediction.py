"""Kernel regression and a baseline on held-out rows: each kernel is chosen in the same way, and evaluated once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dynamics.factor import JitterAdded
from ..dynamics.regression import KernelRegression
from ..errors import InvalidInput
from .dataset import Dataset, Targets

RIDGES = (1e-6, 1e-4, 1e-3, 1e-2, 1e-1)  # relative to the mean of the diagonal
RBF_WIDTHS = (0.25, 0.5, 1.0, 2.0)  # of the median distance; the baseline chooses among four kernels, ours has one
BASELINE = "RBF kernel"
LEAST_ROWS = 10
RESAMPLES = 1000
SMALLEST, DRAWS = 20, 5  # of the learning curves: training rows, and draws of them

Matrices = Mapping[str, NDArray[Any]]
"""Kernels to choose from, by their distinguishing names."""


@dataclass(frozen=True, eq=False)
class Result:
    """One kind of kernel, with the ridge (and the width) of least error on the rows for choosing.

    score   on the held-out rows: share of right classes, or R².   error   its standard deviation under resampling.
    """

    kernel: str
    variant: str
    ridge: float
    jitter: float
    score: float
    error: float
    predicted: NDArray[Any]  # (held out, k)

    @property
    def told(self) -> str:
        """The score in words; R² is undefined if the held-out numbers are all the same."""
        return f"{self.score:.4f} ± {self.error:.4f}" if np.isfinite(self.score) else "undefined"


@dataclass(frozen=True, eq=False)
class Curve:
    """The score on the held-out rows against the number of training rows: means and standard deviations over draws."""

    kernel: str
    means: NDArray[Any]  # (sizes,)
    spreads: NDArray[Any]


@dataclass(frozen=True, eq=False)
class Prediction:
    """rows: (to fit, to choose, held out); the final fit uses the first two. The baseline is the last result.

    sizes, curves   the same kernels on fewer training rows, with the ridge and width that were chosen; none for few rows
    """

    measure: str
    rows: tuple[int, int, int]
    results: tuple[Result, ...]
    sizes: tuple[int, ...] = ()
    curves: tuple[Curve, ...] = ()


def predict(data: Dataset, kernels: Mapping[str, Matrices], seed: int) -> Prediction:
    """The results of every kind of kernel, and last of an RBF kernel. Each matrix is (n, n), of all rows of data.X.

    Raises InvalidInput, with the reason, if no prediction is possible.
    """
    targets, held = data.targets, data.held_out
    if targets is None:
        raise InvalidInput("no targets were given; pass --target y.npy or y.csv")
    if len(data.X) < LEAST_ROWS:
        raise InvalidInput(f"{len(data.X)} rows are too few to fit, choose and judge; pass {LEAST_ROWS} or more")
    rest = len(data.X) - held
    rows = (rest - rest // 5, rest // 5, held)
    if not np.ptp(targets.values[held:], axis=0).any():
        raise InvalidInput("the target is the same in every row of training, so there is nothing to learn")
    kinds = {**kernels, BASELINE: rbf_kernels(data)}
    results = tuple(_chosen(kind, matrices, targets, rows, seed) for kind, matrices in kinds.items())
    sizes = _sizes(rest)
    curves = tuple(_curve(result, kinds[result.kernel], targets, held, sizes, seed) for result in results if sizes)
    return Prediction("accuracy" if targets.labels else "R²", rows, results, sizes, curves)


def _sizes(rest: int) -> tuple[int, ...]:
    """1, 2, 5, 10 … up to all training rows, from SMALLEST on; () if there are fewer than three sizes."""
    steps = [k * 10**e for e in range(1, 7) for k in (1, 2, 5)]
    sizes = (*(n for n in steps if SMALLEST <= n < 0.8 * rest), rest)
    return sizes if len(sizes) >= 3 else ()


def _curve(result: Result, matrices: Matrices, targets: Targets, held: int, sizes: tuple[int, ...], seed: int) -> Curve:
    """The curve of a kernel, with the same draws of training rows for all. Rows are in random order, so all are one draw."""
    K, rest = matrices[result.variant], len(targets.values) - held
    random, judged = np.random.default_rng(seed), np.arange(held)
    means, spreads = [], []
    for size in sizes:
        scores = []
        for _ in range(DRAWS if size < rest else 1):
            given = held + random.permutation(rest)[:size]
            _, guess = _fit(K, given, judged, targets.values, result.ridge)
            cost, without = _losses(guess, targets, held).sum(axis=0)
            scores.append(1 - cost / without if without > 0 else np.nan)
        means.append(np.mean(scores))
        spreads.append(np.std(scores))
    return Curve(result.kernel, np.array(means), np.array(spreads))


def rbf_kernels(data: Dataset) -> Matrices:
    """exp(−|x − x'|²/(2 s²)), s a multiple of the median distance of training rows."""
    X = data.X
    norms = (X * X).sum(axis=1)
    squared = np.maximum(norms[:, None] + norms[None, :] - 2 * X @ X.T, 0.0)
    np.fill_diagonal(squared, 0.0)
    between = squared[data.train, data.train]
    distances = np.sqrt(between[np.triu_indices(len(between), 1)])
    median = float(np.median(distances)) or 1.0  # 0 if most rows are the same
    return {f"width {r:g} × median": np.exp(-squared / (2 * (r * median) ** 2)) for r in RBF_WIDTHS}


def _chosen(kind: str, matrices: Matrices, targets: Targets, rows: tuple[int, int, int], seed: int) -> Result:
    """The kernel and ridge of least squared error on the rows for choosing, a finer measure than the count of right classes."""
    _, choose, held = rows
    y = targets.values
    everything = np.arange(len(y))
    judged, trained = everything[:held], everything[held:]
    chosen, fitted = trained[:choose], trained[choose:]
    best = (np.inf, "", RIDGES[0])
    for name, K in matrices.items():
        for ridge in RIDGES:
            _, guess = _fit(K, fitted, chosen, y, ridge)
            best = min(best, (float(((guess - y[chosen]) ** 2).sum()), name, ridge))
    _, variant, ridge = best
    model, guess = _fit(matrices[variant], trained, judged, y, ridge)
    score, error = _score(_losses(guess, targets, held), seed)
    return Result(kind, variant, ridge, model.jitter, score, error, guess)


def _fit(
    K: NDArray[Any], given: NDArray[Any], asked: NDArray[Any], y: NDArray[Any], ridge: float
) -> tuple[KernelRegression, NDArray[Any]]:
    """The fit of rows given by number, so that the matrix is computed once for all fits. The mean of y is fitted separately."""
    absolute = ridge * float(K.diagonal()[given].mean())
    mean = y[given].mean(axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", JitterAdded)  # stated on the page
        model = KernelRegression(_by_number(K), given[:, None], y[given] - mean, absolute)
    return model, model.predict(asked[:, None]) + mean


def _by_number(K: NDArray[Any]) -> Callable[[Any, Any], NDArray[Any]]:
    def kernel(rows: NDArray[Any], columns: NDArray[Any] | None) -> NDArray[Any]:
        i = rows[:, 0].astype(int)
        j = i if columns is None else columns[:, 0].astype(int)
        return K[np.ix_(i, j)]

    return kernel


def _losses(guess: NDArray[Any], targets: Targets, held: int) -> NDArray[Any]:
    """(held, 2): the cost of each row, and its cost without a model. The score is 1 − Σ cost / Σ cost without."""
    if targets.codes is not None:
        wrong = guess.argmax(axis=1) != targets.codes[:held]
        return np.column_stack((wrong, np.ones(len(wrong))))
    y = targets.values[:held]
    return np.column_stack((((guess - y) ** 2).sum(axis=1), ((y - y.mean(axis=0)) ** 2).sum(axis=1)))


def _score(losses: NDArray[Any], seed: int) -> tuple[float, float]:
    """1 − Σ cost / Σ cost without, and its standard deviation over resamples of the rows."""
    draws = np.random.default_rng(seed).integers(0, len(losses), (RESAMPLES, len(losses)))
    cost, without = np.vstack((losses.sum(axis=0), losses[draws].sum(axis=1))).T
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.where(without > 0, 1 - cost / without, np.nan)
    return float(scores[0]), float(np.nanstd(scores[1:])) if np.isfinite(scores[1:]).any() else float("nan")
