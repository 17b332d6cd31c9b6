"""κ(a, b, c) = E φ(u) φ(v) and κ̇ = E φ'(u) φ'(v), derived term by term, for (u, v) ~ N(0, [[a, c], [c, b]]).

tilt    E exp(xᵀDx + λᵀx) g(x) = w · E g(x'),  x' ~ N(S'λ, S'),  S' = (I − 2ΣD)⁻¹Σ,  w = det(I − 2ΣD)^{−1/2} exp(λᵀS'λ/2)
        if Σ⁻¹ − 2D is positive definite; complex λ by analytic continuation
then    the rules of `expectation`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from itertools import count, product
from typing import Any

from sympy import Expr, I, Matrix, S, Symbol, asin, cos, diag, erf, exp, expand, eye, oo, sin

from ...errors import NoClosedForm
from ..facts.limits import of_gaussian
from ..form.algebra import Algebra, root
from ..form.terms import Term, Terms, derivative, has_jump, terms
from ..form.tidy import tidied
from ..form.variables import SIGMA, a, b, c, u
from .expectation import Expectations, Lowered, Moment, Rational
from .normal import Phi2


@dataclass(frozen=True)
class Tilted:
    """E term(u) term'(v) = weight · moment: one summand of κ."""

    coef: Expr
    terms: tuple[Term, ...]
    weight: Expr
    moment: Moment


@dataclass(frozen=True)
class Expansion:
    """An expectation of a product of activations with the steps that lead to its value."""

    value: Expr
    summands: tuple[Tilted, ...]
    lowered: dict[Moment, Lowered] = field(hash=False)


@dataclass(frozen=True)
class Dual:
    """All results that SymPy derives for an activation."""

    phi: Expr
    terms: Terms = field(hash=False)
    kappa: Expansion = field(hash=False)
    kappa_dot: Expansion = field(hash=False)
    mean: Expansion = field(hash=False)  # E φ(u), a function of a
    jumps: bool
    decaying: Dual | None = field(default=None, hash=False)  # see `_continued`
    growth: dict[Symbol, Expr] = field(default_factory=dict, hash=False)

    @property
    def parameters(self) -> frozenset[Symbol]:
        return frozenset(self.phi.free_symbols - {u})

    @property
    def limit(self) -> Expr:
        """The least variance at which E φ(u)² is infinite, see `limits`; below it κ exists."""
        return of_gaussian(max(-x for x in self.growth.values())) if self.growth else oo

    @property
    def scale(self) -> Expr:
        """The scale of points at which formulas are compared: 2, the largest variance of the judges, stays below the limit."""
        return self.limit / 4 if self.limit.is_finite else S.One

    @property
    def by_integrals(self) -> bool:
        """True if numbers come from integrals: sums of Φ and Φ₂ lose digits to cancellation, an angle other than asin(w c) and
        waves in a, b, c and 0 have no conditioned form, and for a long formula the search would take minutes."""
        kappa = (self.decaying or self).kappa.value
        if not self.terms:
            return True
        waves = any(x.has(a, b, c) for x in kappa.atoms(sin, cos))
        if waves or kappa.has(Phi2, erf, I) or any((x.args[0] / c).has(c) for x in kappa.atoms(asin)):
            return True
        return not self.growth and kappa.count_ops() > LONG


def derive(phi: Expr) -> Dual:
    """The dual kernel of φ(u). Raises NoClosedForm, naming the factor that prevents it.

    >>> from sympy import erf
    >>> derive(erf(u)).kappa.value
    2*asin(2*c/(sqrt(2*a + 1)*sqrt(2*b + 1)))/pi
    """
    try:
        return _derive(phi)
    except NoClosedForm as reason:
        raise NoClosedForm(f"activation {phi} has no closed dual kernel here: {reason}") from None


def _derive(phi: Expr) -> Dual:
    t = terms(phi, u)
    _within_bounds(t)
    growing = sorted({term.A for term in t if term.A.is_positive})
    return _continued(phi, t, growing) if growing else _of_terms(phi, t)


def _continued(phi: Expr, t: Terms, growing: list[Expr]) -> Dual:
    """The dual for exp(−s u²) in place of exp(A u²), A > 0, at s = −A: all expectations are analytic in s while they exist.

    Otherwise roots could not be split: the sign of 1 − 2Aa is not that of 1 + 2sa.
    """
    taken = {*map(str, phi.free_symbols)}
    free = (name for name in map("s_{}".format, count()) if name not in taken)
    names = {A: Symbol(name, positive=True) for A, name in zip(growing, free)}
    growth = {s: -A for A, s in names.items()}
    decaying = _of_terms(
        phi, {term._replace(A=-names[term.A] if term.A in names else term.A): k for term, k in t.items()}
    )
    kappa, kappa_dot, mean = (put(x, growth) for x in (decaying.kappa, decaying.kappa_dot, decaying.mean))
    return Dual(phi, t, kappa, kappa_dot, mean, decaying.jumps, decaying, growth)


