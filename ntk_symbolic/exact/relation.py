"""Relations of two inputs, free of rounding, and the rule of every word of a network for them.

A ball around ρ = 1 never shows that ρ = 1. Digits therefore cannot show that the units of two inputs are multiples of each
other: this is decided from the exact inputs, and each word has a rule for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..networks.graph import INPUT

Ratio = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Relation:
    """x' = cosine · ratio · x for the units x, x' of two inputs; nothing is known where cosine is 0.

    cosine   1, −1 or 0.
    ratio    a product of powers (place, power) of positive numbers, each named by the place of the network where it arose:
             two ratios are equal if they have the same form. () is 1.
    """

    cosine: int
    ratio: Ratio = ()


APART = Relation(0)
SAME = Relation(1)


def relation(a: Fraction, b: Fraction, c: Fraction) -> Relation:
    """The relation of two inputs with these moments, which satisfy c² ≤ ab."""
    if a == b == c:
        return SAME
    if not c or a * b != c * c:
        return APART
    return Relation(1 if c > 0 else -1, () if a == b else ((INPUT, 1),))


def shared(*known: Relation) -> Relation:
    """The relation of sums and concatenations: multiples if all parts are, by the same number."""
    return known[0] if len(set(known)) == 1 else APART


def multiplied(*known: Relation) -> Relation:
    """The relation of products."""
    cosine, powers = 1, dict[int, int]()
    for each in known:
        cosine *= each.cosine
        for place, power in each.ratio:
            powers[place] = powers.get(place, 0) + power
    return _written(cosine, powers)


def mapped(known: Relation, parity: int, degree: int | None) -> Relation:
    """The relation of φ(x), φ(x') for φ of this parity, on each side of 0 a multiple of |u|^degree (None: of no power)."""
    cosine = parity if known.cosine < 0 else known.cosine
    if known.ratio and degree is None:
        return APART
    return _written(cosine, {place: power * (degree or 0) for place, power in known.ratio})


def normalised(known: Relation, place: int, eps: float) -> Relation:
    """The relation of units over their norms; with eps the ratio becomes another number."""
    return Relation(known.cosine, ((place, 1),) if known.cosine and known.ratio and eps else ())


def _written(cosine: int, powers: dict[int, int]) -> Relation:
    return Relation(cosine, tuple(sorted((p, n) for p, n in powers.items() if n))) if cosine else APART
