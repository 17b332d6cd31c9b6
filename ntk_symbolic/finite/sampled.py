"""The sampled network of the public interface: its input dimension is that of its first inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import ArrayLike, NDArray

from ..errors import InvalidInput
from ..inputs import as_count, as_matrix, check_features
from ..memory import SAID, require
from ..networks.graph import Graph
from ..networks.tracing import trace
from ..networks.words import Layer
from .network import FiniteNetwork, sample
from .widths import Widths

Array = NDArray[Any]


class SampledNetwork:
    """A network of finite width with i.i.d. N(0, 1) parameters, a function of (layers, width, seed, outputs) and d.

    layers    a network.
    width     an int for every Dense before the outputs, or one int for each of them in the order in which they are written.
              A Dense with its own width keeps it. Units that are added or multiplied must be equal in number; those of
              branches that are concatenated keep their proportions, where an int is the width of the narrowest.
    seed      an int ≥ 0; the same seed gives the same network.   outputs    k ≥ 1.
    Dropout: the masks are drawn with the network, one for each row of X and others for the rows of Y. In the standard
    parameterisation the fan-in is that of this network.
    Raises InvalidInput, naming the argument, here for widths, seed or outputs, and later for inputs of another shape.
    """

    def __init__(self, layers: Layer, width: int | Sequence[int], seed: int = 0, outputs: int = 1) -> None:
        self.layers = layers
        self.width = tuple(width) if isinstance(width, list) else width
        self.seed = as_count(seed, "seed")
        self.outputs = as_count(outputs, "outputs", 1)
        Widths(self._graph(None)).sizes(1, self.width, self.outputs)  # raises early if no inputs fit
        self._network: FiniteNetwork | None = None

    def __repr__(self) -> str:
        hidden = f"{self._graph(None).depth} hidden layers"
        return f"SampledNetwork({hidden}, width={self.width!r}, seed={self.seed}, outputs={self.outputs})"

    def __call__(self, *_: Any, **__: Any) -> None:
        """Raises InvalidInput, with the name of the method."""
        raise InvalidInput("a sampled network is no function: call predict(X) for its outputs, ntk(X) for its kernel")

    @property
    def parameters(self) -> tuple[tuple[Array | None, Array | None], ...]:
        """(W, b) of every Dense, b None for one without bias; defined after the first call with inputs."""
        if self._network is None:
            raise InvalidInput("parameters are drawn with the first inputs; call predict(X) or ntk(X) first")
        found: list[tuple[Any, Any]] = []
        for node, array in zip(self._network.parameters, self._network.weights, strict=True):
            if node.word == "constant" and found and found[-1][1] is None:
                found[-1] = found[-1][0], array
            else:
                found.append((array, None) if node.word == "linear" else (None, array))
        return tuple(found)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """X (n, d), rows are inputs -> (n, outputs), float64 unless X is float32."""
        X = self._read("X", X)
        return self.on(X).predict(X)

    def ntk(self, X: ArrayLike, Y: ArrayLike | None = None) -> NDArray[Any]:
        """Empirical NTK ∂_θ f(x)·∂_θ f(x') of this network.

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
            graph = self._graph(X.shape[1])
            _require_memory(graph, Widths(graph).sizes(X.shape[1], self.width, self.outputs))
            # Always drawn in float64, so that float32 inputs have the same network, rounded.
            self._network = sample(graph, X.shape[1], self.width, self.seed, self.outputs)
        return self._network.astype(X.dtype)

    def _graph(self, features: int | None) -> Graph:
        return trace(self.layers, features, finite=True)

    def _read(self, name: str, X: ArrayLike) -> NDArray[Any]:
        array = as_matrix(X, name)
        if self._network is not None and array.shape[1] != self._network.n_features:
            raise InvalidInput(
                f"{name} has {array.shape[1]} features and this network was drawn for {self._network.n_features}; "
                "sample another network for other inputs"
            )
        return array


def _require_memory(graph: Graph, sizes: Mapping[int, int]) -> None:
    """Raises InvalidInput where the parameters do not fit into free memory."""
    shapes = [(sizes[node.inputs[0]], sizes[node.place]) for node in graph.of("linear")]
    size = 8 * sum(one * other for one, other in shapes)
    if size > SAID:
        largest = max(shapes, key=lambda shape: shape[0] * shape[1])
        require(size, largest, "pass smaller widths", "the largest matrix of weights")
