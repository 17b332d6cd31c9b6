"""Checks of users' arguments: SymPy expressions, never text, which SymPy would run as code."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Lambda, MatrixBase, Symbol, SympifyError, Tuple, nan, oo, sympify, zoo
from sympy.core.function import AppliedUndef

from ..errors import IllFormed


def is_many(value: Any) -> bool:
    """True for a list, a tuple, a Matrix."""
    return isinstance(value, (list, tuple, Tuple, MatrixBase))


def given(value: Any, whose: str) -> Any:
    """The value as a SymPy object. Raises IllFormed for text, collections and objects unknown to SymPy."""
    if value is None or isinstance(value, (str, bytes, list, tuple, dict, set)):
        raise IllFormed(f"{whose}: a SymPy expression is needed, not {value!r}")
    try:
        return sympify(value)
    except (SympifyError, TypeError, ValueError) as trouble:
        raise IllFormed(f"{whose}: a SymPy expression is needed, not {type(value).__name__}") from trouble


def quantity(value: Any, whose: str) -> Expr:
    """An expression that stands for a finite number, in commuting quantities. Raises IllFormed for others."""
    value = given(value, whose)
    if not isinstance(value, Expr) or isinstance(value, Lambda):
        raise IllFormed(f"{whose}: an expression is needed, not {type(value).__name__}")
    if value in (oo, -oo) or value.has(nan, zoo):
        raise IllFormed(f"{whose}: a finite expression is needed, not {value}")
    odd = sorted(str(a) for a in value.atoms(Symbol, AppliedUndef) if a.is_commutative is False)
    if odd:
        raise IllFormed(f"{whose}: {odd[0]} does not commute; only quantities that commute are read here")
    return value
