"""κ and κ̇ near ρ = ±1, from single integrals at ρ = ±1: near there the series of a function with jumps converges slowly.

For e = ±1, E g(sz) g(etz) differs from the mean of E g(sz) g(esz) and E g(tz) g(etz) by ‖g(sz) − g(tz)‖²/2 at most, as the
product is bilinear and symmetric in g(s·), g(t·). From e to ρ its change is bounded by `moduli`; the contribution of a jump
at p and one at ep is an angle, ∫ exp(−x²/2 − (y − ρx)²/2 sin²θ) dθ/2π, bounded from both sides: 1 − exp(−D²/2τ²)
integrated over all τ > 0 is √(π/2) D.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import TYPE_CHECKING

import numpy as np

from .balls import SAFETY, U
from .coefficients import NEAR
from .moduli import bending, crossed, met, move, pairs, rows
from .steps import FAR, Step, turned

if TYPE_CHECKING:
    from .series import Series

Array = np.ndarray
ENOUGH = 1e-12  # of the value: the series is not improved if its bound is smaller


def bounded(f: Series, a: Array, b: Array, cos: Array, order: int) -> tuple[Array, Array]:
    """(κ, bound) for order 0, (κ̇, bound) for 1, from the series or from ρ = ±1, whichever has the smaller bound.

    cos may have an error of 4 units of 2⁻⁵², except at a = b if it is ±1.
    """
    value, bound = f.bounded(a, b, cos, order)
    a, b, cos = (np.broadcast_to(x, bound.shape) for x in (a, b, cos))
    near = (np.abs(cos) > NEAR) & (a > 0) & (b > 0) & ~((np.abs(cos) == 1) & (a == b))
    near &= bound > ENOUGH * np.abs(value)
    if not near.any():
        return value, bound
    value, bound = np.array(value), np.array(bound)
    for end in (1, -1):
        here = near & (np.sign(cos) == end)
        if here.any():
            found, off = _from_the_end(f, a[here], b[here], cos[here], order, end)
            better = off < bound[here]
            value[here], bound[here] = np.where(better, found, value[here]), np.where(better, off, bound[here])
    return value, bound


def _from_the_end(f: Series, a: Array, b: Array, cos: Array, order: int, end: int) -> tuple[Array, Array]:
    x, y = rows(f, a, 0 * a), rows(f, b, 0 * b)
    s, t = np.sqrt(a), np.sqrt(b)
    (one, off_one), (two, off_two) = (f.square(q, order, end) for q in (a, b))
    shift = np.abs(s - t) + U * (s + t)
    gap = move(f, order, s, shift) + crossed(f.broken(order), s, shift, 0)
    fallen = 1 - np.abs(cos) + 4 * U
    value = (one + two) / 2
    bound = (off_one + off_two + gap**2) / 2 + U * (np.abs(one) + np.abs(two))
    bound += bending(x, y, s * t * fallen, fallen, order)
    for p, q in pairs(f.broken(order)):
        if q.place != end * p.place:
            bound += met([(p, q)], s, t, end + 0 * cos, fallen)
            continue
        most, least, size = turned(p, q, s, t, end + 0 * cos, fallen), _least(p, q, s, t, cos), p.size * q.size
        value = value - end * size * (most + least) / 2
        bound += np.abs(size) * (most - least) / 2 + (p.most * q.most - abs(size) + 4 * FAR**2 * U) * most
    return value, SAFETY * bound


def _least(p: Step, q: Step, s: Array, t: Array, cos: Array) -> Array:
    """A lower bound of the angle that `turned` bounds from above."""
    x, y = np.abs(p.place) / s, np.abs(q.place) / t
    apart = np.abs(y - x) + x * (1 - np.abs(cos)) + 8 * U * (x + y)
    angle = np.arccos(np.minimum(np.abs(cos) + 4 * U, 1.0))
    straight = np.where(angle > 0, np.sin(angle) / np.where(angle > 0, angle, 1.0), 1.0)
    part = np.maximum(angle - sqrt(pi / 2) * apart / straight, 0.0)
    return np.where(x < FAR, part * np.exp(-(np.minimum(x, FAR) ** 2) / 2), 0.0) / (2 * pi)
