"""The sign of an elementary expression on a closed box, proved by intervals that contain all of its values.

Intervals are mpmath's, rounded outwards. A monotone function without an interval version in mpmath is enclosed by its
values at the ends. A box whose values straddle 0 is halved, up to a limit; an unknown expression has no sign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add, mul
from typing import Any

import mpmath
from mpmath import iv
from sympy import (
    Abs,
    Add,
    Expr,
    Max,
    Min,
    Mul,
    Pow,
    Rational,
    Symbol,
    cos,
    cosh,
    exp,
    log,
    pi,
    sin,
    tan,
)
from sympy.core.numbers import Exp1

from ...elementary.queries import monotone

PARTS = 500  # of a box, at most
WIDENED = mpmath.mpf(10) ** -12  # relative error allowed for the values of monotone functions

Ends = tuple[Expr, Expr]


class Unknown(Exception):
    """No bound of the values is known."""


def sign_on(e: Expr, box: Mapping[Symbol, Ends]) -> int:
    """1 or −1 if e is positive or negative on all of the closed box, 0 if neither is proved.

    >>> u = Symbol("u")
    >>> unit = {u: (Rational(0), Rational(1))}
    >>> sign_on(exp(u) - 3, unit), sign_on(exp(u) - 2, unit)
    (-1, 0)
    """
    variables = e.free_symbols & box.keys()
    signs: set[int] = set()
    try:
        waiting = [
            {x: iv.mpf([_ends(enclosure(box[x][0], {}))[0], _ends(enclosure(box[x][1], {}))[1]]) for x in variables}
        ]
        for _ in range(PARTS):
            if not waiting:
                return signs.pop()
            part = waiting.pop()
            values = enclosure(e, part)
            if values > 0 or values < 0:
                signs.add(1 if values > 0 else -1)
            else:
                waiting += _halves(part)
            if len(signs) > 1:
                break
    except (Unknown, ArithmeticError, ValueError):
        pass
    return 0


def _halves(box: dict[Symbol, Any]) -> list[dict[Symbol, Any]]:
    if not box:
        raise Unknown
    widths = {x: high - low for x, (low, high) in ((x, _ends(values)) for x, values in box.items())}
    widest = max(widths, key=lambda x: widths[x])
    low, high = _ends(box[widest])
    return [{**box, widest: iv.mpf(half)} for half in ([low, (low + high) / 2], [(low + high) / 2, high])]


def _ends(values) -> tuple[Any, Any]:
    return mpmath.mpf(values.a), mpmath.mpf(values.b)


def enclosure(e: Expr, box: Mapping[Symbol, Any]) -> Any:
    """An interval that contains all values of e. Raises Unknown, or the error of mpmath outside a domain."""
    if isinstance(e, Rational):
        return iv.mpf(e.p) / e.q
    if e is pi:
        return +iv.pi
    if isinstance(e, Exp1):
        return +iv.e
    if e in box:
        return box[e]  # type: ignore[index]
    if isinstance(e, Pow):
        return _power(enclosure(e.base, box), e.exp, box)
    known = _FUNCTIONS.get(e.func)
    if known is None:
        raise Unknown(str(e))
    return known(*(enclosure(a, box) for a in e.args))


def _power(base, exponent: Expr, box):
    if exponent.is_Integer:
        n = int(exponent)  # type: ignore[call-overload]
        return base**n if n > 0 else 1 / base**-n
    low, _ = _ends(base)
    if low > 0:
        return iv.exp(enclosure(exponent, box) * iv.log(base))
    if low < 0 or not (exponent.is_Rational and exponent.is_positive):
        raise Unknown("a power of a base that may be negative")
    return _monotone(lambda x: mpmath.power(x, mpmath.mpf(exponent.p) / exponent.q))(base)  # type: ignore[attr-defined]


def _monotone(f: Callable, rises: bool = True) -> Callable:
    def enclosed(x):
        low, high = map(f, _ends(x) if rises else reversed(_ends(x)))
        if not (mpmath.isfinite(low) and mpmath.isfinite(high)) or isinstance(low + high, mpmath.mpc):
            raise Unknown("an end outside the domain")
        return iv.mpf([low - abs(low) * WIDENED, high + abs(high) * WIDENED])

    return enclosed


def _extreme(of: Callable) -> Callable:
    def enclosed(*xs):
        return iv.mpf([of(low for low, _ in map(_ends, xs)), of(high for _, high in map(_ends, xs))])

    return enclosed


_FUNCTIONS: dict[Any, Callable] = {
    **{f: _monotone(row.digits, row.rises == 1) for f, row in monotone().items()},
    Add: lambda *xs: reduce(add, xs),
    Mul: lambda *xs: reduce(mul, xs),
    exp: iv.exp,
    log: iv.log,
    sin: iv.sin,
    cos: iv.cos,
    tan: lambda x: iv.sin(x) / iv.cos(x),
    cosh: lambda x: (iv.exp(x) + iv.exp(-x)) / 2,
    Abs: abs,
    Max: _extreme(max),
    Min: _extreme(min),
}
