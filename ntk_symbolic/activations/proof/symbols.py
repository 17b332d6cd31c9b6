"""Expectations and edges in a derivation: SymPy objects that print in the notation of papers."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Heaviside, Mul, S, Symbol, Tuple, exp, latex, sqrt, sstr, sympify
from sympy.printing.pretty.stringpict import prettyForm

from ..derive.expectation import Moment
from ..form.terms import Edge, Term, Terms
from ..form.variables import SIGMA, u

v = Symbol("v", real=True)
COORDINATES = (u, v)


class _Printed(Expr):
    """An Expr that defines its own text and LaTeX."""

    is_commutative = True

    def written(self, show: Any, tex: bool) -> str:
        raise NotImplementedError

    def _latex(self, printer: Any) -> str:
        return self.written(printer._print, True)

    def _sympystr(self, printer: Any) -> str:
        return self.written(sstr, False)

    def _pretty(self, printer: Any) -> prettyForm:
        return prettyForm(self.written(sstr, False), binding=prettyForm.ATOM)


class EdgeFactor(_Printed):
    """An edge as a factor of a term: 1{u > 0}, Φ(√2 u), or its derivative δ(u), Φ'(√2 u)."""

    def __new__(cls, x: Expr, *edge: Any) -> EdgeFactor:
        return super().__new__(cls, x, *map(sympify, edge))

    def written(self, show: Any, tex: bool) -> str:
        x, p, noise, h, dirac = self.args
        if noise != 0:
            name = (r"\Phi" if tex else "Φ") + ("'" if dirac else "")
            inner = (p * x - h) / sqrt(noise)
            return rf"{name}\left({show(inner)}\right)" if tex else f"{name}({show(inner)})"
        if dirac:
            return rf"\delta\left({show(p * x - h)}\right)" if tex else f"δ({show(p * x - h)})"
        return rf"1_{{{show(p * x)} > {show(h)}}}" if tex else f"1{{{show(p * x)} > {show(h)}}}"


class Expected(_Printed):
    """E of a product of powers and edges: a Moment in the notation of derivations."""

    @classmethod
    def of(cls, m: Moment) -> Expected:
        edges = Tuple(*(Tuple(j, *edge) for j, edge in m.edges))
        return cls(Tuple(*m.powers), Tuple(*m.mean), Tuple(*(Tuple(*row) for row in m.cov)), edges)

    @property
    def moment(self) -> Moment:
        powers, mean, cov, edges = self.args
        placed = tuple((int(j), Edge(p, noise, h, bool(dirac))) for j, p, noise, h, dirac in edges)
        return Moment(tuple(map(int, powers)), tuple(mean), tuple(map(tuple, cov)), placed)

    def written(self, show: Any, tex: bool) -> str:
        m = self.moment
        where = [i for i, n in enumerate(m.powers) if n or any(j == i for j, _ in m.edges)]
        factors = [COORDINATES[i] ** m.powers[i] for i in where]
        factors += [EdgeFactor(COORDINATES[j], *edge) for j, edge in m.edges]
        inner = (r" \, " if tex else " ").join(show(x) for x in factors if x != 1) or "1"
        law = "" if m.cov == SIGMA and not any(m.mean) else _law(m, where, show, tex)
        return rf"\mathbb{{E}}{law}\left[{inner}\right]" if tex else f"E{law}[{inner}]"


def _law(m: Moment, where: list[int], show: Any, tex: bool) -> str:
    """The law of the moment, if it is not that of (u, v): N(mean, covariance) of the coordinates that occur."""
    mean = [m.mean[i] for i in where]
    rows = [[m.cov[i][j] for j in where] for i in where]
    if len(where) == 1:
        law = f"{show(COORDINATES[where[0]])} {chr(92) + 'sim' if tex else '~'} N({show(mean[0])}, {show(rows[0][0])})"
    elif tex:
        centre, body = (_matrix(entries, show) for entries in ([[x] for x in mean], rows))
        law = f"N({centre}, {body})"
    else:
        law = f"N({mean}, {rows})"
    return f"_{{{law}}}"


def _matrix(rows: list[list[Expr]], show: Any) -> str:
    body = r" \\ ".join(" & ".join(show(x) for x in row) for row in rows)
    return rf"\left(\begin{{matrix}}{body}\end{{matrix}}\right)"


class ExpectedProduct(_Printed):
    """E f(u) g(v), or E f(u): functions given as expressions in u."""

    def written(self, show: Any, tex: bool) -> str:
        factors = [_with_indicators(f).subs(u, x) for f, x in zip(self.args, COORDINATES)]
        left, right, write = (r"\left(", r"\right)", latex) if tex else ("(", ")", sstr)
        shown = (f"{left}{write(f)}{right}" if f.is_Add and len(factors) > 1 else write(f) for f in factors)
        return r"\mathbb{E}\left[" + r" \, ".join(shown) + r"\right]" if tex else f"E[{' '.join(shown)}]"


def _with_indicators(f: Expr) -> Expr:
    """f with indicators in place of Heaviside, which SymPy prints as θ, a symbol with another meaning here."""
    return f.replace(lambda x: isinstance(x, Heaviside), lambda x: EdgeFactor(x.args[0], *Edge(S.One, S.Zero, S.Zero)))


def as_expression(terms: Terms) -> Expr:
    """A sum of terms as one expression in u."""
    return sum((coef * _term(term) for term, coef in terms.items()), S.Zero)


def _term(term: Term) -> Expr:
    edge = EdgeFactor(u, *term.edge) if term.edge is not None else S.One
    return Mul(u**term.n, exp(term.A * u**2 + term.L * u), edge)
