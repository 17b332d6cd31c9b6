"""The numeric reading of an activation outside the class: Mehler's series, with a proved bound of its error.

κ(a, b, c) = Σ α_k(√a) α_k(√b) ρ^k, κ̇ likewise with the coefficients of φ' (Mehler 1866; Daniely, Frostig, Singer 2016).
`coefficients` proves bounds of the coefficients, of their errors and of the remainder; in ρ the series is a positive kernel,
so each of them enters the bound of κ as a product of two vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np

from ...errors import NoClosedForm
from ...gauss import legendre
from ...threads import share
from . import anchor, nested
from .balls import SAFETY, U
from .coefficients import COUNT, FAR, NEAR, Coefficients, Smooth, change, coefficients, nodes
from .estimates import TOLERATED, note
from .steps import Step, steps

Array = np.ndarray
COUNTS = tuple(COUNT << n for n in range(5))  # of coefficients, the first that suffices
UNNOTICED = 1e-17
LACKING = 1e-12  # of √(κ_aa κ_bb): a larger remainder justifies another method
WORK = 1e7  # values for one array spent on another method: about half a second
FEW = 0.25  # share of pairs that may be summed separately, with more coefficients than the others
CHUNK = 2**16  # entries of a matrix at once, which stay in cache
FEW_PARTS = 7  # parts of a tile, for example, which has its own thread
CLOSE = 0.25  # difference of two standard deviations below which the rise of φ is integrated, not subtracted
NODES, WEIGHTS = legendre(16)


@dataclass(frozen=True)
class Series:
    """φ and φ' in the form to be integrated; parity 1: φ is even, −1: odd; reason: the factor outside the class."""

    phi: Callable[..., Any]
    dphi: Callable[..., Any]
    f: Smooth
    df: Smooth
    slopes: tuple[tuple[float, float] | None, tuple[float, float] | None]  # growth of φ' and φ'', without breaks at 0
    reason: str
    steps: tuple[tuple[float, float], ...] = ()  # places and sizes of the jumps of φ
    kinks: bool = False  # True if φ' jumps
    parity: int = 0
    degree: float | None = None  # n with φ(su) = sⁿ φ(u) for s > 0
    limit: float = np.inf  # E φ(u)² is infinite at this variance and above
    closed_dual, frequency = False, 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "df", replace(self.df, name="φ'"))

    @property
    def jumps(self) -> bool:
        return bool(self.steps)

    def kappa(self, a: Array, b: Array, cos: Array, sin: Array) -> Array:
        """E φ(u) φ(v), elementwise."""
        return self._value(0, a, b, cos, sin)

    def kappa_dot(self, a: Array, b: Array, cos: Array, sin: Array) -> Array:
        """E φ'(u) φ'(v), elementwise."""
        return self._value(1, a, b, cos, sin)

    def _value(self, order: int, a: Array, b: Array, cos: Array, sin: Array) -> Array:
        """The value of the series; nested integrals if its terms are too few; the rule of `anchor` if those take too long."""
        f = self.df if order else self.f
        chosen, left, off = _lacking(f, f, a, b, cos, sin, lambda n: np.abs(cos) ** n)
        if not (chosen.any() or left.any()):
            out = self._read(order, a, b, cos, _sum)[0]
        else:
            out = np.array(self._read(order, a, b, np.where(chosen, 0.0, cos), _sum)[0])
            every = np.broadcast_arrays(a, b, cos, sin)
            if chosen.any():
                at = [x[chosen] for x in every]
                out[chosen], wrong = nested.product(f, f, *at)
                off[chosen] = wrong / _scale(f, f, *at[:2])
            if left.any():
                x, y, rho = (x[left] for x in every[:3])
                out[left], bound = anchor.bounded(self, x, y, rho, order)
                off[left] = np.fmin(off[left], bound / _scale(f, f, x, y))
        _note(off, f, a, f, b, cos)
        return out

    def bounded(self, a: Array, b: Array, cos: Array, order: int) -> tuple[Array, Array]:
        """(κ, bound) for order 0, (κ̇, bound) for order 1: no |error| is larger than the bound.

        cos may itself have an error of 4 units of 2⁻⁵².
        """
        value, bound = self._read(order, a, b, cos, _sum, _bound)
        return value, bound

    def _read(self, order: int, a: Array, b: Array, cos: Array, *rules: Callable[..., Array]) -> list[Array]:
        """Values by the rules, with an integral at u = ±v, where κ = E φ(u) φ(±u) and the series converges slowest."""
        if order:
            self.require_no_jumps()
        f = self.df if order else self.f
        shape = np.broadcast_shapes(np.shape(a), np.shape(b), np.shape(cos))
        near = 0.0 if len(rules) > 1 else 4 * U * a  # a bound is for exactly the given numbers
        equal = np.abs(a - b) <= near
        ends = {end: np.broadcast_to((cos == end) & equal, shape) for end in (1, -1)}
        if ends[1].all():
            return list(self.square(np.broadcast_to(a, shape), order))[: len(rules)]
        out = [np.array(_elementwise(f, f, a, b, cos, rule)) for rule in rules]
        for end, here in ends.items():
            if here.any():
                for values, exact in zip(out, self.square(np.broadcast_to(a, shape)[here], order, end), strict=False):
                    values[here] = exact
        return out

    def square(self, a: Array, order: int = 0, end: int = 1) -> tuple[Array, Array]:
        """(E φ(u)², bound) for order 0, of φ' for order 1; E φ(u) φ(−u) for end −1."""
        found, where = _side(self.df if order else self.f, a, COUNT)
        return (found.square if end > 0 else found.opposite)[where], found.square_error[where]

    def change(self, a: Array, order: int = 0) -> float:
        """The largest relative change of E φ(u)² (order 1: E φ'(u)²) if every panel is halved."""
        return change(self.df if order else self.f, np.unique(np.sqrt(np.asarray(a, dtype=float))))

    def pushed(self, a: Array) -> Array:
        """A bound of ‖z φ'(√a z)‖."""
        found, where = _side(self.df, a, COUNT)
        return found.pushed[where]

    def diagonal(self, a: Array) -> Array:
        """E φ(u)²"""
        note(2 * _doubt(self.f, a), a, a, np.array(1.0))
        return self.square(a)[0]

    def diagonal_dot(self, a: Array) -> Array:
        """E φ'(u)²"""
        self.require_no_jumps()
        note(2 * _doubt(self.df, a), a, a, np.array(1.0))
        return self.square(a, 1)[0]

    def broken(self, order: int) -> tuple[Step, ...]:
        """Places and sizes of possible jumps of φ (order 0) or φ' (1)."""
        return steps(self.df if order else self.f) if (self.jumps, self.kinks)[order] else ()

    def mean(self, a: Array) -> Array:
        """E φ(u)"""
        found, where = _side(self.f, a, COUNT)
        note(found.doubt[where], a, a, np.array(1.0))
        return found.alpha[0][where]

    def hermite(self, a: Array) -> tuple[Array, Array]:
        """(α_k(√a) for k < COUNT along the first axis, a bound of the error of each)."""
        found, where = _side(self.f, a, COUNT)
        return found.alpha[:, where], found.error[where]

    def along_norm(self, a: Array, b: Array, cos: Array, sin: Array) -> Array:
        """a ∂κ/∂a at a fixed angle, E u φ'(u) φ(v)/2, elementwise."""
        self.require_no_jumps()
        f, g = _times_u(self.df), self.f
        a, b, cos, sin = np.broadcast_arrays(a, b, cos, sin)
        one = (np.abs(cos) == 1) & (a == b)  # a single integral
        chosen, _, off = _lacking(f, g, a, b, cos, sin, lambda n: np.abs(cos) ** n)
        out = np.array(_elementwise(f, g, a, b, np.where(chosen | one, 0.0, cos), _sum))
        if one.any():
            out[one] = _on_the_line(f, g, a[one], cos[one])
        if chosen.any():
            at = [x[chosen] for x in (a, b, cos, sin)]
            out[chosen], wrong = nested.product(f, g, *at)
            off[chosen] = wrong / _scale(f, g, *at[:2])
        _note(off, f, a, g, b, cos)
        return out / 2

    def diagonal_slope(self, a: Array) -> Array:
        """dκ(a, a, a)/da, and 0 at a = 0."""
        one = np.ones_like(a)
        return np.where(a > 0, 2 * self.along_norm(a, a, one, 0 * one) / np.where(a > 0, a, 1.0), 0.0)

    def rise(self, a: Array, b: Array, step: Array) -> Array:
        """E φ(u)² − E φ(v)² from step = √a − √b."""
        return _spread(self, a, b, step, 1)

    def angle_gap(self, a: Array, b: Array, cos: Array, sin: Array) -> Array:
        """κ(c = √(ab)) − κ(c) = Σ α_k(√a) α_k(√b) (1 − ρ^k), elementwise."""
        return _elementwise(self.f, self.f, a, b, cos, _fall, sin)

    def norm_gap(self, a: Array, b: Array, step: Array, rise: Array) -> Array:
        """√(κ_aa κ_bb) − κ(c = √(ab)), with rise = √κ_aa − √κ_bb."""
        return (_spread(self, a, b, step, 2) - rise * rise) / 2

    def gap(self, a: Array, b: Array, cos: Array, sin: Array, step: Array, rise: Array) -> Array:
        """√(κ_aa κ_bb) − κ for vectors, cos > 0, with step = √a − √b and rise = √κ_aa − √κ_bb."""
        chosen, _, off = _lacking(self.f, self.f, a, b, np.where(sin == 0, 0.0, cos), sin, lambda n: 1.0)
        out = np.empty(a.shape)
        if not chosen.all():
            plain = ~chosen
            out[plain] = self.angle_gap(*(x[plain] for x in (a, b, cos, sin)))
            out[plain] += self.norm_gap(*(x[plain] for x in (a, b, step, rise)))
        if chosen.any():
            found, wrong = nested.spread(self.f, *(x[chosen] for x in (a, b, cos, sin)))
            out[chosen] = (found - rise[chosen] ** 2) / 2
            off[chosen] = wrong / _scale(self.f, self.f, a[chosen], b[chosen])
        note(off, a, b, cos)
        return np.maximum(out, 0.0)

    def require_no_jumps(self) -> None:
        """Raises NoClosedForm if φ jumps."""
        if self.jumps:
            raise NoClosedForm(
                f"κ̇ of an activation that jumps is known in closed form only, and there is none: {self.reason}"
            )


