"""A closed form as a reader would write it: Σ (rational function) × (roots, angle, exponential)."""

from __future__ import annotations

from itertools import product

from sympy import (
    Expr,
    Function,
    I,
    Mul,
    Poly,
    Pow,
    S,
    cancel,
    cos,
    exp,
    expand,
    factor,
    factor_list,
    fraction,
    im,
    re,
    rem,
    sin,
    sqrt,
    together,
)
from sympy.core.cache import cacheit

from ..proofs.judges.normal_form import positive

Atom = tuple[Expr, Expr]  # (product of roots and angles, exponent)


def tidy(e: Expr) -> Expr:
    """The same value, with like atoms collected and their coefficients factored; complex exponentials made real."""
    groups: dict[Atom, Expr] = {}
    for summand in summands(e):
        atom, coef = _separate(summand)
        groups[atom] = groups.get(atom, S.Zero) + coef
    out, met = S.Zero, False
    for (atom, exponent), coef in groups.items():
        if atom.has(I):  # Φ of something complex: its conjugate is in another group, and both are kept
            out += factor(coef) * exp(exponent) * atom
            continue
        met |= coef.has(I) or exponent.has(I)
        for part in _absorbed(_real(coef, exponent), atom):
            out += part * atom
    return tidy(out) if met else out  # conjugate terms have met: collect them


def _absorbed(coef: Expr, atom: Expr) -> list[Expr]:
    """N/P · √P split into Q √P + R/P · √P, where that rids N of its negative terms: nothing is then subtracted.

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


def summands(e: Expr) -> list[Expr]:
    """e multiplied out, denominators left alone (SymPy's expand multiplies those out as well)."""
    if e.is_Add:
        return [s for arg in e.args for s in summands(arg)]
    if isinstance(e, Pow) and e.base.is_Add and e.exp.is_Integer and e.exp > 0:
        return summands(Mul(*[e.base] * int(e.exp), evaluate=False))
    if e.is_Mul:
        return [Mul(*choice) for choice in product(*(summands(arg) for arg in e.args))]
    return [e]


def _separate(summand: Expr) -> tuple[Atom, Expr]:
    """summand = coefficient × roots × exp(exponent); of base^(k/2) the root keeps √base and the coefficient the rest."""
    atom, coef, exponent = S.One, S.One, S.Zero
    for x in Mul.make_args(summand):
        if isinstance(x, exp):
            exponent += x.args[0]
        elif isinstance(x, Function):
            atom *= x
        elif isinstance(x, Pow) and x.exp.is_Rational and x.exp.q == 2 and x.free_symbols:
            for factor_ in Mul.make_args(root(x.base) ** x.exp.p):
                atom, coef = _apart(factor_, atom, coef)
        elif isinstance(x, Pow) and isinstance(x.base, exp):
            exponent += x.base.args[0] * x.exp
        else:
            coef *= x
    return (atom, rational(exponent)), coef


def _apart(x: Expr, atom: Expr, coef: Expr) -> Atom:
    """atom · coef · x, with √ of x in the atom and whole powers in the coefficient."""
    if isinstance(x, Pow) and x.exp.is_Rational and x.exp.q == 2 and x.free_symbols:
        return atom * sqrt(x.base), coef * x.base ** ((x.exp.p - 1) // 2)
    return atom, coef * x


def _real(coef: Expr, exponent: Expr) -> Expr:
    """coef · exp(x + iy) is met by its conjugate, so its real part, Re coef · cos y − Im coef · sin y, stands for it."""
    if not (coef.has(I) or exponent.has(I)):
        return factor(coef) * exp(exponent)
    coef = expand(coef)
    x, y = re(exponent), im(exponent)
    return exp(x) * (factor(re(coef)) * cos(y) - factor(im(coef)) * sin(y))


@cacheit  # of hundreds of summands most have the same exponent
def rational(e: Expr) -> Expr:
    """The one form of a rational function, so that equal moments are the same moment."""
    return cancel(together(e))


@cacheit
def root(e: Expr) -> Expr:
    """√e with every irreducible factor under a root of its own, each taken with the sign it has on the domain.

    SymPy would leave √((ab − c²)/a) alone or split it by luck; judges and the difference calculus need one form.
    """
    num, den = fraction(together(e))
    return _roots(num) / _roots(den)


def _roots(poly: Expr) -> Expr:
    content, factors = factor_list(poly)
    out = S.One
    for base, n in factors:
        if not positive(base):
            base, content = -base, content * (-1) ** n
        out *= base ** (n // 2) * sqrt(base) ** (n % 2)
    return out * sqrt(content)
