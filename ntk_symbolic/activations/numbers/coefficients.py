"""Hermite coefficients of φ(σz) with a proved bound of their error.

α_k = E φ(σz) h_k(z), z standard normal, h_k the orthonormal Hermite polynomials. The integral over |z| ≤ REACH is computed
by Gauss's rule on panels that end at every breakpoint. Each error has a proved bound:

panels      64/15 · M ϱ^(2−2n)/(1 − ϱ^−2) on [−1, 1] if |f| ≤ M in the ellipse of semi-axes (ϱ ± 1/ϱ)/2 (Trefethen 2008,
            SIAM Review 50, Theorem 4.5). M: φ from balls; |h_k(x+iy)|² γ² ≤ r^−k (1−r²)^−1/2 exp(y²/(1−r))/2π for any
            r < 1, which is Mehler's formula at (z, z̄) and one of its positive terms.
table       ψ_k = h_k √γ by √(k+1) ψ_{k+1} = x ψ_k − √k ψ_{k−1}. An error δ made in ψ_j is a solution of the same recurrence
            from (0, δ). Where x² < 4(j+1) it stays below δ/√(1 − x²/4(j+1)): S_n = (n+1)(y_n² − x y_n y_{n+1}/√(n+1) +
            y_{n+1}²) satisfies S_n = S_{n−1} + y_n² (Dombrowski & Nevai 1986) and S_n ≥ (n + 1 − x²/4) y_n². Where
            x² ≥ 4j all solutions grow and errors relative to ψ add up; m = ⌊x²/4⌋ steps later S applies with √(m+5).
            float64     φ at a node by its ball, sums by γ_n, nodes and weights as a test verifies with 40 digits.
reach       E φ² beyond REACH, from |φ(u)| ≤ C(1 + |u|)^g.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ...errors import NoClosedForm
from ...gauss import rounded_legendre
from .balls import BALLS, SAFETY, Ball, U

Array = np.ndarray

REACH = 13.0  # standard deviations; the density beyond is 1e-38
FAR, NOTHING = 12, 1e-6  # if the growth of φ is unknown, at most this part of E φ² may lie beyond so many of them
NODES = 64  # on a panel
NODE, WEIGHT = 1.2e-16, 2e-16  # errors of its nodes in [−1, 1], relative errors of its weights: they are rounded
GROUP = 4  # panels that are summed in one product
COUNT = 256  # coefficients of a function no steeper than tanh at variance 1
NEAR = 0.98  # |ρ| of Mehler's series below which 16 COUNT coefficients suffice
TINY = 1e-18  # quadrature error relative to |φ|
PANELS = 1000  # the largest number; beyond it the bound is larger
WIDE = REACH / 2**9  # width of panels below which they are tested for a pole of φ
NARROW = 2.0**-80  # of REACH, and 2⁻⁵⁰ of their place: narrower panels are not halved
SLOPES = (2.0, 1.0, 0.5)  # of the ellipses that are tried: height over half width of the panel
DISCS = (24, 6)  # numbers of discs that cover the rectangle around an ellipse
TOGETHER = 500  # ellipses whose discs are evaluated in one array
PEAK = (2 * np.pi) ** -0.25  # no |ψ_k| is larger


@dataclass(frozen=True)
class Smooth:
    """A function of u in analytic pieces (from, to, code(xp, u)), and C, g of |f(u)| ≤ C(1 + |u|)^g if known."""

    pieces: tuple[tuple[float, float, Callable[..., Any]], ...]
    growth: tuple[float, float] | None
    name: str = "φ"

    @property
    def cuts(self) -> tuple[float, ...]:
        return tuple(lo for lo, _, _ in self.pieces[1:])

    def __call__(self, u: Array) -> Array:
        """At a breakpoint, which only a zero vector meets, the mean of the two sides."""
        out = np.zeros(np.shape(u))
        for (lo, hi, f), share in zip(self.pieces, self._shares(u), strict=True):
            out += np.where(share > 0, share * f(np, np.clip(u, lo, hi)), 0.0)
        return out

    def balls(self, u: Array, rad: Array) -> tuple[Array, Array]:
        """Values at numbers that are known within rad, and bounds of their errors."""
        mid, off = np.zeros(np.shape(u)), np.zeros(np.shape(u))
        for (lo, hi, f), share in zip(self.pieces, self._shares(u), strict=True):
            value = f(BALLS, Ball(np.clip(u, lo, hi), rad))
            mid += np.where(share > 0, share * value.mid, 0.0)
            off += np.where(share > 0, share * value.rad, 0.0)
        off += 2 * U * np.abs(mid) * (len(self.pieces) > 1)
        return mid, np.nan_to_num(off, nan=np.inf, posinf=np.inf)

    def _shares(self, u: Array) -> list[Array]:
        return [((u > lo) & (u < hi)) + 0.5 * ((u == lo) | (u == hi)) for lo, hi, _ in self.pieces]


class Pole(NoClosedForm):
    """The error for an infinite E f(u)² because f grows too fast towards the point u = where."""

    def __init__(self, where: float, name: str = "φ"):
        self.where = where
        at = f"u = {round(where, 8) + 0:.6g}"
        remedy = 'there is no NTK; its NNGP kernel exists (get="nngp")' if name == "φ'" else "it has no kernel"
        super().__init__(
            f"E {name}(u)² is infinite: {name} has a pole at {at}, or grows like one over a root there; {remedy}"
        )


UNPROVED = 1e-10  # of E φ²: above this error it is also computed on other panels
UNACCOUNTED = 1e-12  # of E φ²: a difference that rounding may cause


@dataclass(frozen=True)
class Coefficients:
    """α (N, rows) of φ(σz) for each σ, and bounds of shape (rows,)."""

    alpha: Array
    error: Array  # of α, in ℓ²
    square: Array  # E φ(σz)²
    square_error: Array
    opposite: Array  # E φ(σz) φ(−σz), with the same error
    pushed: Array  # a bound of ‖z φ(σz)‖
    tail: Array  # √ of Σ_{k ≥ N} α_k²
    endless: Array  # True if more than NOTHING of E φ(σz)² lies between FAR and the last nodes
    doubt: Array  # an estimate of the error of φ's values, of the panels and of the tail, relative to √E φ(σz)²

    @property
    def size(self) -> Array:
        return np.sqrt(np.sum(self.alpha**2, axis=0)) + self.error

    @cached_property
    def rest(self) -> Array:
        """√ of Σ_{k ≥ N} α_k², as computed in float64."""
        return np.sqrt(np.maximum(self.square - np.sum(self.alpha**2, axis=0), 8 * U * self.square))

    @property
    def complete(self) -> bool:
        """True if further coefficients are negligible in float64, by E φ²: those of tanh(u) sin(60u) begin at large k."""
        last = self.alpha[-len(self.alpha) // 4 :]
        ended = np.sum(last**2, axis=0) <= 1e-17 * self.square
        return bool(np.all(ended & (self.square - np.sum(self.alpha**2, axis=0) <= UNACCOUNTED * self.square)))

    @cached_property
    def orders(self) -> Array:
        """The k of coefficients that are not all 0."""
        return np.flatnonzero(self.alpha.any(axis=1))


def coefficients(f: Smooth, sigma: Array, count: int) -> Coefficients:
    """The first `count` coefficients for a vector of σ ≥ 0."""
    with np.errstate(all="ignore"):  # an overflow gives an infinite bound, or raises an error later
        if not any(f.cuts):
            return _expanded(f, sigma, count)
        each = [
            _expanded(f, sigma[k : k + 1], count) for k in range(len(sigma))
        ]  # breakpoints other than 0 move with σ
        names = Coefficients.__dataclass_fields__
        return Coefficients(*(np.concatenate([getattr(c, name) for c in each], axis=-1) for name in names))


def _expanded(f: Smooth, sigma: Array, count: int) -> Coefficients:
    """The coefficients of one row; nodes at x > 0 serve both signs: φ(σx) ± φ(−σx) give even and odd ones separately."""
    panels, psi, table = _table(f, *_range(sigma, exactly=any(f.cuts)), count)
    x, w, slip = panels.x, panels.w, panels.slip
    u = sigma[:, None] * x
    rad = 2 * U * u + sigma[:, None] * slip
    (right, off), (left, other) = (f.balls(side, rad) for side in (u, -u))
    size, off = np.abs(right) + np.abs(left), off + other
    weight = w * PEAK * np.exp(-x * x / 4)
    alpha = np.zeros((count, len(sigma)))
    for parity, part in enumerate((right + left, right - left)):
        if part.any():
            alpha[parity::2] = _product(psi[parity], part * weight).astype(float)
    density = weight * PEAK * np.exp(-x * x / 4)
    square, opposite = (right**2 + left**2) @ density, 2 * (right * left) @ density
    wrong = off + size * (WEIGHT + U * (5 + x * x / 2) + x * slip / 2)
    weighted = size * weight
    each = PEAK * (wrong @ weight + _gamma(GROUP * NODES + len(x) // (GROUP * NODES) + 4) * np.sum(weighted, axis=1))
    each += weighted @ (table + slip * PEAK * (np.sqrt(count) + x / 2)) + panels.error
    beyond = _beyond(f, sigma)
    error = SAFETY * (np.sqrt(count) * each + np.sqrt(beyond))
    wrong_square = 2 * ((size + off) * wrong) @ density + _gamma(len(x) + 4) * square
    square_error = SAFETY * (wrong_square + panels.error_of_square + beyond)
    pushed = np.sqrt((right**2 + left**2) @ (density * x * x) * (1 + _gamma(len(x) + 6)) + REACH**2 * square_error)
    captured = np.maximum(np.sqrt(np.sum(alpha**2, axis=0)) * (1 - count * U) - error, 0.0)
    tail = np.sqrt(np.maximum(square + square_error - captured**2, 0.0)) * SAFETY
    squares = right**2 + left**2
    endless = _endless(squares, density, panels)
    doubt = _doubt(f, sigma, squares, np.where(np.isfinite(off), off, 0.0), density, panels, square, count)
    return Coefficients(alpha, error, square, square_error, opposite, SAFETY * pushed, tail, endless, doubt)


def _doubt(
    f: Smooth, sigma: Array, squares: Array, off: Array, density: Array, panels: _Panels, square: Array, count: int
) -> Array:
    """The estimate `doubt`; if the growth of φ is unknown, the tail beyond the panels is extrapolated from their last part."""
    size = np.where(square > 0, square, 1.0)
    doubt = np.sqrt(off**2 @ density / size)
    if f.growth is not None:
        open_ = panels.error_of_square > UNPROVED * size
        moved = [
            change(f, sigma[k : k + 1]) if here else 0.0 for k, here in enumerate(np.broadcast_to(open_, size.shape))
        ]
        return doubt + np.sqrt(count / size) * panels.error + np.array(moved)
    last, before = (squares @ (density * ((panels.x > REACH - k) & (panels.x <= REACH - k + 1))) for k in (1, 2))
    falls = np.clip(last / np.where(before > 0, before, 1.0), 0.0, 1 - 1e-6)
    unproved = np.sqrt(count / size) * panels.error if np.isfinite(panels.error) else change(f, sigma)
    return doubt + np.where(last > 0, last * falls / (1 - falls), 0.0) / size + unproved


def _endless(squares: Array, density: Array, panels: _Panels) -> Array:
    each = squares * density
    total = np.sum(each, axis=1)
    return (np.sum(each[:, panels.x > FAR], axis=1) > NOTHING * total) | np.isinf(total)


def _gamma(n: int) -> float:
    """The relative error of a sum of n products (Higham 2002, section 3.1)."""
    return n * U


def _product(psi: Array, values: Array) -> Array:
    """values @ psi, transposed, in groups of panels, since short sums have smaller errors."""
    step = GROUP * NODES
    parts = (psi[k : k + step].T @ values[:, k : k + step].T for k in range(0, len(psi), step))
    return sum(parts, np.zeros((psi.shape[1], len(values))))


def _beyond(f: Smooth, sigma: Array) -> Array:
    """A bound of E f(σz)² 1{|z| > REACH}: (1 + σ|z|) ≤ (1 + σ)|z| there, and each z² costs at most 1/(1 − m/REACH²)."""
    if f.growth is None:
        return np.full(sigma.shape, np.inf)
    c, g = f.growth
    density = np.exp(-(REACH**2) / 2) / np.sqrt(2 * np.pi)
    return 2 * (c * (1 + sigma) ** g) ** 2 * REACH ** (2 * g - 1) * density / (1 - 2 * g / REACH**2)


# panels --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Panels:
    """Panels of (0, REACH)."""

    x: Array
    w: Array
    slip: Array  # a bound of the displacement of a node
    error: float  # of a coefficient
    error_of_square: float

    @property
    def places(self) -> tuple[Array, Array]:
        """The start of each panel, and half its length."""
        half = self.w.reshape(-1, NODES).sum(axis=1) / 2
        return self.x.reshape(-1, NODES)[:, 0] - half * (1 + rounded_legendre(NODES)[0][0]), half


STEP = 1.3  # σ within such a factor are treated together
MOST_STEPS = 24


def _range(sigma: Array, exactly: bool) -> tuple[float, float]:
    """The range of σ for panels: slightly larger than that of the given σ, so that other σ can share the panels."""
    low, high = max(float(sigma.min()), 1e-150), max(float(sigma.max()), 1e-150)
    if exactly:
        return high, high
    wide = 4 * np.log(STEP)
    low, high = np.exp(wide * np.floor(np.log(low) / wide)), np.exp(wide * np.ceil(np.log(high) / wide))
    return max(low, high * STEP**-MOST_STEPS), high


def _table(f: Smooth, low: float, high: float, count: int) -> tuple[_Panels, tuple[Array, Array], Array]:
    """Panels, the even and odd ψ_k at their nodes, and a bound of the error of each."""
    panels = _panels(f, low, high, count)
    return panels, *_even_and_odd(panels.x.tobytes(), count)


@lru_cache(maxsize=16)  # up to 60 MB each; φ and φ' often have the same panels
def _even_and_odd(x: bytes, count: int) -> tuple[tuple[Array, Array], Array]:
    psi, error = _functions(np.frombuffer(x), count)
    return (np.ascontiguousarray(psi[:, ::2]), np.ascontiguousarray(psi[:, 1::2])), error


@lru_cache(maxsize=128)
def _panels(f: Smooth, low: float, high: float, count: int) -> _Panels:
    """Panels halved until the proved error of the first `count` coefficients is negligible on each."""
    cuts = sorted({abs(h) / high for h in f.cuts if h and abs(h) / high < REACH})
    ends = [0.0, *cuts, REACH]
    sizes = np.abs(f(high * np.linspace(-2.0, 2.0, 9)))
    scale = float(sizes[np.isfinite(sizes)].max(initial=0.0)) or 1.0  # 1/u is not finite at 0
    left, right = np.array(ends[:-1]), np.array(ends[1:])
    done: list[tuple[Array, Array]] = []
    error, error_of_square, panels, asked = 0.0, 0.0, 0, f.growth is not None
    while len(left):
        logs = _log_errors(f, low, high, left, right, count)
        full = panels + 2 * len(left) > PANELS
        if not asked and (full or np.all(right - left <= WIDE)):
            asked, unknown = True, np.isinf(logs[1])
            _refuse_poles(f, high * left[unknown], high * right[unknown])
        narrow = right - left <= np.maximum(NARROW * REACH, 2.0**-50 * right)
        good = np.full(len(left), True) if full else (logs[0] <= np.log(TINY * scale)) | narrow
        error += float(np.sum(np.exp(logs[0][good])))
        error_of_square += float(np.sum(np.exp(logs[1][good])))
        done.append((left[good], right[good]))
        panels += int(good.sum())
        left, right = left[~good], right[~good]
        middle = (left + right) / 2
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
    left, right = (np.concatenate([pair[k] for pair in done]) for k in (0, 1))
    half = (right - left) / 2
    nodes, weights = rounded_legendre(NODES)
    x = left[:, None] + half[:, None] * (1 + nodes)
    slip = half[:, None] * (NODE + 2 * U) + U * x
    return _Panels(x.ravel(), (half[:, None] * weights).ravel(), slip.ravel(), error, error_of_square)


HALVINGS = (20, 30)
SEARCHED = 64  # intervals between 0 and a pole, each of which is searched for a nearer one


def _refuse_poles(f: Smooth, left: Array, right: Array) -> None:
    """Raises Pole, naming the one nearest to 0, if there is one in an interval [left, right] or its mirror image."""
    found = _poles(f, left, right)
    if found:
        ends = np.linspace(0.0, min(map(abs, found)), SEARCHED + 1)  # φ need not have been large there first
        raise Pole(min([*found, *_poles(f, ends[:-1], ends[1:])], key=abs), f.name)


def _poles(f: Smooth, left: Array, right: Array) -> list[float]:
    """The points at which ∫ f² does not shrink with an interval around the maximum of |f| in [left, right] or its mirror image.

    Near s, |u − s|^−p leaves 2^(2p−1) of the integral at every halving: it is infinite for p ≥ 1/2. Between 20 and 30
    halvings floats still separate nodes, and a merely steep function such as 1/(u² + 10⁻¹⁶) is resolved.
    """
    nodes, weights = rounded_legendre(NODES)
    found: list[float] = []
    for sign in (1, -1):
        lo, hi, kept = left, right, []
        scale = None
        for _ in range(HALVINGS[1]):
            half, middle = (hi - lo) / 4, (lo + hi) / 2
            starts = np.stack([lo, middle])
            values = np.abs(f(sign * (starts[..., None] + half[:, None] * (1 + nodes))))
            scale = np.maximum(values.max(axis=(0, 2)), 1e-300)[:, None] if scale is None else scale
            parts = half * ((values / scale) ** 2 @ weights)
            later = parts[1] > parts[0]
            lo, hi = np.where(later, middle, lo), np.where(later, hi, middle)
            kept.append(np.where(later, parts[1], parts[0]))
        early, late = (kept[k - 1] for k in HALVINGS)
        endless = (late > 0.9 * early) | np.isinf(late)
        found += (sign * lo[endless]).tolist()
    return found


def nodes(f: Smooth, sigma: float) -> tuple[Array, Array]:
    """Nodes and weights of E g(z) for a g that depends on z through f(σz)."""
    with np.errstate(all="ignore"):
        panels = _table(f, *_range(np.array([sigma]), exactly=any(f.cuts)), COUNT)[0]
    w = panels.w * np.exp(-(panels.x**2) / 2) / np.sqrt(2 * np.pi)
    return np.concatenate([-panels.x, panels.x]), np.concatenate([w, w])


def ends(f: Smooth, sigma: float) -> Array:
    """The ends of the panels for f(σz), without 0."""
    with np.errstate(all="ignore"):
        left, half = _table(f, *_range(np.array([sigma]), exactly=any(f.cuts)), COUNT)[0].places
    return np.sort(left + 2 * half)


def change(f: Smooth, sigma: Array) -> float:
    """The largest relative change of E f(σz)² if every panel is halved: an indication, not a bound."""
    worst = 0.0
    with np.errstate(all="ignore"):
        for one in (sigma[:1], sigma[-1:]):
            panels = _table(f, *_range(one, exactly=any(f.cuts)), COUNT)[0]
            nodes_, weights = rounded_legendre(NODES)
            left, half = panels.places
            found = []
            for parts in (1, 2):
                starts = (left[:, None] + np.arange(parts) * 2 * half[:, None] / parts)[..., None]
                x = starts + half[:, None, None] / parts * (1 + nodes_)
                w = half[:, None, None] / parts * weights * np.exp(-x * x / 2)
                found.append(float(np.sum(w * (f(one[0] * x) ** 2 + f(-one[0] * x) ** 2))))
            worst = max(worst, abs(found[1] - found[0]) / found[1])
    return worst


def _log_errors(f: Smooth, low: float, high: float, left: Array, right: Array, count: int) -> tuple[Array, Array]:
    """log of the bounds for ∫ φ h_k γ, k < count, and ∫ φ² γ over panels and their mirror images."""
    half, middle = (right - left) / 2, (left + right) / 2
    best = [np.full(len(half), np.inf) for _ in range(2)]
    for slope, large in zip(SLOPES, _sizes(f, low, high, left, right), strict=True):
        height = slope * half
        width = np.hypot(half, height)
        decay = -(np.maximum(middle - width, 0.0) ** 2) / 4  # log of the decay of √γ
        rho = slope + np.hypot(slope, 1.0)
        rule = np.log(half) + np.log(64 / 15) - (2 * NODES - 2) * np.log(rho) - np.log1p(-(rho**-2))
        size = np.log(large)
        bounds = (
            size + decay + _log_hermite(height, count),
            2 * size + 2 * decay + height**2 / 2 - np.log(2 * np.pi) / 2,
        )
        best = [np.minimum(b, rule + np.log(2) + bound) for b, bound in zip(best, bounds, strict=True)]
    if f.growth is not None:  # a panel may be so narrow that it is negligible
        c, g = f.growth
        most = np.log(c) + g * np.log1p(high * right)
        best[0] = np.minimum(best[0], np.log(4 * PEAK**2 * (right - left)) + most)
        best[1] = np.minimum(best[1], np.log(4 * PEAK**2 * (right - left)) + 2 * most)
    return best[0], best[1]


def _sizes(f: Smooth, low: float, high: float, left: Array, right: Array) -> Array:
    """Bounds of |f(σz)| in the ellipses of every slope around these panels, (slopes, panels)."""
    met = _met(f, low, high)
    new = np.array([place not in met for place in zip(left, right, strict=True)], dtype=bool)
    if new.any():
        half, middle = (right[new] - left[new]) / 2, (left[new] + right[new]) / 2
        height = np.outer(SLOPES, half)
        width = np.hypot(half, height)
        found = _largest(f, middle - width, middle + width, height, left[new], right[new], low, high)
        met.update(zip(zip(left[new], right[new], strict=True), map(tuple, found.T), strict=True))
    return np.array([met[place] for place in zip(left, right, strict=True)]).T


@lru_cache(maxsize=128)
def _met(f: Smooth, low: float, high: float) -> dict[tuple[float, float], tuple[float, ...]]:
    """A cache of panels: for every number of coefficients they result from halving the same intervals."""
    return {}


def _largest(
    f: Smooth, start: Array, stop: Array, height: Array, left: Array, right: Array, low: float, high: float
) -> Array:
    """A bound of |f(σz)|, low ≤ σ ≤ high, z or −z in [start, stop] × [−height, height].

    Every panel has its own piece of f, which is continued analytically.
    """
    tops = [high]
    while tops[-1] / STEP > low:
        tops.append(tops[-1] / STEP)
    out = np.zeros(start.shape)
    step = max(1, TOGETHER // start.size)
    for part in (np.array(tops[k : k + step]) for k in range(0, len(tops), step)):
        out = np.maximum(out, _largest_at(f, start, stop, height, (left + right) / 2, part, low))
    return out


def _largest_at(f: Smooth, start: Array, stop: Array, height: Array, middle: Array, top: Array, low: float) -> Array:
    """`_largest` for σ between successive numbers of `top`, all of them and both signs at once."""
    sign, top = (x.reshape(-1, *[1] * start.ndim) for x in (np.repeat([1.0, -1.0], len(top)), np.tile(top, 2)))
    a, b = np.where(start < 0, top, np.maximum(top / STEP, low)) * start, top * stop
    sign, inside, tall = np.broadcast_to(sign, a.shape), np.broadcast_to(sign * top * middle, a.shape), top * height
    out = np.zeros(a.shape)
    for lo, hi, code in f.pieces:
        mine = (inside > lo) & (inside <= hi)
        if mine.any():
            out[mine] = np.maximum(out[mine], _covered(code, sign[mine], a[mine], b[mine], tall[mine]))
    return out.max(axis=0)


def _covered(code: Callable[..., Any], sign: Array, a: Array, b: Array, height: Array) -> Array:
    """A bound of |f| on sign · [a, b] × [−height, height], by discs; f is real on the real line, so the upper half suffices."""
    nx, ny = DISCS
    step, rise = (b - a) / (2 * nx), height / (2 * ny)
    x = a[:, None, None] + step[:, None, None] * np.arange(1, 2 * nx, 2)
    y = rise[:, None, None] * np.arange(1, 2 * ny, 2)[:, None]
    rad = np.broadcast_to(1.001 * np.hypot(step, rise)[:, None, None], (len(a), ny, nx))
    bound = code(BALLS, Ball(sign[:, None, None] * x + 1j * y, rad)).bound
    return (bound + np.zeros(rad.shape)).max(axis=(1, 2))


def _log_hermite(y: Array, count: int) -> Array:
    """log of a bound of |h_k(x + iy) γ(x + iy)| exp(x²/4) for all x and k < count."""
    t = np.geomspace(1e-4, 0.999, 100)[:, None]  # 1 − r
    rates = -count / 2 * np.log1p(-t) - np.log(t * (2 - t)) / 4 + y * y / (2 * t)
    return rates.min(axis=0) - np.log(2 * np.pi) / 2


# Hermite functions ---------------------------------------------------------------------------------------------------


def _functions(x: Array, count: int) -> tuple[Array, Array]:
    """ψ_k(x) for x > 0, (nodes, count), and a bound (nodes,) of the error of each."""
    square = x * x
    turning = np.floor(square / 4)
    before, now = np.zeros_like(x), PEAK * np.exp(-square / 4)
    local = now * U * (4 + square / 2)
    relative, error = np.zeros_like(x), np.zeros_like(x)
    out = np.empty((count, len(x)))
    for k in range(count):
        out[k] = now
        growing = turning >= k
        if growing.any():
            relative += np.where(growing, (turning - k + 1) * local / np.where(growing, np.abs(now), 1.0), 0.0)
            error += np.where(turning == k, np.sqrt(turning + 5) * relative * np.abs(now), 0.0)
            error += np.where(growing, 0.0, local * np.sqrt(4 * (k + 1) / np.where(growing, 1.0, 4 * (k + 1) - square)))
        else:
            error += local * np.sqrt(4 * (k + 1) / (4 * (k + 1) - square))
        first, second = x * now * (k + 1) ** -0.5, before * (k / (k + 1)) ** 0.5
        before, now = now, first - second
        local = 2 * U * (np.abs(first) + np.abs(second))
    return out.T, SAFETY * error  # ⌊REACH²/4⌋ < count: every node has passed its turning point
