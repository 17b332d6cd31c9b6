"""The formulas of a network, evaluated at numbers, are its kernels and their derivatives for all kinds of layers."""

from __future__ import annotations

import numpy as np
import pytest
from sweeps import sweep_few
from sympy import Function, Piecewise, Rational, Symbol

import ntk_symbolic as ns
from ntk_symbolic.activations.derive import dual
from ntk_symbolic.errors import InvalidInput, NoDerivative
from ntk_symbolic.layers.formula import meant

X = np.array([[1.0, 2.0, -1.0], [0.5, -1.0, 3.0]])
BLOCK = ns.Residual(ns.serial(ns.Relu(), ns.Dense(W_std=0.9), ns.Erf(), ns.Dense(W_std=0.8, b_std=0.2)))
STANDARD = {"parameterization": "standard", "width": 64}
NETWORKS = {
    "two blocks, normalised": ns.serial(ns.Dense(W_std=1.4), BLOCK, BLOCK, ns.LayerNorm(), ns.Relu(), ns.Dense()),
    "scaled blocks with a projection": ns.serial(
        ns.Dense(W_std=1.4),
        ns.Residual(ns.serial(ns.Relu(), ns.Dense()), scale=-0.5, projection=ns.Dense(W_std=0.7, b_std=0.3)),
        ns.Residual(ns.serial(ns.Erf(), ns.Dense()), scale=2**-0.5),
        ns.Dense(W_std=1.1),
    ),
    "a mean is taken away after φ": ns.serial(
        ns.Dense(W_std=1.4), ns.Relu(), ns.LayerNorm(eps=1e-3), ns.Dense(b_std=0.5), ns.Sin(), ns.RMSNorm(), ns.Dense()
    ),
    "a sum of two with means": ns.serial(
        ns.Dense(W_std=1.3),
        ns.parallel(ns.Relu(), ns.serial(ns.Dense(W_std=0.6), ns.Abs())),
        ns.LayerNorm(),
        ns.Dense(),
    ),
    "a gate": ns.serial(
        ns.Dense(b_std=0.3),
        ns.Relu(),
        ns.parallel(ns.serial(ns.Dense(W_std=1.2), ns.Erf()), ns.Dense(), ns.Dense(b_std=1.0), combine="product"),
        ns.Dense(),
    ),
    "a gate with means, centred": ns.serial(
        ns.Dense(b_std=0.3),
        ns.parallel(ns.serial(ns.Dense(), ns.Relu()), ns.serial(ns.Dense(W_std=0.7), ns.Relu()), combine="product"),
        ns.LayerNorm(),
        ns.Dense(),
    ),
    "side by side, normalised": ns.serial(
        ns.Dense(W_std=1.2),
        ns.parallel(ns.Relu(), ns.serial(ns.Dense(), ns.Abs()), combine="concat", widths=(1009, 2003)),
        ns.LayerNorm(),
        ns.Dense(b_std=0.2),
    ),
    "dropout": ns.serial(
        ns.Dense(), ns.Relu(), ns.Dropout(0.7), ns.Dense(b_std=0.1), ns.Erf(), ns.Dropout(0.9), ns.Dense()
    ),
    "frozen, at another rate, and by parts": ns.serial(
        ns.Dense(W_std=1.3, b_std=0.5, train=False),
        ns.Relu(),
        ns.Dense(train="weights", b_std=0.4, rate=0.3),
        ns.Erf(),
        ns.Dense(train="biases", b_std=0.7),
        ns.Dense(train=False, b_std=0.2),
    ),
    "standard parameterisation": ns.serial(
        ns.Dense(W_std=1.2, b_std=0.4, **STANDARD),
        ns.Residual(ns.serial(ns.Relu(), ns.Dense(b_std=0.2, rate=0.1, **STANDARD))),
        ns.Dense(b_std=0.3, **STANDARD),
    ),
    "a jump": ns.serial(ns.Dense(b_std=0.2), ns.Residual(ns.serial(ns.Step(), ns.Dense())), ns.Relu(), ns.Dense()),
}


