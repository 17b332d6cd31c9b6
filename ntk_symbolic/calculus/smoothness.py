"""What may be differentiated. SymPy differentiates Abs, Max, Heaviside and Piecewise without a word; here they are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Add, Derivative, Expr, Function, Mul, Piecewise, Pow, Subs, Tuple, functions
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.piecewise import ExprCondPair

from ..errors import IllFormed
from .binders import Node
from .joints import Known, joined_slope

NAMES = [  # of functions smooth wherever they are defined
    "exp", "log", "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "sinh",
    "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh", "acoth", "erf", "erfc", "erfi", "gamma",
    "loggamma", "digamma",
]  # fmt: skip
SMOOTH = tuple(getattr(functions, name) for name in NAMES)
KINKED = ["Abs", "sign", "Heaviside", "Max", "Min", "floor", "ceiling", "frac", "re", "im", "arg", "conjugate"]
ROUGH = tuple(getattr(functions, name) for name in KINKED)


JOINT = "only two pieces of one quantity that meet with equal values and slopes are differentiated"


def slope(e: Expr, s) -> Expr:
    """∂e/∂s where e is built from smooth functions of s, where these are defined; else IllFormed says which is not.

    A Piecewise of one quantity whose pieces meet with equal values and slopes is differentiated too.
    """
    e = each(e, Piecewise, lambda p: _with_slope(p, s))
    refuse_rough(e, s)
    return each(e.diff(s), Known, lambda k: k.args[0])


def _with_slope(p: Piecewise, s) -> Expr:
    switches = any(s in c.free_symbols for _, c in p.args)  # type: ignore[misc]
    known = joined_slope(p, s, slope) if switches else None
    return p if known is None else Known(p, known)


def each(e: Any, kind, new: Callable) -> Any:
    """Each expression of this kind replaced. (xreplace would take the variables in it for others, and rename.)"""
    if isinstance(e, kind):
        return new(e)
    return e.func(*(each(a, kind, new) for a in e.args)) if isinstance(e, (Expr, Tuple)) and e.has(kind) else e


def refuse_rough(e, s) -> None:
    """IllFormed if e depends on s by a function that has no derivative everywhere, or by what is not known here."""
    if not isinstance(e, (Expr, Tuple)) or isinstance(e, Known) or s not in e.free_symbols:
        return
    if isinstance(e, Piecewise):
        for branch, condition in e.args:  # type: ignore[misc]
            if s in condition.free_symbols:
                raise IllFormed(f"a Piecewise changes its form with what varies: {JOINT}")
            refuse_rough(branch, s)
        return
    if isinstance(e, ROUGH):
        raise IllFormed(
            f"{type(e).__name__} has no derivative everywhere in what varies; take a smooth function in its place"
        )
    known = not isinstance(e, Function) or isinstance(e, (*SMOOTH, AppliedUndef))
    if e.args and not (known and isinstance(e, (Add, Mul, Pow, Function, Node, Tuple, Derivative, Subs, ExprCondPair))):
        raise IllFormed(f"a derivative of SymPy's {type(e).__name__} is not known here")
    for a in e.args:
        refuse_rough(a, s)
