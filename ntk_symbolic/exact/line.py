"""Expectations over one Gaussian, by the rules of `activations.derive.expectation` applied to numbers.

Where c = ±√(ab) the closed dual is a limit of the form 0/0 or ∞ − ∞; there u = √a z and v = ±√b z with one z, and κ and κ̇ are
expectations over z. A product of two edges on one line is an edge or an interval.
"""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

from sympy import S

from ..activations.form.terms import Terms
from .arithmetic import Arithmetic
from .formula import evaluate


class Edge(NamedTuple):
    """1[p z + √noise Z > h], or with dirac its derivative, in numbers."""

    p: Any
    noise: Any
    h: Any
    dirac: bool

    @property
    def hard(self) -> bool:
        return bool(self.noise == 0)


class Factor(NamedTuple):
    """coef · zⁿ exp(A z² + L z) · edge, in numbers."""

    coef: Any
    n: int
    A: Any
    L: Any
    edge: Edge | None


def expectation(functions: tuple[Terms, ...], scales: tuple[Any, ...], K: Arithmetic) -> Any:
    """E Π f_i(scale_i z) for a standard normal z, one or two functions."""
    total = K.number(0)
    for chosen in product(*(_scaled(f, s, K) for f, s in zip(functions, scales, strict=True))):
        total += _term(chosen, K)
    return K.real(total)


def _scaled(terms: Terms, scale: Any, K: Arithmetic) -> list[Factor]:
    key = tuple(terms.items())
    if key not in K.memory:
        K.memory[key] = [
            (evaluate(coef, {}, K), t.n, *(evaluate(x, {}, K) for x in (t.A, t.L)), t.edge and _edge(t.edge, K))
            for t, coef in terms.items()
        ]
    return [
        Factor(coef * K.power(scale, n), n, A * scale * scale, L * scale, edge and edge._replace(p=edge.p * scale))
        for coef, n, A, L, edge in K.memory[key]
    ]


def _edge(edge: Any, K: Arithmetic) -> Edge:
    p, noise, h = (evaluate(S(x), {}, K) for x in edge[:3])
    return Edge(p, noise, h, edge.dirac)


def _term(factors: tuple[Factor, ...], K: Arithmetic) -> Any:
    """One summand: the exponentials tilt the Gaussian, then two hard edges are merged into one."""
    coef, A, L = factors[0].coef, factors[0].A, factors[0].L
    for f in factors[1:]:
        coef, A, L = K.product(coef, f.coef), A + f.A, L + f.L
    if coef == 0:
        return coef
    n, v = sum(f.n for f in factors), 1 / (1 - 2 * A)
    weight = coef * K.sqrt(v) * K.exp(L * L * v / 2)
    edges = tuple(f.edge for f in factors if f.edge is not None)
    total = K.number(0)
    for sign, kept in _merged(edges, K):
        total += sign * K.product(weight, _moment(n, v * L, v, kept, K))
    return total


def _merged(edges: tuple[Edge, ...], K: Arithmetic) -> list[tuple[int, tuple[Edge, ...]]]:
    """Two hard edges as a signed sum of single ones; other edges are unchanged."""
    if len(edges) < 2 or not all(e.hard and not e.dirac for e in edges):
        return [(1, edges)]
    one, other = (e._replace(h=e.h / abs(e.p), p=e.p / abs(e.p)) for e in edges)
    if one.p * other.p > 0:
        return [(1, (one._replace(h=K.larger(one.h, other.h)),))]
    low, high = (one.h, -other.h) if one.p > 0 else (other.h, -one.h)
    if low >= high:
        return []
    above = Edge(K.number(1), K.number(0), low, False)
    return [(1, (above,)), (-1, (above._replace(h=K.larger(low, high)),))]


def _moment(n: int, m: Any, v: Any, edges: tuple[Edge, ...], K: Arithmetic) -> Any:
    """E xⁿ · edges for x ~ N(m, v); m may be complex, by analytic continuation."""
    for i, edge in enumerate(edges):
        if edge.dirac:
            return _conditioned(n, m, v, edge, edges[:i] + edges[i + 1 :], K)
    if n:  # Stein
        total = m * _moment(n - 1, m, v, edges, K)
        if n > 1:
            total += (n - 1) * v * _moment(n - 2, m, v, edges, K)
        for i, edge in enumerate(edges):
            if v != 0 and edge.p != 0:
                spike = (*edges[:i], edge._replace(dirac=True), *edges[i + 1 :])
                total += v * edge.p * _moment(n - 1, m, v, spike, K)
        return total
    fixed = [e for e in edges if e.hard and (v == 0 or e.p == 0)]
    free = [e for e in edges if not (e.hard and (v == 0 or e.p == 0))]
    value = K.number(1)
    for e in fixed:
        value *= K.side(K.real(e.p * m - e.h))
    spreads = [K.sqrt(e.p * e.p * v + e.noise) for e in free]
    levels = [(e.p * m - e.h) / s for e, s in zip(free, spreads, strict=True)]
    if len(free) == 2:
        return value * K.phi2(levels[0], levels[1], free[0].p * free[1].p * v / (spreads[0] * spreads[1]))
    return value * K.normal(levels[0]) if free else value


def _conditioned(n: int, m: Any, v: Any, edge: Edge, rest: tuple[Edge, ...], K: Arithmetic) -> Any:
    """E xⁿ δ(p x + √noise Z − h) · rest: density at h times the expectation given it."""
    V, off = edge.p * edge.p * v + edge.noise, edge.h - edge.p * m
    if edge.hard and (v == 0 or edge.p == 0):
        return K.infinity if K.may_vanish(off) else K.number(0)
    if edge.hard:
        mean, left = edge.h / edge.p, K.number(0)
    else:
        gain = edge.p * v / V
        mean, left = m + gain * off, v * edge.noise / V
    return K.product(K.density(off, V), _moment(n, mean, left, rest, K))
