"""The derivation of a dual kernel: every step is checked, and a planted mistake is refuted at its step."""

from dataclasses import replace

import pytest
from readings import DERIVED
from sweeps import sweep
from sympy import Derivative, sqrt

import ntk_symbolic as ns
from ntk_symbolic.activations.derive.dual import Expansion, derive
from ntk_symbolic.activations.derive.expectation import Lowered
from ntk_symbolic.activations.form.variables import a, b, c, u
from ntk_symbolic.activations.proof.document import derivation_of
from ntk_symbolic.proofs.derivation import Label, Verdict

KINDS = ("relu", "leaky_relu", "gelu", "erf", "sin", "exp", "gaussian", "sign", "step", "identity", "elu")


@pytest.mark.parametrize("name", sweep(DERIVED, KINDS))
def test_every_step_of_every_library_derivation_is_proved_or_agrees_with_quadrature(name):
    derivation = ns.activation(name).derivation
    assert [s for s in derivation.steps if not s.verdict.supports] == []
    assert all((s.label is Label.NUMERIC) == (s.verdict is Verdict.AGREES) for s in derivation.steps)
    assert derivation.verdict is Verdict.AGREES and derivation.digits >= 6
    assert derivation.conclusion[0].rhs == ns.activation(name).dual_expr


def test_price_and_independence_are_derived_and_brute_force_is_only_numeric():
    labels = {step.rule: step.label for step in ns.activation("gelu").derivation.steps}
    assert labels["collect"] is Label.NUMERIC
    assert all(label is Label.DERIVED for rule, label in labels.items() if "Price" in rule or "independent" in rule)
    assert ns.activation("gelu").derivation.label is Label.NUMERIC


def refuted(dual):
    derivation = derivation_of(dual, "mutant")
    assert derivation.verdict is Verdict.REFUTED
    return [step for step in derivation.steps if step.verdict is Verdict.REFUTED]


@pytest.mark.parametrize("name", sweep(["relu", "erf", "gelu", "sin"], ["relu", "sin"]))
@pytest.mark.parametrize("slip", [lambda k: -k, lambda k: 2 * k, lambda k: k + c / 7, lambda k: k.subs(c, -c)])
def test_a_wrong_closed_form_is_refuted_by_quadrature_and_by_price(name, slip):
    dual = derive(ns.activation(name).expr)
    steps = refuted(replace(dual, kappa=replace(dual.kappa, value=slip(dual.kappa.value))))
    assert any(s.rule == "collect" for s in steps)
    assert any(isinstance(s.lhs, Derivative) for s in steps)
    assert all(" two sides " in j.detail for s in steps for j in s.judgements if j.verdict is Verdict.REFUTED)


def test_a_constant_of_integration_escapes_price_but_not_the_value_at_zero():
    dual = derive(ns.activation("relu").expr)
    steps = refuted(replace(dual, kappa=replace(dual.kappa, value=dual.kappa.value + sqrt(a * b) / 9)))
    assert any("independent" in s.rule for s in steps)
    assert not any(isinstance(s.lhs, Derivative) for s in steps)


def test_a_slip_in_one_rule_application_is_refuted_at_that_step():
    dual = derive(ns.activation("relu").expr)
    top = dual.kappa.summands[0].moment
    low = dual.kappa.lowered[top]
    (coef, part), *rest = low.parts
    lowered = {**dual.kappa.lowered, top: Lowered(low.rule, low.constant, ((-coef, part), *rest))}
    steps = refuted(replace(dual, kappa=Expansion(dual.kappa.value, dual.kappa.summands, lowered)))
    assert [s.rule.split(":")[0] for s in steps] == ["Stein's lemma"]


def test_a_term_read_wrongly_is_refuted_at_the_first_step():
    dual = derive(ns.activation("leaky_relu(0.1)").expr)
    terms = {term: -coef for term, coef in dual.terms.items()}
    assert refuted(replace(dual, terms=terms))[0].rule.startswith("split")


def test_a_derivation_prints_in_every_format():
    derivation = ns.activation("erf").derivation
    assert "Stein" in derivation.text() or "base" in derivation.text() or "orthant" in derivation.text()
    assert derivation.latex().count(r"\[\fit{") > 3
    assert "$" in derivation.markdown()
    assert u.name in derivation.text()
    assert b.name in derivation.text()
