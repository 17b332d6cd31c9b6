"""Abstract cost, network, number of parameters and measure: the same functions on statements over function space."""

import pytest
from function_space import C, D, K, Out, X, df, eta, f, i, j, l, phi, theta, x, x_
from sympy import Derivative, Function, Symbol, exp

from ntk_symbolic.calculus import (
    Functional,
    Lam,
    Over,
    Scalar,
    Space,
    equal,
    euler_lagrange,
    functional_derivative,
    gateaux,
    second_variation,
    tangent_kernel,
)
from ntk_symbolic.calculus.normal import Expansion, Undecidable
from ntk_symbolic.errors import IllFormed

cost = C(f(theta))
psi = Functional("psi", [X, Out])
u, v = Functional("u", [X]), Functional("v", [X])
A = Functional("A", [X, X, Out, Out])
J = Over(u(x) ** 2, x)


def test_the_gateaux_derivative_of_a_cost_is_the_pairing_with_its_functional_derivative():
    assert equal(gateaux(cost, f, phi), Over(D(x, j) * phi(x, j), x, j))
    assert equal(functional_derivative(cost, f, (x, j)).density, D(x, j))


def test_the_chain_rule_to_the_parameters():
    """∂C[f^θ]/∂θ_i = ∫ Σ_j δC/δf_j ∂f_j/∂θ_i dμ, for any number of parameters."""
    gradient = Over(D(x, j) * df(i)(x, j), x, j)
    assert equal(functional_derivative(cost, theta, i).density, gradient)
    assert equal(gateaux(cost, theta, eta), Over(eta(i) * gradient, i))


def test_the_second_variation_of_a_cost_is_symmetric():
    assert equal(second_variation(cost, f, phi, psi), second_variation(cost, f, psi, phi))
    hessian = Over(C(f(theta)).at(x, j).at(x_, l) * phi(x, j) * psi(x_, l), x, x_, j, l)
    assert equal(second_variation(cost, f, phi, psi), hessian)


def test_a_quadratic_form_has_twice_the_symmetric_part():
    g = Functional("g", [X, Out])
    form = Over(g(x, j) * A(x, x_, j, l) * g(x_, l), x, x_, j, l)
    density = functional_derivative(form, g, (x, j)).density
    assert equal(density, Over((A(x, x_, j, l) + A(x_, x, l, j)) * g(x_, l), x_, l))
    assert not equal(density, 2 * Over(A(x, x_, j, l) * g(x_, l), x_, l))


def test_a_composition_of_functionals():
    whole = exp(J) * Over(u(x), x) / J
    expected = exp(J) * Over(u(x), x) / J * 2 * u(x_) + exp(J) / J - exp(J) * Over(u(x), x) / J**2 * 2 * u(x_)
    assert equal(functional_derivative(whole, u, x_).density, expected)


def test_an_abstract_function_of_functionals():
    g = Function("g")
    density = functional_derivative(g(J, Over(u(x), x)), u, x_).density
    at = [J, Over(u(x), x)]
    assert equal(density, Scalar("g", at, [1, 0]) * 2 * u(x_) + Scalar("g", at, [0, 1]))
    with pytest.raises(Undecidable, match="a Functional or a Scalar"):
        equal(Derivative(g(Symbol("t")), Symbol("t")), J)


def test_the_tangent_kernel_is_that_of_the_theorem():
    kernel = tangent_kernel(f, theta)
    unfolded = Expansion(unfold=[kernel, K])
    assert equal(kernel(x, x_, j, l), K(x, x_, j, l), unfolded)
    assert not equal(kernel(x, x_, j, l), K(x, x_, l, j), Expansion(unfold=[kernel, K]))
    with pytest.raises(IllFormed, match="theta"):
        tangent_kernel(f, phi)


def test_another_measure_divides_by_its_density():
    rho = Functional("rho", [X])
    assert equal(functional_derivative(J, u, x_, wrt=rho(x_)).density, 2 * u(x_) / rho(x_))


def test_parts_are_integrated_with_the_density_of_the_space():
    """∫ u'² ρ dx has the derivative −2 (ρ u')'/ρ with respect to ρ dx, and −2 (ρ u')' with respect to dx."""
    s = Symbol("s")
    line = Space("W", "measure", "s", interval=(0, 1), density=exp(s))
    p, w = line.point(), Functional("w", [line])
    J = Over(w(p).diff(p) ** 2, p)
    d = functional_derivative(J, w, p.renamed("z"))
    z = line.point("z")
    assert equal(d.density.expand(), -2 * w(z).diff(z) - 2 * w(z).diff(z, 2))
    against_dx = functional_derivative(J, w, z, wrt=1).density
    assert equal(against_dx.expand(), (exp(z) * d.density).expand())
    slope, end = w.differentiated([1]), d.phi
    ends = 2 * exp(1) * slope(line.upper) * end(line.upper) - 2 * slope(line.lower) * end(line.lower)
    assert d.boundary == ends


def test_euler_lagrange_on_nodes():
    line = Space("I", "measure", interval=(0, 1))
    p, w = line.point(), Functional("w", [line])
    (equation,) = euler_lagrange(w(p).diff(p) ** 2 / 2, w)
    assert equal(equation.lhs, -w(p).diff(p, 2))


REFUSED = {
    "a rate beside it": (lambda: gateaux(cost * Over(theta.rate(i), i), theta, eta), "would vary with theta"),
    "its own derivative in θ": (lambda: gateaux(df(i)(x, j) * cost, f, phi), "would vary with f"),
    "two parameters": (lambda: gateaux(cost * f(eta, x, j), f, phi), "different parameters"),
    "a direction on another space": (lambda: gateaux(J, u, eta), "a function on X is needed"),
    "a function that is differentiated already": (lambda: gateaux(J, Functional("u", [X]).rate, u), "does not move"),
    "a slope on an abstract space": (lambda: u(x).diff(x), "no interval"),
    "an index as a variable": (lambda: phi(x, j).diff(j), "no interval"),
    "a point of J": (lambda: functional_derivative(u(x) * J, u, x), "free in J"),
}


@pytest.mark.parametrize("question, reason", REFUSED.values(), ids=REFUSED)
def test_is_refused(question, reason):
    with pytest.raises(IllFormed, match=reason):
        question()


def test_a_direction_may_be_an_expression():
    assert equal(gateaux(J, u, Lam(u(x) * v(x), x)), 2 * Over(u(x) ** 2 * v(x), x))
