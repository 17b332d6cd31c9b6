"""SymPy expressions are read and written back; those with a wrong or no answer in SymPy are refused with the reason."""

import pytest
from sympy import (
    Abs,
    Derivative,
    DiracDelta,
    Function,
    Heaviside,
    I,
    IndexedBase,
    Integral,
    KroneckerDelta,
    Lambda,
    Piecewise,
    Product,
    Rational,
    Subs,
    Sum,
    Symbol,
    conjugate,
    exp,
    floor,
    oo,
    re,
    symbols,
)

from ntk_symbolic.calculus import Functional, Over, Space, as_sympy, functional_derivative, gateaux, read
from ntk_symbolic.calculus.variations.reading import Reader
from ntk_symbolic.errors import IllFormed

x, y, z, a, b = symbols("x y z a b")
n, m, N = symbols("n m N", integer=True)
f, g, h, L = symbols("f g h L", cls=Function)
X, Y, theta = IndexedBase("X"), IndexedBase("Y"), IndexedBase("theta")
f0, f1 = f(x), f(x).diff(x)


def over_x(integrand):
    return Integral(integrand, (x, 0, 1))


ROUND_TRIPS = {
    "local": over_x(f1**2 * g(x) + L(x, f0, f1)),
    "not local": Integral(f(x) * g(x, y) * f(y), (x, 0, 1), (y, 0, 1)),
    "sampled": Sum((f(X[n]) - Y[n]) ** 2, (n, 1, N)),
    "at points": f(0) ** 2 + Subs(f1, x, Rational(1, 2)) + over_x(f0),
    "symbolic ends": Integral(f0 * f(a), (x, a, b)),
    "a half line": exp(Integral(f0 * exp(-x), (x, 0, oo))) * f(a),
    "a slope of an abstract function": Derivative(L(f0, y), f0),
    "the same at an expression": Subs(Derivative(L(x), x), x, f(y) ** 2),
    "a piecewise weight": over_x(f0 * Piecewise((1, x < a), (x, True))),
    "indices": Sum(Sum(f(x, n) * KroneckerDelta(n, m) * f(x, m), (n, 1, 3)), (m, 1, 3)),
}


@pytest.mark.parametrize("expr", ROUND_TRIPS.values(), ids=ROUND_TRIPS)
def test_what_is_read_comes_back(expr):
    reader = Reader([f], expr)
    assert as_sympy(reader(expr), reader.sympy) == expr


def test_bound_names_that_meet_are_numbered_on_the_way_back():
    line = Space("I", "measure", interval=(0, 1))
    G, u = Functional("G", [line, line]), line.point("x")
    inner = Over(G(u, line.point("y")), line.point("y")).xreplace({u: line.point("y")})
    assert as_sympy(inner) == Integral(Function("G")(y, Symbol("y_1")), (Symbol("y_1"), 0, 1))


def test_an_abstract_space_has_no_word_in_sympy():
    abstract = Space("X", "measure")
    with pytest.raises(IllFormed, match="abstract"):
        as_sympy(Over(Functional("u", [abstract])(abstract.point()), abstract.point()))


def test_a_density_is_written_out():
    weighted = Space("W", "measure", interval=(0, 1), density=2 * x)
    assert as_sympy(Over(Functional("f", [weighted])(weighted.point()), weighted.point())) == over_x(2 * x * f0)


