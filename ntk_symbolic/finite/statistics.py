"""The test, at a stated false-alarm rate, of whether the mean of sampled kernels agrees with a limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from .ensemble import Moments
from .extrapolation import endpoints

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLANTED = 0.02
"""Relative error of the limits that the test must reject, or its verdict is *inconclusive*."""

NOISY = 0.1
"""Relative standard error of the scale above which the verdict is *inconclusive*: so noisy a kernel has heavy tails
(exp at large W_std), its standard error is itself unreliable, and a rejection would be as unreliable as an agreement."""

ROUNDING = 1e-5
"""Floor of every standard error, relative to √(K_ii K_jj): float32 sums of hundreds of terms are good to about 1e-6."""


class Agreement(StrEnum):
    AGREES = "agrees"
    DISAGREES = "disagrees"
    INCONCLUSIVE = "inconclusive"  # neither the limit nor one wrong by 2 % was rejected


@dataclass(frozen=True, eq=False)
class Outcome:
    """One family of tests: one for the scale of the matrix, one for each of its entries on and above the diagonal.

    Each z is the distance of the limit from the interval of `endpoints`, in standard errors; 0 inside. Half of the
    false-alarm rate is spent on the scale, half is shared among the entries (Bonferroni: valid under any dependence).
    """

    z_scale: float
    z_entries: NDArray[Any]  # (n, n)
    critical_scale: float
    critical_entries: NDArray[Any]  # (n, n)

    @property
    def rejected(self) -> bool:
        return bool(abs(self.z_scale) > self.critical_scale or (abs(self.z_entries) > self.critical_entries).any())


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Empirical kernels at several widths against a limit.

    limit      (n, n), the matrix under test.
    exact      whether the mean of sampled kernels is the limit at every width.
    widths     one int per width.      networks   how many were sampled at each.
    moments    per width; statistics are those of `statistics_of(limit)`.
    alpha      false-alarm rate: the probability that a right limit is rejected.
    """

    limit: NDArray[Any]
    exact: bool
    widths: tuple[int, ...]
    networks: tuple[int, ...]
    moments: tuple[Moments, ...]
    alpha: float

    def __repr__(self) -> str:
        return f"<Comparison {self.sentence()}>"

    def _repr_html_(self) -> str:
        from .picture import notebook_html

        return notebook_html(self)

    def plot(self, ax: Any = None) -> Axes:
        """Draw the sampled kernel over the limit against 1/width, with standard errors and the value that is extrapolated.

        On axes of matplotlib, or on those of a new figure, which are returned. Raises InvalidInput.
        """
        from .picture import comparison_plot

        return comparison_plot(self).on(ax)

    @property
    def verdict(self) -> Agreement:
        if self.scale_error > NOISY:
            return Agreement.INCONCLUSIVE
        if self.test.rejected:
            return Agreement.DISAGREES
        return Agreement.AGREES if all(t.rejected for t in self.self_tests.values()) else Agreement.INCONCLUSIVE

    @cached_property
    def test(self) -> Outcome:
        return self._test(self.limit)

    @cached_property
    def self_tests(self) -> dict[float, Outcome]:
        """The same test on wrong limits, by factor."""
        return {factor: self._test(factor * self.limit) for factor in (1 - PLANTED, 1 + PLANTED)}

    def sentence(self) -> str:
        """The result in one line of text."""
        nearest = min(abs(t.z_scale) for t in self.self_tests.values())
        said = (
            f"{self.verdict}: sampled/limit = {self.scale:.4f} ± {self.scale_error:.4f}; "
            f"a limit wrong by {PLANTED:.0%} is {nearest:.1f} standard errors away "
            f"(critical value {self.test.critical_scale:.1f}); false-alarm rate {self.alpha:.0e}"
        )
        if self.verdict is Agreement.INCONCLUSIVE:
            said += "; more networks are needed, see `networks`"
        return said + "."

    @property
    def means(self) -> NDArray[Any]:
        """Mean kernel at each width, (widths, n, n)."""
        return self._square(np.array([m.mean[:-1] for m in self.moments]))

    @property
    def standard_errors(self) -> NDArray[Any]:
        """Standard error of each mean, (widths, n, n)."""
        return self._square(np.sqrt([m.variance[:-1] / m.count for m in self.moments]))

    @property
    def extrapolated(self) -> NDArray[Any]:
        """The sampled kernel at infinite width, (n, n)."""
        return self._square(self._estimates[0][0, :-1])

    @property
    def extrapolated_error(self) -> NDArray[Any]:
        """Standard error of `extrapolated`, (n, n), without what is left of the bias."""
        return self._square(self._estimates[1][0, :-1])

    @property
    def allowance(self) -> float:
        """The allowance for bias, relative to √(K_ii K_jj): the largest last correction of the extrapolation."""
        estimates, size = self._estimates[0], self._sizes[:-1]
        if len(estimates) == 1:
            return 0.0
        last = abs(estimates[0] - estimates[1])[:-1]
        return float((last[size > 0] / size[size > 0]).max())

    @property
    def scale(self) -> float:
        """Ratio of the sampled kernel at infinite width to the limit, fitted over the matrix; 1 if they agree."""
        return float(self._estimates[0][0, -1])

    @property
    def scale_error(self) -> float:
        return float(self._estimates[1][0, -1])

    @cached_property
    def _sizes(self) -> NDArray[Any]:
        """The scale of each statistic's error: √(K_ii K_jj), and Σ |w_ij| √(K_ii K_jj) for the scale."""
        size = np.sqrt(np.diag(self.limit).clip(0))
        size = np.outer(size, size)
        return np.append(size[np.triu_indices(len(size))], (abs(weights_of_scale(self.limit)) * size).sum())

    @cached_property
    def _estimates(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Value, standard error and degrees of freedom of every endpoint and statistic, each (rows, S)."""
        rows = endpoints(self.widths, self.exact)
        parts = np.array([m.variance / m.count for m in self.moments])  # (widths, S)
        variance = rows**2 @ parts
        floor = ROUNDING * self._sizes
        # Welch–Satterthwaite: the variances are estimated, each from its own count of families.
        spread = rows**4 @ (parts**2 / np.array([[max(m.count - 1, 1)] for m in self.moments]))
        dof = np.divide(variance**2, spread, out=np.full_like(spread, np.inf), where=spread > 0)
        return rows @ np.array([m.mean for m in self.moments]), np.sqrt(variance + floor**2), dof

    def _test(self, limit: NDArray[Any]) -> Outcome:
        value, error, dof = self._estimates
        wanted = statistics_of(self.limit)(limit[None])[0]
        # The middle of the interval also gets the largest allowance found in the matrix: an entry whose θ₂ happens to
        # cancel must have an allowance no smaller than its bias. A further condition can only lower the rate of false alarms;
        # it costs little power, since at widths 1 : 4 : 16 the noise of E₂ − E₁ is a tenth of that of E₂.
        slack = np.zeros_like(value)
        slack[0] = self.allowance * self._sizes
        with np.errstate(invalid="ignore", divide="ignore"):
            above = np.nan_to_num(((wanted - value - slack) / error).min(axis=0), nan=0.0, posinf=np.inf)
            below = np.nan_to_num(((value - slack - wanted) / error).min(axis=0), nan=0.0, posinf=np.inf)
        z = np.where(above > 0, above, np.where(below > 0, -below, 0.0))
        share = np.append(np.full(len(wanted) - 1, 0.5 / (len(wanted) - 1)), 0.5) * self.alpha
        critical = student.isf(share / 2, dof.min(axis=0))
        return Outcome(float(z[-1]), self._square(z[:-1]), float(critical[-1]), self._square(critical[:-1]))

    def _square(self, entries: NDArray[Any]) -> NDArray[Any]:
        """Entries on and above the diagonal (..., n(n+1)/2) -> symmetric (..., n, n)."""
        n = len(self.limit)
        full = np.empty((*entries.shape[:-1], n, n))
        i, j = np.triu_indices(n)
        full[..., i, j] = full[..., j, i] = entries
        return full


def weights_of_scale(limit: NDArray[Any]) -> NDArray[Any]:
    """w, (n, n), with Σ w_ij K_ij = 1: fixed by the limit before anything is sampled.

    w_ij ∝ K_ij/(K_ii K_jj), the least-squares weights for "right up to one factor" when every entry has noise in
    proportion to √(K_ii K_jj).
    """
    size = np.diag(limit).clip(0)
    size = np.outer(size, size)
    w = np.divide(limit, size, out=np.zeros_like(limit), where=size > 0)
    return w / (w * limit).sum()


def statistics_of(limit: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[Any]]:
    """Kernels (B, n, n) -> (B, S): the entries on and above the diagonal, and last the scale Σ w_ij Θ_ij."""
    w, upper = weights_of_scale(limit), np.triu_indices(len(limit))

    def statistics(kernels: NDArray[Any]) -> NDArray[Any]:
        return np.column_stack((kernels[:, *upper], np.einsum("bij,ij->b", kernels, w)))

    return statistics
