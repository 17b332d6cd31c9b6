"""The log marginal likelihood against its density, its gradient against differences of 25-digit values, its maximum."""

from functools import cache

import mpmath
import numpy as np
import pytest
from scipy.stats import multivariate_normal

import ntk_symbolic as ns
from ntk_symbolic.dynamics.factor import JitterAdded
from ntk_symbolic.dynamics.kernels import KernelOf
from ntk_symbolic.dynamics.regression import KernelRegression
from ntk_symbolic.errors import InvalidInput, NoDerivative
from ntk_symbolic.networks.scales import rescaled, scales

RNG = np.random.default_rng(0)
X = RNG.standard_normal((25, 3))
Y = np.sin(X[:, 0]) + 0.1 * RNG.standard_normal(25)
# rows that are equal, opposite and in one direction, where a formula that subtracts has no derivative
FEW = np.array([[1.0, 0.5, -0.3], [1.0, 0.5, -0.3], [-1.0, -0.5, 0.3], [2.0, 1.0, -0.6]])
TARGETS = np.array([0.3, 0.1, -0.7, 0.9])
BRANCHING = "dense(W_std=1.25) residual(relu dense(W_std=0.75, b_std=0.125)) layernorm gelu dense(b_std=0.375)"


@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_it_is_the_logarithm_of_the_density_of_the_targets(get):
    net = ns.mlp(2, "relu", 1.4, 0.2)
    A = net.kernel(X, get=get) + 0.1 * np.eye(25)
    both = np.column_stack((Y, Y**2))
    expected = [multivariate_normal.logpdf(y, cov=A) for y in both.T]
    assert net.fit(X, Y, 0.1, get).log_marginal_likelihood() == pytest.approx(expected[0], rel=1e-12)
    assert net.fit(X, both, 0.1, get).log_marginal_likelihood() == pytest.approx(sum(expected), rel=1e-12)


@cache
def digits(net, get):
    return net.kernel(FEW, get=get, precision=25)


def precise(net, ridge, get):
    """The likelihood of TARGETS at FEW from a kernel of 25 digits."""
    with mpmath.workdps(25):
        A = mpmath.matrix(digits(net, get).tolist()) + mpmath.mpf(ridge) * mpmath.eye(len(FEW))
        y, lower = mpmath.matrix(TARGETS.tolist()), mpmath.cholesky(A)
        half = mpmath.lu_solve(lower, y)
        determinant = sum(mpmath.log(lower[i, i]) for i in range(len(FEW)))
        return -(half.T * half)[0] / 2 - determinant - len(FEW) * mpmath.log(2 * mpmath.pi) / 2


def difference(at, h=2.0**-26):
    """(at(h) − at(−h))/2h: its error is about h², 2e-16, and 1e-25/h."""
    with mpmath.workdps(25):
        return float((at(h) - at(-h)) / (2 * mpmath.mpf(h)))


@pytest.mark.parametrize("get", ["nngp", "ntk"])
@pytest.mark.parametrize(("depth", "activation"), [(2, "relu"), (1, "erf"), (1, "gelu")])
def test_the_gradient_is_that_of_differences_of_twenty_five_digits(depth, activation, get):
    def net(W, b):
        return ns.mlp(depth, activation, W, b)

    W, b, ridge = 1.375, 0.25, 0.125
    value, gradient = net(W, b).fit(FEW, TARGETS, ridge, get).log_marginal_likelihood(gradient=True)
    assert value == pytest.approx(float(precise(net(W, b), ridge, get)), rel=1e-12)
    expected = (
        difference(lambda h: precise(net(W + h, b), ridge, get)),
        difference(lambda h: precise(net(W, b + h), ridge, get)),
        difference(lambda h: precise(net(W, b), ridge + h, get)),
    )
    np.testing.assert_allclose(gradient, expected, rtol=1e-10)


@pytest.mark.parametrize("get", ["nngp", "ntk"])
@pytest.mark.parametrize("name", ["W_std", "b_std"])
def test_scales_that_differ_from_layer_to_layer_move_by_one_factor(name, get):
    net = ns.architecture(BRANCHING)
    found = KernelOf(net, get).elasticities(FEW, (name,))[..., 0]
    h = 2.0**-26
    ends = [rescaled(net, 3, **{"W_std": 1.0, "b_std": 1.0, name: 1 + t}) for t in (h, -h)]
    up, down = (end.kernel(FEW, get=get, precision=25) for end in ends)
    with mpmath.workdps(25):
        expected = ((up - down) / (2 * mpmath.mpf(h))).astype(float)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())


