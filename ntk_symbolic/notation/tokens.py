"""The scanner from characters to tokens, in time proportional to the length; it refuses long, deep and foreign text.

The tokens of a text depend on the declarations: dx is a differential if x is declared, otherwise a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace

from lark import Token

from ..errors import NotationError, NTKSymbolicError
from .latex import COMMAND, DERIVATIVE, PRIMES, TRANSPOSE, rewritten, unicode_derivative

MAX_STATEMENT = 4000  # characters
MAX_TOKENS = 1200  # of one statement
MAX_NESTING = 30  # nested brackets
MAX_DIGITS = 30
MAX_NAME = 30  # characters of one name, primes included

_GREEK_NAMES = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon
phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"""
_GREEK = dict(zip("αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", _GREEK_NAMES.split(), strict=True))
SPELLINGS = {
    **_GREEK,
    "ϕ": "phi",
    "ϵ": "epsilon",
    "µ": "mu",  # the micro sign
    "𝒳": "X",
    "𝒢": "G",
    "𝓕": "F",
    "ℓ": "ell",
    "eps": "epsilon",
    "varphi": "phi",
    "varepsilon": "epsilon",
}
_SIGNS = {
    ":=": "_ASSIGN", "≔": "_ASSIGN", "<=": "LE", "≤": "LE", ">=": "GE", "≥": "GE", "->": "_ARROW", "→": "_ARROW",
    "|->": "_MAPSTO", "↦": "_MAPSTO", "..": "_DOTS", "…": "_DOTS", "+": "PLUS", "-": "MINUS", "−": "MINUS", "*": "TIMES",
    "·": "TIMES", "⊗": "TENSOR", "ᵀ": "TRANSPOSE", "/": "SLASH", "^": "_CARET", "_": "_UNDER", "=": "EQ", ">": "GREATER",
    ",": "_COMMA", ";": "_SEMI", ":": "_COLON", "(": "_LPAR", ")": "_RPAR", "[": "_LSQB", "]": "_RSQB", "{": "_LBRACE",
    "}": "_RBRACE", "∂": "D", "δ": "DELTA", "∫": "INT", "∬": "INT", "∭": "INT", "∑": "_SUM", "Σ": "_SUM", "||": "_NORM",
    "‖": "_NORM", "|": "_BAR",
}  # fmt: skip
_WORDS = {"d": "D", "delta": "DELTA", "int": "INT", "iint": "INT", "sum": "_SUM", "lim": "_LIM"}
_COUNT = {"∬": "2", "iint": "2", "∭": "3"}
_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_ENDS_DERIVATIVE = {"_CARET", "PLUS", "MINUS", "TIMES", "EQ", "LE", "GE", "INT", "_SUM"}
_CLOSING = {"_RPAR": "_LPAR", "_RSQB": "_LSQB", "_RBRACE": "_LBRACE", "_ENDNORM": "_NORM"}

_MARKS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar"}  # part of a name, unlike dots
_BELOW_LINE = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")  # x₁ is x1
_LETTERS = "".join(c for c in SPELLINGS if len(c) == 1 and c not in "δΣ")
_TOKEN = re.compile(
    rf"""(?P<space>[ \t\n$&~]+)
       | (?P<latex>{COMMAND})
       | (?P<string>"[^"]*")
       | (?P<number>\d+(?:\.\d+)?)
       | (?P<name>(?:[A-Za-z][A-Za-z0-9]*|[{_LETTERS}][0-9]*)[₀-₉]*[\u0302-\u0304]?[\u0307\u0308]?['′]*)
       | (?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹]+)
       | (?P<sign>{"|".join(re.escape(s) for s in sorted(_SIGNS, key=len, reverse=True))})""",
    re.VERBOSE | re.ASCII,
)
_DOTTED = re.compile("[ȦÄḂĊḊĖËḞĠḢḦİÏṀṄȮÖṖṘṠṪÜẆẄẊẌẎŸŻȧäḃċḋėëḟġḣḧïṁṅȯöṗṙṡṫẗüẇẅẋẍẏÿż]")
_ORDER = re.compile(r"\s*\^?\s*([²³23])")
_BELOW = re.compile(r"\s*([∂δ]|[A-Za-z][A-Za-z0-9]*'*)")


