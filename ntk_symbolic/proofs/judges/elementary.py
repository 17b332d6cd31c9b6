"""Judges of identities between elementary functions: a normal form proves, a point refutes."""

from __future__ import annotations

from sympy import Expr, Integral, Limit, Pow, Rational, S, Sum, Symbol, expand_log, expand_power_base, expand_power_exp

from ...calculus.binders import Node
from ..derivation import Judgement, Label, Step, Verdict
from ..instances.admitted import refuse_noncommutative
from ..instances.drawing import NotInterpretable
from ..instances.finite import FINITE_SMALL
from .exact import refutation
from .normal_form import admissible, by_assumptions, in_small_domain, vanishes
from .numeric import NUMBERS, compare

# Points with a, b > 0 and ab > c²; two of three lie on either side of c = 0.
POINTS = (
    {"a": Rational(3, 2), "b": Rational(5, 4), "c": Rational(1, 3)},
    {"a": Rational(7, 10), "b": Rational(2), "c": Rational(-3, 5)},
    {"a": Rational(1, 2), "b": Rational(1, 3), "c": Rational(1, 5)},
)
DIGITS = 30


def elementary(step: Step, scale: Expr = S.One) -> Judgement:
    """lhs = rhs, where both are elementary in a, b, c after derivatives and substitutions are carried out.

    scale   of the points at which signs are read and differences are sought
    """
    difference = step.lhs.doit() - step.rhs.doit()
    if vanishes(difference, in_small_domain(scale)):
        return Judgement(Verdict.PROVED, Label.DERIVED, "elementary", "the normal form of the difference is 0")
    return refuted_at_a_point(difference, scale) or Judgement(
        Verdict.UNDECIDED,
        Label.DERIVED,
        "elementary",
        "the normal form leaves a difference that vanishes at every point tried",
    )


def refuted_at_a_point(difference: Expr, scale: Expr = S.One) -> Judgement | None:
    """A refutation with its instance, if the difference is nonzero at one of the points."""
    for point in scaled_points(scale):
        at = {x: point.get(x.name, admissible(x)) for x in difference.free_symbols if isinstance(x, Symbol)}
        value = difference.subs(at).evalf(DIGITS)
        if abs(value) > 10 ** (10 - DIGITS):
            where = "at " + ", ".join(f"{x} = {q}" for x, q in sorted(at.items(), key=str)) if at else "everywhere"
            detail = f"{where} the two sides differ by {value.evalf(6)}"
            return Judgement(Verdict.REFUTED, Label.DERIVED, "elementary", detail)
    return None


def scaled_points(scale: Expr) -> list[dict[str, Expr]]:
    return [{name: scale * x for name, x in point.items()} for point in POINTS]


NAME = "normal form"
LARGEST = 1500  # operations in a difference
STEEPEST = 24  # power of an expression that is no symbol
SEEDS = 5


def scalar(step: Step) -> Judgement | None:
    """lhs = rhs between elementary functions of any symbols, with the signs of their SymPy assumptions.

    It abstains on functionals and binders, and on SymPy's integrals, sums and limits, which are compared numerically.
    """
    sides = step.lhs, step.rhs
    if any(side.has(Node, Integral, Sum, Limit) for side in sides):
        return None
    try:
        refuse_noncommutative(*step.lhs.free_symbols, *step.rhs.free_symbols)
        difference = spread((step.lhs - step.rhs).doit())  # derivatives and substitutions
        if readable(difference) and vanishes(difference, by_assumptions):
            return Judgement(Verdict.PROVED, Label.DERIVED, NAME, "the normal form of the difference is 0")
        return _refuted(step) or _undecided("the normal form leaves a difference, yet no point refutes")
    except NotInterpretable as why:
        return _undecided(str(why))
    except RecursionError:
        return _undecided("too deeply nested")


def spread(e: Expr) -> Expr:
    """The expression with logarithms and powers expanded, over products and sums of exponents, where the signs allow."""
    return expand_power_base(expand_power_exp(expand_log(e)))


def _undecided(why: str) -> Judgement:
    return Judgement(Verdict.UNDECIDED, Label.DERIVED, NAME, why)


def readable(e: Expr) -> bool:
    """True if it is small enough to be expanded."""
    steep = any(p.exp.is_Integer and abs(p.exp) > STEEPEST and not p.base.is_Symbol for p in e.atoms(Pow))
    return not steep and e.count_ops() <= LARGEST


def _refuted(step: Step) -> Judgement | None:
    """A refutation at a point of small numbers, if the sides differ there."""
    why, valued = None, False
    for strength, seed, pattern in [
        (s, n, p) for s in (FINITE_SMALL, NUMBERS) for p in (None, 0) for n in range(SEEDS)
    ]:
        try:
            found = compare(step, seed, strength, pattern, ())
        except NotInterpretable as reason:
            why = reason
            continue
        if found.difference:
            return refutation(Label.DERIVED, NAME, found.difference, found.instance, ())
        valued = True
    if why and not valued:
        raise why
    return None
