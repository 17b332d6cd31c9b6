"""Intervals, fixed points and derivatives along them, and their printed forms."""

import pickle

import pytest
from sympy import Rational, Symbol, exp, latex, oo

from ntk_symbolic.calculus import Functional, Lam, Over, Sample, Scalar, Space, equal
from ntk_symbolic.errors import IllFormed

I = Space("I", "measure", "x", interval=(0, 2))
Line = Space("R", "measure", "y", interval=(-oo, oo))
k = Space("k", "counting", "j", size=3)
x, y, j = I.point(), Line.point(), k.point()
f, g, q = Functional("f", [I]), Functional("g", [I, Line]), Functional("q", [I, k])
a = Symbol("a")

PRINTED = {
    "f'(x)": (f(x).diff(x), "f'(x)"),
    "f⁽⁵⁾(x)": (f(x).diff(x, 5), "f^{(5)}(x)"),
    "q''_j(x)": (q(x, j).diff(x, 2), "q''_{j}(x)"),
    "∂³g/∂x ∂y²(x, y)": (g(x, y).diff(x, y, y), r"\frac{\partial^{3} g}{\partial x\,\partial y^{2}}(x, y)"),
    "∫_0^2 f'(x)² dx": (Over(f(x).diff(x) ** 2, x), r"\int_{0}^{2}f'(x)^{2}\,\mathrm{d}x"),
    "f'(2)": (Lam(f(x).diff(x), x)(I.upper), "f'(2)"),
    "g(x, ∞)": (g(x, Line.upper), r"g(x, \infty)"),
    "∂_1L(f(x), x)": (Scalar("L", [f(x), x], [1, 0]), r"\partial_{1} L(f(x), x)"),
    "Σ_j f(x_j)": (Over(f(Sample("x", I, j)), j), r"\sum_{j}f(x_{j})"),
}


@pytest.mark.parametrize("text, expr, tex", [(t, *rest) for t, rest in PRINTED.items()], ids=PRINTED)
def test_is_written_as_in_a_textbook(text, expr, tex):
    assert (str(expr), latex(expr)) == (text, tex)


def test_a_value_is_differentiated_along_each_point_it_depends_on():
    both = Functional("b", [I, I])
    first, second = (both.differentiated(n) for n in ([1, 0], [0, 1]))
    assert both(x, x).diff(x) == first(x, x) + second(x, x)
    assert f(I.lower).diff(x) == 0
    assert equal(Over(f(x) * g(x, y), x).diff(y), Over(f(x) * g(x, y).diff(y), x))


def test_derivatives_in_other_orders_are_equal_and_others_are_not():
    assert equal(g(x, y).diff(x).diff(y), g(x, y).diff(y).diff(x))
    assert not equal(g(x, y).diff(x), g(x, y).diff(y))
    assert not equal(f(I.lower), f(I.upper))
    assert not equal(f(x).diff(x), f(x))


def test_a_point_put_in_is_a_number_where_it_stands_for_one():
    assert Lam(x**2 * f(x), x)(I.at(Rational(1, 2))) == f(I.at(Rational(1, 2))) / 4
    assert equal(Lam(exp(x) + x, x)(I.upper), exp(2) + 2 + 0 * a)


def test_masses_of_intervals_and_sizes_are_numbers():
    assert (I.mass, k.mass, I.size, k.size) == (2, 3, None, 3)
    assert equal(Over(f(x), x, I.point("z")), 2 * Over(f(x), x))
    with pytest.raises(IllFormed, match="infinite interval"):
        equal(Over(a, y), a)


def test_spaces_of_one_name_and_other_limits_are_told_apart():
    other = Space("I", "measure", "x", interval=(0, 3))
    assert not equal(Over(f(x), x), Over(Functional("f", [other])(other.point()), other.point()))
    assert pickle.loads(pickle.dumps(I)) == I
    assert pickle.loads(pickle.dumps(I.upper)) == I.upper


REFUSED = {
    "an empty interval": (lambda: Space("I", "measure", interval=(1, 1)), "empty"),
    "an interval of indices": (lambda: Space("k", "counting", interval=(0, 1)), "kind 'measure'"),
    "no size": (lambda: Space("k", "counting", size=0), "indices run"),
    "a density in another variable": (lambda: Space("I", "measure", interval=(0, 1), density=a), "alone"),
    "a density on an abstract space": (lambda: Space("X", "measure", density=Symbol("x")), "on an interval"),
    "a point outside": (lambda: I.at(3), "no point of I"),
    "an index outside": (lambda: k.at(4), "no point of k"),
    "half an index": (lambda: k.at(Rational(1, 2)), "no point of k"),
    "a point of an abstract space": (lambda: Space("X", "measure").at(0), "abstract"),
    "the end of an index set": (lambda: k.upper, "no interval"),
    "a slope in the end of the interval": (
        lambda: Over(f(x), Space("J", "measure", interval=(0, a)).point()).diff(a),
        "a limit of it",
    ),
    "a value at a moving end": (
        lambda: (lambda J: Functional("f", [J])(J.upper).diff(a))(Space("J", "measure", interval=(0, a))),
        "no derivative in a",
    ),
    "another end put in": (
        lambda: Over(f(x), Space("J", "measure", interval=(0, a)).point()).xreplace({a: f(x)}),
        "limits that would be replaced",
    ),
    "a slope in the number of a sample": (lambda: f(Sample("x", I, j)).diff(j), "numbers a sample"),
}


@pytest.mark.parametrize("build, reason", REFUSED.values(), ids=REFUSED)
def test_is_refused(build, reason):
    with pytest.raises(IllFormed, match=reason):
        build()
