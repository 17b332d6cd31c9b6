"""Verdicts by instances: second order, motion under assumptions, limits, intervals, quotients, kinks."""

import re

import pytest
from sympy import Abs, Derivative, Function, Limit, Max, Piecewise, Rational, Subs, Symbol, sign, sqrt
from sympy.parsing.sympy_parser import parse_expr

from ntk_symbolic.calculus import Assumption, Definition, Functional, Lam, Over, Partial, Space
from ntk_symbolic.calculus.functionals import Applied
from ntk_symbolic.calculus.spaces import Sample
from ntk_symbolic.proofs.derivation import Label, Step, Verdict
from ntk_symbolic.proofs.instances.drawing import Nowhere, Strength
from ntk_symbolic.proofs.instances.finite import FINITE, Finite
from ntk_symbolic.proofs.instances.interpreter import Env, Interpreter
from ntk_symbolic.proofs.instances.jets import coefficient, epsilon, lifted
from ntk_symbolic.proofs.judges.derived import derived
from ntk_symbolic.proofs.judges.exact import differs, exact

X, Outputs, Parameters = Space("X", "measure", "x"), Space("k", "counting", "j"), Space("P", "counting", "i")
Unit, Long = Space("S", "measure", "s", interval=(0, 1)), Space("I", "measure", "x", interval=(-1, 2))
Heavy = Space("H", "measure", "x", interval=(0, 1), density=1 + Symbol("x"))
Two, Data = Space("T", "counting", "n", size=2), Space("N", "counting", "n")
x, x_, j, l = X.point("x"), X.point("x'"), Outputs.point("j"), Outputs.point("l")
i, m, s, y, n = Parameters.point("i"), Parameters.point("m"), Unit.point("s"), Long.point("x"), Data.point("n")

t, eps, eps_ = Symbol("t", real=True), Symbol("epsilon", real=True), Symbol("epsilon'", real=True)
h, alpha = Symbol("h", positive=True), Symbol("alpha", positive=True)
theta = Functional("theta", [Parameters], time=t)
f = Functional("f", [X, Outputs], of=[Parameters])
C, c = Functional("C", of=[X, Outputs]), Functional("c", of=[Parameters])
phi, psi = Functional("phi", [X, Outputs]), Functional("psi", [X, Outputs])
u, w, v, p = (Functional(name, [space]) for name, space in (("u", X), ("w", X), ("v", Long), ("p", Long)))
G = C(f(theta)).at


def judged(lhs, rhs, *assuming):
    return exact(*assuming)(Step(lhs, rhs, "a rule"))


def slope(e):
    return Subs(Derivative(e, eps), eps, 0)


def d(i, x=x, j=j):
    return f(theta, x, j).at(i)


# Motion

flow = Assumption("flow", theta.rate, Lam(-c(theta).at(i), i))
momentum = Assumption("momentum", theta.rate.rate, Lam(-alpha * theta.rate(i) - Partial(C(f(theta)), theta, i), i))
energy = C(f(theta)) + Over(theta.rate(i) ** 2, i) / 2
hessian = c(theta).at(i).at(m)
K = Definition("K", Lam(Over(d(i, x, j) * d(i, x_, l), i), x, x_, j, l))

# Taylor's formula along a step of gradient descent
step = Lam(theta(i) - h * c(theta).at(i), i)
part = Lam(theta(i) - s * h * c(theta).at(i), i)
squared = Over(c(theta).at(i) ** 2, i)


def remainder(weight, where):
    return h**2 * Over(weight * c(where).at(i).at(m) * c(theta).at(i) * c(theta).at(m), s, i, m)


# Two variations
both = C(Lam(f(theta, x, j) + eps * phi(x, j) + eps_ * psi(x, j), x, j))
twice = Subs(Derivative(both, eps, eps_), (eps, eps_), (0, 0))
along_phi = C(Lam(f(theta, x, j) + eps * phi(x, j), x, j))
quotient = Limit((along_phi - C(f(theta))) / eps, eps, 0)

# On an interval
varied = v(y) + eps * p(y)
dirichlet = slope(Over(varied.diff(y) ** 2, y) / 2)
dv, ddv = (v.differentiated((order,)) for order in (1, 2))
boundary = dv(Long.upper) * p(Long.upper) - dv(Long.lower) * p(Long.lower)

