"""Random instances with measures of finitely many weighted points, where every numerical expression has a value.

An empirical measure is a case of an abstract (𝒳, μ). A functional derivative with respect to it is a partial derivative
divided by a weight, by definition, and Dirac's δ(x, x') is 1/weight on the diagonal: so second functional derivatives
of local functionals have values.

    θ_i, f_j(x; θ)      dense polynomials, as in instances
    C[g]                Σ_n w_n L(x_n, g(x_n)) + (Σ_n w_n M(x_n, g(x_n)))², a higher power for higher derivatives
    (𝒳, μ)              3 random points with random positive weights
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any, NamedTuple

from sympy import QQ, Symbol

from ...calculus.spaces import Point, Space
from .drawing import SMALL, STRONG, Drawn, NotInterpretable, Nowhere, value
from .jets import coefficient, reciprocal, standard, times

# Numbers between −2 and 2, so that both sides of a kink are met and exponentials stay small.
FINITE = replace(STRONG, largest=2**30, denominator=2**29)
FINITE_SMALL = replace(SMALL, nodes=2)


class Place(NamedTuple):
    """A point: its number among those of the measure (None if it is not among them), its coordinate, its weight."""

    number: int | None
    coordinate: Any
    weight: Any = None


@dataclass(eq=False)
class Finite(Drawn):
    """Exact: rational numbers, with ε."""

    zero = QQ(0)
    one = QQ(1)

    def __post_init__(self):
        super().__post_init__()
        self.measures: dict[Space, list[Place]] = {}

    # arithmetic

    def constant(self, q):
        return self.one * q

    def number(self, s: Symbol):
        return self.constant(self.drawn(s))

    def product(self, a, b):
        return times(a, b)

    def power(self, a, exponent):
        n = standard(exponent)
        if exponent != n or n.denominator != 1 or abs(n) > 64:
            raise NotInterpretable(f"the power {exponent} in rational numbers")
        return self.whole_power(a, int(n))

    def whole_power(self, a, n: int):
        if n < 0:
            return self.whole_power(self.reciprocal(a), -n)
        return prod([a] * n, start=self.one)

    def reciprocal(self, a):
        if standard(a) == 0:
            raise Nowhere("a division by 0")
        return reciprocal(a, 1 / standard(a))

    def function(self, func, arguments):
        raise NotInterpretable(f"{func.__name__} has no value in rational numbers")

    def sign(self, a) -> int:
        a = standard(a)
        return (a > 0) - (a < 0)

    # spaces

    def measure(self, space: Space) -> list[Place]:
        """The points of a space with their weights."""
        if space not in self.measures:
            if space.interval:
                raise NotInterpretable(f"{space.name} is an interval and no finite measure")
            draw = self.rationals("measure", space.name)
            pairs = [(next(draw), abs(next(draw)) or QQ(1)) for _ in range(self.strength.nodes)]
            self.measures[space] = [Place(n, self.constant(x), self.constant(w)) for n, (x, w) in enumerate(pairs)]
        return self.measures[space]

    def places(self, p: Point) -> list[Place]:
        """The places that a free point of a space with a measure may have; functional derivatives exist only there."""
        return self.measure(p.space)

    def fixed(self, space: Space, coordinate) -> Place:
        return Place(None, coordinate)

    def sampled(self, name: str, space: Space, n: int) -> Place:
        nodes = self.measure(space)
        return nodes[int(next(self.rationals("sample", name, n)).numerator) % len(nodes)]

    def coordinate(self, place: Place):
        return place.coordinate

    def moved(self, place: Place, by) -> Place:
        return Place(None, place.coordinate + by)

    def mass(self, space: Space):
        return sum((p.weight for p in self.measure(space)), self.zero)

    def integral(self, space: Space, level: int, integrand: Callable[[Any], Any]):
        return sum((p.weight * integrand(p) for p in self.measure(space)), self.zero)

    def functional(self, parts, points: list, of: Sequence[Space], function, slots, level: int, step: int):
        """C[g], with ε/weight added to g at every slot; its coefficient is the functional derivative there."""
        measured = [s for s in of if s.is_measure]
        local, spread = parts(len(measured))
        g = {at: function(at) for at in self.entries(of)}
        for n, slot in enumerate(slots, step):
            if slot not in g:
                raise NotInterpretable("a functional derivative at a point that is none of the measure")
            g[slot] = g[slot] + self.epsilon(n) * self.reciprocal(self.weight(slot, of))
        first, second = self.zero, self.zero
        for nodes in product(*map(self.measure, measured)):
            here = [*points, *(p.coordinate for p in nodes), *(g[_merged(of, nodes, n)] for n in self.indices(of))]
            weight = prod((p.weight for p in nodes), start=self.one)
            first, second = first + weight * self.value(local, here), second + weight * self.value(spread, here)
        out = first + self.whole_power(second, self.strength.coupled)
        for n in range(step, step + len(slots)):
            out = coefficient(out, n)
        return out

    def weight(self, at: Sequence, of: Sequence[Space]):
        if any(s.is_measure and p.number is None for p, s in zip(at, of)):
            raise NotInterpretable("a functional derivative at a point that is none of the measure")
        return prod((p.weight for p, s in zip(at, of) if s.is_measure), start=self.one)

    def entries(self, of: Sequence[Space]):
        return product(*(self.measure(s) if s.is_measure else range(self.size(s)) for s in of))

    def value(self, poly, arguments):
        return value(poly, arguments, self)

    def described(self, space: Space) -> str:
        return f"{space.name} = {len(self.measure(space))} random points with random weights"

    def drawn_measure(self, space: Space) -> str:
        points = (f"weight {p.weight} at {space.letter} = {p.coordinate}" for p in self.measure(space))
        return f"{space.name} has " + ", ".join(points)


def _merged(of: Sequence[Space], nodes, indices) -> tuple:
    """Places and indices merged in the order of the spaces."""
    nodes, indices = iter(nodes), iter(indices)
    return tuple(next(nodes) if s.is_measure else next(indices) for s in of)
