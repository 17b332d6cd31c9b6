"""Φ₂(h, k; r) in an arithmetic, by an integral over [0, 1] of an integrand without nearby singularities.

Up to r = 0.9 from the angle (Plackett 1954), which keeps relative accuracy in the tails. Beyond, where its integrand has an
essential singularity at the end, from Owen's function T(h, a) with |a| ≤ 1 (Owen 1956, Annals of Mathematical Statistics 27).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .arithmetic import Arithmetic

STEEP = Fraction(9, 10)


def phi2(h: Any, k: Any, r: Any, K: Arithmetic) -> Any:
    """P(X ≤ h, Y ≤ k) for standard normal X, Y of correlation r; by continuation for complex h and k."""
    if h == 0 and k == 0:
        return K.number(Fraction(1, 4)) + K.asin(r) / (2 * K.pi)
    if r == 0:
        return K.normal(h) * K.normal(k)
    if r < 0:
        return K.normal(h) - phi2(h, -k, -r, K)
    steep = not r <= K.number(STEEP)
    if not steep or not (K.nonzero(h) or h == 0) or not (K.nonzero(k) or k == 0):
        return _by_angle(h, k, r, K)
    s = K.sqrt((1 - r) * (1 + r))
    if s == 0:  # by rounding: more bits decide
        return K.normal(-K.larger(-h, -k))
    if h == 0 or k == 0:
        other = k if h == 0 else h
        return K.normal(other) / 2 + _owen(other, r / s, K)
    half = (K.normal(h) + K.normal(k)) / 2
    owen = _owen(h, (k - r * h) / (h * s), K) + _owen(k, (h - r * k) / (k * s), K)
    return half - owen - (K.number(Fraction(1, 2)) if h * k < 0 else K.number(0))


def _by_angle(h: Any, k: Any, r: Any, K: Arithmetic) -> Any:
    """Φ(h)Φ(k) + ∫₀^{asin r} exp(−(h² + k² − 2hk sin t)/(2 cos² t)) dt / 2π, as an integral over u = tan(t/2).

    The exponent is (h − k)²/(2 cos² t) + hk/(1 + sin t), which has no cancellation for r ≥ 0.
    """
    apart, both = (h - k) * (h - k) / 2, h * k
    end = r / (1 + K.sqrt((1 - r) * (1 + r)))  # tan(asin(r)/2)

    def integrand(x: Any) -> Any:
        u = end * x
        square = u * u
        cos = (1 - square) / (1 + square)
        if cos == 0:  # at r = 1 by rounding, where the exponential vanishes
            return K.number(0)
        return K.exp(-apart / (cos * cos) - both * (1 + square) / ((1 + u) * (1 + u))) / (1 + square)

    return K.normal(h) * K.normal(k) + end * K.integral(integrand) / K.pi


def _owen(h: Any, a: Any, K: Arithmetic) -> Any:
    """T(h, a) = ∫₀ᵃ exp(−h²(1 + x²)/2)/(1 + x²) dx / 2π, for real h and a."""
    if abs(a) > 1:
        q, p = K.normal(-abs(h)), K.normal(-abs(a * h))
        folded = (q + p) / 2 - q * p - _owen(a * h, 1 / abs(a), K)
        return folded if a > 0 else -folded
    square = h * h / 2

    def integrand(x: Any) -> Any:
        slope = 1 + (a * x) * (a * x)
        return K.exp(-square * slope) / slope

    return a * K.integral(integrand) / (2 * K.pi)
