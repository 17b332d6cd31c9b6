"""Calls of a kernel in a process of its own, by an interpreter that has the library: every result, error and crash is kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from time import monotonic
from typing import Any

from ..errors import InvalidInput
from .cases import Case, Group
from .peers import Peer

POLL = 0.1  # seconds between two looks at the results
Answers = dict[tuple[int, int], dict[str, Any]]


@dataclass(frozen=True)
class Run:
    """The answers by the numbers of case and group: "values" and "dtype", "error", or "absent" with the reason."""

    python: str
    versions: dict[str, str]
    answers: Answers = field(repr=False)


def run(
    peer: Peer,
    cases: tuple[Case, ...],
    groups: tuple[Group, ...],
    python: str | None,
    seconds: float,
    watch: Callable[[float], None] = lambda fraction: None,
) -> Run:
    """Calls the kernel for every case and group. Raises InvalidInput where it cannot be loaded, with the remedy.

    Calls that the end of the process or of the time prevents have an error each.
    """
    job = {
        "target": peer.target,
        "packages": peer.packages,
        "cases": [case.arguments() for case in cases],
        "inputs": [[None if rows is None else rows.tolist() for rows in (g.X, g.Y)] for g in groups],
    }
    total = len(cases) * len(groups)
    with tempfile.TemporaryDirectory() as folder, as_file(files("ntk_symbolic.grading") / "runner.py") as script:
        described, results = Path(folder) / "job.json", Path(folder) / "results.jsonl"
        described.write_text(json.dumps(job), encoding="utf-8")
        ended = _wait(
            [python or sys.executable, str(script), str(described), str(results)],
            seconds,
            lambda: watch(len(_records(results)) / (total + 1)),
        )
        records = _records(results)
    first: dict[str, Any] = records[0] if records else {"fatal": ended}
    if "fatal" in first:
        raise InvalidInput(f"peer: {_remedy(peer, first['fatal'], python)}")
    answers: Answers = {(record.pop("case"), record.pop("group")): record for record in records[1:]}
    missing = {(n, g): {"error": ended} for n in range(len(cases)) for g in range(len(groups)) if (n, g) not in answers}
    return Run(first["python"], first["versions"], answers | missing)


def _wait(command: list[str], seconds: float, look: Callable[[], None]) -> str:
    """Runs the command, and returns in words how it ended. Raises InvalidInput where it cannot be started."""
    end = monotonic() + seconds
    try:
        # stderr and stdout of the kernel are not of interest, and a pipe that nobody reads would fill
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as trouble:
        raise InvalidInput(
            f"python: {command[0]} cannot be run ({trouble.strerror}); pass the path of a Python"
        ) from None
    try:
        while (code := process.poll()) is None:
            if monotonic() > end:
                return f"not finished after {seconds:g} s; give it more with --seconds"
            with suppress(subprocess.TimeoutExpired):
                process.wait(POLL)
            look()
    finally:
        _end(process)
    return f"its process ended with code {code}"


def _end(process: subprocess.Popen) -> None:
    """Ends the process and those that it started."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _records(results: Path) -> list[dict[str, Any]]:
    """The lines that are complete."""
    try:
        text = results.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def _remedy(peer: Peer, trouble: str, python: str | None) -> str:
    where = python or sys.executable
    if not peer.install:
        return f"{peer.name} cannot be loaded by {where} ({trouble}); run the command in the folder of the module"
    return (
        f"{peer.name} cannot be loaded by {where} ({trouble}); install it, python -m pip install {peer.install}, or name "
        "an interpreter that has it with --python"
    )
