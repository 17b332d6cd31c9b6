"""Jumps of a function g of Gaussians: bounds of the expected crossings if its argument is scaled or turned.

With u, v standard normal, correlated by ρ, x = p/s, y = q/t and γ the normal density:

scaled  p lies between su and s*u where u lies between p/s and p/s*; ∫ |z|^n γ over that is the integral over τ from s to s* of
        x^(n+2) γ(x)/p at x = p/τ, which is largest at x = √(n+2) or next to it. A jump at 0 is crossed only if s or s* is 0.
turned  d/dρ E H(su − p) H(tv − q) is the density of (u, v) at (x, y), exp(−x²/2 − (y − ρx)²/2(1 − ρ²))/2π per unit of the angle
        arccos ρ. The angle of a given Δρ is largest next to ρ = ±1.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import gamma, pi, sqrt
from typing import NamedTuple

import numpy as np

from .balls import BALLS, Ball, U
from .coefficients import Smooth

Array = np.ndarray
FAR = 30.0  # standard deviations: places farther out are treated as if they were there
LEAST = -440.0  # > −FAR²/2, the smallest exponent used


class Step(NamedTuple):
    """g(place+) − g(place−), which lies within size ± off."""

    place: float
    size: float
    off: float

    @property
    def most(self) -> float:
        return (abs(self.size) + self.off) * (1 + 4 * U)


@cache
def steps(g: Smooth) -> tuple[Step, ...]:
    """The steps at every breakpoint; a function that does not jump there has a step of about 2⁻⁵²."""
    out = []
    with np.errstate(all="ignore"):
        for (_, _, before), (at, _, after) in pairwise(g.pieces):
            x = Ball(np.array(at), np.array(U * abs(at)))
            jump = after(BALLS, x) - before(BALLS, x)
            known = bool(np.isfinite(jump.mid))
            out.append(Step(at, float(jump.mid), float(jump.rad)) if known else Step(at, 0.0, np.inf))
    return tuple(out)


def moment(power: float) -> float:
    """E |z|^power"""
    return 2 ** (power / 2) * gamma((power + 1) / 2) / sqrt(pi)


def scaled(step: Step, s: Array, off: Array, power: float) -> Array:
    """A bound of E |z|^power 1{the step lies between sz and s*z}, s* ≥ 0 within off of s."""
    p = abs(step.place)
    if p == 0:
        return np.where((off > 0) & (off >= s), moment(power), 0.0)
    with np.errstate(divide="ignore"):
        first, last = p / (s + off), p / np.maximum(s - off, 0.0)
    return off / p * _density(np.minimum(np.maximum(np.sqrt(power + 2), first), last), power + 2)


def density(step: Step, s: Array, power: float) -> Array:
    """|x|^power γ(x), or slightly more, at the x with sx = place."""
    return _density(np.abs(_place(step, s)), power)


def turned(one: Step, other: Step, s: Array, t: Array, cos: Array, off: Array) -> Array:
    """A bound of ∫ of the density of (u, v) at (x, y) over ρ, from cos to values within off of it."""
    x, y = _place(one, s), _place(other, t)
    apart = np.maximum(np.abs(y - cos * x) - np.abs(x) * off - 8 * U * (np.abs(x) + np.abs(y)), 0.0)
    narrow = np.minimum((1 - cos) * (1 + cos) + 2 * off + 8 * U, 1.0)  # 1 − ρ² is no larger
    exponent = np.maximum(np.maximum(x * x, y * y), x * x + apart * apart / narrow) / 2
    return angle(cos, off) * np.exp(np.maximum(-exponent, LEAST)) / (2 * pi)


def angle(cos: Array, off: Array) -> Array:
    """An upper bound of the distance of two angles with cosines in [−1, 1], one of them cos and the other within off of it."""
    reach = np.abs(cos) + off
    with np.errstate(divide="ignore", invalid="ignore"):
        within = np.where(reach < 1, off / np.sqrt((1 - np.abs(cos) - off) * (1 + reach)), np.inf)
    return np.minimum(within, 2 * np.arcsin(np.sqrt(np.minimum(off, 2.0) / 2)))


def _density(x: Array, power: float) -> Array:
    x = np.minimum(x, FAR)
    return x**power * np.exp(-x * x / 2) / sqrt(2 * pi)


def _place(step: Step, s: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.clip(step.place / s, -FAR, FAR) if step.place else np.zeros(np.shape(s))
