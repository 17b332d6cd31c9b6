"""Verdicts of the two judges of the calculus, which do not agree by construction."""

import random

import pytest
from sympy import QQ, Derivative, Integer, Mul, Subs, Symbol, exp

from ntk_symbolic.calculus import Functional, Lam, Over, Partial
from ntk_symbolic.errors import IllFormed
from ntk_symbolic.proofs.derivation import Label, Step, Verdict
from ntk_symbolic.proofs.instances.drawing import STRONG, Strength
from ntk_symbolic.proofs.instances.interpreter import Env, Interpreter
from ntk_symbolic.proofs.instances.polynomial import Instance
from ntk_symbolic.proofs.judges.derived import derived
from ntk_symbolic.proofs.judges.exact import differs, exact
from ntk_symbolic.theorems.setting import (
    C,
    K,
    Outputs,
    Parameters,
    X,
    c,
    d,
    f,
    gradient,
    gradient_flow,
    i,
    j,
    l,
    pairing,
    t,
    theta,
    x,
    x_,
)

e, eps = Symbol("e"), Symbol("epsilon")
phi = Functional("phi", [X, Outputs])
a, b = Functional("a", [Parameters]), Functional("b", [Parameters])
u, w = Functional("u", [X]), Functional("w", [X])
G = Functional("G", [X, X])
directional = Subs(Derivative(C(Lam(f(theta, x, j) + eps * phi(x, j), x, j)), eps), eps, 0)


def said(lhs, rhs, *assuming):
    step = Step(lhs, rhs, "a rule")
    return derived(*assuming)(step).verdict, exact(*assuming)(step).verdict


TRUE = {
    "the derivative in a direction is a pairing": (directional, pairing(gradient, phi)),
    "the gradient": (Partial(c(), theta, i), pairing(gradient, d(i))),
    "the rate of the cost": (Derivative(c(), t), Over(theta.rate(i) * pairing(gradient, d(i)), i)),
    "the rate of the network": (Derivative(f(theta, x, j), t), Over(theta.rate(i) * d(i)(x, j), i)),
    "second partial derivatives": (
        Derivative(d(i)(x, j), t),
        Over(f(theta, x, j).at(i).at(Parameters.point("m")) * theta.rate(Parameters.point("m")), Parameters.point("m")),
    ),
    "Fubini": (Over(u(x), x) * Over(w(x), x), Over(u(x) * w(x_), x, x_)),
    "a density that depends on the point": (Over(x * u(x) + u(x), x), Over((1 + x_) * u(x_), x_)),
    "a mass": (Over(u(x), x, x_), X.mass * Over(u(x), x)),
    "the kernel transposed in both": (K(x, x_, j, l), K(x_, x, l, j)),
}


@pytest.mark.parametrize("lhs, rhs", TRUE.values(), ids=TRUE)
def test_both_judges_prove(lhs, rhs):
    assert said(lhs, rhs) == (Verdict.PROVED, Verdict.PROVED)


FALSE = {
    "one dummy for both integrals": (Over(u(x), x) * Over(w(x), x), Over(u(x) * w(x), x)),
    "a spurious integral": (Over(u(x), x), Over(u(x), x, x_)),
    "the kernel transposed in j and l only": (K(x, x_, j, l), K(x, x_, l, j)),
    "the kernel transposed in x and x' only": (K(x, x_, j, l), K(x_, x, j, l)),
    "the direction forgotten": (directional, pairing(gradient, lambda x, j: Integer(1))),
    "one sum for two": (Over(a(i), i) * Over(b(i), i), Over(a(i) * b(i), i)),
    "the rate taken for the value": (theta(i), theta.rate(i)),
}


@pytest.mark.parametrize("lhs, rhs", FALSE.values(), ids=FALSE)
def test_one_judge_refutes_and_the_other_does_not_prove(lhs, rhs):
    assert said(lhs, rhs) == (Verdict.UNDECIDED, Verdict.REFUTED)


