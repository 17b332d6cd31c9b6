"""Finite instances in floating point: elementary functions have values, and an interval is a quadrature rule.

The precision is mpmath's when the instance is made and used: `with mpmath.workdps(50)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from random import Random
from typing import Any

import mpmath
from mpmath.calculus.quadrature import GaussLegendre
from sympy import QQ, Abs, Dummy, Piecewise, Symbol, exp, lambdify, log, sign
from sympy.functions.elementary.miscellaneous import MinMaxBase

from ...calculus.functionals import Applied
from ...calculus.smoothness import ROUGH
from ...calculus.spaces import Point, Space
from ...elementary.queries import fading
from .drawing import Kink, NotInterpretable, Nowhere, OutOfReach, Poly
from .finite import Finite, Place
from .jets import Jet, lifted, mapped, plain, standard, terms_of

ENOUGH = 20  # digits required for agreement, if constants hide none
SETTLED, KINKED = mpmath.mpf(10) ** -8, mpmath.mpf(10) ** -3  # tolerated differences of two rules of quadrature
CUT = mpmath.mpf(618) / 1000  # where an interval is divided for the second rule: not in its middle
LARGEST = 10**9  # of an argument: e^(10^9) is the largest number here


@dataclass(eq=False)
class Floating(Finite):
    """Numbers of mpmath, with ε. `fineness` is that of the quadrature rules, `enough` the number of compared digits.

    Sums and values of functions are rounded at random: a rounding error left by cancellation is then another number in
    another precision, and is not mistaken for a difference of the sides.
    """

    fineness: int = 4
    enough: int = ENOUGH

    def __post_init__(self):
        self.zero, self.one = mpmath.mpf(0), mpmath.mpf(1)
        self.kept = (
            self.enough - 5
        )  # a term smaller than others by more digits is lost, and agreement does not check it
        self.noise = Random(f"{self.seed}|{mpmath.mp.prec}")
        self.converted: dict[int, Poly] = {}
        self.tested: set = set()
        super().__post_init__()

    # arithmetic

    def constant(self, q):
        q = QQ(q)
        return mpmath.mpf(int(q.numerator)) / int(q.denominator)

    def inverse(self, n: int):
        return self.one / n

    def model(self, *of) -> Poly:
        rational = super().model(*of)
        if id(rational) not in self.converted:
            self.converted[id(rational)] = {e: self.constant(c) for e, c in rational.items()}
        return self.converted[id(rational)]

    def power(self, a, exponent):
        n = standard(exponent)
        if not isinstance(exponent, Jet) and n == int(n) and abs(n) <= 64:
            return self.whole_power(a, int(n))
        if standard(a) <= 0:
            raise Nowhere("a broken power of a number that is not positive")
        return self.function(exp, [exponent * self.function(log, [a])])

    def function(self, func, arguments):
        if not arguments:
            return +_constant(func)
        if func in ROUGH:
            raise NotInterpretable(f"{func.__name__} has jumps, whose sides are not recorded")
        if len(arguments) > 1:
            raise NotInterpretable(f"{func.__name__} of more than one argument")
        value = lifted(lambda x, n: _evaluated(func, x, n), arguments[0])
        return self.rounded(value, arguments)

    def infinite(self, e):
        return mpmath.inf if e.is_positive else -mpmath.inf

    def rule(self, lo, hi):
        if mpmath.isinf(standard(lo)) or mpmath.isinf(standard(hi)):
            return _endless(lo, hi, self.fineness)
        return _between(lo, hi, self.fineness)

    # effects of rounding

    def rounded(self, value, of):
        """The value with a random rounding error. Sums of and values at integers, such as exponents and limits, have none."""
        if all(mpmath.isint(standard(a)) for a in of):
            return value
        return mapped(lambda c: c + c * self.error(), value)

    def error(self):
        """A relative error, of the size of the last digit and of either sign."""
        return self.noise.choice((-1, 1)) * (1 + self.noise.random()) * mpmath.eps

    def adding(self, e, terms) -> None:
        sizes = [abs(standard(a)) for a in terms]
        for n, size in enumerate(sizes):
            if size:
                self.seen(e, n, size > self.smallest * max(sizes))

    def evaluating(self, e, arguments) -> None:
        """Records arguments that the value does not determine: near 0, and far out, where a function is almost constant."""
        for n, a in enumerate(map(standard, arguments)):
            if a:
                self.seen(e, n, abs(a) > self.smallest)
        if e.func in fading():
            each, power = fading()[e.func]
            self.seen(e, -1, abs(standard(arguments[0])) ** power < each * self.kept)

    @property
    def smallest(self):
        return mpmath.mpf(10) ** -self.kept

    def seen(self, e, n: int, kept: bool) -> None:
        self.branches.setdefault(Kink((e, n), frozenset({"kept"})), set()).add("kept" if kept else "lost")

    # convergence of integrals

    def settling(self, e, space: Space, outcome, integrand) -> None:
        if space.interval:
            rho = space.density

            def weighted(x):
                return integrand(Place(None, x)) * _at(rho, {Symbol(space.letter): x})

            self.settled(e, tuple(self.ends(space)), outcome, weighted)

    def settled(self, e, ends: tuple, outcome, integrand) -> None:
        """Raises unless another rule of quadrature, without symmetry, agrees relative to ∫ | |: otherwise it may diverge.

        Once for each integral, because it costs three times the integral; not where values exist only at nodes.
        """
        if e in self.tested or any(a.slots for a in e.atoms(Applied)):
            return
        self.tested.add(e)
        sums, sizes = dict.fromkeys(dict(terms_of(outcome)), self.zero), {}
        lo, hi = ends
        for x, w in _askew(lo, hi, self.fineness):
            for mask, c in terms_of(integrand(x) * w):
                sums[mask], sizes[mask] = sums.get(mask, self.zero) + c, sizes.get(mask, self.zero) + abs(c)
        allowed = KINKED if e.has(Abs, sign, MinMaxBase, Piecewise) else SETTLED
        for mask, c in terms_of(outcome - plain(sums)):
            if not abs(c) <= allowed * sizes.get(mask, self.zero):
                raise OutOfReach("an integral does not settle: it may diverge")

    # spaces

    def ends(self, space: Space) -> list:
        """The ends of an interval, possibly infinite."""
        known = {s: self.number(s) for e in space.interval for s in e.free_symbols}
        return [_at(e, known) for e in space.interval]

    def measure(self, space: Space) -> list[Place]:
        if space.interval and space not in self.measures:
            pairs = self.rule(*self.ends(space))
            rho = [_at(space.density, {Symbol(space.letter): x}) for x, _ in pairs]
            self.measures[space] = [Place(n, x, r * w) for n, ((x, w), r) in enumerate(zip(pairs, rho))]
        return super().measure(space)

    def places(self, p: Point) -> list[Place]:
        if not p.space.interval:
            return super().places(p)
        draw = self.rationals("places", p)
        lo, hi = (max(-2, min(2, e)) for e in self.ends(p.space))
        return [Place(None, lo + (hi - lo) * (1 + self.constant(next(draw)) / 3) / 2) for _ in range(2)]

    def sampled(self, name: str, space: Space, n: int) -> Place:
        if not space.interval:
            return super().sampled(name, space, n)
        return self.places(Point(f"{name}_{n + 1}", space))[0]

    def described(self, space: Space) -> str:
        if not space.interval:
            return super().described(space)
        lo, hi = (mpmath.nstr(e, 6) for e in self.ends(space))
        return f"{space.name} = [{lo}, {hi}] by {len(self.measure(space))} nodes of quadrature"

    def drawn_measure(self, space: Space) -> str:
        if space.interval:
            return ""
        points = (
            f"weight {mpmath.nstr(p.weight, 8)} at {space.letter} = {mpmath.nstr(p.coordinate, 8)}"
            for p in self.measure(space)
        )
        return f"{space.name} has " + ", ".join(points)


def _askew(lo, hi, fineness: int):
    """Points and weights without symmetry."""
    if mpmath.isinf(standard(lo)) or mpmath.isinf(standard(hi)):
        return _endless(lo, hi, fineness, mpmath.mpf(1) / 3)
    cut = lo + (hi - lo) * CUT
    return [*_between(lo, cut, fineness), *_between(cut, hi, fineness)]


def _between(lo, hi, fineness: int):
    return [(lo + (hi - lo) * x, (hi - lo) * w) for x, w in _unit_interval(fineness, mpmath.mp.prec)]


@cache
def _unit_interval(fineness: int, precision: int):
    """Gauss–Legendre on [0, 1]: 24, 48 … nodes."""
    return GaussLegendre(mpmath.mp).get_nodes(mpmath.mpf(0), mpmath.mpf(1), fineness, precision)


def _endless(lo, hi, fineness: int, shift=0):
    """The trapezoidal rule in s for x = sinh s, or lo + e^(s − e^(−s)): for decay like e^(−x²), or e^(−x)."""
    h = mpmath.mpf(2) ** (1 - fineness)
    steps = [(k + shift) * h for k in range(int(-8 / h), int(8 / h) + 1)]
    if not (mpmath.isfinite(lo) or mpmath.isfinite(hi)):
        return [(mpmath.sinh(s), h * mpmath.cosh(s)) for s in steps]
    end, way = (lo, 1) if mpmath.isfinite(lo) else (hi, -1)
    away = [(mpmath.exp(s - mpmath.exp(-s)), 1 + mpmath.exp(-s)) for s in steps]
    return [(end + way * x, h * x * speed) for x, speed in away]


def _evaluated(func, x, n: int):
    if abs(x) > LARGEST:
        raise OutOfReach(f"{func.__name__} of a number beyond {LARGEST}")
    try:
        out: Any = _derivative(func, n)(x)
    except (ValueError, ZeroDivisionError, OverflowError) as why:
        raise Nowhere(f"{func.__name__} at {mpmath.nstr(x, 5)}") from why
    if not isinstance(out, (int, mpmath.mpf)) or not mpmath.isfinite(out):
        raise Nowhere(f"{func.__name__} is not real at {mpmath.nstr(x, 5)}")
    return mpmath.mpf(out)


@cache
def _derivative(func, n: int):
    """The n-th derivative of an elementary function of one variable, from SymPy's table."""
    u = Dummy("u", real=True)
    try:
        return lambdify(u, func(u).diff(u, n), "mpmath", cse=True)
    except (TypeError, ValueError, AttributeError) as why:
        raise NotInterpretable(f"{func.__name__} has no value in numbers") from why


def _constant(func):
    return lambdify((), func(), "mpmath")()


def _at(e, known: dict):
    """The number of a SymPy expression in these symbols."""
    return mpmath.mpf(_compiled(e, tuple(known))(*known.values()))


@lru_cache(maxsize=256)  # a density is evaluated at every node
def _compiled(e, symbols: tuple):
    return lambdify(symbols, e, "mpmath")
