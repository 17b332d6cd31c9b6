"""Verdicts on a statement, labels of the checks behind them, and the relations that a step may state."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """A judge's word on a statement. A refutation comes with an instance; agreement in numbers is no proof.

    No judge says `contradicted`: it is the verdict on a step that one judge proved and another refuted. One of the two is
    wrong, so nothing in this program is to be trusted with that step.
    """

    PROVED = "proved"
    AGREES = "agrees"  # both sides have the same digits, so many as were compared
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    CONTRADICTED = "judges contradict each other"

    @property
    def supports(self) -> bool:
        """Does it speak for the statement, by a proof or by digits?"""
        return self in (Verdict.PROVED, Verdict.AGREES)


DEFECT = (
    "one judge proved the line and another refuted it: this is a defect of the program, not of the line. "
    "Please report it with the derivation"
)


class Label(StrEnum):
    """What checked a statement, strongest first."""

    DERIVED = "derived"  # abstract objects, equal canonical forms
    EXACT = "exact"  # both sides computed from the definitions on dense random rational instances
    NUMERIC = "numeric"  # equal to the stated number of digits
    STATISTICAL = "statistical"  # agrees in a test of stated false-alarm rate


class Relation(StrEnum):
    """Between the sides of a step."""

    EQUAL = "="
    AT_MOST = "≤"
    AT_LEAST = "≥"