# Quotients and kinks
J, Q = Over((u(x) + eps * w(x)) ** 2, x), Over((u(x) + eps * w(x)) ** 3, x)
J0, Q0 = Over(u(x) ** 2, x), Over(u(x) ** 3, x)
dJ, dQ = 2 * Over(u(x) * w(x), x), 3 * Over(u(x) ** 2 * w(x), x)
delta = Symbol("delta", positive=True)


def huber(r):
    return Piecewise((r**2 / 2, Abs(r) < delta), (delta * (Abs(r) - delta / 2), True))


def clipped(r):
    return Piecewise((r, Abs(r) < delta), (delta * sign(r), True))


loss = Function("ell")
xi = Symbol("xi", real=True)
sample = Sample("x", X, n)

CASES = {
    "momentum loses energy by friction alone": (
        (momentum,),
        Derivative(energy, t),
        -alpha * Over(theta.rate(i) ** 2, i),
        -2 * alpha * Over(theta.rate(i) ** 2, i),
    ),
    "the acceleration of a gradient flow": (
        (flow,),
        theta.rate.rate(i),
        Over(hessian * c(theta).at(m), m),
        -Over(hessian * c(theta).at(m), m),
    ),
    "the second rate of the cost along a gradient flow": (
        (flow,),
        Derivative(c(theta), (t, 2)),
        2 * Over(hessian * c(theta).at(i) * c(theta).at(m), i, m),
        Over(hessian * c(theta).at(i) * c(theta).at(m), i, m),
    ),
    "the second rate of the cost, without any flow": (
        (),
        Derivative(c(theta), (t, 2)),
        Over(hessian * theta.rate(i) * theta.rate(m), i, m) + Over(c(theta).at(i) * theta.rate.rate(i), i),
        Over(hessian * theta.rate(i) * theta.rate(m), i, m),
    ),
    "how the kernel moves": (
        (),
        Derivative(K(x, x_, j, l), t),
        Over((d(i).at(m) * d(i, x_, l) + d(i) * d(i, x_, l).at(m)) * theta.rate(m), i, m),
        2 * Over(d(i).at(m) * d(i, x_, l) * theta.rate(m), i, m),
    ),
    "a step of gradient descent": (
        (),
        c(step),
        c(theta) - h * squared + remainder(1 - s, part),
        c(theta) - h * squared + remainder(Rational(1, 2), part),
    ),
    "… and its Hessian is not that at the start": (
        (),
        c(step),
        c(theta) - h * squared + remainder(1 - s, part),
        c(theta) - h * squared + remainder(1 - s, theta()),
    ),
    "the second variation": (
        (),
        twice,
        Over(G(x, j).at(x_, l) * phi(x, j) * psi(x_, l), x, x_, j, l),
        Over(G(x, j).at(x, l) * phi(x, j) * psi(x, l), x, j, l),
    ),
    "the limit that defines the functional derivative": (
        (),
        quotient,
        Over(G(x, j) * phi(x, j), x, j),
        Over(G(x, j) * psi(x, j), x, j),
    ),
    "integration by parts keeps its boundary terms": (
        (),
        dirichlet,
        boundary - Over(ddv(y) * p(y), y),
        -Over(ddv(y) * p(y), y),
    ),
    "the mass of an interval with a density": (
        (),
        Over(Heavy.point("x"), Heavy.point("x")),
        Rational(5, 6) + 0 * Heavy.mass,
        Rational(1, 2) + 0 * Heavy.mass,
    ),
    "a sum over an index set of known size": (
        (),
        Over(Functional("a", [Two])(Two.point("n")), Two.point("n")),
        Functional("a", [Two])(Two.at(1)) + Functional("a", [Two])(Two.at(2)),
        Functional("a", [Two])(Two.at(1)) + Functional("a", [Two])(Two.at(1)),
    ),
    "a quotient of functionals": (
        (),
        slope(J / Q),
        (dJ * Q0 - J0 * dQ) / Q0**2,
        (dJ * Q0 + J0 * dQ) / Q0**2,
    ),
    "Huber's cost": ((), slope(Over(huber(u(x) + eps * w(x)), x)), Over(clipped(u(x)) * w(x), x), Over(u(x) * w(x), x)),
    "a positive part": ((), Over(Max(u(x), 0), x), Over(u(x) + Abs(u(x)), x) / 2, Over(Abs(u(x)), x)),
    "a sum over samples, of a loss that is only named": (
        (),
        slope(Over(loss(u(sample) + eps * w(sample)), n)),
        Over(Subs(Derivative(loss(xi), xi), xi, u(sample)) * w(sample), n),
        Over(Subs(Derivative(loss(xi), xi), xi, w(sample)) * w(sample), n),
    ),
}


