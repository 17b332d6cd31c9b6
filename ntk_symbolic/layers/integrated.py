"""The elementwise layer for an activation read by integrals or by its series: the rules of `closed`, on NumPy.

Arrays of other libraries are converted to NumPy and back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..activations.numbers import anchor
from ..activations.numbers.integral import Integral
from ..activations.numbers.series import Series
from ..arrays import namespace
from .jets import Jet
from .pair import Means, Pair

NEAR = 1 - 5e-4  # κ/√(κ_aa κ_bb) above which the gap between them is not formed by subtraction
NO_MORE = np.nextafter(1.0, 0.0)
Array = np.ndarray


@dataclass(frozen=True)
class Integrated:
    """The reading of an activation by integrals or by its series, which contain its parameters."""

    compiled: Integral | Series
    portable, homogeneous, far = False, None, None

    @property
    def parity(self) -> int:
        return self.compiled.parity

    @property
    def jumps(self) -> bool:
        return self.compiled.jumps

    @property
    def jump_points(self) -> tuple[float, ...]:
        return tuple(place for place, _ in self.compiled.steps)

    @property
    def degree(self) -> float | None:
        return self.compiled.degree

    @property
    def limit(self) -> float:
        return self.compiled.limit

    @property
    def closed(self) -> bool:
        return self.compiled.closed_dual

    @property
    def frequency(self) -> float:
        return self.compiled.frequency

    def elementwise(self, p: Pair) -> Pair:
        f = self.compiled
        a, b, cos, sin, sign = _angle(p, f.parity)
        aa, bb = f.diagonal(np.asarray(p.a)), f.diagonal(np.asarray(p.b))
        r = np.sqrt(aa) * np.sqrt(bb)
        norm = np.where(r > 0, r, 1.0)
        kappa = f.kappa(a, b, cos, sin)
        step = np.asarray(p.rise)
        total = np.sqrt(aa) + np.sqrt(bb)
        rise = f.rise(np.asarray(p.a), np.asarray(p.b), step) / np.where(total > 0, total, 1.0)
        gap = np.where((a == 0) & (b == 0), 0.0, r - kappa)
        near = (kappa > NEAR * r) & (a > 0) & (b > 0)
        if near.any():
            gap[near] = f.gap(*(np.broadcast_to(x, kappa.shape)[near] for x in (a, b, cos, sin, step, rise)))
        sin2 = np.clip((gap / norm) * ((r + kappa) / norm), 0.0, None)
        c = np.where(near, r - gap, kappa) * np.where(f.parity < 0, sign, 1.0)
        ntk = None if p.ntk is None else self.slope(p) * p.ntk
        aa, bb, c, sin2, rise = (_like(p, x) for x in (aa, bb, c, sin2, rise))
        return Pair(aa, bb, c, sin2, rise, ntk)

    def moving(self, p: Pair, slope: Callable[[], Any]) -> Pair:
        """The layer rule on jets; κ and κ̇ are differentiated by (√a, √b, θ), in which kinks cause no steep slopes.

        sin²θ' is differentiated as 1 − κ²/(κ_aa κ_bb): its derivative loses ε, and that of the NTK of a φ with kinks
        ε/sin θ. At sin θ = 0 its derivative is 0 wherever it exists.
        """
        held = Pair(p.a.value, p.b.value, p.c.value, p.sin2.value, p.rise.value, None if p.ntk is None else p.ntk.value)
        f, out = self.compiled, self.elementwise(held)
        a, b, c, r, sin2 = (np.asarray(x) for x in (held.a, held.b, held.c, held.r, held.sin2))
        cos = np.clip(np.where(r > 0, c / np.where(r > 0, r, 1.0), 0.0), -1.0, 1.0)
        cos = np.where(sin2 == 0, np.sign(cos), cos)  # 1 − ε would reach a kink slightly later
        angle = (a, b, cos, np.where(r > 0, np.sqrt(sin2), 1.0))
        mirrored = (b, a, *angle[2:])
        log_a, log_b = (_quotient(x.tangent, x.value) for x in (p.a, p.b))
        # r dcosθ: from sin²θ where that is more accurate; at a zero vector r = 0, and only dc is left
        by_sin2 = np.abs(cos) > 0.5
        turn = np.where(
            by_sin2[..., None],
            _quotient(-r[..., None] * p.sin2.tangent / 2, cos),
            p.c.tangent - (c / 2)[..., None] * (log_a + log_b),
        )

        def moved(g: Integral | Series, value: Array, steep: Array) -> Jet:
            turned = np.where(turn == 0, 0.0, steep[..., None] * turn)
            along = [(g.along_norm(*at)[..., None], log) for at, log in ((angle, log_a), (mirrored, log_b))]
            along = [np.where(log == 0, 0.0, rate * log) for rate, log in along]  # a zero vector is constant
            return Jet(value, along[0] + along[1] + turned)

        dot = f.kappa_dot(*angle)
        kappa = moved(f, out.c, dot)
        aa, bb = (Jet(x, f.diagonal_slope(y.value)[..., None] * y.tangent) for x, y in ((out.a, p.a), (out.b, p.b)))
        rho = _quotient(kappa.value, np.sqrt(aa.value) * np.sqrt(bb.value))
        logs = _quotient(aa.tangent, aa.value) + _quotient(bb.tangent, bb.value)
        turned = _quotient(kappa.tangent, np.sqrt(aa.value) * np.sqrt(bb.value)) - rho[..., None] * logs / 2
        sin2_ = Jet(out.sin2, np.where((out.sin2 == 0)[..., None], 0.0, -2 * rho[..., None] * turned))
        roots = [_quotient(x.tangent, 2 * np.sqrt(x.value)) for x in (aa, bb)]
        ntk = None
        if p.ntk is not None:
            df: Integral | Series = slope().compiled
            ntk = moved(df, dot, df.kappa_dot(*angle)) * p.ntk
        return Pair(aa, bb, kappa, sin2_, Jet(out.rise, roots[0] - roots[1]), ntk)

    def value(self, p: Pair) -> Any:
        a, b, cos, sin, sign = _angle(p, self.parity)
        return _like(p, self.compiled.kappa(a, b, cos, sin) * np.where(self.parity < 0, sign, 1.0))

    def slope(self, p: Pair) -> Any:
        """κ̇(a, b, c); for an even φ it is odd in c."""
        a, b, cos, sin, sign = _angle(p, self.parity)
        return _like(p, self.compiled.kappa_dot(a, b, cos, sin) * np.where(self.parity > 0, sign, 1.0))

    def mean(self, a: Any) -> Any:
        return _through(self.compiled.mean, a)

    def means(self, p: Pair) -> Means:
        m, m_ = self.mean(p.a), self.mean(p.b)
        return Means(m, m_, m - m_)

    def square(self, a: Any) -> Any:
        return _through(self.compiled.diagonal, a)

    def slope_square(self, a: Any) -> Any:
        return _through(self.compiled.diagonal_dot, a)


def _quotient(x: Array, y: Array) -> Array:
    """x/y, and 0 where y = 0; x may have one more axis."""
    y = y[..., None] if x.ndim > y.ndim else y
    return np.where(y == 0, 0.0, x / np.where(y == 0, 1.0, y))


def with_bound(f: Series, p: Pair, order: int, value: Any = None) -> tuple[Any, Any]:
    """κ (order 0) or κ̇ (1) and a bound of its error; `value` is used instead of the sum of the series if it is given."""
    a, b, cos, _, sign = _angle(p, f.parity)
    parallel = (np.asarray(p.sin2) == 0) | (a == 0) | (b == 0)
    cos = np.where(
        parallel, cos, np.clip(cos, -NO_MORE, NO_MORE)
    )  # a cosine may be 1 by rounding, and κ̇ may be steep there
    found, bound = anchor.bounded(f, a, b, cos, order)
    odd = f.parity < 0 if order == 0 else f.parity > 0
    found = found * np.where(odd, sign, 1.0)
    if value is None:
        return _like(p, found), _like(p, bound)
    return value, _like(p, bound + np.abs(np.asarray(value) - found))


def _angle(p: Pair, parity: int) -> tuple[Array, Array, Array, Array, Array]:
    """a, b, cos θ, sin θ and the sign removed from cos θ if φ is even or odd. At a zero vector the angle is arbitrary."""
    a, b, c, r, sin2 = (np.asarray(x, dtype=np.float64) for x in (p.a, p.b, p.c, p.r, p.sin2))
    zero = r == 0
    cos = np.clip(np.where(zero, 0.0, c / np.where(zero, 1.0, r)), -1.0, 1.0)
    cos = np.where((sin2 == 0) & ~zero, np.sign(c), cos)  # not 1 − ε
    sin = np.where(zero, 1.0, np.sqrt(np.clip(sin2, 0.0, 1.0)))
    sign = np.where(cos < 0, -1.0, 1.0)
    return a, b, np.abs(cos) if parity else cos, sin, sign


def _like(p: Pair, x: Array) -> Any:
    """x as an array of the pair's library and precision."""
    return p.xp.asarray(x, dtype=p.c.dtype)


def _through(f: Callable[[Array], Array], a: Any) -> Any:
    """f at variances of any array library."""
    return namespace(a).asarray(f(np.asarray(a)), dtype=a.dtype)
