"""The reading by integrals gives the same numbers as the compiled closed forms, and as closed forms of many digits."""

import json
from dataclasses import dataclass
from pathlib import Path

import mpmath
import numpy as np
import pytest
from readings import BY_INTEGRALS
from sweeps import sweep
from sympy import Rational, Symbol

from ntk_symbolic import Dense, InvalidInput, activation, mlp, serial
from ntk_symbolic.activations.code.codegen import compile_dual, compile_slope
from ntk_symbolic.activations.derive import normal
from ntk_symbolic.activations.derive.dual import Dual, derive
from ntk_symbolic.activations.derive.normal import Phi2, phi2
from ntk_symbolic.activations.numbers.integral import Integral
from ntk_symbolic.arrays import phi2 as fast_phi2
from ntk_symbolic.infinite import engine
from ntk_symbolic.layers.reading import Reading, reading_of

FILE = Path(__file__).parents[1] / "references" / "networks.json"
TABLE = json.loads(FILE.read_text(encoding="utf-8"))
NETWORKS = [dict(zip(TABLE["columns"], row, strict=True)) for row in TABLE["rows"]]
by_name = pytest.mark.parametrize("text", [*BY_INTEGRALS, "erf(u/2 + 1)"])


@dataclass(frozen=True)
class Layer:
    reading: Reading

    def rule(self, K, x):
        return K.elementwise(x, self)


def error(value, reference, floor):
    """The measure of references/README.md."""
    return abs(value - reference) / max(abs(reference), floor / 100)


def test_what_has_breakpoints_away_from_0_or_an_exponential_beside_one_is_read_by_integrals():
    assert {*BY_INTEGRALS} == {"elu", "selu", "relu6", "hard_tanh", "hard_sigmoid", "hard_swish", "softshrink"}
    for text in ("erf(u/2 + 1)", "Max(u, 0)*exp(-u**2)", "Heaviside(u - 1)"):
        assert isinstance(activation(text).reading.compiled, Integral)


