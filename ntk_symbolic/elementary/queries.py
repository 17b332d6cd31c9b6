"""Sets of elementary functions by property, each the hypothesis of an argument about real numbers, unless stated otherwise."""

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
    """The row of the outermost function of an expression. An undefined function of the same name has none."""
    return ROWS.get(type(e))


def _where(holds: Callable[[Elementary], Any]) -> Functions:
    return tuple(row.function for row in TABLE if holds(row))


# ---- singular points -------------------------------------------------------------------------------------------------


@cache
def smooth() -> Functions:
    """Functions with the derivatives that SymPy has, where no `singular` expression vanishes."""
    return _where(lambda row: row.cases is None)


@cache
def rough() -> Functions:
    """Functions in pieces. Rules of differentiation ignore the points where pieces meet."""
    return _where(lambda row: row.cases)


@cache
def by_signs() -> Functions:
    """Functions in pieces that are selected by signs of quantities: |u|, sign(u), a step, a maximum."""
    return _where(lambda row: row.cases is Cases.SIGNS)


@cache
def by_integers() -> Functions:
    """Functions in pieces that are selected by the integers next to the argument."""
    return _where(lambda row: row.cases is Cases.INTEGERS)


@cache
def regular() -> Functions:
    """Functions that are analytic around every real number."""
    return _where(lambda row: row.domain == LINE and row.there is None)


@cache
def jumping() -> Functions:
    """Functions with a jump, bounded on either side of it."""
    return _where(lambda row: row.there is At.JUMPS)


@cache
def bending() -> Functions:
    """Continuous functions with kinks."""
    return _where(lambda row: row.there is At.BENDS)


@cache
def meromorphic() -> Functions:
    """Functions on ℂ with one value and no singularities but poles: an identity that holds on an interval holds everywhere."""
    return _where(lambda row: row.meromorphic)


# ---- values ----------------------------------------------------------------------------------------------------------


@cache
def everywhere() -> Functions:
    """Functions with a real value at every real number, bounded on every bounded set of real numbers."""
    return _where(lambda row: row.everywhere)


@cache
def for_positive() -> Functions:
    """Functions with a real value at every positive number."""
    u = Dummy("u", positive=True)
    return _where(
        lambda row: (
            row.everywhere
            or (POSITIVE.is_subset(row.domain) and all(e.is_nonzero for e in row.singular(*[u] * row.arguments[0])))
        )
    )


@cache
def bounds() -> dict[Any, Expr]:
    """A bound of |f| on the line, where f may lack a value at its jumps."""
    return {row.function: row.bound for row in TABLE if row.domain.closure == LINE and row.bound.is_finite}


@cache
def within_one() -> Functions:
    """Functions with values between −1 and 1."""
    return tuple(f for f, bound in bounds().items() if bound <= 1)


@cache
def positive() -> Functions:
    """Functions with a positive value at every real number."""
    return _where(lambda row: row.everywhere and row.values.inf >= 0 and 0 not in row.values)


@cache
def nonnegative() -> Functions:
    """Functions with a nonnegative value at every real number."""
    return _where(lambda row: row.everywhere and row.values.inf >= 0)


@cache
def monotone() -> dict[Any, Elementary]:
    """The rows of functions that rise or fall on the whole domain."""
    return {row.function: row for row in TABLE if row.rises}


@cache
def contracting() -> Functions:
    """Functions with |f(u)| ≤ |u| at every real number."""
    return _where(lambda row: row.everywhere and row.contracts)


@cache
def invertible() -> dict[Any, Elementary]:
    """The rows of functions with an inverse, for even functions on u ≥ 0."""
    return {row.function: row for row in TABLE if row.inverse is not None}


@cache
def fading() -> dict[Any, tuple[float, int]]:
    """The rate (c, p) at which one term of a function hides the other far from 0."""
    return {row.function: row.fades for row in TABLE if row.fades}


# ---- writing ---------------------------------------------------------------------------------------------------------


@cache
def exponentials() -> Functions:
    """Rational functions of exponentials, which SymPy rewrites; without the exponential itself."""
    u = Dummy("u")
    written = {
        row.function: row.function(u).rewrite(exp) for row in TABLE if row.meromorphic and row.function is not exp
    }
    return tuple(f for f, e in written.items() if all(isinstance(x, exp) for x in e.atoms(Function)))


@cache
def texts() -> dict[str, Elementary]:
    """The rows of functions admitted in texts of activations, by name."""
    return {row.name: row for row in TABLE if row.text}


@cache
def array_codes() -> dict[str, str]:
    """Array code by name, with {} for the arguments."""
    return {row.name: row.array for row in TABLE if row.array is not None}
