"""Kernels for scikit-learn's Gaussian processes, with hyperparameter gradients from the derived formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.gaussian_process.kernels import Hyperparameter, Kernel

from ..api.architectures import as_network
from ..api.networks import Network, mlp
from ..defaults import ACTIVATION, B_STD, DEPTH, W_STD
from ..dynamics.kernels import KernelOf
from ..networks.scales import rescaled, scales

BOUNDS = (1e-2, 1e2)
MOVED = {"W_std": "W_std", "W_scale": "W_std", "b_std": "b_std", "b_scale": "b_std"}  # what a hyperparameter multiplies


class _OfNetwork(Kernel):
    """Values of a network's kernel, and their derivatives in the logarithms of its scales."""

    get: str

    def network_of(self, features: int) -> Network:
        """The network whose kernel it is."""
        raise NotImplementedError

    def __call__(self, X: Any, Y: Any = None, eval_gradient: bool = False) -> Any:
        """K(X, Y), (n, m); with eval_gradient also its derivatives in theta, (n, n, number of free hyperparameters).

        Raises ValueError for eval_gradient with Y; InvalidInput, NoDerivative, as `Network.kernel` and `derivative`.
        """
        X, Y = _matrix(X), None if Y is None else _matrix(Y)
        kernel = KernelOf(self.network_of(X.shape[1]), self.get)
        K = kernel(X, Y)
        if not eval_gradient:
            return K
        if Y is not None:
            raise ValueError("the gradient is that of K(X, X): leave Y out")
        moved = tuple(MOVED[parameter.name] for parameter in self.hyperparameters if not parameter.fixed)
        return K, kernel.elasticities(X, moved)

    def diag(self, X: Any) -> Any:
        """K(x, x) for every row of X."""
        X = _matrix(X)
        return self.network_of(X.shape[1]).diagonal(X, self.get)

    def is_stationary(self) -> bool:
        """False: the kernel depends on the norms of inputs."""
        return False

    def __repr__(self) -> str:
        given = {name: value for name, value in self.get_params().items() if not name.endswith("_bounds")}
        shown = (f"{name}={float(value) if isinstance(value, float) else value!r}" for name, value in given.items())
        return f"{type(self).__name__}({', '.join(shown)})"


class NTKKernel(_OfNetwork):
    """The kernel of a fully connected network, in W_std and b_std; for `GaussianProcessRegressor` and `-Classifier`.

    depth, activation, W_std, b_std   as for `mlp`.   get   "ntk", or "nngp" for the Gaussian process of a network.
    W_std_bounds, b_std_bounds        pairs, or "fixed" for what is not to be learned. A b_std of 0 stays 0.
    The vector theta holds the logarithms of W_std and b_std. Gradients come from the derived formulas, and hold at equal,
    opposite and zero rows too. Sums, products and powers with other kernels are those of scikit-learn.
    It may be the `kernel` of `SVC` and `KernelRidge` as well.

    >>> kernel = NTKKernel(depth=1, activation="erf", W_std=1.5)
    >>> kernel([[1.0, 2.0]], eval_gradient=True)[1].shape, kernel.theta.shape
    ((1, 1, 2), (2,))
    """

    def __init__(
        self,
        depth: int = DEPTH,
        activation: Any = ACTIVATION,
        W_std: float = W_STD,
        b_std: float = B_STD,
        get: str = "ntk",
        W_std_bounds: Any = BOUNDS,
        b_std_bounds: Any = BOUNDS,
    ) -> None:
        self.depth = depth
        self.activation = activation
        self.W_std = W_std
        self.b_std = b_std
        self.get = get
        self.W_std_bounds = W_std_bounds
        self.b_std_bounds = b_std_bounds

    @property
    def hyperparameter_W_std(self) -> Hyperparameter:
        return _hyperparameter("W_std", self.W_std_bounds, self.W_std != 0)

    @property
    def hyperparameter_b_std(self) -> Hyperparameter:
        return _hyperparameter("b_std", self.b_std_bounds, self.b_std != 0)

    def network_of(self, features: int) -> Network:
        """`mlp` of these parameters."""
        return mlp(self.depth, self.activation, self.W_std, self.b_std)


class NetworkKernel(_OfNetwork):
    """The kernel of any network, all its W_std multiplied by W_scale and all its b_std by b_scale.

    network   a `Network`, or the text of one as for `architecture`.   get   "ntk" or "nngp".
    W_scale_bounds, b_scale_bounds   pairs, or "fixed". b_scale is fixed where the network has no biases.
    As `NTKKernel` in everything else.

    >>> NetworkKernel("dense residual(relu dense) relu dense", get="nngp")([[3.0, 4.0]])
    array([[9.375]])
    """

    def __init__(
        self,
        network: Any,
        get: str = "ntk",
        W_scale: float = 1.0,
        b_scale: float = 1.0,
        W_scale_bounds: Any = BOUNDS,
        b_scale_bounds: Any = BOUNDS,
    ) -> None:
        self.network = network
        self.get = get
        self.W_scale = W_scale
        self.b_scale = b_scale
        self.W_scale_bounds = W_scale_bounds
        self.b_scale_bounds = b_scale_bounds

    @property
    def hyperparameter_W_scale(self) -> Hyperparameter:
        return _hyperparameter("W_scale", self.W_scale_bounds, self.W_scale != 0)

    @property
    def hyperparameter_b_scale(self) -> Hyperparameter:
        biased = any(scales(as_network(self.network).graph(), "b_std").values())
        return _hyperparameter("b_scale", self.b_scale_bounds, biased and self.b_scale != 0)

    def network_of(self, features: int) -> Network:
        """The network with its scales multiplied."""
        return rescaled(as_network(self.network), features, self.W_scale, self.b_scale)


def _hyperparameter(name: str, bounds: Any, free: bool) -> Hyperparameter:
    return Hyperparameter(name, "numeric", bounds if free else "fixed")


def _matrix(X: Any) -> np.ndarray:
    """X in float64: a kernel that was rounded to float32 may have no Cholesky factor."""
    return np.atleast_2d(np.asarray(X, dtype=np.float64))