def test_gradient_flow_is_needed_and_named():
    lhs, rhs = theta.rate(i), -pairing(gradient, d(i))
    assert said(lhs, rhs) == (Verdict.UNDECIDED, Verdict.REFUTED)
    step = Step(lhs, rhs, "gradient flow")
    for judge in (derived(gradient_flow), exact(gradient_flow)):
        judgement = judge(step)
        assert judgement.verdict is Verdict.PROVED
        assert "gradient flow" in judgement.rules


def test_an_assumption_that_is_not_needed_is_not_named():
    step = Step(Over(u(x), x) * Over(w(x), x), Over(u(x) * w(x_), x, x_), "Fubini")
    assert derived(gradient_flow)(step).rules == ("Fubini", "linearity of ∫ and of finite Σ")
    assert exact(gradient_flow)(step).rules == ()


def test_a_proof_by_instances_states_its_error():
    judgement = exact()(Step(*TRUE["the gradient"], "chain rule"))
    assert judgement.label is Label.EXACT
    assert "Schwartz–Zippel" in judgement.detail
    assert "P = 3, k = 2 or P = 2, k = 3" in judgement.detail
    assert "[0, a] with dμ = (b + c x) dx" in judgement.detail


def test_a_refutation_shows_the_instance_with_both_values():
    """Checked by hand: u and all else that was drawn is in the detail, and so are the values."""
    detail = exact()(Step(Over(a(i), i), 2 * Over(a(i), i), "a slip")).detail
    left, right = (Integer(detail.split(f"{side} = ")[1].split(",")[0]) for side in ("left", "right"))
    entries = [Integer(detail.split(f"a_{n} = ")[1].split(";")[0]) for n in (1, 2)]
    assert left == sum(entries) != right == 2 * sum(entries)


def test_outside_its_language_a_judge_is_undecided_with_a_reason():
    step = Step(exp(Over(u(x), x)), exp(Over(u(x_), x_)), "renaming")
    assert derived()(step).verdict is Verdict.PROVED
    judgement = exact()(step)
    assert judgement.verdict is Verdict.UNDECIDED
    assert "exp has no value" in judgement.detail
    tall = Step(Over(u(x), x) ** 100, Over(u(x_), x_) ** 100, "renaming")
    assert exact()(tall).verdict is Verdict.UNDECIDED
    assert "the power 100" in exact()(tall).detail


def test_second_functional_derivatives_are_symmetric():
    statement = C(f(theta)).at(x, j).at(x_, l), C(f(theta)).at(x_, l).at(x, j)
    assert said(*statement) == (Verdict.PROVED, Verdict.PROVED)
    assert said(statement[0], C(f(theta)).at(x, l).at(x_, j)) == (Verdict.UNDECIDED, Verdict.REFUTED)


def test_equal_forms_that_the_canonical_form_does_not_know_are_undecided_not_refuted():
    over = Over(u(x), x)
    assert derived()(Step(1 / (1 + over) + over / (1 + over), Integer(1), "algebra")).verdict is Verdict.UNDECIDED


def test_ill_formed_steps_are_refused_before_they_are_judged():
    loose = Over(u(x), x).body
    for judge in (derived(), exact()):
        with pytest.raises(IllFormed, match="outside its binder"):
            judge(Step(loose, loose, "nothing"))


def test_steps_without_functionals_are_left_to_other_judges():
    for judge in (derived(), exact()):
        assert judge(Step(e + e, 2 * e, "algebra")) is None


# The instances themselves


def test_the_functional_derivative_of_an_instance_is_the_one_of_its_definition():
    """∫ δC/δf φ dμ is the coefficient of ε in C[f + εφ], computed on its own."""
    interpreter = Interpreter(Instance((X, Outputs, Parameters), seed=5))
    assert interpreter(directional, Env()) == interpreter(pairing(gradient, phi), Env())


