"""The table of elementary functions: one row holds all known properties of a function of real numbers.

Readings ask by property (`queries`), never by a list of names: a new function is one row. A row states facts
alone; how they are used is the reader's own argument. `tests/elementary` compares every row with the function's values.

The row also holds the array code that activations need: a call of the array namespace, or of a function of `arrays`, each of
which has a ball rule in `activations/numbers/balls`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import combinations
from typing import Any

import mpmath
from sympy import (
    Abs,
    Expr,
    FiniteSet,
    Heaviside,
    Interval,
    Max,
    Min,
    Set,
    Union,
    acos,
    acosh,
    acot,
    acoth,
    asin,
    asinh,
    atan,
    atanh,
    ceiling,
    cos,
    cosh,
    cot,
    coth,
    csc,
    csch,
    erf,
    erfc,
    erfi,
    erfinv,
    exp,
    floor,
    frac,
    gamma,
    log,
    loggamma,
    oo,
    pi,
    sec,
    sech,
    sign,
    sin,
    sinh,
    tan,
    tanh,
)

LINE, POSITIVE, NEGATIVE = Interval(-oo, oo), Interval.open(0, oo), Interval.open(-oo, 0)
UNIT = Interval(-1, 1)
OUTSIDE = Union(Interval.open(-oo, -1), Interval.open(1, oo))
AWAY = Union(Interval(-oo, -1), Interval(1, oo))


class At(Enum):
    """The behaviour of a function at a point around which it is not analytic."""

    INFINITE = "it has no value there"
    JUMPS = "it has a value there, and other limits"
    BENDS = "it is continuous, with two slopes"
    STEEP = "its domain ends there, with a value and an infinite slope"


class Cases(Enum):
    """The rule that selects the pieces of a function."""

    SIGNS = "by the signs of the singular expressions"
    INTEGERS = "by the integers on either side of the argument"


@dataclass(frozen=True)
class Elementary:
    """function     SymPy's class
    domain       where it is real; it has a value all over it, except where it is INFINITE
    values       a set that holds all its values on the domain
    parity       1 even, −1 odd, 0 neither
    singular     expressions of its arguments that vanish exactly where it is not analytic
    there        its behaviour where one of these vanishes
    cases        how its pieces are selected, if it is made of pieces; SymPy's slope is that of a piece
    rises        1 or −1 where it strictly rises or falls on the whole domain, an interval
    inverse      g(k), the one zero of f − k in the domain; of an even function the one that is not negative
    meromorphic  true if on ℂ it has one value, and no singularities but poles
    contracts    true if |f(u)| ≤ |u| in the domain
    fades        (c, p): once |u|^p > c d, its slower term hides the faster one in all but its first d digits
    text         true if texts of activations may use it, by SymPy's name
    array        array code, {} standing for the arguments: of `xp`, or of a function of `arrays`
    value        its value at Python's numbers; that of the module math or mpmath where none is given
    arguments    the least and the greatest number of arguments
    """

    function: Any
    domain: Set = LINE
    values: Set = LINE
    parity: int = 0
    singular: Callable[..., tuple[Expr, ...]] = lambda *_: ()
    there: At | None = None
    cases: Cases | None = None
    rises: int = 0
    inverse: Callable[[Expr], Expr] | None = None
    meromorphic: bool = False
    contracts: bool = False
    fades: tuple[float, int] | None = None
    text: bool = False
    array: str | None = None
    value: Callable[..., float] | None = None
    arguments: tuple[int, float] = (1, 1)

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def everywhere(self) -> bool:
        """True if it has a real value at every real number."""
        return self.domain == LINE and self.there is not At.INFINITE

    @property
    def bound(self) -> Expr:
        """No value is larger in modulus; ∞ where there is no bound."""
        return Max(Abs(self.values.inf), Abs(self.values.sup))  # type: ignore[return-value]

    def digits(self, x: Any) -> Any:
        """Its value in mpmath's numbers, complex outside the domain."""
        return getattr(mpmath, self.name)(x)

    def float(self, *xs: float) -> float:
        """Its value at Python's numbers. Raises ValueError outside the domain, OverflowError where it is too large."""
        if self.value is not None:
            return self.value(*xs)
        if known := getattr(math, self.name, None):
            return known(*xs)
        value = self.digits(*xs)
        if isinstance(value, mpmath.mpc):
            raise ValueError(f"{self.name} is not real at {xs[0]}")
        return float(value)


def _itself(u: Expr) -> tuple[Expr, ...]:
    return (u,)


def _ends(u: Expr) -> tuple[Expr, ...]:
    return 1 - u, 1 + u


def _meet(*xs: Expr) -> tuple[Expr, ...]:
    return tuple(x - y for x, y in combinations(xs, 2))


def _whole(u: Expr) -> tuple[Expr, ...]:
    return (sin(pi * u),)


def _step(x: float, at_zero: float = 0.5) -> float:
    return at_zero if x == 0 else float(x > 0)


