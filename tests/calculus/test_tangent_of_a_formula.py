"""The tangent kernel of a network written in SymPy."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Function, Heaviside, IndexedBase, Matrix, MatrixSymbol, Max, Sum, Symbol, sqrt, symbols, tanh

from ntk_symbolic.calculus import tangent_kernel
from ntk_symbolic.errors import InvalidInput

a, b, w, x, y = symbols("a b w x y")
x_ = Symbol("x'")
i, P = symbols("i P", integer=True)
A, W = IndexedBase("A"), IndexedBase("W")
numbers = st.integers(-3, 3)


def by_hand(outputs, theta, at, there):
    """J(x) J(x')ᵀ with SymPy's Jacobian."""
    jacobian = Matrix(outputs).jacobian(theta)
    return jacobian.subs(x, at) * jacobian.subs(x, there).T


@settings(max_examples=20, deadline=None)
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
    "an entry beside the sum": (lambda: tangent_kernel(A[1] * x + Sum(A[i] * x, (i, 1, P)), [A], x), "one Sum"),
}


@pytest.mark.parametrize("question, reason", REFUSED.values(), ids=REFUSED)
def test_is_refused(question, reason):
    with pytest.raises(InvalidInput, match=reason):
        question()
