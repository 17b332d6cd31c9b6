"""Conditions that steps state: the t > 0 of `by convexity, t > 0`.

They hold for the whole derivation, because a name has one meaning in it: a number that a step assumes positive
is declared positive, and a hypothesis states it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .tokens import SPELLINGS, Source

_RULE = re.compile(r"(?:=|<=|>=|≤|≥).*?\bby\b(?P<rule>[^:]*)", re.DOTALL)
_CONDITION = re.compile(r"(?:(?:for|as|since|where|and)\s+)?(?P<name>[^\W\d_][^\W_]*)\s*(?P<relation>>=|≥|>)\s*0")


@dataclass(frozen=True)
class Condition:
    """name > 0 if it is strict, otherwise name ≥ 0, and the line that states it."""

    name: str
    strict: bool
    line: int


def conditions(statements: Iterable[Source]) -> dict[str, Condition]:
    """The conditions of all steps, by their names; the strict one if a name has two.

    Each is alone between the commas after `by`, before a colon. All other words there are no conditions.

    >>> conditions([Source("  <= 0  with gap 2 t E  by convexity, t > 0", 7)])
    {'t': Condition(name='t', strict=True, line=7)}
    """
    found: dict[str, Condition] = {}
    for statement in statements:
        rule = _RULE.match(statement.text.strip())
        for part in rule["rule"].split(",") if rule else ():
            if m := _CONDITION.fullmatch(part.strip()):
                name = SPELLINGS.get(m["name"], m["name"])
                if name not in found or (m["relation"] == ">" and not found[name].strict):
                    found[name] = Condition(name, m["relation"] == ">", statement.line)
    return found
