"""Infinite-width kernels as `gpytorch.kernels.Kernel`, with their scales as parameters."""

from __future__ import annotations

import math
from typing import Any

import torch
from gpytorch.constraints import Positive
from gpytorch.kernels import Kernel

from ..api.architectures import as_network
from ..api.door import GETS, short
from ..api.networks import Network, mlp
from ..defaults import ACTIVATION, B_STD, DEPTH, W_STD
from ..errors import InvalidInput
from ..inputs import as_scalar
from ..networks.scales import rescaled, scales
from .values import Values


class _OfNetwork(Kernel):
    """A kernel with two scales, of all weights and of all biases; a scale of biases that has no effect is left out.

    names   of the two parameters, of the weights first.
    """

    has_lengthscale = False
    names: tuple[str, str]

    def __init__(self, get: str, batch_shape: Any, active_dims: Any) -> None:
        super().__init__(batch_shape=batch_shape, active_dims=active_dims)
        if not isinstance(get, str) or get not in GETS:
            raise InvalidInput(f'get is {short(get)}: pass "ntk" or "nngp"')
        self.get = get

    def network_of(self, features: int, weights: float, biases: float) -> Network:
        """The network of these scales."""
        raise NotImplementedError

    def forward(self, x1: Any, x2: Any, diag: bool = False, last_dim_is_batch: bool = False, **_: Any) -> Any:
        """K(x1, x2), (…, n, m), or with diag (…, n); with last_dim_is_batch one kernel for each feature."""
        found = [self._scale(name) for name in self.names]
        if last_dim_is_batch:
            x1, x2 = (x.transpose(-1, -2).unsqueeze(-1) for x in (x1, x2))
            found = [scale.unsqueeze(-1) for scale in found]
        lead = torch.broadcast_shapes(x1.shape[:-2], x2.shape[:-2], *(scale.shape for scale in found))
        same = x1 is x2 or (x1.shape == x2.shape and torch.equal(x1, x2))
        if diag and not same:
            raise InvalidInput("diag is True and x1 differs from x2: pass x1 alone, or take the diagonal of the matrix")
        shape = (*lead, x1.shape[-2]) if diag else (*lead, x1.shape[-2], x2.shape[-2])
        if not math.prod(shape):
            return x1.new_zeros(shape)
        left, right = (x.expand(*lead, *x.shape[-2:]).reshape(-1, *x.shape[-2:]) for x in (x1, x2))
        weights, biases = (scale.expand(lead).reshape(-1) for scale in found)
        values = [
            Values.apply(left[i], right[i], weights[i], biases[i], self, same, diag) for i in range(math.prod(lead))
        ]
        return torch.stack(values).reshape(shape)

    def _register(self, name: str, value: Any, constraint: Any, prior: Any) -> None:
        """A positive parameter of the shape (*batch_shape, 1, 1). Raises InvalidInput."""
        raw = f"raw_{name}"
        self.register_parameter(raw, torch.nn.Parameter(torch.zeros(*self.batch_shape, 1, 1)))
        self.register_constraint(raw, Positive() if constraint is None else constraint)
        if prior is not None:
            self.register_prior(
                f"{name}_prior", prior, lambda own: getattr(own, name), lambda own, new: own._set(name, new)
            )
        self._set(name, value)

    def _set(self, name: str, value: Any) -> None:
        raw = getattr(self, f"raw_{name}", None)
        if raw is None:
            raise InvalidInput(f"{name} is no parameter of this kernel, which has no biases: make one with biases")
        value = torch.as_tensor(value, dtype=raw.dtype, device=raw.device)
        if not ((value > 0) & torch.isfinite(value)).all():
            raise InvalidInput(f"{name} is {short(value.tolist())}: pass a finite number above 0")
        constraint = getattr(self, f"raw_{name}_constraint")
        self.initialize(**{f"raw_{name}": constraint.inverse_transform(value)})

    def _get(self, name: str) -> Any:
        raw = getattr(self, f"raw_{name}", None)
        if raw is None:
            return torch.zeros(*self.batch_shape, 1, 1, dtype=self.dtype, device=self.device)
        return getattr(self, f"raw_{name}_constraint").transform(raw)

    def _scale(self, name: str) -> Any:
        return self._get(name)[..., 0, 0]


