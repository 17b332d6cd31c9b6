"""The calculus of variations against its definition, by quadrature on concrete polynomials: an independent computation."""

import pytest
from by_quadrature import derivative, value
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.polynomial import Polynomial
from sympy import (
    Abs,
    Derivative,
    Eq,
    Function,
    IndexedBase,
    Integral,
    Matrix,
    Piecewise,
    Rational,
    Sum,
    Symbol,
    cos,
    exp,
    expand,
    log,
    oo,
    sin,
    sqrt,
    symbols,
    tanh,
)
from sympy.calculus.euler import euler_equations

from ntk_symbolic.calculus import equal, euler_lagrange, functional_derivative, gateaux, read, second_variation

x, y, z, a, e, s = symbols("x y z a e s")
n, j, N = symbols("n j N", integer=True)
f, g, h, phi, psi, A, rho, L, ell = symbols("f g h phi psi A rho L ell", cls=Function)
X, Y, w, theta = (IndexedBase(name) for name in ("X", "Y", "w", "theta"))
few = settings(max_examples=5, deadline=None)


def close(number):
    return pytest.approx(number, rel=1e-9, abs=1e-9)  # 12 nodes in double precision, terms up to 10⁴


f0, g0 = f(x), g(x)
f1, f2 = f0.diff(x), f0.diff(x, 2)


def pairing(d, over=(x, 0, 1)):
    """∫ density φ + boundary + atoms."""
    return Integral(d.continuous * d.phi(over[0]), over) + d.boundary + d.atoms


coefficients = st.integers(-3, 3)
polynomials = st.lists(coefficients, min_size=2, max_size=4).map(Polynomial)
lagrangians = (
    st.lists(
        st.tuples(coefficients, st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 1)),
        min_size=1,
        max_size=3,
    )
    .map(lambda terms: f0 + sum(c * x**p * f0**q * f1**r * f2**t for c, p, q, r, t in terms))
    .filter(lambda e: e.has(f))
)


# ---- laws ------------------------------------------------------------------------------------------------------------


@few
@given(lagrangians, polynomials, polynomials)
def test_density_and_boundary_are_the_derivative_by_its_definition(lagrangian, u, v):
    J = Integral(lagrangian, (x, 0, 1))
    d = functional_derivative(J, f0)
    assert d.atoms == 0
    assert value(pairing(d), {"f": u, "varphi": v}) == close(derivative(J, u, v))
    assert value(gateaux(J, f0, phi), {"f": u, "phi": v}) == close(derivative(J, u, v))


@few
@given(lagrangians)
def test_the_density_is_what_eulers_equations_say(lagrangian):
    """SymPy is right on local Lagrangians."""
    theirs = euler_equations(lagrangian, [f0], [x])
    (ours,) = euler_lagrange(lagrangian, f0)
    if isinstance(ours, Eq):
        assert expand((ours.lhs - theirs[0].lhs).doit()) == 0
    else:
        assert theirs == []  # SymPy leaves out 0 = 0 and 1 = 0


@few
@given(lagrangians, coefficients)
def test_what_is_under_the_integral_is_a_density_and_the_slope_of_a_boundary_term(lagrangian, end):
    """δL = density · φ + d/dx(boundary), read on the interval from `end` to x: its own end moves."""
    J = Integral(lagrangian.xreplace({x: y}), (y, end - 4, a))
    d = functional_derivative(J, f(y), y)
    moving = d.boundary.subs(a, x).doit()  # what stands at y = a
    variation = gateaux(J, f(y), d.phi).function
    assert expand((variation - d.density * d.phi(y)).xreplace({y: x}).doit() - moving.diff(x).doit()) == 0


@few
@given(lagrangians, lagrangians, coefficients)
def test_gateaux_is_linear_in_the_functional_and_obeys_leibniz(one, other, c):
    J, K = Integral(one, (x, 0, 1)), Integral(other, (x, 0, 1))
    assume(J + c * K != 0)
    dJ, dK = gateaux(J, f, phi), gateaux(K, f, phi)
    assert expand((gateaux(J + c * K, f, phi) - dJ - c * dK).expand()) == 0
    assert expand((gateaux(J * K, f, phi) - dJ * K - J * dK).expand()) == 0
    assert expand((gateaux(exp(J), f, phi) - exp(J) * dJ).expand()) == 0


