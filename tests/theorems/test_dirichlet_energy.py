"""The cost that sees slopes: its derivative has a term at the ends, and the descent needs it to vanish."""

from dataclasses import replace

from ntk_symbolic.proofs.derivation import Derivation, Label, Verdict
from ntk_symbolic.theorems.dirichlet_energy import FLAT, dirichlet_energy

ALONE = Derivation("without the theorems it uses", dirichlet_energy.steps, hypotheses=dirichlet_energy.hypotheses)


def judged(step):
    return {j.verdict for judge in dirichlet_energy.judges if (j := judge(step)) is not None}


def test_every_line_is_proved_twice():
    for step in dirichlet_energy.judge(ALONE).steps:
        proving = [said.label for said in step.judgements if said.verdict is Verdict.PROVED]
        assert proving == [Label.DERIVED, Label.EXACT], step.rule


def test_without_the_term_at_the_ends_integration_by_parts_is_refuted():
    step = dirichlet_energy.steps[1]
    inside = next(a for a in step.rhs.args if not a.has(*(f.body for f in FLAT)) and "dx" in str(a))
    assert judged(replace(step, rhs=inside)) & {Verdict.PROVED, Verdict.REFUTED} == {Verdict.REFUTED}


def test_integration_by_parts_needs_no_more_than_the_fundamental_theorem():
    assert Verdict.PROVED in judged(replace(dirichlet_energy.steps[1], gap=None))  # on polynomials, where it holds


def test_the_last_line_needs_flat_ends():
    *_, step = dirichlet_energy.judge(ALONE).steps
    used = {rule for said in step.judgements for rule in said.rules}
    assert {fact.name for fact in FLAT} <= used
    assert Verdict.PROVED not in judged(replace(step, gap=None))
