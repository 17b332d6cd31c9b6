"""Translation of the text of an architecture to a tree of layers, bounded in size; errors name their place."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import InvalidInput

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

MAX_LENGTH = 20_000  # characters
MAX_NESTING = 40  # brackets
SIGNS = {
    "NAME": "a layer or activation by name",
    "TEXT": "a formula in quotes",
    "NUMBER": "a number",
    "_LPAR": "(",
    "_RPAR": ")",
    "_COMMA": "a comma",
    "_EQUALS": "=",
    "_COLON": ":",
    "_BAR": "|",
    "$END": "the end",
}


@cache
def grammar() -> Lark:
    from lark import Lark

    text = files("ntk_symbolic.notation").joinpath("architecture.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", start="row", maybe_placeholders=True, propagate_positions=True)


def tree(text: str) -> Tree:
    """The row of layers. Raises InvalidInput, with the place in the text and the signs allowed there."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    if len(text) > MAX_LENGTH:
        raise InvalidInput(
            f"the architecture has {len(text)} characters, more than {MAX_LENGTH}: use repeat(4, relu dense)"
        )
    if not text.strip():
        raise InvalidInput("the architecture is empty: write one such as 'dense relu dense'")
    try:
        return grammar().parse(text)
    except UnexpectedCharacters as trouble:
        found = text[trouble.pos_in_stream]
        why = "opens a text that is not closed in its line" if found in "\"'" else "has no meaning in an architecture"
        refuse(text, trouble.pos_in_stream, f"{found!r} {why}; {_allowed(text[: trouble.pos_in_stream])}")
    except UnexpectedToken as trouble:
        token = trouble.token
        ended = token.type == "$END"
        found = "the text ends" if ended else f"{str(token)!r} does not belong there"
        at = len(text) if ended else token.start_pos or 0
        refuse(text, at, f"{found}; {_allowed(text[:at])}")


def start(part: Tree | Token) -> int:
    """The position at which a part begins in the text."""
    return int(getattr(part, "meta", part).start_pos)  # type: ignore[union-attr]


def refuse(text: str, position: int, what: Any) -> NoReturn:
    """Raises InvalidInput with the place, by line and column if there are several lines."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    place = f"line {line}, column {column}" if "\n" in text.strip() else f"character {position + 1}"
    raise InvalidInput(f"architecture, at {place}: {what}") from None


def _allowed(before: str) -> str:
    """The signs that may follow a valid beginning."""
    reader = grammar().parse_interactive(before)
    reader.exhaust_lexer()
    accepted = reader.accepts()
    return f"allowed there: {', '.join(said for sign, said in SIGNS.items() if sign in accepted)}"
