"""The kernels of the network of a fit, and their derivatives along its scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidInput

SCALES = ("W_std", "b_std")


@dataclass(frozen=True)
class KernelOf:
    """The kernel of a network as a function of X and Y; get is "ntk" or "nngp"."""

    network: Any  # an `api.Network`
    get: str

    def __call__(self, X: Any, Y: Any = None) -> NDArray[Any]:
        return self.network.kernel(X, Y, get=self.get)

    def covariance(self, X: Any, Y: Any = None) -> NDArray[Any]:
        """The covariance of the outputs of random networks, the NNGP kernel, for both values of `get`."""
        return self.network.kernel(X, Y, get="nngp")

    def variance(self, X: Any) -> NDArray[Any]:
        """The diagonal of `covariance`."""
        return self.network.diagonal(X, get="nngp")

    def derivative(self, X: NDArray[Any], wrt: str) -> NDArray[Any]:
        """∂K(X, X)/∂W_std or ∂/∂b_std, of all Dense layers together. Raises NoDerivative, InvalidInput."""
        self.require_one_mask()
        return self.network.derivative(X, wrt=wrt, get=self.get)

    def elasticities(self, X: NDArray[Any], names: tuple[str, ...], Y: NDArray[Any] | None = None) -> NDArray[Any]:
        """∂K(X, Y)/∂log s, where s multiplies every W_std or every b_std: (n, m, number of names). Scales of 0 stay 0.

        X (n, d), Y (m, d), default X. Raises NoDerivative, InvalidInput.
        """
        if not names:
            return np.empty((len(X), len(X if Y is None else Y), 0))
        self.require_one_mask()
        return self.network.elasticities(X, names, self.get, Y)

    def require_one_mask(self) -> None:
        """Raises InvalidInput for Dropout: `Network.derivative` reads X and X as two matrices with independent masks."""
        dropped = next(self.network.graph().of("dropped"), None)
        if dropped:
            raise InvalidInput(
                f"the derivative of K(x, x) is not known after {dropped.layer}: leave the layer out, or take differences of "
                "kernel(X)"
            )
