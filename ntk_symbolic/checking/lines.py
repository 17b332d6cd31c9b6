"""The text of `ntk-symbolic check`: one line for a proved derivation, the places and reasons of failures for others."""

from __future__ import annotations

from collections.abc import Iterator

from ..calculus.display import text as written
from ..errors import IllFormed
from ..proofs.derivation import Derivation, Step, Verdict
from ..proofs.printing import lacking, verdict_of, word
from ..proofs.signs import ascii_only, unicode_prose
from ..visible import visible
from .checked import Checked


def checked_text(name: str, text: str, checked: list[Checked], unicode: bool = True) -> str:
    """The verdicts on the derivations of a file, each with FILE:LINE; a failed step with all details."""
    source = text.split("\n")
    said = "".join(visible(line) + "\n" for c in checked if not c.unread for line in _lines(name, c, source))
    return said if unicode else ascii_only(said)


def unread_text(name: str, checked: list[Checked]) -> str:
    """The parts that are not in the notation, one line each."""
    return "".join(visible(f"Error: {name}:{_place(c)}: {c.trouble}") + "\n" for c in checked if c.unread)


def _place(c: Checked) -> int:
    return getattr(c.trouble, "line", None) or c.line


def _lines(path: str, c: Checked, source: list[str]) -> Iterator[str]:
    if c.derivation is None:
        line = _place(c)
        yield f"{path}:{line}: {'ill-formed' if isinstance(c.trouble, IllFormed) else 'failed'}: {c.trouble}"
        yield _shown(line, source)
        return
    yield f"{path}:{c.line}: {unicode_prose(c.derivation.title)}: {_verdict(c.derivation)}"
    if not c.derivation.steps:
        yield "    there is no step in it; the line after a left side is `yield rhs, rule`"
    for step in c.failed:
        yield from _failure(path, step, c.derivation, source)
    yield from _rests_on(c.derivation)


def _verdict(d: Derivation) -> str:
    steps = f"{len(d.steps)} step{'s' * (len(d.steps) != 1)}"
    label = f" [{d.label}]" if d.label else ""
    unproved = ", which is no proof" if d.verdict is Verdict.AGREES else ""
    return f"{verdict_of(d)}{label}{unproved}, {steps}"


def _failure(path: str, step: Step, d: Derivation, source: list[str]) -> Iterator[str]:
    where = f"{path}:{step.line}: " if step.line else ""
    n = d.steps.index(step)
    yield f"{where}step {n + 1}, “{unicode_prose(step.rule)}”: {verdict_of(step)}"
    if step.line:
        yield _shown(step.line, source)
    if _follows_a_failure(d, n):
        yield "    it starts from the line above, which failed: correct that one first"
        return
    yield f"    left:  {written(step.lhs)}"
    yield f"    right: {written(step.rhs)}"
    yield from (f"    {unicode_prose(said)}" for said in (lacking(step), *map(word, step.judgements)) if said)
    if not step.judgements:
        yield "    every judge abstains on this step"


def _follows_a_failure(d: Derivation, n: int) -> bool:
    before = d.steps[n - 1] if n else None
    return before is not None and before.rhs is d.steps[n].lhs and before.verdict is Verdict.REFUTED


def _shown(line: int, source: list[str]) -> str:
    return f"{line:5} | {source[line - 1].strip()}"


def _rests_on(d: Derivation) -> Iterator[str]:
    for part in (*d.uses, *d.counterexamples):
        if part.verdict is not Verdict.PROVED:
            yield f"    it rests on {unicode_prose(part.title)}, which is {verdict_of(part)}"
