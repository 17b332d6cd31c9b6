"""Progress of a command: a bar on a terminal, one plain line for each stage elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..reports.study import Finding, Watch


@contextmanager
def stages(quiet: bool = False) -> Iterator[Watch]:
    """A watch that shows its stages on stderr, so that stdout has only results."""
    if quiet:
        yield lambda stage, fraction: None
    elif sys.stderr.isatty():
        with _bars() as watch:
            yield watch
    else:
        with _lines() as watch:
            yield watch


@contextmanager
def _bars() -> Iterator[Watch]:
    from rich.progress import TaskID

    from ..progress import bars

    current: tuple[str, TaskID] | None = None
    with bars() as progress:

        def finish() -> None:
            if current:
                progress.update(current[1], total=1.0, completed=1.0)

        def watch(stage: str, fraction: float) -> None:
            nonlocal current
            if current is None or current[0] != stage:
                finish()
                current = stage, progress.add_task(stage, total=None)
            # A stage without fractions has no total, and its bar only moves to and fro
            progress.update(current[1], total=1.0 if fraction else None, completed=fraction)

        yield watch
        finish()


@contextmanager
def kernel_bar() -> Iterator[None]:
    """A bar for the kernels that are computed in the context, on stderr."""
    from ..progress import watched_by

    with _bars() as watch:
        watch("computing the kernel", 0)
        with watched_by(lambda fraction: watch("computing the kernel", fraction)):
            yield


@contextmanager
def _lines() -> Iterator[Watch]:
    """A watch that prints a line when a stage is done, so that an error has a line of its own."""
    current, began = "", perf_counter()

    def watch(stage: str, fraction: float) -> None:
        nonlocal current, began
        if stage == current:
            return
        if current:
            print(f"{current}: {perf_counter() - began:.1f} s", file=sys.stderr, flush=True)
        current, began = stage, perf_counter()

    yield watch
    watch("", 0)


def print_findings(findings: Sequence[Finding]) -> None:
    """The summary on stdout."""
    if sys.stdout.isatty():
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table("claim", "verdict", "result", box=box.SIMPLE_HEAD)
        for finding in findings:
            table.add_row(finding.claim, Text(finding.verdict, "green" if finding.good else "red"), finding.found)
        Console().print(table)
        return
    wide, narrow = (max(len(getattr(f, field)) for f in findings) for field in ("claim", "verdict"))
    for f in findings:
        print(f"{f.claim:<{wide}}  {f.verdict:<{narrow}}  {f.found}")
