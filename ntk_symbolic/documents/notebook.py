"""Markup in a notebook: pieces of pages with a style of their own and the text colour of the notebook."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from .page import Html

# A notebook may be light or dark independent of the system, so all colours but those of badges are mixed from its text colour
_COLOURS = """
  --ink: currentColor; --quiet: color-mix(in srgb, currentColor 68%, transparent); --accent: currentColor;
  --line: color-mix(in srgb, currentColor 18%, transparent); --raised: color-mix(in srgb, currentColor 5%, transparent);
  --good: #1d6b43; --good-paper: #e3f2e9; --fair: #275a8c; --fair-paper: #e4eef8;
  --bad: #a02f2a; --bad-paper: #fae6e4; --open: #7a5a10; --open-paper: #f8efd7;
"""


def framed(markup: Html) -> Html:
    """Markup with its style, which applies only to it."""
    return Html(f'<div class="notebook"><style>{_style()}</style>\n{markup}</div>')


@cache
def _style() -> str:
    pieces = (files("ntk_symbolic.documents") / "assets" / "pieces.css").read_text(encoding="utf-8")
    # --raised is a transparent tint here: no shade at the ends of a formula
    unshaded = "div.math { background: none; }"
    return f":where(.notebook) {{{_COLOURS}}}\n.notebook {{\n{pieces}\n{unshaded}}}"
