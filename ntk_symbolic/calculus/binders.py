"""Nodes that bind variables: Over (Σ and ∫) and Lam (a function handed to a functional)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from sympy import Basic, Expr, Tuple
from sympy.printing.precedence import PRECEDENCE

from ..errors import IllFormed
from .given import given
from .spaces import Point, as_points, place


class Node(Expr):
    """The base of all nodes: they commute, and print themselves by the writers that `display` assigns."""

    as_text: ClassVar[Callable[[Basic], str]]
    as_latex: ClassVar[Callable[[Basic], str]]
    is_commutative = True
    precedence = PRECEDENCE["Mul"] + 1  # in SymPy's printers: in parentheses below a power, not in a product

    @property
    def free_symbols(self) -> set:
        if self._free is None:  # needed at every step of a canonical form
            self._free = self._find_free_symbols()
        return set(self._free)

    _free: set | None = None

    def _find_free_symbols(self) -> set:
        return super().free_symbols

    def _sympystr(self, printer):
        return type(self).as_text(self)

    def _latex(self, printer):
        return type(self).as_latex(self)


class Binder(Node):
    """A body and the variables that exist only in it.

    Free points are replaced by bound ones that occur nowhere else, so that no later substitution is
    captured. Bound points are kept: thus SymPy's `expr.func(*expr.args)` rebuilds.
    """

    body = property(lambda self: self.args[0])
    vars = property(lambda self: self.args[1:])
    spaces = property(lambda self: tuple(v.space for v in self.vars))

    def __new__(cls, body, *points):
        body = given(body, "the body of a binder")
        for p in points:
            if not isinstance(p, Point):
                raise IllFormed(f"{p} is no point and cannot be bound; make one with Space.point({str(p)!r})")
            if p.fixed:
                raise IllFormed(f"{p} is a fixed point of {p.space.name} and no variable, so it cannot be bound")
        if len(set(points)) < len(points):
            raise IllFormed(f"a variable is bound twice by one binder: {', '.join(p.name for p in points)}")
        cls._refuse_rebinding(body, points)
        fresh = {p: p.fresh() for p in points if not p.bound}
        return Expr.__new__(cls, body.xreplace(fresh), *(fresh.get(p, p) for p in points))

    @classmethod
    def _refuse_rebinding(cls, body, points):
        """Raises IllFormed in Over for names that are bound already; a Lam may be a constant function."""

    def _find_free_symbols(self):
        return (self.body.free_symbols - set(self.vars)) | self.of_limits

    @property
    def of_limits(self) -> set:
        """Symbols in the limits of the spaces: ∫ from 0 to b depends on b."""
        return set().union(*(n.free_symbols for v in self.vars for n in v.space.limits))

    @property
    def bound_symbols(self):
        return set(self.vars)

    def refreshed(self):
        """The same binder with bound variables that occur nowhere else."""
        new = {v: v.fresh() for v in self.vars}
        return self.func(self.body.xreplace(new), *new.values())

    def _xreplace(self, rule):
        if self in rule:
            return rule[self], True
        rule = {old: new for old, new in rule.items() if old not in self.vars}
        if self.of_limits & rule.keys():
            raise IllFormed(f"{self} has limits that would be replaced; state it with the final limits")
        arriving = set().union(*(new.free_symbols for new in rule.values() if isinstance(new, Basic)))
        if arriving & set(self.vars):
            return self.refreshed()._xreplace(rule)
        body, changed = self.body._xreplace(rule)
        return (self.func(body, *self.vars), True) if changed else (self, False)

    def _eval_subs(self, old, new):
        return self.xreplace({old: new})

    def _eval_derivative(self, s):
        if s in self.of_limits:
            raise IllFormed(
                f"{self} is differentiated with respect to {s}, a limit of it; only its body may depend on {s}"
            )
        return self.func(self.body.diff(s), *self.vars)


class Over(Binder):
    """∫ over the measure spaces and Σ over the counting spaces of the variables, the outermost first."""

    def __new__(cls, body, *points):
        body = given(body, "the body of a binder")
        if body == 0 or not points:
            return body
        return super().__new__(cls, body, *points)

    @classmethod
    def _refuse_rebinding(cls, body, points):
        # ∫∫ D(x) φ(x) dx dx: the second dx has no meaning. (SymPy's Integral accepts it.)
        idle = {(p.name, p.space) for p in points if not p.bound and p not in body.free_symbols}
        for inner in body.atoms(Over) if idle else ():
            for v in inner.vars:
                if (v.name, v.space) in idle:
                    raise IllFormed(f"{v.name} is bound twice: inside, and again outside, where it no longer occurs")


class Lam(Binder):
    """A function of points: Lam(theta(i) + e*eta(i), i)."""

    def __call__(self, *points):
        points = as_points(points, self.spaces, "the function")
        return place(refreshed(self.body), dict(zip(self.vars, points)))


def refreshed(expr: Any) -> Any:
    """The same expression, with new variables in every binder."""
    if not isinstance(expr, (Expr, Tuple)) or not expr.has(Binder):
        return expr  # all others are names (a functional, a definition) and bind nothing here
    expr = expr.func(*(refreshed(a) for a in expr.args))
    return expr.refreshed() if isinstance(expr, Binder) else expr
