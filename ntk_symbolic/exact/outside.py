"""An activation without a closed dual in mpmath's numbers: φ and φ' in analytic pieces, and panels that resolve them.

Panels are found in float64 and used at any precision: on each of them φ(σz) is so near to a polynomial of degree 32 that it
is analytic in an ellipse around it, and Gauss's rule gains digits in proportion to its nodes. An overlooked feature appears as
two evaluations that differ: panels, nodes and reach depend on the precision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
from sympy import Expr, lambdify, sympify

from ..activations.form.pieces import split
from ..activations.form.removable import removed
from ..activations.form.variables import u
from ..activations.numbers.coefficients import Smooth
from ..activations.numbers.series import Series
from ..errors import InvalidInput, NoClosedForm
from ..gauss import legendre_in_digits
from .arithmetic import Arithmetic

LONGEST = 9.0  # standard deviations of a panel: the nodes that φ needs suffice for the density too
FARTHEST = 400.0
MOST_PANELS = 1000
CHEBYSHEV = np.cos(np.pi * (np.arange(32) + 0.5) / 32)
TRANSFORM = np.linalg.inv(np.polynomial.chebyshev.chebvander(CHEBYSHEV, 31))
SMALL, UNSEEN = 1e-12, 1e-15  # of the last coefficients: relative to the largest one, to the largest |φ|
NARROW, STEEP = 1e-6, 1e10  # so narrow a panel with φ so many times larger than elsewhere has a pole


@dataclass(frozen=True, eq=False)
class Function:
    """φ, or φ' where φ is continuous: code for mpmath's numbers piece by piece, and the same for arrays of float64."""

    ends: tuple[Expr, ...]  # breakpoints
    codes: tuple[Callable[[Any], Any], ...]
    floats: Smooth
    parity: int

    def cuts(self, K: Arithmetic) -> list[Any]:
        if (self, "cuts") not in K.memory:
            K.memory[self, "cuts"] = [K.constant(h) for h in self.ends]
        return K.memory[self, "cuts"]

    def piece(self, at: Any, K: Arithmetic) -> Callable[[Any], Any]:
        """The code of the piece around a number that is not a breakpoint."""
        return self.codes[sum(bool(h < at) for h in self.cuts(K))]

    def at_zero(self, K: Arithmetic) -> Any:
        """f(0), and at a breakpoint the mean of the two sides."""
        below, above = (sum(bool(right(h)) for h in self.cuts(K)) for right in (lambda h: h < 0, lambda h: h <= 0))
        return (self.codes[below](K.number(0)) + self.codes[above](K.number(0))) / 2


@dataclass(frozen=True, eq=False)
class Outside:
    """The substitute for a `Dual` of an activation without a closed form."""

    phi: Expr
    series: Series

    @cached_property
    def functions(self) -> tuple[Function, Function]:
        """φ and φ'."""
        whole = split(self.phi, u)
        pieces = removed(whole, u)  # not those of the array code, whose polynomials have too few digits here
        ends = tuple(p.lo for p in pieces[1:])
        phis = [next(q.expr for q in whole if q.lo <= p.lo and p.hi <= q.hi) for p in pieces]
        exprs = phis, [e.diff(u) for e in phis]
        f, df = (tuple(map(_compiled, each)) for each in exprs)
        parity = self.series.parity
        return Function(ends, f, self.series.f, parity), Function(ends, df, self.series.df, -parity)

    @property
    def limit(self) -> Expr:
        """The limit of `Dual.limit`, measured."""
        return sympify(self.series.limit)

    def require(self, order: int, variances: Iterable[Any]) -> None:
        """Raises NoClosedForm where float64 already shows that there is no κ or κ̇, as at a pole."""
        if order:
            self.series.require_no_jumps()
        for a in {float(x) for x in variances}:
            self.series.square(np.array([a]), order)


def _compiled(e: Expr) -> Callable[[Any], Any]:
    run = lambdify(u, e, "mpmath", cse=True)

    def value(x: Any) -> Any:
        try:
            y = mpmath.mpmathify(run(x))
        except ZeroDivisionError:
            raise NoClosedForm(
                f"{e} divides by 0 at u = {mpmath.nstr(x, 6)}: write φ so that it has a value there"
            ) from None
        if isinstance(y, mpmath.mpf):
            return y
        raise NoClosedForm(f"{e} is not real at u = {mpmath.nstr(x, 6)}: φ has no kernel")

    return value


