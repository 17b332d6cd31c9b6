"""Variants of gradient flow: weight decay, momentum, natural gradients, steps, noise, and the dynamics of the kernel."""

from dataclasses import replace

import numpy as np
import pytest
from sweeps import sweep_few
from sympy import Derivative, S, Subs, Symbol

from ntk_symbolic.calculus import Definition, Delta, Functional, Lam, Over, Space, equal
from ntk_symbolic.calculus.display import latex, text
from ntk_symbolic.calculus.rules import FREE
from ntk_symbolic.calculus.spaces import Mass
from ntk_symbolic.errors import IllFormed
from ntk_symbolic.proofs.derivation import Claim, Label, Relation, Verdict
from ntk_symbolic.proofs.facts import nonnegative
from ntk_symbolic.proofs.signs import ascii_only, tex_prose, unicode_prose
from ntk_symbolic.theorems import gradient_descent as descent_file
from ntk_symbolic.theorems.gradient_descent import gradient_descent
from ntk_symbolic.theorems.kernel_motion import kernel_motion
from ntk_symbolic.theorems.mini_batches import mini_batches
from ntk_symbolic.theorems.momentum import momentum
from ntk_symbolic.theorems.natural_gradient import natural_gradient
from ntk_symbolic.theorems.setting import X, eps, theta
from ntk_symbolic.theorems.stochastic_gradient import stochastic_gradient
from ntk_symbolic.theorems.weight_decay import weight_decay

VARIANTS = (
    *(weight_decay, momentum, natural_gradient, gradient_descent),
    *(stochastic_gradient, mini_batches, kernel_motion),
)
LONG = (natural_gradient, gradient_descent, mini_batches)  # take seconds each
by_name = pytest.mark.parametrize("theorem", sweep_few(VARIANTS, LONG), ids=lambda theorem: theorem.name)
RELYING = [(theorem, rule) for theorem in VARIANTS for h in theorem.hypotheses for rule in h.grants]


def proving(step):
    return {said.judge for said in step.judgements if said.verdict is Verdict.PROVED}


@by_name
def test_every_equation_is_proved_by_two_judges(theorem):
    alone = [step.rule for step in theorem().steps if len(proving(step)) < 2 and proving(step) != {"form"}]
    assert alone == []
    assert theorem().verdict is Verdict.PROVED


@by_name
def test_nobody_refutes_a_line(theorem):
    said = [judgement for step in theorem().steps for judgement in step.judgements]
    assert all(judgement.verdict is not Verdict.REFUTED for judgement in said)


@pytest.mark.parametrize(
    "theorem, rule",
    sweep_few(RELYING, [one for one in RELYING if one[0] in LONG]),
    ids=[f"{theorem.name}: {rule}" for theorem, rule in RELYING],
)
def test_without_the_leave_of_a_hypothesis_it_is_not_proved(theorem, rule):
    poorer = tuple(replace(h, grants=tuple(g for g in h.grants if g != rule)) for h in theorem().hypotheses)
    without = replace(theorem(), hypotheses=poorer).licensed()
    assert without.verdict is Verdict.UNDECIDED
    assert any(rule in step.missing for step in without.steps)


@by_name
def test_no_leave_is_given_that_nobody_needs(theorem):
    used = {rule for step in theorem().steps for said in step.judgements for rule in said.rules} - FREE
    assert {rule for h in theorem.hypotheses for rule in h.grants} <= used


QUICK = (weight_decay, momentum, natural_gradient, kernel_motion, mini_batches)
LINES = [(theorem, n) for theorem in QUICK for n in range(len(theorem.stated.steps))]


