"""Adaptive precision: for digits, raised until two evaluations agree; for balls, until they are narrow.

The agreement of two precisions is a check and no proof. A ball is a proof.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath

from ..errors import InvalidInput
from .arithmetic import Arithmetic, Balls, Digits

Values = list[tuple[Any, Any]]  # each with the size relative to which a value may count as zero
Evaluation = Callable[[Arithmetic, list[int]], Values]

GUARD, MOST_GUARD = 40, 20_000  # bits beyond the required digits: initially, and at most
QUADRATURE_GUARD = 300  # at most, where every evaluation is a quadrature
NARROW, MOST_BITS = 128, 2048  # bits of balls: initially, and at most
NEGLIGIBLE = 100  # a value counts as zero if it is below 2⁻¹⁰⁰ of √(K(x,x) K(y,y))


def digits(evaluate: Evaluation, count: int, wanted: int, most: int = MOST_GUARD) -> list[Any]:
    """`count` numbers, each to `wanted` significant digits (a value of 10^−wanted of its size may have fewer).

    An evaluation counts if it had the bits that cancellation cost: without them two may agree on a wrong value (`careful`).
    Raises InvalidInput if the digits are not reached.
    """
    out: list[Any] = [None] * count
    before: dict[int, Any] = {}
    pending, guard = list(range(count)), GUARD
    bits = math.ceil(wanted * math.log2(10))
    with mpmath.workdps(wanted + 5):
        while pending and guard <= most:
            K = Digits(bits + guard, wanted)
            values = evaluated(evaluate, K, pending)
            if guard >= GUARD + K.lost:
                for i, (value, size) in zip(pending, values, strict=True):
                    if i in before and _agree(value, before[i], size, mpmath.mpf(10) ** -wanted):
                        out[i] = value
                    before[i] = value
            more = int(K.lost) if mpmath.isfinite(K.lost) else 0  # the number of lost bits of a value 0 is unknown
            pending, guard = [i for i in pending if out[i] is None], max(guard + max(guard // 2, GUARD), GUARD + more)
    if pending:
        raise InvalidInput(
            f"precision: {wanted} digits are not reached with {bits + most} bits: lower precision, W_std or depth"
        )
    with mpmath.workdps(wanted):
        return [+x for x in out]


def _agree(x: Any, y: Any, size: Any, tolerance: Any) -> bool:
    if not (mpmath.isfinite(x) and mpmath.isfinite(y)):
        return bool(x == y)
    floor = tolerance * size if mpmath.isfinite(size) else 0
    return bool(abs(x - y) <= tolerance * max(abs(x), floor))


def enclosures(evaluate: Evaluation, count: int) -> list[tuple[float, float]]:
    """`count` pairs lo ≤ exact value ≤ hi at most two float64 apart; wider where 2048 bits do not suffice."""
    out = [(-math.inf, math.inf)] * count
    pending, bits = list(range(count)), NARROW
    while pending and bits <= MOST_BITS:
        left = []
        for i, (value, size) in zip(pending, evaluated(evaluate, Balls(bits), pending), strict=True):
            out[i] = outward(value)
            if not _narrow(*out[i], size):
                left.append(i)
        pending, bits = left, 2 * bits
    return out


def evaluated(evaluate: Evaluation, K: Arithmetic, which: list[int]) -> Values:
    with K.working():
        return evaluate(K, which)


def outward(ball: Any) -> tuple[float, float]:
    """The smallest float64 interval around a ball."""
    if ball.is_nan():
        return -math.inf, math.inf
    low, high = ball.lower(), ball.upper()
    lo, hi = float(low), float(high)  # rounded to nearest: the next float outward if that is inside
    if not lo <= low:
        lo = math.nextafter(lo, -math.inf)
    if not hi >= high:
        hi = math.nextafter(hi, math.inf)
    return lo, hi


def _narrow(lo: float, hi: float, size: Any) -> bool:
    # two apart, since a value that is a float lies inside any ball, however narrow
    if hi <= math.nextafter(math.nextafter(lo, math.inf), math.inf):
        return True
    if math.isinf(lo) or math.isinf(hi):
        return lo > 0 or hi < 0  # beyond the range of float64
    return bool(hi - lo <= size * 2**-NEGLIGIBLE) if size.is_finite() else False