@few
@given(lagrangians, polynomials, polynomials, polynomials)
def test_the_second_variation_is_symmetric_and_the_derivative_of_the_first(lagrangian, u, v, w):
    J = Integral(lagrangian, (x, 0, 1)) ** 2
    there = second_variation(J, f, phi, psi)
    number = value(there, {"f": u, "phi": v, "psi": w})
    assert number == close(value(there, {"f": u, "phi": w, "psi": v}))
    assert number == close(derivative(gateaux(J, f, phi), u, w, phi=v))


# ---- kinds of functionals --------------------------------------------------------------------------------------------

I = Integral(f0**2, (x, 0, 1))
KINDS = {
    "not local": Integral(f(x) * exp(x - y) * f(y), (x, 0, 1), (y, 0, 1)),
    "not local, with a derivative": Integral(f(x) * (x - 2 * y) * f(y).diff(y), (x, 0, 1), (y, 0, 1)),
    "a product": I * Integral(x * f1, (x, 0, 1)),
    "a ratio, Rayleigh's": Integral(f1**2, (x, 0, 1)) / (1 + I),
    "a composition": sqrt(1 + I) * Integral(f0 * f1**2, (x, 0, 1)),
    "at an end": f(0) ** 2 * f(1) + I,
    "a slope at a point": f0.diff(x).subs(x, Rational(1, 2)) ** 2 + Integral(f2**2, (x, 0, 1)),
    "an integral inside": Integral(f0 * Integral((x - y) * f(y) ** 2, (y, 0, 1)) ** 2, (x, 0, 1)),
}


@pytest.mark.parametrize("J", KINDS.values(), ids=KINDS)
def test_every_kind_agrees_with_the_definition(J):
    u, v = Polynomial([1, 2, -1]), Polynomial([3, -1, 0, 1])
    d = functional_derivative(J, f, x=z)
    assert value(pairing(d, (z, 0, 1)), {"f": u, "varphi": v}) == close(derivative(J, u, v))
    assert value(gateaux(J, f(x), 3 - x + x**3), {"f": u}) == close(derivative(J, u, v))


def test_functions_on_a_box_have_their_boundary_on_its_faces():
    u = f(x, y)
    J = Integral(u.diff(x) ** 2 + x * u.diff(y) ** 2 + u.diff(x, y) * u, (x, 0, 1), (y, 0, 2))
    d = functional_derivative(J, u)
    assert expand(d.density - (-2 * u.diff(x, 2) - 2 * x * u.diff(y, 2) + 2 * u.diff(x, y))) == 0
    u, v = (lambda p, q: p**2 * q + q), (lambda p, q: 1 + p * q + q**2)  # and by SymPy's own integration
    whole = Integral(d.density * d.phi(x, y), (x, 0, 1), (y, 0, 2)) + d.boundary
    moved = J.replace(f, lambda p, q: u(p, q) + s * v(p, q)).doit()
    assert expand(whole.replace(f, u).replace(d.phi, v).doit() - moved.diff(s).subs(s, 0)) == 0


def test_several_functions_have_a_tuple_of_densities():
    J = Integral(f0 * g0.diff(x) + f0**2 * g0, (x, 0, 1))
    d = functional_derivative(J, (f0, g0))
    assert d.density == (g0.diff(x) + 2 * f0 * g0, -f1 + f0**2)
    assert str(d.boundary) == "-f(0)*varphi_g(0) + f(1)*varphi_g(1)"
    assert gateaux(J, Matrix([f0, g0]), (phi, 0 * x)) == gateaux(J, f, phi)


def test_a_function_on_a_diagonal_has_no_density():
    """∫ f(x, x) dx depends on f on a line of the square."""
    d = functional_derivative(Integral(f(x, x) ** 2, (x, 0, 1)), f, (y, z))
    assert (d.continuous, d.boundary) == (0, 0)
    assert d.atoms == Integral(2 * f(x, x) * d.phi(x, x), (x, 0, 1))


