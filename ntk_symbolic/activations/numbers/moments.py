"""Moments of a piece of an activation under N(m, s²), in closed form and without cancellation.

A tilted Gaussian, exp(A (u − x)² + L (u − x)) N(m, s²), is w N(m', s'²). A breakpoint h at a distance z = (h − m')/s'
changes its moments by its density there times sⁿ jₙ(z),

    jₙ(z) = ∫₀^∞ tⁿ exp(−t²/2 − z t) dt / √2π,   Re z ≥ 0,   jₙ = (n − 1) jₙ₋₂ − z jₙ₋₁,

so that neither w, which may leave every range, nor the terms that cancel in a tail are computed. The recurrence loses
digits like z²ⁿ/n!: for large |z| it is run downwards instead, from ratios jₙ/jₙ₋₁ (Gautschi 1967, SIAM Review 9).
Results are multiplied by exp(damp), damp ≤ 0, which may keep them in range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import erf, erfcx, wofz

from ...gauss import legendre

if TYPE_CHECKING:
    from .conditional import Soft, Wave

Array = np.ndarray
GAUSS = legendre(20)
TURN = 4.0  # |L| · width of an interval that its rule resolves
DOWN = 16  # steps of the recurrence that precede its first result
ROOT = float(np.sqrt(2 * np.pi))
Result = tuple[Any, Any]  # values, and moduli: the sums of the moduli of their summands


def _tilted(q: Wave, m: Array, s: Array) -> tuple[Any, Any, Any, Any]:
    """log w, m', s' and 1 − 2 A s²."""
    d, shrink = m - q.x, 1 - 2 * q.A * s * s
    log_w = (q.L * q.L * s * s / 2 + q.L * d + q.A * d * d) / shrink - np.log(shrink) / 2
    return log_w, q.x + (d + q.L * s * s) / shrink, s / np.sqrt(shrink), shrink


def bulk(q: Wave, lo: float, hi: float, m: Array, s: Array, damp: Array) -> Result:
    """The expectation of the piece on [lo, hi] extended to the whole line if its tilted mean lies inside, otherwise 0."""
    if not (q.A or q.L):
        value, modulus = (x * np.exp(damp) for x in _whole(q, m, s * s))
        inside = (m > lo) & (m <= hi)
    else:
        log_w, mean, sd, _ = _tilted(q, m, s)
        value, modulus = _whole(q, mean, sd * sd)
        value, modulus = value * np.exp(log_w + damp), modulus * np.exp(np.real(log_w) + damp) * (1 + np.abs(log_w))
        inside = (np.real(mean) > lo) & (np.real(mean) <= hi)
    if lo == -np.inf and hi == np.inf:
        return value, modulus
    return np.where(inside, value, 0.0), np.where(inside, modulus, 0.0)


def _whole(q: Wave, mean: Any, var: Any) -> Result:
    """E of the polynomial under N(mean, var), about the origin with the least cancellation of its terms."""
    value, modulus = _about(*q.polynomials[0], mean, var)
    for other in q.polynomials[1:] if q.degree else ():
        better_value, better = _about(*other, mean, var)
        value, modulus = np.where(better < modulus, better_value, value), np.minimum(better, modulus)
    return value, modulus


def _about(origin: Any, coefficients: tuple[complex, ...], mean: Any, var: Any) -> Result:
    d = mean - origin
    size, one = np.abs(d), np.ones(np.broadcast_shapes(np.shape(d), np.shape(var)))
    value, modulus = coefficients[0] * one, abs(coefficients[0]) * one
    moment, before, most, most_before = one, 0 * one, one, 0 * one
    for n, k in enumerate(coefficients[1:], 1):
        moment, before = d * moment + (n - 1) * var * before, moment
        most, most_before = size * most + (n - 1) * var * most_before, most
        if k:
            value, modulus = value + k * moment, modulus + abs(k) * most
    return value, modulus


def edge(q: Wave, h: float, m: Array, s: Array, damp: Array, known: dict[Any, Any]) -> Result:
    """E of the wave beyond h if its tilted mean lies below, and minus that below h if it lies above.

    The indicator of u > h is that of the mean above h, plus this.
    """
    coefficients = q.about(h)
    key = (q.A, q.L, q.x, h)
    if key not in known or len(known[key][2]) < len(coefficients):
        _, mean, sd, shrink = _tilted(q, m, s)
        z = (h - mean) / sd
        above = np.real(z) >= 0
        v = h - q.x
        density = np.exp(q.A * v * v + q.L * v - ((h - m) / s) ** 2 / 2 + damp) / np.sqrt(shrink)
        known[key] = above, sd, _tails(np.where(above, z, -z), len(coefficients)), density
    above, sd, tails, density = known[key]
    sign = np.where(above, 1.0, -1.0)
    value, modulus, scale = 0.0, 0.0, sign
    for k, (tail, most) in zip(coefficients, tails, strict=False):
        if k:
            value, modulus = value + k * scale * tail, modulus + abs(k) * np.abs(scale) * most
        scale = scale * sign * sd
    return value * density, modulus * np.abs(density)


def _tails(z: Any, count: int) -> list[Result]:
    """jₙ(z), n < count, for Re z ≥ 0, and their moduli."""
    first = (wofz(1j * z / 2**0.5) if np.iscomplexobj(z) else erfcx(z / 2**0.5)) / 2
    out = [(first, np.abs(first))]
    if count == 1:
        return out
    size = np.abs(z)
    far = size > 2 * np.sqrt(count + DOWN)
    down = _downwards(np.where(far, z, 1.0), first, count) if far.any() else []
    value, before, most, most_before = first, 0 * first, np.abs(first), 0 * size
    for n in range(1, count):
        source = 1 / ROOT if n == 1 else 0.0
        value, before = source + (n - 1) * before - z * value, value
        most, most_before = source + (n - 1) * most_before + size * most, most
        if down:
            value = np.where(far, down[n], value)
            most = np.where(far, n * np.abs(down[n]), most)
        out.append((value, most))
    return out


def _downwards(z: Any, first: Any, count: int) -> list[Any]:
    """jₙ(z), n < count, by downward recurrence: jₙ₊₁ = n jₙ₋₁ − z jₙ is jₙ/jₙ₋₁ = n/(z + jₙ₊₁/jₙ)."""
    ratio, ratios = 0 * z, []
    for n in range(count + DOWN, 0, -1):
        ratio = n / (z + ratio)
        ratios.append(ratio)
    out = [first]
    for ratio in ratios[:-count:-1]:
        out.append(out[-1] * ratio)
    return out


def narrow(q: Wave, lo: float, hi: float, s: Array) -> Array:
    """True if the density and the wave are smooth between two ends: then a quadrature rule has no cancellation."""
    width = hi - lo
    if not np.isfinite(width) or abs(q.L) * width > TURN:
        return np.zeros(s.shape, dtype=bool)
    return width < s / np.sqrt(1 - 2 * q.A * s * s)


def by_rule(q: Wave, lo: float, hi: float, m: Array, s: Array, damp: Array) -> Result:
    """E of the wave on [lo, hi] by Gauss–Legendre."""
    value, modulus = 0.0, 0.0
    for x, w in zip(*GAUSS, strict=True):
        u = (lo + hi) / 2 + (hi - lo) / 2 * np.array([[x]])
        (at, most), density = q(u), w * (hi - lo) / 2 * np.exp(damp - ((u - m) / s) ** 2 / 2) / (ROOT * s)
        value, modulus = value + at * density, modulus + most * density
    return value, modulus


def softened(q: Soft, m: Array, s: Array, damp: Array) -> Result:
    """E uⁿ exp(A u² + L u) P(p u + √noise Z > h), with 1/2 subtracted from the probability if `half` is true."""
    shrink = 1 - 2 * q.A * s * s
    log_w = (q.L * q.L * s * s / 2 + q.L * m + q.A * m * m) / shrink - np.log(shrink) / 2
    mean, var = (m + q.L * s * s) / shrink, s * s / shrink
    V = q.noise + q.p * q.p * var
    z = (q.p * mean - q.h) / np.sqrt(V)
    # u given p u + √noise Z = h: its mean and variance, and the density there, whose exponents are small at that mean
    centre, left = (q.noise * mean + q.p * var * q.h) / V, var * q.noise / V
    off = s * (q.L + 2 * q.A * m + q.p * (q.h - q.p * mean) / V) / shrink  # (centre − m)/s
    exponent = q.A * centre**2 + q.L * centre - off * off / 2 - (q.h - q.p * centre) ** 2 / (2 * q.noise)
    peak = np.exp(exponent + damp) / np.sqrt(shrink)
    above = np.real(z) >= 0
    y = np.where(above, z, -z) / 2**0.5
    tail = peak * (wofz(1j * y) if np.iscomplexobj(y) else erfcx(y)) / 2
    whole = np.exp(log_w + damp)
    if q.half:
        first = np.where(above, whole / 2 - tail, tail - whole / 2)
        first = np.where(np.abs(z) < 1, whole * erf(z / 2**0.5) / 2, first)
    else:
        first = np.where(above, whole - tail, tail)
    conditioned = 1 + np.abs(np.where(np.abs(z) < 1, log_w, exponent) if q.L else exponent)
    moments, moduli = [first], [np.abs(first) * conditioned]
    density = q.p * var * peak / np.sqrt(2 * np.pi * V)
    given: list[Any] = [np.ones(density.shape)]
    given_most: list[Any] = [np.ones(density.shape)]  # moments given p u + √noise Z = h
    for n in range(1, q.n + 1):
        before, most_before = ((n - 1) * x[n - 2] if n > 1 else 0.0 for x in (moments, moduli))
        moments.append(mean * moments[n - 1] + var * before + density * given[n - 1])
        moduli.append(np.abs(mean) * moduli[n - 1] + var * most_before + np.abs(density) * given_most[n - 1])
        before, most_before = ((n - 1) * x[n - 2] if n > 1 else 0.0 for x in (given, given_most))
        given.append(centre * given[n - 1] + left * before)
        given_most.append(np.abs(centre) * given_most[n - 1] + left * most_before)
    return q.coef * moments[-1], abs(q.coef) * moduli[-1]
