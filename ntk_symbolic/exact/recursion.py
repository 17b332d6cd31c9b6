"""The recursion of a network in an arithmetic, entry by entry, with a method for every word.

Inputs and the numbers of layers are taken as exact binary numbers, and the first moments are rational numbers without error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from itertools import permutations
from typing import Any

import numpy as np

from ..networks.graph import INPUT, Graph, Node
from ..networks.missing import added, times
from ..networks.words import Gain
from .arithmetic import Arithmetic
from .dual import kappa, kappa_dot, mean, related
from .relation import APART, SAME, Relation, multiplied, normalised, relation, shared

Row = tuple[list[int], int]  # numerators, and the one denominator


@dataclass(frozen=True)
class Pair:
    """An entry: the two inputs, their covariance, and the facts about them."""

    i: int
    j: int
    c: Fraction
    known: Relation


def exact_row(x: np.ndarray) -> Row:
    """A row of floats as integers over a common denominator, a power of two."""
    ratios = [t.as_integer_ratio() for t in x.tolist()]
    scale = max(d for _, d in ratios)
    return [n * (scale // d) for n, d in ratios], scale


def covariance(x: Row, y: Row) -> Fraction:
    """x·y/d"""
    return Fraction(sum(s * t for s, t in zip(x[0], y[0], strict=True)), x[1] * y[1] * len(x[0]))


class Recursion:
    """A network on rows, with the moments of each row computed once in each arithmetic."""

    def __init__(self, graph: Graph, rows: np.ndarray) -> None:
        self.graph = graph
        self.duals = {node.place: node.argument._exact for node in graph.of("elementwise")}
        self.rows = [exact_row(x) for x in rows]
        self.squares = [covariance(x, x) for x in self.rows]

    def pair(self, i: int, j: int) -> Pair:
        c = covariance(self.rows[i], self.rows[j])
        return Pair(i, j, c, relation(self.squares[i], self.squares[j], c))

    def entries(self, pairs: Iterable[Pair], tangent: bool, K: Arithmetic) -> list[tuple[Any, Any, Any]]:
        """(Σ, Θ, √(Σ(x, x) Σ(y, y))) of each pair; Θ is None unless `tangent`."""
        pairs = list(pairs)
        needed = {i for p in pairs for i in (p.i, p.j)}
        places = {i: self._places(self.squares[i], K) for i in needed}
        return [self._entry(p, places[p.i], places[p.j], tangent, K) for p in pairs]

    def _places(self, q: Fraction, K: Arithmetic) -> Places:
        """The moments of one input at every place."""
        reading, first = Alone(self.duals, K), Moments(K.number(q))
        self.graph.run(reading, first)
        return {INPUT: first, **reading.places}

    def _entry(self, p: Pair, x: Places, y: Places, tangent: bool, K: Arithmetic) -> tuple[Any, Any, Any]:
        c = K.number(p.c)
        reading = Together(self.duals, K, x, y, p.i == p.j)
        out = self.graph.run(reading, Entry(c, 0 * c if tangent else None, p.known))
        last = self.graph.nodes[-1].place
        return out.c, out.theta, K.sqrt(x[last].square * y[last].square)


@dataclass(frozen=True)
class Moments:
    """Moments of the units of one place on one input. mean: E u, or None if it is 0 or not needed; fixed: u is not random."""

    square: Any
    mean: Any = None
    fixed: bool = False


Places = dict[int, Moments]


@dataclass(frozen=True)
class Entry:
    """Moments of the units of one place on two inputs."""

    c: Any
    theta: Any
    known: Relation


class Reading:
    """The base of both readings: numbers, and the dual kernel of every activation."""

    name, remedy = "the kernel to many digits", "kernel, gap and diagonal answer in float64"

    def __init__(self, duals: dict[int, Any], K: Arithmetic) -> None:
        self.duals, self.K = duals, K

    def gains(self, node: Node) -> tuple[Any, Any]:
        """The factors of kernels at a node with a gain, in Σ and in Θ."""
        key = (Gain, node.place)
        if key not in self.K.memory:
            self.K.memory[key] = node.argument.square(self.K.number), node.argument.tangent(self.K.number)
        return self.K.memory[key]


class Alone(Reading):
    """One input with itself: `places` is filled."""

    def __init__(self, duals: dict[int, Any], K: Arithmetic) -> None:
        super().__init__(duals, K)
        self.places: Places = {}

    def linear(self, node: Node, x: Moments) -> Moments:
        return self._kept(node, Moments(self.gains(node)[0] * x.square))

    def constant(self, node: Node, _: Moments) -> Moments:
        return self._kept(node, Moments(self.gains(node)[0]))

    def join(self, node: Node, *summands: Moments) -> Moments:
        means = [x.mean for x in summands if x.mean is not None]
        crossed = [m * n for m, n in permutations(means, 2)]
        square = self.K.total([*(x.square for x in summands), *crossed])
        return self._kept(node, Moments(square, added(*means), all(x.fixed for x in summands)))

    def product(self, node: Node, *factors: Moments) -> Moments:
        means = [x.mean for x in factors]
        m = None if None in means else _product(means)
        return self._kept(node, Moments(_product(x.square for x in factors), m, all(x.fixed for x in factors)))

    def concat(self, node: Node, *branches: Moments) -> Moments:
        shares = [self.K.number(share.exact) for share in node.argument]
        square = added(*(s * x.square for s, x in zip(shares, branches, strict=True)))
        means = [s * x.mean for s, x in zip(shares, branches, strict=True) if x.mean is not None]
        return self._kept(node, Moments(square, added(*means)))

    def scaled(self, node: Node, x: Moments) -> Moments:
        factor = self.K.number(node.argument)
        return self._kept(node, Moments(factor * factor * x.square, times(factor, x.mean), x.fixed))

    def elementwise(self, node: Node, x: Moments) -> Moments:
        dual, a = self.duals[node.place], x.square
        m = mean(dual, a, self.K) if node.mean else None
        return self._kept(node, Moments(kappa(dual, (a, a, a), SAME, self.K), m, bool(a == 0)))

    def centred(self, node: Node, x: Moments) -> Moments:
        if x.mean is None:
            return self._kept(node, x)
        nothing = self.K.number(0)
        rest = nothing if x.fixed else self.K.larger(self.K.total([x.square, -x.mean * x.mean]), nothing)
        return self._kept(node, Moments(rest, None, x.fixed))

    def normalised(self, node: Node, x: Moments) -> Moments:
        K, eps = self.K, node.argument
        whole = x.square + K.number(eps)
        if whole == 0 and K.lost < K.infinity:
            raise node.norm_of_zero("X or Y")
        if whole == 0:  # at too few bits
            return self._kept(node, x)
        square = x.square / whole if eps else K.number(1)
        return self._kept(node, Moments(square, None if x.mean is None else x.mean / K.sqrt(whole), x.fixed))

    def dropped(self, node: Node, x: Moments) -> Moments:
        return self._kept(node, Moments(x.square / self.K.number(node.argument), x.mean))

    def _kept(self, node: Node, x: Moments) -> Moments:
        self.places[node.place] = x
        return x


class Together(Reading):
    """Two inputs with the known moments of each at every place. itself: they are one row, with one mask."""

    def __init__(self, duals: dict[int, Any], K: Arithmetic, x: Places, y: Places, itself: bool) -> None:
        super().__init__(duals, K)
        self.x, self.y, self.itself = x, y, itself

    def linear(self, node: Node, e: Entry) -> Entry:
        square, tangent = self.gains(node)
        theta = None if e.theta is None else tangent * e.c + square * e.theta
        return Entry(square * e.c, theta, e.known if node.argument.std else SAME)

    def constant(self, node: Node, e: Entry) -> Entry:
        square, tangent = self.gains(node)
        return Entry(square, None if e.theta is None else tangent, SAME)

    def join(self, node: Node, *summands: Entry) -> Entry:
        terms = [e.c for e in summands]
        if node.argument:
            means = [m for m in map(self._means, node.inputs) if m is not None]
            terms += [one[0] * other[1] for one, other in permutations(means, 2)]
        c = self.K.total(terms, lambda: self._size(node.place))
        return Entry(c, added(*(e.theta for e in summands)), self._shared(node, summands))

    def product(self, node: Node, *factors: Entry) -> Entry:
        theta = None
        if factors[0].theta is not None:
            theta = added(*(_product([e.theta, *(f.c for f in factors if f is not e)]) for e in factors))
        return Entry(_product(e.c for e in factors), theta, multiplied(*(e.known for e in factors)))

    def concat(self, node: Node, *branches: Entry) -> Entry:
        shares = [self.K.number(share.exact) for share in node.argument]
        c = added(*(s * e.c for s, e in zip(shares, branches, strict=True)))
        theta = added(*(times(s, e.theta) for s, e in zip(shares, branches, strict=True)))
        return Entry(c, theta, self._shared(node, branches))

    def scaled(self, node: Node, e: Entry) -> Entry:
        factor = self.K.number(node.argument)
        square = factor * factor
        return Entry(square * e.c, times(square, e.theta), e.known if node.argument else SAME)

    def elementwise(self, node: Node, e: Entry) -> Entry:
        K, dual, (place,) = self.K, self.duals[node.place], node.inputs
        moments = (self.x[place].square, self.y[place].square, e.c)
        theta = None if e.theta is None else K.product(kappa_dot(dual, moments, e.known, K), e.theta)
        c = self.x[node.place].square if e.known == SAME else kappa(dual, moments, e.known, K)
        return Entry(c, theta, related(dual, e.known))

    def centred(self, node: Node, e: Entry) -> Entry:
        place = node.inputs[0]
        means = self._means(place)
        if means is None:
            return e
        if self.x[place].fixed or self.y[place].fixed:
            return replace(e, c=self.K.number(0))
        return replace(e, c=self.K.total([e.c, -means[0] * means[1]], lambda: self._size(node.place)))

    def normalised(self, node: Node, e: Entry) -> Entry:
        K, (place,) = self.K, node.inputs
        eps = K.number(node.argument)
        root = K.sqrt((self.x[place].square + eps) * (self.y[place].square + eps))
        if root == 0:  # at too few bits
            return replace(e, known=APART)
        c, theta = e.c / root, None if e.theta is None else e.theta / root
        if e.known.cosine and not node.argument:
            c = K.number(e.known.cosine)
        return Entry(c, theta, normalised(e.known, node.place, node.argument))

    def dropped(self, node: Node, e: Entry) -> Entry:
        if not self.itself:
            return replace(e, known=APART)
        keep = self.K.number(node.argument)
        return Entry(e.c / keep, None if e.theta is None else e.theta / keep, SAME)

    def _means(self, place: int) -> tuple[Any, Any] | None:
        m, n = self.x[place].mean, self.y[place].mean
        return None if m is None or n is None else (m, n)

    def _size(self, place: int) -> Any:
        """√(ab)"""
        return self.K.sqrt(self.x[place].square * self.y[place].square)

    def _shared(self, node: Node, parts: tuple[Entry, ...]) -> Relation:
        """The relation of the parts; those that are 0 for both inputs are left out."""
        known = [e.known for e in parts]
        if known[1:] == known[:-1]:
            return known[0]
        zero = [self.x[place].square == 0 and self.y[place].square == 0 for place in node.inputs]
        return shared(*(one for one, nothing in zip(known, zero, strict=True) if not nothing))


def _product(xs: Iterable[Any]) -> Any:
    return reduce(lambda x, y: x * y, xs)
