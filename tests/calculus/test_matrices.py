"""Derivatives in matrices of symbols, of a given size and of any."""

import pytest
from sympy import Matrix, MatrixSymbol, Sum, Trace, log, simplify, symbols

from ntk_symbolic.calculus import functional_derivative, gateaux
from ntk_symbolic.errors import IllFormed

i, j, k, l = symbols("i j k l", integer=True)
n = symbols("n", integer=True, positive=True)
x, A, z = MatrixSymbol("x", 3, 1), MatrixSymbol("A", 3, 3), MatrixSymbol("z", 4, 1)
y, B = MatrixSymbol("y", n, 1), MatrixSymbol("B", n, n)

SIZED = {
    "a quadratic form": ((x.T * A * x)[0, 0], x),
    "the same in its matrix": ((x.T * A * x)[0, 0], A),
    "a trace": (Trace(A.T * A * A), A),
    "a logarithm": (log(Trace(A)), A),
    "a sum over a part": (Sum(z[i, 0] ** 3, (i, 0, 2)), z),
    "entries alone": (x[0, 0] ** 2 * x[1, 0], x),
}


@pytest.mark.parametrize("J, f", SIZED.values(), ids=SIZED)
def test_of_a_given_size_it_is_the_matrix_of_derivatives_in_the_entries(J, f):
    found = functional_derivative(J, f).density
    written = J.doit().rewrite(Sum).doit()
    assert found.shape == f.shape
    assert simplify(Matrix(found) - Matrix(*f.shape, lambda p, q: written.diff(f[p, q]))).is_zero_matrix
    assert functional_derivative(J, f[1, 0]).density.equals(found[1, 0])


def test_of_any_size_it_is_that_in_one_entry():
    assert functional_derivative(Sum(y[i, 0] ** 2, (i, 0, n - 1)), y[j, 0]).density == 2 * y[j, 0]
    assert functional_derivative(y.T * y, y).density == 2 * y[i, 0]
    assert functional_derivative((y.T * B * y)[0, 0], B[k, l]).density == y[k, 0] * y[l, 0]
    cubic = Sum(B[k, l] ** 2 * B[l, k], (k, 0, n - 1), (l, 0, n - 1))
    assert functional_derivative(cubic, B[i, j]).density == 2 * B[i, j] * B[j, i] + B[j, i] ** 2


REFUSED = {
    "an inverse": (lambda: functional_derivative((B**-1)[0, 0], B), "other than by its entries"),
    "a matrix": (lambda: functional_derivative(B * y, y), "J is the matrix"),
    "a sum over a part": (lambda: functional_derivative(Sum(y[i, 0], (i, 0, n - 2)), y), "sum from 0 to n - 1"),
    "neighbours": (lambda: functional_derivative(Sum(y[i, 0] * y[i + 1, 0], (i, 0, n - 1)), y), "give an IndexedBase"),
    "a variation": (lambda: gateaux(A[0, 1] ** 2, A, x), "IndexedBase of two indices"),
}


@pytest.mark.parametrize("ask, said", REFUSED.values(), ids=REFUSED)
def test_what_is_not_one_formula_for_all_entries_is_refused(ask, said):
    with pytest.raises(IllFormed, match=said):
        ask()