def rule(K: Arithmetic) -> tuple[list[Any], list[Any]]:
    """Gauss's rule with enough nodes for a panel."""
    return _rule(12 + 3 * K.bits // 8, K.bits)


@lru_cache(maxsize=64)
def _rule(count: int, bits: int) -> tuple[list[Any], list[Any]]:
    with mpmath.workprec(bits):
        return legendre_in_digits(count)


def points(p: Any, q: Any, K: Arithmetic) -> Iterable[tuple[Any, Any]]:
    """Nodes and weights of ∫ over [p, q]."""
    half, middle = (q - p) / 2, (q + p) / 2
    return ((middle + half * x, half * w) for x, w in zip(*rule(K), strict=True))


def reach(f: Function, scales: Iterable[Any], bits: int, K: Arithmetic) -> Any:
    """x beyond which |f(±σx)| exp(−x²/4) is 2^−bits of its largest value. Raises NoClosedForm where none is found."""
    x = mpmath.sqrt(4 * bits * mpmath.log(2))
    for scale in scales:

        def size(x: Any, scale: Any = scale) -> Any:
            both = (f.piece(s * scale * x, K)(s * scale * x) for s in (1, -1))
            return max(map(abs, both)) * mpmath.exp(-x * x / 4)

        peak = max(size(x * (k + mpmath.mpf(1) / 3) / 40) for k in range(40))
        while size(x) > mpmath.ldexp(peak, -bits):
            x += 1
            if x > FARTHEST:
                raise NoClosedForm("φ grows so fast that E φ(u)² is infinite, or beyond what quadrature reaches")
    return x


def panels(
    f: Function, scales: Iterable[Any], far: Any, K: Arithmetic, longest: float = LONGEST, extra: Iterable[Any] = ()
) -> list[tuple[Any, Any]]:
    """Panels of [0, far]; on each, and on its mirror image, f(σz) is resolved for every σ in `scales`. Raises InvalidInput."""
    scales = [s for s in scales if s]
    cuts = {abs(h) / s for h in f.cuts(K) for s in scales} | {abs(x) for x in extra}
    waiting: list[tuple[Any, Any]] = []
    for p, q in pairwise(sorted({K.number(0), *(x for x in cuts if 0 < x < far), far})):
        parts = int(mpmath.ceil((q - p) / longest))
        ends = [p + (q - p) * k / parts for k in range(parts)] + [q]
        waiting += pairwise(ends)
    with np.errstate(all="ignore"):
        largest = {s: float(np.nanmax(np.abs(f.floats(float(s) * np.linspace(-3.0, 3.0, 25))))) for s in scales}
    if np.inf in largest.values():  # 1/|u|^(1/4) at 0: panels cannot distinguish it from a pole
        raise InvalidInput(
            "precision: φ is infinite at a point, and its digits are not found: pass bound=True for an estimate"
        )
    done: list[tuple[Any, Any]] = []
    while waiting:
        p, q = waiting.pop()
        if len(done) + len(waiting) > MOST_PANELS:
            at = mpmath.nstr(max(scales) * p, 3)
            raise InvalidInput(
                f"precision: φ has a pole, or varies too fast, near |u| = {at} or below: pass bound=True"
            )
        if all(_resolved(f, s, p, q, largest[s], K) for s in scales):
            done.append((p, q))
        else:
            waiting += [(p, (p + q) / 2), ((p + q) / 2, q)]
    return done


def _resolved(f: Function, scale: Any, p: Any, q: Any, largest: float, K: Arithmetic) -> bool:
    """True if the last Chebyshev coefficients of f(±scale z) on [p, q] are small. Raises NoClosedForm at a pole."""
    middle = (p + q) / 2
    z = float(scale) * (float(middle) + float(q - p) / 2 * CHEBYSHEV)
    for sign in (1, -1):
        place = sum(bool(h < sign * scale * middle) for h in f.cuts(K))
        with np.errstate(all="ignore"):
            values = f.floats.pieces[place][2](np, sign * z) + 0 * z
        size = np.abs(TRANSFORM @ values)
        if q - p < NARROW and size.max() > STEEP * largest:
            at = mpmath.nstr(sign * scale * middle, 6)
            raise NoClosedForm(f"E φ(u)² is infinite: φ has a pole near u = {at}")
        if not _small(size, largest) and not _small(np.abs(TRANSFORM @ _precise(f, place, sign * z, K)), largest):
            return False
    return True


def _small(size: np.ndarray, largest: float) -> bool:
    """True if the last of these coefficients are small."""
    return bool(size[-4:].max() <= max(SMALL * size.max(), UNSEEN * largest))


def _precise(f: Function, place: int, z: np.ndarray, K: Arithmetic) -> np.ndarray:
    """Values without the rounding errors of float64, which are large relative to φ where its terms cancel: tanh(u − 20) + 1."""
    return np.array([float(f.codes[place](K.number(float(x)))) for x in z])


def line(f: Function, scales: Sequence[Any], K: Arithmetic) -> Any:
    """E Π f(σ z), z standard normal, over the σ in `scales`, one or two numbers of any sign."""
    key = (f, *scales)
    if key not in K.memory:
        constant, moving = K.number(1), [s for s in scales if s]
        for _ in range(len(scales) - len(moving)):
            constant *= f.at_zero(K)
        K.memory[key] = constant * _line(f, moving, K) if moving else constant
    return K.memory[key]


def _line(f: Function, scales: Sequence[Any], K: Arithmetic) -> Any:
    sizes = {abs(s) for s in scales}
    total, once = K.number(0), f.parity and len(scales) == 2  # then the product is even
    far = reach(f, sizes, K.bits // len(scales), K)
    for p, q in panels(f, sizes, far, K):
        for sign in (1,) if once else (1, -1):
            codes = {s: f.piece(sign * s * (p + q) / 2, K) for s in scales}
            for z, w in points(p, q, K):
                values = {s: code(sign * s * z) for s, code in codes.items()}
                total += w * mpmath.exp(-z * z / 2) * mpmath.fprod(values[s] for s in scales)
    return (2 if once else 1) * total / mpmath.sqrt(2 * K.pi)
