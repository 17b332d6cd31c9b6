"""The source post, line by line: the verdicts are those that the page claims."""

import pytest

from ntk_symbolic.post import FoundBy, equations, slips
from ntk_symbolic.theorems import all_theorems

EQUATIONS = [f"P{n}" for n in range(1, 12)]
PROSE = {"P9", "P10"}  # no formula in the post


def test_all_equations_are_there_with_a_remark():
    assert list(equations()) == EQUATIONS
    assert all(e.title and len(e.remark) > 40 for e in equations().values())


@pytest.mark.parametrize("number", [n for n in EQUATIONS if n != "P10"])
def test_the_corrected_line_is_proved_by_two_judges(number):
    corrected = equations()[number]["corrected"]
    assert corrected.verdict == "proved"
    for step in corrected.derivation.steps:
        assert {j.verdict for j in step.judgements} == {"proved"}
        assert len(step.judgements) >= 2


PRINTED = {
    "P1": ("proved", ""),
    "P2": ("proved", ""),
    "P3": ("proved", ""),
    "P4": ("proved", ""),
    "P5": ("ill-formed", "j is an index in 1..k; an index in 1..P is needed"),
    "P6": ("ill-formed", "k is the number of values of j, l"),
    "P7": ("ill-formed", "the upper limit M is not declared"),
    "P8": ("ill-formed", "1 integral sign, 2 differentials"),
    "P11": ("refuted", ""),
}


@pytest.mark.parametrize("number", PRINTED)
def test_what_the_machine_says_of_the_line_as_printed(number):
    verdict, message = PRINTED[number]
    printed = equations()[number]["printed"]
    assert printed.verdict == verdict
    assert message in printed.message
    assert set(PRINTED) | PROSE == set(EQUATIONS)


ALONE = {
    ("P7", "F1"): ("ill-formed", "1 integral sign, 2 differentials"),
    ("P7", "F2"): ("ill-formed", "k is the number of values"),
    ("P5", "F3"): ("proved", ""),
    ("P8", "F4"): ("ill-formed", "K_{jl}(x, x') is written without its arguments"),
    ("P1", "F5"): ("refuted", ""),
    ("P4", "F6"): ("proved", ""),
    ("P1", "S14"): ("refuted", ""),
    ("P1", "S14-corrected"): ("proved", ""),
}


@pytest.mark.parametrize("place", ALONE, ids=str)
def test_each_slip_alone_is_met(place):
    number, kind = place
    verdict, message = ALONE[place]
    statement = equations()[number][kind]
    assert statement.verdict == verdict
    assert message in statement.message


def test_a_refuted_line_has_an_instance():
    for number, kind in (("P1", "F5"), ("P1", "S14"), ("P11", "printed")):
        said = [j.detail for s in equations()[number][kind].derivation.steps for j in s.judgements]
        assert any("difference" in detail and "on this instance" in detail for detail in said)


# ── The slips ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_slips_are_those_that_were_known_and_more():
    known = {f"F{n}" for n in range(1, 8)} | {f"S{n}" for n in range(1, 14)}
    assert known < set(slips())
    assert set(slips()) - known == {"F8", "F9", "S14", "S15"}


VERDICTS = {
    FoundBy.GRAMMAR: {"ill-formed"},
    FoundBy.REFUTED: {"refuted"},
    FoundBy.HARMLESS: {"proved"},
}


@pytest.mark.parametrize("slip", slips().values(), ids=slips())
def test_how_a_slip_is_said_to_be_found_is_how_it_is_found(slip):
    assert set(slip.where) <= set(EQUATIONS)
    verdicts = {equations()[number][kind].verdict for number, kind in slip.shown}
    if slip.found_by is not FoundBy.READING:
        assert verdicts == VERDICTS[slip.found_by]
    assert verdicts <= {"proved"} or slip.found_by is not FoundBy.READING


def counterexamples():
    return {c.name: c for theorem in all_theorems().values() for c in theorem.counterexamples}


@pytest.mark.parametrize("slip", slips().values(), ids=slips())
def test_the_theorems_and_counterexamples_of_a_slip_exist(slip):
    assert set(slip.theorems) <= set(all_theorems())
    assert set(slip.counterexamples) <= set(counterexamples())


def test_the_counterexamples_are_machine_checked():
    named = {name for slip in slips().values() for name in slip.counterexamples}
    assert len(named) >= 6
    assert {name for name in named if counterexamples()[name]().verdict != "proved"} == set()
