"""Reading and judging within a time limit: in a process of its own, which can be stopped.

It reads Markdown from its input, and writes a line of JSON for each derivation it has read and each step it has judged.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from ..errors import IllFormed, NotationError, NTKSymbolicError
from ..proofs.derivation import Derivation, Judgement, Label, Step, Verdict
from ..proofs.judges.panel import panel
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


@dataclass(frozen=True)
class Heard:
    """What came back in time: the lines of the derivations that were read to their end, and words on their steps."""

    read: frozenset[int]
    words: tuple[Word, ...]


def judged_within(text: str, seconds: float) -> Heard:
    """What the judges say of the steps of all derivations in a Markdown text.

    What was not reached within the time, or not survived, is not there.
    """
    process = subprocess.Popen(
        python("ntk_symbolic.notation.judging"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    try:
        said, _ = process.communicate(text, timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    except BaseException:
        process.kill()
        raise
    records = list(_records(said or ""))
    return Heard(frozenset(r["read"] for r in records if "read" in r), tuple(_word(r) for r in records if "step" in r))


def python(module: str) -> list[str]:
    """The command that runs `main` of a module under the same paths; what lies in the working directory is not run."""
    return [sys.executable, "-P", "-c", f"import sys; sys.path[:] = {sys.path!r}; from {module} import main; main()"]


def _records(said: str) -> Iterator[dict]:
    for record in said.splitlines():
        with suppress(json.JSONDecodeError):  # the line it was killed in
            yield json.loads(record)


def _word(record: dict) -> Word:
    judgements = tuple(map(_judgement, record["judgements"]))
    return Word(record["line"], record["step"], judgements, tuple(record["missing"]))


def _judgement(j: dict) -> Judgement:
    return Judgement(**{**j, "verdict": Verdict(j["verdict"]), "label": Label(j["label"]), "rules": tuple(j["rules"])})


def judged_step(derivation: Derivation, n: int, judges) -> Step:
    """Its n-th step, judged. A judge that breaks down has no word, and says so; it must not take the others along."""
    alone = replace(derivation, steps=(derivation.steps[n],), conclusion=())
    try:
        return alone.judged(*judges).steps[0]
    except Exception as trouble:
        known = isinstance(trouble, NTKSymbolicError)
        said = str(trouble) if known else f"a judge broke down: {type(trouble).__name__}: {trouble}"
        broken = Judgement(Verdict.UNDECIDED, Label.DERIVED, "panel", " ".join(said.split()))
        return replace(alone.steps[0], judgements=(broken,))


def main() -> None:
    _limit_memory()
    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for reading in _readings(sys.stdin.read()):
        judges = panel(reading.assuming)
        for n in range(len(reading.derivation.steps)):
            judged = judged_step(reading.derivation, n, judges)
            _say(asdict(Word(reading.line, n, judged.judgements, judged.missing)))


def _readings(text: str) -> list[Reading]:
    """None where one is not in the notation: its error is the answer on the whole file."""
    found = []
    for block in blocks(text):
        try:
            found.append(read(block))
        except IllFormed:
            pass
        except NotationError:
            _say({"read": block.line})
            return []
        _say({"read": block.line})
    return found


def _say(record: dict) -> None:
    print(json.dumps(record), flush=True)


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # not everywhere
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
