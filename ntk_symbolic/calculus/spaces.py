"""Spaces and their points. A point carries its space, so that no sum runs over the wrong one."""

from __future__ import annotations

from itertools import count
from random import randrange
from typing import Any

from sympy import Basic, Derivative, Dummy, Expr, S, Symbol, Tuple, oo
from sympy.core.symbol import Str
from sympy.printing.pretty.pretty_symbology import pretty_symbol

from ..errors import IllFormed
from .given import given

MEASURE, COUNTING = "measure", "counting"


class Space(Basic):
    r"""A set with a measure: abstract (𝒳, μ), an interval with ρ(x) dx, or finitely many indices with the counting measure.

    `letter` names points by default. The total mass of an abstract space is never assumed to be 1.
    `interval` makes it (lo, hi) ⊂ ℝ, ends may be ±∞, with Lebesgue measure or with a `density` in Symbol(letter);
    a box or ℝⁿ is a product of them: a function on it takes one point of each. `size` is the number of indices 1..size.

    Raises IllFormed for an unknown kind, an empty interval, a density that is not one of Symbol(letter).

    >>> X = Space("X", "measure", letter="x", latex=r"\mathcal{X}")
    >>> X.point("x"), X.mass
    (x, mass(X))
    >>> I = Space("I", "measure", interval=(0, 2))
    >>> I.lower, I.upper, I.mass
    (0, 2, 2)
    """

    def __new__(cls, name, kind, letter="x", latex=None, limits=(), density=1, *, interval=None, size=None):
        text = [str(a) for a in (name, kind, letter, latex or name)]
        if text[1] not in (MEASURE, COUNTING):
            raise IllFormed(f"space {text[0]}: kind is 'measure' or 'counting', not {kind!r}")
        measure = text[1] == MEASURE
        if (interval if not measure else size) is not None:
            raise IllFormed(f"space {text[0]}: an interval is of kind 'measure', a size of kind 'counting'")
        limits = interval if interval is not None else limits if size is None else (1, size)
        limits = Tuple(*(given(n, f"space {text[0]}") for n in limits))
        density = given(density, f"the density of {text[0]}")
        _refuse_limits(text[0], measure, limits)
        if density.free_symbols - {Symbol(text[2])} or density == 0 or (density != 1 and not (measure and limits)):
            raise IllFormed(f"space {text[0]}: a density is a nonzero expression in {text[2]} alone, on an interval")
        if density != 1:
            refuse_negative(density, {Symbol(text[2]): limits}, f"the density of {text[0]}")
        return Basic.__new__(cls, *map(Str, text), limits, density)

    name = property(lambda self: self.args[0].name)
    letter = property(lambda self: self.args[2].name)
    latex = property(lambda self: self.args[3].name)
    is_measure = property(lambda self: self.args[1].name == MEASURE)
    limits = property(lambda self: tuple(self.args[4]))  # ends of the interval, or the first and the last index
    density = property(lambda self: self.args[5])  # with respect to dx
    interval = property(lambda self: (self.limits or None) if self.is_measure else None)

    @property
    def size(self) -> int | None:
        """The number of indices, if it is known."""
        if self.is_measure or not all(n.is_Integer for n in self.limits) or not self.limits:
            return None
        lo, hi = self.limits
        return int(hi - lo) + 1

    @property
    def mass(self):
        """∫ 1 dμ, or the number of indices."""
        if not self.limits or self.density != 1:
            return Mass(self)
        lo, hi = self.limits
        return hi - lo if self.is_measure else hi - lo + 1

    @property
    def key(self) -> str:
        """A key that distinguishes spaces."""
        more = f"{self.limits}{self.density}" if self.limits else ""
        return ("∫" if self.is_measure else "Σ") + self.name + more

    def density_at(self, point):
        """ρ(x), a density with respect to dx; at a fixed point its value there."""
        fixed = isinstance(point, Point) and point.fixed and point.value not in (oo, -oo)
        return self.density.xreplace({Symbol(self.letter): point.value if fixed else point})

    def point(self, name: str | None = None) -> Point:
        """A free point of this space."""
        return Point(name or self.letter, self)

    def at(self, value) -> Point:
        """The fixed point with this coordinate, or the fixed index: f(I.at(1)). Raises IllFormed outside the space.

        For indices 1..P with an abstract P it exists if P is large enough: judges report this as a rule, P ≥ 2 for P.at(2).
        """
        value = given(value, f"a point of {self.name}")
        if self.is_measure and not self.limits:
            raise IllFormed(f"{self.name} is abstract: it has no point {value}")
        lo, hi = self.limits or (S.One, self.mass)
        above = () if isinstance(hi, Mass) else (value <= hi,)
        inside = (lo <= value, *above) if value.is_number and value.is_extended_real else (False,)
        if S.false in inside or False in inside or not (self.is_measure or value.is_Integer):
            end = f"from {lo} to {hi}" if self.limits else f"from {lo}"
            raise IllFormed(f"{value} is no point of {self.name}, which runs {end}")
        return Point(str(value), self, None, value)

    lower = property(lambda self: self._end(0))
    upper = property(lambda self: self._end(1))

    def _end(self, n):
        if not self.interval:
            raise IllFormed(f"{self.name} is no interval and has no ends")
        return Point(str(self.limits[n]), self, None, self.limits[n])

    free_symbols = property(lambda self: set())  # those of its limits count at the binder

    def _xreplace(self, rule):
        # A space is a name. Substitution does not change its limits, because its points would keep the old ones.
        return rule.get(self, self), self in rule

    def _sympystr(self, printer):
        return self.name

    def _latex(self, printer):
        return self.latex


