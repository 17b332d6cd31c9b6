"""Networks with numbers in them: sampled weights, predictions, back-propagation, the empirical NTK.

One code for one network and for many: every weight array may carry leading batch axes, and a batch of networks is
evaluated by batched matrix products. Inputs are rows; shapes below write `*batch` for those leading axes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..errors import InvalidInput
from ..inputs import as_count

Array = NDArray[Any]
Weights = tuple[tuple[Array, Array], ...]


@dataclass(frozen=True, eq=False)
class FiniteNetwork:
    """h⁽ˡ⁺¹⁾ = (W_std/√n_l) W x⁽ˡ⁾ + b_std b, x⁽ˡ⁾ = φ(h⁽ˡ⁾); the parameters θ are the raw W and b.

    layers    Dense and activation in turn, beginning and ending with Dense.
    weights   one (W, b) per Dense: W (*batch, n_out, n_in), b (*batch, n_out).
    """

    layers: tuple
    weights: Weights

    @property
    def n_features(self) -> int:
        return self.weights[0][0].shape[-1]

    @property
    def outputs(self) -> int:
        return self.weights[-1][0].shape[-2]

    def predict(self, X: Array) -> Array:
        """X (n, d) -> (*batch, n, outputs)."""
        return self._forward(X)[1][-1]

    def ntk(self, X: Array, Y: Array | None = None) -> Array:
        """Empirical NTK, [i, j, p, q] = ∂_θ f_p(x_i)·∂_θ f_q(x'_j): X (n, d), Y (m, d) -> (*batch, n, m, k, k).

        The Jacobian is never formed. With δˡ = ∂f/∂hˡ the gradient by W⁽ˡ⁾ is (W_std/√n) δˡ ⊗ x⁽ˡ⁻¹⁾, so its Gram
        matrix is the entrywise product of two small ones, summed over layers:
        [(W_std²/n) x⁽ˡ⁻¹⁾·x'⁽ˡ⁻¹⁾ + b_std²] (δˡ·δ'ˡ).
        Y is X by default; exactly symmetric when Y is None. Source: Jacot et al. 2018, arXiv 1806.07572.
        """
        xs, hs = self._forward(X)
        signals = self._signals(hs)
        xs_, signals_ = xs, signals
        if Y is not None:
            xs_, hs_ = self._forward(Y)
            signals_ = self._signals(hs_)

        # The output layer has δ = the unit vectors of the outputs: its own term stands on p = q alone.
        last = self._parameter_gram(len(signals), xs[-1], xs_[-1])
        n, m, k, batch = *last.shape[-2:], self.outputs, self.weights[0][0].shape[:-2]
        kernel = np.zeros((*batch, n, k, m, k), dtype=last.dtype)
        np.einsum("...ipjp->...ijp", kernel)[...] = last[..., None]  # a view of the diagonal
        for l, (delta, delta_) in enumerate(zip(signals, signals_)):
            gram = (delta @ delta_.swapaxes(-1, -2)).reshape(kernel.shape)
            gram *= self._parameter_gram(l, xs[l], xs_[l])[..., :, None, :, None]
            kernel += gram
        kernel = np.einsum("...ipjq->...ijpq", kernel)
        if Y is None:
            # BLAS may round x·y and y·x differently; the mean with the transpose is symmetric to the last bit.
            kernel = kernel + np.einsum("...ijpq->...jiqp", kernel)
            kernel *= 0.5
        return kernel

    def gradient(self, X: Array, residual: Array) -> Weights:
        """Σ_{n,p} residual[n, p] ∂f_p(x_n)/∂θ by back-propagation, shaped as `weights`.

        X (n, d), residual (n, k): ∂c/∂f at each point, so that the result is ∂c/∂θ. One network only, no batch axes.
        """
        xs, hs = self._forward(X)
        found: list[tuple[Array, Array]] = []
        error = residual
        for l in reversed(range(len(self.weights))):
            dense, W = self.layers[2 * l], self.weights[l][0]
            found.append((self._scale(l) * (error.T @ xs[l]), dense.b_std * error.sum(axis=0)))
            if l:
                error = (error @ W) * self._scale(l) * self.layers[2 * l - 1].dphi(hs[l - 1])
        return tuple(reversed(found))

    def moved(self, step: float, direction: Weights) -> FiniteNetwork:
        """The network at θ + step · direction."""
        return FiniteNetwork(
            self.layers,
            tuple((W + step * dW, b + step * db) for (W, b), (dW, db) in zip(self.weights, direction)),
        )

    def astype(self, dtype: DTypeLike) -> FiniteNetwork:
        """The network with weights of this dtype; itself if they already are."""
        if self.weights[0][0].dtype == dtype:
            return self
        return FiniteNetwork(self.layers, tuple((W.astype(dtype), b.astype(dtype)) for W, b in self.weights))

    def _scale(self, l: int) -> float:
        return float(self.layers[2 * l].W_std) / math.sqrt(self.weights[l][0].shape[-1])

    def _parameter_gram(self, l: int, x: Array, y: Array) -> Array:
        """∂h/∂(W, b) · ∂h'/∂(W, b) of one unit of layer l + 1, (*batch, n, m)."""
        gram = x @ y.swapaxes(-1, -2)
        gram *= self._scale(l) ** 2
        gram += float(self.layers[2 * l].b_std) ** 2
        return gram

    def _forward(self, X: Array) -> tuple[list[Array], list[Array]]:
        """Inputs x⁽⁰⁾…x⁽ᴸ⁾ of every Dense and their outputs h⁽¹⁾…h⁽ᴸ⁺¹⁾, each (*batch, n, n_l)."""
        xs, hs = [X], []
        for l, (W, b) in enumerate(self.weights):
            h = xs[l] @ W.swapaxes(-1, -2)
            h *= self._scale(l)
            if self.layers[2 * l].b_std:
                h += float(self.layers[2 * l].b_std) * b[..., None, :]
            hs.append(h)
            if l + 1 < len(self.weights):
                xs.append(self.layers[2 * l + 1].phi(h))
        return xs, hs

    def _signals(self, hs: list[Array]) -> list[Array]:
        """δˡ = ∂f/∂hˡ for l = 1…L, each (*batch, n·k, n_l): the k outputs of a point follow one another."""
        signals: list[Array] = []
        for l in reversed(range(len(hs) - 1)):
            slope = self.layers[2 * l + 1].dphi(hs[l])
            W = self.weights[l + 1][0]
            back = W[..., None, :, :]  # δ of the output layer: the unit vectors
            if signals:
                back = (signals[-1] @ W).reshape(*slope.shape[:-1], self.outputs, -1)
            delta = back * slope[..., :, None, :]
            delta *= self._scale(l + 1)
            signals.append(delta.reshape(*slope.shape[:-2], -1, slope.shape[-1]))
        return signals[::-1]


def sample(
    layers: Sequence,
    n_features: int,
    width: int | Sequence[int],
    seed: int | np.random.Generator = 0,
    outputs: int = 1,
    batch: tuple[int, ...] = (),
    dtype: DTypeLike = np.float64,
) -> FiniteNetwork:
    """Draw a network, or a batch of independent ones: every entry of every W and b is N(0, 1).

    width   one int for all hidden layers, or a tuple with one for each.   seed   an int, or a Generator to draw from.
    Raises InvalidInput for widths or outputs that are not positive whole numbers, or as many widths as do not fit.
    """
    layers = tuple(layers)
    sizes = (n_features, *hidden_widths(layers, width), as_count(outputs, "outputs", 1))
    rng = seed if isinstance(seed, np.random.Generator) else np.random.default_rng(as_count(seed, "seed"))
    weights = tuple(
        (
            rng.standard_normal((*batch, n_out, n_in), dtype=dtype),  # type: ignore[arg-type]
            rng.standard_normal((*batch, n_out), dtype=dtype),  # type: ignore[arg-type]
        )
        for n_in, n_out in pairwise(sizes)
    )
    return FiniteNetwork(layers, weights)


def hidden_widths(layers: tuple, width: int | Sequence[int]) -> tuple[int, ...]:
    """One width for each hidden layer. Raises InvalidInput naming the argument and the remedy."""
    depth = len(layers) // 2
    if isinstance(width, tuple | list):
        if len(width) != depth:
            raise InvalidInput(
                f"width has {len(width)} entries and the network {depth} hidden layers; "
                "pass one integer, or one for each hidden layer"
            )
        return tuple(as_count(each, "width", 1) for each in width)
    return (as_count(width, "width", 1),) * depth
