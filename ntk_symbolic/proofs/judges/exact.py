"""The judge of instances: both sides computed from the definitions on random instances, in exact arithmetic.

It shares only the tree with `derived`. A difference refutes the step and is reported. Agreement proves it up to the
stated probability, for this family of instances: it proves nothing for other numbers of parameters or outputs.

Polynomials come first. Statements without a value there (a quotient, a second functional derivative, a kink) are tried on
finite measures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import product
from typing import Any

import mpmath
from sympy import Basic, sign
from sympy.core.relational import Relational

from ...calculus.binders import Node
from ...calculus.definitions import Assumption
from ...calculus.functionals import Functional
from ...calculus.scope import check
from ...calculus.spaces import Point, Sample, Space
from ..derivation import Judgement, Label, Step, Verdict
from ..instances.admitted import admit
from ..instances.degree import degree
from ..instances.drawing import SMALL, STRONG, Drawn, Kink, NotInterpretable, Nowhere, OneSided, OutOfReach, Strength
from ..instances.finite import FINITE, FINITE_SMALL, Finite
from ..instances.interpreter import Env, Interpreter
from ..instances.orders import fitting
from ..instances.polynomial import Instance
from ..instances.sizes import sizes
from .assumed import attempts

NAME = "random instances"
SEEDS = (0, 1)
MORE = 12  # further seeds, until each side of a kink occurred
SMALL_SEEDS = 3  # tried before all others
READABLE = 16  # small seeds tried before a counterexample in large numbers is shown


def exact(*assuming: Assumption, several: bool = False) -> Callable[[Step], Judgement | None]:
    """A judge of steps, under these assumptions. It abstains on steps without functionals or binders.

    several   with instances whose degree distinguishes values at several places: a proof then needs no other judge.
    """
    worlds = (
        _World(Instance, replace(STRONG, several=several), SMALL, assuming),
        _World(Finite, replace(FINITE, several=several), FINITE_SMALL, assuming),
    )

    def judge(step: Step) -> Judgement | None:
        if not (step.lhs.has(Node) or step.rhs.has(Node)):
            return None
        check(step.lhs)
        check(step.rhs)
        why: Any = ""
        for world in worlds:
            try:
                admit(step.lhs, step.rhs, assuming=assuming)
                return world.judge(step)
            except NotInterpretable as reason:
                why = reason
            except RecursionError:
                why = "too deeply nested"
        return Judgement(Verdict.UNDECIDED, Label.EXACT, NAME, str(why))

    return judge


class _World:
    """One family of instances, under assumptions."""

    def __init__(self, family: type[Drawn], strong: Strength, small: Strength, assuming: Sequence[Assumption]):
        self.family, self.strong, self.small, self.assuming = family, strong, small, tuple(assuming)
        self.interpreter = cache(self._interpreter)

    def _interpreter(self, spaces, seed, strength, assumed) -> Interpreter:
        return Interpreter(self.family(spaces, seed, strength), assumed)

    def differs(self, step: Step, seed, strength, assumed, make=None):
        """The interpreter, and None or the point where the sides differ with their values."""
        make = make or self.interpreter
        spaces = spaces_of(step, self.assuming)
        now = replace(fitting(strength, step, assumed), sizes=self.combination(step, spaces, strength, seed))
        interpreter = make(spaces, seed, now, assumed)
        interpreter.begin(step.lhs, step.rhs)
        return interpreter, differs(interpreter, step.lhs, step.rhs)

    def combinations(self, step: Step, spaces, strength: Strength) -> list[tuple[int, ...]]:
        sides = [step.lhs, step.rhs, *(a.value for a in self.assuming)]
        return sizes(sides, spaces, strength.sizes, strength.several)

    def combination(self, step: Step, spaces, strength: Strength, seed: int) -> tuple[int, ...]:
        """Sizes of index sets; they depend on the seed."""
        found = self.combinations(step, spaces, strength)
        return found[seed % len(found)]

    def judge(self, step: Step) -> Judgement:
        if found := self.easily_refuted(step):
            return found
        for assumed in attempts(step, self.assuming):
            agreeing = self.agreeing(step, assumed)
            if agreeing:
                return self.agreement(step, assumed, agreeing)
        readable = [(self.small, n) for n in range(SMALL_SEEDS, READABLE)]
        strong = [(s, n) for s in (self.strong, *vanishing(self.strong, step)) for n in range(self.tries(step))]
        found = self.counterexample(step, [*readable, *strong])
        assert found, "an instance that differed before does not differ again"
        return found

    def easily_refuted(self, step: Step) -> Judgement | None:
        """A refutation by small instances, which cost little, refute most false steps, and are readable."""
        try:
            return self.counterexample(step, [(self.small, n) for n in range(SMALL_SEEDS)])
        except NotInterpretable:
            return None

    def agreeing(self, step: Step, assumed) -> list[Drawn]:
        """Instances on which the sides agree and where every side of every kink occurs; [] if one differs."""
        found: list[Drawn] = []
        wanted = set(self.combinations(step, spaces_of(step, self.assuming), self.strong))
        for strength, seed in self.instances(step):
            try:
                interpreter, difference = self.differs(step, seed, strength, assumed)
            except Nowhere:
                continue
            if difference:
                return []
            found.append(interpreter.i)
            if len(found) >= len(SEEDS) and {i.strength.sizes for i in found} >= wanted and not unmet(found):
                return found
        if not found:
            raise NotInterpretable("the sides have no value on any instance tried")
        if trouble := unmet(found):
            raise NotInterpretable(missed(trouble))
        raise NotInterpretable("the sides have no value for as many sizes of index sets as are needed")

    def instances(self, step: Step) -> Iterator[tuple[Strength, int]]:
        """Random instances, then those on which quantities at jumps are 0."""
        n = self.tries(step)
        yield from ((self.strong, seed) for seed in range(n))
        yield from ((strength, seed) for strength in vanishing(self.strong, step) for seed in range(len(SEEDS)))

    def tries(self, step: Step) -> int:
        return MORE + len(self.combinations(step, spaces_of(step, self.assuming), self.strong))

    def agreement(self, step: Step, assumed, found: list[Drawn]) -> Judgement:
        largest = max((i.strength for i in found), key=lambda s: s.sizes)
        bound = _bound(step, assumed, largest, bool(found[0].branches))
        detail = f"both sides agree on {len(found)} random instances{of_all(found)}; {bound}"
        return Judgement(Verdict.PROVED, Label.EXACT, NAME, detail, tuple(a.name for a in assumed))

    def counterexample(self, step: Step, tries) -> Judgement | None:
        """A refutation by the first of these instances, strength and seed, on which the sides differ."""
        for strength, seed in tries:
            try:
                interpreter, found = self.differs(step, seed, strength, self.assuming)
            except Nowhere:
                continue
            if found:  # once more on a new one, so that no numbers drawn for other steps are listed
                interpreter, found = self.differs(step, seed, strength, self.assuming, self._interpreter)
                return refutation(Label.EXACT, NAME, found, interpreter.i, self.assuming)
        return None


def of_all(instances: Sequence[Drawn]) -> str:
    """The measures and every combination of sizes, as text."""
    combinations = dict.fromkeys(i.described_sizes() for i in instances)
    parts = [instances[0].described_measures(), " or ".join(filter(None, combinations))]
    return f" ({', '.join(filter(None, parts))})" if any(parts) else ""


def unmet(instances: Iterable[Drawn]) -> dict[Kink, set]:
    """Kinks with a side that occurs on none of these instances, with the sides that occur."""
    instances, met = list(instances), {}
    for i in instances:
        for kink, outcomes in i.branches.items():
            met.setdefault(kink, set()).update(outcomes)
    return {
        kink: outcomes
        for kink, outcomes in met.items()
        if not kink.wanted <= outcomes and not (kink.wanted - outcomes == {0} and _never_at_0(kink, instances))
    }


def _never_at_0(kink: Kink, instances: list[Drawn]) -> bool:
    """True if the value is never needed where its argument is 0, as that of sign(u) where |u| > 1."""
    at_zero = [i for i in instances if i.strength.zero >= _names(kink.of)]
    return bool(at_zero) and not any(kink in i.branches for i in at_zero)


def missed(trouble: dict[Kink, set]) -> str:
    """The sides of kinks that did not occur, as a reason."""
    kink, outcomes = next(iter(trouble.items()))
    if "kept" in kink.wanted:
        return f"a term of {kink.of[0]} is too small to be seen"
    if kink.wanted - outcomes == {0}:
        return f"the value at the jump of {kink} was not met"
    return f"only one side of {', '.join(map(str, trouble))} was met"


def vanishing(strength: Strength, step: Step) -> list[Strength]:
    """Strengths in which the arguments of jumps are 0: those of one jump, and those of all."""
    inside = [j for side in (step.lhs, step.rhs) for j in side.atoms(sign, Relational)]
    names = [frozenset(_names(j)) for j in inside]
    return [replace(strength, zero=zero) for zero in dict.fromkeys([*names, frozenset().union(*names)]) if zero]


def _names(e) -> set[str]:
    symbols = {s.name for s in e.free_symbols if not isinstance(s, Point)}
    return symbols | {h.name for h in e.atoms(Functional)}


def refutation(label: Label, name: str, found, instance: Drawn, assuming) -> Judgement:
    at, left, right = found
    where = f" at {at}" if at else ""
    values = f"left = {shown(left)}, right = {shown(right)}{where}, difference {shown(left - right)}"
    drawn = "; ".join(filter(None, (str(instance), instance.written())))
    detail = f"{values}, on this instance: {drawn or 'any'}"
    return Judgement(Verdict.REFUTED, label, name, detail, tuple(a.name for a in assuming))


def differs(interpreter: Interpreter, lhs, rhs):
    """Both sides at every index and at random points: None, or the point where they differ with the two values."""
    for at, left, right in values(interpreter, lhs, rhs):
        if left != right:
            return at, left, right
    return None


def values(interpreter: Interpreter, lhs, rhs) -> Iterator[tuple[str, Any, Any]]:
    """The places of the free points, and the values of the sides there."""
    free = sorted((s for s in (lhs.free_symbols | rhs.free_symbols) if isinstance(s, Point)), key=str)
    i = interpreter.i
    for places in product(*(i.places(p) if p.space.is_measure else range(i.size(p.space)) for p in free)):
        at = ", ".join(f"{p} = {_where(i, p, place)}" for p, place in zip(free, places))
        env = Env(dict(zip(free, places)))
        yield at, *_both(interpreter, lhs, rhs, env)


def _both(interpreter: Interpreter, lhs, rhs, env: Env) -> list:
    found, why = [], None
    for side in (lhs, rhs):
        try:
            found.append(interpreter(side, env))
        except OutOfReach:
            raise
        except Nowhere as reason:
            why = reason
    if why:
        raise OneSided(f"only one side has a value: {why}") if found else why
    return found


def _where(i, p: Point, place):
    return shown(i.coordinate(place)) if p.space.is_measure else place + 1


def shown(value):
    """A value as readable text."""
    if isinstance(value, mpmath.mpf):
        return mpmath.nstr(value, 12)
    return value.as_expr() if hasattr(value, "as_expr") else value


def _bound(step: Step, assumed, strength: Strength, kinks: bool) -> str:
    """The bound of Schwartz–Zippel for the numerator of the difference, as text."""
    if kinks:
        return "each side of each kink was met; no bound on the probability of an accident is claimed"
    d = degree(step.lhs, step.rhs, strength, assumed)
    numbers = min(strength.largest, strength.masses, strength.integers)
    return (
        f"degree ≤ {d} in the random numbers, so a false identity of this family passes one with probability "
        f"≤ {d}/{numbers:.1e} = {d / numbers:.0e} (Schwartz–Zippel)"
    )


def spaces_of(step: Step, assuming) -> tuple[Space, ...]:
    return _spaces((step.lhs, step.rhs, *(a.value for a in assuming)))


@lru_cache(maxsize=64)  # called again for every instance of a step
def _spaces(sides: tuple[Basic, ...]) -> tuple[Space, ...]:
    places = {p for e in sides for p in e.atoms(Point, Sample)}
    found = {s for e in sides for s in e.atoms(Space)} | {p.space for p in places}
    found |= {p.index.space for p in places if isinstance(p, Sample)}
    return tuple(sorted(found, key=lambda s: s.key))
