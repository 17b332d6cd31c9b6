"""The normal distribution functions of dual kernels as SymPy expressions: Φ of one variable, Φ₂ of two.

Φ is written by SymPy's erf, whose symmetry, slope and value are known. Φ₂ has its own class: one spelling of equal
values (by the signs and the order of its arguments), its slopes, and its value to any number of digits.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import mpmath
from sympy import Expr, Function, Rational, asin, default_sort_key, erf, exp, pi, sqrt

BITS = 64  # precisions are multiples of it, so that the nodes of Gauss's rule are computed for few of them
GAUSS = 6  # 3·2⁵ nodes at most


def Phi(z: Any) -> Expr:
    """P(X ≤ z) for a standard normal X."""
    return (1 + erf(z / sqrt(2))) / 2


class Phi2(Function):
    """Φ₂(h, k; r) = P(X ≤ h, Y ≤ k) for standard normal X and Y of correlation r.

    >>> from sympy import Symbol
    >>> Phi2(0, 0, Symbol("r")), Phi2(-1, 2, Rational(1, 2)).evalf(10)
    (asin(r)/(2*pi) + 1/4, 0.1585083942)
    """

    nargs = 3
    is_commutative = True

    @classmethod
    def eval(cls, *args: Any) -> Expr | None:
        h, k, r = args
        if r == 0:
            return Phi(h) * Phi(k)
        if h.is_zero and k.is_zero:
            return Rational(1, 4) + asin(r) / (2 * pi)
        if h.could_extract_minus_sign():
            return Phi(k) - cls(-h, k, -r)
        if k.could_extract_minus_sign():
            return Phi(h) - cls(h, -k, -r)
        return cls(k, h, r) if default_sort_key(k) < default_sort_key(h) else None

    def fdiff(self, argindex: int = 1) -> Expr:
        """The slope: in r the density at (h, k) (Plackett 1954); in h the density at h times a conditional probability."""
        h, k, r = self.args
        if argindex == 3:
            return exp(-(h**2 - 2 * r * h * k + k**2) / (2 * (1 - r**2))) / (2 * pi * sqrt(1 - r**2))
        here, other = (h, k) if argindex == 1 else (k, h)
        return exp(-(here**2) / 2) / sqrt(2 * pi) * Phi((other - r * here) / sqrt(1 - r**2))

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(x.is_extended_real for x in self.args) else None

    def _eval_evalf(self, prec: int) -> Expr | None:
        if not all(x.is_number for x in self.args):
            return None
        with mpmath.workprec(prec + 30):
            h, k, r = (x._to_mpmath(prec + 30) for x in self.args)
            return Expr._from_mpmath(phi2(h, k, r), prec)

    def _latex(self, printer: Any, exp: Any = None) -> str:
        h, k, r = map(printer._print, self.args)
        written = rf"\Phi_{{2}}\left({h}, {k}; {r}\right)"
        return written if exp is None else rf"{written}^{{{exp}}}"


def phi2(h: Any, k: Any, r: Any) -> Any:
    """Φ₂ to the working precision of mpmath, in relative accuracy; h and k may be complex.

    Φ(h) Φ(k) + ∫₀^{asin r} exp(−(h² + k² − 2hk sin t)/(2 cos² t)) dt / 2π (Plackett 1954), with additional digits for
    the cancellation of the two.
    """
    return +_phi2(*map(mpmath.mpmathify, (h, k, r)), mpmath.mp.prec)


@lru_cache(maxsize=1024)  # many steps of a derivation need the same values, and one takes 0.1 s
def _phi2(h: Any, k: Any, r: Any, prec: int) -> Any:
    for extra in (20, 60, 200, 800, 3000):
        with mpmath.workprec(-(-(prec + extra) // BITS) * BITS):
            product = _phi(h) * _phi(k)
            value = product + _tetrachoric(h, k, r)
            lost = mpmath.mag(product) - mpmath.mag(value) if value else mpmath.inf
        if lost < extra - 10:
            break
    return value


def _phi(z: Any) -> Any:
    return mpmath.erfc(-z / mpmath.sqrt(2)) / 2  # ncdf of mpmath accepts no complex numbers


def _tetrachoric(h: Any, k: Any, r: Any) -> Any:
    squares, twice = h * h + k * k, 2 * h * k

    def density(t: Any) -> Any:
        cos, sin = mpmath.cos_sin(t)
        return mpmath.exp((twice * sin - squares) / (2 * cos * cos)) if cos else mpmath.mpf(0)

    top = mpmath.asin(r)
    late = abs(r) > 0.95 or max(abs(h), abs(k)) > 9  # it may switch on close to the end
    cuts = [top * (1 - mpmath.mpf(2) ** -n) for n in range(12 if late else 2)] + [top]
    quad = _scaled_quad if late else _by_gauss
    return mpmath.fsum(quad(density, lo, hi) for lo, hi in pairwise(cuts)) / (2 * mpmath.pi)


def _by_gauss(f: Any, lo: Any, hi: Any) -> Any:
    """∫ of an integrand that is smooth up to the ends; it needs a tenth of the nodes of the other rule."""
    value, error = mpmath.quad(f, [lo, hi], method="gauss-legendre", maxdegree=GAUSS, error=True)
    return value if error <= mpmath.eps * abs(value) else _scaled_quad(f, lo, hi)


def _scaled_quad(f: Any, lo: Any, hi: Any) -> Any:
    """∫ of an integrand scaled to size 1, since mpmath stops at an absolute error."""
    scale = max(abs(f(lo + (hi - lo) * x / 8)) for x in (1, 4, 7))
    return mpmath.quad(lambda t: f(t) / scale, [lo, hi]) * scale if scale else mpmath.mpf(0)
