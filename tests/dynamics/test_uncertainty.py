"""Posteriors, ensembles of trained networks and random functions, compared with their formulas and sampled networks."""

import warnings
from functools import cache

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ntk_symbolic as ns
from ntk_symbolic.dynamics.factor import JitterAdded
from ntk_symbolic.dynamics.regression import KernelRegression
from ntk_symbolic.errors import InvalidInput

RNG = np.random.default_rng(0)
X, NEW = RNG.standard_normal((25, 3)), RNG.standard_normal((6, 3))
Y = np.sin(X[:, 0]) + 0.1 * RNG.standard_normal(25)
BOTH = np.vstack((NEW, X))
NETWORKS = {
    "erf": ns.mlp(2, "erf", 1.4, 0.2),
    "relu": ns.mlp(3, "relu", 1.4, 0.1),
    "residual": ns.architecture("dense(W_std=1.2) residual(relu dense(W_std=0.7, b_std=0.1)) layernorm gelu dense"),
    "frozen": ns.architecture("dense(W_std=1.3, b_std=0.2, train=False) relu dense relu dense"),
}


def conditioned(net, ridge):
    """The covariance of f(NEW) given f(X) + noise: the inverse of a block of the inverse of the joint covariance."""
    joint = net.nngp(BOTH)
    joint[6:, 6:] += ridge * np.eye(25)
    return np.linalg.inv(np.linalg.inv(joint)[:6, :6])


def trained(net, ridge):
    """The covariance of f₀(NEW) − B f₀(X), as one congruence of the joint covariance of f₀."""
    B = np.linalg.solve(net.ntk(X) + ridge * np.eye(25), net.ntk(X, NEW)).T
    left = np.hstack((np.eye(6), -B))
    return left @ net.nngp(BOTH) @ left.T


@pytest.mark.parametrize(("get", "law"), [("nngp", conditioned), ("ntk", trained)])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_covariance_is_that_of_its_definition(name, get, law):
    net = NETWORKS[name]
    fit = net.fit(X, Y, ridge=0.05, get=get)
    expected = law(net, 0.05)
    mean, cov = fit.predict(NEW, return_cov=True)
    np.testing.assert_allclose(cov, expected, rtol=1e-9, atol=1e-11 * np.abs(expected).max())
    np.testing.assert_array_equal(cov, cov.T)
    again, std = fit.predict(NEW, return_std=True)
    np.testing.assert_allclose(std**2, np.diag(expected), rtol=1e-9)
    np.testing.assert_array_equal(mean, fit.predict(NEW))
    np.testing.assert_array_equal(again, mean)


def test_noise_adds_its_variance_to_what_is_observed_and_not_to_the_function():
    fit = NETWORKS["erf"].fit(X, np.column_stack((Y, -Y)), ridge=0.05, get="nngp")
    latent, observed = (fit.predict(NEW, return_cov=True, noise=noise)[1] for noise in (False, True))
    np.testing.assert_allclose(observed, latent + 0.05 * np.eye(6), rtol=1e-14)
    mean, std = fit.predict(NEW, return_std=True, noise=True)
    np.testing.assert_allclose(std**2, np.diag(observed), rtol=1e-12)
    assert (mean.shape, std.shape) == ((6, 2), (6,)), "every column of y has the same uncertainty"


SMOOTH, LINE, PLACES = (
    ns.mlp(1, "erf", 1.5, 0.5),
    np.linspace(-1, 1, 12)[:, None],
    np.array([[0.01], [0.5], [1.02], [4.0]]),
)


@cache
def digits():
    return SMOOTH.kernel(np.vstack((PLACES, LINE)), get=("nngp", "ntk"), precision=40)


