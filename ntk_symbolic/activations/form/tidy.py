"""A closed form in readable shape: Σ (rational function) × (roots, angle, exponential)."""

from __future__ import annotations

from sympy import Expr, I, Mul, Poly, Pow, S, cos, exp, factor, fraction, rem, sin

from .algebra import Algebra, Atom, Coefficient, Value, rational

LARGE = 40  # terms of a numerator above which it stays expanded: factoring takes seconds


def tidy(e: Expr) -> Expr:
    """The same value, with like atoms collected and their coefficients factored; complex exponentials made real."""
    algebra = Algebra(frozenset(e.free_symbols))
    return tidied(algebra, algebra.of(e))


def tidied(algebra: Algebra, value: Value) -> Expr:
    """`tidy` for a value in an algebra."""
    out = S.Zero
    for (rest, exponent), coefficient in _real(algebra, value).items():
        coef = _factored(algebra, coefficient)
        parts = [coef] if exponent != 0 or coef.has(I) else _absorbed(coef, rest)
        for part in parts:
            out += part * exp(rational(exponent)) * rest.replace(_wave, lambda x: x.func(rational(x.args[0])))
    return out


def _wave(x: Expr) -> bool:
    return isinstance(x, (sin, cos))


def _factored(algebra: Algebra, k: Coefficient) -> Expr:
    numerator = algebra.expr(k.numerator)
    small = len(k.numerator) <= LARGE and not numerator.has(I)
    return factor(numerator) / algebra.denominator(k) if small else algebra.quotient(k)


def _real(algebra: Algebra, value: Value) -> Value:
    """The value with real parts, Re coef · cos y − Im coef · sin y, in place of coef · exp(x + iy), since conjugates occur.

    Φ of a complex argument is kept, and so is its conjugate, which is another atom.
    """
    parts: list[tuple[Expr, Value]] = []
    for (rest, exponent), k in value.items():
        if rest.has(I) or not (exponent.has(I) or any(powers[0] for powers in k.numerator)):
            parts.append((S.One, {Atom(rest, exponent): k}))
            continue
        x, y = algebra.real_imaginary(exponent)
        for coef, wave in zip(algebra.parts(k), (cos(y), -sin(y)), strict=True):
            parts.append((S.One, algebra.times({Atom(rest, x): coef}, algebra.of(wave))))
    return algebra.sum(parts)


def _absorbed(coef: Expr, atom: Expr) -> list[Expr]:
    """N/P · √P split into Q √P + R/P · √P, if this removes the negative terms of N: then there is no subtraction.

    GELU: (a²b² + a²b + ab² + ab + c² − abc²)/√P is ab√P + c²/√P, for P = (1 + a)(1 + b) − c².
    """
    num, den = fraction(coef)
    radicand = next(
        (x.base for x in Mul.make_args(atom) if isinstance(x, Pow) and x.exp == S.Half and x.base.is_Add), None
    )
    names = sorted(num.free_symbols, key=str)
    if radicand is None or not names or not num.is_polynomial() or rem(den, radicand) != 0:
        return [coef]
    N, P = Poly(num.expand(), *names), Poly(radicand, *names)
    low = next(((m, k) for m, k in P.terms() if k.is_negative), None)
    Q = Poly(0, *names)
    for powers, k in N.terms():
        if k.is_negative and low and all(i >= j for i, j in zip(powers, low[0], strict=True)):
            Q += Poly({tuple(i - j for i, j in zip(powers, low[0], strict=True)): k / low[1]}, *names)
    R = N - Q * P
    if Q.is_zero or any(k.is_negative for k in R.coeffs()):
        return [coef]
    return [factor(Q.as_expr() * radicand / den), *_absorbed(factor(R.as_expr() / den), atom)]
