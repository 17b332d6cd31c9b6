"""Derivatives at a point where a root, |·| or a case may bend: rules of calculus give a value there, where none exists.

lim √(ε²)/ε is the derivative of |ε| at 0; SymPy has sign(0) = 0 for it. A formal proof of such a step counts where an
instance has values of both sides as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sympy import Derivative, E, Piecewise, Pow, Subs, log

from ...calculus.definitions import Named
from ...calculus.functionals import Partial
from ...calculus.spaces import Space
from ...elementary.queries import rough
from ..derivation import Judgement, Step, Verdict

Judge = Callable[[Step], Judgement | None]
BENT = (*rough(), Piecewise)
NO_VALUE = "a derivative is taken where a root, a modulus or a case may bend, and no instance has values of both sides"


def where_instances_have_values(judge: Judge, instances: Sequence[Judge]) -> Judge:
    """The judge, whose proof of a step with such a derivative also needs the support of one of these judges."""

    def careful(step: Step) -> Judgement | None:
        said = judge(step)
        if said is None or not said.verdict.supports or not any(map(bent_at_a_point, step.parts)):
            return said
        if any((other := by(step)) is not None and other.verdict.supports for by in instances):
            return said
        return replace(said, verdict=Verdict.UNDECIDED, detail=NO_VALUE)

    return careful


def bent_at_a_point(e: Any) -> bool:
    """True if it has a derivative at a point where a root, a modulus or a case may bend.

    >>> from sympy import Symbol, sqrt
    >>> x = Symbol("x", real=True)
    >>> bent_at_a_point(Subs(Derivative(sqrt(x**2), x), x, 0)), bent_at_a_point(Subs(Derivative(x**2, x), x, 0))
    (True, False)
    """
    return any(_bends(inner) for at in _written(e) if isinstance(at, Subs) for inner in _written(at.expr))


def _bends(e: Any) -> bool:
    return isinstance(e, (Derivative, Partial)) and any(
        isinstance(a, BENT)
        or (isinstance(a, log) and not a.args[0].is_positive)
        or (isinstance(a, Pow) and a.base is not E and not a.exp.is_integer and not a.base.is_positive)
        for a in _written(e.expr)
    )


def _written(e: Any) -> Iterator[Any]:
    """The nodes of the tree, with names written out."""
    e = e.shown() if isinstance(e, Named) else e
    yield e
    for a in () if isinstance(e, Space) else e.args:
        yield from _written(a)
