"""The grade of a callable: each case and group of inputs, called in a process of its own and compared with certified values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..exact.arithmetic import require_flint
from .cases import Case, Group
from .measure import Cell, cell, truth
from .peers import Peer
from .running import Run, run

Watch = Callable[[str, float], None]
ABSENT = "–"
CONSTANT = 1e-5  # the largest spread of ratios that are called one factor: float32 has 1e-7
NOT_GRADED = Cell(None, ABSENT)


@dataclass(frozen=True)
class Grade:
    """The cells in the order of cases, and in each of groups; and remarks on what is wrong as a whole."""

    peer: Peer
    run: Run
    cases: tuple[Case, ...]
    groups: tuple[Group, ...]
    cells: tuple[tuple[Cell, ...], ...]
    remarks: tuple[str, ...]

    def passes(self, least: int) -> bool:
        """True if every graded entry has so many digits, and there is one."""
        graded = [c for row in self.cells for c in row if c.word != ABSENT]
        return bool(graded) and all(c.digits is not None and c.digits >= least for c in graded)


def grade(
    peer: Peer,
    cases: tuple[Case, ...],
    groups: tuple[Group, ...],
    python: str | None = None,
    seconds: float = 600,
    watch: Watch = lambda stage, fraction: None,
) -> Grade:
    """Calls the kernel, and compares what it returned.

    Raises InvalidInput where python-flint is missing, the kernel cannot be loaded, or the interpreter cannot be run.
    """
    require_flint()  # before the calls, which may take minutes
    calls = f"calling {peer.name}"
    watch(calls, 0)
    done = run(peer, cases, groups, python, seconds, lambda fraction: watch(calls, fraction))
    rows, ratios = [], []
    for n, case in enumerate(cases):
        watch("certified values", n / len(cases))
        row = []
        for g, group in enumerate(groups):
            answer = done.answers[n, g]
            if "absent" in answer or peer.skips(case, group.name):
                row.append(NOT_GRADED)
            elif "error" in answer:
                row.append(Cell(None, "error"))
            else:
                proved = truth(peer.model(case), case, group)
                row.append(cell(answer["values"], proved))
                if group.name == "generic":
                    ratios.append(np.asarray(answer["values"]) / proved.lo)
        rows.append(tuple(row))
    return Grade(peer, done, cases, groups, tuple(rows), (*_said(done), *_factor(ratios)))


def _said(done: Run) -> list[str]:
    """The errors, each once with its number, and the types of numbers other than float64."""
    counts: dict[str, int] = {}
    for answer in done.answers.values():
        if "error" in answer:
            counts[answer["error"]] = counts.get(answer["error"], 0) + 1
    said = [f"{count} calls: {error}" if count > 1 else f"1 call: {error}" for error, count in counts.items()]
    kinds = sorted({answer["dtype"] for answer in done.answers.values() if "dtype" in answer} - {"float64"})
    return [*said, *(f"The kernel is returned in {kind}." for kind in kinds)]


def _factor(ratios: list[Any]) -> list[str]:
    """A remark where all generic entries of every kernel are one multiple of the certified ones."""
    if not ratios:
        return []
    every = np.concatenate([np.ravel(each) for each in ratios])
    middle = float(np.median(every))
    if (
        not np.isfinite(every).all()
        or abs(middle - 1) < CONSTANT
        or np.abs(every - middle).max() > CONSTANT * abs(middle)
    ):
        return []
    return [
        f"Every generic entry is {middle:.6g} times the certified one: a factor is lost, or another convention is used."
    ]
