"""The page of the source post shows the verdicts of the judges on every line, or it is not made."""

import pytest
from sympy import Symbol

from ntk_symbolic.pages.post_page import equation_parts, overview, slip_list
from ntk_symbolic.pages.theorem_page import NotProved
from ntk_symbolic.post.equations import Equation, Statement
from ntk_symbolic.post.slips import FoundBy, Slip
from ntk_symbolic.proofs.derivation import Derivation, Judgement, Label, Step, Verdict

x, y = Symbol("x"), Symbol("y")


def said(verdict: Verdict) -> Derivation:
    return Derivation(
        "a line", (Step(x, y, "a rule", judgements=(Judgement(verdict, Label.EXACT, "a judge", "3 ≠ 4"),)),)
    )


PRINTED = Statement("printed", "x < y", 1, message="k is bound twice")
SLIP = Statement("F1", "x\n  = y  by a rule", 2, said(Verdict.REFUTED))
CORRECTED = Statement("corrected", "x\n  = y  by a rule", 3, said(Verdict.PROVED))
EQUATIONS = {"P1": Equation("P1", "A flow", "It is f^θ.", (PRINTED, SLIP, CORRECTED))}
FOUND = Slip("F1", ("P1",), "x is y", "x is not y", FoundBy.REFUTED, (("P1", "F1"),), ("why",), ("how",))


def test_an_equation_is_shown_as_printed_slip_by_slip_and_corrected():
    ((anchor, heading, body),) = equation_parts(EQUATIONS)
    assert (anchor, heading) == ("p1", "P1 · A flow")
    assert "f<sup>θ</sup>" in body
    assert "x &lt; y" in body
    assert "k is bound twice." in body
    assert "3 ≠ 4" in body
    assert body.index("As printed") < body.index("Slip F1 alone") < body.index("Corrected")


def test_the_table_gives_the_verdicts_and_the_slips():
    table = overview(EQUATIONS, {"F1": FOUND})
    assert "✗ ill-formed" in table
    assert 'href="#f1"' in table
    assert "✓ proved" in table


@pytest.mark.parametrize("verdict", [Verdict.REFUTED, Verdict.UNDECIDED])
@pytest.mark.parametrize("kind", ["corrected", "S14-corrected"])
def test_a_corrected_line_that_is_not_proved_fails_the_build(verdict, kind):
    wrong = Equation("P1", "", "", (Statement(kind, "", 1, said(verdict)),))
    with pytest.raises(NotProved, match="P1"):
        list(equation_parts({"P1": wrong}))


def test_so_does_a_corrected_line_that_means_nothing():
    wrong = Equation("P1", "", "", (Statement("corrected", "", 1, message="k is bound twice"),))
    with pytest.raises(NotProved, match="k is bound twice"):
        list(equation_parts({"P1": wrong}))


@pytest.mark.parametrize("found_by", [FoundBy.GRAMMAR, FoundBy.HARMLESS])
def test_so_does_a_slip_that_was_not_found_as_it_says(found_by):
    wrong = Slip("F1", ("P1",), "", "", found_by, (("P1", "F1"),))
    with pytest.raises(NotProved, match="slip F1 in P1"):
        slip_list({"F1": wrong}, EQUATIONS, "{}.html".format)


def test_a_slip_leads_to_its_line_its_counterexample_and_its_theorem():
    shown = slip_list({"F1": FOUND}, EQUATIONS, "{}.html".format)
    for address in ("#p1-f1", "why.html", "how.html", "#p1"):
        assert f'href="{address}"' in shown
    assert "refuted by a judge" in shown


def test_a_reference_to_a_theorem_there_is_not_fails_the_build():
    with pytest.raises(KeyError):
        slip_list({"F1": FOUND}, EQUATIONS, {"how": "how.html"}.__getitem__)
