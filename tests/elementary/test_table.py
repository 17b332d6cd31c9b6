"""Every column of every row of the table, compared with the function's own values: a row that claims too much or too little
fails."""

import math
from dataclasses import replace
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from sympy import (
    Abs,
    Dummy,
    I,
    Interval,
    Rational,
    acot,
    asinh,
    atan,
    erf,
    erfc,
    erfi,
    exp,
    latex,
    limit,
    log,
    nsimplify,
    pi,
    sign,
    tan,
    tanh,
)

from ntk_symbolic import arrays
from ntk_symbolic.activations.numbers.balls import BALLS, Ball
from ntk_symbolic.elementary.queries import exponentials, row_of
from ntk_symbolic.elementary.table import LINE, TABLE, At, Elementary

u = Dummy("u", real=True)
ROWS = {row.name: row for row in TABLE if row.arguments[0] == 1}
PLACES = [Rational(n, 12) for n in (-60, -37, -27, -18, -12, -9, -4, -1, 0, 2, 5, 9, 12, 18, 25, 37, 60)]
EDGES = [Rational(-1), Rational(0), Rational(1), pi / 2, pi]
CODES = {name: row for name, row in ROWS.items() if row.array}


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(30):
        yield


each_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


def points(row: Elementary) -> list[Rational]:
    """Places in the domain at which the function is analytic."""
    return [x for x in PLACES if _analytic(row, x)]


def _analytic(row: Elementary, x: Rational) -> bool:
    return x in row.domain and all(e != 0 for e in row.singular(x))


def value(row: Elementary, x: object) -> mpmath.mpf:
    return mpmath.mpmathify(row.function(x).evalf(30))


def edge(row: Elementary) -> object:
    """A point at which it is not analytic, an end of its domain or inside."""
    return next(
        x for x in EDGES if x in row.domain.closure and any(e.equals(0) or not e.is_finite for e in row.singular(x))
    )


def test_the_name_of_a_row_is_that_of_a_class_and_stands_once():
    assert len({row.function for row in TABLE}) == len({row.name for row in TABLE}) == len(TABLE)
    for row in ROWS.values():
        assert row_of(row.function(u)) is row


@each_row
def test_it_is_real_in_its_domain_and_has_the_values_that_are_said(row):
    far = [x for x in (*EDGES, Rational(-1000), Rational(1000)) if x in row.domain and row.function(x).is_finite]
    for x in (*points(row), *far):
        found = row.function(x)
        assert found.is_real is not False and found.evalf(30) in row.values.closure


@each_row
def test_it_is_not_real_outside_of_its_domain(row):
    outside = [x for x in PLACES if x not in row.domain.closure]
    assert outside or row.domain.closure == LINE or row.name in ("gamma", "loggamma")
    assert all(row.function(x).evalf(30).is_real is not True for x in outside if row.name not in ("gamma", "loggamma"))


@each_row
def test_where_it_is_said_to_have_a_value_everywhere_it_has_one_at_its_edge(row):
    if row.there is None:
        assert row.everywhere == (row.domain == LINE)
    elif row.name != "Heaviside":  # the convention is an argument
        at = row.function(edge(row))
        assert (at.is_finite is True and at.is_real is not False) == (row.there is not At.INFINITE)


@each_row
def test_other_functions_of_numbers_have_its_values(row):
    for x in points(row):
        wanted = value(row, x)
        assert row.float(float(x)) == pytest.approx(float(wanted), rel=1e-13, abs=1e-300)
        if not row.cases:
            assert mpmath.almosteq(row.digits(mpmath.mpf(x.p) / x.q), wanted, rel_eps=mpmath.mpf(10) ** -25)


@each_row
def test_python_numbers_outside_of_the_domain_are_refused(row):
    for x in (-3.0, 0.5, 3.0):
        if nsimplify(x) not in row.domain.closure and row.name not in ("gamma", "loggamma"):
            with pytest.raises((ValueError, TypeError)):
                row.float(x)


@each_row
def test_its_parity_is_the_one_stated(row):
    both = [x for x in points(row) if _analytic(row, -x)]
    both += [Rational(0)] if row.everywhere else []
    kept = [value(row, x) for x in both], [value(row, -x) for x in both]
    for side in (1, -1):
        held = bool(both) and all(abs(x - side * y) <= 1e-25 * abs(x) for x, y in zip(*kept))
        assert held == (row.parity == side)


