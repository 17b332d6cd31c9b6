"""Markdown that is written by the build."""

import re
from collections.abc import Iterable
from pathlib import Path

_FENCE = "~" * 12


def raw(markup: str) -> str:
    """HTML as it stands."""
    return f"{_FENCE}{{raw}} html\n{markup}\n{_FENCE}"


def plain(text: str) -> str:
    r"""Text in which Markdown finds nothing to obey.

    >>> print(plain("ntk_symbolic"))
    ntk\_symbolic
    """
    return re.sub(r"([\\`*_\[\]<>$#|{}~^])", r"\\\1", text)


def write(path: Path, text: str) -> None:
    """Only where it differs, so that Sphinx reads again what changed and no more."""
    path.parent.mkdir(exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def contents(pages: Iterable[str]) -> str:
    """A hidden table of contents, in this order: of the side bar, and of next and previous."""
    return "\n".join(["```{toctree}", ":hidden:", "", *pages, "```", ""])
