"""Sums with roots over one denominator, −f''/(1 + f'²)^(3/2), as one would print them: the same value, term by term."""

from __future__ import annotations

from math import prod
from typing import Any

from sympy import (
    Add,
    Dummy,
    Expr,
    Float,
    Mul,
    Poly,
    PolynomialError,
    Pow,
    Rational,
    Symbol,
    cancel,
    default_sort_key,
    factor,
    floor,
    fraction,
    together,
)

MAX_SIZE = 400  # operations in the input
MAX_PRODUCTS = 2000  # from multiplied denominators
MAX_TERMS = 80  # in a numerator or denominator that is factored


def gathered(e: Expr) -> Expr:
    """The sum over one denominator and factored, if it has roots, is small enough, and gets shorter by it.

    The only rule for powers is b^(k + r) = b^k b^r for whole k; roots are symbols.

    >>> from sympy import Function, Symbol, sqrt
    >>> x = Symbol("x"); f1 = Function("f")(x).diff(x); f2 = f1.diff(x)
    >>> gathered(f1**2*f2/(1 + f1**2)**Rational(3, 2) - f2/sqrt(1 + f1**2))
    -Derivative(f(x), (x, 2))/(Derivative(f(x), x)**2 + 1)**(3/2)
    """
    if not (isinstance(e, Add) and _roots(e)) or e.has(Float) or e.count_ops() > MAX_SIZE:
        return e
    letters: dict[Any, Dummy] = {}
    rational = _rational(e, letters)
    order = sorted(letters, key=default_sort_key)  # the signs of factors follow the names of symbols
    named = {letters[whole]: Dummy(f"u{n:03}") for n, whole in enumerate(order)}
    rational = rational.xreplace(named)
    if _products(rational) > MAX_PRODUCTS:
        return e
    sides = fraction(together(rational))
    if not all(_is_small(side) for side in sides):
        return e
    n, d = fraction(cancel(sides[0] / sides[1]))
    short = (factor(n) / factor(d)).xreplace({named[d]: whole for whole, d in letters.items()})
    return short if short.count_ops() < e.count_ops() else e


def _roots(e: Expr) -> bool:
    return any(isinstance(p.exp, Rational) and not p.exp.is_Integer for p in e.atoms(Pow) if not p.is_number)


def _rational(e: Any, letters: dict[Any, Dummy]) -> Expr:
    """The expression as a rational function of letters for roots, values of functions, integrals."""
    if isinstance(e, (Symbol, Rational)):
        return e
    if isinstance(e, (Add, Mul)):
        return e.func(*(_rational(a, letters) for a in e.args))
    if isinstance(e, Pow) and isinstance(e.exp, Rational):
        whole = floor(e.exp)
        root = e.base ** (e.exp - whole)
        power = _rational(e.base, letters) ** whole
        return power if root == 1 else power * letters.setdefault(root, Dummy("r"))
    return letters.setdefault(e, Dummy("u"))


def _products(e: Expr) -> int:
    """A bound for the number of terms over one denominator."""
    highest: dict[Expr, int] = {}
    for p in e.atoms(Pow):
        highest[p.base] = max(highest.get(p.base, 0), abs(int(p.exp)))
    return len(Add.make_args(e)) * prod(len(Add.make_args(b)) ** n for b, n in highest.items())


def _is_small(side: Expr) -> bool:
    try:
        return len(Poly(side, *side.free_symbols).terms()) <= MAX_TERMS if side.free_symbols else True
    except PolynomialError:
        return False
