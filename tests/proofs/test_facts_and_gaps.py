"""Verdicts of the panel on inequalities, and on equations that use a fact."""

import pytest
from sympy import Derivative, I, S, Subs, Symbol, exp, log

from ntk_symbolic.calculus import Assumption, Functional, Lam, Over, Space
from ntk_symbolic.errors import IllFormed
from ntk_symbolic.notation.expressions import parse
from ntk_symbolic.proofs.derivation import Claim, Derivation, Hypothesis, Label, Relation, Step, Verdict
from ntk_symbolic.proofs.facts import NONNEGATIVE, ZERO, Fact, nonnegative, vanishes_by_facts
from ntk_symbolic.proofs.theorem import at_least, at_most, equals, theorem

X = Space("X", "measure")
x = X.point("x")
a, b, u = (Functional(name, [X]) for name in "abu")
norm = Over(u(x) ** 2, x)
LARGE = Fact("a is large", Lam(Over(a(x) * u(x), x) - norm), NONNEGATIVE, [u])
NULL = Fact("b is null", Lam(Over(b(x) * u(x), x)), ZERO, [u])
GRANTED = Hypothesis("$a$ is large and $b$ is null", grants=(LARGE.name, NULL.name))
LEFT = Over(a(x) ** 2, x)


def judged(lhs, line, rule="a rule", hypotheses=(GRANTED,)):
    def lines():
        yield lhs
        yield line, rule

    (step,) = theorem(source="a test", hypotheses=hypotheses)(lines)().steps
    return step


def test_a_sum_of_squares_is_nonnegative():
    assert judged(LEFT, at_least(S.Zero)).verdict is Verdict.PROVED


def test_the_flipped_relation_is_refuted_by_an_instance():
    step = judged(LEFT, at_most(S.Zero))
    assert step.verdict is Verdict.REFUTED
    assert any("left = -" in said.detail for said in step.judgements)


def test_an_inequality_without_form_or_counterexample_is_undecided():
    assert judged(Over(a(x) ** 2 - 2 * a(x) * b(x) + b(x) ** 2, x), at_least(S.Zero)).verdict is Verdict.UNDECIDED


def test_values_of_what_moves_at_two_times_have_no_difference():
    t = Symbol("t", real=True)
    V = Functional("V", time=t)
    once, later = (Subs(V(), t, time) for time in (0, 1))
    assert judged(once, at_most(later)).verdict is Verdict.UNDECIDED
    assert judged(once, at_most(later, S.Zero)).verdict is Verdict.UNDECIDED


def test_an_inequality_rests_on_a_fact_that_a_hypothesis_grants():
    line = at_least(LEFT, LARGE(a()))
    lhs = Over(a(x) * a(x), x)
    assert judged(lhs, line).verdict is Verdict.PROVED
    assert judged(lhs, line, hypotheses=()).missing == (LARGE.name,)
    assert judged(lhs, line, hypotheses=()).verdict is Verdict.UNDECIDED


def test_a_gap_that_is_not_the_difference_is_refuted_with_an_instance():
    step = judged(2 * LEFT, at_least(LEFT, 2 * LEFT))
    assert step.verdict is Verdict.REFUTED
    assert any("left = " in said.detail for said in step.judgements)


def test_a_gap_without_a_sign_proves_nothing():
    signless = Over(a(x) * b(x), x)
    assert judged(LEFT + signless, at_least(LEFT, signless)).verdict is Verdict.UNDECIDED


def test_an_equation_with_a_gap_needs_a_fact_in_every_term():
    shift = NULL(Lam(a(x), x))
    lhs = LEFT + Over(a(x) * b(x), x)
    assert judged(lhs, equals(LEFT, shift)).verdict is Verdict.PROVED
    assert judged(lhs + norm, equals(LEFT, shift + norm)).verdict is Verdict.UNDECIDED
    assert judged(lhs, equals(LEFT, 2 * shift)).verdict is Verdict.REFUTED


def test_a_nonnegative_fact_does_not_vanish_and_one_that_vanishes_is_both():
    assert not vanishes_by_facts(LARGE(a()))
    assert nonnegative(LARGE(a()))
    assert vanishes_by_facts(Over(a(x) * NULL(b()), x) - NULL(a()))
    assert not nonnegative(-LARGE(a()))
    assert not nonnegative(a(x) * b(x))
    assert not nonnegative(Symbol("s", real=True))
    assert nonnegative(Symbol("s", real=True) ** 2 + Symbol("p", positive=True) * norm)


def test_a_complex_symbol_squared_has_no_sign():
    assert not nonnegative(Symbol("z") ** 2)