@dataclass(frozen=True)
class Source:
    """A statement: its text, and the line of the file on which it begins."""

    text: str
    line: int


def tokens(source: Source, declared: Container[str], words: Mapping[str, str]) -> list[Token]:
    """The tokens of one statement. `words` are its keywords, by their token: by ↦ BY.

    Raises NotationError, with the line, for unknown signs, text that is too long or too deeply nested, and unpaired brackets.
    """
    return list(_bounded(_Scanner(replace(source, text=_DOTTED.sub(_decomposed, source.text)), declared, words)))


def _decomposed(letter: re.Match[str]) -> str:
    """ẋ in one character as a letter with a dot above it."""
    return unicodedata.normalize("NFD", letter[0])


def located(error: NTKSymbolicError, line: int | None) -> NTKSymbolicError:
    """The error with its line; an innermost line is kept."""
    if getattr(error, "line", None) is None:
        error.line = line  # type: ignore[attr-defined]
    return error


def refuse_length(source: Source) -> None:
    if len(source.text) > MAX_STATEMENT:
        said = f"a line of {len(source.text)} characters, more than {MAX_STATEMENT}; split it into steps"
        raise located(NotationError(said), source.line)


def _bounded(scanner: _Scanner) -> Iterator[Token]:
    """The tokens, bounded in number, with brackets that match."""
    opened: list[Token] = []
    for n, token in enumerate(scanner):
        if n >= MAX_TOKENS:
            raise located(NotationError(f"more than {MAX_TOKENS} signs in one line; split it into steps"), token.line)
        if token.type in _CLOSING.values():
            opened.append(token)
        if len(opened) > MAX_NESTING:
            raise located(
                NotationError(f"brackets are nested more than {MAX_NESTING} deep; name a part with `define`"),
                token.line,
            )
        if token.type in _CLOSING and (not opened or opened.pop().type != _CLOSING[token.type]):
            raise located(NotationError(f"{token} closes no bracket that is open here"), token.line)
        yield token
    if opened:
        raise located(NotationError(f"{opened[-1]} is not closed"), opened[-1].line)


