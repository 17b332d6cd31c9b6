"""Sets of elementary functions by property, each the hypothesis of an argument; of real numbers where nothing else is said."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sympy import Dummy, Expr, exp
from sympy.core.function import Function

from .table import LINE, POSITIVE, TABLE, At, Cases, Elementary

Functions = tuple[Any, ...]

ROWS = {row.function: row for row in TABLE}


def row_of(e: Any) -> Elementary | None:
    """That of the outermost function of an expression. A function that is merely named like one has none."""
    return ROWS.get(type(e))


def _where(holds: Callable[[Elementary], Any]) -> Functions:
    return tuple(row.function for row in TABLE if holds(row))


# ---- singular points -------------------------------------------------------------------------------------------------


@cache
def smooth() -> Functions:
    """With the derivatives that SymPy has, wherever none of what is `singular` vanishes."""
    return _where(lambda row: row.cases is None)


@cache
def rough() -> Functions:
    """In pieces: rules of differentiation overlook where these meet."""
    return _where(lambda row: row.cases)


@cache
def by_signs() -> Functions:
    """In pieces that the signs of quantities tell: |u|, sign(u), a step, a maximum."""
    return _where(lambda row: row.cases is Cases.SIGNS)


@cache
def by_integers() -> Functions:
    """In pieces on which the integers next to the argument stay."""
    return _where(lambda row: row.cases is Cases.INTEGERS)


@cache
def regular() -> Functions:
    """Analytic around every real number."""
    return _where(lambda row: row.domain == LINE and row.there is None)


@cache
def jumping() -> Functions:
    """With a jump, on either side of which they are bounded."""
    return _where(lambda row: row.there is At.JUMPS)


@cache
def bending() -> Functions:
    """Continuous, with kinks."""
    return _where(lambda row: row.there is At.BENDS)


@cache
def meromorphic() -> Functions:
    """Of complex numbers, one-valued and with poles alone: an identity of them that holds on an interval holds everywhere."""
    return _where(lambda row: row.meromorphic)


# ---- values ----------------------------------------------------------------------------------------------------------


@cache
def everywhere() -> Functions:
    """With a real value at every real number, and bounded on every bounded set of them."""
    return _where(lambda row: row.everywhere)


@cache
def for_positive() -> Functions:
    """With a real value at every positive number."""
    u = Dummy("u", positive=True)
    return _where(
        lambda row: (
            row.everywhere
            or (POSITIVE.is_subset(row.domain) and all(e.is_nonzero for e in row.singular(*[u] * row.arguments[0])))
        )
    )


@cache
def bounds() -> dict[Any, Expr]:
    """A bound of |f| on the whole line, with or without the points of a jump."""
    return {row.function: row.bound for row in TABLE if row.domain.closure == LINE and row.bound.is_finite}


@cache
def within_one() -> Functions:
    """With values between −1 and 1."""
    return tuple(f for f, bound in bounds().items() if bound <= 1)


@cache
def positive() -> Functions:
    """With a positive value at every real number."""
    return _where(lambda row: row.everywhere and row.values.inf >= 0 and 0 not in row.values)


@cache
def nonnegative() -> Functions:
    """With a value that is not negative at every real number."""
    return _where(lambda row: row.everywhere and row.values.inf >= 0)


@cache
def monotone() -> dict[Any, Elementary]:
    """Rising or falling on the whole domain."""
    return {row.function: row for row in TABLE if row.rises}


@cache
def contracting() -> Functions:
    """With |f(u)| ≤ |u| at every real number."""
    return _where(lambda row: row.everywhere and row.contracts)


@cache
def invertible() -> dict[Any, Elementary]:
    """With an inverse: on the domain, or of an even function on u ≥ 0."""
    return {row.function: row for row in TABLE if row.inverse is not None}


@cache
def fading() -> dict[Any, tuple[float, int]]:
    """Which one term rules far out, and how fast."""
    return {row.function: row.fades for row in TABLE if row.fades}


# ---- writing ---------------------------------------------------------------------------------------------------------


@cache
def exponentials() -> Functions:
    """Rational functions of exponentials, and SymPy knows which; the exponential itself is none."""
    u = Dummy("u")
    written = {
        row.function: row.function(u).rewrite(exp) for row in TABLE if row.meromorphic and row.function is not exp
    }
    return tuple(f for f, e in written.items() if all(isinstance(x, exp) for x in e.atoms(Function)))


@cache
def texts() -> dict[str, Elementary]:
    """Those that texts of activations have, by name."""
    return {row.name: row for row in TABLE if row.text}


@cache
def array_codes() -> dict[str, str]:
    """Array code by name, with {} for the arguments."""
    return {row.name: row.array for row in TABLE if row.array is not None}
