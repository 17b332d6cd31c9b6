"""Derivatives of kernels with respect to W_std, b_std or the left input: the layer rules on jets, and where there are none.

The kernel is a smooth function of the covariances, but for what the kinks of φ do to it. The dual κ̇ of a φ' that jumps goes
like sin θ (κ of a φ that jumps does), so it has a kink where inputs are parallel and the angle can move; and κ of a φ with a
kink at 0 goes like √(ab), which has one where an input is the zero vector and can move. At b_std = 0 both may happen as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, cast

import numpy as np

from ..activations.compiled import Compiled
from ..activations.estimates import passed_on, watched
from ..errors import NoClosedForm, NoDerivative
from ..layers.dense import Dense
from ..layers.integrals import Integrals, moving
from ..layers.jets import Jet
from ..layers.nonlinearity import Reading
from ..layers.pair import Pair
from .geometry import NEAR, Rows, first_pair, rows
from .plan import Elementwise, Plan

Array = np.ndarray
BLOCK = 2**16  # numbers of the result that are computed together
PARALLEL = 2.0**-100  # sin²θ of x and 2x, whose angle is rounding


class _Moving(Dense):
    """A Dense whose W_std and b_std are jets."""

    def __post_init__(self) -> None:
        pass


def derivative(layers: tuple[Any, ...], X: Array, Y: Array, wrt: str, layer: int | None, tangent: bool) -> Array:
    """(n, m), or (n, m, d) for wrt "X". Raises NoDerivative."""
    dtype = np.result_type(X, Y)
    plan = Plan.of(layers)
    x, y = (rows(z.astype(np.float64)) for z in (X, Y))
    for data in (x, y):
        plan.variances(data.q, np)
    n, step = len(X), max(1, BLOCK // (len(Y) * (X.shape[1] if wrt == "X" else 1)))
    blocks = []
    for i in range(0, n, step):
        with watched() as found, np.errstate(all="ignore"):  # in branches that are not taken
            blocks.append(_block(plan, Rows(*(z[i : i + step] for z in x)), y, wrt, layer, tangent, i))
        passed_on(doubt.moved(lambda p, q: (p + i, q)) for doubt in found)  # noqa: B023
    out = np.concatenate(blocks).astype(dtype)
    return out if wrt == "X" else out[..., 0]


def _block(plan: Plan, x: Rows, y: Rows, wrt: str, layer: int | None, tangent: bool, start: int) -> Array:
    p = _first(x, y, tangent, wrt == "X")
    kinks = _Kinks(p, wrt, x.x.shape[1], start)
    for number, (dense, phi) in enumerate([*plan.hidden, (plan.last, None)], 1):
        here = layer in (None, number) and wrt != "X"
        kinks.at_dense(p, dense, here, number)
        p = _moving(dense, wrt if here else "")(p)
        if phi is not None:
            kinks.at_activation(p, phi)
            p = _through(phi, p)
    out = cast(Jet, p.ntk if tangent else p.c)
    return np.broadcast_to(out.tangent, (*out.value.shape, x.x.shape[1] if wrt == "X" else 1))


def _through(phi: Elementwise, p: Pair) -> Pair:
    if isinstance(phi.compiled, Compiled):
        return phi(p)
    if phi.compiled.jumps:
        raise NoClosedForm(
            f"{phi} jumps away from 0: derivatives of its kernel are not known here; take kernels instead"
        )
    return moving(phi.compiled, cast(Integrals, phi.slope), p)  # φ' is read the way φ is


def _moving(dense: Dense, wrt: str) -> Dense:
    def number(name: str) -> Jet:
        return Jet(np.asarray(getattr(dense, name)), np.array([float(name == wrt)]))

    return _Moving(W_std=number("W_std"), b_std=number("b_std"))  # type: ignore[arg-type]


def _first(x: Rows, y: Rows, tangent: bool, moves: bool) -> Pair:
    """The first pair as jets, in the directions of the features of x or in the one of a parameter, which leaves it alone."""
    p = first_pair(x, y, tangent)
    d = x.x.shape[1]
    still = np.zeros((1, 1, 1))
    if not moves:
        return Pair(*(None if z is None else Jet(z, still) for z in (p.a, p.b, p.c, p.sin2, p.rise, p.ntk)))
    length = np.sqrt(np.sum(x.unit * x.unit, axis=1))  # 1, or 0 for the zero vector
    norm = np.where(length > 0, np.sqrt(x.q * d), 1.0)[:, None, None]
    unit = x.unit[:, None, :]
    # sin²θ = 1 − ρ², and ∂ρ/∂x is the part of y/|y| across x, over |x|: that of (y ∓ x)/|y| where y is near ±x
    cosine = unit @ y.unit.T
    cosine = np.clip(cosine[:, 0, :], -1.0, 1.0)[..., None]
    size = np.where(y.q > 0, np.sqrt(y.q * d), 1.0)[None, :, None]
    near = (np.abs(cosine) > NEAR) & (norm < 4 * size)
    other = np.where(near, (y.x[None] - np.sign(cosine) * x.x[:, None, :]) / size, y.unit[None])
    across = other - unit * np.sum(other * unit, axis=-1, keepdims=True)
    return Pair(
        Jet(p.a, 2 * x.x[:, None, :] / d),
        Jet(p.b, still),
        Jet(p.c, y.x[None] / d + 0 * unit),
        Jet(p.sin2, -2 * cosine * across / norm * length[:, None, None]),
        Jet(p.rise, unit / d**0.5 + 0 * across),
        None if p.ntk is None else Jet(p.ntk, still),
    )


class _Kinks:
    """Follows, for every pair, whether the angle can move away from 0 or π linearly; refuses what has no derivative."""

    def __init__(self, p: Pair, wrt: str, d: int, start: int):
        self.wrt, self.start, self.number, self.lifted = wrt, start, 0, wrt == "X"
        self.moves = np.full(np.shape(p.c.value), wrt == "X" and d > 1)

    def at_dense(self, p: Pair, dense: Dense, here: bool, number: int) -> None:
        self.number = number
        apart = (p.rise.value != 0) | (p.sin2.value > 0) | (p.c.value < 0)
        if self.wrt == "X" and dense.b_std:
            self.moves[:] = True
        if here and self.wrt == "b_std" and not dense.b_std:  # sin θ goes like |b_std|
            self.moves |= apart
            self.lifted = True
        self.moves &= dense.W_std > 0
        if here and self.wrt == "W_std" and not dense.W_std and dense.b_std:  # sin θ goes like |W_std|
            self.moves |= apart

    def at_activation(self, p: Pair, phi: Elementwise) -> None:
        a, b, sin2 = (np.broadcast_to(z.value, self.moves.shape) for z in (p.a, p.b, p.sin2))
        jumps = phi.compiled.jumps
        kinks = (0.0,) if jumps else _kinks(phi.slope)
        parallel = (sin2 <= PARALLEL) & (a > 0) & (b > 0)
        met = parallel & (self.moves & _meet(kinks, a, b) | (self.wrt == "X") & _meet([h for h in kinks if h], a, b))
        if jumps:
            self._refuse(met, phi, "jumps, so κ goes like sin θ where the angle between two pre-activations is 0 or π")
        elif p.ntk is not None:
            why = "has a kink, so κ̇ goes like sin θ where the angle between two pre-activations is 0 or π"
            self._refuse(met & (p.ntk.value != 0), phi, why)
        if 0.0 in kinks:
            zero = (a == 0) & (b > 0) | (a > 0) & (b == 0) & (self.wrt == "b_std")
            self._refuse(self.lifted & zero, phi, "is not smooth at 0, where the pre-activation of one input is")

    def _refuse(self, where: Array, phi: Elementwise, why: str) -> None:
        if where.any():
            i, j = np.argwhere(where)[0]
            remedy = 'take get="nngp", inputs that are not parallel, or' if "κ̇" in why else "move the inputs, or take"
            raise NoDerivative(
                f"the kernel of row {i + self.start} of X and row {j} of Y (counted from 0) has no derivative with respect "
                f"to {self.wrt}: after Dense layer {self.number}, {phi} {why}; {remedy} a smooth activation"
            )


def _kinks(slope: Reading) -> tuple[float, ...]:
    """Where φ' jumps. A closed form without Φ has its breakpoint at 0."""
    return (0.0,) * slope.jumps if isinstance(slope, Compiled) else tuple(h for h, _ in slope.steps)


def _meet(kinks: Sequence[float], a: Array, b: Array) -> Array:
    """Do parallel u, v with these variances reach kinks at the same time?"""
    s, t = np.sqrt(a), np.sqrt(b)
    out = np.zeros(a.shape, dtype=bool)
    for h, k in product(kinks, repeat=2):
        out |= np.abs(abs(h) * t - abs(k) * s) <= 1e-14 * abs(h) * t
    return out
