"""The results of all calls can be pickled, copied, and used in another process."""

import copy
import pickle
from multiprocessing import get_context

import numpy as np
import pytest
import sympy

import ntk_symbolic as ns
from ntk_symbolic.dynamics.identity import confirm

RNG = np.random.default_rng(0)
X, NEW = RNG.standard_normal((6, 3)), RNG.standard_normal((2, 3))
NET = ns.mlp(1, "relu", 1.2, 0.1)
x = sympy.Symbol("x")
f = sympy.Function("f")(x)
ENERGY = sympy.Integral(f.diff(x) ** 2, (x, 0, 1))

RESULTS = {
    "Activation": lambda: ns.activation("leaky_relu(0.1)"),
    "Activation with symbols": lambda: ns.activation("erf(alpha*u)", symbols={"alpha": "positive"}),
    "Activation of one's own": lambda: ns.activation("u*erf(u) + 1"),
    "Dense": lambda: ns.Dense(W_std=1.5),
    "Network": lambda: ns.serial(ns.Dense(), ns.activation("tanh"), ns.Dense()),
    "kernel": lambda: NET.kernel(X),
    "kernels by name": lambda: NET.kernel(X, get=("nngp", "ntk")),
    "kernels in the other order": lambda: NET.kernel(X, get=("ntk", "nngp")),
    "kernels with bounds": lambda: NET.kernel(X[:2], get=("nngp",), bound=True),
    "digits": lambda: NET.kernel(X[:2], precision=20),
    "formula": lambda: NET.formula(),
    "derivation": lambda: ns.activation("abs").derivation,
    "CostDynamics": lambda: confirm(NET.sample(8, outputs=2).on(X), X, X[:, :2]),
    "FunctionalDerivative": lambda: ns.functional_derivative(ENERGY, f),
    "Euler-Lagrange": lambda: ns.euler_lagrange(ENERGY, f),
}


def again(thing):
    return [pickle.loads(pickle.dumps(thing)), copy.deepcopy(thing), copy.copy(thing)]


@pytest.mark.parametrize("make", RESULTS.values(), ids=RESULTS)
def test_a_result_comes_back_equal(make):
    thing = make()
    for other in again(thing):
        assert type(other) is type(thing)
        np.testing.assert_equal(other, thing)


def test_kernels_by_name_keep_their_names():
    for other in again(NET.kernel(X, get=("ntk", "nngp"))):
        assert other._fields == ("ntk", "nngp")
        np.testing.assert_array_equal(other.nngp, NET.nngp(X))


@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_a_fitted_regression_predicts_the_same(get):
    fitted = NET.fit(X, X[:, 0], ridge=0.1, get=get)
    for other in again(fitted):
        np.testing.assert_array_equal(other.predict(NEW), fitted.predict(NEW))
        assert (other.ridge, other.jitter, other.condition) == (fitted.ridge, fitted.jitter, fitted.condition)


def test_a_sampled_network_is_the_same_network():
    sampled = NET.sample(16, seed=3)
    for other in again(sampled):
        np.testing.assert_array_equal(other.ntk(X), sampled.ntk(X))


def test_a_comparison_says_the_same():
    comparison = NET.compare(X[:3], widths=(16,), networks=64)
    for other in again(comparison):
        assert other.sentence() == comparison.sentence()
        np.testing.assert_array_equal(other.means, comparison.means)


def test_a_fitted_regression_works_in_a_process_of_its_own():
    """By spawn, which imports all anew, as on macOS and Windows."""
    fitted = NET.fit(X, X[:, 0])
    with get_context("spawn").Pool(1) as pool:
        np.testing.assert_array_equal(pool.apply(fitted.predict, (NEW,)), fitted.predict(NEW))
