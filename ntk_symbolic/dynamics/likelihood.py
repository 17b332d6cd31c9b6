"""The log marginal likelihood of a Gaussian process, and its gradient in the scales of the network and in the ridge."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from functools import cache
from math import log, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidInput
from .factor import Factor
from .kernels import SCALES, KernelOf

PARAMETERS = (*SCALES, "ridge")


def likelihood(factor: Factor, y: NDArray[Any], coefficients: NDArray[Any]) -> float:
    """−½ yᵀ A⁻¹ y − ½ log det A − ½ n log 2π, summed over the columns of y; coefficients = A⁻¹ y."""
    columns = y.size // len(y)
    return -(float(np.vdot(y, coefficients)) + columns * (factor.log_determinant() + len(y) * log(2 * pi))) / 2


def slope(factor: Factor, coefficients: NDArray[Any]) -> NDArray[Any]:
    """The derivative of the likelihood in the entries of A: ½ (α αᵀ − A⁻¹), summed over the columns of y."""
    alpha = coefficients.reshape(len(coefficients), -1)
    return (alpha @ alpha.T - alpha.shape[1] * factor.inverse()) / 2


def likelihood_of(fit: Any, gradient: bool | Sequence[str]) -> Any:
    """The likelihood of a KernelRegression; see `KernelRegression.log_marginal_likelihood`."""
    value = likelihood(fit.factor, fit.y, fit.coefficients)
    if gradient is False:
        return value
    names = PARAMETERS if gradient is True else named(gradient, "gradient")
    if not isinstance(fit.kernel, KernelOf) and {*names} != {"ridge"}:
        raise InvalidInput(
            'gradient in W_std and b_std needs a network: fit with net.fit(X, y), or pass gradient=("ridge",)'
        )
    by_entry = slope(fit.factor, fit.coefficients)
    parts = (
        np.trace(by_entry) if name == "ridge" else np.vdot(by_entry, fit.kernel.derivative(fit.X, name))
        for name in names
    )
    return value, _gradient(names)(*map(float, parts))


def named(given: Any, argument: str) -> tuple[str, ...]:
    """Names of parameters, each once, in the order of PARAMETERS. Raises InvalidInput."""
    names = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, (tuple, list)) else ()
    if not names or any(name not in PARAMETERS for name in names):
        raise InvalidInput(f'{argument} is {given!r}: pass some of "W_std", "b_std" and "ridge" in a tuple')
    return tuple(name for name in PARAMETERS if name in names)


@cache
def _gradient(names: tuple[str, ...]) -> Any:
    return namedtuple("Gradient", names)
