"""What may be differentiated. SymPy differentiates Abs, Max, Heaviside and Piecewise without a word; here they are refused."""

from __future__ import annotations

from sympy import Add, Derivative, Expr, Function, Mul, Piecewise, Pow, Subs, Tuple, functions
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.piecewise import ExprCondPair

from ..errors import IllFormed
from .binders import Node

NAMES = [  # of functions smooth wherever they are defined
    "exp", "log", "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "sinh",
    "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh", "acoth", "erf", "erfc", "erfi", "gamma",
    "loggamma", "digamma",
]  # fmt: skip
SMOOTH = tuple(getattr(functions, name) for name in NAMES)


def slope(e: Expr, s) -> Expr:
    """∂e/∂s where e is built from smooth functions of s, where these are defined; else IllFormed says which is not."""
    refuse_rough(e, s)
    return e.diff(s)


def refuse_rough(e, s) -> None:
    """IllFormed if e depends on s by a function that has no derivative everywhere, or by what is not known here."""
    if not isinstance(e, (Expr, Tuple)) or s not in e.free_symbols:
        return
    if isinstance(e, Piecewise):
        for branch, condition in e.args:  # type: ignore[misc]
            if s in condition.free_symbols:
                raise IllFormed(f"{e} changes its form where {condition}: it has no derivative there in general")
            refuse_rough(branch, s)
        return
    if isinstance(e, Function) and not isinstance(e, (*SMOOTH, AppliedUndef)):
        raise IllFormed(
            f"{type(e).__name__} has no derivative everywhere in what varies; take a smooth function in its place"
        )
    if e.args and not isinstance(e, (Add, Mul, Pow, Function, Node, Tuple, Derivative, Subs, ExprCondPair)):
        raise IllFormed(f"a derivative of SymPy's {type(e).__name__} is not known here")
    for a in e.args:
        refuse_rough(a, s)
