"""Named activations against quadrature and many digits, random splines, and networks near the ends of the float range."""

from math import factorial

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readings import BY_INTEGRALS, CLOSED, DERIVED
from sweeps import sweep, sweep_few
from sympy import Abs, Heaviside, Max, Min, Piecewise, Rational, exp, lambdify, sign

from ntk_symbolic import Dense, activation, mlp, serial
from ntk_symbolic.activations.derive.normal import phi2
from ntk_symbolic.activations.form.pieces import split
from ntk_symbolic.activations.form.variables import a, b, c, u
from ntk_symbolic.activations.proof.quadrature import mean_of_product
from ntk_symbolic.errors import InvalidInput, UncertifiedWarning

FUNCTIONS = [{"Phi2": phi2}, "mpmath"]


def by_quadrature(phi, a_, b_=None, c_=None, slope=False):
    """E φ(u), or E φ(u) φ(v), or that of the slopes, by Gauss–Legendre between the breakpoints."""
    f = phi.dphi if slope else phi.phi
    cuts = [float(piece.lo) for piece in split(phi.expr, u)[1:]]
    if b_ is None:
        return mean_of_product([f], [cuts], [[a_]])
    return mean_of_product([f, f], [cuts, cuts], [[a_, c_], [c_, b_]])


GENERIC = [(0.7, 1.3, 0.4), (1.1, 0.6, -0.55), (0.9, 0.9, 0.0), (3.0, 2.0, 1.5)]


def agrees_with_quadrature(phi, points):
    """Asserts agreement to 1e-11 of √(κ_aa κ_bb), the error of the quadrature."""
    for a_, b_, c_ in points:
        for reading, slope in ((phi.dual, False), (phi.dual_dot, True)):
            top = np.sqrt(reading(a_, a_, a_) * reading(b_, b_, b_))
            if np.isfinite(top):
                assert abs(reading(a_, b_, c_) - by_quadrature(phi, a_, b_, c_, slope)) <= 1e-11 * top


@pytest.mark.parametrize("name", [*BY_INTEGRALS, "elu(2.5)", "elu(-1)", "abrelu(0.3, -2)"])
def test_numbers_are_the_expectations_of_the_expression(name):
    agrees_with_quadrature(activation(name), GENERIC)


EXTREME = [
    *((1.7 * s, 0.4 * s, 0.5 * s) for s in (1e-2, 1e6)),
    (1.7, 0.4, -(1 - 1e-9) * 0.68**0.5),
    (1.3, 1.3, 1.3 * (1 - 1e-12)),
]


@pytest.mark.parametrize("name", sweep(BY_INTEGRALS, ["elu"]))
def test_numbers_are_the_closed_form_at_40_digits(name):
    """Tolerance 1e-13 at small and large variances, near equal and antipodal inputs, except for underflow. A closed form with
    exp cancels 200 000 digits at 1e6."""
    phi = activation(name)
    for formula, reading in ((phi.dual_expr, phi.dual), (phi.dual_dot_expr, phi.dual_dot)):
        exact = lambdify((a, b, c), formula, FUNCTIONS)
        for a_, b_, c_ in EXTREME:
            if a_ > 1e3 and formula.has(exp(a / 2)):
                continue
            with mpmath.workdps(40):
                wanted = exact(*map(mpmath.mpf, (a_, b_, c_)))
            floor = np.sqrt(reading(a_, a_, a_)) * np.sqrt(reading(b_, b_, b_)) / 100
            assert floor > 0 and abs(reading(a_, b_, c_) - wanted) <= 1e-13 * max(abs(wanted), floor)


@pytest.mark.parametrize("name", DERIVED)
def test_the_mean_in_numbers_is_the_mean_as_formula_and_the_expectation(name):
    phi = activation(name)
    exact = lambdify(a, phi.mean_expr, "mpmath")
    for a_ in (1e-6, 0.3, 2.0):
        with mpmath.workdps(40):
            assert abs(phi.mean(a_) - exact(mpmath.mpf(a_))) <= 1e-14 * np.sqrt(phi.dual(a_, a_, a_))
        assert abs(phi.mean(a_) - by_quadrature(phi, a_)) <= 1e-12 * np.sqrt(phi.dual(a_, a_, a_))
    assert phi.mean(np.array([[0.5, 2.0]])).tolist() == [[phi.mean(0.5), phi.mean(2.0)]]
    assert phi.mean(0.0) == pytest.approx(
        {"step": 0.5, "sign": 0.0}.get(name, float(phi.phi(np.zeros(1))[0])), abs=1e-15
    )


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf"), [1.0, -1.0]])
def test_what_is_no_variance_has_no_mean(wrong):
    with pytest.raises(InvalidInput, match="a must be a variance"):
        activation("relu").mean(wrong)


