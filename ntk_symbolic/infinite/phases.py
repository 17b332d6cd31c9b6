"""The limit of infinite depth: fixed points of the variance and of the correlation, χ₁, and the edge of chaos.

One block maps the variance q ↦ V(q); for a block of φ and a Dense V(q) = W_std² κ(q, q, q) + b_std². At a fixed point the
correlation of two inputs is mapped ρ ↦ C(q, ρ)/V(q), for φ and a Dense (W_std² κ(q, q, qρ) + b_std²)/V(q). The number
χ₁ = ∂C/∂(qρ) at ρ = 1, W_std² κ̇(q, q, q), decides if differences of near inputs, and gradients, shrink (ordered) or grow
(chaotic). If q* is 0 or ∞, χ₁ > 1 and angles do not grow, all inputs grow alike and the phase is called growing.
Sources: Poole et al. 2016, arXiv 1606.05340; Schoenholz et al. 2017, arXiv 1611.01232; Xiao, Pennington, Schoenholz 2020,
arXiv 1912.13053.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize_scalar

from ..errors import InvalidInput
from ..networks.dense import Dense

Array = NDArray[Any]
Function = Callable[[Array], Array]

VARIANCES = np.geomspace(1e-8, 1e8, 321)  # 20 per decade; beyond them the map is assumed to continue as at the ends
AROUND = np.geomspace(1e-4, 1e4, 161)  # and these times b_std² and W_std², near which fixed points lie
VANISHING, ENDLESS = 1e-24, 1e12  # in place of 0 and ∞ in limits
CORRELATIONS = np.unique([*np.linspace(-1, 0.99, 200), *(1 - np.geomspace(1e-6, 1e-2, 41)), 0.0])
ROUNDING = 1e-11  # the error of V(q)/q − 1 and the like, below which no sign is determined
TURNED = 1e-6  # excess over 1 of the slope of the correlation map from which angles grow; limits are taken at 1e12
CRITICAL = 1e-9  # largest |χ₁ − 1| of a critical network


class Numbers(Protocol):
    """The expectations in the maps; square and slope_square take variances (n,), correlated one variance and (n,) ρ."""

    def square(self, q: Array) -> Array:
        """E φ(√q z)²"""
        ...

    def slope_square(self, q: Array) -> Array:
        """E φ'(√q z)², infinite if φ jumps."""
        ...

    def correlated(self, q: float, rho: Array) -> Array:
        """κ(q, q, qρ)"""
        ...


class Maps(Protocol):
    """The maps of one block for variances (n,), and for one variance with correlations (n,).

    scales     variances near which fixed points may lie.   constant   V if it does not depend on q; then no maps are needed
    vanishes   True if V(0) = 0 and V is continuous there
    """

    @property
    def scales(self) -> tuple[float, ...]: ...

    @property
    def constant(self) -> float | None: ...

    @property
    def vanishes(self) -> bool: ...

    def variance(self, q: Array) -> Array:
        """V(q)"""
        ...

    def slope(self, q: Array) -> Array:
        """χ₁, infinite if φ jumps."""
        ...

    def covariance(self, q: float, rho: Array) -> Array:
        """C(q, ρ)"""
        ...


@dataclass(frozen=True)
class Alternating:
    """The maps of an activation followed by a Dense layer."""

    numbers: Numbers
    dense: Dense

    @property
    def scales(self) -> tuple[float, ...]:
        return self.dense.b_std**2, self.dense.W_std**2

    @property
    def constant(self) -> float | None:
        return None if self.dense.W_std else self.dense.b_std**2

    @property
    def vanishes(self) -> bool:
        return not self.dense.b_std and _vanishes_at_zero(self.numbers)

    def variance(self, q: Array) -> Array:
        return self.dense.variance(self.numbers.square(q))

    def slope(self, q: Array) -> Array:
        return self.dense.W_std**2 * self.numbers.slope_square(q) if self.dense.W_std else 0 * q

    def covariance(self, q: float, rho: Array) -> Array:
        return self.dense.variance(self.numbers.correlated(q, rho))


def _kept(stable: bool) -> str:
    return "stable" if stable else "unstable"


@dataclass(frozen=True)
class Root:
    """A fixed point of a map; stable if neighbouring points converge to it."""

    at: float
    stable: bool


