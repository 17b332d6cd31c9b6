"""Variances and covariances of the predictions of a fit, and random functions with these covariances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..inputs import as_count
from ..memory import require


@dataclass(frozen=True, eq=False)
class Posterior:
    """The posterior of a Gaussian process: K(X', X') − VᵀV with V = L⁻¹ K(X, X'), and noise on the diagonal."""

    fit: Any
    noise: float

    def variance(self, X: NDArray[Any]) -> NDArray[Any]:
        return _positive(self.fit.kernel.variance(X) - np.einsum("ij,ij->j", *[self._explained(X)] * 2)) + self.noise

    def covariance(self, X: NDArray[Any]) -> NDArray[Any]:
        V = self._explained(X)
        return _covariance(self.fit.kernel.covariance(X) - V.T @ V, self.noise)

    def _explained(self, X: NDArray[Any]) -> NDArray[Any]:
        return self.fit.factor.half(self.fit.kernel(self.fit.X, X))


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The ensemble of trained networks f(X') = f₀(X') + B (y − f₀(X)), f₀ normal with covariance K.

    With W = Bᵀ and C = K(X, X') their covariance is K(X', X') − Wᵀ C − (C − K(X, X) W)ᵀ W.
    untrained   K(X, X)
    """

    fit: Any
    untrained: NDArray[Any]

    def variance(self, X: NDArray[Any]) -> NDArray[Any]:
        W, C, rest = self._parts(X)
        return _positive(self.fit.kernel.variance(X) - np.einsum("ij,ij->j", W, C) - np.einsum("ij,ij->j", rest, W))

    def covariance(self, X: NDArray[Any]) -> NDArray[Any]:
        W, C, rest = self._parts(X)
        return _covariance(self.fit.kernel.covariance(X) - W.T @ C - rest.T @ W, 0.0)

    def _parts(self, X: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        C, theta = self.fit.network.kernel(self.fit.X, X, get=("nngp", "ntk"))
        W = self.fit.factor.solve(theta)
        return W, C, C - self.untrained @ W


def drawn(covariance: NDArray[Any], draws: int, seed: int, mean: NDArray[Any] | None = None) -> NDArray[Any]:
    """Normal vectors, (draws, m) or for a mean (m, k) (draws, m, k), whose columns have this covariance."""
    mean = np.zeros(len(covariance)) if mean is None else mean
    draws, random = as_count(draws, "draws", 1), np.random.default_rng(as_count(seed, "seed"))
    require(8 * draws * mean.size, (draws, mean.size), "pass fewer draws")
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(_positive(values))
    return mean + np.tensordot(random.standard_normal((draws, *mean.shape)), root, (1, 1)).swapaxes(1, -1)


def prior(network: Any, X: Any, draws: int, seed: int) -> NDArray[Any]:
    """Functions at X, (draws, n), of the Gaussian process that is the limit of random networks."""
    return drawn(network.kernel(X, get="nngp"), draws, seed)


def _covariance(matrix: NDArray[Any], noise: float) -> NDArray[Any]:
    out = (matrix + matrix.T) / 2
    np.fill_diagonal(out, _positive(out.diagonal()) + noise)
    return out


def _positive(x: NDArray[Any]) -> NDArray[Any]:
    """The variances, with 0 for those that rounding made negative."""
    return np.maximum(x, 0.0)
