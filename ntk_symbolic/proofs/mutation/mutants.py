"""Mutants of a statement, made by rule, to test the judges.

A mutant is a name and a recipe, which returns the changed side or raises IllFormed. The rules are
local: each alters one node in one wrong way. They are applied inside derivatives, substitutions and
arguments of functionals, never inside definitions. Some mutants are equal to the original (a symmetric kernel
transposed): these are listed by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from sympy import Derivative, Expr, Integral, S, Subs, Sum, Tuple

from ...calculus.binders import Binder, Lam, Over
from ...calculus.functionals import Partial, SlotSlope
from ...calculus.spaces import Point
from .mistakes import Around, Mutant, replaced, word
from .mistakes_elementary import ELEMENTARY
from .mistakes_functional import FUNCTIONAL
from .mistakes_of_kind import KINDS, OF_THE_WHOLE
from .sameness import shape

ONLY_THE_BODY = (Derivative, Subs, Partial, SlotSlope, Binder, Integral, Sum)


def mutants(side: Expr, around: Around | None = None, multiples: bool = True) -> Iterator[Mutant]:
    """All mutants of one side of a statement, each with a name of its own.

    Without `multiples` none is a multiple of the whole side: if the other side is 0, such a multiple is no mistake.

    >>> from sympy.abc import a, b
    >>> [str(m) for m in mutants(a - b)][:4]
    ['sign', 'factor 2', 'exp(−200) added', 'term a dropped']
    """
    around = around or Around.of(side)
    seen: Counter[str] = Counter()
    whole = _of_the_whole(side, around) if multiples else ()
    for m in (*whole, *_inside(side, around, lambda new: new, set())):
        seen[m.name] += 1
        yield m if seen[m.name] == 1 else replace(m, name=f"{m.name} ({seen[m.name]})")


def _of_the_whole(side, around: Around) -> Iterator[Mutant]:
    if side == 0:
        yield Mutant("spurious term", "1 added", lambda: S.One)
        return
    yield Mutant("sign", "sign", lambda: -side)
    yield Mutant("factor", "factor 2", lambda: 2 * side)
    for rule in OF_THE_WHOLE:
        yield from rule(side, around)
    for space in (s for s in around.spaces if s.mass != 1):  # ∫ over [0, 1] of a constant changes nothing
        name = f"{word(space)} over {space.name} of the whole"
        yield Mutant(f"spurious {word(space)}", name, partial(Over, side, space.point().fresh()))
    for p in around.points:
        if p in side.free_symbols:
            name = f"{word(p.space)} over the free {p.name}"
            yield Mutant(f"spurious {word(p.space)}", name, partial(Over, side, p))


def _inside(e: Any, around: Around, put: Callable[[Any], Any], functions: set) -> Iterator[Mutant]:
    """The mutants of e and of all nodes below; `put` inserts a changed e in its place.

    f(θ) is often an argument many times in a side: `functions` are those altered already, at their first occurrence.
    """
    for rule in (*ELEMENTARY, *FUNCTIONAL, *KINDS):
        for m in rule(e, around):
            yield replace(m, make=partial(_made, m.make, put))
    if isinstance(e, Binder):
        around = around.scoped(*e.vars)
    if isinstance(e, (Derivative, Partial)):
        around = replace(around, differentiated=True)
    for n in _below(e):
        a = e.args[n]
        if isinstance(a, Lam):
            if (key := shape(a)) in functions:
                continue
            functions.add(key)
        yield from _inside(a, around, partial(_put, e, n, put), functions)


def _below(e: Any) -> Iterator[int]:
    """The arguments that may have mistakes; points and names are altered by the rules of their node.

    A value at a point is altered as a whole, unless it is that of a derivative, since many mistakes inside have no effect
    there.
    """
    if isinstance(e, Subs) and not isinstance(e.expr, Derivative):
        return
    for n, a in enumerate(e.args[:1] if isinstance(e, ONLY_THE_BODY) else e.args):
        if isinstance(a, Tuple) or (isinstance(a, Expr) and not isinstance(a, Point)):
            yield n


def _made(make, put):
    return put(make())


def _put(e, n: int, put, new):
    return put(replaced(e, (n,), new))
