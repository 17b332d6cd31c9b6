"""Costs in Abs, Max, Min and Piecewise against differences of their integrals: where they meet, bend and jump."""

from functools import cache

import pytest
from by_quadrature import dense_integral, slope_by_differences
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Eq,
    Function,
    Heaviside,
    IndexedBase,
    Integral,
    Max,
    Min,
    Piecewise,
    Rational,
    S,
    Sum,
    cos,
    exp,
    expand,
    log,
    sign,
    sin,
    sqrt,
    symbols,
)

from ntk_symbolic.calculus import euler_lagrange, functional_derivative, gateaux, second_variation
from ntk_symbolic.errors import IllFormed

x, y, n, N = symbols("x y n N")
a = symbols("a")
f, g, phi, ell = symbols("f g phi ell", cls=Function)
f0, g0, f1 = f(x), g(x), f(x).diff(x)
r = g0 - f0
half, third = Rational(1, 2), Rational(1, 3)
U, V, G = x**2 + sin(5 * x) - half, cos(3 * x) + x, x - x**2 + Rational(1, 5)  # r and f change their signs in [0, 1]


CIRCLE = f0**2 + g0**2 - Rational(1, 5)


def huber(r, d=third):
    return Piecewise((r**2 / 2, Abs(r) <= d), (d * Abs(r) - d**2 / 2, True))


def over(integrand):
    return Integral(integrand, (x, 0, 1))


@cache
def by_differences(integrand) -> float:
    return slope_by_differences(integrand, x, f, U, V, others={g: G})


def agrees(integrand, density, boundary=S.Zero) -> bool:
    """Asserts that ∫ density φ + boundary is the derivative of ∫ integrand along φ."""
    there = dense_integral(density * phi(x), x, {f: U, g: G, phi: V})
    for h, body in {f: U, g: G, Function("varphi"): V}.items():
        boundary = boundary.replace(h, lambda at, body=body: body.xreplace({x: at}))
    there += float(boundary.doit().evalf())
    return by_differences(integrand) == pytest.approx(there, rel=1e-4, abs=1e-4)


MEET = {
    "a cube": Abs(f0) ** 3,
    "a sign times a square": sign(f0) * f0**2,
    "a rectified square": Max(f0, 0) ** 2,
    "a squared hinge": Max(0, 1 - 5 * g0 * f0) ** 2,
    "Huber's loss in y − f": huber(r),
    "Huber's loss, tails first": Piecewise((Abs(r) / 3 - Rational(1, 18), Abs(r) > third), (r**2 / 2, True)),
    "three pieces, a band first": Piecewise(
        (r**2 / 2, (r < third) & (r > -third)), (r / 3 - Rational(1, 18), r >= third), (-r / 3 - Rational(1, 18), True)
    ),
    "an expectile": Piecewise((third * r**2, r > 0), ((1 - third) * r**2, True)),
    "the cosine of a modulus": cos(Abs(f0)),
    "two kinks that cancel": exp(x) * (Max(f0, 0) - Max(-f0, 0)),
    "a square outside a band": Max(0, Abs(r) - third) ** 2,
    "a square outside a circle": Max(0, CIRCLE) ** 2,
}
BEND = {
    "a modulus": (Abs(f0), "f(x) ≠ 0 for almost every x"),
    "a maximum": (Max(f0, 0), "f(x) ≠ 0 for almost every x"),
    "a hinge": (Max(0, 1 - 5 * g0 * f0), "5*f(x)*g(x) - 1 ≠ 0 for almost every x"),
    "a quantile": (Max(third * r, (third - 1) * r), "f(x) - g(x) ≠ 0 for almost every x"),
    "a quantile by a step": (r * (third - Heaviside(-r)), "f(x) - g(x) ≠ 0 for almost every x"),
    "the smaller of two": (Min(f0, g0) * x, "f(x) - g(x) ≠ 0 for almost every x"),
    "the modulus of a sine": (Abs(sin(4 * f0)), "sin(4*f(x)) ≠ 0 for almost every x"),
}


@pytest.mark.parametrize("loss", MEET.values(), ids=MEET)
def test_pieces_that_meet_with_equal_slopes_need_no_hypothesis(loss):
    d = functional_derivative(over(loss), f0)
    assert (d.hypotheses, d.atoms, d.boundary) == ((), 0, 0)
    assert agrees(loss, d.density)


@pytest.mark.parametrize("loss, hypothesis", BEND.values(), ids=BEND)
def test_what_bends_has_a_density_almost_everywhere_and_says_so(loss, hypothesis):
    d = functional_derivative(over(loss), f0)
    assert d.hypotheses == (hypothesis,)
    assert agrees(loss, d.density)
    for question in (lambda: gateaux(over(loss), f0, phi), lambda: euler_lagrange(loss, f0)):
        with pytest.raises(IllFormed, match=r"bends, and has no derivative, where .* = 0; .* functional_derivative"):
            question()


@pytest.mark.parametrize("loss", [Abs(f0) ** 3, huber(r)], ids=str)
def test_the_derivative_along_a_function_is_the_pairing_with_the_density(loss):
    along, density = gateaux(over(loss), f0, phi), functional_derivative(over(loss), f0).density
    assert expand(along.function) == expand(over(density * phi(x)).function)


