"""The theorem of the cost: proved line by line, and every wrong line refused."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest

from ntk_symbolic.calculus import check
from ntk_symbolic.errors import IllFormed
from ntk_symbolic.proofs.derivation import Claim, Label, Verdict
from ntk_symbolic.proofs.instances import STRONG, Instance, Strength
from ntk_symbolic.proofs.interpreter import Interpreter
from ntk_symbolic.proofs.judge_derived import derived
from ntk_symbolic.proofs.judge_exact import differs, exact
from ntk_symbolic.proofs.mutants import mutants
from ntk_symbolic.theorems.cost_dynamics import cost_dynamics
from ntk_symbolic.theorems.setting import Outputs, Parameters, X

STATED = cost_dynamics.stated
JUDGES = derived(*cost_dynamics.assuming), exact(*cost_dynamics.assuming)
MUTANTS = [(n, m) for n, step in enumerate(STATED.steps) for m in mutants(step.rhs)]
SYMMETRIC = "K_{jl}(x, x') with x, x' and j, l exchanged"  # K_jl(x, x') = K_lj(x', x)


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


@pytest.mark.parametrize("n, mutant", MUTANTS, ids=[f"line {n + 1}: {m}" for n, m in MUTANTS])
def test_a_wrong_line_is_refused(n, mutant):
    """Ill formed, or refuted with an instance and not proved; but for the kernel's own symmetry."""
    try:
        step = replace(STATED.steps[n], rhs=mutant.make())
        form, instances = (judge(step).verdict for judge in JUDGES)
    except IllFormed:
        return
    if mutant.name == SYMMETRIC:
        assert (form, instances) == (Verdict.PROVED, Verdict.PROVED)
    else:
        assert (form, instances) == (Verdict.UNDECIDED, Verdict.REFUTED)


def accepted_by_instances(strength):
    """Mutants of the first line and of that with K which one instance of this strength does not tell from the line."""
    spaces = (X, Outputs, Parameters)
    interpreter = Interpreter(Instance(spaces, 0, strength), cost_dynamics.assuming)
    names = []
    for n, mutant in MUTANTS:
        if n not in (0, 4):
            continue
        try:
            side = mutant.make()
            check(side)
        except IllFormed:
            continue
        if differs(interpreter, STATED.steps[n].lhs, side) is None:
            names.append(mutant.name)
    return names


@pytest.mark.parametrize(
    "weak, accepts",
    [
        (Strength(sizes=(1, 2)), "∂f_j/∂θ_i(x): i → z"),
        (Strength(sizes=(3, 1)), "j, l exchanged"),
        (Strength(end=Fraction(1), density=(1, 0)), "a second binder like x"),
        (Strength(degree_in_points=0), "with x, x' exchanged"),
    ],
    ids=["P = 1", "k = 1", "mass 1", "f independent of x"],
)
def test_a_weak_instance_lets_mutants_through(weak, accepts):
    """So the strength of the instances is a requirement."""
    assert accepts in " | ".join(accepted_by_instances(weak))


def test_one_strong_instance_lets_none_through():
    assert accepted_by_instances(STRONG) == [SYMMETRIC]


def test_the_mutants_are_many_and_of_every_kind():
    names = [m.name for _, m in MUTANTS]
    assert len(names) > 200
    for kind in (
        *("sign", "factor 2", "binder of x dropped", "left free", "second binder", "bound twice", "one variable for"),
        *("δC/δf_j(x) dropped", "squared", "→", "exchanged"),
    ):
        assert any(kind in name for name in names), kind
    assert names.count(SYMMETRIC) == 1


def with_line(n, change):
    """The derivation with the right side of one line changed, and the left side of the next with it."""
    steps = list(STATED.steps)
    wrong = change(steps[n].rhs)
    steps[n] = replace(steps[n], rhs=wrong)
    if n + 1 < len(steps):
        steps[n + 1] = replace(steps[n + 1], lhs=wrong)
    return replace(STATED, steps=tuple(steps))


@pytest.mark.parametrize("n", range(len(STATED.steps)))
@pytest.mark.parametrize("slip", [lambda e: -e, lambda e: 2 * e], ids=["a sign", "a factor 2"])
def test_a_planted_slip_refutes_the_derivation_and_shows_the_instance(n, slip):
    wrong = cost_dynamics.judge(with_line(n, slip))
    assert wrong.verdict is Verdict.REFUTED
    assert wrong.label is None
    (said,) = [j for j in wrong.steps[n].judgements if j.verdict is Verdict.REFUTED]
    for part in ("left = ", "right = ", "dμ = (1 + 2x)dx", "P = 2, k = 2", "L(x, f_1, f_2) = ", "θ_1 = "):
        assert part in said.detail
    assert "REFUTED" in wrong.text()
