"""Activations outside the class have numbers by Mehler's series, with valid bounds of their errors."""

import json
import warnings
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from sweeps import sweep, sweep_few, sweep_twins
from sympy import Rational, Symbol, atan, erf, exp, lambdify, log, sin, tanh

from ntk_symbolic import Dense, activation, mlp, serial
from ntk_symbolic.activations.code.codegen import ArrayPrinter, compile_series
from ntk_symbolic.activations.facts.growth import growth
from ntk_symbolic.activations.form.smooth import Logistic, Softplus, smooth
from ntk_symbolic.activations.numbers import coefficients
from ntk_symbolic.activations.numbers.balls import BALLS, Ball
from ntk_symbolic.api.activations import _WARNED
from ntk_symbolic.arrays import erf as array_erf
from ntk_symbolic.arrays import logistic, softplus
from ntk_symbolic.errors import InvalidInput, NoClosedForm, UncertifiedWarning
from ntk_symbolic.gauss import rounded_legendre

ROWS = json.loads((Path(__file__).parent.parent / "references" / "outside.json").read_text())["rows"]
SMOOTH = ["tanh", "sigmoid", "softplus", "silu", "mish", "arctan"]
WRITTEN = ["(u*(1 + erf(u/sqrt(2)))/2)**2", "Max(u, 0)*erf(u)", "Abs(tanh(u))", "exp(sin(u))", "log(1 + u**2)"]
u = Symbol("u", real=True)


@pytest.fixture(autouse=True)
def warned():
    """Ignores UncertifiedWarning in every test of this file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UncertifiedWarning)
        yield


def trapezoid(f, a, b, rho):
    """E f(√a x) f(√b (ρx + √(1 − ρ²) y)) by the trapezoid rule, for f analytic in |Im u| < 1: 1e-14 and better."""
    step = min(0.03, 0.15 / np.sqrt(max(a, b)))
    x = np.arange(-9.0, 9.0 + step / 2, step)
    w = step * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    inner = np.sqrt(b) * (rho * x[:, None] + np.sqrt((1 - rho) * (1 + rho)) * x)
    return float((w * f(np.sqrt(a) * x)) @ (f(inner) @ w))


# ---- bounds hold --------------------------------------------------------------------------------------------------------


def rows_of(name):
    return [row[1:] for row in ROWS if row[0] == name]


@pytest.mark.parametrize("name", sorted({row[0] for row in ROWS}))
def test_the_first_values_agree_with_the_references(name):
    agrees_with_the_references(name, rows_of(name)[:2])


@pytest.mark.parametrize("name", sweep(sorted({row[0] for row in ROWS}), ["tanh"]))
def test_values_agree_with_the_references_and_bounds_are_no_smaller_than_errors(name):
    agrees_with_the_references(name, rows_of(name))


def agrees_with_the_references(name, rows):
    """Tolerance 1e-13, and the bound where 4096 terms suffice, 1e-14 below variance 10; elsewhere it is mostly remainder."""
    phi = activation(name)
    for a, b, c, *duals in rows:
        slow = (1 > abs(c) / np.sqrt(a * b) > 0.99 and (a == 100 or name == "softsign")) or (c, name) == (-100, "mish")
        for read, reference in zip((phi.dual, phi.dual_dot), map(mpf, duals), strict=True):
            value, bound = read(a, b, c, bound=True)
            error, scale = (
                abs(mpf(value) - reference),
                max(abs(reference), np.sqrt(read(a, a, a) * read(b, b, b)) / 100),
            )
            assert error <= bound
            assert slow or error <= 1e-13 * scale
            assert bound < 10 * error + 2e-9 * max(1, a)
            if max(a, b) < 10 and not slow:
                assert error <= 1e-14 * max(abs(reference), mpf(1) / 10) and bound < 5e-11
            assert read(a, b, c) == value or abs(c) > 0.98 * np.sqrt(a * b)
            assert abs(mpf(read(a, b, c)) - reference) <= 1e-13 * scale


def test_the_mean_is_the_first_coefficient():
    x, w = np.polynomial.hermite_e.hermegauss(150)
    for name in SMOOTH:
        phi = activation(name)
        assert phi.mean(1.3) == pytest.approx(w @ phi.phi(np.sqrt(1.3) * x) / np.sqrt(2 * np.pi), rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("name", sweep_twins(SMOOTH))
@pytest.mark.parametrize(
    ("a", "b"), sweep_few([(1e-4, 1e-4), (1.0, 3.0), (25.0, 25.0), (20.0, 30.0), (100.0, 100.0)], [(100.0, 100.0)])
)
def test_bounds_hold_at_small_and_large_variances(name, a, b):
    phi = activation(name)
    for rho in (-0.9, 0.3, 0.99):
        for read, f in ((phi.dual, phi.phi), (phi.dual_dot, phi.dphi)):
            value, bound = read(a, b, rho * np.sqrt(a * b), bound=True)
            assert abs(value - trapezoid(f, a, b, rho)) <= bound + 1e-13 * max(abs(value), 0.01)
            assert bound <= 1e-9 * max(1.0, a * (name in ("softplus", "silu", "mish")))


@pytest.mark.parametrize(
    "text", ["tanh(u)", "1/(1 + exp(-u))", "u*tanh(u)", "Abs(tanh(u))", "atan(u)", "tanh(3*u - 1)"]
)
@pytest.mark.parametrize("q", sweep([3e3, 5e4, 1e6, 1e8], [1e8]))
def test_bounds_hold_at_huge_variances(text, q):
    """φ changes within a thousandth of a standard deviation: E φ(u)² and (E φ(u))² are compared with mpmath's quadrature."""
    phi = activation(text)
    f = lambdify(u, phi.expr, "mpmath")
    with mpmath.workdps(25):
        cuts = sorted({s * x for x in (0, 1 / 3, 1, 4, 15, 60, q**0.5, 4 * q**0.5, 10 * q**0.5) for s in (-1, 1)})
        mean, square = (
            mpmath.quad(lambda x, k=k: f(x) ** k * mpmath.npdf(x, 0, mpmath.sqrt(q)), cuts, maxdegree=8) for k in (1, 2)
        )
        for c, exact in ((q, square), (0.0, mean**2)):
            value, bound = phi.dual(q, q, c, bound=True)
            assert abs(value - exact) <= bound <= 1e-9 * max(1.0, float(square))


