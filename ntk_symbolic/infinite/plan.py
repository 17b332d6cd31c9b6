"""What depends on one input alone, worked out once per kernel: variances through the layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..errors import InvalidInput
from ..layers.dense import Dense
from ..layers.nonlinearity import Reading, limit, nonlinearity, slope_variance, variance
from ..layers.pair import Pair
from ..layers.spread import Spread


class Elementwise(Protocol):
    """A layer that applies φ."""

    @property
    def compiled(self) -> Reading: ...
    @property
    def slope(self) -> Reading: ...
    @property
    def parameters(self) -> tuple[float, ...]: ...
    def __call__(self, p: Pair) -> Pair: ...


@dataclass(frozen=True)
class Plan:
    """A network as pairs (Dense, φ), and the last Dense."""

    hidden: tuple[tuple[Dense, Elementwise], ...]
    last: Dense

    @classmethod
    def of(cls, layers: tuple[Any, ...]) -> Plan:
        return cls(tuple(zip(layers[:-1:2], layers[1::2], strict=True)), layers[-1])

    def propagate(self, p: Pair) -> Pair:
        """The layer rules, one after the other."""
        for dense, phi in self.hidden:
            p = phi(dense(p))
        return self.last(p)

    def spread(self, p: Pair, tangent: bool) -> Spread:
        """The kernel of the network with its gap; p is the first pair, without a tangent kernel."""
        before = None  # κ̇ Θ of the layer before
        for dense, phi in self.hidden:
            p = dense(p)
            if tangent:
                slope = Spread.of(nonlinearity(phi.slope, phi.parameters, p))
                before = slope * _plus(Spread.of(p), before, dense)
            p = phi(p)
        return _plus(Spread.of(self.last(p)), before, self.last)

    def variances(self, q: Any, xp: Any) -> list[Any]:
        """E h² of every pre-activation, the output last; q = |x|²/d.

        Raises InvalidInput, naming the layer, on overflow and where E φ(h)² is infinite.
        """
        out = []
        with np.errstate(over="ignore", invalid="ignore"):  # found below, and said better
            for dense, phi in self.hidden:
                out.append(dense.variance(q))
                _require_below(limit(phi.compiled), out[-1], xp, len(out), phi)
                q = variance(phi.compiled, phi.parameters, out[-1], xp)
            out.append(self.last.variance(q))
        for layer, v in enumerate(out, 1):
            if not bool(xp.all(xp.isfinite(v))):
                raise InvalidInput(
                    f"the kernel overflows at Dense layer {layer}: lower W_std, b_std or depth, or scale X"
                )
        return out

    def diagonal(self, q: Any, xp: Any, tangent: bool) -> Any:
        """K(x, x) for every input: no angle is involved."""
        variances = self.variances(q, xp)
        if not tangent:
            return variances[-1]
        theta = 0 * q
        for v, (dense, phi) in zip(variances, self.hidden):
            theta = slope_variance(phi.compiled, phi.parameters, v) * (v + dense.W_std**2 * theta)
        return variances[-1] + self.last.W_std**2 * theta


def _require_below(limit: float, v: Any, xp: Any, layer: int, phi: Elementwise) -> None:
    if limit < np.inf and not bool(xp.all(v < limit)):
        raise InvalidInput(
            f"the variance at Dense layer {layer} is {float(xp.max(v)):.6g}, and from {limit:.6g} on E φ(u)² of {phi} is "
            "infinite: lower W_std, b_std or depth, or scale X"
        )


def _plus(sigma: Spread, before: Spread | None, dense: Dense) -> Spread:
    """Σ + W² κ̇ Θ"""
    return sigma if before is None else sigma + before.scaled(dense.W_std**2)
