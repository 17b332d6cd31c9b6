"""Equality up to renaming and reordering of bound variables, by canonical form. No `simplify`.

Each monomial is a coloured hypergraph: bound variables are vertices coloured by their space, atoms are edges. Colour
refinement, then individualise and refine, and the least text of all leaves is the canonical one (the idea of nauty:
McKay & Piperno 2014, arXiv 1301.1493). Variables that a transposition exchanges without changing the monomial are
explored once.

"The forms differ" is no refutation: e^a e^b and e^(a+b) have two forms.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from typing import Any

from sympy import Expr, Function, NumberSymbol, Pow, Symbol, srepr
from sympy.core.function import AppliedUndef

from .binders import Lam
from .definitions import Named, Variation
from .functionals import Applied, Delta, Partial, SlotSlope
from .normal import Expansion, Monomial, Undecidable, refuse_values_at_a_time
from .rules import DIFFERENTIABLE, SYMMETRY
from .scalars import Scalar
from .scope import check
from .spaces import Mass, Point, Sample

MAX_BINDERS = 24
MAX_LEAVES = 500


def equal(a, b, expansion: Expansion | None = None) -> bool:
    """True if both sides have one canonical form. Raises Undecidable beyond the limits, IllFormed for ill-formed sides.

    Without an expansion there are no assumptions and no definition is unfolded.
    """
    check(a)
    check(b)
    refuse_values_at_a_time(a, b)
    return not Canonical(expansion or Expansion()).terms(a - b)


class Canonical:
    """Canonical texts of expressions, for one way of expanding them."""

    def __init__(self, expansion: Expansion):
        self.expand = expansion
        self.closed: dict[Expr, str] = {}  # of expressions without outer bound variables
        self.expanded: dict[Expr, list[Monomial]] = {}  # one expansion serves all labellings of outer variables

    def terms(self, e, labels=None) -> dict[str, Any]:
        """The canonical text of each monomial, with its coefficient, after cancellation."""
        sums: dict[str, Any] = defaultdict(int)
        if e not in self.expanded:
            self.expanded[e] = self.expand(e)
        for m in self.expanded[e]:
            sums[self.text(m, labels)] += m.coefficient
        return {text: c for text, c in sums.items() if c != 0}

    def text(self, m: Monomial, labels=None) -> str:
        """The canonical text of one monomial, without its coefficient."""
        return _Labelling(self, self.cancelled(m, labels or {}), labels or {}).text()

    def cancelled(self, m: Monomial, labels) -> Monomial:
        """The monomial with a · a⁻¹ = 1, also where the two differ in names of bound variables, unlike in SymPy."""
        inverses = [a for a in m.atoms if isinstance(a, Pow) and a.exp == -1 and isinstance(a.base, (Applied, Named))]
        names = {**labels, **{v: f"{v.name}.{v.index}" for v in m.binders}}
        rest = list(m.atoms)
        for inverse in inverses:
            text = self.atom(inverse.base, names)
            same = next((a for a in rest if type(a) is type(inverse.base) and self.atom(a, names) == text), None)
            if same is not None:
                rest.remove(same)
                rest.remove(inverse)
        used = set().union(*(a.free_symbols for a in rest))  # ∫ a a⁻¹ is the mass, which is not decided here
        return Monomial(m.coefficient, m.binders, tuple(rest)) if inverses and m.binders <= used else m

    def form(self, e, labels) -> str:
        closed = not any(s in labels for s in e.free_symbols)
        if closed and e in self.closed:
            return self.closed[e]
        terms = self.terms(e, {} if closed else labels)
        out = "+".join(f"{c}*{text}" for text, c in sorted(terms.items())) or "0"
        if closed:
            self.closed[e] = out
        return out

    def atom(self, e, labels) -> str:
        """The text of one atom, its variables written as their labels."""
        if isinstance(e, Point):
            return labels.get(e, f"{e.name}:{e.space.key}:{e.index}" if not e.fixed else f"{e.value}∈{e.space.key}")
        if isinstance(e, Sample):
            return f"{e.name}<{self.atom(e.index, labels)}>∈{e.space.key}"
        if isinstance(e, Scalar):
            return f"{e.name}{e.orders}<{'|'.join(self.form(a, labels) for a in e.arguments)}>"
        if isinstance(e, Applied):
            return self.applied(e, [""] * len(e.slots), labels)
        if isinstance(e, SlotSlope):
            self.expand.used.add(DIFFERENTIABLE.format(_variation(e.value)))
            return self.applied(e.value, [f":{row}" for row in e.orders], labels)
        if isinstance(e, Named):
            functions = ";".join(self.function(f, labels) for f in e.functions)
            name = f"{e.definition.name}={self.function(e.definition.body, {})}"
            return f"{name}({self.several(e.points, labels)})[{functions}]"
        if isinstance(e, Variation):
            slots = sorted(self.several(slot, labels) for slot in e.slots)
            if len(slots) > 1:
                self.expand.used.add(SYMMETRY)
            return f"δ{';'.join(slots)}<{self.atom(e.named, labels)}>"
        if isinstance(e, Delta):
            return f"δ({','.join(sorted(self.atom(p, labels) for p in e.args))})"
        if isinstance(e, Mass):
            return f"mass({e.space.key})"
        if isinstance(e, Partial):
            return f"∂{_name(e.head)}({self.several(e.points, labels)})<{self.form(e.expr, labels)}>"
        if isinstance(e, (Symbol, NumberSymbol)):
            return srepr(e)  # distinguishes assumptions and dummies
        if isinstance(e, (Pow, Function)):
            kind = "undefined " if isinstance(e, AppliedUndef) else ""
            return f"{kind}{type(e).__name__}<{'|'.join(self.form(a, labels) for a in e.args)}>"
        raise Undecidable(f"{type(e).__name__} is not covered by the canonical form")

    def applied(self, e: Applied, orders: list[str], labels) -> str:
        """The value of a functional, with the derivatives in each of its slots."""
        slots = sorted(self.several(slot, labels) + order for slot, order in zip(e.slots, orders))
        if e.mixed:
            self.expand.used.add(SYMMETRY)  # slots in any order
        function = self.function(e.function, labels) if e.function is not None else ""
        return f"{_name(e.head)}({self.several(e.points, labels)}|{';'.join(slots)})[{function}]"

    def several(self, points, labels) -> str:
        return ",".join(self.atom(p, labels) for p in points)

    def function(self, f: Lam, labels) -> str:
        """The text of a function: its variables are distinguished by their places."""
        closed = not any(s in labels for s in f.free_symbols)
        if closed and f in self.closed:
            return self.closed[f]
        if closed:
            labels = {}  # its text does not depend on the place
        depth = len(labels)
        new = {v: f"λ{depth}.{n}:{v.space.key}" for n, v in enumerate(f.vars)}
        text = f"λ{len(f.vars)}.{self.form(f.body, {**labels, **new})}"
        if closed:
            self.closed[f] = text
        return text


def _variation(e: Applied) -> str:
    """The text δF/δρ or δ²F/δρ² of the function that must be differentiable, by declared names."""
    power = {1: "", 2: "²", 3: "³"}.get(len(e.slots), f"^{len(e.slots)}")
    return f"δ{power}{e.head.name}/δ{e.head.wrt}{power}"


@cache
def _name(head) -> str:
    spaces = (",".join(s.key for s in side) for side in (head.params, head.of))
    along = f":{head.orders}" if any(head.orders) else ""
    return f"{head.name}{'.' * head.order}:{'←'.join(spaces)}:{head.time}{along}"


class _Labelling:
    """The search for the canonical labels of the bound variables of one monomial."""

    def __init__(self, canonical: Canonical, monomial: Monomial, outer: dict[Point, str]):
        if len(monomial.binders) > MAX_BINDERS:
            raise Undecidable(f"more than {MAX_BINDERS} bound variables in one product")
        self.canonical, self.outer = canonical, outer
        self.atoms = monomial.atoms
        self.holding = {v: [a for a in self.atoms if v in a.free_symbols] for v in monomial.binders}
        self.leaves = 0

    def text(self) -> str:
        return self.search(self._ranked({v: v.space.key for v in self.holding}))

    def search(self, colour: dict[Point, int]) -> str:
        colour = self.refined(colour)
        cell = self.first_cell(colour)
        if not cell:
            return self.leaf(colour)
        texts, tried = [], []
        for v in cell:
            if not any(self.twins(v, w) for w in tried):
                tried.append(v)
                texts.append(self.search({w: 2 * c + (w != v) for w, c in colour.items()}))
        return min(texts)

    def refined(self, colour):
        """Colours split by the neighbours of each variable, until no class splits."""
        while True:
            finer = self._ranked({v: (c, self.seen(v, colour)) for v, c in colour.items()})
            if len(set(finer.values())) == len(set(colour.values())):
                return finer
            colour = finer

    def seen(self, v, colour) -> tuple[str, ...]:
        labels = {**self.labels(colour), v: "*"}
        return tuple(sorted(self.canonical.atom(a, labels) for a in self.holding[v]))

    def labels(self, colour):
        depth = len(self.outer)  # distinguishes these labels from those of outer binders
        return {**self.outer, **{w: f"#{depth}.{c}:{w.space.key}" for w, c in colour.items()}}

    @staticmethod
    def _ranked(signature):
        order = {s: n for n, s in enumerate(sorted(set(signature.values())))}
        return {v: order[s] for v, s in signature.items()}

    @staticmethod
    def first_cell(colour):
        sizes = Counter(colour.values())
        shared = [c for c, n in sizes.items() if n > 1]
        return [v for v, c in colour.items() if c == min(shared)] if shared else []

    def twins(self, v, w) -> bool:
        """True if exchanging them leaves the monomial unchanged."""
        swap = {v: w, w: v}
        return Counter(a.xreplace(swap) for a in self.atoms) == Counter(self.atoms)

    def leaf(self, colour) -> str:
        self.leaves += 1
        if self.leaves > MAX_LEAVES:
            raise Undecidable(f"more than {MAX_LEAVES} ways to label the bound variables of one product")
        labels = self.labels(colour)
        binders = ",".join(sorted(labels[v] for v in colour))
        return f"<{binders}>" + "".join(sorted(f"({self.canonical.atom(a, labels)})" for a in self.atoms))
