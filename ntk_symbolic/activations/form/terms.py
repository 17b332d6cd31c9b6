"""The class of activations with a closed dual: φ = Σ coef · uⁿ · exp(A u² + L u) · (at most one edge).

An edge is hard, 1[p u > h], or soft, P(p u + Z > h) for a standard normal Z: erf(αu + β) = 2·P(√2 α u + Z > −√2 β) − 1,
so the error function needs no separate rules. L may be complex: sin and cos are exponentials.
Membership is syntactic: an unrecognised factor is the reason in the error.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from sympy import Expr, I, Poly, Pow, S, Symbol, cos, cosh, erf, erfc, exp, expand, re, sin, sinh, sqrt
from sympy.core.function import Function

from ...errors import NoClosedForm
from .pieces import split


class Edge(NamedTuple):
    """1[p u + √noise Z > h]; with dirac, its derivative in p u: δ(p u + √noise Z − h)."""

    p: Expr
    noise: Expr
    h: Expr
    dirac: bool = False


class Term(NamedTuple):
    """uⁿ exp(A u² + L u) · edge"""

    n: int
    A: Expr = S.Zero
    L: Expr = S.Zero
    edge: Edge | None = None


Terms = dict[Term, Expr]  # term -> coefficient, free of u
ONE = Term(0)


def terms(phi: Expr, u: Symbol) -> Terms:
    """φ as a sum of terms.

    Raises NoClosedForm, naming the factor that is outside the class.

    >>> u = Symbol("u", real=True)
    >>> terms(3 * u**2 * exp(-u), u)
    {Term(n=2, A=0, L=-1, edge=None): 3}
    """
    pieces = split(phi, u)
    total = read(pieces[0].expr, u)
    for left, right in pairwise(pieces):
        total = _add(total, _jump(read(left.expr, u), read(right.expr, u), left.hi))
    return total


def _jump(left: Terms, right: Terms, h: Expr) -> Terms:
    """The terms that must be added to `left`, which already holds on the whole line, to obtain `right` beyond h.

    A growing exponential must stay on its own side: on the other side it would overflow, or have no expectation.
    """
    above, below = Edge(S.One, S.Zero, h), Edge(S.NegativeOne, S.Zero, -h)
    same = {term for term, coef in left.items() if right.get(term) == coef}  # Abs(u) + erf(u): erf has no breakpoint
    left, right = ({term: coef for term, coef in side.items() if term not in same} for side in (left, right))
    out: Terms = {}
    for term, coef in left.items():
        if term.edge is not None:
            raise NoClosedForm(
                "a breakpoint and erf occur in one factor, which leads to orthants of dimension 3 and more"
            )
        if _exponential(term):
            out = _add(out, {term: -coef, term._replace(edge=below): coef})
        else:
            out = _add(out, {term._replace(edge=above): -coef})
    for term, coef in right.items():
        if term.edge is not None:
            raise NoClosedForm(
                "a breakpoint and erf occur in one factor, which leads to orthants of dimension 3 and more"
            )
        out = _add(out, {term._replace(edge=above): coef})
    return out


def _exponential(term: Term) -> bool:
    return not term.A.is_nonpositive or bool(term.A == 0 and re(term.L) != 0)  # a symbol may have any value


def read(e: Expr, u: Symbol) -> Terms:
    """A smooth expression as terms."""
    if not e.has(u):
        return {ONE: e} if e != 0 else {}
    if e == u:
        return {Term(1): S.One}
    if e.is_Add:
        return _sum(read(arg, u) for arg in e.args)
    if e.is_Mul:
        return _product(read(arg, u) for arg in e.args)
    if isinstance(e, Pow) and e.exp.is_Integer and e.exp > 0:
        return _product([read(e.base, u)] * int(e.exp))
    if isinstance(e, exp) and (quadratic := _coefficients(e.args[0], u, 2)) is not None:
        a, l, c = quadratic
        return {Term(0, a, l): exp(c)}
    if isinstance(e, (sin, cos)) and (affine := _coefficients(e.args[0], u, 1)) is not None:
        l, c = affine
        i = -I if isinstance(e, sin) else S.One
        sgn = -1 if isinstance(e, sin) else 1
        return _add({Term(0, S.Zero, I * l): i * exp(I * c) / 2}, {Term(0, S.Zero, -I * l): sgn * i * exp(-I * c) / 2})
    if isinstance(e, (sinh, cosh)):
        return read(expand(e.rewrite(exp)), u)
    if isinstance(e, (erf, erfc)) and (affine := _coefficients(e.args[0], u, 1)) is not None:
        alpha, beta = affine
        flip = -1 if isinstance(e, erfc) else 1
        edge = Edge(sqrt(2) * alpha * flip, S.One, -sqrt(2) * beta * flip)
        return {Term(0, edge=edge): S(2)} if flip == -1 else {Term(0, edge=edge): S(2), ONE: S.NegativeOne}
    expanded = expand(e) if not isinstance(e, Function) else e
    if expanded != e:
        return read(expanded, u)
    raise NoClosedForm(f"the factor {e} is outside the class polynomial × exp(quadratic) × sin/cos × one edge")


def _coefficients(e: Expr, u: Symbol, degree: int) -> tuple[Expr, ...] | None:
    """Coefficients of a polynomial of at most this degree, highest first; None for anything else."""
    if not e.is_polynomial(u) or Poly(e, u).degree() > degree:
        return None
    coefs = Poly(e, u).all_coeffs()
    return (S.Zero,) * (degree + 1 - len(coefs)) + tuple(coefs)


def _sum(parts) -> Terms:
    total: Terms = {}
    for part in parts:
        total = _add(total, part)
    return total


def _add(x: Terms, y: Terms) -> Terms:
    out = dict(x)
    for term, coef in y.items():
        out[term] = expand(out.get(term, S.Zero) + coef)
    return {term: coef for term, coef in out.items() if coef != 0}


def _product(factors) -> Terms:
    total: Terms = {ONE: S.One}
    for factor in factors:
        total = _sum({_times(s, t): x * y} for s, x in total.items() for t, y in factor.items())
    return total


def _times(s: Term, t: Term) -> Term:
    if s.edge is not None and t.edge is not None:
        raise NoClosedForm("erf occurs twice in one factor, which leads to orthants of dimension 3 and more")
    return Term(s.n + t.n, s.A + t.A, expand(s.L + t.L), s.edge or t.edge)


def derivative(phi: Terms) -> Terms:
    """φ' in the sense of distributions: a hard edge contributes its Dirac part, simplified at the breakpoint."""
    out: Terms = {}
    for term, coef in phi.items():
        n, a, l, edge = term
        smooth = {Term(n + 1, a, l, edge): 2 * a * coef, Term(n, a, l, edge): l * coef}
        if n:
            smooth[Term(n - 1, a, l, edge)] = smooth.get(Term(n - 1, a, l, edge), S.Zero) + n * coef
        out = _add(out, {t: c for t, c in smooth.items() if c != 0})
        if edge is not None:
            out = _add(out, _dirac(n, a, l, edge, coef))
    return out


