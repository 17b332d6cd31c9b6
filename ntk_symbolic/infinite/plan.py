"""What depends on one input alone, worked out once per kernel: variances through the layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..arrays import namespace, occurs
from ..errors import InvalidInput
from ..layers.dense import Dense
from ..layers.nonlinearity import Reading, limit, nonlinearity, require_numbers, slope_variance, variance
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

        Raises InvalidInput, naming the layer, on overflow and underflow and where E φ(h)² is infinite.
        """
        out = []
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):  # found below, and said better
            for dense, phi in self.hidden:
                out.append(_through(dense, q, xp, len(out) + 1))
                require_numbers(phi.compiled, phi, q)
                require_below(limit(phi.compiled), out[-1], xp, len(out), phi)
                q = variance(phi.compiled, phi.parameters, out[-1], xp)
            out.append(_through(self.last, q, xp, len(out) + 1))
        return out

    def diagonal(self, q: Any, xp: Any, tangent: bool) -> Any:
        """K(x, x) for every input: no angle is involved."""
        return self.diagonals(q, xp, tangent)[-1]

    def diagonals(self, q: Any, xp: Any, tangent: bool) -> list[Any]:
        """K(x, x) after every Dense. Raises InvalidInput, naming the layer, where it overflows."""
        variances = self.variances(q, xp)
        if not tangent:
            return variances
        out, denses = [variances[0]], [dense for dense, _ in self.hidden[1:]] + [self.last]
        with np.errstate(over="ignore", invalid="ignore"):
            for (_, phi), dense, v, sigma in zip(self.hidden, denses, variances, variances[1:]):
                theta = dense.tangent(sigma, slope_variance(phi.compiled, phi.parameters, v) * out[-1])
                out.append(theta)
                _require_finite(theta, len(out))
        return out


def _through(dense: Dense, q: Any, xp: Any, layer: int) -> Any:
    """The variance after a Dense, in the range of floats."""
    v = dense.variance(q)
    _require_finite(v, layer)
    least = xp.finfo(v.dtype).smallest_normal
    lost = (q > 0) & ((v <= least) | ((q <= least) & (dense.squares()[1] <= least)))  # beside a bias nothing is
    if dense.W_std and occurs(lost):
        raise InvalidInput(
            f"the kernel underflows at Dense layer {layer}: raise W_std or b_std, lower depth, or scale X"
        )
    return v


def _require_finite(v: Any, layer: int) -> None:
    if occurs(~namespace(v).isfinite(v)):
        raise InvalidInput(f"the kernel overflows at Dense layer {layer}: lower W_std, b_std or depth, or scale X")


def require_below(limit: float, v: Any, xp: Any, layer: int, phi: Elementwise) -> None:
    if limit < np.inf and occurs(~(v < limit)):
        raise InvalidInput(
            f"the variance at Dense layer {layer} is {float(xp.max(v)):.6g}, and from {limit:.6g} on E φ(u)² of {phi} is "
            "infinite: lower W_std, b_std or depth, or scale X"
        )


def _plus(sigma: Spread, before: Spread | None, dense: Dense) -> Spread:
    """Σ + W² κ̇ Θ"""
    return sigma if before is None else sigma + before.scaled(dense.W_std**2)
