"""The kernel with a bound of its error: Mehler's series in every layer, and what each layer makes of the errors before it.

κ as a function of s = √a, t = √b and ρ moves by at most ‖φ(s z) − φ(s* z)‖ ‖φ(t z)‖ with s, likewise with t, and by
‖φ'(s z)‖ ‖φ'(t z)‖ |st Δρ| with ρ (norms are those of L²(γ), and |κ̇| is largest at ρ = 1); κ̇ likewise with φ', φ''.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from math import gamma, pi, sqrt
from typing import Any

import numpy as np

from ..activations.balls import SAFETY, U
from ..activations.coefficients import Pole
from ..activations.series import Series
from ..errors import InvalidInput
from ..layers.dense import Dense
from ..threads import share
from .engine import tiles
from .plan import require_below

Array = np.ndarray


@dataclass(frozen=True)
class Rows:
    """One side of the pairs in one layer: variances, norms of φ and φ' there, and how much of each is uncertain."""

    a: Array
    off: Array
    norms: tuple[Array, Array]  # upper bounds of ‖φ(√a z)‖, ‖φ'(√a z)‖
    slopes: tuple[Array, Array]  # the same of φ' and φ''
    moves: tuple[Array, Array]  # of ‖φ(√a z) − φ(√a* z)‖, ‖φ'(√a z) − φ'(√a* z)‖, a* the true variance
    shift: Array  # of |√a − √a*|

    def part(self, where: slice) -> Rows:
        norms, slopes, moves = ((x[where], y[where]) for x, y in (self.norms, self.slopes, self.moves))
        return Rows(self.a[where], self.off[where], norms, slopes, moves, self.shift[where])


def kernel(layers: tuple[Any, ...], X: Array, Y: Array | None, tangent: bool) -> list[tuple[Array, Array]]:
    """[(nngp, bound), (ntk, bound)], each array (n, m); the second only where the tangent kernel is wanted."""
    hidden = list(zip(layers[:-1:2], layers[1::2], strict=True))
    rows_x, diagonals = _through(hidden, layers[-1], X, tangent)
    rows_y = rows_x if Y is None else _through(hidden, layers[-1], Y, tangent)[0]
    x, y = X, X if Y is None else Y
    shape = (len(X), len(X if Y is None else Y))
    out = [(np.empty(shape), np.empty(shape)) for _ in range(1 + tangent)]

    def tile(where: tuple[slice, slice]) -> None:
        i, j = where
        found = _tile(hidden, layers[-1], x[i], y[j], [r.part(i) for r in rows_x], [r.part(j) for r in rows_y], tangent)
        for results, pair in zip(out, found, strict=True):
            for result, values in zip(results, pair, strict=True):
                result[i, j] = values
                if Y is None:
                    result[j, i] = values.T

    share(tile, list(tiles(*shape, Y is None)))
    if Y is None:
        for results, pair in zip(out, diagonals, strict=True):
            for result, values in zip(results, pair, strict=True):
                np.fill_diagonal(result, values)
    return out


def _through(
    hidden: list[tuple[Dense, Any]], last: Dense, X: Array, tangent: bool
) -> tuple[list[Rows], list[tuple[Array, Array]]]:
    """The rows at every nonlinearity, and K(x, x), in which no angle occurs."""
    q = np.einsum("ij,ij->i", X, X) / X.shape[1]
    off = (X.shape[1] + 2) * U * q
    theta, theta_off = np.zeros_like(q), np.zeros_like(q)
    out = []
    for dense, phi in hidden:
        q, off = _dense(dense, q, off)
        require_below(phi.series.limit, q, np, len(out) + 1, phi)
        rows = _rows(phi.series, q, off)
        out.append(rows)
        if tangent:
            slope, exact = phi.series.square(q, 1)
            theta, theta_off = _tangent(dense, theta, theta_off, q, off)
            theta, theta_off = _product(slope, exact + 2 * rows.norms[1] * rows.moves[1], theta, theta_off)
        q, exact = phi.series.square(q)
        off = SAFETY * (exact + 2 * rows.norms[0] * rows.moves[0])
    q, off = _dense(last, q, off)
    return out, [(q, off), *([_tangent(last, theta, theta_off, q, off)] if tangent else [])]


def _product(x: Array, off_x: Array, y: Array, off_y: Array) -> tuple[Array, Array]:
    off = np.abs(x) * off_y + off_x * (np.abs(y) + off_y) + U * np.abs(x * y)
    return x * y, SAFETY * off


def _rows(f: Series, a: Array, off: Array) -> Rows:
    root = np.sqrt(a)
    shift = np.minimum(np.sqrt(off), off / np.where(root > 0, root, 1e-300)) + U * root
    faster = _norm(f.slopes[1], root + shift, 2)
    moves = [shift * _norm(growth, root + shift, 1) for growth in f.slopes]
    unknown = np.full(a.shape, np.inf)
    squares = [f.square(a), (unknown, 0 * a)]
    if not f.jumps:
        with suppress(Pole):  # of φ', which the NNGP does without
            squares[1] = f.square(a, 1)
            moves[0] = np.fmin(moves[0], shift * (f.pushed(a) + shift * faster))
    norms = [np.sqrt(square + exact) + move for (square, exact), move in zip(squares, moves, strict=True)]
    steep = [norms[1], _norm(f.slopes[1], root + shift, 0)]
    slopes = [np.full(a.shape, np.inf) if broken else x for x, broken in zip(steep, f.breaks, strict=True)]
    return Rows(a, off, (norms[0], norms[1]), (slopes[0], slopes[1]), (moves[0], moves[1]), shift)


