"""The variance and correlation maps of a block of layers, whose fixed points are those of unlimited depth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..activations.numbers.estimates import watched
from ..errors import NoReading
from ..layers.pair import Pair
from ..networks.graph import Graph, Node
from .alone import Alone, Inputs
from .pairs import Pairs
from .phases import VANISHING, Phases, fixed_points, where_known

Array = NDArray[Any]


def phases_of(graph: Graph) -> Phases:
    """The fixed points of a block of Gaussian units. Raises NoReading for Dropout: with it ρ = 1 is no fixed point."""
    for node in graph.of("dropped"):
        raise NoReading("the fixed points in depth", node.layer, "leave it out of the block")
    with watched():  # warnings of estimated errors are for kernels; an error of 1e-9 changes no phase
        return fixed_points(Block(replace(graph, nodes=tuple(map(_frozen, graph.nodes)))))


@dataclass(frozen=True)
class Block:
    """`phases.Maps` of a graph with untrained parameters: Θ = 1 before the block becomes χ₁ after it."""

    graph: Graph
    constant: None = None

    @property
    def scales(self) -> tuple[float, ...]:
        gains = [node.argument for word in ("linear", "constant") for node in self.graph.of(word)]
        return tuple(dict.fromkeys(float(gain.square()) for gain in gains))

    @property
    def vanishes(self) -> bool:
        return bool(self.variance(np.array([VANISHING]))[0] < 1e8 * VANISHING)

    def variance(self, q: Array) -> Array:
        return where_known(lambda q: self._alone(q).q, q)

    def slope(self, q: Array) -> Array:
        if any(phi.jumps for phi in self.graph.activations):
            return np.full(np.shape(q), np.inf)
        return where_known(lambda q: self._alone(q, np.ones_like(q)).ntk, q)

    def covariance(self, q: float, rho: Array) -> Array:
        def at(rho: Array) -> Array:
            whole, zero = np.full_like(rho, q), np.zeros_like(rho)
            return self.graph.run(Pairs(), Pair(whole, whole, q * rho, (1 - rho) * (1 + rho), zero)).c

        return where_known(at, rho)

    def _alone(self, q: Array, tangent: Array | None = None) -> Alone:
        return self.graph.run(Inputs(), Alone(q, tangent, layer="the input of the block"))


def _frozen(node: Node) -> Node:
    trained = node.word in ("linear", "constant")
    return replace(node, argument=replace(node.argument, rate=0.0)) if trained else node
