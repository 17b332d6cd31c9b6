"""Every change of sign is found, and every point found is a change of sign."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    E,
    Rational,
    S,
    Symbol,
    acosh,
    asinh,
    atan,
    cos,
    cosh,
    erf,
    erfc,
    erfi,
    erfinv,
    exp,
    lambdify,
    log,
    oo,
    pi,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)

from ntk_symbolic.activations.form.signs import sign_of_number
from ntk_symbolic.activations.form.variables import u
from ntk_symbolic.activations.form.zeros import Crossing, zeros
from ntk_symbolic.errors import NoClosedForm

p = Symbol("p", positive=True)

EXACT = [
    (exp(u) - 2, [log(2)]),
    (3 * exp(-(u**2)) - 1, [-sqrt(log(3)), sqrt(log(3))]),
    (exp(u) + 1, []),
    (7 * exp(10 * u / 7) / 10 - Rational(7, 10), [S.Zero]),
    (exp(2 * u) - 3 * exp(u) + 2, [S.Zero, log(2)]),
    (erf(u) - Rational(1, 2), [erfinv(Rational(1, 2))]),
    (erfc(2 * u) - 3, []),
    (tanh(u) - Rational(1, 2), [log(3) / 2]),
    (atan(u) - pi / 3, [sqrt(3)]),
    (atan(u) - 2, []),
    (sinh(u) - 1, [asinh(1)]),
    (asinh(u) - 1, [sinh(1)]),
    (cosh(u) - 2, [-acosh(2), acosh(2)]),
    (log(1 + u**2) - 1, [-sqrt(E - 1), sqrt(E - 1)]),
    (sqrt(1 + u**2) - 2, [-sqrt(3), sqrt(3)]),
    (sqrt(2) * u**2 - pi, [-sqrt(sqrt(2) * pi / 2), sqrt(sqrt(2) * pi / 2)]),
    (u / (1 + exp(-u)), [S.Zero]),
    (exp(u / p) - 1, [S.Zero]),
    (exp(p * u) - exp(p), [S.One]),
    (u - sin(u), [S.Zero]),
    (u - tanh(u), [S.Zero]),
    (erfi(u) - erf(u), [S.Zero]),
]


@pytest.mark.parametrize(("e", "wanted"), EXACT, ids=[str(e) for e, _ in EXACT])
def test_a_zero_with_a_formula_has_it(e, wanted):
    found = zeros(e, u)
    assert len(found) == len(wanted)
    assert all((x - y).simplify() == 0 for x, y in zip(found, wanted, strict=True))


def test_a_zero_without_a_formula_is_a_number_of_as_many_digits_as_are_asked_for():
    (omega,) = zeros(u * exp(u) - 1, u)
    assert str(omega.evalf(50)) == "0.56714329040978387299996866221035554975381578718651"  # Corless et al. 1996
    assert isinstance(omega, Crossing) and not omega.free_symbols and omega.diff(u) == 0
    assert omega == pickle.loads(pickle.dumps(omega)) == zeros(u * exp(u) - 1, u)[0]
    assert str(omega) == "zero(u*exp(u) - 1, u = 0.567143)"


def test_between_finite_ends_a_wave_has_finitely_many():
    assert zeros(sin(u), u, S(-4), S(4)) == [-pi, 0, pi]
    assert zeros(2 * sin(3 * u + 1) - 1, u, S(0), S(1)) == [-Rational(1, 3) + 5 * pi / 18]
    assert zeros(sin(u) + cos(u), u, S(0), S(3)) == [3 * pi / 4]
    assert zeros(sin(4 * tanh(u)), u)[1:2] == [0]
    with pytest.raises(NoClosedForm, match=r"sin\(u\) = 0 at infinitely many u, .*Piecewise\(\(φ, Abs\(u\) < 20\)"):
        zeros(sin(u), u)
    with pytest.raises(NoClosedForm, match="at too many u"):
        zeros(sin(u), u, S(-400), S(400))


@pytest.mark.parametrize("e", [tan(u) - u, u**2 * tan(u) + 1, sin(u) * u - 1], ids=str)
def test_what_is_not_found_is_refused(e):
    with pytest.raises(NoClosedForm):
        zeros(e, u)


def test_equal_numbers_that_are_written_differently_are_one():
    assert sign_of_number((sqrt(2) + sqrt(3)) ** 2 - 5 - 2 * sqrt(6)) == 0
    assert sign_of_number(exp(-200) + S.One - 1) == 1
    (x,), (y,) = zeros(u * exp(u) - 1, u), zeros(u - exp(-u), u)
    assert sign_of_number(x - y) == 0


NUMBERS = st.integers(-4, 4).filter(bool).map(lambda n: Rational(n, 2))
TERMS = st.one_of(
    st.sampled_from([u, u**2, u**3]),
    st.tuples(st.sampled_from([exp, tanh, erf, atan, sinh, cosh, sin, cos]), st.sampled_from([1, -1, 2])).map(
        lambda x: x[0](x[1] * u)
    ),
    st.sampled_from([u * exp(u), exp(-(u**2)), u * exp(-(u**2)), log(1 + u**2), sqrt(1 + u**2), u * tanh(u)]),
)
SUMS = st.tuples(NUMBERS, st.lists(st.tuples(NUMBERS, TERMS), min_size=1, max_size=2)).map(
    lambda x: x[0] + sum(k * term for k, term in x[1])
)
REACH = Rational(13, 2)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(SUMS, st.booleans())
def test_every_change_of_sign_on_a_grid_has_a_zero_in_it_and_every_zero_is_one(e, everywhere):
    if not e.has(u):
        return
    try:
        found = zeros(e, u) if everywhere else zeros(e, u, -REACH, REACH)
    except NoClosedForm:
        return
    places = [float(x) for x in found if abs(float(x)) < REACH]
    grid = np.linspace(-float(REACH), float(REACH), 4002)
    f = lambdify(u, e, "scipy")
    value, size = (np.broadcast_to(g(grid), grid.shape) for g in (f, lambda x: 1 + np.abs(f(x))))
    clear = np.abs(value) > 1e-9 * size
    left, right = (np.flatnonzero(clear)[:-1], np.flatnonzero(clear)[1:])
    turned = np.sign(value[left]) != np.sign(value[right])
    for k, m in zip(left[turned], right[turned], strict=True):
        assert any(grid[k] <= x <= grid[m] for x in places), (e, grid[k], places)
    for x in found:
        at, around = e.subs(u, x).evalf(30), abs(e.diff(u).subs(u, x).evalf(10))
        assert abs(at) < 1e-20 * (1 + around) * math.exp(min(abs(float(x)), 50)), (e, x)
    assert found == sorted(found, key=float) and all(-oo < x < oo for x in found)
