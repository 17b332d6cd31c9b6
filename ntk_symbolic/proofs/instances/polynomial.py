"""Random instances of a statement in which everything abstract is a dense polynomial with rational coefficients.

    θ_i                 a number
    f_j(x; θ)           dense of degree 2 in x and of degree 2 in θ
    C[g]                ∫ L(x, g(x)) dμ + (∫ M(x, g(x)) dμ)²,  L dense cubic, M dense quadratic: local and non-local
    (𝒳, μ)              [0, a] with dμ = (b + c x) dx, positive random a, b, c; an interval is itself
    index sets          3 and 2 elements, and other numbers of them

The strength is necessary, as mutants show: with one parameter, one output, f independent of x, or a measure
of mass 1, some false identities hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

from sympy import QQ, Poly, Symbol, ring

from ...calculus.spaces import Point, Space
from .drawing import Drawn, NotInterpretable, Nowhere, differentiated, terms_at
from .jets import Jet, mapped, plain, plus, reciprocal, standard, terms_of, times

READABLE = 100  # numbers in the description of an instance
LEVELS = 5  # nested integrals
PAIRS = 2  # of terms in a product that cost as much as a node of the tree


@dataclass(eq=False)
class Instance(Drawn):
    """A ring of polynomials, with ε: the variables of integration are its generators. A place of a space is an element."""

    def __post_init__(self):
        super().__post_init__()
        self.ring, *self.points = ring([f"x{n}" for n in range(LEVELS)], QQ)
        self.zero, self.one = self.ring.zero, self.ring.one
        self.moments: dict[tuple[Space, int], Any] = {}

    # arithmetic

    def constant(self, q):
        return self.ring(q)

    def number(self, s: Symbol):
        return self.ring(self.drawn(s))

    def product(self, a, b):
        self.worked(_size(a) * _size(b) // PAIRS)
        return times(a, b)

    def power(self, a, exponent):
        n = self.ground(exponent, "a power")
        if n.denominator != 1:
            raise NotInterpretable(f"the power {n} is no polynomial")
        if n < 0:
            return self.power(self.reciprocal(a), self.ring(-n))
        if abs(n) > 64:
            raise NotInterpretable(f"the power {n}")
        return reduce(self.product, [a] * int(n), self.one)

    def reciprocal(self, a):
        inverse = self.ground(standard(a), "a divisor")
        if not inverse:
            raise Nowhere("a division by 0")
        return reciprocal(a, self.ring(1 / inverse))

    def ground(self, a, what: str):
        """The value as a rational number."""
        if isinstance(a, Jet) or not self.ring(a).is_ground:
            raise NotInterpretable(f"{what} that varies")
        return self.ring(a).coeff(1)

    def function(self, func, arguments):
        raise NotInterpretable(f"{func.__name__} has no value on polynomial instances")

    def sign(self, a) -> int:
        a = self.ground(standard(a), "the sign of something")
        return (a > 0) - (a < 0)

    # spaces

    def places(self, p: Point) -> list:
        """The places that a free point of a space with a measure may have."""
        return [self.number(p)]

    def fixed(self, space: Space, coordinate):
        return coordinate

    def sampled(self, name: str, space: Space, n: int):
        return self.ring(self.drawn(Symbol(f"{name}_{n + 1}")))

    def coordinate(self, place):
        return place

    def moved(self, place, by):
        return plus(place, by)

    def interval(self, space: Space) -> tuple:
        return self.limits(space) or (QQ(0), self.measure(space)[0])

    def measure(self, space: Space) -> list:
        """The random numbers a, b, c of an abstract space."""
        draws = self.rationals("measure", space.name)
        return [QQ(abs(int(next(draws).numerator)) % self.strength.masses + 1) for _ in "abc"]

    def density(self, space: Space) -> list:
        """Coefficients of a polynomial, the constant one first."""
        if not space.interval:
            return self.measure(space)[1:]
        rho = space.density
        if not (rho.is_polynomial() and all(c.is_Rational for c in Poly(rho, Symbol(space.letter)).coeffs())):
            raise NotInterpretable(f"the density {rho} of {space.name} is no polynomial")
        return [QQ(c.p, c.q) for c in reversed(Poly(rho, Symbol(space.letter)).all_coeffs())]

    def moment(self, space: Space, n: int):
        """∫ xⁿ dμ."""
        if (space, n) not in self.moments:
            (lo, hi), rho = self.interval(space), self.density(space)
            whole = (c * (hi ** (n + m + 1) - lo ** (n + m + 1)) / (n + m + 1) for m, c in enumerate(rho))
            self.moments[space, n] = sum(whole, QQ(0))
        return self.moments[space, n]

    def mass(self, space: Space):
        return self.ring(self.moment(space, 0))

    def integral(self, space: Space, level: int, integrand: Callable[[Any], Any]):
        """∫ of a polynomial over its variable of this level."""
        if level >= len(self.points):
            raise NotInterpretable(f"more than {len(self.points)} integrals within each other")
        return mapped(lambda p: self.integrated(p, level, space), integrand(self.points[level]))

    def integrated(self, p, level: int, space: Space):
        out = self.ring.zero
        for exponents, c in self.ring(p).terms():
            rest = (*exponents[:level], 0, *exponents[level + 1 :])
            out[rest] = out.get(rest, QQ(0)) + c * self.moment(space, exponents[level])
        out.strip_zero()
        return out

    def functional(self, parts, points: list, of: Sequence[Space], function, slots, level: int, step: int):
        """C[g] = ∫ L(x, g) dμ + (∫ M(x, g) dμ)², and δC/δg_j(x) = ∂L/∂g_j + 2 (∫ M dμ) ∂M/∂g_j at (x, g(x))."""
        where = [n for n, s in enumerate(of) if s.is_measure]
        if len(where) > 1 or len(slots) > 1:
            raise NotInterpretable("a function of two points, or a second functional derivative")
        (at,) = where
        entries = list(self.indices(of))
        local, spread = parts(1)

        @cache
        def along(x):  # of L and of M
            return [*points, x, *(function([*n[:at], x, *n[at:]]) for n in entries)]

        def spreading(x):
            return self.value(spread, along(x))

        mean, coupled = self.integral(of[at], level, spreading), self.strength.coupled
        if not slots:
            total = self.integral(of[at], level, lambda x: self.value(local, along(x)))
            return plus(total, self.power(mean, self.ring(coupled)))
        slot = list(slots[0])
        here = along(slot.pop(at))
        n = len(points) + 1 + entries.index(tuple(slot))
        density = self.value(differentiated(local, n), here)
        slope = self.power(mean, self.ring(coupled - 1)) * coupled
        return plus(density, self.product(slope, self.value(differentiated(spread, n), here)))

    def value(self, poly, arguments):
        """Coefficients are added in place: a sum of as many polynomials as the model has terms would copy each partial sum."""
        sums: dict[int, dict] = {}
        for term, c in terms_at(poly, arguments, self):
            for mask, p in terms_of(term):
                into = sums.setdefault(mask, {})
                for exponents, q in self.ring(p).items():
                    into[exponents] = into[exponents] + q * c if exponents in into else q * c
        return plain({mask: self.ring.from_dict(into) for mask, into in sums.items()} or {0: self.zero})

    def described(self, space: Space) -> str:
        if space.interval:
            lo, hi = self.interval(space)
            return f"{space.name} = [{lo}, {hi}] with dμ = ({space.density}) dx"
        a, b, c = self.measure(space) if self.strength.largest <= READABLE else "abc"
        return f"{space.name} = [0, {a}] with dμ = ({b} + {c} x) dx"

    def drawn_measure(self, space: Space) -> str:
        if space.interval or self.strength.largest <= READABLE:
            return ""
        return f"{space.name} has " + ", ".join(f"{name} = {q}" for name, q in zip("abc", self.measure(space)))


def _size(a) -> int:
    """The number of terms."""
    return sum(map(len, a.terms.values())) if isinstance(a, Jet) else len(a) if a else 0  # ε² is a plain 0