@pytest.mark.parametrize("text", [*WRITTEN, "u/(1 + Abs(u))"])
def test_bounds_hold_where_pieces_meet_and_for_any_spelling(text):
    """Gauss's rule on the two sides of 0 in x, and in y on the two sides of where the second argument changes sign."""
    phi, rho, a, b = activation(text), 0.6, 1.2, 0.7
    z, w = np.polynomial.legendre.leggauss(80)

    def panel(lo, hi):
        x = (hi + lo) / 2 + (hi - lo) / 2 * z
        return x, w * (hi - lo) / 2 * np.exp(-x * x / 2) / np.sqrt(2 * np.pi)

    for read, f in ((phi.dual, phi.phi), (phi.dual_dot, phi.dphi)):
        total = 0.0
        for lo, hi in ((-9.0, -3.0), (-3.0, 0.0), (0.0, 3.0), (3.0, 9.0)):
            for x, v in zip(*panel(lo, hi), strict=True):
                middle = float(np.clip(-rho * x / 0.8, -9, 9))
                for ends in ((-9.0, middle), (middle, 9.0)):
                    y, k = panel(*ends)
                    total += v * f(np.array([np.sqrt(a) * x]))[0] * (k @ f(np.sqrt(b) * (rho * x + 0.8 * y)))
        value, bound = read(a, b, rho * np.sqrt(a * b), bound=True)
        assert abs(value - total) <= bound + 1e-12
        assert bound < 2e-10


def test_a_closed_form_is_held_against_the_series_and_the_bound_covers_their_difference():
    for name, tight in (("erf", 1e-11), ("relu", 1e-6), ("elu", 1e-6)):
        value, bound = activation(name).dual(1.0, 2.0, 1.0, bound=True)
        assert value == activation(name).dual(1.0, 2.0, 1.0)
        exact = activation(name).dual(1.0, 2.0, 1.0, precision=30)
        assert abs(exact - mpf(value)) <= bound < tight