@pytest.mark.parametrize("get", ["nngp", "ntk"])
@pytest.mark.parametrize("ridge", [0.0, 1e-3])
def test_variances_have_the_digits_that_are_stated(get, ridge):
    """Comparison with 40 digits for a fit with condition number 10¹² (without ridge), near its data and far from them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", JitterAdded)
        fit = SMOOTH.fit(LINE, LINE[:, 0], ridge, get)
    found = fit.predict(PLACES, return_std=True)[1] ** 2
    with mpmath.workdps(40):
        K, solved = (mpmath.matrix(getattr(digits(), kind).tolist()) for kind in ("nngp", get))
        A = solved[4:, 4:] + (mpmath.mpf(fit.ridge) + mpmath.mpf(fit.jitter)) * mpmath.eye(12)
        w = mpmath.inverse(A) * solved[4:, :4]
        left = mpmath.eye(16)[:4, :] - w.T * mpmath.eye(16)[4:, :]
        noise = (mpmath.mpf(fit.ridge) + mpmath.mpf(fit.jitter)) if get == "nngp" else 0
        exact = left * K * left.T + noise * w.T * w
        for k in range(4):
            size = 1 + sum(abs(x) for x in w[:, k])
            assert abs(found[k] - exact[k, k]) <= 1e-15 * size**2 * K[k, k]


@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_without_ridge_the_data_are_met_and_no_variance_is_negative(get):
    """Only rounding is left."""
    fit = ns.mlp(2, "relu", 1.4, 0.3).fit(X, Y, get=get)
    mean, std = fit.predict(np.vstack((X, -X[:3], np.zeros((1, 3)))), return_std=True)
    np.testing.assert_allclose(mean[:25], Y, rtol=1e-9, atol=1e-9)
    largest = fit.network.diagonal(X, "nngp").max()
    assert np.all(std[:25] ** 2 <= 1e-14 * largest) and np.all(std >= 0) and np.isfinite(std).all()
    assert np.all(std[25:] > 1e-3 * np.sqrt(largest)), "opposite and zero rows are no rows of the data"


def test_the_ensemble_is_that_of_trained_networks():
    """400 networks of width 512, linearised about their start and fully trained with their own kernels, differ from the
    limit only by their width: 3 % at 1/√512, besides the 3.5 % standard error of 400 draws."""
    net, few, y = ns.mlp(1, "erf", 1.5, 0.3), X[:5], Y[:5]
    at, rows = np.array([[0.5, -0.5, 1.0], [2.0, 1.0, 0.0], [-1.0, -2.0, 0.5]]), []
    for seed in range(400):
        sampled = net.sample(512, seed)
        start, theta = sampled.predict(np.vstack((few, at)))[:, 0], sampled.ntk(np.vstack((few, at)))
        rows.append(start[5:] + theta[5:, :5] @ np.linalg.solve(theta[:5, :5] + 0.1 * np.eye(5), y - start[:5]))
    mean, std = net.fit(few, y, ridge=0.1).predict(at, return_std=True)
    np.testing.assert_allclose(np.std(rows, axis=0), std, rtol=4 * 0.035 + 0.03)
    np.testing.assert_array_less(np.abs(np.mean(rows, axis=0) - mean), 4 * std / 20 + 0.03 * np.abs(mean))
    _, posterior = net.fit(few, y, ridge=0.1, get="nngp").predict(at, return_std=True)
    with pytest.raises(AssertionError):  # the posterior is another distribution, which this test rejects
        np.testing.assert_allclose(np.std(rows, axis=0), posterior, rtol=4 * 0.035 + 0.03)


@pytest.mark.parametrize("get", ["nngp", "ntk"])
@pytest.mark.parametrize("y", [Y, np.column_stack((Y, 2 - Y))], ids=["one", "two"])
def test_samples_have_the_mean_and_the_covariance(get, y):
    """20 000 draws: each entry of the covariance within 5 standard errors √(2/20000) of the largest variance."""
    fit = NETWORKS["erf"].fit(X, y, ridge=0.05, get=get)
    mean, cov = fit.predict(NEW, return_cov=True)
    draws = fit.sample(NEW, 20_000, seed=3)
    assert draws.shape == (20_000, *mean.shape)
    tolerance = 5 * 0.01 * cov.max()
    for column in range(mean.size // 6):
        part = draws.reshape(20_000, 6, -1)[..., column]
        np.testing.assert_allclose(np.cov(part.T), cov, atol=tolerance)
        np.testing.assert_allclose(
            part.mean(axis=0), mean.reshape(6, -1)[:, column], atol=5 * np.sqrt(cov.max() / 20_000)
        )
    np.testing.assert_array_equal(draws, fit.sample(NEW, 20_000, seed=3))
    assert not np.array_equal(fit.sample(NEW, seed=4), fit.sample(NEW, seed=5))


def test_functions_of_the_prior_have_the_nngp_kernel_as_covariance():
    net = NETWORKS["relu"]
    draws, K = net.prior(NEW, 20_000, seed=1), net.nngp(NEW)
    np.testing.assert_allclose(draws.T @ draws / 20_000, K, atol=5 * 0.01 * K.max())
    np.testing.assert_allclose(draws[0], net.prior(NEW, seed=1)[0], rtol=1e-13)
    twice = net.prior(np.vstack((NEW, NEW)), 3)
    np.testing.assert_allclose(twice[:, :6], twice[:, 6:], atol=1e-6 * np.sqrt(K.max()))  # equal inputs, equal values


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda fit: fit.predict(NEW, return_std=True, return_cov=True), "pass one of them"),
        (lambda fit: fit.predict(NEW, noise=True), "noise applies to return_std and return_cov"),
        (lambda fit: fit.predict(NEW, return_std=True, noise=True), "the ridge of trained networks is a penalty"),
        (lambda fit: fit.sample(NEW, 0), "draws is 0"),
        (lambda fit: fit.sample(NEW, seed=-1), "seed is -1"),
        (lambda fit: fit.sample(NEW[:, :2]), "X has 2 features"),
    ],
)
def test_what_has_no_answer_is_refused(call, said):
    with pytest.raises(InvalidInput, match=said):
        call(NETWORKS["erf"].fit(X, Y, ridge=0.05))


def test_a_kernel_that_is_a_function_has_predictions_and_no_variances():
    def laplace(A, B):
        B = A if B is None else B
        return np.exp(-np.sqrt(((A[:, None] - B[None]) ** 2).sum(-1)))

    fit = KernelRegression(laplace, X, Y, 0.1)
    assert fit.network is None and fit.get is None
    with pytest.raises(InvalidInput, match=r"fit with net\.fit"):
        fit.predict(NEW, return_std=True)


@settings(max_examples=10, derandomize=True, deadline=None)
@given(st.integers(1, 20), st.integers(0, 10**6))
def test_more_data_never_make_a_process_less_certain(n, seed):
    random = np.random.default_rng(seed)
    rows, at = random.standard_normal((21, 2)), random.standard_normal((4, 2))
    net = ns.mlp(1, "relu", 1.4, 0.3)
    less, more = (net.fit(rows[:k], rows[:k, 0], 0.01, "nngp").predict(at, return_std=True)[1] for k in (n, n + 1))
    assert np.all(more**2 <= less**2 + 1e-14) and np.all(less**2 <= net.diagonal(at, "nngp") + 1e-14)
