"""Bounds of the changes of κ and κ̇ with the norms s, t and the cosine ρ, which are known within bounds.

For g = φ or φ' let g = h + Σ J_i H(· − p_i), h without jumps, and u, v standard normal, correlated by ρ. E g(su) g(tv) changes

with s    by ‖h(sz) − h(s*z)‖ ‖g(tz)‖, norms being those of L²(γ), and by Σ |J_i| E |g(tv)| where p_i lies between su and s*u:
          linearly in s − s*, since |v| ≤ |u| + |y| with another normal y, u is near p_i/s and |g(v)| ≤ C(1 + |v|)^G;
with ρ    by st ∫ |E g'(su) g'(tv)| dρ with g' as a measure. h' with h': ‖h'(sz)‖ ‖h'(tz)‖. Jumps with h': t |J_i| γ(x_i)
          E |h'(tv)| at u = x_i = p_i/s. Jumps with jumps: the density of (u, v) there, an angle (`steps`).
          The slope in ρ is also at most ‖g‖‖g‖/(1 − |ρ|), which bounds d/dρ Σ α_k α_k ρ^k.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .balls import SAFETY, U
from .coefficients import Pole
from .steps import Step, density, moment, scaled, turned

if TYPE_CHECKING:
    from .series import Series

Array = np.ndarray


@dataclass(frozen=True)
class Side:
    """g on rows of variance a* ≈ a. Pairs (2, n) are the coefficients of 1 and of |u|^G, u the other argument."""

    norm: Array  # bound of ‖g(√a z)‖ and ‖g(√a* z)‖
    steep: Array  # bound of ‖h'‖ between √a and √a*
    move: Array  # bound of ‖h(√a z) − h(√a* z)‖
    swept: Array  # Σ |J| E |z|^n 1{p between √a z and √a* z} for n = 0, G
    size: Array  # E |g(v)| given u
    struck: Array  # Σ |J| |x|^n γ(x) for n = 0 and the growth of h'
    rate: Array  # E |h'(v)| given u

    def at(self, index: Any) -> Side:
        return replace(self, **{field.name: getattr(self, field.name)[index] for field in fields(self)})


@dataclass(frozen=True)
class Rows:
    """One side of the pairs in one layer: variances, bounds of their errors, and φ and φ' there."""

    a: Array
    off: Array
    shift: Array  # bound of |√a − √a*|, a* the true variance
    sides: tuple[Side, Side]

    def at(self, index: Any) -> Rows:
        phi, slope = (side.at((..., *np.index_exp[index])) for side in self.sides)
        return Rows(self.a[index], self.off[index], self.shift[index], (phi, slope))


def rows(f: Series, a: Array, off: Array) -> Rows:
    root = np.sqrt(a)
    shift = np.minimum(np.sqrt(off), off / np.where(root > 0, root, 1e-300)) + U * root
    unknown = np.full(a.shape, np.inf)
    moves = [move(f, order, root, shift) for order in (0, 1)]
    squares = [f.square(a), (unknown, 0 * a)]
    if not f.jumps:
        with suppress(Pole):  # a pole of φ', which the NNGP does not need
            squares[1] = f.square(a, 1)
            faster = shift * norm(f.slopes[1], root + shift, 2) + crossed(f.broken(1), root, shift, 2)
            moves[0] = np.fmin(moves[0], shift * (f.pushed(a) + faster))
    phi, slope = (_side(f, n, root, shift, squares[n], moves[n]) for n in (0, 1))
    if not f.jumps:
        phi = replace(phi, steep=np.fmin(phi.steep, slope.norm))
    return Rows(a, off, shift, (phi, slope))


def _side(f: Series, order: int, root: Array, shift: Array, square: tuple[Array, Array], by: Array) -> Side:
    steps, growth, steep = f.broken(order), (f.df if order else f.f).growth, f.slopes[order]
    size, swept = np.sqrt(square[0] + square[1]) + by + crossed(steps, root, shift, 0), np.zeros((2, *root.shape))
    struck = np.zeros_like(swept)
    for step in steps:
        swept += step.most * np.stack([scaled(step, root, shift, n) for n in (0, _power(growth))])
        struck += step.most * np.stack([density(step, root, n) for n in (0, _power(steep))])
    far = root + shift
    return Side(size, norm(steep, far, 0), by, swept, _mean(growth, far), struck, _mean(steep, far))