def _dirac(n: int, a: Expr, l: Expr, edge: Edge, coef: Expr) -> Terms:
    spike = edge._replace(dirac=True)
    if edge.noise != 0:
        return {Term(n, a, l, spike): coef * edge.p}
    x = edge.h / edge.p  # δ(p u − h) g(u) = δ(p u − h) g(h/p); written with p = 1, so that equal deltas cancel
    value = coef * x**n * exp(a * x**2 + l * x) * edge.p / abs(edge.p)
    return {Term(0, edge=Edge(S.One, S.Zero, x, True)): value} if value != 0 else {}


def has_jump(phi: Terms) -> bool:
    return any(t.edge is not None and t.edge.dirac and t.edge.noise == 0 for t in derivative(phi))


def evaluate(phi: Terms, x: Expr) -> complex:
    """φ at a point, from its terms, to check that `terms` lost nothing."""
    total = S.Zero  # exact until the end: coefficients of 1e99 may cancel
    for (n, a, l, edge), coef in phi.items():
        value = coef * x**n * exp(a * x**2 + l * x)
        if edge is not None:
            gap = edge.p * x - edge.h
            value *= (1 + erf(gap / sqrt(2 * edge.noise))) / 2 if edge.noise != 0 else (1 if gap > 0 else 0)
        total += value
    return complex(total.evalf(20))
