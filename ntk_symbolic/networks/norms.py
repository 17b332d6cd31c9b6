"""Normalisation over the units of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..inputs import as_scalar
from .words import Units


@dataclass(frozen=True)
class RMSNorm:
    """x ↦ x/√(mean of x² + eps), over the units of one input.

    eps   ≥ 0, added to the mean square. K' = K/√((a + eps)(b + eps)) with a = K(x, x), and Θ' likewise: in the limit the
          mean square is a number, through which no gradient flows.
    Source: Zhang, Sennrich 2019, arXiv 1910.07467; the kernel is elementary.
    """

    eps: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "eps", as_scalar(self.eps, "eps"))

    def rule(self, K: Any, x: Units) -> Units:
        return K.normalised(x, self.eps)


@dataclass(frozen=True)
class LayerNorm:
    """x ↦ (x − mean)/√(variance + eps), over the units of one input, without trained gain and bias.

    eps   ≥ 0, added to the variance. After a Dense the mean is 0 in the limit; after φ it is E φ, and
          K' = (K − m m')/√((a − m² + eps)(b − m'² + eps)), Θ' = Θ/the same root.
    Source: Ba, Kiros, Hinton 2016, arXiv 1607.06450; the kernel is elementary.
    """

    eps: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "eps", as_scalar(self.eps, "eps"))

    def rule(self, K: Any, x: Units) -> Units:
        return K.normalised(K.centred(x), self.eps)
