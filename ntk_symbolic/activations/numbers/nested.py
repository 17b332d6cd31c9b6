"""E f(u) g(v) next to ρ = ±1 by two nested integrals, where Mehler's series needs too many terms.

u = σz, v = τ(ρz + sin θ w) with z, w standard normal. The line is cut at the breakpoints of f and g, and further until a
polynomial of degree 15 approximates them on each interval. Panels in z end at these marks of f and of g, and a few sin θ
beside breakpoints of g, which the mean over w smooths; panels in w end at the marks of g within reach. Most windows of w
contain no mark: g is such a polynomial in them, and one Gauss–Hermite rule is exact. There is no proved bound of the error;
the difference of rules of 16 and of 10 nodes is no smaller than the error of the first if panels are fine enough for the
second.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np

from ...gauss import hermite, legendre
from .coefficients import REACH, Smooth, ends

Array = np.ndarray
Combined = Callable[[Array, Array], Array]

FINE, COARSE = 16, 10  # nodes on a panel
WINDOW = 10.0  # standard deviations of w
OUTER = (-REACH, -9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0, REACH)
INNER = (-WINDOW, -6.0, -3.0, 0.0, 3.0, 6.0, WINDOW)
ROUNDED = (-8.0, -4.0, -1.5, 0.0, 1.5, 4.0, 8.0)  # in units of sin θ, around a breakpoint of g
RESOLVED = 1e-12  # of |f|: Legendre coefficients of a panel that is not divided
UNSEEN = 1e-15  # of the largest |f| √density, including places nearer to 0
GRADED = 4.0  # largest ratio of the lengths of adjacent panels
HALVINGS = 5  # largest number, for a panel on which 64 nodes resolve f
MOST_MARKS = 300  # a larger number, as for fast oscillations, excludes this method
CHUNK = 2**18  # values computed at once


def product(f: Smooth, g: Smooth, a: Array, b: Array, cos: Array, sin: Array) -> tuple[Array, Array]:
    """(E f(u) g(v), estimate of its error) for vectors, a, b > 0; equal for (a, b) and (b, a) if f is g."""
    if f is g:
        a, b = np.maximum(a, b), np.minimum(a, b)
    return _each(f, g, a, b, cos, sin, np.multiply)


def spread(f: Smooth, a: Array, b: Array, cos: Array, sin: Array) -> tuple[Array, Array]:
    """(E (f(u) − f(v))², estimate of its error)."""
    return _each(f, f, a, b, cos, sin, lambda x, y: (x - y) ** 2)


def followed(f: Smooth, a: Array) -> bool:
    """True if f varies so slowly that there are not too many panels."""
    return not a.size or len(_marks(f, _far(a))) <= MOST_MARKS


def cost(f: Smooth, g: Smooth, a: Array, b: Array, sin: Array) -> Array:
    """An estimate of the number of values of g in the integral for each pair: nodes of z, and those of w beside marks."""
    outer, inner = len(_marks(f, _far(a))), len(_marks(g, _far(b)))
    beside = np.minimum(0.2 + 4 * sin, 1.0)
    return FINE**2 * (outer + inner + len(OUTER)) * (1 + beside * (len(INNER) + inner / 2))


def _far(a: Array) -> float:
    """The range of u, rounded to a factor of 2, so that marks are found once for variances of similar size."""
    return REACH * float(2.0 ** np.ceil(np.log2(np.sqrt(a.max()))))


def _each(f: Smooth, g: Smooth, a: Array, b: Array, cos: Array, sin: Array, combined: Combined) -> tuple[Array, Array]:
    s, t, marks_f, marks_g = np.sqrt(a), np.sqrt(b), _marks(f, _far(a)), _marks(g, _far(b))
    fine, coarse = (_by_rule(f, g, s, t, cos, sin, marks_f, marks_g, combined, nodes) for nodes in (FINE, COARSE))
    return fine, np.abs(fine - coarse)


def _by_rule(
    f: Smooth,
    g: Smooth,
    s: Array,
    t: Array,
    cos: Array,
    sin: Array,
    marks_f: Array,
    marks_g: Array,
    combined: Combined,
    nodes: int,
) -> Array:
    each = [_outer([marks_f / s[k], *_felt(f, g, s[k], t[k], cos[k], sin[k], marks_g)], nodes) for k in range(len(s))]
    pair = np.repeat(np.arange(len(s)), [len(z) for z, _ in each])
    z, w = (np.concatenate(x) for x in zip(*each, strict=True))
    middle, width = (t * cos)[pair] * z, (t * sin)[pair]
    with np.errstate(all="ignore"):
        left = f(s[pair] * z)
        first, last = (np.searchsorted(marks_g, middle + side * WINDOW * width) for side in (-1, 1))
        total = np.zeros(len(z))
        for rows in _chunks(np.flatnonzero(first == last), nodes):
            x, v = hermite(nodes)
            total[rows] = combined(left[rows, None], g(middle[rows, None] + width[rows, None] * x)) @ v
        beside, marks = last - first, np.append(marks_g, np.inf)
        count = 1
        while count // 2 < beside.max(initial=0):
            here = np.flatnonzero((beside <= count) & (beside > count // 2))
            for rows in _chunks(here, (count + len(INNER)) * nodes):
                index = np.where(np.arange(count) < beside[rows, None], first[rows, None] + np.arange(count), -1)
                y, v = _inner(marks[index], middle[rows], width[rows], nodes)
                total[rows] = np.einsum("ij,ij->i", v, combined(left[rows, None], g(y)))
            count *= 2
    return np.bincount(pair, w * total, len(s))


def _felt(f: Smooth, g: Smooth, s: float, t: float, cos: float, sin: float, marks_g: Array) -> list[Array]:
    """The places in z at which the mean over w changes quickly."""
    along = t * cos
    out = [h / along + sin * np.array(ROUNDED) for h in g.cuts]
    if not (f is g and s == t and cos > 0):  # otherwise f has almost the same marks
        out.append(marks_g / along)
    return out


def _outer(cuts: list[Array], nodes: int) -> tuple[Array, Array]:
    """Nodes and weights of z on panels that end at these places."""
    places = np.concatenate([np.array(OUTER), *cuts])
    places = np.unique(places[np.abs(places) <= REACH])
    places = places[np.append(True, np.diff(places) > 1e-15)]
    x, v = legendre(nodes)
    half, middle = np.diff(places)[:, None] / 2, (places[1:] + places[:-1])[:, None] / 2
    z = middle + half * x
    return z.ravel(), (half * v * np.exp(-z * z / 2) / np.sqrt(2 * np.pi)).ravel()


def _inner(marks: Array, middle: Array, width: Array, nodes: int) -> tuple[Array, Array]:
    """Values of v and weights on panels that end at the marks of each row, filled with ∞ for rows with fewer marks."""
    x, v = legendre(nodes)
    own = middle[:, None] + width[:, None] * np.array(INNER)
    places = np.sort(np.concatenate([np.minimum(marks, own[:, -1:]), own], axis=1), axis=1)
    half, centre = np.diff(places)[..., None] / 2, (places[:, 1:] + places[:, :-1])[..., None] / 2
    y = centre + half * x
    at = (y - middle[:, None, None]) / width[:, None, None]
    weight = half * v * np.exp(-at * at / 2) / (np.sqrt(2 * np.pi) * width[:, None, None])
    return y.reshape(len(middle), -1), weight.reshape(len(middle), -1)


def _chunks(rows: Array, each: int) -> list[Array]:
    return np.array_split(rows, -(-len(rows) * each // CHUNK)) if len(rows) else []


@lru_cache(maxsize=64)
def _marks(f: Smooth, far: float) -> Array:
    """The marks in [−far, far] between which polynomials approximate f; the search ends at MOST_MARKS.

    The first marks are the ends of panels on which balls enclose f, so that narrow features are not overlooked.
    """
    sigma = far / REACH
    panels = ends(f, sigma) * sigma
    places = np.unique([*-panels, 0.0, *panels, *(h for h in f.cuts if abs(h) < far)])
    with np.errstate(all="ignore"):
        unseen = _unseen(f, places, sigma)
        lo, hi = places[:-1], places[1:]
        for _ in range(HALVINGS):
            rough = ~_followed(f, lo, hi, unseen)
            if not rough.any() or len(places) > MOST_MARKS:
                break
            middle = (lo[rough] + hi[rough]) / 2
            places = np.sort(np.concatenate([places, middle]))
            lo, hi = np.concatenate([lo[rough], middle]), np.concatenate([middle, hi[rough]])
        return _merged(f, places, unseen)


def _merged(f: Smooth, places: Array, unseen: Callable[[Array], Array]) -> Array:
    """The marks without every second one whose removal leaves a resolved panel, not much longer than its neighbours.

    Lengths grow gradually, since the mean over w smooths steep features of any width.
    """
    before = 0
    while len(places) != before:
        before = len(places)
        for start in (1, 2):
            k = np.arange(start, len(places) - 1, 2)
            free = np.concatenate([[np.inf], np.diff(places), [np.inf]])  # free[k] ends at places[k]
            broken = np.isin(places, f.cuts)
            left = np.where(broken[k - 1], np.inf, free[k - 1])
            right = np.where(broken[k + 1], np.inf, free[k + 2])
            merged = (places[k + 1] - places[k - 1] <= GRADED * np.minimum(left, right)) & ~broken[k]
            merged &= _followed(f, places[k - 1], places[k + 1], unseen, places[k])
            places = np.delete(places, k[merged])
    return places


def _unseen(f: Smooth, places: Array, sigma: float) -> Callable[[Array], Array]:
    """The tolerated error of f at u, relative to the largest |f| √density, for every variance between σ²/4 and σ²."""
    u = _within(places[:-1], places[1:]).ravel()
    size = np.abs(f(u))
    u, size = u[np.isfinite(size)], np.log(np.maximum(size[np.isfinite(size)], 1e-300))
    peaks = {scale: float(np.max(size - (u / scale) ** 2 / 4)) for scale in (sigma / 2, sigma)}
    return lambda u: UNSEEN * np.exp(np.min([peak + (u / scale) ** 2 / 4 for scale, peak in peaks.items()], axis=0))


def _within(lo: Array, hi: Array) -> Array:
    return (lo + hi)[:, None] / 2 + (hi - lo)[:, None] / 2 * legendre(FINE)[0]


def _followed(f: Smooth, lo: Array, hi: Array, unseen: Callable[[Array], Array], middle: Array | None = None) -> Array:
    """True if the last Legendre coefficients of f on [lo, hi] vanish and the sum agrees with f on both sides of `middle`."""
    value = f(_within(lo, hi))
    nearest = np.where(lo * hi < 0, 0.0, np.minimum(np.abs(lo), np.abs(hi)))
    allowed = np.maximum(RESOLVED * np.abs(value).max(axis=1), unseen(nearest))
    coefficients = value @ _transform().T
    out = np.abs(coefficients[:, -3:]).max(axis=1) <= allowed
    if middle is not None:
        for part in (_within(lo, middle), _within(middle, hi)):
            x = (2 * part - (lo + hi)[:, None]) / (hi - lo)[:, None]
            off = np.einsum("ijk,ik->ij", np.polynomial.legendre.legvander(x, FINE - 1), coefficients) - f(part)
            out &= np.abs(off).max(axis=1) <= FINE * allowed
    return out


@cache
def _transform() -> Array:
    """The matrix from values at the nodes to Legendre coefficients."""
    return np.linalg.inv(np.polynomial.legendre.legvander(legendre(FINE)[0], FINE - 1))
