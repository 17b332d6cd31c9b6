"""Complex balls on arrays: every number has a radius within which the exact number lies, rounding included.

The array code of an activation, run on a Ball with the namespace `BALLS`, encloses φ: on a disc of the complex plane (the
size of φ in a strip around the real line determines the convergence of a quadrature), or at a number (the error of
float64). A radius is infinite if nothing is known. Radii are sums and products of positive numbers, computed in float64
themselves; users of a radius multiply it by `SAFETY`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import erf, erfi, expit

Array = np.ndarray

U = 2.0**-52  # no operation of NumPy on real numbers has a relative error above 4 U
SAFETY = 1.01


@dataclass(frozen=True)
class Ball:
    """{z : |z − mid| ≤ rad}, elementwise."""

    mid: Array
    rad: Array

    __array_ufunc__ = None  # makes NumPy defer array ∘ Ball to the methods below

    def __add__(self, other: Any) -> Ball:
        other = _ball(other)
        return _rounded(self.mid + other.mid, self.rad + other.rad)

    __radd__ = __add__

    def __neg__(self) -> Ball:
        return Ball(-self.mid, self.rad)

    def __sub__(self, other: Any) -> Ball:
        return self + -_ball(other)

    def __rsub__(self, other: Any) -> Ball:
        return _ball(other) + -self

    def __mul__(self, other: Any) -> Ball:
        other = _ball(other)
        spread = np.abs(self.mid) * other.rad + np.abs(other.mid) * self.rad + self.rad * other.rad
        return _rounded(self.mid * other.mid, spread)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Ball:
        return self * _inverse(_ball(other))

    def __rtruediv__(self, other: Any) -> Ball:
        return _ball(other) * _inverse(self)

    def __pow__(self, r: float) -> Ball:
        """z^r, with the branch cut (−∞, 0] of √ and slope r z^(r−1); r is a rounded literal, an error of r log z too."""
        good, size = _off_cut(self), np.abs(self.mid)
        with np.errstate(all="ignore"):
            value = np.power(self.mid, r)
            ends = [np.power(np.where(good, size + side * self.rad, 1.0), r - 1) for side in (-1, 1)]
            out = _lipschitz(self, value, abs(r) * np.maximum(*ends))
            logs = 2 * U * abs(r) * (np.abs(np.log(size)) + np.pi)  # a complex power is computed as exp(r log z)
            return Ball(out.mid, np.where(good, out.rad + np.abs(value) * np.expm1(logs), np.inf))

    def erf(self) -> Ball:
        with np.errstate(over="ignore"):
            slope = 2 / np.sqrt(np.pi) * np.exp(_height(self) ** 2 - _nearest(self) ** 2)
        return _lipschitz(self, erf(self.mid), slope)

    def erfi(self) -> Ball:
        with np.errstate(over="ignore"):
            far = np.abs(np.real(self.mid)) + self.rad
            out = _lipschitz(self, erfi(self.mid), 2 / np.sqrt(np.pi) * np.exp(far**2))
            rounded = 1e-13 + U * np.abs(self.mid) ** 2  # w(z) to 13 digits, times exp(z²) with a rounded exponent
            return Ball(out.mid, _known(out.rad + np.abs(out.mid) * rounded))

    def logistic(self) -> Ball:
        """The logistic function, with slope 1/(4 cosh²(z/2))."""
        value = expit(self.mid) if np.isrealobj(self.mid) else 0.5 + 0.5 * np.tanh(self.mid / 2)
        return _lipschitz(self, value, _inverse_cosh2(_nearest(self) / 2, _height(self) / 2) / 4)

    def softplus(self) -> Ball:
        """log(1 + exp z), with slope 1/(1 + exp(−z)).

        |1 + exp(−z)| ≥ 1 up to Im z = π/2, ≥ sin(Im z) up to π, ≥ 1 − exp(−|Re z|).
        """
        y = _height(self)
        with np.errstate(divide="ignore"):
            steep = np.where(y > np.pi / 2, 1 / np.sin(np.clip(y, np.pi / 2, 3.1)), 1.0)
            steep = np.where(y < 3.1, steep, -1 / np.expm1(-_nearest(self)))
        right = np.where(np.real(self.mid) > 0, self.mid, 0.0)
        small = np.exp(np.where(np.real(self.mid) > 0, -self.mid, self.mid))
        value = right + (np.log1p(small) if np.isrealobj(small) else np.log(1 + small))
        return _lipschitz(self, value, steep)

    def sech(self) -> Ball:
        """|tanh z / cosh z| ≤ √(1 + s²)/(s² + cos²y) for s = sinh of the smallest |Re z| and y the largest |Im z|."""
        small = np.exp(np.where(np.real(self.mid) > 0, -self.mid, self.mid))
        near = _nearest(self)
        steep = np.cosh(np.minimum(near, 350.0)) * _inverse_cosh2(near, _height(self))
        out = _lipschitz(self, 2 * small / (1 + small * small), steep)
        return Ball(out.mid, out.rad + 4 * U * np.abs(out.mid))  # a quotient of rounded terms

    @property
    def bound(self) -> Array:
        """An upper bound of |z| on the ball."""
        return _known(SAFETY * (np.abs(self.mid) + self.rad))  # ∞ − ∞, 0 · ∞


def _ball(x: Any) -> Ball:
    """The ball of a number; literals in code are rounded unless they are integers."""
    return (
        x
        if isinstance(x, Ball)
        else Ball(np.asarray(x, float), np.asarray(0.0 if float(x).is_integer() else U * abs(x)))
    )


def _rounded(mid: Array, rad: Array, factor: float = 4.0) -> Ball:
    return Ball(mid, _known(rad + factor * U * np.abs(mid)))


def _known(rad: Array) -> Array:
    """The radius, infinite for NaN: 0 · ∞ is unknown."""
    return np.where(np.isnan(rad), np.inf, rad)


def _inverse(x: Ball) -> Ball:
    size = np.abs(x.mid)
    apart = size > 2 * x.rad
    safe = np.where(apart, size, 1.0)
    rad = np.where(apart, x.rad / (safe * np.where(apart, size - x.rad, 1.0)), np.inf)
    return _rounded(1 / np.where(apart, x.mid, 1.0), rad)


def _lipschitz(x: Ball, value: Array, slope: Array) -> Ball:
    """f(x) from f at the middle and a bound of |f'| on the ball."""
    with np.errstate(invalid="ignore"):  # ∞ · 0
        spread = np.where(x.rad == 0, 0.0, slope * x.rad)
    return _rounded(value, spread, 4.0 if np.isrealobj(value) else 1e4)  # complex functions are less accurate


