"""The judge of integrands: ∫∫Σ a = ∫∫Σ b because a = b as elementary functions of the values that functionals take.

For terms that are atoms of the canonical form, e^f/(1 + e^f) and 1/(1 + e^−f), this judge puts a real symbol in the place
of every value of a functional and computes the normal form of the result. Its verdict is proved or undecided, never
refuted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations, product
from math import factorial, prod

from sympy import Derivative, Dummy, Expr, Function, Mul, Pow, Subs

from ...calculus.binders import Node, Over
from ...calculus.definitions import Assumption, Definition
from ...calculus.functionals import Partial
from ...calculus.normal import Expansion, Undecidable
from ...calculus.rules import CASES, FUBINI, LINEARITY
from ...calculus.scope import check
from ...calculus.spaces import Point
from ..derivation import Judgement, Label, Step, Verdict
from ..mutation.sameness import shape
from .assumed import attempts
from .kinks import JUMPS, KINKED, vanishes_between_kinks

NAME = "integrands"
MAX_ORDERS = 24  # in which the variables of one side are matched with those of the other


def integrands(step: Step, assuming: Sequence[Assumption] = ()) -> Judgement | None:
    """A judge of steps, under these assumptions. It abstains where all is polynomial, and on sums of integrals, which the
    canonical form decides."""
    if not (step.lhs.has(Node) or step.rhs.has(Node)) or not (_elementary(step.lhs) or _elementary(step.rhs)):
        return None
    check(step.lhs)
    check(step.rhs)
    said = None
    for assumed in attempts(step, assuming):
        said = _judged(step, assumed)
        if said is not None and said.verdict is Verdict.PROVED:
            break
    return said


def _judged(step: Step, assumed: Sequence[Assumption]) -> Judgement | None:
    used = {CASES} if any(_edges_matter(e) for e in (step.lhs, step.rhs)) else set()
    try:
        left, right = (_prenex(_evaluated(e, assumed, used)) for e in (step.lhs, step.rhs))
    except Undecidable as why:
        return Judgement(Verdict.UNDECIDED, Label.DERIVED, NAME, str(why))
    for matched, fubini in _matchings(left[0], right[0]):
        if vanishes_between_kinks(_scalar(left[1] - right[1].xreplace(matched), {})):
            rules = used | {FUBINI} if fubini else used
            detail = "both sides integrate one elementary function"
            return Judgement(Verdict.PROVED, Label.DERIVED, NAME, detail, tuple(sorted(rules | {LINEARITY})))
    if not (left[0] and right[0]):
        return None
    return Judgement(Verdict.UNDECIDED, Label.DERIVED, NAME, "no common normal form of the integrands")


def _elementary(e: Expr) -> bool:
    return e.has(Function, *KINKED) or any(not (p.exp.is_Integer and p.exp > 0) for p in e.atoms(Pow))


def _edges_matter(e: Expr) -> bool:
    """True if it is differentiated across a kink, or if it jumps."""
    return e.has(*JUMPS) or any(d.has(*KINKED) for d in e.atoms(Derivative, Partial))


def _evaluated(e: Expr, assumed: Sequence[Assumption], used: set[str]) -> Expr:
    """The expression after derivatives and substitutions by the rules of calculus and by the assumptions."""
    if not e.has(Derivative, Partial, Subs):
        return e
    expansion = Expansion(e.atoms(Definition).union(*(a.value.atoms(Definition) for a in assumed)), assumed)
    e = expansion.prepared(e)
    used |= expansion.used
    return e


def _prenex(e: Expr) -> tuple[tuple[Point, ...], Expr]:
    """The expression with binders in front, where linearity permits it: c Σ_i a ∫ b is Σ_i ∫ c a b."""
    if isinstance(e, Over):
        e = e.refreshed()
        variables, body = _prenex(e.body)
        return (*e.vars, *variables), body
    over = [a for a in e.args if isinstance(a, Over)] if isinstance(e, Mul) else []
    if len(over) != 1:
        return (), e
    variables, body = _prenex(over[0])
    return variables, Mul(*(a for a in e.args if a is not over[0]), body)


def _matchings(left, right) -> Iterator[tuple[dict[Point, Point], bool]]:
    """Every renaming of the right variables to the left ones; true if integrals change their order."""
    spaces = [v.space for v in left]
    if sorted(map(str, spaces)) != sorted(str(v.space) for v in right):
        return
    groups = [[v for v in left if v.space == s] for s in dict.fromkeys(spaces)]
    others = [[v for v in right if v.space == s] for s in dict.fromkeys(spaces)]
    if any(len(a) != len(b) for a, b in zip(groups, others)) or prod(factorial(len(g)) for g in groups) > MAX_ORDERS:
        return
    for orders in product(*map(permutations, groups)):
        matched = {b: a for order, other in zip(orders, others) for a, b in zip(order, other)}
        integrals = [matched[v] for v in right if v.space.is_measure]
        yield matched, integrals != [v for v in left if v.space.is_measure]


def _scalar(e, names: dict) -> Expr:
    """The expression with a real symbol for each value of a functional; names of bound variables do not matter."""
    if isinstance(e, (Node, Point)):
        return names.setdefault(shape(e), Dummy(f"v{len(names)}", real=True))
    return e.func(*(_scalar(a, names) for a in e.args)) if e.args else e
