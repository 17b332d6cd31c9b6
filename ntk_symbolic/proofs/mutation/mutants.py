"""Wrong twins of a statement, made by rule: the judges are only as good as what they refuse.

A mutant is a name and a recipe; carried out, the recipe gives the changed side or raises IllFormed. The rules are
local: each looks at one node and says how it could be written wrongly. They reach into derivatives, substitutions and
the functions handed to functionals, never into definitions. Some mutants are equal to the original (a symmetric kernel
transposed): whoever counts them lists those by name.
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
    """All wrong twins of one side of a statement, each with a name of its own.

    Without `multiples` none is a multiple of the whole side: where the other side is 0, that is no mistake.

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
    """The mutants of e and all below; `put` sets a changed e back into its place.

    f(θ) is handed over many times in a side: `functions` are those altered already, where they came first.
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
    """The arguments in which something can be wrong; points and names are altered by the rules of their node.

    A value at a point is altered as a whole, unless it is that of a derivative: inside it, much does not show there.
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
