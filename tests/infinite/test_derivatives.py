"""Derivatives of kernels agree with differences of the recursion at 150 digits; NoDerivative is raised if none exists."""

from functools import cache
from itertools import product

import mpmath
import numpy as np
import pytest
from exact import DIGITS, dual_of
from mpmath import mpf
from sweeps import sweep, sweep_few
from sympy import Function, Symbol, nan, zoo

import ntk_symbolic as ns
from ntk_symbolic import Dense, activation, mlp, serial
from ntk_symbolic.errors import InvalidInput, NoDerivative, NoTangentKernel
from ntk_symbolic.infinite import derivative as module
from ntk_symbolic.layers import jets

HARD_TANH = "Max(-1, Min(1, u))"
ELU = "Piecewise((u, u > 0), (exp(u) - 1, True))"
CLOSED = ("relu2", "gelu", "sin", "cos", "gaussian", "identity")
GETS = ("nngp", "ntk")
STEP = mpf(10) ** -40  # central differences err by its square, and 150 digits leave 110


@cache
def exact(name, depth, W_std, b_std, x, y, wrt):
    """(nngp, ntk) differentiated: a pair, or for "X" one for every feature."""
    with mpmath.workdps(DIGITS):
        if wrt == "X":
            moves = [[STEP * (i == k) for i in range(len(x))] for k in range(len(x))]
            return [
                _difference(name, depth, lambda s, m=m: (W_std, b_std, [p + s * q for p, q in zip(x, m)], y))
                for m in moves
            ]
        at = (
            (lambda s: (W_std + s * STEP, b_std, x, y))
            if wrt == "W_std"
            else (lambda s: (W_std, b_std + s * STEP, x, y))
        )
        return [_difference(name, depth, at)]


def _difference(name, depth, at):
    high, low = (_kernels(name, depth, *at(s)) for s in (1, -1))
    return [(p - q) / (2 * STEP) for p, q in zip(high, low)]


def _kernels(name, depth, W_std, b_std, x, y):
    dual, w, bias = dual_of(name), mpf(W_std) ** 2, mpf(b_std) ** 2
    x, y = [mpf(t) for t in x], [mpf(t) for t in y]
    a, b, c = (w * mpmath.fdot(s, t) / len(s) + bias for s, t in ((x, x), (y, y), (x, y)))
    theta = c
    for _ in range(depth):
        kappa, slope = dual(a, b, c)
        a, b, c = (w * k + bias for k in (dual(a, a, a)[0], dual(b, b, b)[0], kappa))
        theta = c + w * slope * theta
    return c, theta


RNG = np.random.default_rng(3)
x, other = RNG.standard_normal((2, 3))
PAIRS = {
    "generic": other,
    "orthogonal": np.cross(x, other),
    "1e-4 apart": x + 1e-4 * other,
    "1e-8 apart": x + 1e-8 * other,
    "1e-8 from antipodal": -x + 1e-8 * other,
    "longer": 50 * other,
}


@pytest.mark.parametrize("wrt", ["W_std", "b_std", "X"])
@pytest.mark.parametrize("name", sweep(["relu", "leaky_relu(0.1)", "abs", "erf"], ["relu", "erf"]))
def test_derivatives_agree_with_differences_at_150_digits(name, wrt):
    """Errors are relative to the largest entry of the gradient; the largest error found is 3e-15."""
    for where, y in PAIRS.items():
        for depth, W_std, b_std in ((1, 1.5, 0.25), (3, 1.25, 0.5), (3, 1.5, 0.0)):
            if wrt == "b_std" and not b_std:
                continue
            net = mlp(depth, name, W_std, b_std)
            values = exact(name, depth, W_std, b_std, tuple(x), tuple(y), wrt)
            for k, get in enumerate(GETS):
                found = np.ravel(net.derivative([x], [y], wrt, get))
                wanted = np.array([float(v[k]) for v in values])
                scale = max(abs(wanted).max(), 1e-2 * abs(net.diagonal([x, y], get)).min())
                assert abs(found - wanted).max() < 1e-13 * scale, (where, depth, b_std, get)


