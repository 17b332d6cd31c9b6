"""The kernel with a bound of its error: Mehler's series in every layer, and what each layer makes of the errors before it.

By how much κ and κ̇ move with the norms of two inputs and with their cosine, `moduli` knows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..activations.anchor import bounded
from ..activations.balls import SAFETY, U
from ..activations.moduli import Rows, rows, scaling, turning
from ..activations.series import Series
from ..errors import InvalidInput
from ..networks.dense import Dense
from ..progress import counted
from ..threads import share
from .alone import require_below
from .engine import tiles

Array = np.ndarray


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
        found = _tile(hidden, layers[-1], x[i], y[j], [r.at(i) for r in rows_x], [r.at(j) for r in rows_y], tangent)
        for results, pair in zip(out, found, strict=True):
            for result, values in zip(results, pair, strict=True):
                half = np.triu(values) + np.triu(values, 1).T if Y is None and i == j else values
                result[i, j] = half
                if Y is None:
                    result[j, i] = half.T

    parts = list(tiles(*shape, Y is None))
    share(counted(tile, len(parts)), parts)
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
        require_below(phi.series.limit, q, f"Dense layer {len(out) + 1}", phi)
        side = rows(phi.series, q, off)
        out.append(side)
        if tangent:
            slope, exact = phi.series.square(q, 1)
            theta, theta_off = _tangent(dense, theta, theta_off, q, off)
            theta, theta_off = _product(slope, exact + scaling(side, side, 1), theta, theta_off)
        q, exact = phi.series.square(q)
        off = SAFETY * (exact + scaling(side, side, 0))
    q, off = _dense(last, q, off)
    return out, [(q, off), *([_tangent(last, theta, theta_off, q, off)] if tangent else [])]


def _product(x: Array, off_x: Array, y: Array, off_y: Array) -> tuple[Array, Array]:
    off = np.abs(x) * off_y + off_x * (np.abs(y) + off_y) + U * np.abs(x * y)
    return x * y, SAFETY * off


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
    x, y = x.at(np.index_exp[:, None]), y.at(np.index_exp[None, :])
    r = np.sqrt(x.a) * np.sqrt(y.a)
    cos = np.clip(c / np.where(r > 0, r, 1.0), -1.0, 1.0)
    s, t = np.sqrt(x.a) + x.shift, np.sqrt(y.a) + y.shift
    turned = off + 2 * (s * y.shift + x.shift * t) + 4 * U * np.abs(c)
    out = []
    for order in range(1 + tangent):
        value, bound = bounded(f, x.a, y.a, cos, order)
        total = bound + scaling(x, y, order) + turning(f, x, y, cos, turned, order)
        out.append((value, SAFETY * np.nan_to_num(total, nan=np.inf, posinf=np.inf)))
    return out[0], out[1] if tangent else None


def enclosure(value: Any, bound: Any, name: str) -> tuple[Any, Any]:
    """(lo, hi) around value ± bound, rounded outward; (−∞, ∞) where there is no bound.

    Raises InvalidInput where no entry has one.
    """
    known = np.isfinite(bound)
    if not known.any():
        raise InvalidInput(
            f"certified: no bound of the error is proved for {name}, because it is not known how fast it or its slope grows: "
            "pass bound=True for an estimate, or precision=30 for digits"
        )
    off = np.where(known, bound, np.inf) * (1 + 8 * U)
    lo, hi = np.nextafter(value - off, -np.inf), np.nextafter(value + off, np.inf)
    return (lo, hi) if np.ndim(value) else (float(lo), float(hi))
