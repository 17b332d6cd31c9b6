"""Parameters of an activation that stay symbols: translation of users' symbols to those of the notation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from numbers import Real
from typing import Any

from sympy import Expr, Float, Lambda, Rational, Symbol

from ...errors import InvalidInput, NotationError
from ...notation.expressions import SIGNS, parse
from ..aliases import library_name
from .variables import u

TAKEN = {name: f"{name}_phi" for name in ("a", "b", "c")}  # a, b, c mean the covariance
Named = tuple[Expr, dict[str, str]]  # an expression, and the sign of each of its parameters


def of_sympy(expr: Any) -> Named:
    """A user's SymPy expression in the notation, with its parameters.

    A single symbol is the variable; among several it is the one called u. Raises InvalidInput, NotationError.
    """
    if isinstance(expr, Lambda) and len(expr.variables) == 1:
        expr = expr.expr
    if not isinstance(expr, Expr):
        known = library_name(
            getattr(expr, "__name__", "")
        )  # the name of numpy.tanh or of the function that makes a layer
        remedy = f"pass {known!r}" if known else "pass a name such as 'relu', a text in u, or a SymPy expression"
        raise InvalidInput(f"activation is a {type(expr).__name__}: {remedy}")
    names = sorted(map(str, expr.free_symbols))
    variable = names[0] if len(names) == 1 else "u"
    plain = len({*names}) == len(names) and all(isinstance(x, Symbol) for x in expr.free_symbols)
    if variable not in names or not plain:
        raise InvalidInput(
            f"activation has the symbols {names}: pass a SymPy expression in exactly one symbol, or in u and parameters"
        )
    return _in_the_notation(expr, variable)


def of_text(text: str, names: Sequence[str] | Mapping[str, str]) -> Named:
    """A text in u and the named parameters. Raises NotationError, InvalidInput for a name that does not occur."""
    expr = parse(text, parameters=names)
    for name in ("u", *names):
        if name not in map(str, expr.free_symbols):
            raise InvalidInput(f"activation {text!r} does not depend on {name}: write one in u and all of its symbols")
    return _in_the_notation(expr, "u")


def given(expr: Expr, values: Mapping[Any, Any]) -> Named:
    """φ with values for parameters, given by name or as symbols. Raises InvalidInput, NotationError."""
    meant, own = {}, {str(x): x for x in _sorted(expr.free_symbols - {u})}
    for key, value in values.items():
        name = TAKEN.get(str(key), str(key))
        if name not in own:
            known = f"its parameters are {', '.join(own)}" if own else "it has none"
            raise InvalidInput(f"{str(key)!r} is no parameter of the activation {expr}: {known}")
        meant[own[name]] = _value(str(key), value, _sign(own[name]))
    put = expr.subs(meant, simultaneous=True)
    if not put.has(u):
        raise InvalidInput(f"with these values the activation {expr} is {put}, which does not depend on u: pass others")
    return _in_the_notation(put, "u")


def _value(name: str, value: Any, sign: str) -> Expr:
    number = isinstance(value, Real) and not isinstance(value, (bool, Expr)) and isfinite(value)
    put: Any = Rational(str(value)) if number else value
    if not isinstance(put, Expr) or "u" in map(str, put.free_symbols):
        raise InvalidInput(f"the value of {name!r} is {value!r}: pass a number, or a SymPy expression without u")
    if sign != "real" and not getattr(put, f"is_{sign}"):
        known = "not" if put.is_number else "not known to be"
        raise InvalidInput(f"the value of {name!r} is {put}, which is {known} {sign}, as {name} is: pass one that is")
    return put


def _sign(x: Symbol) -> str:
    """The known sign of a symbol, as one word. Raises InvalidInput for a symbol declared not real."""
    if x.is_real is False or x.is_infinite:
        raise InvalidInput(f"the parameter {x} of the activation is not a real number: pass a symbol that is")
    return next((sign for sign in SIGNS if getattr(x, f"is_{sign}")), "real")


def _sorted(symbols: Iterable[Symbol]) -> list[Symbol]:
    return sorted(symbols, key=str)


def _in_the_notation(expr: Expr, variable: str) -> Named:
    """The expression with real symbols and with floats as their printed decimals; its parameters in order."""
    meant = {x: u if str(x) == variable else _own(x) for x in _sorted(expr.free_symbols)}
    names = [str(x) for x in meant.values()]
    if twice := [name for n, name in enumerate(names) if name in names[:n]]:
        raise InvalidInput(f"two symbols of the activation would be called {twice[0]!r}: rename one")
    real = expr.subs(meant, simultaneous=True)
    exact = real.replace(lambda x: isinstance(x, Float), lambda x: Rational(str(x)))
    signs = {str(x): _sign(x) for x in _sorted(exact.free_symbols - {u})}
    parsed = parse(str(exact), parameters=signs)
    if parsed != exact:
        raise NotationError(f"activation {exact} is outside the notation: it reads back as {parsed}")
    return exact, signs


def _own(x: Symbol) -> Symbol:
    return Symbol(TAKEN.get(str(x), str(x)), **{_sign(x): True})