def test_at_equal_and_antipodal_inputs_derivatives_are_finite_and_right():
    """Equal inputs stay equal as W_std and b_std vary, and the NNGP is differentiable in x: half the slope of K(x, x)."""
    X = np.array([x, -x])
    for name in ("relu", "abs", "erf"):
        net = mlp(2, name, 1.5, 0.25)
        for get in GETS:
            for wrt, e in (("W_std", (1e-4, 0)), ("b_std", (0, 1e-4))):
                high, low = (mlp(2, name, 1.5 + s * e[0], 0.25 + s * e[1]).kernel(X, get=get) for s in (1, -1))
                np.testing.assert_allclose(net.derivative(X, wrt=wrt, get=get), (high - low) / 2e-4, rtol=1e-6)
        slopes = net.derivative(X, wrt="X", get="nngp")
        for k, e in enumerate(1e-4 * np.eye(3)):
            for row, (high, low) in enumerate(
                zip(net.diagonal(X + e, "nngp"), net.diagonal(X - e, "nngp"), strict=True)
            ):
                assert 2 * slopes[row, row, k] == pytest.approx((high - low) / 2e-4, rel=1e-6, abs=1e-7)
    smooth = mlp(2, "erf", 1.5, 0.25)
    assert 2 * smooth.derivative(X, wrt="X")[0, 0, 0] == pytest.approx(
        np.subtract(*(smooth.diagonal(X + s * np.array([1e-4, 0, 0]))[0] for s in (1, -1))) / 2e-4, rel=1e-6
    )


OTHERS = list(product([0.0, 0.25], [*CLOSED, HARD_TANH, ELU, "erf(u/2 + 1)"]))
SELDOM = [
    (b_std, name) for b_std, name in OTHERS if name in (ELU, "erf(u/2 + 1)") or (b_std, name) == (0.25, HARD_TANH)
]


@pytest.mark.parametrize(("b_std", "name"), sweep_few(OTHERS, SELDOM))
def test_derivatives_of_the_others_agree_with_differences_of_the_kernel(name, b_std):
    """Inputs include equal, opposite, orthogonal and zero rows; differences are in double precision, accurate to 1e-7."""
    X = np.array([x, -x, other, np.cross(x, other)])[: 2 if len(name) > 8 else 4] / 2  # an integral takes its time
    Y = np.concatenate([X[::-1] * 0.75, 0 * X[:1]])
    net, e = mlp(2, name, 1.25, b_std), 1e-5
    for get in GETS if b_std else ("ntk",):
        for wrt in ("W_std", "b_std") if b_std else ("W_std",):
            at = [(1.25 + s * e, b_std) if wrt == "W_std" else (1.25, b_std + s * e) for s in (1, -1)]
            for Z in (X, Y) if get == "ntk" else (X,):
                high, low = (mlp(2, name, *p).kernel(X, Z, get) for p in at)
                found, wanted = net.derivative(X, Z, wrt, get), (high - low) / (2 * e)
                np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-7 * abs(wanted).max())
        away = Y + 0.1 * np.arange(len(Y))[:, None] * np.array([1.0, -1.0, 0.5])
        steps = e * np.eye(3)
        wanted = np.stack([net.kernel(X + s, away, get) - net.kernel(X - s, away, get) for s in steps], axis=-1) / (
            2 * e
        )
        np.testing.assert_allclose(net.derivative(X, away, "X", get), wanted, rtol=1e-6, atol=1e-7 * abs(wanted).max())


def test_at_a_zero_input_a_smooth_kernel_has_its_derivative():
    """∂K(x, y)/∂x at 0 is W⁴ φ'(0) E φ'(v) y/d for one hidden layer of erf without bias."""
    y = np.array([[0.5, -1.0, 2.0]])
    found = mlp(1, "erf", 1.5, 0.0).derivative(np.zeros((1, 3)), y, "X", "nngp")[0, 0]
    b = 2.25 * (y @ y.T)[0, 0] / 3
    assert found == pytest.approx(1.5**4 * 4 / np.pi / np.sqrt(1 + 2 * b) * y[0] / 3, rel=1e-14)


