"""The scales W_std and b_std of all Dense layers of a network, and their multiplication by factors."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from ..errors import InvalidInput
from .dense import Dense
from .graph import Graph
from .words import Layer

WORDS = {"W_std": "linear", "b_std": "constant"}


def scales(graph: Graph, name: str) -> dict[int, float]:
    """W_std, or b_std if there are biases, of the Dense layers by their numbers."""
    return {node.number: float(node.argument.std) for node in graph.of(WORDS[name])}


def scaled(layer: Any, W_std: float = 1.0, b_std: float = 1.0) -> Any:
    """The layer with every W_std and b_std in it multiplied by these factors."""
    if isinstance(layer, Dense):
        return replace(layer, W_std=W_std * layer.W_std, b_std=b_std * layer.b_std)
    if isinstance(layer, tuple):
        return tuple(scaled(part, W_std, b_std) for part in layer)
    if not is_dataclass(layer) or isinstance(layer, type):
        return layer
    parts = {field.name: getattr(layer, field.name) for field in fields(layer) if field.init}
    moved = {name: scaled(part, W_std, b_std) for name, part in parts.items() if isinstance(part, (Layer, tuple))}
    return replace(layer, **moved) if any(moved[name] != parts[name] for name in moved) else layer


def rescaled(network: Any, features: int, W_std: float, b_std: float) -> Any:
    """The network with its scales multiplied. Raises InvalidInput if those of a layer are not accessible."""
    out = scaled(network, W_std, b_std)
    for name, factor in (("W_std", W_std), ("b_std", b_std)):
        before, after = (scales(net.graph(features), name) for net in (network, out))
        if after != {number: factor * std for number, std in before.items()}:
            raise InvalidInput(
                f"{name} of {network!r} cannot be multiplied: a layer that is written by hand has to be a dataclass with its "
                "Dense layers as fields"
            )
    return out
