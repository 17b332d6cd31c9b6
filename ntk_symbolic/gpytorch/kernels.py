"""Kernels of networks for GPyTorch, with gradients in the scales from the derived formulas."""

from __future__ import annotations

from typing import Any

import gpytorch
import numpy as np
import torch
from gpytorch.constraints import Positive

from ..api.architectures import as_network
from ..api.networks import Network, mlp
from ..defaults import ACTIVATION, B_STD, DEPTH, W_STD
from ..errors import InvalidInput
from ..networks.scales import rescaled, scales


class _Scaled(torch.autograd.Function):
    """The identity of a kernel, with the derivatives of the kernel in the scales: s ∂K/∂s is computed when it is needed."""

    @staticmethod
    def forward(ctx: Any, K: torch.Tensor, elasticities: Any, *values: torch.Tensor) -> torch.Tensor:
        ctx.elasticities = elasticities
        ctx.save_for_backward(*values)
        return K.clone()

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (grad,), values = grads, ctx.saved_tensors
        if not any(ctx.needs_input_grad[2:]):
            return grad, None, *(None for _ in values)
        slopes = torch.as_tensor(ctx.elasticities(), dtype=grad.dtype, device=grad.device)
        each = (grad[..., None] * slopes).sum(dim=tuple(range(grad.ndim)))
        return grad, None, *((g / s).reshape(s.shape) for g, s in zip(each, values, strict=True))


class _OfNetwork(gpytorch.kernels.Kernel):
    """Values of a network's kernel in the precision and on the device of the inputs."""

    has_lengthscale = False
    learned: dict[str, str]  # a parameter, and the scale that it is or multiplies

    def __init__(self, get: str, values: dict[str, tuple[float, str]], **options: Any) -> None:
        if tuple(options.get("batch_shape", ())):
            raise InvalidInput(
                "batch_shape is not empty: a kernel has one W_std and one b_std; inputs may have batches"
            )
        if get not in ("ntk", "nngp"):
            raise InvalidInput(f'get is {get!r}: pass "ntk" or "nngp"')
        super().__init__(**options)
        self.get, self.learned = get, {}
        for name, (value, scale) in values.items():
            if value > 0:  # a scale of 0 stays 0
                self.register_parameter(f"raw_{name}", torch.nn.Parameter(torch.zeros(())))
                self.register_constraint(f"raw_{name}", Positive())
                self.learned[name] = scale
                self.initialize(**{name: value})

    def __getattr__(self, name: str) -> Any:
        if name in self.__dict__.get("learned", ()):
            return getattr(self, f"raw_{name}_constraint").transform(getattr(self, f"raw_{name}"))
        return super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__.get("learned", ()):
            self.initialize(**{name: value})
        else:
            super().__setattr__(name, value)

    def initialize(self, **given: Any) -> Any:
        """Set parameters, W_std and b_std among them, to values."""
        for name in [name for name in given if name in self.learned]:
            raw = getattr(self, f"raw_{name}")
            value = torch.as_tensor(given.pop(name)).to(raw)
            given[f"raw_{name}"] = getattr(self, f"raw_{name}_constraint").inverse_transform(value)
        return super().initialize(**given)

    def network(self, features: int) -> Network:
        """The network whose kernel it is, at the present scales."""
        raise NotImplementedError

    def _scale(self, name: str, otherwise: float) -> float:
        return getattr(self, name).item() if name in self.learned else otherwise

    def forward(self, x1: torch.Tensor, x2: torch.Tensor, diag: bool = False, **params: Any) -> torch.Tensor:
        """K(x1, x2), (…, n, m), or with diag K(x1_i, x2_i), (…, n); x1 (…, n, d), x2 (…, m, d), batches alike."""
        if params.get("last_dim_is_batch"):
            raise InvalidInput("last_dim_is_batch is not supported: the kernel is one of all features together")
        batch = torch.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
        x1, x2 = (x.expand(*batch, *x.shape[-2:]) for x in (x1, x2))
        pairs = list(zip(x1.reshape(-1, *x1.shape[-2:]), x2.reshape(-1, *x2.shape[-2:]), strict=True))
        found = torch.stack([self._one(a, b, diag) for a, b in pairs])
        return found.reshape(*batch, *found.shape[1:])

    def _one(self, x1: torch.Tensor, x2: torch.Tensor, diag: bool) -> torch.Tensor:
        net = self.network(x1.shape[-1])
        same = x1.shape == x2.shape and bool(torch.equal(x1, x2))
        K = self._values(net, x1, None if same else x2, diag)
        values = [getattr(self, name) for name in self.learned]
        if not values:
            return K
        X, Y = (x.detach().cpu().double().numpy() for x in (x1, x2))
        names = tuple(self.learned.values())
        return _Scaled.apply(K, lambda: _elasticities(net, X, Y, names, self.get, diag), *values)  # type: ignore[return-value]

    def _values(self, net: Network, x1: torch.Tensor, x2: torch.Tensor | None, diag: bool) -> torch.Tensor:
        """The kernel; by PyTorch if its gradient in the inputs is wanted, otherwise by NumPy."""
        if x1.requires_grad or (x2 is not None and x2.requires_grad):
            if diag:
                return net.diagonal(x1, self.get) if x2 is None else net.kernel(x1, x2, self.get).diagonal()
            return net.kernel(x1, x2, self.get)
        X, Y = (None if x is None else x.detach().cpu().double().numpy() for x in (x1, x2))
        K = net.diagonal(X, self.get) if diag and Y is None else net.kernel(X, Y, self.get)
        if diag and Y is not None:
            K = np.diagonal(K).copy()
        return torch.as_tensor(K, dtype=x1.dtype, device=x1.device)