E = Elementary
TABLE: tuple[Elementary, ...] = (
    E(exp, values=POSITIVE, rises=1, inverse=log, meromorphic=True, text=True, array="xp.exp({})"),
    E(log, POSITIVE, singular=_itself, there=At.INFINITE, rises=1, inverse=exp, text=True, array="xp.log({})"),
    # circular
    E(sin, values=UNIT, parity=-1, meromorphic=True, contracts=True, text=True, array="xp.sin({})"),
    E(cos, values=UNIT, parity=1, meromorphic=True, text=True, array="xp.cos({})"),
    E(tan, parity=-1, singular=lambda u: (cos(u),), there=At.INFINITE, meromorphic=True, text=True, array="xp.tan({})"),
    E(cot, parity=-1, singular=lambda u: (sin(u),), there=At.INFINITE, meromorphic=True),
    E(sec, values=AWAY, parity=1, singular=lambda u: (cos(u),), there=At.INFINITE, meromorphic=True),
    E(csc, values=AWAY, parity=-1, singular=lambda u: (sin(u),), there=At.INFINITE, meromorphic=True),
    E(asin, UNIT, Interval(-pi / 2, pi / 2), -1, _ends, At.STEEP, rises=1, inverse=sin, array="xp.asin({})"),
    E(acos, UNIT, Interval(0, pi), 0, _ends, At.STEEP, rises=-1, inverse=cos),
    E(atan, values=Interval.open(-pi / 2, pi / 2), parity=-1, rises=1, inverse=tan, contracts=True, text=True,
      array="xp.atan({})"),
    E(acot, values=Interval.Lopen(-pi / 2, pi / 2), singular=_itself, there=At.JUMPS),  # SymPy's has π/2 at 0: not odd
    # hyperbolic
    E(sinh, parity=-1, rises=1, inverse=asinh, meromorphic=True, fades=(1.15, 1), text=True, array="xp.sinh({})"),
    E(cosh, values=Interval(1, oo), parity=1, inverse=acosh, meromorphic=True, fades=(1.15, 1), text=True,
      array="xp.cosh({})"),
    E(tanh, values=Interval.open(-1, 1), parity=-1, rises=1, inverse=lambda k: log((1 + k) / (1 - k)) / 2,
      meromorphic=True, contracts=True, fades=(1.15, 1), text=True, array="xp.tanh({})"),
    E(coth, values=OUTSIDE, parity=-1, singular=_itself, there=At.INFINITE, meromorphic=True, fades=(1.15, 1)),
    E(sech, values=Interval.Lopen(0, 1), parity=1, inverse=lambda k: acosh(1 / k), meromorphic=True, fades=(1.15, 1),
      text=True, array="sech({})"),
    E(csch, values=Union(NEGATIVE, POSITIVE), parity=-1, singular=_itself, there=At.INFINITE, meromorphic=True,
      fades=(1.15, 1)),
    E(asinh, parity=-1, rises=1, inverse=sinh, contracts=True, text=True, array="xp.asinh({})"),
    E(acosh, Interval(1, oo), Interval(0, oo), 0, lambda u: (u - 1, u + 1), At.STEEP, rises=1, inverse=cosh),
    E(atanh, Interval.open(-1, 1), LINE, -1, _ends, At.INFINITE, rises=1, inverse=tanh),
    E(acoth, OUTSIDE, Union(NEGATIVE, POSITIVE), -1, lambda u: (u - 1, u + 1, u), At.INFINITE),
    # of Gauss and Euler
    E(erf, values=Interval.open(-1, 1), parity=-1, rises=1, inverse=erfinv, meromorphic=True, fades=(2.3, 2), text=True,
      array="erf({})"),
    E(erfc, values=Interval.open(0, 2), rises=-1, inverse=lambda k: erfinv(1 - k), meromorphic=True, fades=(2.3, 2),
      text=True, array="(1 - erf({}))"),
    E(erfi, parity=-1, rises=1, meromorphic=True, text=True, array="erfi({})"),
    E(gamma, POSITIVE, POSITIVE, singular=lambda u: (1 / gamma(u),), there=At.INFINITE, meromorphic=True),
    E(loggamma, POSITIVE, singular=lambda u: (1 / gamma(u),), there=At.INFINITE),
    # in pieces
    E(Abs, values=Interval(0, oo), parity=1, singular=_itself, there=At.BENDS, cases=Cases.SIGNS, contracts=True,
      text=True, array="xp.abs({})", value=math.fabs),
    E(sign, values=FiniteSet(-1, 0, 1), parity=-1, singular=_itself, there=At.JUMPS, cases=Cases.SIGNS, text=True,
      value=lambda x: float((x > 0) - (x < 0))),
    E(Heaviside, Union(NEGATIVE, POSITIVE), Interval(0, 1), singular=lambda u, *_: (u,), there=At.JUMPS,
      cases=Cases.SIGNS, text=True, value=_step, arguments=(1, 2)),  # its value at 0 is its second argument
    E(Max, singular=_meet, there=At.BENDS, cases=Cases.SIGNS, text=True, value=max, arguments=(2, oo)),
    E(Min, singular=_meet, there=At.BENDS, cases=Cases.SIGNS, text=True, value=min, arguments=(2, oo)),
    E(floor, singular=_whole, there=At.JUMPS, cases=Cases.INTEGERS, text=True, value=lambda x: float(math.floor(x))),
    E(ceiling, singular=_whole, there=At.JUMPS, cases=Cases.INTEGERS, text=True, value=lambda x: float(math.ceil(x))),
    E(frac, values=Interval.Ropen(0, 1), singular=_whole, there=At.JUMPS, cases=Cases.INTEGERS),
)  # fmt: skip
