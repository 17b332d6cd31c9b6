"""Gaussian expectations by quadrature, for the numeric judge; they share no rule with `expectation`.

Gauss–Legendre on panels that end at every breakpoint, in u and then in v given u; accurate to 12 digits for the
integrands that occur here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ...gauss import legendre
from ..derive.expectation import Moment
from ..form.terms import Edge

REACH, PANELS = 12.0, 6  # beyond 12 standard deviations lies 1e-32
NODES, WEIGHTS = legendre(20)

Array = NDArray[Any]


def moment(m: Moment, at: dict[Any, Any]) -> complex:
    """The value of a moment at numbers for a, b, c. For a complex mean the density is complex, at real points."""
    mean = [complex(x.xreplace(at)) for x in m.mean]
    cov = [[float(x.xreplace(at)) for x in row] for row in m.cov]
    edges = {j: _numbers(edge, at) for j, edge in m.edges}
    # a delta fixes its coordinate, on which the rest is then conditioned
    order = sorted(range(len(mean)), key=lambda j: not (j in edges and edges[j].dirac and not edges[j].noise))
    factors = [_factor(m.powers[j], edges.get(j)) for j in order]
    cuts = [[edges[j].h / edges[j].p] if j in edges and not edges[j].noise else [] for j in order]
    spikes = [edges[j] if j in edges and edges[j].dirac and not edges[j].noise else None for j in order]
    return _integral([mean[j] for j in order], [[cov[i][j] for j in order] for i in order], factors, cuts, spikes)


def mean_of_product(
    functions: Sequence[Callable[[Array], Array]], cuts: Sequence[Sequence[float]], cov: list[list[float]]
) -> float:
    """E Π f_i(x_i) for x ~ N(0, cov), one or two functions with their breakpoints."""
    return _integral([0j] * len(functions), cov, functions, cuts, [None] * len(functions)).real


def _integral(mean: list[complex], cov: list[list[float]], factors: Any, cuts: Any, spikes: Any) -> complex:
    x, w = _nodes(np.array([mean[0]]), sqrt(cov[0][0]), cuts[0], spikes[0])
    x, w = x.ravel(), (w * factors[0](x)).ravel()
    if len(mean) == 1:
        return complex(w.sum())
    slope = cov[0][1] / cov[0][0] if cov[0][0] > 0 else 0.0
    left = max(cov[1][1] - slope * cov[0][1], 0.0)
    y, v = _nodes(mean[1] + slope * (x - mean[0]), sqrt(left), cuts[1], spikes[1])
    return complex((w[:, None] * v * factors[1](y)).sum())


def _nodes(mean: Array, sd: float, cuts: Sequence[float], spike: Any) -> tuple[Array, Array]:
    """Nodes and weights (k, q) of N(mean, sd²) for k means."""
    mean = mean if np.iscomplex(mean).any() else np.real(mean)
    if spike is not None:  # δ(p x − h), which may have a complex density
        z = (spike.h / spike.p - mean) / sd
        weight = np.exp(-z * z / 2) / (sqrt(2 * np.pi) * sd * abs(spike.p))
        return np.full((len(mean), 1), spike.h / spike.p), weight[:, None]
    if sd == 0:
        return mean[:, None], np.ones((len(mean), 1))
    inner = [np.clip((cut - np.real(mean)) / sd, -REACH, REACH) for cut in sorted(cuts)] or [np.zeros(len(mean))]
    ends = [np.full(len(mean), -REACH), *inner, np.full(len(mean), REACH)]
    z, w = [], []
    for lo, hi in pairwise(ends):
        for k in range(PANELS):
            left, width = lo + (hi - lo) * k / PANELS, (hi - lo) / PANELS
            z.append(left[:, None] + width[:, None] * (NODES + 1) / 2)
            w.append(width[:, None] * WEIGHTS / 2)
    z, w = np.concatenate(z, axis=1), np.concatenate(w, axis=1)
    x, shift = np.real(mean)[:, None] + sd * z, 1j * np.imag(mean)[:, None] / sd
    return x, w * np.exp(-((z - shift) ** 2 if shift.any() else z * z) / 2) / sqrt(2 * np.pi)


def _numbers(edge: Edge, at: dict[Any, Any]) -> Edge:
    return Edge(float(edge.p.xreplace(at)), float(edge.noise.xreplace(at)), float(edge.h.xreplace(at)), edge.dirac)  # type: ignore[arg-type]


def _factor(power: int, edge: Any) -> Callable[[Array], Array]:
    def value(x: Array) -> Array:
        out = x**power
        if edge is None or (edge.dirac and not edge.noise):
            return out
        gap = edge.p * np.real(x) - edge.h
        if not edge.noise:
            return out * (gap > 0)
        z = gap / sqrt(edge.noise)
        return out * (np.exp(-z * z / 2) / sqrt(2 * np.pi * edge.noise) if edge.dirac else ndtr(z))

    return value
