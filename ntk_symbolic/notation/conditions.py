"""Conditions that steps name: the t > 0 of `by convexity, t > 0`.

They hold for the derivation as a whole, because a name means one thing in it: a number that a step takes for positive
is one that was declared so, and a hypothesis says it.
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
    """name > 0 where it is strict, else name ≥ 0, and the line that says so."""

    name: str
    strict: bool
    line: int


def conditions(statements: Iterable[Source]) -> dict[str, Condition]:
    """Those of all steps, by the names they are about; the strict one where a name has two.

    Each stands alone between the commas behind `by`, before a colon. What else is said there is no condition.

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
