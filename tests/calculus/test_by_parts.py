"""Integration by parts in the canonical form: derivatives under an integral are recognised, and nothing else is."""

from random import Random

import pytest
from sympy import Mul, Rational, Symbol, exp, log, oo

from ntk_symbolic.calculus import Functional, Over, Space, equal
from ntk_symbolic.calculus.canonical import Canonical
from ntk_symbolic.calculus.moved import ByParts
from ntk_symbolic.calculus.rules import FUNDAMENTAL
from ntk_symbolic.calculus.spaces import place
from ntk_symbolic.proofs.derivation import Step, Verdict
from ntk_symbolic.proofs.judges.derived import derived
from ntk_symbolic.proofs.judges.exact import exact

I, J = Space("I", "measure", "s", interval=(0, 2)), Space("k", "counting", "j")
s, j = I.point("s"), J.point("j")
f, g = Functional("f", [I]), Functional("g", [I])
a = Functional("a", [I, J])


def ends(h):
    return place(h, {s: I.upper}) - place(h, {s: I.lower})


def by_parts(lhs, rhs) -> bool:
    return equal(lhs, rhs, ByParts())


def products(rng: Random, largest: int = 3):
    """A random product of s, f, f', f'', g, g'."""
    factors = [s, f(s), f(s).diff(s), f(s).diff(s).diff(s), g(s), g(s).diff(s)]
    return Mul(*(rng.choice(factors) for _ in range(rng.randint(1, largest))))


@pytest.mark.parametrize("seed", range(25))
def test_a_whole_derivative_is_seen_and_with_more_under_the_integral_both_judges_agree(seed):
    rng = Random(seed)
    h = sum(rng.randint(1, 5) * products(rng) for _ in range(2))
    assert by_parts(Over(h.diff(s), s), ends(h))
    step = Step(Over(h.diff(s) + products(rng), s), ends(h), "by parts")
    said = {derived()(step).verdict, exact()(step).verdict}
    assert said == {Verdict.UNDECIDED, Verdict.REFUTED} or said == {Verdict.PROVED}  # the product may be ∫ 0


@pytest.mark.parametrize(
    "h",
    [
        f(s) * log(f(s)),
        log(f(s)) * f(s).diff(s),
        log(f(s)) ** 2 * g(s),
        g(s) / f(s) ** 2,
        f(s) ** Rational(3, 2) * s,
        exp(f(s)) * f(s) ** 2,
        exp(-2 * g(s)) * f(s),
    ],
    ids=str,
)
def test_logarithms_powers_and_exponentials_have_antiderivatives(h):
    assert by_parts(Over(h.diff(s), s), ends(h))
    assert not by_parts(Over(h.diff(s), s), -ends(h))
    assert not by_parts(Over(h.diff(s), s), 2 * ends(h))
    assert not by_parts(Over(h.diff(s), s), ends(h) + f(I.upper) - f(I.lower))


def test_sums_and_other_integrals_stay_around_it():
    slope = a(s, j).diff(s)
    assert by_parts(Over(a(s, j) * slope, s, j), Over(ends(a(s, j) ** 2) / 2, j))
    r = I.point("r")
    assert by_parts(Over(g(r) * f(s).diff(s), s, r), Over(g(r), r) * ends(f(s)))


def test_a_symmetric_form_of_two_functions_is_moved_one_way():
    once = Over(f(s) * g(s).diff(s).diff(s), s)
    other = Over(f(s).diff(s).diff(s) * g(s), s)
    assert by_parts(once - other, ends(f(s) * g(s).diff(s) - f(s).diff(s) * g(s)))
    assert not by_parts(once, other)


UNTOUCHED = {
    "no derivative": Over(f(s) * g(s), s),
    "a square of the highest": Over(f(s).diff(s) ** 2, s),
    "a function of a sum": Over(f(s).diff(s) * log(f(s) + g(s)), s),
    "a division by s": Over(f(s).diff(s) / s, s),
    "a function in two places": Over(Functional("b", [I, I])(s, s).diff(s), s),
}


@pytest.mark.parametrize("what", UNTOUCHED)
def test_what_has_no_antiderivative_here_stays_as_it_is(what):
    expansion = ByParts()
    assert Canonical(expansion).terms(UNTOUCHED[what])
    assert FUNDAMENTAL not in expansion.used


@pytest.mark.parametrize(
    "space", [{"interval": (0, oo)}, {"interval": (0, 1), "density": 1 + Symbol("s")}, {}], ids=str
)
def test_elsewhere_than_on_a_bounded_interval_with_lebesgue_measure_nothing_is_moved(space):
    other = Space("O", "measure", "s", **space)
    r, h = other.point("s"), Functional("h", [other])
    integral = Over(h(r).diff(r) * h(r), r) if other.interval else Over(h(r), r)
    expansion = ByParts()
    Canonical(expansion).terms(integral)
    assert FUNDAMENTAL not in expansion.used