def _parameter(name: str) -> property:
    return property(lambda self: self._get(name), lambda self, value: self._set(name, value))


class NTKKernel(_OfNetwork):
    """The kernel of a fully connected network, with W_std and b_std as parameters.

    depth, activation, W_std, b_std   as for `mlp`; W_std and b_std are where learning starts. A b_std of 0 stays 0.
    get            "ntk", or "nngp" for the Gaussian process of a network.
    W_std_constraint, b_std_constraint, W_std_prior, b_std_prior   of GPyTorch; positive, and no prior, without them.
    batch_shape    one W_std and b_std for each batch.   active_dims   the features that it reads.
    Values are computed in float64 on the CPU and returned in the dtype and on the device of the inputs. Gradients come from
    the derived formulas, and are finite at equal, opposite and zero rows; there are no second derivatives.
    Raises InvalidInput, naming the argument.

    >>> NTKKernel(depth=1, W_std=1.5, b_std=0.0).W_std.item()
    1.5
    """

    names = ("W_std", "b_std")
    W_std, b_std = _parameter("W_std"), _parameter("b_std")

    def __init__(
        self,
        depth: int = DEPTH,
        activation: Any = ACTIVATION,
        W_std: float = W_STD,
        b_std: float = B_STD,
        get: str = "ntk",
        W_std_constraint: Any = None,
        b_std_constraint: Any = None,
        W_std_prior: Any = None,
        b_std_prior: Any = None,
        batch_shape: Any = None,
        active_dims: Any = None,
    ) -> None:
        super().__init__(get, batch_shape, active_dims)
        mlp(depth, activation)  # refused here, and not at the first value
        self.depth, self.activation = depth, activation
        self._register("W_std", as_scalar(W_std, "W_std"), W_std_constraint, W_std_prior)
        if as_scalar(b_std, "b_std"):
            self._register("b_std", b_std, b_std_constraint, b_std_prior)

    def network_of(self, features: int, weights: float, biases: float) -> Network:
        """`mlp` of these scales."""
        return mlp(self.depth, self.activation, weights, biases)


class NetworkKernel(_OfNetwork):
    """The kernel of any network, with the factors W_scale of all its W_std and b_scale of all its b_std as parameters.

    network   a `Network`, or the text of one as for `architecture`.   W_scale, b_scale   where learning starts.
    There is no b_scale where the network has no biases. As `NTKKernel` in everything else.

    >>> NetworkKernel("dense residual(relu dense) relu dense", get="nngp")(torch.tensor([[3.0, 4.0]])).to_dense().detach()
    tensor([[9.3750]])
    """

    names = ("W_scale", "b_scale")
    W_scale, b_scale = _parameter("W_scale"), _parameter("b_scale")

    def __init__(
        self,
        network: Any,
        get: str = "ntk",
        W_scale: float = 1.0,
        b_scale: float = 1.0,
        W_scale_constraint: Any = None,
        b_scale_constraint: Any = None,
        W_scale_prior: Any = None,
        b_scale_prior: Any = None,
        batch_shape: Any = None,
        active_dims: Any = None,
    ) -> None:
        super().__init__(get, batch_shape, active_dims)
        self.network = as_network(network)
        self._register("W_scale", as_scalar(W_scale, "W_scale"), W_scale_constraint, W_scale_prior)
        if any(scales(self.network.graph(), "b_std").values()):
            self._register("b_scale", as_scalar(b_scale, "b_scale"), b_scale_constraint, b_scale_prior)

    def network_of(self, features: int, weights: float, biases: float) -> Network:
        """The network with its scales multiplied."""
        return rescaled(self.network, features, weights, biases or 1.0)
