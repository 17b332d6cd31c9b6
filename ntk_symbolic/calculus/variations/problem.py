"""A functional and its varying functions, as nodes, with the translation back to SymPy."""

from __future__ import annotations

from typing import Any

from sympy import Add, Basic, Dummy, Expr, Lambda, MatrixSymbol, S, Symbol, Tuple, conjugate
from sympy.core.function import AppliedUndef, UndefinedFunction
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.tensor.indexed import Indexed, IndexedBase

from ...errors import IllFormed
from ..binders import Lam
from ..definitions import Named
from ..functionals import Applied, Functional, along, default_points
from ..given import given, is_many, quantity
from ..joints import SWITCHING
from ..normal import Expansion
from ..scalars import Scalar
from ..scope import check
from ..smoothness import each, slope
from ..spaces import Point, Sample, Space, as_points
from .conjugates import Conjugates
from .gathered import gathered
from .linear_form import takes
from .reading import Reader, places_of, refuse_infinite, values_of
from .writing import as_sympy


class Problem:
    """J and its unknowns `heads`, with their original form. Raises IllFormed for input that cannot be read or varied."""

    def __init__(self, J, f):
        self.single = not is_many(f)
        self.given = [given(g, "f") for g in ([f] if self.single else f)]
        self.conjugates = Conjugates(J, *self.given) if any(isinstance(g, conjugate) for g in self.given) else None
        self.given = [self._split(g) for g in self.given]
        if not self.given or len(set(map(_name, self.given))) < len(self.given):
            raise IllFormed("f: at least one function is needed, and each of them once")
        J = self._split(quantity(J, "J"))
        self.asked = J
        self.pointwise: set[Space] = set()  # lines without an integral: the result is an equation at each point
        self.reader = None if all(isinstance(g, Functional) for g in self.given) else self._reader(J)
        self.heads = list(self.reader.heads.values()) if self.reader else self.given
        J = self.reader(J) if self.reader else _with_scalars(J)
        check(J)
        self.J = _evaluated(J, self.heads)
        for head in self.heads:
            _refuse_other_variations(self.J, head)
            if self.conjugates and any(takes(k, head) for k in self.J.atoms(*SWITCHING)):
                raise IllFormed(
                    f"J: cases by the sign of {head.name} are read for real functions only, ψ and ψ* are complex"
                )

    def _reader(self, J) -> Reader:
        arities = {_unknown(g): len(_arguments(g)) or 1 for g in self.given}
        reader = Reader(arities, J, arities)
        for g in self.given:
            if _arguments(g) and all(isinstance(a, Symbol) for a in _arguments(g)):
                reader.letters[_name(g)] = _arguments(g)
        return reader

    def _split(self, e: Any) -> Any:
        """The expression with ψ* as a function of its own, if it is one of those that vary."""
        return self.conjugates.split(e) if self.conjugates else e

    def written(self, e) -> Any:
        if self.reader is None:
            return e
        conjugates = self.conjugates.written() if self.conjugates else {}
        return as_sympy(e, {**self.reader.sympy, **conjugates}, self.reader.letters)

    def density(self, e) -> Any:
        """The density over one denominator, if there are roots; nodes are unchanged."""
        return e if self.reader is None else gathered(self.written(e))

    def spoken(self, head: Functional) -> Any:
        """A functional in the notation of the input."""
        return head if self.reader is None else self.reader.sympy[head.name]

    def derivative(self, *directions: dict[Functional, Lam], bends: list | None = None) -> Expr:
        """∂/∂ε₁ … J[f + ε₁ φ₁ + …] at 0; `bends` as in slope."""
        steps = [Dummy(f"e{n}") for n in range(len(directions))]
        e = _shifted(self.J, list(zip(steps, directions)))
        for step in steps:
            e = slope(e, step, bends)
        return refuse_infinite(e.xreplace(dict.fromkeys(steps, S.Zero)))

    # directions

    def directions(self, phi, name: str = "phi") -> dict[Functional, Lam]:
        """The direction of each unknown; `name` is that of the argument, for errors."""
        several = is_many(phi)
        wanted = list(phi) if several and not self.single else [phi]
        if len(wanted) != len(self.heads):
            raise IllFormed(
                f"{name}: {len(self.heads)} directions are needed, one for each function, got {len(wanted)}"
            )
        return {h: self._direction(given(p, name), h, g, name) for h, p, g in zip(self.heads, wanted, self.given)}

    def _direction(self, phi, head, f, name: str) -> Lam:
        if isinstance(phi, Functional) and not phi.of and phi.params == head.params:
            return phi()
        if isinstance(phi, Lam) and phi.spaces == head.params:
            return phi
        if self.reader is None:
            wanted = " × ".join(s.name for s in head.params)
            raise IllFormed(f"{name}: a function on {wanted} is needed, a Functional or a Lam, not {phi}")
        return self._read_direction(self.reader, phi, head, f, name)

    def _read_direction(self, reader: Reader, phi, head, f, name: str) -> Lam:
        if isinstance(phi, (AppliedUndef, Indexed)) and _arguments(phi) == _arguments(f):
            phi = _unknown(phi)
        if isinstance(phi, (UndefinedFunction, IndexedBase)):
            direction = reader.heads.get(phi) or reader.declare(phi, head.params)
            reader.letters.setdefault(direction.name, reader.letters.get(head.name, ()))
            return direction()
        symbols, body = (phi.signature, phi.expr) if isinstance(phi, Lambda) else (_arguments(f), phi)
        if len(symbols) != len(head.params) or not all(isinstance(s, Symbol) for s in symbols):
            raise IllFormed(
                f"{name}: the variables of {phi} are not known; give f as {head.name}(x), or {name} as a Lambda"
            )
        points = {s: space.point(s.name) for s, space in zip(symbols, head.params)}
        return Lam(reader(self._split(quantity(body, name)), points), *points.values())

    def test_function(self, n: int) -> Functional:
        """A φ with an unused name."""
        name = "varphi" if self.single else f"varphi_{self.heads[n].name}"
        while name in self._names() | (self.reader.sympy.keys() if self.reader else set()):
            name += "_"
        if self.reader:
            indexed = isinstance(_unknown(self.given[n]), IndexedBase)
            self.reader.sympy[name] = IndexedBase(name) if indexed else UndefinedFunction(name)
            self.reader.letters[name] = self.reader.letters.get(self.heads[n].name, ())
        return Functional(name, self.heads[n].params)

    def _names(self) -> set[str]:
        """The names of the functions in J, and of its symbols that are no points."""
        symbols = {s.name for s in self.J.free_symbols if isinstance(s, Symbol) and not isinstance(s, Point)}
        return symbols | {a.name for a in self.J.atoms(Functional, Scalar, Sample)}

    # points

    def points(self, n: int, x) -> Tuple:
        """The points of the derivative, in the n-th function's domain."""
        head = self.heads[n]
        if x is None:
            x = _arguments(self.given[n]) or self._unused(default_points(head.params))
        places = x if isinstance(x, (tuple, list, Tuple)) else (x,)
        if len(places) != len(head.params):
            raise IllFormed(f"x: {head.name} takes {len(head.params)} points, got {len(places)}")
        points = [self._point(given(a, "x"), space, head) for a, space in zip(places, head.params)]
        return as_points(points, head.params, head.name)

    def _unused(self, points) -> list[Point]:
        """The points with letters that J does not use otherwise."""
        used = self._names()
        return [p if p.name not in used else self._unused([p.renamed(f"{p.name}_")])[0] for p in points]

    def taken_at(self, n: int) -> tuple | None:
        """The free arguments of a bare function in a Lagrangian, or None. Raises IllFormed if they differ."""
        g = self.given[n]
        if self.reader is None or _arguments(g):
            return None
        rows = {places_of(v) for v in values_of(_unknown(g), self.asked)}
        rows = {row for row in rows if any(a in self.reader.free for a in row)}
        if len(rows) > 1:
            raise IllFormed(f"f: {g} is taken at different variables; choose one by {g}(…)")
        return next(iter(rows), None)

    def own_variables(self, n: int) -> dict[Symbol, int]:
        """The x of f(x), with its slot; {} for a bare f."""
        return {a: slot for slot, a in enumerate(_arguments(self.given[n])) if isinstance(a, Symbol)}

    def all_variables(self) -> set[Symbol]:
        """The variables of every function, in f(x) or as arguments of a bare f in J."""
        rows = [
            (v for u in map(_unknown, self.given) for v in values_of(u, self.asked)),
            filter(_arguments, self.given),
        ]
        return {a for row in rows for v in row for a in places_of(v) if isinstance(a, Symbol)}

    def _point(self, a, space: Space, head) -> Any:
        known = isinstance(a, (Symbol, Indexed)) or getattr(a, "is_number", False)
        if not isinstance(a, Expr) or isinstance(a, Lambda) or not known:
            raise IllFormed(f"x: {head.name} is taken at symbols, numbers, samples X[n] or Points, not at {a}")
        if isinstance(a, Point) or not self.reader:
            return a
        if isinstance(a, Indexed):
            known = {s.index.space for s in self.J.atoms(Sample) if s.name == str(a.base)}
            if len(known) != 1 or not isinstance(a.indices[0], Symbol):
                raise IllFormed(f"x: {head.name} is not taken at samples {a} in J")
            return Sample(str(a.base), space, known.pop().point(self.reader.remember(a.indices[0])))
        if isinstance(a, Symbol):
            return self.reader.free.setdefault(a, space.point(self.reader.remember(a)))
        return space.at(a)