@pytest.mark.parametrize("loss", [Abs(f0) ** 3, Max(f0, 0)], ids=str)
def test_a_wrong_density_is_noticed(loss):
    density = functional_derivative(over(loss), f0).density
    reversed_, everywhere = density.subs(f0, -f0), density.replace(Heaviside, lambda *_: 1) + x / 10
    for wrong in (-density, density + 1, density * Rational(11, 10), reversed_, everywhere):
        assert not agrees(loss, wrong)


def test_results_are_in_the_form_one_would_write():
    written = {Abs(f0) ** 3: 3 * f0 * Abs(f0), Abs(f0): sign(f0), Abs(f0) ** 2: 2 * f0, log(Abs(f0)): 1 / f0}
    written |= {Max(f0, 0) ** 2: 2 * Max(f0, 0), Max(f0, 0): Heaviside(f0)}
    written |= {f0 * Abs(f0): 2 * Abs(f0), Piecewise((f0, f0 > 0), (0, True)): Piecewise((1, f0 > 0), (0, True))}
    written |= {sin(Abs(f0)): cos(Abs(f0)) * sign(f0)}
    for loss, density in written.items():
        assert functional_derivative(over(loss), f0).density == density
    h = functional_derivative(over(huber(r)), f0).density
    assert h.args[0][0] == -r and h.args[1][0] == sign(-r) / 3


def test_a_kink_may_be_anywhere_that_f_is_seen():
    X = IndexedBase("X")
    told = {
        Abs(f(0)): "f(0) ≠ 0",
        Abs(over(f0)): "Integral(f(x), (x, 0, 1)) ≠ 0",
        Sum(Abs(f(X[n])), (n, 1, N)): "f(X[n]) ≠ 0 for every n",
        Integral(Abs(f(x) - f(y)), (x, 0, 1), (y, 0, 1)): "f(x) - f(y) ≠ 0 for almost every x and almost every y",
        over(ell(Abs(f0), x)): "f(x) ≠ 0 for almost every x",
        over(f0) * exp(over(Abs(f0 - 1))): "f(x) - 1 ≠ 0 for almost every x",
    }
    for J, hypothesis in told.items():
        assert functional_derivative(J, f, x=symbols("z")).hypotheses == (hypothesis,)
    assert functional_derivative(Abs(over(f0)) ** 3, f0).hypotheses == ()


SLOPES = {
    "a cube of the slope": Abs(f1) ** 3,
    "Huber's total variation": huber(f1),
    "a weight with a kink": Abs(x - half) * f1**2,
}


@pytest.mark.parametrize("lagrangian", SLOPES.values(), ids=SLOPES)
def test_what_is_continuous_is_integrated_by_parts(lagrangian):
    d = functional_derivative(over(lagrangian), f0)
    assert d.hypotheses == ()
    assert agrees(lagrangian, d.density, d.boundary)
    assert not agrees(lagrangian, d.density)


REFUSED = {
    "a step": (Heaviside(f0), r"jumps where f\(x\) = 0"),
    "pieces that do not meet": (Piecewise((1, f0 > 0), (0, True)), r"jumps where f\(x\) = 0"),
    "a value apart": (Piecewise((5, Eq(f0, 0)), (f0, True)), r"jumps where f\(x\) = 0"),
    "Huber's loss with the wrong offset": (
        Piecewise((r**2, Abs(r) < 1), (Abs(r), True)) + Abs(r) * Heaviside(r - 1),
        "jumps",
    ),
    "a root of a modulus": (sqrt(Abs(f0)), r"infinite slope where f\(x\) = 0"),
    "an unknown power": (Abs(f0) ** a, r"not shown to have a derivative where f\(x\) = 0"),
    "a jump on a circle": (Abs(CIRCLE) / CIRCLE, "not shown to have a derivative"),
    "a root on a circle": (sqrt(Abs(CIRCLE)), "not shown to have a derivative"),
    "a step on a circle": (Piecewise((1, CIRCLE > 0), (0, True)), "not shown to have a derivative"),
    "total variation": (Abs(f1), r"sign\(f'\(x\)\) jumps"),
    "too many pieces": (Max(f0, 1, 2 * f0 - 1, g0, -f0, 3 * f0 - 2) * Abs(f0 - 5) * Abs(f0 - 6), "not shown"),
}


@pytest.mark.parametrize("integrand, reason", REFUSED.values(), ids=REFUSED)
def test_is_refused_with_the_true_reason(integrand, reason):
    with pytest.raises(IllFormed, match=reason):
        functional_derivative(over(integrand), f0)


def test_a_second_variation_must_meet_twice():
    assert second_variation(over(Abs(f0) ** 3), f, phi, phi) == over(6 * phi(x) ** 2 * Abs(f0))
    for loss in (huber(r), Max(f0, 0) ** 2):
        with pytest.raises(IllFormed, match="bends"):
            second_variation(over(loss), f0, phi, phi)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(*[st.integers(-2, 2)] * 4, st.sampled_from([-2, -1, 1, 3]), st.integers(-3, 3), st.booleans())
def test_two_polynomials_are_told_apart_at_their_joint(slope, square, jump, bend, factor, knot, turned):
    """The pieces meet, bend or jump as constructed, for any multiple of f − g in the condition."""
    u = f0 - g0 - knot
    p = slope * u + square * u**2
    q = p + jump + bend * u + 2 * u**2
    condition = (factor * f0 < factor * (g0 + knot)) if turned else (u >= 0)
    J = over(Piecewise((p, condition), (q, True)))
    if jump:
        with pytest.raises(IllFormed, match="jumps"):
            functional_derivative(J, f0)
    else:
        assert len(functional_derivative(J, f0).hypotheses) == bool(bend)
