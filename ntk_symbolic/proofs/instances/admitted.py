"""Expressions that instances admit. A name must have one meaning, because numbers are drawn by name; a symbol must be known to
be real where this matters: an identity of analytic functions that holds on ℝ holds on ℂ, one of |z| does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sympy import Abs, Basic, E, Pow, Symbol, sign
from sympy.core.function import AppliedUndef, Function
from sympy.core.relational import Relational
from sympy.functions.elementary.miscellaneous import MinMaxBase
from sympy.functions.elementary.piecewise import Piecewise

from ...calculus.definitions import Assumption, Definition
from ...calculus.functionals import Functional
from ...calculus.spaces import Point, Sample, Space
from ...elementary.queries import meromorphic
from .drawing import NotInterpretable

ANALYTIC = (*meromorphic(), AppliedUndef, Piecewise)  # cases have conditions


def admit(*sides: Basic, assuming: Sequence[Assumption] = ()) -> None:
    """Raises NotInterpretable if instances would identify two objects, or treat a complex number as real."""
    sides = (*sides, *(a.value for a in assuming))
    nodes = [e for side in sides for e in _nodes(side)]
    free = {s for side in sides for s in side.free_symbols if isinstance(s, Symbol)}
    refuse_noncommutative(*free)
    _refuse_ambiguous(free, nodes, {a.argument for a in assuming if a.argument is not None})
    unknown = {s for s in free if not isinstance(s, Point) and s.is_extended_real is not True}
    for e in nodes:
        if unknown and _needs_reals(e) and (trouble := e.free_symbols & unknown):
            raise NotInterpretable(f"{min(map(str, trouble))} is not known to be real")


def refuse_noncommutative(*symbols: Basic) -> None:
    """Raises NotInterpretable for symbols that do not commute, which are no numbers."""
    for s in symbols:
        if not s.is_commutative:
            raise NotInterpretable(f"{s} does not commute")


def _nodes(e: Basic) -> Iterator[Basic]:
    """All nodes of the tree except those inside spaces, whose density has a letter of its own."""
    yield e
    if not isinstance(e, Space):
        for a in e.args:
            yield from _nodes(a)


def _refuse_ambiguous(free: set[Symbol], nodes: list[Basic], arguments: set[Functional]) -> None:
    """Raises NotInterpretable for a name with two meanings, such as two functionals with the same number of indices.

    No numbers are drawn for placeholders of functions in a definition or an assumption.
    """
    meanings: dict[tuple, Any] = {}
    symbols = [("symbol", s.name, s) for s in free if not (isinstance(s, Point) and s.fixed)]
    placeholders = arguments.union(*(e.functions for e in nodes if isinstance(e, Definition)))
    named = (m for e in nodes if e not in placeholders and (m := _meaning(e)))
    for kind, name, meaning in (*symbols, *named):
        if meanings.setdefault((kind, name), meaning) != meaning:
            raise NotInterpretable(f"{name} means two things")


def _meaning(e: Basic) -> tuple[str, str, Any] | None:
    if isinstance(e, Functional):
        indices = sum(not space.is_measure for space in e.params)
        return f"function of {indices} indices", e.name, (e.params, e.of, e.time)
    if isinstance(e, AppliedUndef):
        return "function", e.func.__name__, len(e.args)
    if isinstance(e, Sample):
        return "sample", e.name, e.space
    return ("space", e.name, e) if isinstance(e, Space) else None


def _needs_reals(e: Basic) -> bool:
    if isinstance(e, Pow):
        return not e.exp.is_integer and e.base is not E
    if isinstance(e, (Abs, sign, MinMaxBase, Relational)):
        return True
    return isinstance(e, Function) and not isinstance(e, ANALYTIC)
