"""Entries of an IndexedBase that no sum runs over, and one component of a vector-valued function: δ_{1k} beside them."""

import pytest
from sympy import Function, IndexedBase, Integral, KroneckerDelta, Sum, expand, symbols

from ntk_symbolic.calculus import euler_lagrange, functional_derivative
from ntk_symbolic.errors import IllFormed

x, z = symbols("x z")
i, j, k, N = symbols("i j k N", integer=True)
f = Function("f")
v, A = IndexedBase("v"), IndexedBase("A")

ENTRIES = {
    "entries alone": lambda n: v[1] ** 2 + v[2] * v[3],
    "beside a sum": lambda n: v[1] ** 3 + Sum(v[i] ** 2 * i, (i, 1, n)) * v[2],
    "of a product of sums": lambda n: Sum(v[i], (i, 1, n)) ** 2 * v[3] ** 2,
}


@pytest.mark.parametrize("J", ENTRIES.values(), ids=ENTRIES)
def test_the_density_is_the_gradient_of_what_is_written_out(J):
    letters = symbols("v1:4")
    plain = {v[n + 1]: s for n, s in enumerate(letters)}
    density = functional_derivative(J(N), v, k).density
    for n, s in enumerate(letters):
        there = density.subs(N, 3).subs(k, n + 1).doit().subs(plain)
        assert expand(there - J(3).doit().subs(plain).diff(s)) == 0
    assert expand(density.subs(N, 3).subs(k, 1).doit().subs(plain) - J(3).doit().subs(plain).diff(letters[2])) != 0


def test_an_entry_may_have_any_index():
    assert functional_derivative(v[i] ** 2, v, k).density == 2 * v[i] * KroneckerDelta(i, k)
    trace = functional_derivative(Sum(A[i, j] * A[j, i], (i, 1, N), (j, 1, N)) + A[1, 2] ** 2, A, (i, j))
    assert trace.density == 2 * A[j, i] + 2 * A[1, 2] * KroneckerDelta(1, i) * KroneckerDelta(2, j)


def test_so_are_components_of_a_vector_valued_function():
    J = Integral(f(x, 1).diff(x) * f(x, 2) + Sum(f(x, i) ** 2, (i, 1, 3)), (x, 0, 1))
    d = functional_derivative(J, f, (z, k))
    expected = 2 * f(z, k) + KroneckerDelta(2, k) * f(z, 1).diff(z) - KroneckerDelta(1, k) * f(z, 2).diff(z)
    assert expand(d.density - expected) == 0
    assert d.boundary == d.phi(1, 1) * f(1, 2) - d.phi(0, 1) * f(0, 2)
    (equation,) = euler_lagrange(J, f(x, 1))
    assert expand(equation.lhs - 2 * f(x, 1) + f(x, 2).diff(x)) == 0


def test_a_free_neighbour_is_refused():
    with pytest.raises(IllFormed, match=r"no Sum runs over i \+ 1"):
        functional_derivative(v[i] * v[i + 1], v, k)
