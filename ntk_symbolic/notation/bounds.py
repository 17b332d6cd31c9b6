"""Bounds on the size of expressions with all names written out, so that every judge can finish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sympy import Basic, Derivative, Function, Integer, Mul, Pow, Rational

from ..calculus import Applied, Functional, Lam, Partial
from ..calculus.definitions import Named
from ..errors import IllFormed

MAX_UNFOLDED = 20_000  # signs
MAX_DEGREE = 128  # of a polynomial, multiplied out
MAX_HEIGHT = 10  # of quotients, roots, exponentials and logarithms nested
MAX_ORDER = 4  # of nested derivatives, including those in definitions
MAX_BITS = 2000  # of a number; Python itself refuses to print one of 4300 digits


class Extent(NamedTuple):
    """Signs, degree, height and order of an expression in which every name is written out."""

    size: int = 1
    degree: int = 1
    height: int = 0
    order: int = 0


class Extents:
    """Extents of expressions under the same assumptions, each computed once."""

    def __init__(self, assumed: Mapping[Functional, Lam]):
        self.assumed = assumed
        self.known: dict[Any, Extent] = {}

    def refuse(self, e: Basic) -> None:
        """Raises IllFormed for an expression of too large a size, height, degree or order."""
        refuse_long_numbers(e)
        size, degree, height, order = self(e)
        if order > MAX_ORDER:
            raise IllFormed(f"derivatives are nested more than {MAX_ORDER} deep; take fewer at a time")
        if height > MAX_HEIGHT:
            raise IllFormed(
                f"quotients, roots, exp and log are nested more than {MAX_HEIGHT} deep; declare a function "
                "for an inner one"
            )
        if degree > MAX_DEGREE:
            raise IllFormed(f"multiplied out this has a degree above {MAX_DEGREE}; declare a function for a power")
        if size > MAX_UNFOLDED:
            raise IllFormed(
                f"with its definitions and assumptions written out this has more than {MAX_UNFOLDED} signs; split it "
                "into parts"
            )

    def __call__(self, e: Basic) -> Extent:
        if e not in self.known:
            self.known[e] = self.found(e)
        return self.known[e]

    def found(self, e: Basic) -> Extent:
        if isinstance(e, Rational):
            return Extent(degree=0)
        if isinstance(e, Named):
            return self.within(self(e.definition.body.body), e.functions)
        if isinstance(e, Applied):
            return self.applied(e)
        parts = [self(a) for a in e.args if isinstance(a, Basic)]
        size = 1 + sum(p.size for p in parts)
        degree = max((p.degree for p in parts), default=1)
        height = max((p.height for p in parts), default=0)
        order = max((p.order for p in parts), default=0)
        if isinstance(e, Mul):
            degree = sum(p.degree for p in parts)
        elif isinstance(e, Pow) and isinstance(e.exp, Rational):
            degree = parts[0].degree * int(max(abs(e.exp), 1))
            height += not (isinstance(e.exp, Integer) and e.exp > 0)
        elif isinstance(e, (Function, Pow)):
            height += 1
        elif isinstance(e, Derivative):
            order += sum(int(n) for _, n in e.variable_count)
        elif isinstance(e, Partial):
            order += 1
        return Extent(size, degree, height, order)

    def applied(self, e: Applied) -> Extent:
        taken = () if e.function is None else (e.function,)
        for head, value in self.assumed.items():
            if head.name == e.head.name and head.order <= e.head.order:  # a later rate follows from an assumed one
                body = self(value.body)
                return self.within(body._replace(order=body.order + e.head.order - head.order), taken)
        return self.within(Extent(), taken)

    def within(self, body: Extent, functions) -> Extent:
        """The extent of the body with functions inserted, in the worst case at every sign of it."""
        size, degree, height, order = body
        for inner in (self(f.body) for f in functions):
            size, degree = size * (1 + inner.size), degree * max(inner.degree, 1)
            height, order = height + inner.height, order + inner.order
        return Extent(size, degree, height, order)


def refuse_long_numbers(e: Basic) -> None:
    for q in e.atoms(Rational):
        if max(q.p.bit_length(), q.q.bit_length()) > MAX_BITS:
            raise IllFormed(f"a number of more than {MAX_BITS} binary digits; write it as a declared number")