def test_at_equal_inputs_the_value_is_an_integral_and_the_bound_small():
    for name in (*SMOOTH, "softsign"):
        assert activation(name).dual_dot(2.0, 2.0, 2.0, bound=True)[1] < 1e-12


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-3, 50), st.floats(1e-3, 50), st.floats(-1, 1))
def test_the_bound_of_tanh_holds_anywhere(a, b, rho):
    phi = activation("tanh")
    value, bound = phi.dual(a, b, rho * np.sqrt(a) * np.sqrt(b) * (1 - 1e-15), bound=True)
    assert abs(value - trapezoid(np.tanh, a, b, rho)) <= bound + 1e-13


# ---- these tests can fail -----------------------------------------------------------------------------------------------


def test_an_error_in_a_coefficient_is_larger_than_the_bound_of_it():
    phi = activation("tanh")
    found = coefficients.coefficients(phi.series.f, np.array([1.0]), 256)
    with mp.workdps(30):
        for k in (1, 3, 21):
            norm = mpmath.sqrt(mpmath.factorial(k))
            exact = mpmath.quad(
                lambda z, k=k, n=norm: (
                    mpmath.tanh(z) * mpmath.hermite(k, z / mpmath.sqrt(2)) / 2 ** (mpf(k) / 2) / n * mpmath.npdf(z)
                ),
                list(range(-12, 13, 2)),
            )
            error = abs(exact - mpf(float(found.alpha[k, 0])))
            assert error <= found.error[0] < 1e-11
            assert abs(exact * (1 + mpf(10) ** -10) - mpf(float(found.alpha[k, 0]))) > found.error[0] * abs(exact) / 10


def test_hermite_functions_are_as_good_as_claimed_on_both_sides_of_their_turning_points():
    x = np.array([1e-3, 0.5, 1.99, 2.0, 3.3, 5.7, 9.999, 12.3, 13.0])
    table, bound = coefficients._functions(x, 512)
    with mp.workdps(40):
        for i, at in enumerate(map(mpf, map(float, x))):
            before, now = mpf(0), (2 * mpmath.pi) ** (-mpf(1) / 4) * mpmath.exp(-at * at / 4)
            worst = mpf(0)
            for k in range(512):
                worst = max(worst, abs(now - mpf(float(table[i, k]))))
                before, now = now, (at * now - mpmath.sqrt(k) * before) / mpmath.sqrt(k + 1)
            assert worst <= bound[i] < 1e-11


def test_the_rule_is_rounded_only():
    nodes, weights = rounded_legendre(coefficients.NODES)
    with mp.workdps(40):
        for x, w in zip(map(float, nodes[::7]), map(float, weights[::7]), strict=True):
            root = mpmath.findroot(lambda y: mpmath.legendre(coefficients.NODES, y), mpf(x))
            slope = mpmath.diff(lambda y: mpmath.legendre(coefficients.NODES, y), root)
            weight = 2 / ((1 - root**2) * slope**2)
            assert abs(root - mpf(x)) <= coefficients.NODE
            assert abs(weight - mpf(w)) <= coefficients.WEIGHT * weight


def test_a_tail_that_is_forgotten_is_noticed():
    """The coefficients of softsign decrease slowly: with 256 of them at ρ = 0.99 the bound is the tail."""
    phi = activation("softsign").series
    (left,) = (coefficients.coefficients(phi.df, np.array([5.0]), n) for n in (256,))
    true = coefficients.coefficients(phi.df, np.array([5.0]), 4096)
    missing = np.sum(true.alpha[256:, 0] ** 2)
    assert 1e-9 < missing <= left.tail[0] ** 2


# ---- balls and growth ---------------------------------------------------------------------------------------------------

FUNCTIONS = {
    "exp(u)": exp(u),
    "tanh(u)": tanh(u),
    "atan(u)": atan(u / 4),
    "erf(u)": erf(u),
    "sin(u)": sin(u),
    "logistic": Logistic(u),
    "softplus": Softplus(u),
    "1/(1+u²)": 1 / (4 + u**2),
    "log": log(3 + u / 2),
    "power": (3 + u / 2) ** Rational(-2, 3),
}