@dataclass(frozen=True)
class Phase:
    """The limit in depth for inputs whose variance converges to, or starts at, a fixed point of the variance map.

    variance       q*; 0 and inf are the limits in which signals vanish or grow without bound
    stable         True if neighbouring variances converge to it
    chi            χ₁ there, or its limit if q* is 0 or inf; inf if φ jumps, nan if it leaves the range of floats
    correlations   fixed points of the correlation map, ascending; () if every correlation is fixed, None if unknown
    turn           the slope of the correlation map at ρ = 1, χ₁ q/V(q): equal to χ₁ at a fixed q*. Towards 0 and ∞ differences
                   grow with the signals, but angles need not (those of ReLU never do)
    """

    variance: float
    stable: bool
    chi: float
    correlations: tuple[Root, ...] | None
    turn: float

    @property
    def name(self) -> str:
        if np.isnan(self.chi):
            return "unknown"
        if abs(self.chi - 1) <= CRITICAL:
            return "critical"
        if self.chi < 1:
            return "ordered"
        return "growing" if self.variance in (0.0, np.inf) and self.turn <= 1 + TURNED else "chaotic"

    def __str__(self) -> str:
        """One line: the variance, χ₁ and the correlations.

        >>> print(Phase(2.0, True, 0.5, (Root(1.0, True),), 0.5))
        variance 2 (stable): ordered, χ₁ = 0.5; correlations 1 (stable)
        """
        roots = self.correlations
        if roots is None:
            seen = "correlations unknown"
        elif not roots:
            seen = "every correlation is fixed"
        else:
            seen = f"correlations {', '.join(f'{root.at:.6g} ({_kept(root.stable)})' for root in roots)}"
        return f"variance {self.variance:.6g} ({_kept(self.stable)}): {self.name}, χ₁ = {self.chi:.6g}; {seen}"


@dataclass(frozen=True)
class Edge:
    """W_std with χ₁ = 1 for a given b_std, at the fixed point `variance` (nan: at every variance)."""

    W_std: float
    variance: float
    stable: bool


@dataclass(frozen=True)
class Phases:
    """All fixed points of the variance map; `every` is true if V(q) = q for all q, and then one phase represents all."""

    every: bool
    points: tuple[Phase, ...]

    def __str__(self) -> str:
        """One line for each fixed point."""
        head = ("every variance is fixed, for instance",) if self.every else ()
        return "\n".join((*head, *map(str, self.points)))


def phases(numbers: Numbers, dense: Dense) -> Phases:
    """The fixed points for this W_std and b_std, ascending; for W_std = 0 there is one, q* = b_std²."""
    return fixed_points(Alternating(numbers, dense))


def fixed_points(maps: Maps) -> Phases:
    """The fixed points of any block, ascending."""
    with np.errstate(all="ignore"):
        every, roots = _variances(maps)
        return Phases(every, tuple(_phase(maps, root) for root in roots))


def edges(numbers: Numbers, b_std: float) -> tuple[Edge, ...]:
    """The W_std with χ₁ = 1 at a fixed point of the variance, for this b_std, by ascending variance; () if φ jumps.

    W_std² = 1/κ̇(q, q, q) and q = W_std² κ(q, q, q) + b_std² imply (q − b_std²) κ̇ = κ, an equation for q alone.
    """
    bias = b_std * b_std

    def apart(q: Array) -> Array:
        slope, square = q * numbers.slope_square(q), numbers.square(q)
        return (slope * (1 - bias / q) - square) / (slope + square)

    with np.errstate(all="ignore"):
        if np.isinf(_at(numbers.slope_square, VARIANCES[0])):
            return ()
        points, values = _signed(apart, _grid(bias), np.log, np.exp)
        if not points.size:
            return (_edge(numbers, b_std, float("nan")),)
        found = [root.at for root in _crossings(apart, points, values, np.log, np.exp)]
        if not bias and _vanishes_at_zero(numbers):
            found = [0.0, *found]
        return tuple(edge for q in found if np.isfinite((edge := _edge(numbers, b_std, q)).W_std))


def _edge(numbers: Numbers, b_std: float, q: float) -> Edge:
    slope = _at(numbers.slope_square, 1.0 if np.isnan(q) else max(q, VANISHING))
    if slope <= ROUNDING:
        return Edge(np.inf, q, False)
    W_std = slope**-0.5
    if np.isnan(q):
        return Edge(W_std, q, False)
    _, roots = _variances(Alternating(numbers, Dense(W_std=W_std, b_std=b_std)))
    return Edge(W_std, q, any(root.stable and abs(root.at - q) <= 1e-6 * q for root in roots))


