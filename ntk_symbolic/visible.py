"""Text of whatever origin as a terminal, a page or a document may be shown it."""

from __future__ import annotations

from unicodedata import category

_OBEYED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, formats, and what is no character


def visible(s: str) -> str:
    """Without characters that a terminal or a browser would obey: escapes, bidirectional overrides, zero widths.

    >>> visible("a\\x1b[31mb\\u202ec\\td")
    'a\ufffd[31mb\ufffdc d'
    """
    return s if s.isascii() and s.isprintable() else "".join(map(_seen, s))


def _seen(c: str) -> str:
    if c in "\t\n":
        return " " if c == "\t" else c
    return "\ufffd" if category(c) in _OBEYED else c
