"""A network on single inputs: K(x, x) at every place, for all inputs at once, without angles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Any

import numpy as np

from ..arrays import namespace, occurs
from ..errors import InvalidInput
from ..layers.reading import require_numbers
from ..networks.graph import Graph, Node
from ..networks.missing import added, times


@dataclass(frozen=True)
class Alone:
    """Arrays (n,) of one place.

    q      E u².   ntk   Θ(x, x), or None.   mean   E u, or None if it is 0 or not needed
    layer  the layer of the place.   lost   mask of inputs whose q has underflowed, or None
    """

    q: Any
    ntk: Any = None
    mean: Any = None
    layer: str = ""
    lost: Any = None


@dataclass
class Inputs:
    """The reading of each input with itself.

    met    the variances at activations, in the order of the graph
    seen   K(x, x) after every sum of weights, with the name of the layer for messages about overflow and underflow
    Raises InvalidInput, naming the layer, on overflow, on underflow and if E φ(h)² is infinite.
    """

    met: list[Any] = field(default_factory=list)
    seen: list[tuple[str, Alone]] = field(default_factory=list)

    name, remedy = "K(x, x)", "pass precision=20 for digits"

    def linear(self, node: Node, x: Alone) -> Alone:
        x = _required(x)
        w = node.argument.square()
        out = Alone(w * x.q, added(None if x.ntk is None else node.argument.tangent() * x.q, times(w, x.ntk)))
        least = namespace(x.q).finfo(x.q.dtype).smallest_normal
        lost = (x.q > 0) & ((out.q <= least) | (x.q <= least)) if node.argument.std else None
        return self._kept(node, replace(out, lost=lost))

    def constant(self, node: Node, x: Alone) -> Alone:
        gain, zero = node.argument, 0 * x.q
        return Alone(gain.square() + zero, None if x.ntk is None else gain.tangent() + zero, layer=node.layer)

    def join(self, node: Node, *summands: Alone) -> Alone:
        q = added(*(x.q for x in summands))
        means = [x.mean for x in summands if x.mean is not None]
        if len(means) > 1:  # E (Σ uᵢ)² = Σ E uᵢ² + Σ_{i≠j} mᵢ mⱼ
            q = q + sum(means) ** 2 - sum(m * m for m in means)
        held = [x.lost for x in summands if x.lost is not None]
        lost = None
        if held:
            xp = namespace(q)
            kept = [x.q if x.lost is None else xp.where(x.lost, 0 * x.q, x.q) for x in summands]
            lost = reduce(or_, held) & (sum(kept) <= xp.finfo(q.dtype).smallest_normal)
        out = Alone(q, added(*(x.ntk for x in summands)), added(*means), lost=lost)
        return self._kept(node, out)

    def product(self, node: Node, *factors: Alone) -> Alone:
        first, *others = map(_required, factors)
        for x in others:
            ntk = None if first.ntk is None else first.ntk * x.q + first.q * x.ntk
            mean = None if first.mean is None or x.mean is None else first.mean * x.mean
            first = Alone(first.q * x.q, ntk, mean)
        return self._finite(node, first)

    def concat(self, node: Node, *branches: Alone) -> Alone:
        parts = list(zip(map(_required, branches), node.argument, strict=True))
        q = sum(share * x.q for x, share in parts)
        means = [share * x.mean for x, share in parts if x.mean is not None]
        return self._finite(node, Alone(q, added(*(times(share, x.ntk) for x, share in parts)), added(*means)))

    def scaled(self, node: Node, x: Alone) -> Alone:
        factor = node.argument
        w = factor * factor
        out = Alone(w * x.q, times(w, x.ntk), times(factor, x.mean), lost=x.lost if factor else None)
        return self._finite(node, out)

    def elementwise(self, node: Node, x: Alone) -> Alone:
        phi, q = node.argument, _required(x).q
        f = phi.reading
        self.met.append(q)
        require_numbers(f, phi, q)
        require_below(f.limit, q, x.layer, phi)
        square = f.square(q)
        ntk = None if x.ntk is None else f.slope_square(q) * x.ntk
        return Alone(square, ntk, f.mean(q) if node.mean else None, node.layer)

    def centred(self, node: Node, x: Alone) -> Alone:
        if x.mean is None:
            return x
        q = _required(x).q - x.mean * x.mean
        return Alone(namespace(q).where(q > 0, q, 0 * q), x.ntk, layer=node.layer)

    def normalised(self, node: Node, x: Alone) -> Alone:
        whole = _required(x).q + node.argument
        if occurs(whole == 0):
            raise node.norm_of_zero()
        root = None if x.mean is None else namespace(whole).sqrt(whole)
        return Alone(
            x.q / whole,
            None if x.ntk is None else x.ntk / whole,
            None if root is None else x.mean / root,
            node.layer,
        )

    def dropped(self, node: Node, x: Alone) -> Alone:
        return self._finite(node, Alone(_required(x).q / node.argument, times(1 / node.argument, x.ntk), x.mean))

    def _kept(self, node: Node, x: Alone) -> Alone:
        x = self._finite(node, x)
        if self.seen and self.seen[-1][0] == node.layer:  # the weights of this layer, now with its bias
            self.seen.pop()
        self.seen.append((node.layer, x))
        return x

    def _finite(self, node: Node, x: Alone) -> Alone:
        for values in (x.q, x.ntk):
            if values is not None and occurs(~namespace(values).isfinite(values)):
                raise InvalidInput(f"the kernel overflows at {node.layer}: lower W_std, b_std or depth, or scale X")
        return replace(x, layer=node.layer)


def alone(graph: Graph, q: Any, tangent: bool) -> tuple[Inputs, Alone]:
    """The reading for inputs with |x|²/d = q, and its value at the output."""
    reading = Inputs()
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):  # detected below, with a better message
        out = graph.run(reading, Alone(q, 0 * q if tangent else None, layer="the inputs"))
    return reading, _required(out)


def _required(x: Alone) -> Alone:
    """The place itself. Raises InvalidInput if q has underflowed."""
    if x.lost is not None and occurs(x.lost):
        raise InvalidInput(f"the kernel underflows at {x.layer}: raise W_std or b_std, lower depth, or scale X")
    return x


def require_below(limit: float, q: Any, layer: str, phi: Any) -> None:
    """Raises InvalidInput, naming the layer, if E φ² is infinite at these variances."""
    if limit < np.inf and occurs(~(q < limit)):
        raise InvalidInput(
            f"the variance at {layer} is {float(namespace(q).max(q)):.6g}, and from {limit:.6g} on E φ(u)² of {phi} is "
            "infinite: lower W_std, b_std or depth, or scale X"
        )
