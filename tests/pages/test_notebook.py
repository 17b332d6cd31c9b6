"""A derivation in a notebook brings its style, confined to itself; as a page it needs nothing else."""

from sympy import Symbol

from ntk_symbolic.proofs.derivation import Derivation, Judgement, Label, Step, Verdict

x = Symbol("x")
PROVED = Judgement(Verdict.PROVED, Label.EXACT, "a judge")
DERIVATION = Derivation("A line", (Step(x + x, 2 * x, "counting", judgements=(PROVED,)),))


def test_every_rule_of_the_style_is_confined_to_the_notebooks_cell():
    shown = DERIVATION._repr_html_()
    style = shown.partition("<style>")[2].partition("</style>")[0]
    depth, outside = 0, ""
    for sign in style:
        depth += (sign == "{") - (sign == "}")
        outside += sign if depth == 0 and sign not in "}" else ""
    assert outside.split() == [":where(.notebook)", ".notebook"]
    assert "counting" in shown


def test_a_derivation_is_a_page_that_needs_nothing_else():
    page = DERIVATION.html()
    assert page.startswith("<!DOCTYPE html>")
    assert "counting" in page
    assert "http" not in page.replace("http://www.w3.org", "")