def evaluated(net, x, y, wrt=None, layer=None):
    """The last Σ and Θ, or their derivatives, at (x, x), (y, y) and (x, y), computed from the equations in order."""
    here = {"x": x, "x'": y}
    pairs = {("x", "x"): (x, x), ("x'", "x'"): (y, y), ("x", "x'"): (x, y)}
    numbers: dict = {}
    plain = net.formula()
    equations = plain if wrt is None else [e for both in zip(plain, net.formula(wrt, layer), strict=True) for e in both]
    for equation in equations:
        for pair in pairs:
            at = {Symbol("x"): Symbol(pair[0]), Symbol("x'"): Symbol(pair[1])}
            for head, value in zip(equation.lhs.xreplace(at), equation.rhs.xreplace(at), strict=True):
                if str(head).startswith("dTheta") and pair[0] == pair[1]:
                    continue  # no formula needs it, and that of ReLU is 0/0 there: its κ̇ has a kink at equal inputs
                known = value.xreplace(numbers).subs(Symbol("d"), len(x))
                known = known.replace(Function("dot"), lambda s, t: Rational(float(here[str(s)] @ here[str(t)])))
                known = known.subs({Symbol("x"): Rational(float(x[0])), Symbol("x'"): Rational(float(y[0]))})
                numbers[head] = known.evalf(30)
    last = [equations[-1].lhs.xreplace({Symbol("x"): Symbol(p), Symbol("x'"): Symbol(q)}) for p, q in pairs]
    return [[float(numbers[head]) for head in heads if head in numbers] for heads in last]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_formula_evaluated_is_the_kernel(name):
    net = NETWORKS[name]
    tangent = not any(phi.jumps for phi in net.graph().activations)
    gets = ("nngp", "ntk")[: 1 + tangent]
    found = np.array(evaluated(net, *X))
    kernel = np.array([K[[0, 1, 0], [0, 1, 1]] for K in net.kernel(X, get=gets)]).T
    np.testing.assert_allclose(found, kernel, rtol=1e-13, atol=1e-13 * np.abs(kernel).max())


SMOOTH = [name for name in NETWORKS if name != "a jump"]