@pytest.mark.parametrize("assuming, lhs, right, wrong", CASES.values(), ids=CASES)
def test_the_true_statement_is_proved_and_the_false_one_refuted(assuming, lhs, right, wrong):
    proved, refuted = judged(lhs, right, *assuming), judged(lhs, wrong, *assuming)
    assert (proved.verdict, proved.label) == (Verdict.PROVED, Label.EXACT), proved.detail
    assert refuted.verdict is Verdict.REFUTED
    for shown in ("left = ", "right = ", "difference "):
        assert shown in refuted.detail


@pytest.mark.parametrize("assuming, lhs, right, wrong", CASES.values(), ids=CASES)
@pytest.mark.parametrize("slip", [lambda e: -e, lambda e: 3 * e], ids=["a sign", "a factor"])
def test_a_slip_is_refuted(assuming, lhs, right, wrong, slip):
    assert judged(lhs, slip(right), *assuming).verdict is Verdict.REFUTED


def test_without_the_assumption_the_statement_is_refuted():
    assuming, lhs, right, _ = CASES["momentum loses energy by friction alone"]
    assert judged(lhs, right).verdict is Verdict.REFUTED
    assert judged(lhs, right, *assuming).rules == ("momentum",)


def test_at_another_time_a_flow_has_no_value():
    later = Subs(Derivative(c(theta) * t, t), t, 1)
    judgement = judged(later, later + c(theta), flow)
    assert judgement.verdict is Verdict.UNDECIDED
    assert "not where it leads" in judgement.detail


def test_what_moves_freely_has_a_value_at_every_time():
    """A polynomial in t, with the rates as its derivatives: the rate of t V is V + t V' at t = 2 as well."""
    V = Functional("V", time=t)
    assert judged(Subs(Derivative(t * V(), t), t, 2), Subs(V() + t * V.rate(), t, 2)).verdict is Verdict.PROVED
    wrong = Subs(Derivative(t * V(), t), t, 2), V() + 2 * V.rate()
    assert judged(*wrong).verdict is Verdict.REFUTED
    assert derived()(Step(*wrong, "substitution")).verdict is Verdict.UNDECIDED


def test_a_limit_that_does_not_exist_is_undecided():
    over = Limit(along_phi / eps, eps, 0)
    judgement = judged(over, over + 1)
    assert judgement.verdict is Verdict.UNDECIDED
    assert "no finite limit" in judgement.detail


def test_one_side_of_a_kink_is_not_enough():
    """x² + 1 > 0 everywhere, so the other branch is not tested."""
    always = Over(Piecewise((u(x), w(x) ** 2 + 1 > 0), (0, True)), x)
    judgement = judged(always, Over(u(x), x))
    assert judgement.verdict is Verdict.UNDECIDED
    assert "only one side" in judgement.detail


def test_a_refutation_can_be_checked_by_hand():
    """Two points with their weights, and the polynomial u: both values follow."""
    detail = judged(Over(Abs(u(x)), x), Over(u(x), x)).detail
    left, right = (Rational(re.search(rf"{side} = (-?\d+)", detail)[1]) for side in ("left", "right"))
    weighted = [tuple(map(Rational, pair)) for pair in re.findall(r"weight (\d+) at x = (-?\d+)", detail)]
    text = re.search(r"u\(x\) = (.*)", detail)[1].replace("^", "**").replace(" x", "*x")
    values = [
        (weight, parse_expr(text.replace("+*", "+").replace("-*", "-")).subs(Symbol("x"), at))
        for weight, at in weighted
    ]
    assert left == sum(weight * abs(value) for weight, value in values)
    assert right == sum(weight * value for weight, value in values)
    assert "; t = " not in judged(theta(i), 2 * theta(i)).detail, "nothing that has no part in it"