def _elasticities(
    net: Network, X: np.ndarray, Y: np.ndarray, names: tuple[str, ...], get: str, diag: bool
) -> np.ndarray:
    """s ∂K/∂s for each scale s: (n, m, scales), or (n, scales) with diag."""
    if diag:
        return np.stack([net.elasticities(x[None], names, get, y[None])[0, 0] for x, y in zip(X, Y, strict=True)])
    return net.elasticities(X, names, get, Y)


class NTKKernel(_OfNetwork):
    """The kernel of a fully connected network, with W_std and b_std to be learned.

    depth, activation, W_std, b_std   as for `mlp`.   get   "ntk", or "nngp" for the Gaussian process of a network.
    options   those of `gpytorch.kernels.Kernel`: active_dims. A b_std of 0 stays 0.
    Values are computed in float64 whatever the precision of the inputs. Gradients in W_std and b_std come from the derived
    formulas, also at equal, opposite and zero rows; those in the inputs from PyTorch, for closed forms.
    Sums, products and ScaleKernel are those of GPyTorch.
    Raises InvalidInput, naming the argument.
    """

    def __init__(
        self,
        depth: int = DEPTH,
        activation: Any = ACTIVATION,
        W_std: float = W_STD,
        b_std: float = B_STD,
        get: str = "nngp",
        **options: Any,
    ) -> None:
        mlp(depth, activation, W_std, b_std)  # raises InvalidInput, naming the argument
        super().__init__(get, {"W_std": (W_std, "W_std"), "b_std": (b_std, "b_std")}, **options)
        self.depth, self.activation = depth, activation

    def network(self, features: int) -> Network:
        """`mlp` of these parameters."""
        return mlp(self.depth, self.activation, self._scale("W_std", 0.0), self._scale("b_std", 0.0))


class NetworkKernel(_OfNetwork):
    """The kernel of any network, all its W_std multiplied by W_scale and all its b_std by b_scale, both to be learned.

    network   a `Network`, or the text of one as for `architecture`.   get   "ntk" or "nngp".
    As `NTKKernel` in everything else.
    """

    def __init__(self, network: Any, get: str = "nngp", **options: Any) -> None:
        given = as_network(network)
        biased = any(scales(given.graph(), "b_std").values())
        super().__init__(get, {"W_scale": (1.0, "W_std"), "b_scale": (1.0 * biased, "b_std")}, **options)
        self.given = given

    def network(self, features: int) -> Network:
        """The network with its scales multiplied."""
        return rescaled(self.given, features, self._scale("W_scale", 1.0), self._scale("b_scale", 1.0))
