"""Digits and enclosures of activations without a closed dual: by their references, by each other, by closed forms."""

import json
import warnings
from functools import cache
from pathlib import Path

import mpmath
import numpy as np
import pytest
from sweeps import sweep

from ntk_symbolic import Dense, activation, mlp, serial
from ntk_symbolic.activations.code.codegen import compile_series
from ntk_symbolic.errors import InvalidInput, NoClosedForm, NoTangentKernel, UncertifiedWarning
from ntk_symbolic.exact import dual as exact_dual
from ntk_symbolic.exact import mehler, readings
from ntk_symbolic.exact.arithmetic import Digits
from ntk_symbolic.exact.outside import Outside
from ntk_symbolic.exact.plane import plane
from ntk_symbolic.exact.relation import APART, Relation
from ntk_symbolic.gauss import legendre_in_digits

ROWS = json.loads((Path(__file__).parent.parent / "references" / "outside.json").read_text())["rows"]
ELU = "Piecewise((u, u > 0), (exp(u) - 1, True))"
X = np.array([[1.0, 0.5, -0.3], [-1.0, -0.5, 0.3], [0.0, 0.0, 0.0], [0.3, -1.2, 0.8]])


@pytest.fixture(autouse=True)
def warned():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UncertifiedWarning)
        yield


@cache
def integrated(text):
    """An activation whose closed form is not used."""
    expr = activation(text).expr
    return Outside(expr, compile_series(expr, NoClosedForm(text)))


MODERATE = [row for row in ROWS if max(row[1:3]) < 10 and abs(row[3]) < 0.9 * (row[1] * row[2]) ** 0.5]


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, marks=() if row[0] in ("tanh", "silu") else pytest.mark.sweep) for row in MODERATE[::7]],
    ids=lambda row: f"{row[0]}-{row[3]:.3g}",
)
def test_digits_are_those_of_the_references(row):
    name, *at, kappa, kappa_dot = row
    phi = activation(name)
    with mpmath.workdps(30):
        for f, known in ((phi.dual, kappa), (phi.dual_dot, kappa_dot)):
            assert abs(f(*at, precision=18) - mpmath.mpf(known)) <= mpmath.mpf("1e-18")
            lo, hi = f(*at, certified=True)
            assert lo <= mpmath.mpf(known) <= hi <= lo + 1e-10


@pytest.mark.parametrize("text", ["gelu", "erf(u/2 + 1/3)", ELU, "Max(-1, Min(1, u))"])
@pytest.mark.parametrize("rho", [-0.3, 1, -1])
def test_quadrature_has_every_digit_of_a_closed_form(text, rho):
    K = Digits(100)
    with K.working():
        a, b = K.number(1.3), K.number(0.4)
        known = Relation(rho if abs(rho) == 1 else 0)
        moments = (a, b, rho * mpmath.sqrt(a * b))
        for f in (exact_dual.kappa, exact_dual.kappa_dot):
            closed = f(activation(text)._dual, moments, known, K)
            assert abs(f(integrated(text), moments, known, K) - closed) <= mpmath.mpf(10) ** -22


def test_the_series_and_the_integral_over_the_plane_agree():
    """They share φ and the search for panels, and no other step."""
    K = Digits(50)
    with K.working():
        f = activation("Abs(tanh(u))")._exact.functions
        a, b, c = (K.number(x) for x in (1.5, 0.75, 0.5))
        rho = c / mpmath.sqrt(a * b)
        for order in (0, 1):
            value = mehler.dual_value(f, order, (a, b, c), K)
            assert abs(plane(f[order], mpmath.sqrt(a), mpmath.sqrt(b), rho, K) - value) <= mpmath.mpf(10) ** -12


@pytest.mark.parametrize("rho", [-1 + 2.0**-20])
def test_near_parallel_inputs_with_a_kink_have_their_digits(rho):
    """relu and its closed form, where Mehler's series would need millions of terms."""
    K = Digits(70)
    with K.working():
        one = K.number(1)
        for order, f in enumerate((exact_dual.kappa, exact_dual.kappa_dot)):
            closed = f(activation("relu")._dual, (one, one, K.number(rho)), APART, K)
            found = plane(integrated("relu").functions[order], one, one, K.number(rho), K)
            assert abs(found - closed) <= mpmath.mpf(10) ** -18


