"""Input with a wrong answer in SymPy, or by a careless reading, is read rightly or refused with the reason."""

import numpy as np
import pytest
from sympy import (
    Eq,
    Function,
    IndexedBase,
    Integral,
    Interval,
    Lambda,
    Max,
    Piecewise,
    Rational,
    Sum,
    Symbol,
    acot,
    atan,
    besselj,
    cos,
    csch,
    erf,
    erfc,
    exp,
    expand,
    gamma,
    log,
    nan,
    oo,
    sin,
    sqrt,
    symbols,
    tan,
    zoo,
)

from ntk_symbolic.calculus import (
    Functional,
    Over,
    Space,
    euler_lagrange,
    functional_derivative,
    gateaux,
    second_variation,
    tangent_kernel,
)
from ntk_symbolic.errors import IllFormed

x, y, z, t, a, c = symbols("x y z t a c")
n, m, P = symbols("n m P", integer=True)
f, g, ell, phi, rho = symbols("f g ell phi rho", cls=Function)
X, theta = IndexedBase("X"), IndexedBase("theta")
f0, f1, f2 = f(x), f(x).diff(x), f(x).diff(x, 2)
half = Rational(1, 2)


def over(integrand, lo=-1, hi=1):
    return Integral(integrand, (x, lo, hi))


J = over(f0**2, 0)


# ---- partial and total derivatives -----------------------------------------------------------------------------------

ABSTRACT = [ell(f1, x), ell(f1, x) * f1, ell(f1, x) * sin(x), ell(x, f1) * f0, ell(x, f2) * f1, ell(x, f2) * ell(x, f1)]


@pytest.mark.parametrize("lagrangian", ABSTRACT, ids=str)
def test_a_slope_in_x_beside_a_derivative_is_written_as_a_partial_one(lagrangian):
    """To SymPy, Derivative(ℓ(f', x), x) is the total derivative along x."""
    concrete = Lambda((y, z), y**2 * z**3 + y * sin(z))
    abstract = functional_derivative(over(lagrangian), f0).density.subs(ell, concrete).doit()
    expected = functional_derivative(over(lagrangian.subs(ell, concrete)), f0).density
    assert expand(abstract - expected) == 0


# ---- letters with two meanings ---------------------------------------------------------------------------------------


def test_a_limit_may_have_the_name_of_the_variable():
    """∫₀ˣ f(x) dx: inside, x is the variable."""
    assert gateaux(over(f0**2, 0, x), f, phi) == over(2 * f0 * phi(x), 0, x)
    moved = gateaux(over(f0 * f1, 0, x), f, phi)
    assert moved == over(f0 * phi(x).diff(x) + phi(x) * f1, 0, x)
    d = functional_derivative(over(f0**2, 0, x) * f(x), f, z)
    assert (d.continuous, d.atoms) == (2 * f(z) * f0, d.phi(x) * over(f0**2, 0, x))


def test_the_answer_for_a_bare_function_is_in_a_letter_that_is_free():
    (equation,) = euler_lagrange(Integral(cos(x * y) * f(y), (y, 0, 1)) ** 2, f)
    letter = Symbol("x_")
    assert equation.lhs == 2 * cos(x * letter) * Integral(cos(x * y) * f(y), (y, 0, 1))


@pytest.mark.parametrize(
    "J", [Integral(f(t) ** 2 * exp(x * t), (t, 0, 1)), x * Integral(f(t) ** 2, (t, 0, 1))], ids=str
)
def test_a_variable_that_may_be_a_parameter_is_refused(J):
    with pytest.raises(IllFormed, match="x is free in L, but f is not taken at it"):
        euler_lagrange(J, f0)


def test_a_bare_function_of_one_variable_has_its_equation_there():
    assert euler_lagrange(f(t).diff(t) ** 2 * t, f) == euler_lagrange(f(t).diff(t) ** 2 * t, f(t))
    with pytest.raises(IllFormed, match="different variables"):
        euler_lagrange(f(t) * f(z), f)


def test_a_slope_at_a_point_may_have_any_letter():
    """SymPy writes f'(0) as Subs(f'(x), x, 0), and so does .boundary."""
    slope, along = f1.subs(x, 0), phi(x).diff(x).subs(x, 0)
    expected = Integral(phi(y), (y, 0, 1)) + 2 * slope * along
    assert gateaux(slope**2 + Integral(f(y), (y, 0, 1)), f, phi) == expected
    for s in (x, y):
        answer = gateaux(over(f0 * f(s).diff(s).subs(s, 0), 0), f, phi)
        assert expand((answer - over(f0 * along + phi(x) * slope, 0)).expand()) == 0
    assert gateaux(functional_derivative(over(f1**2), f0).boundary, f, phi) != 0