# ---- activations without a name -------------------------------------------------------------------------------------

quarters = st.integers(-8, 8).map(lambda n: Rational(n, 4))


@st.composite
def splines(draw):
    """Splines with one or two breakpoints and polynomials of degree ≤ 2, continuous or with jumps at random."""
    cuts = sorted(draw(st.sets(quarters, min_size=1, max_size=2)))
    values = [sum(draw(quarters) * u**n for n in range(3)) for _ in range(len(cuts) + 1)]
    return Piecewise(*((value, u < cut) for value, cut in zip(values, cuts, strict=False)), (values[-1], True))


@settings(max_examples=4, deadline=None)
@given(splines())
def test_numbers_of_random_splines_are_the_expectations_of_their_expressions(expr):
    if expr.has(u) and not expr.is_number:
        agrees_with_quadrature(activation(expr), GENERIC[:2])


SPELLINGS = [
    (Max(-1, Min(1, u)), (Abs(u + 1) - Abs(u - 1)) / 2),
    (Max(-1, Min(1, u)), Piecewise((-1, u < -1), (1, u > 1), (u, True))),
    (Max(u - 1, 0), (u - 1) * Heaviside(u - 1)),
    (Max(u - 1, 0) ** 4, ((1 + sign(u - 1)) / 2 * (u - 1) ** 4)),
    (activation("relu6").expr, Max(u, 0) - Max(u - 6, 0)),
]


