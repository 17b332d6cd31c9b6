"""The derivative of a cost of slopes has a term at the ends, which must vanish for the descent."""

from dataclasses import replace

from ntk_symbolic.proofs.derivation import Derivation, Label, Verdict
from ntk_symbolic.theorems.dirichlet_energy import FLAT, F, density, dirichlet_energy, pairing, phi

ALONE = Derivation("without the theorems it uses", dirichlet_energy.steps, hypotheses=dirichlet_energy.hypotheses)


def judged(step):
    return {j.verdict for judge in dirichlet_energy.judges if (j := judge(step)) is not None}


def test_every_line_is_proved_twice():
    for step in dirichlet_energy.judge(ALONE).steps:
        proving = [said.label for said in step.judgements if said.verdict is Verdict.PROVED]
        assert proving == [Label.DERIVED, Label.EXACT], step.rule


def test_without_the_term_at_the_ends_the_derivative_is_refuted():
    step = dirichlet_energy.steps[2]
    inside = replace(step, rhs=pairing(density(F), phi))
    assert judged(inside) & {Verdict.PROVED, Verdict.REFUTED} == {Verdict.REFUTED}


def test_the_form_of_the_second_derivatives_needs_flat_ends():
    step = dirichlet_energy.steps[-2]
    used = {rule for judge in dirichlet_energy.judges if (j := judge(step)) for rule in j.rules}
    assert {fact.name for fact in FLAT} <= used
    assert judged(replace(step, gap=None)) & {Verdict.PROVED, Verdict.REFUTED} == {Verdict.REFUTED}


def test_the_form_of_the_slopes_needs_no_ends():
    chain = dirichlet_energy.steps[3:4]
    assert all(not step.gap.has(*(fact.body for fact in FLAT)) for step in chain)
    assert all(Verdict.PROVED in judged(step) for step in chain)
