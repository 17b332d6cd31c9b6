"""The sets that readings ask for: who is in them, who is not, and that judges which ask them prove what is true and nothing
that is false."""

import pytest
from sympy import (
    Abs,
    Derivative,
    Function,
    Heaviside,
    I,
    Integer,
    Max,
    Rational,
    S,
    Symbol,
    acot,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    ceiling,
    cos,
    cosh,
    cot,
    coth,
    csch,
    erf,
    erfc,
    erfi,
    exp,
    floor,
    frac,
    gamma,
    log,
    pi,
    sec,
    sech,
    sign,
    sin,
    sinh,
    symbols,
    tan,
    tanh,
)

from ntk_symbolic.activations.facts.growth import growth
from ntk_symbolic.activations.form.pieces import split
from ntk_symbolic.activations.form.zeros import zeros
from ntk_symbolic.calculus import Functional, Over, Space
from ntk_symbolic.elementary import queries
from ntk_symbolic.proofs.derivation import Step, Verdict
from ntk_symbolic.proofs.facts import nonnegative, visibly_positive
from ntk_symbolic.proofs.judges.convergence import not_shown_to_exist
from ntk_symbolic.proofs.judges.panel import panel
from ntk_symbolic.proofs.judges.ranges import sign_on

a, b, u = symbols("a b u", real=True)
p = Symbol("p", positive=True)
v = Space("V", "measure", "y", interval=(-1, 1)).point()
w = Space("W", "measure", "y", interval=(0, pi)).point()
unknown = {name: Function(name) for name in ("erf", "atan", "asin", "sech")}

WITHOUT = {  # what would make an argument that rests on the set wrong
    "everywhere": (log, tan, coth, csch, gamma, Heaviside, asin),
    "regular": (log, tan, acot, Abs, sign, gamma),
    "bounds": (tan, asin, exp, erfi, floor, Abs),
    "within_one": (erfc, atan, acot, exp, sec),
    "meromorphic": (log, atan, asinh, acot, Abs, sign),
    "positive": (Abs, cos, tanh, erf, erfi, gamma, sec),
    "nonnegative": (tanh, erf, gamma, sign, Max),
    "monotone": (tan, coth, cosh, acot, gamma, floor, sign),
    "contracting": (erf, sinh, tan, erfi, sign, floor),
    "exponentials": (exp, erf, gamma, atan, asinh),
    "for_positive": (tan, cot, asin, atanh, sec),
    "smooth": (Abs, sign, Max, floor),
    "by_signs": (floor, ceiling, frac, acot),
}


@pytest.mark.parametrize("query", WITHOUT)
def test_a_set_is_without_what_would_make_its_arguments_wrong(query):
    found = set(getattr(queries, query)())
    assert found and not found & {*WITHOUT[query]}


def verdicts(left: object, right: object) -> set[Verdict]:
    found = [judge(Step(S(left), S(right), "")) for judge in panel()]
    return {said.verdict for said in found if said is not None}


FALSE = {
    "acot jumps at 0": (Over(Derivative(acot(v), v), v), pi / 2),
    "atan(tan) jumps at π/2": (Over(Derivative(atan(tan(w)), w), w), 0),
    "acot(cot) at the poles of cot": (Over(Derivative(acot(cot(w)), w), w), 0),
    "atan2 jumps where its second argument is negative": (
        Over(Derivative(atan2(v, -1), v), v),
        atan2(1, -1) - atan2(-1, -1),
    ),
    "a fractional part": (Over(Derivative(frac(v), v), v), frac(S.One) - frac(S.NegativeOne)),
    "a step": (Over(Derivative(Heaviside(v), v), v), 1),
    "the slope of a kink": (Over(Derivative(Max(v, 0), v, v), v), 1),
    "an unknown function called erf is not odd": (unknown["erf"](a - b) + unknown["erf"](b - a), 0),
    "an unknown function called atan is not odd": (unknown["atan"](a - b) + unknown["atan"](b - a), 0),
    "an unknown function called sech is not even": (unknown["sech"](a - b) - unknown["sech"](b - a), 0),
    "an unknown function called sech is not 1/cosh": (unknown["sech"](a) * cosh(a), 1),
    "atan(tan a) is not a": (atan(tan(a)), a),
    "1/cosh² is not 1 + tanh²": (sech(a) ** 2 - tanh(a) ** 2, 1),
    "asin of what is above 1": (asin(2 + p**2) * (a + 1), asin(2 + p**2) * a + asin(2 + p**2)),
}


