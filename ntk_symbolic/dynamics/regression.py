"""Prediction by kernel regression: the fully trained network in the limit of infinite width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..elsewhere import FITTED, PREDICTED, by_name, no_attribute
from ..errors import InvalidInput
from ..inputs import as_double, as_numbers, as_scalar, check_features
from .factor import Factor
from .kernels import KernelOf

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .search import Search

SOLVED = 1e-12  # largest residual of a solved equation in each row, relative to the size of its terms

Kernel = Callable[[Any, Any], NDArray[Any]]


class KernelRegression:
    """f(x) = K(x, X) (K(X, X) + ridge·I)⁻¹ y.

    kernel   kernel(X, Y) -> (n, m); Y is None for X with itself, and that array is overwritten.
    X        (n, d), passed to the kernel in float64 whatever its precision.     y   (n,) or (n, k).
    ridge    ≥ 0, in units of the kernel; added to the diagonal.
    relative   True if the ridge is a share of the mean of the kernel's diagonal; the attribute `ridge` is in its units.
    matrix   kernel(X, None) if it is already known; it is copied.
    After fitting: `condition`, the estimated condition number of the matrix that was solved (1-norm, LAPACK pocon);
    `jitter`, the number that was added to the diagonal beyond the ridge, otherwise 0.0, with one JitterAdded warning.
    The factor of the matrix, n² numbers, is kept for standard deviations and the likelihood.
    `network` and `get` describe the kernel, and `search` the search for W_std, b_std and the ridge; otherwise they are None.
    Raises InvalidInput, naming the argument, for shapes that do not fit, NaN, a negative ridge, or no kernel matrix.
    Source: Jacot et al. 2018, arXiv 1806.07572, section 5; ridge 0 is gradient flow on the squared error at t = ∞ from
    f₀ = 0.
    """

    search: Search | None = None

    def __init__(
        self,
        kernel: Kernel,
        X: ArrayLike,
        y: ArrayLike,
        ridge: float = 0.0,
        relative: bool = False,
        matrix: NDArray[Any] | None = None,
    ) -> None:
        self.kernel = kernel
        self.X = as_double(X).copy()  # predictions need the inputs as they are now
        self.y = targets(y, len(self.X))
        ridge = as_scalar(ridge, "ridge")
        given = kernel(self.X, None) if matrix is None else np.array(matrix, dtype=np.float64)
        if given.shape != (len(self.y), len(self.y)):
            raise InvalidInput(f"kernel(X, None) has shape {given.shape}; pass a kernel with one number for each pair")
        self.ridge = ridge * float(given.diagonal().mean()) if relative else ridge
        self.factor = Factor.of(given, self.ridge)
        self.condition, self.jitter = self.factor.condition, self.factor.jitter
        self.coefficients = self.factor.solve(self.y)
        self.factor.warn()

    @classmethod
    def restored(
        cls,
        kernel: Kernel,
        X: NDArray[Any],
        y: NDArray[Any],
        coefficients: NDArray[Any],
        ridge: float,
        jitter: float,
        condition: float,
    ) -> KernelRegression:
        """A fit from its solution; the matrix is factored when it is first needed. Raises InvalidInput."""
        self = object.__new__(cls)
        self.kernel, self.X = kernel, as_double(X)
        self.y, self.coefficients = targets(y, len(self.X)), targets(coefficients, len(self.X))
        self.ridge, self.jitter, self.condition = as_scalar(ridge, "ridge"), as_scalar(jitter, "jitter"), condition
        if self.coefficients.shape != self.y.shape:
            raise InvalidInput(f"coefficients has shape {self.coefficients.shape}, and y {self.y.shape}")
        row = kernel(self.X[:1], self.X)[0]
        row[0] = (
            kernel(self.X[:1], None)[0, 0] + self.ridge + self.jitter
        )  # Dropout distinguishes an input from an equal one
        size = np.abs(row) @ np.abs(self.coefficients) + np.abs(self.y).max(axis=0)
        if np.any(np.abs(row @ self.coefficients - self.y[0]) > SOLVED * len(row) * size):
            raise InvalidInput("the coefficients do not solve for y with this kernel")
        return self

    @cached_property
    def factor(self) -> Factor:
        """The factor of the matrix that was solved."""
        return Factor.of(self.kernel(self.X, None), self.ridge, self.jitter)

    def __repr__(self) -> str:
        n, d = self.X.shape
        jitter = f", jitter {self.jitter:.1e}" if self.jitter else ""
        return (
            f"KernelRegression({n} rows, {d} features, targets {self.coefficients.shape}, ridge {self.ridge:g}, "
            f"condition {self.condition:.1e}{jitter})"
        )

    def _repr_html_(self) -> str:
        from .picture import notebook_html

        return notebook_html(self)

    def plot(self, ax: Any = None) -> Axes:
        """Draw data, prediction and the band of two standard deviations, for one feature and one target.

        On axes of matplotlib, or on those of a new figure, which are returned. get="nngp": the band is that of the function
        without noise; get="ntk": of trained networks. Raises InvalidInput for several features or targets.
        """
        from .picture import of_one_feature

        return of_one_feature(self).on(ax)

    def __getattr__(self, name: str) -> Any:
        raise no_attribute(self, name, FITTED)

    @property
    def network(self) -> Any:
        """The network of the kernel, None for a kernel that is a function."""
        return self.kernel.network if isinstance(self.kernel, KernelOf) else None

    @property
    def get(self) -> str | None:
        """The kind of the kernel, "ntk" or "nngp"; None for a kernel that is a function."""
        return self.kernel.get if isinstance(self.kernel, KernelOf) else None

    @by_name(**PREDICTED)
    def predict(
        self, X: ArrayLike, return_std: bool = False, return_cov: bool = False, noise: bool = False
    ) -> NDArray[Any] | tuple[NDArray[Any], NDArray[Any]]:
        """X (m, d) -> (m,) or (m, k), like y; with return_std or return_cov a pair, with (m,) or (m, m) second.

        return_std, return_cov   also return the standard deviations, or covariances, of f(X), equal for all columns of y.
              get="nngp": the posterior of the Gaussian process, K(X', X') − K(X', X) (K + ridge·I)⁻¹ K(X, X'), of f without
              noise; it does not depend on y.
              get="ntk": the spread of wide networks over their random initialisation, each trained to the end, with B =
              Θ(X', X) (Θ + ridge·I)⁻¹ and the NNGP kernel K: K(X', X') − B K(X, X') − K(X', X) Bᵀ + B K(X, X) Bᵀ. With a
              ridge, they are trained with the penalty ridge·|θ − θ₀|². This is no posterior: all of them fit the same y.
              noise   with get="nngp": the uncertainty is that of observations f + ε at X, with variance `ridge` of ε.
              Rounding causes an error of variances of about 1e-15 (1 + |w|)² K(x, x), w = (K + ridge·I)⁻¹ K(X, x'), |w| the sum
              of its absolute values: about 1e-15 near the data, more if a fit of a large condition number extrapolates. None is
              negative.
        Raises InvalidInput.
        Source: Lee et al. 2018, arXiv 1711.00165, section 2.4, for the posterior; Lee et al. 2019, arXiv 1902.06720,
        Corollary 1 at t = ∞, for trained networks; He et al. 2020, arXiv 2007.05864, for the relation of the two.
        """
        X = self._inputs(X)
        if return_std and return_cov:
            raise InvalidInput(
                "return_std and return_cov: pass one of them; the squares of the first are the second's diagonal"
            )
        if noise and not (return_std or return_cov):
            raise InvalidInput("noise applies to return_std and return_cov: pass one of them, or leave noise out")
        mean = self._mean(X)
        if return_std:
            return mean, np.sqrt(self._spread(noise).variance(X))
        return (mean, self._spread(noise).covariance(X)) if return_cov else mean

    def sample(self, X: ArrayLike, draws: int = 1, seed: int = 0, noise: bool = False) -> NDArray[Any]:
        """Random functions at X (m, d): (draws, m) or (draws, m, k), normal with the mean and covariance of `predict`.

        With get="nngp" they are posterior functions; with get="ntk" outputs of trained networks of infinite width.
        The same seed gives the same functions. Raises InvalidInput, naming the argument.
        """
        from .spread import drawn

        mean, cov = self.predict(X, return_cov=True, noise=noise)
        return drawn(cov, draws, seed, mean)

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """R² = 1 − Σ(y − predict(X))²/Σ(y − mean of y)², averaged over the columns of y.

        Raises InvalidInput, also for a column that is the same in every row.
        """
        guess = self._mean(self._inputs(X))
        y = targets(y, len(guess))
        if y.shape != guess.shape:
            raise InvalidInput(f"y has shape {y.shape}; pass {guess.shape}, as in the fit")
        without = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
        if not np.all(without > 0):
            raise InvalidInput("y is the same in every row, where R² has no value; pass rows that differ")
        return float(np.mean(1 - ((y - guess) ** 2).sum(axis=0) / without))

    def log_marginal_likelihood(self, gradient: bool | Sequence[str] = False) -> Any:
        """log p(y) of the Gaussian process with this kernel as covariance and noise of variance `ridge`.

        −½ yᵀ A⁻¹ y − ½ log det A − ½ n log 2π, summed over the columns of y, with A = K(X, X) + ridge·I plus any added jitter.
        gradient   True for (value, gradient), a named tuple of its derivatives in W_std and b_std, of all Dense layers
                   together as in `Network.derivative`, and in ridge; or the names of the requested ones.
        With get="ntk" the process has the NTK as covariance: a separate model, not the distribution of trained networks.
        Raises InvalidInput; NoDerivative, as `Network.derivative`.
        Source: Rasmussen, Williams 2006, equations 2.30 and 5.9.
        """
        from .likelihood import likelihood_of

        return likelihood_of(self, gradient)

    def _mean(self, X: NDArray[Any]) -> NDArray[Any]:
        return self.kernel(X, self.X) @ self.coefficients

    def _inputs(self, X: ArrayLike) -> NDArray[Any]:
        """New inputs in float64. Raises InvalidInput."""
        X = as_double(X)
        check_features(X, self.X, ("X", "the X of the fit"))
        return X

    def _spread(self, noise: bool) -> Any:
        from .spread import Ensemble, Posterior

        if not isinstance(self.kernel, KernelOf):
            raise InvalidInput("variances need a network: fit with net.fit(X, y), and not with a function as kernel")
        if noise and self.get == "ntk":
            raise InvalidInput(
                'noise: the ridge of trained networks is a penalty and no variance; leave noise out, or fit with get="nngp"'
            )
        if self.get == "nngp":
            return Posterior(self, self.ridge if noise else 0.0)
        return Ensemble(self, self._untrained)

    @cached_property
    def _untrained(self) -> NDArray[Any]:
        """The covariance of the outputs of untrained networks at the rows of the fit."""
        return self.kernel.covariance(self.X)  # type: ignore[attr-defined]


def targets(y: ArrayLike, n: int) -> NDArray[Any]:
    """Targets (n,) or (n, k) in float64, finite. Raises InvalidInput."""
    labels = (
        "for classes call net.classify(X, labels), or encode labels as numbers: for classes one column of 0 and 1 each"
    )
    y = as_numbers(y, "y", labels).astype(np.float64)
    if y.ndim not in (1, 2) or len(y) != n:
        raise InvalidInput(f"y has shape {y.shape}; pass ({n},) or ({n}, k), one row for each row of X")
    if not np.isfinite(y).all():
        raise InvalidInput("y has a NaN or an infinity; remove those rows from X and y")
    return y
