"""Expansion into monomials: Σ coefficient · (binders outermost) · (atoms).

Every rule of calculus used on the way is recorded in `used`, so that a judge can report the rules behind its verdict.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sympy import Add, Derivative, Dummy, Expr, Mul, Pow, Rational, S, Subs, exp

from ..errors import IllFormed, NTKSymbolicError
from .binders import Lam, Over
from .definitions import Assumption, Definition, Named, Variation
from .functionals import Applied, Delta, Functional, Partial, SlotSlope, default_points, instantiate
from .rules import CONSTANT, DEFINITION, DIFFERENTIABLE, FUBINI, FUNDAMENTAL, KRONECKER, LINEARITY, UNDER
from .spaces import Point, Space

MAX_TERMS = 2000
MAX_ASSUMED = 40
EVALUATED = (Derivative, Partial, Subs, Variation)
MAX_POWER = 8  # of anything but a symbol; higher powers have too many terms


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
    """The expansion under assumptions, with a set of definitions to unfold."""

    def __init__(self, unfold: Collection[Definition] = (), assuming: Iterable[Assumption] = ()):
        self.unfold = set(unfold)
        self.assuming = {a.head: a for a in assuming}
        self._prolonged: dict[Functional, Assumption] = {}  # consequences for higher rates
        self.used: set[str] = set()
        self._known: dict[Any, Any] = {}  # expressions prepared already

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
        if isinstance(e, EVALUATED) and self._readable(e):
            return self(self._evaluated(e))
        if isinstance(e, Applied) and (assumption := self.assumption(e.head)):
            return self(self._assumed(e, assumption))
        if isinstance(e, SlotSlope) and (assumption := self.assumption(e.value.head)):
            return self(instantiate(e, {e.value.head.plain: partial(self._assumed, assumption=assumption)}))
        return [Monomial(S.One, frozenset(), (e,))]

    def _product(self, factors) -> list[Monomial]:
        out = [ONE]
        for factor in factors:
            more = self(factor)
            _refuse_number(len(out) * len(more))
            out = [a * b for a in out for b in more]
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
        """The monomial with Σ_i δ_ij g_i = g_j. Both indices are of one space, as Delta requires."""
        for d in m.atoms:
            if isinstance(d, Delta) and m.binders & set(d.args):
                self.used.add(KRONECKER)
                gone = next(p for p in d.args if p in m.binders)
                (kept,) = set(d.args) - {gone}
                rest = list(m.atoms)
                rest.remove(d)
                atoms = [a.xreplace({gone: kept}) for a in rest]
                if S.Zero in atoms:  # δ_12
                    return Monomial(S.Zero, frozenset(), ())
                return self._contracted(Monomial(m.coefficient, m.binders - {gone}, tuple(a for a in atoms if a != 1)))
        return m

    def _readable(self, e) -> bool:
        """True if no derivative acts on a name that is not unfolded."""
        return {n.definition for n in e.atoms(Named)} <= self.unfold

    def _evaluated(self, e) -> Any:
        """The derivative by the rules of calculus; inner ones first, since assumptions may change them."""
        for name in e.atoms(Named):
            self.used.add(DEFINITION.format(name.definition.name))
        if isinstance(e, Subs):
            refuse_values_at_a_time(e)
            body, variables, values = e.args
            return self.prepared(body).xreplace(dict(zip(variables, values)))  # type: ignore[arg-type]
        if isinstance(e, Variation):
            return self.prepared(self._varied(e))
        inner = self.prepared(e.expr)
        if isinstance(e, Partial):
            if self.assumption(e.head):
                raise Undecidable(f"a derivative in {e.head.name}, which is assumed to be a function of something else")
            self.note_rules(inner, e.head)
            return Partial(inner, e.head, e.points).evaluated()
        for s, n in e.variable_count:
            for _ in range(int(n)):
                self.note_rules(inner, s)
                moved = inner.diff(s)
                if isinstance(moved, Derivative) and moved.expr == inner:
                    raise Undecidable(f"{moved} cannot be evaluated: make the function a Functional or a Scalar")
                inner = self.prepared(moved)
        return inner

    def _varied(self, e: Variation) -> Any:
        definition = e.named.definition
        (placeholder,) = definition.functions
        body = self.prepared(definition.body.body)
        self.note_rules(body, placeholder)
        if any(h.plain == placeholder and any(h.orders) for h in body.atoms(Functional)):
            self.used.add(FUNDAMENTAL)
        return e.evaluated()

    def prepared(self, e):
        """The expression with inner derivatives evaluated and assumptions substituted."""
        if e not in self._known:
            self._known[e] = self._prepared(e)
        return self._known[e]

    def _prepared(self, e):
        if isinstance(e, Named) and e.definition in self.unfold and e.definition.has(*EVALUATED):
            return self.prepared(e.unfolded())  # SymPy would merge its derivatives with those around it
        if isinstance(e, EVALUATED):
            e = self._evaluated(e)
        elif e.has(*EVALUATED) and not isinstance(e, Definition):  # the meaning of a name is kept
            e = e.func(*(self.prepared(a) for a in e.args))
        for _ in range(MAX_ASSUMED if self.assuming else 0):
            known = {h.plain: a for h in e.atoms(Functional) if (a := self.assumption(h))}
            if not known:
                return e
            e = instantiate(e, {h: partial(self._assumed, assumption=a) for h, a in known.items()})
        if self.assuming:
            raise Undecidable(f"more than {MAX_ASSUMED} nested assumptions")
        return e

    def note_rules(self, e, wrt):
        """Records the rules of differentiation: differentiability of each functional in what varies, also under ∫."""
        for over in e.atoms(Over):
            if _moves(over, wrt) and any(v.space.is_measure for v in over.vars):
                self.used.add(UNDER)
        for a in e.atoms(Applied):
            if a.head.time == wrt or (a.function is not None and _moves(a.function, wrt)):
                self.used.add(DIFFERENTIABLE.format(a.head.name))

    def assumption(self, head: Functional) -> Assumption | None:
        """The assumption on it, direct or implied: one on θ̇ implies one on θ̈, along the motion."""
        head = head.plain
        if head in self.assuming:
            return self.assuming[head]
        lower = [a for h, a in self.assuming.items() if h.order < head.order and h.same_but_for_rates(head)]
        if not lower:
            return None
        (start,) = lower
        if head.of:
            raise Undecidable(f"the explicit rate of {head.name}, which an assumption determines")
        if head not in self._prolonged:
            before = self.assumption(_lower(head))
            assert before is not None
            rate = self.prepared(Derivative(before.value.body, head.time))
            self._prolonged[head] = Assumption(start.name, head, Lam(rate, *before.value.vars))
        return self._prolonged[head]

    def _assumed(self, e: Applied, assumption: Assumption) -> Expr:
        self.used.add(assumption.name)
        if not e.slots:
            return assumption.at(e)
        assert assumption.argument is not None
        body = assumption.value(*e.points)
        if any(e.head.orders):
            raise Undecidable(f"{e.head.name} is differentiated in a point and in its argument")
        for slot in e.slots:
            body = density(self, body, assumption.argument, slot)
        return instantiate(body, {assumption.argument: e.function})


def refuse_values_at_a_time(*sides) -> None:
    """Raises Undecidable for θ(t) at t = 0 written by substitution, which leaves θ(t) unchanged: SymPy would identify the
    values at two times."""
    for e in set().union(*(side.atoms(Subs) for side in sides)):
        moving = sorted(h.name for h in e.atoms(Functional) if h.time in e.variables)
        if moving:
            raise Undecidable(f"{moving[0]} moves: its value at a time is not written by substituting the time")


def _lower(head: Functional) -> Functional:
    return Functional(head.name, head.params, head.of, head.time, head.order - 1, head.wrt, head.orders)


def density(expand: Expansion, body: Expr, argument: Functional, slot) -> Any:
    """δ(body)/δg at these points of g's spaces: the coefficient of η in the derivative of body[g + ε η] at ε = 0.

    Raises Undecidable if η is taken at a point without an integral: then there is no density with respect to μ.
    """
    e, eta = Dummy("e"), Functional(f"η of {argument.name}", argument.params)
    m = default_points(argument.params)
    moved = instantiate(body, {argument: Lam(argument(*m) + e * eta(*m), *m)})
    return Add(*(_at_slot(term, eta, slot) for term in _linear(expand, moved, e)))


def _linear(expand: Expansion, moved, e: Dummy) -> list[Monomial]:
    """The coefficient of ε: read from a polynomial in ε, otherwise by differentiation under the integral."""
    terms = expand(moved)
    if any(e in a.free_symbols for m in terms for a in m.atoms if a != e):
        return expand(expand.prepared(Derivative(moved, e)).xreplace({e: S.Zero}))
    linear = [m for m in terms if m.atoms.count(e) == 1]
    return [Monomial(m.coefficient, m.binders, tuple(a for a in m.atoms if a != e)) for m in linear]


def _at_slot(term: Monomial, eta: Functional, slot) -> Expr:
    (at,) = [a for a in term.atoms if isinstance(a, Applied) and a.head.plain == eta]
    rest = Mul(term.coefficient, *(a for a in term.atoms if a is not at))
    if rest.has(eta) or any(at.head.orders) or len(set(at.points)) < len(at.points):
        raise Undecidable("the varied function occurs in a form that has no density")
    binders = set(term.binders)
    for p, q in zip(at.points, slot):
        if p in binders:
            binders.remove(p)
            rest = rest.xreplace({p: q})
        elif not p.space.is_measure:
            rest *= Delta(p, q)
        else:
            raise Undecidable(f"a value at the single point {p} has no density")
    return Over(rest, *sorted(binders, key=str))


def _combined(m: Monomial) -> Monomial:
    """The monomial with the powers of one base combined: e^a e^b = e^(a+b), and x x⁻¹ = 1 wherever x⁻¹ has a meaning."""
    if not any(isinstance(a, (Pow, exp)) for a in m.atoms):
        return m
    c, factors = Mul(*m.atoms).as_coeff_Mul(rational=True)
    powers = (f.as_base_exp() if isinstance(f, Pow) else (f, S.One) for f in Mul.make_args(factors) if f != 1)
    atoms = (a for b, n in powers for a in ([b] * int(n) if n.is_Integer and n > 0 else [Pow(b, n)]))
    return Monomial(m.coefficient * c, m.binders, tuple(atoms))


def _held(binders: frozenset[Point], atoms) -> frozenset[Point]:
    """The binders whose variables occur in the atoms."""
    return binders & set().union(*(a.free_symbols for a in atoms))


def _limited(terms: list[Monomial]) -> list[Monomial]:
    _refuse_number(len(terms))
    return terms


def _refuse_number(terms: int) -> None:
    if terms > MAX_TERMS:
        raise Undecidable(f"more than {MAX_TERMS} terms")


def _moves(e, wrt) -> bool:
    """True if it depends on this symbol, or on a functional that is this one or moves in this time."""
    heads = e.atoms(Functional)
    return wrt in e.free_symbols or any(wrt in (h, h.time) for h in heads)
