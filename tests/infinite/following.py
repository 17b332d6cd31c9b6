"""A NumPy namespace that differentiates like PyTorch and JAX.

The slope of a branch that is not taken is multiplied by 0, so an infinite slope gives NaN. √0 and atan2(0, 0) have no
finite slope, and |x| has slope 0 at 0.
"""

import sys

import numpy as np

from ntk_symbolic.arrays import Differentiable


class Followed:
    """An array with its derivatives in k directions, on the last axis of `tangent`."""

    def __init__(self, value, tangent):
        self.value = np.asarray(value)
        self.tangent = np.broadcast_to(tangent, (*self.value.shape, np.shape(tangent)[-1]))

    dtype = property(lambda self: self.value.dtype)
    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    T = property(lambda self: Followed(self.value.T, self.tangent.swapaxes(0, 1)))
    __array_ufunc__ = None

    def __array_namespace__(self, api_version=None):
        return Differentiable(sys.modules[__name__])

    def __getitem__(self, index):
        return Followed(self.value[index], self.tangent[index])

    def map(self, value, slope):
        with np.errstate(invalid="ignore"):
            return Followed(value, np.asarray(slope)[..., None] * self.tangent)

    def __neg__(self):
        return self.map(-self.value, -np.ones(self.shape))

    def __add__(self, other):
        other = held(other, self)
        return Followed(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other):
        other = held(other, self)
        product = self.value[..., None] * other.tangent + other.value[..., None] * self.tangent
        return Followed(self.value * other.value, product)

    def __truediv__(self, other):
        other = held(other, self)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self.value / other.value
            return Followed(value, (self.tangent - value[..., None] * other.tangent) / other.value[..., None])

    def __matmul__(self, other):
        left = np.einsum("ijk,jl->ilk", self.tangent, other.value)
        return Followed(self.value @ other.value, left + np.einsum("ij,jlk->ilk", self.value, other.tangent))

    def __pow__(self, n):
        with np.errstate(divide="ignore"):
            return self.map(self.value**n, n * self.value ** (n - 1.0))

    def __rpow__(self, base):
        return self.map(base**self.value, np.log(base) * base**self.value)

    def __sub__(self, other):
        return self + -held(other, self)

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return held(other, self) / self

    __radd__, __rmul__ = __add__, __mul__

    def __lt__(self, other):
        return self.value < held(other, self).value

    def __gt__(self, other):
        return self.value > held(other, self).value

    def __le__(self, other):
        return self.value <= held(other, self).value

    def __ge__(self, other):
        return self.value >= held(other, self).value

    def __eq__(self, other):
        return self.value == held(other, self).value


def held(x, like):
    return x if isinstance(x, Followed) else Followed(x, np.zeros(like.tangent.shape[-1]))


def where(mask, x, y):
    like = x if isinstance(x, Followed) else y
    x, y = held(x, like), held(y, like)
    with np.errstate(invalid="ignore"):
        return Followed(np.where(mask, x.value, y.value), mask[..., None] * x.tangent + ~mask[..., None] * y.tangent)


def atan2(y, x):
    with np.errstate(divide="ignore", invalid="ignore"):
        size = (x.value**2 + y.value**2)[..., None]
        return Followed(
            np.arctan2(y.value, x.value), (x.value[..., None] * y.tangent - y.value[..., None] * x.tangent) / size
        )


def elementwise(value, slope):
    def function(x):
        with np.errstate(divide="ignore", invalid="ignore"):
            return x.map(value(x.value), slope(x.value))

    return function


def constant(value):
    return lambda x, *others, **options: held(value(x.value, *others, **options), x)


def along(value):
    return lambda x, axis=0, **options: Followed(
        value(x.value, axis=axis, **options), value(x.tangent, axis=axis - (axis < 0), **options)
    )


sqrt = elementwise(np.sqrt, lambda x: 0.5 / np.sqrt(x))
abs = elementwise(np.abs, np.sign)
exp = elementwise(np.exp, np.exp)
expm1 = elementwise(np.expm1, np.exp)
log1p = elementwise(np.log1p, lambda x: 1 / (1 + x))
log2 = elementwise(np.log2, lambda x: 1 / (x * np.log(2)))
sin = elementwise(np.sin, np.cos)
cos = elementwise(np.cos, lambda x: -np.sin(x))
asin = elementwise(np.arcsin, lambda x: 1 / np.sqrt(1 - x * x))
floor, sign, zeros_like, ones_like = map(constant, (np.floor, np.sign, np.zeros_like, np.ones_like))
sum = along(np.sum)
finfo, float32, float64, any, isfinite = (
    np.finfo,
    np.float32,
    np.float64,
    np.any,
    elementwise(np.isfinite, np.ones_like),
)


def minimum(x, y):
    return where(x.value <= y.value, x, y)


def clip(x, low, high):
    return where(x.value < low, low, where(x.value > high, high, x))


def maximum(x, y):
    return where(x.value >= y.value, x, y)


def max(x, axis=-1, keepdims=False):
    place = np.argmax(x.value, axis=axis, keepdims=True)
    tangent = np.take_along_axis(x.tangent, place[..., None], axis=axis - (axis < 0))
    out = Followed(np.take_along_axis(x.value, place, axis=axis), tangent)
    return out if keepdims else Followed(out.value.squeeze(axis), out.tangent.squeeze(axis - (axis < 0)))


def min(x, axis=-1):
    return -max(-x, axis=axis)


def take(x, index, axis=0):
    assert axis == 0
    return x[index]


def reshape(x, shape):
    return Followed(x.value.reshape(shape), x.tangent.reshape((*shape, x.tangent.shape[-1])))


def concat(parts, axis=0):
    return Followed(*(np.concatenate([getattr(x, part) for x in parts], axis=axis) for part in ("value", "tangent")))


def broadcast_to(x, shape):
    return Followed(np.broadcast_to(x.value, shape), np.broadcast_to(x.tangent, (*shape, x.tangent.shape[-1])))
