"""Sums and products of values that a reading may lack: an unneeded tangent kernel, or a mean of 0."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any


def added(*parts: Any) -> Any:
    """The sum of the parts that are not None, None if there are none."""
    held = [x for x in parts if x is not None]
    return reduce(add, held) if held else None


def times(w: Any, x: Any) -> Any:
    """w x, None if x is None."""
    return None if x is None else w * x