def _vanishes_at_zero(numbers: Numbers) -> bool:
    """True if φ(0) = 0 and φ is continuous there."""
    return _at(numbers.square, VANISHING) < ROUNDING


def _variances(maps: Maps) -> tuple[bool, list[Root]]:
    """A pair: True if every variance is fixed, and the fixed points; in that case only q = 1."""
    if maps.constant is not None:
        return False, [Root(maps.constant, True)]

    def growth(q: Array) -> Array:
        return maps.variance(q) / q - 1

    points, values = _signed(growth, _grid(*maps.scales), np.log, np.exp)
    if not points.size:
        return True, [Root(1.0, False)]
    roots = _crossings(growth, points, values, np.log, np.exp)
    if maps.vanishes:
        roots = [Root(0.0, bool(values[0] < 0)), *roots]
    if values[-1] > 0:
        roots.append(Root(np.inf, True))
    return False, roots


def _grid(*scales: float) -> Array:
    return np.unique(np.concatenate([VARIANCES, *(scale * AROUND for scale in scales if scale)]))


def _phase(maps: Maps, root: Root) -> Phase:
    at = {0.0: VANISHING, np.inf: ENDLESS}.get(root.at, root.at)
    chi = _at(maps.slope, at)
    chi = np.nan if np.isinf(chi) and not np.isinf(_at(maps.slope, VARIANCES[0])) else chi
    following = _at(maps.variance, at)
    turn = chi * at / following if following else np.nan  # if φ is 0 around 0, there is no angle
    return Phase(root.at, root.stable, chi, _correlations(maps, at), turn)


def _correlations(maps: Maps, q: float) -> tuple[Root, ...] | None:
    total = _at(maps.variance, q)
    if not 0 < total < np.inf:
        return None

    def drift(rho: Array) -> Array:
        return maps.covariance(q, rho) / total - rho

    points, values = _signed(drift, CORRELATIONS, lambda x: x, lambda x: x)
    if not points.size:
        return ()
    roots = _crossings(drift, points, values, lambda x: x, lambda x: x)
    if abs(drift(np.array([-1.0]))[0]) <= ROUNDING:
        roots = [Root(-1.0, bool(values[0] < 0)), *roots]
    return (*roots, Root(1.0, bool(values[-1] > 0)))


def _signed(f: Function, grid: Array, into: Function, back: Function) -> tuple[Array, Array]:
    """The grid points at which the sign of f exceeds rounding, and f there, with an extra point at each minimum of |f|.

    The extra point finds two roots between neighbours, where f crosses zero twice. For a parabola with two such roots |f| is
    larger by half at one of the neighbours at least; if f is nearly constant, its minima are noise.
    """
    values = f(grid)
    keep = np.isfinite(values) & (np.abs(values) > ROUNDING)
    points, values = grid[keep], values[keep]
    size = np.abs(values)
    lowest = [
        i
        for i in range(1, len(size) - 1)
        if size[i] < size[i - 1]
        and size[i] < size[i + 1]
        and values[i - 1] * values[i] > 0 < values[i] * values[i + 1]
        and max(size[i - 1], size[i + 1]) > 1.5 * size[i]
    ]
    for i in reversed(lowest):
        inside = (float(into(points[i - 1])), float(into(points[i + 1])))
        dip = back(minimize_scalar(lambda x: abs(_at(f, back(x))), bounds=inside, method="bounded").x)
        value = _at(f, dip)
        if value * values[i] < 0 and abs(value) > ROUNDING:
            where = int(np.searchsorted(points, dip))
            points, values = np.insert(points, where, dip), np.insert(values, where, value)
    return points, values


def _crossings(f: Function, points: Array, values: Array, into: Function, back: Function) -> list[Root]:
    found = []
    for (left, before), (right, after) in pairwise(zip(points, values)):
        if before * after < 0:
            try:
                x = brentq(lambda x: _at(f, back(x)), float(into(left)), float(into(right)), xtol=1e-14, rtol=1e-14)
            except ValueError:  # f is unknown between the two
                continue
            found.append(Root(float(back(x)), bool(before > 0)))  # type: ignore[arg-type]
    return found


def _at(f: Function, x: Any) -> float:
    return float(f(np.array([x]))[0])


def where_known(f: Function, x: Array) -> Array:
    """f, with NaN if float64 does not suffice or E φ² is infinite."""
    try:
        return f(x)
    except InvalidInput:
        if x.size == 1:
            return np.full(x.shape, np.nan)
        return np.concatenate([where_known(f, half) for half in np.array_split(x, 2)])
