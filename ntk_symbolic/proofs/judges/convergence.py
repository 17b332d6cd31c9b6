"""The existence of integrals of explicit functions. The canonical form treats ∫ as linear, and would
prove ∞ − ∞ = 1.

An integral exists if its integrand is bounded on the closed box of its variables; or each of its terms is such a function
times powers of polynomials and logarithms, with exponents above −1 at each zero; and on an endless interval, times e to
a polynomial that falls, or with powers that fall faster than 1/x. Otherwise existence is not shown. Where an abstract
function is integrated, the existence of the integral is part of the claim of the line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    Derivative,
    Dummy,
    Expr,
    Integral,
    Max,
    Min,
    Mul,
    Piecewise,
    Poly,
    Pow,
    Rational,
    S,
    Subs,
    Symbol,
    cosh,
    exp,
    expand,
    log,
    oo,
    real_roots,
    sinh,
)
from sympy.core.function import AppliedUndef
from sympy.polys.polyerrors import PolynomialError

from ...calculus.binders import Over
from ...calculus.definitions import Assumption, Named, Variation
from ...calculus.functionals import Applied, Delta, Functional, Partial
from ...calculus.spaces import Mass, Point, Sample, Space
from ...elementary.queries import bounds, everywhere, jumping, row_of
from ...elementary.table import LINE
from ..derivation import Judgement, Label, Step, Verdict
from .ranges import Ends, sign_on

Judge = Callable[[Step], Judgement | None]
ABSTRACT = Applied, AppliedUndef, Partial, Sample
BOUNDED = tuple(bounds())  # for every real argument
LOCALLY_BOUNDED = everywhere()  # so bounded for bounded arguments
MOST_TERMS = 200
SLOW = Rational(1, 1000)  # no logarithm grows faster than this power


def where_integrals_exist(judge: Judge, assuming: tuple[Assumption, ...] = ()) -> Judge:
    """The judge, undecided on a statement in which an integral of an explicit function may not exist.

    A refutation by exact values stands; quadrature may give any number for an integral that converges conditionally.
    """

    def careful(step: Step) -> Judgement | None:
        said = judge(step)
        if said is None or not (
            said.verdict.supports or (said.verdict is Verdict.REFUTED and said.label is Label.NUMERIC)
        ):
            return said
        if (trouble := not_shown_to_exist(step.parts, assuming)) is None:
            return said
        detail = f"this integral is not shown to exist: {trouble}"
        return replace(said, verdict=Verdict.UNDECIDED, detail=detail, digits=None)

    return careful


@lru_cache(maxsize=128)  # every judge of a step calls this
def not_shown_to_exist(sides: tuple[Basic, ...], assuming: tuple[Assumption, ...] = ()) -> Expr | None:
    """An integral of an explicit function that is not shown to exist; None if there is none.

    >>> U = Space("U", "measure", interval=(0, 1)); u = U.point("u")
    >>> not_shown_to_exist((Over(1 / (exp(u) - 2), u), Over(u ** -Rational(1, 2), u)))
    ∫_0^1 1/(exp(u) - 2) du
    """
    known = {a.head: a for a in assuming}
    for side in sides:
        for integral, domain in _integrals(side, Domain(), known):
            if not domain.integrable(integral):
                return integral
    return None


def _integrals(e: Any, domain: Domain, known: Mapping[Functional, Assumption]) -> Iterator[tuple[Expr, Domain]]:
    """All integrals of explicit functions over intervals, with names written out and assumptions substituted."""
    e = explicit(e, known)
    if isinstance(e, Space):
        return
    if isinstance(e, Integral):
        domain = domain.within({limit[0]: tuple(limit[1:]) for limit in e.limits if len(limit) == 3})
    if isinstance(e, Mass) and e.space.interval:
        yield e, domain
    elif isinstance(e, Integral) or (isinstance(e, Over) and any(s.interval for s in e.spaces)):
        variables = {limit[0] for limit in e.limits} if isinstance(e, Integral) else set(e.vars)
        body = _without_parameters(e.args[0], variables)
        if not body.has(*ABSTRACT):
            yield e.func(body, *e.args[1:]), domain
    for a in e.args:
        yield from _integrals(a, domain, known)


def explicit(e: Any, known: Mapping[Functional, Assumption]) -> Any:
    """The expression with all names written out."""
    if isinstance(e, (Named, Variation)):
        return explicit(e.shown() if isinstance(e, Named) else e.evaluated(), known)
    if isinstance(e, Applied) and not e.slots and e.head.plain in known:
        rest = {head: a for head, a in known.items() if head != e.head.plain}
        return explicit(known[e.head.plain].at(e), rest)
    if not e.args or isinstance(e, (Space, Point, Mass)) or not e.has(Named, *known):
        return e
    return e.func(*(explicit(a, known) for a in e.args))


def _without_parameters(e: Any, variables: set) -> Any:
    """The expression with a symbol for each value of an abstract function that is constant in the integral."""
    if isinstance(e, ABSTRACT):
        return e if e.free_symbols & variables else Symbol(f"[{e}]", real=True)
    return e.func(*(_without_parameters(a, variables) for a in e.args)) if e.args and e.has(*ABSTRACT) else e


class Domain:
    """The box of the points of intervals and of the variables of SymPy's integrals. All other symbols are parameters."""

    def __init__(self, ends: Mapping[Symbol, Ends] | None = None):
        self.given = dict(ends or {})

    def within(self, ends: Mapping[Symbol, Ends]) -> Domain:
        return Domain({**self.given, **ends})

    def ends(self, x: Basic) -> Ends | None:
        if isinstance(x, Point):
            return x.space.interval if not x.fixed else None
        return self.given.get(x)  # type: ignore[call-overload]

    def endless(self, x: Basic) -> bool:
        ends = self.ends(x)
        return ends is not None and any(end.is_infinite is not False and not end.is_finite for end in ends)

    # integrals

    def integrable(self, e: Expr) -> bool:
        if isinstance(e, Mass):
            e = Over(S.One, e.space.point())
        if isinstance(e, Integral):
            if any(len(limit) != 3 for limit in e.limits):
                return False
            body, variables = e.function, [limit[0] for limit in e.limits]
        else:
            body, variables = e.body, [v for v in e.vars if v.space.interval]
            body = Mul(body, *(v.space.density_at(v) for v in variables))
        body = _evaluated(body)
        if body is None:
            return False
        if not any(map(self.endless, variables)) and self.bounded(body):
            return True
        body = body.replace(lambda a: isinstance(a, (sinh, cosh)), lambda a: a.rewrite(exp))
        terms = list(islice(_terms(body), MOST_TERMS + 1))
        return len(terms) <= MOST_TERMS and all(_Term(self, variables).integrable(term) for term in terms)

    # bounds

    def bounded(self, e: Expr) -> bool:
        """True if it is shown to be bounded, and to have a value everywhere, on the closed box."""
        if e.is_number:
            value = e.evalf(15)
            return bool(value.is_real and value.is_finite)
        if isinstance(e, Symbol):
            return not self.endless(e)
        if isinstance(e, (Mass, Delta)):
            return True
        if isinstance(e, Pow):
            return self._bounded_power(e.base, e.exp)
        if isinstance(e, BOUNDED):
            return all(map(self.finite(e).bounded, e.args))
        if isinstance(e, (Add, Mul, *LOCALLY_BOUNDED)):
            return all(map(self.bounded, e.args))
        if isinstance(e, log):
            return self.bounded(e.args[0]) and self.away(e.args[0]) == 1
        if (row := row_of(e)) is not None and row.domain == LINE:  # it has poles, as tan has
            return all(map(self.bounded, e.args)) and all(map(self.away, row.singular(*e.args)))
        if isinstance(e, Piecewise):
            return all(self.bounded(value) for value, _ in e.args)  # type: ignore[misc]
        if isinstance(e, Over):
            constant = not any(self.ends(s) for s in e.free_symbols)
            return constant or (not any(map(self.endless, e.vars)) and self.bounded(e.body) and _plain(e.spaces))
        return False

    def _bounded_power(self, base: Expr, n: Expr) -> bool:
        if n.is_Integer and n.is_negative and self.away(base):  # a base away from 0 need not be bounded
            return self.finite(base).bounded(base)
        if not (self.bounded(base) and self.bounded(n)):
            return False
        if n.is_Integer:
            return not n.is_negative
        if n.is_nonnegative:
            return self.nonnegative(base)
        return self.away(base) == 1

    def finite(self, e: Basic) -> Domain:
        """The domain with each unbounded variable in a bounded part of its interval, for bounds on any bounded part."""
        wide = {s: Dummy(s.name, real=True) for s in e.free_symbols if self.endless(s)}
        return _Renamed(self, wide) if wide else self

    def sign(self, e: Expr) -> int:
        """1 or −1 if it is shown to be positive or negative on the closed box, otherwise 0."""
        signed = self._signed(e)
        if signed.is_positive or signed.is_negative:
            return 1 if signed.is_positive else -1
        box = {s: ends for s in e.free_symbols if (ends := self.ends(s))}
        return sign_on(e, box) if box.keys() == e.free_symbols else 0

    def nonnegative(self, e: Expr) -> bool:
        return bool(self._signed(e).is_nonnegative) or self.sign(e) == 1

    def away(self, e: Expr) -> int:
        """The same if its modulus is above a positive number, as it is on a bounded box by continuity."""
        if not any(map(self.endless, e.free_symbols)):
            return 0 if e.has(Piecewise, *jumping()) and not e.is_number else self.sign(e)
        c, rest = e.as_coeff_Add()
        signed = self._signed(rest)
        if c.is_positive and signed.is_nonnegative:
            return 1
        return -1 if c.is_negative and signed.is_nonpositive else 0

    def _signed(self, e: Expr) -> Expr:
        """The expression with the signs that variables have on their intervals."""
        return e.xreplace({s: _real(s, *ends) for s in e.free_symbols if (ends := self.ends(s))})