def array_code(expr):
    code = f"lambda xp, u: {ArrayPrinter().doprint(expr)}"
    return eval(code, {"erf": array_erf, "logistic": logistic, "softplus": softplus})  # our own printer's


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(sorted(FUNCTIONS)), st.floats(-3, 3), st.floats(-1, 1), st.floats(0, 0.5), st.floats(0, 6.3))
def test_a_ball_contains_the_function_on_the_disc(name, x, y, radius, angle):
    ball = array_code(FUNCTIONS[name])(BALLS, Ball(np.array([x + 1j * y]), np.array([radius])))
    z = mpmath.mpc(x, y) + radius * mpmath.expj(angle)
    if np.isfinite(ball.rad[0]):
        plain = (
            FUNCTIONS[name].replace(Softplus, lambda w: log(1 + exp(w))).replace(Logistic, lambda w: 1 / (1 + exp(-w)))
        )
        value = lambdify(u, plain, "mpmath")(z)
        assert abs(value - mpmath.mpc(complex(ball.mid[0]))) <= 1.01 * ball.rad[0]


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("tanh(u)", 1.57j),
        ("logistic", 3.14j),
        ("softplus", 3.14j),
        ("atan(u)", 4j),
        ("1/(1+u²)", 2j),
        ("log", -6.0),
        ("log", -9),
        ("power", -6.0),
        ("power", -9),
    ],
)
@pytest.mark.parametrize("radius", [0.2, 1.0, 40.0])
def test_nothing_is_claimed_on_a_disc_with_a_singularity(name, where, radius):
    middles = where + 0.6 * radius * np.array([0, 1, 1j, -1, -1j])
    with np.errstate(all="ignore"):
        ball = array_code(FUNCTIONS[name])(BALLS, Ball(middles, np.full(5, radius)))
    assert np.all(ball.bound == np.inf)


@pytest.mark.parametrize(
    "text", [*WRITTEN, "tanh(u)", "u*tanh(log(1 + exp(u)))", "u/(1 + exp(-u))", "u/sqrt(1 + u**2)"]
)
def test_growth_is_a_bound_on_the_line(text):
    phi = smooth(activation(text).expr, u)
    known = growth(phi, u)
    assert known is not None
    x = np.linspace(-60, 60, 2001)
    assert (np.abs(activation(text).phi(x)) <= known[0] * (1 + np.abs(x)) ** known[1] + 1e-12).all()


def test_of_what_nothing_is_known_no_bound_is_claimed():
    """Quotients of exponentials such as u sinh(u)/cosh(u) have a growth, but the rules do not find it."""
    phi = activation("(exp(u) - exp(-u))/(exp(u) + exp(-u))")
    value, bound = phi.dual(1.0, 1.0, 0.5, bound=True)
    assert bound == np.inf
    assert value == pytest.approx(activation("tanh").dual(1.0, 1.0, 0.5), rel=1e-12)


# ---- networks -----------------------------------------------------------------------------------------------------------

X = np.random.default_rng(0).standard_normal((9, 4))
X = np.concatenate([X, X[:1], -X[:1], X[:1] * (1 + 1e-8), X[:1] + 1e-4, 0 * X[:1]])


@pytest.mark.parametrize("get", sweep(["nngp", "ntk"], ["ntk"]))
@pytest.mark.parametrize(
    "text", sweep(["2*(1 + erf(u))/2", "erf(u)", "u*(1 + erf(u/sqrt(2)))/2", "sin(u)"], ["erf(u)", "sin(u)"])
)
def test_bounds_of_networks_hold_where_the_digits_are_known(text, get):
    """The series of an activation is compared with its closed form, which the computation of the bound does not use."""
    net = mlp(2, text, 1.3, 0.2)
    exact = net.kernel(X[:5], X[3:], get=get, precision=25)
    from ntk_symbolic.infinite.bounds import kernel

    value, bound = kernel(net.graph(4), X[:5], X[3:], True)[get == "ntk"]
    errors = np.abs(value - exact).astype(float)
    assert (errors <= bound).all()
    assert np.median(bound) < 1e-9 * np.abs(value).max()