def test_one_layer_or_all():
    X = np.array([x, other])
    net = serial(Dense(W_std=1.5, b_std=0.25), ns.Gelu(), Dense(W_std=0.75, b_std=0.5), ns.Relu(), Dense(W_std=1.25))
    for wrt in ("W_std", "b_std"):
        if wrt == "W_std":
            parts = [net.derivative(X, wrt=wrt, layer=k) for k in (1, 2, 3)]
            np.testing.assert_allclose(sum(parts), net.derivative(X, wrt=wrt), rtol=1e-13)
        high, low = (
            serial(
                Dense(W_std=1.5, b_std=0.25), ns.Gelu(), Dense(W_std=p[0], b_std=p[1]), ns.Relu(), Dense(W_std=1.25)
            ).ntk(X)
            for s in (1e-5, -1e-5)
            for p in [(0.75 + s, 0.5) if wrt == "W_std" else (0.75, 0.5 + s)]
        )
        np.testing.assert_allclose(net.derivative(X, wrt=wrt, layer=2), (high - low) / 2e-5, rtol=1e-8)


def test_blocks_of_rows_give_the_same(monkeypatch):
    X = RNG.standard_normal((7, 3))
    whole = mlp(2, "erf", W_std=1.0, b_std=0.0).derivative(X, wrt="X")
    monkeypatch.setattr(module, "BLOCK", 45)
    np.testing.assert_allclose(
        mlp(2, "erf", W_std=1.0, b_std=0.0).derivative(X, wrt="X"), whole, rtol=1e-13
    )  # BLAS adds in another order
    assert mlp(1, W_std=1.0, b_std=0.0).derivative(X.astype(np.float32)).dtype == np.float32


# ---- points without a derivative ----------------------------------------------------------------------------------------

ROW = np.array([x])
NONE = {
    "the NTK of ReLU at x = x'": ("relu", 0.25, ROW, ROW, "X", "ntk"),
    "at parallel inputs without bias": ("relu", 0.0, ROW, 2 * ROW, "X", "ntk"),
    "at antipodal inputs without bias": ("relu", 0.0, ROW, -ROW, "X", "ntk"),
    "ReLU at x = 0 without bias": ("relu", 0.0, 0 * ROW, ROW, "X", "nngp"),
    "hard-tanh at x = x'": (HARD_TANH, 0.25, ROW, ROW, "X", "ntk"),
    "hard-tanh at x = x' in one dimension": (HARD_TANH, 0.0, ROW[:, :1], ROW[:, :1], "X", "ntk"),
    "the NNGP of a jump at x = x'": ("sign", 0.25, ROW, ROW, "X", "nngp"),
    "b_std = 0 at antipodal inputs": ("relu", 0.0, ROW, -ROW, "b_std", "ntk"),
    "b_std = 0 at a zero input": ("relu", 0.0, 0 * ROW, ROW, "b_std", "nngp"),
}


@pytest.mark.parametrize(("name", "b_std", "X", "Y", "wrt", "get"), NONE.values(), ids=NONE)
def test_where_there_is_no_derivative_it_is_refused_and_the_two_sides_differ(name, b_std, X, Y, wrt, get):
    net, e = mlp(2, name, 1.5, b_std), 1e-6
    with pytest.raises(NoDerivative, match=r"row 0 of X and row 0 of Y .* no derivative .* Dense layer 1"):
        net.derivative(X, Y, wrt, get)

    def at(s):
        if wrt == "b_std":
            return mlp(2, name, 1.5, abs(s)).kernel(X, Y, get)[0, 0]  # a function of b_std²
        step = s * (np.cross(x, other)[None] if X.shape[1] > 1 else np.ones((1, 1)))
        return net.kernel(X + step, Y, get)[0, 0]

    right, left = at(e) - at(0), at(0) - at(-e)
    assert abs(right - left) > 1e-3 * e