def _with_scalars(e: Any) -> Any:
    """The expression with SymPy's undefined functions of nodes, g(J) of a functional J, as nodes."""
    return each(e, AppliedUndef, lambda g: Scalar(g.func.__name__, [_with_scalars(a) for a in g.args]))


def _evaluated(J: Expr, heads) -> Expr:
    """The functional with derivatives carried out, and definitions with these functions unfolded."""
    J = Expansion().prepared(J)
    if not any(takes(name, h) for name in J.atoms(Named) for h in heads):
        return J
    return _evaluated(_unfolded(J, heads), heads)


def _unfolded(e: Any, heads) -> Any:
    """The unfolded tree, by recursion: a substitution below a binder would rename its variable first."""
    if isinstance(e, Named) and any(takes(e, h) for h in heads):
        return e.unfolded()
    return e.func(*(_unfolded(a, heads) for a in e.args)) if e.args and e.has(Named) else e


def _shifted(e: Any, steps: list[tuple[Symbol, dict[Functional, Lam]]]) -> Any:
    """J[f + ε₁ φ₁ + …], with each value of f and of its derivatives moved."""
    if not isinstance(e, Basic) or not e.args:
        return e
    if isinstance(e, Applied):
        head, plain = e.head, e.head.plain
        moves = [s * along(d[plain], head.orders)(*e.points) for s, d in steps if plain in d]
        if moves:
            return e + Add(*moves)
    return e.func(*(_shifted(a, steps) for a in e.args))


