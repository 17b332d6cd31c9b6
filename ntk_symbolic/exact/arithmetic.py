"""Two arithmetics with one vocabulary: mpmath's numbers of many digits, and the balls of Arb (python-flint).

Known signs and ranges are used: the argument of a root is nonnegative, that of an arcsine lies in [−1, 1].
A ball is midpoint ± radius, and every operation widens it enough to hold the exact result. Source: Johansson 2017, IEEE
Transactions on Computers 66(8), arXiv 1611.02831; integrals: Johansson 2018, arXiv 1802.07942.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

import mpmath

from ..errors import InvalidInput
from .orthant import phi2

EVALUATIONS = 5_000  # of one integrand in balls, after which the integral is returned as wide as it is
SLACK = 16  # bits

One = Callable[[Any], Any]


class Arithmetic:
    """The base of both arithmetics. `bits` is the working precision, in effect inside `working()`."""

    working: Callable[[], AbstractContextManager[Any]]
    exp: One
    log: One
    sin: One
    cos: One
    erf: One
    erfc: One
    sqrt: One
    asin: One
    real: One
    number: One
    side: One
    constant: One
    may_vanish: Callable[[Any], bool]
    larger: Callable[[Any, Any], Any]
    nonzero: Callable[[Any], bool]  # true if it is real and certainly not 0
    integral: Callable[[One], Any]  # over [0, 1], of a function that is analytic around it
    pi: Any
    imaginary_unit: Any
    infinity: Any
    lost: Any = 0  # the most bits lost to cancellation, if they are counted

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.memory: dict[Any, Any] = {}  # values of constants, which do not depend on the entry

    def power(self, x: Any, n: int) -> Any:
        """xⁿ by products, since python-flint's x**2 is NaN for a ball around 0."""
        if n < 0:
            return 1 / self.power(x, -n)
        half = self.power(x, n // 2) if n > 1 else self.number(1)
        return half * half * x if n % 2 else half * half

    def normal(self, z: Any) -> Any:
        """Φ(z), to full relative accuracy in the lower tail."""
        return self.erfc(-z / self.sqrt(self.number(2))) / 2

    def phi2(self, h: Any, k: Any, r: Any) -> Any:
        return phi2(h, k, r, self)

    def density(self, x: Any, variance: Any) -> Any:
        """The density of N(0, variance) at x."""
        return self.exp(-x * x / (2 * variance)) / self.sqrt(2 * self.pi * variance)

    def product(self, x: Any, y: Any) -> Any:
        """x·y with 0 · ∞ = 0, for a coefficient that is exactly zero."""
        return self.number(0) if x == 0 or y == 0 else x * y

    def total(self, terms: list[Any], size: Callable[[], Any] | None = None) -> Any:
        """The sum of terms which may nearly cancel; the sum may be negligible beside size()."""
        return reduce(add, terms)


class Digits(Arithmetic):
    """Binary floating point of `bits` bits (mpmath), to compute `wanted` decimal digits."""

    def __init__(self, bits: int, wanted: int = 0) -> None:
        super().__init__(bits)
        self.imaginary_unit, self.infinity = mpmath.mpc(0, 1), mpmath.inf
        self.lost = mpmath.mpf(0)
        self.negligible = mpmath.mpf(10) ** -wanted  # part of √(κ_aa κ_bb) that may have fewer digits
        with self.working():
            self.pi = +mpmath.pi

    def working(self) -> AbstractContextManager[Any]:
        return mpmath.workprec(self.bits)

    def number(self, x: Fraction | int | float) -> Any:
        return mpmath.mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else mpmath.mpf(x)

    exp, log, sin, cos, erf, erfc = map(
        staticmethod, (mpmath.exp, mpmath.log, mpmath.sin, mpmath.cos, mpmath.erf, mpmath.erfc)
    )

    def sqrt(self, x: Any) -> Any:
        return mpmath.sqrt(max(x, 0))

    def asin(self, x: Any) -> Any:
        return mpmath.asin(min(max(x, -1), 1))

    def real(self, x: Any) -> Any:
        return mpmath.re(x)

    def larger(self, x: Any, y: Any) -> Any:
        return max(x, y)

    def side(self, x: Any) -> Any:
        """1 for x > 0, 0 for x < 0, and at a breakpoint the mean of the two."""
        return mpmath.mpf(mpmath.sign(x) + 1) / 2

    def total(self, terms: list[Any], size: Callable[[], Any] | None = None) -> Any:
        out, most = super().total(terms), max(map(abs, terms))
        if abs(out) < most / 256:
            left = max(abs(out), self.negligible * size()) if size else abs(out)
            self.lost = max(self.lost, mpmath.log(most / left, 2) if left else mpmath.inf)
        return out

    def may_vanish(self, x: Any) -> bool:
        """True; mpmath cannot distinguish 0 from an earlier rounding error."""
        return bool(abs(x) < mpmath.ldexp(1, -self.bits // 2))

    def nonzero(self, x: Any) -> bool:
        return isinstance(x, mpmath.mpf) and x != 0

    def integral(self, f: One) -> Any:
        """The integral, with the integrand scaled to size 1, because mpmath stops at an absolute error.

        Gauss–Legendre rules take a third of the nodes of tanh–sinh ones where the integrand has no nearby singularity.
        """
        scale = max(abs(f(mpmath.mpf(x) / 8)) for x in (0, 1, 4, 7, 8))
        if not scale:
            return mpmath.mpf(0)
        return mpmath.quad(lambda x: f(x) / scale, [0, 1], method="gauss-legendre") * scale

    def constant(self, e: Any) -> Any:
        """Any other SymPy number, such as a root of a polynomial."""
        return mpmath.mpmathify(e.evalf(int(self.bits * 0.302) + 10))


class Balls(Arithmetic):
    """Midpoint-radius intervals (Arb). A result that is not finite gives no information at this precision."""

    def __init__(self, bits: int) -> None:
        super().__init__(bits)
        self.flint = require_flint()
        self.imaginary_unit, self.infinity = self.flint.acb(0, 1), self.flint.arb.pos_inf()
        with self.working():
            self.pi = self.flint.arb.pi()

    def working(self) -> AbstractContextManager[Any]:
        return self.flint.ctx.workprec(self.bits)

    def number(self, x: Fraction | int | float) -> Any:
        arb, fmpq = self.flint.arb, self.flint.fmpq
        return arb(fmpq(x.numerator, x.denominator)) if isinstance(x, Fraction) else arb(x)

    def exp(self, x: Any) -> Any:
        return x.exp()

    def log(self, x: Any) -> Any:
        return x.log()

    def sin(self, x: Any) -> Any:
        return x.sin()

    def cos(self, x: Any) -> Any:
        return x.cos()

    def erf(self, x: Any) -> Any:
        return x.erf()

    def erfc(self, x: Any) -> Any:
        return x.erfc()

    def sqrt(self, x: Any) -> Any:
        if x.lower() >= 0 or not x.is_finite():
            return x.sqrt()
        return self.number(0).union(self.larger(x.upper(), self.number(0)).sqrt())

    def asin(self, x: Any) -> Any:
        if not x.is_finite():
            return x
        arb = self.flint.arb
        low, high = (arb.max(arb.min(end, arb(1)), arb(-1)).asin() for end in (x.lower(), x.upper()))
        return low.union(high) if abs(x).upper() >= 1 else x.asin()

    def real(self, x: Any) -> Any:
        return x.real

    def larger(self, x: Any, y: Any) -> Any:
        return x.max(y)

    def side(self, x: Any) -> Any:
        half = self.number(Fraction(1, 2))
        if x == 0:
            return half
        return self.number(1) if x > 0 else self.number(0) if x < 0 else self.number(0).union(self.number(1))

    def may_vanish(self, x: Any) -> bool:
        return bool(x.contains(0))

    def constant(self, e: Any) -> Any:
        raise InvalidInput(f"certified: {e} is not enclosed here; pass precision=50 instead")

    def nonzero(self, x: Any) -> bool:
        return isinstance(x, self.flint.arb) and not x.contains(0)

    def integral(self, f: One) -> Any:
        acb = self.flint.acb
        sample = [f(acb(x)) for x in (0.5, 1)]
        # The required digits are fewer than those of the integrand, or panels would be halved in vain up to the limit; and
        # they are relative, since it may be as small as exp(−h²).
        goal = self.flint.arb(2) ** -max(8, min(self.bits, *(y.rel_accuracy_bits() for y in sample)) - SLACK)
        value = acb.integral(lambda x, _: f(x), 0, 1, rel_tol=goal, abs_tol=goal**self.bits, eval_limit=EVALUATIONS)
        return value.real if all(y.imag == 0 for y in sample) else value


def require_flint() -> Any:
    """The module of python-flint. Raises InvalidInput, with the command that installs it."""
    try:
        import flint
    except ImportError:
        raise InvalidInput('certified: balls need python-flint: pip install "ntk-symbolic[certified]"') from None
    return flint
