"""The content of a page, written once and formatted in any of four formats.

Words are prose: `$…$` in them is LaTeX. A cell of a table is prose, a number, or an expression of SymPy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from textwrap import fill

from sympy import Expr, fraction, latex, sstr

from ..documents.page import Html, data_table, details, figure, formula, key_values, page, prose, section
from ..proofs.derivation import Derivation
from ..proofs.html import derivation_html
from ..proofs.printing import DOCUMENT, display_math, outcome, text_formula
from ..proofs.signs import ascii_only, tex_prose, unicode_prose

Cell = str | int | float | Expr
WIDTH = 88  # of plain text


@dataclass(frozen=True)
class Formula:
    """left = value; the left side is LaTeX."""

    left: str
    value: Expr


@dataclass(frozen=True)
class Series:
    """left = the sum of the terms, none of them negative, in this order; `more` if it continues."""

    left: str
    terms: tuple[Expr, ...]
    more: bool


@dataclass(frozen=True)
class Pairs:
    """Names with their values."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Picture:
    """An SVG, drawn with the page; formats without figures have the words instead, if there are any."""

    draw: Callable[[], Html]
    caption: str
    words: str = ""


@dataclass(frozen=True)
class Proof:
    """A derivation: in full on a page, in other formats its verdict and the command that prints it."""

    of: str
    derivation: Derivation
    command: str


Block = str | Formula | Series | Pairs | Table | Picture | Proof


@dataclass(frozen=True)
class Section:
    title: str
    blocks: tuple[Block, ...]
    anchor: str = ""


@dataclass(frozen=True)
class Document:
    """The blocks below the title, and the sections."""

    title: str
    head: tuple[Block, ...]
    sections: tuple[Section, ...]


# HTML


def to_html(document: Document) -> str:
    """A whole page."""
    return page(document.title, str(body(document)))


def body(document: Document) -> Html:
    """The page without its title, as markup."""
    parts = [contents(document), *map(block_html, document.head), *map(section_html, document.sections)]
    return Html("\n".join(filter(None, parts)))


def contents(document: Document) -> Html:
    """Links to the sections that have an anchor."""
    links = [f'<a href="#{part.anchor}">{prose(part.title)}</a>' for part in document.sections if part.anchor]
    return Html(f'<nav class="sections">{" · ".join(links)}</nav>' if links else "")


def section_html(part: Section) -> Html:
    return section(part.title, *map(block_html, part.blocks), anchor=part.anchor)


def block_html(block: Block) -> Html:
    match block:
        case Formula():
            return formula(_in_lines(block))
        case Series():
            return formula(_equation(block))
        case Pairs(rows):
            return key_values((name, _shown(value)) for name, value in rows)
        case Table(columns, rows):
            return data_table(columns, [[_shown(cell) for cell in row] for row in rows])
        case Picture(draw, caption, _):
            return figure(draw(), caption)
        case Proof(of, derivation, _):
            steps = f"The derivation of {of}: {len(derivation.steps)} steps"
            return details(steps, derivation_html(derivation))
        case _:
            return Html(f"<p>{prose(block)}</p>")


def _shown(cell: Cell) -> Cell | Html:
    return prose(f"${set_as(cell)}$") if isinstance(cell, Expr) else cell


def set_as(e: Expr) -> str:
    """LaTeX with arcsin, not SymPy's asin."""
    return latex(e, inv_trig_style="full")


def _equation(block: Formula | Series) -> str:
    if isinstance(block, Formula):
        return f"{block.left} = {set_as(block.value)}"
    return f"{block.left} = {' + '.join(map(set_as, block.terms)) or 0}" + r" + \cdots" * block.more


def _in_lines(block: Formula) -> str:
    """A sum wider than a page, in lines below its left side, since print has no scroll box."""
    terms = block.value.as_ordered_terms()
    if len(terms) == 1 or sum(map(_width, terms)) + LEFT <= PAGE:
        return _equation(block)
    lines: list[list[Expr]] = [[]]
    for term in terms:
        if lines[-1] and sum(map(_width, [*lines[-1], term])) > LINE:
            lines.append([])
        lines[-1].append(term)
    rows = [_joined(map(set_as, line)) for line in lines]
    rows = [rf"&\quad = {rows[0]}", *(rf"&\quad {_joined(['', row]).strip()}" for row in rows[1:])]
    return r" \\ ".join([rf"\begin{{aligned}} &{block.left}", *rows]) + r" \end{aligned}"


def _joined(terms: Iterable[str]) -> str:
    return re.sub(r" \+ -", " - ", " + ".join(terms))


PAGE, LINE, LEFT = 58, 30, 16  # characters of a page, of a line on a phone, and of a left side


def _width(term: Expr) -> int:
    """The approximate width in characters; a fraction is as wide as the wider of its two parts."""
    return 3 + max(len(re.sub(r"sqrt|\*\*|[*() ]", "", sstr(part))) for part in fraction(term))


# Markdown


def to_markdown(document: Document) -> str:
    return "\n\n".join([f"# {document.title}", *filter(None, _markdown(document))]) + "\n"


def _markdown(document: Document) -> Iterator[str]:
    yield from map(_block_markdown, document.head)
    for part in document.sections:
        yield f"## {part.title}"
        yield from map(_block_markdown, part.blocks)


