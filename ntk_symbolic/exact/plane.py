"""E f(u) f(v) as an integral over the plane, E f(u) E[f(v) | u], where Mehler's series is slow: near ρ = ±1.

The inner mean M is as smooth as f away from breakpoints of f(v), and changes around them within a few √b sin θ: panels of
the outer integral end there. Panels of the inner one end at the breakpoints themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import mpmath

from .arithmetic import Arithmetic
from .outside import LONGEST, Function, panels, points, reach


def plane(f: Function, a: Any, b: Any, rho: Any, K: Arithmetic) -> Any:
    """E f(az) f(b(ρz + √(1−ρ²) w)), |ρ| ≤ 1, ρ ≠ 0; a, b > 0 are standard deviations."""
    a, b = max(a, b), min(a, b)  # the inner integral over the narrower one
    far = reach(f, (a, b), K.bits // 2, K)
    width, slope = b * mpmath.sqrt((1 - rho) * (1 + rho)), rho * b
    mean = _conditional(f, width, b * (far + 1), far, K)
    steps = [far * k * width / 3 for k in (-3, -1, 1, 3)]
    ends = [(h + step) / slope for h in f.cuts(K) for step in steps]
    total = K.number(0)
    for p, q in panels(f, (a, abs(slope)), far, K, extra=ends):
        for sign in (1,) if f.parity else (1, -1):
            code = f.piece(sign * a * (p + q) / 2, K)
            for z, w in points(p, q, K):
                total += w * mpmath.exp(-z * z / 2) * code(sign * a * z) * mean(sign * slope * z)
    return (2 if f.parity else 1) * total / mpmath.sqrt(2 * K.pi)


def _conditional(f: Function, width: Any, most: Any, far: Any, K: Arithmetic) -> Callable[[Any], Any]:
    """m ↦ E f(m + width·w), |m| ≤ most."""
    root = mpmath.sqrt(2 * K.pi)
    half = panels(f, (K.number(1),), most + far * width, K)
    ends = sorted({s * x for panel in half for x in panel for s in (1, -1)})
    parts = int(mpmath.ceil(2 * far / LONGEST))
    plain = [-far + 2 * far * k / parts for k in range(parts + 1)]
    common = [(x, w * mpmath.exp(-x * x / 2) / root) for p, q in pairwise(plain) for x, w in points(p, q, K)]

    def mean(m: Any) -> Any:
        inside = [(v - m) / width for v in ends if abs(v - m) < far * width]
        if not inside:
            code = f.piece(m, K)
            return sum(w * code(m + width * x) for x, w in common)
        total = K.number(0)
        for p, q in pairwise(sorted({*inside, -far, far})):
            code = f.piece(m + width * (p + q) / 2, K)
            count = int(mpmath.ceil((q - p) / LONGEST))
            for k in range(count):
                for x, w in points(p + (q - p) * k / count, p + (q - p) * (k + 1) / count, K):
                    total += w * mpmath.exp(-x * x / 2) * code(m + width * x)
        return total / root

    return mean
