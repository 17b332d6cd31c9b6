"""Sums of atoms with rational coefficients: the form in which expectations are added, multiplied and collected.

    Σ  polynomial / Π irreducible polynomials · (roots, functions, constants) · exp(exponent)

Expression trees would need repeated expansion, collection and cancellation. Here like terms combine directly, and no
greatest common divisor is computed: all denominators are products of a few known factors, each tried by division.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import NamedTuple

from sympy import (
    QQ,
    Add,
    Dummy,
    Expr,
    I,
    Mul,
    Poly,
    Pow,
    S,
    Symbol,
    cancel,
    exp,
    fraction,
    sqrt,
    together,
)
from sympy.core.cache import cacheit
from sympy.polys.rings import PolyElement, PolyRing

from ...errors import NoClosedForm
from ...proofs.judges.normal_form import factors, positive


class Atom(NamedTuple):
    """rest · exp(exponent); rest is a product of roots, functions and constants."""

    rest: Expr
    exponent: Expr


class Coefficient(NamedTuple):
    """numerator / Π factorⁿ, with factors by their number in the algebra; i is a generator of the numerator."""

    numerator: PolyElement
    denominator: tuple[tuple[int, int], ...] = ()


Value = dict[Atom, Coefficient]
UNIT = Atom(S.One, S.Zero)
LARGEST = 2500  # terms of a numerator: beyond them a derivation takes minutes, and its result is unreadable


class Algebra:
    """An algebra of values in some symbols; anything else that occurs is an atom."""

    def __init__(self, symbols: frozenset[Symbol]):
        self.symbols = tuple(sorted(symbols, key=str))
        self.ring = PolyRing(("i", *(f"x{n}" for n in range(len(self.symbols)))), QQ)
        self.generators = dict(zip(self.symbols, self.ring.gens[1:], strict=True))
        self.factors: list[PolyElement] = []
        self.numbers: dict[PolyElement, int] = {}
        self._read: dict[Expr, Value] = {}
        self._products: dict[tuple[Atom, Atom], Value] = {}

    # reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def of(self, e: Expr) -> Value:
        """e, multiplied out."""
        if e not in self._read:
            self._read[e] = self._of(e)
        return self._read[e]

    def _of(self, e: Expr) -> Value:
        if e.is_Rational:
            return self._plain(self.ring(QQ(int(e.p), int(e.q)))) if e else {}
        if e in self.generators:
            return self._plain(self.generators[e])
        if e is I:
            return self._plain(self.ring.gens[0])
        if e.is_Add:
            return self.sum([(S.One, self.of(x)) for x in e.args])
        if e.is_Mul:
            out = self.one
            for x in e.args:
                out = self.times(out, self.of(x))
            return out
        if isinstance(e, exp):
            return {Atom(S.One, self.rational(e.args[0])): Coefficient(self.ring.one)}
        if isinstance(e, Pow):
            return self._power(e)
        return {Atom(e, S.Zero): Coefficient(self.ring.one)}

    def _power(self, e: Expr) -> Value:
        base, power = e.args
        if power.is_Integer and power > 0:
            out = self.one
            for _ in range(int(power)):
                out = self.times(out, self.of(base))
            return out
        if isinstance(base, exp):
            return self.of(exp(base.args[0] * power))
        if power.is_Integer and base.free_symbols and base.is_rational_function(*self.symbols):
            numerator, denominator = fraction(base if base.is_polynomial(*self.symbols) else together(base))
            if self._is_polynomial(numerator):
                return self.times(self._inverse(numerator, -int(power)), self.of(denominator**-power))
        if power.is_Rational and power.q == 2 and base.free_symbols and base.is_rational_function(*self.symbols):
            return self._half_power(base, int(power.p))
        return {Atom(e, S.Zero): Coefficient(self.ring.one)}

    def _half_power(self, base: Expr, n: int) -> Value:
        """base^(n/2): every irreducible factor has its own root; integer powers go to the coefficient."""
        out = self.one
        for x in Mul.make_args(root(base)):
            f, p = (x.base, x.exp) if isinstance(x, Pow) else (x, S.One)
            if p.is_Integer or not f.free_symbols:
                out = self.times(out, self.of(x**n))
                continue
            whole = (int(2 * p) * n - 1) // 2
            out = self.times(out, self.times({Atom(sqrt(f), S.Zero): Coefficient(self.ring.one)}, self.of(f**whole)))
        return out

    def _is_polynomial(self, e: Expr) -> bool:
        return (
            bool(e.free_symbols)
            and e.free_symbols <= set(self.symbols)
            and e.is_polynomial(*self.symbols)
            and not e.has(exp)
            and _rational_numbers(e)
        )

    def _inverse(self, base: Expr, n: int) -> Value:
        content, found = factors(base)
        out, numerator = [], self.ring.one
        for f, m in found:
            number, unit = self.factor(self.polynomial(f))
            out.append((number, n * m))
            numerator = numerator * (QQ(1) / unit) ** (n * m)
        numerator = numerator * (QQ(int(content.q), int(content.p)) ** n)
        return {UNIT: Coefficient(numerator, tuple(sorted(out)))}

    def polynomial(self, e: Expr) -> PolyElement:
        (coefficient,) = self.of(e.expand()).values()
        return coefficient.numerator

    def factor(self, p: PolyElement) -> tuple[int, object]:
        """The number of an irreducible polynomial, and its ratio to the factor of this number."""
        whole = p.clear_denoms()[1].primitive()[1]
        whole = -whole if whole.LC < 0 else whole
        unit, p = p.LC / whole.LC, whole
        if p not in self.numbers:
            self.numbers[p] = len(self.factors)
            self.factors.append(p)
        return self.numbers[p], unit

    @property
    def one(self) -> Value:
        return self._plain(self.ring.one)

    def _plain(self, p: PolyElement) -> Value:
        return {UNIT: Coefficient(p)}

    # arithmetic ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def sum(self, parts: list[tuple[Expr, Value]]) -> Value:
        """Σ coefficient · value."""
        groups: dict[Atom, list[Coefficient]] = {}
        for k, value in parts:
            for atom, coefficient in (value if k == 1 else self.times(self.of(k), value)).items():
                groups.setdefault(atom, []).append(coefficient)
        total = {atom: each[0] if len(each) == 1 else self._added(each) for atom, each in groups.items()}
        return {atom: k for atom, k in total.items() if k.numerator}

    def _added(self, each: list[Coefficient]) -> Coefficient:
        denominator: dict[int, int] = {}
        for k in each:
            for number, n in k.denominator:
                denominator[number] = max(n, denominator.get(number, 0))
        total = self.ring.zero
        for k in each:
            own = dict(k.denominator)
            x = k.numerator
            for number, n in denominator.items():
                missing = n - own.get(number, 0)
                if missing:
                    x = x * self.factors[number] ** missing
            total = total + x
        if len(total) > LARGEST:
            raise NoClosedForm(f"a coefficient of it is a polynomial of more than {LARGEST} terms")
        return self._lowest(total, denominator)

    def _lowest(self, numerator: PolyElement, denominator: dict[int, int]) -> Coefficient:
        out = []
        for number, n in sorted(denominator.items()):
            f = self.factors[number]
            while n and numerator and (quotient := _divided(numerator, f)) is not None:
                numerator, n = quotient, n - 1
            if n:
                out.append((number, n))
        return Coefficient(numerator, tuple(out))

    def times(self, x: Value, y: Value) -> Value:
        groups: dict[Atom, list[Coefficient]] = {}
        for s, p in x.items():
            for t, q in y.items():
                k = self._multiplied(p, q)
                for atom, extra in self._atoms(s, t).items():
                    one = extra.numerator == 1 and not extra.denominator
                    groups.setdefault(atom, []).append(k if one else self._multiplied(k, extra))
        total = {atom: each[0] if len(each) == 1 else self._added(each) for atom, each in groups.items()}
        return {atom: k for atom, k in total.items() if k.numerator}

    def _multiplied(self, p: Coefficient, q: Coefficient) -> Coefficient:
        numerator = self.real_squares(p.numerator * q.numerator)
        if not p.denominator and not q.denominator:
            return Coefficient(numerator)
        denominator = dict(p.denominator)
        for number, n in q.denominator:
            denominator[number] = denominator.get(number, 0) + n
        return self._lowest(numerator, denominator)

    def real_squares(self, p: PolyElement) -> PolyElement:
        """p with i² = −1 applied."""
        if all(powers[0] < 2 for powers in p):
            return p
        out = self.ring.zero
        for powers, k in p.items():
            half, odd = divmod(powers[0], 2)
            out += self.ring({(odd, *powers[1:]): k * (-1) ** half})
        return out

    def _atoms(self, s: Atom, t: Atom) -> Value:
        if s == UNIT or t == UNIT:
            return {t if s == UNIT else s: Coefficient(self.ring.one)}
        if (s, t) not in self._products:
            exponent = s.exponent + t.exponent
            exponent = self.rational(exponent) if s.exponent != 0 and t.exponent != 0 else exponent
            rest = s.rest * t.rest
            if S.One in (s.rest, t.rest):
                self._products[s, t] = {Atom(rest, exponent): Coefficient(self.ring.one)}
            else:
                self._products[s, t] = self._with_exponent(self._product_of(rest), exponent)
        return self._products[s, t]

    def _product_of(self, rest: Expr) -> Value:
        """The value of a product of atoms: products of roots become integer powers; functions and constants stay."""
        out, held = self.one, S.One
        for x in Mul.make_args(rest):
            if x.is_Pow and x.free_symbols and x.exp.is_Rational and x.exp.q == 2:
                held *= sqrt(x.base)
                whole = (int(x.exp.p) - 1) // 2
                out = self.times(out, self.of(x.base**whole)) if whole else out
            elif (
                x.is_Rational
                or x is I
                or (x.free_symbols and (x.is_Symbol or x.is_Add or (x.is_Pow and x.exp.is_Integer)))
            ):
                out = self.times(out, self.of(x))
            else:
                held *= x
        return {Atom(held * atom.rest, atom.exponent): k for atom, k in out.items()}

    @staticmethod
    def _with_exponent(value: Value, exponent: Expr) -> Value:
        return {Atom(atom.rest, atom.exponent + exponent): k for atom, k in value.items()}

    def rational(self, e: Expr) -> Expr:
        """The canonical form of a rational function of the symbols, with factored denominator."""
        value = self.of(e)
        out = Add(*(self.quotient(k) * atom.rest * exp(atom.exponent) for atom, k in value.items()))
        self._read[out] = value
        return out

    # writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def expr(self, p: PolyElement) -> Expr:
        return p.as_expr(I, *self.symbols)

    def quotient(self, k: Coefficient) -> Expr:
        number, numerator = k.numerator.clear_denoms()
        return self.expr(numerator) / (int(number) * self.denominator(k))

    def denominator(self, k: Coefficient) -> Expr:
        return Mul(*(self.expr(self.factors[number]) ** n for number, n in k.denominator))

    def real_imaginary(self, e: Expr) -> tuple[Expr, Expr]:
        """x and y of x + i y, a sum of real atoms."""
        sums = ([], [])
        for atom, k in self.of(e).items():
            for total, part in zip(sums, self.parts(k), strict=True):
                total.append(self.quotient(part) * atom.rest)
        return Add(*sums[0]), Add(*sums[1])

    def parts(self, k: Coefficient) -> tuple[Coefficient, Coefficient]:
        """Real and imaginary part."""
        halves = [
            self.ring.from_dict({(0, *m[1:]): q for m, q in k.numerator.items() if m[0] == odd}) for odd in (0, 1)
        ]
        real, imaginary = (self._lowest(p, dict(k.denominator)) for p in halves)
        return real, imaginary


PROBES = (10007, 20011, 30011, 40009, 50021)  # at these integers an exact quotient of polynomials is an integer


def _divided(p: PolyElement, f: PolyElement) -> PolyElement | None:
    """p/f if f, which is primitive, divides p, otherwise None; most other p are rejected by their value at one point."""
    head = max(f)
    if len(f) > 1 and (_at_probes(p.clear_denoms()[1]) % _at_probes(f)):
        return None
    lead, tail = f[head], [(m, k) for m, k in f.items() if m != head]
    rest, quotient = dict(p), p.ring.zero
    heap = [tuple(-n for n in m) for m in rest]
    heapify(heap)
    while heap:
        top = tuple(-n for n in heappop(heap))
        k = rest.pop(top)
        if not k:
            continue
        shift = tuple(i - j for i, j in zip(top, head, strict=True))
        if min(shift) < 0:
            return None
        quotient[shift] = k = k / lead
        for m, q in tail:
            at = tuple(i + j for i, j in zip(shift, m, strict=True))
            if at not in rest:
                heappush(heap, tuple(-n for n in at))
                rest[at] = -k * q
            else:
                rest[at] -= k * q
    return quotient


def _at_probes(p: PolyElement) -> int:
    total = 0
    for powers, k in p.items():
        value = int(k)
        for n, power in enumerate(powers):
            if power:
                value *= (PROBES[n % len(PROBES)] + 97 * n) ** power
        total += value
    return total


def _rational_numbers(e: Expr) -> bool:
    return all(x.is_Rational for x in e.atoms() if x.is_number)


# canonical forms of trees ─────────────────────────────────────────────────────────────────────────────────────────────


@cacheit  # most of hundreds of summands have the same exponent
def rational(e: Expr) -> Expr:
    """The canonical form of a rational function, so that equal moments are identical: x, or x + i y if it is complex.

    x and y are treated separately, since greatest common divisors over the integers take a tenth of the time.
    """
    if not e.has(I):
        return cancel(together(e))
    i = Dummy("i")
    numerator, denominator = fraction(together(e.subs(I, i)))
    if denominator.has(i) or not numerator.is_polynomial(i):
        return cancel(together(e))
    reduced = Poly(numerator, i).rem(Poly(i**2 + 1, i))
    x, y = reduced.nth(0), reduced.nth(1)
    return cancel(x / denominator) + I * cancel(y / denominator)


@cacheit
def root(e: Expr) -> Expr:
    """√e with every irreducible factor under its own root, with the sign that it has on the domain.

    SymPy splits √((ab − c²)/a) only in some cases; judges and the difference calculus need one form.
    """
    num, den = fraction(together(e))
    return _roots(num) / _roots(den)


def _roots(poly: Expr) -> Expr:
    content, found = factors(poly)
    out = S.One
    for base, n in found:
        if not positive(base):
            base, content = -base, content * (-1) ** n
        out *= base ** (n // 2) * sqrt(base) ** (n % 2)
    return out * sqrt(content)
