"""Text of any origin, made safe for a terminal, a page or a document."""

from __future__ import annotations

from unicodedata import category

_OBEYED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, formats, and code points without a character


def visible(s: str) -> str:
    """The text without control characters of a terminal or a browser: escapes, bidirectional overrides, zero widths.

    >>> visible("a\\x1b[31mb\\u202ec\\td")
    'a\ufffd[31mb\ufffdc d'
    """
    return s if s.isascii() and s.isprintable() else "".join(map(_seen, s))


def _seen(c: str) -> str:
    if c in "\t\n":
        return " " if c == "\t" else c
    return "\ufffd" if category(c) in _OBEYED else c
