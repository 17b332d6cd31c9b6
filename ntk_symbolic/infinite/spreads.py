"""A network on pairs with the gap of its tangent kernel: the action of every word on a `Pair` and on Θ as a `Spread`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import mul

from ..layers.pair import Pair
from ..layers.spread import Spread
from ..networks.graph import Node
from ..networks.missing import added
from .pairs import Pairs


@dataclass(frozen=True)
class Apart:
    """A pair without its tangent kernel, and the tangent kernel with its gap, None if not requested."""

    pair: Pair
    ntk: Spread | None


class Spreads:
    """The reading of gaps, with Σ by the words of `Pairs` and Θ by sums and products of kernels with their gaps."""

    name, remedy = "the gap", "subtract kernels with precision=30 for its digits"

    def __init__(self) -> None:
        self.pairs = Pairs()

    def linear(self, node: Node, x: Apart) -> Apart:
        ntk = None
        if x.ntk is not None:
            gain = node.argument
            ntk = Spread.of(x.pair).scaled(gain.tangent()) + x.ntk.scaled(gain.square())
        return Apart(self.pairs.linear(node, x.pair), ntk)

    def constant(self, node: Node, x: Apart) -> Apart:
        ntk = None if x.ntk is None else Spread.constant(node.argument.tangent(), x.pair)
        return Apart(self.pairs.constant(node, x.pair), ntk)

    def join(self, node: Node, *summands: Apart) -> Apart:
        return Apart(self.pairs.join(node, *(x.pair for x in summands)), added(*(x.ntk for x in summands)))

    def product(self, node: Node, *factors: Apart) -> Apart:
        ntk = None
        if factors[0].ntk is not None:
            kernels = [Spread.of(x.pair) for x in factors]
            terms = [[*kernels[:i], x.ntk, *kernels[i + 1 :]] for i, x in enumerate(factors)]
            ntk = added(*(reduce(mul, term) for term in terms))
        return Apart(self.pairs.product(node, *(x.pair for x in factors)), ntk)

    def concat(self, node: Node, *branches: Apart) -> Apart:
        parts = [x.ntk and x.ntk.scaled(share) for x, share in zip(branches, node.argument, strict=True)]
        return Apart(self.pairs.concat(node, *(x.pair for x in branches)), added(*parts))

    def scaled(self, node: Node, x: Apart) -> Apart:
        return Apart(self.pairs.scaled(node, x.pair), x.ntk and x.ntk.scaled(node.argument**2))

    def elementwise(self, node: Node, x: Apart) -> Apart:
        phi, ntk = node.argument, None
        if x.ntk is not None:
            ntk = Spread.of(phi.slope.elementwise(x.pair)) * x.ntk
        return Apart(self.pairs.elementwise(node, x.pair), ntk)

    def centred(self, node: Node, x: Apart) -> Apart:
        return Apart(self.pairs.centred(node, x.pair), x.ntk)

    def normalised(self, node: Node, x: Apart) -> Apart:
        ntk = x.ntk and x.ntk * Spread.inverse_norms(x.pair, node.argument)
        return Apart(self.pairs.normalised(node, x.pair), ntk)

    def dropped(self, node: Node, x: Apart) -> Apart:
        return Apart(self.pairs.dropped(node, x.pair), x.ntk and x.ntk.dropped(node.argument))
