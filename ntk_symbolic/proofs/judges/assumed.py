"""The assumptions that a judge may leave out, so that a step which needs none is not reported to use them.

A proof for every θ̇ holds for the assumed one, provided that its substitution commutes with the derivatives:
∂/∂θ_i of a term with θ̇_m is 0 for an arbitrary rate, and not where the rate is assumed to depend on θ. So assumptions stay
on in a step that differentiates an assumed quantity in a variable on which it depends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from sympy import Basic, Derivative

from ...calculus.definitions import Assumption, Named
from ...calculus.functionals import Functional, Partial
from ...calculus.spaces import Space
from ..derivation import Step

Attempts = tuple[tuple[Assumption, ...], ...]


def attempts(step: Step, assuming: Sequence[Assumption]) -> Attempts:
    """No assumptions, where that changes nothing else, and all of them."""
    return _attempts((step.lhs, step.rhs), tuple(assuming))


@lru_cache(maxsize=64)  # every judge of a step calls this
def _attempts(sides: tuple[Basic, ...], whole: tuple[Assumption, ...]) -> Attempts:
    derivatives = [d for side in sides for d in _derivatives(side)]
    if not whole or any(_bound_up(d, a, whole) for d in derivatives for a in whole):
        return (whole,)
    return (), whole


def orderless(step: Step, assuming: Sequence[Assumption]) -> bool:
    """True if it has a derivative in the time and in a number on which an assumed rate depends.

    SymPy writes d/dt ∂/∂h and ∂/∂h d/dt as one node. They differ where the rate depends on h, so that node means nothing.
    """
    return bool(assuming) and _orderless((step.lhs, step.rhs), tuple(assuming))


@lru_cache(maxsize=64)
def _orderless(sides: tuple[Basic, ...], assuming: tuple[Assumption, ...]) -> bool:
    for d in (d for side in sides for d in _derivatives(side)):
        for a in assuming if isinstance(d, Derivative) and len(set(d.variables)) > 1 else ():
            if a.head.time in d.variables and (set(d.variables) - {a.head.time}) & _closure(a, assuming)[1]:
                return True
    return False


def _derivatives(e: Basic) -> Iterator[Derivative | Partial]:
    if isinstance(e, Named):
        e = e.shown()
    if isinstance(e, (Derivative, Partial)):
        yield e
    for a in e.args:
        if not isinstance(a, Space):
            yield from _derivatives(a)


def _bound_up(d: Derivative | Partial, a: Assumption, assuming: Sequence[Assumption]) -> bool:
    """True if it differentiates an assumed quantity in a variable on which that depends."""
    inside = _held(d.expr)
    times = {s for inner in _derivatives(d.expr) if isinstance(inner, Derivative) for s in inner.variables}
    same = [h for h in inside if h.same_but_for_rates(a.head)]
    if not any(h.order >= a.head.order or a.head.time in times for h in same):
        return False
    heads, symbols = _closure(a, assuming)
    if isinstance(d, Partial):
        return any(h.same_but_for_rates(d.head) for h in (*heads, a.head))
    return any(s in symbols or any(h.time == s for h in heads) for s in d.variables if s != a.head.time)


def _held(e: Basic) -> set[Functional]:
    """The functionals in it, with definitions written out."""
    if isinstance(e, Functional):
        return {e}
    if isinstance(e, Named):
        e = e.shown()
    return set().union(*(_held(a) for a in e.args if not isinstance(a, Space)))


def _closure(a: Assumption, assuming: Sequence[Assumption]) -> tuple[set[Functional], set]:
    """The functionals and symbols on which its value depends, also through other assumptions."""
    heads, symbols, left = set(), set(), [a]
    for now in left:
        new = _held(now.value) - {now.argument}
        heads |= new
        symbols |= now.value.free_symbols
        left += [b for b in assuming if b not in left and any(h.same_but_for_rates(b.head) for h in new)]
    return heads, symbols
