"""Writes docs/grades.md: the grades of the libraries that are named, each with an interpreter that has it.

python tools/grades.py ntk_symbolic scikit-ntk=/path/to/python botorch=… neural_tangents=… > docs/grades.md
"""

import sys
from textwrap import fill

from ntk_symbolic.grading.cases import cases, groups
from ntk_symbolic.grading.grade import ABSENT, Grade, grade
from ntk_symbolic.grading.page import LEGEND, digits, head, worst
from ntk_symbolic.grading.peers import peer
from ntk_symbolic.pages.blocks import Block, Document, Section, Table, to_markdown

WIDTH = 124  # of paragraphs in docs/
INTRO = (
    "The kernels of several libraries, compared with values that are proved: each entry of a kernel is enclosed by ball "
    "arithmetic, and the digits are counted to which a returned number is right. `ntk-symbolic grade` makes such a page for "
    "any library or callable, in any interpreter; [conventions](conventions.md) tells which network each of these computes. "
    "This page was written by `tools/grades.py`, which runs that command for each of them."
)
RANDOM = {"generic", "same", "equal", "large"}
NEAR = {"1e-3", "1e-6", "1e-9", "1e-12", "nearly", "parallel", "opposite"}


def overview(found: list[Grade]) -> Table:
    """The least digits of each library, for random and equal rows, for nearly and exactly parallel ones, and for the others."""
    columns = (
        "library",
        "calls",
        "random and equal rows",
        "nearly or exactly parallel",
        "0 and × 1e-6",
        "no number",
    )
    rest = {group.name for group in found[0].groups} - RANDOM - NEAR
    return Table(columns, tuple((_named(one), *_counts(one, RANDOM, NEAR, rest)) for one in found))


def _named(one: Grade) -> str:
    package = one.peer.packages[0]
    return f"{package} {one.run.versions[package]}"


def _counts(one: Grade, *kinds: set[str]) -> tuple[int, ...]:
    cells = [(g.name, c) for row in one.cells for g, c in zip(one.groups, row, strict=True) if c.word != ABSENT]
    least = (min(c.digits for name, c in cells if name in kind and c.digits is not None) for kind in kinds)
    return len(cells), *least, sum(c.digits is None for _, c in cells)


def blocks(one: Grade, python: str) -> tuple[Block, ...]:
    command = f"ntk-symbolic grade {one.peer.name}{' --python …' if python else ''}"
    return *head(one, command), *digits(one), "The entry with the largest error:", worst(one)


def main(named: list[str]) -> None:
    found = []
    for each in named:
        name, _, python = each.partition("=")
        print(name, file=sys.stderr, flush=True)
        found.append((grade(peer(name), cases(), groups(), python or None), python))
    sections = tuple(Section(one.peer.name, blocks(one, python)) for one, python in found)
    summary = "The least number of right digits by kinds of inputs, and the calls without finite numbers:"
    page = Document("Grades of kernels", (INTRO, summary, overview([one for one, _ in found]), LEGEND), sections)
    for line in to_markdown(page).splitlines():
        print(line if line.startswith("|") else fill(line, WIDTH, break_long_words=False, break_on_hyphens=False))


if __name__ == "__main__":
    main(sys.argv[1:])
