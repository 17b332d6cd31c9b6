r"""Derivations in which every step is judged. A theorem is a generator of lines:

>>> from sympy import Symbol
>>> from ntk_symbolic.calculus import Functional, Lam, Over, Space
>>> from ntk_symbolic.proofs import at_least, theorem
>>> X = Space("X", "measure")
>>> x, y = X.point("x"), X.point("y")
>>> g = Functional("g", [X])
>>> @theorem(source="school")
... def a_square():
...     "The integral of a product of two equal functions is at least 0"
...     yield Over(g(x) * g(x), x)
...     yield Over(g(y) ** 2, y), "a new name for the variable"
...     yield at_least(0), "a square"
>>> a_square().verdict, a_square().label
(<Verdict.PROVED: 'proved'>, <Label.DERIVED: 'derived'>)
"""

from .derivation import Claim, Derivation, Hypothesis, Judgement, Label, Relation, Step, Verdict
from .facts import NONNEGATIVE, ZERO, Fact
from .judges.panel import panel
from .theorem import Theorem, at_least, at_most, equals, theorem

__all__ = [
    "NONNEGATIVE",
    "ZERO",
    "Claim",
    "Derivation",
    "Fact",
    "Hypothesis",
    "Judgement",
    "Label",
    "Relation",
    "Step",
    "Theorem",
    "Verdict",
    "at_least",
    "at_most",
    "equals",
    "panel",
    "theorem",
]
