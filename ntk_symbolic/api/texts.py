"""What the text of an activation means: a library name with its parameters, or an expression in u."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from ..activations.library import LIBRARY
from ..errors import NotationError, UnknownActivation

if TYPE_CHECKING:
    from sympy import Expr


def normal_text(text: str) -> str:
    name, parameters = library_call(text)
    if name:
        return f"{name}({', '.join(parameters)})" if parameters else name
    word = text.strip()
    if re.fullmatch(r"[A-Za-z_]\w*", word) and word not in ("u", "pi", "E"):
        raise UnknownActivation(f"activation {_short(word)!r} does not exist: {_remedy(word)}")
    try:
        return str(expression(text))
    except NotationError as error:
        used = [name for name in LIBRARY if name != "abs" and f"{name}(" in text and f"name '{name}'" in str(error)]
        hint = f"; write it out, {used[0]} is {LIBRARY[used[0]].text}" if used else ""
        unknown = re.search(r"unknown name '(\w+)'", str(error))
        if unknown and not re.search(rf"\b{unknown[1]}\s*\(", text):
            hint = f"; if {unknown[1]} is a parameter, say so: activation(text, symbols=({unknown[1]!r},))"
        raise NotationError(f"activation {_short(text)!r}: {error}{hint}") from None


def _short(text: str) -> str:
    return text if len(text) < 60 else text[:57] + "..."


def _remedy(word: str) -> str:
    """The nearest name, or the function of that name, or all there is."""
    near = get_close_matches(word.lower(), LIBRARY, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    try:
        expression(f"{word}(u)")
    except NotationError:
        return f"known names are {', '.join(LIBRARY)}. An expression in u, such as 'u*erf(u)', works too"
    return f"for the function write '{word}(u)'"


def library_call(text: str) -> tuple[str, tuple[str, ...]]:
    """("leaky_relu", ("0.1",)) for "leaky_relu(0.1)"; ("", ()) for what is no library activation."""
    match = re.fullmatch(r"\s*([A-Za-z_]\w*)\s*(?:\(([^()]*)\))?\s*", text)
    if not match or (item := LIBRARY.get(match[1])) is None or (match[2] is not None and not item.parameters):
        return "", ()
    given = [p.strip() for p in match[2].split(",")] if match[2] and match[2].strip() else []
    if len(given) > len(item.parameters) or not all(re.fullmatch(NUMBER, p) for p in given):
        raise NotationError(
            f"activation {text.strip()!r}: {match[1]} takes numbers for {', '.join(item.parameters)}, such as {match[1]}(0.1); "
            f"symbols stay in activation({item.text!r}, symbols={item.parameters!r})"
        )
    return match[1], (*given, *item.defaults[len(given) :])


NUMBER = r"[+-]?\d{1,20}(\.\d{0,20})?([eE][+-]?\d{1,2})?"


@cache
def expression(text: str, symbols: tuple[tuple[str, str], ...] = ()) -> Expr:
    """symbols   its parameters, each with its sign"""
    from sympy import Rational, Symbol

    from ..notation.expressions import parse

    name, parameters = library_call(text)
    if not name:
        return parse(text, parameters=dict(symbols))
    item = LIBRARY[name]
    values = {Symbol(p, real=True): Rational(v) for p, v in zip(item.parameters, parameters, strict=True)}
    return parse(item.text, parameters=item.parameters).subs(values)
