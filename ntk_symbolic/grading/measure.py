"""The number of right digits of an entry, from a proved enclosure of its value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..conventions import Converted
from .cases import Case, Group

MOST = 15  # digits of float64; an enclosure is one or two floats wide
FLOOR = 0.01  # of √(K(x, x) K(x', x')): the scale of entries that are nearly 0 because terms of that size cancel
ROUNDING = 2.0**-51  # relative, above that of the factor and of one product, each half an ulp or one


@dataclass(frozen=True)
class Worst:
    """The entry with the largest error: its place, the proved enclosure of its value, and the value that was returned."""

    error: float
    place: tuple[int, int]
    lo: float
    hi: float
    found: float


@dataclass(frozen=True)
class Cell:
    """The digits to which all entries are right; None with a word where there are no numbers to compare."""

    digits: int | None
    word: str = ""
    worst: Worst | None = None


@dataclass(frozen=True)
class Truth:
    """Proved bounds of the entries, lo ≤ K ≤ hi, and the scale of the error of each."""

    lo: np.ndarray
    hi: np.ndarray
    scale: np.ndarray


def truth(model: Converted, case: Case, group: Group) -> Truth:
    """The certified kernel of one group of inputs, times the factor."""
    net = model.network
    lo, hi = net.kernel(group.X, group.Y, case.get, certified=True)
    left = net.diagonal(group.X, case.get)
    right = left if group.Y is None else net.diagonal(group.Y, case.get)
    typical = np.sqrt(np.outer(left, right))
    if model.factor != 1:
        lo, hi = (model.factor * ends for ends in (lo, hi))
        lo, hi = lo - ROUNDING * np.abs(lo), hi + ROUNDING * np.abs(hi)
    size = np.where((lo <= 0) & (hi >= 0), 0.0, np.minimum(np.abs(lo), np.abs(hi)))
    return Truth(lo, hi, np.maximum(size, FLOOR * model.factor * typical))


def digits(error: Any) -> int:
    """The whole digits to which a relative error is right: 1e-7 and 9e-8 have 7.

    >>> digits(1e-7), digits(9e-8), digits(1.1e-7), digits(0.0), digits(3.0)
    (7, 7, 6, 15, 0)
    """
    if error <= 10.0**-MOST:
        return MOST
    return max(n for n in range(MOST) if n == 0 or error <= float(f"1e-{n}"))


def cell(values: Any, proved: Truth) -> Cell:
    """The grade of the entries of one call: that of the worst. Its error is at most its distance from the farther end."""
    K = np.asarray(values, dtype=float)
    finite = np.isfinite(K)
    if not finite.all():
        place = _place(~finite)
        return Cell(None, "nan" if np.isnan(K[place]) else "inf", _worst(np.inf, place, K, proved))
    error = np.maximum(np.abs(K - proved.lo), np.abs(K - proved.hi))
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(error == 0, 0.0, error / proved.scale)
    place = _place(relative == relative.max())
    largest = float(relative[place])
    return Cell(digits(largest), "", _worst(largest, place, K, proved))


def _place(mask: np.ndarray) -> tuple[int, int]:
    row, column = np.argwhere(mask)[0]
    return int(row), int(column)


def _worst(error: float, place: tuple[int, int], K: np.ndarray, proved: Truth) -> Worst:
    return Worst(error, place, float(proved.lo[place]), float(proved.hi[place]), float(K[place]))
