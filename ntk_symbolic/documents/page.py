"""Pages: self-contained HTML documents without a network or JavaScript, and the pieces of which they are built.

Text for a piece is escaped prose: `$…$` is a formula, `` `…` `` is code. Markup is
an `Html`, as returned by every piece, and is unchanged.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from .mathml import mathml

_LINE = 80  # signs of a displayed formula that fit a line on paper, as pieces.css has it
_WIDE = 28  # characters of an inline formula that may not fit into one line of a phone


class Html(str):
    """Markup, as opposed to text that must be escaped."""

    __slots__ = ()


def page(title: str, body_html: str, *, head_extra: str = "") -> str:
    """A whole HTML document with style and font inside. `body_html` and `head_extra` are markup, `title` is text."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title.replace('`', ''))}</title>\n<style>\n{_style()}</style>\n{head_extra}</head>\n"
        f"<body>\n<main>\n<h1>{prose(title)}</h1>\n{body_html}\n</main>\n</body>\n</html>\n"
    )


def contents(entries: Iterable[tuple[str, str]]) -> Html:
    """Links to the sections of the page, from (anchor, heading)."""
    links = "".join(f'<li><a href="#{escape(anchor)}">{prose(heading)}</a></li>\n' for anchor, heading in entries)
    return Html(f'<nav class="contents" aria-label="Contents"><ul>\n{links}</ul></nav>')


def section(heading: str, *body: str, level: int = 2, anchor: str = "") -> Html:
    """A part of the page under its heading; `anchor` is its id, for links."""
    name = f' id="{escape(anchor)}"' if anchor else ""
    inner = "\n".join(_block(part) for part in body)
    return Html(f"<section{name}>\n<h{level}>{prose(heading)}</h{level}>\n{inner}\n</section>")


def key_values(pairs: Iterable[tuple[str, object]]) -> Html:
    """A table of names and values."""
    rows = "".join(f'<tr><th scope="row">{prose(name)}</th><td>{_cell(value)}</td></tr>\n' for name, value in pairs)
    return Html(f'<div class="scroll"><table class="pairs"><tbody>\n{rows}</tbody></table></div>')


def data_table(columns: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> Html:
    """A table with a heading for each column; columns of numbers are set flush right."""
    cells = [list(row) for row in rows]
    numeric = [bool(cells) and all(_is_numeric(row[j]) for row in cells) for j in range(len(columns))]
    kinds = [' class="number"' if right else "" for right in numeric]
    head = "".join(f'<th scope="col"{kind}>{prose(name)}</th>' for kind, name in zip(kinds, columns))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{_cell(value)}</td>" for kind, value in zip(kinds, row)) + "</tr>\n"
        for row in cells
    )
    title = f"<caption>{prose(caption)}</caption>" if caption else ""
    return Html(
        f'<div class="scroll"><table class="data">{title}\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}</tbody></table></div>"
    )


_TONES = {
    "good": ("✓", "derived", "exact", "proved", "agrees", "bounded"),
    "fair": ("≈", "numeric", "statistical", "agrees to"),  # agrees to so many digits
    "bad": ("✗", "refuted", "disagrees", "ill-formed", "judges contradict each other"),
    "open": ("?", "undecided", "inconclusive", "estimated"),
}


def badge(word: str, note: str = "") -> Html:
    """A label or verdict as a small coloured word, with a sign of the same meaning without colour."""
    known = "agrees to" if word.startswith("agrees to") else word
    tone, sign = next(((tone, said[0]) for tone, said in _TONES.items() if known in said[1:]), ("", ""))
    title = f' title="{escape(note)}"' if note else ""
    kind = f"badge {tone}".strip()
    return Html(f'<span class="{kind}"{title}>{f"{sign} " if sign else ""}{escape(word)}</span>')


