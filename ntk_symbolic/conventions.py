"""Kernels of papers and of other libraries as networks of this package, times a number.

They differ in the scale of the inputs, in the factor of the activation, and in the place of the biases. Each function takes the
arguments of one source and returns a `Converted`, whose kernel is that of the source on the same inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np

from .api import Network, activation, mlp, parallel, serial
from .defaults import ACTIVATION
from .errors import InvalidInput
from .inputs import as_count, as_scalar
from .networks.dense import PARAMETERIZATIONS, Dense
from .networks.words import Layer

__all__ = [
    "Converted",
    "from_arora",
    "from_botorch",
    "from_jacot",
    "from_neural_tangents",
    "from_scikit_ntk",
    "standard",
]

Each = float | Sequence[float | None]


@dataclass(frozen=True)
class Converted:
    """A network and a factor: the kernel of the source is factor × the kernel of the network, on the same inputs."""

    network: Network
    factor: float = 1.0

    def ntk(self, X: Any, Y: Any = None) -> Any:
        """The NTK of the source: X (n, d), Y (m, d), default X; returns (n, m)."""
        return self.factor * self.network.ntk(X, Y)

    def nngp(self, X: Any, Y: Any = None) -> Any:
        """The NNGP kernel of the source: X (n, d), Y (m, d), default X; returns (n, m)."""
        return self.factor * self.network.nngp(X, Y)


def from_jacot(depth: int, activation: Any = ACTIVATION, beta: float = 0.1) -> Converted:
    """The kernels of Jacot et al. 2018: x ↦ W x/√n + β b in every layer, without a factor of the activation.

    depth        hidden layers, one less than the number L of layers in the paper.
    activation   as for `ntk_symbolic.activation`.
    beta         the factor of the biases; the paper uses 0.1 in its experiments.
    Raises InvalidInput, naming the argument.
    Source: Jacot, Gabriel, Hongler 2018, arXiv 1806.07572, section 2 and Theorem 1.

    >>> from_jacot(1).network
    serial(Dense(W_std=1.0, b_std=0.1), activation('relu'), Dense(W_std=1.0, b_std=0.1))
    """
    return Converted(mlp(depth, activation, 1.0, as_scalar(beta, "beta")))


def from_arora(depth: int, features: int, activation: Any = ACTIVATION) -> Converted:
    """The kernels of Arora et al. 2019: inputs as they are, without 1/d; √c φ in place of φ, c = 1/E φ(z)², z ~ N(0, 1).

    depth        hidden layers, L in the paper: Θ⁽ᴸ⁾ and c E φ(u)φ(v), the covariance Σ⁽ᴸ⁾.
    features     the number d of features of an input.
    activation   as for `ntk_symbolic.activation`; c = 2 for ReLU.
    Raises InvalidInput, naming the argument.
    Source: Arora et al. 2019, arXiv 1904.11955, section 3 (without biases).

    >>> from_arora(1, features=2).ntk([[3.0, 4.0]]).round(12)
    array([[50.]])
    """
    phi = _activation(activation)
    square = phi.dual(1.0, 1.0, 1.0)
    if not square:
        raise InvalidInput("activation is 0 on the line, and c = 1/E φ(z)² is infinite: pass another one")
    scaled = Dense(W_std=sqrt(1 / square))
    return Converted(serial(Dense(W_std=sqrt(as_count(features, "features", 1))), *[phi, scaled] * _hidden(depth)))


def from_scikit_ntk(depth: int, features: int, bias: float = 0.1, c: float = 2.0) -> Converted:
    """The NTK of `skntk.NeuralTangentKernel(depth, bias)`: ReLU, inputs as they are, a mean over the layers.

    Its biases are trained and start at 0: they add bias² to the tangent kernel of each layer and nothing to the covariance. The
    result is divided by (depth + 1)(1 + bias²). Only the NTK is one of scikit-ntk, which has no NNGP kernel.
    At an input of zeros the NTK with biases depends on φ'(0), which is ½ here.

    depth      hidden layers.   features   the number d of features of an input.
    bias, c    as there; c is 2 in version 1.2.1, and was an argument before.
    Raises InvalidInput, naming the argument.
    Source: scikit-ntk 1.2.1, `skntk/kernel.py`; Lencevicius 2022, who defines it.

    >>> from_scikit_ntk(1, features=2, bias=0.0).ntk([[3.0, 4.0]])
    array([[25.]])
    """
    hidden, d = _hidden(depth), as_count(features, "features", 1)
    bias, c = as_scalar(bias, "bias"), as_scalar(c, "c")
    if not c:
        raise InvalidInput("c is 0, and its kernel as well: pass a number above 0, such as 2")
    try:
        # ReLU is homogeneous, so c leaves the layers as one power: the square of the float √2 is not 2
        powers = [c**number for number in range(hidden + 1)]
        rates = [bias**2 / (d * power) for power in powers]
        factor = powers[-1] * d / ((hidden + 1) * (1 + bias**2))
    except (OverflowError, ZeroDivisionError):
        rates, factor = [inf], 0.0
    if not factor or inf in rates:
        raise InvalidInput(f"depth is {hidden}, and no float holds c**depth or bias**2/c**depth: pass smaller numbers")
    return Converted(_between("relu", [_biased(rate) for rate in rates]), factor)


def from_neural_tangents(
    depth: int,
    activation: Any = ACTIVATION,
    W_std: Each = 1.0,
    b_std: Each | None = None,
    parameterization: str = "ntk",
    widths: int | Sequence[int] | None = None,
) -> Converted:
    """The kernels of `stax.serial(stax.Dense(…), φ, …, stax.Dense(…))` of neural-tangents, `s=(1, 1)`.

    depth              hidden layers.
    activation         as for `ntk_symbolic.activation`.
    W_std, b_std       a number, or one for each Dense; b_std None, there as here the default, is no bias, and in a list too.
    parameterization   "ntk" or "standard".
    widths             for "standard", of the hidden layers: a number, or one for each.
    Raises InvalidInput, naming the argument.
    Source: neural-tangents 0.6.5, `stax.Dense`.

    >>> from_neural_tangents(1, "erf", 1.5, 0.1).network
    serial(Dense(W_std=1.5, b_std=0.1), activation('erf'), Dense(W_std=1.5, b_std=0.1))
    """
    if parameterization not in PARAMETERIZATIONS:
        raise InvalidInput(f'parameterization is {parameterization!r}: pass "ntk" or "standard"')
    if parameterization == "standard":
        return standard(depth, activation, W_std, b_std, widths)
    hidden = _hidden(depth)
    layers = zip(_each(W_std, hidden + 1, "W_std"), _each(b_std, hidden + 1, "b_std"))
    return Converted(_between(activation, [Dense(W_std=w, b_std=b or 0.0) for w, b in layers]))


def standard(
    depth: int,
    activation: Any = ACTIVATION,
    W_std: Each = 1.0,
    b_std: Each | None = None,
    widths: int | Sequence[int] | None = None,
) -> Converted:
    """The kernels in the standard parameterisation: the parameters are W W_std/√n and b_std b themselves.

    The NNGP kernel is the same as in the NTK parameterisation; the NTK grows with the widths.

    depth          hidden layers.
    activation     as for `ntk_symbolic.activation`.
    W_std, b_std   a number, or one for each Dense; b_std None is no bias, 0 is a trained bias that starts at 0.
    widths         of the hidden layers: a number, or one for each.
    Raises InvalidInput, naming the argument.
    Source: Sohl-Dickstein et al. 2020, arXiv 2001.07301; the defaults of `stax.Dense` of neural-tangents.

    >>> standard(1, widths=100).ntk([[1.0, 0.0]], [[1.0, 0.0]])
    array([[25.5]])
    """
    hidden = _hidden(depth)
    if widths is None and hidden:
        raise InvalidInput(
            "widths is None, and the kernel depends on them: pass widths=512, or one for each hidden layer"
        )
    weights = _each(W_std, hidden + 1, "W_std")
    biases = _each(b_std, hidden + 1, "b_std")
    units = [*_widths(widths, hidden), None]
    return Converted(_between(activation, [_standard(*layer) for layer in zip(weights, biases, units)]))


def from_botorch(depth: int, weight_var: float, bias_var: float) -> Converted:
    """The NNGP kernel of `botorch.models.kernels.InfiniteWidthBNNKernel(depth)`: ReLU, and variances for deviations.

    depth                  hidden layers.
    weight_var, bias_var   the squares of W_std and b_std. Only the NNGP kernel is one of BoTorch.
    Raises InvalidInput, naming the argument.
    Source: BoTorch 0.18.1, `models/kernels/infinite_width_bnn.py`.

    >>> from_botorch(1, weight_var=2.25, bias_var=0.25).network
    serial(Dense(W_std=1.5, b_std=0.5), activation('relu'), Dense(W_std=1.5, b_std=0.5))
    """
    scales = sqrt(as_scalar(weight_var, "weight_var")), sqrt(as_scalar(bias_var, "bias_var"))
    return Converted(mlp(depth, "relu", *scales))


_activation = activation


def _hidden(depth: Any) -> int:
    return as_count(depth, "depth")


def _between(phi: Any, layers: Sequence[Layer]) -> Network:
    phi = _activation(phi)
    return serial(layers[0], *[part for layer in layers[1:] for part in (phi, layer)])


def _biased(rate: float) -> Layer:
    """Weights of standard deviation 1, and biases that start at 0 and add `rate` to the tangent kernel."""
    weights = Dense()
    if not rate:
        return weights
    return parallel(weights, Dense(W_std=0.0, parameterization="standard", train="biases", rate=rate))


def _standard(W_std: float, b_std: float | None, width: int | None) -> Layer:
    if b_std == 0:
        weights = Dense(W_std=W_std, parameterization="standard", width=width)
        return parallel(weights, Dense(W_std=0.0, parameterization="standard", train="biases", width=width))
    return Dense(W_std=W_std, b_std=b_std or 0.0, parameterization="standard", width=width)


def _each(value: Any, count: int, name: str) -> list[Any]:
    """One number for each Dense, or None for a bias that is not there. Raises InvalidInput."""
    values = (
        list(value) if isinstance(value, (Sequence, np.ndarray)) and not isinstance(value, str) else [value] * count
    )
    if len(values) != count:
        raise InvalidInput(f"{name} has {len(values)} numbers for {count} Dense layers: pass a number, or one for each")
    return [None if each is None and name == "b_std" else as_scalar(each, name) for each in values]


def _widths(widths: Any, count: int) -> list[int]:
    """One number for each hidden layer. Raises InvalidInput."""
    found = list(widths) if isinstance(widths, (Sequence, np.ndarray)) else [widths] * count
    if len(found) != count:
        raise InvalidInput(f"widths has {len(found)} numbers for {count} hidden layers: pass a number, or one for each")
    return [as_count(width, "widths", 1) for width in found]
