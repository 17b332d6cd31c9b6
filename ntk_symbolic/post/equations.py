"""The equations of the source post: as printed, as corrected, and each slip alone, with the verdicts of the judges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ..errors import IllFormed
from ..notation.derivations import read
from ..notation.markdown import fenced
from ..notation.tokens import Source
from ..proofs.derivation import Derivation

ILL_FORMED = "ill-formed"


@dataclass(frozen=True)
class Statement:
    """One block: its text and its judged derivation, or the reason why it has no meaning."""

    kind: str  # "printed", "corrected", or the slip it shows alone: "F1"
    text: str
    line: int  # of equations.md
    derivation: Derivation | None = None
    message: str = ""

    @property
    def verdict(self) -> str:
        """proved, refuted, undecided, or ill-formed."""
        return str(self.derivation.verdict) if self.derivation else ILL_FORMED


@dataclass(frozen=True)
class Equation:
    """One equation of the post. `remark` is prose."""

    number: str
    title: str
    remark: str
    statements: tuple[Statement, ...]

    def __getitem__(self, kind: str) -> Statement:
        """The statement of a kind. Raises KeyError for a missing kind: P9 and P10 are prose in the post."""
        return {s.kind: s for s in self.statements}[kind]

    def __contains__(self, kind: str) -> bool:
        return any(s.kind == kind for s in self.statements)


@cache
def equations() -> dict[str, Equation]:
    """The equations P1 to P11, with every line judged.

    >>> p7 = equations()["P7"]
    >>> p7["printed"].verdict, p7["corrected"].verdict
    ('ill-formed', 'proved')
    """
    text = files("ntk_symbolic.post").joinpath("equations.md").read_text(encoding="utf-8")
    setting = next(source for info, source in fenced(text) if info == ["setting"])
    headings = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.startswith("## ")]
    found = {}
    for (start, heading), end in zip(headings, [*(n for n, _ in headings[1:]), len(text)]):
        number, _, title = heading.removeprefix("## ").partition(" ")
        inside = [(info[1], s) for info, s in fenced(text) if info[0] == "derivation" and start < s.line < end]
        statements = tuple(_statement(kind, source, setting) for kind, source in inside)
        found[number] = Equation(number, title, _prose(text.split("\n")[start : end - 1]), statements)
    return found


def _statement(kind: str, source: Source, setting: Source) -> Statement:
    try:
        return Statement(kind, source.text, source.line, read(source, setting).judged())
    except IllFormed as trouble:
        return Statement(kind, source.text, source.line, message=str(trouble))


def _prose(lines: list[str]) -> str:
    """The text before the first block."""
    return " ".join(re.split(r"^```", "\n".join(lines), maxsplit=1, flags=re.MULTILINE)[0].split())
