"""Kernels in GPyTorch and BoTorch: values, gradients, training, and refusals; skipped where GPyTorch is not installed."""

import pickle

import numpy as np
import pytest

pytest.importorskip("gpytorch", reason="needs the extra gpytorch")

import gpytorch
import torch

import ntk_symbolic as ns
from ntk_symbolic.gpytorch import NetworkKernel, NTKKernel

RNG = np.random.default_rng(0)
X = torch.as_tensor(RNG.standard_normal((6, 3)))
AWKWARD = torch.cat([X[:2], X[:1], -X[:1], torch.zeros(1, 3, dtype=X.dtype)])  # equal, opposite and zero rows
TEXT = "dense(b_std=0.2) residual(relu dense) layernorm erf dense(W_std=1.3, b_std=0.1)"


def kernels():
    return [
        NTKKernel(2, "relu", 1.5, 0.2, get="ntk"),
        NTKKernel(2, "erf", 1.5, 0.2),
        NTKKernel(1, "gelu", 1.5, 0.0),
        NetworkKernel(TEXT, get="ntk"),
    ]


@pytest.mark.parametrize("kernel", kernels(), ids=str)
@pytest.mark.parametrize("rows", [X, AWKWARD], ids=["generic", "awkward"])
def test_values_are_those_of_the_network(kernel, rows):
    net = kernel.network(3)
    np.testing.assert_allclose(kernel(rows).to_dense().detach(), net.kernel(rows.numpy(), get=kernel.get), rtol=1e-14)
    np.testing.assert_allclose(kernel(X, rows).to_dense().detach(), net.kernel(X.numpy(), rows.numpy(), kernel.get))
    np.testing.assert_allclose(kernel(rows, diag=True).detach(), net.diagonal(rows.numpy(), kernel.get), rtol=1e-14)


@pytest.mark.parametrize("kernel", kernels(), ids=str)
@pytest.mark.parametrize("rows", [X, AWKWARD], ids=["generic", "awkward"])
@pytest.mark.parametrize("diag", [False, True], ids=["matrix", "diagonal"])
def test_gradients_in_the_scales_are_those_of_differences(kernel, rows, diag):
    weight = torch.as_tensor(np.random.default_rng(1).standard_normal((len(rows),) if diag else (len(rows),) * 2))

    def total():
        K = kernel(rows, diag=True) if diag else kernel(rows).to_dense()
        return (weight * K).sum()

    names = list(kernel.learned)
    grads = torch.autograd.grad(total(), [getattr(kernel, f"raw_{name}") for name in names])
    for name, grad in zip(names, grads, strict=True):
        raw = getattr(kernel, f"raw_{name}")
        start, step, values = raw.detach().clone(), 1e-3, []
        with torch.no_grad():
            for shift in (-2, -1, 1, 2):
                raw.copy_(start + shift * step)
                values.append(float(total()))
            raw.copy_(start)
        slope = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
        assert torch.isfinite(grad) and float(grad) == pytest.approx(
            slope, rel=2e-4, abs=1e-5
        )  # parameters are float32


def test_gradients_in_the_inputs_are_those_of_the_network():
    kernel = NTKKernel(2, "erf", 1.5, 0.2).double()
    moving = X.clone().requires_grad_()
    kernel(moving, AWKWARD).to_dense().sum().backward()
    wanted = kernel.network(3).derivative(X.numpy(), AWKWARD.numpy(), wrt="X", get="nngp").sum(axis=1)
    np.testing.assert_allclose(moving.grad, wanted, rtol=1e-10, atol=1e-12)


class Process(gpytorch.models.ExactGP):
    def __init__(self, x, y, likelihood, kernel):
        super().__init__(x, y, likelihood)
        self.mean_module, self.covar_module = gpytorch.means.ZeroMean(), kernel

    def forward(self, x):
        return gpytorch.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))


def process(kernel, noise=0.1):
    likelihood = gpytorch.likelihoods.GaussianLikelihood().double()
    likelihood.noise = noise
    y = torch.sin(X[:, 0]) + X[:, 1]
    return Process(X, y, likelihood, kernel.double()), likelihood, y


def test_the_marginal_likelihood_is_that_of_a_fit():
    model, likelihood, y = process(NTKKernel(2, "erf", 1.5, 0.2))
    measure = gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, model)
    fit = model.covar_module.network(3).fit(X.numpy(), y.numpy(), ridge=likelihood.noise.item(), get="nngp")
    found = measure(model(X), y).item() * len(y)  # GPyTorch divides by the number of rows
    assert found == pytest.approx(fit.log_marginal_likelihood(), abs=1e-8)


