"""Numerical check of a compiled closed form against the reading by integrals, which has no cancellation.

For example, sin(u) − u is of order u³ at small variances, where terms of size u cancel in its κ.
"""

from __future__ import annotations

import numpy as np

from ...errors import InvalidInput
from ..numbers.compiled import Compiled
from ..numbers.integral import Integral

Array = np.ndarray
VARIANCES = 10.0 ** np.arange(-6, 7)
COSINES = (0.1, 0.6, 0.95)
RATIO = 3.0  # of the two variances
OFF = 1e-12  # of √(κ_aa κ_bb): a larger difference is not rounding
STEEP = 20.0  # exponents and radians per standard deviation above which κ is out of range, or waves have vanished


def agree(closed: Compiled, integral: Integral) -> bool:
    """True if κ, κ̇ and E φ² agree at variances of every size; numbers that one of the two readings lacks are skipped."""
    f = integral.f
    sizes = VARIANCES[np.sqrt(VARIANCES * RATIO) * max(f.frequency, f.growth) < STEEP]
    a, cos = (x.ravel() for x in np.meshgrid(sizes, COSINES))
    b, sin = RATIO * a, np.sqrt((1 - cos) * (1 + cos))
    r = np.sqrt(a * b)
    parts = [part for part in (closed.even, closed.odd) if part]
    with np.errstate(all="ignore"):
        found = [
            sum(g(np, a, b, r * cos, r, r * sin, r * (1 - cos)) + 0 * a for g in kind)
            for kind in ([p.kappa for p in parts], [p.kappa_dot for p in parts])
        ]
        squares = [sum(p.diag(np, x) + 0 * x for p in parts) for x in (a, b)]
        try:
            values = integral.kappa(a, b, cos, sin), integral.kappa_dot(a, b, cos, sin)
            scales = [np.sqrt(g(a)) * np.sqrt(g(b)) for g in (integral.diagonal, integral.diagonal_dot)]
            ones = [integral.diagonal(x) for x in (a, b)]
        except InvalidInput:
            return True
    compared = [*zip(found, values, scales, strict=True), *zip(squares, ones, ones, strict=True)]
    return not any(np.any(np.isfinite(scale) & (np.abs(x - y) > OFF * scale)) for x, y, scale in compared)
