"""False statements that were once proved: for one size, one mass or few derivatives, by chance signs, by symmetry of a
rule of quadrature, below the precision, by names. The similar true statement is still proved.
"""

from functools import cache

import pytest
from sweeps import sweep_few
from sympy import (
    Abs,
    Derivative,
    Dummy,
    Function,
    Integer,
    Integral,
    Max,
    Piecewise,
    Rational,
    S,
    Subs,
    Symbol,
    conjugate,
    cos,
    exp,
    factorial,
    log,
    oo,
    pi,
    sign,
    sin,
    sqrt,
    tanh,
)

from ntk_symbolic.calculus import Functional, Lam, Over, Space
from ntk_symbolic.proofs.derivation import Step, Verdict
from ntk_symbolic.proofs.judges.elementary import scalar
from ntk_symbolic.proofs.judges.exact import exact
from ntk_symbolic.proofs.judges.integrands import integrands
from ntk_symbolic.proofs.judges.numeric import numeric
from ntk_symbolic.proofs.judges.panel import panel

X, Y = Space("X", "measure", "x"), Space("Y", "measure", "y")
P, k = Space("P", "counting", "i"), Space("k", "counting", "j")
U, Line = Space("U", "measure", "s", interval=(0, 1)), Space("R", "measure", "r", interval=(-oo, oo))
Steep = Space("W", "measure", "y", interval=(0, 1), density=1 / Symbol("y"))
Both = Space("V", "measure", "y", interval=(-1, 1))
Gauss = Space("Z", "measure", "z", interval=(-oo, oo), density=exp(-(Symbol("z") ** 2)))
x, x_, y, s, r, v, w_ = (
    X.point("x"),
    X.point("x'"),
    Y.point("y"),
    U.point("s"),
    Line.point("r"),
    Both.point(),
    Steep.point(),
)
i, m, j, l, z = P.point("i"), P.point("m"), k.point("j"), k.point("l"), Gauss.point("z")
a, g, q, b = Functional("a", [P]), Functional("g", [X, k]), Functional("q", [X]), Functional("b", [U])
phi, C, D = Functional("phi", [X]), Functional("C", of=[X]), Functional("D", of=[P])
u, c, h = (Symbol(name, real=True) for name in "uch")
p = Symbol("p", positive=True)
n, whole, even = Symbol("n", integer=True, positive=True), Symbol("N", integer=True), Symbol("e", even=True)
free, other = Symbol("zeta"), Symbol("xi")
t = Symbol("t", real=True)
kappa, ell = k.mass, Function("l")
JUDGES = scalar, integrands, exact(), numeric()


@cache
def judgements(lhs, rhs):
    return tuple(said for judge in JUDGES if (said := judge(Step(lhs, rhs, "a rule"))))


def verdicts(lhs, rhs):
    return {said.verdict for said in judgements(lhs, rhs)}


def moments(n):
    return Over(g(x, j) ** n, j)


