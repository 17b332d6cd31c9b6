"""A harness tests the judges, and the harness can fail: on weak instances, and with a bug planted in a judge."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from sympy import QQ

from ntk_symbolic.calculus import Definition, Functional, Lam, Over, Space
from ntk_symbolic.proofs.judges import derived as judge_derived
from ntk_symbolic.proofs.judges import exact as judge_exact
from ntk_symbolic.proofs.mutation import equivalents
from ntk_symbolic.proofs.mutation.equivalents import EQUIVALENTS, Equivalent
from ntk_symbolic.proofs.mutation.harness import FAILURES, Outcome, Score, line_trials, score
from ntk_symbolic.proofs.mutation.scores import scores
from ntk_symbolic.proofs.theorem import at_most, theorem
from ntk_symbolic.theorems.cost_dynamics import cost_dynamics
from ntk_symbolic.theorems.parameter_gradient import parameter_gradient

X = Space("X", "measure", "x")
x, y = X.point("x"), X.point("y")
A, g = Functional("A", [X, X]), Functional("g", [X])
S = Definition("S", Lam(A(x, y) + A(y, x), x, y))
EXCHANGED = "S(x, y) with x, y exchanged"


@theorem(source="a test")
def symmetric():
    """A symmetric function"""
    yield S(x, y)
    yield A(x, y) + A(y, x), "definition"


@theorem(source="a test")
def square():
    """A square"""
    yield Over(g(x), x) * Over(g(y), y)
    yield Over(g(x) * g(y), x, y), "one double integral"


@theorem(source="a test")
def bounded():
    """An inequality with its gap"""
    yield 2 * g(x) * g(y)
    yield at_most(g(x) ** 2 + g(y) ** 2, (g(x) - g(y)) ** 2), "a square"


@theorem(source="a test")
def wrong():
    """A line that is wrong as it stands"""
    yield g(x)
    yield 2 * g(x), "a slip"


def with_judges(original, *judges):
    """The same theorem before other judges."""
    changed = replace(original)
    changed.__dict__.update(judges=judges, steps=original.steps)
    return changed


def names(trials, *outcomes):
    return [trial.name for trial in trials if trial.outcome in outcomes]


def listing(monkeypatch, *entries):
    monkeypatch.setattr(equivalents, "EQUIVALENTS", entries)


# ── Outcomes of mutants ───────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_proved_and_not_listed_is_a_survivor(monkeypatch):
    listing(monkeypatch)
    found = score(symmetric)
    assert names(found.trials, Outcome.SURVIVED) == [EXCHANGED]
    assert not found.passed


def test_what_is_proved_and_listed_is_equivalent_and_says_why(monkeypatch):
    listing(monkeypatch, Equivalent("symmetric", EXCHANGED, "S(x, y) = S(y, x)"))
    found = score(symmetric)
    assert [(trial.name, trial.reason) for trial in found.of(Outcome.EQUIVALENT)] == [(EXCHANGED, "S(x, y) = S(y, x)")]
    assert found.passed
    assert found.rejected > 10


def test_a_list_is_no_excuse_where_only_one_of_two_judges_proves_it(monkeypatch):
    listing(monkeypatch, Equivalent("symmetric", "*", "everything is equal"))
    exact = judge_exact.exact()
    original = symmetric.steps[0]

    def strict(step):
        return exact(original if step == original else wrong.steps[0])

    found = score(with_judges(symmetric, judge_derived.derived(), strict))
    assert names(found.trials, Outcome.DISPUTED) == [EXCHANGED]
    found = score(
        with_judges(symmetric, judge_derived.derived(), lambda step: exact(step) if step == original else None)
    )
    assert EXCHANGED in names(found.trials, Outcome.SURVIVED)
    assert not names(found.trials, Outcome.EQUIVALENT)


def test_what_no_judge_decides_is_counted_apart():
    found = score(with_judges(square, judge_derived.derived()))
    assert found.rejected == 0
    assert found.unproved > 10
    assert found.passed


def test_of_a_line_that_is_not_proved_nothing_is_learnt():
    found = score(wrong)
    assert names(found.trials, Outcome.BROKEN) == ["as it stands"]
    assert not found.passed
    assert not Score("nothing", ()).passed


def test_an_error_in_a_judge_is_told_and_does_not_end_the_run():
    def fragile(step):
        if step != square.steps[0]:
            raise ZeroDivisionError("inside")
        return judge_derived.derived()(step)

    found = score(with_judges(square, fragile))
    assert found.broken > 10
    assert "ZeroDivisionError: inside" in found.of(Outcome.BROKEN)[0].altered
    assert not found.passed


def test_of_an_inequality_both_sides_the_gap_and_the_relation_are_altered():
    found = score(bounded)
    assert {trial.part for trial in found.trials} == {"left", "right", "gap", "relation"}
    assert not names(found.trials, *FAILURES, Outcome.EQUIVALENT)


def test_a_side_in_the_middle_of_a_chain_is_altered_once():
    parts = [{trial.part for trial in line_trials(parameter_gradient, n, 20)} for n in range(2)]
    assert parts == [{"left", "right"}, {"right"}]


# ── The harness can fail ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_canonical_form_without_signs_is_found_out(monkeypatch):
    def blind(lhs, rhs, expansion):
        left, right = (judge_derived.Canonical(expansion).terms(side) for side in (lhs, rhs))
        return {text: abs(c) for text, c in left.items()} == {text: abs(c) for text, c in right.items()}

    monkeypatch.setattr(judge_derived, "_equal", blind)
    monkeypatch.setattr(judge_derived, "_differ", lambda step, assuming: False)
    assert "sign" in names(score(square).trials, Outcome.DISPUTED)


def test_a_canonical_form_without_variables_is_found_out(monkeypatch):
    monkeypatch.setattr(judge_derived.Canonical, "several", lambda self, points, labels: "*")
    judge_derived._form.cache_clear()
    assert "g(x) squared" not in names(score(symmetric).trials, Outcome.DISPUTED)
    assert any("A(x, y)" in name for name in names(score(symmetric).trials, Outcome.DISPUTED))
    judge_derived._form.cache_clear()


def test_instances_that_never_differ_are_found_out(monkeypatch):
    monkeypatch.setattr(judge_exact, "differs", lambda interpreter, lhs, rhs: None)
    survivors = names(score(square).trials, Outcome.SURVIVED)
    assert {"sign", "factor 2"} <= set(survivors)


def sizes(*all_sizes):
    return lambda patch: patch.setattr(judge_exact, "sizes", lambda sides, spaces, first, several: [all_sizes])


def mass_1(patch):
    patch.setattr(judge_exact.Instance, "measure", lambda self, space: [QQ(1), QQ(1), QQ(0)])  # dx on [0, 1]


def independent_of_points(patch):
    for name in ("STRONG", "SMALL"):
        patch.setattr(judge_exact, name, replace(getattr(judge_exact, name), degree_in_points=0))


@pytest.mark.parametrize(
    "weaken, accepts",
    [
        (sizes(1, 2), "sum over P of the whole"),
        pytest.param(sizes(3, 1), "j, l exchanged", marks=pytest.mark.sweep),
        pytest.param(mass_1, "integral over X of the whole", marks=pytest.mark.sweep),
        (independent_of_points, "K_{jl}(x, x'): x → z"),
    ],
    ids=["P = 1", "k = 1", "mass 1", "f independent of x"],
)
def test_a_weak_instance_lets_mutants_through(monkeypatch, weaken, accepts):
    """So the strength of the instances is necessary."""
    weaken(monkeypatch)
    seen = with_judges(cost_dynamics, judge_exact.exact(*cost_dynamics.assuming))
    assert accepts in " | ".join(names(line_trials(seen, 4), Outcome.SURVIVED))


def test_a_strong_instance_lets_none_through():
    seen = with_judges(cost_dynamics, judge_exact.exact(*cost_dynamics.assuming))
    assert names(line_trials(seen, 4), *FAILURES) == []


# ── Samples and processes ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sample_is_part_of_the_whole():
    some, more = (line_trials(parameter_gradient, 0, sample) for sample in (3, 9))
    assert len(some) == 3
    assert set(some) <= set(more)


def test_a_sample_is_the_same_in_every_run():
    code = (
        "from ntk_symbolic.proofs.mutation.harness import altered_lines\n"
        "from ntk_symbolic.theorems.parameter_gradient import parameter_gradient\n"
        "print([f'{part} {mutant}' for part, mutant, _ in altered_lines(parameter_gradient.steps[1], 12)])"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_several_processes_find_what_one_finds():
    assert scores([parameter_gradient], 2, workers=2) == [score(parameter_gradient, 2)]


def test_the_sentence_says_what_was_found():
    found = score(wrong)
    assert found.sentence().endswith("1 survivor, 1 of them broke a judge.")


def test_every_reason_is_a_sentence_of_mathematics():
    assert all(len(entry.reason) > 5 for entry in EQUIVALENTS)
    assert len({(entry.theorem, entry.mutant) for entry in EQUIVALENTS}) == len(EQUIVALENTS)
