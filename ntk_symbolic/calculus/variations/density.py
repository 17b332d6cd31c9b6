"""The density of δJ[f; φ] = ∫ density · φ dμ + boundary + atoms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, Mul, S, Symbol, oo

from ...errors import IllFormed
from ..binders import Lam, Node, Over
from ..canonical import Canonical
from ..functionals import Delta, Functional
from ..given import quantity
from ..normal import Expansion, Undecidable
from ..scalars import Scalar
from ..spaces import Place, Point, Sample, place, refuse_negative
from .by_parts import by_parts
from .linear_form import Term, linear_terms
from .moved import moved_back, within

if TYPE_CHECKING:
    from .problem import Problem


@dataclass(frozen=True)
class Parts:
    """The parts of FunctionalDerivative for one function, as nodes."""

    continuous: Expr
    boundary: Expr
    atoms: Expr
    phi: Functional


def parts(
    problem: Problem,
    n: int,
    points,
    wrt,
    bends: list | None = None,
    along: Callable[[Functional], Lam] = Functional.__call__,
) -> Parts:
    """The parts of the derivative in the n-th function, at these points, with respect to `wrt`; `bends` as in slope.

    along   the direction in terms of the test function φ: φ itself, or Σ_m δ_jm φ_m.
    """
    phi = problem.test_function(n)
    continuous = boundary = atoms = S.Zero
    for term in linear_terms(problem.derivative({problem.heads[n]: along(phi)}, bends=bends), phi):
        term = moved_back(term)
        variables = _variables(term, points)
        if variables is None:
            atoms += term.expression()
            continue
        term, more = by_parts(term, variables, problem.pointwise)
        continuous += _at(term, variables, points)
        boundary += more
    density = collected(continuous) * _change(problem, n, points, wrt)
    return Parts(density, collected(boundary), collected(atoms), phi)


def _variables(term: Term, points) -> dict[int, Point] | None:
    """The bound variable in each slot of φ, if φ is taken at a variable of its own in each; None for an atom.

    A slot of indices may contain a fixed or a free one instead: φ_1 is Σ_k δ_1k φ_k.
    """
    found: dict[int, Point] = {}
    for slot, (p, wanted) in enumerate(zip(term.value.points, points)):
        v = p.index if isinstance(p, Sample) else p.where if isinstance(p, Place) else p
        if _source(p) == _source(wanted) and v in term.binders and v not in found.values():
            if isinstance(p, Sample) and term.value.head.orders[slot]:
                return None  # φ'(x_n) has no density with respect to the empirical measure
            found[slot] = v
        elif not _is_entry(p, term):
            return None
    return found


def _is_entry(p, term: Term) -> bool:
    """True for an index that no sum of the term runs over."""
    return isinstance(p, Point) and not p.space.is_measure and p not in term.binders


def _source(p) -> str:
    """A variable of the space, or samples of this name."""
    return p.name if isinstance(p, Sample) else ""


def _at(term: Term, variables: dict[int, Point], points) -> Expr:
    """The coefficient of φ at these points."""
    there = {v: points[n].index if isinstance(points[n], Sample) else points[n] for n, v in variables.items()}
    rest = [v for v in term.binders if v not in there]
    seen = [within(S.One, v.space.limits, where, known) for v, where, known in _images(there)]
    if S.Zero in seen:
        return S.Zero
    e = place(Over(term.coefficient, *rest), there)
    for v, where, known in _images(there):
        e = within(e, v.space.limits, where, known)
    entries = (Delta(p, points[n]) for n, p in enumerate(term.value.points) if n not in variables)
    return e * Mul(*entries)


def _images(there: dict[Point, Any]) -> Iterator[tuple[Point, Expr, tuple]]:
    """The variables that run over a part of the domain of f, with their values and the ends of the domain."""
    for v, p in there.items():
        if isinstance(p, Point) and v.space != p.space:
            yield v, p.value if p.fixed else p, p.space.limits


def _change(problem: Problem, n: int, points, wrt) -> Expr:
    """The density of the spaces' measures with respect to `wrt`."""
    if wrt is None:
        return S.One
    wrt = _read_measure(problem, n, points, quantity(wrt, "wrt"))
    here = set().union(*(p.free_symbols for p in points))
    elsewhere = [str(s) for s in wrt.atoms(Scalar) if here and not s.free_symbols & here]
    elsewhere += [str(p) for p in wrt.free_symbols if isinstance(p, Point) and p not in here]
    if elsewhere:
        raise IllFormed(
            f"wrt: {elsewhere[0]} does not depend on the point of the derivative, {', '.join(map(str, points))}"
        )
    if not wrt.has(Node):
        limits = {p: p.space.interval for p in points if isinstance(p, Point) and not p.fixed and p.space.interval}
        refuse_negative(wrt, limits, "wrt")
    out = S.One / wrt
    for p in points:
        out *= p.space.density_at(p) if isinstance(p, Point) and p.space.interval else 1
    return out


def _read_measure(problem: Problem, n: int, points, wrt) -> Any:
    """The measure in the variables of f(x), or of the requested points, which denote the point of the derivative."""
    if not problem.reader:
        return wrt
    here = {p.index.name: p.index for p in points if isinstance(p, Sample)}
    here |= {p.name: p for p in points if isinstance(p, Point) and not p.fixed}
    known = {s: here[s.name] for s in wrt.free_symbols if isinstance(s, Symbol) and s.name in here}
    known |= {s: _coordinate(points[slot]) for s, slot in problem.own_variables(n).items()}
    strange = sorted(map(str, wrt.free_symbols & problem.all_variables() - known.keys()))
    if strange:
        name = problem.heads[n].name
        raise IllFormed(
            f"wrt: {strange[0]} is no variable of {name} here; differentiate each function alone, and give {name}(x)"
        )
    return problem.reader(wrt, known)


def _coordinate(p) -> Any:
    return p.value if p.fixed and p.value not in (oo, -oo) else p


def collected(e: Expr) -> Expr:
    """The sum with terms collected that differ only in the names of bound variables. (∫f(x)dx + ∫f(y)dy is 2∫f.)"""
    forms, merged = Canonical(Expansion()), {}
    for term in Add.make_args(e):
        c, rest = term.as_coeff_Mul()
        key = _form(forms, rest)
        first, total = merged.get(key, (rest, S.Zero))
        merged[key] = first, total + c
    return Add(*(c * rest for rest, c in merged.values()))


def _form(forms: Canonical, e: Expr) -> Any:
    try:
        return forms.form(e, {}) if e.has(Over) else e
    except (Undecidable, IllFormed):  # too large; or an integral that does not exist
        return e