def test_the_index_of_a_vector_may_be_that_of_the_sum():
    energy = Sum(f(x, n).diff(x) ** 2, (n, 1, 3))
    for k in (n, m):
        assert euler_lagrange(energy, f(x, k)) == [Eq(-2 * f(x, k).diff(x, 2), 0)]


# ---- integration by parts --------------------------------------------------------------------------------------------

NOT_SMOOTH = {
    "acot jumps": (acot(x) * f1, -1, 1, r"acot\(x\) is smooth"),
    "acot jumps at an end": (acot(x) * f1, -1, 0, "acot"),
    "atan of a pole": (atan(1 / x) * f1, -1, 1, "1/x is smooth"),
    "a sign": (sqrt(x**2) / x * f1, -1, 1, r"sqrt\(x\*\*2\)"),
    "a sign and a square": (sqrt(x**2) / x * f1**2, -1, 1, r"sqrt\(x\*\*2\)"),
    "a step": (f1**2 / (1 + exp(1 / x)), -1, 1, "exp"),
    "a modulus": (sqrt(x**2) * f2, -1, 1, r"sqrt\(x\*\*2\)"),
    "a logarithm": (log(x**2) * f1, -1, 1, "log"),
    "a pole": (f1 / x, -1, 1, "1/x is smooth"),
    "a pole in the middle": (f1**2 / (x - half), 0, 1, "is smooth for x from 0 to 1"),
    "irrational poles": (f1**2 / (x**2 + x - 1), -1, 1, "is smooth"),
    "tan over a pole": (tan(x) * f1, 0, 3, "tan"),
    "gamma over its poles": (gamma(x) * f1, -1, 1, "gamma"),
    "csch over its pole": (csch(x) * f1, -1, 1, "csch"),
    "a zero of erf": (f1 / erf(x), -1, 1, "erf"),
    "a pole that a parameter may bring": (f1 / (x + a), 0, 1, "is smooth"),
    "a sine with a zero": (f1**2 / (half + sin(x)), -1, 1, "is smooth"),
    "a weight that jumps": (Piecewise((f1**2, x < 0), (2 * f1**2, True)), -1, 1, "Piecewise"),
    "an unknown special function": (besselj(0, x) * f1, -1, 1, "besselj is not known"),
}


@pytest.mark.parametrize("integrand, lo, hi, reason", NOT_SMOOTH.values(), ids=NOT_SMOOTH)
def test_nothing_is_integrated_by_parts_over_a_jump_or_a_pole(integrand, lo, hi, reason):
    with pytest.raises(IllFormed, match=reason):
        functional_derivative(over(integrand, lo, hi), f0)


positive = Symbol("b", positive=True)
SMOOTH = {
    "tan before its pole": (tan(x), 0, 1),
    "a root at its end": (sqrt(x), 0, 1),
    "a circle": (sqrt(1 - x**2), -1, 1),
    "a positive polynomial": (1 / (1 + x**2), -oo, oo),
    "a logistic": (1 / (1 + exp(x)), -oo, oo),
    "a cubic with its root outside": (1 / (x**3 - 2), -1, 1),
    "a positive parameter": (1 / (positive + x), 0, 1),
    "a symbolic end": (1 / (1 + x), 0, positive),
    "2 + sin": (1 / (2 + sin(x)), -1, 1),
    "2 + erf": (1 / (2 + erf(x)), -1, 1),
    "erfc has no zero": (1 / erfc(x), -oo, oo),
    "gamma off its poles": (gamma(x), 1, 2),
    "acot on one side": (acot(x), 1, 2),
    "log": (log(1 + x), 0, 1),
}


@pytest.mark.parametrize("weight, lo, hi", SMOOTH.values(), ids=SMOOTH)
def test_what_is_smooth_inside_is_integrated_by_parts(weight, lo, hi):
    assert expand(functional_derivative(over(weight * f1, lo, hi), f0).density + weight.diff(x)) == 0


def test_coefficients_made_of_unknown_functions_count_as_smooth():
    time = sqrt((1 + f1**2) / f0)  # the brachistochrone
    (equation,) = euler_lagrange(time, f0)
    assert expand(functional_derivative(over(time, 0), f0).density - equation.lhs) == 0


def test_an_equation_without_an_interval_holds_where_the_lagrangian_is_smooth():
    assert euler_lagrange(f1**2 / x, f0) == [Eq(-2 * f2 / x + 2 * f1 / x**2, 0)]


# ---- measures --------------------------------------------------------------------------------------------------------


def test_another_measure_is_taken_where_the_derivative_is():
    assert functional_derivative(J, f0, half, rho(x)).density == 2 * f(half) / rho(half)
    assert functional_derivative(J, f0, half, 1 + x).density == f(half) * Rational(4, 3)
    assert functional_derivative(J, f0, z, 1 + x).density == 2 * f(z) / (1 + z)
    assert functional_derivative(J, f, z, 1 + z).density == 2 * f(z) / (1 + z)
    assert functional_derivative(J, f0, wrt=c).density == 2 * f0 / c


