"""κ and κ̇ of an activation without a closed dual in many digits.

κ = Σ α_k(√a) α_k(√b) ρ^k and, by Price's theorem, κ̇ = ∂κ/∂c (Mehler 1866; Daniely, Frostig, Singer 2016). The coefficients
α_k(σ) = E φ(σz) h_k(z) are computed once for each variance, by Gauss's rule and in integers: h_k(z) 2^F, which costs a tenth
of mpmath's numbers. Where more than MOST of them would be needed, near ρ = ±1, the integral over the plane is used.
"""

from __future__ import annotations

from math import isqrt, log, sqrt
from typing import Any, NamedTuple

import mpmath
import numpy as np

from .arithmetic import Arithmetic
from .outside import LONGEST, Function, line, panels, points, reach, rule
from .plane import plane

FIRST, MOST = 128, 2048  # coefficients
SPARE = 24  # bits by which the truncation may be coarser than the arithmetic
FINE = 30  # bits by which integers are finer


class Expansion(NamedTuple):
    """α_k, and √ of the rest of E φ(σz)² beyond them."""

    alpha: list[Any]
    square: Any
    tail: Any


def dual_value(f: tuple[Function, Function], order: int, moments: tuple[Any, Any, Any], K: Arithmetic) -> Any:
    """κ (order 0) or κ̇ (1) at a, b > 0, |ρ| < 1; f = (φ, φ')."""
    a, b = (mpmath.sqrt(x) for x in moments[:2])
    rho = moments[2] / (a * b)
    if abs(rho) >= 1:  # by rounding: more bits decide
        return line(f[order], (a, mpmath.sign(rho) * b), K)
    count = _least(f[0], rho, K.bits)
    while count <= MOST:
        left, right = (_expansion(f[0], s, count, K) for s in (a, b))
        beyond = left.tail * right.tail * abs(rho) ** count * count**order
        allowed = mpmath.ldexp(mpmath.sqrt(left.square * right.square), SPARE - K.bits)
        if beyond <= allowed:
            return _sum(left.alpha, right.alpha, rho) if order == 0 else _slope(left.alpha, right.alpha, rho) / (a * b)
        count *= 2
    return plane(f[order], a, b, rho, K)


def _least(f: Function, rho: Any, bits: int) -> int:
    """The initial number of coefficients. With a breakpoint they fall slowly, and only powers of ρ make the terms small."""
    steep = -log(max(float(abs(rho)), 1e-300)) if f.ends else bits
    return next((n for n in (FIRST << k for k in range(8)) if n * steep >= (bits - 2 * SPARE) * log(2)), 2 * MOST)


def _sum(left: list[Any], right: list[Any], rho: Any) -> Any:
    total = rho * 0
    for x, y in zip(reversed(left), reversed(right), strict=True):
        total = total * rho + x * y
    return total


def _slope(left: list[Any], right: list[Any], rho: Any) -> Any:
    return _sum([k * x for k, x in enumerate(left)][1:], right[1:], rho)


def _expansion(f: Function, sigma: Any, count: int, K: Arithmetic) -> Expansion:
    key = (f, "expansion", sigma, count)
    if key not in K.memory:
        K.memory[key] = _expanded(f, sigma, count, K)
    return K.memory[key]


def _expanded(f: Function, sigma: Any, count: int, K: Arithmetic) -> Expansion:
    """Nodes z > 0 serve both signs: with φ(σz) ± φ(−σz), even and odd coefficients are computed separately."""
    far = reach(f, (sigma,), K.bits, K)
    nodes, sides, square = [], ([], []), K.number(0)
    # h_k has a phase of √k per standard deviation; on half a panel Gauss's rule resolves a phase of a third of its nodes
    for p, q in panels(f, (sigma,), far, K, min(LONGEST, 2 * len(rule(K)[0]) / 3 / sqrt(count))):
        codes = [f.piece(s * sigma * (p + q) / 2, K) for s in (1, -1)]
        for z, w in points(p, q, K):
            right = codes[0](sigma * z)
            left = f.parity * right if f.parity else codes[1](-sigma * z)
            density = w * mpmath.exp(-z * z / 2)
            nodes.append(z)
            sides[0].append(density * (right + left))
            sides[1].append(density * (right - left))
            square += density * (right * right + left * left)
    root = mpmath.sqrt(2 * K.pi)
    alpha = [x / root for x in _against_hermite(nodes, sides, count, K.bits, float(far))]
    square /= root
    return Expansion(alpha, square, mpmath.sqrt(max(square - sum(x * x for x in alpha), 0)))


def _against_hermite(
    nodes: list[Any], sides: tuple[list[Any], list[Any]], count: int, bits: int, far: float
) -> list[Any]:
    """Σ_i v_i h_k(z_i) for k < count, v of the parity of k, in integers: z 2^F, h_k 2^F, v 2^G/scale.

    √(k+1) h_{k+1} = z h_k − √k h_{k−1}. h_k grows to exp(z²/4) where v falls as fast: G has these bits more than F.
    """
    largest = max(abs(v) * mpmath.exp(z * z / 4) for side in sides for v, z in zip(side, nodes, strict=True))
    if not largest:
        return [largest] * count
    fine = bits + FINE
    finer = fine + int(far * far / 4 / log(2)) + 10
    scale = mpmath.frexp(largest)[1]
    z = np.array([int(mpmath.ldexp(x, fine)) for x in nodes], dtype=object)
    v = [np.array([int(mpmath.ldexp(x, finer - scale)) for x in side], dtype=object) for side in sides]
    empty = [not any(x) for x in v]
    before, now, root = 0 * z, 0 * z + (1 << fine), 0
    out = []
    for k in range(count):
        total = 0 if empty[k % 2] else int(np.dot(v[k % 2], now))
        out.append(mpmath.ldexp(mpmath.mpf(total), scale - fine - finer))
        next_root = isqrt((k + 1) << 2 * fine)
        before, now = now, (z * now - root * before) // next_root
        root = next_root
    return out
