"""The slope of each cost is proved from its expression, and so are the theorems for it."""

from dataclasses import replace

import pytest
from sweeps import sweep_few

from ntk_symbolic.costs import LIBRARY
from ntk_symbolic.proofs.derivation import Step, Verdict
from ntk_symbolic.proofs.judges.derived import derived
from ntk_symbolic.proofs.judges.exact import exact
from ntk_symbolic.proofs.judges.integrands import integrands
from ntk_symbolic.proofs.judges.numeric import numeric
from ntk_symbolic.proofs.mutation.sameness import shape
from ntk_symbolic.theorems.costs import F, at, cost, costs, derivative, pairing, phi
from ntk_symbolic.theorems.dirichlet_energy import dirichlet_energy

LOCAL = {name: item for name, item in LIBRARY.items() if item.local}
by_name = pytest.mark.parametrize("item", LOCAL.values(), ids=LOCAL)


def verdicts(step, *judges):
    return {said.verdict for judge in judges if (said := judge(step)) is not None}


def written(lines):
    """The steps of one chain."""
    lhs, *rest = lines
    for rhs, rule in rest:
        yield Step(lhs, rhs, rule)
        lhs = rhs


@by_name
def test_every_cost_of_the_library_has_its_derivative_its_descent_and_its_dynamics(item):
    rules = [step.rule for step in costs.steps]
    of_item = [rule.partition(": ")[2] for rule in rules if rule.startswith(f"{item.title}: ")]
    assert of_item == ["differentiation under the integral", "cost dynamics", "function dynamics"]


def test_the_one_that_is_not_local_has_a_theorem_of_its_own():
    assert [name for name, item in LIBRARY.items() if not item.local] == [dirichlet_energy.lines.__name__]


@pytest.mark.parametrize(
    "item", sweep_few(LOCAL.values(), [LOCAL["binary_cross_entropy"]]), ids=LOCAL
)  # softmax of two classes
def test_the_derivative_is_proved_for_abstract_functions_and_nothing_refutes_it(item):
    for step in written(derivative(item)):
        assert Verdict.PROVED in verdicts(step, derived(), integrands)
        assert any(verdict.supports for verdict in verdicts(step, exact(), numeric()))
        assert Verdict.REFUTED not in verdicts(step, derived(), integrands, exact(), numeric())


@by_name
@pytest.mark.parametrize("slip", ["-({})", "2*({})", "{} + 1", "({})*f"])
def test_a_wrong_closed_form_is_refuted_and_by_nobody_proved(item, slip):
    wrong = replace(item, closed=slip.format(item.closed))
    *_, step = written(derivative(wrong))
    said = verdicts(step, derived(), integrands, exact(), numeric())
    assert not any(verdict.supports for verdict in said)
    assert Verdict.REFUTED in said


@by_name
def test_the_slope_times_a_direction_is_not_the_slope_squared(item):
    slope = at(item, item.slope, F)
    step = Step(pairing(slope, phi), pairing(slope, slope), "wrong")
    assert not any(verdict.supports for verdict in verdicts(step, derived(), integrands, exact(), numeric()))


def test_the_cross_entropy_of_probabilities_needs_labels_that_sum_to_one():
    *_, step = costs.steps
    assert shape(step.rhs) == shape(cost(LIBRARY["softmax_cross_entropy"], F))
    assert Verdict.PROVED not in verdicts(replace(step, gap=None), *costs.judges)


def test_the_hypotheses_speak_of_every_cost():
    domains = costs.hypotheses[1].statement
    assert all(item.domain in domains for item in LOCAL.values())