def test_a_vector_valued_function_is_indexed_by_its_output():
    J = Integral(Sum(Sum(f(x, n) * A(n, j) * f(x, j), (n, 1, N)), (j, 1, N)), (x, 0, 1))
    k = Symbol("k", integer=True)
    d = functional_derivative(J, f, (x, k))
    # the free symbol k is the output, n and j are summed over
    assert d.density == Sum(A(k, j) * f(x, j), (j, 1, N)) + Sum(A(n, k) * f(x, n), (n, 1, N))


def test_a_sum_over_parameters_is_a_functional_of_them():
    """diff(Sum(θ_i², (i, 1, P)), θ_i) of SymPy confuses the bound i with the free one."""
    assert functional_derivative(Sum(theta[n] ** 2, (n, 1, N)), theta[n]).density == 2 * theta[n]
    both = Sum(theta[n] * theta[j] * A(n, j), (n, 1, N), (j, 1, N))
    assert (
        str(functional_derivative(both, theta, a).density)
        == "Sum(A(a, j)*theta[j], (j, 1, N)) + Sum(A(n, a)*theta[n], (n, 1, N))"
    )


# ---- measures --------------------------------------------------------------------------------------------------------

COST = Sum(ell(f(X[n]), Y[n]), (n, 1, N)) / N


def test_a_sampled_cost_has_atoms_and_says_which_measure_gives_a_density():
    d = functional_derivative(COST, f, x)
    assert d.continuous == 0
    assert d.atoms == Sum(d.phi(X[n]) * Derivative(ell(f(X[n]), Y[n]), f(X[n])) / N, (n, 1, N))
    with pytest.raises(ValueError, match=r"x=X\[n\]"):
        _ = d.density


def test_no_variable_is_bound_inside_its_own_sum():
    d = functional_derivative(Sum(f(X[n]), (n, 1, N)) ** 2, f, x)
    n_1 = Symbol("n_1", integer=True)
    assert d.atoms == Sum(2 * d.phi(X[n]) * Sum(f(X[n_1]), (n_1, 1, N)), (n, 1, N))
    assert equal(read(d.atoms, f, d.phi), read(2 * Sum(f(X[n]), (n, 1, N)) * Sum(d.phi(X[n]), (n, 1, N)), f, d.phi))


def test_with_respect_to_the_empirical_measure_it_has_a_density():
    slope = Derivative(ell(f(X[n]), Y[n]), f(X[n])) / N
    assert functional_derivative(COST, f, X[n]).density == slope
    assert functional_derivative(COST, f, X[n], wrt=w[n] / N).density == slope * N / w[n]


def test_a_penalty_beside_samples_keeps_both_parts():
    d = functional_derivative(COST + Integral(f1**2, (x, -oo, oo)), f, z)
    assert d.continuous == -2 * f(z).diff(z, 2)
    assert d.atoms != 0
    with pytest.raises(ValueError, match="without a density"):
        _ = functional_derivative(COST + Integral(f1**2, (x, -oo, oo)), f, X[n]).density


def test_a_change_of_measure_divides_by_its_density():
    J = Integral(f0**2 * rho(x), (x, 0, 1))
    assert functional_derivative(J, f0).density == 2 * rho(x) * f0
    assert functional_derivative(J, f0, wrt=rho(x)).density == 2 * f0
    with pytest.raises(ValueError, match="does not depend on the point"):
        functional_derivative(J, f0, wrt=rho(y))
    with pytest.raises(ValueError, match="positive, not 0"):
        functional_derivative(J, f0, wrt=0)


def test_at_infinity_the_boundary_is_a_limit():
    d = functional_derivative(Integral(f1**2 * exp(-x), (x, 0, oo)), f0)
    assert "Limit(2*varphi(x)*exp(-x)*Derivative(f(x), x), x, oo" in str(d.boundary)
    assert d.boundary.replace(f, lambda p: p).replace(d.phi, lambda p: 1 + p).doit() == -2