@pytest.mark.parametrize(
    "theorem, n",
    sweep_few(LINES, [line for line in LINES if line[0] in LONG]),
    ids=[f"{theorem.name} {n + 1}" for theorem, n in LINES],
)
def test_a_right_side_that_is_off_by_one_is_refuted_and_a_wrong_way_inequality_not_proved(theorem, n):
    step = theorem.stated.steps[n]
    if step.relation is Relation.EQUAL:
        wrong, verdicts = replace(step, rhs=step.rhs + 1), {Verdict.REFUTED}
    else:
        wrong, verdicts = replace(step, relation=Relation.AT_LEAST), {Verdict.UNDECIDED, Verdict.REFUTED}
    claim = Claim(wrong.lhs, wrong.rhs, wrong.relation)
    alone = theorem.judge(replace(theorem.stated, steps=(wrong,), conclusion=(claim,)))
    assert alone.steps[0].verdict in verdicts


def test_what_the_variants_say():
    """The conclusions as printed."""
    said = {
        theorem.name: [f"{text(c.lhs)} {c.relation} {text(c.rhs)}" for c in theorem.stated.conclusion]
        for theorem in VARIANTS
    }
    assert said["weight-decay"] == [
        "d/dt C[f^θ] = -γ Σ_i θ_i ∂c/∂θ_i - ‖δC/δf‖²_K",
        "d/dt (C[f^θ] + 1/2 γ Σ_i θ_i²) ≤ 0",
    ]
    assert said["momentum"][1] == "d/dt (C[f^θ] + 1/2 Σ_i θ̇_i²) ≤ 0"
    assert said["natural-gradient"][0] == "Π_{jl}(x, x') = Π_{lj}(x', x)"
    assert said["natural-gradient"][1] == "∫_X Σ_l Π_{jl}(x, x') Π_{lr}(x', x'') dμ(x') = Π_{jr}(x, x'')"
    assert said["natural-gradient"][3] == "d/dt f^θ_j(x) = -∫_X Σ_l Π_{jl}(x, x') δC/δf_l(x') dμ(x')"
    assert said["natural-gradient"][4] == "d/dt C[f^θ] ≤ 0"
    assert said["mini-batches"][3].endswith("= 1/B Cov¹_{im}")
    assert said["kernel-motion"] == ["d/dt K_{jl}(x, x') = -∫_X Σ_r K⁽³⁾_{jlr}(x, x', x'') δC/δf_r(x'') dμ(x'')"]


def test_the_counterexamples_are_proved():
    counterexamples = [why for theorem in VARIANTS for why in theorem.counterexamples]
    assert [why.name for why in counterexamples] == [
        "under-weight-decay-the-cost-may-rise",
        "with-momentum-the-cost-may-rise",
        "fisher-is-not-gram",
        "the-identity-of-the-flow-fails-at-a-step",
    ]
    assert all(why().verdict is Verdict.PROVED for why in counterexamples)


def test_the_identities_on_a_network_of_one_hidden_layer():
    """f(x) = Σ_a w_a tanh(u_a x) on 5 points with the cost ½ Σ |f − y|², against NumPy; nothing here is from the package.

    The remainder of a step, by the midpoint rule with 4 000 nodes; Hessians by central differences.
    """
    x, y = np.linspace(-1, 1, 5), np.array([0.3, -0.2, 0.5, 0.1, -0.4])
    at = np.array([0.4, -0.7, 0.9, 1.1, -0.3, 0.6])

    def network(p):
        return np.tanh(np.outer(x, p[3:])) @ p[:3]

    def jacobian(p):
        z = np.tanh(np.outer(x, p[3:]))
        return np.hstack([z, (1 - z**2) * x[:, None] * p[:3]])

    def cost(p):
        return np.sum((network(p) - y) ** 2) / 2

    def slope(p):
        return jacobian(p).T @ (network(p) - y)

    J, g, v = jacobian(at), network(at) - y, slope(at)
    kernel, gram = J @ J.T, J.T @ J
    projector = J @ np.linalg.pinv(gram) @ J.T
    assert np.allclose(projector @ projector, projector, atol=1e-9)
    assert np.allclose(projector @ J, J, atol=1e-9)
    h, tiny = 0.05, 1e-5

    def bend(s):
        p = at - s * h * v
        return v @ (slope(p + tiny * v) - slope(p - tiny * v)) / (2 * tiny)

    nodes = (np.arange(4000) + 0.5) / 4000
    remainder = h**2 * np.mean([(1 - s) * bend(s) for s in nodes])
    assert np.isclose(cost(at - h * v) - cost(at), -h * g @ kernel @ g + remainder, rtol=1e-6)

    change = (jacobian(at - tiny * v) - jacobian(at + tiny * v)) / (2 * tiny)  # along gradient flow
    moving = change @ J.T + J @ change.T
    third = np.zeros_like(kernel)  # −Σ_m ∂K/∂θ_m (Jᵀ g)_m
    for m, e in enumerate(np.eye(6)):
        there, back = jacobian(at + tiny * e), jacobian(at - tiny * e)
        third -= (there @ there.T - back @ back.T) / (2 * tiny) * (J[:, m] @ g)
    assert np.allclose(moving, third, atol=1e-7)


