"""Results with roots over one denominator: the forms of textbooks, and the same values as the sums they came from."""

import time
from itertools import pairwise

import pytest
from sympy import Add, Dummy, Function, Integral, Mul, Rational, exp, expand, sqrt, symbols

from ntk_symbolic.calculus import euler_lagrange, functional_derivative
from ntk_symbolic.calculus.variations.gathered import gathered

x, y = symbols("x y")
g = symbols("g", positive=True)
f = Function("f")
f0, f1, f2 = f(x), f(x).diff(x), f(x).diff(x, 2)
u = f(x, y)
ux, uy, uxx, uyy, uxy = u.diff(x), u.diff(y), u.diff(x, 2), u.diff(y, 2), u.diff(x, y)
D, S = 1 + f1**2, 1 + ux**2 + uy**2

TEXTBOOK = {
    "a shortest line": (sqrt(D), f0, -f2 / D ** Rational(3, 2)),
    "a soap film between rings": (f0 * sqrt(D), f0, -(f0 * f2 - f1**2 - 1) / D ** Rational(3, 2)),
    "the brachistochrone": (sqrt(D / f0), f0, -sqrt(D / f0) * (2 * f0 * f2 + f1**2 + 1) / (2 * D**2 * f0)),
    "a minimal surface": (
        sqrt(S),
        u,
        -(ux**2 * uyy - 2 * ux * uy * uxy + uxx * uy**2 + uxx + uyy) / S ** Rational(3, 2),
    ),
}


@pytest.mark.parametrize("lagrangian, f, expected", TEXTBOOK.values(), ids=TEXTBOOK)
def test_equations_are_printed_as_in_textbooks(lagrangian, f, expected):
    (equation,) = euler_lagrange(lagrangian, f)
    assert expand(equation.lhs - expected) == 0
    assert equation.lhs.count_ops() <= expected.count_ops() + 1  # −(a − b) for b − a


def at_numbers(e):
    """With a number for every value of f and its slopes."""
    values = sorted(e.atoms(type(f1)) | e.atoms(f), key=lambda a: (str(a), a.count_ops()))
    letters = {a: Rational(3 + 2 * n, 7 + n) for n, a in enumerate([f0, f1, f2, f1.diff(x, 2), f2.diff(x, 2)])}
    assert set(values) <= letters.keys()
    return complex(e.xreplace(letters).subs({x: Rational(2, 3), g: 2}).evalf(30))


SUMS = {
    "two roots of one base": f2 / sqrt(D) - f1**2 * f2 / D ** Rational(3, 2),
    "roots of two bases": x / sqrt(f0) + f1 * D ** Rational(1, 3) / f0 - sqrt(f0) * D ** Rational(-2, 3),
    "a base that is a ratio": sqrt(D / f0) * f1 / D - sqrt(D / f0) * (f1 - f2 / f0) / D**2,
    "a negative base": sqrt(-1 - f0**2) / f0 + f1 / sqrt(-1 - f0**2),
    "with exp and a parameter": exp(f0) / sqrt(g + f0) - exp(f0) * f1 / (g + f0) ** Rational(5, 2),
}


@pytest.mark.parametrize("e", SUMS.values(), ids=SUMS)
def test_what_is_gathered_has_the_same_value(e):
    short = gathered(e)
    assert short.count_ops() <= e.count_ops()
    assert at_numbers(short) == pytest.approx(at_numbers(e), rel=1e-13)
    wrong = Mul(*short.args[1:]) if short.is_Mul else Add(*short.args[1:])
    assert at_numbers(wrong) != pytest.approx(at_numbers(e), rel=1e-3)


def test_what_is_long_stays_as_it_is_and_costs_no_time():
    letters = [Dummy() for _ in range(12)]
    long = sum(a / sqrt(1 + b**2 + a * b) for a in letters for b in letters)
    start = time.process_time()
    assert gathered(long) is long
    assert time.process_time() - start < 1
    half_long = sum(a / sqrt(1 + b**2) for a, b in pairwise(letters))
    start = time.process_time()
    gathered(half_long)
    assert time.process_time() - start < 1


def test_what_has_no_roots_stays_as_it_is():
    d = functional_derivative(Integral(f1**2 / f0, (x, 0, 1)), f0).density
    assert d == -2 * f2 / f0 + f1**2 / f0**2
    assert expand(gathered(d) - d) == 0
