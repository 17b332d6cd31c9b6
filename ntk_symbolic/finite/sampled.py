"""The sampled network users hold: its input dimension is the one of the first inputs it sees."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from numpy.typing import ArrayLike, NDArray

from ..errors import InvalidInput
from ..inputs import as_count, as_matrix, check_features
from ..memory import SAID, require
from .network import FiniteNetwork, Weights, hidden_widths, sample


class SampledNetwork:
    """A network of finite width with i.i.d. N(0, 1) parameters, decided by (layers, width, seed, outputs) and d.

    layers    Dense and activation in turn.   width    an int, or one int per hidden layer.
    seed      an int ≥ 0; the same seed gives the same network.   outputs    k ≥ 1.
    Raises InvalidInput, naming the argument, here for widths, seed or outputs, and later for inputs of another shape.
    """

    def __init__(self, layers: Sequence, width: int | Sequence[int], seed: int = 0, outputs: int = 1) -> None:
        self.layers = tuple(layers)
        self.width = tuple(width) if isinstance(width, list) else width
        hidden_widths(self.layers, self.width)
        self.seed = as_count(seed, "seed")
        self.outputs = as_count(outputs, "outputs", 1)
        self._network: FiniteNetwork | None = None

    def __repr__(self) -> str:
        hidden = f"{len(self.layers) // 2} hidden layers"
        return f"SampledNetwork({hidden}, width={self.width!r}, seed={self.seed}, outputs={self.outputs})"

    def __call__(self, *_: Any, **__: Any) -> None:
        """Raises InvalidInput, with the name of the method."""
        raise InvalidInput("a sampled network is no function: call predict(X) for its outputs, ntk(X) for its kernel")

    @property
    def parameters(self) -> Weights:
        """The raw (W, b) of every Dense; known once the network has seen its first inputs."""
        if self._network is None:
            raise InvalidInput("parameters are drawn with the first inputs; call predict(X) or ntk(X) first")
        return self._network.weights

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """X (n, d), rows are inputs -> (n, outputs), float64 unless X is float32."""
        X = self._read("X", X)
        return self.on(X).predict(X)

    def ntk(self, X: ArrayLike, Y: ArrayLike | None = None) -> NDArray[Any]:
        """Empirical NTK ∂_θ f(x)·∂_θ f(x') of this very network.

        X (n, d), Y (m, d), default X.
        Returns (n, m) for one output, else (n, m, k, k) with [i, j, p, q] = K_pq(x_i, x'_j).
        Source: Jacot et al. 2018, arXiv 1806.07572.
        """
        X = self._read("X", X)
        if Y is not None:
            Y = self._read("Y", Y).astype(X.dtype, copy=False)
            check_features(X, Y)
        kernel = self.on(X).ntk(X, Y)
        return kernel[..., 0, 0] if self.outputs == 1 else kernel

    def on(self, X: NDArray[Any]) -> FiniteNetwork:
        """The network with its numbers, in the dtype of X."""
        if self._network is None:
            _require_memory(X.shape[1], hidden_widths(self.layers, self.width), self.outputs)
            # Always drawn in float64, so that float32 inputs meet the same network, rounded.
            self._network = sample(self.layers, X.shape[1], self.width, self.seed, self.outputs)
        return self._network.astype(X.dtype)

    def _read(self, name: str, X: ArrayLike) -> NDArray[Any]:
        array = as_matrix(X, name)
        if self._network is not None and array.shape[1] != self._network.n_features:
            raise InvalidInput(
                f"{name} has {array.shape[1]} features and this network was drawn for {self._network.n_features}; "
                "sample another network for other inputs"
            )
        return array


def _require_memory(features: int, widths: tuple[int, ...], outputs: int) -> None:
    """Raises InvalidInput where the parameters do not fit into free memory."""
    sizes = (features, *widths, outputs)
    shape = max(pairwise(sizes), key=lambda pair: pair[0] * pair[1])
    size = 8 * sum(one * other for one, other in pairwise(sizes))
    if size > SAID:
        require(size, shape, "pass smaller widths", "the largest matrix of weights")