@pytest.mark.parametrize("name", sweep_twins(["tanh", "silu", "softsign"]))
def test_the_kernel_without_bounds_lies_within_them(name):
    net = mlp(3, name, 1.5, 0.1)
    both = net.kernel(X, get=("nngp", "ntk"), bound=True)
    for kind, (value, bound) in zip(("nngp", "ntk"), both, strict=True):
        assert value.shape == bound.shape == (len(X), len(X))
        assert (np.abs(net.kernel(X, get=kind) - value) <= bound + 1e-13 * np.abs(value)).all()
        assert np.isfinite(bound).all()
        assert (value == value.T).all() and (bound == bound.T).all()


def test_a_network_of_tanh_agrees_with_its_finite_ones():
    assert mlp(1, "tanh", 1.5, 0.1).compare(X[:6]).verdict


def test_gaps_and_derivatives_of_tanh():
    net = mlp(2, "tanh", 1.5, 0.1)
    K, G = net.kernel(X), net.gap(X)
    np.testing.assert_allclose(G, np.add.outer(np.diag(K), np.diag(K)) - 2 * K, atol=1e-12)
    step = 1e-4
    for wrt, w, b in (("W_std", step, 0.0), ("b_std", 0.0, step)):
        upper, lower = (mlp(2, "tanh", 1.5 + sign * w, 0.1 + sign * b).kernel(X) for sign in (1, -1))
        slope = (upper - lower) / (2 * step)
        np.testing.assert_allclose(net.derivative(X, wrt=wrt), slope, atol=1e-6 * np.abs(slope).max())


# ---- warnings and errors ------------------------------------------------------------------------------------------------


def test_of_good_values_nothing_is_said_without_a_bound():
    """For warnings about other values see test_estimates."""
    phi = activation("u*tanh(u)")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        phi.dual(1.0, 1.0, 0.5)
        serial(Dense(), phi, Dense()).kernel(X)


def test_formulas_are_still_refused():
    for ask in (lambda p: p.dual_expr, lambda p: p.derivation):
        with pytest.raises(NoClosedForm, match=r"tanh\(u\)"):
            ask(activation("tanh(u)"))


def test_one_answer_at_a_time():
    with pytest.raises(InvalidInput, match="one of them"):
        activation("erf").dual(1, 1, 0.5, bound=True, precision=20)


@pytest.mark.parametrize("text", sweep(["log(u)*u", "exp(u**4)", "1/u"], ["exp(u**4)", "1/u"]))
def test_what_is_infinite_or_undefined_is_refused(text):
    with pytest.raises(NoClosedForm):
        compile_series(activation(text).expr, NoClosedForm("outside")).kappa(
            np.array([1.0]), np.array([1.0]), np.array([0.5]), np.array([0.8])
        )


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("tan(u)", r"[-\d.]+"),
        ("1/u", "0"),
        ("1/(u - 1)", "1"),
        ("1/(u**2 - 2)", r"1\.41421"),
        ("1/sin(u)", "0"),
        ("1/sqrt(Abs(u - 1))", "1"),
        pytest.param("1/log(1 + u**2)", "0", marks=pytest.mark.sweep),  # as 1/sin(u), in three times its time
    ],
)
def test_a_pole_on_the_line_is_refused_with_its_place(text, where):
    for ask in (
        lambda: activation(text).dual(1.0, 1.0, 0.5, bound=True),
        lambda: mlp(1, text, W_std=1.0, b_std=0.0).kernel(X[:3]),
        lambda: activation(text).report().text(),
    ):
        with pytest.raises(NoClosedForm, match=rf"E φ\(u\)² is infinite: φ has a pole at u = {where},"):
            ask()


def test_what_a_gaussian_integrates_is_no_pole():
    """E log²|z| = (π²/8 + ((γ + log 2)/2)²), and at c = 0 the square of E log|z| = −(γ + log 2)/2; high and narrow peaks."""
    mean = (np.euler_gamma + np.log(2)) / 2
    phi = activation("log(Abs(u))")
    assert phi.dual(1.0, 1.0, 1.0, bound=True) == (pytest.approx(np.pi**2 / 8 + mean**2, rel=1e-12), np.inf)
    assert phi.dual(1.0, 1.0, 0.0) == pytest.approx(mean**2, rel=1e-12)
    assert np.isinf(mlp(1, phi, W_std=1.0, b_std=0.0).kernel(X[:3], get="nngp", bound=True)[1]).all()
    for width in (1e-3, 1e-8):
        value, bound = activation(f"{width}/(u**2 + {width}**2)").dual(1.0, 1.0, 1.0, bound=True)
        exact = np.sqrt(np.pi / 8) / width  # to the first order in the width
        assert value == pytest.approx(exact, rel=5 * width)
        assert bound < 1e-9 * value


