"""Derivations as one document, in any of the formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..documents.page import page
from .html import derivation_html, heading
from .printing import to_latex

if TYPE_CHECKING:
    from .derivation import Derivation

LINE = 88  # characters of text, if no terminal sets a width


def document(derivations: list[Derivation], form: str, greek: bool, width: int | None = None) -> str:
    """The derivations as html, markdown, latex or text; text in lines of this width, without `greek` in ASCII."""
    if form == "html":
        title = heading(derivations[0].title) if len(derivations) == 1 else "Theorems"
        return page(title, "\n".join(map(derivation_html, derivations)))
    if form == "markdown":
        return "\n".join(derivation.markdown() for derivation in derivations)
    if form == "latex":
        return to_latex(*derivations)
    return "\n\n".join(derivation.text(width or LINE, unicode=greek) for derivation in derivations)