def _lacking(
    f: Smooth, g: Smooth, a: Array, b: Array, cos: Array, sin: Array, weight: Callable[[int], Any]
) -> tuple[Array, Array, Array]:
    """Masks of pairs for nested integrals and of other pairs with a large remainder, and the relative remainders.

    The remainder after N terms is weight(N) times √Σ α_k² √Σ α_k², k ≥ N. If the integrals would take longer than WORK, only
    the pairs with a large remainder after 4096 terms are considered, and the worst of those are integrated.
    """
    shape = np.broadcast_shapes(np.shape(a), np.shape(b), np.shape(cos))
    none, off = np.zeros(shape, dtype=bool), np.zeros(shape)
    if not np.max(np.abs(cos), initial=0.0) > NEAR:
        return none, none, off
    a, b, cos, sin = np.broadcast_arrays(a, b, cos, sin)
    near = (np.abs(cos) > NEAR) & (a > 0) & (b > 0) & ~((np.abs(cos) == 1) & (a == b))
    if not near.any():
        return none, none, off
    if any(_side(h, x[near], COUNT)[0].complete for h, x in ((f, a), (g, b))):
        return none, none, off
    price = np.full(a.shape, np.inf)
    if nested.followed(f, a[near]) and nested.followed(g, b[near]):
        price[near] = nested.cost(f, g, a[near], b[near], sin[near])
    for count in (COUNT, COUNTS[-1]):
        (left, i), (right, j) = (_side(h, x[near], count) for h, x in ((f, a), (g, b)))
        size = np.sqrt(left.square[i] * right.square[j])
        off[near] = (
            np.broadcast_to(weight(count), a.shape)[near] * left.rest[i] * right.rest[j] / np.where(size > 0, size, 1.0)
        )
        lacking = off > LACKING
        if price[lacking].sum() <= WORK:
            return lacking, none, np.where(lacking, off, 0.0)
    where = np.flatnonzero(lacking & np.isfinite(price))
    where = where[np.argsort(-off.ravel()[where], kind="stable")]
    chosen = none.copy()
    each = price.ravel()[where]
    chosen.ravel()[where[np.cumsum(each) - each <= WORK]] = True  # the worst at any cost
    return chosen, lacking & ~chosen, np.where(lacking, off, 0.0)