def _refuse_limits(name, measure, limits):
    if len(limits) not in (0, 2):
        raise IllFormed(f"space {name}: two limits are needed, got {limits}")
    if not limits:
        return
    lo, hi = limits
    if any(n.is_extended_real is False for n in limits) or (measure and (hi - lo).is_extended_positive is False):
        raise IllFormed(f"space {name}: the interval from {lo} to {hi} is empty, or not one of real numbers")
    whole = all(n.is_integer is not False and n.is_finite is not False for n in limits)
    if not measure and (not whole or (hi - lo + 1).is_positive is False):
        raise IllFormed(f"space {name}: indices run from one integer up to another, not from {lo} to {hi}")


def refuse_negative(density: Expr, limits: dict, whose: str) -> None:
    """Raises IllFormed for a density that is shown to be negative, or not real, somewhere; otherwise it is assumed.

    limits: symbols ↦ ends of their intervals.
    """
    inside = {s: _inside(*ends) for s, ends in limits.items()}
    real = {s: Dummy(s.name, real=True) for s in density.free_symbols - inside.keys() if s.is_real is None}
    for place in [(), *zip(*inside.values())]:
        at = dict(zip(inside, place))
        value = density.xreplace(at)
        sign = value.xreplace(real)
        if (sign.is_nonpositive and not (place and value.is_zero)) or (value.is_number and not value.is_extended_real):
            where = ", ".join(f"{s} = {number}" for s, number in at.items())
            raise IllFormed(f"{whose}: the density of a measure is positive, not {value}{where and f' at {where}'}")


def _inside(lo, hi) -> list[Expr]:
    """Some points of the interval; none if its ends are not numbers."""
    steps = [S(n) / 7 for n in range(1, 7)]  # a density often vanishes at 0 and in the middle
    if lo == -oo and hi == oo:
        return [10 * n - 5 for n in steps]
    if hi == oo:
        return [lo + 10 * n for n in steps] if lo.is_number else []
    if lo == -oo:
        return [hi - 10 * n for n in steps] if hi.is_number else []
    return [lo + n * (hi - lo) for n in steps] if lo.is_number and hi.is_number else []