NETWORKS = [
    ("tanh", 3, 0.1, [0, 3]),
    ("softplus", 2, 0.0, [0, 2]),
    ("Abs(tanh(u))", 1, 0.0, [0, 1, 2]),
    ("u/(1 + Abs(u))", 1, 0.3, [0, 3]),
]


@pytest.mark.parametrize(("text", "depth", "b_std", "rows"), sweep(NETWORKS, NETWORKS[:1] + NETWORKS[2:3]))
def test_kernels_lie_within_their_bounds(text, depth, b_std, rows):
    """The inputs include parallel, antipodal and zero vectors."""
    net = mlp(depth, text, 1.2, b_std)
    digits, (value, bound), (lo, hi) = (
        net.kernel(X[rows], **ask) for ask in ({"precision": 12}, {"bound": True}, {"certified": True})
    )
    assert digits.shape == lo.shape == (len(rows),) * 2 and lo.dtype == np.float64 and np.array_equal(lo, lo.T)
    for i in np.ndindex(digits.shape):
        slack = mpmath.mpf("1e-12") * abs(digits[i])
        assert abs(digits[i] - mpmath.mpf(value[i])) <= bound[i] + slack
        assert lo[i] - slack <= digits[i] <= hi[i] + slack
    assert (hi - lo <= 2.001 * bound + 1e-300 + 1e-15 * abs(value)).all()


def test_thirty_digits_agree_with_twenty():
    net = mlp(1, "tanh", 1.5, 0.1)
    twenty, thirty = (net.kernel(X[:1], X[3:], precision=n)[0, 0] for n in (20, 30))
    with mpmath.workdps(50):
        assert 0 < abs(twenty - thirty) <= mpmath.mpf(10) ** -19 * abs(thirty)


@pytest.mark.parametrize("variance", [1e-6, 100.0])
def test_small_and_large_variances(variance):
    phi = activation("tanh")
    at = (variance, variance, variance / 4)
    for f in (phi.dual, phi.dual_dot):
        lo, hi = f(*at, certified=True)
        assert lo <= f(*at, precision=18) <= hi


def test_one_layer_outside_the_class_is_enough():
    net = serial(Dense(W_std=1.2), activation("tanh"), Dense(W_std=1.1, b_std=0.2), activation("erf"), Dense())
    lo, hi = net.kernel(X[[0, 3]], certified=True)
    digits = net.kernel(X[[0, 3]], precision=20)
    assert (lo <= digits).all() and (digits <= hi).all() and (hi - lo < 1e-7).all()


def test_a_zero_vector_meets_the_mean_of_both_sides_of_a_kink():
    phi = activation("Max(u, 0)*(1 + tanh(u))")
    for ask in ({}, {"precision": 15}):
        assert phi.dual_dot(0.0, 0.0, 0.0, **ask) == pytest.approx(0.25, rel=1e-14)
    lo, hi = phi.dual_dot(0.0, 0.0, 0.0, certified=True)
    assert lo <= 0.25 <= hi


# ---- mistakes are found ----------------------------------------------------------------------------------------------


def test_a_factor_dropped_from_the_slope_is_noticed(monkeypatch):
    row = ROWS[0]
    monkeypatch.setattr(mehler, "_slope", lambda left, right, rho: mehler._sum(left[1:], right[1:], rho))
    wrong = activation(row[0]).dual_dot(*row[1:4], precision=15)
    lo, hi = activation(row[0]).dual_dot(*row[1:4], certified=True)
    assert not lo <= wrong <= hi
    assert abs(wrong - mpmath.mpf(row[5])) > 1e-3


