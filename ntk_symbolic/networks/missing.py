"""Sums and products of what a reading may lack: a tangent kernel that is not wanted, a mean that is 0."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any


def added(*parts: Any) -> Any:
    """The sum of what there is, None where there is nothing."""
    held = [x for x in parts if x is not None]
    return reduce(add, held) if held else None


def times(w: Any, x: Any) -> Any:
    """w x, None where there is no x."""
    return None if x is None else w * x
