"""The check of a file, with its result as text. A Python file is run in a process of its own, which may end in any way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from ..errors import FileTrouble, NTKSymbolicError
from ..notation.markdown import MAX_FILE
from ..proofs.formats import document
from .checked import SECONDS, check_text, file_text
from .judging import python
from .lines import checked_text, unread_text

INPUT = "-"  # the name of the standard input among files, which is Markdown
PYTHON_SECONDS = 600  # for running a Python file and judging its theorems


@dataclass(frozen=True)
class Answer:
    """The result for a file: verdicts line by line, and the derivations as a document, if one is requested."""

    proved: bool
    supported: bool  # every line is proved, or agrees in digits
    contradicted: bool  # two judges contradict each other
    said: str
    document: str = ""
    unread: str = ""  # the parts that are not in the notation

    def exit_code(self, accept_numeric: bool = False) -> int:
        """0 proved, 1 not proved, 2 not read, 3 a defect of this program."""
        if self.contradicted:
            return 3
        return 2 if self.unread else 0 if self.proved or (accept_numeric and self.supported) else 1


@dataclass(frozen=True)
class Wanted:
    """The file, the format of the document (None for no document), and the letters of both texts."""

    file: str
    form: str | None
    greek_said: bool
    greek_document: bool


def answer(wanted: Wanted, seconds: float | None = None) -> Answer:
    """The result for a file. Raises FileTrouble if it cannot be read or run, has no derivation, or exceeds the time.

    A Markdown file that takes too long has undecided steps instead.
    """
    if Path(wanted.file).suffix.lower() != ".py":
        return answer_here(wanted, SECONDS if seconds is None else seconds)
    return _answer_apart(wanted, PYTHON_SECONDS if seconds is None else seconds)


def answer_here(wanted: Wanted, seconds: float = SECONDS) -> Answer:
    text = _input_text() if wanted.file == INPUT else file_text(wanted.file)
    checked = check_text(wanted.file, text, seconds)
    outcome = all(c.proved for c in checked), all(c.supported for c in checked), any(c.contradicted for c in checked)
    unread = unread_text(wanted.file, checked)
    if wanted.form is None:
        return Answer(*outcome, checked_text(wanted.file, text, checked, wanted.greek_said), unread=unread)
    said = checked_text(wanted.file, text, [c for c in checked if not c.proved], wanted.greek_said)
    derivations = [c.derivation for c in checked if c.derivation]
    written = document(derivations, wanted.form, wanted.greek_document) if derivations else ""
    return Answer(*outcome, said, written, unread)


def _input_text() -> str:
    """The standard input, up to the largest size of a file."""
    try:
        return sys.stdin.buffer.read(4 * MAX_FILE).decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        raise FileTrouble(f"file: standard input is not UTF-8 at byte {trouble.start}; pass UTF-8") from None


def _answer_apart(wanted: Wanted, seconds: float) -> Answer:
    command = [*python("ntk_symbolic.checking.apart"), json.dumps(asdict(wanted))]
    with tempfile.TemporaryFile() as written:  # not a pipe, which a process started by the file could keep open
        with subprocess.Popen(command, stdout=written) as process:
            try:
                code = process.wait(seconds)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                process.kill()
        written.seek(0)
        return _read(written, wanted.file, code, seconds)


def _read(written: IO[bytes], file: str, code: int | None, seconds: float) -> Answer:
    try:
        record = json.loads(written.read())
    except ValueError:
        if code is None:
            said = f"did not finish in {seconds:g} s; give it more with --seconds"
        else:
            said = f"ended its process (exit code {code}) before its theorems were judged"
        raise FileTrouble(f"file: {file} {said}") from None
    if "interrupted" in record:
        raise KeyboardInterrupt
    if "trouble" in record:
        raise FileTrouble(record["trouble"])
    return Answer(**record)


def main() -> None:
    """Runs in that process: only the result goes to stdout; the output of the file goes to stderr."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        json.dump(_record(Wanted(**json.loads(sys.argv[1]))), out)


def _record(wanted: Wanted) -> dict:
    try:
        return asdict(answer_here(wanted))
    except NTKSymbolicError as trouble:
        return {"trouble": str(trouble)}
    except KeyboardInterrupt:
        return {"interrupted": True}
