"""Taylor's coefficients about 0 of a sum of terms, used at small u, where the terms may cancel."""

from __future__ import annotations

from typing import Any

import mpmath
from sympy import Expr, Float, S, im, re

from .terms import Terms

COUNT = 32  # coefficients
DIGITS, ZERO = 80, 60  # of the terms; a sum below 10^-ZERO of them has cancelled to 0


def taylor(reading: Terms) -> list[Any]:
    """The first COUNT coefficients: numbers of mpmath, or expressions if coefficients of terms are symbols."""
    with mpmath.workdps(DIGITS):
        rows = [(coef, _series(t.n, _number(t.A), _number(t.L), t.edge)) for t, coef in reading.items()]
        return [_sum([(coef, row[k]) for coef, row in rows]) for k in range(COUNT)]


def _sum(products: list[tuple[Expr, Any]]) -> Any:
    if any(coef.free_symbols for coef, _ in products):
        return sum((coef * Float(mpmath.re(x), 40) for coef, x in products if x), S.Zero)
    terms = [_number(coef) * x for coef, x in products]
    total = mpmath.re(mpmath.fsum(terms))
    return total if abs(total) > mpmath.mpf(10) ** -ZERO * max(map(abs, terms), default=0) else mpmath.mpf(0)


def _series(n: int, A: Any, L: Any, edge: Any) -> list[Any]:
    """The coefficients of uⁿ exp(A u² + L u), times an edge or its slope if there is one."""
    row = _exponential(A, L)
    if edge is not None:
        p, noise, h = map(_number, edge[:3])
        weight = mpmath.exp(-h * h / (2 * noise)) / mpmath.sqrt(2 * mpmath.pi * noise)
        bell = [weight * x for x in _exponential(-p * p / (2 * noise), p * h / noise)]
        rise = [mpmath.ncdf(-h / mpmath.sqrt(noise)), *(p * x / (k + 1) for k, x in enumerate(bell[:-1]))]
        other = bell if edge.dirac else rise
        row = [mpmath.fsum(row[j] * other[k - j] for j in range(k + 1)) for k in range(COUNT)]
    return ([mpmath.mpf(0)] * n + row)[:COUNT]


def _exponential(A: Any, L: Any) -> list[Any]:
    row = [mpmath.mpf(1)]
    for k in range(1, COUNT):
        row.append((L * row[-1] + (2 * A * row[-2] if k > 1 else 0)) / k)
    return row


def _number(x: Any) -> Any:
    parts = [mpmath.mpmathify(part.evalf(DIGITS)) for part in (re(S(x)), im(S(x)))]
    return mpmath.mpc(*parts) if parts[1] else parts[0]