@each_row
def test_it_rises_or_falls_as_stated(row):
    if (isinstance(row.domain, Interval) and row.there is not At.INFINITE) or row.name in ("log", "atanh"):
        steps = {mpmath.sign(y - x) for x, y in pairwise(value(row, x) for x in points(row))}
        assert row.rises == (steps.pop() if len(steps) == 1 else 0)
    else:
        assert not row.rises


@each_row
def test_it_is_analytic_where_nothing_singular_vanishes(row):
    """Values and slopes meet at the points at which some function is singular."""
    h = Rational(1, 10**6)
    for at in EDGES:
        if at in row.domain.closure and not any(e.equals(0) or not e.is_finite for e in row.singular(at)):
            assert at not in row.domain.boundary
            left, middle, right = (value(row, at + k * h) for k in (-1, 0, 1))
            assert abs(right - left) < 1e-3 * (1 + abs(middle))
            assert abs(right - 2 * middle + left) < 1e-9 * (1 + abs(middle))


@each_row
def test_its_slope_is_that_of_sympy_where_it_is_analytic(row):
    slope = row.function(u).diff(u) if not row.cases else None
    h = mpmath.mpf(10) ** -12
    with mpmath.workdps(40):
        for x in points(row):
            if slope is not None and x not in row.domain.boundary:
                there = mpmath.mpf(x.p) / x.q
                rate = (row.digits(there + h) - row.digits(there - h)) / (2 * h)
                assert abs(rate - mpmath.mpmathify(slope.subs(u, x).evalf(30))) < 1e-15 * (1 + abs(rate)) ** 4


@each_row
def test_at_its_edge_it_does_what_is_said(row):
    if row.there is None:
        assert row.singular(u) == ()
        return
    at = edge(row)
    sides = [
        [value(row, at + s * Rational(1, 10**n)) for n in (6, 9)]
        for s in (1, -1)
        if at + s * Rational(1, 10**6) in row.domain
    ]
    near = [x[1] for x in sides]
    rates = [(x[0] - x[1]) * 10**6 for x in sides]
    if row.there is At.INFINITE:
        assert max(abs(x[1]) for x in sides) > max(abs(x[0]) for x in sides) + 3
    elif row.there is At.JUMPS:
        assert abs(near[0] - near[1]) > 0.9
    elif row.there is At.BENDS:
        assert abs(near[0] - near[1]) < 1e-8 and abs(rates[0] + rates[1]) > 0.5 * abs(rates[0])
    else:
        assert len(sides) == 1 and abs(rates[0]) > 900 and abs(near[0] - value(row, at)) < 1e-4


@each_row
def test_it_is_no_larger_than_its_argument_where_that_is_said(row):
    fine = [x for x in (*points(row), Rational(1, 100), Rational(-1, 100)) if x in row.domain]
    held = all(abs(value(row, x)) <= abs(x) for x in fine)
    assert (held and row.everywhere) == row.contracts


@each_row
def test_its_inverse_leads_back(row):
    if row.inverse is None:
        return
    for x in points(row):
        back = row.inverse(row.function(x))
        assert abs(mpmath.mpmathify(back.evalf(30)) - (abs(x) if row.parity == 1 else x)) < 1e-20 * math.exp(x**2)


@each_row
def test_its_branch_cuts_if_any_lie_on_an_axis(row):
    """Functions of complex numbers are compared on both sides of the two axes: a meromorphic one goes through."""
    if row.cases:
        assert not row.meromorphic
        return
    apart = 0.0
    for r in (0.3, 0.7, 1.3, 2.4, 3.6):
        for side in (1, -1):
            for along, across in ((mpmath.mpc(1), mpmath.mpc(0, 1)), (mpmath.mpc(0, 1), mpmath.mpc(1))):
                left, right = (row.digits(side * r * along + s * 1e-9 * across) for s in (1, -1))
                apart = max(apart, float(abs(left - right) / (1 + abs(left))))
    assert (apart < 1e-6) == row.meromorphic


@each_row
def test_it_fades_as_fast_as_is_said(row):
    """At an argument of so many digits, the term that is hidden is as small."""
    digits = 15
    if row.function in exponentials() and row.fades:
        t = Dummy("t", positive=True)
        e = row.function(u).rewrite(exp).subs(exp(-u), t).subs(exp(u), 1 / t)
        power = next(
            k for k in (-1, 0, 1) if limit(e / t**k, t, 0) not in (0, math.inf) and limit(e / t**k, t, 0).is_finite
        )
        lost = (e / t**power / limit(e / t**power, t, 0) - 1).subs(t, exp(-Rational(row.fades[0] * digits))).evalf(40)
        assert row.fades[1] == 1 and 1e-2 < abs(lost) * 10**digits < 1e2
    elif row.fades:
        with mpmath.workdps(40):
            x = -mpmath.root(row.fades[0] * digits, row.fades[1])
            assert 1e-2 < abs(1 - row.digits(x) / row.digits(mpmath.mpf(-100))) * 10**digits < 1e2
    else:
        real = row.function in exponentials() and not row.function(u).rewrite(exp).has(I)
        assert not real and row.name not in ("erf", "erfc")