def _refuse_other_variations(J, head):
    """Raises IllFormed for f's rate in time, its derivative in θ, or f at two θ, whose variation is undefined."""
    if head.plain != head:
        raise IllFormed(f"f: give {head.name} without derivatives")
    values = {a for a in J.atoms(Applied) if a.head.name == head.name}
    for a in values:
        if a.head.plain != head or a.slots:
            raise IllFormed(f"{a} would vary with {head.name} in an unknown way: state J without it")
    if len({a.function for a in values}) > 1:
        raise IllFormed(f"{head.name} is taken at different parameters: which of them varies is not known")


def _unknown(g) -> Any:
    if isinstance(g, (UndefinedFunction, IndexedBase)):
        return g
    if isinstance(g, AppliedUndef):
        return g.func
    if isinstance(g, Indexed):
        return g.base
    if isinstance(g, (MatrixSymbol, MatrixElement)):
        raise IllFormed(
            f"f: {g} is a matrix or its entry; SymPy's diff differentiates in these; for sums over entries give an "
            "IndexedBase of two indices, A[i, j]"
        )
    raise IllFormed(f"f: {g} is no function; give Function('f'), f(x), an IndexedBase, or a Functional")


def _name(g) -> str:
    return g.name if isinstance(g, Functional) else str(_unknown(g))


def _arguments(g) -> tuple:
    if isinstance(g, AppliedUndef):
        return tuple(g.args)
    return tuple(g.indices) if isinstance(g, Indexed) else ()
