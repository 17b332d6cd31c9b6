"""Helpers for Markdown written by the build."""

import re
from collections.abc import Iterable
from pathlib import Path

_FENCE = "~" * 12


def raw(markup: str) -> str:
    """Markup as a raw HTML block."""
    return f"{_FENCE}{{raw}} html\n{markup}\n{_FENCE}"


def plain(text: str) -> str:
    r"""Text with all Markdown escaped.

    >>> print(plain("ntk_symbolic"))
    ntk\_symbolic
    """
    return re.sub(r"([\\`*_\[\]<>$#|{}~^])", r"\\\1", text)


def write(path: Path, text: str) -> None:
    """Writes a file only if it differs, so that Sphinx reads only changed files again."""
    path.parent.mkdir(exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def contents(pages: Iterable[str]) -> str:
    """A hidden table of contents, in this order: of the side bar, and of next and previous."""
    return "\n".join(["```{toctree}", ":hidden:", "", *pages, "```", ""])
