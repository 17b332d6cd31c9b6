"""Dropout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput
from ..inputs import as_scalar
from .words import Units


@dataclass(frozen=True)
class Dropout:
    """Dropout: each unit is kept with probability `keep` and divided by it, otherwise 0, independently for every input.

    keep   0 < keep ≤ 1. K'(x, x) = K(x, x)/keep if both are the same row of X, and likewise Θ'; other entries are unchanged,
           including those of equal rows and of a row of X with one of Y.
    A Dense must follow before the next activation.
    Source: Schoenholz et al. 2017, arXiv 1611.01232, section 4.
    """

    keep: float = 0.5

    def __post_init__(self) -> None:
        object.__setattr__(self, "keep", as_scalar(self.keep, "keep"))
        if not 0 < self.keep <= 1:
            raise InvalidInput(f"keep is {self.keep}: pass the share of units that are kept, above 0 and at most 1")

    def rule(self, K: Any, x: Units) -> Units:
        return K.dropped(x, self.keep)