def _scale(f: Smooth, g: Smooth, a: Array, b: Array) -> Array:
    """√(E f(u)² E g(v)²), with 1 in place of 0."""
    (left, i), (right, j) = _side(f, a, COUNT), _side(g, b, COUNT)
    size = np.sqrt(left.square[i] * right.square[j])
    return np.where(size > 0, size, 1.0)


def _note(off: Array, f: Smooth, a: Array, g: Smooth, b: Array, cos: Array) -> None:
    """Records the estimates `off` together with the error of the coefficients at every ρ."""
    left, right = _doubt(f, a), _doubt(g, b)
    if off.any() or np.max(left, initial=0.0) + np.max(right, initial=0.0) > TOLERATED:
        note(off + left + right, a, b, cos)


def _doubt(f: Smooth, a: Array) -> Array:
    found, where = _side(f, a, COUNT)
    return found.doubt[where]


def _on_the_line(f: Smooth, g: Smooth, a: Array, sign: Array) -> Array:
    """E f(√a z) g(±√a z) for vectors."""
    out, sigma = np.empty(a.shape), np.sqrt(a)
    for s in np.unique(sigma):
        z, w = nodes(f, float(s))
        here = sigma == s
        out[here] = [np.sum(w * f(s * z) * g(e * s * z)) for e in sign[here]]
    return out


