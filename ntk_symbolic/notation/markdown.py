"""Fenced blocks of Markdown, and the statements in them. Nothing here is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import NotationError
from .latex import STEP
from .tokens import Source, located

MAX_FILE = 200_000  # characters
MAX_BLOCKS = 40
MAX_STATEMENTS = 200  # of one block

_FENCE = re.compile(r"(?P<indent> {0,3})(?P<fence>`{3,}|~{3,})\s*(?P<info>[^`\n]*)$")
_GOES_ON = re.compile(rf"\s*{STEP}")  # a step, with any indentation


def blocks(text: str, kind: str = "derivation") -> list[Source]:
    """The bodies of the fenced blocks of this kind, each with the line on which it begins.

    Raises NotationError for a text or a number of blocks beyond the limits, and for a fence that is not closed.

    >>> blocks("A proof:\\n```derivation\\ntime t\\n```\\n")
    [Source(text='time t', line=3)]
    """
    closed, unclosed = closed_blocks(text, kind)
    if unclosed:
        raise unclosed
    return closed


def closed_blocks(text: str, kind: str = "derivation") -> tuple[list[Source], NotationError | None]:
    """The closed blocks, and the error of the last fence if it is not closed."""
    if len(text) > MAX_FILE:
        raise NotationError(f"the file has {len(text)} characters, more than {MAX_FILE}; split it")
    found = [(info, source, fence) for info, source, fence in _fenced(text) if info]
    closed = [source for info, source, fence in found if not fence and info[0] == kind]
    if len(closed) > MAX_BLOCKS:
        raise NotationError(f"{len(closed)} blocks in one file, more than {MAX_BLOCKS}; split it")
    for _, source, fence in found[-1:]:
        if fence:
            said = f"the block that begins here is not closed; end it with {fence}"
            return closed, located(NotationError(said), source.line - 1)  # type: ignore[return-value]
    return closed, None


def misnamed(text: str, kind: str = "derivation") -> Iterator[tuple[int, str]]:
    """Fences that almost name this kind, such as {Derivation}, and their lines."""
    for info, source in fenced(text):
        word = info[0]
        if word != kind and "".join(c for c in word if c.isalpha()).casefold() == kind:
            yield source.line - 1, word


def fenced(text: str) -> Iterator[tuple[list[str], Source]]:
    """All closed fenced blocks with a name: the words after the fence, and the body."""
    return ((info, source) for info, source, fence in _fenced(text) if info and not fence)


def _fenced(text: str) -> Iterator[tuple[list[str], Source, str]]:
    """All fenced blocks, and the fence of one that is not closed."""
    fence, indent, info, body, start = "", "", [], [], 0
    for n, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        m = _FENCE.match(line)
        if not fence and m:
            fence, indent, info, body, start = m["fence"], m["indent"], m["info"].strip("{} ").split(), [], n + 1
        elif fence and m and m["fence"].startswith(fence) and not m["info"].strip():
            yield info, Source("\n".join(body), start), ""
            fence = ""
        elif fence:
            body.append(line.removeprefix(indent))
    if fence:
        yield info, Source("\n".join(body), start), fence


def statements(block: Source) -> list[Source]:
    """The statements of a block: a line with its further indented continuation lines, unless they begin with = or ≤.

    Lines that begin with # are comments. Raises NotationError for a text or a number of statements beyond the limits.
    """
    if len(block.text) > MAX_FILE:
        raise located(NotationError(f"a derivation of more than {MAX_FILE} characters; split it in two"), block.line)
    found: list[_Statement] = []
    for n, line in enumerate(block.text.split("\n"), block.line):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if found and line[0] in " \t" and not _GOES_ON.match(line):
            found[-1].append(n, line)
        else:
            found.append(_Statement(n, [line]))
        if len(found) > MAX_STATEMENTS:
            raise located(NotationError(f"more than {MAX_STATEMENTS} lines in one derivation; split it in two"), n)
    return [Source("\n".join(s.lines), s.first) for s in found]


@dataclass
class _Statement:
    first: int
    lines: list[str]

    def append(self, n: int, line: str) -> None:
        gap = n - self.first - len(self.lines)  # of blank lines and comments
        self.lines += [""] * gap + [line]
