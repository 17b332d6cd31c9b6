"""Kernels in GPyTorch and BoTorch: values, gradients where formulas through arccos have none, training, and our own fits."""

import copy
import doctest
import pickle
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch")
gpytorch = pytest.importorskip("gpytorch", reason="needs GPyTorch", exc_type=ImportError)

from gpytorch.constraints import Interval  # noqa: E402
from gpytorch.kernels import RBFKernel, ScaleKernel  # noqa: E402
from gpytorch.likelihoods import GaussianLikelihood  # noqa: E402
from gpytorch.priors import GammaPrior, LogNormalPrior  # noqa: E402

import ntk_symbolic as ns  # noqa: E402
import ntk_symbolic.gpytorch  # noqa: E402
from ntk_symbolic.errors import InvalidInput, NTKSymbolicError  # noqa: E402
from ntk_symbolic.gpytorch import NetworkKernel, NTKKernel  # noqa: E402

PAGE = Path(__file__).parents[2] / "docs" / "gpytorch.md"
BRANCHING = "dense(W_std=1.2) residual(relu dense(W_std=0.7, b_std=0.1)) layernorm gelu dense(b_std=0.3)"
MADE = {
    "relu": lambda **more: NTKKernel(depth=2, **more),
    "erf-nngp": lambda **more: NTKKernel(depth=2, activation="erf", get="nngp", **more),
    "no biases": lambda **more: NTKKernel(depth=1, activation="gelu", b_std=0.0, **more),
    "tanh": lambda **more: NTKKernel(depth=1, activation="tanh", **more),
    "network": lambda **more: NetworkKernel(BRANCHING, W_scale=0.9, b_scale=1.5, **more),
    "network without biases": lambda **more: NetworkKernel("dense relu dense", get="nngp", **more),
}
CLOSED = [name for name in MADE if name != "tanh"]
RNG = np.random.default_rng(0)
X = torch.from_numpy(RNG.standard_normal((12, 3)))
Z = torch.from_numpy(RNG.standard_normal((5, 3)))
Y = torch.sin(X[:, 0]) * X[:, 1]
# equal, opposite, parallel and zero rows
SPECIAL = torch.tensor([[1.0, 0.5], [1.0, 0.5], [-1.0, -0.5], [2.0, 1.0], [0.0, 0.0], [0.3, -1.0]], dtype=torch.float64)


def made(name, **more):
    return MADE[name](**more).double()


def network(kernel, features=3):
    """The network of the kernel's present scales."""
    return kernel.network_of(features, *(getattr(kernel, name).item() for name in kernel.names))


class Process(gpytorch.models.ExactGP):
    def __init__(self, x, y, kernel, noise=0.1):
        likelihood = GaussianLikelihood().double()
        likelihood.noise = noise
        super().__init__(x, y, likelihood)
        self.mean_module, self.covar_module = gpytorch.means.ZeroMean(), kernel

    def forward(self, x):
        return gpytorch.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))

    def log_likelihood(self):
        """log p(y), not divided by the number of rows as GPyTorch's is."""
        self.train()
        objective = gpytorch.mlls.ExactMarginalLogLikelihood(self.likelihood, self)
        return objective(self(*self.train_inputs), self.train_targets) * len(self.train_targets)


# ---- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MADE)
def test_values_are_those_of_the_network(name):
    kernel = made(name)
    net = network(kernel)
    x, z = X.numpy(), Z.numpy()
    with torch.no_grad():
        np.testing.assert_allclose(kernel(X).to_dense(), net.kernel(x, get=kernel.get), rtol=1e-14)
        np.testing.assert_allclose(kernel(X, Z).to_dense(), net.kernel(x, z, get=kernel.get), rtol=1e-14, atol=1e-15)
        np.testing.assert_allclose(kernel(X, diag=True), net.diagonal(x, kernel.get), rtol=1e-14)


def test_what_is_in_float32_is_computed_in_float64():
    single = NTKKernel(depth=2)
    x = X.float()
    found = single(x).to_dense()
    assert found.dtype == torch.float32
    wanted = network(single).ntk(x.double().numpy())
    np.testing.assert_array_equal(found.detach().numpy(), wanted.astype(np.float32))


