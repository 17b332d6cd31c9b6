"""Verdicts on a statement, labels of the checks behind them, and the relations that a step may state."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """A judge's verdict on a statement. A refutation comes with an instance; agreement in numbers is no proof.

    No judge returns `contradicted`: it is the verdict on a step that one judge proved and another refuted. One of the two is
    wrong, so no verdict of this program on that step is reliable.
    """

    PROVED = "proved"
    AGREES = "agrees"  # all compared digits of both sides are equal
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    CONTRADICTED = "judges contradict each other"

    @property
    def supports(self) -> bool:
        """True if it supports the statement, by a proof or by digits."""
        return self in (Verdict.PROVED, Verdict.AGREES)


DEFECT = (
    "one judge proved the line and another refuted it: this is a defect of the program, not of the line. "
    "Please report it with the derivation"
)


class Label(StrEnum):
    """The kind of check behind a verdict, strongest first."""

    DERIVED = "derived"  # abstract objects, equal canonical forms
    EXACT = "exact"  # both sides computed from the definitions on dense random rational instances
    NUMERIC = "numeric"  # equal to the stated number of digits
    STATISTICAL = "statistical"  # agrees in a test of stated false-alarm rate


class Relation(StrEnum):
    """The relation between the sides of a step."""

    EQUAL = "="
    AT_MOST = "≤"
    AT_LEAST = "≥"