@cache
def _times_u(f: Smooth) -> Smooth:
    """u f(u)"""
    growth = f.growth and (f.growth[0], f.growth[1] + 1)
    return Smooth(tuple((lo, hi, partial(_u_times, code)) for lo, hi, code in f.pieces), growth)


def _u_times(code: Callable[..., Any], xp: Any, u: Any) -> Any:
    return u * code(xp, u)


Side = tuple[Coefficients, Array]  # the coefficients at every distinct variance, and the index of each entry


def _side(f: Smooth, a: Array, count: int) -> Side:
    sigma, where = np.unique(np.sqrt(np.asarray(a, dtype=float)), return_inverse=True)
    return _kept(f, sigma.tobytes(), count), where.reshape(np.shape(a))


@lru_cache(maxsize=32)
def _kept(f: Smooth, sigma: bytes, count: int) -> Coefficients:
    """Cached coefficients, since tiles of one matrix share their rows."""
    found = coefficients(f, np.frombuffer(sigma), count)
    if not np.all(np.isfinite(found.alpha)):
        raise NoClosedForm(_not_finite(f, np.frombuffer(sigma)))
    if f.growth is None and found.endless.any():
        worst = float(np.frombuffer(sigma)[found.endless].max()) ** 2
        raise NoClosedForm(
            f"E {f.name}(u)² does not converge at variance {worst:.3g}, or only beyond {FAR} standard deviations: "
            f"{f.name} grows too fast"
        )
    return found


def _not_finite(f: Smooth, sigma: Array) -> str:
    """The reason for missing coefficients: f is not real, or its values leave the range of floats."""
    most = float(sigma.max())
    variance = f"at variance {most**2:.3g}"
    with np.errstate(all="ignore"):
        u = most * nodes(f, most)[0]
        lost = u[~np.isfinite(f(u))]
    if not len(lost):
        return f"the values of {f.name} are too large for float64 {variance}: there is no kernel in numbers"
    where = lost[np.argmin(np.abs(lost))]
    try:
        with np.errstate(all="ignore", over="raise"):
            f(np.array([where]))
    except FloatingPointError:
        reach = f"|u| = {abs(where):.3g}, within 13 standard deviations {variance}"
        return (
            f"{f.name} leaves the range of float64 from {reach}: there is no kernel in numbers; pass smaller variances"
        )
    half = "u < 0" if np.array_equal(np.sort(lost), np.sort(u[u < 0])) else f"u = {where:.6g}"
    return f"{f.name} is not real at {half}: it has no kernel; write Abs(u) for u, say, or Piecewise"


