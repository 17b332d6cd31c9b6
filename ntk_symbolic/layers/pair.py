"""The state of the recursion for a pair of inputs x, x'."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ..arrays import in_single, namespace, occurs
from ..errors import InvalidInput

Array = Any


class Means(NamedTuple):
    """E u, E v, and E u − E v as a separate number."""

    a: Array
    b: Array
    rise: Array


@dataclass(frozen=True)
class Pair:
    """Second moments of the pre- (or post-) activations of two inputs, and the tangent kernel so far.

    a, b, c   E u², E v², E u v; a and b may have any shape that broadcasts to that of c
    sin2      sin²θ = 1 − c²/(ab), stored separately: near equal and antipodal inputs it cannot be recovered from c.
              (ab − c² would overflow at half the exponent range.)
    rise      √a − √b, stored separately: a chaotic network magnifies the error of subtracting rounded variances
    ntk       the tangent kernel, or None if only the covariance is needed
    means     E u, E v and their difference, or None if both are 0 or not needed
    """

    a: Array
    b: Array
    c: Array
    sin2: Array
    rise: Array
    ntk: Array | None = None
    means: Means | None = None

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
        # at a zero vector r = c = 0, and the cosine is arbitrary
        cosine = xp.abs(self.c) / xp.where(r > 0, r, xp.ones_like(r))
        return r * self.sin2 / (1 + cosine)


def _largest(xp: Any, dtype: Any) -> float:
    """The variance up to which a·b, times the 2²⁷ that splits a factor, is finite."""
    return float(xp.finfo(dtype).max) ** 0.5 / 2.0**14


_NO_COVARIANCE = "a, b, c must be a covariance: finite, a ≥ 0, b ≥ 0 and c² ≤ a·b"


def of_moments(a: Array, b: Array, c: Array) -> tuple[Pair, bool]:
    """A pair from a, b, c read as exact numbers, and whether all three were plain numbers.

    ab − c² is computed from exact products (Dekker 1971), so it is accurate however close c² is to ab.
    Raises InvalidInput unless a, b ≥ 0 and c² ≤ ab.
    """
    xp = namespace(a, b, c)
    scalar = not any(hasattr(x, "dtype") or isinstance(x, (list, tuple)) for x in (a, b, c))
    dtype = next(
        (in_single(x, xp).dtype for x in (a, b, c) if hasattr(x, "dtype") and xp.isdtype(x.dtype, "real floating")),
        xp.float64,
    )
    try:
        a, b, c = xp.broadcast_arrays(*(_as_array(xp, x, dtype) for x in (a, b, c)))
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"a, b, c must be numbers or arrays that broadcast: {error}") from None
    if occurs(~(xp.isfinite(a) & xp.isfinite(b) & xp.isfinite(c))):
        raise InvalidInput(_NO_COVARIANCE)
    if occurs(xp.maximum(xp.abs(a), xp.abs(b)) > _largest(xp, dtype)):
        raise InvalidInput(
            f"a, b must be at most {_largest(xp, dtype):.3g}: the product a·b has to be finite; pass smaller ones"
        )
    (high, low), (square, rest) = _product(xp, a, b), _product(xp, c, c)
    gap = (high - square) + (low - rest)
    good = (a >= 0) & (b >= 0) & (gap >= -4 * xp.finfo(dtype).eps * high) & (high < xp.inf)
    if occurs(~good):
        raise InvalidInput(_NO_COVARIANCE)
    zero = xp.zeros_like(a)
    sin2 = xp.where(high > 0, xp.where(gap > 0, gap, zero) / xp.where(high > 0, high, xp.ones_like(a)), zero)
    roots = xp.sqrt(a) + xp.sqrt(b)
    return Pair(a, b, c, sin2, (a - b) / xp.where(roots > 0, roots, xp.ones_like(a))), scalar


def _as_array(xp: Any, x: Any, dtype: Any) -> Array:
    """x as an array of this dtype; an existing array is not passed to asarray, since that of PyTorch may detach it."""
    return xp.astype(x, dtype, copy=False) if hasattr(x, "dtype") else xp.asarray(x, dtype=dtype)


def _product(xp: Any, x: Array, y: Array) -> tuple[Array, Array]:
    """x·y as the exact sum of two numbers."""
    p = x * y
    (x1, x0), (y1, y0) = _split(xp, x), _split(xp, y)
    return p, ((x1 * y1 - p) + x1 * y0 + x0 * y1) + x0 * y0


def _split(xp: Any, x: Array) -> tuple[Array, Array]:
    t = (2.0 ** (27 if xp.finfo(x.dtype).bits == 64 else 12) + 1) * x
    high = t - (t - x)
    return high, x - high
