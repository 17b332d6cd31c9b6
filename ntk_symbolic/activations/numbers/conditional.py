"""κ by one integral: κ = ∫ φ(√a z) M(ρ√b z, √b sin θ) γ(dz), with M(m, s) = E φ(N(m, s²)) in closed form.

The closed dual of an activation with breakpoints away from 0 loses digits to cancellation (all of them, for bounded φ at
large variance). Here there is no cancellation: M is a sum over the pieces of φ, each by its own truncated moments (see
`moments`), and panels end wherever φ(√a z) or M bends (see `panels`). Only NumPy is used, not SymPy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise, product
from typing import Any

import numpy as np
from scipy.special import erf, ndtr

from .moments import bulk, by_rule, edge, narrow, softened
from .panels import Found, integrals

Array = np.ndarray
Polynomial = tuple[float | complex, tuple[complex, ...]]  # origin o and the coefficients of (u − o)^k

CORE = (-9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0)  # standard deviations where panels end in any case
OUTSIDE = (13.0, 17.0, 21.0, 25.0, 29.0, 33.0, 38.0)  # γ is 1e-314 at the last
BEYOND = (42.0, 46.0, 50.0, 54.0)  # for growing exponentials
WIDTHS = (-8.0, -3.0, 0.0, 3.0, 8.0)  # around a smoothed kink, beyond which it is negligible
FALL = (1.0, 8.0, 40.0)  # lengths of an exponential from its breakpoint on
SMALL, SEEN = (
    2.0,
    16.0,
)  # |rate · u| up to which Taylor's polynomials are used, and the standard deviations it must cover
UNHEARD = 45.0  # −log of the remaining size of a wave below which it is not resolved
CHUNK = 2**12  # integrals computed at once


@dataclass(frozen=True)
class Wave:
    """A polynomial times exp(A (u − x)² + L (u − x)); A ≤ 0, and L may be complex: the value is the real part.

    The polynomial is given by its coefficients about every end of its piece, and about 0 or x if the piece contains them,
    so it need not be evaluated where its terms cancel.
    """

    A: float
    L: complex
    x: float
    polynomials: tuple[Polynomial, ...]

    def __call__(self, u: Array, damp: Any = 0.0) -> tuple[Array, Array]:
        """The values times exp(damp), and their moduli."""
        value, modulus = self._polynomial(u)
        v = u - self.x
        exponent = self.A * v * v + self.L * v if self.A or self.L else 0.0
        value = _real(value * np.exp(exponent + damp))
        return value, modulus * np.exp(np.real(exponent) + damp) * (1 + np.abs(exponent))

    def _polynomial(self, u: Array) -> tuple[Any, Array]:
        value, modulus = _horner(*self.polynomials[0], u)
        for other in self.polynomials[1:]:
            better_value, better = _horner(*other, u)
            value, modulus = np.where(better < modulus, better_value, value), np.minimum(better, modulus)
        return value, modulus

    def about(self, origin: float) -> tuple[complex, ...]:
        """The coefficients about an end of its piece."""
        return next((k for o, k in self.polynomials if o == origin), self.polynomials[0][1])

    @property
    def degree(self) -> int:
        return len(self.polynomials[0][1]) - 1

    @property
    def rate(self) -> float:
        """The rate for which Taylor's series about 0 has the size of that of exp(rate · u)."""
        return abs(self.L) + (3 + 2 * abs(self.x) * abs(self.A) ** 0.5) * abs(self.A) ** 0.5

    @property
    def times_u(self) -> Wave:
        return replace(self, polynomials=tuple((o, _times_u(o, k)) for o, k in self.polynomials))