def _norm(growth: tuple[float, float] | None, sigma: Array, power: int) -> Array:
    """A bound of ‖z^power f(σz)‖ for |f(u)| ≤ C(1 + |u|)^g: (1 + x)^2g ≤ 2^(2g−1) (1 + x^2g)."""
    if growth is None:
        return np.full(sigma.shape, np.inf)
    c, g = growth
    low, high = (2**p * gamma(p + 0.5) / sqrt(pi) for p in (power, g + power))  # E |z|^2p
    return SAFETY * c * np.sqrt(2 ** max(2 * g - 1, 0.0) * (low + sigma ** (2 * g) * high))


def _dense(dense: Dense, x: Array, off: Array) -> tuple[Array, Array]:
    w, bias = dense.W_std * dense.W_std, dense.b_std * dense.b_std
    return w * x + bias, SAFETY * (w * off + 4 * U * (w * np.abs(x) + bias))


def _tile(
    hidden: list[tuple[Dense, Any]], last: Dense, X: Array, Y: Array, x: list[Rows], y: list[Rows], tangent: bool
) -> list[tuple[Array, Array]]:
    d = X.shape[1]
    c = X @ Y.T / d
    off = (d + 2) * U * (np.abs(X) @ np.abs(Y).T / d)
    theta, theta_off = np.zeros_like(c), np.zeros_like(c)
    for (dense, phi), left, right in zip(hidden, x, y, strict=True):
        c, off = _dense(dense, c, off)
        if tangent:
            theta, theta_off = _tangent(dense, theta, theta_off, c, off)
        (c, off), slope = _layer(phi.series, left, right, c, off, tangent)
        if slope is not None:
            theta, theta_off = _product(*slope, theta, theta_off)
    c, off = _dense(last, c, off)
    if not tangent:
        return [(c, off)]
    return [(c, off), _tangent(last, theta, theta_off, c, off)]


def _tangent(dense: Dense, theta: Array, theta_off: Array, c: Array, off: Array) -> tuple[Array, Array]:
    """Θ' = Σ' + W² Θ"""
    w = dense.W_std * dense.W_std
    out = c + w * theta
    return out, SAFETY * (off + w * theta_off + 4 * U * (np.abs(c) + w * np.abs(theta)))


def _layer(f: Series, x: Rows, y: Rows, c: Array, off: Array, tangent: bool) -> tuple[Any, Any]:
    """(κ, bound) and, where wanted, (κ̇, bound) for c within off."""
    a, b = x.a[:, None], y.a[None, :]
    r = np.sqrt(a) * np.sqrt(b)
    cos = np.clip(c / np.where(r > 0, r, 1.0), -1.0, 1.0)
    s, t = np.sqrt(x.a) + x.shift, np.sqrt(y.a) + y.shift
    turned = off + 2 * (s[:, None] * y.shift + x.shift[:, None] * t) + 4 * U * np.abs(c)
    with np.errstate(divide="ignore", invalid="ignore"):
        # d/dρ of Σ α_k α_k ρ^k ≤ max k ρ^(k−1) · ‖φ‖‖φ‖, which is below 1/(1 − ρ)
        unsteady = 1 / np.maximum(r * (1 - np.abs(cos)) - turned, 0.0)
    out = []
    for order in range(1 + tangent):
        value, bound = f.bounded(a, b, cos, order)
        steep = _times(x.slopes[order], y.slopes[order])
        with np.errstate(invalid="ignore"):  # of φ' = 0 the second is 0 · ∞
            steep = np.fmin(steep, _times(x.norms[order], y.norms[order]) * unsteady)
        moved = _times(x.moves[order], y.norms[order]) + _times(x.norms[order], y.moves[order])
        with np.errstate(invalid="ignore"):
            turning = np.where(turned > 0, steep * turned, 0.0)
        out.append((value, SAFETY * (bound + moved + turning)))
    return out[0], out[1] if tangent else None


def _times(x: Array, y: Array) -> Array:
    return x[:, None] * y


def enclosure(value: Any, bound: Any, name: str) -> tuple[Any, Any]:
    """(lo, hi) around value ± bound, rounded outward; (−∞, ∞) where there is no bound.

    Raises InvalidInput where no entry has one.
    """
    known = np.isfinite(bound)
    if not known.any():
        raise InvalidInput(
            f"certified: no bound of the error is proved for {name}, because it is not known how fast it or its slope grows, "
            "or its slope jumps: pass bound=True for an estimate, or precision=30 for digits"
        )
    off = np.where(known, bound, np.inf) * (1 + 8 * U)
    lo, hi = np.nextafter(value - off, -np.inf), np.nextafter(value + off, np.inf)
    return (lo, hi) if np.ndim(value) else (float(lo), float(hi))
