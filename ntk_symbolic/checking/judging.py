"""Parsing and judging within limits, in a process that can be stopped without loss of the other derivations.

On Linux it is forked, with all imports; elsewhere, and beside other threads, it is a new interpreter. It writes
a line of JSON for each derivation it begins, has read and has judged, and for each step.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from typing import IO, Any

from ..errors import IllFormed, NotationError, NTKSymbolicError
from ..notation.derivations import grammar, read
from ..notation.tokens import Source
from ..proofs.derivation import Derivation, Judgement, Label, Step, Verdict
from ..proofs.judges.panel import panel

MEMORY = 1 << 30  # bytes that the judging process may take beyond its initial ones, if the system can limit them


@dataclass(frozen=True)
class Word:
    """The verdicts of the judges on one step."""

    step: int
    judgements: tuple[Judgement, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Heard:
    """The records of one derivation: true if it was parsed, the verdicts on its steps, and the reason for missing ones."""

    read: bool = False
    words: tuple[Word, ...] = ()
    trouble: str = ""


def judged_within(found: Sequence[Source], seconds: float) -> list[Heard]:
    """The verdicts on the steps of derivations, in their order.

    Each has an equal share of the remaining time, including the time that earlier ones did not use. One that takes too
    long, exceeds the memory, or raises an error has no further verdicts, and does not stop the others.
    """
    late = f"not read within {seconds:g} s" + f", shared by {len(found)} derivations" * (len(found) > 1)
    heard = [Heard(trouble=late)] * len(found)
    deadline = monotonic() + seconds
    waiting, given = list(range(len(found))), [0.0] * len(found)
    while waiting:
        cut = []
        while waiting and monotonic() < deadline:
            with _judging([found[n] for n in waiting], seconds) as records:
                with suppress(Empty):
                    records.get(timeout=max(deadline - monotonic(), 0))  # the process has started, and the shares begin
                ended = True
                while waiting and ended:
                    given[waiting[0]] = share = (deadline - monotonic()) / len(waiting)
                    n = waiting.pop(0)
                    heard[n], ended, in_time = _heard(records, share, late)
                    cut += [] if in_time else [n]
        again = (deadline - monotonic()) / max(len(cut), 1)
        waiting = [n for n in cut if again > given[n]]
    return heard


def _heard(records: Queue[Any], share: float, late: str) -> tuple[Heard, bool, bool]:
    """The records of one derivation; true if it was finished; true if it ended in any way within its time."""
    read, words, trouble, until = False, [], "", monotonic() + share
    while True:
        try:
            record = records.get(timeout=max(until - monotonic(), 0))
        except Empty:
            return Heard(read, tuple(words), trouble or ("" if read else late)), False, False
        if record is None:  # the process has ended
            said = (
                "reading it took more memory than is available, or ended the process; split it into smaller derivations"
            )
            return Heard(read, tuple(words), trouble or ("" if read else said)), False, True
        if "step" in record:
            words.append(_word(record))
        read, trouble = read or "read" in record, record.get("trouble", trouble)
        if "end" in record:
            return Heard(read, tuple(words), trouble), True, True


@contextmanager
def _judging(found: Sequence[Source], seconds: float) -> Iterator[Queue[Any]]:
    """A context with a process that judges these derivations: a queue of its records, with None after the last."""
    records: Queue[Any] = Queue()
    with (_forked if _can_fork() else _spawned)(found, seconds) as out:
        listening = Thread(target=_listen, args=(out, records), daemon=True)
        listening.start()
        yield records
    listening.join()


def _listen(out: IO[str], records: Queue[Any]) -> None:
    with out:
        for line in out:
            with suppress(json.JSONDecodeError):  # an incomplete line of a killed process
                records.put(json.loads(line))
    records.put(None)


def _can_fork() -> bool:
    """True if a fork is safe: beside other threads it may wait for ever for a lock."""
    return sys.platform == "linux" and sum(1 for _ in Path("/proc/self/task").iterdir()) == 1


@contextmanager
def _forked(found: Sequence[Source], seconds: float) -> Iterator[IO[str]]:
    grammar()  # built here, so that the next process has it too
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            with open(writing, "w", encoding="utf-8") as out:  # noqa: PTH123 (a descriptor)
                _judge(found, seconds, out)
        finally:
            os._exit(0)
    os.close(writing)
    try:
        yield open(reading, encoding="utf-8")  # noqa: PTH123, SIM115 (closed by who listens)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@contextmanager
def _spawned(found: Sequence[Source], seconds: float) -> Iterator[IO[str]]:
    process = subprocess.Popen(
        python("ntk_symbolic.checking.judging"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    assert process.stdin and process.stdout
    try:
        with suppress(BrokenPipeError), process.stdin as into:
            json.dump({"seconds": seconds, "found": [asdict(source) for source in found]}, into)
        yield process.stdout
    finally:
        process.kill()
        process.wait()


def python(module: str) -> list[str]:
    """The command that runs `main` of a module under the same paths, without modules of the working directory."""
    return [sys.executable, "-P", "-c", f"import sys; sys.path[:] = {sys.path!r}; from {module} import main; main()"]


def _word(record: dict) -> Word:
    return Word(record["step"], tuple(map(_judgement, record["judgements"])), tuple(record["missing"]))


def _judgement(j: dict) -> Judgement:
    return Judgement(**{**j, "verdict": Verdict(j["verdict"]), "label": Label(j["label"]), "rules": tuple(j["rules"])})


def judged_step(derivation: Derivation, n: int, judges) -> Step:
    """Its n-th step, judged. A judge that raises an error has no verdict, reports the error, and does not stop the others."""
    alone = replace(derivation, steps=(derivation.steps[n],), conclusion=())
    try:
        return alone.judged(*judges).steps[0]
    except Exception as trouble:
        known = isinstance(trouble, NTKSymbolicError)
        said = str(trouble) if known else f"a judge raised an error: {type(trouble).__name__}: {trouble}"
        broken = Judgement(Verdict.UNDECIDED, Label.DERIVED, "panel", " ".join(said.split()))
        return replace(alone.steps[0], judgements=(broken,))


# In that process


def main() -> None:
    asked = json.load(sys.stdin)
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    _judge([Source(**source) for source in asked["found"]], asked["seconds"], sys.stdout)


def _judge(found: Sequence[Source], seconds: float, out: IO[str]) -> None:
    _limit(seconds)
    for record in chain([{"ready": True}], *map(_records, found)):
        print(json.dumps(record), file=out, flush=True)


def _records(source: Source) -> Iterator[dict]:
    try:
        reading = read(source)
    except (IllFormed, NotationError):
        yield {"read": True}  # its error is the answer
    except Exception as trouble:
        said = " ".join(f"{type(trouble).__name__}: {trouble}".split()).rstrip(":")
        yield {"trouble": f"reading it raised an error: {said}"}
    else:
        yield {"read": True}
        judges = panel(reading.assuming)
        for n in range(len(reading.derivation.steps)):
            judged = judged_step(reading.derivation, n, judges)
            yield asdict(Word(n, judged.judgements, judged.missing))
    yield {"end": True}


def _limit(seconds: float) -> None:
    """Limits the memory, and the time, so that the process ends when no process waits for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the waiting process receives Ctrl-C, and ends it
    with suppress(ImportError, ValueError, OSError):  # not on all systems
        import resource

        used = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
        resource.setrlimit(resource.RLIMIT_CPU, (used + int(seconds) + 2, used + int(seconds) + 3))
        begun = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (begun + MEMORY, begun + MEMORY))
