"""Expansion into monomials: Σ coefficient · (binders outermost) · (atoms).

Every rule of calculus used on the way is noted in `used`, so that a judge can print what its word rests on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sympy import Add, Derivative, Expr, Mul, Pow, Rational, S, Subs, exp

from ..errors import IllFormed, NTKSymbolicError
from .binders import Over
from .definitions import Assumption, Definition, Named
from .functionals import Applied, Delta, Functional, Partial, along, instantiate
from .rules import CONSTANT, DEFINITION, DIFFERENTIABLE, FUBINI, KRONECKER, LINEARITY, UNDER
from .spaces import Point, Space

MAX_TERMS = 2000
MAX_POWER = 8  # of anything but a symbol; more would multiply out to too many terms


class Undecidable(NTKSymbolicError):
    """Too large, or outside what the canonical form covers. Never a verdict on the statement."""


@dataclass(frozen=True)
class Monomial:
    coefficient: Rational
    binders: frozenset[Point]
    atoms: tuple[Any, ...]

    def __mul__(self, other: Monomial) -> Monomial:
        return Monomial(self.coefficient * other.coefficient, self.binders | other.binders, self.atoms + other.atoms)


ONE = Monomial(S.One, frozenset(), ())


class Expansion:
    """How far to expand: which definitions are unfolded, and what is assumed."""

    def __init__(self, unfold: Collection[Definition] = (), assuming: Iterable[Assumption] = ()):
        self.unfold = set(unfold)
        self.assuming = {a.head: a for a in assuming}
        self.used: set[str] = set()
        self._known: dict[Any, Any] = {}  # what was prepared already

    def __call__(self, e) -> list[Monomial]:
        if isinstance(e, Rational):
            return [Monomial(e, frozenset(), ())] if e else []
        if isinstance(e, Add):
            return _limited([m for a in e.args for m in self(a)])
        if isinstance(e, Mul):
            return self._product(e.args)
        if isinstance(e, Pow) and e.exp.is_Integer and e.exp > 1 and (e.base.is_Symbol or e.exp <= MAX_POWER):
            return self._product([e.base] * int(e.exp))
        if isinstance(e, Over):
            return _limited([n for m in self(e.body) for n in self._bind(m, e)])
        if isinstance(e, Named) and e.definition in self.unfold:
            self.used.add(DEFINITION.format(e.definition.name))
            return self(e.unfolded())
        if isinstance(e, (Derivative, Partial, Subs)) and self._readable(e):
            return self(self._evaluated(e))
        if isinstance(e, Applied) and e.head.plain in self.assuming:
            return self(self._assumed(e))
        return [Monomial(S.One, frozenset(), (e,))]

    def _product(self, factors) -> list[Monomial]:
        out = [ONE]
        for factor in factors:
            more = self(factor)
            out = _limited([a * b for a in out for b in more])
        return [_combined(m) for m in out]

    def _bind(self, m: Monomial, over: Over) -> list[Monomial]:
        new = {v: v.fresh() for v in over.vars}  # each expansion gets variables of its own: products are renamed apart
        atoms = tuple(a.xreplace(new) for a in m.atoms)
        binders = m.binders | set(new.values())
        if sum(b.space.is_measure for b in _held(binders, atoms)) > 1:
            self.used.add(FUBINI)
        self.used.add(LINEARITY)
        bound = self._contracted(Monomial(m.coefficient, binders, atoms))
        held = _held(bound.binders, bound.atoms)
        idle = [v.space for v in bound.binders - held]  # Σ_ij δ_ij is the number of indices too
        return [Monomial(bound.coefficient, held, bound.atoms) * mass for mass in self._masses(idle)]

    def _masses(self, spaces: list[Space]) -> list[Monomial]:
        if any(s.mass.is_infinite for s in spaces):
            raise IllFormed("a nonzero constant is integrated over an infinite interval: that integral does not exist")
        self.used.update([CONSTANT] * bool(spaces))
        return self._product([s.mass for s in spaces])

    def _contracted(self, m: Monomial) -> Monomial:
        """Σ_i δ_ij g_i = g_j. Both indices are of one space: Delta has seen to that."""
        for d in m.atoms:
            if isinstance(d, Delta) and m.binders & set(d.args):
                self.used.add(KRONECKER)
                gone = next(p for p in d.args if p in m.binders)
                (kept,) = set(d.args) - {gone}
                rest = list(m.atoms)
                rest.remove(d)
                atoms = (a.xreplace({gone: kept}) for a in rest)
                return self._contracted(Monomial(m.coefficient, m.binders - {gone}, tuple(a for a in atoms if a != 1)))
        return m

    def _readable(self, e) -> bool:
        """Nothing is differentiated through a name that is not to be unfolded."""
        return {n.definition for n in e.atoms(Named)} <= self.unfold

    def _evaluated(self, e) -> Any:
        """The derivative by the rules of calculus; inner ones first, since what is assumed may change them."""
        for name in e.atoms(Named):
            self.used.add(DEFINITION.format(name.definition.name))
        if isinstance(e, Subs):
            refuse_values_at_a_time(e)
            body, variables, values = e.args
            return self.prepared(body).xreplace(dict(zip(variables, values)))  # type: ignore[arg-type]
        inner = self.prepared(e.expr)
        if isinstance(e, Partial):
            self.note_rules(inner, e.head)
            return Partial(inner, e.head, e.points).evaluated()
        for s, n in e.variable_count:
            for _ in range(int(n)):
                self.note_rules(inner, s)
                moved = inner.diff(s)
                if isinstance(moved, Derivative) and moved.expr == inner:
                    raise Undecidable(f"{moved} stays as it is: make the function a Functional or a Scalar")
                inner = self.prepared(moved)
        return inner

    def prepared(self, e):
        """With inner derivatives evaluated and with what is assumed put in."""
        if e not in self._known:
            self._known[e] = self._prepared(e)
        return self._known[e]

    def _prepared(self, e):
        if isinstance(e, (Derivative, Partial, Subs)):
            e = self._evaluated(e)
        elif e.has(Derivative, Partial, Subs) and not isinstance(e, Definition):  # a name stays what it stands for
            e = e.func(*(self.prepared(a) for a in e.args))
        heads = {h.plain for h in e.atoms(Functional)} if self.assuming else set()
        for head in heads & self.assuming.keys():
            e = instantiate(e, {head: self._note(self.assuming[head]).value})
        return e

    def note_rules(self, e, wrt):
        """What differentiation rests on: that each functional is differentiable in what moves, and is so under ∫."""
        for over in e.atoms(Over):
            if _moves(over, wrt) and any(v.space.is_measure for v in over.vars):
                self.used.add(UNDER)
        for a in e.atoms(Applied):
            if a.head.time == wrt or (a.function is not None and _moves(a.function, wrt)):
                self.used.add(DIFFERENTIABLE.format(a.head.name))

    def _note(self, assumption: Assumption) -> Assumption:
        self.used.add(assumption.name)
        return assumption

    def _assumed(self, e: Applied) -> Expr:
        return along(self._note(self.assuming[e.head.plain]).value, e.head.orders)(*e.points)


def refuse_values_at_a_time(*sides) -> None:
    """Raise Undecidable for θ(t) at t = 0 written by substitution: it leaves θ(t) as it is, and to SymPy the values at
    two times are equal."""
    for e in set().union(*(side.atoms(Subs) for side in sides)):
        moving = sorted(h.name for h in e.atoms(Functional) if h.time in e.variables)
        if moving:
            raise Undecidable(f"{moving[0]} moves: its value at a time is not written by substituting the time")


def _combined(m: Monomial) -> Monomial:
    """Powers of one base in one place: e^a e^b = e^(a+b), and x x⁻¹ = 1 wherever x⁻¹ has a meaning."""
    if not any(isinstance(a, (Pow, exp)) for a in m.atoms):
        return m
    c, factors = Mul(*m.atoms).as_coeff_Mul(rational=True)
    powers = (f.as_base_exp() if isinstance(f, Pow) else (f, S.One) for f in Mul.make_args(factors) if f != 1)
    atoms = (a for b, n in powers for a in ([b] * int(n) if n.is_Integer and n > 0 else [Pow(b, n)]))
    return Monomial(m.coefficient * c, m.binders, tuple(atoms))


def _held(binders: frozenset[Point], atoms) -> frozenset[Point]:
    """Those that occur."""
    return binders & set().union(*(a.free_symbols for a in atoms))


def _limited(terms: list[Monomial]) -> list[Monomial]:
    if len(terms) > MAX_TERMS:
        raise Undecidable(f"more than {MAX_TERMS} terms")
    return terms


def _moves(e, wrt) -> bool:
    """Does it depend on this symbol, or on a functional that is this one or moves in this time?"""
    heads = e.atoms(Functional)
    return wrt in e.free_symbols or any(wrt in (h, h.time) for h in heads)