def test_batches_have_their_own_inputs_and_scales():
    kernel = NTKKernel(depth=1, activation="erf", batch_shape=torch.Size([2])).double()
    kernel.W_std = torch.tensor([1.0, 2.0]).reshape(2, 1, 1)
    both = torch.stack([X[:5], X[5:10]])
    for rows, given in (((X[:5], X[:5]), X[:5]), ((X[:5], X[5:10]), both)):
        found = kernel(given).to_dense()
        assert found.shape == (2, 5, 5)
        for k, W_std in enumerate((1.0, 2.0)):
            wanted = ns.mlp(1, "erf", W_std, kernel.b_std[k].item()).ntk(rows[k].numpy())
            np.testing.assert_allclose(found[k].detach(), wanted, rtol=1e-14)
    assert kernel(both, Z).shape == (2, 5, 5) and kernel(both, diag=True).shape == (2, 5)
    np.testing.assert_array_equal(kernel[1](X).to_dense().detach(), kernel(X).to_dense()[1].detach())
    assert kernel(both[:, :0]).to_dense().shape == (2, 0, 0)


@pytest.mark.filterwarnings("ignore:The last_dim_is_batch:DeprecationWarning")
def test_the_last_dimension_as_a_batch_gives_one_kernel_for_each_feature():
    for shape in (torch.Size([]), torch.Size([2])):
        kernel = NTKKernel(depth=1, batch_shape=shape).double()
        found = kernel(X, last_dim_is_batch=True).to_dense()
        assert found.shape == (*shape, 3, 12, 12)
        wanted = kernel(X[:, 1:2]).to_dense()
        np.testing.assert_array_equal(found[..., 1, :, :].detach(), wanted.detach())


def test_active_dimensions():
    kernel = NTKKernel(depth=1, active_dims=(0, 2)).double()
    np.testing.assert_array_equal(
        kernel(X).to_dense().detach(), NTKKernel(depth=1).double()(X[:, [0, 2]]).to_dense().detach()
    )


# ---- gradients -------------------------------------------------------------------------------------------------------


def gradients(kernel, call):
    """Of a random sum of the entries, in the parameters by name."""
    weights = torch.from_numpy(np.random.default_rng(1).standard_normal(call(kernel).shape))
    kernel.zero_grad()
    (call(kernel) * weights).sum().backward()
    return {name: raw.grad.clone() for name, raw in kernel.named_parameters()}, weights


