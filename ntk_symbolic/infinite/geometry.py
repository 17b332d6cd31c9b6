"""From data to the first pair: norms, cosines, and the angle of near parallel inputs from their difference.

1 − cosθ from a dot product carries an absolute error of a few ε, so θ carries ε/θ. The component of y ∓ x orthogonal to x
has length |y| sin θ, and y ∓ x is exact when the two are close (Sterbenz), so it keeps θ to ε·|y ∓ x|/|y|. (Kahan's angle
2·atan2(|û−v̂|, |û+v̂|) keeps it to ε: enough for θ itself, but not where a chaotic network magnifies it.)
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..arrays import namespace
from ..layers.pair import Pair

CHUNK = 2**20  # numbers held at once in differences of rows
NEAR = 0.95  # |cos θ| from which sin²θ is taken from differences: 1 − cos²θ has lost a digit there


class Rows(NamedTuple):
    """Inputs as unit rows and variances: x = |x| û, q = |x|²/d, the first Dense's variance before W_std and b_std."""

    x: Any
    unit: Any
    q: Any


def rows(x: Any) -> Rows:
    """x of shape (n, d). Rows that would over- or underflow when squared are scaled first."""
    xp = namespace(x)
    size = xp.maximum(xp.max(x, axis=1), -xp.min(x, axis=1))
    safe = xp.where(size > 0, size, xp.ones_like(size))
    low, high = xp.finfo(x.dtype).smallest_normal ** 0.25, xp.finfo(x.dtype).max ** 0.25
    if bool(xp.all((safe > low) & (safe < high))):
        y, safe = x, xp.ones_like(size)
    else:
        y = x / safe[:, None]
    norm = xp.sqrt(xp.vecdot(y, y))
    unit = y / xp.where(norm > 0, norm, xp.ones_like(norm))[:, None]
    root = norm * safe / x.shape[1] ** 0.5
    with np.errstate(over="ignore"):  # refused, with the layer, when the variances are
        q = root * root
    least = xp.finfo(x.dtype).smallest_normal  # what is smaller is refused as well, or is nothing beside a bias
    return Rows(x, unit, xp.where((root > 0) & (q < least), least * xp.ones_like(q), q))


def first_pair(X: Rows, Y: Rows, tangent: bool) -> Pair:
    """All pairs at once, shape (n, m), on any array library."""
    xp = namespace(X.x)
    rho = xp.clip(X.unit @ Y.unit.T, -1.0, 1.0)
    n, step = X.x.shape[0], max(1, CHUNK // (Y.x.shape[0] * Y.x.shape[1]))
    blocks = [
        from_differences(xp, X.x[i:k, None, :], Y.x[None, :, :], X.unit[i:k, None, :], rho[i:k, :])
        for i in range(0, n, step)
        for k in (min(i + step, n),)
    ]
    differences = tuple(xp.concat(parts, axis=0) for parts in zip(*blocks, strict=True))
    return of_cosines(xp, X.q[:, None], Y.q[None, :], rho, differences, tangent)


def of_cosines(xp: Any, a: Any, b: Any, rho: Any, differences: tuple[Any, Any], tangent: bool) -> Pair:
    """The first pair from cosines, with sin²θ and √a − √b `from_differences` where they are needed."""
    sin2, rise = differences
    near = xp.abs(rho) > NEAR
    sin2 = xp.where(near, sin2, (1 - rho) * (1 + rho))
    rise = xp.where(near, rise, xp.sqrt(a) - xp.sqrt(b))
    return Pair(a, b, rho * (xp.sqrt(a) * xp.sqrt(b)), sin2, rise, 0 * rho if tangent else None)


def from_differences(xp: Any, x: Any, y: Any, unit: Any, rho: Any) -> tuple[Any, Any]:
    """sin²θ and (|x| − |y|)/√d of rows x and y (last axis: features), unit = x/|x|.

    sin θ is the length of the part of y ∓ x orthogonal to x, over |y|; |x|² − |y|² = (x − y)·(x + y).
    Where x is much the longer one, y itself is the shorter way: projecting rounds ε of what is projected.
    """
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
