"""Elementary functions of functionals, in floating point: agreement, differences and open cases."""

import mpmath
import pytest
from sympy import (
    Derivative,
    Integer,
    Integral,
    Limit,
    Rational,
    Subs,
    Sum,
    Symbol,
    erf,
    exp,
    log,
    oo,
    pi,
    sqrt,
    symbols,
    tanh,
)

from ntk_symbolic.calculus import Functional, Lam, Over, Space
from ntk_symbolic.proofs.derivation import Label, Step, Verdict
from ntk_symbolic.proofs.instances import floating
from ntk_symbolic.proofs.instances.finite import FINITE
from ntk_symbolic.proofs.instances.floating import Floating
from ntk_symbolic.proofs.instances.interpreter import Env, Interpreter
from ntk_symbolic.proofs.judges.numeric import numeric

X, Outputs = Space("X", "measure", "x"), Space("k", "counting", "j")
Long, Unit = Space("I", "measure", "x", interval=(0, 2)), Space("S", "measure", "s", interval=(0, 1))
Gauss = Space("Z", "measure", "z", interval=(-oo, oo), density=exp(-(Symbol("z") ** 2) / 2) / sqrt(2 * pi))
x, x_, y, z = X.point("x"), X.point("x'"), Long.point("x"), Gauss.point("z")
j, l, s = Outputs.point("j"), Outputs.point("l"), Unit.point("s")
t, eps = Symbol("t", real=True), Symbol("epsilon", real=True)
a, b, lam = symbols("a b lambda", positive=True)
r = Symbol("r", real=True)
g, phi, target = (Functional(name, [X, Outputs]) for name in ("g", "phi", "y"))
u, w, q = (Functional(name, [X]) for name in "uwq")
v, p, k = Functional("v", [Long]), Functional("p", [Long]), Functional("k", [Gauss])
V = Functional("V", time=t)
C = Functional("C", of=[X, Outputs])


def judged(lhs, rhs):
    return numeric()(Step(lhs, rhs, "a rule"))


def slope(e):
    return Subs(Derivative(e, eps), eps, 0)


moved = u(x) + eps * w(x)
scores = g(x, j) + eps * phi(x, j)
cross_entropy = Over(log(Over(exp(scores), j)) - Over(target(x, j) * scores, j), x)
softmax = exp(g(x, j)) / Over(exp(g(x, l)), l)
dv, ddv = (v.differentiated((order,)) for order in (1, 2))


def bent(P):
    return dv(P) * p(P) / sqrt(1 + dv(P) ** 2)


length = slope(Over(sqrt(1 + (v(y) + eps * p(y)).diff(y) ** 2), y))
curvature = -Over(p(y) * ddv(y) / (1 + dv(y) ** 2) ** Rational(3, 2), y)

CASES = {
    "softmax cross-entropy": (
        slope(cross_entropy),
        Over((softmax - target(x, j)) * phi(x, j), x, j),
        Over((softmax + target(x, j)) * phi(x, j), x, j),
    ),
    "the logistic cost": (
        slope(Over(log(1 + exp(-q(x) * moved)), x)),
        -Over(q(x) * w(x) / (1 + exp(q(x) * u(x))), x),
        -Over(q(x) * w(x) / (1 + exp(-q(x) * u(x))), x),
    ),
    "relative entropy": (
        slope(Over(moved * log(moved / q(x)), x)),
        Over((1 + log(u(x) / q(x))) * w(x), x),
        Over(log(u(x) / q(x)) * w(x), x),
    ),
    "Grönwall's factor": (
        Derivative(exp(2 * lam * t) * V(), t),
        exp(2 * lam * t) * (V.rate() + 2 * lam * V()),
        exp(2 * lam * t) * (V.rate() + lam * V()),
    ),
    "a norm": (
        slope(sqrt(Over(moved**2, x))),
        Over(u(x) * w(x), x) / sqrt(Over(u(x) ** 2, x)),
        Over(u(x) * w(x), x) / sqrt(Over(w(x) ** 2, x)),
    ),
    "tanh, twice": (
        Subs(Derivative(Over(tanh(moved), x), (eps, 2)), eps, 0),
        -2 * Over(tanh(u(x)) * (1 - tanh(u(x)) ** 2) * w(x) ** 2, x),
        Over(tanh(u(x)) * (1 - tanh(u(x)) ** 2) * w(x) ** 2, x),
    ),
    "erf": (
        slope(Over(erf(moved), x)),
        2 / sqrt(pi) * Over(exp(-(u(x) ** 2)) * w(x), x),
        Over(exp(-(u(x) ** 2)) * w(x), x),
    ),
    "the length of a curve keeps its boundary terms": (
        length,
        curvature + bent(Long.upper) - bent(Long.lower),
        curvature,
    ),
    "Stein's lemma": (
        Over(z * k(z), z),
        Over(k(z).diff(z), z),
        2 * Over(k(z).diff(z), z),
    ),
    "an integral over numbers": (Integral(exp(-a * r), (r, 0, b)), (1 - exp(-a * b)) / a, (1 + exp(-a * b)) / a),
    "an endless integral": (Integral(exp(-(r**2) / 2), (r, -oo, oo)), sqrt(2 * pi), 2 * sqrt(pi)),
    "a limit of numbers": (Limit((exp(r) - 1) / r, r, 0), Integer(1), Integer(0)),
    "a finite sum of numbers": (Sum(r**a, (a, 0, 3)), 1 + r + r**2 + r**3, 1 + r + r**2),
}

