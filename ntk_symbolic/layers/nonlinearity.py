"""The elementwise layer: from a pair of pre-activations to the pair of post-activations, without cancellation.

φ is the sum of its even and its odd part, and so is κ. Each part has its own r = √(κ(a,a,a) κ(b,b,b)) and its own gap
r − κ(|c|); near equal inputs the gap is the derived drop (see `activations.conditioned`) plus what the norms alone cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any, cast

import numpy as np

from ..activations.compiled import Compiled, Part
from ..activations.series import Series
from ..arrays import namespace, positions, replaced
from ..errors import InvalidInput
from . import integrals, jets
from .integrals import Integrals
from .jets import Jet
from .join import Summand, joined, nonzero
from .pair import Means, Pair

Reading = Compiled | Integrals

NEAR = 0.9  # κ/r above which r − κ is not formed by subtraction: one digit is all that is lost at this point


def nonlinearity(f: Reading, parameters: tuple[float, ...], p: Pair) -> Pair:
    """(a, b, c, sin², Θ) ↦ (κ_aa, κ_bb, κ, sin²', κ̇ Θ)."""
    if not isinstance(f, Compiled):
        return integrals.nonlinearity(f, p)
    xp = p.xp
    out = joined(xp, *(_side(f, part, parameters, p) for part in (f.even, f.odd) if part))
    return replace(out, ntk=None if p.ntk is None else slope(f, parameters, p) * p.ntk)


def value(f: Reading, parameters: tuple[float, ...], p: Pair) -> Any:
    """κ(a, b, c)."""
    if not isinstance(f, Compiled):
        return integrals.value(f, p)
    return _combined(f, parameters, p, "kappa", odd_sign=f.odd)


def slope(f: Reading, parameters: tuple[float, ...], p: Pair) -> Any:
    """κ̇(a, b, c): the derivative of the even part is the odd one."""
    if not isinstance(f, Compiled):
        return integrals.slope(f, p)
    return _combined(f, parameters, p, "kappa_dot", odd_sign=f.even)


def require_numbers(f: Reading, name: object, *arrays: Any) -> None:
    """Raises InvalidInput, naming the activation, where NumPy has to read f and cannot read these arrays."""
    if isinstance(f, Compiled):
        return
    for x in arrays:
        try:
            np.asarray(x)
        except (TypeError, RuntimeError) as trouble:  # of JAX, CuPy or PyTorch
            said = str(trouble).partition("\n")[0].partition(". ")[0]
            raise InvalidInput(
                f"κ and κ̇ of {name} are integrals, which NumPy computes from numbers on the CPU ({said}): pass a detached "
                "copy; derivatives of the kernel are those of Network.derivative"
            ) from None


def limit(f: Reading) -> float:
    """The variance from which on E φ(u)² is infinite."""
    return f.limit if isinstance(f, (Compiled, Series)) else np.inf


def mean(f: Reading, parameters: tuple[float, ...], a: Any, xp: Any) -> Any:
    """E φ(u), u ~ N(0, a)."""
    if not isinstance(f, Compiled):
        return xp.asarray(f.mean(np.asarray(a)), dtype=a.dtype)
    return f.mean(xp, a, *parameters) + 0 * a


def mean_of(f: Reading, parameters: tuple[float, ...], p: Pair) -> Means:
    """E φ(u) and E φ(v). For φ = p u + q|u| they go like the roots of the variances, of which the pair knows the difference."""
    xp = p.xp
    m, m_ = (mean(f, parameters, v, xp) for v in (p.a, p.b))
    if isinstance(f, Compiled) and f.homogeneous:
        return Means(m, m_, mean(f, parameters, xp.ones_like(p.a), xp) * p.rise)
    if isinstance(f, Compiled) and isinstance(m, np.ndarray):
        return Means(m, m_, _mean_rise(f, parameters, p, m - m_))
    return Means(m, m_, m - m_)


def _mean_rise(f: Compiled, parameters: tuple[float, ...], p: Pair, plain: Any) -> Any:
    """E φ(su) − E φ(tu), s = √a and t = √b, as the integral of its slope in s, by Gauss–Legendre; plain, the difference as
    it stands, where s and t are not within a factor 3."""
    s, t = np.broadcast_arrays(np.sqrt(p.a), np.sqrt(p.b))
    close = (np.maximum(s, t) < 3 * np.minimum(s, t)) & (plain != 0)
    if not close.any():
        return plain
    middle, half = ((s + t) / 2)[close], (np.broadcast_to(p.rise, s.shape) / 2)[close]
    total = np.zeros_like(half)
    for x, w in zip(*_nodes(), strict=True):
        at = middle + half * x
        total += w * cast(Jet, f.mean(jets, Jet(at * at, 2 * at[:, None]), *parameters)).tangent[:, 0]
    out = np.array(plain + 0 * s)
    out[close] = half * total
    return out


def variance(f: Reading, parameters: tuple[float, ...], a: Any, xp: Any) -> Any:
    """κ(a, a, a) = E φ(u)²."""
    if not isinstance(f, Compiled):
        return xp.asarray(f.diagonal(np.asarray(a)), dtype=a.dtype)
    return sum((_diagonal(f, part, parameters, a, xp) for part in (f.even, f.odd) if part), 0 * a)


def slope_variance(f: Reading, parameters: tuple[float, ...], a: Any) -> Any:
    """κ̇(a, a, a) = E φ'(u)²."""
    if not isinstance(f, Compiled):
        return namespace(a).asarray(f.diagonal_dot(np.asarray(a)), dtype=a.dtype)
    return slope(f, parameters, Pair(a, a, a, 0 * a, 0 * a))


def _combined(f: Compiled, parameters: tuple[float, ...], p: Pair, which: str, odd_sign: Part | None) -> Any:
    xp, total = p.xp, 0.0 * p.c
    c = xp.abs(p.c)
    frame = p.a, p.b, c, p.r, p.h, p.g
    for part in (f.even, f.odd):
        if part is not None:
            y = _kappa(f, part, parameters, p) if which == "kappa" else part.kappa_dot(xp, *frame, *parameters) + 0 * c
            # not y sign(c): that is 0 near c = 0 as well, to first order, and y need not be
            total = total + (xp.where(p.c < 0, -y, y) if part is odd_sign else y)
    return total


def _kappa(f: Compiled, part: Part, parameters: tuple[float, ...], p: Pair) -> Any:
    """κ(|c|) of a part. Where φ jumps and a vector is 0 the closed form is another limit, or 0/0: then u = 0 is independent of
    v, and φ(0), the mean of its two sides, counts."""
    xp, q = p.xp, _off_zero(p) if f.jumps else p
    c = xp.abs(q.c)
    kappa = part.kappa(xp, q.a, q.b, c, q.r, q.h, q.g, *parameters) + 0 * c
    if not f.jumps:
        return kappa
    held = 0 * p.r if part is f.odd else mean(f, parameters, p.a, xp) * mean(f, parameters, p.b, xp) + 0 * p.r
    return xp.where(p.r > 0, kappa, held)


def _off_zero(p: Pair) -> Pair:
    """The pair with unit vectors in place of zero vectors, for formulas whose values there are not used."""
    xp = p.xp
    a, b = (xp.where(x > 0, x, xp.ones_like(x)) for x in (p.a, p.b))
    sin2 = xp.where(p.r > 0, p.sin2, xp.ones_like(p.r))
    return Pair(
        a, b, xp.where(p.r > 0, p.c, xp.zeros_like(p.r)), sin2, xp.where(p.r > 0, p.rise, xp.sqrt(a) - xp.sqrt(b))
    )


def _diagonal(f: Compiled, part: Part, parameters: tuple[float, ...], a: Any, xp: Any) -> Any:
    if not f.jumps:
        return part.diag(xp, a, *parameters) + 0 * a
    at_zero = 0 * a if part is f.odd else mean(f, parameters, 0 * a, xp) ** 2
    return xp.where(a > 0, part.diag(xp, xp.where(a > 0, a, xp.ones_like(a)), *parameters) + 0 * a, at_zero)


def _side(f: Compiled, part: Part, parameters: tuple[float, ...], p: Pair) -> Summand:
    """What one parity contributes; its κ is even or odd in c, and computed at |c|."""
    xp = p.xp
    aa, bb = (_diagonal(f, part, parameters, x, xp) for x in (p.a, p.b))
    root_a, root_b = xp.sqrt(aa), xp.sqrt(bb)
    r = root_a * root_b
    kappa = _kappa(f, part, parameters, p)
    rise = _rise(part, parameters, _off_zero(p) if f.jumps else p, aa, bb)
    if f.jumps:
        rise = xp.where(p.r > 0, rise, aa - bb)
    near, gap = kappa > NEAR * r, r - kappa
    listed = positions(near) if getattr(p.c, "ndim", 0) == 2 else None
    if listed is None:
        gap = xp.where(near, _gap(f, part, parameters, p, (root_a, root_b, rise, gap)), gap)
    elif listed[0].shape[0]:  # few pairs are near, and their gap takes a hundred times as long
        few = [xp.broadcast_to(x, near.shape)[near] for x in (p.a, p.b, p.c, p.sin2, p.rise, root_a, root_b, rise, gap)]
        gap = replaced(near, _gap(f, part, parameters, Pair(*few[:5]), few[5:]), gap)
    kappa = xp.where(near, r - gap, kappa)
    minus, plus, negative = gap, r + kappa, p.c < 0
    if part is f.odd:
        minus, plus = xp.where(negative, plus, minus), xp.where(negative, minus, plus)
        kappa = xp.where(negative, -kappa, kappa)
    return Summand(aa, bb, root_a, root_b, rise / nonzero(xp, root_a + root_b), kappa, minus, plus)


def _gap(f: Compiled, part: Part, parameters: tuple[float, ...], p: Pair, held: Sequence[Any]) -> Any:
    """√(κ_aa κ_bb) − κ(|c|) without subtraction; held: √κ_aa, √κ_bb, κ_aa − κ_bb, and the gap as it is subtracted."""
    xp, (root_a, root_b, rise, plain) = p.xp, held
    q = _off_zero(p) if f.jumps else p
    drop = part.drop(xp, q.a, q.b, xp.abs(q.c), q.r, q.h, q.g, *parameters) + 0 * p.c
    if part.density is not None:
        drop = drop + _norm_part(part, parameters, q, root_a, root_b, rise)
    if f.jumps:
        drop = xp.where(p.r > 0, drop, plain)
    return xp.where(drop > 0, drop, xp.zeros_like(drop))


def _rise(part: Part, parameters: tuple[float, ...], p: Pair, aa: Any, bb: Any) -> Any:
    """κ_aa − κ_bb: derived from a − b where a and b or the two are close (cos at small variances), else subtracted."""
    xp = p.xp
    step = p.rise * (xp.sqrt(p.a) + xp.sqrt(p.b))
    close = (xp.abs(step) < 0.1 * (p.a + p.b)) | ((xp.abs(aa - bb) < 0.5 * (aa + bb)) & (p.r > 0))
    return xp.where(close, part.rise(xp, p.a, p.b, step, *parameters), aa - bb)


def _norm_part(part: Part, parameters: tuple[float, ...], p: Pair, root_a: Any, root_b: Any, rise: Any) -> Any:
    """√(κ_aa κ_bb) − κ(c = √(ab)) = (E(φ(sz) − φ(tz))² − (√κ_aa − √κ_bb)²)/2, with s = √a, t = √b.

    The expectation is ∬ density over [t, s]². In log σ, log τ Gauss–Legendre with 12 × 12 nodes is exact to rounding
    while the lengths are within a factor 4 (erf: the nearest singularity, σ = ±iτ, lies 2.3 half widths off: 5^-24).
    Elsewhere the difference is no small one, and is taken as it stands.
    """
    xp = p.xp
    s, t = xp.sqrt(p.a), xp.sqrt(p.b)
    positive = (s > 0) & (t > 0)
    half = xp.log1p(xp.where(positive, p.rise / nonzero(xp, t), 0 * p.rise)) / 2
    middle = xp.sqrt(s) * xp.sqrt(t)
    sigmas = [middle * xp.exp(half * x) for x in _nodes()[0]]
    total = 0 * half
    for k, (sigma, w) in enumerate(zip(sigmas, _nodes()[1], strict=True)):
        for tau, v in zip(sigmas[: k + 1], _nodes()[1], strict=False):
            weight = w * v * (1 if tau is sigma else 2)  # the density is symmetric
            total = total + weight * (sigma * tau * part.density(xp, sigma, tau, *parameters))  # type: ignore[misc]
    integral = (total * half**2 - (rise / nonzero(xp, root_a + root_b)) ** 2) / 2
    plain = root_a * root_b - part.kappa(xp, p.a, p.b, p.r, p.r, 0 * p.r, 0 * p.r, *parameters)
    return xp.where(positive & (xp.abs(half) < 0.69), integral, plain)


@cache
def _nodes() -> tuple[list[float], list[float]]:
    """Gauss–Legendre nodes and weights on [−1, 1]."""
    x, w = np.polynomial.legendre.leggauss(12)
    return x.tolist(), w.tolist()