WEAK = {
    "one parameter": (
        Strength(sizes=(1, 2)),
        (Over(a(i), i) * Over(b(i), i), Over(a(i) * b(i), i)),
    ),
    "one output": (Strength(sizes=(3, 1)), (K(x, x_, j, l), K(x_, x, j, l))),
    "functions that do not depend on x": (Strength(degree_in_points=0), (u(x) * w(x_), u(x_) * w(x))),
}


@pytest.mark.parametrize("strength, false_identity", WEAK.values(), ids=WEAK)
def test_a_weak_instance_accepts_a_false_identity_and_a_strong_one_does_not(strength, false_identity):
    """So the strength is a requirement; the judge takes no option to lower it."""

    def accepted(strength):
        return differs(Interpreter(Instance((X, Outputs, Parameters), 0, strength)), *false_identity) is None

    assert accepted(strength)
    assert not accepted(STRONG)


def test_a_measure_of_mass_1_accepts_a_false_identity(monkeypatch):
    statement = Over(u(x), x), Over(u(x), x, x_)
    monkeypatch.setattr(Instance, "measure", lambda self, space: [QQ(1), QQ(1), QQ(0)])
    assert differs(Interpreter(Instance((X,), 0)), *statement) is None
    monkeypatch.undo()
    assert differs(Interpreter(Instance((X,), 0)), *statement)


# Fuzz: random products written twice, the second time with other names, nesting and order, and sometimes altered


def random_product(rng):
    """Factors as (name, variables), and the variables with their spaces."""
    variables = {f"v{n}": rng.choice([X, X, Parameters, Outputs]) for n in range(rng.randint(2, 4))}
    factors = []
    for n in range(rng.randint(2, 4)):
        chosen = rng.choices(list(variables), k=rng.randint(1, 2))
        factors.append((f"h{n % 3}", chosen))
    return variables, factors


def written(rng, variables, factors):
    """The same product, with names, order and nesting drawn at random."""
    names = rng.sample("abcdefg", len(variables))
    points = {v: space.point(name) for (v, space), name in zip(variables.items(), names)}

    def factor(name, vs):
        spaces = [points[v].space for v in vs]
        return Functional(name + "".join(s.name for s in spaces), spaces)(*(points[v] for v in vs))

    body = Mul(*(factor(*f) for f in rng.sample(factors, len(factors))))
    order = rng.sample(list(points), len(points))
    cut = rng.randint(0, len(order))
    inner = Over(body, *(points[v] for v in order[cut:]))
    return Over(inner, *(points[v] for v in order[:cut]))


def altered(rng, variables, factors):
    """One variable replaced by another of its space; where there is none, one factor dropped."""
    n = rng.randrange(len(factors))
    name, vs = factors[n]
    m = rng.randrange(len(vs))
    same = [v for v, space in variables.items() if space == variables[vs[m]] and v != vs[m]]
    changed = [(name, [*vs[:m], rng.choice(same), *vs[m + 1 :]])] if same else []
    return [*factors[:n], *changed, *factors[n + 1 :]]


def test_the_judges_agree_on_random_statements():
    """The two judges are independent: 150 pairs, seed fixed; some altered ones stay equal."""
    rng = random.Random(20180620)
    counts = {Verdict.PROVED: 0, Verdict.REFUTED: 0}
    by_form, by_instances = derived(), exact()
    for n in range(150):
        variables, factors = random_product(rng)
        step = Step(
            written(rng, variables, factors),
            written(rng, variables, altered(rng, variables, factors) if n % 2 else factors),
            "rewriting",
        )
        form, instances = by_form(step).verdict, by_instances(step).verdict
        assert (form is Verdict.PROVED) == (instances is Verdict.PROVED), step
        counts[instances] += 1
    assert min(counts.values()) > 30


def test_the_values_of_what_moves_at_two_times_are_not_taken_for_equal():
    """To SymPy they are: substituting t leaves the name as it is."""
    V = Functional("V", time=t)
    once, later = (Subs(Over(V() * u(x), x), t, time) for time in (0, 1))
    judgement = derived()(Step(once, later, "nothing moves"))
    assert judgement.verdict is Verdict.UNDECIDED
    assert "V moves" in judgement.detail
