"""Wrong twins of a statement, made by rule: the judges are only as good as what they refuse.

A mutant is a name and a recipe; carried out, the recipe gives the changed side or raises IllFormed. Some mutants are
equal to the original (a symmetric kernel transposed): whoever counts them lists those by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

from sympy import Expr, Mul, Tuple

from ..calculus.binders import Lam, Over
from ..calculus.definitions import Named
from ..calculus.functionals import Applied, Partial
from ..calculus.spaces import Point


@dataclass(frozen=True)
class Mutant:
    name: str
    make: Callable[[], Expr]

    def __str__(self):
        return self.name


def mutants(side: Expr) -> Iterator[Mutant]:
    """Sign and factor 2; and at every node: a binder dropped, added, or used for two variables; a factor dropped or
    squared; a variable replaced by another of its space; two arguments of a defined name exchanged."""
    yield Mutant("sign", lambda: -side)
    yield Mutant("factor 2", lambda: 2 * side)
    yield from _inside(side, (), lambda new: new)


def _inside(e: Any, scope: tuple[Point, ...], put: Callable[[Expr], Expr]) -> Iterator[Mutant]:
    """The mutants of e; `put` sets a changed e back into its place."""
    if isinstance(e, Over):
        scope = (*scope, *e.vars)
        yield from _binders(e, put)
    if isinstance(e, Mul):
        yield from _factors(e, put)
    if isinstance(e, (Applied, Named, Partial)):
        yield from _variables(e, scope, put)
        return
    for n, a in enumerate(e.args):
        if isinstance(a, Expr) and not isinstance(a, (Point, Lam)):
            yield from _inside(a, scope, partial(_put, e, n, put))


def _put(e, n: int, put, new) -> Expr:
    return put(e.func(*e.args[:n], new, *e.args[n + 1 :]))


def _binders(e, put) -> Iterator[Mutant]:
    for v in e.vars:
        rest = [w for w in e.vars if w != v]
        free = e.body.xreplace({v: v.space.point(v.name)})
        yield Mutant(f"binder of {v.name} dropped", lambda rest=rest: put(Over(e.body, *rest)))
        yield Mutant(f"{v.name} left free", lambda rest=rest, free=free: put(Over(free, *rest)))
        yield Mutant(f"a second binder like {v.name}", lambda v=v: put(Over(e.body, *e.vars, v.fresh())))
        yield Mutant(f"{v.name} bound twice", lambda v=v: put(Over(e.body, *e.vars, v)))
    for v, w in combinations(e.vars, 2):
        if v.space == w.space:
            rest = [u for u in e.vars if u != w]
            one = e.body.xreplace({w: v})
            name = f"one variable for {v.name} and {w.name}"
            yield Mutant(name, lambda rest=rest, one=one: put(Over(one, *rest)))


def _factors(e, put) -> Iterator[Mutant]:
    for n, a in enumerate(e.args):
        if not a.is_Number:
            rest = [*e.args[:n], *e.args[n + 1 :]]
            yield Mutant(f"{a} dropped", lambda rest=rest: put(Mul(*rest)))
            yield Mutant(f"{a} squared", lambda a=a: put(Mul(*e.args, a)))


def _variables(e, scope, put) -> Iterator[Mutant]:
    places = list(_places(e))
    for p in places:
        old = _at(e, p)
        others = [v for v in scope if v.space == old.space and v != old]
        for v in (*others, old.space.point("z")):
            yield Mutant(f"{e}: {old.name} → {v.name}", lambda p=p, v=v: put(_replaced(e, p, v)))
    if isinstance(e, Named):
        swaps = [s for s in combinations(places, 2) if _at(e, s[0]).space == _at(e, s[1]).space]
        for many in (1, len(swaps)) if len(swaps) > 1 else (1,) * bool(swaps):
            for chosen in combinations(swaps, many):
                yield Mutant(f"{e} with {_names(e, chosen)} exchanged", lambda c=chosen: put(_exchanged(e, c)))


def _places(e, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Where the points of a node stand: in its tuples, and in tuples in these."""
    for n, a in enumerate(e.args):
        if isinstance(a, Point):
            yield (*path, n)
        elif isinstance(a, Tuple):
            yield from _places(a, (*path, n))


def _at(e: Any, place) -> Any:
    for n in place:
        e = e.args[n]
    return e


def _replaced(e, place, new):
    if not place:
        return new
    n, *rest = place
    return e.func(*e.args[:n], _replaced(e.args[n], rest, new), *e.args[n + 1 :])


def _exchanged(e, swaps):
    out = e
    for p, q in swaps:
        out = _replaced(_replaced(out, p, _at(e, q)), q, _at(e, p))
    return out


def _names(e, swaps) -> str:
    return " and ".join(f"{_at(e, p).name}, {_at(e, q).name}" for p, q in swaps)