class Mass(Expr):
    """∫ 1 dμ, or the number of indices."""

    is_commutative = True
    space: Any = property(lambda self: self.args[0])

    def __new__(cls, space):
        return Expr.__new__(cls, space)

    @property
    def free_symbols(self) -> set:
        return set().union(*(n.free_symbols for n in self.space.limits))

    def _eval_derivative(self, s):
        raise IllFormed(f"{self} is differentiated with respect to {s}, a limit of {self.space.name}")

    def _sympystr(self, printer):
        return f"mass({self.space})"

    def _latex(self, printer):
        return (r"\mu\left(%s\right)" if self.space.is_measure else r"\left|%s\right|") % self.space.latex


class Point(Symbol):
    """A variable of a space. With an index it is a bound variable: it has a meaning only below its binder.

    Bound points are numbered upwards and never reused, so that no substitution can capture one.
    With a value it is no variable but a fixed point of an interval (its end, say), or a fixed index.
    """

    __slots__ = ("index", "space", "value")
    space: Space
    index: int | None
    value: Expr | None
    _next = count(
        randrange(10**9) * 10**6
    )  # a random start, as for SymPy's Dummy: unpickled points have unique numbers

    def __new__(cls, name: str, space: Space, index: int | None = None, value: Any = None):
        if not isinstance(space, Space):
            raise IllFormed(f"point {name}: {space!r} is not a space; declare it with Space(name, kind)")
        self = Symbol.__xnew__(cls, name)
        self.space, self.index, self.value = space, index, value
        return self

    @property
    def bound(self) -> bool:
        return self.index is not None

    @property
    def fixed(self) -> bool:
        return self.value is not None

    @property
    def free_symbols(self) -> set:
        return {self} if self.value is None else self.value.free_symbols

    def fresh(self) -> Point:
        """A bound variable of the same name and space that occurs nowhere else."""
        return Point(self.name, self.space, next(Point._next))

    def renamed(self, name: str) -> Point:
        return Point(name, self.space, self.index, self.value)

    def _hashable_content(self):
        fixed = () if self.value is None else (self.value,)
        return (self.name, self.space, self.index or 0, *fixed)

    def __getnewargs_ex__(self):
        return (self.name, self.space, self.index, self.value), {}

    def sort_key(self, order=None):
        head, (_, (name, *_)), *rest = super().sort_key(order)
        return head, (3, (name, self.space.name, self.index or 0)), *rest


class Sample(Expr):
    """The n-th of finitely many points of a space, n an index: the x_n of Σ_n ℓ(f(x_n), y_n).

    >>> X, N = Space("X", "measure", "x"), Space("N", "counting", "n")
    >>> Sample("x", X, N.point())
    x_n
    """

    is_commutative = True
    of_points = True  # not of their coordinates
    space = property(lambda self: self.args[1])
    index = property(lambda self: self.args[2])
    name = property(lambda self: self.args[0].name)
    fixed = False

    def __new__(cls, name, space, index):
        if not isinstance(index, Point) or index.space.is_measure:
            raise IllFormed(f"{name}: samples are numbered by an index, not by {index}")
        return Expr.__new__(cls, Str(str(name)), space, index)

    @property
    def free_symbols(self) -> set:
        return self.index.free_symbols

    def _eval_derivative(self, s):
        raise IllFormed(f"{self} is differentiated with respect to the index {s}")

    def _sympystr(self, printer):
        return f"{pretty_symbol(self.name)}_{self.index.name}"

    def _latex(self, printer):
        return f"{self.name}_{{{self.index.name}}}"


class Place(Expr):
    """An expression in points in place of a point of a space: the x − 1 of f(x − 1), the i + 1 of θ_{i+1}.

    The caller ensures that it is one for all values of its variables.
    """

    is_commutative = True
    where = property(lambda self: self.args[0])
    space = property(lambda self: self.args[1])
    fixed = False

    def __new__(cls, where: Any, space: Space):
        where = where.value if isinstance(where, Point) and where.fixed else where
        if isinstance(where, Point) and where.space == space:
            return where
        if where in (oo, -oo):
            return space.upper if where == oo else space.lower
        return space.at(where) if where.is_number else Expr.__new__(cls, where, space)

    def _sympystr(self, printer):
        return printer._print(self.where)

    def _latex(self, printer):
        return printer._print(self.where)