BENT = {"erf": True, "u**3 + u": True, "u**3": False, "leaky_relu(0.1)": False}


@pytest.mark.parametrize(("name", "turns"), BENT.items())
def test_in_one_dimension_units_turn_where_an_activation_is_not_homogeneous(name, turns):
    """φ(u) and φ(su) are parallel only at s = ±1 unless φ is a power of |u| on each side of 0; a ReLU after it shows this."""
    net, e = serial(Dense(), ns.activation(name), Dense(), ns.Relu(), Dense()), 1e-6
    for x, y in ((0.75, 0.75), (0.75, -0.75)):
        low, at, high = (net.ntk([[x + s]], [[y]])[0, 0] for s in (-e, 0, e))
        assert (abs(high + low - 2 * at) > 1e-3 * e) == turns
        if turns:
            with pytest.raises(NoDerivative, match=r"row 0 of X and row 0 of Y .* after Dense layer 2, .*relu"):
                net.derivative([[x]], [[y]], "X")
        else:
            assert net.derivative([[x]], [[y]], "X")[0, 0, 0] == pytest.approx(
                (high - low) / (2 * e), rel=1e-7, abs=1e-7
            )
        slope = net.derivative([[x]], [[y]], "X", "nngp")[0, 0, 0]
        low, high = (net.nngp([[x + s]], [[y]])[0, 0] for s in (-e, e))
        assert slope == pytest.approx((high - low) / (2 * e), rel=1e-7, abs=1e-7)


FINE = {
    "the NNGP of ReLU at x = x'": ("relu", 0.25, ROW, ROW, "X", "nngp"),
    "ReLU in one dimension without bias": ("relu", 0.0, ROW[:, :1], ROW[:, :1], "X", "ntk"),
    "antipodal inputs with bias": ("relu", 0.25, ROW, -ROW, "X", "ntk"),
    "hard-tanh at parallel inputs of other length": (HARD_TANH, 0.0, ROW, 2 * ROW, "X", "ntk"),
    "a zero input with bias": ("relu", 0.25, 0 * ROW, ROW, "X", "ntk"),
    "a zero row of Y": ("relu", 0.0, ROW, 0 * ROW, "X", "ntk"),
    "relu2 at x = x'": ("relu2", 0.0, ROW, ROW, "X", "ntk"),
    "W_std at antipodal inputs": ("relu", 0.0, ROW, -ROW, "W_std", "ntk"),
    "b_std = 0 at equal inputs": ("relu", 0.0, ROW, ROW, "b_std", "ntk"),
}


@pytest.mark.parametrize(("name", "b_std", "X", "Y", "wrt", "get"), FINE.values(), ids=FINE)
def test_where_there_is_one_it_is_given(name, b_std, X, Y, wrt, get):
    net, e = mlp(2, name, 1.5, b_std), 1e-6
    found = net.derivative(X, Y, wrt, get)[0, 0]
    if wrt == "X":
        moves = e * np.eye(X.shape[1])
        wanted = [(net.kernel(X + s, Y, get) - net.kernel(X - s, Y, get))[0, 0] / (2 * e) for s in moves]
    else:
        at = [(1.5 + s, b_std) if wrt == "W_std" else (1.5, abs(s)) for s in (e, -e)]
        high, low = (mlp(2, name, *p).kernel(X, Y, get)[0, 0] for p in at)
        wanted = (high - low) / (2 * e)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"wrt": "W"}, "wrt is 'W'"),
        ({"layer": 4}, "layer is 4"),
        ({"layer": 1, "wrt": "X"}, "layer is 1"),
        ({"layer": "1"}, "layer"),
        ({"get": "both"}, "get is"),
    ],
    ids=str,
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(InvalidInput, match=message):
        mlp(2, W_std=1.0, b_std=0.0).derivative(ROW, **arguments)


def test_a_jump_has_no_tangent_kernel_to_differentiate():
    with pytest.raises(NoTangentKernel):
        mlp(1, "step", W_std=1.0, b_std=0.0).derivative(ROW)


