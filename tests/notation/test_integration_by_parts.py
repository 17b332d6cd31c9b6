"""Lines that use integration by parts: entropy along the heat equation, powers and logarithms of a positive density."""

from dataclasses import replace

import pytest

from ntk_symbolic.notation.derivations import read
from ntk_symbolic.proofs.derivation import Verdict
from ntk_symbolic.proofs.judges.derived import derived

SETTING = """\
time t
space S = [0, 1], points s, r
function ρ(s) of t
function g(s)
function h(s)
assume heat: ρ̇(s) = ∂²ρ/∂s²(s)
hypothesis "smooth" grants "differentiability of ρ", "the fundamental theorem of calculus", "differentiation under the integral"
"""
PRODUCTION = "(log(ρ(1)) + 1) ∂ρ/∂s(1) − (log(ρ(0)) + 1) ∂ρ/∂s(0) − ∫_S (∂ρ/∂s(s))²/ρ(s) ds"
ENTROPY = f"""{SETTING}
d/dt ∫_S ρ(s) log(ρ(s)) ds
  = ∫_S (log(ρ(s)) + 1) ∂²ρ/∂s²(s) ds   by heat
  = {PRODUCTION}   by parts
"""


def judged(left: str, right: str):
    return read(f"{SETTING}{left}\n = {right}  by parts").judged()


def formally(text: str):
    """The verdict of the canonical form on the last step."""
    reading = read(text)
    return derived(*reading.assuming)(reading.derivation.steps[-1])


def test_the_entropy_along_the_heat_equation_is_produced_by_the_fisher_information():
    reading = read(ENTROPY)
    derivation = reading.derivation.judged(derived(*reading.assuming))
    assert (derivation.verdict, str(derivation.label)) == (Verdict.PROVED, "derived")
    assert "the fundamental theorem of calculus" in formally(ENTROPY).rules


WRONG = {
    "− ∫_S (∂ρ": "+ ∫_S (∂ρ",
    "(log(ρ(0)) + 1)": "log(ρ(0))",
    "(log(ρ(1)) + 1)": "(log(ρ(1)) − 1)",
    "− (log(ρ(0))": "+ (log(ρ(0))",
    "/ρ(s) ds   by parts": "/ρ(s)² ds   by parts",
    "(∂ρ/∂s(s))²/": "∂ρ/∂s(s)/",
}


@pytest.mark.parametrize("right", WRONG)
def test_another_production_has_another_form(right):
    assert right in ENTROPY
    assert formally(ENTROPY.replace(right, WRONG[right])).verdict is Verdict.UNDECIDED


def test_the_wrong_sign_is_refuted_in_numbers():
    reading = read(ENTROPY.replace("− ∫_S (∂ρ", "+ ∫_S (∂ρ"))
    last = replace(reading.derivation, steps=reading.derivation.steps[-1:], conclusion=())
    assert replace(reading, derivation=last).judged().verdict is Verdict.REFUTED


RIGHT = {
    "∫_S g(s) ∂²h/∂s²(s) ds − ∫_S ∂²g/∂s²(s) h(s) ds": (
        "g(1) ∂h/∂s(1) − ∂g/∂s(1) h(1) − g(0) ∂h/∂s(0) + ∂g/∂s(0) h(0)",
        "g(1) ∂h/∂s(1) − ∂g/∂s(1) h(1) + g(0) ∂h/∂s(0) − ∂g/∂s(0) h(0)",
    ),
    "∫_S s ∂h/∂s(s) ds": ("h(1) − ∫_S h(s) ds", "h(1) + ∫_S h(s) ds"),
    "d/dt ∫_S 1/2 ρ(s)² ds": (
        "ρ(1) ∂ρ/∂s(1) − ρ(0) ∂ρ/∂s(0) − ∫_S (∂ρ/∂s(s))² ds",
        "ρ(1) ∂ρ/∂s(1) − ρ(0) ∂ρ/∂s(0) − 1/2 ∫_S (∂ρ/∂s(s))² ds",
    ),
    "d/dt ∫_S ρ(s) ds": ("∂ρ/∂s(1) − ∂ρ/∂s(0)", "∂ρ/∂s(0) − ∂ρ/∂s(1)"),
}


@pytest.mark.parametrize("left", RIGHT)
def test_a_right_line_is_proved_and_its_wrong_twin_refuted(left):
    right, wrong = RIGHT[left]
    derivation = judged(left, right)
    assert derivation.verdict is Verdict.PROVED
    assert str(derivation.label) == "derived"
    assert judged(left, wrong).verdict is Verdict.REFUTED


def test_it_rests_on_the_fundamental_theorem():
    without = SETTING.replace('"the fundamental theorem of calculus", ', "")
    (step,) = read(f"{without}d/dt ∫_S ρ(s) ds\n = ∂ρ/∂s(1) − ∂ρ/∂s(0)  by parts").judged().steps
    assert step.missing == ("the fundamental theorem of calculus",)
    assert step.verdict is Verdict.UNDECIDED


def test_where_an_integrand_has_no_value_somewhere_nothing_is_moved():
    """1/s² has the antiderivative −1/s, and no integral."""
    said = formally(f"{SETTING}∫_S ∂h/∂s(s)/s ds\n = h(1) + ∫_S h(s)/s² ds  by parts")
    assert said.verdict is Verdict.UNDECIDED
