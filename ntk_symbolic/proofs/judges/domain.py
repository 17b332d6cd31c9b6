"""The domain of a step: a line is claimed where its sides exist and its facts hold. With a − 1 = 0 as a fact,
(a − 1)/(1 − a) exists nowhere, and would be −1 and 0. So there is no verdict on a step with a divisor that a formal judge
proves to be 0.

A step that uses facts has divisors that are visibly not 0 (and visibly positive arguments of roots and logarithms), or
divisors without a name in common with the facts; or there are numbers at which the facts hold and both sides have a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from itertools import combinations_with_replacement
from typing import Any

from sympy import (
    Add,
    Expr,
    Function,
    Piecewise,
    Pow,
    Rational,
    S,
    Subs,
    Symbol,
    expand,
)
from sympy.core.function import AppliedUndef

from ...calculus.binders import Node, Over
from ...calculus.definitions import Assumption, Named
from ...calculus.functionals import Applied, Delta, Functional
from ...calculus.spaces import Mass, Point, Space
from ...elementary.queries import everywhere, for_positive
from ..derivation import Judgement, Step, Verdict
from ..facts import ZERO, Fact, nonnegative, visibly_positive
from ..instances.orders import as_numbers
from .bends import bent_at_a_point
from .convergence import explicit
from .derived import derived
from .elementary import scalar
from .integrands import integrands
from .somewhere import have_values, set_free

Judge = Callable[[Step], Judgement | None]
EVERYWHERE = (*everywhere(), AppliedUndef)
TRIES = 6  # points tried


def where_both_sides_have_a_value(judge: Judge, assuming: tuple[Assumption, ...] = ()) -> Judge:
    """The judge, without a verdict on a step whose sides exist nowhere, and without its support where they may exist nowhere
    that the facts hold."""

    def careful(step: Step) -> Judgement | None:
        said = judge(step)
        if said is None or said.verdict is Verdict.UNDECIDED:
            return said
        trouble = divided_by_0(step.parts, assuming)
        if not trouble and said.verdict.supports:
            trouble = (
                contradictory(step.parts) or without_a_value(step.parts, assuming) or nowhere(step.parts, assuming)
            )
        return replace(said, verdict=Verdict.UNDECIDED, detail=trouble, digits=None) if trouble else said

    return careful


@lru_cache(maxsize=128)  # every judge of a step calls this
def divided_by_0(sides: tuple[Expr, ...], assuming: tuple[Assumption, ...] = ()) -> str | None:
    """The reason why the sides have no value anywhere, or None."""
    known = {a.head: a for a in assuming}
    for e in _all_risks(sides):
        inside = explicit(e.args[0], known)
        if inside == 0 or expand(inside) == 0 or (_needs_other_than_0(e) and vanishes(e.args[0], assuming)):
            return f"{e} has no value: its divisor, or the argument of its logarithm, is 0"
    return None


@lru_cache(maxsize=128)
def contradictory(sides: tuple[Expr, ...]) -> str | None:
    """The reason why facts in these sides are visibly false, alone or two together, so that anything would follow; or None."""
    facts = _facts(sides)
    solved: dict[Symbol, Expr] = {}
    for n, body in facts.items():
        if n.definition.sign == ZERO:
            left = expand(body.xreplace(solved))
            if left.is_nonzero or visibly_positive(left) or visibly_positive(-left):
                return _CONTRADICTORY.format(n.definition.name)
            _solve(left, solved)
    least = {n: expand(body.xreplace(solved)) for n, body in facts.items() if n.definition.sign != ZERO}
    for one, other in combinations_with_replacement(least, 2):
        total = least[one] + least[other]
        if total.is_negative or visibly_positive(-total):
            return _CONTRADICTORY.format(" and ".join(dict.fromkeys((one.definition.name, other.definition.name))))
    return None


_CONTRADICTORY = "{} cannot hold: anything would follow, so nothing is proved by it"


@lru_cache(maxsize=128)
def without_a_value(sides: tuple[Expr, ...], assuming: tuple[Assumption, ...] = ()) -> str | None:
    """The reason why the sides may have no value wherever the facts hold, or None."""
    risks, facts = _all_risks(sides), _facts(sides)
    written = {e: explicit(e, {}) for e in risks}
    used = set().union(*(e.atoms(Functional) for e in written.values()))
    about = set().union(*(_names(body) for body in facts.values() if not _tells_another(body, used)))
    concerned = [e for e in risks if _names(written[e]) & about]
    if not concerned or _witness([written[e] for e in concerned], facts):
        return None
    names = ", ".join(sorted({fact.definition.name for fact in facts}))
    return f"{concerned[0]} may have no value wherever {names} holds: declare its divisor positive"


@lru_cache(maxsize=128)
def nowhere(sides: tuple[Expr, ...], assuming: tuple[Assumption, ...] = ()) -> str | None:
    """The reason why the sides may have no value anywhere: no instance with values of all quotients, roots and logarithms."""
    risks = _all_risks(sides)
    if not risks or have_values(risks, assuming):
        return None
    ending = "has a value" if len(risks) == 1 else "all have values"
    return f"no instance was found on which {', '.join(map(str, risks))} {ending}"


def _facts(sides: tuple[Expr, ...]) -> dict[Named, Expr]:
    """The facts in these sides, written out."""
    return {n: explicit(n, {}) for side in sides for n in side.atoms(Named) if isinstance(n.definition, Fact)}


def _needs_other_than_0(e: Expr) -> bool:
    return not isinstance(e, Pow) or not e.exp.is_nonnegative


def vanishes(e: Expr, assuming: tuple[Assumption, ...] = ()) -> bool:
    """True if a formal judge proves it 0. For such a Z, Z/Z is 1 and 0, and a chain would lead from any number to any other."""
    step = Step(e.xreplace(set_free(e)), S.Zero, "")
    if not e.has(Node):
        return (said := scalar(step)) is not None and said.verdict is Verdict.PROVED
    judges = derived(*assuming), partial(integrands, assuming=assuming)
    return any((said := judge(step)) is not None and said.verdict is Verdict.PROVED for judge in judges)


@lru_cache(maxsize=128)
def _all_risks(sides: tuple[Expr, ...]) -> tuple[Expr, ...]:
    return tuple(dict.fromkeys(e for side in sides for e in _risks(side)))


def _risks(e: Any) -> Iterator[Expr]:
    """Quotients, roots, functions and derivatives at a point in it that do not visibly have a value everywhere, before any
    cancellation."""
    if isinstance(e, Named):
        yield from _risks(e.shown())
        return
    if isinstance(e, Piecewise):  # a case needs a value only where it holds
        if any(True for a in e.args for _ in _risks(a)):
            yield e
        return
    if isinstance(e, Pow) and not _has_a_value(e.base, e.exp):
        yield e
    if isinstance(e, Subs) and bent_at_a_point(e):
        yield e
    if isinstance(e, Function) and not isinstance(e, EVERYWHERE) and not _of_positive(e):
        yield e
    for a in () if isinstance(e, Space) else e.args:
        yield from _risks(a)


def _of_positive(e: Function) -> bool:
    return isinstance(e, for_positive()) and all(map(visibly_positive, e.args))


def _has_a_value(base: Expr, n: Expr) -> bool:
    if n.is_integer and n.is_nonnegative:
        return True
    if n.is_integer:
        return bool(visibly_positive(base) or base.is_nonzero)
    return bool(visibly_positive(base) or (n.is_nonnegative and nonnegative(base)))


def _tells_another(body: Expr, used: set[Functional]) -> bool:
    """True if it is the value of an unused functional minus its definition, as θ̇ + ∂c/∂θ; this restricts nothing."""
    terms = Add.make_args(expand(body))
    for n, term in enumerate(terms):
        _, value = term.as_coeff_Mul()
        others = set().union(*(other.atoms(Functional) for other in (*terms[:n], *terms[n + 1 :])))
        if isinstance(value, Applied) and not value.head.of and value.head not in used | others:
            return True
    return False


def _names(e: Any) -> set[str]:
    """The names of symbols, functionals and points of intervals, and of spaces whose masses occur."""
    symbols = {s.name for s in as_numbers(e) if not isinstance(s, Point)}  # not the time of moving functions
    coordinates = {p.space.name for p in e.atoms(Point) if p.space.interval}
    idle = {v.space for o in e.atoms(Over) for v in o.vars if v not in o.body.free_symbols or o.has(Delta)}
    masses = {f"mass of {space.name}" for space in idle | {m.space for m in e.atoms(Mass)}}
    functions = {h.name for h in e.atoms(Functional)} | {f.func.__name__ for f in e.atoms(AppliedUndef)}
    return symbols | coordinates | functions or masses  # beside other names, masses may well be positive


def _witness(written: list[Expr], facts: dict[Named, Expr]) -> bool:
    """True if there are numbers at which every fact holds and all written expressions have a value."""
    if any(e.has(Node, Mass, AppliedUndef) or e.atoms(Point) for e in written):
        return False
    solved: dict[Symbol, Expr] = {}
    for fact, body in facts.items():
        if fact.definition.sign == ZERO and not _solve(expand(body.xreplace(solved)), solved):
            return False
    free = sorted(set().union(*(e.free_symbols for e in written)) - solved.keys(), key=str)
    for n in range(TRIES):
        at: dict[Any, Any] = {s: _value(s, n + k) for k, s in enumerate(free)}
        at |= {s: e.xreplace(at) for s, e in solved.items()}
        if all(map(_allowed, at, at.values())) and all(_is_number(e.xreplace(at)) for e in written):
            holds = [b.xreplace(at) for f, b in facts.items() if f.definition.sign != ZERO]
            if all(value.is_nonnegative for value in holds):
                return True
    return False


def _solve(equation: Expr, solved: dict[Symbol, Expr]) -> bool:
    """True if the equation, linear in one symbol with a constant slope, was solved for it."""
    if equation == 0:
        return True
    for s in sorted(equation.free_symbols, key=str):
        slope = equation.coeff(s)
        rest = expand(equation - slope * s)
        if slope.is_Rational and not rest.has(s):
            value = expand(-rest / slope)
            solved.update({other: expand(e.xreplace({s: value})) for other, e in solved.items()})
            solved[s] = value  # type: ignore[index]
            return True
    return False


def _value(s: Symbol, n: int) -> Expr:
    q = Rational(5 + 3 * n, 7 + 2 * n)
    return Rational(n + 2) if s.is_integer else -q if s.is_negative or (n % 2 and s.is_positive is None) else q


def _allowed(s: Symbol, value: Expr) -> bool:
    """True if this number satisfies all assumptions on the symbol."""
    told = {fact: holds for fact, holds in s.assumptions0.items() if holds is not None}
    return all(getattr(value, f"is_{fact}", None) is holds for fact, holds in told.items())


def _is_number(e: Expr) -> bool:
    value = e.evalf(20)
    return bool(value.is_real and value.is_finite)
