"""Kernels of data and dual kernels at numbers, to N digits or as proved enclosures.

Both come from one evaluation, whose precision `refine` raises until it suffices.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from ..activations.derive.dual import Dual
from ..errors import InvalidInput
from ..networks.graph import Graph
from .arithmetic import Arithmetic, require_flint
from .dual import kappa, kappa_dot
from .outside import Outside
from .recursion import Pair, Recursion
from .refine import MOST_GUARD, QUADRATURE_GUARD, Evaluation, digits, enclosures
from .relation import SAME, relation


def kernels(
    graph: Graph, X: np.ndarray, Y: np.ndarray | None, wanted: tuple[str, ...], precision: int | None
) -> list[Any]:
    """One result for each kernel in `wanted`: (n, m) numbers, or a pair (lo, hi) of (n, m) float64 where precision is None."""
    _ready(precision)
    work = Recursion(graph, X if Y is None else np.concatenate([X, Y]))
    n, m = len(X), len(X if Y is None else Y)
    places = [(i, j) for i in range(n) for j in range(i if Y is None else 0, m)]
    pairs = [work.pair(i, j if Y is None else n + j) for i, j in places]
    out = []
    for kind in wanted:
        values = _refined(_entries(work, pairs, kind == "ntk"), len(pairs), precision, work.duals.values())
        out.append(_matrix(values, places, (n, m), precision))
    return out


def _entries(work: Recursion, pairs: list[Pair], tangent: bool) -> Evaluation:
    def evaluate(K: Arithmetic, which: list[int]) -> list[tuple[Any, Any]]:
        entries = work.entries([pairs[i] for i in which], tangent, K)
        return [(theta if tangent else sigma, size) for sigma, theta, size in entries]

    return evaluate


def _matrix(values: list[Any], places: list[tuple[int, int]], shape: tuple[int, int], precision: int | None) -> Any:
    """Entries put in their places, and mirrored where only one triangle was computed."""
    parts = [values] if precision is not None else [list(ends) for ends in zip(*values, strict=True)]
    out = []
    for part in parts:
        matrix = np.empty(shape, dtype=object if precision is not None else np.float64)
        mirrored = len(places) < shape[0] * shape[1]
        for (i, j), value in zip(places, part, strict=True):
            matrix[i, j] = value
            if mirrored:
                matrix[j, i] = value
        out.append(matrix)
    return out[0] if precision is not None else tuple(out)


def dual_values(dual: Dual | Outside, dot: bool, moments: tuple[Any, Any, Any], precision: int | None) -> Any:
    """κ, or κ̇, at numbers or arrays that broadcast; in the form of `kernels`; plain numbers give plain numbers."""
    _ready(precision)
    scalar, shape, points = exact_moments(*moments)
    reading = kappa_dot if dot else kappa

    def evaluate(K: Arithmetic, which: list[int]) -> list[tuple[Any, Any]]:
        out = []
        for a, b, c in (points[i] for i in which):
            one, other, both = (K.number(x) for x in (a, b, c))
            size = K.sqrt(reading(dual, (one,) * 3, SAME, K)) * K.sqrt(reading(dual, (other,) * 3, SAME, K))
            out.append((reading(dual, (one, other, both), relation(a, b, c), K), size))
        return out

    values = _refined(evaluate, len(points), precision, [dual])
    if scalar:
        return values[0]
    if precision is None:
        return tuple(np.array(ends, dtype=np.float64).reshape(shape) for ends in zip(*values, strict=True))
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out.reshape(shape)


def exact_moments(*moments: Any) -> tuple[bool, tuple[int, ...], list[tuple[Fraction, ...]]]:
    """A triple: true if a, b, c are plain numbers, their common shape, and their exact values. Raises InvalidInput."""
    scalar = not any(np.ndim(x) for x in moments)
    try:
        arrays = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in moments))
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"a, b, c must be numbers or arrays that broadcast: {error}") from None
    if not all(np.isfinite(x).all() for x in arrays):
        raise InvalidInput("a, b, c must be finite: remove NaN and inf")
    points = [tuple(Fraction(float(x)) for x in point) for point in zip(*(x.ravel() for x in arrays), strict=True)]
    for a, b, c in points:
        if a < 0 or b < 0 or c * c > a * b:
            raise InvalidInput(
                f"a, b, c = {float(a)!r}, {float(b)!r}, {float(c)!r} are read exactly and are no covariance: pass "
                "a ≥ 0, b ≥ 0 and c² ≤ a·b"
            )
    return scalar, arrays[0].shape, points


def _ready(precision: int | None) -> None:
    if precision is None:
        require_flint()


def _refined(evaluate: Evaluation, count: int, precision: int | None, duals: Iterable[Dual | Outside]) -> list[Any]:
    if precision is None:
        return enclosures(evaluate, count)
    integrated = any(isinstance(dual, Outside) for dual in duals)
    return digits(evaluate, count, precision, QUADRATURE_GUARD if integrated else MOST_GUARD)