@pytest.mark.parametrize("name", sweep(sorted({row["activation"] for row in NETWORKS}), ["relu"]))
def test_networks_agree_with_the_values_on_file_in_every_geometry(name, monkeypatch):
    """Activations that need no integrals are read by integrals anyway; the largest error found is 1.3e-14."""
    monkeypatch.setattr(Dual, "by_integrals", True)
    layer = Layer(reading_of(compile_dual(derive(activation(name).expr))))
    assert isinstance(layer.reading.compiled, Integral)
    rows = [row for row in NETWORKS if row["activation"] == name and row["depth"] <= 3]
    for row in rows[:: max(1, len(rows) // 24)]:
        x = np.array(row["x"])
        y = {"x": x, "-x": -x}[row["y"]] if isinstance(row["y"], str) else np.array(row["y"])
        dense = Dense(W_std=row["W_std"], b_std=row["b_std"])
        layers = (*(part for _ in range(row["depth"]) for part in (dense, layer)), dense)
        for get, K in zip(
            ("nngp", "ntk"), engine.kernel(serial(*layers).graph(), np.array([x, y]), None, True, True), strict=True
        ):
            xx, yy, xy = (float(row[f"{get}_{pair}"]) for pair in ("xx", "yy", "xy"))
            assert error(K[0, 1], xy, (xx * yy) ** 0.5) < 1e-13, row
            assert max(error(K[0, 0], xx, 0), error(K[1, 1], yy, 0)) < 1e-13, row


@by_name
@pytest.mark.parametrize("size", [1e-6, 1e-2, 1.0, 1e3, 1e6])
def test_at_every_variance_two_ways_agree(text, size):
    """κ by conditioning on u and by conditioning on v: the two share no node if a ≠ b."""
    f = activation(text).reading.compiled
    angle = np.array([0.0, 1e-8, 1e-4, 0.3, 1.2, np.pi / 2, 2.5, np.pi - 1e-6, np.pi])
    a, b = np.full(9, 1.7 * size), np.full(9, 0.4 * size)
    for reading, diagonal in ((f.kappa, f.diagonal), (f.kappa_dot, f.diagonal_dot)):
        one, other = reading(a, b, np.cos(angle), np.sin(angle)), reading(b, a, np.cos(angle), np.sin(angle))
        scale = np.sqrt(diagonal(a) * diagonal(b))
        assert np.max(np.abs(one - other) / np.maximum(np.abs(one), np.maximum(scale / 100, 1e-300))) < 1e-13


@pytest.mark.parametrize("text", ["elu", "hard_tanh", "hard_swish", "erf(u/2 + 1)"])
def test_of_a_large_matrix_the_closed_form_is_taken_where_it_keeps_its_digits(text):
    rng = np.random.default_rng(0)
    f = activation(text).reading.compiled
    a, b = (np.exp(rng.normal(size=(n, 1))) for n in (60, 80))
    angle = rng.uniform(0, np.pi, (60, 80))
    at = (a, b.T, np.cos(angle), np.sin(angle))
    some = rng.choice(angle.size, 400, replace=False)
    few_at = [np.broadcast_to(x, angle.shape).ravel()[some] for x in at]
    for many, few, diagonal in ((f.kappa, f._kappa, f.diagonal), (f.kappa_dot, f._kappa_dot, f.diagonal_dot)):
        scale = np.sqrt(diagonal(few_at[0]) * diagonal(few_at[1]))
        assert np.max(np.abs(many(*at).ravel()[some] - few(*few_at)) / scale) < 1e-13


@pytest.mark.parametrize("name", ["elu", "hard_tanh"])
def test_a_matrix_is_symmetric_and_equal_and_opposite_rows_are_as_they_should_be(name):
    rng = np.random.default_rng(1)
    X = rng.standard_normal((5, 7))
    X = np.vstack([X, X[0], X[1] * (1 + 1e-9), -X[2], 0 * X[0]])
    K = mlp(2, name, 1.4, 0.2).kernel(X, get=("nngp", "ntk"))
    for k in K:
        assert (k == k.T).all()
        assert np.isfinite(k).all()
        assert k[0, 5] == pytest.approx(k[0, 0], rel=1e-13)
        assert k[1, 6] == pytest.approx(k[1, 1], rel=1e-8)
        assert np.linalg.eigvalsh(k).min() > -1e-12 * np.linalg.norm(k)


def test_a_finite_network_of_hard_tanh_agrees_with_its_limit():
    X = np.random.default_rng(2).standard_normal((3, 4))
    assert mlp(1, "hard_tanh", 1.5, 0.1).compare(X).verdict


@pytest.mark.parametrize("text", ["Heaviside(u - 1)", "Piecewise((u, u < 1/2), (3 - u, True))"])
def test_jumps_away_from_0_have_an_nngp_kernel_and_an_infinite_slope(text):
    phi = activation(text)
    assert phi.jumps
    assert phi.dual_dot(1.0, 1.0, 1.0) == np.inf
    assert phi.dual_dot(1.0, 2.0, 0.3) == pytest.approx(float(phi.dual_dot_expr.subs(AT).evalf(17)), rel=1e-12)


AT = {Symbol("a", positive=True): 1, Symbol("b", positive=True): 2, Symbol("c", real=True): Rational(3, 10)}

# Φ₂ -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "h, k, r", [(1, 2, 0.5), (-1, 2, 0.5), (0, 1, -0.7), (-8, 3, -0.9), (-5, -6, 0.99), (3, -2, -0.3), (-30, -30, 0.5)]
)
def test_the_normal_distribution_function_in_relative_accuracy(h, k, r):
    with mpmath.workdps(30):
        h, k, r = map(mpmath.mpf, (h, k, r))

        def given(x):
            return mpmath.npdf(x) * mpmath.erfc(-(k - r * x) / mpmath.sqrt(2 - 2 * r * r)) / 2

        top = max(given(h - mpmath.mpf(n) / 8) for n in range(120))
        panels = [h - n * mpmath.mpf("0.5") for n in range(40, -1, -1)]
        wanted = mpmath.quad(lambda x: given(x) / top, [h - 40, *panels]) * top
        assert mpmath.almosteq(phi2(h, k, r), wanted, 1e-20)
        assert fast_phi2(float(h), float(k), float(r), float(mpmath.sqrt(1 - r * r))) == pytest.approx(
            float(wanted), abs=2e-16
        )


def test_a_rule_with_too_few_nodes_is_not_trusted(monkeypatch):
    monkeypatch.setattr(normal, "GAUSS", 2)  # six nodes
    with mpmath.workdps(30):
        few = phi2(0.25, 1.75, 0.625)
    monkeypatch.undo()
    with mpmath.workdps(32):
        assert mpmath.almosteq(few, phi2(0.25, 1.75, 0.625), 1e-28)


def test_equal_values_have_one_spelling():
    h, k, r = Symbol("h", positive=True), Symbol("k", positive=True), Symbol("r", real=True)
    assert Phi2(h, k, r) == Phi2(k, h, r)
    at = {h: Rational(1, 3), k: Rational(3, 2), r: Rational(-2, 5)}
    for x, y in ((-h, k), (h, -k), (-h, -k)):
        assert Phi2(x, y, r).has(Phi2)
        assert float(Phi2(x, y, r).subs(at)) == pytest.approx(
            float(phi2(*(mpmath.mpf(float(e.subs(at))) for e in (x, y, r))))
        )
    for s in (h, k, r):
        step = Rational(1, 10**8)
        around = [float((Phi2(h, k, r).subs(s, s + e)).subs(at).evalf(30)) for e in (step, -step)]
        assert float(Phi2(h, k, r).diff(s).subs(at)) == pytest.approx((around[0] - around[1]) / 2e-8, rel=1e-6)


def test_a_gaussian_and_the_slope_of_an_erf_may_meet_in_one_term(monkeypatch):
    """In φ'' of GELU both are exp(−u²/2): E φ''(u) φ''(v) = ∂κ̇/∂c."""
    monkeypatch.setattr(Dual, "by_integrals", True)
    gelu = activation("gelu")
    slope = compile_slope(gelu.expr, True)
    for cos in (0.6, 0.9999):
        at = {Symbol("a", positive=True): 1, Symbol("b", positive=True): 1, Symbol("c", real=True): Rational(str(cos))}
        found = slope.kappa_dot(np.ones(1), np.ones(1), np.array([cos]), np.array([(1 - cos**2) ** 0.5]))
        assert found[0] == pytest.approx(
            float(gelu.dual_dot_expr.diff(Symbol("c", real=True)).subs(at).evalf()), rel=1e-12
        )


@pytest.mark.parametrize("text, ends", [("Heaviside(u)*exp(u)", 1), ("exp(Abs(u))", 2)])
def test_what_grows_is_right_or_infinite_or_refused_where_floats_end_and_never_zero(text, ends):
    """E φ(u)² is e^{2q} Φ(2√q), and twice that."""
    phi = activation(text)
    for q in (300.0, 345.0, 351.0, 353.0, 354.0, 354.5, 360.0, 1e3, 1e6):
        exact = ends * mpmath.exp(2 * q) * mpmath.ncdf(2 * mpmath.sqrt(q))
        try:
            found = float(phi.dual(q, q, q))
        except InvalidInput as refused:
            assert q > 350, refused
        else:
            # a sum of moduli, some times the value, overflows first
            assert found == pytest.approx(float(exact), rel=1e-9) or (
                found == np.inf and exact > np.finfo(float).max / 4
            ), q
            assert found == np.inf or exact <= np.finfo(float).max, q
