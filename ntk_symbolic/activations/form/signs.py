"""The sign of a formula and the order of two, from the assumptions on their symbols: Symbol("p", positive=True)."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from sympy import Expr, Mul, exp, expand, factor, oo, together

from ...errors import NoClosedForm


def sign_of(x: Expr) -> int | None:
    """The sign 1, −1 or 0; None if it depends on the symbols.

    >>> from sympy import Symbol
    >>> p = Symbol("p", positive=True)
    >>> sign_of(-p - 1), sign_of(1 / p - 1)
    (-1, None)
    """
    for form in _forms(x):
        if form.is_zero or form.is_positive or form.is_negative:
            return 0 if form.is_zero else 1 if form.is_positive else -1
    signs = [_beside_one(f) for f in Mul.make_args(factor(together(x)))]
    known = [sign for sign in signs if sign is not None]
    return prod(known) if len(known) == len(signs) else None


def _beside_one(f: Expr) -> int | None:
    """The sign of a factor: exp(w) − 1 has the sign of w, any other factor that known to SymPy."""
    if f.is_Add and len(f.args) == 2 and abs(f.args[0]) == 1 and isinstance(inner := f.args[1] / -f.args[0], exp):
        return None if (found := sign_of(inner.args[0])) is None else -int(f.args[0]) * found
    return 0 if f.is_zero else 1 if f.is_positive else -1 if f.is_negative else None


def sign_of_number(x: Expr) -> int:
    """The sign from 30 digits; 0 if 100 digits show no difference from 0.

    >>> from sympy import sqrt
    >>> sign_of_number((sqrt(2) + sqrt(3)) ** 2 - 5 - 2 * sqrt(6)), sign_of_number(sqrt(2) - 1)
    (0, 1)
    """
    if x.is_Rational:
        return int(x.p > 0) - int(x.p < 0)
    value = x.evalf(30)
    return (
        0 if value == 0 or value._prec == 1 else 1 if value > 0 else -1
    )  # of one bit: SymPy's word for no significant digit


def require_sign(x: Expr) -> int:
    """The sign of a number or a formula. Raises NoClosedForm if it depends on the symbols."""
    if x.is_number:
        return sign_of_number(x)
    found = sign_of(x)
    if found is None:
        open_ = undecided(x)
        raise NoClosedForm(f"the sign of {open_} is not known: {remedy(open_)}")
    return found


def below(x: Expr, y: Expr) -> bool:
    """True if x < y, for breakpoints and ±∞. Raises NoClosedForm if it depends on the symbols."""
    if x in (oo, -oo) or y in (oo, -oo):
        return x != y and (x == -oo or y == oo)
    if x.is_number and y.is_number:
        return sign_of_number(y - x) > 0
    if (order := sign_of(y - x)) is None:
        raise NoClosedForm(f"the order of the breakpoints {x} and {y} is not known: {remedy(undecided(y - x))}")
    return order > 0


def _forms(x: Expr) -> Iterator[Expr]:
    """Equivalent forms of x; SymPy examines every factor and every summand, so the form matters."""
    yield x
    yield expand(x)
    yield factor(together(x))


def undecided(x: Expr) -> Expr:
    """The factors of x on which its sign depends."""
    return Mul(*(f for f in Mul.make_args(factor(together(x))) if sign_of(f) is None))


def remedy(x: Expr) -> str:
    """The remedy in messages for an unknown sign."""
    bare = [str(s) for s in sorted(x.free_symbols, key=str) if not (s.is_positive or s.is_negative)]
    if not bare:
        return "give numbers for its symbols"
    say = f"Symbol({bare[0]!r}, positive=True), in a text symbols={{{bare[0]!r}: 'positive'}}"
    return f"give numbers for its symbols, or what is known of their signs: {say}"
