"""δ = ∂f/∂h, the derivatives of the outputs by the units of one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Units:
    """δ of the outputs themselves: output p is unit p, times a factor. It is never stored as an array."""

    outputs: int
    factor: float = 1.0

    def scaled(self, factor: float) -> Units:
        return Units(self.outputs, self.factor * factor)


Signal = Units | Array
"""An array is (*batch, n, outputs, units), n = 1 where it is the same for all inputs."""


def written(delta: Signal, like: Array) -> Array:
    """δ as an array, for as many units as `like` has."""
    if isinstance(delta, Units):
        return delta.factor * np.eye(delta.outputs, like.shape[-1], dtype=like.dtype)[None]
    return delta


def scaled(delta: Signal, factor: float) -> Signal:
    return delta.scaled(factor) if isinstance(delta, Units) else delta * factor


def added(one: Signal, other: Signal) -> Signal:
    """The sum of the δ from two readers of one place."""
    if isinstance(one, Units):
        if isinstance(other, Units):
            return Units(one.outputs, one.factor + other.factor)
        return written(one, other) + other
    return one + written(other, one)


def through(delta: Signal, W: Array, scale: float) -> Array:
    """scale · δ W: the derivatives by the units that W (*batch, n_out, n_in) reads."""
    if isinstance(delta, Units):
        return W[..., None, : delta.outputs, :] * (scale * delta.factor)
    back = delta.reshape(*delta.shape[:-3], -1, delta.shape[-1]) @ W
    back *= scale
    return back.reshape(*back.shape[:-2], *delta.shape[-3:-1], -1)


def add_gram(kernel: Array, delta: Signal, delta_: Signal, weights: Array) -> None:
    """Adds weights[i, j] δ(x_i)_p · δ(x'_j)_q to a kernel (*batch, n, k, m, k); weights (*batch, n, m)."""
    if isinstance(delta, Units) and isinstance(delta_, Units):
        diagonal = np.einsum("...ipjp->...ijp", kernel)  # a view
        diagonal += (delta.factor * delta_.factor * weights)[..., None]
        return
    assert not isinstance(delta, Units) and not isinstance(delta_, Units), "both come from one graph"
    (*batch, n, k, w), m = delta.shape, delta_.shape[-3]
    gram = delta.reshape(*batch, n * k, w) @ delta_.reshape(*batch, m * k, w).swapaxes(-1, -2)
    gram = gram.reshape(*batch, n, k, m, k)
    weights = weights[..., :, None, :, None]
    if gram.shape == kernel.shape:
        gram *= weights
        kernel += gram
    else:  # the same δ for all inputs
        kernel += gram * weights
