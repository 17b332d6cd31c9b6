"""Derivations as one document, in any of the formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..documents.page import Html, contents, page
from .html import derivation_html, heading
from .printing import to_latex

if TYPE_CHECKING:
    from .derivation import Derivation

LINE = 88  # characters of text, if no terminal sets a width


def document(derivations: list[Derivation], form: str, greek: bool, width: int | None = None) -> str:
    """The derivations as html, markdown, latex or text; text in lines of this width, without `greek` in ASCII."""
    if form == "html":
        if len(derivations) == 1:
            return page(heading(derivations[0].title), derivation_html(derivations[0]))
        return page("Theorems", _chapters(derivations))
    if form == "markdown":
        return "\n".join(derivation.markdown() for derivation in derivations)
    if form == "latex":
        return to_latex(*derivations)
    return "\n\n".join(derivation.text(width or LINE, unicode=greek) for derivation in derivations)


def _chapters(derivations: list[Derivation]) -> Html:
    """The derivations below each other, each at the head of a sheet when printed, after the list of their titles."""
    titles = [(f"theorem-{n}", heading(derivation.title)) for n, derivation in enumerate(derivations, 1)]
    bodies = (
        f'<div class="chapter" id="{anchor}">\n{derivation_html(derivation)}\n</div>'
        for (anchor, _), derivation in zip(titles, derivations)
    )
    return Html("\n".join([contents(titles), *bodies]))
