"""Writes docs/grades.md: the grades of the libraries that are named with an interpreter that has them.

python tools/grades.py ntk_symbolic scikit-ntk=/path/to/python botorch=… neural_tangents=… > docs/grades.md
"""

import sys

from ntk_symbolic.grading.cases import cases, groups
from ntk_symbolic.grading.grade import Grade, grade
from ntk_symbolic.grading.page import LEGEND, digits, head, worst
from ntk_symbolic.grading.peers import peer
from ntk_symbolic.pages.blocks import Block, Document, Section, to_markdown

INTRO = (
    "The kernels of several libraries, compared with values that are proved: each entry of a kernel is enclosed by ball "
    "arithmetic, and the digits are counted to which a returned number is right. `ntk-symbolic grade` makes such a page for "
    "any library or callable, in any interpreter; [conventions](conventions.md) tells which network each of these computes. "
    "This page was written by `tools/grades.py`, which runs that command for each of them."
)


def blocks(one: Grade) -> tuple[Block, ...]:
    command = f"ntk-symbolic grade {one.peer.name} --python …"
    return *head(one, command), *digits(one), "The entry with the largest error:", worst(one)


def main(named: list[str]) -> None:
    found = []
    for each in named:
        name, _, python = each.partition("=")
        print(name, file=sys.stderr, flush=True)
        found.append(grade(peer(name), cases(), groups(), python or None))
    sections = tuple(Section(one.peer.name, blocks(one)) for one in found)
    print(to_markdown(Document("Grades of kernels", (INTRO, LEGEND), sections)), end="")


if __name__ == "__main__":
    main(sys.argv[1:])
