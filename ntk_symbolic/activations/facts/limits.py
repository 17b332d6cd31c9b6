"""The least variance at which E φ(u)² is infinite, for a φ that grows as exp(A u²) or whose growth is measured.

If φ grows faster than that, E φ(u)² is finite at no variance. An integral over 13 standard deviations does not show this:
exp(u⁴/10⁶) is close to 1 there.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from mpmath import fabs, isfinite, log, mp, mpf
from sympy import Expr, lambdify

from ...errors import NoClosedForm
from ..form.pieces import Piece
from ..form.variables import u

DOUBLINGS = range(1, 14)  # |u| = 2, 4, … 8192
BESIDE = (1.0, 1.03, 1.07)  # a zero of φ at one of them is no zero at the others
ENDLESS = 1e12  # log |φ| beyond which no relevant variance is left; exp of exp would take all memory
FADING = 0.97  # differences that shrink by such a factor have a finite sum
UNNOTICED = 1e-6  # a smaller A is set to 0


def of_gaussian(A: Any) -> Any:
    """The limit if |φ(u)| grows as exp(A u²), A > 0: E exp(2A u²) is infinite for 2A ≥ 1/(2a)."""
    return 1 / (4 * A)


def measured(pieces: list[Piece]) -> float:
    """The measured limit, ∞ if E φ(u)² is finite at every variance. Raises NoClosedForm if it is finite at none."""
    limit = min(_of_end(pieces[0].expr, -1), _of_end(pieces[-1].expr, 1))
    if not limit:
        raise NoClosedForm("E φ(u)² is infinite at every variance: |φ| grows faster than exp(A u²) for any A")
    return limit


def _of_end(e: Expr, side: int) -> float:
    f, rates = lambdify(u, e, "mpmath"), []
    with mp.workdps(20):
        for k in DOUBLINGS:
            rates.append(max(_rate(f, side * mpf(x) * 2**k) for x in BESIDE))
            if rates[-1] == inf:
                return 0.0
    before, last = rates[-2] - rates[-3], rates[-1] - rates[-2]
    shrinks = last / before if before else 0.0
    if shrinks >= FADING:  # log |φ|/u² continues to rise or to fall
        return 0.0 if last > UNNOTICED else inf
    A = rates[-1] + last * shrinks / (1 - shrinks)
    return of_gaussian(A) if A > UNNOTICED else inf


def _rate(f: Callable[[Any], Any], x: Any) -> float:
    """log |φ(x)|/x², infinite if φ leaves every range."""
    try:
        size = fabs(f(x))
    except OverflowError:
        return inf
    except (ValueError, ZeroDivisionError):  # not defined there
        return 0.0
    if not size or not isfinite(size):  # log 0 at a point implies nothing beyond it
        return 0.0
    height = log(size)
    return inf if height > ENDLESS else float(height / x**2)