@dataclass(frozen=True)
class Soft:
    """coef · uⁿ exp(A u² + L u) · (P(p u + √noise Z > h) − from_); from_ is 1/2 for an odd erf, without subtraction."""

    coef: complex
    n: int
    A: float
    L: complex
    p: float
    noise: float
    h: float
    half: bool = False

    def __call__(self, u: Array, damp: Any = 0.0) -> tuple[Array, Array]:
        z = (self.p * u - self.h) / self.noise**0.5
        exponent = self.A * u * u + self.L * u
        value = _real(self.coef * u**self.n * np.exp(exponent + damp)) * (erf(z / 2**0.5) / 2 if self.half else ndtr(z))
        modulus = abs(self.coef) * np.abs(u) ** self.n * np.exp(np.real(exponent) + damp) * (1 + np.abs(exponent))
        # ndtr keeps its digits in the tail except for those lost in its exponent z²
        return value, modulus * (np.abs(erf(z / 2**0.5)) if self.half else ndtr(z) * (1 + np.where(z < 0, z * z, 0.0)))

    @property
    def rate(self) -> float:
        root = self.noise**0.5
        return abs(self.L) + 3 * abs(self.A) ** 0.5 + abs(self.p) / root * (abs(self.h) / root + 3)


@dataclass(frozen=True)
class Pieces:
    """A function of u: waves on consecutive intervals, and soft edges on the whole line.

    near   Taylor's coefficients about 0 of the function on each interval, soft edges included; empty for a polynomial
    """

    cuts: tuple[float, ...]  # between the intervals
    waves: tuple[tuple[Wave, ...], ...]  # one more than cuts
    soft: tuple[Soft, ...] = ()
    near: tuple[tuple[complex, ...], ...] = ()

    @cached_property
    def ends(self) -> tuple[tuple[float, float], ...]:
        return tuple(pairwise((-np.inf, *self.cuts, np.inf)))

    @cached_property
    def bends(self) -> tuple[tuple[float, float, tuple[float, ...]], ...]:
        """Places of possible rapid change, their widths, and the ends of panels in widths; 0 for a breakpoint."""
        out = {(x, 0.0, WIDTHS) for x in self.cuts}
        out |= {(s.h / s.p, s.noise**0.5 / abs(s.p), WIDTHS) for s in self.soft if s.p}
        for (lo, hi), piece in zip(self.ends, self.waves, strict=True):
            for q in piece:
                if q.A:
                    out.add((q.x, abs(2 * q.A) ** -0.5, WIDTHS))
                elif np.real(q.L):
                    length = 1 / abs(np.real(q.L))
                    out |= {
                        (h, length, tuple(side * k for k in FALL)) for h, side in ((lo, 1), (hi, -1)) if np.isfinite(h)
                    }
        return tuple(sorted(out))

    @cached_property
    def growth(self) -> float:
        """The rate of its exponential growth at the two ends."""
        rates = [-np.real(q.L) for q in self.waves[0] if not q.A] + [np.real(q.L) for q in self.waves[-1] if not q.A]
        return max([0.0, *rates, *(abs(np.real(e.L)) for e in self.soft if not e.A)])

    @cached_property
    def frequency(self) -> float:
        """The largest frequency, in radians per unit of u."""
        every = [q.L for piece in self.waves for q in piece] + [s.L for s in self.soft]
        return max((abs(np.imag(L)) for L in every), default=0.0)

    @cached_property
    def rate(self) -> float:
        """The scale of |rate · u| for Taylor's polynomials; 0 if there are none."""
        every = [q.rate for piece in self.waves for q in piece] + [s.rate for s in self.soft]
        return max(every, default=0.0) if self.near else 0.0

    @cached_property
    def times_u(self) -> Pieces:
        """The function times u."""
        return Pieces(
            self.cuts,
            tuple(tuple(q.times_u for q in piece) for piece in self.waves),
            tuple(replace(s, n=s.n + 1) for s in self.soft),
            tuple(_times_u(0.0, k) for k in self.near),
        )

    @cached_property
    def near_zero(self) -> Pieces:
        """The same function for small u, as polynomials about 0, since exp(u) − 1 cancels there."""
        if not self.near:
            return self
        pieces = []
        for (lo, hi), k in zip(self.ends, self.near, strict=True):
            origins = [0.0, *(h for h in (lo, hi) if np.isfinite(h) and h)]
            pieces.append((Wave(0.0, 0.0, 0.0, tuple((o, _moved(k, o)) for o in origins)),) if any(k) else ())
        return Pieces(self.cuts, tuple(pieces))

    def __call__(self, u: Array) -> Array:
        """At a breakpoint, which only a zero vector meets, the mean of the two sides."""
        flat = np.reshape(u, (-1, 1))
        value = self.at(flat, flat)[0]
        if any(np.any(flat == h) for h in self.cuts):
            value = (value + self.at(flat, np.nextafter(flat, np.inf))[0]) / 2
        return value.reshape(np.shape(u))

    def at(self, u: Array, where: Array, damp: Any = 0.0) -> tuple[Array, Array]:
        """Values and moduli at u (p, q), times exp(damp); each row on the interval that contains `where` (p, 1)."""
        damp = np.broadcast_to(damp, u.shape)
        value, modulus = np.zeros(u.shape), np.zeros(u.shape)
        interval = np.searchsorted(self.cuts, where[:, 0], side="left")
        for k, piece in enumerate(self.waves):
            here = interval == k
            if piece and here.any():
                rows = slice(None) if here.all() else here
                for q in piece:
                    x, y = q(u[rows], damp[rows])
                    value[rows] += x
                    modulus[rows] += y
        for s in self.soft:
            x, y = s(u, damp)
            value, modulus = value + x, modulus + y
        return value, modulus

    def mean(self, m: Array, s: Array) -> Array:
        """The expectation under N(m, s²), elementwise; s ≥ 0."""
        m, s = np.broadcast_arrays(m, s)
        flat = np.reshape(m, (-1, 1))
        return self.conditional(flat, np.reshape(s, (-1, 1)), flat)[0].reshape(m.shape)

    def conditional(self, m: Array, s: Array, where: Array, damp: Any = 0.0) -> tuple[Array, Array]:
        """The expectation under N(m, s²) for m (p, q), s (p, 1), times exp(damp), and moduli.

        At s = 0 it is the function itself, on the interval that contains `where`.
        """
        still = s[:, 0] == 0
        damp = np.broadcast_to(damp, m.shape)
        if still.any():
            out = np.zeros((2, *m.shape))
            out[:, still] = self.at(m[still], where[still], damp[still])
            moving = ~still
            if moving.any():
                out[:, moving] = self._conditional(m[moving], s[moving], damp[moving])
            return out[0], out[1]
        return self._conditional(m, s, damp)

    def _conditional(self, m: Array, s: Array, damp: Array) -> tuple[Array, Array]:
        value, modulus = np.zeros(m.shape), np.zeros(m.shape)
        known: dict[Any, Any] = {}  # two adjacent pieces share results at their breakpoint

        def add(found: tuple[Any, Any], sign: Any = 1.0) -> None:
            nonlocal value, modulus
            value, modulus = value + sign * _real(found[0]), modulus + np.abs(sign) * found[1]

        for (lo, hi), piece in zip(self.ends, self.waves, strict=True):
            for q in piece:
                thin = narrow(q, lo, hi, s)
                if thin.all():
                    add(by_rule(q, lo, hi, m, s, damp))
                    continue
                wide = np.where(thin, 0.0, 1.0)
                add(bulk(q, lo, hi, m, s, damp), wide)
                for h, side in ((lo, 1), (hi, -1)):
                    if np.isfinite(h):
                        add(edge(q, h, m, s, damp, known), side * wide)
                if thin.any():
                    width = np.where(thin, s, hi - lo)
                    add(by_rule(q, lo, hi, m, width, damp), np.where(thin, 1.0, 0.0))
        for soft in self.soft:
            add(softened(soft, m, s, damp))
        return value, modulus


