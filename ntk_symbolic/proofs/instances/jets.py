"""Numbers with infinitesimals: a + b ε₀ + c ε₁ + d ε₀ε₁ + …, each ε² = 0. A derivative is the coefficient of its ε.

The coefficients are of any ordered field with +, −, ·, /: rationals or floating-point numbers. A value
without ε is a plain number.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any


class Jet:
    """Σ terms[mask] · (the product of the ε whose bits are set in the mask); some mask is nonzero."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[int, Any]):
        self.terms = terms

    def __add__(self, other):
        terms = dict(self.terms)
        for mask, c in terms_of(other):
            terms[mask] = terms[mask] + c if mask in terms else c
        return plain(terms)

    def __mul__(self, other):
        if not isinstance(other, Jet):
            return plain({mask: c * other for mask, c in self.terms.items()})
        terms: dict[int, Any] = {}
        for m, a in self.terms.items():
            for n, b in other.terms.items():
                if not m & n:
                    terms[m | n] = terms[m | n] + a * b if m | n in terms else a * b
        return plain(terms)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __eq__(self, other):
        return isinstance(other, Jet) and self.terms == other.terms

    def __hash__(self):
        return hash(frozenset(self.terms.items()))

    def __repr__(self):
        return f"Jet({self.terms})"


def plus(a, b):
    """a + b. A polynomial that meets a jet from the left first tries to convert it, which is slow."""
    return b + a if isinstance(b, Jet) else a + b


def times(a, b):
    return b * a if isinstance(b, Jet) else a * b


def terms_of(x):
    """Its coefficients by their ε."""
    return x.terms.items() if isinstance(x, Jet) else ((0, x),)


def plain(terms: dict[int, Any]):
    """A number if it has no ε, otherwise a jet.

    >>> plain({0: 3, 1: 0})
    3
    """
    kept = {mask: c for mask, c in terms.items() if c}
    return Jet(kept) if any(kept) else kept.get(0, 0 * terms.get(0, 0))


def epsilon(n: int, one: Any = 1) -> Jet:
    return Jet({1 << n: one})


def coefficient(x, n: int):
    """The coefficient of ε_n, which may contain other ε.

    >>> coefficient((2 + epsilon(0)) * (3 + epsilon(0)), 0)
    5
    """
    return plain({mask ^ 1 << n: c for mask, c in terms_of(x) if mask & 1 << n} or {0: 0})


def standard(x):
    """The value with every ε set to 0.

    >>> standard(7 + epsilon(1))
    7
    """
    return x.terms.get(0, 0) if isinstance(x, Jet) else x


def lifted(derivative: Callable[[Any, int], Any], x):
    """f(x) by Taylor's formula, which is finite here: derivative(a, n) is the n-th derivative of f at the number a.

    >>> lifted(lambda a, n: a**3 if n == 0 else 3 * a**2 if n == 1 else 6 * a, 2 + epsilon(0)).terms == {0: 8, 1: 12}
    True
    """
    a = standard(x)
    out, power, n = derivative(a, 0), x - a if isinstance(x, Jet) else 0, 1
    nilpotent = power
    while power != 0:
        out = out + power * (derivative(a, n) * _inverse_factorial(a, n))
        power, n = power * nilpotent, n + 1
    return out


def mapped(f: Callable[[Any], Any], x):
    """f of every coefficient, for a linear f."""
    return plain({mask: f(c) for mask, c in x.terms.items()}) if isinstance(x, Jet) else f(x)


def reciprocal(x, inverse):
    """1/x, given that of its standard part."""
    return lifted(lambda _, n: (-1) ** n * factorial(n) * inverse ** (n + 1), x)


def without(x, n: int):
    """x with ε_n set to 0.

    >>> without(3 + epsilon(0), 0)
    3
    """
    return plain({mask: c for mask, c in terms_of(x) if not mask & 1 << n} or {0: 0})


def _inverse_factorial(a, n: int):
    one = a * 0 + 1
    return one / factorial(n) if n > 1 else one
