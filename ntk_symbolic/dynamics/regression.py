"""Prediction by kernel regression: the network trained to the end, in the limit of infinite width."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_solve, get_lapack_funcs

from ..elsewhere import FITTED, PREDICTED, by_name
from ..errors import InvalidInput, warn
from ..inputs import as_matrix, as_numbers, as_scalar, check_features

CONDITION_LIMIT = 1e13  # the solution then keeps three digits of float64's sixteen

JITTERS = tuple(10.0**-e for e in range(13, 3, -1))  # relative to the mean of the diagonal

Kernel = Callable[[Any, Any], NDArray[Any]]


class JitterAdded(UserWarning):
    """The kernel matrix was singular to working precision, and something was added to its diagonal."""


class KernelRegression:
    """f(x) = K(x, X) (K(X, X) + ridge·I)⁻¹ y.

    kernel   kernel(X, Y) -> (n, m); Y is None for X with itself, and that array is taken over and overwritten.
    X        (n, d), passed to the kernel in float64, of whatever precision it is.     y   (n,) or (n, k).
    ridge    ≥ 0, in units of the kernel; added to the diagonal.
    After fitting: `condition`, the estimated condition number of the matrix that was solved (1-norm, LAPACK pocon);
    `jitter`, what had to be added to the diagonal beyond the ridge, else 0.0. One JitterAdded warning if it is not 0.
    Raises InvalidInput, naming the argument, for shapes that do not fit, NaN, a negative ridge, or no kernel matrix.
    Source: Jacot et al. 2018, arXiv 1806.07572, section 5; ridge 0 is gradient flow on the squared error at t = ∞ from
    f₀ = 0.
    """

    def __init__(self, kernel: Kernel, X: ArrayLike, y: ArrayLike, ridge: float = 0.0) -> None:
        self.kernel = kernel
        self.X = _in_double(as_matrix(X)).copy()  # predictions need the inputs as they are now
        self.ridge = as_scalar(ridge, "ridge")
        y = _targets(y, len(self.X))
        matrix = kernel(self.X, None)
        if matrix.shape != (len(y), len(y)):
            raise InvalidInput(f"kernel(X, None) has shape {matrix.shape}; pass a kernel with one number for each pair")
        factor, self.condition, self.jitter = factorise(_own(matrix), self.ridge)
        self.coefficients = cho_solve((factor, True), y, check_finite=False)
        if self.jitter:
            warn(
                f"the kernel matrix is singular to working precision (duplicates in X?): {self.jitter:.1e} was added "
                f"to its diagonal, condition number now {self.condition:.0e}; pass ridge=... to choose this yourself",
                JitterAdded,
            )

    def __repr__(self) -> str:
        n, d = self.X.shape
        jitter = f", jitter {self.jitter:.1e}" if self.jitter else ""
        return (
            f"KernelRegression({n} rows, {d} features, targets {self.coefficients.shape}, ridge {self.ridge:g}, "
            f"condition {self.condition:.1e}{jitter})"
        )

    def __getattr__(self, name: str) -> Any:
        remedy = f": {FITTED[name]}" if name in FITTED else ""
        raise AttributeError(f"'KernelRegression' object has no attribute {name!r}{remedy}")

    @by_name(**PREDICTED)
    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """X (m, d) -> (m,) or (m, k), as y was given."""
        X = _in_double(as_matrix(X))
        check_features(X, self.X, ("X", "the X of the fit"))
        return self.kernel(X, self.X) @ self.coefficients


def factorise(matrix: NDArray[Any], ridge: float = 0.0) -> tuple[NDArray[Any], float, float]:
    """Lower Cholesky factor of matrix + (ridge + jitter)·I, its condition number, and the smallest jitter that works.

    matrix   (n, n) float64, symmetric, Fortran order. Overwritten: the factor takes its lower triangle, so that no
             second n×n array is needed (10⁴ points: 0.8 GB); the upper triangle gives it back for another attempt.
    Jitter is added only when Cholesky fails or the condition number exceeds CONDITION_LIMIT.
    Raises InvalidInput when not even the largest jitter helps: then the matrix has a truly negative eigenvalue.
    """
    n = len(matrix)
    diagonal = matrix.diagonal().copy()
    mean = float(diagonal.mean())
    if not np.isfinite(matrix.sum()):
        raise InvalidInput("the kernel matrix has a NaN or an infinity; scale X, W_std or b_std down")
    if not mean + ridge > 0:
        raise InvalidInput("the kernel matrix has no positive diagonal and cannot be inverted; pass ridge > 0")
    lange, potrf, pocon = get_lapack_funcs(("lange", "potrf", "pocon"), (matrix,))
    for jitter in (0.0, *(step * mean for step in JITTERS)):
        np.fill_diagonal(matrix, diagonal + (ridge + jitter))
        norm = lange("1", matrix)
        factor, failed = potrf(matrix, lower=1, clean=0, overwrite_a=1)
        if not failed:
            reciprocal, _ = pocon(factor, norm, uplo="L")
            if reciprocal * CONDITION_LIMIT >= 1:
                return factor, 1 / reciprocal, jitter
        for column in range(n - 1):
            matrix[column + 1 :, column] = matrix[column, column + 1 :]
    raise InvalidInput(
        f"the kernel matrix is not positive semidefinite, even with {JITTERS[-1] * mean:.1e} more on its diagonal; "
        "check that kernel(X, None) is symmetric, or pass a larger ridge"
    )


def _targets(y: ArrayLike, n: int) -> NDArray[Any]:
    labels = "labels are encoded as numbers, for classes one column of 0 and 1 each"
    y = as_numbers(y, "y", labels).astype(np.float64, copy=False)
    if y.ndim not in (1, 2) or len(y) != n:
        raise InvalidInput(f"y has shape {y.shape}; pass ({n},) or ({n}, k), one row for each row of X")
    if not np.isfinite(y).all():
        raise InvalidInput("y has a NaN or an infinity; remove those rows from X and y")
    return y


def _in_double(X: NDArray[Any]) -> NDArray[Any]:
    """float32 inputs are exact numbers; a kernel matrix rounded to float32 would have lost what is below 6e-8 of its size."""
    return X.astype(np.float64, copy=False)


def _own(matrix: NDArray[Any]) -> NDArray[Any]:
    """The kernel matrix in Fortran order and float64, ours to overwrite; copied only if it must be."""
    if matrix.dtype == np.float64 and matrix.flags.owndata and matrix.flags.writeable and matrix.flags.c_contiguous:
        return matrix.T  # symmetric: its transpose is the same matrix in Fortran order, without a copy
    return np.array(matrix, dtype=np.float64, order="F")