CALLS = {
    "matrix": lambda kernel: kernel(X).to_dense(),
    "two matrices": lambda kernel: kernel(X, Z).to_dense(),
    "diagonal": lambda kernel: kernel(X, diag=True),
    "special rows": lambda kernel: kernel(SPECIAL).to_dense(),
    "special rows beside others": lambda kernel: kernel(SPECIAL, SPECIAL[:4]).to_dense(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("name", CLOSED)
def test_gradients_in_scales_are_differences(name, call):
    if name == "network" and "special" in next(key for key, one in CALLS.items() if one is call):
        pytest.skip("LayerNorm of a zero row is 0/0")
    kernel = made(name)
    found, weights = gradients(kernel, call)
    assert set(found) == {f"raw_{name}" for name in kernel.names if hasattr(kernel, f"raw_{name}")}
    for raw, slope in found.items():
        ends = []
        for step in (1e-5, -1e-5):
            moved = copy.deepcopy(kernel)
            getattr(moved, raw).data += step
            ends.append((call(moved) * weights).sum().item())
        assert slope.item() == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=2e-7, abs=2e-8)


@pytest.mark.parametrize("name", CLOSED)
def test_gradients_in_inputs_are_differences(name):
    kernel = made(name)
    x, z = (one[:2, :2].clone().requires_grad_() for one in (X, Z))
    torch.autograd.gradcheck(lambda x: kernel(x, diag=True), x, fast_mode=True)
    torch.autograd.gradcheck(lambda x, z: kernel(x, z).to_dense(), (x, z), fast_mode=True)
    torch.autograd.gradcheck(lambda x: kernel(x).to_dense(), x, fast_mode=True)


@pytest.mark.parametrize("get", ["ntk", "nngp"])
@pytest.mark.parametrize("activation", ["relu", "erf", "gelu"])
def test_gradients_in_special_inputs_are_finite_and_right_where_they_exist(activation, get):
    """Rows that stay equal move together: K(x, x) has a derivative, which is that of the diagonal."""
    kernel = NTKKernel(depth=2, activation=activation, get=get).double()
    x = SPECIAL.clone().requires_grad_()
    kernel(x).to_dense().sum().backward()
    assert torch.isfinite(x.grad).all()
    diagonal, matrix = (SPECIAL.clone().requires_grad_() for _ in range(2))
    kernel(diagonal, diag=True).sum().backward()
    kernel(matrix).to_dense().diagonal().sum().backward()
    np.testing.assert_allclose(matrix.grad, diagonal.grad, rtol=1e-12, atol=1e-13)
    if activation == "erf" or get == "nngp":  # smooth at equal rows
        equal = SPECIAL[1:2].clone()  # equal to the row that moves, which is no reason to move with it
        torch.autograd.gradcheck(
            lambda z: kernel(z, equal).to_dense(), equal.clone().requires_grad_(), atol=1e-5, fast_mode=True
        )


def test_second_derivatives_are_refused():
    x = X[:2].clone().requires_grad_()
    kernel = NTKKernel(depth=1).double()
    with pytest.raises(NTKSymbolicError, match="no second derivatives in PyTorch: call backward without create_graph"):
        torch.autograd.grad(kernel(x).to_dense().sum() + x.pow(3).sum(), x, create_graph=True)


# ---- Gaussian processes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in CLOSED if "network" not in name])
def test_the_likelihood_and_its_gradient_are_those_of_our_fit(name):
    kernel = made(name)
    process = Process(X, Y, kernel)
    found = process.log_likelihood()
    found.backward()
    noise = process.likelihood.noise.item()
    fit = network(kernel).fit(X.numpy(), Y.numpy(), ridge=noise, get=kernel.get)
    value, gradient = fit.log_marginal_likelihood(gradient=True)
    assert found.item() == pytest.approx(value, abs=1e-8)
    for name, raw in kernel.named_parameters():
        scale = name.removeprefix("raw_")
        (slope,) = torch.autograd.grad(getattr(kernel, scale).sum(), raw)
        assert raw.grad.item() == pytest.approx(getattr(gradient, scale) * slope.item(), abs=1e-7)


def test_predictions_are_those_of_our_fit():
    process = Process(X, Y, NTKKernel(depth=2, get="nngp").double()).eval()
    with torch.no_grad():
        found = process(Z)
        fit = network(process.covar_module).fit(X.numpy(), Y.numpy(), ridge=process.likelihood.noise.item(), get="nngp")
        mean, std = fit.predict(Z.numpy(), return_std=True)
        np.testing.assert_allclose(found.mean, mean, atol=1e-8)
        np.testing.assert_allclose(found.stddev, std, atol=1e-7)


@pytest.mark.parametrize("whole", [False, True], ids=["alone", "in sums and products"])
def test_training_raises_the_likelihood_and_moves_every_parameter(whole):
    kernel = NTKKernel(depth=1, W_std_prior=GammaPrior(3.0, 2.0), b_std_prior=LogNormalPrior(-1.0, 1.0))
    kernel = ScaleKernel(kernel) * RBFKernel() + NetworkKernel("dense erf dense", get="nngp") if whole else kernel
    process = Process(X, Y, kernel.double())
    before = {name: value.clone() for name, value in process.named_parameters()}
    optimiser = torch.optim.Adam(process.parameters(), lr=0.1)
    values = []
    for _ in range(15):
        optimiser.zero_grad()
        loss = -process.log_likelihood()
        loss.backward()
        optimiser.step()
        values.append(loss.item())
    assert values[-1] < values[0] - 0.5
    assert all((value != before[name]).all() for name, value in process.named_parameters())


def test_state_pickle_and_copies_keep_the_kernel():
    kernel = NTKKernel(depth=1, activation="erf", b_std_prior=GammaPrior(2.0, 2.0)).double()
    kernel.W_std, kernel.b_std = 0.7, 1.3
    fresh = NTKKernel(depth=1, activation="erf", b_std_prior=GammaPrior(2.0, 2.0)).double()
    fresh.load_state_dict(kernel.state_dict())
    for other in (fresh, copy.deepcopy(kernel)):
        np.testing.assert_array_equal(other(X).to_dense().detach(), kernel(X).to_dense().detach())
    for made_here in (NTKKernel(depth=1, W_std=0.7), NetworkKernel(BRANCHING, W_scale=0.7)):
        back = pickle.loads(pickle.dumps(made_here.double()))
        np.testing.assert_array_equal(back(X).to_dense().detach(), made_here(X).to_dense().detach())


def test_constraints_and_fixed_scales():
    kernel = NTKKernel(depth=1, W_std_constraint=Interval(0.5, 2.0)).double()
    kernel.raw_W_std.data += 100.0
    assert kernel.W_std.item() == pytest.approx(2.0)
    kernel.raw_b_std.requires_grad_(False)
    kernel(X).to_dense().sum().backward()
    assert kernel.raw_W_std.grad is not None and kernel.raw_b_std.grad is None
    assert NTKKernel(b_std=0.0).b_std.item() == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: NTKKernel(get=("ntk", "nngp")), 'get is .*: pass "ntk" or "nngp"'),
        (lambda: NTKKernel(depth=-1), "depth"),
        (lambda: NTKKernel(W_std=0.0), "W_std is .*: pass a finite number above 0"),
        (lambda: NTKKernel(b_std=-1.0), "b_std"),
        (lambda: NetworkKernel(3), "network is a int"),
        (lambda: NetworkKernel("dense relu dense", W_scale=-1), "W_scale"),
        (lambda: setattr(NTKKernel(b_std=0.0), "b_std", 1.0), "b_std is no parameter of this kernel"),
        (lambda: setattr(NTKKernel(), "W_std", float("nan")), "W_std is"),
        (lambda: NTKKernel()(X[:2], X[2:4], diag=True), "diag is True and x1 differs"),
    ],
)
def test_arguments_are_refused_by_name(call, message):
    with pytest.raises(InvalidInput, match=message):
        call()


