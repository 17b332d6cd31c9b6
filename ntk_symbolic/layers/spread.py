"""A kernel with its gap K(x, x) + K(x', x') − 2 |K(x, x')|, in sums and products without cancellation.

With d = K(x, x) − K(x', x') and G the gap,

    K₁ K₂ has the gap  |K₁| G₂ + |K₂| G₁ + G₁ G₂/2 + d₁ d₂/2
    K₁ + K₂            G₁ + G₂, and 4 min(|K₁|, |K₂|) more where the signs differ.

Θ' = Σ' + W² κ̇ Θ consists of these two, and κ̇ is the dual kernel of φ': its gap follows from the layer rule for φ'. Only
d₁ d₂ can be negative: when one kernel grows with the norm and the other falls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .join import nonzero
from .pair import Pair

FAR = 0.1  # share of K(x, x) + K(x', x') from which the gap is subtracted: it loses one digit, d₁ d₂ none


@dataclass(frozen=True)
class Spread:
    """K(x, x), K(x', x'), K(x, x'), K(x, x) − K(x', x'), and the gap."""

    aa: Any
    bb: Any
    k: Any
    rise: Any
    gap: Any
    xp: Any

    @classmethod
    def of(cls, p: Pair) -> Spread:
        """The covariance of a pair with its gap, both held by the pair. At a zero vector √(ab) has no slope, and a + b − 2|c|
        has no cancellation."""
        xp = p.xp
        rise = p.rise * (xp.sqrt(p.a) + xp.sqrt(p.b))
        gap = xp.where(p.r > 0, p.rise * p.rise + 2 * p.g, p.a + p.b - 2 * xp.abs(p.c))
        return cls(p.a, p.b, p.c, rise, gap, xp)

    @classmethod
    def constant(cls, value: Any, p: Pair) -> Spread:
        """A number, the same for every pair."""
        zero = 0 * p.c
        return cls(value + 0 * p.a, value + 0 * p.b, value + zero, zero, zero, p.xp)

    @classmethod
    def inverse_norms(cls, p: Pair, eps: float) -> Spread:
        """1/√((a + eps)(b + eps)): one factor for each input."""
        xp = p.xp
        aa, bb = 1 / nonzero(xp, p.a + eps), 1 / nonzero(xp, p.b + eps)
        root_a, root_b = xp.sqrt(aa), xp.sqrt(bb)
        rise = -p.rise * (xp.sqrt(p.a) + xp.sqrt(p.b)) * aa * bb
        return cls(aa, bb, root_a * root_b, rise, (rise / (root_a + root_b)) ** 2, xp)

    def dropped(self, keep: float) -> Spread:
        """The kernel with an independent mask for each input: K(x, x) and K(x', x') grow, K(x, x') does not."""
        gap = self.gap + (1 / keep - 1) * (self.aa + self.bb)
        return Spread(self.aa / keep, self.bb / keep, self.k, self.rise / keep, gap, self.xp)

    def scaled(self, w: float) -> Spread:
        return Spread(w * self.aa, w * self.bb, w * self.k, w * self.rise, w * self.gap, self.xp)

    def __mul__(self, other: Spread) -> Spread:
        one, two = self.xp.abs(self.k), self.xp.abs(other.k)
        gap = one * other.gap + two * self.gap + (self.gap * other.gap + self.rise * other.rise) / 2
        aa, bb, k = self.aa * other.aa, self.bb * other.bb, self.k * other.k
        plain = aa + bb - 2 * self.xp.abs(k)
        gap = self.xp.where(plain > FAR * (aa + bb), plain, self._positive(gap))
        mean, mean_other = (self.aa + self.bb) / 2, (other.aa + other.bb) / 2
        rise = self.rise * mean_other + other.rise * mean
        return Spread(aa, bb, k, rise, gap, self.xp)

    def __add__(self, other: Spread) -> Spread:
        xp = self.xp
        one, two = xp.abs(self.k), xp.abs(other.k)
        opposite = self.k * xp.sign(other.k) < 0
        gap = self.gap + other.gap + xp.where(opposite, 4 * xp.minimum(one, two), 0 * one)
        return Spread(self.aa + other.aa, self.bb + other.bb, self.k + other.k, self.rise + other.rise, gap, xp)

    @property
    def signed(self) -> Any:
        """K(x, x) + K(x', x') − 2 K(x, x')"""
        return self.gap + self.xp.where(self.k < 0, -4 * self.k, 0 * self.k)

    def _positive(self, x: Any) -> Any:
        return self.xp.where(x > 0, x, self.xp.zeros_like(x))
