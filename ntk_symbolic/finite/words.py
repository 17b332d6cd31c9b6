"""Every word on numbers: the forward pass of units, and the backward pass of derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..networks.graph import Node
from ..networks.words import Gain
from .signals import Signal, scaled, through, written

Array = NDArray[Any]

PARAMETERS = ("linear", "constant")  # words with parameters of their own


def unit(gain: Gain) -> float:
    """The factor between a parameter's array and its value: arrays are N(0, 1); 0 for parameters that start at 0."""
    return float(gain.std) or math.sqrt(gain.tangent())


class Forward:
    """The reading of rows of inputs by one network, or by a batch of networks; units are arrays (*batch, n, n_units).

    weights   the array of each linear and constant node, by its place: (*batch, n_out, n_in), (*batch, n_out).
    masks     the seed of the masks of `dropped`: one mask for each row and place.
    After the forward pass `back` has a function for each place, from the δ of its units to those of its input units, as many
    as the node has inputs.
    """

    name, remedy = "a sampled network", "kernel answers"

    def __init__(self, weights: Mapping[int, Array], masks: tuple[int, ...]) -> None:
        self.weights, self.masks = weights, masks
        self.read: dict[int, Array] = {}  # the inputs of each linear node
        self.back: dict[int, Callable[[Signal], tuple[Signal, ...]]] = {}

    def linear(self, node: Node, x: Array) -> Array:
        W = self.weights[node.place]
        scale = unit(node.argument) / math.sqrt(W.shape[-1])

        h = x @ W.swapaxes(-1, -2)
        h *= scale
        self.read[node.place] = x
        self.back[node.place] = lambda delta: (through(delta, W, scale),)
        return h

    def constant(self, node: Node, like: Array) -> Array:
        b = unit(node.argument) * self.weights[node.place]
        self.back[node.place] = lambda delta: ()  # `like` only gives the shape
        return np.broadcast_to(b[..., None, :], like.shape)

    def join(self, node: Node, *summands: Array) -> Array:
        count = len(summands)  # a function that held the summands would keep them in memory
        self.back[node.place] = lambda delta: (delta,) * count
        return sum(summands[1:], summands[0])

    def product(self, node: Node, *factors: Array) -> Array:
        others = [_product(factors[:i] + factors[i + 1 :]) for i in range(len(factors))]
        self.back[node.place] = lambda delta: tuple(written(delta, each) * each[..., :, None, :] for each in others)
        return _product(factors)

    def concat(self, node: Node, *branches: Array) -> Array:
        ends = np.cumsum([x.shape[-1] for x in branches])[:-1]
        whole = np.concatenate(branches, axis=-1)
        self.back[node.place] = lambda delta: tuple(np.split(written(delta, whole), ends, axis=-1))
        return whole

    def scaled(self, node: Node, x: Array) -> Array:
        self.back[node.place] = lambda delta: (scaled(delta, node.argument),)
        return x * node.argument

    def elementwise(self, node: Node, x: Array) -> Array:
        self.back[node.place] = lambda delta: (written(delta, x) * node.argument.dphi(x)[..., :, None, :],)
        return node.argument.phi(x)

    def centred(self, node: Node, x: Array) -> Array:
        def back(delta: Signal) -> tuple[Signal]:
            delta = written(delta, x)
            return (delta - delta.mean(axis=-1, keepdims=True),)

        self.back[node.place] = back
        return x - x.mean(axis=-1, keepdims=True)

    def normalised(self, node: Node, x: Array) -> Array:
        whole = (x * x).mean(axis=-1, keepdims=True) + x.dtype.type(node.argument)
        if not whole.all():
            raise node.norm_of_zero(remedy="or a larger width")
        root = np.sqrt(whole)
        y = x / root

        def back(delta: Signal) -> tuple[Signal]:
            delta, along = written(delta, y), y[..., :, None, :]  # the root moves with every unit
            return ((delta - along * (delta * along).mean(axis=-1, keepdims=True)) / root[..., :, None, :],)

        self.back[node.place] = back
        return y

    def dropped(self, node: Node, x: Array) -> Array:
        rng = np.random.Generator(np.random.SFC64([*self.masks, node.place]))
        *batch, rows, units = x.shape
        kept = rng.random((rows, *batch, units), dtype=np.float32) < node.argument
        mask = np.moveaxis(kept, 0, -2) * x.dtype.type(1 / node.argument)
        self.back[node.place] = lambda delta: (written(delta, mask) * mask[..., :, None, :],)
        return x * mask


def _product(factors: tuple[Array, ...]) -> Array:
    out = factors[0]
    for each in factors[1:]:
        out = out * each
    return out
