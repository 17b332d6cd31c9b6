"""∫ h' over an interval is h at its ends; and over nothing else."""

import pytest
from sympy import Derivative, Symbol

from ntk_symbolic.calculus import Functional, Over, Space, equal
from ntk_symbolic.calculus.ends import at_ends

t = Symbol("t", positive=True)
I, J = Space("I", "measure", "s", interval=(0, t)), Space("k", "counting", "j")
s, j = I.point("s"), J.point("j")
h, g = Functional("h", [I, J]), Functional("g", [J])
slope = Derivative(h(s, j), s)
ends = h(I.upper, j) - h(I.lower, j)


@pytest.mark.parametrize(
    "integral, value",
    [
        (Over(slope, s), ends),
        (Over(slope, s, j), Over(ends, j)),
        (Over(g(j) * Over(slope, s), j), Over(g(j) * ends, j)),
        (2 - Over(slope, s) ** 2, 2 - ends**2),
    ],
    ids=["alone", "with a sum", "below a sum", "in a square"],
)
def test_the_integral_of_a_derivative_is_the_difference_of_the_ends(integral, value):
    assert equal(at_ends(integral), value)


@pytest.mark.parametrize(
    "integral",
    [
        Over(g(j) * slope, s, j),
        Over(Derivative(h(s, j), s, s), s),
        Over(slope, j),
        Over(Derivative(h(s, j), t), s),
    ],
    ids=["a factor before it", "a second derivative", "not over s", "a derivative in t"],
)
def test_everything_else_stays_as_it_is(integral):
    assert equal(at_ends(integral), integral)


def test_with_a_density_it_is_no_difference_of_ends():
    weighted = Space("I", "measure", "s", interval=(0, 1), density=1 + Symbol("s"))
    r, k = weighted.point("s"), Functional("h", [weighted])
    integral = Over(Derivative(k(r), r), r)
    assert at_ends(integral) == integral


def test_a_variable_of_an_abstract_space_has_no_ends():
    X = Space("X", "measure", "x")
    x, k = X.point("x"), Functional("k", [X])
    assert at_ends(Over(k(x), x)).vars[0].space == X
