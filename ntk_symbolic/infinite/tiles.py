"""One strip of the kernel by the plain recursion: ρ by division, asin, √(1 − ρ²), in place.

It is the cheapest way, and right for pairs that are not near. Whatever comes near, at the input or in any layer, is marked
and left to the layer rules. Everything is divided by the root variances, so a strip needs nothing but ρ and vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi

import numpy as np

from ..layers.dense import Dense
from ..layers.nonlinearity import slope, value
from ..layers.pair import Pair
from .plan import Elementwise, Plan

# An angle θ taken from ρ carries ε/θ. At the input that error goes through all layers, hence the depth; later layers only
# bring angles together that the input already told apart. Tested against the rules: ≤ 3e-14 at every depth to 50.
INPUT_STEP, LATER = 0.01, 0.9995


def input_limit(depth: int) -> float:
    """|cos θ| of inputs from which a pair counts as near."""
    return cos(min(0.03 + INPUT_STEP * depth, 1.0))


@dataclass(frozen=True)
class Scales:
    """Vectors of one set of inputs. roots[l]: √E h² of pre-activation l, roots[0] that of the input, √(|x|²/d).

    gains[l] = W_std · roots[l]/roots[l+1] and shifts[l] = b_std/roots[l+1] belong to the step from l to l + 1.
    """

    roots: list[np.ndarray]
    gains: list[np.ndarray]
    shifts: list[np.ndarray]

    @classmethod
    def of(cls, plan: Plan, q: np.ndarray) -> Scales:
        roots = [np.sqrt(v) for v in (q, *plan.variances(q, np))]
        denses = [dense for dense, _ in plan.hidden] + [plan.last]
        safe = [np.where(x > 0, x, 1.0) for x in roots[1:]]  # a zero vector without bias stays zero
        gains = [d.W_std * x / y for d, x, y in zip(denses, roots, safe)]
        return cls(roots, gains, [d.b_std / y for d, y in zip(denses, safe)])

    def part(self, where: slice) -> Scales:
        return Scales(*([x[where] for x in field] for field in (self.roots, self.gains, self.shifts)))


class Strip:
    """The scratch of one thread."""

    def __init__(self, plan: Plan, shape: tuple[int, int], tangent: bool):
        self.plan, self.tangent = plan, tangent
        self.theta, self.kappa, self.slope, self.spare = (np.empty(shape) for _ in range(4))

    def run(self, rho: np.ndarray, x: Scales, y: Scales) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
        """From the cosines at the input, overwritten, to (nngp, ntk, mask of what is not to be trusted); views of scratch.

        x, y   the scales of the strip's rows and columns.   ntk and mask are None where not asked, or not needed
        """
        n, m = rho.shape
        theta, kappa, dot, spare = (z[:n, :m] for z in (self.theta, self.kappa, self.slope, self.spare))
        near = _mark(rho, input_limit(len(self.plan.hidden)), None)
        _affine(rho, rho, x, y, 0, spare)
        theta[:] = rho
        for layer, (_, phi) in enumerate(self.plan.hidden, 1):
            near = _mark(rho, LATER, near)
            if phi.compiled.homogeneous:
                _homogeneous(phi, rho, kappa, dot, spare)
            else:
                _general(phi, rho, x.roots[layer], y.roots[layer], kappa, dot, self.tangent)
            if self.tangent:
                theta *= dot
                theta *= x.gains[layer][:, None]
                theta *= y.gains[layer]
            _affine(kappa, rho, x, y, layer, spare)
            if self.tangent:
                theta += rho
        for k in (rho, theta) if self.tangent else (rho,):
            k *= x.roots[-1][:, None]
            k *= y.roots[-1]
        return rho, theta if self.tangent else None, near


def _mark(rho: np.ndarray, limit: float, near: np.ndarray | None) -> np.ndarray | None:
    """Adds |ρ| > limit to the mask; most strips have none, which one maximum and one minimum tell."""
    if rho.max() <= limit and rho.min() >= -limit:
        return near
    mask = np.abs(rho) > limit
    return mask if near is None else near | mask


def _affine(kappa: np.ndarray, out: np.ndarray, x: Scales, y: Scales, layer: int, spare: np.ndarray) -> None:
    """ρ' = (W²κ + b²)/√(a'b'), κ given divided by the root variances of its layer."""
    np.multiply(kappa, x.gains[layer][:, None], out=out)
    out *= y.gains[layer]
    if x.shifts[layer].any():
        out += np.multiply(x.shifts[layer][:, None], y.shifts[layer], out=spare)


def _homogeneous(phi: Elementwise, rho: np.ndarray, kappa: np.ndarray, dot: np.ndarray, spare: np.ndarray) -> None:
    """κ = p²ρ + q²(2/π)(√(1 − ρ²) + ρ asin ρ) and κ̇ of φ = p u + q|u|."""
    p, q = phi.compiled.homogeneous(*phi.parameters)  # type: ignore[misc]
    np.arcsin(rho, out=dot)
    np.multiply(rho, rho, out=kappa)
    np.subtract(1.0, kappa, out=kappa)
    np.sqrt(kappa, out=kappa)
    kappa += np.multiply(rho, dot, out=spare)
    kappa *= 2 * q / pi
    kappa += np.multiply(rho, p, out=spare)
    dot *= 2 * q / pi
    dot += p


def _general(
    phi: Elementwise, rho: np.ndarray, a: np.ndarray, b: np.ndarray, kappa: np.ndarray, dot: np.ndarray, tangent: bool
) -> None:
    """Any other φ, by its compiled dual; a, b are root variances."""
    scale = a[:, None] * b
    pair = Pair((a * a)[:, None], b * b, rho * scale, (1 - rho) * (1 + rho), None)
    np.divide(value(phi.compiled, phi.parameters, pair), np.where(scale > 0, scale, 1.0), out=kappa)
    if tangent:
        dot[:] = slope(phi.compiled, phi.parameters, pair)