# ---- the same as formulas ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "wrt"), sweep_few([("relu", "W_std"), ("erf", "b_std"), ("relu2", "b_std")], [("relu2", "b_std")])
)
def test_the_formulas_evaluated_are_the_derivatives(name, wrt):
    """The formulas are evaluated layer by layer; the recursion itself gives Σ and Θ."""
    net = mlp(2, name, 1.5, 0.25)
    sigma, theta = _evaluated(net, wrt)
    for found, get in ((sigma, "nngp"), (theta, "ntk")):
        assert float(found) == pytest.approx(net.derivative([x], [other], wrt, get)[0, 0], rel=1e-11)


def test_the_gradient_formula_evaluated_is_the_gradient():
    """One feature, so that x' is a number."""
    net = mlp(2, "erf", 1.5, 0.25)
    sigma, theta = _evaluated(net, "X", x[:1], other[:1])
    assert float(sigma) == pytest.approx(net.derivative([x[:1]], [other[:1]], "X", "nngp")[0, 0, 0], rel=1e-11)
    assert float(theta) == pytest.approx(net.derivative([x[:1]], [other[:1]], "X")[0, 0, 0], rel=1e-11)


def test_the_formulas_of_a_rectifier_are_finite_at_equal_inputs():
    """∂κ/∂a of ReLU is √(ab − c²)/(4πa), not b/√(ab − c²) − c²/(a√(ab − c²))."""
    _, last = mlp(1, "relu", W_std=1.0, b_std=0.0).formula(wrt="W_std")
    at_equal = last.rhs[0].replace(Function("Sigma_1"), lambda *_: Symbol("q", positive=True))
    assert not at_equal.has(nan, zoo)


def _evaluated(net, wrt, p=x, q=other):
    numbers, names, d = {}, {"x": p, "x'": q}, len(p)
    for equation in (e for pair in zip(net.formula(), net.formula(wrt=wrt), strict=True) for e in pair):
        for first, second in (("x", "x"), ("x'", "x'"), ("x", "x'")):
            pair = {Symbol("x"): Symbol(first), Symbol("x'"): Symbol(second)}
            left, right = (side.xreplace(pair) for side in (equation.lhs, equation.rhs))
            for head, value in zip(left, right, strict=True):
                known = value.xreplace(numbers).replace(
                    Function("dot"), lambda s, t: float(names[str(s)] @ names[str(t)])
                )
                values = {Symbol(z): float(v[0]) for z, v in names.items()} if wrt == "X" else {}
                numbers[head] = known.xreplace(numbers).subs({Symbol("d"): d, **values}).evalf(30)
    return [numbers[z] for z in net.formula(wrt=wrt)[-1].lhs]


# ---- these tests can fail -------------------------------------------------------------------------------------------------


def still(y, x):
    return jets.jet(np.arctan2(jets.jet(y).value, jets.jet(x).value))


def test_a_wrong_rule_of_differentiation_is_noticed(monkeypatch):
    net = mlp(3, "relu", 1.25, 0.5)
    (wanted,) = exact("relu", 3, 1.25, 0.5, tuple(x), tuple(other), "W_std")
    assert net.derivative([x], [other])[0, 0] == pytest.approx(float(wanted[1]), rel=1e-13)
    monkeypatch.setattr(jets, "atan2", still)
    assert net.derivative([x], [other])[0, 0] != pytest.approx(float(wanted[1]), rel=1e-3)


def test_a_bias_of_0_in_the_standard_parameterisation_has_no_derivative_of_the_ntk():
    """Θ jumps by 1 from no bias to a bias of any scale; Σ varies like b_std²."""
    net = serial(Dense(parameterization="standard", width=4), activation("erf"), Dense())
    with pytest.raises(NoDerivative, match=r'Dense layer 1 has no bias at b_std=0.*get="nngp"'):
        net.derivative([[1.0, 2.0]], wrt="b_std")
    assert net.derivative([[1.0, 2.0]], wrt="b_std", get="nngp") == 0
