"""The value of a derived formula in an arithmetic: `dual_expr` without loss of digits."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from operator import add, mul
from typing import Any

from sympy import Expr, I, pi

from ..activations.derive.normal import Phi2
from ..elementary.table import TABLE
from .arithmetic import Arithmetic

FUNCTIONS = {row.function: row.name for row in TABLE if row.name in Arithmetic.__annotations__} | {Phi2: "phi2"}


def evaluate(e: Expr, at: dict[Any, Any], K: Arithmetic) -> Any:
    """The value of e, its symbols replaced by numbers of K."""
    known = dict(at)

    def value(e: Any) -> Any:
        if e not in known:
            known[e] = node(e)
        return known[e]

    def node(e: Any) -> Any:
        if e.is_Rational:
            return K.number(Fraction(int(e.p), int(e.q)))
        if e.is_Add or e.is_Mul:
            return reduce(add if e.is_Add else mul, map(value, e.args))
        if e.is_Pow and e.exp.is_Rational and e.exp.q <= 2:
            base = value(e.base)
            return K.power(K.sqrt(base) if e.exp.q == 2 else base, int(e.exp.p))
        if e in (pi, I):
            return K.pi if e == pi else K.imaginary_unit
        if e.func in FUNCTIONS:
            return getattr(K, FUNCTIONS[e.func])(*map(value, e.args))
        if e.is_number:
            return K.constant(e)
        raise NotImplementedError(f"no value of {type(e).__name__}: {e}")

    return value(e)
