"""The theorem on the cost is proved line by line, and every wrong line is refused."""

from dataclasses import replace
from itertools import pairwise

import pytest

from ntk_symbolic.proofs.derivation import Claim, Label, Verdict
from ntk_symbolic.theorems.cost_dynamics import cost_dynamics

STATED = cost_dynamics.stated


def test_every_line_is_proved_by_both_judges():
    derivation = cost_dynamics()
    assert derivation.verdict is Verdict.PROVED
    assert derivation.label is Label.DERIVED
    for step in derivation.steps:
        assert [(j.label, j.verdict) for j in step.judgements] == [
            (Label.DERIVED, Verdict.PROVED),
            (Label.EXACT, Verdict.PROVED),
        ]


def test_the_lines_form_one_chain_from_the_left_to_the_right_of_the_conclusion():
    steps = STATED.steps
    assert all(b.lhs == a.rhs for a, b in pairwise(steps))
    assert STATED.conclusion == (Claim(steps[0].lhs, steps[-1].rhs),)


def test_before_it_is_judged_it_has_no_verdict():
    assert STATED.verdict is Verdict.UNDECIDED
    assert STATED.label is None
    assert all(not step.judgements for step in STATED.steps)


def test_gradient_flow_is_used_in_one_line_and_fubini_where_integrals_are_moved():
    used = [set().union(*(j.rules for j in step.judgements)) for step in cost_dynamics().steps]
    assert [n for n, rules in enumerate(used) if "gradient flow" in rules] == [1]
    assert "Fubini" in used[3]
    assert "definition of K" in used[4]
    assert "Fubini" not in used[4] | used[5]


def test_the_hypotheses_name_what_the_steps_rest_on():
    statements = " ".join(h.statement for h in STATED.hypotheses)
    for needed in ("Fréchet", "Gradient flow exists", r"\sigma", "double integral"):
        assert needed in statements
    assert [h.source[:4] for h in STATED.hypotheses if h.source] == ["Ries", "Fubi"]


def with_line(n, change):
    """The derivation with the right side of one line changed, and the left side of the next with it."""
    steps = list(STATED.steps)
    wrong = change(steps[n].rhs)
    steps[n] = replace(steps[n], rhs=wrong)
    if n + 1 < len(steps):
        steps[n + 1] = replace(steps[n + 1], lhs=wrong)
    return replace(STATED, steps=tuple(steps), conclusion=())


@pytest.mark.parametrize("n", range(len(STATED.steps)))
@pytest.mark.parametrize("slip", [lambda e: -e, lambda e: 2 * e], ids=["a sign", "a factor 2"])
def test_a_planted_slip_refutes_the_derivation_and_shows_the_instance(n, slip):
    wrong = cost_dynamics.judge(with_line(n, slip))
    assert wrong.verdict is Verdict.REFUTED
    assert wrong.label is None
    (said,) = [j for j in wrong.steps[n].judgements if j.verdict is Verdict.REFUTED]
    for part in ("left = ", "right = ", "X = [0, ", "P = 2, k = 2", "L(x, f_1, f_2) = ", "θ_1 = "):
        assert part in said.detail
    assert "REFUTED" in wrong.text()
