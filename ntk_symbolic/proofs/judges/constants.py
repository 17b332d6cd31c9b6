"""The digits that a numerical comparison needs, by the sizes of the constants in a line.

exp(exp(−200)) differs from 1 by 1e-87, so numbers of 50 digits do not separate it from 1. The size of a constant, its length
and its distance from another constant of the line bound the number of digits that it hides. Powers of it hide more: three
times as many digits are required, and a line that needs too many is undecided.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import mpmath
from sympy import Basic, Derivative, Expr, Integral, Limit, Rational, Subs, Sum

from ...calculus.binders import Node
from ...calculus.spaces import Point, Space
from ..instances.drawing import NotInterpretable, Nowhere, OutOfReach
from ..instances.floating import ENOUGH, Floating
from ..instances.interpreter import Env, Interpreter

MOST = 250  # digits that constants may hide
PRECISION = 2 * MOST + 100  # to which constants are computed before they are compared
TOTALS = Integral, Sum, Limit, Derivative, Subs  # no constants of the line, but values to be computed
SPARE = 50  # constants that share all but this many of these digits count as one number


@lru_cache(maxsize=64)  # called again for every instance of a step
def needed(*parts: Basic) -> int:
    """The number of digits in which the sides must agree.

    >>> from sympy import Integer, exp
    >>> needed(1 + exp(-3)), needed(exp(exp(Integer(-200))))
    (20, 266)

    Raises NotInterpretable if there are too many.
    """
    sizes = [_long(q) for part in parts for q in _rationals(part)]
    with mpmath.workdps(PRECISION):
        values = sorted({1, *(abs(v) for part in parts for v in _values(part))})
        sizes += [abs(mpmath.log10(v)) for v in values if v]
        sizes += [-mpmath.log10(1 - low / high) for low, high in pairwise(values) if low > 0 and _apart(low, high)]
    hidden = int(mpmath.ceil(max(sizes, default=0)))
    if hidden > MOST:
        raise NotInterpretable(
            f"constants so large, small or close to each other that they may hide a difference of 1e-{hidden}"
        )
    return max(ENOUGH, 3 * hidden + 5)


def _apart(low, high) -> bool:
    return high - low > high * mpmath.mpf(10) ** (SPARE - PRECISION)


def _long(q: Rational) -> float:
    return max(len(str(abs(q.p))), len(str(q.q))) - 1


def _rationals(e: Basic) -> Iterator[Rational]:
    return (part for part in _parts(e) if isinstance(part, Rational))


def _values(e: Basic) -> Iterator:
    """The values of all constants in it except rational numbers."""
    interpreter = Interpreter(Floating(()))
    for part in _parts(e):
        if isinstance(part, Expr) and part.is_number and not part.is_Rational and not part.has(Node, *TOTALS):
            try:
                value = interpreter(part, Env())
            except OutOfReach as why:
                raise NotInterpretable(f"the constant {part} is out of reach") from why
            except (Nowhere, NotInterpretable):  # the logarithm of a negative number
                continue
            if mpmath.isfinite(value):
                yield value


def _parts(e: Basic) -> Iterator[Basic]:
    """The whole tree with the values of fixed points, the ends of intervals and their densities."""
    yield e
    if isinstance(e, Point):
        yield from _parts(e.space)
        if e.value is not None:
            yield from _parts(e.value)
    arguments = [*e.limits, e.density] if isinstance(e, Space) else e.args
    for a in arguments:
        if isinstance(a, Basic):
            yield from _parts(a)
