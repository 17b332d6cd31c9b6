"""The rule ∫_a^b h'(s) ds = h(b) − h(a), for a derivative directly under its integral."""

from __future__ import annotations

from typing import Any

from sympy import Add, Derivative, Mul, Pow

from .binders import Over
from .spaces import place


def at_ends(e: Any) -> Any:
    """The polynomial of integrals with every such integral replaced by values at the ends; for Lebesgue measure only.

    >>> from ntk_symbolic.calculus import Functional, Space
    >>> I = Space("I", "measure", "s", interval=(0, 1))
    >>> s, h = I.point(), Functional("h", [I])
    >>> at_ends(Over(Derivative(h(s), s), s))
    -h(0) + h(1)
    """
    if isinstance(e, (Add, Mul, Pow)):
        return e.func(*map(at_ends, e.args))
    if not isinstance(e, Over):
        return e
    body = at_ends(e.body)
    v = _variable(body)
    if v is None or v not in e.vars:
        return Over(body, *e.vars)
    ends = (place(body.expr, {v: end}) for end in (v.space.upper, v.space.lower))
    upper, lower = (Over(h, *(w for w in e.vars if w != v)) for h in ends)
    return upper - lower


def _variable(body):
    """The variable of a first derivative along an interval, or None."""
    if not isinstance(body, Derivative) or len(body.variables) != 1:
        return None
    (v,) = body.variables
    space = getattr(v, "space", None)
    return v if space is not None and space.interval and space.density == 1 else None