def test_another_measure_is_that_of_the_variables_of_the_function():
    both = J + Integral(g(y) ** 2, (y, 0, 1))
    with pytest.raises(IllFormed, match="x is no variable of g"):
        functional_derivative(both, (f0, g(y)), wrt=1 + x)
    with pytest.raises(IllFormed, match="x is no variable of f here"):
        functional_derivative(J, f, z, 1 + x)


def test_the_density_of_a_space_is_taken_there_too():
    weighted = Space("I", "measure", interval=(0, 1), density=1 + x)
    u, p = Functional("u", [weighted]), weighted.point()
    middle = weighted.at(half)
    assert functional_derivative(Over(u(p) ** 2, p), u, middle, wrt=1).density == 3 * u(middle)
    with pytest.raises(IllFormed, match="does not depend on the point"):
        functional_derivative(Over(u(p) ** 2, p), u, middle, wrt=1 + p)


@pytest.mark.parametrize("density", [-1 - x**2, -exp(x), x, -(c**2), -2, sqrt(-1)], ids=str)
def test_a_measure_that_is_negative_somewhere_is_refused(density):
    with pytest.raises(IllFormed, match="measure is positive, not"):
        functional_derivative(over(f0**2), f0, wrt=density)


def test_so_is_a_space_with_a_negative_density():
    with pytest.raises(IllFormed, match="measure is positive, not -5/7 at x = -5/7"):
        Space("I", "measure", interval=(-1, 1), density=x)
    assert Space("I", "measure", interval=(-1, 1), density=x**2).interval == (-1, 1)  # 0 at a point only


# ---- input that is no functional, no function, no point --------------------------------------------------------------

q, k = Function("q", commutative=False), Symbol("k", commutative=False)
REFUSED = {
    "a factor that does not commute": (lambda: gateaux(k * J, f, phi), "k does not commute"),
    "a function that does not commute": (lambda: gateaux(over(q(x) ** 2), q, phi), "does not commute"),
    "a direction that does not commute": (lambda: second_variation(J, f, phi, q), "does not commute"),
    "an infinite direction": (lambda: gateaux(J, f0, oo), "phi: a finite"),
    "no number as a direction": (lambda: gateaux(J, f0, nan), "phi: a finite"),
    "an infinite factor": (lambda: gateaux(oo * J, f, phi), "oo is no number"),
    "a complex infinity": (lambda: gateaux(over(zoo * f0), f, phi), "J: a finite"),
    "nothing": (lambda: gateaux(None, f, phi), "J: a SymPy expression"),
    "an equation": (lambda: gateaux(Eq(f0, 1), f, phi), "J: an expression"),
    "a function as a point": (lambda: functional_derivative(J, f0, Lambda(x, x)), "x: f is taken at"),
    "a function as a variable": (lambda: euler_lagrange(f1**2, f0, Lambda(x, x)), "x: f is taken at"),
    "a class as a point": (lambda: functional_derivative(J, f0, Function), "x: f is taken at"),
    "a constant over the line": (lambda: gateaux(over(c, -oo, oo) + over(f0, 0), f, phi), "infinite interval"),
    "a constant direction": (lambda: gateaux(over(f0, -oo, oo), f0, 1), "infinite interval"),
    "the last entry": (lambda: gateaux(Sum(theta[n], (n, 1, P)) + theta[P], theta, X), "P is an end of the Sum"),
    "limits that look alike": (
        lambda: gateaux(over(f0, 0, a) + over(f0, 0, Symbol("a", positive=True)), f, phi),
        "differ in their assumptions",
    ),
    "a kernel of nothing": (lambda: tangent_kernel(None, a, x), "f: a SymPy expression"),
    "a kernel of a truth": (lambda: tangent_kernel(True, a, x), "f: an expression"),
    "a kernel of a set": (lambda: tangent_kernel(Interval(0, 1), a, x), "f: an expression"),
    "a kernel of numbers": (lambda: tangent_kernel(np.array([1.0, 2.0]), a, x), "f: an expression"),
    "a kernel of a function": (lambda: tangent_kernel(Lambda(x, x), a, x), "f: an expression"),
    "a kernel of infinity": (lambda: tangent_kernel(oo, a, x), "f: a finite"),
    "a kernel that does not commute": (lambda: tangent_kernel(k * x, a, x), "k does not commute"),
}


@pytest.mark.parametrize("question, reason", REFUSED.values(), ids=REFUSED)
def test_is_refused_in_one_line(question, reason):
    with pytest.raises(IllFormed, match=reason) as refusal:
        question()
    assert "\n" not in str(refusal.value)


def test_a_weight_with_a_kink_is_no_obstacle_without_derivatives():
    assert functional_derivative(over(Max(x, y) * f0**2), f0).density == 2 * f0 * Max(x, y)
