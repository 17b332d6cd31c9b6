"""Random instances of a statement: everything abstract in it becomes a dense polynomial with rational coefficients.

    θ_i                 a number
    f_j(x; θ)           dense of degree 2 in x and of degree 2 in θ
    C[g]                ∫ L(x, g(x)) dμ + (∫ M(x, g(x)) dμ)²,  L dense cubic, M dense quadratic: local and non-local
    (𝒳, μ)              [0, 3/2] with dμ = (1 + 2x) dx, mass 15/4
    index sets          3 and 2 elements

The strength is a requirement, measured with mutants: with one parameter, one output, f independent of x, or a measure
of mass 1, some false identities hold. Polynomials are dense, because Schwartz–Zippel says nothing about an instance
whose structure is random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from random import Random
from typing import Any

from sympy import QQ, ring
from sympy.printing.pretty.pretty_symbology import pretty_symbol

from ..calculus.functionals import Functional
from ..calculus.spaces import Space

Poly = dict[tuple[int, ...], Any]  # exponents of the arguments ↦ coefficient
LEVELS = 5  # integrals within integrals
STEPS = 3  # derivatives within derivatives


@dataclass(frozen=True)
class Strength:
    sizes: tuple[int, ...] = (3, 2, 4)
    end: Fraction = Fraction(3, 2)
    density: tuple[int, int] = (1, 2)
    degree_in_points: int = 2
    degree_in_function: int = 2
    local: int = 3
    nonlocal_: int = 2
    largest: int = 2**60
    denominator: int = 7


STRONG = Strength()
SMALL = Strength((2, 2, 3), degree_in_points=1, degree_in_function=1, local=2, nonlocal_=1, largest=3, denominator=1)


class NotInterpretable(Exception):
    """Beyond what these instances give a value to. Never a verdict."""


@dataclass(eq=False)
class Instance:
    """Numbers and polynomials for all spaces and functionals of a statement, a function of the seed and the names."""

    spaces: tuple[Space, ...]
    seed: int = 0
    strength: Strength = STRONG

    def __post_init__(self):
        names = [f"x{n}" for n in range(LEVELS)] + [f"e{n}" for n in range(STEPS)]
        self.ring, *gens = ring(names, QQ)
        self.points, self.steps = gens[:LEVELS], gens[LEVELS:]
        self.models: dict[tuple[Functional, str, tuple[int, ...]], Poly] = {}
        self.moments: dict[tuple[Space, int], Any] = {}

    # spaces

    @cached_property
    def counting(self) -> list[Space]:
        return sorted({s for s in self.spaces if not s.is_measure}, key=lambda s: s.name)

    @cached_property
    def measured(self) -> list[Space]:
        return sorted({s for s in self.spaces if s.is_measure}, key=lambda s: s.name)

    def size(self, space: Space) -> int:
        n = self.counting.index(space)
        if n >= len(self.strength.sizes):
            raise NotInterpretable(f"more than {len(self.strength.sizes)} index sets")
        return self.strength.sizes[n]

    def indices(self, spaces: Sequence[Space]):
        """All index tuples of the counting spaces among these."""
        return product(*(range(self.size(s)) for s in spaces if not s.is_measure))

    def interval(self, space: Space) -> Fraction:
        return self.strength.end + self.measured.index(space)

    def moment(self, space: Space, n: int):
        """∫ xⁿ dμ."""
        if (space, n) not in self.moments:
            self.moments[space, n] = self._moment(space, n)
        return self.moments[space, n]

    def _moment(self, space: Space, n: int):
        end, (a, b) = self.interval(space), self.strength.density
        value = a * end ** (n + 1) / Fraction(n + 1) + b * end ** (n + 2) / Fraction(n + 2)
        return QQ(value.numerator, value.denominator)

    def integral(self, p, level: int, space: Space):
        """∫ of a ring element over its variable of this level."""
        out = self.ring.zero
        for exponents, c in p.terms():
            rest = (*exponents[:level], 0, *exponents[level + 1 :])
            out[rest] = out.get(rest, QQ(0)) + c * self.moment(space, exponents[level])
        out.strip_zero()
        return out

    def slope(self, p, step: int):
        """The coefficient of ε: lim (p(ε) − p(0))/ε, exact because p is a polynomial."""
        n = LEVELS + step
        out = self.ring.zero
        for exponents, c in p.terms():
            if exponents[n] == 1:
                out[(*exponents[:n], 0, *exponents[n + 1 :])] = c
        return out

    # random numbers

    def rationals(self, *of):
        rng = Random("|".join(map(str, (self.seed, *of))))
        while True:
            yield QQ(rng.randint(-self.strength.largest, self.strength.largest), self.strength.denominator)

    def number(self, name: str):
        return self.ring(next(self.rationals("number", name)))

    def model(self, head: Functional, part: str, index: tuple[int, ...], exponents) -> Poly:
        """The polynomial for one index of a functional."""
        key = (head, part, index)
        if key not in self.models:
            self.models[key] = dict(zip(exponents, self.rationals(head.name, head.order, part, index)))
        return self.models[key]

    def value(self, poly: Poly, arguments: Sequence):
        """The polynomial at ring elements."""
        highest = [max((e[n] for e in poly), default=0) for n in range(len(arguments))]
        powers = [_powers(self.ring.one, a, h) for a, h in zip(arguments, highest)]
        out = self.ring.zero
        for exponents, c in poly.items():
            term = self.ring(c)
            for n, e in enumerate(exponents):
                term = term * powers[n][e] if e else term
            out += term
        return out

    def written(self) -> str:
        """All that was drawn so far, to be checked by hand."""
        return "; ".join(
            _equation(*key, self._arguments(*key), poly)
            for key, poly in sorted(self.models.items(), key=lambda kv: (kv[0][0].name, kv[0][1:]))
        )

    def _arguments(self, head: Functional, part: str, index) -> list[str]:
        entries = self.indices(head.of) if head.of else ()
        points = [s.letter for s in (*head.params, *head.of) if s.is_measure]
        return points + [_indexed(head.wrt, entry) for entry in entries]

    def __str__(self):
        density = _density(self.strength.density)
        parts = [f"{s.name} = [0, {self.interval(s)}] with dμ = {density}" for s in self.measured]
        parts += [f"{s.name} = {self.size(s)}" for s in self.counting]
        return ", ".join(parts)


def _density(density) -> str:
    return f"({density[0]} + {density[1]}x)dx" if density[1] else f"{density[0]} dx"


def _equation(head: Functional, part: str, index, arguments: list[str], poly: Poly) -> str:
    name = part or _indexed(head.name + "'" * head.order, index)
    terms = " + ".join(_term(c, exponents, arguments) for exponents, c in poly.items() if c) or "0"
    return f"{name}{'(' + ', '.join(arguments) + ')' if arguments else ''} = {terms}".replace("+ -", "- ")


def _indexed(name: str, index) -> str:
    return str(pretty_symbol(name)) + ("_" + ",".join(str(n + 1) for n in index) if index else "")


def _term(coefficient, exponents, arguments) -> str:
    powers = [a if e == 1 else f"{a}^{e}" for a, e in zip(arguments, exponents) if e]
    if powers and abs(coefficient) == 1:
        return "-" * (coefficient < 0) + " ".join(powers)
    return " ".join([str(coefficient), *powers])


def _powers(one, base, highest: int) -> list:
    out = [one]
    for _ in range(highest):
        out.append(out[-1] * base)
    return out


def monomials(variables: int, degree: int) -> list[tuple[int, ...]]:
    """Exponents of all monomials up to this total degree.

    >>> monomials(2, 1)
    [(0, 0), (0, 1), (1, 0)]
    """
    return [e for e in product(range(degree + 1), repeat=variables) if sum(e) <= degree]


def differentiated(poly: Poly, n: int) -> Poly:
    """∂poly/∂(argument n).

    >>> differentiated({(2, 1): 5}, 0)
    {(1, 1): 10}
    """
    return {(*e[:n], e[n] - 1, *e[n + 1 :]): c * e[n] for e, c in poly.items() if e[n]}