class _Scanner:
    def __init__(self, source: Source, declared: Container[str], words: Mapping[str, str]):
        refuse_length(source)
        self.text, self.first = source.text, source.line
        self.declared, self.words = declared, words
        self.order, self.pending = 1, 0  # of the current derivative; its denominators still to come
        self.in_norm = False
        self.at, self.rewrites = 0, 0

    def __iter__(self) -> Iterator[Token]:
        while self.at < len(self.text):
            m = _TOKEN.match(self.text, self.at)
            if not m:
                raise self.foreign()
            start, self.at = self.at, m.end()
            kind = str(m.lastgroup)
            if kind != "space":
                yield from getattr(self, kind)(m[0], start)

    def foreign(self):
        c = self.text[self.at]
        name = unicodedata.name(c, "an unnamed character")
        shown = f"{c!r} " if c.isprintable() else ""
        said = f"{shown}(U+{ord(c):04X}, {name}) is not in the notation; see docs/notation.md for its signs"
        if c == '"':
            said = 'a text begins with " and does not end'
        return located(NotationError(said), self.line(self.at))

    def line(self, at: int) -> int:
        return self.first + self.text.count("\n", 0, at)

    def token(self, kind: str, value: str, start: int) -> Token:
        return Token(kind, value, start_pos=start, line=self.line(start), end_pos=self.at)

    def latex(self, s, start):
        """Continues with the replacement of a command."""
        self.rewrites += 1
        if self.rewrites > MAX_TOKENS:
            raise located(
                NotationError(f"more than {MAX_TOKENS} signs in one line; split it into steps"), self.line(start)
            )
        try:
            new, end = rewritten(s[1:], self.text, self.at, self.begins_derivative)
        except NotationError as trouble:
            raise located(trouble, self.line(start)) from None
        lines = "\n" * (self.text.count("\n", start, end) - new.count("\n"))
        self.text, self.at = self.text[:start] + new + lines + self.text[end:], start
        return ()

    def string(self, s, start):
        yield self.token("STRING", " ".join(s[1:-1].split()), start)

    def number(self, s, start):
        if len(s) > MAX_DIGITS:
            raise located(NotationError(f"a number of more than {MAX_DIGITS} digits"), self.line(start))
        yield self.token("NUMBER", s, start)

    def power(self, s, start):
        self.pending = 0  # the order after the bar is its last: ∂²r/∂u² ∂r/∂u
        yield self.token("POWER", s.translate(_POWERS), start)

    def sign(self, s, start):
        kind = _SIGNS[s]
        if kind == "SLASH":
            yield from self.slash(start)
            return
        if kind == "_CARET" and (m := TRANSPOSE.match(self.text, self.at)):
            kind, s, self.at = "TRANSPOSE", "ᵀ", m.end()
        if kind == "_NORM":
            self.in_norm = not self.in_norm
            kind = "_NORM" if self.in_norm else "_ENDNORM"
        yield from self.derivative(kind, _COUNT.get(s, "1") if kind == "INT" else s, start)

    def derivative(self, kind, value, start):
        """The token of ∂: in the denominator of ∂²f/∂θ_i∂θ_l, or at the beginning of the next fraction."""
        if kind in _ENDS_DERIVATIVE:
            self.pending = 0
        if kind in ("D", "DELTA"):
            if self.pending:
                self.pending -= 1
                kind = "_DNEXT"
            else:
                order = _ORDER.match(self.text, self.at)
                self.order = int(order[1].translate(_POWERS)) if order else 1
        yield self.token(kind, value, start)

    def slash(self, start):
        """The token of /: before ∂, δ or d of a declared name it is the bar of a derivative."""
        if m := DERIVATIVE.match(self.text, self.at):
            self.text = self.text[: self.at] + unicode_derivative(m[0]) + self.text[m.end() :]
        m = _BELOW.match(self.text, self.at)
        word = m[1] if m else ""
        head, rest = self.split(word)
        if not m or not head:
            yield self.token("SLASH", "/", start)
            return
        self.pending, self.order = self.order - 1, 1
        self.at = m.start(1) + len(word) - len(rest)
        yield self.token("_OVERD", head, start)

    def begins_derivative(self, text: str) -> bool:
        m = _BELOW.match(text)
        return bool(m) and bool(self.split(m[1])[0])

    def split(self, word: str) -> tuple[str, str]:
        """The sign of a derivative and the name attached to it: dx ↦ d, x."""
        if word in ("∂", "δ", "d", "delta"):
            return {"δ": "delta", "∂": "d"}.get(word, word), ""
        for head in ("delta", "d"):
            rest = word.removeprefix(head)
            if word.startswith(head) and word not in self.declared and self.known(rest):
                return head, rest
        return "", word

    def known(self, name: str) -> bool:
        name = SPELLINGS.get(name, name)
        return name in self.declared or name.rstrip("'") in self.declared

    def name(self, s, start):
        if m := PRIMES.match(self.text, self.at):
            s, self.at = s + "'" * m[0].count("prime"), m.end()
        s = s.replace("′", "'").translate(_BELOW_LINE)
        for mark, word in _MARKS.items():
            s = s.replace(mark, word)
        if len(s) > MAX_NAME:
            raise located(NotationError(f"a name of more than {MAX_NAME} characters: {s[:20]}…"), self.line(start))
        if s in self.words:
            yield from self.word(s, start)
        elif s in _WORDS:
            yield from self.derivative(_WORDS[s], _COUNT.get(s, "1") if _WORDS[s] == "INT" else s, start)
        else:
            yield from self.identifier(s, start)

    def identifier(self, s, start):
        stem = s.rstrip("'\u0307\u0308")
        letter, more = (stem, "") if stem in SPELLINGS or stem[0].isascii() else (stem[0], stem[1:])
        canonical = f"{SPELLINGS.get(letter, letter)}{more}{s[len(stem) :]}"
        head, rest = self.split(s) if not self.known(canonical) else ("", s)
        if head and rest:
            self.at -= len(rest)
            yield from self.derivative("DELTA" if head == "delta" else "D", head, start)
        else:
            yield self.token("NAME", canonical, start)

    def word(self, s, start):
        """The token of a word; after `by` all is prose, and after `assume` all before the colon."""
        yield self.token(self.words[s], s, start)
        if s in ("by", "assume"):
            end = len(self.text) if s == "by" else self.text.find(":", self.at)
            prose, self.at = self.text[self.at : end], max(end, self.at)
            yield self.token("TEXT", " ".join(prose.split()), start)