REFUSED = {
    "one variable bound twice": (Integral(f0, (x, 0, 1), (x, 0, 1)), "bound twice"),
    "bound inside and outside": (over_x(f0 * over_x(f0)), "bound twice"),
    "free and bound": (f(x) * over_x(f0), "free here and bound elsewhere"),
    "a limit with the unknown": (Integral(f0, (x, 0, f(2))), "limit .* varies"),
    "a limit that is a variable of J": (f(a, 1) * Integral(f(x, y), (x, 0, 1), (y, 0, a)), "limit a varies"),
    "no limits": (Integral(f0, x), "two limits"),
    "an empty interval": (Integral(f0, (x, 1, 0)), "empty"),
    "a complex limit": (Integral(f0, (x, 0, I)), "real"),
    "an endless sum": (Sum(f(n), (n, 0, oo)), "indices run"),
    "a sum of half steps": (Sum(f(n), (n, 0, Rational(1, 2))), "indices run"),
    "two domains": (over_x(f0) + Integral(f(y), (y, 0, 2)), r"function on \[0, 1\] and \[0, 2\]"),
    "a point outside": (over_x(f0) + f(2), "2 is no point of"),
    "two numbers of arguments": (over_x(f0) + Integral(f(x, y), (x, 0, 1), (y, 0, 1)), "arguments"),
    "f of f": (f(f(x)), "no point"),
    "f at another function": (over_x(f(g(x))), "no point"),
    "a distribution": (Integral(f0 * DiracDelta(x), (x, -1, 1)), "no function"),
    "a product": (Product(f(n), (n, 1, 3)), "Product is not read"),
    "a step": (over_x(Heaviside(f0)), r"Heaviside\(f\(x\)\) jumps where f\(x\) = 0"),
    "a floor": (over_x(floor(f0)), "floor has no derivative"),
    "a conjugate": (over_x(f0 * conjugate(f0)), "conjugate has no derivative"),
    "a real part": (over_x(re(f0)), "re has no derivative"),
    "a switch by f": (over_x(Piecewise((f0, f0 > 0), (1, True))), "jumps where"),
    "the slope of a modulus": (
        over_x(Derivative(Abs(x) * f0, x, evaluate=False)),
        "bends, and has no derivative, where x = 0",
    ),
    "the slope of a step by parts": (over_x(Piecewise((1, x < a), (2, True)) * f1), "jumps where"),
    "a singular end": (over_x(f1 / x), "singular at x = 0"),
    "a derivative in a function": (Derivative(g(f0) * f0, f0), "variables only"),
    "two functions of one name": (over_x(f0 * Function("f", real=True)(x)), "called f"),
}


@pytest.mark.parametrize("J, reason", REFUSED.values(), ids=REFUSED)
def test_is_refused_with_the_reason(J, reason):
    with pytest.raises(IllFormed, match=reason):
        functional_derivative(J, f, z)


def test_a_constant_has_no_derivative_along_x():
    assert read(Derivative(a * f0, a), f) == read(f0, f)
    assert read(Derivative(g(y), x, evaluate=False) + f0, f) == read(f0, f)


def test_a_sample_that_varies_itself_is_refused():
    with pytest.raises(IllFormed, match="no point"):
        gateaux(Sum(f(X[n]), (n, 1, N)), (f, X), (g, Y))


def test_directions_are_read_like_functions():
    J = over_x(f0**2)
    assert gateaux(J, f0, g) == gateaux(J, f0, g(x)) == gateaux(J, f, Lambda(y, g(y))) == over_x(2 * f0 * g(x))
    with pytest.raises(IllFormed, match="variables of"):
        gateaux(J, f, x**2)
    with pytest.raises(IllFormed, match="2 directions"):
        gateaux(over_x(f0 * g(x)), (f, g), (h,))


@pytest.mark.parametrize("f", [x, 3, x**2, (), (f0, f0)], ids=str)
def test_what_varies_must_be_functions(f):
    with pytest.raises(IllFormed, match="f: "):
        functional_derivative(over_x(f0), f)


@pytest.mark.parametrize("text", ["f(x)", ["f(x)"]], ids=str)
def test_text_is_never_run(text):
    J = over_x(f0**2)
    for question in (
        lambda: gateaux(text, f, g),
        lambda: gateaux(J, text, g),
        lambda: gateaux(J, f0, text),
        lambda: functional_derivative(J, f0, wrt=text),
        lambda: read(text, f),
        lambda: Over(text, Space("X", "measure").point()),
    ):
        with pytest.raises(IllFormed):
            question()
