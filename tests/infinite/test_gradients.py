"""Gradients of kernels by array libraries are finite everywhere and equal `net.derivative` wherever it exists."""

import following
import numpy as np
import pytest
from following import Followed
from sweeps import sweep

from ntk_symbolic import activation, mlp
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.errors import InvalidInput, NoDerivative
from ntk_symbolic.infinite.geometry import first_pair, rows
from ntk_symbolic.infinite.pairs import Pairs
from ntk_symbolic.infinite.spreads import Apart, Spreads
from ntk_symbolic.layers.spread import Spread

CLOSED = [name for name in LIBRARY if activation(name).reading.portable]
JUMPS = [name for name in CLOSED if activation(name).jumps]
NETWORKS = [(name, *network) for name in CLOSED for network in ((1, 0.0), (2, 0.3))]
NETWORKS += [(name, 3, 0.0) for name in ("relu", "abs", "erf", "sin")]
KINDS = ("relu", "abs", "erf", "gelu", "sin", "exp", "step")  # the others have the same branches
RNG = np.random.default_rng(1)
x, other = RNG.standard_normal((2, 3)) / 4
X = np.array([x, 0 * x, [0.25, 0, 0]])
PARTNERS = {
    "generic": other,
    "equal": x,
    "antipodal": -x,
    "parallel": 2.5 * x,
    "antiparallel": -3 * x,
    "zero": 0 * x,
    "1e-9 apart": x + 1e-9 * other,
    "orthogonal": np.array([0, 0, 0.5]),
    "longer": 8 * other,
}
Y = np.array(list(PARTNERS.values()))


def network(name, depth, b_std):
    return mlp(
        depth, name, 0.4 if name == "exp" else 1.2, b_std
    )  # the variances of exp leave the range of numbers soon


def slopes(net, get):
    """∂K/∂x by `net.derivative`, NaN if there is none."""
    try:
        return net.derivative(X, Y, "X", get)
    except NoDerivative:
        out = np.full((len(X), len(Y), 3), np.nan)
        for i, j in np.ndindex(len(X), len(Y)):
            try:
                out[i, j] = net.derivative(X[i : i + 1], Y[j : j + 1], "X", get)[0, 0]
            except NoDerivative:
                continue
        return out


def agrees(name, found, depth, b_std, get):
    """True if all are finite with errors below 3e-13 of the slope, or of a hundredth of the kernel if the slope is smaller;
    the largest error found is 1e-13."""
    net = network(name, depth, b_std)
    wanted = slopes(net, get)
    scale = 1e-2 * np.sqrt(np.outer(net.diagonal(X, get), net.diagonal(Y, get)))
    scale = np.maximum(scale, abs(np.nan_to_num(wanted)).max(axis=-1))
    assert np.isfinite(found).all(), (name, depth, b_std, get, np.argwhere(~np.isfinite(found)))
    error = abs(np.nan_to_num(found - wanted)).max(axis=-1)
    assert (error <= 3e-13 * scale).all(), (name, depth, b_std, get, np.argwhere(error > 3e-13 * scale))
    assert np.isfinite(wanted).any()


def moving(tangent):
    """The first pair of X and Y, with X varying, on a library that multiplies slopes of branches not taken by 0."""
    directions = np.eye(X.size).reshape(*X.shape, -1)
    return first_pair(rows(Followed(X, directions)), rows(Followed(Y, np.zeros(X.size))), tangent)


def slopes_of(K):
    """∂K(x, y)/∂x, (n, m, d)."""
    own = np.arange(len(X))
    return K.tangent.reshape(len(X), len(Y), len(X), 3)[own, :, own]


def by_rules(name, depth, b_std):
    """(nngp, ntk or None) of the layer rules."""
    out = network(name, depth, b_std).graph().run(Pairs(), moving(name not in JUMPS))
    return [k and slopes_of(k) for k in (out.c, out.ntk)]


@pytest.mark.parametrize(("name", "depth", "b_std"), sweep(NETWORKS, [net for net in NETWORKS if net[0] in KINDS]))
def test_no_branch_that_is_not_taken_has_an_infinite_slope(name, depth, b_std):
    nngp, ntk = by_rules(name, depth, b_std)
    agrees(name, nngp, depth, b_std, "nngp")
    if ntk is not None:
        agrees(name, ntk, depth, b_std, "ntk")


@pytest.mark.parametrize("tangent", [False, True], ids=["nngp", "ntk"])
@pytest.mark.parametrize(
    ("name", "depth", "b_std"), [("erf", 2, 0.0), ("gelu", 1, 0.0), ("sin", 2, 0.3), ("relu2", 1, 0.0)]
)
def test_gaps_have_the_slopes_of_the_kernels_they_are_made_of(name, depth, b_std, tangent):
    """K(x, x) + K(y, y) − 2 K(x, y)"""
    net, get = network(name, depth, b_std), ("nngp", "ntk")[tangent]
    both = [2 * net.derivative(X, Z, "X", get) for Z in (X, Y)]
    wanted = np.einsum("iik->ik", both[0])[:, None] - both[1]
    pair = moving(False)
    out = net.graph().run(Spreads(), Apart(pair, Spread.constant(0.0, pair) if tangent else None))
    found = slopes_of((out.ntk or Spread.of(out.pair)).signed)
    assert abs(found - wanted).max() < 1e-14 * max(abs(both[1]).max(), net.diagonal(Y, get).max())