# each has a word that no other has, or that word with a mean
@pytest.mark.parametrize("name", sweep_few(SMOOTH, ["two blocks, normalised", "a gate", "a sum of two with means"]))
def test_the_formula_of_the_derivative_is_the_derivative(name):
    net = NETWORKS[name]
    for wrt, layer in (("W_std", 2), ("b_std", None)):
        found = evaluated(net, *X, wrt, layer)[2]
        for value, get in zip(found, ("nngp", "ntk"), strict=True):
            wanted = net.derivative(X[:1], X[1:], wrt, get, layer)[0, 0]
            assert value == pytest.approx(wanted, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize(
    "name",
    sweep_few(
        ["two blocks, normalised", "a gate with means, centred", "side by side, normalised"], ["two blocks, normalised"]
    ),
)
def test_the_formula_of_the_gradient_is_the_gradient(name):
    """With one feature x' is a number; inputs of one feature are parallel, and the bias changes their angle."""
    net = ns.serial(ns.Dense(b_std=0.7), ns.Erf(), NETWORKS[name])
    x, y = np.array([[0.7]]), np.array([[-1.3]])
    found = evaluated(net, x[0], y[0], "X")[2]
    for value, get in zip(found, ("nngp", "ntk"), strict=True):
        assert value == pytest.approx(net.derivative(x, y, "X", get)[0, 0, 0], rel=1e-12)


def test_a_skip_is_written_as_a_sum_and_words_in_between_are_written_out():
    sigma, theta, x, x_ = Function("Sigma_1"), Function("Theta_1"), Symbol("x"), Symbol("x'")
    skip = ns.Residual(ns.serial(ns.Cos(), ns.Dense(W_std=0.5, b_std=0.1)), scale=2**-0.5)
    last = ns.serial(ns.Dense(), skip, ns.Erf(), ns.Dense()).formula()[1]
    moments = (sigma(x, x), sigma(x_, x_), sigma(x, x_))
    kappa, dot = (
        e.subs(dict(zip((dual.a, dual.b, dual.c), moments))) for e in (ns.Cos().dual_expr, ns.Cos().dual_dot_expr)
    )
    fresh = kappa / 8 + Rational(1, 200)
    assert last.rhs[0] - (sigma(x, x_) + fresh) == 0
    assert last.rhs[1] - (theta(x, x_) + fresh + dot * theta(x, x_) / 8) == 0


def test_dropout_tells_a_row_and_itself_from_two_rows():
    net = ns.serial(ns.Dense(), ns.Cos(), ns.Dropout(0.5), ns.Dense(train=False))
    last = net.formula()[-1].rhs
    assert all("Piecewise((2, Eq(x, x')), (1, True))" in str(side) for side in last)
    assert not last.subs(Symbol("x'"), Symbol("x")).has(Piecewise)


def test_frozen_layers_leave_no_term_in_the_tangent_kernel():
    first, last = ns.serial(ns.Dense(train=False), ns.Erf(), ns.Dense()).formula()
    assert first.rhs[1] == 0 and last.rhs[1] == last.lhs[0]


def test_numbers_stand_as_they_were_meant():
    assert [str(meant(x)) for x in (0.25, -0.1, 1 / 3, -(2**-0.5), 1e-5, 1.23456)] == (
        ["1/4", "-1/10", "1/3", "-sqrt(2)/2", "1/100000", "3858/3125"]
    )


def test_a_width_that_standard_parameterisation_needs_is_asked_for():
    """The width was taken as 0, and Θ lacked the part of that layer's weights."""
    net = ns.serial(ns.Dense(), ns.Relu(), ns.Dense(parameterization="standard"))
    for ask in (lambda: net.ntk(X), net.formula, lambda: net.derivative(X, wrt="W_std"), lambda: net.gap(X)):
        with pytest.raises(InvalidInput, match=r"Dense layer 2, in standard parameterization.*pass width=512"):
            ask()
    assert net.nngp(X).shape == (2, 2) and net._repr_latex_() is None


@pytest.mark.parametrize("phi", [ns.Relu(), ns.LeakyRelu(0.3), ns.activation("-abs(u)"), ns.Abs()], ids=str)
def test_the_difference_of_two_means_is_one(phi):
    """For a homogeneous φ it follows from the roots of the variances; the square of the slope was once used instead."""
    net = ns.serial(ns.Dense(W_std=1.4), phi, ns.LayerNorm(eps=1e-3), ns.Dense(b_std=0.5), ns.Sin(), ns.Dense())
    found = np.array(evaluated(net, X[0], 3 * X[1]))
    kernel = np.array([K[[0, 1, 0], [0, 1, 1]] for K in net.kernel(X * [[1], [3]], get=("nngp", "ntk"))]).T
    np.testing.assert_allclose(found, kernel, rtol=1e-13)


def test_blocks_that_repeat_are_written_once_in_latex():
    """Five and fifteen blocks read alike except for their count: terms are ordered by numbers and not by their digits."""
    shown = {}
    for times in (5, 15):
        body = ns.serial(ns.LayerNorm(), ns.Relu(), ns.Dense(W_std=0.5))
        shown[times] = ns.serial(ns.Dense(), ns.repeat(ns.Residual(body), times))._repr_latex_()
    assert shown[15] == shown[5].replace(r"\ldots, 5", r"\ldots, 15")
    assert r"\Sigma_{2\ell + 1}" in shown[5] and r"\Sigma_{2\ell - 1}" in shown[5] and r"\Sigma_{3}" not in shown[5]
    assert ns.serial(ns.Relu(), ns.Dense())._repr_latex_() is None, "a part of a network has no kernel of its own"


def test_several_activations_and_their_means_have_names_of_their_own_in_latex():
    net = ns.serial(ns.Dense(), ns.Relu(), ns.LayerNorm(), ns.Dense(), ns.Erf(), ns.Dropout(0.9), ns.Dense())
    shown = net._repr_latex_()
    for name in (r"\kappa_{1}", r"\dot{\kappa}_{2}", r"\mu_{1}(a) &= \mathbb{E}", r"\text{for}\: x = x'"):
        assert name in shown
    assert r"\mu_{2}" not in shown


def test_every_dense_has_a_number_however_many_lie_side_by_side():
    """Three parallel Dense layers: their numbers exceed the depth."""
    net = ns.serial(ns.Dense(), ns.parallel(*[ns.serial(ns.Erf(), ns.Dense(W_std=w)) for w in (0.5, 0.7, 0.9)]))
    parts = [net.derivative(X, wrt="W_std", layer=layer) for layer in (1, 2, 3, 4)]
    np.testing.assert_allclose(sum(parts), net.derivative(X, wrt="W_std"), rtol=1e-13)
    assert evaluated(net, *X, "W_std", 4)[2][1] == pytest.approx(parts[3][0, 1], rel=1e-13)
    with pytest.raises(InvalidInput, match="1 to 4"):
        net.formula("W_std", 5)


def test_the_ntk_jumps_at_a_bias_of_scale_0_in_standard_parameterization_and_has_no_derivative_there():
    standard = ns.Dense(b_std=0.0, parameterization="standard", width=8)
    net = ns.serial(standard, ns.Relu(), ns.Dense(b_std=0.1))
    with pytest.raises(NoDerivative, match=r"Dense layer 1 has no bias.*standard parameterization"):
        net.formula(wrt="b_std")
    assert len(net.formula(wrt="b_std", layer=2)) == len(net.formula(wrt="W_std")) == 2
