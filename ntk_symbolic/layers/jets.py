"""An array namespace of first-order jets: each number with its derivatives in k directions.

The layer rules run on it unchanged and give their derivatives by forward differentiation. The rules subtract no nearly
equal numbers, and a derivative of such a form has the same terms, so the derivative of sin²θ is accurate relative to
sin²θ itself.

The derivative of √x at 0 is set to 0. This is right for √a and sin θ wherever the kernel is differentiable: the kernel
depends on them through their squares, or not in first order. Elsewhere `infinite.derivative` raises NoDerivative.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Jet:
    """A value of any shape and its tangent, which has one more axis for the directions."""

    value: Array
    tangent: Array

    __array_ufunc__ = None  # makes a NumPy array on the left defer to the jet

    def __array_namespace__(self, api_version: str | None = None) -> Any:
        return sys.modules[__name__]

    @property
    def dtype(self) -> Any:
        return self.value.dtype

    @property
    def ndim(self) -> int:
        return self.value.ndim

    def __bool__(self) -> bool:
        return bool(self.value)

    def __getitem__(self, mask: Array) -> Jet:
        """The entries where a mask of the same shape is true, in order."""
        return Jet(self.value[mask], _whole(self)[mask])

    def _map(self, value: Array, slope: Array) -> Jet:
        return Jet(value, slope[..., None] * self.tangent)

    def __neg__(self) -> Jet:
        return Jet(-self.value, -self.tangent)

    def __add__(self, other: Any) -> Jet:
        other = jet(other)
        return Jet(self.value + other.value, self.tangent + other.tangent)

    def __sub__(self, other: Any) -> Jet:
        return self + -jet(other)

    def __rsub__(self, other: Any) -> Jet:
        return -self + other

    def __mul__(self, other: Any) -> Jet:
        if isinstance(other, (int, float)):  # half of all products; the zero derivative of a number is not multiplied
            return Jet(self.value * other, self.tangent * other)
        other = jet(other)
        tangent = self.value[..., None] * other.tangent + other.value[..., None] * self.tangent
        return Jet(self.value * other.value, tangent)

    def __truediv__(self, other: Any) -> Jet:
        other = jet(other)
        value = self.value / other.value
        return Jet(value, (self.tangent - value[..., None] * other.tangent) / other.value[..., None])

    def __rtruediv__(self, other: Any) -> Jet:
        return jet(other) / self

    def __pow__(self, n: int) -> Jet:
        return self._map(self.value**n, n * self.value ** (n - 1))

    __radd__, __rmul__ = __add__, __mul__

    def __lt__(self, other: Any) -> Array:
        return self.value < jet(other).value

    def __gt__(self, other: Any) -> Array:
        return self.value > jet(other).value

    def __ge__(self, other: Any) -> Array:
        return self.value >= jet(other).value


def jet(x: Any) -> Jet:
    """x itself, or a constant."""
    if isinstance(x, Jet):
        return x
    value = np.asarray(x, dtype=np.float64)
    return Jet(value, np.zeros((*value.shape, 1)))


def _whole(x: Jet, directions: int = 1) -> Array:
    """The tangent in its full shape; derivatives that are constant along an axis are stored once."""
    return np.broadcast_to(x.tangent, (*x.value.shape, max(directions, x.tangent.shape[-1])))


def broadcast_to(x: Jet, shape: tuple[int, ...]) -> Jet:
    value = np.broadcast_to(x.value, shape)
    return Jet(value, np.broadcast_to(_whole(x), (*shape, x.tangent.shape[-1])))


def reshape(x: Jet, shape: tuple[int, ...]) -> Jet:
    return Jet(x.value.reshape(shape), _whole(x).reshape(*shape, x.tangent.shape[-1]))


def concat(jets: Sequence[Jet]) -> Jet:
    """Jets concatenated along the first axis."""
    directions = max(x.tangent.shape[-1] for x in jets)
    return Jet(np.concatenate([x.value for x in jets]), np.concatenate([_whole(x, directions) for x in jets]))


def take(x: Jet, index: Array) -> Jet:
    """Entries along the first axis."""
    return Jet(x.value[index], _whole(x)[index])


def sqrt(x: Jet) -> Jet:
    root = np.sqrt(x.value)
    return x._map(root, np.where(root > 0, 0.5 / np.where(root > 0, root, 1.0), 0.0))


def abs(x: Jet) -> Jet:
    return x._map(np.abs(x.value), np.where(x.value < 0, -1.0, 1.0))


def where(mask: Array, x: Any, y: Any) -> Jet:
    x, y = jet(x), jet(y)
    return Jet(np.where(mask, x.value, y.value), np.where(mask[..., None], x.tangent, y.tangent))


def sign(x: Jet) -> Jet:
    return jet(np.sign(x.value))


def zeros_like(x: Jet) -> Jet:
    return jet(np.zeros_like(x.value))


def ones_like(x: Jet) -> Jet:
    return jet(np.ones_like(x.value))


def atan2(y: Any, x: Any) -> Jet:
    """The angle of (x, y); at (0, 0) its value and its derivative are 0."""
    y, x = jet(y), jet(x)
    size = np.hypot(x.value, y.value)
    size = np.where(size > 0, size, 1.0)
    tangent = (x.value / size)[..., None] * y.tangent - (y.value / size)[..., None] * x.tangent
    return Jet(np.arctan2(y.value, x.value), tangent / size[..., None])


def asin(x: Jet) -> Jet:
    return x._map(np.arcsin(x.value), 1 / np.sqrt((1 - x.value) * (1 + x.value)))


def exp(x: Jet) -> Jet:
    value = np.exp(x.value)
    return x._map(value, value)


def expm1(x: Jet) -> Jet:
    return x._map(np.expm1(x.value), np.exp(x.value))


def log1p(x: Jet) -> Jet:
    return x._map(np.log1p(x.value), 1 / (1 + x.value))


def sin(x: Jet) -> Jet:
    return x._map(np.sin(x.value), np.cos(x.value))


def cos(x: Jet) -> Jet:
    return x._map(np.cos(x.value), -np.sin(x.value))
