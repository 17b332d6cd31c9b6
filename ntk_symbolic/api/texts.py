"""Meaning of the text of an activation: a library name with its parameters, or an expression in u."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from ..activations.aliases import ALIASES, library_name
from ..activations.library import LIBRARY
from ..elsewhere import PACKAGE
from ..errors import NotationError, UnknownActivation

if TYPE_CHECKING:
    from sympy import Expr


def normal_text(text: str) -> str:
    name, parameters = library_call(text)
    if name:
        return f"{name}({', '.join(parameters)})" if parameters else name
    word = text.strip()
    if re.fullmatch(r"[A-Za-z_]\w*", word, re.ASCII) and word not in ("u", "pi", "E"):
        raise UnknownActivation(f"activation {_short(word)!r} does not exist: {_remedy(word)}")
    try:
        return str(expression(text))
    except NotationError as error:
        unknown = re.search(r"unknown name '(\w+)'", str(error))
        hint = _hint(text, unknown[1]) if unknown else ""
        said = str(error).partition(";")[0] if hint else error
        raise NotationError(f"activation {_short(text)!r}: {said}{hint}") from None


def _hint(text: str, unknown: str) -> str:
    """The remedy for a name that the notation of expressions does not know."""
    item, called = library_name(unknown), re.search(rf"\b{unknown}\s*\(", text)
    if item and re.fullmatch(rf"\s*{unknown}\s*\(\s*u\s*\)\s*", text):
        return f"; write {item!r} alone"
    if item:
        entry = LIBRARY[item]
        alone = (
            f"write {item}({', '.join(entry.defaults)}) alone, or write it out" if entry.parameters else "write it out"
        )
        return f"; {alone}, {item} is {entry.text}"
    if called:
        return ""
    if not re.search(r"\bu\b", text):
        renamed = re.sub(rf"\b{unknown}\b", "u", text)
        return f"; the variable is called u: write {_short(renamed)!r}"
    return (
        f"; if {unknown} is a parameter, write its number, or keep the symbol in Python: "
        f"activation({_short(text)!r}, symbols=({unknown!r},))"
    )


def _short(text: str) -> str:
    return text if len(text) < 60 else text[:57] + "..."


def _remedy(word: str) -> str:
    """The function of that name, or the nearest name, or the place where all names are listed."""
    try:
        expression(f"{word}(u)")
    except NotationError:
        elsewhere = {name.lower(): said for name, said in PACKAGE.items()}
        if said := elsewhere.get(word.replace("_", "").lower()):
            return said
        near = get_close_matches(word.lower(), [*LIBRARY, *ALIASES], n=1, cutoff=0.6)
        if near:
            return f"did you mean {library_name(near[0])!r}?"
        return (
            "names are relu, gelu, erf, tanh and others (`ntk-symbolic activation --list`); an expression in u, such as "
            "'u*erf(u)', works too"
        )
    return f"for the function write '{word}(u)'"


def library_call(text: str) -> tuple[str, tuple[str, ...]]:
    """("leaky_relu", ("0.1",)) for "leaky_relu(0.1)"; ("", ()) for any text that is no library activation."""
    match = re.fullmatch(r"\s*([A-Za-z_]\w*)\s*(?:\(([^()]*)\))?\s*", text)
    name = library_name(match[1]) if match else None
    if not match or name is None or (match[2] is not None and not LIBRARY[name].parameters):
        return "", ()
    item = LIBRARY[name]
    given = [p.strip() for p in match[2].split(",")] if match[2] and match[2].strip() else []
    if len(given) > len(item.parameters) or not all(re.fullmatch(NUMBER, p) for p in given):
        raise NotationError(
            f"activation {text.strip()!r}: {name} takes numbers for {', '.join(item.parameters)}, such as {name}(0.1); "
            f"symbols stay in activation({item.text!r}, symbols={item.parameters!r})"
        )
    return name, (*given, *item.defaults[len(given) :])


NUMBER = r"[+-]?\d{1,20}(\.\d{0,20})?([eE][+-]?\d{1,2})?"


@cache
def expression(text: str, symbols: tuple[tuple[str, str], ...] = ()) -> Expr:
    """The expression that a text means; `symbols` are its parameters, each with its sign."""
    from sympy import Rational, Symbol

    from ..notation.expressions import parse

    name, parameters = library_call(text)
    if not name:
        return parse(text, parameters=dict(symbols))
    item = LIBRARY[name]
    values = {Symbol(p, real=True): Rational(v) for p, v in zip(item.parameters, parameters, strict=True)}
    return parse(item.text, parameters=item.parameters).subs(values)
