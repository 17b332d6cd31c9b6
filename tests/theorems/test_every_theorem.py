"""Properties of every theorem."""

from dataclasses import replace

import pytest
from sweeps import sweep_few

from ntk_symbolic import theorems
from ntk_symbolic.calculus.rules import FREE
from ntk_symbolic.proofs.derivation import Label, Verdict

THEOREMS = theorems.all_theorems()
EVERYTHING = {**THEOREMS, **{why.name: why for theorem in THEOREMS.values() for why in theorem.counterexamples}}
CENTRAL = ("parameter-gradient", "cost-dynamics", "function-dynamics", "tangent-kernel")
LONG = ("costs", "gradient-descent", "natural-gradient", "mini-batches")  # take half of the time of all
by_name = pytest.mark.parametrize("name", sweep_few(EVERYTHING, LONG))


def test_a_file_is_a_theorem():
    """The names are distinct, except for shared ones."""
    from pkgutil import iter_modules

    files = {module.name.replace("_", "-") for module in iter_modules(theorems.__path__)}
    assert files - THEOREMS.keys() <= {"setting"}
    assert all(theorem.name == name for name, theorem in THEOREMS.items())


@by_name
def test_it_is_proved_and_says_by_whom(name):
    derivation = EVERYTHING[name]()
    assert [step.line for step in derivation.steps if step.verdict is not Verdict.PROVED] == []
    assert derivation.verdict is Verdict.PROVED
    assert derivation.label in (Label.DERIVED, Label.EXACT, Label.NUMERIC)
    for step in derivation.steps:
        assert any(said.verdict is Verdict.PROVED and said.label is step.label for said in step.judgements)


@by_name
def test_no_line_says_that_a_thing_is_itself(name):
    """SymPy evaluates much by itself; a line of two identical sides would be a check that cannot fail."""
    assert [step.line for step in EVERYTHING[name].stated.steps if step.lhs == step.rhs] == []


@pytest.mark.parametrize("name", CENTRAL)
def test_every_equation_of_the_central_ones_is_proved_by_two_judges(name):
    for step in THEOREMS[name]().steps:
        proving = {said.judge for said in step.judgements if said.verdict is Verdict.PROVED}
        assert len(proving) >= 2 or proving == {"form"}, step.rule


@by_name
def test_a_hypothesis_left_out_makes_it_fail(name):
    derivation = EVERYTHING[name]()
    for n, hypothesis in enumerate(derivation.hypotheses):
        if hypothesis.grants:
            rest = (*derivation.hypotheses[:n], *derivation.hypotheses[n + 1 :])
            without = replace(derivation, hypotheses=rest).licensed()
            assert without.verdict is Verdict.UNDECIDED, hypothesis.statement
            assert without.label is None
            assert any(set(hypothesis.grants) & set(step.missing) for step in without.steps)


@by_name
def test_no_hypothesis_grants_what_is_not_used(name):
    derivation = EVERYTHING[name]()
    used = {rule for step in derivation.steps for said in step.judgements for rule in said.rules}
    granted = [rule for hypothesis in derivation.hypotheses for rule in hypothesis.grants]
    assert set(granted) <= used - FREE
    assert len(granted) == len(set(granted))


@by_name
def test_it_has_a_title_a_source_and_hypotheses(name):
    derivation = EVERYTHING[name]()
    assert derivation.title[0].isupper()
    assert derivation.source
    assert derivation.hypotheses
    assert all(step.rule for step in derivation.steps)
