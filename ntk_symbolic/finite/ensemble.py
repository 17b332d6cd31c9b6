"""Many networks of one width: the mean and the variance of their empirical NTK, computed in threads, with progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidInput
from ..networks.graph import INPUT, Graph, Node
from ..threads import cores, one_blas_thread
from .network import FiniteNetwork, drawn
from .widths import Widths

FAMILY = 8
"""Networks that share the weight matrices between hidden layers, up to signs.

Drawing normals is most of the work (width 256, 8 inputs: 500 µs a matrix, 30 µs for its product). A W whose columns
change sign at random has i.i.d. N(0, 1) entries again, independent of all other parameters, wherever it stands in the
graph: each member of a family has exactly the law of a fresh network, and a family's mean is unbiased. Members depend on
one another a little, families do not: a family is one observation, and standard errors are those of family means.
"""

CHUNK_ENTRIES = 2**18  # one chunk's square matrices in float32 take 1 MB and stay in cache
CHUNK_FAMILIES = 512


@dataclass(frozen=True, eq=False)
class Moments:
    """The count, mean and variance of independent observations of some statistics, each (S,)."""

    count: int
    mean: NDArray[Any]
    variance: NDArray[Any]  # of one observation


def compact(X: NDArray[Any]) -> NDArray[Any]:
    """Inputs with the Gram matrix x·x'/d of X (n, d) in min(n, d) features, float32.

    The law of W is invariant under rotations of the input, so the network's kernels have the same law on the triangular
    factor of Xᵀ = QR; 8 images of 784 pixels become 8 rows of 8 numbers.
    """
    n, d = X.shape
    if d > n:
        X = np.asarray(np.linalg.qr(X.T, mode="r")).T * np.sqrt(n / d)
    return X.astype(np.float32)


def moments(
    graph: Graph,
    X: NDArray[Any],
    width: int,
    networks: int,
    seed: np.random.SeedSequence,
    statistics: Callable[[NDArray[Any]], NDArray[Any]],
    threads: int | None = None,
    done: Callable[[int], None] = lambda networks: None,
) -> Moments:
    """Moments of statistics(Θ) over networks of this width.

    graph        traced for the inputs as they were before `compact`: the rates of the limit are those of the networks.
    X            (n, r) float32, see `compact`.
    width        of every Dense, also of those that have another one of their own.
    networks     rounded up to whole families.
    statistics   kernels (B, n, n) float64 -> (B, S), linear.
    done         called with the number of networks finished since its last call.
    Raises InvalidInput when kernels overflow.
    The result does not depend on the number of threads: each chunk has its own seed and sums are taken in the order of chunks.
    """
    widths = Widths(graph)
    sizes, shared = widths.sizes(X.shape[1], width, own=False), between_hidden(widths)
    entries = max((sizes[node.place] * sizes[node.inputs[0]] for node in shared), default=width**2)
    families = -(-networks // FAMILY)
    chunk = max(1, min(CHUNK_FAMILIES, CHUNK_ENTRIES // entries, -(-families // 4)))
    chunks = [min(chunk, families - start) for start in range(0, families, chunk)]

    def observe(job: tuple[int, np.random.SeedSequence]) -> NDArray[Any]:
        size, own = job
        rng = np.random.Generator(np.random.SFC64(own))  # SFC64: twice as fast as the default for float32 normals
        kernel = np.zeros((size, len(X), len(X)))
        with np.errstate(over="ignore", invalid="ignore"):  # an overflow raises once, at the end
            for member in family(graph, sizes, shared, size, rng):
                kernel += member.ntk(X)[..., 0, 0]
        return statistics(kernel / FAMILY)

    origin = total = squares = np.zeros(0)
    # One BLAS thread in each of ours: products this small gain nothing from more, and rounding stays the same.
    with one_blas_thread(), ThreadPoolExecutor(threads or cores()) as pool:
        try:
            for found in pool.map(observe, zip(chunks, seed.spawn(len(chunks)))):
                if not origin.size:
                    origin = found.mean(axis=0)  # squares around a number near the mean lose no digits
                    total = squares = np.zeros_like(origin)
                total = total + (found - origin).sum(axis=0)
                squares = squares + ((found - origin) ** 2).sum(axis=0)
                done(len(found) * FAMILY)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    shift = total / families
    if not np.isfinite(squares).all():
        raise InvalidInput("X, W_std or b_std is so large that sampled kernels overflow in float32; scale them down")
    return Moments(families, origin + shift, (squares - families * shift**2).clip(0) / max(families - 1, 1))


def between_hidden(widths: Widths) -> tuple[Node, ...]:
    """The Dense layers that neither read the inputs nor make the outputs."""
    return tuple(node for node in widths.hidden if INPUT not in node.inputs)


def family(
    graph: Graph, sizes: Mapping[int, int], shared: Sequence[Node], size: int, rng: np.random.Generator
) -> Iterator[FiniteNetwork]:
    """FAMILY batches of `size` networks; the weights of `shared` are the same up to signs."""
    first = drawn(graph, sizes, rng, batch=(size,), dtype=np.float32)
    yield first
    places = {node.place for node in shared}
    given = {n.place: W for n, W in zip(first.parameters, first.weights, strict=True) if n.place in places}
    for _ in range(FAMILY - 1):
        yield drawn(graph, sizes, rng, batch=(size,), dtype=np.float32, given=given)
