"""Finite networks as numbers: sampled parameters, predictions, back-propagation, the empirical NTK.

The same code serves one network and many: every array of parameters may carry leading batch axes, and a batch of networks is
evaluated by batched matrix products. Inputs are rows; shapes below write `*batch` for those leading axes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..inputs import as_count
from ..networks.graph import INPUT, Graph, Node
from .signals import Signal, Units, add_gram, added
from .widths import Widths
from .words import PARAMETERS, Forward, unit

Array = NDArray[Any]
Weights = tuple[Array, ...]


@dataclass(frozen=True, eq=False)
class FiniteNetwork:
    """A graph with parameters: h = (W_std/√n) W x + b_std b for every Dense, n the width of x.

    weights   one array for each `linear` and `constant` node, in the order of the graph: W (*batch, n_out, n_in),
              b (*batch, n_out), entries N(0, 1).
    outputs   k: the first units of the last place.
    masks     the seed of the masks of Dropout, which are parts of the network: a mask for each row of X, others for Y.

    Derivatives are by θ = √(Θ' of the parameter) · its distance from the start, so that gradient flow in θ is training with the
    rates and the parameterisation of every layer, and Θ = ∂_θ f · ∂_θ f.
    """

    graph: Graph
    weights: Weights
    outputs: int = 1
    masks: int = 0

    @property
    def n_features(self) -> int:
        return self.weights[0].shape[-1]

    def predict(self, X: Array) -> Array:
        """X (n, d) -> (*batch, n, outputs)."""
        return self._forward(X)[0][..., : self.outputs]

    def ntk(self, X: Array, Y: Array | None = None) -> Array:
        """Empirical NTK, [i, j, p, q] = ∂_θ f_p(x_i)·∂_θ f_q(x'_j): X (n, d), Y (m, d) -> (*batch, n, m, k, k).

        The Jacobian is never formed. With δ = ∂f/∂h at the units h = W x, the gradient by W is
        √(tangent/n) δ ⊗ x, so its Gram matrix is the entrywise product of two small ones, summed over parameters:
        (tangent/n) x·x' (δ·δ').
        Y is X by default; exactly symmetric when Y is None. Source: Jacot et al. 2018, arXiv 1806.07572.
        """
        _, ours = self._forward(X)
        signals = self._signals(ours, Units(self.outputs))
        theirs, signals_ = ours, signals
        if Y is not None:
            theirs = self._forward(Y, side=1)[1]
            signals_ = self._signals(theirs, Units(self.outputs))

        n, m, k, batch = len(X), len(X if Y is None else Y), self.outputs, self.weights[0].shape[:-2]
        kernel = np.zeros((*batch, n, k, m, k), dtype=self.weights[0].dtype)
        for nodes in self._with_equal_signals(signals):
            gram = self._parameter_gram(nodes, ours, theirs, kernel)
            add_gram(kernel, signals[nodes[0].place], signals_[nodes[0].place], gram)
        kernel = np.einsum("...ipjq->...ijpq", kernel)
        if Y is None:
            # BLAS may round x·y and y·x differently; the mean with the transpose is symmetric to the last bit.
            kernel = kernel + np.einsum("...ijpq->...jiqp", kernel)
            kernel *= 0.5
        return kernel

    def gradient(self, X: Array, residual: Array) -> Weights:
        """Σ_{n,p} residual[n, p] ∂f_p(x_n)/∂θ by back-propagation, shaped as `weights`.

        X (n, d), residual (n, k): ∂c/∂f at each point, so that the result is ∂c/∂θ. One network only, no batch axes.
        """
        last, forward = self._forward(X)
        error = np.zeros((len(X), 1, last.shape[-1]), dtype=last.dtype)
        error[:, 0, : self.outputs] = residual
        signals = self._signals(forward, error)
        found = []
        for node, W in zip(self.parameters, self.weights, strict=True):
            delta, root = signals.get(node.place, np.zeros((1, 1, len(W)))), math.sqrt(node.argument.tangent())
            assert not isinstance(delta, Units)
            if node.word == "linear":
                found.append(root / math.sqrt(W.shape[-1]) * (delta[:, 0].T @ forward.read[node.place]))
            else:
                found.append(root * delta[:, 0].sum(axis=0))
        return tuple(found)

    def moved(self, step: float, direction: Weights) -> FiniteNetwork:
        """The network at θ + step · direction."""
        rates = [math.sqrt(node.argument.tangent()) / (unit(node.argument) or 1.0) for node in self.parameters]
        return replace(
            self,
            weights=tuple(W + step * rate * dW for W, rate, dW in zip(self.weights, rates, direction, strict=True)),
        )

    def astype(self, dtype: DTypeLike) -> FiniteNetwork:
        """The network with parameters of this dtype; itself if they already have it."""
        if self.weights[0].dtype == dtype:
            return self
        return replace(self, weights=tuple(W.astype(dtype) for W in self.weights))

    @cached_property
    def parameters(self) -> tuple[Node, ...]:
        """The nodes that `weights` belong to."""
        return parameters_of(self.graph)

    def _forward(self, X: Array, side: int = 0) -> tuple[Array, Forward]:
        """All units of the last place, and the functions for the backward pass."""
        arrays = {node.place: W for node, W in zip(self.parameters, self.weights, strict=True)}
        forward = Forward(arrays, (self.masks, side))
        return self.graph.run(forward, X), forward

    def _signals(self, forward: Forward, last: Signal) -> dict[int, Signal]:
        """δ of the output units of each node with parameters, by a walk of the graph from its end."""
        found = {self.graph.nodes[-1].place: last}
        kept: dict[int, Signal] = {}
        for node in reversed(self.graph.nodes):
            if node.place not in found:
                continue  # units without a reader
            delta = found.pop(node.place)
            if node.word in PARAMETERS:
                kept[node.place] = delta
            if INPUT not in node.inputs:
                for place, part in zip(node.inputs, forward.back[node.place](delta)):
                    found[place] = added(found[place], part) if place in found else part
        return kept

    def _with_equal_signals(self, signals: Mapping[int, Signal]) -> Iterator[list[Node]]:
        """The nodes with trained parameters, grouped by the units whose summands they are."""
        together: dict[int, list[Node]] = {}
        for node in self.parameters:
            if node.place in signals and node.argument.tangent():
                together.setdefault(id(signals[node.place]), []).append(node)
        yield from together.values()

    def _parameter_gram(self, nodes: list[Node], ours: Forward, theirs: Forward, kernel: Array) -> Array:
        """∂h/∂θ · ∂h'/∂θ of one unit h, (*batch, n, m), θ all parameters of these nodes."""
        total, constants = None, 0.0
        for node in nodes:
            tangent = node.argument.tangent()
            if node.word == "linear":
                x, y = ours.read[node.place], theirs.read[node.place]
                gram = x @ y.swapaxes(-1, -2)
                gram *= tangent / x.shape[-1]
                total = gram if total is None else total + gram
            else:
                constants += tangent
        if total is None:
            total = np.zeros((kernel.shape[-4], kernel.shape[-2]), dtype=kernel.dtype)
        total += constants
        return total


def sample(
    graph: Graph,
    n_features: int,
    width: int | Sequence[int],
    seed: int | np.random.Generator = 0,
    outputs: int = 1,
    batch: tuple[int, ...] = (),
    dtype: DTypeLike = np.float64,
) -> FiniteNetwork:
    """Draw a network, or a batch of independent ones: every entry of every W and b is N(0, 1).

    width   one int for every Dense before the outputs, or a sequence with one for each; see `Widths.sizes`.
    seed    an int, or a Generator to draw from.
    In the standard parameterisation fan-ins are those of the widths sampled.
    Raises InvalidInput for widths or outputs that are not positive whole numbers, or as many widths as do not fit.
    """
    outputs = as_count(outputs, "outputs", 1)
    sizes = Widths(graph).sizes(n_features, width, outputs)
    rng = seed if isinstance(seed, np.random.Generator) else np.random.default_rng(as_count(seed, "seed"))
    return drawn(_with_fan_ins(graph, sizes), sizes, rng, outputs, batch, dtype)


def drawn(
    graph: Graph,
    sizes: Mapping[int, int],
    rng: np.random.Generator,
    outputs: int = 1,
    batch: tuple[int, ...] = (),
    dtype: DTypeLike = np.float64,
    given: Mapping[int, Array] | None = None,
) -> FiniteNetwork:
    """A network with these numbers of units at every place, in the parameterisation of the graph.

    given   arrays that are not drawn: by the place of a `linear`, one that is taken with a random sign for each column.
    """
    given, weights = given or {}, []
    for node in parameters_of(graph):
        if node.place in given:
            W = given[node.place]
            signs = rng.integers(0, 2, (*batch, 1, W.shape[-1]), dtype=np.int8)
            weights.append(W * (signs * W.dtype.type(2) - W.dtype.type(1)))
            continue
        shape = (*batch, sizes[node.place], *((sizes[node.inputs[0]],) if node.word == "linear" else ()))
        starts_at_zero = unit(node.argument) and not node.argument.std
        weights.append(np.zeros(shape, dtype) if starts_at_zero else rng.standard_normal(shape, dtype=dtype))  # type: ignore[arg-type]
    masks = int(rng.integers(2**63)) if any(graph.of("dropped")) else 0
    return FiniteNetwork(graph, tuple(weights), outputs, masks)


def parameters_of(graph: Graph) -> tuple[Node, ...]:
    """The nodes with parameters, in the order of the graph."""
    return tuple(node for node in graph.nodes if node.word in PARAMETERS)


def _with_fan_ins(graph: Graph, sizes: Mapping[int, int]) -> Graph:
    """The graph with the fan-ins of a network of these sizes, for the standard parameterisation."""

    def sized(node: Node) -> Node:
        if node.word != "linear" or node.argument.fan_in is None:
            return node
        return replace(node, argument=replace(node.argument, fan_in=sizes[node.inputs[0]]))

    return Graph(tuple(map(sized, graph.nodes)), graph.depth)
