"""What the recursion carries for a pair of inputs x, x'."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..arrays import namespace

Array = Any


@dataclass(frozen=True)
class Pair:
    """Second moments of the pre- (or post-) activations of two inputs, and the tangent kernel so far.

    a, b, c   E u², E v², E u v; a and b may have any shape that broadcasts to that of c
    sin2      sin²θ = 1 − c²/(ab), on its own: near equal and antipodal inputs it cannot be recovered from c.
              (Carrying ab − c² instead would overflow at half the exponent range.)
    rise      √a − √b, on its own as well: a chaotic network magnifies what subtracting rounded variances would lose
    ntk       the tangent kernel, or None where only the covariance is wanted
    """

    a: Array
    b: Array
    c: Array
    sin2: Array
    rise: Array
    ntk: Array | None = None

    @cached_property
    def xp(self) -> Any:
        return namespace(self.a, self.b, self.c)

    @cached_property
    def r(self) -> Array:
        return self.xp.sqrt(self.a) * self.xp.sqrt(self.b)

    @cached_property
    def h(self) -> Array:
        """√(ab − c²)"""
        return self.r * self.xp.sqrt(self.sin2)

    @cached_property
    def g(self) -> Array:
        """√(ab) − |c|"""
        xp, r = self.xp, self.r
        # at a zero vector r = c = 0, and any cosine will do
        cosine = xp.abs(self.c) / xp.where(r > 0, r, xp.ones_like(r))
        return r * self.sin2 / (1 + cosine)
