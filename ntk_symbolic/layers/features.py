"""Words of layer rules on pairs: sums, products, centring and normalisation of independent units, without cancellation."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import Any

from ..networks.missing import added, times
from .join import Summand, joined, nonzero, summand
from .pair import Means, Pair


def join(*pairs: Pair) -> Pair:
    """The sum of independent units. The means of several add up in one separate feature."""
    xp = pairs[0].xp
    means = [p.means for p in pairs if p.means is not None]
    total = _total(means)
    if total is not None and len(means) > 1:
        parts = [*(summand(centred(p)) for p in pairs), _constant(xp, total)]
    else:
        parts = map(summand, pairs)
    return replace(joined(xp, *parts), ntk=added(*(p.ntk for p in pairs)), means=total)


def concat(pairs: tuple[Pair, ...], shares: tuple[float, ...]) -> Pair:
    """Units side by side, in these proportions."""
    parts = [scaled(p, share**0.5) for p, share in zip(pairs, shares, strict=True)]
    held = [(p.means, share) for p, share in zip(pairs, shares, strict=True) if p.means is not None]
    means = _total([Means(*(share * m for m in one)) for one, share in held])
    whole = joined(pairs[0].xp, *map(summand, parts))
    return replace(whole, ntk=added(*(p.ntk for p in parts)), means=means)


def product(*pairs: Pair) -> Pair:
    """The product of independent units: sin²θ = 1 − cos²θ₁ cos²θ₂."""
    return reduce(_times, pairs)


def _times(x: Pair, y: Pair) -> Pair:
    xp = x.xp
    sin2 = x.sin2 + (1 - x.sin2) * y.sin2
    rise = x.rise * xp.sqrt(y.a) + y.rise * xp.sqrt(x.b)
    ntk = None if x.ntk is None or y.ntk is None else x.ntk * y.c + x.c * y.ntk
    means = None
    if x.means is not None and y.means is not None:
        (m, m_, up), (n, n_, up_) = x.means, y.means
        means = Means(m * n, m_ * n_, up * n + up_ * m_)
    return Pair(x.a * y.a, x.b * y.b, x.c * y.c, sin2, rise, ntk, means)


def scaled(p: Pair, factor: Any) -> Pair:
    """The units multiplied by a number."""
    w, size = factor * factor, abs(factor)
    sin2 = p.sin2 if factor else 0 * p.sin2
    means = None if p.means is None else Means(*(factor * m for m in p.means))
    return Pair(w * p.a, w * p.b, w * p.c, sin2, size * p.rise, times(w, p.ntk), means)


def centred(p: Pair) -> Pair:
    """The units minus their means: with D = ab − c² and the centred moments a°, b°, c°, r° = √(a°b°),

        D = D° + (m√b° − m'√a°)² + 2mm'(r° − c°),   D° = (r° − c°)(r° + c°),

    so that r° − c°, where it is small, follows from D, which the pair holds.
    """
    if p.means is None:
        return p
    xp, (m, m_, up) = p.xp, p.means
    a, b = (_positive(xp, x - n * n) for x, n in ((p.a, m), (p.b, m_)))
    root_a, root_b = xp.sqrt(a), xp.sqrt(b)
    rise = (p.rise * (xp.sqrt(p.a) + xp.sqrt(p.b)) - up * (m + m_)) / nonzero(xp, root_a + root_b)
    r, c, same = root_a * root_b, p.c - m * m_, m * m_ + 0 * p.c
    turned = up * root_b - m_ * rise
    known = (p.r * xp.sqrt(p.sin2) - turned) * (p.r * xp.sqrt(p.sin2) + turned)  # D minus a square of the same size
    near = (c > 0.5 * r) & (same >= 0)
    minus = xp.where(near, known / nonzero(xp, r + c + 2 * same), r - c)
    minus = _positive(xp, minus)
    c = xp.where(near, r - minus, c)
    out = joined(xp, Summand(a, b, root_a, root_b, rise, c, minus, r + c))
    return replace(out, ntk=p.ntk)


def normalised(p: Pair, eps: float) -> Pair:
    """The units divided by √(a + eps): √a' − √b' = eps (a − b)/((a + eps)(b + eps)(√a' + √b'))."""
    xp = p.xp
    a, b = nonzero(xp, p.a + eps), nonzero(xp, p.b + eps)
    a_, b_ = p.a / a, p.b / b
    step = p.rise * (xp.sqrt(p.a) + xp.sqrt(p.b))
    rise = (eps / a) * (step / b) / nonzero(xp, xp.sqrt(a_) + xp.sqrt(b_))
    root_a, root_b = xp.sqrt(a), xp.sqrt(b)
    means = None
    if p.means is not None:
        m, m_ = p.means.a / root_a, p.means.b / root_b
        means = Means(m, m_, (p.means.rise - m_ * (step / (root_a + root_b))) / root_a)
    r = root_a * root_b
    return Pair(a_, b_, p.c / r, p.sin2 + 0 * r, rise, None if p.ntk is None else p.ntk / r, means)


def dropped(p: Pair, keep: float) -> Pair:
    """The pair of two different inputs with independent masks: their norms grow, their covariance does not."""
    sin2 = (1 - keep) * (1 + keep) + keep * keep * p.sin2
    return Pair(p.a / keep, p.b / keep, p.c, sin2, p.rise / keep**0.5, p.ntk, p.means)


def _constant(xp: Any, means: Means) -> Summand:
    """A feature with one value for each input."""
    m, m_, up = means
    c = m * m_
    r, opposite = xp.abs(c), c < 0
    rise = xp.where(opposite, xp.abs(m) - xp.abs(m_), xp.where(m < 0, -up, up))
    zero = xp.zeros_like(c)
    return Summand(
        m * m, m_ * m_, xp.abs(m), xp.abs(m_), rise, c, xp.where(opposite, 2 * r, zero), xp.where(opposite, zero, 2 * r)
    )


def _total(means: list[Means]) -> Means | None:
    return Means(*map(added, *means)) if means else None


def _positive(xp: Any, x: Any) -> Any:
    return xp.where(x > 0, x, xp.zeros_like(x))
