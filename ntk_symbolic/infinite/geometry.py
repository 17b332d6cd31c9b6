"""The first pair from data: norms, cosines, and the angle of near parallel inputs from their difference.

1 − cosθ from a dot product has an absolute error of a few ε, so θ has an error of ε/θ. The component of y ∓ x orthogonal to
x has length |y| sin θ, and y ∓ x is exact if the two are close (Sterbenz), so θ has an error of ε·|y ∓ x|/|y|. (Kahan's
angle 2·atan2(|û−v̂|, |û+v̂|) has an error of ε: enough for θ itself, but not if a chaotic network magnifies it.)
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..arrays import namespace, occurs, positions, replaced
from ..layers.pair import Pair

CHUNK = 2**20  # numbers in memory at once in differences of rows
NEAR = 0.95  # |cos θ| above which sin²θ is computed from differences: 1 − cos²θ has lost a digit there


class Rows(NamedTuple):
    """Inputs as unit rows and variances: x = |x| û, q = |x|²/d, the variance at the first Dense before W_std and b_std."""

    x: Any
    unit: Any
    q: Any


def rows(x: Any) -> Rows:
    """The rows of x (n, d). Rows that would over- or underflow when squared are scaled first."""
    xp = namespace(x)
    size = xp.maximum(xp.max(x, axis=1), -xp.min(x, axis=1))
    safe = xp.where(size > 0, size, xp.ones_like(size))
    low, high = xp.finfo(x.dtype).smallest_normal ** 0.25, xp.finfo(x.dtype).max ** 0.25
    if occurs((safe <= low) | (safe >= high), unknown=True):
        y = x / safe[:, None]
    else:
        y, safe = x, xp.ones_like(size)
    norm = xp.sqrt(xp.vecdot(y, y))
    unit = y / xp.where(norm > 0, norm, xp.ones_like(norm))[:, None]
    root = norm * safe / x.shape[1] ** 0.5
    with np.errstate(over="ignore"):  # a later check of the variances raises InvalidInput, naming the layer
        q = root * root
    least = xp.finfo(
        x.dtype
    ).smallest_normal  # smaller variances raise InvalidInput too, or are negligible beside a bias
    return Rows(x, unit, xp.where((root > 0) & (q < least), least * xp.ones_like(q), q))


def first_pair(X: Rows, Y: Rows, tangent: bool) -> Pair:
    """The first pair for all rows at once, shape (n, m), on any array library."""
    xp, d = namespace(X.x), X.x.shape[1]
    rho = xp.clip(X.unit @ Y.unit.T, -1.0, 1.0)
    # not ρ √(ab), which has no slope at the zero vector or where ρ is clipped
    c = (X.x / d**0.5) @ (Y.x / d**0.5).T
    a, b = X.q[:, None], Y.q[None, :]
    far = from_cosines(xp, a, b, rho)
    near = xp.abs(rho) > NEAR
    where = positions(near)
    if where is None:
        sin2, rise = (xp.where(near, *both) for both in zip(_of_all(X, Y, rho), far, strict=True))
    elif where[0].shape[0]:
        sin2, rise = (replaced(near, *both) for both in zip(_of_some(X, Y, rho[near], *where), far, strict=True))
    else:
        sin2, rise = far
    return Pair(a, b, c, sin2, rise, 0 * rho if tangent else None)


def _of_all(X: Rows, Y: Rows, rho: Any) -> list[Any]:
    """`from_differences` for every pair."""
    n, step = X.x.shape[0], max(1, CHUNK // (Y.x.shape[0] * Y.x.shape[1]))
    ends = [(i, min(i + step, n)) for i in range(0, n, step)]
    blocks = [from_differences(X.x[i:k, None, :], Y.x[None, :, :], X.unit[i:k, None, :], rho[i:k, :]) for i, k in ends]
    return [namespace(rho).concat(parts, axis=0) for parts in zip(*blocks, strict=True)]


def _of_some(X: Rows, Y: Rows, rho: Any, i: Any, j: Any) -> list[Any]:
    """`from_differences` for rows i of X and j of Y."""
    xp, step = namespace(rho), max(1, CHUNK // X.x.shape[1])
    blocks = []
    for start in range(0, i.shape[0], step):
        part = slice(start, min(start + step, i.shape[0]))
        x, y, unit = (xp.take(z, k[part], axis=0) for z, k in ((X.x, i), (Y.x, j), (X.unit, i)))
        blocks.append(from_differences(x, y, unit, rho[part]))
    return [xp.concat(parts) for parts in zip(*blocks, strict=True)]


def from_cosines(xp: Any, a: Any, b: Any, rho: Any) -> tuple[Any, Any]:
    """sin²θ and √a − √b for pairs that are not near."""
    return (1 - rho) * (1 + rho), xp.sqrt(a) - xp.sqrt(b)


def from_differences(x: Any, y: Any, unit: Any, rho: Any) -> tuple[Any, Any]:
    """sin²θ and (|x| − |y|)/√d of rows x and y (last axis: features), unit = x/|x|.

    sin θ is the length of the part of y ∓ x orthogonal to x, over |y|; |x|² − |y|² = (x − y)·(x + y).
    If x is much longer than y, y itself is projected instead, since projection has an error of ε of the projected vector.
    """
    xp = namespace(x)
    size = xp.max(xp.abs(y), axis=-1, keepdims=True)
    size = 2.0 ** xp.floor(xp.log2(xp.where(size > 0, size, xp.ones_like(size))))  # a power of two rounds nothing
    x, y = x / size, y / size
    minus, plus = y - x, y + x
    xx, yy = xp.sum(x * x, axis=-1), xp.sum(y * y, axis=-1)
    z = xp.where((rho >= 0)[..., None], minus, plus)
    z = xp.where((xx > 4 * yy)[..., None], y, z)
    across = z - unit * xp.sum(z * unit, axis=-1, keepdims=True)
    yy = xp.where(yy > 0, yy, xp.ones_like(yy))
    sin2 = xp.sum(across * across, axis=-1) / yy
    rise = -xp.sum(minus * plus, axis=-1) / (xp.sqrt(xx) + xp.sqrt(yy))
    return sin2, rise * size[..., 0] / x.shape[-1] ** 0.5
