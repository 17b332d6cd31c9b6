"""κ(a, b, c) = E φ(u) φ(v) and κ̇ = E φ'(u) φ'(v), derived term by term, for (u, v) ~ N(0, [[a, c], [c, b]]).

tilt    E exp(xᵀDx + λᵀx) g(x) = w · E g(x'),  x' ~ N(S'λ, S'),  S' = (I − 2ΣD)⁻¹Σ,  w = det(I − 2ΣD)^{−1/2} exp(λᵀS'λ/2)
        where Σ⁻¹ − 2D is positive definite; complex λ by analytic continuation
then    the rules of `expectation`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

from sympy import Expr, I, Matrix, S, Symbol, diag, erf, exp, expand, eye, symbols

from ..errors import NoClosedForm
from .expectation import Lowered, Moment, expectation, rational, root
from .normal import Phi2
from .terms import Term, Terms, derivative, has_jump, terms
from .tidy import tidy

u = Symbol("u", real=True)
a, b = symbols("a b", positive=True)
c = Symbol("c", real=True)
SIGMA = ((a, c), (c, b))


@dataclass(frozen=True)
class Tilted:
    """E term(u) term'(v) = weight · moment: one summand of κ."""

    coef: Expr
    terms: tuple[Term, ...]
    weight: Expr
    moment: Moment


@dataclass(frozen=True)
class Expansion:
    """An expectation of a product of activations with everything that led to its value."""

    value: Expr
    summands: tuple[Tilted, ...]
    lowered: dict[Moment, tuple[Lowered, Expr]] = field(hash=False)


@dataclass(frozen=True)
class Dual:
    """All that SymPy derives of an activation."""

    phi: Expr
    terms: Terms = field(hash=False)
    kappa: Expansion = field(hash=False)
    kappa_dot: Expansion = field(hash=False)
    mean: Expansion = field(hash=False)  # E φ(u), a function of a
    jumps: bool

    @property
    def parameters(self) -> frozenset[Symbol]:
        return frozenset(self.phi.free_symbols - {u})

    @property
    def by_integrals(self) -> bool:
        """Are its numbers read from integrals? Sums of Φ and Φ₂ lose digits to cancellation."""
        return self.kappa.value.has(Phi2, erf, I)


def derive(phi: Expr) -> Dual:
    """The dual kernel of φ(u). Raises NoClosedForm, naming the factor that is why.

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
    dt = derivative(t)
    return Dual(
        phi,
        t,
        expand_product((t, t), SIGMA),
        expand_product((dt, dt), SIGMA),
        expand_product((t,), ((a,),)),
        has_jump(t),
    )


DEGREE, DEGREE_BESIDE, TERMS = 20, 4, 16  # beyond them a derivation takes minutes


def _within_bounds(t: Terms) -> None:
    """Refuses what has no kernel at every variance, and what would be derived for minutes."""
    if not t:
        raise NoClosedForm("it is zero everywhere, and the kernel of the network is b_std²")
    if any(term.A.is_positive for term in t):
        raise NoClosedForm("E φ(u)² is infinite at large variance, because exp(A*u**2) grows with A > 0")
    soft = any(term.n > DEGREE_BESIDE for term in t if term.A != 0 or (term.edge is not None and term.edge.noise != 0))
    if soft or any(term.n > DEGREE for term in t) or len(t) > TERMS:
        raise NoClosedForm(
            f"it has more than {TERMS} terms, powers above {DEGREE}, or above {DEGREE_BESIDE} beside erf or exp(A*u**2): "
            "the derivation would take minutes"
        )


def expand_product(factors: tuple[Terms, ...], cov: tuple[tuple[Expr, ...], ...]) -> Expansion:
    """E Π factor_i(x_i) for x ~ N(0, cov)."""
    seen: dict[Moment, tuple[Lowered, Expr]] = {}
    total, summands = S.Zero, []
    for choice in product(*(f.items() for f in factors)):
        coef = S.One
        for _, k in choice:
            coef *= k
        tilted = _tilt(coef, tuple(t for t, _ in choice), cov)
        summands.append(tilted)
        total += tilted.coef * tilted.weight * expectation(tilted.moment, seen)
    return Expansion(tidy(total), tuple(summands), seen)


def _tilt(coef: Expr, chosen: tuple[Term, ...], cov: tuple[tuple[Expr, ...], ...]) -> Tilted:
    powers = tuple(t.n for t in chosen)
    edges = tuple((i, t.edge) for i, t in enumerate(chosen) if t.edge is not None)
    D, lam, sigma = diag(*(t.A for t in chosen)), Matrix([t.L for t in chosen]), Matrix(cov)
    n = len(chosen)
    if D.is_zero_matrix and lam.is_zero_matrix:
        return Tilted(coef, chosen, S.One, Moment(powers, (S.Zero,) * n, cov, edges))
    shrink = eye(n) - 2 * sigma * D
    tilted = shrink.inv() * sigma if not D.is_zero_matrix else sigma
    mean = tilted * lam
    weight = exp(expand(rational((lam.T * mean)[0] / 2))) / root(rational(shrink.det()))
    rows = tuple(tuple(rational(x) for x in tilted.row(i)) for i in range(n))
    return Tilted(coef, chosen, weight, Moment(powers, tuple(rational(x) for x in mean), rows, edges))