FALSE = {
    "one size": (Over(a(i), i) * Over(1, j), 2 * Over(a(i), i)),
    "a factor that vanishes for one size": ((kappa - 2) * Over(q(x), x), Integer(0)),
    "two sizes": ((kappa - 2) * (kappa - 3) * Over(q(x), x), Integer(0)),
    "a polynomial in a size": (Over(a(i) + 1, i, m), P.mass * Over(a(i), i) + 5 * P.mass - 6),
    "sizes related": (P.mass * q(x), (kappa + 1) * q(x)),
    "traces of two": (moments(1) ** 3, 3 * moments(1) * moments(2) - 2 * moments(3)),
    "squared differences": (Over((g(x, j) - g(x, l)) ** 2, j, l), 4 * moments(2) - 2 * moments(1) ** 2),
    "one mass": (Over(1, x) * q(x_), Rational(15, 4) * q(x_)),
    "one mass, squared": (X.mass**2 * q(x), (X.mass + Rational(165, 16)) * q(x)),
    "the fifth derivative of a function": (b(s).diff(s, 5), Integer(0)),
    "the fourth does not vary": (b(s).diff(s, 4), b(U.point("s'")).diff(U.point("s'"), 4)),
    "the fifth derivative of a cost": (Derivative(C(Lam(h * phi(x), x)), (h, 5)), Integer(0)),
    "the fourth derivative of a function of numbers": (Derivative(ell(u), (u, 4)), Integer(0)),
    "the third derivative in parameters": (D(Lam(a(i), i)).at(i).at(i).at(i).diff(h), D(Lam(a(i), i)).at(i)),
    "a root and the sign of q": (sqrt(q(x) ** 2), q(x)),
    "its integral": (Over(sqrt(q(x) ** 2), x), Over(q(x), x)),
    "the other sign": (sqrt(phi(x) ** 2), -phi(x)),
    "a logarithm of a square": (log(q(x) ** 2), 2 * log(q(x))),
    "a root of a product": (sqrt(q(x) * q(x_)), sqrt(q(x)) * sqrt(q(x_))),
    "a modulus under a logarithm": (log(q(x) / phi(x)) * sqrt(q(x) ** 2), log(q(x) / phi(x)) * q(x)),
    "a principal value": (Over(1 / v, v), Integer(0)),
    "the same between numbers": (Integral(1 / u, (u, -1, 1)), Integer(0)),
    "an odd function on the line": (Over(r, r), Integer(0)),
    "one that falls off slowly": (Over(r / (1 + r**2), r), Integer(0)),
    "one that does not fall off": (Over(sin(r), r), Integer(0)),
    "the same of numbers": (Integral(u / (1 + u**2), (u, -oo, oo)), Integer(0)),
    "a density that is not integrable": (Over(1, w_) - Over(1 - w_, w_), Integer(1)),
    "an exponential too small": (1 + exp(-200), Integer(1)),
    "beside a functional": (Over(a(i), i) + exp(-200), Over(a(i), i)),
    "beside a symbol": (c + exp(-exp(9)), c),
    "below the smallest constants": (c + exp(c - 200), c),
    "inside an integral": (Integral(1 + exp(-200 - u), (u, 0, 1)), Integer(1)),
    "saturation": (tanh(200) * exp(c), exp(c)),
    "a rational number near 1": (exp(c) * (1 + Rational(1, 10**60)), exp(c)),
    "factorials of few": (factorial(n), n),
    "a polynomial with integer zeros": (n * (n - 1) * (n - 2), Integer(0)),
    "more of them": (whole * (whole**2 - 1) * (whole**2 - 4), Integer(0)),
    "|z|² for any z": (Abs(free) ** 2, free**2),
    "√z²": (sqrt(free**2), Abs(free)),
    "conjugates": (conjugate(free), free),
    "in an integral": (Over(Abs(free) ** 2 * q(x), x), Over(free**2 * q(x), x)),
    "two symbols of one name": (Symbol("u", real=True), Symbol("u", positive=True)),
    "two functions of one name": (Over(Functional("g", [X])(x), x), Over(Functional("g", [Y])(y), y)),
    "two points of one name": (Functional("g", [X])(x), Functional("g", [Y])(Y.point("x"))),
    "a point and a symbol": (s * b(s), Symbol("s", real=True) * b(s)),
    "what moves and what rests": (Functional("theta", [P], time=t)(i), Functional("theta", [P])(i)),
    "two dummies": (Dummy("d"), Dummy("d")),
    "a sign at 0": (sign(u) ** 2, Integer(1)),
    "a sign of values": (sign(q(x)) ** 2, Integer(1)),
    "a sum of signs": (Over(sign(a(i)) ** 2, i), P.mass),
    "cases that leave out the edge": (
        Over(Piecewise((1, q(x) > 0), (0, True)) + Piecewise((1, q(x) < 0), (0, True)), x),
        X.mass,
    ),
    "such cases of numbers": (Piecewise((1, u > 0), (0, True)) + Piecewise((1, u < 0), (0, True)), Integer(1)),
    "what does not commute": (Symbol("A", commutative=False) * Symbol("B", commutative=False), Integer(1)),
}


# numbers are integrated as points are
@pytest.mark.parametrize("lhs, rhs", sweep_few(FALSE.values(), [FALSE["the same of numbers"]]), ids=FALSE)
def test_the_false_is_not_proved(lhs, rhs):
    assert not any(verdict.supports for verdict in verdicts(lhs, rhs))


