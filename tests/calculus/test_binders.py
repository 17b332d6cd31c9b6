"""Binders capture no variable, and ill-formed expressions are refused with the reason."""

import pickle

import pytest
from function_space import C, D, K, Out, Par, X, df, e, f, i, j, l, m, phi, theta, x, x_
from sympy import Integral, Symbol

from ntk_symbolic.calculus import Assumption, Definition, Delta, Functional, Lam, Over, Partial, Space, check, equal
from ntk_symbolic.errors import IllFormed

G = Functional("G", [X, X])
u = Functional("u", [X])


def test_a_variable_substituted_for_a_free_one_is_not_captured():
    """SymPy's Integral(D(x)*phi(y), x).subs(y, x) gives ∫ D(x) φ(x) dx."""
    y = X.point("y")
    integral = Over(u(x) * G(x, y), x)
    for put in (integral.subs(y, x), integral.xreplace({y: x})):
        assert equal(put, Over(u(x_) * G(x_, x), x_))
        assert put.free_symbols == {x}


def test_the_very_variable_of_a_binder_is_not_captured():
    y = X.point("y")
    integral = Over(u(x) * G(x, y), x)
    (v,) = integral.vars
    assert equal(Over(integral.xreplace({y: v}), v), Over(u(x) * G(x, x_), x, x_))


def test_a_bound_variable_is_not_substituted():
    integral = Over(u(x), x)
    assert integral.subs(x, x_) == integral
    assert integral.free_symbols == set()


def test_a_function_applied_twice_keeps_its_inner_variables_apart():
    row = Lam(Over(G(x, x_), x_), x)
    assert equal(row(x) * row(x), Over(G(x, x_) * G(x, X.point("y")), x_, X.point("y")))


def test_an_expression_is_rebuilt_from_its_parts():
    expr = -Over(D(x, j) * K(x, x_, j, l) * D(x_, l), x, x_, j, l)
    assert expr.func(*expr.args) == expr
    over = expr.args[1]
    assert over.func(*over.args) == over
    assert pickle.loads(pickle.dumps(expr)) == expr


ILL_FORMED = {
    "twice in one binder": (lambda: Over(u(x), x, x), "bound twice"),
    "the same name outside again": (lambda: Over(Over(u(x) * phi(x, j), x), x), "bound twice"),
    "a plain symbol is no point": (lambda: Over(u(x), Symbol("x")), "no point"),
    "a plain symbol as an argument": (lambda: u(Symbol("x")), "no point"),
    "an unknown space": (lambda: Functional("g", ["X"]), "not a space"),
    "an unknown kind of space": (lambda: Space("Y", "metric"), "kind"),
    "a point of a wrong space": (lambda: u(i), "a point of X is needed"),
    "too few points": (lambda: phi(x), "takes 2 point"),
    "a function on a wrong space": (lambda: C(theta), "takes a function on"),
    "no function": (lambda: f(e, x, j), "takes a function"),
    "δ of two spaces": (lambda: Delta(i, j), "one space"),
    "δ of two points of 𝒳": (lambda: Delta(x, x_), "Dirac"),
    "a derivative at a wrong point": (lambda: f(theta, x, j).at(j), "a point of P is needed"),
    "a derivative of what takes no function": (lambda: u(x).at(x), "takes no function"),
    "a rate of what does not move": (lambda: u.rate, "does not move"),
    "entries of a function on 𝒳": (lambda: Partial(C(f(theta)), u, x), "no entries"),
    "a definition with loose variables": (lambda: Definition("L", Lam(G(x, x_), x)), "depends on x'"),
    "a definition at too few points": (lambda: K(x, x_, j), "takes 4 point"),
    "an assumption on a wrong space": (lambda: Assumption("a", theta.rate, Lam(u(x), x)), "takes a function on"),
}


@pytest.mark.parametrize("build, reason", ILL_FORMED.values(), ids=ILL_FORMED)
def test_is_refused_when_it_is_built(build, reason):
    with pytest.raises(IllFormed, match=reason):
        build()


def test_a_bound_variable_outside_its_binder_is_refused():
    over = Over(u(x), x)
    with pytest.raises(IllFormed, match="x is used outside its binder"):
        check(over.body)
    with pytest.raises(IllFormed, match="outside its binder"):
        equal(over * over.body, over)


def test_a_variable_bound_again_inside_is_refused():
    over = Over(u(x), x)
    (v,) = over.vars
    with pytest.raises(IllFormed, match="bound again"):
        check(Over(over * u(v), v))


def test_an_integral_of_sympy_is_refused():
    with pytest.raises(IllFormed, match="captures variables"):
        check(Integral(u(x), (x, 0, 1)))


def test_two_integrals_of_one_name_side_by_side_are_fine():
    check(Over(u(x), x) * Over(u(x), x))
    check(Over(df(i)(x, j) * df(m)(x, j), x, j) * Over(theta(i), i) * Par.mass * Out.mass)
