"""The interval in which the limit must lie, from the means at several widths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def to_infinity(widths: Sequence[int]) -> NDArray[Any]:
    """Weights, one per width, summing to 1, under which 1/n, 1/n², … up to 1/n^(k−1) cancel for k widths.

    The value at x = 0 of the polynomial through the points (x_i, mean_i), x_i = 1/n_i (Lagrange; Richardson).
    """
    x = 1.0 / np.asarray(widths, dtype=float)
    return np.array([np.prod([xj / (xj - xi) for j, xj in enumerate(x) if j != i]) for i, xi in enumerate(x)])


def endpoints(widths: Sequence[int], exact: bool) -> NDArray[Any]:
    """Rows of weights, one per width, whose values span the interval that holds the limit; the first row is its middle.

    exact   whether the mean is the limit at every width: then there is one row, and the interval is a point.

    Otherwise E Θ_n = Θ + θ₁/n + θ₂/n² + θ₃/n³ + …. Let E₁ be the extrapolation without the narrowest width and E₂ the one
    of all widths, x the reciprocal widths of three, largest first. Then E₁ − Θ = −x₂x₃ (θ₂ + (x₂+x₃) θ₃) and
    E₂ − Θ = x₁x₂x₃ θ₃ up to higher terms, so E₂ − E₁ = x₂x₃ (θ₂ + (x₁+x₂+x₃) θ₃): wherever θ₃ x₁ is smaller than the
    bracket, Θ lies between E₁ and its mirror image 2E₂ − E₁. Both ends are linear in the means, so each has an honest
    standard error: to reject a limit only when it is outside both ends keeps the false-alarm rate, for every θ.
    Widths in the ratio 1 : 4 : 16 reach the same bias as 1 : 2 : 4 with a third of the work: no weight exceeds 1.6.
    """
    if exact:
        return np.full((1, len(widths)), 1.0 / len(widths))
    high = to_infinity(widths)
    low = np.concatenate(([0.0], to_infinity(widths[1:])))
    return np.array([high, low, 2 * high - low])
