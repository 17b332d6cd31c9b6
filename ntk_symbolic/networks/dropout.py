"""Dropout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput
from ..inputs import as_scalar
from .words import Units


@dataclass(frozen=True)
class Dropout:
    """Each unit kept with probability `keep` and divided by it, else 0; for every input on its own.

    keep   0 < keep ≤ 1. K'(x, x) = K(x, x)/keep where both are the same row of X, and likewise Θ'; other entries stay as they
           are, those of equal rows and of a row of X with one of Y included.
    A Dense has to follow before the next activation.
    Source: Schoenholz et al. 2017, arXiv 1611.01232, section 4.
    """

    keep: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "keep", as_scalar(self.keep, "keep"))
        if not 0 < self.keep <= 1:
            raise InvalidInput(f"keep is {self.keep}: pass the share of units that are kept, above 0 and at most 1")

    def rule(self, K: Any, x: Units) -> Units:
        return K.dropped(x, self.keep)
