"""The kernel matrix, from tiles of NumPy arrays on all cores or from the layer rules on arrays of any other library.

Blocks are fixed by the shape, and each block's product runs on one thread, so results do not depend on the thread count.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import local
from typing import Any

import numpy as np
from array_api_compat import device

from ..activations.numbers.estimates import Doubt, passed_on, watched
from ..arrays import namespace
from ..errors import InvalidInput
from ..layers.pair import Pair
from ..layers.spread import Spread
from ..networks.graph import Graph
from ..progress import counted
from ..threads import one_blas_thread, share
from .alone import Alone, Inputs, alone
from .chain import Chain
from .geometry import CHUNK, NEAR, Rows, first_pair, from_cosines, from_differences, rows
from .pairs import Pairs
from .spreads import Apart, Spreads
from .tiles import Scales, Tile

# 0.8 MB per scratch array: it fits in cache, and each NumPy call is long enough (0.1 ms) that two threads do not wait
# for the interpreter. With 64 × 256 numbers, better for L2, the second thread gained almost nothing.
TILE = 320
BLOCK = 2**17  # pairs whose gaps are computed together: some hundred arrays of 1 MB


def whole(graph: Graph, X: Any, Y: Any | None, tangent: bool) -> tuple[Any, Any]:
    """The kernels from the words on whole arrays of any array API library; scratch takes several times the output."""
    x = rows(X)
    y = x if Y is None else rows(Y)
    _, diagonal = alone(graph, x.q, tangent)
    if Y is not None:
        alone(graph, y.q, tangent)
    out = graph.run(Pairs(), first_pair(x, y, tangent))
    q, ntk = (diagonal.q, diagonal.ntk) if _masked(graph) else (None, None)
    return _symmetric(out.c, q, Y), _symmetric(out.ntk, ntk, Y)


def _symmetric(K: Any, diagonal: Any, Y: Any | None) -> Any:
    """A kernel of X with itself from its upper half, and from its diagonal if that is known separately."""
    if K is None or Y is not None:
        return K
    xp = namespace(K)
    if diagonal is None:
        upper = xp.triu(K)
        return upper + xp.triu(K, k=1).T
    upper = xp.triu(K, k=1)
    return upper + upper.T + diagonal[:, None] * xp.eye(K.shape[0], dtype=K.dtype, device=device(K))


def kernel(graph: Graph, X: np.ndarray, Y: np.ndarray | None, nngp: bool, ntk: bool) -> tuple[Any, Any]:
    """(nngp, ntk) of shape (n, m), None if not requested; X (n, d), Y (m, d) float32 or float64.

    float32 inputs are computed in float64 (they are exact numbers) and the result is rounded once.
    """
    work = _Work(graph, X, Y, nngp, ntk)
    with one_blas_thread():
        share(counted(work.tile, len(work.tiles)), work.tiles)
    passed_on(work.doubts)
    if work.symmetric:
        for out, diagonal in zip((k for k in (work.nngp, work.ntk) if k is not None), work.diagonals, strict=True):
            np.fill_diagonal(out, diagonal)
    return work.nngp, work.ntk


def diagonal(graph: Graph, X: Any, tangent: bool) -> Any:
    """K(x, x) for every row, without the matrix; float32 arrays of NumPy are computed in float64 and rounded once."""
    if not isinstance(X, np.ndarray):
        _, out = alone(graph, rows(X).q, tangent)
        return out.ntk if tangent else out.q
    reading, out = alone(graph, rows(X.astype(np.float64, copy=False)).q, tangent)
    return _in_range(reading, out, tangent, X.dtype)


def gap(graph: Graph, X: Any, Y: Any | None, tangent: bool) -> Any:
    """K(x, x) + K(x', x') − 2 K(x, x'), shape (n, m), on blocks of rows; NumPy in float64."""
    xp = namespace(X)
    dtype = X.dtype if Y is None else xp.result_type(X, Y)
    if isinstance(X, np.ndarray):
        X, Y = X.astype(np.float64), None if Y is None else np.asarray(Y, dtype=np.float64)
    x = rows(X)
    y = x if Y is None else rows(Y)
    for data in (x, y):
        alone(graph, data.q, False)
    n, step = X.shape[0], max(1, BLOCK // y.q.shape[0])
    blocks = []
    for i in range(0, n, step):
        pair = first_pair(Rows(*(z[i : min(i + step, n), ...] for z in x)), y, False)
        with watched() as found:
            out = graph.run(Spreads(), Apart(pair, Spread.constant(0.0, pair) if tangent else None))
        passed_on(doubt.moved(lambda p, q: (p + i, q)) for doubt in found)  # noqa: B023
        blocks.append((Spread.of(out.pair) if out.ntk is None else out.ntk).signed)
    out = xp.concat(blocks, axis=0)
    return xp.astype(_symmetric(out, 0 * x.q if _masked(graph) else None, Y), dtype)


class _Work:
    """The computation of one kernel matrix."""

    def __init__(self, graph: Graph, X: np.ndarray, Y: np.ndarray | None, nngp: bool, ntk: bool):
        dtype = X.dtype if Y is None else np.result_type(X, Y)
        self.graph, self.chain, self.tangent, self.symmetric = graph, Chain.of(graph), ntk, Y is None
        self.x = rows(X.astype(np.float64, copy=False))
        self.y = self.x if Y is None else rows(Y.astype(np.float64, copy=False))
        reading, out_x = alone(graph, self.x.q, ntk)
        other, out_y = (reading, out_x) if Y is None else alone(graph, self.y.q, ntk)
        wanted = [tangent for tangent, out in ((False, nngp), (True, ntk)) if out]
        for tangent in wanted:  # an overflow of the result is an error before anything is computed
            _in_range(other, out_y, tangent, dtype)
        self.diagonals = [_in_range(reading, out_x, tangent, dtype) for tangent in wanted]
        if self.chain:
            self.scale_x, self.scale_y = (
                Scales.of(self.chain, data.q, [x.q for _, x in each.seen])
                for data, each in ((self.x, reading), (self.y, other))
            )
        shape = (len(X), len(self.y.x))
        self.nngp = np.empty(shape, dtype) if nngp else None
        self.ntk = np.empty(shape, dtype) if ntk else None
        self.tiles = list(tiles(*shape, self.symmetric))
        self.scratch = local()
        self.doubts: list[Doubt] = []

    def tile(self, where: tuple[slice, slice]) -> None:
        i, j = where
        with watched() as found, np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            nngp, ntk, near = self._fast(self.chain, i, j) if self.chain else self._general(i, j)
        self.doubts += [doubt.moved(lambda p, q: (p + i.start, q + j.start)) for doubt in found]
        for out, k in ((self.nngp, nngp), (self.ntk, ntk)):
            if out is not None:
                out[i, j] = k
        if near is not None:
            p, q = np.nonzero(near)
            self._mend(p + i.start, q + j.start)
        if self.symmetric:
            self._mirror(i, j)

    def _fast(self, chain: Chain, i: slice, j: slice) -> tuple[Any, Any, Any]:
        """The plain recursion, with the mask of the entries that the words must replace."""
        if not hasattr(self.scratch, "tile"):
            self.scratch.tile = Tile(chain, TILE, self.nngp is not None, self.tangent)
        return self.scratch.tile.run(self.x.unit[i], self.y.unit[j], self.scale_x.part(i), self.scale_y.part(j))

    def _general(self, i: slice, j: slice) -> tuple[Any, Any, Any]:
        """The words on every pair of the tile."""
        x, y = (Rows(*(z[where] for z in data)) for data, where in ((self.x, i), (self.y, j)))
        out = self.graph.run(Pairs(), first_pair(x, y, self.tangent))
        return out.c, out.ntk, None

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
        """Replaces entries of near pairs by the layer rules; in a symmetric matrix those above the diagonal, which is known."""
        if self.symmetric:
            i, j = i[i < j], j[i < j]
        if not len(i):
            return
        for part in np.array_split(np.arange(len(i)), max(1, -(-len(i) * self.x.x.shape[1] // CHUNK))):
            with watched() as found:
                pair = self.graph.run(Pairs(), self._pairs(i[part], j[part]))
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


def _masked(graph: Graph) -> bool:
    """True if a pair of one input with itself differs from a pair of two equal inputs."""
    return any(True for _ in graph.of("dropped"))


def _in_range(reading: Inputs, last: Alone, tangent: bool, dtype: np.dtype) -> np.ndarray:
    """K(x, x) of the outputs in this dtype. Raises InvalidInput, naming the first layer whose variance leaves its range."""
    seen = [*reading.seen, (last.layer, last)]
    names, diagonals = [name for name, _ in seen], [x.ntk if tangent else x.q for _, x in seen]
    info = np.finfo(dtype)
    out = diagonals[-1]
    for trouble, outside, remedy in (
        ("leaves the range of {} above", lambda k: k > info.max, "lower W_std or depth"),
        ("leaves the range of {} below", lambda k: (k > 0) & (k < info.smallest_normal), "raise W_std or lower depth"),
    ):
        row = int(np.argmax(outside(out)))
        if outside(out[row]):
            inside = [n for n, k in enumerate(diagonals, 1) if not outside(k[row])]
            layer = names[max(inside, default=0)]
            remedies = f"{remedy}, scale X" + ", or pass float64" * (dtype == np.float32)
            raise InvalidInput(f"the kernel {trouble.format(dtype)} at {layer}: {remedies}")
    return out.astype(dtype, copy=False)


def tiles(n: int, m: int, symmetric: bool) -> Iterator[tuple[slice, slice]]:
    for i in range(0, n, TILE):
        for j in range(i if symmetric else 0, m, TILE):
            yield slice(i, min(i + TILE, n)), slice(j, min(j + TILE, m))
