"""Expectations of polynomials times edges under a Gaussian, lowered by three rules until only base cases remain.

condition   E δ(p x_j + √ν Z − h) g = p-density at h × E[g | p x_j + √ν Z = h], again Gaussian
Stein       E x_i g = μ_i E g + Σ_k S_ik E ∂_k g          (∂ of an edge is its δ: then condition)
base        no edge: 1 · one edge: Φ · two edges: Φ₂, and 1/4 + asin(r)/2π if they are centred (Sheppard 1899)

A hard edge is a soft one without noise, and S may be degenerate. Sources: Stein 1981; Price 1958.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sympy import Expr, S, exp, pi, sqrt

from ...errors import NoClosedForm
from ..form.algebra import Algebra, Value, root
from ..form.terms import Edge
from .normal import Phi, Phi2

Rational = Callable[[Expr], Expr]  # to the canonical form of a rational function
Placed = tuple[int, Edge]  # an edge and its coordinate


@dataclass(frozen=True)
class Moment:
    """E Π x_i^powers_i · Π edges, for x ~ N(mean, cov)."""

    powers: tuple[int, ...]
    mean: tuple[Expr, ...]
    cov: tuple[tuple[Expr, ...], ...]
    edges: tuple[Placed, ...] = ()


@dataclass(frozen=True)
class Lowered:
    """The identity moment = constant + Σ coef · moment', by the named rule."""

    rule: str
    constant: Expr
    parts: tuple[tuple[Expr, Moment], ...] = ()


def lower(m: Moment, algebra: Algebra) -> Lowered:
    """One rule applied to one moment."""
    for t, (j, edge) in enumerate(m.edges):
        if edge.dirac:
            return _condition(m, t, j, edge, algebra.rational)
    for i, n in enumerate(m.powers):
        if n:
            return _stein(m, i)
    return _base(m, algebra.rational)


class Expectations:
    """The values of moments; `lowered` records every rule application, in the order in which the values became known."""

    def __init__(self, algebra: Algebra):
        self.algebra = algebra
        self.lowered: dict[Moment, Lowered] = {}
        self._values: dict[Moment, Value] = {}

    def of(self, m: Moment) -> Value:
        if m not in self._values:
            low = lower(m, self.algebra)
            parts = [(coef, self.of(part)) for coef, part in low.parts]
            self._values[m] = self.algebra.sum([(S.One, self.algebra.of(low.constant)), *parts])
            self.lowered[m] = low
        return self._values[m]


def _condition(m: Moment, t: int, j: int, edge: Edge, rational: Rational) -> Lowered:
    p, noise, h, _ = edge
    V = rational(p**2 * m.cov[j][j] + noise)
    d = rational(h - p * m.mean[j])
    gain = [rational(p * row[j] / V) for row in m.cov]
    mean = tuple(rational(mu + k * d) for mu, k in zip(m.mean, gain, strict=True))
    cov = tuple(
        tuple(rational(s - k * l * V) for s, l in zip(row, gain, strict=True))
        for row, k in zip(m.cov, gain, strict=True)
    )
    density = exp(-(d**2) / (2 * V)) / (sqrt(2 * pi) * root(V))
    # A hard edge fixes x_j at its mean: its powers are numbers.
    fixed = noise == 0 and m.powers[j] > 0
    powers = (*m.powers[:j], 0, *m.powers[j + 1 :]) if fixed else m.powers
    density *= mean[j] ** m.powers[j] if fixed else 1
    rest = Moment(powers, mean, cov, m.edges[:t] + m.edges[t + 1 :])
    return Lowered("condition", S.Zero, ((density, rest),) if density != 0 else ())


def _stein(m: Moment, i: int) -> Lowered:
    rest = _less(m.powers, i)
    parts: list[tuple[Expr, Moment]] = []
    if m.mean[i] != 0:
        parts.append((m.mean[i], Moment(rest, m.mean, m.cov, m.edges)))
    for k, n in enumerate(rest):
        if n and m.cov[i][k] != 0:
            parts.append((n * m.cov[i][k], Moment(_less(rest, k), m.mean, m.cov, m.edges)))
    for t, (j, edge) in enumerate(m.edges):
        if m.cov[i][j] != 0:
            spike = (j, edge._replace(dirac=True))
            parts.append((m.cov[i][j] * edge.p, Moment(rest, m.mean, m.cov, (*m.edges[:t], spike, *m.edges[t + 1 :]))))
    return Lowered("Stein", S.Zero, tuple(parts))


def _base(m: Moment, rational: Rational) -> Lowered:
    variances = [rational(e.p**2 * m.cov[j][j] + e.noise) for j, e in m.edges]
    levels = [rational(e.p * m.mean[j] - e.h) / root(V) for (j, e), V in zip(m.edges, variances, strict=True)]
    match m.edges:
        case ():
            return Lowered("base", S.One)
        case (_,):
            return Lowered("base", Phi(levels[0]))
        case ((i, e), (j, f)):
            r = e.p * f.p * m.cov[i][j] / (root(variances[0]) * root(variances[1]))
            return Lowered("base", Phi2(*levels, r))
    raise NoClosedForm(f"an orthant of dimension {len(m.edges)} has no closed form here")


def _less(powers: tuple[int, ...], i: int) -> tuple[int, ...]:
    return (*powers[:i], powers[i] - 1, *powers[i + 1 :])