def move(f: Series, order: int, s: Array, shift: Array) -> Array:
    """A bound of ‖h(sz) − h(s*z)‖."""
    return shift * norm(f.slopes[order], s + shift, 1)


def crossed(steps: tuple[Step, ...], s: Array, shift: Array, power: int) -> Array:
    """A bound of ‖z^power Σ J_i 1{p_i between sz and s*z}‖."""
    return sum((step.most * np.sqrt(scaled(step, s, shift, 2 * power)) for step in steps), np.zeros_like(s))


def scaling(x: Rows, y: Rows, order: int) -> Array:
    """A bound of the change of E g(su) g(tv) with s and t, at any ρ."""
    left, right = x.sides[order], y.sides[order]
    smooth = left.move * right.norm + left.norm * right.move
    with np.errstate(invalid="ignore"):
        jumps = np.sum(left.swept * right.size, axis=0) + np.sum(left.size * right.swept, axis=0)
        return np.nan_to_num(smooth + jumps, nan=np.inf, posinf=np.inf)


def turning(f: Series, x: Rows, y: Rows, cos: Array, off: Array, order: int) -> Array:
    """A bound of the change of E g(su) g(tv) with ρ, from cos to values within off/st of it."""
    left, right = x.sides[order], y.sides[order]
    s, t = np.sqrt(x.a), np.sqrt(y.a)
    r = s * t
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.minimum(np.where(off > 0, off / r, 0.0), 2.0)
        series = left.norm * right.norm * np.where(off > 0, off / np.maximum(r * (1 - np.abs(cos)) - off, 0.0), 0.0)
    return np.fmin(series, bending(x, y, off, far, order) + met(pairs(f.broken(order)), s, t, cos, far))


def bending(x: Rows, y: Rows, off: Array, far: Array, order: int) -> Array:
    """The part of the change with ρ that involves h'; off is st |Δρ|, and far is |Δρ|."""
    left, right = x.sides[order], y.sides[order]
    with np.errstate(invalid="ignore"):
        smooth = np.where(off > 0, left.steep * right.steep * off, 0.0)
        mixed = np.sqrt(y.a) * np.sum(left.struck * right.rate, axis=0)
        mixed = mixed + np.sqrt(x.a) * np.sum(left.rate * right.struck, axis=0)
        return smooth + np.where(far > 0, far * mixed, 0.0)


def pairs(steps: tuple[Step, ...]) -> list[tuple[Step, Step]]:
    return [(one, other) for one in steps for other in steps]


def met(pairs: Iterable[tuple[Step, Step]], s: Array, t: Array, cos: Array, far: Array) -> Array:
    """The part of the change with ρ that is due to pairs of jumps."""
    each = (one.most * other.most * turned(one, other, s, t, cos, far) for one, other in pairs)
    return sum(each, np.zeros(np.broadcast_shapes(s.shape, t.shape, cos.shape)))


def norm(growth: tuple[float, float] | None, sigma: Array, power: int) -> Array:
    """A bound of ‖z^power f(σz)‖ for |f(u)| ≤ C(1 + |u|)^g: (1 + x)^2g ≤ 2^(2g−1) (1 + x^2g)."""
    if growth is None:
        return np.full(sigma.shape, np.inf)
    c, g = growth
    low, high = moment(2 * power), moment(2 * (g + power))
    return SAFETY * c * np.sqrt(2 ** max(2 * g - 1, 0.0) * (low + sigma ** (2 * g) * high))


def _mean(growth: tuple[float, float] | None, t: Array) -> Array:
    """The coefficients of 1 and |u|^g in a bound of E |f(tv)| given u: (1 + x + y)^g ≤ 3^(g−1) (1 + x^g + y^g) for g ≥ 1."""
    if growth is None:
        return np.full((2, *t.shape), np.inf)
    c, g = growth
    if g == 0:
        return SAFETY * c * np.stack([np.ones_like(t), np.zeros_like(t)])
    return SAFETY * c * 3 ** max(g - 1, 0.0) * np.stack([1 + t**g * moment(g), t**g])


def _power(growth: tuple[float, float] | None) -> float:
    return growth[1] if growth else 0.0
