"""κ by one integral: κ = ∫ φ(√a z) M(ρ√b z, √b sin θ) γ(dz), with M(m, s) = E φ(N(m, s²)) in closed form.

The closed dual of an activation with breakpoints away from 0 loses digits to cancellation (all of them, for bounded φ at
large variance). Here nothing close is subtracted: M is a sum over the pieces of φ, each by its own truncated moments, and
the nodes cluster wherever φ(√a z) or M bends. NumPy alone, no SymPy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product
from math import factorial
from typing import Any, Literal

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr, wofz

Array = np.ndarray

NODES, RANGE = 161, 3.2  # of the double-exponential rule on each panel
REACH = 9.0  # standard deviations; beyond lies 1e-18
FURTHEST = 38.0  # γ is 1e-314 there
SPREAD = 8.0  # widths around a smoothed kink, beyond which nothing of it is left
SMALL, TERMS = 0.5, 16  # |L u| up to which exp(L u) is taken as so many terms of its series: exp(u) − 1 cancels there
GAUSS = np.polynomial.legendre.leggauss(16)
CHUNK = 2**19  # numbers held at once


@dataclass(frozen=True)
class Power:
    """coef · uⁿ · exp(A u² + L u); A ≤ 0, and L may be complex."""

    coef: complex
    n: int
    A: float = 0.0
    L: complex = 0.0


@dataclass(frozen=True)
class Soft:
    """A power times P(p u + √noise Z > h)."""

    power: Power
    p: float
    noise: float
    h: float


@dataclass(frozen=True)
class Pieces:
    """A function of u: powers on consecutive intervals, and soft edges on the whole line."""

    cuts: tuple[float, ...]  # between the intervals
    powers: tuple[tuple[Power, ...], ...]  # one more than cuts
    soft: tuple[Soft, ...] = ()

    @cached_property
    def bends(self) -> tuple[tuple[float, float], ...]:
        """Where it may change quickly, and within what width: 0 for a breakpoint."""
        edges = {(s.h / s.p, s.noise**0.5 / abs(s.p)) for s in self.soft if s.p}
        bumps = {(-q.L.real / (2 * q.A), abs(2 * q.A) ** -0.5) for piece in self.powers for q in piece if q.A}
        return tuple(sorted({(x, 0.0) for x in self.cuts} | edges | bumps))

    @cached_property
    def quiet(self) -> float:
        """How far from 0 its first breakpoint lies, if it is 0 up to there."""
        still = not self.soft and not self.powers[int(np.searchsorted(self.cuts, 0.0))]
        return min(map(abs, self.cuts)) if self.cuts and still else 0.0

    @cached_property
    def growth(self) -> float:
        """The rate of the exponential it grows by, at either end."""
        first, last = self.powers[0], self.powers[-1]
        rates = [-q.L.real for q in first if not q.A] + [q.L.real for q in last if not q.A]
        rates += [abs(e.power.L.real) for e in self.soft if not e.power.A]
        return max([0.0, *rates])

    @cached_property
    def fastest(self) -> float:
        """The largest |L| of its exponentials."""
        return max((abs(q.L) for piece in self.powers for q in piece if not q.A), default=0.0)

    @cached_property
    def times_u(self) -> Pieces:
        """u times it."""
        powers = tuple(tuple(replace(q, n=q.n + 1) for q in piece) for piece in self.powers)
        return Pieces(self.cuts, powers, tuple(replace(s, power=replace(s.power, n=s.power.n + 1)) for s in self.soft))

    @cached_property
    def near_zero(self) -> Pieces:
        """The same for small u, exponentials written as their series."""
        return Pieces(self.cuts, tuple(tuple(_series(piece)) for piece in self.powers), self.soft)

    @cached_property
    def groups(self) -> list[tuple[float, float, Power, list[complex]]]:
        """The intervals with, for each exponential on them, the coefficients of its powers."""
        out = []
        ends = (-np.inf, *self.cuts, np.inf)
        for lo, hi, piece in zip(ends, ends[1:], self.powers, strict=False):
            for A, L in dict.fromkeys((q.A, q.L) for q in piece):
                same = [q for q in piece if (q.A, q.L) == (A, L)]
                degrees = range(max(q.n for q in same) + 1)  # a Gaussian and the slope of an erf may share one
                coefficients = [sum(q.coef for q in same if q.n == n) for n in degrees]
                out.append((lo, hi, Power(1.0, 0, A, L), coefficients))
        return out

    def __call__(self, u: Array) -> Array:
        """At a breakpoint, which only a zero vector meets, the mean of the two sides."""
        left = self._one_sided(u, "left")
        if not any(np.any(u == h) for h in self.cuts):
            return left
        return (left + self._one_sided(u, "right")) / 2

    def _one_sided(self, u: Array, side: Literal["left", "right"]) -> Array:
        where = np.searchsorted(self.cuts, u, side=side) if self.cuts else np.zeros(u.shape, int)
        out = np.zeros(u.shape)
        for k, piece in enumerate(self.powers):
            if piece:
                x = np.where(where == k, u, 0.0) if self.cuts else u
                value = sum(_real(q.coef * x**q.n * np.exp(q.A * x * x + q.L * x)) for q in piece)
                out = out + (np.where(where == k, value, 0.0) if self.cuts else value)
        for s in self.soft:
            q = s.power
            edge = ndtr((s.p * u - s.h) / s.noise**0.5)
            out = out + _real(q.coef * u**q.n * np.exp(q.A * u * u + q.L * u)) * edge
        return out

    def mean(self, m: Array, s: Array) -> Array:
        """E of it under N(m, s²), elementwise; s ≥ 0."""
        still = s == 0
        width = np.where(still, 1.0, s)
        out = np.zeros(np.broadcast_shapes(m.shape, s.shape))
        for lo, hi, tilt, coefficients in self.groups:
            narrow = hi - lo < width  # between such ends the density is smooth, and a rule subtracts nothing
            moments = _truncated(tilt, len(coefficients) - 1, lo, hi, m, np.where(narrow, 1.0, width))
            part = _real(sum(k * x for k, x in zip(coefficients, moments, strict=True) if k))
            if narrow.any():
                part = np.where(narrow, _by_rule(tilt, coefficients, lo, hi, m, np.where(narrow, width, hi - lo)), part)
            out = out + part
        for soft in self.soft:
            out = out + _real(soft.power.coef * _softened(soft, m, width))
        return np.where(still, self(np.broadcast_to(m, out.shape)), out) if still.any() else out


def _series(piece: tuple[Power, ...]) -> Iterator[Power]:
    """Like powers are added up, so that 1 meets −1."""
    sums: dict[int, complex] = {}
    for q in piece:
        if q.A:
            yield q
            continue
        for k in range(TERMS + 1 if q.L else 1):
            sums[q.n + k] = sums.get(q.n + k, 0.0) + q.coef * q.L**k / factorial(k)
    yield from (Power(c.real, n) for n, c in sums.items() if c.real)


def expectation(f: Pieces, g: Pieces, a: Array, b: Array, cos: Array, sin: Array) -> Array:
    """E f(u) g(v) for (u, v) with variances a, b and correlation cos, elementwise; shapes broadcast."""
    panels = sum(3 if width else 1 for _, width in f.bends) + 3 * len(g.bends) + 2

    def whole(small: tuple[bool, ...], *part: Array) -> Array:
        return _expectation(f.near_zero if small[0] else f, g.near_zero if small[1] else g, *part)

    return _in_chunks(whole, (a, b, cos, sin), panels, (f.fastest, g.fastest))


def mean(f: Pieces, a: Array) -> Array:
    """E f(u) for u ~ N(0, a), elementwise."""

    def whole(small: tuple[bool, ...], a: Array) -> Array:
        return (f.near_zero if small[0] else f).mean(np.zeros_like(a), np.sqrt(a))

    return _in_chunks(whole, (a,), 1, (f.fastest,))


def variance(f: Pieces, g: Pieces, a: Array, power: int = 0) -> Array:
    """E u^power f(u) g(u) for u ~ N(0, a), elementwise."""

    def whole(small: tuple[bool, ...], a: Array) -> Array:
        s = np.sqrt(a)
        further = _over(max(f.quiet, g.quiet), s) + (f.growth + g.growth) * s
        z, w = _nodes([*_around(f, s, 0.0), *_around(g, s, 0.0)], further)
        u = s[:, None] * z
        left, right = (f.near_zero, g.near_zero) if small[0] else (f, g)
        return np.einsum("ij,ij,ij->i", w * u**power, left(u), right(u))

    return _in_chunks(whole, (a,), 3 * len({*f.bends, *g.bends}) + 2, (max(f.fastest, g.fastest),))


def spread(f: Pieces, a: Array, b: Array, step: Array) -> Array:
    """E (f(√a z) − f(√b z))², z standard normal, elementwise; step = √a − √b."""

    def whole(small: tuple[bool, ...], a: Array, b: Array, step: Array) -> Array:
        s, t, g = np.sqrt(a), np.sqrt(b), f.near_zero if all(small) else f
        further = _over(f.quiet, np.maximum(s, t)) + f.growth * (s + t)
        z, w = _nodes([*_around(f, s, 0.0), *_around(f, t, 0.0)], further)
        return np.einsum("ij,ij->i", w, (g(t[:, None] * z + step[:, None] * z) - g(t[:, None] * z)) ** 2)

    return _in_chunks(whole, (a, b, step), 6 * len(f.bends) + 2, (f.fastest, f.fastest))


def _expectation(f: Pieces, g: Pieces, a: Array, b: Array, cos: Array, sin: Array) -> Array:
    s, t = np.sqrt(a), np.sqrt(b)
    further = np.maximum(_over(f.quiet, s), _over(g.quiet, t)) + f.growth * s + g.growth * t
    z, w = _nodes([*_around(f, s, 0.0), *_around(g, cos * t, t * sin)], further)
    with np.errstate(over="ignore", invalid="ignore"):  # exp(u) at a variance of hundreds
        left, right = f(s[:, None] * z), g.mean((cos * t)[:, None] * z, (t * sin)[:, None])
    return np.einsum("ij,ij,ij->i", w, left, right)


def _in_chunks(whole: Any, arrays: tuple[Array, ...], panels: int, fastest: tuple[float, ...]) -> Array:
    """`whole` on pieces of the arrays. The first are variances, as many as `fastest`; it is told which of them are small."""
    arrays = np.broadcast_arrays(*arrays)
    flat = [np.ravel(x) for x in arrays]
    small = [np.sqrt(a) * REACH * rate < SMALL for a, rate in zip(flat, fastest, strict=False)]
    step = max(1, CHUNK // (panels * NODES))
    out = np.zeros(flat[0].shape)
    for which in product((True, False), repeat=len(small)):
        (where,) = np.nonzero(np.all([x == y for x, y in zip(small, which, strict=True)], axis=0))
        for k in range(0, len(where), step):
            part = where[k : k + step]
            out[part] = whole(which, *(x[part] for x in flat))
    return out.reshape(arrays[0].shape)


def _around(f: Pieces, scale: Array, noise: Any) -> list[Array]:
    """Where f(scale · z + noise) bends, in z, with the ends of what is not smooth around it."""
    out = []
    for x, width in f.bends:
        total = np.sqrt(width**2 + noise**2)
        out += [_over(x + k * total, scale) for k in ((-SPREAD, 0, SPREAD) if np.any(total) else (0,))]
    return out


def _over(x: Any, scale: Array) -> Array:
    """x/scale, far out where the scale is 0."""
    with np.errstate(over="ignore"):
        return np.clip(x / np.where(scale == 0, 1e-300, scale), -1e9, 1e9)


def _nodes(cuts: list[Array], further: Array) -> tuple[Array, Array]:
    """Nodes and weights of γ for many integrals, (n, k), on panels that end at the cuts of each; so much further out."""
    reach = np.minimum(REACH + further, FURTHEST)
    ends = np.sort(np.clip(np.stack([-reach, 0 * reach, reach, *cuts]), -reach, reach), axis=0)
    near, v = _rule()
    lo, hi = ends[:-1, :, None], ends[1:, :, None]
    half, middle = (hi - lo) / 2, NODES // 2
    # from the nearer end: 4.5 (1 + x) rounded to 1e-16 would put nodes of a long panel on the other side of a cut
    z = np.concatenate([lo + half * near[: middle + 1], hi - half * near[middle + 1 :]], axis=2)
    z, w = (np.concatenate([*x], axis=1) for x in (z, half * v))
    return z, w * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


@cache
def _rule() -> tuple[Array, Array]:
    """The double-exponential rule on [−1, 1]: how far each node is from the nearer end, and its weight."""
    t = np.linspace(-RANGE, RANGE, NODES)
    inner = np.pi / 2 * np.sinh(t)
    return 2 / (1 + np.exp(2 * np.abs(inner))), np.pi / 2 * np.cosh(t) / np.cosh(inner) ** 2 * (t[1] - t[0])


# moments of one power under N(m, s²) ---------------------------------------------------------------------------------


def _tilted(q: Power, m: Array, s: Array) -> tuple[Any, Any, Any]:
    """exp(A u² + L u) N(m, s²) is w N(m', s'²): log w, m', s'²."""
    shrink = 1 - 2 * q.A * s * s
    log_w = (q.L * q.L * s * s / 2 + q.L * m + q.A * m * m) / shrink - np.log(shrink) / 2
    return log_w, (m + q.L * s * s) / shrink, s * s / shrink


def _truncated(q: Power, degree: int, lo: float, hi: float, m: Array, s: Array) -> list[Any]:
    """E uⁿ exp(A u² + L u) 1[lo < u < hi] for n = 0 … degree."""
    log_w, mean, var = _tilted(q, m, s)
    moments = [_mass(q, lo, hi, m, s, log_w, mean, np.sqrt(var))]
    densities = [
        (h, side * _weighted_density(q, h, m, s)) for h, side in ((lo, -1), (hi, 1)) if np.isfinite(h) and degree
    ]
    for n in range(1, degree + 1):
        ends = sum(h ** (n - 1) * density for h, density in densities)
        before = (n - 1) * var * moments[n - 2] if n > 1 else 0.0
        moments.append(mean * moments[n - 1] + before - var * ends)
    return moments


def _by_rule(q: Power, coefficients: list[complex], lo: float, hi: float, m: Array, s: Array) -> Array:
    """E of Σ kₙ uⁿ exp(A u² + L u) 1[lo < u < hi] by Gauss–Legendre."""
    out = np.zeros(np.broadcast_shapes(m.shape, s.shape))
    for x, w in zip(*GAUSS, strict=True):
        u = (lo + hi) / 2 + (hi - lo) / 2 * x
        value = sum(k * u**n for n, k in enumerate(coefficients)) * np.exp(q.A * u * u + q.L * u)
        out = out + w * (hi - lo) / 2 * value.real * np.exp(-(((u - m) / s) ** 2) / 2)
    return out / (np.sqrt(2 * np.pi) * s)


def _weighted_density(q: Power, h: float, m: Array, s: Array) -> Any:
    return np.exp(q.A * h * h + q.L * h - ((h - m) / s) ** 2 / 2) / (np.sqrt(2 * np.pi) * s)


def _mass(q: Power, lo: float, hi: float, m: Array, s: Array, log_w: Any, mean: Any, sd: Any) -> Any:
    """w P(lo < N(m', s'²) < hi), by whichever tails are small."""
    if lo == -np.inf and hi == np.inf:
        return np.exp(log_w)
    if not q.A and not q.L:  # w = 1
        side = 1.0 if hi == np.inf else -1.0 if lo == -np.inf else np.where(lo + hi > 2 * m, 1.0, -1.0)
        return np.abs(ndtr(side * (m - lo) / s) - ndtr(side * (m - hi) / s))
    if lo == -np.inf:
        return _tail(q, hi, m, s, log_w, mean, sd, -1)
    if hi == np.inf:
        return _tail(q, lo, m, s, log_w, mean, sd, 1)
    upper = np.real(lo + hi - 2 * mean) > 0  # the interval lies above the mean
    above = _tail(q, lo, m, s, log_w, mean, sd, 1) - _tail(q, hi, m, s, log_w, mean, sd, 1)
    below = _tail(q, hi, m, s, log_w, mean, sd, -1) - _tail(q, lo, m, s, log_w, mean, sd, -1)
    return np.where(upper, above, below)


def _tail(q: Power, h: float, m: Array, s: Array, log_w: Any, mean: Any, sd: Any, side: int) -> Any:
    """w P(side · N(m', s'²) > side · h). A small one comes with its density, in which the large exponents have met."""
    z = side * (h - mean) / sd
    far = np.real(z) > 0
    small = np.exp(q.A * h * h + q.L * h - ((h - m) / s) ** 2 / 2) / np.sqrt(1 - 2 * q.A * s * s)
    small = small * _erfcx(np.where(far, z, 0.0) / np.sqrt(2)) / 2
    if np.iscomplexobj(z):
        rest = (
            np.exp(log_w) - np.exp(log_w - np.where(far, 0.0, z) ** 2 / 2) * _erfcx(-np.where(far, 0.0, z) / 2**0.5) / 2
        )
    else:
        rest = np.exp(np.where(far, 0.0, log_w)) * ndtr(-z)
    return np.where(far, small, rest)


def _erfcx(z: Any) -> Any:
    return wofz(1j * z) if np.iscomplexobj(z) else erfcx(z)


def _softened(soft: Soft, m: Array, s: Array) -> Any:
    """E uⁿ exp(A u² + L u) P(p u + √noise Z > h)"""
    q, p = soft.power, soft.p
    log_w, mean, var = _tilted(q, m, s)
    V = soft.noise + p * p * var
    z = (p * mean - soft.h) / np.sqrt(V)
    moments = [np.exp(log_w + log_ndtr(z))]
    density = np.exp(log_w - z * z / 2) / np.sqrt(2 * np.pi * V)
    centre, spread = mean - var * p * z / np.sqrt(V), var * soft.noise / V
    given: list[Any] = [np.ones_like(density)]  # moments of u where p u + √noise Z = h
    for n in range(1, q.n + 1):
        before = (n - 1) * var * moments[n - 2] if n > 1 else 0.0
        moments.append(mean * moments[n - 1] + before + var * p * density * given[n - 1])
        given.append(centre * given[n - 1] + ((n - 1) * spread * given[n - 2] if n > 1 else 0.0))
    return moments[-1]


def _real(x: Any) -> Any:
    return x.real if np.iscomplexobj(x) else x
