"""The rules of the calculus, by the names that judges report and hypotheses grant."""

from __future__ import annotations

import re

LINEARITY = "linearity of ∫ and of finite Σ"
KRONECKER = "Σ_i δ_ij g_i = g_j"
CONSTANT = "the integral of a constant is the mass times it"
ELEMENTARY = "antiderivatives of elementary functions"
FUBINI = "Fubini"
UNDER = "differentiation under the integral"
SYMMETRY = "symmetry of second derivatives"
FUNDAMENTAL = "the fundamental theorem of calculus"
CASES = "what has cases is differentiable where they meet"
DIFFERENTIABLE = "differentiability of {}"
DEFINITION = "definition of {}"
AT_LEAST = "{} ≥ {}"  # θ_2 exists if there are two indices

FREE = {LINEARITY, KRONECKER, CONSTANT, ELEMENTARY}
"""Rules that hold wherever the statement has a meaning. All others need a hypothesis that grants them."""

GRANTED = (FUBINI, UNDER, SYMMETRY, FUNDAMENTAL, CASES)
"""Rules with fixed names that hypotheses grant; DIFFERENTIABLE is another, for every functional."""

_NAMES = {rule.casefold() for rule in (*FREE, *GRANTED)}
_BEGINNINGS = ("differentiability of", "definition of", "linearity of")
_SIZE = re.compile(r"\S+ (≥|>=) \d+")


def needs_no_grant(rule: str) -> bool:
    """True for a rule that holds without a hypothesis.

    >>> needs_no_grant("definition of K"), needs_no_grant(FUBINI)
    (True, False)
    """
    return rule in FREE or rule.startswith(DEFINITION.format(""))


def is_rule(name: str) -> bool:
    """True if it names a rule, in any case and spacing.

    >>> is_rule("fubini"), is_rule("Differentiability  of C"), is_rule("P ≥ 2"), is_rule("gradient flow")
    (True, True, True, False)
    """
    rule = " ".join(name.split()).casefold()
    return rule in _NAMES or rule.startswith(_BEGINNINGS) or _SIZE.fullmatch(rule) is not None