@pytest.mark.parametrize("row", CODES.values(), ids=CODES)
def test_array_code_has_its_values_and_balls_hold_them(row):
    """On numbers, and on discs of the complex plane around them."""
    x = np.array([float(p) for p in points(row)])
    wanted = np.array([float(value(row, p)) for p in points(row)])
    np.testing.assert_allclose(computed(row, np, x), wanted, rtol=1e-14, atol=2e-16)
    for rad in (0.0, 1e-9, 1e-2):
        held = computed(row, BALLS, Ball(x, np.full(len(x), rad)))
        assert np.all(np.isfinite(held.rad)) or row.domain != LINE or row.there, f"{row.name} has no rule of balls"
        for turn in (0, 1, -1):
            there = [abs(p) if row.cases else row.digits(p) for p in (mpmath.mpf(p) + turn * rad for p in x)]
            assert np.all(np.abs(held.mid - np.array([complex(z) for z in there])) <= held.rad + 1e-300)
    if row.cases:
        return
    z = np.array([p + 1j * y for p in x for y in (-0.6, 0.2, 1.1)])
    held = computed(row, BALLS, Ball(z, np.full(len(z), 0.05)))
    for turn in np.exp(2j * np.pi * np.arange(5) / 5):
        there = np.array([complex(row.digits(mpmath.mpmathify(p + 0.05 * turn))) for p in z])
        assert np.all(np.abs(held.mid - there) <= held.rad * (1 + 1e-12))


def computed(row: Elementary, xp: object, x: object) -> object:
    return eval(row.array.format("x"), {"xp": xp, "x": x} | vars(arrays))


@pytest.mark.parametrize("row", [row for row in TABLE if row.arguments[0] == 2], ids=lambda row: row.name)
def test_of_two_numbers_the_extreme_ones_bend_where_they_meet(row):
    assert row.float(2.0, 3.0) == float(row.function(2, 3)) and row.there is At.BENDS
    v = Dummy("v", real=True)
    assert row.singular(u, v) == (u - v,)


def test_the_value_of_a_step_where_it_jumps_is_an_argument():
    step = next(row for row in TABLE if row.arguments == (1, 2))
    assert step.function(0, 0) != step.function(0, 1) and 0 not in step.domain


WRONG = {
    "log is not defined everywhere": (
        log,
        {"domain": LINE},
        test_it_is_real_in_its_domain_and_has_the_values_that_are_said,
    ),
    "tan is not bounded": (
        tan,
        {"values": Interval(-1, 1)},
        test_it_is_real_in_its_domain_and_has_the_values_that_are_said,
    ),
    "sign jumps": (
        sign,
        {"there": None, "singular": lambda u: ()},
        test_it_is_analytic_where_nothing_singular_vanishes,
    ),
    "|u| bends": (Abs, {"there": At.JUMPS}, test_at_its_edge_it_does_what_is_said),
    "acot is not odd": (acot, {"parity": -1}, test_its_parity_is_the_one_stated),
    "tan has poles elsewhere": (tan, {"singular": lambda u: (u,)}, test_at_its_edge_it_does_what_is_said),
    "atan has branches": (atan, {"meromorphic": True}, test_its_branch_cuts_if_any_lie_on_an_axis),
    "erf is steeper than 1": (erf, {"contracts": True}, test_it_is_no_larger_than_its_argument_where_that_is_said),
    "erfc falls": (erfc, {"rises": 1}, test_it_rises_or_falls_as_stated),
    "asinh is not its own inverse": (asinh, {"inverse": asinh}, test_its_inverse_leads_back),
    "tanh fades at 1.15 a digit": (tanh, {"fades": (1.0, 1)}, test_it_fades_as_fast_as_is_said),
    "erfi is not erf": (erfi, {"array": "erf({})"}, test_array_code_has_its_values_and_balls_hold_them),
}


@pytest.mark.parametrize("function, change, test", WRONG.values(), ids=WRONG)
def test_a_wrong_row_fails(function, change, test):
    with pytest.raises((AssertionError, TypeError, StopIteration)):
        test(replace(row_of(function(u)), **change))


@each_row
def test_it_is_set_in_latex(row):
    assert r"\mathtt" not in latex(row.function(u))
