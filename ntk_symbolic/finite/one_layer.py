"""Averages over the units of one hidden layer of finite width, whose expectations are κ and κ̇."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..networks.dense import Dense
from ..networks.tracing import trace
from .network import sample

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Estimate:
    """Mean over networks and its standard error, each (n,)."""

    mean: Array
    error: Array

    def farthest(self, exact: Array) -> float:
        """The largest distance from `exact` in standard errors; a value without variance must be right to 1e-12."""
        gap = np.abs(self.mean - exact)
        gap[gap < 1e-12 * np.abs(exact).max()] = 0.0
        return float(np.divide(gap, self.error, out=np.where(gap > 0, np.inf, 0.0), where=self.error > 1e-14).max())


def layer_averages(
    phi: Any, rho: Array, width: int, networks: int, q: float = 1.0, seed: int = 0
) -> tuple[Estimate, Estimate]:
    """Σ φ(h)φ(h')/width and Σ φ'(h)φ'(h')/width over the units of one layer, for inputs of variance q and correlation ρ.

    phi   has `phi` and `dphi`, elementwise on arrays.   rho   (n,); the same networks serve every ρ.
    Their expectations are κ(q, q, qρ) and, where φ does not jump, κ̇(q, q, qρ), at every width.
    """
    angle = np.arccos(np.append(1.0, rho))
    X = np.sqrt(2) * np.stack([np.cos(angle), np.sin(angle)], axis=1)  # x·x'/2 = ρ, with the first row
    h = sample(trace(Dense(W_std=q**0.5), 2), 2, (), seed, outputs=width, batch=(networks,)).predict(X)
    return _estimate(phi.phi(h)), _estimate(phi.dphi(h))


def _estimate(units: Array) -> Estimate:
    found = (units[:, :1] * units[:, 1:]).mean(axis=-1)
    return Estimate(found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(len(found)))
