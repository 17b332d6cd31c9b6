"""A judge of identities between elementary functions: the normal form proves, a rational point refutes."""

from __future__ import annotations

from sympy import Expr, Rational, Symbol

from .derivation import Judgement, Label, Step, Verdict
from .elementary import vanishes

# Points with a, b > 0 and ab > c²; two of three lie on either side of c = 0.
POINTS = (
    {"a": Rational(3, 2), "b": Rational(5, 4), "c": Rational(1, 3)},
    {"a": Rational(7, 10), "b": Rational(2), "c": Rational(-3, 5)},
    {"a": Rational(1, 2), "b": Rational(1, 3), "c": Rational(1, 5)},
)
DIGITS = 30


def elementary(step: Step) -> Judgement:
    """lhs = rhs, where both are elementary in a, b, c once derivatives and substitutions are carried out."""
    difference = step.lhs.doit() - step.rhs.doit()
    if vanishes(difference):
        return Judgement(Verdict.PROVED, Label.DERIVED, "elementary", "the normal form of the difference is 0")
    return refuted_at_a_point(difference) or Judgement(
        Verdict.UNDECIDED,
        Label.DERIVED,
        "elementary",
        "the normal form leaves a difference that vanishes at every point tried",
    )


def refuted_at_a_point(difference: Expr) -> Judgement | None:
    """A refutation with its instance, if the difference is not 0 at one of the points."""
    for point in POINTS:
        at = {x: point.get(x.name, Rational(2, 3)) for x in difference.free_symbols if isinstance(x, Symbol)}
        value = difference.subs(at).evalf(DIGITS)
        if abs(value) > 10 ** (10 - DIGITS):
            where = "at " + ", ".join(f"{x} = {q}" for x, q in sorted(at.items(), key=str)) if at else "everywhere"
            detail = f"{where} the two sides differ by {value.evalf(6)}"
            return Judgement(Verdict.REFUTED, Label.DERIVED, "elementary", detail)
    return None