def test_huge_statements_are_undecided_in_bounded_time():
    many = Over(1, x)
    for _ in range(6):
        many = Over(many * u(x), x) + many
    deep = Over(u(x) * (1 + Over(u(x_) * Over(C(f(theta)), X.point("z"), i), x_, l)), x, j)
    for huge in (many**40, deep**9):
        assert judged(huge, huge + 1).verdict in (Verdict.UNDECIDED, Verdict.REFUTED)


# The instances can fail

WEAK = {
    "one point": (
        Strength(**{**vars(FINITE), "nodes": 1}),
        (Over(u(x) / w(x), x), Over(u(x), x) / Over(w(x), x) * X.mass),
    ),
    "one parameter": (
        Strength(**{**vars(FINITE), "sizes": (1, 2)}),
        (Over(hessian * c(theta).at(i) * c(theta).at(m), i, m), Over(hessian * c(theta).at(i) ** 2, i, m)),
    ),
    "c of degree 2 in θ": (
        Strength(**{**vars(FINITE), "degree_in_function": 2}),
        (c(step).at(i).at(m), c(theta).at(i).at(m)),
    ),
}


@pytest.mark.parametrize("strength, false_identity", WEAK.values(), ids=WEAK)
def test_a_weak_finite_instance_accepts_a_false_identity_and_the_judge_does_not(strength, false_identity):
    interpreter = Interpreter(Finite((X, Outputs, Parameters), 0, strength))
    assert differs(interpreter, *false_identity) is None
    assert judged(*false_identity).verdict is Verdict.REFUTED


def test_a_bug_planted_in_the_chain_rule_is_noticed(monkeypatch):
    """The canonical form then proves a false line; the instances use no chain rule."""
    rule = Applied._eval_derivative
    monkeypatch.setattr(Applied, "_eval_derivative", lambda self, s: 2 * rule(self, s))
    lhs, wrong = Derivative(c(theta), t), 4 * Over(c(theta).at(i) * theta.rate(i), i)  # 2 for c, 2 for θ
    assert derived()(Step(lhs, wrong, "chain rule")).verdict is Verdict.PROVED
    assert judged(lhs, wrong).verdict is Verdict.REFUTED


def test_a_bug_planted_in_the_instances_is_noticed(monkeypatch):
    monkeypatch.setattr(Interpreter, "slope", lambda self, env, along: self.i.zero)
    lhs, right = Derivative(c(theta), t), Over(c(theta).at(i) * theta.rate(i), i)
    assert derived()(Step(lhs, right, "chain rule")).verdict is Verdict.PROVED
    assert judged(lhs, right).verdict is Verdict.REFUTED


# Jets


def test_jets_multiply_and_divide_as_truncated_series():
    a, b = 3 + epsilon(0), 2 + epsilon(1)
    assert coefficient(coefficient(a * b * a, 0), 1) == 6
    third = lifted(
        lambda x, n: [Rational(1, x), -Rational(1, x**2), Rational(2, x**3)][n], Rational(2) + epsilon(0) + epsilon(1)
    )
    assert third.terms == {0: Rational(1, 2), 1: Rational(-1, 4), 2: Rational(-1, 4), 3: Rational(1, 4)}


def test_dirac_on_the_diagonal_is_one_over_the_weight():
    """δ²/δu(x)δu(x') of ∫ u³ dμ is 6 u(x) δ(x, x'): so ∫∫ of it against w w is 6 ∫ u w² dμ."""
    interpreter = Interpreter(Finite((X, Outputs, Parameters), 1, FINITE))
    total = Over(G(x, j).at(x_, l) * phi(x, j) * psi(x_, l), x, x_, j, l)
    assert interpreter(total, Env()) == interpreter(twice, Env())


def test_a_division_by_zero_is_no_value():
    with pytest.raises(Nowhere, match="division by 0"):
        Interpreter(Finite((X,), 0, FINITE))(1 / (u(x) - u(x) ** 1 + Over(0 * w(x), x) + Subs(t, t, 0)), Env())


def test_a_root_is_left_to_the_judge_of_numbers():
    assert judged(sqrt(Over(u(x) ** 2, x)), Over(u(x), x)).verdict is Verdict.UNDECIDED
