"""Many integrals at once, on panels that are halved until the integrand is a polynomial on each to the accuracy of float64.

Gauss's rule with n nodes has an error of about c²/|f|, where c are the last of the n Legendre coefficients from the nodes:
they decrease like ϱ^−n, and the error like ϱ^−2n. A panel is finished if this is negligible in the whole integral, or if
the coefficients are no larger than rounding. The caller must mark features that no node would meet: panels begin at `ends`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from ...errors import InvalidInput
from ...gauss import legendre

Array = np.ndarray
Integrand = Callable[[Array, Array, Array], tuple[Array, Array]]  # (which integral (p,), x (p, q), middle (p, 1))
# -> (values, moduli (p, q)): the sums of the moduli of their summands, which bound the effect of rounding

COUNT, LAST = 20, 4  # nodes of a panel, and coefficients that are looked at
EPSILON = 2.0**-53
PROBES = (0.2, 0.8)  # places on a panel at which the integrand is tested for being negligible
NOTHING = 1e-20  # of its largest modulus
PHASE = 9.0  # radians of an oscillation on one panel, which COUNT nodes resolve
MOST = 2**18  # panels of one integral
CHUNK = 2**19  # numbers in memory at once
LEVELS = 60  # largest number of halvings of a panel


class Found(NamedTuple):
    value: Array
    error: Array  # an estimate of the quadrature error and of the largest rounding error


class _Panels(NamedTuple):
    row: Array
    lo: Array
    hi: Array

    def __getitem__(self, which) -> _Panels:  # type: ignore[override]
        return _Panels(*(x[which] for x in tuple(self)))


def integrals(integrand: Integrand, ends: Array, turning: Array) -> Found:
    """∫ of each row's integrand from the first to the last of its `ends` (n, k), sorted.

    turning   the largest frequency of the integrand of a row, in radians per unit of x
    """
    with np.errstate(all="ignore"):  # exp(u) at a variance of hundreds
        panels = _turning(_alive(integrand, ends), turning)
        return _halved(integrand, panels, len(ends))


def _alive(integrand: Integrand, ends: Array) -> _Panels:
    """Panels on which the integrand is more than NOTHING, and their neighbours."""
    rows = np.broadcast_to(np.arange(len(ends))[:, None], ends[:, 1:].shape)
    wide = ends[:, 1:] > ends[:, :-1]
    cells = _Panels(rows[wide], ends[:, :-1][wide], ends[:, 1:][wide])
    size = np.concatenate([_size(integrand, part) for part in _parts(cells, len(PROBES))] or [np.zeros(0)])
    most = np.zeros(len(ends))
    np.maximum.at(most, cells.row, size)
    alive = ~(size <= NOTHING * most[cells.row]) | np.isinf(size)  # an overflow is not negligible
    same = cells.row[1:] == cells.row[:-1]
    beside = alive.copy()
    beside[1:] |= alive[:-1] & same
    beside[:-1] |= alive[1:] & same
    return cells[beside]


def _size(integrand: Integrand, cells: _Panels) -> Array:
    x = cells.lo[:, None] + (cells.hi - cells.lo)[:, None] * np.array(PROBES)
    return np.max(integrand(cells.row, x, _middle(cells))[1], axis=1)


def _turning(panels: _Panels, turning: Array) -> _Panels:
    """The panels, cut so that the phase of the integrand changes by PHASE at most on each."""
    turns = turning[panels.row] * (panels.hi - panels.lo) / PHASE
    count = np.maximum(np.ceil(turns), 1.0)
    if np.sum(count) - len(count) > MOST and np.max(np.bincount(panels.row, count)) > MOST:
        raise InvalidInput(
            "φ oscillates too fast for float64 at these variances, which would take more than "
            f"{MOST} panels: pass smaller ones, or precision=20 for its digits"
        )
    count = count.astype(int)
    which = np.repeat(np.arange(len(count)), count)
    k = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    whole, parts = panels[which], count[which]
    width = whole.hi - whole.lo
    hi = np.where(k + 1 == parts, whole.hi, whole.lo + width * (k + 1) / parts)
    return _Panels(whole.row, np.where(k == 0, whole.lo, whole.lo + width * k / parts), hi)


def _halved(integrand: Integrand, panels: _Panels, n: int) -> Found:
    value, rounding, off, size = (np.zeros(n) for _ in range(4))
    for level in range(LEVELS):
        if not len(panels.row):
            break
        found = [_gauss(integrand, part) for part in _parts(panels, COUNT)]
        values, moduli, error, last = (np.concatenate(x) for x in zip(*found, strict=True))
        width = panels.hi - panels.lo
        if level == 0:
            np.add.at(size, panels.row, moduli * width)
        middle = np.abs(panels.lo + panels.hi) / 2
        done = ~(error * width > EPSILON * size[panels.row]) | (width < 64 * EPSILON * middle) | last
        if level == LEVELS - 1:
            done[:] = True
        np.add.at(value, panels.row[done], (values * width)[done])
        np.add.at(rounding, panels.row[done], (EPSILON * moduli * width)[done])
        np.add.at(off, panels.row[done], (error * width)[done])
        left = panels[~done]
        if len(left.row) > MOST // 4 and np.max(np.bincount(left.row)) > MOST // 4:
            raise InvalidInput("φ varies too fast for float64 at these variances: pass precision=20 for its digits")
        half = (left.lo + left.hi) / 2
        panels = _Panels(*(np.concatenate(x) for x in ((left.row,) * 2, (left.lo, half), (half, left.hi))))
    return Found(value, rounding + off)


def _gauss(integrand: Integrand, panels: _Panels) -> tuple[Array, Array, Array, Array]:
    """Mean value, mean modulus, the estimated error of the mean value, and True if only rounding is left of it."""
    near, weights, coefficients = rule()
    width, middle = (panels.hi - panels.lo)[:, None], COUNT // 2
    # from the nearer end: otherwise rounding might move nodes of a long panel beyond its end
    x = np.concatenate([panels.lo[:, None] + width * near[:middle], panels.hi[:, None] - width * near[middle:]], axis=1)
    values, moduli = integrand(panels.row, x, _middle(panels))
    tail = np.sum(np.abs(values @ coefficients), axis=1)
    most = np.max(np.abs(values), axis=1)
    error = tail * np.minimum(1.0, tail / np.where(most > 0, most, 1.0))
    rounded = tail <= 16 * EPSILON * np.max(moduli, axis=1)
    return values @ weights, moduli @ weights, error, rounded


def _middle(panels: _Panels) -> Array:
    return ((panels.lo + panels.hi) / 2)[:, None]


def _parts(panels: _Panels, nodes: int) -> list[_Panels]:
    step = max(1, CHUNK // (8 * nodes))
    return [panels[k : k + step] for k in range(0, len(panels.row), step)]


@cache
def rule() -> tuple[Array, Array, Array]:
    """Gauss's rule on [0, 1]: distances of nodes from the nearer end, weights, and the matrix from values to coefficients."""
    x, w = legendre(COUNT)
    degrees = np.arange(COUNT - LAST, COUNT)
    polynomials = np.polynomial.legendre.legvander(x, COUNT - 1)[:, degrees]
    return (1 - np.abs(x)) / 2, w / 2, polynomials * w[:, None] * (degrees + 0.5)
