"""The page of a grade: the table of digits, the worst entries, and how it was made."""

from __future__ import annotations

import platform
from datetime import date

from ..pages.blocks import Block, Document, Pairs, Section, Table
from ..version import __version__
from .cases import B_STD, FEATURES, W_STD, Case
from .grade import ABSENT, Grade
from .measure import FLOOR, MOST, Cell


def document(grade: Grade, command: str) -> Document:
    """The page; `command` makes it again."""
    return Document(
        f"Digits of the kernels of {grade.peer.name}",
        head(grade, command),
        (
            Section("Digits", (LEGEND, *digits(grade)), "digits"),
            Section(
                "Largest errors", ("The entry with the largest error, for each kind of inputs.", worst(grade)), "worst"
            ),
        ),
    )


def head(grade: Grade, command: str) -> tuple[Block, ...]:
    """The summary, how it was made, and the remarks."""
    return _summary(grade), Pairs(_made(grade, command)), *grade.remarks


def _summary(grade: Grade) -> str:
    graded = [c for row in grade.cells for c in row if c.word != ABSENT]
    numbers = [c.digits for c in graded if c.digits is not None]
    if not graded:
        return f"{grade.peer.name} has none of these kernels."
    low = f"the worst of them has {min(numbers)}" if numbers else "none of them returned finite numbers"
    lost = len(graded) - len(numbers)
    without = f"; {lost} calls returned no finite numbers of the right shape" if lost else ""
    return f"{len(graded)} calls were graded by the digits of their worst entry, and {low}{without}."


def _made(grade: Grade, command: str) -> tuple[tuple[str, str], ...]:
    run = grade.run
    versions = ", ".join(f"{name} {number}" for name, number in run.versions.items()) or "no version"
    found = [
        ("graded", f"{versions}, Python {run.python}"),
        ("by", f"ntk_symbolic {__version__}, enclosures from ball arithmetic"),
        ("networks", f"W_std = {W_STD}, b_std = 0 or {B_STD} (bias), inputs with {FEATURES} features"),
        ("machine", f"{platform.machine()}, {platform.system()}"),
        ("date", date.today().isoformat()),
        ("command", f"`{command}`"),
    ]
    return (*found, *([("model", grade.peer.note)] if grade.peer.note else []))


LEGEND = (
    f"Each number is the count of digits to which all entries of a call are right, {MOST} at most: the distance from the "
    f"farther end of the enclosure, relative to the entry or to {FLOOR:.0%} of √(K(x, x) K(x', x')), whichever is larger. "
    f"nan and inf: an entry is not finite. error: an exception or a wrong shape. {ABSENT}: not computed by this library, or "
    "not graded."
)


def digits(grade: Grade) -> tuple[Block, ...]:
    """A table for each kernel and activation that the library has: rows are groups of inputs, columns are networks."""
    graded = [(case, row) for case, row in zip(grade.cases, grade.cells) if any(c.word != ABSENT for c in row)]
    blocks: list[Block] = []
    for kind in dict.fromkeys((case.get, case.activation) for case, _ in graded):
        mine = [(case, row) for case, row in graded if (case.get, case.activation) == kind]
        columns = ("inputs", *(f"depth {case.depth}{', bias' if case.b_std else ''}" for case, _ in mine))
        rows = [(group.what, *(_shown(row[g]) for _, row in mine)) for g, group in enumerate(grade.groups)]
        blocks += [f"{kind[0].upper()} of {kind[1]}:", Table(columns, tuple(rows))]
    return tuple(blocks)


def _shown(cell: Cell) -> str | int:
    return cell.word if cell.digits is None else cell.digits


def worst(grade: Grade) -> Block:
    """One entry for each group of inputs."""
    rows = []
    for g, group in enumerate(grade.groups):
        found = [(w.error, n) for n, row in enumerate(grade.cells) if (w := row[g].worst) is not None]
        if found:
            n = max(found, key=lambda each: each[0])[1]
            rows.append((group.what, *_entry(grade.cases[n], grade.cells[n][g])))
    return Table(("inputs", "case", "certified", "returned", "digits"), tuple(rows)) if rows else "No entry was graded."


def _entry(case: Case, cell: Cell) -> tuple[str | int, ...]:
    assert cell.worst is not None
    which = f"{case.get.upper()}, {case.activation}, depth {case.depth}, b_std {case.b_std:g}"
    return which, repr(cell.worst.lo), repr(cell.worst.found), _shown(cell)