def test_networks_are_multiplied_wherever_their_layers_stand():
    net = ns.architecture(
        "dense(W_std=1.5) parallel(sum: relu dense(b_std=0.5) | dense) repeat(2, residual(relu dense(W_std=0.5))) relu dense"
    )
    moved = rescaled(net, 3, 2.0, 4.0)
    assert scales(moved.graph(3), "W_std") == {k: 2 * std for k, std in scales(net.graph(3), "W_std").items()}
    assert scales(moved.graph(3), "b_std") == {2: 2.0}
    assert rescaled(net, 3, 1.0, 1.0) == net


class Hidden:
    """A handwritten layer that is no dataclass."""

    def rule(self, K, x):
        return K.apply(ns.Dense(W_std=0.5), x)


def test_a_layer_whose_scales_are_out_of_reach_is_named():
    net = ns.serial(ns.Dense(), ns.Relu(), Hidden())
    with pytest.raises(InvalidInput, match=r"W_std of .* cannot be multiplied"):
        net.fit(X, Y, 0.1, optimise="W_std")


def test_behind_dropout_the_gradient_is_refused_and_the_value_is_not():
    net = ns.serial(ns.Dense(), ns.Relu(), ns.Dropout(0.8), ns.Dense())
    fit = net.fit(X, Y, 0.1)
    assert fit.log_marginal_likelihood() == pytest.approx(
        multivariate_normal.logpdf(Y, cov=net.ntk(X) + 0.1 * np.eye(25)), rel=1e-12
    )
    with pytest.raises(InvalidInput, match="not known after"):
        fit.log_marginal_likelihood(gradient=True)
    with pytest.raises(InvalidInput, match="not known after"):
        net.fit(X, Y, 0.1, optimise="W_std")
    assert net.fit(X, Y, 0.1, optimise="ridge").search.converged


def test_parts_of_the_gradient_can_be_asked_for():
    fit = ns.mlp(1, "relu", 1.4, 0.0).fit(FEW, TARGETS, 0.1)
    with pytest.raises(NoDerivative, match="b_std"):  # opposite rows, and a bias that would part them
        fit.log_marginal_likelihood(gradient=True)
    _, two = fit.log_marginal_likelihood(gradient=("ridge", "W_std"))
    assert two._fields == ("W_std", "ridge")
    _, one = KernelRegression(
        lambda A, B: np.exp(-((A - (A if B is None else B).T) ** 2)), X[:, :1], Y, 0.1
    ).log_marginal_likelihood(gradient="ridge")
    assert one._fields == ("ridge",)
    for wrong in ("W", (), 3, ("ridge", "depth")):
        with pytest.raises(InvalidInput, match="gradient is"):
            fit.log_marginal_likelihood(gradient=wrong)


# ---- search ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_the_search_ends_where_the_gradient_is_zero(get):
    net = ns.mlp(1, "relu", 1.4, 0.4)
    fit = net.fit(X, Y + 1, 0.1, get, optimise=("W_std", "b_std", "ridge"))
    value, gradient = fit.log_marginal_likelihood(gradient=True)
    found = fit.search
    assert (found.converged, found.at_bound, found.names) == (True, (), ("W_std", "b_std", "ridge"))
    assert value == pytest.approx(found.likelihood, rel=1e-12) and value > found.start
    assert found.start == pytest.approx(net.fit(X, Y + 1, 0.1, get).log_marginal_likelihood(), rel=1e-12)
    W, b = fit.network.layers[0].W_std, fit.network.layers[0].b_std
    in_logs = np.multiply(gradient, (W, b, fit.ridge))
    np.testing.assert_allclose(in_logs, found.slopes, atol=1e-9)
    assert np.all(np.abs(in_logs) < 1e-3)
    np.testing.assert_allclose(found.factors, (W / 1.4, b / 0.4, fit.ridge / 0.1), rtol=1e-12)
    assert "converged after" in found.sentence() and "W_std ×" in found.sentence()


