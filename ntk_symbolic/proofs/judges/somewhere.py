"""The search for an instance on which quotients, roots and logarithms all have a value. A line with √(−c) for a c > 0 has none
over ℝ, and √(−c)² = −c holds for no number.

Rational numbers come first, where 0 is 0. Roots and logarithms are evaluated in floating point, with all patterns of signs
and with numbers of several sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import mpmath
from sympy import Expr, S, Tuple

from ...calculus.definitions import Assumption
from ...calculus.spaces import Point
from ..derivation import Step
from ..instances.admitted import admit
from ..instances.drawing import NotInterpretable, Nowhere, Strength
from ..instances.finite import FINITE, Finite
from ..instances.floating import ENOUGH, Floating
from ..instances.interpreter import Interpreter
from ..instances.orders import fitting
from ..instances.sizes import sizes
from .exact import spaces_of, values

SEEDS = 4
PATTERNS = 8  # of signs, as where steps are compared in numbers
STRENGTHS = [replace(FINITE, denominator=2**n) for n in (29, 33, 26)]  # numbers below 2, 1/8 and 16
DIGITS = ENOUGH + 10


@lru_cache(maxsize=128)
def have_values(parts: tuple[Expr, ...], assuming: tuple[Assumption, ...] = ()) -> bool:
    """True if an instance was found on which all parts have a value.

    >>> from sympy import Pow, Symbol, sqrt
    >>> a = Symbol("a", real=True)
    >>> have_values((sqrt(a - 1), 1 / a)), have_values((sqrt(a - 1), sqrt(-a - 1)))
    (True, False)
    """
    parts = tuple(e.xreplace(set_free(e)) for e in parts)
    step = Step(Tuple(*parts), S.Zero, "")
    try:
        admit(*parts, assuming=assuming)
        spaces = spaces_of(step, assuming)
        sizes_first = sizes([*parts, *(a.value for a in assuming)], spaces, FINITE.sizes)[0]
        found = [fitting(replace(s, sizes=sizes_first), step, assuming) for s in STRENGTHS]
    except NotInterpretable:
        return False
    try:
        return any(_all_valued(Finite(spaces, seed, found[0]), parts, assuming) for seed in range(SEEDS))
    except NotInterpretable:  # roots, logarithms, intervals
        pass
    with mpmath.workdps(DIGITS):
        return any(_all_valued(i, parts, assuming) for i in _floating(spaces, found))


def _floating(spaces, strengths: Sequence[Strength]) -> Iterator[Floating]:
    for seed in range(SEEDS):
        for strength in strengths:
            for pattern in (None, *range(PATTERNS)):
                yield Floating(spaces, seed, strength, pattern)


def _all_valued(instance, parts: Sequence[Expr], assuming: Sequence[Assumption]) -> bool:
    """True if all parts have a value. Raises NotInterpretable for parts without a value on all instances of this kind."""
    interpreter = Interpreter(instance, assuming)
    try:
        for e in parts:
            for _, value, _ in values(interpreter, e, S.Zero):
                if isinstance(instance, Floating) and abs(value) * instance.smallest > 1:  # divided by a rounding error
                    return False
    except Nowhere:
        return False
    except NotInterpretable:
        if isinstance(instance, Floating):
            return False
        raise
    return True


def set_free(e: Expr) -> dict[Point, Point]:
    """Free points in place of those that outer binders have bound."""
    bound = sorted((p for p in e.free_symbols if isinstance(p, Point) and p.bound), key=str)
    return {p: p.space.point(f"{p.name}{n}") for n, p in enumerate(bound)}