# ---- silent errors of SymPy ------------------------------------------------------------------------------------------


def test_an_integrated_functional_is_differentiated_as_one():
    """SymPy 1.14: euler_equations gives ∫2f = 0, and diff(∫f², f(y)) is 0."""
    assert euler_lagrange(Integral(f0**2, (x, 0, 1)), f0) == [Eq(2 * f0, 0)]
    assert functional_derivative(Integral(f0**2, (x, 0, 1)), f(y)).density == 2 * f(y)


def test_a_lagrangian_that_holds_an_integral_is_not_local():
    """SymPy 1.14 gives half of it."""
    assert euler_lagrange(f0 * Integral(f(y), (y, 0, 1)), f0)[0].lhs.doit() == 2 * Integral(f0, (x, 0, 1))
    (equation,) = euler_lagrange(Integral(x * Integral(f(y) ** 2, (y, 0, 1)), (x, 0, 1)), f0)
    assert equation.lhs.doit() == f0


def test_a_value_at_a_fixed_point_is_not_dropped():
    """SymPy 1.14 drops f(0)."""
    with pytest.raises(ValueError, match="no Euler–Lagrange equation"):
        euler_lagrange(f(0) ** 2 + f0**2, f0)
    assert functional_derivative(f(0) ** 2 + I, f, z).atoms == 2 * f(0) * Function("varphi")(0)


def test_what_does_not_depend_on_the_function_has_the_derivative_zero():
    """SymPy 1.14 raises IndexError."""
    assert euler_lagrange(x**2, f0) == [True]
    assert functional_derivative(x**2, f0).density == 0
    assert gateaux(Sum(X[n], (n, 1, N)), theta, phi) == 0


def test_a_null_lagrangian_has_no_condition():
    assert euler_lagrange(f0 * f1, f0) == [True]


def test_an_abstract_lagrangian_gives_what_the_concrete_one_gives():
    """SymPy 1.14 leaves out ∂L/∂f."""

    def concrete(p, q, r):
        return p**2 * q**3 * r**2 + r**3 * p

    (abstract,), (expected,) = euler_lagrange(L(x, f0, f1), f0), euler_lagrange(concrete(x, f0, f1), f0)
    assert expand(abstract.lhs.replace(L, concrete).doit() - expected.lhs) == 0


# ---- refusals and their reasons --------------------------------------------------------------------------------------


def over_x(integrand):
    return Integral(integrand, (x, 0, 1))


@pytest.mark.parametrize("smooth", [exp, sin, cos, tanh, log, sqrt], ids=lambda s: s.__name__)
def test_smooth_functions_are_differentiated(smooth):
    assert functional_derivative(over_x(smooth(f0)), f0).density == smooth(s).diff(s).subs(s, f0)


def test_hubers_loss_is_differentiated_because_its_pieces_meet():
    residual, d = f0 - g0, Symbol("delta", positive=True)

    def loss(slope):
        return over_x(Piecewise((residual**2 / 2, Abs(residual) <= d), (slope * Abs(residual) - d**2 / 2, True)))

    density = functional_derivative(loss(d), f0).density
    for number, expected in [(-3, -1), (0.5, 0.5), (3, 1)]:
        assert density.subs({d: 1, f0: number, g0: 0}) == expected
    with pytest.raises(ValueError, match="meet with equal values and slopes"):
        functional_derivative(loss(2 * d), f0)
    with pytest.raises(ValueError, match="meet with equal values and slopes"):
        second_variation(loss(d), f0, phi, psi)


def test_a_density_at_a_point_that_J_depends_on_is_refused():
    with pytest.raises(ValueError, match="free in J"):
        functional_derivative(f(x) * Integral(f(y), (y, 0, 1)), f(x))
    d = functional_derivative(f(x) * Integral(f(y), (y, 0, 1)), f, z)
    assert (d.continuous, d.atoms) == (f(x), d.phi(x) * Integral(f(y), (y, 0, 1)))