@pytest.mark.parametrize("name", ["relu", "erf", "gelu", "step"])
def test_nor_has_one_while_a_function_is_traced(name, monkeypatch):
    """During tracing it is unknown which pairs are near, and both methods are computed for all."""
    for module in ("infinite.geometry", "layers.closed"):
        monkeypatch.setattr(f"ntk_symbolic.{module}.positions", lambda mask: None)
    for depth, b_std in ((1, 0.0), (2, 0.3)):
        nngp, _ = by_rules(name, depth, b_std)
        agrees(name, nngp, depth, b_std, "nngp")


def test_the_library_of_these_tests_makes_nan_where_the_usual_ones_do():
    zero = Followed(np.zeros(1), np.ones(1))
    assert np.isnan(following.where(np.array([False]), following.sqrt(zero), zero).tangent).all()
    assert np.isnan(following.atan2(zero, zero).tangent).all() and (following.abs(zero).tangent == 0).all()


# ---- the libraries themselves; they are large, and not among the requirements of the tests ----------------------------


@pytest.mark.parametrize(
    ("name", "depth", "b_std"), [("relu", 3, 0.3), ("abs", 1, 0.0), ("erf", 2, 0.3), ("gelu", 1, 0.0)]
)
def test_torch_has_the_gradients_of_the_derivative(name, depth, b_std):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for get in ("nngp", "ntk"):
        left = torch.tensor(X, requires_grad=True)
        K = network(name, depth, b_std).kernel(left, torch.tensor(Y), get)
        found = [torch.autograd.grad(K[:, j].sum(), left, retain_graph=True)[0] for j in range(len(Y))]
        agrees(name, torch.stack(found, dim=1).numpy(), depth, b_std, get)


def test_torch_differentiates_a_symmetric_kernel():
    """Both arguments of the diagonal vary: ∂K(x, x)/∂x is twice the derivative by the left input, also for a kink's NTK."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    net, e = mlp(2, "relu", 1.2, 0.1), 1e-6
    left = torch.tensor(X[[0, 2]], requires_grad=True)
    net.ntk(left).sum().backward()
    for i, k in np.ndindex(2, 3):
        step = np.zeros((2, 3))
        step[i, k] = e
        wanted = (net.ntk(X[[0, 2]] + step).sum() - net.ntk(X[[0, 2]] - step).sum()) / (2 * e)
        assert float(left.grad[i, k]) == pytest.approx(wanted, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("name", ["tanh", "hard_tanh", "elu"])
def test_torch_readings_by_integrals_refuse_a_gradient_by_name(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    net, left = mlp(1, name), torch.tensor(X, requires_grad=True)
    for call in (net.ntk, net.nngp, net.gap, net.diagonal, lambda Z: net.ntk(Z.detach(), Z)):
        with pytest.raises(InvalidInput, match=rf"{name}.*Network.derivative"):
            call(left)
    one = torch.tensor(1.0, requires_grad=True)
    with pytest.raises(InvalidInput, match=name):
        activation(name).dual(one, 1.0, 0.5)
    assert torch.isfinite(net.nngp(left.detach())).all()


def test_torch_numbers_that_carry_a_gradient_are_not_detached():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    number = torch.tensor(1.5, requires_grad=True)
    for call in (lambda: mlp(1, "relu", number), lambda: mlp(1, "relu", 1.0, number)):
        with pytest.raises(InvalidInput, match=r"_std is an array that carries a gradient.*Network.derivative"):
            call()
    net, left = mlp(1, "relu"), torch.tensor(X, requires_grad=True)
    calls = (net.derivative, lambda Z: net.kernel(Z, precision=20), lambda Z: net.kernel(Z, bound=True), net.compare)
    for call in (*calls, lambda Z: net.fit(Z, X[:, 0]), lambda Z: net.fit(X, Z[:, 0])):
        with pytest.raises(InvalidInput, match="carries a gradient"):
            call(left)
    for options in ({"precision": 20}, {"bound": True}, {"certified": True}):
        with pytest.raises(InvalidInput, match="carries a gradient"):
            activation("relu").dual(number, 1.0, 0.5, **options)


@pytest.mark.parametrize("name", ["relu", "erf"])
def test_jax_differentiates_traces_and_batches(name):
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    jax.config.update("jax_enable_x64", True)
    net, left, right = network(name, 1, 0.3), jax.numpy.asarray(X), jax.numpy.asarray(Y)
    np.testing.assert_allclose(jax.jit(net.nngp)(left, right), net.nngp(X, Y), rtol=1e-13)
    np.testing.assert_allclose(jax.vmap(net.nngp, (None, 0))(left, right[:, None])[..., 0], net.nngp(Y, X), rtol=1e-13)
    found = jax.jit(jax.jacfwd(lambda Z: net.nngp(Z, right)))(left)
    agrees(name, np.asarray(found)[np.arange(3), :, np.arange(3)], 1, 0.3, "nngp")
    reverse = jax.grad(lambda Z: net.nngp(Z, right)[:, 1].sum())(left)
    np.testing.assert_allclose(reverse, slopes(net, "nngp")[:, 1], rtol=1e-12, atol=1e-14)


def test_jax_traces_are_refused_where_numbers_are_needed():
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    left = jax.numpy.asarray(X)
    with pytest.raises(InvalidInput, match=r"tanh.*Network.derivative"):
        jax.jit(mlp(1, "tanh").nngp)(left)
    with pytest.raises(InvalidInput, match="W_std is an array that JAX traces"):
        jax.grad(lambda W_std: mlp(1, "relu", W_std).nngp(left).sum())(1.5)
    assert mlp(1, "relu").nngp(left.astype(jax.numpy.bfloat16)).dtype == jax.numpy.float32
