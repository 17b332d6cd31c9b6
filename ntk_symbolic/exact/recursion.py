"""The recursion over the layers in an arithmetic, entry by entry: the rules of Dense and of dual kernels on numbers.

Inputs, W_std and b_std are the binary numbers they are, and the first moments are rational numbers without error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..networks.dense import Dense
from .arithmetic import Arithmetic
from .dual import APART, SAME, Relation, kappa, kappa_dot, related

Row = tuple[list[int], int]  # numerators, and the one denominator


@dataclass(frozen=True)
class Pair:
    """An entry: which inputs, their covariance, and what is known of them."""

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


def relation(a: Fraction, b: Fraction, c: Fraction) -> Relation:
    """Of two inputs with these moments, which satisfy c² ≤ ab."""
    if a == b == c:
        return SAME
    return Relation(1 if c > 0 else -1, a == b) if c and a * b == c * c else APART


class Recursion:
    """A network on rows, with the variances of each row worked out once in each arithmetic."""

    def __init__(self, layers: tuple[Any, ...], rows: np.ndarray) -> None:
        self.denses: tuple[Dense, ...] = layers[::2]
        self.duals = [phi._exact for phi in layers[1::2]]
        self.rows = [exact_row(x) for x in rows]
        self.squares = [covariance(x, x) for x in self.rows]

    def pair(self, i: int, j: int) -> Pair:
        c = covariance(self.rows[i], self.rows[j])
        return Pair(i, j, c, relation(self.squares[i], self.squares[j], c))

    def entries(self, pairs: Iterable[Pair], tangent: bool, K: Arithmetic) -> list[tuple[Any, Any, Any]]:
        """(Σ, Θ, √(Σ(x, x) Σ(y, y))) of each pair; Θ is None unless `tangent`."""
        pairs = list(pairs)
        needed = {i for p in pairs for i in (p.i, p.j)}
        variances = {i: self._variances(self.squares[i], K) for i in needed}
        return [self._entry(p, variances[p.i], variances[p.j], tangent, K) for p in pairs]

    def _variances(self, q: Fraction, K: Arithmetic) -> list[Any]:
        """E h² of every pre-activation, the output last."""
        out = [self.denses[0].variance(K.number(q), K.number)]
        for dual, dense in zip(self.duals, self.denses[1:], strict=True):
            out.append(dense.variance(kappa(dual, (out[-1],) * 3, SAME, K), K.number))
        return out

    def _entry(self, p: Pair, a: list[Any], b: list[Any], tangent: bool, K: Arithmetic) -> tuple[Any, Any, Any]:
        known = after_dense(self.denses[0], p.known)
        c = self.denses[0].variance(K.number(p.c), K.number)
        theta = c if tangent else None
        for dual, dense, *variances in zip(self.duals, self.denses[1:], a, b):
            moments = (variances[0], variances[1], c)
            if tangent:
                theta = K.product(kappa_dot(dual, moments, known, K), theta)
            c = dense.variance(kappa(dual, moments, known, K), K.number)
            if tangent:
                theta = c + dense.gain("weights").square(K.number) * theta
            known = after_dense(dense, related(dual, known))
        return c, theta, K.sqrt(a[-1] * b[-1])


def after_dense(dense: Dense, known: Relation) -> Relation:
    """A bias turns inputs that are parallel and differ; without weights all inputs become the same."""
    if not dense.W_std or known == SAME:
        return SAME
    return APART if dense.b_std else known
