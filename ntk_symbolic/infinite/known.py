"""Arrays with bounds of their errors, and their sums, products and roots, rounding included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..activations.numbers.balls import SAFETY, U

Array = Any  # of NumPy, or a number


@dataclass(frozen=True)
class Known:
    """An array known to within `off`, which is inf if nothing is known."""

    value: Array
    off: Array

    @classmethod
    def number(cls, x: float) -> Known:
        """A number rounded by at most four operations."""
        return cls(x, 4 * U * abs(x))

    def at(self, index: Any) -> Known:
        return Known(self.value[index], self.off[index])

    def __add__(self, other: Known) -> Known:
        value = self.value + other.value
        return Known(value, SAFETY * (self.off + other.off + 4 * U * np.abs(value)))

    def __neg__(self) -> Known:
        return Known(-self.value, self.off)

    def __sub__(self, other: Known) -> Known:
        return self + -other

    def __mul__(self, other: Known) -> Known:
        x, y, value = np.abs(self.value), np.abs(other.value), self.value * other.value
        with np.errstate(invalid="ignore"):
            off = SAFETY * (x * other.off + self.off * (y + other.off) + 4 * U * np.abs(value))
        unclear = np.isnan(off)
        if unclear.any():  # 0 · ∞ is 0 if the 0 is exact
            nothing = ((x == 0) & (self.off == 0)) | ((y == 0) & (other.off == 0))
            off = np.where(unclear, np.where(nothing, 0.0, np.inf), off)
        return Known(value, off)

    def above(self, least: float) -> Known:
        """The same array, known to be no smaller than `least`."""
        return Known(np.maximum(self.value, least), self.off)

    def over_root(self) -> Known:
        """1/√x, 0 for 0: |1/√x − 1/√x*| ≤ |x − x*|/(2 ξ^(3/2)) for the smaller ξ of the two."""
        least = self.value - self.off
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(self.value > 0, 1 / np.sqrt(self.value), 0.0)
            off = SAFETY * (self.off / (2 * least * np.sqrt(least)) + 12 * U * value)
        return Known(value, np.where(least > 0, off, np.inf))
