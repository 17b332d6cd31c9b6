"""Hermite coefficients: φ(√q z) = Σ α_k(q) h_k(z), with h_k orthonormal for a standard normal z.

By Mehler's formula they give the power series of the dual kernel: κ(a, b, c) = Σ α_k(a) α_k(b) ρᵏ, ρ = c/√(ab); at
a = b = q its coefficients are squares. They are moments E uⁿφ(u), computed by the rules that derive κ; if no rule applies,
`Series.hermite` computes them in numbers.
Source: Daniely, Frostig, Singer 2016, arXiv 1602.05897, section 4; Mehler 1866.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Poly, S, Symbol, expand, factor_terms, factorial, re, sqrt

from ..form.terms import Terms
from .dual import expand_product


def coefficients(terms: Terms, q: Expr, order: int) -> tuple[Expr, ...]:
    """α_0(q), …, α_order(q), exact; q is a positive number, or a positive symbol.

    >>> from ..form.terms import Term
    >>> coefficients({Term(2): S.One}, S.One, 3)
    (1, 0, sqrt(2), 0)
    """
    moments = [expand_product((_times_power(terms, n),), ((q,),)).value for n in range(order + 1)]
    return tuple(_coefficient(k, moments, q) for k in range(order + 1))


def _times_power(terms: Terms, n: int) -> Terms:
    return {term._replace(n=term.n + n): coef for term, coef in terms.items()}


def _coefficient(k: int, moments: Sequence[Expr], q: Expr) -> Expr:
    total = sum((coef * moments[n] / sqrt(q) ** n for n, coef in enumerate(_polynomial(k))), S.Zero)
    return factor_terms(expand(total)) / sqrt(factorial(k))


def _polynomial(k: int) -> list[Expr]:
    """The coefficients of He_k, lowest first: He_{k+1} = x He_k − He_k'."""
    x = Symbol("x")
    he = Poly(1, x)
    for _ in range(k):
        he = he * Poly(x, x) - he.diff(x)
    return he.all_coeffs()[::-1]


def squares(alphas: Sequence[Expr]) -> tuple[Expr, ...]:
    """The coefficients of κ(q, q, qρ) = Σ α_k² ρᵏ."""
    return tuple(alpha**2 for alpha in alphas)


def number(alpha: Expr) -> float:
    """A coefficient, or its square, as a float. It is real; erf of complex numbers leaves an imaginary part of rounding."""
    return float(re(alpha.evalf()))


def slopes(series: Sequence[Expr], q: Expr) -> tuple[Expr, ...]:
    """The coefficients of κ̇(q, q, qρ) = (1/q) ∂κ/∂ρ, one fewer."""
    return tuple(k * coef / q for k, coef in enumerate(series) if k)