def test_too_few_nodes_are_refused_and_not_believed(monkeypatch):
    """With twelve nodes on every panel at any precision no two evaluations agree."""
    with mpmath.workdps(40):
        x, w = legendre_in_digits(12)

    def points(p, q, K):
        return (((q + p) / 2 + (q - p) / 2 * s, (q - p) / 2 * t) for s, t in zip(x, w, strict=True))

    monkeypatch.setattr(mehler, "points", points)
    monkeypatch.setattr(readings, "QUADRATURE_GUARD", 100)
    with pytest.raises(InvalidInput, match="20 digits are not reached"):
        activation("tanh").dual(1.0, 1.0, 0.5, precision=20)


# ---- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (
            lambda: mlp(1, "sinh(u)*tanh(u)", W_std=1.0, b_std=0.0).kernel([[1.0]], certified=True),
            InvalidInput,
            "precision=30 for digits",
        ),
        (lambda: activation("sinh(u)*tanh(u)").dual(1, 1, 0.5, certified=True), InvalidInput, "bound=True"),
        (lambda: activation("tanh").dual(1.0, 1.0, 1.1, certified=True), InvalidInput, "no covariance"),
        (lambda: activation("tanh").dual(1.0, 1.0, 1.1, precision=9), InvalidInput, "no covariance"),
        (
            lambda: mlp(1, "sign(u)*exp(tanh(u))", W_std=1.0, b_std=0.0).kernel([[1.0]], precision=9),
            NoTangentKernel,
            "nngp",
        ),
        (lambda: activation("sign(u)*exp(tanh(u))").dual_dot(1, 1, 0.5, precision=9), NoClosedForm, "jumps"),
        (lambda: activation("1/u").dual(1, 1, 0.5, precision=9), NoClosedForm, "pole"),
        (lambda: activation("tan(u)").dual(1, 1, 0.5, precision=9), NoClosedForm, "has a pole at u"),
        (
            lambda: activation("tanh(u)*exp(u**2/2)").dual(1, 1, 0.5, precision=9),
            InvalidInput,
            "infinite at variances from 0.5 on",
        ),
        (lambda: activation("tanh(u)*exp(u**4)").dual(1, 1, 0.5, precision=9), NoClosedForm, "every variance"),
        (lambda: activation("tanh(u)/u").dual(0, 1, 0, precision=9), NoClosedForm, "divides by 0"),
        (lambda: activation("log(u)").dual(1, 1, 0.5, precision=9), NoClosedForm, "no kernel"),
    ],
)
def test_what_cannot_be_answered_is_refused_and_says_why(ask, error, message):
    with pytest.raises(error, match=message):
        ask()


def test_what_grows_faster_than_any_known_power_has_digits_all_the_same():
    """E sinh(u)² tanh(u)² at variance 1, by mpmath's own quadrature."""
    with mpmath.workdps(25):
        known = mpmath.quad(
            lambda z: (mpmath.sinh(z) * mpmath.tanh(z)) ** 2 * mpmath.npdf(z), [-20, -8, -2, 0, 2, 8, 20]
        )
        assert abs(activation("sinh(u)*tanh(u)").dual(1, 1, 1, precision=20) - known) <= mpmath.mpf("1e-19")


def test_python_flint_is_not_needed(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "flint", None)
    lo, hi = mlp(1, "tanh", W_std=1.0, b_std=0.0).kernel([[1.0]], certified=True)
    assert lo[0, 0] < mlp(1, "tanh", W_std=1.0, b_std=0.0).kernel([[1.0]], precision=15)[0, 0] < hi[0, 0]


def test_digits_are_found_where_float64_has_lost_those_of_phi():
    """tanh(u − 20) + 1 is 2 Σ (−1)^(k+1) exp(2k(u − 20)) below 20: two terms of E φ(u)φ(v) leave 1e-26 of it."""
    with mpmath.workdps(40):
        right = 4 * mpmath.exp(-74) * (1 - 2 * mpmath.exp(-32))
        assert abs(activation("tanh(u - 20) + 1").dual(1, 1, 0.5, precision=22) / right - 1) < 1e-21