def test_a_fact_has_a_sign():
    with pytest.raises(IllFormed, match="sign"):
        Fact("odd", Lam(norm), "negative")


def test_a_chain_that_goes_up_and_down_compares_nothing():
    s = Symbol("s", real=True)
    steps = (Step(s, s**2, "up", relation=Relation.AT_MOST), Step(s**2, s - 1, "down", relation=Relation.AT_LEAST))
    with pytest.raises(IllFormed, match="both"):
        Derivation("a see-saw", steps)


def test_the_conclusion_is_what_the_steps_come_to():
    s = Symbol("s", real=True)
    steps = (Step(s, s + 0, "a"), Step(s, s**2, "b", relation=Relation.AT_MOST))
    assert Derivation("ends", steps).conclusion == (Claim(s, s**2, Relation.AT_MOST),)
    with pytest.raises(IllFormed, match="conclusion"):
        Derivation("another end", steps, (Claim(s, s**3),))


def test_a_derivation_is_worth_the_weakest_of_what_it_uses():
    good = theorem(source="a test")(lambda: iter([LEFT, (LEFT, "nothing")]))
    bad = theorem(source="a test")(lambda: iter([LEFT, (2 * LEFT, "a slip")]))
    resting = theorem(source="a test", uses=[bad])(lambda: iter([LEFT, (LEFT, "nothing")]))
    assert good().verdict is Verdict.PROVED
    assert good().label is Label.DERIVED
    assert resting().verdict is Verdict.REFUTED
    assert resting().label is None


def test_a_gap_may_not_divide_by_what_could_vanish():
    """0 · 1/0 has no value: with c = d as a fact, 1 = 0 would follow from (c − d)/(c − d)."""
    c, d = Symbol("c", real=True), Symbol("d", real=True)
    same = Fact("c is d", Lam(c - d), ZERO)
    granted = (Hypothesis("$c = d$", grants=(same.name,)),)
    assert judged(S.One, equals(S.Zero, same() / (c - d)), hypotheses=granted).verdict is not Verdict.PROVED
    assert judged(c / d, equals(S.One, same() / d), hypotheses=granted).verdict is Verdict.PROVED


def test_the_square_of_what_is_not_real_is_not_called_nonnegative():
    c = Symbol("c", real=True)
    assert not nonnegative((I * c + I) ** 2)
    assert not nonnegative(exp(I * c))
    assert not nonnegative(log(c) ** 2)
    assert nonnegative(exp(c) * Over(a(x) ** 2, x))


def test_an_integral_of_squares_is_nonnegative_for_a_density_that_is():
    for density, sign in (("y - 1/100", False), ("(y - 1/3)**2 - 1/10000", False), ("1 + y", True), ("y**2", True)):
        Y = Space(
            "Y", "measure", "y", interval=(0, 1), density=parse(density, "y").subs(Symbol("y", real=True), Symbol("y"))
        )
        y = Y.point("y")
        assert nonnegative(Over(Functional("h", [Y])(y) ** 2, y)) is sign


def test_a_line_without_a_rule_is_not_passed_over():
    u = Symbol("u", real=True)
    with pytest.raises(IllFormed, match="no step follows"):
        theorem(source="a test")(lambda: iter([u, (u, "nothing"), u + 1]))()


def test_rules_that_need_no_hypothesis_lend_their_names_to_nothing():
    u = Symbol("u", real=True)
    with pytest.raises(IllFormed, match="choose another"):
        Fact("definition of K", Lam(u), ZERO)
    with pytest.raises(IllFormed, match="choose another"):
        theorem(source="a test", assuming=[Assumption("linearity of ∫ and of finite Σ", a, Lam(u, x))])(
            lambda: iter(())
        )


def test_a_function_is_assumed_to_be_one_thing():
    one, two = (Assumption(f"a is {n}", a, Lam(S(n), x)) for n in (1, 2))
    with pytest.raises(IllFormed, match="already"):
        theorem(source="a test", assuming=[one, two])(lambda: iter(()))


def test_a_step_that_instances_alone_prove_needs_its_hypotheses_too():
    """They report no rules; the rules at stake are those of any evaluation of the sides."""
    t = Symbol("t", real=True)
    theta, C = Functional("theta", [X], time=t), Functional("C", of=[X])
    cost = C(theta)
    slope = Derivative(cost, t)
    step = judged(slope / (cost**2 - 1), slope * (1 / (cost - 1) - 1 / (cost + 1)) / 2, hypotheses=())
    assert step.verdict is Verdict.UNDECIDED
    assert "differentiability of C" in step.missing
