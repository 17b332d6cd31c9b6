"""Search for the scales of a network, and for the ridge, with the largest marginal likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ..errors import InvalidInput
from ..networks.scales import rescaled, scales
from .factor import Factor
from .kernels import KernelOf
from .likelihood import likelihood, named, slope

FACTORS = (1e-2, 1e2)  # bounds of W_std and b_std, as multiples of their initial values
RIDGES = (1e-9, 1e4)  # bounds of the ridge, as multiples of the mean of the kernel's diagonal at the start
STEPS = 200
WORST = 1e20  # replaces a likelihood if the kernel leaves the range of floats


@dataclass(frozen=True)
class Search:
    """A search for the largest log marginal likelihood: its start, its end and the reason for stopping.

    names        the parameters that moved: "W_std" and "b_std", each by one factor for all layers, and "ridge"
    factors      the number by which each was multiplied
    likelihood, start   the log marginal likelihood at the end, and at the start
    slopes       its derivatives in the logarithms of these parameters, at the end
    at_bound     the names of those that stopped at a bound of the search: the largest likelihood may lie beyond it
    converged    True if L-BFGS found a maximum, or a bound, to its tolerance.   message   that of L-BFGS
    evaluations  the number of computed kernels
    """

    names: tuple[str, ...]
    factors: tuple[float, ...]
    likelihood: float
    start: float
    slopes: tuple[float, ...]
    at_bound: tuple[str, ...]
    converged: bool
    message: str
    evaluations: int

    def sentence(self) -> str:
        moved = ", ".join(f"{name} × {factor:.4g}" for name, factor in zip(self.names, self.factors, strict=True))
        ended = "converged" if self.converged else f"stopped early ({self.message})"
        bound = f"; {' and '.join(self.at_bound)} at a bound of the search" if self.at_bound else ""
        return (
            f"{ended} after {self.evaluations} kernels: log marginal likelihood {self.start:.6g} → {self.likelihood:.6g}, "
            f"{moved}{bound}"
        )


class _Objective:
    """The negative log marginal likelihood as a function of the logarithms of the factors, with its gradient."""

    def __init__(
        self, kernel: KernelOf, X: NDArray[Any], y: NDArray[Any], ridge: float, names: tuple[str, ...]
    ) -> None:
        self.kernel, self.X, self.y, self.ridge, self.names = kernel, X, y, ridge, names
        self.evaluations = 0

    def at(self, logs: NDArray[Any]) -> tuple[KernelOf, float]:
        """The kernel and the ridge."""
        factors = dict(zip(self.names, np.exp(logs).tolist(), strict=True))
        ridge = self.ridge * factors.pop("ridge", 1.0)
        moved = {name: factors.get(name, 1.0) for name in ("W_std", "b_std")}
        return KernelOf(rescaled(self.kernel.network, self.X.shape[1], **moved), self.kernel.get), ridge

    def __call__(self, logs: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        self.evaluations += 1
        kernel, ridge = self.at(logs)
        try:
            factor = Factor.of(kernel(self.X), ridge)
        except InvalidInput:  # too large or too small for floats: the line search then steps back
            return WORST, np.zeros(len(logs))
        coefficients = factor.solve(self.y)
        by_entry = slope(factor, coefficients)
        moved = tuple(name for name in self.names if name != "ridge")
        slopes = dict(zip(moved, np.tensordot(by_entry, kernel.elasticities(self.X, moved), 2), strict=True))
        parts = [slopes[name] if name in slopes else ridge * np.trace(by_entry) for name in self.names]
        return -likelihood(factor, self.y, coefficients), -np.array(parts, dtype=np.float64)


def search(
    kernel: KernelOf, X: NDArray[Any], y: NDArray[Any], ridge: float, names: Any
) -> tuple[KernelOf, float, Search]:
    """The kernel and the ridge at the largest log marginal likelihood that L-BFGS finds from here, and the search itself.

    Raises InvalidInput if there is nothing to multiply; NoDerivative, as `Network.derivative`.
    """
    names = named(names, "optimise")
    graph = kernel.network.graph(X.shape[1])
    for name in {*names} - {"ridge"}:
        if not any(scales(graph, name).values()):
            raise InvalidInput(
                f"optimise: {name} is 0 in every layer, and 0 times a factor stays 0; start from a number above 0"
            )
    if "ridge" in names and not ridge > 0:
        raise InvalidInput(
            "optimise: ridge is 0, and 0 times a factor stays 0; pass ridge > 0 to start from, such as 1e-2"
        )
    objective = _Objective(kernel, X, y, ridge, names)
    mean = float(kernel.network.diagonal(X, kernel.get).mean())
    around = tuple(bound * (mean or ridge) / ridge for bound in RIDGES) if "ridge" in names else ()
    bounds = [np.log(around if name == "ridge" else FACTORS) for name in names]
    lower, upper = np.minimum(np.transpose(bounds)[0], 0.0), np.maximum(np.transpose(bounds)[1], 0.0)
    start, _ = objective(np.zeros(len(names)))
    if start == WORST:
        Factor.of(kernel(X), ridge)  # raises InvalidInput for an invalid kernel or ridge
    found = minimize(
        objective,
        np.zeros(len(names)),
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(lower, upper, strict=True)),
        options={"maxiter": STEPS},
    )
    at_bound = tuple(name for name, x, a, b in zip(names, found.x, lower, upper, strict=True) if x in (a, b))
    best, ridge = objective.at(found.x)
    said = Search(
        names=names,
        factors=tuple(np.exp(found.x).tolist()),
        likelihood=-float(found.fun),
        start=-start,
        slopes=tuple((-found.jac).tolist()),
        at_bound=at_bound,
        converged=bool(found.success),
        message=str(found.message),
        evaluations=objective.evaluations,
    )
    return best, ridge, said