def figure(svg: str, caption: str = "") -> Html:
    """An inline SVG with its caption."""
    below = f"<figcaption>{prose(caption)}</figcaption>" if caption else ""
    return Html(f"<figure>\n{svg}\n{below}</figure>")


def callout(*body: str, tone: str = "fair") -> Html:
    """A remark set apart. `tone` is good, fair, bad or open."""
    inner = "\n".join(_block(part) for part in body)
    return Html(f'<div class="callout {escape(tone)}">\n{inner}\n</div>')


def details(summary: str, *body: str, unfolded: bool = False) -> Html:
    """A part that opens on a click."""
    inner = "\n".join(_block(part) for part in body)
    return Html(f"<details{' open' if unfolded else ''}><summary>{prose(summary)}</summary>\n{inner}\n</details>")


def formula(latex: str) -> Html:
    """A displayed formula, in a box that scrolls if it is too wide; on paper it is set smaller."""
    markup = mathml(latex, display=True)
    signs = max(len(re.sub(r"<[^>]*>", "", row)) for row in markup.split("</mtr>"))
    size = f' style="--signs: {signs}"' if signs > _LINE else ""
    return Html(f'<div class="math"{size}>{markup}</div>')


_PROSE = re.compile(r"\$(?P<math>[^$]+)\$|`(?P<code>[^`]+)`")


def prose(text: str) -> Html:
    """Text as markup: escaped, with `$…$` set as a formula and `` `…` `` as code. Html passes unchanged."""
    return _prose(text, escape)


def scripted(text: str) -> Html:
    """Prose in which plain formulas get their indices and exponents: f^θ, K_{jl}, ‖g‖²_K.

    >>> scripted("W_std and f_j^{θ + η}")
    'W_std and f<sub>j</sub><sup>θ + η</sup>'
    """
    return _prose(text, lambda plain: _SCRIPT.sub(_set_script, escape(plain)))


_SCRIPT = re.compile(r"(?P<sign>[_^])(?:\{(?P<braced>[^{}]*)\}|(?P<single>\w)(?!\w))")


def _set_script(match: re.Match[str]) -> str:
    tag = "sub" if match["sign"] == "_" else "sup"
    return f"<{tag}>{match['braced'] or match['single']}</{tag}>"


def _prose(text: str, plain: Callable[[str], str]) -> Html:
    if isinstance(text, Html):
        return text
    parts, position = [], 0
    for match in _PROSE.finditer(text):
        parts += [plain(text[position : match.start()]), _inline(match)]
        position = match.end()
    return Html("".join([*parts, plain(text[position:])]))


def _inline(match: re.Match[str]) -> str:
    if match["code"] is not None:
        return f"<code>{escape(match['code'])}</code>"
    markup = mathml(match["math"])
    return f'<span class="wide">{markup}</span>' if len(re.sub(r"<[^>]*>", "", markup)) > _WIDE else markup


def _block(part: str) -> str:
    return part if isinstance(part, Html) else f"<p>{prose(part)}</p>"


def _cell(value: object) -> str:
    if isinstance(value, str):
        return prose(value.replace("-", "−") if _NUMERIC.fullmatch(value) else value)
    return escape(f"{value:.6g}" if isinstance(value, float) else str(value)).replace("-", "−")


_NUMERIC = re.compile(r"[-+−±≤≥<>≈~]?\s*\d[\d.,\s]*([eE][-+−]?\d+)?\s*(%|±.*)?")


def _is_numeric(value: object) -> bool:
    if isinstance(value, str):
        return bool(_NUMERIC.fullmatch(value)) or value in ("", "–", "—")
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@cache
def _style() -> str:
    assets = files("ntk_symbolic.documents") / "assets"
    font = base64.b64encode((assets / "math.woff2").read_bytes()).decode()
    style = "\n".join((assets / name).read_text(encoding="utf-8") for name in ("page.css", "pieces.css"))
    return style.replace("FONT", f"data:font/woff2;base64,{font}", 1)
