"""The kernel matrix: tiles of NumPy arrays on all cores, or the layer rules on whole arrays of any other library.

Blocks are fixed by the shape, and each block's product runs on one thread, so results do not depend on the thread count.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import local
from typing import Any

import numpy as np

from ..activations.estimates import Doubt, passed_on, watched
from ..arrays import namespace
from ..errors import InvalidInput
from ..layers.pair import Pair
from ..progress import counted
from ..threads import one_blas_thread, share
from .geometry import CHUNK, NEAR, Rows, first_pair, from_cosines, from_differences, rows
from .plan import Plan
from .tiles import Scales, Tile

# 0.8 MB a scratch array: in cache, and each NumPy call long enough (0.1 ms) that two threads do not queue for the
# interpreter. With 64 × 256 numbers, better for L2, the second thread gained next to nothing.
TILE = 320
BLOCK = 2**17  # pairs whose gaps are computed together: some hundred arrays of 1 MB


def whole(layers: tuple[Any, ...], X: Any, Y: Any | None, tangent: bool) -> tuple[Any, Any]:
    """The layer rules on whole arrays of any array API library; scratch of several times the output."""
    x = rows(X)
    y = x if Y is None else rows(Y)
    plan = Plan.of(layers)
    for data in (x, y):
        plan.variances(data.q, namespace(data.q))
    out = plan.propagate(first_pair(x, y, tangent))
    return _symmetric(out.c, Y), _symmetric(out.ntk, Y)


def _symmetric(K: Any, Y: Any | None) -> Any:
    if K is None or Y is not None:
        return K
    xp = namespace(K)
    upper = xp.triu(K)
    return upper + xp.triu(K, k=1).T


def kernel(layers: tuple[Any, ...], X: np.ndarray, Y: np.ndarray | None, nngp: bool, ntk: bool) -> tuple[Any, Any]:
    """(nngp, ntk) of shape (n, m), None where not asked; X (n, d), Y (m, d) float32 or float64.

    float32 inputs are computed in float64 (they are exact numbers) and the result is rounded once.
    """
    work = _Work(layers, X, Y, nngp, ntk)
    with one_blas_thread():
        share(counted(work.tile, len(work.tiles)), work.tiles)
    passed_on(work.doubts)
    if work.symmetric:
        for out, diagonal in zip((k for k in (work.nngp, work.ntk) if k is not None), work.diagonals, strict=True):
            np.fill_diagonal(out, diagonal)
    return work.nngp, work.ntk


def diagonal(layers: tuple[Any, ...], X: Any, tangent: bool) -> Any:
    """K(x, x) for every row, without the matrix; float32 is computed in float64 and rounded once where it is NumPy's."""
    if not isinstance(X, np.ndarray):
        return Plan.of(layers).diagonal(rows(X).q, namespace(X), tangent)
    return _in_range(Plan.of(layers).diagonals(rows(X.astype(np.float64, copy=False)).q, np, tangent), X.dtype)


