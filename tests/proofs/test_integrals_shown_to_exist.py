"""Proofs that integrals of explicit functions exist: bounded ones, zeros with exponents above −1, decay."""

import pytest
from sympy import Abs, Integral, Max, Piecewise, Rational, Symbol, cosh, erf, exp, log, oo, pi, sign, sin, sqrt, tan

from ntk_symbolic.calculus import Functional, Lam, Over, Space
from ntk_symbolic.proofs.judges.convergence import not_shown_to_exist
from ntk_symbolic.proofs.judges.ranges import sign_on


def interval(name, low, high, density=1):
    return Space(name, "measure", name.lower(), interval=(low, high), density=density)


z_ = Symbol("z")
U, V, B = interval("U", 0, 1), interval("V", 0, 1), interval("B", -1, 1)
R, H = interval("R", -oo, oo), interval("H", 0, oo)
Steep, Gauss = interval("W", 0, 1, 1 / Symbol("w")), interval("Z", -oo, oo, exp(-(z_**2) / 2) / sqrt(2 * pi))
u, v, b, r, h, w, z = (space.point() for space in (U, V, B, R, H, Steep, Gauss))
a, p = Symbol("a", real=True), Symbol("p", positive=True)
half, C = Rational(1, 2), Functional("C", of=[U])

SHOWN = [
    Over(1 / (exp(u) - 3), u), Over(1 / (1 + p * u), u), Over(1 / (u * v + 1), u, v), Over(tan(u), u), Over(sign(b), b),
    Over(Piecewise((u, u > half), (1, True)), u), Over(Over(1 / (u * v + 1), v), u),
    Over(log(u) / sqrt(u), u), Over(1 / sqrt(u * v), u, v), Over(1 / sqrt(u * (1 - u)), u), Over(Abs(b) ** -half, b),
    Over(exp(-(r**2)), r), Over(1 / (1 + r**2), r), Over(exp(-p * h) * sin(h), h), Over(exp(-h) / sqrt(h), h),
    Over(z**6 * exp(z), z), Over(log(1 + exp(z)), z), Over(1 / (1 + exp(-z)), z), Over(Max(z, 0) ** 2, z), Over(erf(z), z),
    Over(cosh(z), z), Over(Abs(z), z), Over(sqrt(1 + z**2), z), Integral(exp(-p * a), (a, 0, p)),
]  # fmt: skip
NOT_SHOWN = [
    Over(1 / u, u), Over(1 / (exp(u) - 2), u), Over(1 / (u - a), u), Over(1 / sin(b), b), Over(1 / (1 - 2 * cosh(b) / 3), b),
    Over(1 / (u**2 - half), u), Over(tan(2 * u), u), Over(log(b), b), Over(log(log(u)), u), Over(sqrt(b), b),
    Over(exp(1 / u), u), Over(1 / log(u), u), Over(1 / (u * sqrt(u)), u), Over(1 / Abs(b), b), Over(b ** -half, b),
    Over(1 / (u * v - half), u, v), Over(1 / (u - v), u, v), Over(Abs(u * v - half) ** -half, u, v),
    Over(1 / Max(u - half, 0), u), Over(1 / Piecewise((b, b > 0), (1, True)), b),
    Over(r, r), Over(sin(r), r), Over(r / (1 + r**2), r), Over(1 / sqrt(1 + r**2), r), Over(exp(-r), r), Over(1 / r**2, r),
    Over(1 / (1 + exp(r)), r), Over(exp(-a * h), h), Over(1 / h**2, h), Over(exp(z**2 / 2), z), Over(exp(exp(z)), z),
    Over(1 - w, w), Steep.mass, C(Lam(Over(1 / (u * v - half), v), u)), Integral(1 / a, (a, -1, 1)), Integral(1 / a, a),
]  # fmt: skip


@pytest.mark.parametrize("integral", SHOWN, ids=str)
def test_it_is_shown_to_exist(integral):
    assert not_shown_to_exist((integral,)) is None


@pytest.mark.parametrize("integral", NOT_SHOWN, ids=str)
def test_it_is_not(integral):
    assert not_shown_to_exist((integral,)) is not None


def test_what_an_abstract_function_leaves_is_the_claim_of_the_line():
    g = Functional("g", [U])
    assert not_shown_to_exist((Over(g(u) / (exp(u) - 2), u),)) is None
    assert not_shown_to_exist((Over(g(U.point("s")) / (exp(u) - 2), u),)) is not None


def test_a_sign_is_told_only_where_it_is_one():
    box = {u: U.interval, v: V.interval}
    assert [sign_on(e, box) for e in (u * v - 2, exp(u - v) - Rational(1, 3), u - v, 1 - u)] == [-1, 1, 0, 0]
