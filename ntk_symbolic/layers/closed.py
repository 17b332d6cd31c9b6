"""The elementwise layer by a closed dual: it maps a pair of pre-activations to post-activations without cancellation.

φ is the sum of its even and its odd part, and so is κ. Each part has its own r = √(κ(a,a,a) κ(b,b,b)) and its own gap
r − κ(|c|); near equal inputs the gap is the derived drop (see `activations.condition.conditioned`) plus a part due to the
norms alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from ..activations.numbers.compiled import Compiled, Far, Part
from ..arrays import namespace, positions, replaced
from ..gauss import legendre
from . import jets
from .jets import Jet
from .join import Summand, joined, nonzero
from .pair import Means, Pair

NEAR = 0.9  # κ/r above which r − κ is not formed by subtraction; at this point subtraction loses one digit
NODES, WEIGHTS = (z.tolist() for z in legendre(12))  # Python floats combine with arrays of every library


@dataclass(frozen=True)
class Closed:
    """The reading of an activation by its closed dual, on arrays of every library and on jets."""

    compiled: Compiled
    parameters: tuple[float, ...] = ()
    closed, portable, frequency = True, True, 0.0

    @property
    def parity(self) -> int:
        return self.compiled.parity

    @property
    def jumps(self) -> bool:
        return self.compiled.jumps

    @property
    def jump_points(self) -> tuple[float, ...]:
        return (0.0,) if self.compiled.jumps else ()

    @property
    def degree(self) -> float | None:
        return self.compiled.degree

    @property
    def limit(self) -> float:
        return self.compiled.limit

    @property
    def homogeneous(self) -> tuple[float, float] | None:
        weights = self.compiled.homogeneous
        return weights and weights(*self.parameters)

    @property
    def far(self) -> Far | None:
        """κ and κ̇ in place, with the parameters bound."""
        far, bound = self.compiled.far, self.parameters
        if far is None or not bound:
            return far
        columns, rows, run = (lambda *z, f=f: f(*z, *bound) for f in (far.columns, far.rows, far.run))
        return Far(columns, rows, run, far.arrays)

    def elementwise(self, p: Pair) -> Pair:
        out = joined(p.xp, *(self._side(part, p) for part in self._parts))
        return replace(out, ntk=None if p.ntk is None else self.slope(p) * p.ntk)

    def moving(self, p: Pair, slope: Callable[[], Any]) -> Pair:
        return self.elementwise(p)

    def value(self, p: Pair) -> Any:
        return self._combined(p, self._kappa, self.compiled.odd)

    def slope(self, p: Pair) -> Any:
        """κ̇(a, b, c); the derivative of the even part of φ is odd."""
        return self._combined(p, self._kappa_dot, self.compiled.even)

    def mean(self, a: Any) -> Any:
        return self._mean(namespace(a), a)

    def means(self, p: Pair) -> Means:
        """The means; for φ = p u + q|u| they are multiples of the roots of the variances, whose difference the pair holds."""
        xp = p.xp
        m, m_ = (self._mean(xp, v) for v in (p.a, p.b))
        if self.compiled.homogeneous:
            return Means(m, m_, self._mean(xp, xp.ones_like(p.a)) * p.rise)
        if isinstance(m, np.ndarray):
            return Means(m, m_, self._mean_rise(p, m - m_))
        return Means(m, m_, m - m_)

    def square(self, a: Any) -> Any:
        return sum((self._diagonal(namespace(a), part, a) for part in self._parts), 0 * a)

    def slope_square(self, a: Any) -> Any:
        return self.slope(Pair(a, a, a, 0 * a, 0 * a))

    @property
    def _parts(self) -> list[Part]:
        return [part for part in (self.compiled.even, self.compiled.odd) if part]

    def _mean(self, xp: Any, a: Any) -> Any:
        return self.compiled.mean(xp, a, *self.parameters) + 0 * a

    def _mean_rise(self, p: Pair, plain: Any) -> Any:
        """E φ(su) − E φ(tu), s = √a and t = √b, as the Gauss–Legendre integral of its slope in s; where s and t differ by more
        than a factor 3, the difference `plain`."""
        s, t = np.broadcast_arrays(np.sqrt(p.a), np.sqrt(p.b))
        close = (np.maximum(s, t) < 3 * np.minimum(s, t)) & (plain != 0)
        if not close.any():
            return plain
        middle, half = ((s + t) / 2)[close], (np.broadcast_to(p.rise, s.shape) / 2)[close]
        total = np.zeros_like(half)
        for x, w in zip(NODES, WEIGHTS, strict=True):
            at = middle + half * x
            total += (
                w * cast(Jet, self.compiled.mean(jets, Jet(at * at, 2 * at[:, None]), *self.parameters)).tangent[:, 0]
            )
        out = np.array(plain + 0 * s)
        out[close] = half * total
        return out

    def _combined(self, p: Pair, of_part: Callable[[Part, Pair], Any], odd_sign: Part | None) -> Any:
        xp, total = p.xp, 0.0 * p.c
        for part in self._parts:
            y = of_part(part, p)
            # not y sign(c): a jet of that has no slope at c = 0, but y may have one
            total = total + (xp.where(p.c < 0, -y, y) if part is odd_sign else y)
        return total

    def _kappa_dot(self, part: Part, p: Pair) -> Any:
        """κ̇(|c|) of a part."""
        c = p.xp.abs(p.c)
        return part.kappa_dot(p.xp, p.a, p.b, c, p.r, p.h, p.g, *self.parameters) + 0 * c

    def _kappa(self, part: Part, p: Pair) -> Any:
        """κ(|c|) of a part.

        If φ jumps and a vector is 0, the closed form is a different limit or 0/0: then u = 0 is independent of v, and φ(0) is
        the mean of its two sides.
        """
        xp, q = p.xp, _off_zero(p) if self.jumps else p
        c = xp.abs(q.c)
        kappa = part.kappa(xp, q.a, q.b, c, q.r, q.h, q.g, *self.parameters) + 0 * c
        if not self.jumps:
            return kappa
        held = 0 * p.r if part is self.compiled.odd else self._mean(xp, p.a) * self._mean(xp, p.b) + 0 * p.r
        return xp.where(p.r > 0, kappa, held)

    def _diagonal(self, xp: Any, part: Part, a: Any) -> Any:
        if not self.jumps:
            return part.diag(xp, a, *self.parameters) + 0 * a
        at_zero = 0 * a if part is self.compiled.odd else self._mean(xp, 0 * a) ** 2
        return xp.where(a > 0, part.diag(xp, xp.where(a > 0, a, xp.ones_like(a)), *self.parameters) + 0 * a, at_zero)

    def _side(self, part: Part, p: Pair) -> Summand:
        """The contribution of one parity; its κ is even or odd in c and is computed at |c|."""
        xp = p.xp
        aa, bb = (self._diagonal(xp, part, x) for x in (p.a, p.b))
        root_a, root_b = xp.sqrt(aa), xp.sqrt(bb)
        r = root_a * root_b
        kappa = self._kappa(part, p)
        rise = self._rise(part, _off_zero(p) if self.jumps else p, aa, bb)
        if self.jumps:
            rise = xp.where(p.r > 0, rise, aa - bb)
        near, gap = kappa > NEAR * r, r - kappa
        listed = positions(near) if getattr(p.c, "ndim", 0) == 2 else None
        if listed is None:
            gap = xp.where(near, self._gap(part, p, (root_a, root_b, rise, gap)), gap)
        elif listed[0].shape[0]:  # few pairs are near, and their gap costs a hundred times as much
            few = [
                xp.broadcast_to(x, near.shape)[near] for x in (p.a, p.b, p.c, p.sin2, p.rise, root_a, root_b, rise, gap)
            ]
            gap = replaced(near, self._gap(part, Pair(*few[:5]), few[5:]), gap)
        kappa = xp.where(near, r - gap, kappa)
        minus, plus, negative = gap, r + kappa, p.c < 0
        if part is self.compiled.odd:
            minus, plus = xp.where(negative, plus, minus), xp.where(negative, minus, plus)
            kappa = xp.where(negative, -kappa, kappa)
        return Summand(aa, bb, root_a, root_b, rise / nonzero(xp, root_a + root_b), kappa, minus, plus)

    def _gap(self, part: Part, p: Pair, held: Sequence[Any]) -> Any:
        """√(κ_aa κ_bb) − κ(|c|) without subtraction; held: √κ_aa, √κ_bb, κ_aa − κ_bb, and the gap by subtraction."""
        xp, (root_a, root_b, rise, plain) = p.xp, held
        q = _off_zero(p) if self.jumps else p
        drop = part.drop(xp, q.a, q.b, xp.abs(q.c), q.r, q.h, q.g, *self.parameters) + 0 * p.c
        if part.density is not None:
            drop = drop + self._norm_part(part, q, root_a, root_b, rise)
        if self.jumps:
            drop = xp.where(p.r > 0, drop, plain)
        return xp.where(drop > 0, drop, xp.zeros_like(drop))

    def _rise(self, part: Part, p: Pair, aa: Any, bb: Any) -> Any:
        """κ_aa − κ_bb: derived from a − b if a and b, or both κ (cos at small variances), are close, otherwise subtracted."""
        xp = p.xp
        step = p.rise * (xp.sqrt(p.a) + xp.sqrt(p.b))
        close = (xp.abs(step) < 0.1 * (p.a + p.b)) | ((xp.abs(aa - bb) < 0.5 * (aa + bb)) & (p.r > 0))
        return xp.where(close, part.rise(xp, p.a, p.b, step, *self.parameters), aa - bb)

    def _norm_part(self, part: Part, p: Pair, root_a: Any, root_b: Any, rise: Any) -> Any:
        """√(κ_aa κ_bb) − κ(c = √(ab)) = (E(φ(sz) − φ(tz))² − (√κ_aa − √κ_bb)²)/2, with s = √a, t = √b.

        The expectation is ∬ density over [t, s]². In log σ, log τ Gauss–Legendre with 12 × 12 nodes is exact to rounding
        while the lengths are within a factor 4 (erf: the nearest singularity, σ = ±iτ, is 2.3 half widths away: 5^-24).
        Elsewhere the difference is not small and is computed by subtraction.
        """
        xp = p.xp
        s, t = xp.sqrt(p.a), xp.sqrt(p.b)
        positive = (s > 0) & (t > 0)
        half = xp.log1p(xp.where(positive, p.rise / nonzero(xp, t), 0 * p.rise)) / 2
        middle = xp.sqrt(s) * xp.sqrt(t)
        sigmas = [middle * xp.exp(half * x) for x in NODES]
        total = 0 * half
        for k, (sigma, w) in enumerate(zip(sigmas, WEIGHTS, strict=True)):
            for tau, v in zip(sigmas[: k + 1], WEIGHTS, strict=False):
                weight = w * v * (1 if tau is sigma else 2)  # the density is symmetric
                total = total + weight * (sigma * tau * part.density(xp, sigma, tau, *self.parameters))  # type: ignore[misc]
        integral = (total * half**2 - (rise / nonzero(xp, root_a + root_b)) ** 2) / 2
        plain = root_a * root_b - part.kappa(xp, p.a, p.b, p.r, p.r, 0 * p.r, 0 * p.r, *self.parameters)
        return xp.where(positive & (xp.abs(half) < 0.69), integral, plain)


def _off_zero(p: Pair) -> Pair:
    """The pair with unit vectors in place of zero vectors, for formulas whose values there are discarded."""
    xp = p.xp
    a, b = (xp.where(x > 0, x, xp.ones_like(x)) for x in (p.a, p.b))
    sin2 = xp.where(p.r > 0, p.sin2, xp.ones_like(p.r))
    return Pair(
        a, b, xp.where(p.r > 0, p.c, xp.zeros_like(p.r)), sin2, xp.where(p.r > 0, p.rise, xp.sqrt(a) - xp.sqrt(b))
    )
