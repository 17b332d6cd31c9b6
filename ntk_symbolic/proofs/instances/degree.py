"""An upper bound for the degree of a difference in the random numbers of an instance, read off the tree.

A side is a quotient of polynomials; its bound is a pair, the degrees of numerator and denominator.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from math import prod

from sympy import Abs, Add, Derivative, Limit, Mul, Piecewise, Pow, Subs, Symbol
from sympy.core.function import AppliedUndef

from ...calculus.binders import Over
from ...calculus.definitions import Assumption, Named, Variation
from ...calculus.functionals import Applied, Functional, Partial, SlotSlope
from ...calculus.spaces import Mass, Point, Sample
from .drawing import Strength
from .interpreter import RATES
from .orders import BENT

Pair = tuple[int, int]
NUMBER, RANDOM = (0, 0), (1, 0)


def degree(lhs, rhs, strength: Strength, assuming=()) -> int:
    """The degree of the numerator of lhs − rhs, on polynomial and on finite instances."""
    bound = _Bound({a.head: a for a in assuming}, strength)
    return _plus(bound(lhs), bound(rhs))[0]


def _plus(a: Pair, b: Pair) -> Pair:
    return max(a[0] + b[1], b[0] + a[1]), a[1] + b[1]


def _times(a: Pair, b: Pair) -> Pair:
    return a[0] + b[0], a[1] + b[1]


def _within(outer: int, inner: Pair) -> Pair:
    """The degrees of a polynomial of degree `outer`, with random coefficients, at an argument of degrees `inner`."""
    return 1 + outer * max(inner), outer * inner[1]


@dataclass(frozen=True)
class _Bound:
    assuming: dict[Functional, Assumption]
    strength: Strength
    moving: tuple[Symbol, ...] = ()  # enclosing derivatives; below one in its time, θ stands for θ + ε θ̇ + …
    placed: dict[Symbol, Pair] = field(default_factory=dict)

    def __call__(self, e) -> Pair:
        if isinstance(e, (Point, Sample)):
            return RANDOM if e.space.is_measure else NUMBER
        if isinstance(e, Symbol):
            return self.placed.get(e, RANDOM)
        if isinstance(e, Add):
            return reduce(_plus, map(self, e.args))
        if isinstance(e, Mul):
            return reduce(_times, map(self, e.args))
        if isinstance(e, Pow):
            return self._power(self(e.base), int(e.exp))
        if isinstance(e, Over):
            return self._total(e)
        if isinstance(e, Named):
            return self(e.shown())
        if isinstance(e, (Derivative, Partial)):
            steps = e.variables if isinstance(e, Derivative) else (e.head,)
            n, d = replace(self, moving=(*self.moving, *steps))(e.expr)
            return n + len(steps) * d, (1 + len(steps)) * d
        if isinstance(e, Variation):  # divided by a weight at each slot
            (n, d), k = self(e.named), len(e.slots)
            return n + k * d, (1 + k) * d + k
        if isinstance(e, SlotSlope):
            n, d = self(e.value)
            return n + e.total * d, (1 + e.total) * d
        if isinstance(e, Subs):
            return replace(self, placed={**self.placed, **dict(zip(e.variables, map(self, e.point)))})(e.expr)
        if isinstance(e, Mass):
            return (3, 0) if e.space.is_measure else NUMBER
        if isinstance(e, (Limit, Abs)):
            return self(e.args[0])
        if isinstance(e, Piecewise):
            return self._largest(self(value) for value, _ in e.args)
        if isinstance(e, AppliedUndef):
            return _within(self.strength.undefined, self._largest(map(self, e.args)))
        return self._applied(e) if isinstance(e, Applied) else NUMBER

    @staticmethod
    def _power(base: Pair, n: int) -> Pair:
        above, below = base if n >= 0 else base[::-1]
        return abs(n) * above, abs(n) * below

    @staticmethod
    def _largest(pairs: Iterable[Pair]) -> Pair:
        return reduce(lambda a, b: (max(a[0], b[0]), max(a[1], b[1])), pairs, NUMBER)

    def _total(self, e: Over) -> Pair:
        """The degrees of a total: every weight is random, and ∫ xⁿ (b + c x) dx from 0 to a has degree n + 3; the product of
        unequal denominators is the common one."""
        n, d = self(e.body)
        terms = prod(self.strength.nodes if s.is_measure else s.size or max(self.strength.sizes) for s in e.spaces)
        return n + 3 * sum(s.is_measure for s in e.spaces) + (terms - 1) * d, terms * d

    def _applied(self, e: Applied) -> Pair:
        rates = [self._rate(e, e.head.order + n) for n in range(self.moving.count(e.head.time) + 1)]
        if e.head.time in self.placed:
            away = _plus(self.placed[e.head.time], RANDOM)
            rates += [_times(self._rate(e, e.head.order), self._power(away, RATES))]
        return self._largest(rates)

    def _rate(self, e: Applied, order: int) -> Pair:
        known = {h.order: a for h, a in self.assuming.items() if h.same_but_for_rates(e.head)}
        if known and order >= min(known):
            assumed = max(n for n in known if n <= order)
            n, d = replace(self, moving=(e.head.time,) * (order - assumed))(known[assumed].at(e))
            return n + len(e.slots) * (d + 1), (1 + len(e.slots)) * d + len(e.slots)
        return self._polynomial(e)

    def _polynomial(self, e: Applied) -> Pair:
        points = self._largest(self(p) for slot in (e.points, *e.slots) for p in slot)
        taken = NUMBER if e.function is None else self(e.function.body)
        if any(s.is_measure for s in e.head.of):
            inner = self._largest([points, taken, RANDOM])
            weight = (3, 0)
            local = _within(self.strength.local, inner)
            spread = self._power(_times(weight, _within(self.strength.nonlocal_, inner)), self.strength.coupled)
            n, d = self._largest([_times(weight, local), spread])
            return n, d + max(0, len(e.slots) - 1)
        in_points = self.strength.degree_in_points + (BENT if any(p.interval for p in e.head.params) else 0)
        return _times(
            _within(in_points, points), _within(self.strength.degree_in_function, taken) if e.head.of else NUMBER
        )