def _block_markdown(block: Block) -> str:
    match block:
        case Formula() | Series():
            return f"$$\n{_equation(block)}\n$$"
        case Pairs(rows):
            return _pipes(("", ""), rows)
        case Table(columns, rows):
            return _pipes(columns, rows)
        case Picture(words=words):
            return words
        case Proof():
            return _verdict(block)
        case _:
            return block


def _pipes(columns: Iterable[str], rows: Iterable[Iterable[Cell]]) -> str:
    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    head = [*columns]
    body = [line(f"${set_as(cell)}$" if isinstance(cell, Expr) else _plain(cell) for cell in row) for row in rows]
    return "\n".join([line(head), line("---" for _ in head), *body])


# LaTeX


def to_latex(document: Document) -> str:
    """A complete document; it needs amsmath, amssymb and graphicx."""
    return DOCUMENT.replace("%s", "\n\n".join(filter(None, _latex(document))))


def _latex(document: Document) -> Iterator[str]:
    yield rf"\section*{{{_tex(document.title)}}}"
    yield from map(_block_latex, document.head)
    for part in document.sections:
        yield rf"\subsection*{{{_tex(part.title)}}}"
        yield from map(_block_latex, part.blocks)


def _block_latex(block: Block) -> str:
    match block:
        case Formula() | Series():
            return display_math(_equation(block))
        case Pairs(rows):
            return _tabular((), rows)
        case Table(columns, rows):
            return _tabular(columns, rows)
        case Picture(words=words):
            return rf"\noindent {_tex(words)}" if words else ""
        case Proof():
            return rf"\noindent {_tex(_verdict(block))}"
        case _:
            return rf"\noindent {_tex(block)}"


def _tex(words: str) -> str:
    """Prose as LaTeX, with code in typewriter type."""
    parts = words.split("`")
    return "".join(rf"\texttt{{{tex_prose(p)}}}" if n % 2 else tex_prose(p) for n, p in enumerate(parts))


def _tabular(columns: tuple[str, ...], rows: tuple[tuple[Cell, ...], ...]) -> str:
    def line(cells: Iterable[Cell]) -> str:
        set_ = (f"${set_as(cell)}$" if isinstance(cell, Expr) else _tex(_plain(cell)) for cell in cells)
        return " & ".join(set_) + r" \\"

    head = [line(columns), r"\hline"] if columns else []
    lines = "\n".join([*head, *map(line, rows)])
    table = f"\\begin{{tabular}}{{{'l' * len(rows[0])}}}\n{lines}\n\\end{{tabular}}"
    return f"\\noindent\\fit{{{table}}}"


# Text


def to_text(document: Document, unicode: bool = True) -> str:
    """Plain text for a terminal; without `unicode`, only ASCII."""
    blocks = [_underlined(document.title, "="), *(_block_text(block, unicode) for block in document.head)]
    for part in document.sections:
        blocks += [_underlined(part.title, "-"), *(_block_text(block, unicode) for block in part.blocks)]
    text = "\n\n".join(filter(None, blocks)) + "\n"
    return text if unicode else ascii_only(text)


def _underlined(title: str, sign: str) -> str:
    return f"{_said(title)}\n{sign * len(_said(title))}"


def _block_text(block: Block, unicode: bool) -> str:
    match block:
        case Formula(left, value):
            return f"  {_said(f'${left}$')}\n{_flat_or_tall(value, unicode)}"
        case Series(left, terms, more):
            total = " + ".join([*map(sstr, terms), *["…"] * more]) or "0"
            return f"  {_said(f'${left}$')}\n{fill(total, WIDTH, initial_indent='    = ', subsequent_indent='      ')}"
        case Pairs(rows):
            return _columns([], rows)
        case Table(columns, rows):
            return _columns([_said(name) for name in columns], rows)
        case Picture(words=words):
            return fill(_said(words), WIDTH)
        case Proof():
            return fill(_said(_verdict(block)), WIDTH)
        case _:
            return fill(_said(block), WIDTH)


def _flat_or_tall(value: Expr, unicode: bool) -> str:
    line = f"    = {sstr(value)}"
    return line if len(line) <= WIDTH else text_formula(value, "    = ", WIDTH, unicode)


def _said(words: str) -> str:
    """Prose as text: W_{std} is W_std, and code is unmarked."""
    return re.sub(r"([_^])\{(-?\w+)\}", r"\1\2", unicode_prose(words)).replace("`", "")


def _columns(head: list[str], rows: Iterable[Iterable[Cell]]) -> str:
    """Columns flush left, two spaces apart; the last one may be long."""
    lines = [*([head] if head else []), *([_flat(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(f"{cell:<{w}}" for cell, w in zip(line, widths)).rstrip() for line in lines)


def _flat(cell: Cell) -> str:
    return sstr(cell) if isinstance(cell, Expr) else _said(_plain(cell))


def _plain(cell: Cell) -> str:
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def _verdict(proof: Proof) -> str:
    steps = f"The derivation of {proof.of} has {len(proof.derivation.steps)} steps."
    return f"{steps} {outcome(proof.derivation)} In full: `{proof.command}`."