class _Renamed(Domain):
    """A domain in which some unbounded variables are restricted to a bounded part."""

    def __init__(self, outer: Domain, names: Mapping):
        super().__init__(outer.given)
        self.bounded_part = set(names)

    def endless(self, x: Basic) -> bool:
        return x not in self.bounded_part and super().endless(x)


def _terms(e: Expr) -> Iterator[Expr]:
    """The terms of the expanded expression, with denominators unexpanded."""
    if isinstance(e, Add):
        yield from (term for a in e.args for term in _terms(a))
    elif added := next((a for a in Mul.make_args(e) if isinstance(a, Add)), None):
        rest = Mul(*(a for a in Mul.make_args(e) if a is not added))
        yield from (term for a in added.args for term in _terms(a * rest))
    else:
        yield e


def _plain(spaces) -> bool:
    """True if no density could be unbounded."""
    return all(not s.interval or s.density.is_number for s in spaces)


def _real(s: Symbol, low: Expr, high: Expr) -> Dummy:
    facts = {"positive": low.is_positive, "nonnegative": low.is_nonnegative}
    facts |= {"negative": high.is_negative, "nonpositive": high.is_nonpositive}
    told = [fact for fact, holds in facts.items() if holds]
    return Dummy(s.name, real=True, **dict.fromkeys(told[:1], True))


