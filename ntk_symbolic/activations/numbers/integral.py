"""The numeric reading of an activation whose closed dual loses digits: κ, κ̇ and gaps of near inputs, by integrals.

It computes on NumPy arrays, by angles; `layers.integrated` is the layer rule based on it.
The gap of near inputs, √(κ_aa κ_bb) − κ, is never formed by subtraction: the part of the angle is ∫ κ̇ √(ab) sin t dt,
that of the norms (E (φ(s z) − φ(t z))² − (√κ_aa − √κ_bb)²)/2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import InvalidInput
from .conditional import Pieces, apart, expectation, mean, variance
from .panels import Found, integrals, rule

Array = np.ndarray
WRONG = 1e-10  # of √(κ_aa κ_bb): a larger estimated error raises InvalidInput
CLOSE = 0.1  # (√a − √b)/(√a + √b) below which differences in the norm are integrated
MANY = 4096  # number of values above which the speed of the closed form outweighs its inaccuracy
EPSILON, CANCELLED, FLOOR = 2.0**-53, 2e-14, 0.1
STEPPED = 2.0**-50  # relative rounding error of a summand
NARROW = 0.03  # sin θ below which the closed form is not used
RESOLVED = 1e-8  # relative size of the last coefficients of a resolved function; the remainder is the square of it
PANELS = (0.0, 0.02, 0.08, 0.25, 0.5, 1.0)  # of an angle: a function flat at 0, such as exp(−1/t²), rises late


@dataclass(frozen=True)
class Integral:
    """φ and φ' in pieces; steps are the places and sizes of the jumps of φ. Parity 1: φ is even, −1: odd."""

    phi: Callable[..., Any]
    dphi: Callable[..., Any]
    f: Pieces
    df: Pieces
    steps: tuple[tuple[float, float], ...] = ()
    parity: int = 0
    degree: float | None = None  # n with φ(su) = sⁿ φ(u) for s > 0
    closed: Callable[..., Any] | None = None  # (xp, a, b, c, √(ab), √(ab − c²)) -> κ and the sum of moduli of its terms
    closed_dot: Callable[..., Any] | None = None
    closed_dual = True
    limit = np.inf  # E φ(u)² is finite at every variance: `integral_code` excludes pieces that grow as exp(A u²)

    @property
    def jumps(self) -> bool:
        return bool(self.steps)

    @property
    def frequency(self) -> float:
        """The largest frequency of a wave that an integral must resolve, in radians per unit of u."""
        return self.f.frequency

    def kappa(self, a: Array, b: Array, cos: Array, sin: Array) -> Array:
        """E φ(u) φ(v), elementwise."""
        return self._quickly(self.closed, self.diagonal, self._kappa, a, b, cos, sin)

    def kappa_dot(self, a: Array, b: Array, cos: Array, sin: Array) -> Array:
        """E φ'(u) φ'(v), elementwise, with Dirac's δ at jumps of φ: infinite at sin = 0."""
        diagonal = None if self.steps else self.diagonal_dot
        return self._quickly(self.closed_dot, diagonal, self._kappa_dot, a, b, cos, sin)

    def _kappa(self, a: Array, b: Array, cos: Array, sin: Array) -> Array:
        return _known(expectation(self.f, self.f, a, b, cos, sin), self.f, a, b)

    def _kappa_dot(self, a: Array, b: Array, cos: Array, sin: Array) -> Array:
        smooth = expectation(self.df, self.df, a, b, cos, sin)
        out = _known(smooth, self.df, a, b)
        if not self.steps:
            return out
        sizes = np.abs(out)
        for h, by in self.steps:
            parts = [by * _at(h, self.df, *at, cos, sin) for at in ((a, b), (b, a))]
            parts += [by * other * _density(h, k, a, b, cos, sin) for k, other in self.steps]
            out, sizes = out + sum(parts), sizes + sum(map(np.abs, parts))
        error = smooth.error + STEPPED * sizes
        if (doubted := (error > CANCELLED * np.abs(out)) & (sin > 0) & (a > 0) & (b > 0)).any():
            at = [np.broadcast_to(x, doubted.shape)[doubted] for x in (a, b, cos, sin)]
            found = self._by_parts(*at)
            better = found.error < error[doubted]
            out = np.array(out)
            out[doubted] = np.where(better, found.value, out[doubted])
        return out

    def _by_parts(self, a: Array, b: Array, cos: Array, sin: Array) -> Found:
        """E φ'(u) φ'(v) = E φ(u) φ(v) ∂²p/∂u∂v / p, p the density of (u, v).

        For a narrow φ with a jump at large variance the terms of jumps and slopes nearly cancel, and each is ab times κ̇.
        """
        r, once, twice = np.sqrt(a) * np.sqrt(b), self.f.times_u, self.f.times_u.times_u
        summands = (
            (cos / (r * sin**2), (self.f, self.f)),
            ((1 + cos**2) / (a * b * sin**4), (once, once)),
            (-cos / (a * r * sin**4), (twice, self.f)),
            (-cos / (b * r * sin**4), (self.f, twice)),
        )
        parts = [(weight, expectation(*pair, a, b, cos, sin)) for weight, pair in summands]
        value, error = np.zeros(a.shape), np.zeros(a.shape)
        for weight, x in parts:
            value, error = value + weight * x.value, error + np.abs(weight) * (x.error + STEPPED * np.abs(x.value))
        return Found(value, error)

    def _quickly(self, closed: Any, diagonal: Any, slowly: Any, *at: Array) -> Array:
        """Values by the closed form where it cancels little, if there are many; all others by the integral."""
        shape = np.broadcast_shapes(*map(np.shape, at))
        if closed is None or diagonal is None or np.prod(shape) < MANY:
            return slowly(*at)
        a, b, cos, sin = at
        r = np.sqrt(a) * np.sqrt(b)
        with np.errstate(all="ignore"):
            value, moduli = closed(np, a, b, r * cos, r, r * sin)
            scale = np.sqrt(diagonal(a)) * np.sqrt(diagonal(b))
            lost = EPSILON * moduli > CANCELLED * np.maximum(np.abs(value), FLOOR * scale)
        value, lost = (np.array(np.broadcast_to(x, shape)) for x in (value, lost))
        lost |= (sin < NARROW) | ~np.isfinite(value)
        if lost.any():
            value[lost] = slowly(*(np.broadcast_to(x, shape)[lost] for x in at))
        return value

    def mean(self, a: Array) -> Array:
        """E φ(u)"""
        return mean(self.f, a)

    def diagonal(self, a: Array) -> Array:
        """E φ(u)²"""
        return _known(variance(self.f, self.f, a), self.f, a, a)

    def diagonal_dot(self, a: Array) -> Array:
        """E φ'(u)², infinite if φ jumps."""
        return np.full(np.shape(a), np.inf) if self.steps else _known(variance(self.df, self.df, a), self.df, a, a)

    def along_norm(self, a: Array, b: Array, cos: Array, sin: Array) -> Array:
        """a ∂κ/∂a at a fixed angle, E u φ'(u) φ(v)/2, elementwise."""
        out = expectation(self.df.times_u, self.f, a, b, cos, sin).value
        return (out + sum(by * h * _at(h, self.f, a, b, cos, sin) for h, by in self.steps if h)) / 2

    def diagonal_slope(self, a: Array) -> Array:
        """dκ(a, a, a)/da, and 0 at a = 0."""
        sigma = np.sqrt(np.where(a > 0, a, 1.0))
        return np.where(a > 0, self._diagonal_slope(sigma) / (2 * sigma), 0.0)

    def rise(self, a: Array, b: Array, step: Array) -> Array:
        """E φ(u)² − E φ(v)² from step = √a − √b, by its derivative in σ: 2/σ E u φ φ' (u ~ N(0, σ²)), and jumps."""
        s, t = np.sqrt(a), np.sqrt(b)
        close = (np.abs(step) < CLOSE * (s + t)) & (t > 0) & (s > 0)
        start, width = np.where(close, t, 1.0), np.where(close, step, 0.0)
        near, weights, coefficients = rule()
        where = [x if k < len(near) // 2 else 1 - x for k, x in enumerate(near)]
        slopes = np.stack(np.broadcast_arrays(*(self._diagonal_slope(start + width * x) for x in where)), axis=-1)
        steep = np.sum(np.abs(slopes @ coefficients), axis=-1) > RESOLVED * np.max(np.abs(slopes), axis=-1)
        # if the slope is not resolved, a and b are not that close, and subtraction loses little
        return np.where(close & ~steep, slopes @ weights * width, self.diagonal(a) - self.diagonal(b))

    def _diagonal_slope(self, sigma: Array) -> Array:
        smooth = 2 / sigma * variance(self.f, self.df, sigma**2, power=1).value
        for h, by in self.steps:  # δ(u − h) multiplies the mean of the two sides of φ there
            sides = self.f(np.array([np.nextafter(h, -np.inf), np.nextafter(h, np.inf)])).mean()
            smooth = smooth + 2 / sigma * h * by * sides * np.exp(-((h / sigma) ** 2) / 2) / (
                sigma * np.sqrt(2 * np.pi)
            )
        return smooth

    def angle_gap(self, a: Array, b: Array, cos: Array, sin: Array) -> Array:
        """κ(c = √(ab)) − κ(c), elementwise; infinite slopes of a jump are integrable."""
        shape = np.broadcast_shapes(*map(np.shape, (a, b, cos, sin)))
        a, b, angle = (np.broadcast_to(x, shape).ravel() for x in (a, b, np.arctan2(sin, cos)))

        def integrand(row: Array, x: Array, middle: Array) -> tuple[Array, Array]:
            t = angle[row, None] * x
            value = self.kappa_dot(a[row, None], b[row, None], np.cos(t), np.sin(t)) * np.sin(t)
            return value, np.abs(value)

        (turned,) = np.nonzero(angle)  # at 0 the slope of a jump is infinite, and the integral is 0
        total = np.zeros(angle.shape)
        part = lambda row, x, middle: integrand(turned[row], x, middle)  # noqa: E731
        total[turned] = integrals(part, np.tile(PANELS, (len(turned), 1)), np.zeros(len(turned))).value
        return (np.sqrt(a) * np.sqrt(b) * angle * total).reshape(shape)

    def norm_gap(self, a: Array, b: Array, step: Array, rise: Array) -> Array:
        """√(κ_aa κ_bb) − κ(c = √(ab)) = E (v − λu)²/(2λ), λ = √κ_bb/√κ_aa, with rise = √κ_aa − √κ_bb."""
        root_a, root_b = np.sqrt(self.diagonal(a)), np.sqrt(self.diagonal(b))
        both = (root_a > 0) & (root_b > 0)  # otherwise φ is 0 in float64 at one of them, and so is the gap
        root_a, root_b = (np.where(both, root, 1.0) for root in (root_a, root_b))
        share = np.where(both, rise, 0.0) / root_a
        return np.where(both, apart(self.f, a, b, step, share) * root_a / (2 * root_b), 0.0)

    def gap(self, a: Array, b: Array, cos: Array, sin: Array, step: Array, rise: Array) -> Array:
        """√(κ_aa κ_bb) − κ for vectors, with step = √a − √b and rise = √κ_aa − √κ_bb."""
        return np.maximum(self.angle_gap(a, b, cos, sin) + self.norm_gap(a, b, step, rise), 0.0)


def _known(found: Found, f: Pieces, a: Array, b: Array) -> Array:
    """The value. Raises InvalidInput if its error is too large."""
    if (doubted := found.error > WRONG * np.abs(found.value)).any():
        scales = [np.sqrt(np.maximum(variance(f, f, x).value, 0.0)) for x in (a, b)]
        wrong = doubted & (found.error > WRONG * scales[0] * scales[1])
        if wrong.any():
            first, second = (float(np.broadcast_to(x, wrong.shape)[wrong][0]) for x in (a, b))
            raise InvalidInput(
                f"rounding may cost the kernel at variances {first:.6g} and {second:.6g} more than {WRONG} of its size: pass "
                "precision=20 for its digits"
            )
    return found.value


def _at(h: float, g: Pieces, a: Array, b: Array, cos: Array, sin: Array) -> Array:
    """E δ(u − h) g(v); if u determines v and g jumps there, the mean of its two sides. At a = 0 it is 0 unless h = 0."""
    t, x, density = np.sqrt(b), *_standardised(h, a)
    m = cos * t * x
    mean = np.where(t * sin > 0, g.mean(m, t * sin), (g(m * (1 - 4 * EPSILON)) + g(m * (1 + 4 * EPSILON))) / 2)
    return np.where((density > 0) & (mean != 0), density * mean, 0.0)


def _density(h: float, k: float, a: Array, b: Array, cos: Array, sin: Array) -> Array:
    """The density of (u, v) at (h, k)."""
    (x, of_u), (y, of_v) = _standardised(h, a), _standardised(k, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = ((x - cos * y) ** 2 + (y * sin) ** 2) / (2 * sin**2)
        out = np.exp(-exponent) / (2 * np.pi * np.sqrt(a) * np.sqrt(b) * sin)
    out = np.where(sin > 0, out, np.where(x == np.sign(cos) * y, np.inf, 0.0))
    return np.where((a > 0) & (b > 0), out, np.where((of_u > 0) & (of_v > 0), np.inf, 0.0))


def _standardised(h: float, a: Array) -> tuple[Array, Array]:
    """h/√a, and the density of N(0, a) at h; 0 and 0 at a = 0, where the density at 0 is infinite."""
    s = np.sqrt(np.where(a > 0, a, 1.0))
    x = np.where(a > 0, h / s, 0.0)
    density = np.exp(-x * x / 2) / (s * np.sqrt(2 * np.pi))
    return x, np.where(a > 0, density, 0.0 if h else np.inf)