def expectation(f: Pieces, g: Pieces, a: Array, b: Array, cos: Array, sin: Array) -> Found:
    """E f(u) g(v) for (u, v) with variances a, b and correlation cos, elementwise; shapes broadcast."""

    def whole(f: Pieces, g: Pieces, a: Array, b: Array, cos: Array, sin: Array) -> Found:
        s, t = np.sqrt(a), np.sqrt(b)
        slope, noise = cos * t, t * sin

        def integrand(row: Array, z: Array, middle: Array) -> tuple[Array, Array]:
            m, half = (
                slope[row, None],
                -z * z / 4,
            )  # γ is split in two factors: far out it underflows before exponentials are negligible
            x, of_x = f.at(s[row, None] * z, s[row, None] * middle, half)
            y, of_y = g.conditional(m * z, noise[row, None], m * middle, half)
            return x * y, of_x * np.abs(y) + np.abs(x) * of_y

        followed = np.where((g.frequency * noise) ** 2 < 2 * UNHEARD, g.frequency * np.abs(slope), 0.0)
        ends = _ends([*_around(f, s, 0.0), *_around(g, slope, noise)], f.growth + g.growth > 0, len(s))
        return _normal(integrals(integrand, ends, f.frequency * s + followed))

    found = _in_chunks(whole, (f, g), (a, b, cos, sin))
    still = (np.asarray(a) == 0) | (np.asarray(b) == 0)  # f(0) is constant there: the mean of the two sides
    return found._replace(value=np.where(still, mean(f, a) * mean(g, b), found.value)) if still.any() else found