def gap(layers: tuple[Any, ...], X: Any, Y: Any | None, tangent: bool) -> Any:
    """K(x, x) + K(x', x') − 2 K(x, x'), shape (n, m), by the layer rules on blocks of rows; NumPy in float64."""
    plan, xp = Plan.of(layers), namespace(X)
    dtype = X.dtype if Y is None else xp.result_type(X, Y)
    if isinstance(X, np.ndarray):
        X, Y = X.astype(np.float64), None if Y is None else np.asarray(Y, dtype=np.float64)
    x = rows(X)
    y = x if Y is None else rows(Y)
    for data in (x, y):
        plan.variances(data.q, xp)
    n, step = X.shape[0], max(1, BLOCK // y.q.shape[0])
    blocks = []
    for i in range(0, n, step):
        with watched() as found:
            blocks.append(plan.spread(first_pair(Rows(*(z[i : min(i + step, n), ...] for z in x)), y, False), tangent))
        passed_on(doubt.moved(lambda p, q: (p + i, q)) for doubt in found)  # noqa: B023
    blocks = [block.signed for block in blocks]
    return xp.astype(_symmetric(xp.concat(blocks, axis=0), Y), dtype)


class _Work:
    """One kernel matrix in the making."""

    def __init__(self, layers: tuple[Any, ...], X: np.ndarray, Y: np.ndarray | None, nngp: bool, ntk: bool):
        dtype = X.dtype if Y is None else np.result_type(X, Y)
        self.plan, self.tangent, self.symmetric = Plan.of(layers), ntk, Y is None
        self.x = rows(X.astype(np.float64, copy=False))
        self.y = self.x if Y is None else rows(Y.astype(np.float64, copy=False))
        self.scale_x = Scales.of(self.plan, self.x.q)
        self.scale_y = self.scale_x if Y is None else Scales.of(self.plan, self.y.q)
        shape = (len(X), len(self.y.x))
        self.nngp = np.empty(shape, dtype) if nngp else None
        self.ntk = np.empty(shape, dtype) if ntk else None
        self.tiles = list(tiles(*shape, self.symmetric))
        self.scratch = local()
        self.doubts: list[Doubt] = []
        self.diagonals = [self._diagonal(tangent, dtype) for tangent, out in ((False, nngp), (True, ntk)) if out]

    def _diagonal(self, tangent: bool, dtype: np.dtype) -> np.ndarray:
        """K(x, x) for X; what does not fit into the result is refused before anything is computed."""
        if not self.symmetric:
            _in_range(self.plan.diagonals(self.y.q, np, tangent), dtype)
        return _in_range(self.plan.diagonals(self.x.q, np, tangent), dtype)

    def tile(self, where: tuple[slice, slice]) -> None:
        i, j = where
        if not hasattr(self.scratch, "tile"):
            self.scratch.tile = Tile(self.plan, TILE, self.nngp is not None, self.tangent)
        with watched() as found, np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            nngp, ntk, near = self.scratch.tile.run(  # in entries that are about to be replaced nothing matters
                self.x.unit[i], self.y.unit[j], self.scale_x.part(i), self.scale_y.part(j)
            )
        self.doubts += [doubt.moved(lambda p, q: (p + i.start, q + j.start)) for doubt in found]
        for out, k in ((self.nngp, nngp), (self.ntk, ntk)):
            if out is not None:
                out[i, j] = k
        if near is not None:
            p, q = np.nonzero(near)
            self._mend(p + i.start, q + j.start)
        if self.symmetric:
            self._mirror(i, j)

    def _mirror(self, i: slice, j: slice) -> None:
        for out in (self.nngp, self.ntk):
            if out is None:
                continue
            if i == j:
                lower = np.tril_indices(i.stop - i.start, -1)
                block = out[i, i]
                block[lower] = block.T[lower]
            else:  # transposed in cache first: writing columns of a large array directly takes six times as long
                out[j, i] = np.ascontiguousarray(out[i, j].T)

    def _mend(self, i: np.ndarray, j: np.ndarray) -> None:
        """Entries of near pairs, by the layer rules; in a symmetric matrix those above the diagonal, which is known."""
        if self.symmetric:
            i, j = i[i < j], j[i < j]
        if not len(i):
            return
        for part in np.array_split(np.arange(len(i)), max(1, -(-len(i) * self.x.x.shape[1] // CHUNK))):
            with watched() as found:
                pair = self.plan.propagate(self._pairs(i[part], j[part]))
            self.doubts += [doubt.moved(lambda k: (i[part][k], j[part][k])) for doubt in found]  # noqa: B023
            for out, k in ((self.nngp, pair.c), (self.ntk, pair.ntk)):
                if out is not None:
                    out[i[part], j[part]] = k

    def _pairs(self, i: np.ndarray, j: np.ndarray) -> Pair:
        """The first pair for a list of index pairs."""
        x, y = self.x, self.y
        rho = np.clip(np.einsum("ij,ij->i", x.unit[i], y.unit[j]), -1.0, 1.0)
        a, b = x.q[i], y.q[j]
        both = from_differences(x.x[i], y.x[j], x.unit[i], rho), from_cosines(np, a, b, rho)
        sin2, rise = (np.where(np.abs(rho) > NEAR, near, far) for near, far in zip(*both, strict=True))
        return Pair(a, b, rho * (np.sqrt(a) * np.sqrt(b)), sin2, rise, 0 * rho if self.tangent else None)


def _in_range(diagonals: list[np.ndarray], dtype: np.dtype) -> np.ndarray:
    """The last of K(x, x) after every Dense, in this dtype; refused, with the layer that leads out, where it does not fit."""
    info = np.finfo(dtype)
    out = diagonals[-1]
    for trouble, outside, remedy in (
        ("leaves the range of {} above", lambda k: k > info.max, "lower W_std or depth"),
        ("leaves the range of {} below", lambda k: (k > 0) & (k < info.smallest_normal), "raise W_std or lower depth"),
    ):
        row = int(np.argmax(outside(out)))
        if outside(out[row]):
            inside = [n for n, k in enumerate(diagonals, 1) if not outside(k[row])]
            layer = max(inside, default=0) + 1
            remedies = f"{remedy}, scale X" + ", or pass float64" * (dtype == np.float32)
            raise InvalidInput(f"the kernel {trouble.format(dtype)} at Dense layer {layer}: {remedies}")
    return out.astype(dtype, copy=False)


def tiles(n: int, m: int, symmetric: bool) -> Iterator[tuple[slice, slice]]:
    for i in range(0, n, TILE):
        for j in range(i if symmetric else 0, m, TILE):
            yield slice(i, min(i + TILE, n)), slice(j, min(j + TILE, m))
