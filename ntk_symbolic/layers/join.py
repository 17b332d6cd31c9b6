"""The direct sum of independent features, without cancellation: a bias, even and odd parts of φ, branches of a network.

Moments add. With r_i = √(a_i b_i), R = Σ r_i and r = √(ab) of the sums, the gaps add too, except for a part s due to norms:

    r − c = s + Σ (r_i − c_i),   r + c = s + Σ (r_i + c_i),   s = r − R = Σ_{i<j} (√(a_i b_j) − √(a_j b_i))²/(r + R),

and √(a_i b_j) − √(a_j b_i) = rise_i √b_j − rise_j √b_i. No nearly equal numbers are subtracted, whether inputs are nearly
equal, parallel or antipodal.
"""

from __future__ import annotations

from functools import reduce
from typing import Any, NamedTuple

from .pair import Pair


class Summand(NamedTuple):
    """a, b, their roots, the difference of the roots, c, √(ab) − c and √(ab) + c."""

    a: Any
    b: Any
    root_a: Any
    root_b: Any
    rise: Any
    c: Any
    minus: Any
    plus: Any


def summand(p: Pair) -> Summand:
    """The summand of a pair. At c = 0 the gaps are plain differences: if a = 0 too, √(ab) lacks the derivative for `jets`."""
    xp, r, g = p.xp, p.r, p.g
    minus, plus = xp.where(p.c > 0, g, r - p.c), xp.where(p.c < 0, g, r + p.c)
    return Summand(p.a, p.b, xp.sqrt(p.a), xp.sqrt(p.b), p.rise, p.c, minus, plus)


def joined(xp: Any, *summands: Summand) -> Pair:
    """The pair of independent features side by side, without tangent kernel and means."""
    whole = reduce(lambda x, y: _two(xp, x, y), summands)
    norm = nonzero(xp, whole.root_a * whole.root_b)
    sin2 = (whole.minus / norm) * (whole.plus / norm)
    sin2 = xp.where(sin2 > 0, sin2, xp.zeros_like(sin2))  # rounding may leave −ε where c = ±r
    return Pair(whole.a, whole.b, whole.c, sin2, whole.rise)


def _two(xp: Any, x: Summand, y: Summand) -> Summand:
    a, b = x.a + y.a, x.b + y.b
    root_a, root_b = xp.sqrt(a), xp.sqrt(b)
    smaller = x.rise < 0  # a is the smaller of a and b, which rounds least
    turned = x.rise * xp.where(smaller, y.root_a, y.root_b) - y.rise * xp.where(smaller, x.root_a, x.root_b)
    shorter = turned / nonzero(xp, root_a * root_b + x.root_a * x.root_b + y.root_a * y.root_b) * turned
    rise = x.rise * (x.root_a + x.root_b) + y.rise * (y.root_a + y.root_b)
    minus, plus = shorter + x.minus + y.minus, shorter + x.plus + y.plus
    return Summand(a, b, root_a, root_b, rise / nonzero(xp, root_a + root_b), x.c + y.c, minus, plus)


def nonzero(xp: Any, x: Any) -> Any:
    """x with 0 replaced by 1, as a divisor where the quotient is discarded."""
    return xp.where(x > 0, x, xp.ones_like(x))
