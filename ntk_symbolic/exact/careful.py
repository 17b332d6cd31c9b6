"""Numbers of mpmath with a bound of their rounding error: a running error analysis of closed forms.

Two evaluations of different precision may have the same error: 1 − erf(15) is 0 in any 200 bits, and ELU's e^{b/2} Φ₂ is 0 or
noise before it has b/(2 ln 2) bits more than it is to keep. The other terms of κ then remain, with the same digits twice.
First-order errors, so a check and no proof. Source: Higham 2002, Accuracy and Stability of Numerical Algorithms, section 3.3.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Any

import mpmath

from .arithmetic import Arithmetic, Digits


class Number:
    """A real or complex number, and an estimate of its largest error. Compared by value."""

    __slots__ = ("off", "value")

    def __init__(self, value: Any, off: Any = 0) -> None:
        self.value, self.off = value, off + mpmath.ldexp(abs(value), 1 - mpmath.mp.prec)

    def __add__(self, other: Any) -> Number:
        y = _number(other)
        return Number(self.value + y.value, self.off + y.off)

    def __neg__(self) -> Number:
        return Number(-self.value, self.off)

    def __sub__(self, other: Any) -> Number:
        return self + -_number(other)

    def __rsub__(self, other: Any) -> Number:
        return _number(other) + -self

    def __mul__(self, other: Any) -> Number:
        y = _number(other)
        return Number(self.value * y.value, abs(self.value) * y.off + abs(y.value) * self.off + self.off * y.off)

    def __truediv__(self, other: Any) -> Number:
        return self * (1 / _number(other))

    def __rtruediv__(self, other: Any) -> Number:
        size = abs(self.value)
        off = self.off / (size * (size - self.off)) if self.off < size else mpmath.inf
        return other * Number(1 / self.value if size else mpmath.inf, off)

    __radd__, __rmul__ = __add__, __mul__

    def __abs__(self) -> Number:
        return Number(abs(self.value), self.off)

    def __eq__(self, other: Any) -> bool:
        return bool(self.value == _number(other).value)

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < _number(other).value)

    def __le__(self, other: Any) -> bool:
        return bool(self.value <= _number(other).value)

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > _number(other).value)

    def __ge__(self, other: Any) -> bool:
        return bool(self.value >= _number(other).value)

    __hash__ = None  # type: ignore[assignment]


def _number(x: Any) -> Number:
    return x if isinstance(x, Number) else Number(mpmath.mpmathify(x))


class Careful(Arithmetic):
    """The arithmetic K on numbers with their errors."""

    def __init__(self, K: Digits) -> None:
        super().__init__(K.bits)
        self.K = K
        self.pi, self.imaginary_unit, self.infinity = map(Number, (K.pi, K.imaginary_unit, K.infinity))

    @classmethod
    def of(cls, K: Digits) -> Careful:
        """The one such arithmetic of each K, which keeps its constants."""
        return K.memory.setdefault(cls, cls(K))

    def working(self) -> AbstractContextManager[Any]:
        return self.K.working()

    def number(self, x: Fraction | int | float) -> Number:
        return Number(self.K.number(x))

    def constant(self, e: Any) -> Number:
        return Number(self.K.constant(e))

    def real(self, x: Number) -> Number:
        return Number(self.K.real(x.value), x.off)

    def larger(self, x: Number, y: Number) -> Number:
        return x if x >= y else y

    def side(self, x: Number) -> Number:
        return Number(self.K.side(x.value))

    def may_vanish(self, x: Number) -> bool:
        return self.K.may_vanish(x.value)

    def sqrt(self, x: Number) -> Number:
        value = self.K.sqrt(x.value)
        return Number(value, min(x.off / value, mpmath.sqrt(x.off)) if value else mpmath.sqrt(x.off))

    def asin(self, x: Number) -> Number:
        steep = mpmath.sqrt(max(1 - x.value * x.value, x.off))
        return Number(self.K.asin(x.value), x.off / steep if steep else 0)

    def exp(self, x: Number) -> Number:
        value = self.K.exp(x.value)
        return Number(value, abs(value) * x.off)

    def log(self, x: Number) -> Number:
        return Number(self.K.log(x.value), x.off / abs(x.value))

    def sin(self, x: Number) -> Number:
        return Number(self.K.sin(x.value), mpmath.cosh(mpmath.im(x.value)) * x.off)

    def cos(self, x: Number) -> Number:
        return Number(self.K.cos(x.value), mpmath.cosh(mpmath.im(x.value)) * x.off)

    def erf(self, x: Number) -> Number:
        return Number(self.K.erf(x.value), self._gaussian(x) * x.off)

    def erfc(self, x: Number) -> Number:
        return Number(self.K.erfc(x.value), self._gaussian(x) * x.off)

    @staticmethod
    def _gaussian(x: Number) -> Any:
        """|exp(−x²)|, above the slope of erf but for a factor 1.13."""
        return 2 * mpmath.exp(-mpmath.re(x.value * x.value))

    def phi2(self, h: Number, k: Number, r: Number) -> Number:
        """Φ₂ from Φ(h) and Φ(k), with an error relative to them; its slopes are densities."""
        K, x, y, z = self.K, h.value, k.value, r.value
        value, parts = K.phi2(x, y, z), [abs(K.normal(t)) for t in (x, y)]
        sin2 = max((1 - z) * (1 + z), r.off)
        slopes = [mpmath.exp(-mpmath.re(t * t) / 2) for t in (x, y)]
        turn = mpmath.exp(-mpmath.re(x * x + y * y - 2 * x * y * z) / (2 * sin2)) / mpmath.sqrt(sin2) if sin2 else 0
        off = mpmath.ldexp(max(*parts, abs(value)), 4 - self.bits)
        return Number(value, off + slopes[0] * h.off + slopes[1] * k.off + turn * r.off)

    def settled(self, found: Number, scale: Callable[[], Any]) -> Any:
        """The value; K records the number of lost bits. scale() is 0 where unknown, otherwise above the value, which may have
        fewer digits below 10^−wanted of it."""
        value, off = self.K.real(found.value), found.off
        if not off or not mpmath.isfinite(value):
            return value
        size = abs(value)
        if off > mpmath.ldexp(size, -self.bits // 2) and (most := scale()):
            size = min(max(size, self.K.negligible * most), most)
        self.K.lost = max(self.K.lost, mpmath.log(off / size, 2) + self.bits if size else mpmath.inf)
        return value
