"""Removable singularities at 0, such as that of sin(u)/u: around 0 φ is replaced by a polynomial without cancellation.

Taylor's coefficients are Cauchy's integrals over |u| = R, by the trapezoidal rule. On |u| ≤ R/4 the remainder is 4^−COUNT
of the largest |φ| on the circle; it is checked at some points. At a pole no such polynomial is found, and φ is unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import mpmath
from sympy import Add, Expr, Rational, Symbol, horner, lambdify

from .pieces import Piece

COUNT, DIGITS = 48, 60
RADII = tuple(4.0**-k for k in range(8))
CLOSE = (1e-10, 1e-20)  # points near 0 that show a pole, or different one-sided limits
INSIDE = (-1.0, -0.7, -0.1, 0.3, 0.9, 1.0)  # of R/4
LEFT_OUT = 1e-26
FLAT = 12  # degree above which a polynomial is written in Horner's form


def removed(pieces: list[Piece], u: Symbol) -> list[Piece]:
    """The same pieces, without 0/0 at u = 0.

    >>> from sympy import oo, sin
    >>> u = Symbol("u", real=True)
    >>> [(p.lo, p.hi) for p in removed([Piece(-oo, oo, sin(u) / u)], u)]
    [(-oo, -1/4), (-1/4, 1/4), (1/4, oo)]
    """
    out = []
    for p in pieces:
        found = _polynomial(p.expr, u) if p.lo <= 0 <= p.hi and not p.expr.subs(u, 0).is_finite else None
        if found is None:
            out.append(p)
            continue
        polynomial, r = found
        lo, hi = max(p.lo, -r), min(p.hi, r)
        out += [Piece(p.lo, lo, p.expr)] if p.lo < lo else []
        out.append(Piece(lo, hi, polynomial))
        out += [Piece(hi, p.hi, p.expr)] if hi < p.hi else []
    return out


def nested(e: Expr, u: Symbol) -> Expr:
    """A polynomial of high degree in Horner's form, any other expression unchanged."""
    long = e.is_Add and e.is_polynomial(u) and len(e.args) > FLAT
    return horner(e, wrt=u) if long else e


@lru_cache(maxsize=256)
def _polynomial(e: Expr, u: Symbol) -> tuple[Expr, Rational] | None:
    if e.free_symbols != {u}:
        return None
    f = lambdify(u, e, "mpmath")
    with mpmath.workdps(DIGITS):
        if not _continuous(f):
            return None
        for R in RADII:
            try:
                coefficients = _cauchy(f, mpmath.mpf(R))
                points = [x * mpmath.mpf(R) / 4 for x in INSIDE]
                off = [abs(mpmath.polyval(coefficients[::-1], x) - f(x)) for x in points]
            except (ValueError, ZeroDivisionError, TypeError, OverflowError):
                continue
            if max(off) <= LEFT_OUT * max(abs(c) * (mpmath.mpf(R) / 4) ** k for k, c in enumerate(coefficients)):
                terms = (Rational(mpmath.nstr(c, 40)) * u**k for k, c in enumerate(coefficients) if c)
                return Add(*terms), Rational(R) / 4
    return None


def _continuous(f: Callable[[Any], Any]) -> bool:
    """True if f has one finite limit at 0, by its values at two points on either side."""
    try:
        values = [f(side * mpmath.mpf(x)) for x in CLOSE for side in (1, -1)]
    except (ValueError, ZeroDivisionError, TypeError, OverflowError):
        return False
    off = max(abs(x - values[-1]) for x in values)
    return bool(mpmath.isfinite(off) and off <= 1e-6 * (1 + abs(values[-1])))


def _cauchy(f: Callable[[Any], Any], R: Any) -> list[Any]:
    count = 4 * COUNT
    turns = [mpmath.expjpi(mpmath.mpf(2 * k) / count) for k in range(count)]
    values = [f(R * z) for z in turns]
    out = []
    for k in range(COUNT):
        c = mpmath.re(mpmath.fsum(v * turns[-k * j % count] for j, v in enumerate(values))) / count
        out.append(c / R**k if abs(c) > mpmath.mpf(10) ** (10 - DIGITS) * max(map(abs, values)) else mpmath.mpf(0))
    return out
