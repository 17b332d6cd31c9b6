"""Networks and fragments of them: layers one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .words import Layer, Units


def chained(layers: Sequence[Layer], K: Any, x: Units) -> Units:
    """The rule of layers in a row."""
    for layer in layers:
        x = K.apply(layer, x)
    return x
