"""The canonical form decides equality, and raises for statements that it does not cover."""

import pytest
from function_space import C, D, K, Out, Par, X, df, e, eta, f, i, j, l, m, phi, t, theta, x, x_
from sympy import Add, Derivative, Mul, Rational, Symbol, exp

from ntk_symbolic.calculus import Delta, Functional, Lam, Over, Partial, Point, Space, equal
from ntk_symbolic.calculus.normal import Expansion, Undecidable

A = Functional("A", [Par, Par])
a, b = Functional("a", [Par]), Functional("b", [Par])
G = Functional("G", [X, X])
u, w = Functional("u", [X]), Functional("w", [X])


EQUAL = {
    "renaming": (Over(a(i), i), Over(a(m), m)),
    "Fubini": (Over(Over(G(x, x_), x), x_), Over(Over(G(x, x_), x_), x)),
    "x and x' exchanged": (Over(G(x, x_) * u(x), x, x_), Over(G(x_, x) * u(x_), x, x_)),
    "a product of integrals is a double integral": (Over(u(x), x) * Over(w(x), x), Over(u(x) * w(x_), x, x_)),
    "a square of an integral": (Over(u(x), x) ** 2, Over(u(x) * u(x_), x_, x)),
    "Σ and ∫ exchanged": (Over(eta(i) * Over(u(x), x), i), Over(u(x) * Over(eta(i), i), x)),
    "linearity": (Over(2 * u(x) + e * w(x), x), 2 * Over(u(x), x) + e * Over(w(x), x)),
    "an unused variable is a factor of mass": (Over(u(x), x, x_), X.mass * Over(u(x), x)),
    "Kronecker": (Over(Delta(i, m) * a(m), m), a(i)),
    "Kronecker twice": (Over(Delta(i, m) * Delta(i, m) * a(m), m), a(i)),
    "trace of a power, dummies rotated": (
        Over(A(i, m) * A(m, Par.point("n")) * A(Par.point("n"), i), i, m, Par.point("n")),
        Over(A(m, Par.point("n")) * A(i, m) * A(Par.point("n"), i), Par.point("n"), i, m),
    ),
    "second derivatives are symmetric": (f(theta, x, j).at(i).at(m), f(theta, x, j).at(m).at(i)),
    "inside a function": (exp(Over(u(x), x)), exp(Over(u(x_), x_))),
    "inside the argument of a functional": (
        C(Lam(f(theta, x, j) * Over(a(i), i), x, j)),
        C(Lam(Over(a(m) * f(theta, x_, l), m), x_, l)),
    ),
    "Lagrange's identity": (
        Over(a(i) ** 2, i) * Over(b(i) ** 2, i) - Over(a(i) * b(i), i) ** 2,
        Rational(1, 2) * Over((a(i) * b(m) - a(m) * b(i)) ** 2, i, m),
    ),
    "the chain rule, twice": (
        Derivative(C(f(theta)), t),
        Over(theta.rate(i) * D(x, j) * df(i)(x, j), i, x, j),
    ),
    "a gradient by its definition": (Partial(C(f(theta)), theta, i), Over(D(x, j) * df(i)(x, j), x, j)),
    "a directional derivative": (
        C(Lam(f(Lam(theta(i) + e * eta(i), i), x, j), x, j)).diff(e).xreplace({e: 0 * e}),
        Over(eta(i) * D(x, j) * df(i)(x, j), x, i, j),
    ),
}


@pytest.mark.parametrize("lhs, rhs", EQUAL.values(), ids=EQUAL)
def test_is_equal(lhs, rhs):
    assert equal(lhs, rhs)


DIFFERENT = {
    "one dummy for both integrals": (Over(u(x), x) * Over(w(x), x), Over(u(x) * w(x), x)),
    "the mass is not 1": (Over(u(x), x, x_), Over(u(x), x)),
    "masses of two spaces": (X.mass * Over(a(i), i), Par.mass * Over(a(i), i)),
    "a kernel transposed": (Over(G(x, x_) * u(x), x, x_), Over(G(x_, x) * u(x), x, x_)),
    "a trace of a square and a square of a trace": (Over(A(i, m) * A(m, i), i, m), Over(A(i, i) * A(m, m), i, m)),
    "sign": (Over(u(x), x), -Over(u(x), x)),
    "factor 2": (Over(u(x), x), 2 * Over(u(x), x)),
    "a square of a factor": (Over(u(x), x), Over(u(x) ** 2, x)),
    "a free index": (Over(a(i), i), a(i)),
    "an outer variable in an inner integral": (
        Over(u(x) * exp(Over(G(x, x_), x_)), x),
        Over(u(x) * exp(Over(G(x_, x_), x_)), x),
    ),
    "the rate and the value": (theta(i), theta.rate(i)),
    "symbols that differ in what is assumed of them": (Symbol("c"), Symbol("c", positive=True)),
}


