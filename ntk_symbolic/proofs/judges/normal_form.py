"""Proofs that an elementary expression is zero, by a normal form, without `simplify`.

Roots, angles, exponentials, π and i become independent generators over ℚ(symbols): √f for every irreducible f with the
relation y² = f, one generator per inequivalent angle, a basis for the exponents. What remains is a rational function; it
vanishes if its numerator reduces to 0. The proof is sound: 0 in the generators is 0. It is not complete: an unknown relation of
generators leaves a difference, which is then no refutation.

√(f g) = √f √g requires f ≥ 0. The caller chooses the source of signs: a point of the domain a, b > 0,
ab > c² of dual kernels, or the SymPy assumptions on the symbols.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from sympy import (
    Add,
    Dummy,
    Expr,
    I,
    Integer,
    Piecewise,
    Poly,
    Pow,
    Rational,
    S,
    Symbol,
    cancel,
    erf,
    erfi,
    exp,
    expand,
    factor_list,
    factorint,
    fraction,
    gcd,
    lcm,
    pi,
    together,
)
from sympy.core.cache import cacheit
from sympy.core.function import Function

from ...elementary.queries import exponentials, row_of

Sign = Callable[[Expr], int]
DOMAIN = {"a": Rational(3, 2), "b": Rational(5, 4), "c": Rational(1, 3)}  # a point with ab > c², to read signs at
ANYWHERE = Rational(2, 3)  # of any other symbol


def vanishes(e: Expr, sign: Sign | None = None) -> bool:
    """True only if e is proved to be zero, with the signs of irreducible polynomials given by `sign`.

    >>> from sympy import asin, sqrt, symbols
    >>> a, b = symbols("a b", positive=True); c = Symbol("c", real=True)
    >>> vanishes((c * asin(c / sqrt(a * b)) + sqrt(a * b - c**2)).diff(c) - asin(c / sqrt(a * b)))
    True
    """
    return _Generators(e, sign or in_domain).vanishes(e)


def positive(e: Expr, scale: Expr = S.One) -> bool:
    """True if an irreducible polynomial is positive at one point of the domain; for small variances only, at a scaled one."""
    at = {name: scale * value for name, value in DOMAIN.items()}
    return not e.subs({x: at.get(str(x), admissible(x)) for x in e.free_symbols}).is_negative


def admissible(x: Expr, size: Expr = ANYWHERE) -> Expr:
    """A value of this size, of the sign that a symbol has."""
    return -size if x.is_nonpositive else size


def in_domain(e: Expr) -> int:
    """1 or −1: the sign of an irreducible polynomial that has one sign where a, b > 0 and ab > c²."""
    return 1 if positive(e) else -1


def in_small_domain(scale: Expr) -> Sign:
    """The same as `in_domain`, for a, b and c below a bound given by `scale`."""
    return lambda e: 1 if positive(e, scale) else -1


def by_assumptions(e: Expr) -> int:
    """The sign 1 or −1 by SymPy's assumptions, 0 if they do not imply one. Sound for all symbols.

    >>> from sympy import symbols
    >>> x, y = symbols("x y", positive=True)
    >>> by_assumptions(x + y), by_assumptions(-x * y), by_assumptions(x - y)
    (1, -1, 0)
    """
    return 1 if e.is_nonnegative else -1 if e.is_nonpositive else 0


class _Generators:
    def __init__(self, e: Expr, sign: Sign):
        self.sign = sign
        self.squares: dict[Symbol, Expr] = {}  # y -> y²
        self.names: dict[Expr, Symbol] = {}  # √f, exp, constant -> symbol
        self.angles: list[tuple[Expr, Symbol]] = []
        # sin and cos of constants are treated as exponentials, so that sin² + cos² = 1 needs no relation
        exponents = [cancel(together(x.args[0])) for x in _as_exponentials(e).atoms(exp)]
        self.denominator = reduce(lcm, (fraction(x)[1] for x in exponents), S.One)  # of all exponents
        self.units: dict[Expr, Rational] = {}  # monomial -> the rational of which all its coefficients are multiples
        for x in exponents:
            for q, base in self._monomials(x):
                self.units[base] = gcd(self.units.get(base, S.Zero), q)

    def vanishes(self, e: Expr) -> bool:
        numerator, _ = fraction(together(self.rational(_as_exponentials(e))))
        return self._reduced(numerator) == 0

    def _reduced(self, e: Expr) -> Expr:
        """e modulo y² = f. A square may bring in new powers of other roots, hence the loop."""
        while True:
            ys = [y for y in self.squares if e.has(y)]
            if not ys:
                return Poly(e, *sorted(e.free_symbols, key=str)).as_expr() if e.free_symbols else e.expand()
            poly, out, changed = Poly(e, *ys), S.Zero, False
            for powers, coef in poly.terms():
                term = coef
                for y, n in zip(ys, powers, strict=True):
                    half, odd = divmod(n, 2)
                    term *= self.squares[y] ** half * y**odd
                    changed |= half > 0
                out += term
            e = Poly(out, *sorted(out.free_symbols, key=str)).as_expr() if out.free_symbols else out
            if not changed:
                return e

    def rational(self, e: Expr) -> Expr:
        """e as a rational function of the generators."""
        if e is pi or e is S.Exp1:
            return self._name(e, "k")
        if e is I:
            i = self._name(e, "i")
            self.squares[i] = Integer(-1)
            return i
        if e.is_Symbol or e.is_Rational:
            return e
        if e.is_Add or e.is_Mul:
            return e.func(*(self.rational(arg) for arg in e.args))
        if isinstance(e, exp):
            return self._exponential(e.args[0])
        if isinstance(e, Pow):
            base, power = e.args
            if power.is_Integer:
                return self.rational(base) ** power
            if power.is_Rational and power.q == 2:
                return self._root(base) ** power.p
        if isinstance(e, Function) and not isinstance(e, Piecewise):
            return self._angle(e)
        return self._name(e, "k")

    def _name(self, key: Expr, prefix: str) -> Symbol:
        return self.names.setdefault(key, Symbol(f"_{prefix}{len(self.names)}"))

    def _root(self, base: Expr) -> Expr:
        num, den = fraction(together(base))
        if self.sign(den) < 0:
            num, den = -num, -den
        if self._signed_factors(den)[2] != 1:
            return self._name(base, "k")  # √(n/d) is √n/√d only where d > 0
        return self._root_of_polynomial(num) / self._root_of_polynomial(den)

    def _root_of_polynomial(self, poly: Expr) -> Expr:
        content, factors, unsigned = self._signed_factors(poly)
        out = S.One
        for f, n in factors:
            out *= self._square_root(f) ** n
        for prime, n in [*factorint(abs(content.p)).items(), *((q, -m) for q, m in factorint(content.q).items())]:
            out *= self._square_root(Integer(prime)) ** n
        if unsigned != 1:
            return out * self._square_root(unsigned * (-1 if content < 0 else 1))
        return out * (self.rational(I) if content < 0 else 1)

    def _signed_factors(self, poly: Expr) -> tuple[Rational, list[tuple[Expr, int]], Expr]:
        """poly = content · Π fⁿ · unsigned, every f ≥ 0; factors of unknown sign stay together."""
        content, found = factors(poly)
        known, unsigned = [], S.One
        for f, n in found:
            sign = self.sign(f)
            if sign:
                known.append((sign * f, n))
                content *= sign**n
            else:
                unsigned *= f**n
        return Rational(content), known, unsigned.expand()

    def _square_root(self, f: Expr) -> Symbol:
        y = self._name(Pow(f, S.Half, evaluate=False), "r")
        self.squares[y] = self.rational(f)
        return y

    def _exponential(self, exponent: Expr) -> Expr:
        out = S.One
        for q, base in self._monomials(cancel(together(exponent))):
            out *= self._name(exp(base), "e") ** (q / self.units[base])
        return out

    def _monomials(self, exponent: Expr) -> list[tuple[Rational, Expr]]:
        """exponent = Σ rational · monomial / denominator: over one denominator monomials are independent over ℚ."""
        num, den = fraction(exponent)
        parts = (term.as_coeff_Mul() for term in Add.make_args(expand(num * cancel(self.denominator / den))))
        return [(Rational(q), rest / self.denominator) for q, rest in parts]

    def _angle(self, e: Function) -> Expr:
        """The generator of f(x), shared with f(y) if x = y is proved, and for even and odd f also if x = −y is proved."""
        for known, y in self.angles:
            if known.func is e.func and len(e.args) == len(known.args):
                if all(self.vanishes(x - k) for x, k in zip(e.args, known.args, strict=True)):
                    return y
                row = row_of(e)
                if row is not None and row.parity and self.vanishes(e.args[0] + known.args[0]):
                    return row.parity * y
        y = Symbol(f"_f{len(self.angles)}")
        self.angles.append((e, y))
        return y


@cacheit
def factors(poly: Expr) -> tuple[Expr, list[tuple[Expr, int]]]:
    """Content and irreducible factors; cached, because the same polynomials recur.

    SymPy reads exp(400) as a power of e, a polynomial of degree 400; so steep a factor is a symbol of its own.
    """
    steep = [x for x in poly.atoms(exp) if abs(x.args[0].as_coeff_Mul()[0]) > STEEPEST]
    letters = {x: Dummy(f"e{n}", positive=True) for n, x in enumerate(steep)}
    back = {letter: x for x, letter in letters.items()}
    content, found = factor_list(poly.xreplace(letters))
    return content, [(f.xreplace(back), n) for f, n in found]


STEEPEST = 24  # multiple in the argument of exp


def _as_exponentials(e: Expr) -> Expr:
    e = e.replace(lambda x: isinstance(x, erfi), lambda x: -I * erf(I * x.args[0]))
    return e.replace(lambda x: isinstance(x, exponentials()), lambda x: x.rewrite(exp))