@pytest.mark.parametrize(("one", "other"), sweep_few(SPELLINGS, [SPELLINGS[3]]), ids=str)
def test_spellings_of_one_activation_have_one_dual(one, other):
    one, other = activation(one), activation(other)
    for point in GENERIC:
        assert one.dual(*point) == pytest.approx(other.dual(*point), rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("n", sweep([4, 5, 8], [4, 5]))
def test_arc_cosine_kernels_of_any_order(n):
    """E ReLU(u)²ⁿ = (2n − 1)!!/2 at variance 1, and the slope is n² times the kernel of the order below."""
    phi, below = activation(Max(u, 0) ** n), activation(Max(u, 0) ** (n - 1))
    assert phi.dual(1.0, 1.0, 1.0) == pytest.approx(float(mpmath.fac2(2 * n - 1)) / 2, rel=1e-14)
    for point in GENERIC:
        top = np.sqrt(phi.dual_dot(*point[:1] * 3) * phi.dual_dot(*point[1:2] * 3))
        assert abs(phi.dual_dot(*point) - n * n * below.dual(*point)) <= 1e-13 * top


@pytest.mark.parametrize("n", [2, 3, 5])
def test_the_dual_of_a_hermite_polynomial_is_a_power(n):
    """E He_n(u) He_n(v) = n! cⁿ at variance 1 (Mehler); polynomials are exact."""
    he = {2: u**2 - 1, 3: u**3 - 3 * u, 5: u**5 - 10 * u**3 + 15 * u}[n]
    phi = activation(he)
    assert phi.dual_expr.subs({a: 1, b: 1}).expand() == factorial(n) * c**n
    assert phi.mean_expr.subs(a, 1) == 0


# ---- the ends of the float range ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "depth"), [(np.float32, 17), (np.float64, 140)])
def test_large_weights_stay_in_range_as_long_as_the_kernel_does(dtype, depth):
    """W_std = 16: each ReLU layer multiplies K(x, x) by 128, so that K(x, x) = 256 · 128^depth · |x|²/d, and 17 of them come
    to 2¹²⁷ of float32's 2¹²⁸. Divided by the norms it is the kernel of W_std = √2."""
    X = np.array([[1.0, 2.0], [1.0, 2.0], [-1.0, 0.5], [-1.0, -2.0]], dtype) / 8
    net = mlp(depth, "relu", 16.0, b_std=0.0)
    K = net.kernel(X, get=("nngp", "ntk"))
    assert K.nngp.dtype == K.ntk.dtype == dtype and all(np.isfinite(k).all() for k in K)
    rel = 1e-6 if dtype == np.float32 else 1e-12
    exact = [256.0 * 128.0**depth * q for q in np.mean(X.astype(np.float64) ** 2, axis=1)]
    assert np.diag(K.nngp).tolist() == pytest.approx(exact, rel=rel)
    assert np.diag(K.ntk).tolist() == pytest.approx([(depth + 1) * x for x in exact], rel=rel)
    assert K.ntk[0, 1] == pytest.approx(K.ntk[0, 0], rel=rel)
    for one, other in zip(K, mlp(depth, "relu", 2**0.5, b_std=0.0).kernel(X, get=("nngp", "ntk")), strict=True):
        one, other = (k / np.sqrt(np.diag(k)[:, None]) / np.sqrt(np.diag(k)) for k in (one, other))
        assert one == pytest.approx(other, rel=rel)


def test_beyond_the_range_the_layer_is_named():
    """Σ is 2.5·256·128ˡ⁻¹ at layer l, and Θ is l times as large: it leaves the range one layer before."""
    for get, layer in (("nngp", 146), ("ntk", 145)):
        with pytest.raises(InvalidInput, match=f"overflows at Dense layer {layer}"):
            mlp(160, "relu", 16.0, b_std=0.0).kernel([[1.0, 2.0]], get=get)
    with pytest.raises(InvalidInput, match="leaves the range of float32 above at Dense layer"):
        mlp(20, "relu", 16.0, b_std=0.0).ntk(np.ones((2, 2), np.float32))


# ---- kernels that exist at small variances only ---------------------------------------------------------------------


def test_what_grows_as_a_gaussian_has_a_kernel_below_its_limit():
    """exp(A u²): κ(q, q, q) = 1/√(1 − 4Aq) (a χ² integral), E φ(u) = 1/√(1 − 2Aq)."""
    phi = activation("exp(u**2/2)")
    for q in (1e-6, 0.2, 0.4999):
        assert phi.dual(q, q, q) == pytest.approx((1 - 2 * q) ** -0.5, rel=1e-12)
        assert phi.mean(q) == pytest.approx((1 - q) ** -0.5, rel=1e-14)
    agrees_with_quadrature(phi, [(0.1, 0.2, 0.05), (0.15, 0.1, -0.12)])
    agrees_with_quadrature(activation("u*exp(u**2)"), [(0.05, 0.1, 0.03), (0.07, 0.05, -0.05)])


def test_beyond_its_limit_the_kernel_is_refused_with_the_limit_and_the_layer():
    phi = activation("exp(u**2)")
    for ask in (lambda: phi.dual(0.25, 0.1, 0.1), lambda: phi.dual_dot(0.1, 0.3, 0.1)):
        with pytest.raises(InvalidInput, match=r"E φ\(u\)² of exp\(u\*\*2\) is infinite at variances from 0.25 on"):
            ask()
    with pytest.raises(InvalidInput, match=r"from 0\.5 on"):
        phi.mean(0.5)
    net = serial(Dense(W_std=0.3), phi, Dense(W_std=0.3, b_std=0.45), phi, Dense())
    assert np.isfinite(serial(Dense(W_std=0.3), phi, Dense()).ntk([[1.0, 1.0]])).all()
    for ask in (net.ntk, net.diagonal):
        with pytest.raises(InvalidInput, match=r"variance at Dense layer 2 is 0.31\d*, and from 0.25 on"):
            ask([[1.0, 1.0]])


def test_of_a_growing_gaussian_beside_a_breakpoint_there_is_the_formula_and_an_estimate():
    phi = activation("Piecewise((exp(u**2), u > 0), (0, True))")
    value = float(phi.dual_expr.subs({a: Rational(1, 10), b: Rational(1, 5), c: Rational(1, 20)}))
    assert value == pytest.approx(by_quadrature(phi, 0.1, 0.2, 0.05), rel=1e-11)
    with pytest.warns(
        UncertifiedWarning, match=r"estimated at \de-09"
    ):  # E φ² has 2e-8 of its value beyond 13 deviations
        assert phi.dual(0.1, 0.2, 0.05) == pytest.approx(value, rel=1e-9)
    with pytest.warns(UncertifiedWarning, match="no bound is known"):
        assert phi.dual(0.1, 0.2, 0.05, bound=True)[1] == np.inf
    with pytest.raises(InvalidInput, match=r"infinite at variances from 0\.25 on"):
        phi.dual(0.4, 0.4, 0.1)


@pytest.mark.parametrize("name", ["sin", "cos", "gabor", "gaussian", "probit", "gelu"])
def test_differences_of_exponentials_keep_their_digits_at_small_and_large_variances(name):
    """Tolerance 1e-13 at variances 1e-12 to 1e6; by subtraction the slope of cos lost all digits at 1e-12 and Gabor six at
    1e6."""
    phi = activation(name)
    for formula, reading in ((phi.dual_expr, phi.dual), (phi.dual_dot_expr, phi.dual_dot)):
        exact = lambdify((a, b, c), formula, "mpmath")
        for size in (1e-12, 1e-6, 1e-2, 1.0, 1e2, 1e6):
            for rho, ratio in ((0.003, 1.0), (-0.6, 0.1), (1 - 1e-13, 1.0), (-(1 - 1e-9), 0.01)):
                point = (size, ratio * size, rho * ratio**0.5 * size)
                with mpmath.workdps(80):
                    wanted = exact(*map(mpmath.mpf, point))
                    floor = mpmath.sqrt(reading(size, size, size) * reading(*point[1:2] * 3)) / 100
                    assert abs(reading(*point) - wanted) <= 1e-13 * max(abs(wanted), floor)


@pytest.mark.parametrize(
    "name", sweep_few([n for n in CLOSED if n != "exp"], ["relu3", "abrelu", "leaky_relu", "probit"])
)
def test_the_second_moment_keeps_its_digits_at_variances_of_every_size(name):
    phi = activation(name)
    for variance in (1e-8, 1e-6, 1e-3, 1e3, 1e6):
        x = np.full((1, 1), variance**0.5)
        found = float(serial(Dense(), phi, Dense()).diagonal(x, get="nngp")[0])
        right = phi.dual(*3 * (float(x[0, 0] ** 2),), precision=18)
        assert abs(found / right - 1) < 1e-14


def test_an_angle_that_has_no_conditioned_form_is_read_by_an_integral():
    agrees_with_quadrature(activation("Max(u, 0)*exp(-u**2)"), GENERIC)


GAUSSIANS = ["sin", "cos", "gabor", "sin(2*u + 1)", "exp(-u**2)*cos(3*u)", "u**2*exp(-u**2)", "u**3*exp(-u**2)"]


@pytest.mark.parametrize("text", sweep(GAUSSIANS, ["sin(2*u + 1)"]))
def test_what_oscillates_or_decays_keeps_its_digits_at_any_variances(text):
    """1e-13 of max(|κ|, √(κ_aa κ_bb)/100), from 1e-12 to 1e12, at independent, near equal and near antipodal inputs."""
    phi = activation(text)
    for a_, b_ in ((1e-12, 1.0), (1e-6, 30.0), (1e-6, 1e3), (1.0, 1.0), (1e6, 1e6), (1e12, 1e12)):
        for rho in (-(1 - 1e-8), -0.999, 0.0, 0.5):
            at = a_, b_, rho * np.sqrt(a_ * b_)
            for read in (phi.dual, phi.dual_dot):
                exact = read(*at, precision=25)
                floor = np.sqrt(read(a_, a_, a_)) * np.sqrt(read(b_, b_, b_)) / 100
                assert abs(read(*at) - exact) <= 1e-13 * max(abs(exact), floor)


@pytest.mark.parametrize("q", [1.0, 1e6, 1e12])
def test_a_slope_that_is_nearly_everywhere_zero_keeps_its_digits(q):
    """E φ'(u)² is the probability of the ramp for every narrow part of the line."""
    for name, low, high, by in (("hard_tanh", -1, 1, 1), ("relu6", 0, 6, 1), ("hard_sigmoid", -3, 3, 6)):
        with mpmath.workdps(30):
            exact = (mpmath.ncdf(high / mpmath.sqrt(q)) - mpmath.ncdf(low / mpmath.sqrt(q))) / by**2
        for c_ in (q, -q):
            wanted = exact if c_ > 0 or name != "relu6" else 0
            assert abs(activation(name).dual_dot(q, q, c_) - wanted) <= 1e-14 * exact


def test_where_floats_overflow_within_a_dual_it_says_so():
    """exp at c = −a: κ = 1, the difference of two parts beyond 1e308."""
    phi, a_ = activation("exp"), 2.0**20
    with pytest.raises(InvalidInput, match="precision=20"):
        phi.dual(a_, a_, -a_)
    assert phi.dual(a_, a_, -a_, precision=20) == 1