@pytest.mark.parametrize("lhs, rhs", DIFFERENT.values(), ids=DIFFERENT)
def test_is_not_equal(lhs, rhs):
    assert not equal(lhs, rhs)


def graph(edges):
    """ΣA(v, w)…: the number of homomorphisms of a graph into the matrix A."""
    points = {v: Par.point(v) for edge in edges for v in edge}
    S = Functional("S", [Par, Par])
    both_ways = [S(points[v], points[w]) * S(points[w], points[v]) for v, w in edges]
    return Over(Mul(*both_ways), *points.values())


PETERSEN = ["ab", "bc", "cd", "de", "ea", "af", "bg", "ch", "di", "ej", "fh", "hj", "jg", "gi", "if"]


def relabelled(edges, new):
    return [edge.translate(str.maketrans("abcdefghij", new)) for edge in edges]


def test_a_triangle_beside_a_square_is_itself_under_other_names_and_no_heptagon():
    """All vertices have one degree: refinement splits nothing, and a twin test that is always true skips branches."""
    both = ["ab", "bc", "ca", "de", "ef", "fg", "gd"]
    heptagon = ["ab", "bc", "cd", "de", "ef", "fg", "ga"]
    assert equal(graph(both), graph(relabelled(both, "gbfdcaehij")))
    assert not equal(graph(both), graph(heptagon))


def test_the_petersen_graph_is_recognised_under_other_names():
    assert equal(graph(PETERSEN), graph(relabelled(PETERSEN, "jgcaibdhfe")))


def test_the_petersen_graph_with_an_edge_moved_is_another():
    assert not equal(graph(PETERSEN), graph([*PETERSEN[:-1], "fb"]))


def test_spaces_are_never_merged():
    """∫A(x)·Σ_j A(j): with the names alone both factors would look alike."""
    B = Functional("B", [X]), Functional("B", [Par])
    assert equal(Over(B[0](x), x) * Over(B[1](i), i), Over(B[1](i), i) * Over(B[0](x), x))
    assert not equal(Over(B[0](x), x) ** 2, Over(B[0](x), x) * Over(B[1](i), i))


def test_the_tangent_kernel_transposed_in_both_is_equal():
    assert equal(K(x, x_, j, l), K(x_, x, l, j), Expansion(unfold=[K]))


@pytest.mark.parametrize("points", [(x, x_, l, j), (x_, x, j, l)], ids=["j and l only", "x and x' only"])
def test_the_tangent_kernel_transposed_in_one_is_not_equal(points):
    assert not equal(K(x, x_, j, l), K(*points), Expansion(unfold=[K]))


def test_a_name_is_not_looked_through_unless_it_is_unfolded():
    assert not equal(K(x, x_, j, l), K(x_, x, l, j))


def test_what_is_too_large_is_refused_not_answered():
    indices = [Par.point(f"i{n}") for n in range(25)]
    with pytest.raises(Undecidable, match="bound variables"):
        equal(Over(Mul(*(a(n) for n in indices)), *indices), 0 * e)
    many = Add(*(Functional(f"a{n}", [Par])(i) for n in range(13)))
    with pytest.raises(Undecidable, match="terms"):
        equal(Over(many, i) ** 3 - many**3, 0 * e)


def test_too_symmetric_a_product_is_refused_not_answered(monkeypatch):
    monkeypatch.setattr("ntk_symbolic.calculus.canonical.MAX_LEAVES", 20)
    three_cycles = ["ab", "bc", "ca", "de", "ef", "fd", "gh", "hi", "ig"]  # 3³·3! ways to label them
    points = {v: Par.point(v) for v in "abcdefghi"}
    with pytest.raises(Undecidable, match="ways to label"):
        equal(Over(Mul(*(A(points[v], points[w]) for v, w in three_cycles)), *points.values()), 0 * e)


def test_variables_that_can_be_exchanged_are_explored_once(monkeypatch):
    monkeypatch.setattr("ntk_symbolic.calculus.canonical.MAX_LEAVES", 1)
    points = [Par.point(v) for v in "abcdefgh"]
    product = Over(Mul(*(A(p, q) for p in points[:4] for q in points[4:])), *points)
    assert equal(product, product.refreshed())


def test_rules_used_are_noted():
    expansion = Expansion()
    assert equal(Over(u(x), x) * Over(w(x), x), Over(u(x) * w(x_), x, x_), expansion)
    assert "Fubini" in expansion.used
    under = Expansion()
    assert equal(Derivative(Over(u(x) * e, x), e), Over(u(x), x), under)
    assert "differentiation under the integral" in under.used


def test_a_dummy_of_the_same_name_is_another_point():
    assert Point("x", X).fresh() != Point("x", X).fresh()
    assert not equal(a(i) * Space("Q", "counting").mass, a(i) * Par.mass)


def test_phi_and_eta_are_told_apart_by_name():
    assert not equal(Over(phi(x, j), x, j), Over(D(x, j), x, j))
    assert Out.mass != Par.mass
