"""Networks that are one chain of Dense layers and activations, all trained alike; tiles support only these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..networks.graph import INPUT, Graph, Node


@dataclass(frozen=True)
class Affine:
    """A Dense layer."""

    W_std: float
    b_std: float


@dataclass(frozen=True)
class Chain:
    """A chain: `hidden` has each Dense with the activation after it, None if another Dense follows; then the last Dense."""

    hidden: tuple[tuple[Affine, Any], ...]
    last: Affine

    @classmethod
    def of(cls, graph: Graph) -> Chain | None:
        """The chain of a graph, None for any other network."""
        layers = list(_layers(graph))
        if None in layers:
            return None
        return cls(tuple(layers[:-1]), layers[-1][0])  # type: ignore[index]


def _layers(graph: Graph) -> Iterator[tuple[Affine, Any] | None]:
    nodes, at = list(graph.nodes), INPUT

    def following(word: str, inputs: tuple[int, ...]) -> Node | None:
        known = nodes and nodes[0].word == word and nodes[0].inputs == inputs
        return nodes.pop(0) if known else None

    while nodes:
        weights = following("linear", (at,))
        if weights is None or not weights.argument.plain:
            yield None
            return
        at, b_std = weights.place, 0.0
        if bias := following("constant", (at,)):
            whole = following("join", (at, bias.place))
            if whole is None or not bias.argument.plain:
                yield None
                return
            at, b_std = whole.place, bias.argument.std
        phi = following("elementwise", (at,))
        at = phi.place if phi else at
        yield Affine(weights.argument.std, b_std), phi.argument if phi else None