def _evaluated(body: Expr) -> Expr | None:
    if not body.has(Derivative, Subs):
        return body
    body = body.doit()
    return None if body.has(Derivative, Subs) else body


class _Term:
    """A product: its exponents at zeros; its powers and the exponents of e at infinite ends of intervals."""

    def __init__(self, domain: Domain, variables: list):
        self.domain, self.variables = domain, variables
        self.at: dict[tuple[Symbol, Expr], Expr] = defaultdict(lambda: S.Zero)
        self.power: dict[Symbol, Expr] = defaultdict(lambda: S.Zero)
        self.raised: dict[Symbol, Expr] = defaultdict(lambda: S.Zero)

    def integrable(self, term: Expr) -> bool:
        if not all(map(self._counted, Mul.make_args(term))):
            return False
        return all(n > -1 for n in self.at.values()) and all(
            self._falls(v, end) for v in self.variables for end in self.domain.ends(v) or () if end in (oo, -oo)
        )

    def _falls(self, v: Symbol, end: Expr) -> bool:
        exponent = Poly(self.raised[v], v) if self.raised[v] else None
        if exponent is None or exponent.degree() < 1:
            return bool(self.power[v] < -1)
        leading = exponent.LC() * (1 if end is oo else (-1) ** exponent.degree())
        return bool(leading.is_negative)

    def _counted(self, factor: Expr) -> bool:
        """True for a factor with a rule, which is recorded."""
        base, n = factor.as_base_exp()
        modulus = isinstance(base, Abs)
        if n.is_number and n.is_real and self._polynomial(base.args[0] if modulus else base, n, modulus):
            return True
        if self.domain.bounded(factor):
            return True
        if isinstance(factor, exp):
            return all(map(self._raising, Add.make_args(expand(factor.args[0]))))
        if isinstance(base, Mul) and (n.is_Integer or all(map(self.domain.nonnegative, base.args))):
            return all(self._counted(Pow(a, n)) for a in base.args)
        if not (n.is_Integer and n > 0):
            return False
        return self._logarithm(base.args[0], n) if isinstance(base, log) else self._pieces(base, n)

    def _pieces(self, e: Expr, n: Expr) -> bool:
        """True for polynomials, one on each side of a kink, on an unbounded interval."""
        v = self._alone(e)
        if v is None or not isinstance(e, (Max, Min, Piecewise)):
            return False
        pieces = [value for value, _ in e.args] if isinstance(e, Piecewise) else e.args  # type: ignore[misc]
        if not all(piece.is_polynomial(v) for piece in pieces):
            return False
        self.power[v] += n * max(Poly(piece, v).degree() if piece.has(v) else 0 for piece in pieces)
        return True

    def _raising(self, part: Expr) -> bool:
        v = self._alone(part)
        if v is None or not part.is_polynomial(v):
            return self.domain.bounded(part)
        self.raised[v] += part
        return True

    def _logarithm(self, of: Expr, n: Expr) -> bool:
        v = self._alone(of)
        inside = of if v is None else None
        if v is not None and (roots := self._roots(of, v)) is not None:
            inside = S.One if self._nonnegative(of, v, roots) else None
            self.power[v] += n * SLOW
        elif v is not None and self.domain.endless(v) and isinstance(of, Add):  # log(1 + e^v) grows like v
            c, rest = of.as_coeff_Add()
            if c.is_positive and isinstance(rest, exp) and rest.args[0].is_polynomial(v):
                self.power[v] += n * Poly(rest.args[0], v).degree()
                return True
        return inside is not None and v is not None

    def _polynomial(self, base: Expr, n: Expr, modulus: bool) -> bool:
        v = self._alone(base)
        roots = None if v is None else self._roots(base, v)
        if v is None or roots is None or not (modulus or n.is_Integer or self._nonnegative(base, v, roots)):
            return False
        for root in roots:
            self.at[v, root] += n
        self.power[v] += n * Poly(base, v).degree()
        return True

    def _alone(self, e: Expr) -> Symbol | None:
        """The only variable with an interval on which it depends; None if there are none or several."""
        found = [s for s in e.free_symbols if self.domain.ends(s)]
        return found[0] if len(found) == 1 and found[0] in self.variables else None  # type: ignore[return-value]

    def _roots(self, e: Expr, v: Symbol) -> list[Expr] | None:
        """Its zeros on the closed interval with their multiplicities; None if they are not found."""
        try:
            if not e.is_polynomial(v) or not all(q.is_Rational for q in Poly(e, v).coeffs()):
                return None
            low, high = self.domain.ends(v)  # type: ignore[misc]
            return [root for root in real_roots(Poly(e, v)) if bool(low <= root) and bool(root <= high)]
        except (PolynomialError, NotImplementedError, TypeError):
            return None

    def _nonnegative(self, e: Expr, v: Symbol, roots: list[Expr]) -> bool:
        """True if its zeros inside the interval are even, and it is positive at a point between the ends."""
        low, high = self.domain.ends(v)  # type: ignore[misc]
        inside = {root for root in roots if root not in (low, high)}
        if any(roots.count(root) % 2 for root in inside):
            return False
        if low.is_finite and high.is_finite:
            middle = (low + high) / 2
        else:
            middle = low + 1 if low.is_finite else high - 1 if high.is_finite else S.Zero
        while middle in inside:
            middle += Rational(1, 7) * ((high - middle) if high.is_finite else 1)
        return bool(e.xreplace({v: middle}).is_positive)
