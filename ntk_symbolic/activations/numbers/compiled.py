"""An activation whose closed dual keeps its digits: functions on arrays, no SymPy.

Signatures of what the code generator writes, xp an array namespace:
    phi(xp, u, *parameters), dphi(…)                      the nonlinearity and its derivative almost everywhere
    kappa, kappa_dot, drop (xp, a, b, c, r, h, g, *…)     one parity of the dual; c ≥ 0 denotes |c| (see `conditioned`)
    mean(xp, a, *…) = E φ(u), diag(xp, a, *…), rise(xp, a, b, e, *…) = diag(a) − diag(b) with e = a − b, density(xp, s, t, *…)
    homogeneous(*…)                                       (p², q²) for φ = p u + q|u|
    columns(xp, a, *…), rows(xp, b, *…), run(…)           κ and κ̇ in place (see `code.tile_code`)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

Function = Callable[..., Any]


@dataclass(frozen=True)
class Part:
    kappa: Function
    kappa_dot: Function
    drop: Function
    diag: Function
    rise: Function
    density: Function | None = None


@dataclass(frozen=True)
class Far:
    """κ and κ̇ of pairs that are not near, in place: the vectors of both sides, and the rest on `arrays` scratch arrays."""

    columns: Function
    rows: Function
    run: Function
    arrays: int


@dataclass(frozen=True)
class Compiled:
    phi: Function
    dphi: Function
    mean: Function
    even: Part | None
    odd: Part | None
    jumps: bool = False  # at 0: the closed form of any other φ that jumps contains Φ, and integrals are used
    limit: float = inf  # E φ(u)² is infinite at this variance and above
    degree: float | None = None  # n with φ(su) = sⁿ φ(u) for s > 0
    homogeneous: Function | None = None
    far: Far | None = None

    @property
    def parity(self) -> int:
        """1 for an even φ, −1 for an odd one, 0 for any other."""
        return (self.odd is None) - (self.even is None)
