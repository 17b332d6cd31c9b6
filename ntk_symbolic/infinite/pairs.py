"""A network on pairs of inputs, all at once: the action of every word on a `Pair`, on any array library."""

from __future__ import annotations

from dataclasses import replace

from ..layers import features
from ..layers.pair import Pair
from ..networks.graph import Node
from ..networks.words import Gain


class Pairs:
    """The reading of pairs of different inputs; for Dropout an input with itself is a separate case, read by `alone`."""

    name, remedy = "the kernel matrix", "pass precision=20 for digits"

    def linear(self, node: Node, p: Pair) -> Pair:
        return linear(node.argument, p)

    def constant(self, node: Node, p: Pair) -> Pair:
        gain, zero = node.argument, 0 * p.c
        square = gain.square()
        flat, ntk = square + zero, None if p.ntk is None else gain.tangent() + zero
        return Pair(square + 0 * p.a, square + 0 * p.b, flat, zero, zero, ntk)

    def join(self, node: Node, *summands: Pair) -> Pair:
        return features.join(*summands)

    def product(self, node: Node, *factors: Pair) -> Pair:
        return features.product(*factors)

    def concat(self, node: Node, *branches: Pair) -> Pair:
        return features.concat(branches, node.argument)

    def scaled(self, node: Node, p: Pair) -> Pair:
        return features.scaled(p, node.argument)

    def elementwise(self, node: Node, p: Pair) -> Pair:
        f = node.argument.reading
        out = f.elementwise(p)
        return replace(out, means=f.means(p)) if node.mean else out

    def centred(self, node: Node, p: Pair) -> Pair:
        return features.centred(p)

    def normalised(self, node: Node, p: Pair) -> Pair:
        return features.normalised(p, node.argument)

    def dropped(self, node: Node, p: Pair) -> Pair:
        return features.dropped(p, node.argument)


def linear(gain: Gain, p: Pair) -> Pair:
    """The pair after fresh weights: angles are unchanged, or there are none if all weights are 0."""
    w = gain.square()
    ntk = None if p.ntk is None else gain.tangent() * p.c + w * p.ntk
    return Pair(w * p.a, w * p.b, w * p.c, p.sin2 if gain.std else 0 * p.sin2, gain.std * p.rise, ntk)