def put(x: Any, values: dict[Symbol, Expr]) -> Any:
    """x with values for symbols, wherever they occur in an expansion."""
    if isinstance(x, Expr):
        return x.subs(values)
    if isinstance(x, dict):
        return {put(key, values): put(value, values) for key, value in x.items()}
    if isinstance(x, tuple):
        parts = [put(y, values) for y in x]
        return type(x)(*parts) if hasattr(x, "_fields") else tuple(parts)
    if is_dataclass(x):
        return type(x)(*(put(getattr(x, f.name), values) for f in fields(x)))
    return x


def _of_terms(phi: Expr, t: Terms) -> Dual:
    dt = derivative(t)
    return Dual(
        phi,
        t,
        expand_product((t, t), SIGMA),
        expand_product((dt, dt), SIGMA),
        expand_product((t,), ((a,),)),
        has_jump(t),
    )


LONG = 400  # operations of κ above which its conditioned form is not derived: it would take 10 s
DEGREE, DEGREE_BESIDE, TERMS, SPLINE_TERMS = 20, 4, 16, 64  # beyond them a derivation takes minutes


def _within_bounds(t: Terms) -> None:
    """Raises NoClosedForm for terms whose derivation would take minutes."""
    soft = any(term.n > DEGREE_BESIDE for term in t if term.A != 0 or (term.edge is not None and term.edge.noise != 0))
    plain = all(term.A == term.L == 0 and (term.edge is None or term.edge.noise == 0) for term in t)
    most = SPLINE_TERMS if plain else TERMS
    if soft or any(term.n > DEGREE for term in t) or len(t) > most:
        raise NoClosedForm(
            f"it has more than {most} terms, powers above {DEGREE}, or above {DEGREE_BESIDE} beside erf or exp(A*u**2): "
            "the derivation would take minutes"
        )


def expand_product(factors: tuple[Terms, ...], cov: tuple[tuple[Expr, ...], ...]) -> Expansion:
    """E Π factor_i(x_i) for x ~ N(0, cov)."""
    entries = [x for f in factors for t, k in f.items() for x in (k, *_entries(t))]
    symbols = set().union(*(S(x).free_symbols for x in (*entries, *(x for row in cov for x in row))))
    algebra = Algebra(frozenset(symbols))
    expectations = Expectations(algebra)
    parts, summands = [], []
    for choice in product(*(f.items() for f in factors)):
        coef = S.One
        for _, k in choice:
            coef *= k
        tilted = _tilt(coef, tuple(t for t, _ in choice), cov, algebra.rational)
        summands.append(tilted)
        parts.append((tilted.coef * tilted.weight, expectations.of(tilted.moment)))
    return Expansion(tidied(algebra, algebra.sum(parts)), tuple(summands), expectations.lowered)


def _entries(t: Term) -> tuple[Expr, ...]:
    return (t.A, t.L, *t.edge[:3]) if t.edge is not None else (t.A, t.L)


def _tilt(coef: Expr, chosen: tuple[Term, ...], cov: tuple[tuple[Expr, ...], ...], rational: Rational) -> Tilted:
    powers = tuple(t.n for t in chosen)
    edges = tuple((i, t.edge) for i, t in enumerate(chosen) if t.edge is not None)
    D, lam, sigma = diag(*(t.A for t in chosen)), Matrix([t.L for t in chosen]), Matrix(cov)
    n = len(chosen)
    if D.is_zero_matrix and lam.is_zero_matrix:
        return Tilted(coef, chosen, S.One, Moment(powers, (S.Zero,) * n, cov, edges))
    shrink = eye(n) - 2 * sigma * D
    tilted = shrink.adjugate() * sigma / shrink.det() if not D.is_zero_matrix else sigma
    mean = tilted * lam
    weight = exp(expand(rational((lam.T * mean)[0] / 2))) / root(rational(shrink.det()))
    rows = tuple(tuple(rational(x) for x in tilted.row(i)) for i in range(n))
    return Tilted(coef, chosen, weight, Moment(powers, tuple(rational(x) for x in mean), rows, edges))