def _elementwise(
    f: Smooth, g: Smooth, a: Array, b: Array, cos: Array, value: Callable[..., Array], sin: Array | None = None
) -> Array:
    """value(left, i, right, j, cos or sin) for f(√a z), g(√b z), with more coefficients if |ρ| is near 1."""
    shape = np.broadcast_shapes(np.shape(a), np.shape(b), np.shape(cos))
    angle = np.broadcast_to(cos if sin is None else sin, shape)
    with np.errstate(divide="ignore"):
        needed = np.broadcast_to(
            -np.log(UNNOTICED) / np.abs(np.log(np.abs(cos))), shape
        )  # enough that |ρ|^k is negligible
    if len(shape) != 2:
        return _one_by_one(f, g, np.broadcast_to(a, shape), np.broadcast_to(b, shape), needed, value, angle)
    first, second = (_thin(np.reshape(x, (1,) * (2 - np.ndim(x)) + np.shape(x))) for x in (a, b))
    for count in COUNTS:
        left, right = _side(f, first, count), _side(g, second, count)
        near = needed > count
        if _enough(left[0], right[0]) or near.mean() < FEW:
            break
    out = np.array(value(*left, *right, angle))
    if near.any() and not _enough(left[0], right[0]):
        a, b = (np.broadcast_to(x, shape)[near] for x in (a, b))
        out[near] = _one_by_one(f, g, a, b, needed[near], value, angle[near])
    return out


def _one_by_one(
    f: Smooth, g: Smooth, a: Array, b: Array, needed: Array, value: Callable[..., Array], angle: Array
) -> Array:
    """The same values, with as many coefficients for every pair as it needs."""
    out, todo = np.empty(angle.shape), np.full(angle.shape, True)
    for count in COUNTS:
        left, right = _side(f, a[todo], count), _side(g, b[todo], count)
        ready = (needed[todo] <= count) | _enough(left[0], right[0])
        now = todo.copy()
        now[todo] = ready
        if now.any():
            out[now] = value(left[0], left[1][ready], right[0], right[1][ready], angle[now])
        todo &= ~now
        if not todo.any():
            break
    return out


def _enough(left: Coefficients, right: Coefficients) -> bool:
    """True if further coefficients are negligible, or if there are no more."""
    return len(left.alpha) == COUNTS[-1] or left.complete or right.complete


def _thin(a: Array) -> Array:
    """A matrix of variances, reduced to one row or column if all are equal."""
    if np.ndim(a) == 2:
        for axis, one in ((1, a[:, :1]), (0, a[:1])):
            if a.shape[axis] > 1 and np.array_equal(a, np.broadcast_to(one, a.shape)):
                return _thin(one)
    return a


def _sum(left: Coefficients, i: Array, right: Coefficients, j: Array, cos: Array) -> Array:
    """Σ α_k α_k ρ^k."""
    return _in_parts(_horner, left, i, right, j, cos)


def _fall(left: Coefficients, i: Array, right: Coefficients, j: Array, sin: Array) -> Array:
    """Σ α_k α_k (1 − ρ^k), ρ near 1."""
    return _in_parts(_fallen, left, i, right, j, sin)