def test_the_search_finds_the_scales_that_made_the_data():
    """40 independent functions on 25 points. The standard error of log ridge is about √(2/1000), of log W_std below that."""
    net = ns.mlp(1, "relu", 2.0, 0.5)
    y = net.prior(X, 40, seed=1).T + 0.3 * RNG.standard_normal((25, 40))
    fit = ns.mlp(1, "relu", 1.0, 0.25).fit(X, y, 1.0, "nngp", optimise=("W_std", "b_std", "ridge"))
    assert fit.ridge == pytest.approx(0.09, rel=0.25)
    assert fit.network.layers[0].W_std == pytest.approx(2.0, rel=0.15)
    assert fit.network.layers[0].b_std == pytest.approx(0.5, rel=0.4)


def test_what_is_not_searched_stays_and_proportions_of_layers_stay():
    net = ns.architecture("dense(W_std=1.5, b_std=0.2) relu dense(W_std=3.0)")
    fit = net.fit(X, Y, 0.1, optimise="W_std")
    first, last = scales(fit.network.graph(3), "W_std").values()
    assert last == pytest.approx(2 * first, rel=1e-12) and first != 1.5
    assert scales(fit.network.graph(3), "b_std") == {1: 0.2} and fit.ridge == 0.1
    assert net.fit(X, Y, 0.1).search is None


def test_a_search_that_is_stopped_by_its_bounds_says_so():
    """For targets of 0 the best kernel is 0."""
    fit = ns.mlp(1, "relu", 1.4, 0.4).fit(X[:8], 0 * Y[:8], 0.1, "nngp", optimise=("W_std", "b_std"))
    assert fit.search.at_bound == ("W_std", "b_std")
    assert "W_std and b_std at a bound of the search" in fit.search.sentence()
    np.testing.assert_allclose(fit.search.factors, 1e-2, rtol=1e-12)


def test_a_relative_ridge_starts_as_a_share():
    net = ns.mlp(1, "relu", 1.4, 0.4)
    fit = net.fit(X, Y, 1e-2, "nngp", relative=True, optimise="ridge")
    assert fit.search.start == pytest.approx(
        net.fit(X, Y, 1e-2, "nngp", relative=True).log_marginal_likelihood(), rel=1e-12
    )


@pytest.mark.parametrize(
    ("net", "options", "said"),
    [
        (ns.mlp(1, "relu", 1.4, 0.0), {"ridge": 0.1, "optimise": ("W_std", "b_std")}, "b_std is 0 in every layer"),
        (ns.mlp(1, "relu", 1.4, 0.1), {"optimise": ("ridge",)}, "ridge is 0, .*pass ridge > 0"),
        (ns.mlp(1, "relu", 1.4, 0.1), {"ridge": 0.1, "optimise": "depth"}, "optimise is 'depth': pass some of"),
        (ns.mlp(1, "relu", 1.4, 0.1), {"ridge": 0.1, "optimise": True}, "optimise is True: pass some of"),
        (ns.mlp(1, "relu", 1.4, 0.1), {"ridge": 0.1, "relative": True, "optimise": "W_std"}, 'add "ridge" to optimise'),
        (ns.mlp(1, "relu", 1.4, 0.1), {"ridge": 0.1, "K": np.eye(25), "optimise": "ridge"}, "leave K out"),
        (ns.mlp(1, "relu", 1.4, 0.1), {"ridge": -0.1, "optimise": "ridge"}, "ridge is -0.1"),
    ],
)
def test_what_cannot_be_searched_is_refused(net, options, said):
    if "K" in options:
        options = options | {"K": net.ntk(X)}
    with pytest.raises(InvalidInput, match=said):
        net.fit(X, Y, **options)


def test_a_search_that_meets_kernels_beyond_floats_turns_back():
    """For targets of 1e155 the best kernel is 1e310, and the search starts at 1e306."""
    net = ns.mlp(1, "relu", 2.0**0.5, 0.0)
    fit = net.fit(1e153 * X[:6], 1e155 * Y[:6], 1e300, "nngp", optimise="W_std")
    assert np.isfinite(fit.search.likelihood) and fit.search.likelihood > fit.search.start
    assert np.isfinite(fit.predict(1e153 * X[:6])).all()


def test_one_warning_tells_of_jitter_at_the_end_of_a_search():
    doubled, y = np.vstack((X[:6], X[:6])), np.tile(Y[:6], 2)
    with pytest.warns(JitterAdded) as said:
        ns.mlp(1, "relu", 1.4, 0.4).fit(doubled, y, optimise="W_std")
    assert len(said) == 1