def mean(f: Pieces, a: Array) -> Array:
    """E f(u) for u ~ N(0, a), elementwise; f(0) at a = 0."""

    def whole(f: Pieces, a: Array) -> Found:
        return Found(f.mean(np.zeros_like(a), np.sqrt(a)), 0 * a)

    found = _in_chunks(whole, (f,), (a,)).value
    return np.where(np.asarray(a) == 0, f(np.zeros(1))[0], found)


def variance(f: Pieces, g: Pieces, a: Array, power: int = 0) -> Found:
    """E u^power f(u) g(u) for u ~ N(0, a), elementwise."""

    def whole(f: Pieces, g: Pieces, a: Array) -> Found:
        s = np.sqrt(a)

        def integrand(row: Array, z: Array, middle: Array) -> tuple[Array, Array]:
            u, half = s[row, None] * z, -z * z / 4
            (x, of_x), (y, of_y) = (h.at(u, s[row, None] * middle, half) for h in (f, g))
            return x * y * u**power, (of_x * np.abs(y) + np.abs(x) * of_y) * np.abs(u) ** power

        ends = _ends([*_around(f, s, 0.0), *_around(g, s, 0.0)], f.growth + g.growth > 0, len(s))
        return _normal(integrals(integrand, ends, (f.frequency + g.frequency) * s))

    def both(f: Pieces, a: Array) -> Found:
        return whole(f, g if f is not f.near_zero else g.near_zero, a)

    if f.rate < g.rate:
        return variance(g, f, a, power)
    found = _in_chunks(both, (f,), (a,))
    still = np.asarray(a) == 0
    if not still.any():
        return found
    return found._replace(value=np.where(still, 0.0**power * f(np.zeros(1))[0] * g(np.zeros(1))[0], found.value))


def apart(f: Pieces, a: Array, b: Array, step: Array, share: Array) -> Array:
    """E (f(√b z) − (1 − share) f(√a z))², z standard normal, elementwise; step = √a − √b.

    If one is nearly a multiple of the other, the square is of the small remainder, without cancellation.
    """

    def whole(one: Pieces, other: Pieces, a: Array, b: Array, step: Array, share: Array) -> Found:
        s, t = np.sqrt(a), np.sqrt(b)
        g = one if one is other else f  # not near 0 unless both are

        def integrand(row: Array, z: Array, middle: Array) -> tuple[Array, Array]:
            u = t[row, None] * z
            x, of_x = g.at(u + step[row, None] * z, s[row, None] * middle)
            y, of_y = g.at(u, t[row, None] * middle)
            gamma = np.exp(-z * z / 2)
            left = (x - y) - share[row, None] * x
            return left**2 * gamma, np.abs(left) * (of_x + of_y) * gamma

        ends = _ends([*_around(f, s, 0.0), *_around(f, t, 0.0)], f.growth > 0, len(s))
        return _normal(integrals(integrand, ends, 2 * f.frequency * np.maximum(s, t)))

    return _in_chunks(whole, (f, f), (a, b, step, share)).value


