"""Check of dC/dt = −‖δC/δf‖²_K on a sampled network: three computations of one number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InvalidInput
from ..finite.network import Weights

DIGITS = 7
"""Digits to which the three values must agree.

The kernel and the parameter gradient are exact up to rounding, about 1e-13. The measured rate limits the accuracy: a step
that changes the cost by a fraction s leaves rounding ε/s and, after Richardson, truncation of order s⁴: 2e-12 and 1e-16
at s = 1e-4.
A network with kinks (ReLU) is polynomial in the step between the kinks it crosses; steps are shortened until none is
crossed, in the worst case to s = 1e-7 and rounding 2e-9. Seven digits leave a factor 50, and every relevant mistake (a
sign, a factor 2, exchanged indices, a lost bias) changes the first or second digit.
"""


class Differentiable(Protocol):
    """The protocol of a network with numerical parameters; `finite.network.FiniteNetwork` is one."""

    def predict(self, X: Any) -> NDArray[Any]: ...
    def ntk(self, X: Any, Y: Any = None) -> NDArray[Any]: ...
    def gradient(self, X: Any, residual: Any) -> Weights: ...
    def moved(self, step: float, direction: Weights) -> Differentiable: ...


@dataclass(frozen=True)
class CostDynamics:
    """dC/dt along gradient flow, C = (1/2N) Σ_n |f(x_n) − y_n|², computed in three ways."""

    by_kernel: float  # −(1/N²) Σ_{nm,pq} g_p(x_n) K_pq(x_n, x_m) g_q(x_m), g = δC/δf = f − y for the empirical measure
    by_parameters: float  # −|∇_θ c|², ∇_θ c by back-propagation
    by_flow: float  # the slope of the cost itself, from steps ∓h ∇_θ c
    digits: int = DIGITS

    @property
    def differences(self) -> dict[str, float]:
        """Relative differences of each pair, to the larger of the two."""
        named = {"kernel": self.by_kernel, "parameters": self.by_parameters, "flow": self.by_flow}
        pairs = (("kernel", "parameters"), ("kernel", "flow"), ("parameters", "flow"))
        return {f"{a} - {b}": abs(named[a] - named[b]) / max(abs(named[a]), abs(named[b])) for a, b in pairs}

    @property
    def holds(self) -> bool:
        """True if all three agree to `digits` digits; see DIGITS for the reason of that number."""
        return all(difference < 10.0**-self.digits for difference in self.differences.values())


def confirm(network: Differentiable, X: ArrayLike, y: ArrayLike, digits: int = DIGITS) -> CostDynamics:
    """Confirm the cost dynamics on one network, X (n, d), y (n, k).

    Use k ≥ 2 to test the output indices: with one output their exchange is not visible.
    Raises InvalidInput if y does not fit the predictions, or if the cost is stationary (there is nothing to compare).
    Source: Jacot et al. 2018, arXiv 1806.07572.
    """
    X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
    f = network.predict(X)
    if y.shape != f.shape:
        raise InvalidInput(f"y has shape {y.shape}; pass {f.shape}, one row per input and one column per output")
    g, N = f - y, len(X)
    kernel = network.ntk(X)
    by_kernel = -float(np.einsum("np,nmpq,mq->", g, kernel, g)) / N**2

    slope = network.gradient(X, g / N)
    squared = float(sum((d**2).sum() for d in slope))
    if not squared > 0:
        raise InvalidInput("y makes the cost stationary, so both sides are 0 and nothing can fail; pass another y")

    def cost(step: float) -> float:
        return 0.5 * float(((network.moved(-step, slope).predict(X) - y) ** 2).sum()) / N

    return CostDynamics(by_kernel, -squared, _slope_at_zero(cost, 1 / squared), digits)


def _slope_at_zero(cost: Callable[[float], float], time: float) -> float:
    """d cost(t)/dt at 0 by central differences at h and h/2 and Richardson.

    time   1/|∇c|²: in a step of s·cost·time the cost changes by the fraction s.
    If the step crosses kinks, the two quotients differ far beyond their truncation error: then the step is shortened. The
    value at the shortest step is returned in any case, and the comparison decides.
    """
    value = 0.0
    for fraction in (1e-4, 1e-5, 1e-6, 1e-7):
        h = fraction * cost(0.0) * time
        whole, half = ((cost(s) - cost(-s)) / (2 * s) for s in (h, h / 2))
        value = (4 * half - whole) / 3
        if abs(half - whole) < 1e-8 * abs(value):
            break
    return value
