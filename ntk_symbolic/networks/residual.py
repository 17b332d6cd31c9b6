"""The residual block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput
from ..inputs import as_scalar
from .words import Layer, Units


@dataclass(frozen=True)
class Residual:
    """x ↦ x + scale · body(x), or projection(x) + scale · body(x).

    body         a layer or a `serial` of layers that ends with Dense, so that it is independent of x.
    scale        a finite number; 0 leaves x.   projection   a layer for the skip connection, such as Dense().
    K' = K + scale² K_body, Θ' = Θ + scale² Θ_body.
    Raises InvalidInput if the body shares its last weights with x, and at the inputs, which are no units of a layer.
    Source: Huang et al. 2020, arXiv 2002.06262; Belfer et al. 2021, arXiv 2104.03093.
    """

    body: Layer
    scale: float = 1.0
    projection: Layer | None = None

    def __post_init__(self) -> None:
        for name in ("body", "projection"):
            given = getattr(self, name)
            if not isinstance(given, Layer) and (given is not None or name == "body"):
                raise InvalidInput(f"{name} is {given!r}: pass a layer, such as serial(Relu(), Dense())")
        object.__setattr__(self, "scale", as_scalar(self.scale, "scale", minimum=float("-inf")))

    def rule(self, K: Any, x: Units) -> Units:
        short = x if self.projection is None else K.apply(self.projection, x)
        return K.join(short, K.scaled(K.apply(self.body, x), self.scale))
