"""One tile of the kernel by the plain recursion: ρ by division, asin, √(1 − ρ²), in place.

This is the cheapest method, and accurate for pairs that are not near. Pairs that are near at the input or in any layer are
marked for the layer rules. All numbers are divided by the root variances, so a tile needs only ρ and vectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi
from typing import Any

import numpy as np

from ..layers.pair import Pair
from .chain import Chain

Array = np.ndarray

OPPOSITE = 0.95
"""−cos θ at the input above which a pair is near antipodal: a ReLU kernel is small there and magnifies ε/θ by 100."""


def limits(depth: int) -> tuple[float, float]:
    """cos θ above which a pair is near, at the input and in later layers.

    An angle θ computed from ρ has an error of ε/θ, and a kernel of depth L magnifies it up to L times: hence the depth.
    Later layers contract angles that the input resolved, so less is lost there. Tested against the rules: ≤ 1e-13 up to
    depth 50.
    """
    return cos(min(0.03 + 0.01 * depth, 1.0)), cos(min(0.03 + 0.0015 * depth, 0.2))


@dataclass(frozen=True)
class Scales:
    """Vectors of one set of inputs. roots[l]: √E h² of pre-activation l, roots[0] that of the input, √(|x|²/d).

    The step from l to l + 1 has rates[l] = W_std/roots[l+1], gains[l] = rates[l]·roots[l], shifts[l] = b_std/roots[l+1].
    columns[l] and rows[l] are the vectors of an activation that is computed in place, as the first and as the second input.
    """

    roots: list[Array]
    rates: list[Array]
    gains: list[Array]
    shifts: list[Array]
    columns: Sequence[tuple[Array, ...]]
    rows: Sequence[tuple[Array, ...]]

    @classmethod
    def of(cls, chain: Chain, q: Array, variances: Iterable[Array]) -> Scales:
        """The vectors for q = |x|²/d and the variances after every Dense."""
        roots = [np.sqrt(v) for v in (q, *variances)]
        denses = [dense for dense, _ in chain.hidden] + [chain.last]
        safe = [np.where(x > 0, x, 1.0) for x in roots[1:]]  # a zero vector without bias remains zero
        rates = [d.W_std / y for d, y in zip(denses, safe)]
        gains = [rate * x for rate, x in zip(rates, roots)]
        fars = [None, *map(_far, chain.hidden)]
        columns, rows = zip(*(_vectors(far, x) for far, x in zip(fars, roots)))
        return cls(roots, rates, gains, [d.b_std / y for d, y in zip(denses, safe)], columns, rows)

    def part(self, where: slice) -> Scales:
        roots, rates, gains, shifts = ([x[where] for x in f] for f in (self.roots, self.rates, self.gains, self.shifts))
        columns, rows = ([tuple(x[where] for x in vectors) for vectors in f] for f in (self.columns, self.rows))
        return Scales(roots, rates, gains, shifts, columns, rows)


def _far(step: tuple[Any, Any]) -> Any:
    """The activation of a step in place; None if there is none, if it is p u + q|u|, or if it is computed as for any pair."""
    phi = step[1]
    return None if phi is None or phi.reading.homogeneous else phi.reading.far


def _vectors(far: Any, roots: Array) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """The columns and rows of an activation in place; the entries of a zero vector, which is left to the rules, are unused."""
    if far is None:
        return (), ()
    with np.errstate(all="ignore"):
        both = (of(np, roots * roots) for of in (far.columns, far.rows))
        columns, rows = (tuple(np.broadcast_to(v, roots.shape) for v in vectors) for vectors in both)
    return columns, rows


class Tile:
    """The scratch of one thread: arrays (size, size)."""

    def __init__(self, chain: Chain, size: int, nngp: bool, tangent: bool):
        self.chain, self.nngp, self.tangent = chain, nngp, tangent
        needed = max((far.arrays for far in map(_far, chain.hidden) if far), default=0)
        self.scratch = [np.empty(size * size) for _ in range(2 + max(3, needed))]

    def run(self, unit_x: Array, unit_y: Array, x: Scales, y: Scales) -> tuple[Array, Array, Array | None]:
        """(nngp, ntk, mask of inaccurate entries), views of scratch, from the unit rows and their scales.

        Kernels that were not requested are incomplete; the mask is None if every entry is accurate.
        """
        n, m = len(unit_x), len(unit_y)
        rho, tangent, *free = (z[: n * m].reshape(n, m) for z in self.scratch)
        np.matmul(unit_x, unit_y.T, out=rho)
        at_input, later = limits(len(self.chain.hidden))
        near = _mark(rho, -OPPOSITE, at_input, None)
        rho *= np.multiply(x.gains[0][:, None], y.gains[0], out=free[0])
        _shift(rho, x.shifts[0], y.shifts[0], free[0])
        theta = rho  # Θ/√(ab), like ρ = Σ/√(ab)
        for layer, hidden in enumerate(self.chain.hidden, 1):
            near = _mark(rho, -later, later, near)
            if near is not None:
                rho[near] = 0.0  # a series would sum thousands of unused terms there
            far, phi = _far(hidden), hidden[1]
            if far and x.roots[layer].all() and y.roots[layer].all():
                columns = tuple(v[:, None] for v in x.columns[layer])
                rows = y.rows[layer]
                kappa, dot = far.run(np, rho, columns, rows, free, self.tangent)
                _scale(kappa, x.rates[layer] * x.columns[layer][0], y.rates[layer] * rows[0])
                if self.tangent:
                    _scale(dot, x.gains[layer] * x.columns[layer][1], y.gains[layer] * rows[1])
            else:
                step = _folded if phi is None or phi.reading.homogeneous else _general
                kappa, dot, spare = free[:3]
                # into kappa and dot: W²κ/√(a'b') and W²κ̇√(ab)/√(a'b')
                step(phi, layer, rho, x, y, kappa, dot if self.tangent else None, spare)
            if self.tangent:
                theta = np.multiply(theta, dot, out=tangent)
            free = [rho, *(z for z in free if z is not kappa)]
            rho = kappa
            _shift(rho, x.shifts[layer], y.shifts[layer], free[0])
            if self.tangent:
                theta += rho
        np.multiply(x.roots[-1][:, None], y.roots[-1], out=free[0])
        if self.nngp or theta is rho:
            rho *= free[0]
        if self.tangent and theta is not rho:
            theta *= free[0]
        return rho, theta, near


def _scale(k: Array, x: Array, y: Array) -> None:
    k *= x[:, None]
    k *= y


def _mark(rho: Array, low: float, high: float, near: Array | None) -> Array | None:
    """The mask with entries outside (low, high) added; most tiles have none, as one maximum and one minimum show."""
    if rho.max() <= high and rho.min() >= low:
        return near
    mask = (rho > high) | (rho < low)
    return mask if near is None else near | mask


def _shift(rho: Array, dx: Array, dy: Array, spare: Array) -> None:
    """Adds b²/√(a'b')."""
    if dx.any():
        rho += np.multiply(dx[:, None], dy, out=spare)


def _folded(
    phi: Any, layer: int, rho: Array, x: Scales, y: Scales, kappa: Array, dot: Array | None, spare: Array
) -> None:
    """The step for φ = p u + q|u|, with p = 1, q = 0 if there is no activation: with κ̇' = asin ρ + πp²/(2q²),

    κ/√(ab) = (2q²/π)(√(1 − ρ²) + ρ κ̇') and κ̇ = (2q²/π) κ̇'.
    """
    p, q = (1.0, 0.0) if phi is None else phi.reading.homogeneous
    fold = 2 * q / pi
    if fold == 0:  # φ = p u: no angle
        np.multiply((p * x.gains[layer])[:, None], y.gains[layer], out=spare)
        np.multiply(rho, spare, out=kappa)
        if dot is not None:
            dot[:] = spare
        return
    np.multiply(rho, rho, out=kappa)
    np.subtract(1.0, kappa, out=kappa)
    np.sqrt(kappa, out=kappa)
    angle = np.arcsin(rho, out=spare if dot is None else dot)
    angle += p / fold
    kappa += np.multiply(rho, angle, out=spare)
    np.multiply((fold * x.gains[layer])[:, None], y.gains[layer], out=spare)
    kappa *= spare
    if dot is not None:
        dot *= spare


def _general(
    phi: Any, layer: int, rho: Array, x: Scales, y: Scales, kappa: Array, dot: Array | None, spare: Array
) -> None:
    """The step for any other φ, by its compiled dual."""
    a, b = x.roots[layer][:, None], y.roots[layer]
    np.multiply(a, b, out=spare)
    pair = Pair(a * a, b * b, rho * spare, (1 - rho) * (1 + rho), None)
    rates = np.multiply(x.rates[layer][:, None], y.rates[layer])
    np.multiply(phi.reading.value(pair), rates, out=kappa)
    if dot is not None:
        spare *= rates
        np.multiply(phi.reading.slope(pair), spare, out=dot)
