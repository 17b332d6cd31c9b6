"""A fit from a network and data, with a check of a given kernel and, on request, a search for the scales."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidInput
from ..inputs import as_double, as_matrix, as_scalar
from .kernels import KernelOf
from .regression import KernelRegression, targets
from .search import search

SAME = {8: 1e-9, 4: 1e-5}  # relative difference of two computations of a kernel at most; by bytes of a float


def fitted(
    network: Any,
    X: Any,
    y: Any,
    ridge: float,
    get: str,
    relative: bool,
    K: Any,
    optimise: str | Sequence[str],
) -> KernelRegression:
    """The fit that `Network.fit` returns; its arguments are documented there."""
    if not isinstance(relative, (bool, np.bool_)):
        raise InvalidInput(f"relative is {relative!r}: pass True, and the share as ridge")
    kernel = KernelOf(network, get)
    if K is not None:
        K = _checked(kernel, X, K)
    if not optimise:
        return KernelRegression(kernel, X, y, ridge, relative, K)
    if K is not None:
        raise InvalidInput("K: the kernel changes while W_std and b_std are searched; leave K out, or optimise")
    X = as_double(X)
    ridge = as_scalar(ridge, "ridge")
    if relative:
        ridge *= float(network.diagonal(X, get).mean())
        if "ridge" not in optimise:
            raise InvalidInput(
                'relative: a share changes with the kernel; add "ridge" to optimise, or pass relative=False'
            )
    best, ridge, said = search(kernel, X, targets(y, len(X)), ridge, optimise)
    out = KernelRegression(best, X, y, ridge)
    out.search = said
    return out


def _checked(kernel: KernelOf, X: Any, K: Any) -> NDArray[Any]:
    """The given kernel matrix, after a check of its diagonal and three columns. Raises InvalidInput."""
    X, K = as_double(X), as_matrix(K, "K")
    n = len(X)
    if K.shape != (n, n):
        raise InvalidInput(f"K has shape {K.shape}; pass ({n}, {n}), the kernel of the rows of X with each other")
    close = SAME[K.dtype.itemsize]
    diagonal = kernel.network.diagonal(X, kernel.get)
    size = diagonal.max()
    wrong = np.abs(K.diagonal() - diagonal).max() > close * size
    columns = sorted({0, n // 2, n - 1})
    others = np.arange(n)[:, None] != columns  # the diagonal is of one input with itself and is checked separately
    wrong |= np.abs(K[:, columns] - kernel(X, X[columns]))[others].max(initial=0.0) > close * size
    if wrong or not np.abs(K - K.T).max() <= close * size:
        raise InvalidInput(
            f'K is not the {kernel.get} kernel of X; pass K = net.kernel(X, get="{kernel.get}"), or leave K out'
        )
    return K
