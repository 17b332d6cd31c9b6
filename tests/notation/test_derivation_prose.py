"""Prose of users' files is shown, never executed, and never confused with verdicts."""

import re

import pytest
from click.testing import CliRunner

from ntk_symbolic.checking.checked import Checked
from ntk_symbolic.checking.lines import checked_text
from ntk_symbolic.cli import main
from ntk_symbolic.notation.derivations import read
from ntk_symbolic.proofs.derivation import Derivation
from ntk_symbolic.proofs.plain_math import is_plain
from ntk_symbolic.theorems import all_theorems

OBEYED = "\x1b\x07\u202e\u2066\u200b\x9b\u2028\x7f"  # escapes, bells, overrides of the direction, zero widths
SEQUENCES = f"\x1b[31m\x1b]0;title{OBEYED}2J"
FORMS = ("text", "markdown", "latex", "html")


def derivation(words: str) -> Derivation:
    lines = f"title: T {words}\nsource: S {words}\nsummary: Z {words}\nindex i in 1..P\n"
    lines += f'hypothesis "H {words}" grants "Fubini" from "F {words}"\n'
    return read(f"{lines}Σ_i 1\n  = P  by R {words}: M {words}").judged()


@pytest.mark.parametrize("form", FORMS)
def test_no_character_that_a_terminal_or_a_browser_obeys_is_printed(form):
    shown = getattr(derivation(SEQUENCES), form)()
    shown = shown.partition("<body>")[2] or shown
    assert not set(OBEYED) & set(shown)
    assert shown.count("T ") >= 1


def test_none_is_printed_with_a_verdict_either():
    wrong = read(f"title: {SEQUENCES}\nindex i in 1..P\nΣ_i 1\n  = 2 P  by {SEQUENCES}").judged()
    said = checked_text(f"a{OBEYED}.md", "\n" * 3 + SEQUENCES + "\n" * 9, [Checked(1, wrong)])
    assert not set(OBEYED) & set(said)
    assert "REFUTED" in said
    result = CliRunner().invoke(main, ["check", f"a{OBEYED}.md"])
    assert (result.exit_code, set(OBEYED) & set(result.stderr)) == (2, set())


NOT_PLAIN = [
    r"\frac{a",
    r"\input{/etc/passwd}",
    r"\immediate\write18{ls}",
    r"\def\x{\x\x}\x",
    r"\href{javascript:alert(1)}{x}",
    r"\catcode`\@=11",
    "^^5cinput x",
    r"\left( a",
    "a_b_c",
    "{" * 40 + "}" * 40,
    r"\begin{document}",
    "% comment",
    r"\text{<img src=x onerror=alert(1)>}\foo",
]


@pytest.mark.parametrize("tex", NOT_PLAIN)
def test_what_is_no_plain_formula_stands_as_it_was_typed(tex):
    assert not is_plain(tex)
    d = derivation(f"${tex}$ <script>alert(1)</script> [a](javascript:b) ${tex}")
    latex, html, markdown = d.latex(), d.html(), d.markdown()
    assert not re.search(r"\\(input|write|def|href|catcode|begin\{document\}.*\\begin\{document\})(?![A-Za-z])", latex)
    assert "^^5c" not in latex
    assert "<script" not in html
    outside_code = re.sub("`[^`]*`", "", markdown)
    assert "<script" not in outside_code
    assert "](javascript" not in outside_code
    assert not re.search(r"<[^>]*(href|onerror)=", html)
    assert d.text()


@pytest.mark.parametrize("name", all_theorems())
def test_every_formula_in_the_prose_of_our_theorems_is_plain_and_can_be_set(name):
    theorem = all_theorems()[name]
    title, _, summary = (theorem.lines.__doc__ or "").partition("\n\n")
    shown = Derivation(
        title, theorem.steps, hypotheses=theorem.hypotheses, source=theorem.source, summary=summary
    ).html()
    assert 'class="math unset"' not in shown
    assert not re.search(r"<code>[^<]*\\", shown)


@pytest.mark.parametrize("form", FORMS)
def test_the_authors_words_are_set_apart_from_the_rules_that_a_judge_used(form):
    lines = "index i, m in 1..P\nfunction a_i\n(Σ_i a_i)^2\n  = Σ_i Σ_m a_m a_i  by Fermat's last theorem"
    shown = getattr(read(lines).judged(), form)().replace("&#x27;", "'")
    rules = re.search(r"rules used: (.*)", shown)
    assert rules
    assert "linearity" in rules[1]
    assert "Fermat" not in rules[1]
    assert "The author: “Fermat's last theorem.”" in shown
    refuted = getattr(read(lines.replace("= Σ_i Σ_m", "= 2 Σ_i Σ_m")).judged(), form)()
    assert "rules used" not in refuted.partition("canonical form")[0]
    assert "not proved" in refuted


@pytest.mark.parametrize(
    ("grant", "near"),
    [
        ("fubini", "Fubini"),
        ("Fubinni", "Fubini"),
        ("differentiability of Θ", "differentiability of θ"),
        ("symmetry of the second derivatives", "symmetry of second derivatives"),
        ("differentiation under integral", "differentiation under the integral"),
        ("gradient  flow!", "gradient flow"),
        ("the chain rule", "rules are Fubini"),
    ],
)
def test_a_grant_that_no_rule_asks_for_is_an_error_with_the_nearest_name(grant, near):
    lines = "index i in 1..P\nfunction θ_i\nfunctional C[θ]\nassume gradient flow: C[θ] = 1\n"
    with pytest.raises(ValueError, match=near) as refused:
        read(f'{lines}hypothesis "s" grants "{grant}"\nΣ_i 1\n  = P  by x')
    assert refused.value.line == 5
