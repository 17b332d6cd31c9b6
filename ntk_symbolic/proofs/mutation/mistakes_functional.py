"""Mistakes in nodes of the calculus: binders, points, functionals, names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations

from sympy import Add, Derivative, Integer, Mul, Pow, Tuple

from ...calculus.binders import Lam, Over
from ...calculus.definitions import Definition, Named, Variation
from ...calculus.functionals import Applied, Delta, Functional, Partial, SlotSlope
from ...calculus.spaces import Mass, Point, Sample
from .mistakes import Around, Mutant, at_place, exchanged, places_of_points, replaced, short, word


def binders(e, around: Around) -> Iterator[Mutant]:
    """Mistakes in ∫ and Σ: a missing one, an additional one, one for two, and one around the wrong factors."""
    for v in e.vars if isinstance(e, Over) else ():
        rest = [w for w in e.vars if w != v]
        missing, spurious = f"missing {word(v.space)}", f"spurious {word(v.space)}"
        yield Mutant(missing, f"binder of {v.name} dropped", partial(Over, e.body, *rest))
        for p in (v.space.point(v.name), *(p for p in around.points if p.space == v.space)):
            yield Mutant(missing, f"{v.name} not bound, {p.name} in its place", partial(_over, e, {v: p}, rest))
        if v.space.mass != 1:  # ∫ over [0, 1] of a constant changes nothing
            yield Mutant(spurious, f"a second binder like {v.name}", partial(Over, e.body, *e.vars, v.fresh()))
        yield Mutant(spurious, f"{v.name} bound twice", partial(Over, e.body, *e.vars, v))
        for a in _factors_with(v, e.body):
            name = f"{word(v.space)} over {v.name} of {short(a)} alone, times that of the rest"
            yield Mutant(spurious, name, partial(_split, e, a, v, rest))
    for v, w in combinations(e.vars, 2) if isinstance(e, Over) else ():
        if v.space == w.space:
            rest = [u for u in e.vars if u != w]
            yield Mutant("dropped index", f"one variable for {v.name} and {w.name}", partial(_over, e, {w: v}, rest))


def _over(e: Over, change, variables):
    return Over(e.body.xreplace(change), *variables)


def _factors_with(v: Point, body) -> list:
    found = [a for a in Mul.make_args(body) if v in a.free_symbols]
    return found if len(found) > 1 else []


def _split(e: Over, a, v: Point, rest):
    """A sum of products as a product of sums."""
    w = v.fresh()
    return Over(Over(a, v) * Over((e.body / a).xreplace({v: w}), w), *rest)


def bodies(e, around) -> Iterator[Mutant]:
    """Mistakes in a function as an argument: its sign, a factor; in an integrand or a differentiated body: its square."""
    if isinstance(e, Lam):
        yield Mutant("sign", f"function {short(e)} with the other sign", partial(replaced, e, (0,), -e.body))
        yield Mutant("factor", f"function {short(e)} twice", partial(replaced, e, (0,), 2 * e.body))
    if isinstance(e, (Over, Derivative, Partial)) and not isinstance(
        e.args[0], (Add, Mul, Pow)
    ):  # these have their own mistakes
        yield Mutant("exponent", f"{short(e)}: {short(e.args[0])} squared", partial(replaced, e, (0,), e.args[0] ** 2))


def points(e, around: Around) -> Iterator[Mutant]:
    """Mistakes in points: one replaced by another of its space; points of one space exchanged, a pair or all pairs at once."""
    if not isinstance(e, (Applied, Named, Variation, Partial, Delta, Sample)):
        return
    places = list(places_of_points(e))
    for place in places:
        for p in _confused(at_place(e, place), around):
            name = f"{short(e)}: {at_place(e, place).name} → {p.name}"
            yield Mutant("wrong variable", name, partial(replaced, e, place, p))
    kind = "transposed kernel" if isinstance(e, Named) else "swapped arguments"
    for pairs in _pairs(e, places):
        names = " and ".join(f"{at_place(e, p).name}, {at_place(e, q).name}" for p, q in pairs)
        yield Mutant(kind, f"{short(e)} with {names} exchanged", partial(exchanged, e, *pairs))


def _confused(p: Point, around: Around) -> Iterator[Point]:
    """The points that may be confused with this one: those in scope, a free one, the other end of an interval."""
    yield from (q for q in around.points if q.space == p.space and q != p)
    yield p.space.point("z")
    if p.fixed and p.space.interval:
        yield from (q for q in (p.space.lower, p.space.upper) if q != p)
    if p.value is not None and not p.space.limits:
        yield p.space.at(p.value + 1)


def _pairs(e, places) -> Iterator[tuple]:
    if isinstance(e, Delta):  # symmetric by construction
        return
    pairs = [(p, q) for p, q in combinations(places, 2) if _exchangeable(at_place(e, p), at_place(e, q))]
    yield from ((pair,) for pair in pairs)
    if 1 < len(pairs) == len({place for pair in pairs for place in pair}) / 2:  # no place in two of them
        yield tuple(pairs)


def _exchangeable(p: Point, q: Point) -> bool:
    return p.space == q.space and p != q


def functionals(e, around: Around) -> Iterator[Mutant]:
    """Mistakes in functionals: a rate for a value and vice versa; a derivative more or less; another one of the same kind."""
    if not isinstance(e, Applied):
        return
    head = e.head
    for what, other in _rates(head, around):
        yield Mutant(
            "rate for value" if what == "rate" else "value for rate", f"{short(e)}: its {what}", _headed(e, other)
        )
    for what, other in _orders(head):
        yield Mutant("order", f"{short(e)}: {what}", _headed(e, other))
    for n, slot in enumerate(e.slots):
        rest = Tuple(*e.slots[:n], *e.slots[n + 1 :])
        yield Mutant("value for rate", f"{short(e)}: no derivative at {slot}", partial(replaced, e, (2,), rest))
    at = _points_at_hand(head, around)
    if at:
        yield Mutant("rate for value", f"{short(e)}: a derivative at {at}", partial(e.at, *at))
    for other in around.functionals:
        if other.name != head.name and _kind(other) == _kind(head):
            yield Mutant("wrong function", f"{short(e)}: {other.name}", _headed(e, other))


def _headed(e: Applied, head: Functional):
    return partial(replaced, e, (0,), head)


def _rates(head: Functional, around: Around) -> Iterator[tuple[str, Functional]]:
    """The other rates in the statement. An absent one is no likely mistake, and θ̈ of a gradient flow costs a minute."""
    rates = [] if head.time is None else [head.rate]
    if rates and (rates[0] in around.functionals or not (head.order or around.differentiated)):
        yield "rate", rates[0]
    if head.order:
        yield "value", head.func(*head.args[:4], Integer(head.order - 1), *head.args[5:])


def _orders(head: Functional) -> Iterator[tuple[str, Functional]]:
    """The functional with one derivative more or less along each interval."""
    for n, space in enumerate(head.params):
        once = [int(m == n) for m in range(len(head.params))]
        if space.interval:
            yield f"a derivative more along {space.name}", head.differentiated(once)
        if head.orders[n]:
            yield f"a derivative less along {space.name}", head.differentiated([-k for k in once])


def _kind(head: Functional):
    return head.params, head.of, head.order, head.orders


def _points_at_hand(head: Functional, around: Around) -> tuple[Point, ...]:
    """The points at which it could be differentiated; () if one is missing."""
    at: list[Point] = []
    for space in head.of:
        at += [p for p in reversed(around.points) if p.space == space and p not in at][:1]
    return tuple(at) if len(at) == len(head.of) else ()


def slopes_in_slots(e, around: Around) -> Iterator[Mutant]:
    """Mistakes in ∂/∂s of δF/δρ(s): one derivative more, or one less; a defined functional in place of its variation."""
    if isinstance(e, Variation):
        for n in range(len(e.slots)):
            rest = Tuple(*e.slots[:n], *e.slots[n + 1 :])
            make = partial(replaced, e, (1,), rest) if rest else partial(replaced, e, (), e.named)
            yield Mutant("value for rate", f"{short(e)}: no derivative at {e.slots[n]}", make)
    if not isinstance(e, SlotSlope):
        return
    for k, row in enumerate(e.orders):
        for n, order in enumerate(row):
            for change in (1, -1) if order else ():
                orders = [[m + change * ((j, i) == (k, n)) for i, m in enumerate(r)] for j, r in enumerate(e.orders)]
                name = f"{short(e)}: a slope {'more' if change > 0 else 'less'}"
                yield Mutant("order", name, partial(SlotSlope, e.value, orders))


def definitions(e, around: Around) -> Iterator[Mutant]:
    """Mistakes in definitions: another name of the same kind; two of its functions exchanged; another space's mass."""
    if isinstance(e, Named):
        for other in around.definitions:
            if other != e.definition and _signature(other) == _signature(e.definition):
                yield Mutant("wrong function", f"{short(e)}: {other.name}", partial(replaced, e, (0,), other))
        for n, m in combinations(range(len(e.functions)), 2):
            if e.functions[n].spaces == e.functions[m].spaces:
                name = f"{short(e)}: functions {n + 1} and {m + 1} exchanged"
                yield Mutant("swapped arguments", name, partial(exchanged, e, ((2, n), (2, m))))
    if isinstance(e, Mass):
        for space in around.spaces:
            if space != e.space:
                yield Mutant("wrong variable", f"{e} → {space.mass}", lambda space=space: space.mass)


def _signature(d: Definition):
    return d.body.spaces, [(f.params, f.of) for f in d.functions]


FUNCTIONAL = (binders, bodies, points, functionals, slopes_in_slots, definitions)