LONG = (
    "the length of a curve keeps its boundary terms",
    "Stein's lemma",
)  # another endless integral takes a third of its time
each_case = pytest.mark.parametrize(
    "lhs, right, wrong",
    [pytest.param(*sides, marks=pytest.mark.sweep if name in LONG else (), id=name) for name, sides in CASES.items()],
)


@each_case
def test_the_sides_of_a_true_statement_agree_and_a_false_one_is_refuted(lhs, right, wrong):
    proved, refuted = judged(lhs, right), judged(lhs, wrong)
    assert (proved.verdict, proved.label) == (Verdict.AGREES, Label.NUMERIC), proved.detail
    assert "both sides agree to" in proved.detail
    assert refuted.verdict is Verdict.REFUTED
    for shown in ("left = ", "right = ", "difference "):
        assert shown in refuted.detail


@each_case
@pytest.mark.parametrize("slip", [lambda e: -e, lambda e: e * (1 + Rational(1, 10**12))], ids=["a sign", "1e-12 of it"])
def test_a_slip_is_refuted(lhs, right, wrong, slip):
    assert judged(lhs, slip(right)).verdict is Verdict.REFUTED


def test_it_has_no_word_where_rational_numbers_have_a_value():
    assert judged(Over(u(x), x), Over(u(x_), x_)) is None
    assert judged(Over(1 / u(x), x), Over(1 / u(x_), x_)) is None


def test_positive_numbers_are_taken_only_where_others_have_no_value_and_it_is_said():
    assert "positive" in judged(Over(log(u(x) * q(x)), x), Over(log(u(x)) + log(q(x)), x)).detail
    assert "positive" not in judged(*CASES["a norm"][:2]).detail
    assert judged(Over(sqrt(u(x) ** 2), x), Over(u(x), x)).verdict is Verdict.REFUTED


def test_a_symbol_has_the_signs_it_was_declared_with_and_no_others():
    assert judged(log(a * b), log(a) + log(b)).verdict is Verdict.AGREES
    open_ = judged(log(r**2), 2 * log(r))
    assert open_.verdict is Verdict.UNDECIDED
    assert "only one side has a value" in open_.detail


@pytest.mark.parametrize(
    "lhs, rhs",
    [(sqrt(r**2 - 2 * r + 1), 1 - r), ((a + b) ** 4000, (a + b) ** 4000 + 1), (exp(-exp(a)) + 1, exp(-exp(a) - b) + 1)],
    ids=["true for small r", "a difference among large numbers", "a small difference"],
)
def test_what_holds_nearly_or_somewhere_is_not_proved(lhs, rhs):
    assert judged(lhs, rhs).verdict is Verdict.REFUTED


def test_quadrature_that_has_not_converged_decides_nothing():
    rough = Integral(sqrt(r), (r, 0, 1))
    judgement = judged(rough, Rational(2, 3) + 0 * rough)
    assert judgement.verdict is Verdict.UNDECIDED
    assert "does not settle" in judgement.detail


@pytest.mark.parametrize(
    "lhs, reason",
    [
        (exp(exp(exp(exp(1000 * a)))), "beyond"),
        (Sum(r, (r, 1, b)), "no integer"),
        (Sum(1 / a, (a, 1, oo)), "too large"),
        (exp(C(Lam(g(x, j) + s * phi(x, j), x, j)).at(x, j)), "none of the measure|s"),
    ],
    ids=["a tower", "a sum to b", "an endless sum", "a functional derivative"],
)
def test_what_has_no_value_is_undecided_and_soon(lhs, reason):
    judgement = judged(lhs, lhs + 1)
    assert judgement.verdict in (Verdict.UNDECIDED, Verdict.REFUTED)


def test_a_bug_planted_in_the_table_of_derivatives_is_noticed(monkeypatch):
    monkeypatch.setattr(floating, "_derivative", lambda func, n: lambda x: mpmath.exp(x) * (1 + n))
    assert judged(slope(Over(exp(moved), x)), Over(exp(u(x)) * w(x), x)).verdict is Verdict.REFUTED


def test_the_same_value_at_two_precisions():
    found = []
    for digits in (30, 50):
        with mpmath.workdps(digits):
            found.append(Interpreter(Floating((X, Outputs), 0, FINITE))(slope(cross_entropy), Env()))
    assert abs(found[0] - found[1]) < mpmath.mpf(10) ** -27 * abs(found[1])