TRUE = {
    "sizes by their names": (Over(a(i), i) * Over(1, j), kappa * Over(a(i), i)),
    "a polynomial in a size": (Over(a(i) + 1, i, m), P.mass * Over(a(i), i) + P.mass**2),
    "squared differences": (Over((g(x, j) - g(x, l)) ** 2, j, l), 2 * kappa * moments(2) - 2 * moments(1) ** 2),
    "a mass by its name": (Over(1, x) * q(x_), X.mass * q(x_)),
    "the fifth derivative of a square": (Derivative(u**2 * ell(u), (u, 5)), None),
    "a root and a modulus": (sqrt(q(x) ** 2), Abs(q(x))),
    "logarithms where both sides have a value": (exp(log(q(x) / phi(x))) * phi(x), q(x) * exp(0 * log(q(x) / phi(x)))),
    "an odd function that falls off": (Over(z, z), Integer(0)),
    "an odd polynomial": (Over(v**3, v), Integer(0)),
    "a small term on both sides": (1 + exp(-3), (exp(3) + 1) * exp(-3)),
    "softplus": (Over(log(1 + exp(q(x))) - log(1 + exp(-q(x))), x), Over(q(x), x)),
    "integers": (factorial(n + 1), (n + 1) * factorial(n)),
    "even numbers": (cos(pi * even), Integer(1)),
    "polynomials in any z": ((free + other) ** 2 * q(x), (free**2 + 2 * free * other + other**2) * q(x)),
    "sign³": (sign(q(x)) ** 3, sign(q(x))),
    "sign and modulus": (Over(a(i) * sign(a(i)), i), Over(Abs(a(i)), i)),
    "cases that meet": (Over(Piecewise((q(x), q(x) > 0), (0, True)), x), Over(Max(q(x), 0), x)),
}


@pytest.mark.parametrize("lhs, rhs", TRUE.values(), ids=TRUE)
def test_the_true_statement_near_by_is_proved(lhs, rhs):
    rhs = lhs.doit() if rhs is None else rhs
    assert any(verdict.supports for verdict in verdicts(lhs, rhs))
    assert Verdict.REFUTED not in verdicts(lhs, rhs)


REASONS = {
    "|z|² for any z": "not known to be real",
    "two functions of one name": "g means two things",
    "one that falls off slowly": "does not settle",
    "beside a symbol": "may hide a difference",
    "below the smallest constants": "too small to be seen",
    "what does not commute": "does not commute",
}


@pytest.mark.parametrize("name, reason", REASONS.items(), ids=REASONS)
def test_the_reason_is_told(name, reason):
    assert any(reason in said.detail for said in judgements(*FALSE[name]))


def test_what_is_drawn_has_all_that_is_assumed_of_it():
    irrational = Symbol("w", irrational=True)
    said = numeric()(Step(irrational + 1, 1 + irrational * 1, "a rule"))
    assert said.verdict is Verdict.UNDECIDED and "satisfies the assumptions on w" in said.detail


def test_the_sizes_tried_are_told():
    detail = exact()(Step(*TRUE["a polynomial in a size"], "counting")).detail
    assert "P = 3 or P = 2 or P = 4" in detail


def test_a_substitution_of_two_names_is_no_ambiguity():
    lhs = Subs(Derivative(C(Lam(q(x) + h * phi(x), x)), h), h, 0)
    assert Verdict.PROVED in verdicts(lhs, Over(C(q).at(x) * phi(x), x))


@pytest.mark.parametrize("power, verdict", [(-1, Verdict.UNDECIDED), (-S.Half, Verdict.PROVED), (3, Verdict.PROVED)])
def test_linearity_proves_nothing_of_integrals_that_do_not_exist(power, verdict):
    U = Space("U", "measure", interval=(0, 1))
    p = U.point("p")
    step = Step(Over(p**power, p) - Over(p**power - 1, p), S.One, "linearity")
    said = [judgement for judge in panel() if (judgement := judge(step))]
    assert said[0].judge == "canonical form"
    assert said[0].verdict is verdict
    assert (verdict is Verdict.PROVED) == any(judgement.verdict is Verdict.PROVED for judgement in said)
