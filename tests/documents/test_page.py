"""A page is one self-contained file, and shows text as text."""

import re
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

from ntk_symbolic.documents.page import (
    Html,
    badge,
    callout,
    data_table,
    details,
    figure,
    formula,
    key_values,
    page,
    prose,
    section,
)

EVERYTHING = section(
    "Pieces & parts of $\\Theta$",
    "A text with $x^2$, `code` and 1 < 2.",
    key_values([("depth", 3), ("$W_{std}$", 1.5), ("activation", badge("agrees"))]),
    data_table(["width", "$z$", "verdict"], [[64, -0.4, badge("agrees")], [128, 1.9, badge("disagrees")]], "A table"),
    figure("<svg></svg>", "A picture"),
    callout("Mind the gap", tone="bad"),
    details("More", formula(r"\int_0^1 \frac{x}{2}\,\mathrm{d}x")),
    anchor="pieces",
)


class Balance(HTMLParser):
    """Collects tags left open or closed twice, and every attribute."""

    VOID = frozenset({"meta", "br", "img", "link", "input", "hr"})

    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.attributes = [], [], []

    def handle_starttag(self, tag, attrs):
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += attrs

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def read(document: str) -> Balance:
    parser = Balance()
    parser.feed(document)
    parser.close()
    return parser


def test_a_page_is_well_formed_html():
    parser = read(page("A report", EVERYTHING))
    assert parser.open == []
    assert parser.wrong == []


def test_a_page_needs_neither_network_nor_script():
    document = page("A report", EVERYTHING)
    assert not re.search(r"https?://|//[a-z]+\.|@import|<script|<link|<img|<iframe", document)
    assert {url[:5] for url in re.findall(r"url\([\"']?([^)\"']*)", document)} == {"data:"}
    assert not {"src", "href", "srcset"} & {name for name, _ in read(document).attributes}


def test_a_page_is_small_enough_to_be_mailed():
    assert len(page("A report", EVERYTHING)) < 150_000
    assert len((files("ntk_symbolic.documents") / "assets" / "math.woff2").read_bytes()) < 120_000


def test_the_font_comes_with_its_licence():
    assert "SIL OPEN FONT LICENSE" in (files("ntk_symbolic.documents") / "assets" / "OFL.txt").read_text()


def test_a_page_knows_dark_screens_phones_and_paper():
    document = page("A report", "")
    assert "prefers-color-scheme: dark" in document
    assert "@media print" in document
    assert 'name="viewport"' in document


def test_what_a_formula_stands_on_is_what_its_shades_are_painted_with():
    """A shade in another colour would be a visible panel at each end of the formula."""
    site = Path(__file__).parents[2] / "docs" / "_static" / "site.css"
    styles = [files("ntk_symbolic.documents") / "assets" / name for name in ("page.css", "pieces.css")] + [site]
    rules = [
        rule for style in styles for rule in re.findall(r"([^{}]+)\{([^{}]*)\}", style.read_text(encoding="utf-8"))
    ]
    assert "var(--ground, var(--paper))" in next(body for selector, body in rules if "gradient" in body)
    boxes = [(name.strip(), body) for name, body in rules if re.search(r"background: var\(--(?!paper)", body)]
    holding_formulas = [(name, body) for name, body in boxes if not re.search(r"badge|highlight", name)]
    assert len(holding_formulas) >= 3
    for name, body in holding_formulas:
        ground = re.search(r"background: (var\(--[\w-]+\))", body)[1]
        assert f"--ground: {ground};" in body, name


HOSTILE = "<script>alert('x')</script> & \"quotes\""


@pytest.mark.parametrize(
    "piece",
    [
        section(HOSTILE, HOSTILE, anchor=HOSTILE),
        key_values([(HOSTILE, HOSTILE)]),
        data_table([HOSTILE], [[HOSTILE]], HOSTILE),
        badge(HOSTILE, HOSTILE),
        figure("", HOSTILE),
        callout(HOSTILE, tone=HOSTILE),
        details(HOSTILE, HOSTILE),
        prose(f"`{HOSTILE}` $x$ {HOSTILE}"),
        page(HOSTILE, ""),
    ],
)
def test_text_is_shown_and_never_obeyed(piece):
    assert "<script" not in piece
    parser = read(piece)
    assert parser.open == []
    assert parser.wrong == []


def test_prose_knows_formulas_and_code_and_nothing_else():
    assert (
        prose("a < $x$ `b < c`") == 'a &lt; <math display="inline"><mrow><mi>x</mi></mrow></math> <code>b &lt; c</code>'
    )
    assert prose("costs 5$ & more") == "costs 5$ &amp; more"
    assert prose(Html("<b>x</b>")) == "<b>x</b>"


@pytest.mark.parametrize(
    ("word", "tone"),
    [
        *(("derived", "good"), ("exact", "good"), ("numeric", "fair"), ("statistical", "fair")),
        *(("proved", "good"), ("refuted", "bad"), ("undecided", "open")),
        *(("agrees", "good"), ("disagrees", "bad"), ("inconclusive", "open")),
    ],
)
def test_every_verdict_has_a_colour_and_a_sign_that_works_without_it(word, tone):
    sign = {"good": "✓", "fair": "≈", "bad": "✗", "open": "?"}[tone]
    assert badge(word) == f'<span class="badge {tone}">{sign} {word}</span>'


def test_columns_of_numbers_are_flush_right():
    table = data_table(["n", "name"], [[1, "a"], [-2.5, "b"]])
    assert table.count('class="number"') == 3
    assert "−2.5" in table
