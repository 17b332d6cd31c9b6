"""Spaces and their points. A point carries its space, so nothing can be summed over the wrong one."""

from __future__ import annotations

from itertools import count
from random import randrange
from typing import Any

from sympy import Basic, Expr, S, Symbol, Tuple
from sympy.core.symbol import Str

from ..errors import IllFormed

MEASURE, COUNTING = "measure", "counting"


class Space(Basic):
    r"""A set with a measure: (𝒳, μ), or finitely many indices with the counting measure.

    `letter` names points where the user names none. The total mass is never assumed to be 1.

    >>> X = Space("X", "measure", letter="x", latex=r"\mathcal{X}")
    >>> X.point("x"), X.mass
    (x, mass(X))
    """

    def __new__(cls, name, kind, letter="x", latex=None):
        text = [str(a) for a in (name, kind, letter, latex or name)]
        if text[1] not in (MEASURE, COUNTING):
            raise IllFormed(f"space {text[0]}: kind is 'measure' or 'counting', not {kind!r}")
        return Basic.__new__(cls, *map(Str, text))

    name = property(lambda self: self.args[0].name)
    letter = property(lambda self: self.args[2].name)
    latex = property(lambda self: self.args[3].name)
    is_measure = property(lambda self: self.args[1].name == MEASURE)
    mass = property(lambda self: Mass(self))
    key = property(lambda self: ("∫" if self.is_measure else "Σ") + self.name)  # tells spaces apart

    def point(self, name: str | None = None) -> Point:
        """A free point of this space."""
        return Point(name or self.letter, self)

    def _sympystr(self, printer):
        return self.name

    def _latex(self, printer):
        return self.latex


class Mass(Expr):
    """∫ 1 dμ, or the number of indices."""

    is_commutative = True
    space: Any = property(lambda self: self.args[0])

    def __new__(cls, space):
        return Expr.__new__(cls, space)

    def _eval_derivative(self, s):
        return S.Zero

    def _sympystr(self, printer):
        return f"mass({self.space})"

    def _latex(self, printer):
        return (r"\mu\left(%s\right)" if self.space.is_measure else r"\left|%s\right|") % self.space.latex


class Point(Symbol):
    """A variable of a space. With an index it is a bound variable: it has meaning only below the binder that made it.

    Bound points are numbered upwards and never reused, which is why no substitution can capture one.
    """

    __slots__ = ("index", "space")
    space: Space
    index: int | None
    _next = count(randrange(10**9) * 10**6)  # a random start, as for SymPy's Dummy: unpickled points meet no namesake

    def __new__(cls, name: str, space: Space, index: int | None = None):
        if not isinstance(space, Space):
            raise IllFormed(f"point {name}: {space!r} is not a space; declare it with Space(name, kind)")
        self = Symbol.__xnew__(cls, name)
        self.space, self.index = space, index
        return self

    @property
    def bound(self) -> bool:
        return self.index is not None

    def fresh(self) -> Point:
        """A bound variable of the same name and space that occurs nowhere else."""
        return Point(self.name, self.space, next(Point._next))

    def renamed(self, name: str) -> Point:
        return Point(name, self.space, self.index)

    def _hashable_content(self):
        return (self.name, self.space, self.index or 0)

    def __getnewargs_ex__(self):
        return (self.name, self.space, self.index), {}

    def sort_key(self, order=None):
        head, (_, (name, *_)), *rest = super().sort_key(order)
        return head, (3, (name, self.space.name, self.index or 0)), *rest


def as_points(points, spaces, whose: str) -> Tuple:
    """The points, if they are points of exactly these spaces in this order; else a refusal that says which is not."""
    points, spaces = tuple(points), tuple(spaces)
    if len(points) != len(spaces):
        wanted = ", ".join(s.name for s in spaces) or "none"
        raise IllFormed(f"{whose} takes {len(spaces)} point(s) ({wanted}), got {len(points)}")
    for point, space in zip(points, spaces):
        if not isinstance(point, Point):
            raise IllFormed(f"{whose}: {point} is no point; make one with {space.name}.point('{point}')")
        if point.space != space:
            raise IllFormed(f"{whose}: {point} is a point of {point.space.name}, a point of {space.name} is needed")
    return Tuple(*points)
