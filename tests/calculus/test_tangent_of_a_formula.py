"""The tangent kernel of a network written in SymPy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Function,
    Heaviside,
    IndexedBase,
    Matrix,
    MatrixSymbol,
    Max,
    Sum,
    Symbol,
    Trace,
    sin,
    sqrt,
    symbols,
    tanh,
)

from ntk_symbolic.calculus import tangent_kernel
from ntk_symbolic.errors import InvalidInput

a, b, w, x, y = symbols("a b w x y")
x_ = Symbol("x'")
i, P = symbols("i P", integer=True)
A, W = IndexedBase("A"), IndexedBase("W")
square = MatrixSymbol("S", 2, 2)
numbers = st.integers(-3, 3)


def by_hand(outputs, theta, at, there):
    """J(x) J(x')ᵀ with SymPy's Jacobian."""
    jacobian = Matrix(outputs).jacobian(theta)
    return jacobian.subs(x, at) * jacobian.subs(x, there).T


@settings(max_examples=10, deadline=None)
@given(st.tuples(numbers, numbers, numbers, numbers, numbers))
def test_it_is_the_product_of_jacobians(values):
    outputs, theta = [a * tanh(w * x + b), b * x + a**2 * w], [a, b, w]
    at = dict(zip((a, b, w, x, x_), values))
    ours = tangent_kernel(outputs, theta, x).subs(at)
    theirs = by_hand(outputs, theta, x, x_).subs(at)
    assert max(abs(complex(e)) for e in ours - theirs) < 1e-9


def test_one_output_gives_a_matrix_too_and_the_only_other_symbol_is_the_input():
    assert tangent_kernel(a * x + b, [a, b]) == Matrix([[x * x_ + 1]])
    assert tangent_kernel(a * x * y, [a], [x, y]) == Matrix([[x * x_ * y * Symbol("y'")]])


def test_a_parameter_that_does_not_occur_adds_nothing():
    assert tangent_kernel(a * x, [a, b], x) == Matrix([[x * x_]])


def test_a_network_of_rectifiers_has_its_kernel_almost_everywhere():
    kernel = tangent_kernel(Max(w * x, 0), [w], x)
    assert kernel == Matrix([[x * x_ * Heaviside(w * x) * Heaviside(w * x_)]])


def test_any_number_of_neurons():
    net = Sum(A[i] * tanh(W[i] * x), (i, 1, P)) / sqrt(P)
    (kernel,) = tangent_kernel(net, [A, W], x)
    at_two = kernel.subs(P, 2).doit()
    one, two = symbols("A1 A2"), symbols("W1 W2")
    names = {A[1]: one[0], A[2]: one[1], W[1]: two[0], W[2]: two[1]}
    (expected,) = tangent_kernel(net.subs(P, 2).doit().xreplace(names), [*one, *two], x)
    assert (at_two.xreplace(names) - expected).expand() == 0


def test_entries_of_an_indexed_base_are_parameters():
    (kernel,) = tangent_kernel(A[1] * x + sin(A[2] * x), [A[1], A[2]])
    (expected,) = tangent_kernel(a * x + sin(b * x), [a, b], x)
    assert kernel.xreplace({A[1]: a, A[2]: b}) == expected != 0


def test_entries_of_a_matrix_are_parameters():
    T = MatrixSymbol("T", 1, 2).as_explicit()
    assert tangent_kernel((T * Matrix([x, x**2]))[0], T) == Matrix([[x * x_ + x**2 * x_**2]])


def test_a_linear_model_of_indexed_inputs():
    """Σ X_n X'_n: the second input is another."""
    X, other = IndexedBase("X"), IndexedBase("X'")
    (kernel,) = tangent_kernel(Sum(A[i] * X[i], (i, 1, P)), A, X)
    assert kernel.subs(P, 3).doit() == sum(X[k] * other[k] for k in (1, 2, 3))
    assert tangent_kernel(Sum(A[i] * X[i], (i, 1, 3)), A)[0].doit() == kernel.subs(P, 3).doit()
    (of_tanh,) = tangent_kernel(tanh(Sum(A[i] * X[i], (i, 1, 2))), A, X)
    here, there = (A[1] * s[1] + A[2] * s[2] for s in (X, other))
    expected = (1 - tanh(here) ** 2) * (1 - tanh(there) ** 2) * (X[1] * other[1] + X[2] * other[2])
    assert (of_tanh.doit() - expected).expand() == 0
    assert tangent_kernel(a * X[1] + b * X[2], [a, b], X)[0] == X[1] * other[1] + X[2] * other[2]


def test_a_square_matrix_of_weights_is_summed_over_both_indices():
    V, j = IndexedBase("V"), Symbol("j", integer=True)
    net = Sum(V[i] * tanh(Sum(A[i, j] * tanh(W[j] * x), (j, 1, P))), (i, 1, P))
    (kernel,) = tangent_kernel(net, [V, A, W], x)
    entries = [V[1], V[2], A[1, 1], A[1, 2], A[2, 1], A[2, 2], W[1], W[2]]
    plain = dict(zip(entries, symbols("p:8")))
    jacobian = Matrix([net.subs(P, 2).doit().xreplace(plain)]).jacobian(list(plain.values()))
    at = dict(zip(plain.values(), (0.3, -0.7, 0.5, 1.1, -0.2, 0.4, 0.9, -1.3)))
    ours = kernel.subs(P, 2).doit().xreplace(plain).subs({**at, x: 0.6, x_: -1.2})
    theirs = (jacobian.subs(x, 0.6) * jacobian.subs(x, -1.2).T)[0].subs(at)
    assert abs(ours - theirs) < 1e-9


def test_an_entry_beside_the_sum_is_one_of_the_parameters():
    def written_out(n):
        return A[1] * x**2 + sum(A[k] * x**k for k in range(1, n + 1))

    kernel = tangent_kernel(A[1] * x**2 + Sum(A[i] * x**i, (i, 1, P)), [A], x)[0].subs(P, 3).doit()
    entries = symbols("a1:4")
    plain = written_out(3).subs({A[k + 1]: e for k, e in enumerate(entries)})
    assert (
        kernel - (Matrix([plain]).jacobian(entries) * Matrix([plain.subs(x, x_)]).jacobian(entries).T)[0]
    ).expand() == 0


REFUSED = {
    "a parameter twice": (lambda: tangent_kernel(a * x, [a, a]), "once"),
    "no parameter": (lambda: tangent_kernel(a * x, []), "at least one"),
    "an expression": (lambda: tangent_kernel(a * x, [2 * a]), "no symbol"),
    "a matrix symbol": (lambda: tangent_kernel(a * x, MatrixSymbol("T", 2, 1)), "as_explicit"),
    "inputs not named": (lambda: tangent_kernel(a * x * y, [a]), "name the inputs among x, y"),
    "a parameter as input": (lambda: tangent_kernel(a * x, [a], a), "no parameters"),
    "a name that is taken": (lambda: tangent_kernel(a * x * x_, [a], x), "rename it"),
    "a jump in a parameter": (lambda: tangent_kernel(Heaviside(a * x), [a], x), "no formula"),
    "an abstract activation": (lambda: tangent_kernel(Function("phi")(a * x), [a], x), "no formula"),
    "an entry of what is summed": (lambda: tangent_kernel(Sum(A[i] * x, (i, 1, P)), [A[1]], x), "IndexedBase"),
    "an entry that may be another": (lambda: tangent_kernel(A[1] * x + A[i], [A[1]], x), "may be"),
    "a matrix as a whole": (
        lambda: tangent_kernel(Trace(square) * x + square[0, 0], square.as_explicit(), x),
        "occurs as a whole",
    ),
    "an input twice": (lambda: tangent_kernel(a * x, a, [x, x]), "each once"),
    "two entries that move together": (
        lambda: tangent_kernel(Sum(W[i, i] * x, (i, 1, P)), [W], x),
        "write it as one Sum",
    ),
}


@pytest.mark.parametrize("question, reason", REFUSED.values(), ids=REFUSED)
def test_is_refused(question, reason):
    with pytest.raises(InvalidInput, match=reason):
        question()