@pytest.mark.parametrize("left, right", FALSE.values(), ids=FALSE)
def test_no_judge_proves_what_is_false(left, right):
    assert not {Verdict.PROVED, Verdict.AGREES} & verdicts(left, right)


TRUE = {
    "tan is sin over cos": (tan(a) * cos(a), sin(a)),
    "sech is 1 over cosh": (sech(a) * cosh(a), 1),
    "sech and tanh": (sech(a) ** 2 + tanh(a) ** 2, 1),
    "the slope of tanh": (Derivative(tanh(a), a), sech(a) ** 2),
    "the slope of sech": (Derivative(sech(a), a), -sech(a) * tanh(a)),
    "coth and csch": (coth(p) ** 2 - csch(p) ** 2, 1),
    "asinh is odd": (asinh(a - b) + asinh(b - a), 0),
    "erfi goes on": (Over(Derivative(erfi(v), v), v), 2 * erfi(1)),
    "a kink is continuous": (Over(Derivative(Max(v, 0), v), v), 1),
}


@pytest.mark.parametrize("left, right", TRUE.values(), ids=TRUE)
def test_what_is_true_is_proved(left, right):
    found = verdicts(left, right)
    assert Verdict.PROVED in found and Verdict.REFUTED not in found


@pytest.mark.parametrize(
    "body", [erfi(v), sech(v), floor(v), ceiling(5 * v), acot(v), Heaviside(v), sec(v), cot(v + 2), coth(v + 2)]
)
def test_bounded_functions_have_integrals(body):
    assert not_shown_to_exist((Over(body, v),)) is None


@pytest.mark.parametrize(
    "body", [tan(2 * v), cot(v), coth(v), csch(v), gamma(v), 1 / floor(v), 1 / Heaviside(v), asin(2 * v)]
)
def test_functions_with_poles_or_no_value_have_none_that_is_shown(body):
    assert not_shown_to_exist((Over(body, v),)) is not None


def test_signs_are_read_from_ends_where_a_function_is_monotone():
    box = {u: (Rational(1, 4), Rational(1, 2))}
    assert [sign_on(f(u), box) for f in (asin, atanh, erfi, erfc)] == [1, 1, 1, 1]
    assert [sign_on(f(u) - 2, box) for f in (asin, atanh, erfi, erfc)] == [-1, -1, -1, -1]
    assert sign_on(asin(4 * u) + 5, box) == sign_on(atanh(2 * u), box) == 0  # beyond the domain, and at its end


def test_zeros_are_found_by_inverse_functions():
    assert zeros(erfc(u) - 1, u) == [0] and zeros(erfc(u), u) == zeros(cosh(u) + 1, u) == []
    assert zeros(cosh(u) - 1, u) == [0] and len(zeros(cosh(u) - 2, u)) == 2
    assert zeros(tanh(u) - 1, u) == zeros(exp(u), u) == []


def test_growth_is_that_of_the_row():
    assert [growth(f(u), u) for f in (sin, erfc, sech, asinh)] == [(1.0, 0.0), (2.0, 0.0), (1.0, 0.0), (1.0, 1.0)]
    assert growth(atan(u), u)[0] >= pi / 2 and growth(erfi(u), u) is None


def test_values_of_functions_have_the_sign_of_their_row():
    f = Functional("f", [v.space])
    assert all(nonnegative(g(f(v))) and not nonnegative(g(I + f(v))) for g in (erfc, cosh, sech, exp, Abs))
    assert all(visibly_positive(g(f(v))) for g in (erfc, cosh, sech, exp))
    assert not any(map(nonnegative, (erf(f(v)), sin(f(v)), log(f(v)), gamma(f(v)))))
    assert not any(map(visibly_positive, (Abs(f(v)), erf(f(v)), cosh(I + f(v)))))


def test_a_fractional_part_is_cut_at_the_integers():
    pieces = split(frac(u), u, Integer(-1), Integer(2))
    assert [(x.lo, x.hi, x.expr) for x in pieces] == [(-1, 0, u + 1), (0, 1, u), (1, 2, u - 1)]