# ---- BoTorch ---------------------------------------------------------------------------------------------------------


def test_botorch_fits_a_model_and_maximises_an_acquisition_function():
    pytest.importorskip("botorch", reason="needs BoTorch")
    from botorch.acquisition import LogExpectedImprovement
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import SingleTaskGP
    from botorch.optim import optimize_acqf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # BoTorch on how the inputs are scaled
        model = SingleTaskGP(X, Y[:, None], covar_module=NTKKernel(depth=1, activation="erf", get="nngp").double())
        objective = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
        start = objective(model(*model.train_inputs), model.train_targets).item()
        fit_gpytorch_mll(objective)
        model.train()
        assert objective(model(*model.train_inputs), model.train_targets).item() > start
        model.eval()
        bounds = torch.tensor([[-1.0] * 3, [1.0] * 3], dtype=torch.float64)
        improvement = LogExpectedImprovement(model, Y.max())
        torch.manual_seed(0)
        place, value = optimize_acqf(improvement, bounds, q=1, num_restarts=2, raw_samples=16)
        assert value >= improvement(torch.zeros(1, 3, dtype=torch.float64))
        assert torch.isfinite(place).all()


def test_botorch_has_the_same_kernel_up_to_its_bound_on_the_cosine():
    """Its cosines are at most 1 − 1e-7: it loses the digits of near inputs, and its matrix differs from its diagonal."""
    pytest.importorskip("botorch", reason="needs BoTorch")
    from botorch.models.kernels import InfiniteWidthBNNKernel

    theirs = InfiniteWidthBNNKernel(3).double()
    theirs.weight_var, theirs.bias_var = 2.25, 0.25
    ours = NTKKernel(depth=3, get="nngp").double()
    ours.W_std, ours.b_std = 1.5, 0.5
    apart = X[:4]
    mask = ~torch.eye(4, dtype=torch.bool)
    with torch.no_grad():
        found, wanted = theirs(apart).to_dense(), ours(apart).to_dense()
        np.testing.assert_allclose(found[mask], wanted[mask], rtol=1e-12)
        off = (found / wanted - 1).diagonal().abs()
        assert (off > 1e-8).all() and (off < 1e-6).all()
        np.testing.assert_allclose(theirs(apart, diag=True), wanted.diagonal(), rtol=1e-14)
    converted = ns.conventions.from_botorch(3, 2.25, 0.25)
    np.testing.assert_allclose(wanted, converted.nngp(apart.numpy()), rtol=1e-13)


# ---- the documentation -----------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
def test_the_page_prints_what_it_says():
    """The code of the page, block after block; each `# …` after a print is what it prints."""
    pytest.importorskip("botorch", reason="needs BoTorch")
    said, printed, space = [], [], {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        said += [line[2:].strip() for line in block.splitlines() if line.startswith("# ")]
        space["print"] = lambda *values: printed.append(" ".join(map(str, values)))
        exec(block, space)
    assert said == printed


@pytest.mark.parametrize("module", [ntk_symbolic.gpytorch, ntk_symbolic.gpytorch.kernels], ids=lambda m: m.__name__)
def test_examples_of_docstrings(module):
    assert doctest.testmod(module, extraglobs={"torch": torch}).failed == 0
