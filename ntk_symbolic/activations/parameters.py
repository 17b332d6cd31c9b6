"""Parameters of an activation that are left as symbols: how users' symbols become those of the notation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from numbers import Real
from typing import Any

from sympy import Expr, Float, Rational, Symbol

from ..errors import InvalidInput, NotationError
from ..notation.expressions import parse
from .dual import u

TAKEN = {name: f"{name}_phi" for name in ("a", "b", "c")}  # a, b, c mean the covariance
Named = tuple[Expr, tuple[str, ...]]


def of_sympy(expr: Any) -> Named:
    """A user's SymPy expression in the notation, with the names of its parameters.

    Its one symbol is the variable; of several it is the one called u. Raises InvalidInput, NotationError.
    """
    if not isinstance(expr, Expr):
        raise InvalidInput(
            f"activation is a {type(expr).__name__}: pass a name such as 'relu', a text in u, or a SymPy expression"
        )
    names = sorted(map(str, expr.free_symbols))
    variable = names[0] if len(names) == 1 else "u"
    plain = len({*names}) == len(names) and all(isinstance(x, Symbol) for x in expr.free_symbols)
    if variable not in names or not plain:
        raise InvalidInput(
            f"activation has the symbols {names}: pass a SymPy expression in exactly one symbol, or in u and parameters"
        )
    return _in_the_notation(expr, variable)


def of_text(text: str, names: Sequence[str]) -> Named:
    """A text in u and the parameters named. Raises NotationError, InvalidInput for a name that does not occur."""
    expr = parse(text, parameters=names)
    for name in ("u", *names):
        if not expr.has(Symbol(name, real=True)):
            raise InvalidInput(f"activation {text!r} does not depend on {name}: write one in u and all of its symbols")
    return _in_the_notation(expr, "u")


def given(expr: Expr, names: tuple[str, ...], values: Mapping[Any, Any]) -> Named:
    """φ with values for parameters, which are given by name or as symbols. Raises InvalidInput, NotationError."""
    meant = {}
    for key, value in values.items():
        name = TAKEN.get(str(key), str(key))
        if name not in names:
            known = f"its parameters are {', '.join(names)}" if names else "it has none"
            raise InvalidInput(f"{str(key)!r} is no parameter of the activation {expr}: {known}")
        meant[Symbol(name, real=True)] = _value(str(key), value)
    put = expr.subs(meant, simultaneous=True)
    if not put.has(u):
        raise InvalidInput(f"with these values the activation {expr} is {put}, which does not depend on u: pass others")
    return _in_the_notation(put, "u")


def _value(name: str, value: Any) -> Expr:
    if isinstance(value, Expr) and "u" not in map(str, value.free_symbols):
        return value
    if isinstance(value, Real) and not isinstance(value, bool) and isfinite(value):
        return Rational(str(value))
    raise InvalidInput(f"the value of {name!r} is {value!r}: pass a number, or a SymPy expression without u")


def _in_the_notation(expr: Expr, variable: str) -> Named:
    """With real symbols, and floats as the decimals they print as; the names of its parameters in order."""
    meant = {x: u if str(x) == variable else Symbol(TAKEN.get(str(x), str(x)), real=True) for x in expr.free_symbols}
    if twice := [str(x) for n, x in enumerate(meant.values()) if x in [*meant.values()][:n]]:
        raise InvalidInput(f"two symbols of the activation would be called {twice[0]!r}: rename one")
    real = expr.subs(meant, simultaneous=True)
    exact = real.replace(lambda x: isinstance(x, Float), lambda x: Rational(str(x)))
    names = tuple(sorted(str(x) for x in exact.free_symbols - {u}))
    parsed = parse(str(exact), parameters=names)
    if parsed != exact:
        raise NotationError(f"activation {exact} is outside the notation: it reads back as {parsed}")
    return exact, names
