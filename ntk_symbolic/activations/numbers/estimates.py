"""Estimated errors of values without a closed form, collected in a thread while it computes a kernel.

An estimate is relative to √(E f(u)² E g(v)²), the upper bound of |E f(u) g(v)|.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import local
from typing import Any

import numpy as np

Array = np.ndarray
TOLERATED = 1e-9

_held = local()


@dataclass(frozen=True)
class Doubt:
    """The largest estimate above TOLERATED in an array of pairs, its place, and the number of such estimates."""

    estimate: float
    a: float
    b: float
    rho: float
    where: tuple[int, ...]
    count: int

    def moved(self, place: Callable[..., Sequence[Any]]) -> Doubt:
        """The same estimate in a larger array; place: (index in the smaller one) ↦ index."""
        return replace(self, where=tuple(map(int, place(*self.where))))


@contextmanager
def watched() -> Iterator[list[Doubt]]:
    """The doubts of all computations of this thread inside the context."""
    before, found = getattr(_held, "found", None), []
    _held.found = found
    try:
        yield found
    finally:
        _held.found = before


def note(estimate: Array, a: Array, b: Array, rho: Array) -> None:
    found = getattr(_held, "found", None)
    if found is None or not estimate.size or not estimate.max() > TOLERATED:
        return
    where = np.unravel_index(int(np.argmax(estimate)), estimate.shape)
    variance, other, cosine = (float(np.broadcast_to(x, estimate.shape)[where]) for x in (a, b, rho))
    count = int(np.count_nonzero(estimate > TOLERATED))
    found.append(Doubt(float(estimate[where]), variance, other, cosine, tuple(map(int, where)), count))


def passed_on(doubts: Iterable[Doubt]) -> None:
    """Passes doubts to the context that watches this thread."""
    if (found := getattr(_held, "found", None)) is not None:
        found += doubts