# Requirements of these theorems on the calculus

i, m, n = (descent_file.Parameters.point(name) for name in "imn")


def test_a_definition_is_not_touched_by_what_happens_to_the_epsilon_outside():
    """The ε it differentiates in is its own."""
    slope = descent_file.slope(theta, i)
    assert (eps * slope).xreplace({eps: S.Zero}) == 0
    assert slope.xreplace({eps: Symbol("z")}) == slope
    rate = Subs(Derivative(eps * slope, eps), eps, 0)
    assert equal(rate, slope, expansion_of(rate, slope))


def expansion_of(*sides):
    from ntk_symbolic.calculus.normal import Expansion

    return Expansion(set().union(*(side.atoms(Definition) for side in sides)))


def test_an_argument_that_holds_the_epsilon_of_a_definition_is_refused():
    """It would be differentiated too."""
    with pytest.raises(IllFormed, match="∇c differentiates in epsilon, which its argument contains: rename"):
        descent_file.slope(Lam(theta(i) + eps, i), m)


def test_a_double_sum_of_a_kronecker_delta_is_the_number_of_indices():
    assert equal(Over(Delta(i, m), i, m), Mass(descent_file.Parameters))
    assert equal(Over(Delta(i, m) * Delta(m, n), i, m, n), Mass(descent_file.Parameters))
    assert not equal(Over(Delta(i, m), i, m), S.One)


def test_an_affine_weight_is_nonnegative_between_the_ends_of_its_interval():
    s = Space("I", "measure", "s", interval=(0, 1)).point()
    assert all(map(nonnegative, (s, 1 - s, 2 - s, Over(1 - s, s))))
    assert not any(map(nonnegative, (s - 1, 2 * s - 1, -s, s * (s - 2), X.point(), 1 - X.point())))


def test_a_name_with_a_pattern_is_printed_with_its_points():
    g = Functional("g", [descent_file.Parameters])
    named = Definition("v", Lam(g(i), i), latex=r"\left(v\right)", text="(v)")(m)
    assert (text(named), latex(named)) == ("(v)_m", r"\left(v\right)_{m}")


def test_accents_survive_in_prose():
    assert text(theta.rate.rate(i)) == "θ\u0308_i"
    assert unicode_prose(r"$\ddot{\theta}_{i} + \hat{g}$") == "θ\u0308_i + g\u0302"
    assert ascii_only("θ\u0308 g\u0302") == "theta_ddot g_hat"
    assert tex_prose("θ\u0308 g\u0302") == r"$\ddot{\theta}$ $\hat{g}$"


def test_a_value_at_zero_is_printed_as_one():
    slope = Subs(Derivative(eps**2 * theta(i), eps), eps, 0)
    assert text(slope) == "(∂/∂ε (ε² θ_i))|_{ε = 0}"
    assert latex(slope).endswith(r"\right|_{\epsilon = 0}")


@by_name
def test_labels(theorem):
    assert theorem().label is Label.DERIVED
