"""The kernel with a bound of its error: Mehler's series at every activation, and propagation of errors by each word.

`moduli` bounds the changes of κ and κ̇ with the norms of two inputs and with their cosine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import permutations
from operator import mul
from typing import Any

import numpy as np

from ..activations.numbers.anchor import bounded
from ..activations.numbers.balls import SAFETY, U
from ..activations.numbers.moduli import Rows, rows, scaling, turning
from ..activations.numbers.series import Series
from ..errors import InvalidInput
from ..networks.graph import Graph, Node
from ..networks.missing import added, times
from ..networks.words import Gain
from ..progress import counted
from ..threads import share
from .alone import require_below
from .engine import tiles
from .known import Known

Array = np.ndarray


def kernel(graph: Graph, X: Array, Y: Array | None, tangent: bool) -> list[tuple[Array, Array]]:
    """[(nngp, bound), (ntk, bound)], each array (n, m); the second only if `tangent` is true."""
    inputs_x, diagonals = _alone(graph, X, tangent)
    inputs_y = inputs_x if Y is None else _alone(graph, Y, tangent)[0]
    x, y = X, X if Y is None else Y
    shape = (len(X), len(X if Y is None else Y))
    out = [(np.empty(shape), np.empty(shape)) for _ in range(1 + tangent)]

    def tile(where: tuple[slice, slice]) -> None:
        i, j = where
        reading = Pairs(inputs_x, i, inputs_y, j)
        found = _both(graph.run(reading, _inputs(x[i], y[j], tangent)))
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


@dataclass(frozen=True)
class State:
    """K and Θ of one place, on inputs (n,) or on pairs (n, m). mean (n,): of inputs, None if it is 0 or not needed."""

    K: Known
    theta: Known | None
    mean: Known | None = None
    layer: str = ""


def _alone(graph: Graph, X: Array, tangent: bool) -> tuple[Inputs, list[tuple[Array, Array]]]:
    """The data of each input that pairs need, and K(x, x), in which no angle occurs."""
    q = np.einsum("ij,ij->i", X, X) / X.shape[1]
    reading, nothing = Inputs(), np.zeros_like(q)
    theta = Known(nothing, nothing) if tangent else None
    return reading, _both(graph.run(reading, State(Known(q, (X.shape[1] + 2) * U * q), theta, layer="the inputs")))


def _inputs(X: Array, Y: Array, tangent: bool) -> State:
    d = X.shape[1]
    c = X @ Y.T / d
    nothing = np.zeros_like(c)
    theta = Known(nothing, nothing) if tangent else None
    return State(Known(c, (d + 2) * U * (np.abs(X) @ np.abs(Y).T / d)), theta)


def _both(state: State) -> list[tuple[Array, Array]]:
    return [(found.value, found.off) for found in (state.K, state.theta) if found is not None]


class Words:
    """Words that act on pairs as on single inputs."""

    name, remedy = "bound=True", "precision=20 answers, and certified=True where activations have closed forms"

    def linear(self, node: Node, x: State) -> State:
        gain: Gain = node.argument
        square = Known.number(gain.square())
        theta = None if x.theta is None else Known.number(gain.tangent()) * x.K + square * x.theta
        return State(square * x.K, theta, layer=node.layer)

    def constant(self, node: Node, x: State) -> State:
        nothing = 0 * x.K.value
        theta = None if x.theta is None else _filled(node.argument.tangent(), nothing)
        return State(_filled(node.argument.square(), nothing), theta, layer=node.layer)

    def product(self, node: Node, *factors: State) -> State:
        theta = None
        if factors[0].theta is not None:
            each = (_product(one.theta, *(x.K for x in factors if x is not one)) for one in factors)
            theta = added(*each)
        means = [x.mean for x in factors]
        mean = None if None in means else _product(*means)
        return State(_product(*(x.K for x in factors)), theta, mean, node.layer)

    def concat(self, node: Node, *branches: State) -> State:
        parts = [_times(Known.number(part), x) for part, x in zip(node.argument, branches, strict=True)]
        return _added(node, parts)

    def scaled(self, node: Node, x: State) -> State:
        factor = Known.number(node.argument)
        out = _times(factor * factor, x)
        return replace(out, mean=None if x.mean is None else factor * x.mean, layer=node.layer)


@dataclass
class Inputs(Words):
    """The reading of each input with itself; it keeps the data of each input that pairs need at the place of a node.

    sides   the variances at φ.   roots   1/√(a + eps).   means   the means of the inputs of `join` and `centred`
    """

    sides: dict[int, Rows] = field(default_factory=dict)
    roots: dict[int, Known] = field(default_factory=dict)
    means: dict[int, tuple[Known, ...]] = field(default_factory=dict)

    def join(self, node: Node, *summands: State) -> State:
        means = self.means[node.place] = tuple(x.mean for x in summands if x.mean is not None)
        out = _added(node, summands)
        return replace(out, K=added(out.K, *(m * n for m, n in permutations(means, 2))))

    def elementwise(self, node: Node, x: State) -> State:
        phi, q = node.argument, x.K
        f: Series = phi.series
        require_below(f.limit, q.value, x.layer, phi)
        side = self.sides[node.place] = rows(f, q.value, q.off)
        theta = x.theta
        if theta is not None:
            slope, exact = f.square(q.value, 1)
            theta = Known(slope, SAFETY * (exact + scaling(side, side, 1))) * theta
        square, exact = f.square(q.value)
        mean = self._mean(f, q, side) if node.mean else None
        return State(Known(square, SAFETY * (exact + scaling(side, side, 0))), theta, mean, node.layer)

    def _mean(self, f: Series, q: Known, side: Rows) -> Known | None:
        """E φ(u), the first coefficient of the series; its change with the norm is at most that of φ in L², since L¹ ≤ L²."""
        if f.parity < 0:
            return None
        alpha, error = f.hermite(q.value)
        return Known(alpha[0], SAFETY * (error + side.sides[0].move + side.sides[0].swept[0]))

    def centred(self, node: Node, x: State) -> State:
        if x.mean is None:
            return x
        self.means[node.place] = (x.mean,)
        return State((x.K - x.mean * x.mean).above(0.0), x.theta, layer=node.layer)

    def normalised(self, node: Node, x: State) -> State:
        eps = node.argument
        whole = x.K + Known(eps, 0.0)
        if (whole.value == 0).any():
            raise node.norm_of_zero()
        root = self.roots[node.place] = whole.over_root()
        out = _times(root * root, x)
        one = np.ones_like(whole.value)
        mean = None if x.mean is None else root * x.mean
        return replace(out, K=out.K if eps else Known(one, 0 * one), mean=mean, layer=node.layer)

    def dropped(self, node: Node, x: State) -> State:
        return replace(_times(Known.number(1 / node.argument), x), mean=x.mean, layer=node.layer)


class Pairs(Words):
    """The reading of pairs of different inputs: rows i of one matrix and rows j of another."""

    def __init__(self, x: Inputs, i: slice, y: Inputs, j: slice) -> None:
        self.x, self.i, self.y, self.j = x, i, y, j

    def join(self, node: Node, *summands: State) -> State:
        out, means = _added(node, summands), zip(self.x.means[node.place], self.y.means[node.place], strict=True)
        crossed = (self._outer(one[0], other[1]) for one, other in permutations(means, 2))
        return replace(out, K=added(out.K, *crossed))

    def elementwise(self, node: Node, p: State) -> State:
        x, y = self.x.sides[node.place].at(self.i), self.y.sides[node.place].at(self.j)
        K, slope = _layer(node.argument.series, x, y, p.K, p.theta is not None)
        return State(K, None if slope is None or p.theta is None else slope * p.theta)

    def centred(self, node: Node, p: State) -> State:
        if node.place not in self.x.means:
            return p
        (m,), (n,) = self.x.means[node.place], self.y.means[node.place]
        return replace(p, K=p.K - self._outer(m, n))

    def normalised(self, node: Node, p: State) -> State:
        return _times(self._outer(self.x.roots[node.place], self.y.roots[node.place]), p)

    def dropped(self, node: Node, p: State) -> State:
        return p

    def _outer(self, x: Known, y: Known) -> Known:
        return x.at(self.i).at(np.index_exp[:, None]) * y.at(self.j).at(np.index_exp[None, :])


def _filled(x: float, like: Array) -> Known:
    number = Known.number(x)
    return Known(number.value + like, number.off + like)


def _times(w: Known, x: State) -> State:
    """K, Θ and the mean multiplied by a number, or by one number for each entry."""
    return State(w * x.K, times(w, x.theta), times(w, x.mean))


def _added(node: Node, parts: Iterable[State]) -> State:
    """The sum without the cross terms of means."""
    parts = list(parts)
    theta, mean = added(*(x.theta for x in parts)), added(*(x.mean for x in parts))
    return State(added(*(x.K for x in parts)), theta, mean, node.layer)


def _product(*xs: Any) -> Known:
    return reduce(mul, xs)


def _layer(f: Series, x: Rows, y: Rows, c: Known, tangent: bool) -> tuple[Known, Known | None]:
    """κ and, if requested, κ̇."""
    x, y = x.at(np.index_exp[:, None]), y.at(np.index_exp[None, :])
    r = np.sqrt(x.a) * np.sqrt(y.a)
    cos = np.clip(c.value / np.where(r > 0, r, 1.0), -1.0, 1.0)
    s, t = np.sqrt(x.a) + x.shift, np.sqrt(y.a) + y.shift
    turned = c.off + 2 * (s * y.shift + x.shift * t) + 4 * U * np.abs(c.value)
    out = []
    for order in range(1 + tangent):
        value, bound = bounded(f, x.a, y.a, cos, order)
        total = bound + scaling(x, y, order) + turning(f, x, y, cos, turned, order)
        out.append(Known(value, SAFETY * np.nan_to_num(total, nan=np.inf, posinf=np.inf)))
    return out[0], out[1] if tangent else None


def enclosure(value: Any, bound: Any, name: str) -> tuple[Any, Any]:
    """(lo, hi) around value ± bound, rounded outward; (−∞, ∞) for entries without a bound.

    Raises InvalidInput if no entry has one.
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