def _height(x: Ball) -> Array:
    return np.abs(np.imag(x.mid)) + x.rad


def _nearest(x: Ball) -> Array:
    """The smallest |Re z|."""
    return np.maximum(np.abs(np.real(x.mid)) - x.rad, 0.0)


def _off_cut(x: Ball) -> Array:
    """True if the ball avoids (−∞, 0], the branch cut of log and √."""
    return np.where(np.real(x.mid) > 0, np.abs(x.mid), np.abs(np.imag(x.mid))) > 2 * x.rad


class _Balls:
    """The array namespace of balls for generated code; a function without a rule has an infinite radius."""

    def __getattr__(self, name: str) -> Any:
        return lambda x: Ball(getattr(np, name)(x.mid), np.full(np.shape(x.mid), np.inf))

    @staticmethod
    def exp(x: Ball) -> Ball:
        with np.errstate(over="ignore", invalid="ignore"):
            value = np.exp(x.mid)
            # a large exponent adds a rounding error
            # |value| expm1(rad), which is 0 · ∞ if exp(−1/u²) is small and its exponent has a large error
            spread = np.where(x.rad < 1, np.abs(value) * np.expm1(x.rad), np.exp(np.real(x.mid) + x.rad))
            return _rounded(value, spread + np.abs(value) * U * np.abs(x.mid))

    @staticmethod
    def log(x: Ball) -> Ball:
        good, size = _off_cut(x), np.abs(x.mid)
        value = np.log(x.mid)
        slope = np.where(good, 1 / np.where(good, size - x.rad, 1.0), np.inf)
        out = _lipschitz(x, value, slope)
        return Ball(out.mid, np.where(good, out.rad + 4 * U, np.inf))

    @staticmethod
    def sqrt(x: Ball) -> Ball:
        good = _off_cut(x)
        slope = np.where(good, 0.5 / np.sqrt(np.where(good, np.abs(x.mid) - x.rad, 1.0)), np.inf)
        out = _lipschitz(x, np.sqrt(x.mid), slope)
        return Ball(out.mid, np.where(good, out.rad, np.inf))

    @staticmethod
    def tanh(x: Ball) -> Ball:
        """tanh z, with |cosh z|² = sinh²x + cos²y."""
        return _lipschitz(x, np.tanh(x.mid), _inverse_cosh2(_nearest(x), _height(x)))

    @staticmethod
    def atan(x: Ball) -> Ball:
        """atan z, with |1 + z²| = |z − i||z + i| and the branch cut Re z = 0, |Im z| ≥ 1."""
        below, above = np.abs(x.mid - 1j) - x.rad, np.abs(x.mid + 1j) - x.rad
        good = (_height(x) < 0.999) | ((_nearest(x) > 0) & (below > x.rad) & (above > x.rad))
        slope = np.where(good, 1 / np.where(good, below * above, 1.0), np.inf)
        return _lipschitz(x, np.arctan(np.where(good, x.mid, 0.0)), slope)

    @staticmethod
    def asinh(x: Ball) -> Ball:
        """asinh z, with |1 + z²| = |z − i||z + i| and the branch cut of atan."""
        below, above = np.abs(x.mid - 1j) - x.rad, np.abs(x.mid + 1j) - x.rad
        good = (_height(x) < 0.999) | ((_nearest(x) > 0) & (below > x.rad) & (above > x.rad))
        slope = np.where(good, 1 / np.sqrt(np.where(good, below * above, 1.0)), np.inf)
        return _lipschitz(x, np.arcsinh(np.where(good, x.mid, 0.0)), slope)

    @staticmethod
    def log1p(x: Ball) -> Ball:
        """log(1 + z), with its branch cut where 1 + z is negative."""
        one = Ball(1 + x.mid, x.rad)
        good = _off_cut(one)
        slope = np.where(good, 1 / np.where(good, np.abs(one.mid) - x.rad, 1.0), np.inf)
        return _lipschitz(x, np.log1p(np.where(good, x.mid, 0.0)), slope)

    @staticmethod
    def sin(x: Ball) -> Ball:
        with np.errstate(over="ignore"):
            return _lipschitz(x, np.sin(x.mid), np.cosh(_height(x)))

    @staticmethod
    def cos(x: Ball) -> Ball:
        with np.errstate(over="ignore"):
            return _lipschitz(x, np.cos(x.mid), np.cosh(_height(x)))

    @staticmethod
    def tan(x: Ball) -> Ball:
        return BALLS.sin(x) / BALLS.cos(x)

    @staticmethod
    def sinh(x: Ball) -> Ball:
        with np.errstate(over="ignore"):
            return _lipschitz(x, np.sinh(x.mid), np.cosh(np.abs(np.real(x.mid)) + x.rad))

    @staticmethod
    def cosh(x: Ball) -> Ball:
        with np.errstate(over="ignore"):
            return _lipschitz(x, np.cosh(x.mid), np.cosh(np.abs(np.real(x.mid)) + x.rad))

    @staticmethod
    def abs(x: Ball) -> Ball:
        """|z| on real numbers only, since it is not analytic."""
        return _rounded(np.abs(x.mid), x.rad if np.isrealobj(x.mid) else np.full(np.shape(x.rad), np.inf))

    @staticmethod
    def full_like(x: Ball, value: float) -> Ball:
        return _ball(value) + 0.0 * x


BALLS = _Balls()


def _inverse_cosh2(x: Array, y: Array) -> Array:
    """A bound of 1/|cosh|² on |Re z| ≥ x, |Im z| ≤ y: |cosh|² = sinh²x + cos²y. Infinite at the poles, y = π/2."""
    with np.errstate(divide="ignore"):
        return 1 / (np.sinh(np.minimum(x, 350.0)) ** 2 + np.where(y < 1.57, np.cos(y), 0.0) ** 2)
