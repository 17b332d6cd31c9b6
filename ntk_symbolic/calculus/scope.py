"""The check of a statement for well-formedness, before any judge."""

from __future__ import annotations

from sympy import Basic
from sympy.concrete.expr_with_limits import ExprWithLimits

from ..errors import IllFormed
from .binders import Binder, Node
from .spaces import Point


def check(expr, scope: frozenset[Point] = frozenset()) -> None:
    """Raises IllFormed if a variable is used outside its binder, or bound again inside it.

    Points of the wrong space, or too many of them, are refused earlier, by the nodes.
    """
    if isinstance(expr, Point) and expr.bound and expr not in scope:
        raise IllFormed(f"{expr.name} is used outside its binder")
    if isinstance(expr, Binder):
        again = [v.name for v in expr.vars if v in scope]
        if again:
            raise IllFormed(f"{', '.join(again)}: bound again inside the binder that binds it already")
        return check(expr.body, scope | set(expr.vars))
    if isinstance(expr, ExprWithLimits) and expr.has(Node):
        raise IllFormed(f"SymPy's {type(expr).__name__} captures variables; write Over(body, *points)")
    if isinstance(expr, Basic):
        for a in expr.args:
            check(a, scope)
    return None