def _in_parts(
    rule: Callable[..., Array], left: Coefficients, i: Array, right: Coefficients, j: Array, x: Array
) -> Array:
    """rule(k, α_k, α_k, x) on parts of the matrix that stay in cache."""
    k = np.intersect1d(left.orders, right.orders)
    matrix = x.ndim == i.ndim == j.ndim == 2 and i.shape[1] == 1 and j.shape[0] == 1 < x.shape[1]
    if matrix:
        i, j, flat = np.ravel(i), np.ravel(j), x
    else:
        i, j, flat = (np.broadcast_to(y, x.shape).ravel() for y in (i, j, x))
    out = np.empty(np.shape(flat))
    first, second = left.alpha[k], right.alpha[k]
    columns = second[:, j][:, None] if matrix else second

    def one(part: slice) -> None:
        if matrix:
            rows = first[:, i[part] if len(i) > 1 else i][:, :, None]
            out[part] = rule(k, rows, columns, flat[part])
        else:
            out[part] = rule(k, first[:, i[part]], second[:, j[part]], flat[part])

    step = max(1, CHUNK // (x.shape[1] if matrix else max(1, len(k) // 16)))
    share(one, [slice(start, start + step) for start in range(0, len(flat), step)], FEW_PARTS)
    return out.reshape(x.shape)


def _horner(k: Array, left: Array, right: Array, cos: Array) -> Array:
    out, spare = np.zeros(cos.shape), np.empty(cos.shape)
    if not len(k):
        return out
    steps = np.diff(k, append=k[-1])
    powers = {n: cos**n for n in {*map(int, steps)} - {0}}
    for x, y, n in zip(left[::-1], right[::-1], [0, *map(int, steps[-2::-1])], strict=True):
        if n:
            out *= powers[n]
        out += np.multiply(x, y, out=spare)
    return out * cos ** k[0] if k[0] else out


def _fallen(k: Array, left: Array, right: Array, sin: Array) -> Array:
    log_cos = np.log1p(-np.minimum(sin * sin, 1 - 1e-16)) / 2
    powers = -np.expm1(k.reshape(-1, *[1] * sin.ndim) * log_cos)
    return np.sum(left * right * powers, axis=0)


def _bound(left: Coefficients, i: Array, right: Coefficients, j: Array, cos: Array) -> Array:
    """A bound of the error of Σ α_k α_k ρ^k: the remainder, the errors of the coefficients, and rounding in the sum."""
    cos, n = np.abs(cos), len(left.alpha)
    k = np.arange(n)[:, None]
    weights = [np.sqrt(np.sum(k * c.alpha**2, axis=0)) for c in (left, right)]
    with np.errstate(all="ignore"):
        beyond = np.nan_to_num(cos**n * (left.tail[i] * right.tail[j]), nan=np.inf)
        wrong = left.size[i] * right.error[j] + left.error[i] * right.size[j]
        rounding = U * (8 * weights[0][i] * weights[1][j] + 4 * left.size[i] * right.size[j])
        return SAFETY * (beyond + wrong + rounding)


def _spread(s: Series, a: Array, b: Array, step: Array, power: int) -> Array:
    """E φ(u)² − φ(v)² (power 1) or E (φ(u) − φ(v))² (power 2) for u = √a z, v = √b z and step = √a − √b."""
    shape = np.broadcast_shapes(np.shape(a), np.shape(b), np.shape(step))
    flat = [np.broadcast_to(x, shape).ravel() for x in (np.sqrt(a), np.sqrt(b), step)]
    out = np.zeros(flat[0].size)
    (moved,) = np.nonzero(flat[2])
    rows = 1 if any(s.f.cuts) else 64
    for k in range(0, len(moved), rows):
        part = moved[k : k + rows]
        root_a, root_b, by = (x[part, None] for x in flat)
        out[part] = _spread_of(s, root_a, root_b, by, power)
    return out.reshape(shape)


def _spread_of(s: Series, root_a: Array, root_b: Array, step: Array, power: int) -> Array:
    """`_spread` for a single integral; if a and b are close, φ(√a z) − φ(√b z) is an integral of φ'."""
    z, w = nodes(s.f, float(max(root_a.max(), root_b.max())))
    left, right = s.f(root_a * z), s.f(root_b * z)
    rise = left - right
    close = ((np.abs(step) < 0.1 * (root_a + root_b)) & (np.abs(step) < CLOSE)).ravel()
    if close.any() and not s.jumps:
        low, by = root_b[close], step[close]
        slopes = (v / 2 * s.df((low + by * (x + 1) / 2) * z) for x, v in zip(NODES, WEIGHTS, strict=True))
        rise[close] = by * z * sum(slopes)
    return np.einsum("j,ij,ij->i", w, rise, left + right if power == 1 else rise)
