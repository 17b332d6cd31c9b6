"""The sign of a formula, from what is known of its symbols: Symbol("p", positive=True)."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Mul, expand, factor, together


def sign_of(x: Expr) -> int | None:
    """1, −1 or 0; None where it depends on the symbols.

    >>> from sympy import Symbol
    >>> p = Symbol("p", positive=True)
    >>> sign_of(-p - 1), sign_of(1 / p - 1)
    (-1, None)
    """
    for form in _forms(x):
        if form.is_zero or form.is_positive or form.is_negative:
            return 0 if form.is_zero else 1 if form.is_positive else -1
    return None


def sign_of_number(x: Expr) -> int:
    """Read off 30 digits where SymPy has no rule."""
    found = sign_of(x)
    return found if found is not None else 1 if x.evalf(30) > 0 else -1


def _forms(x: Expr) -> Iterator[Expr]:
    """SymPy asks every factor and every summand, so it matters how x is written."""
    yield x
    yield expand(x)
    yield factor(together(x))


def undecided(x: Expr) -> Expr:
    """The factors of x that its sign hangs on."""
    return Mul(*(f for f in Mul.make_args(factor(together(x))) if sign_of(f) is None))


def remedy(x: Expr) -> str:
    """What to do about a sign that is not known."""
    bare = [str(s) for s in sorted(x.free_symbols, key=str) if not (s.is_positive or s.is_negative)]
    if not bare:
        return "give numbers for its symbols"
    say = f"Symbol({bare[0]!r}, positive=True), in a text symbols={{{bare[0]!r}: 'positive'}}"
    return f"give numbers for its symbols, or what is known of their signs: {say}"
