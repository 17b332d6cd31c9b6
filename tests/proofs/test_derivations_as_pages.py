"""A derivation on a page shows its claims, assumptions and verdicts, and the judges."""

from xml.etree import ElementTree as ET

import sympy

from ntk_symbolic.proofs.derivation import Claim, Derivation, Hypothesis, Judgement, Label, Step, Verdict
from ntk_symbolic.proofs.html import derivation_html

x, y = sympy.symbols("x y")
PROVED = Judgement(Verdict.PROVED, Label.NUMERIC, "judge_numeric", "40 digits, error < $10^{-30}$", ("Fubini",))
REFUTED = Judgement(Verdict.REFUTED, Label.EXACT, "judge_exact", "x = 2: 4 ≠ 5")

SQUARE = Derivation(
    title="A square, $x^2$ & more",
    conclusion=(Claim((x + y) ** 2, x * (x + y) + y * (x + y)),),
    steps=(
        Step((x + y) ** 2, (x + y) * (x + y), "definition of the square", "for all $x < y$", (PROVED,)),
        Step((x + y) * (x + y), x * (x + y) + y * (x + y), "distributivity", "", (PROVED,)),
        Step(sympy.sin(x), sympy.cos(x), "a new beginning"),
    ),
    hypotheses=(Hypothesis("$x, y \\in \\mathbb{R}$"), Hypothesis("rings exist", "Noether 1921")),
    source="school <1>",
    summary="It is known.",
)


def shown(derivation: Derivation) -> ET.Element:
    return ET.fromstring(derivation_html(derivation))


def text(element: ET.Element | None) -> str:
    assert element is not None
    return "".join(element.itertext())


def test_everything_that_is_said_is_on_the_page():
    said = text(shown(SQUARE))
    for part in ("A square", "It is known.", "school <1>", "rings exist", "Noether 1921", "definition of the square"):
        assert part in said
    for part in ("distributivity", "judge_numeric", "40 digits", "Fubini", "no judge examined this step"):
        assert part in said


def test_a_chain_does_not_repeat_its_left_side():
    formulas = [text(step.find("div")) for step in shown(SQUARE).findall("ol/li")]
    assert [formula.startswith("=") for formula in formulas] == [False, True, False]


def test_the_verdict_on_the_whole_is_the_derivations_own():
    assert text(shown(SQUARE).find("header/span")) == "? undecided"
    steps = SQUARE.steps[:2]
    proved = Derivation(SQUARE.title, steps)
    assert text(shown(proved).find("header/span")) == "✓ proved ≈ numeric"
    wrong = Derivation(SQUARE.title, (*steps, Step(x, y, "guess", "", (REFUTED,))))
    assert text(shown(wrong).find("header/span")) == "✗ refuted"
    defect = Derivation(SQUARE.title, (*steps, Step(x, y, "guess", "", (PROVED, REFUTED))))
    assert text(shown(defect).find("header/span")) == "✗ judges contradict each other"
    assert "x = 2: 4 ≠ 5" in text(shown(wrong))


def test_a_derivation_without_steps_is_not_called_proved():
    assert "proved" not in text(shown(Derivation("nothing", ())))