def _normal(found: Found) -> Found:
    return Found(*(x / np.sqrt(2 * np.pi) for x in found))


def _in_chunks(whole: Callable[..., Found], functions: tuple[Pieces, ...], arrays: tuple[Array, ...]) -> Found:
    """`whole` on chunks of the arrays; the first are variances of the functions, which select forms for small u."""
    arrays = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in arrays))
    flat = [np.ravel(x) for x in arrays]
    small = [np.sqrt(a) * SEEN * f.rate < SMALL for a, f in zip(flat, functions, strict=False)]
    value, error = np.zeros(flat[0].shape), np.zeros(flat[0].shape)
    for which in product((True, False), repeat=len(small)):
        (where,) = np.nonzero(np.all([x == y for x, y in zip(small, which, strict=True)], axis=0))
        read = [f.near_zero if near else f for f, near in zip(functions, which, strict=True)]
        for k in range(0, len(where), CHUNK):
            part = where[k : k + CHUNK]
            value[part], error[part] = whole(*read, *(x[part] for x in flat))
    return Found(value.reshape(arrays[0].shape), error.reshape(arrays[0].shape))


def _around(f: Pieces, scale: Array, noise: Any) -> list[Array]:
    """The places in z at which f(scale · z + noise) bends, with the ends of the regions around them."""
    out = []
    for x, width, steps in f.bends:
        total = np.sqrt(width**2 + noise**2)
        out += [_over(x + k * total, scale) for k in (steps if np.any(total) else (0.0,))]
    return out


def _over(x: Any, scale: Array) -> Array:
    """x/scale, a large number if the scale is 0."""
    with np.errstate(over="ignore"):
        return np.clip(x / np.where(scale == 0, 1e-300, scale), -1e9, 1e9)


def _ends(bends: list[Array], growing: bool, count: int) -> Array:
    """The sorted ends of the panels of each integral."""
    far = (*OUTSIDE, *BEYOND) if growing else OUTSIDE
    fixed = np.broadcast_to(np.array([*(-x for x in far), *CORE, *far])[:, None], (2 * len(far) + len(CORE), count))
    cuts = np.clip(np.reshape(bends, (-1, count)), -far[-1], far[-1])
    return np.sort(np.concatenate([fixed, cuts]), axis=0).T


def _horner(origin: Any, coefficients: tuple[complex, ...], u: Array) -> tuple[Any, Array]:
    v = u - origin
    value, modulus, size = coefficients[-1] + 0 * v, abs(coefficients[-1]) + 0 * v, np.abs(v)
    for k in coefficients[-2::-1]:
        value, modulus = value * v + k, modulus * size + abs(k)
    return value, modulus


def _times_u(origin: Any, coefficients: tuple[complex, ...]) -> tuple[complex, ...]:
    """The coefficients of u times a polynomial about `origin`: u = (u − o) + o."""
    shifted, scaled = (0.0, *coefficients), (*(origin * k for k in coefficients), 0.0)
    return tuple(x + y for x, y in zip(shifted, scaled, strict=True))


def _moved(coefficients: tuple[complex, ...], origin: float) -> tuple[complex, ...]:
    """The coefficients about `origin` of a polynomial about 0."""
    out = np.array(coefficients)
    for k in range(len(out) - 1):
        for j in range(len(out) - 2, k - 1, -1):
            out[j] += origin * out[j + 1]
    return tuple(out.tolist())


def _real(x: Any) -> Any:
    return x.real if np.iscomplexobj(x) else x