def test_a_pole_of_the_slope_leaves_the_nngp():
    for text in ("sqrt(Abs(u))", "log(Abs(u))"):
        assert np.isfinite(mlp(1, text, W_std=1.0, b_std=0.0).nngp(X[:3])).all()
        with pytest.raises(NoClosedForm, match=r"E φ'\(u\)² is infinite.*NNGP kernel exists"):
            mlp(1, text, W_std=1.0, b_std=0.0).ntk(X[:3])


def test_an_essential_singularity_costs_sixty_panels_and_not_a_thousand():
    phi = activation("exp(-1/u**2)").series
    with np.errstate(all="ignore"):
        for f in (phi.f, phi.df):
            assert len(coefficients._panels(f, 0.35, 2.9, 256).x) <= 200 * coefficients.NODES
    value, bound = activation("exp(-1/u**2)").dual(1.0, 1.0, 1.0, bound=True)
    assert abs(value - np.exp(-2)) <= bound < 1e-11  # E exp(−2/z²) = exp(−√(2·2))


def test_what_is_unknown_of_a_ball_stays_unknown():
    """sin(1/u) had a bound of 4e-11 and an error of 5e-4: 0 · ∞ counted as a radius of 0."""
    with np.errstate(all="ignore"):
        assert np.isinf(BALLS.sin(1 / Ball(np.array([0.1 + 0.1j]), np.array([0.2]))).bound).all()
    value, bound = activation("sin(1/u)").dual(1.0, 1.0, 1.0, bound=True)
    with mp.workdps(20):
        # E sin²(1/z) = (1 − E cos(2/z))/2, and E cos(2/z) = (2/√(2π)) ∫ cos(2t) exp(−1/(2t²))/t² dt over t > 0
        part = mpmath.quadosc(lambda t: mpmath.cos(2 * t) * mpmath.exp(-1 / (2 * t * t)) / t**2, [0, mp.inf], omega=2)
        exact = (1 - 2 * part / mpmath.sqrt(2 * mpmath.pi)) / 2
    assert abs(value - exact) <= bound


def moment_of_power(p):
    """E|z|^p"""
    return mpmath.power(2, mpmath.mpf(p) / 2) * mpmath.gamma((mpmath.mpf(p) + 1) / 2) / mpmath.sqrt(mpmath.pi)


@pytest.mark.parametrize(("power", "proved"), [("1/4", True), ("2/3", True), ("7/5", True), ("-1/4", False)])
def test_any_rational_power_has_a_kernel_and_a_bound_where_its_growth_is_known(power, proved):
    """At 0 the derivatives are infinite: the part of the panels there is E|z|^2p over (0, 1e-23)."""
    p, phi = Fraction(power), activation(f"Abs(u)**({power})")
    for c, exact in ((1.0, moment_of_power(2 * p.numerator / mpmath.mpf(p.denominator))), (0.0, None)):
        exact = exact if exact is not None else moment_of_power(p.numerator / mpmath.mpf(p.denominator)) ** 2
        value, bound = phi.dual(1.0, 1.0, c, bound=True)
        assert value == pytest.approx(float(exact), rel=1e-12)
        assert abs(value - exact) <= bound and (bound < 1e-10) == proved


def test_powers_of_what_has_no_root_are_smooth():
    for power in ("1/3", "-1/3", "5/7"):
        phi = activation(f"(1 + u**2)**({power})")
        z, w = np.polynomial.hermite_e.hermegauss(150)
        square = float((w / np.sqrt(2 * np.pi)) @ ((1 + z**2) ** float(Fraction(power))) ** 2)
        value, bound = phi.dual(1.0, 1.0, 1.0, bound=True)
        assert value == pytest.approx(square, rel=1e-8) and bound < 1e-12
        assert activation(f"(1 + u**2)**({power})").dual_dot(1.0, 1.0, 0.5, bound=True)[1] < 1e-10