def test_training_raises_the_likelihood_and_predictions_are_those_of_a_fit():
    model, likelihood, y = process(NTKKernel(1, "erf", 1.0, 0.3))
    measure = gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, model)
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=0.05), []
    for _ in range(30):
        optimizer.zero_grad()
        loss = -measure(model(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.05
    model.eval(), likelihood.eval()
    new = torch.as_tensor(RNG.standard_normal((4, 3)))
    with torch.no_grad():
        found = model(new)
    fit = model.covar_module.network(3).fit(X.numpy(), y.numpy(), ridge=likelihood.noise.item(), get="nngp")
    mean, std = fit.predict(new.numpy(), return_std=True)
    np.testing.assert_allclose(found.mean, mean, atol=1e-6)
    np.testing.assert_allclose(found.stddev, std, atol=1e-6)


def test_sums_products_and_scales_of_kernels_work():
    base = NTKKernel(1, "relu")
    rbf = gpytorch.kernels.RBFKernel()
    K, R = base(X).to_dense(), rbf(X).to_dense()
    np.testing.assert_allclose((base + rbf)(X).to_dense().detach(), (K + R).detach())
    np.testing.assert_allclose((base * rbf)(X).to_dense().detach(), (K * R).detach())
    scaled = gpytorch.kernels.ScaleKernel(base)
    np.testing.assert_allclose(scaled(X).to_dense().detach(), (scaled.outputscale * K).detach(), rtol=1e-6)


def test_batches_of_inputs_are_computed_one_by_one():
    kernel, batch = NTKKernel(1, "erf"), torch.stack([X, -X, 2 * X])
    found = kernel(batch, X.expand(3, 6, 3)).to_dense()
    assert found.shape == (3, 6, 6)
    np.testing.assert_allclose(found[2].detach(), kernel(2 * X, X).to_dense().detach())


def test_parameters_are_saved_copied_and_set():
    kernel = NTKKernel(2, "relu", 1.5, 0.2)
    kernel.W_std = 1.25
    assert kernel.W_std.item() == pytest.approx(1.25) and kernel.network(3).layers[0].W_std == pytest.approx(1.25)
    other = NTKKernel(2, "relu")
    other.load_state_dict(kernel.state_dict())
    assert other.W_std.item() == kernel.W_std.item()
    again = pickle.loads(pickle.dumps(kernel))
    np.testing.assert_array_equal(again(X).to_dense().detach(), kernel(X).to_dense().detach())
    assert list(NTKKernel(1, "relu", 1.5, 0.0).learned) == ["W_std"]


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: NTKKernel(get="both"), "get is 'both'"),
        (lambda: NTKKernel(activation="rellu"), "did you mean 'relu'"),
        (lambda: NTKKernel(W_std=-1.0), "W_std"),
        (lambda: NTKKernel(batch_shape=torch.Size([2])), "batch_shape is not empty"),
        (lambda: NetworkKernel(3), "network is a int"),
        (lambda: NTKKernel().forward(X, X, last_dim_is_batch=True), "last_dim_is_batch"),
    ],
    ids=["get", "activation", "W_std", "batch", "network", "last_dim"],
)
def test_wrong_input_is_named(call, words):
    with pytest.raises(ns.NTKSymbolicError, match=words):
        call()


def test_botorchs_kernel_has_the_same_values_to_its_seven_digits():
    """BoTorch keeps cosines 1e-7 away from ±1: equal rows lose half of the digits, generic ones none."""
    kernels = pytest.importorskip("botorch.models.kernels", reason="needs BoTorch")
    theirs = kernels.InfiniteWidthBNNKernel(depth=3).double()
    theirs.weight_var, theirs.bias_var = 2.0, 0.01
    ours = NTKKernel(3, "relu", 2.0**0.5, 0.1)(X).to_dense().detach()
    gap = (theirs(X).to_dense().detach() / ours - 1).abs()
    generic = gap[~torch.eye(6, dtype=torch.bool)]
    assert 1e-9 < gap.diagonal().max() < 1e-6 and generic.max() < 1e-6


def test_a_model_of_botorch_is_fitted():
    botorch = pytest.importorskip("botorch", reason="needs BoTorch")
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP

    rows = torch.as_tensor(RNG.uniform(size=(12, 2)))
    y = (torch.sin(3 * rows[:, :1]) + rows[:, 1:]).double()
    model = SingleTaskGP(rows, y, covar_module=NTKKernel(2, "erf", 1.5, 0.3).double())
    measure = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
    before = measure(model(*model.train_inputs), model.train_targets).item()
    fit_gpytorch_mll(measure)
    model.train()
    assert measure(model(*model.train_inputs), model.train_targets).item() > before
    assert botorch.__version__
