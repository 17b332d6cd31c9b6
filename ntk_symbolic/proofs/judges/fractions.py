"""The judge of fractions, roots and logarithms of sums and integrals: softmax, log Σ exp, √(Σθ²), 1/(1 + e^−f).

The canonical form treats these as atoms. Here every Σ or ∫ is expanded into monomials, one real symbol stands for each part
that a bound variable connects, by its canonical text, and the normal form of elementary functions decides the rest. Its
verdict is proved or undecided, never refuted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Add, Dummy, Expr, Function, Mul, Pow, Symbol, exp, log
from sympy.core.function import AppliedUndef

from ...calculus.binders import Node, Over
from ...calculus.canonical import Canonical
from ...calculus.definitions import Assumption, Definition, Named
from ...calculus.functionals import Applied, SlotSlope
from ...calculus.normal import EVALUATED, Expansion, Monomial, Undecidable, refuse_values_at_a_time
from ...calculus.rules import DEFINITION
from ...calculus.scope import check
from ...calculus.spaces import Point
from ...errors import IllFormed
from ..derivation import Judgement, Label, Step, Verdict
from ..facts import nonnegative, visibly_positive
from .assumed import attempts
from .derived import of_notation
from .elementary import readable, spread
from .kinks import KINKED
from .normal_form import by_assumptions, vanishes

NAME = "fractions"


def fractions(step: Step, assuming: Sequence[Assumption] = ()) -> Judgement | None:
    """A judge of steps, under these assumptions. It abstains where all is polynomial."""
    sides = step.lhs, step.rhs
    if not any(side.has(Node) for side in sides) or not any(map(_broken, sides)):
        return None
    for side in sides:
        check(side)
    why = "the normal forms differ"
    for assumed in attempts(step, assuming):
        everything = set().union(*(e.atoms(Definition) for e in (*sides, *(a.value for a in assumed))))
        expansion = Expansion(everything, assumed)
        try:
            refuse_values_at_a_time(*sides)
            if _equal(_Reader(expansion), *sides):
                rules = tuple(sorted({*expansion.used, *of_notation(step)}))
                detail = "both sides are one elementary function of the same sums and integrals"
                return Judgement(Verdict.PROVED, Label.DERIVED, NAME, detail, rules)
        except (Undecidable, IllFormed) as trouble:
            why = str(trouble)
        except RecursionError:
            why = "too deeply nested"
    return Judgement(Verdict.UNDECIDED, Label.DERIVED, NAME, why)


def _broken(e: Expr) -> bool:
    """True if there is a quotient, a root, or a function of numbers in it, with names written out."""
    if any(not (p.exp.is_Integer and p.exp > 0) for p in e.atoms(Pow)) or e.has(Function):
        return True
    return any(_broken(n.shown()) for n in e.atoms(Named))


def _equal(read: _Reader, lhs: Expr, rhs: Expr) -> bool:
    sides = read(lhs), read(rhs)
    difference = sides[0] - sides[1]
    difference = spread(difference.xreplace(_signs(*sides)))
    return readable(difference) and vanishes(difference, by_assumptions)


def _signs(lhs: Expr, rhs: Expr) -> dict[Expr, Expr]:
    """The signs of the arguments of logarithms on both sides, which are positive wherever one of the sides has a value."""
    both = {a.args[0] for a in lhs.atoms(log)} & {a.args[0] for a in rhs.atoms(log)}
    return {s: Dummy(s.name, positive=True) for s in both if isinstance(s, Symbol) and not s.is_positive}


class _Reader:
    """The translation of the tree to elementary functions of real symbols."""

    def __init__(self, expansion: Expansion):
        self.expand, self.canonical = expansion, Canonical(expansion)
        self.names: dict[str, Dummy] = {}

    def __call__(self, e: Any) -> Expr:
        if e.is_Rational or (isinstance(e, Symbol) and not isinstance(e, Point)):
            return e
        if isinstance(e, KINKED):
            raise Undecidable("a kink")
        if isinstance(e, (Add, Mul, Pow, exp, log)):
            return e.func(*map(self, e.args))
        if isinstance(e, Named) and e.definition in self.expand.unfold:
            self.expand.used.add(DEFINITION.format(e.definition.name))
            return self(e.unfolded())
        if isinstance(e, EVALUATED):
            return self(self.expand.prepared(e))
        if isinstance(e, (Over, Applied, SlotSlope)):
            monomials = self.expand(e)
            if len(monomials) != 1 or monomials[0].atoms != (e,):
                return Add(*map(self.monomial, monomials))
        if isinstance(e, Function) and not isinstance(e, AppliedUndef) and len(e.args) == 1:
            return e.func(self(e.args[0]))
        return self.named(self.canonical.atom(e, {}), e)

    def monomial(self, m: Monomial) -> Expr:
        """The product of the atoms without bound variables and of a symbol for each group that bound variables connect."""
        if not m.binders <= set().union(*(a.free_symbols for a in m.atoms)):
            raise Undecidable("an idle sum or integral")
        free = [a for a in m.atoms if not a.free_symbols & m.binders]
        out = Mul(m.coefficient, *map(self, free))
        for binders, atoms in _parts(m):
            text = self.canonical.text(Monomial(m.coefficient**0, frozenset(binders), tuple(atoms)))
            out *= self.named(text, Over(Mul(*atoms), *sorted(binders, key=str)))
        return out

    def named(self, text: str, e: Expr) -> Dummy:
        if text not in self.names:
            sign = "positive" if visibly_positive(e) else "nonnegative" if nonnegative(e) else "real"
            self.names[text] = Dummy(f"v{len(self.names)}", **{sign: True})
        return self.names[text]


def _parts(m: Monomial) -> list[tuple[set[Point], list]]:
    """The bound variables of a monomial with their atoms, in groups that no atom connects."""
    parts: list[tuple[set[Point], list]] = []
    for a in m.atoms:
        held = a.free_symbols & m.binders
        if held:
            joined = [p for p in parts if p[0] & held]
            parts = [p for p in parts if not p[0] & held]
            parts.append((held.union(*(b for b, _ in joined)), [x for _, atoms in joined for x in atoms] + [a]))
    return parts