@settings(max_examples=40, deadline=None)
@given(
    st.integers(-9, 9), st.sampled_from([3, 4, 5, 7, 64]), st.floats(-12, 6), st.floats(-3.1, 3.1), st.floats(0, 0.5)
)
def test_a_ball_contains_the_power_of_all_its_numbers(p, q, size, angle, radius):
    for mid in (np.array(10.0**size), np.array(10.0**size * np.exp(1j * angle))):
        ball = Ball(mid, np.array(radius * 10.0**size)) ** (p / q)
        with mp.workdps(40):
            for turn in (0, 0.7, 1, 1.6):
                z = mpmath.mpmathify(complex(mid)) + mpmath.mpf(radius * 10.0**size) * mpmath.expjpi(turn)
                if np.isfinite(ball.rad) and z:
                    exact = mpmath.exp(mpmath.mpf(p) / q * mpmath.log(z))
                    assert abs(exact - mpmath.mpmathify(complex(ball.mid))) <= 1.01 * ball.rad


REASONS = [
    ("sqrt(u)", 1.0, r"φ is not real at u < 0: it has no kernel; write Abs\(u\)"),
    ("u**(1/3)", 1.0, r"φ is not real at u < 0"),
    ("log(u + 2)", 1.0, r"φ is not real at u = -2\.0"),
    ("log(u - 40)/u", 1.0, r"φ is not real at u = "),
    ("sin(exp(u))", 1e4, r"φ leaves the range of float64 from \|u\| = 710, .*variance 1e\+04.* smaller variances"),
    ("exp(u)/(1 + u**2)", 1e4, r"φ leaves the range of float64 from \|u\| = 710"),
    ("tan(u)", 1.0, "pole"),
    ("1/u", 1.0, "pole"),
    ("exp(u**3)", 1.0, "infinite at every variance"),
]


@pytest.mark.parametrize(
    ("text", "variance", "why"), sweep_few(REASONS, [REASONS[2], REASONS[5]])
)  # two take 2 s each; others are refused for the same reasons
def test_what_is_refused_is_refused_for_the_true_reason_and_nothing_is_said_of_bounds(text, variance, why):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for ask in (
            lambda: activation(text).dual(variance, variance, 0.5 * variance),
            lambda: mlp(1, text, W_std=variance**0.5, b_std=0.0).nngp([[1.0, 1.0], [1.0, -0.5]]),
        ):
            with pytest.raises(NoClosedForm, match=why):
                ask()


def test_zero_has_the_kernel_zero():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        phi = activation("0*u")
        assert phi.dual_expr == phi.dual_dot_expr == phi.mean_expr == 0
        assert phi.dual(1.0, 2.0, 0.5) == phi.dual_dot(1.0, 2.0, 0.5) == phi.mean(1.0) == 0.0
        assert phi.dual(1.0, 2.0, 0.5, bound=True) == (0.0, 0.0)
        for text in ("0*u", "1"):
            K, bound = mlp(2, text, b_std=0.5, W_std=1.0).kernel(X[:3], bound=True, get="ntk")
            assert np.allclose(K, 0.25 + (text == "1"), atol=1e-15) and (bound < 1e-12).all()
        assert "κ(1, 1, ρ)" in phi.report().text()


def test_an_infinite_bound_is_told_once_and_the_value_called_an_estimate():
    text = "(exp(u) - exp(-u))/(exp(u) + exp(-u))*3"
    phi = activation(text)
    _WARNED.discard(("bound", phi.text))
    with pytest.warns(UncertifiedWarning, match=r"no rule says how φ grows.*estimate.*half the width.*changes by"):
        assert phi.dual(1.0, 1.0, 0.5, bound=True)[1] == np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        phi.dual(1.0, 1.0, 0.5, bound=True)
        mlp(1, phi, W_std=1.0, b_std=0.0).kernel(X[:3], bound=True)
    _WARNED.discard(("bound", phi.text))
    with pytest.warns(UncertifiedWarning, match="estimate"):
        mlp(1, phi, W_std=1.0, b_std=0.0).kernel(X[:3], bound=True)
    _WARNED.discard(("bound", "exp"))
    with pytest.warns(UncertifiedWarning, match="closed form"):
        activation("exp").dual(1.0, 1.0, 0.5, bound=True)
