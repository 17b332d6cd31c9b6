"""The kernel matrix with its ridge, factored once; one Cholesky factor gives every solution, determinant and inverse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, get_lapack_funcs, solve_triangular

from ..errors import InvalidInput, warn

CONDITION_LIMIT = 1e13  # the solution then keeps three digits of float64's sixteen

JITTERS = tuple(10.0**-e for e in range(13, 3, -1))  # relative to the mean of the diagonal


class JitterAdded(UserWarning):
    """A warning that the kernel matrix was singular to working precision and jitter was added to its diagonal."""


@dataclass(frozen=True, eq=False)
class Factor:
    """matrix + (ridge + jitter)·I = L Lᵀ.

    lower   L in the lower triangle; above the diagonal, the matrix itself.   diagonal   that of the matrix.
    """

    lower: NDArray[Any]
    diagonal: NDArray[Any]
    ridge: float
    jitter: float
    condition: float

    @staticmethod
    def of(matrix: NDArray[Any], ridge: float, jitter: float = 0.0) -> Factor:
        """The factor of a symmetric matrix, which is overwritten if possible. Raises InvalidInput as `factorise`.

        jitter   a jitter that is known to be necessary.
        """
        matrix = _own(matrix)
        diagonal = matrix.diagonal().copy()
        lower, condition, more = factorise(matrix, ridge + jitter)
        return Factor(lower, diagonal, ridge, jitter + more, condition)

    def solve(self, b: NDArray[Any]) -> NDArray[Any]:
        """(L Lᵀ)⁻¹ b"""
        return cho_solve((self.lower, True), b, check_finite=False)

    def half(self, b: NDArray[Any]) -> NDArray[Any]:
        """L⁻¹ b"""
        return solve_triangular(self.lower, b, lower=True, check_finite=False)

    def log_determinant(self) -> float:
        return 2 * float(np.log(self.lower.diagonal()).sum())

    def inverse(self) -> NDArray[Any]:
        """The inverse, exactly symmetric. LAPACK's potri takes six times as long for small matrices on busy processors."""
        half = self.half(np.eye(len(self.lower)))
        return half.T @ half

    def matrix(self) -> NDArray[Any]:
        """The matrix without ridge and jitter."""
        above = np.triu(self.lower, 1)
        return above + above.T + np.diag(self.diagonal)

    def warn(self) -> None:
        """Warns once (JitterAdded) if anything was added beyond the ridge."""
        if self.jitter:
            warn(
                f"the kernel matrix is singular to working precision (duplicates in X?): {self.jitter:.1e} was added "
                f"to its diagonal, condition number now {self.condition:.0e}; pass ridge=... to choose this yourself",
                JitterAdded,
            )


def factorise(matrix: NDArray[Any], ridge: float = 0.0) -> tuple[NDArray[Any], float, float]:
    """Lower Cholesky factor of matrix + (ridge + jitter)·I, its condition number, and the smallest jitter that works.

    matrix   (n, n) float64, symmetric, Fortran order. It is overwritten: the factor takes its lower triangle, so that no
             second n×n array is needed (10⁴ points: 0.8 GB); the upper triangle restores it for another attempt.
    Jitter is added only if Cholesky fails or the condition number exceeds CONDITION_LIMIT.
    Raises InvalidInput if the largest jitter does not suffice: then the matrix has a truly negative eigenvalue.
    """
    n = len(matrix)
    diagonal = matrix.diagonal().copy()
    mean = float(diagonal.mean())
    with np.errstate(over="ignore", invalid="ignore"):
        finite = np.isfinite(matrix.sum())
    if not finite:
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


def _own(matrix: NDArray[Any]) -> NDArray[Any]:
    """The kernel matrix in Fortran order and float64, which may be overwritten; it is copied only if necessary."""
    if matrix.dtype == np.float64 and matrix.flags.owndata and matrix.flags.writeable and matrix.flags.c_contiguous:
        return matrix.T  # symmetric: its transpose is the same matrix in Fortran order, without a copy
    return np.array(matrix, dtype=np.float64, order="F")