def as_points(points, spaces, whose: str) -> Tuple:
    """The points, if they are of exactly these spaces in this order; otherwise raises IllFormed, naming the wrong one."""
    points, spaces = tuple(points), tuple(spaces)
    if len(points) != len(spaces):
        wanted = ", ".join(s.name for s in spaces) or "none"
        raise IllFormed(f"{whose} takes {len(spaces)} point(s) ({wanted}), got {len(points)}")
    for point, space in zip(points, spaces):
        if not isinstance(point, (Point, Sample, Place)):
            raise IllFormed(f"{whose}: {point} is no point; make one with {space.name}.point('{point}')")
        if point.space != space:
            raise IllFormed(f"{whose}: {point} is a point of {point.space.name}, a point of {space.name} is needed")
    return Tuple(*points)


def place(expr: Any, points: dict) -> Any:
    """The expression with points replaced; a point that stands for a number is replaced by its coordinate.

    An infinite end is no number: the point itself is kept, and means the limit.
    A derivative in such a point is evaluated first, unless the point is only renamed: ∂(v²)/∂v at 1 is no derivative of 1².
    """
    expr = _differentiated(expr, points)
    values = {p: q.value if q.fixed and q.value not in (oo, -oo) else q for p, q in points.items()}
    values = {p: q.where if isinstance(q, Place) else q for p, q in values.items()}
    if values == points:
        return expr.xreplace(points)
    return _placed(expr, points, values)


def _differentiated(e: Any, points: dict) -> Any:
    """The expression with evaluated derivatives in points that are replaced by a number, or by a point inside."""
    if not isinstance(e, Basic) or not e.args or not e.has(Derivative) or not e.free_symbols & points.keys():
        return e
    if isinstance(e, Derivative) and {*e.variables} & points.keys() and not _renamed_only(e, points):
        if _binds(e.expr):
            bound = ", ".join(sorted(str(v) for v in {*e.variables} & points.keys()))
            raise IllFormed(
                f"{e} is a derivative of an integral or a sum in {bound}: take it first, and then put a point there"
            )
        return _differentiated(e.doit(deep=False), points)
    return e.func(*(_differentiated(a, points) for a in e.args))


def _binds(e: Any) -> bool:
    """True if it contains an integral, a sum or a function of points, with names written out."""
    e = e.shown() if hasattr(e, "shown") else e
    return bool(getattr(e, "vars", ())) or any(map(_binds, e.args))


def _renamed_only(e: Derivative, points: dict) -> bool:
    """True if its variables are replaced by points that do not occur in it otherwise."""
    images = {p: points.get(p, p) for p in e.free_symbols}
    moved = {*e.variables} & points.keys()
    others = [images[p].free_symbols for p in images]
    return all(
        isinstance(images[v], Point) and not images[v].fixed and sum(images[v] in x for x in others) == 1 for v in moved
    )


def _placed(e, points, values):
    if type(e) is Tuple:  # the points of a value; a branch of a Piecewise is a Tuple too
        return Tuple(*(points.get(a, a) if isinstance(a, Point) else _placed(a, points, values) for a in e))
    if e in values:
        return values[e]
    if getattr(e, "of_points", False):
        return e.xreplace(points)
    if isinstance(e, Place):
        return Place(e.where.xreplace(values), e.space)
    if not e.args or not (e.free_symbols & points.keys()):
        return e
    if set(getattr(e, "vars", ())) & set().union(*(q.free_symbols for q in points.values())):
        e = e.refreshed()
    return e.func(*(_placed(a, points, values) for a in e.args))
