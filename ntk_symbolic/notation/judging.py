"""Judging within a time limit: in a process of its own, which can be stopped. `python -m ntk_symbolic.notation.judging`

reads Markdown from its input and writes the judgements of each step as one line of JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from ..errors import NTKSymbolicError
from ..proofs.derivation import Derivation, Judgement, Label, Step, Verdict
from ..proofs.panel import panel
from .derivations import Reading, read
from .markdown import blocks

MEMORY = 4 << 30  # bytes the judging process may take, where the system can limit them


@dataclass(frozen=True)
class Word:
    """What the judges said of one step."""

    line: int  # of the derivation
    step: int
    judgements: tuple[Judgement, ...]
    missing: tuple[str, ...]


def judged_within(text: str, seconds: float) -> list[Word]:
    """What the judges say of the steps of all derivations in a Markdown text.

    Steps that were not reached within the time, or not survived, are not there.
    """
    command = [sys.executable, "-m", __spec__.name if __spec__ else __name__]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    )
    try:
        said, _ = process.communicate(text, timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    except BaseException:
        process.kill()
        raise
    return list(_words(said or ""))


def _words(said: str) -> Iterator[Word]:
    for record in said.splitlines():
        with suppress(json.JSONDecodeError):  # the line it was killed in
            found = json.loads(record)
            judgements = tuple(map(_judgement, found["judgements"]))
            yield Word(found["line"], found["step"], judgements, tuple(found["missing"]))


def _judgement(j: dict) -> Judgement:
    return Judgement(Verdict(j["verdict"]), Label(j["label"]), j["judge"], j["detail"], tuple(j["rules"]))


def _readable(text: str) -> list[Reading]:
    found = []
    for block in blocks(text):
        with suppress(NTKSymbolicError):
            found.append(read(block))
    return found


def _main() -> None:
    _limit_memory()
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for reading in _readable(sys.stdin.read()):
        judges = panel(reading.assuming)
        for n, step in enumerate(reading.derivation.steps):
            judged = _judged(replace(reading.derivation, steps=(step,), conclusion=()), judges)
            print(json.dumps(asdict(Word(reading.line, n, judged.judgements, judged.missing))), flush=True)


def _judged(derivation: Derivation, judges) -> Step:
    """Its one step. A judge that breaks down has no word, and says so; it must not take the others along."""
    try:
        return derivation.judged(*judges).steps[0]
    except (MemoryError, RecursionError, ArithmeticError, TypeError, ValueError) as trouble:
        said = f"a judge broke down: {type(trouble).__name__}: {trouble}"
        broken = Judgement(Verdict.UNDECIDED, Label.DERIVED, "panel", said)
        return replace(derivation.steps[0], judgements=(broken,))


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # not everywhere
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    _main()
