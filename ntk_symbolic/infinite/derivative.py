"""Derivatives of kernels with respect to W_std, b_std or the left input: the layer rules on jets, and their exceptions.

The kernel is a smooth function of the covariances, except for the effect of kinks of φ. If φ' jumps, κ̇ varies like sin θ
(as does κ if φ jumps), so it has a kink where inputs are parallel and the angle can change; and κ of a φ with a kink at 0
varies like √(ab), which has a kink where an input is the zero vector and can change. Both can also occur at b_std = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any, cast

import numpy as np

from ..activations.numbers.estimates import passed_on, watched
from ..errors import NoClosedForm, NoDerivative, NoReading
from ..layers.jets import Jet, sqrt
from ..layers.pair import Pair
from ..networks.graph import Graph, Node
from .alone import alone
from .geometry import NEAR, Rows, first_pair, rows
from .pairs import Pairs

Array = np.ndarray
BLOCK = 2**16  # numbers of the result that are computed together
PARALLEL = 2.0**-100  # sin²θ of x and 2x, whose angle is due to rounding


def derivative(graph: Graph, X: Array, Y: Array, wrt: str, layer: int | None, tangent: bool) -> Array:
    """(n, m), or (n, m, d) for wrt "X". Raises NoDerivative."""
    out = _blocks(graph, X, Y, Moving(wrt, layer), tangent, X.shape[1] if wrt == "X" else 1)
    return out if wrt == "X" else out[..., 0]


def elasticities(graph: Graph, X: Array, Y: Array, names: tuple[str, ...], tangent: bool) -> Array:
    """∂K/∂log s, where s multiplies every W_std or every b_std, by the names: (n, m, number of names).

    Scales that are 0 stay 0. Raises NoDerivative.
    """
    return _blocks(graph, X, Y, Moving("the scales", None, names), tangent, len(names))


def _blocks(graph: Graph, X: Array, Y: Array, reading: Moving, tangent: bool, directions: int) -> Array:
    dtype = np.result_type(X, Y)
    x, y = (rows(z.astype(np.float64)) for z in (X, Y))
    for data in (x, y):
        alone(graph, data.q, False)
    n, step = len(X), max(1, BLOCK // (len(Y) * directions))
    blocks = []
    for i in range(0, n, step):
        reading.start = i
        with watched() as found, np.errstate(all="ignore"):  # in branches that are not taken
            blocks.append(_block(graph, Rows(*(z[i : i + step] for z in x)), y, reading, tangent, directions))
        passed_on(doubt.moved(lambda p, q: (p + i, q)) for doubt in found)  # noqa: B023
    return np.concatenate(blocks).astype(dtype)


def _block(graph: Graph, x: Rows, y: Rows, reading: Moving, tangent: bool, directions: int) -> Array:
    by_input = reading.wrt == "X"
    p = _first(x, y, tangent, by_input)
    moves = np.full(np.shape(p.c.value), by_input and x.x.shape[1] > 1)
    p = graph.run(reading, Turning(p, moves, lifted=by_input)).pair
    out = cast(Jet, p.ntk if tangent else p.c)
    return np.broadcast_to(out.tangent, (*out.value.shape, directions))


@dataclass(frozen=True)
class Turning:
    """A pair as jets, and whether its angle can depart linearly from 0 or π.

    moves    mask of pairs whose angle can.   lifted   True if units that are 0 for an input can change
    freed    mask of pairs whose angle can once a bias is added, for weights that are all 0 and vary
    apart    mask of pairs for which the inputs of the weights differ, which matters for a varying bias of 0
    live     True unless all weights are 0.   layer    the sum of weights from which it comes
    bias     the standard deviation of units that are a bias, None for all others
    """

    pair: Pair
    moves: Array
    lifted: bool = False
    freed: Array | None = None
    apart: Array | None = None
    live: bool = True
    layer: str = ""
    bias: float | None = None


class Moving:
    """The reading of derivatives: the words of `Pairs` on jets. Raises NoDerivative, naming the pair and the kink."""

    name, remedy = "the derivative", "take differences of kernel(..., precision=30)"

    def __init__(self, wrt: str, layer: int | None, factors: tuple[str, ...] = ()) -> None:
        """A reading for one request.

        wrt, layer   as in `derivative`.   factors   the names of `elasticities`, one direction for each
        """
        self.wrt, self.layer, self.factors, self.start, self.pairs = wrt, layer, factors, 0, Pairs()

    def linear(self, node: Node, x: Turning) -> Turning:
        slope, gain, p = self._slope(node, "W_std"), node.argument, x.pair
        apart = (p.rise.value != 0) | (p.sin2.value > 0) | (p.c.value < 0)
        live = gain.std > 0
        return Turning(
            self.pairs.linear(_moved(node, slope), p),
            x.moves & live,
            x.lifted,
            apart if slope.any() and not live else None,
            apart & live,
            live,
            node.layer,
        )

    def constant(self, node: Node, x: Turning) -> Turning:
        slope = self._slope(node, "b_std")
        still = np.zeros_like(x.moves)
        lifted = bool(slope.any()) and not node.argument.std  # sin θ varies like |b_std|
        if lifted and x.pair.ntk is not None:
            node.require_continuous_tangent()
        pair = self.pairs.constant(_moved(node, slope), x.pair)
        return Turning(pair, still, lifted, layer=node.layer, bias=node.argument.std)

    def join(self, node: Node, *summands: Turning) -> Turning:
        out = self._together(self.pairs.join(node, *(x.pair for x in summands)), summands)
        biases = [x for x in summands if x.bias is not None]
        moves = out.moves
        for x in summands:
            if x.bias is not None or not biases:
                continue
            if self.wrt == "X" and any(bias.bias for bias in biases):
                moves = moves | x.live
            if any(bias.lifted for bias in biases) and x.apart is not None:
                moves = moves | x.apart
            if x.freed is not None and any(bias.bias for bias in biases):  # sin θ varies like |W_std|
                moves = moves | x.freed
        bias = out.bias if len(biases) < len(summands) else max(cast(float, x.bias) for x in biases)
        return replace(out, moves=moves, layer=node.layer, bias=bias)

    def product(self, node: Node, *factors: Turning) -> Turning:
        pair = self.pairs.product(node, *(x.pair for x in factors))
        moves = np.logical_or.reduce([x.moves for x in factors])
        return Turning(pair, moves, any(x.lifted for x in factors), layer=node.layer)

    def concat(self, node: Node, *branches: Turning) -> Turning:
        return self._together(self.pairs.concat(node, *(x.pair for x in branches)), branches)

    def scaled(self, node: Node, x: Turning) -> Turning:
        bias = None if x.bias is None else abs(node.argument) * x.bias
        return replace(x, pair=self.pairs.scaled(node, x.pair), moves=x.moves & (node.argument != 0), bias=bias)

    def elementwise(self, node: Node, x: Turning) -> Turning:
        phi, p = node.argument, x.pair
        f = phi.reading
        self._check(x, phi)
        moves = x.moves | _bent(phi, p)
        if f.jumps and not f.portable:
            raise NoClosedForm(
                f"{phi} jumps away from 0: derivatives of its kernel are not known here; take kernels instead"
            )
        if node.mean and not f.portable:
            raise NoReading(self.name, f"the mean of {phi}, which has no closed form", self.remedy)
        pair = f.moving(p, lambda: phi.slope)
        pair = replace(pair, means=f.means(p)) if node.mean else pair
        return Turning(pair, moves, x.lifted, layer=x.layer)

    def centred(self, node: Node, x: Turning) -> Turning:
        return replace(x, pair=self.pairs.centred(node, x.pair))

    def normalised(self, node: Node, x: Turning) -> Turning:
        return replace(x, pair=self.pairs.normalised(node, x.pair), bias=None)

    def dropped(self, node: Node, x: Turning) -> Turning:
        return replace(x, pair=self.pairs.dropped(node, x.pair))

    def _slope(self, node: Node, name: str) -> Array:
        """The slope of the standard deviation of these parameters, in each direction."""
        if self.factors:
            return np.array([node.argument.std * (name == factor) for factor in self.factors])
        return np.array([float(self.wrt == name and self.layer in (None, node.number))])

    def _together(self, pair: Pair, parts: Sequence[Turning]) -> Turning:
        """The sum of parts; sums of parallel pairs are parallel if all have one ratio of norms, and turn if it varies."""
        moves = np.logical_or.reduce([x.moves for x in parts])
        for x, y in combinations((x.pair for x in parts if x.bias is None), 2):
            turned = x.rise * sqrt(y.b) - y.rise * sqrt(x.b)
            size = sqrt(x.b).value * sqrt(y.b).value
            moves = moves | (np.abs(turned.tangent) > 1e-12 * size[..., None]).any(axis=-1)
        return Turning(pair, moves, any(x.lifted for x in parts))

    def _check(self, x: Turning, phi: Any) -> None:
        """Raises NoDerivative if two pre-activations reach a kink or a jump of φ together and then separate."""
        p = x.pair
        a, b, sin2 = (np.broadcast_to(z.value, x.moves.shape) for z in (p.a, p.b, p.sin2))
        jumps = phi.reading.jumps
        kinks = (0.0,) if jumps else phi.slope.jump_points
        parallel = (sin2 <= PARALLEL) & (a > 0) & (b > 0)
        met = parallel & (x.moves & _meet(kinks, a, b) | (self.wrt == "X") & _meet([h for h in kinks if h], a, b))
        if jumps:
            self._refuse(
                met, x, phi, "jumps, so κ varies like sin θ where the angle between two pre-activations is 0 or π"
            )
        elif p.ntk is not None:
            why = "has a kink, so κ̇ varies like sin θ where the angle between two pre-activations is 0 or π"
            self._refuse(met & (p.ntk.value != 0), x, phi, why)
        if 0.0 in kinks and x.lifted:
            zero = (a == 0) & (b > 0) | (a > 0) & (b == 0) & (self.wrt == "b_std")
            self._refuse(zero, x, phi, "is not smooth at 0, where the pre-activation of one input is")

    def _refuse(self, where: Array, x: Turning, phi: Any, why: str) -> None:
        if where.any():
            i, j = np.argwhere(where)[0]
            remedy = 'take get="nngp", inputs that are not parallel, or' if "κ̇" in why else "move the inputs, or take"
            raise NoDerivative(
                f"the kernel of row {i + self.start} of X and row {j} of Y (counted from 0) has no derivative with respect "
                f"to {self.wrt}: after {x.layer}, {phi} {why}; {remedy} a smooth activation"
            )


def _bent(phi: Any, p: Pair) -> Array:
    """Pairs whose units φ turns: φ(u) and φ(su) are parallel for s = 1, and for s near 1 only if φ is homogeneous."""
    nothing = np.zeros(np.shape(p.c.value), dtype=bool)
    held = (p.sin2.value <= PARALLEL) & (p.a.value > 0) & (p.b.value > 0)
    if not held.any():
        return nothing
    left, right = (z.tangent / np.where(z.value > 0, z.value, 1.0)[..., None] for z in (p.a, p.b))
    stretched = (np.abs(left - right) > 1e-12 * (np.abs(left) + np.abs(right))).any(axis=-1)
    return held & stretched if (held & stretched).any() and phi.reading.degree is None else nothing


def _moved(node: Node, slope: Array) -> Node:
    """The node with its standard deviation as a jet."""
    std = Jet(np.asarray(node.argument.std), slope)
    return replace(node, argument=replace(node.argument, std=std))


def _first(x: Rows, y: Rows, tangent: bool, moves: bool) -> Pair:
    """The first pair as jets, in the directions of the features of x, or in that of a parameter, on which it is constant."""
    p = first_pair(x, y, tangent)
    d = x.x.shape[1]
    still = np.zeros((1, 1, 1))
    if not moves:
        a, b, c, sin2, rise = (Jet(z, still) for z in (p.a, p.b, p.c, p.sin2, p.rise))
        return Pair(a, b, c, sin2, rise, None if p.ntk is None else Jet(p.ntk, still))
    length = np.sqrt(np.sum(x.unit * x.unit, axis=1))  # 1, or 0 for the zero vector
    norm = np.where(length > 0, np.sqrt(x.q * d), 1.0)[:, None, None]
    unit = x.unit[:, None, :]
    # sin²θ = 1 − ρ², and ∂ρ/∂x is the part of y/|y| orthogonal to x, over |x|: that of (y ∓ x)/|y| if y is near ±x
    cosine = unit @ y.unit.T
    cosine = np.clip(cosine[:, 0, :], -1.0, 1.0)[..., None]
    size = np.where(y.q > 0, np.sqrt(y.q * d), 1.0)[None, :, None]
    near = (np.abs(cosine) > NEAR) & (norm < 4 * size)
    other = np.where(near, (y.x[None] - np.sign(cosine) * x.x[:, None, :]) / size, y.unit[None])
    across = other - unit * np.sum(other * unit, axis=-1, keepdims=True)
    return Pair(
        Jet(p.a, 2 * x.x[:, None, :] / d),
        Jet(p.b, still),
        Jet(p.c, y.x[None] / d + 0 * unit),
        Jet(p.sin2, -2 * cosine * across / norm * length[:, None, None]),
        Jet(p.rise, unit / d**0.5 + 0 * across),
        None if p.ntk is None else Jet(p.ntk, still),
    )


def _meet(kinks: Sequence[float], a: Array, b: Array) -> Array:
    """True for pairs of variances at which parallel u and v reach kinks at the same time."""
    s, t = np.sqrt(a), np.sqrt(b)
    out = np.zeros(a.shape, dtype=bool)
    for h, k in product(kinks, repeat=2):
        out |= np.abs(abs(h) * t - abs(k) * s) <= 1e-14 * abs(h) * t
    return out
