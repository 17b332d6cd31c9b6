"""A file checked, and its answer in writing. A Python file is run in a process of its own, which may end as it likes."""

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
from ..notation.checked import SECONDS, check_file
from ..notation.judging import python
from .checked import checked_text
from .documents import document

PYTHON_SECONDS = 600  # for running a Python file and judging its theorems


@dataclass(frozen=True)
class Answer:
    """What is to be said of a file: verdicts line by line, and the derivations as a document, if one is wanted."""

    proved: bool
    supported: bool  # every line is proved, or agrees to so many digits
    said: str
    document: str = ""


@dataclass(frozen=True)
class Wanted:
    """The file, the format of the document (None for no document), and the letters of both texts."""

    file: str
    form: str | None
    greek_said: bool
    greek_document: bool


def answer(wanted: Wanted, seconds: float | None = None) -> Answer:
    """Raises FileTrouble for a file that cannot be read or run, holds no derivation, or takes more than so many seconds.

    A Markdown file that takes too long has undecided steps instead.
    """
    if Path(wanted.file).suffix.lower() != ".py":
        return answer_here(wanted, SECONDS if seconds is None else seconds)
    return _answer_apart(wanted, PYTHON_SECONDS if seconds is None else seconds)


def answer_here(wanted: Wanted, seconds: float = SECONDS) -> Answer:
    checked = check_file(wanted.file, seconds)
    proved, supported = all(c.proved for c in checked), all(c.supported for c in checked)
    if wanted.form is None:
        return Answer(proved, supported, checked_text(wanted.file, checked, wanted.greek_said))
    failed = [c for c in checked if not c.proved]
    said = checked_text(wanted.file, failed, wanted.greek_said) if failed else ""
    derivations = [c.derivation for c in checked if c.derivation]
    return Answer(
        proved, supported, said, document(derivations, wanted.form, wanted.greek_document) if derivations else ""
    )


def _answer_apart(wanted: Wanted, seconds: float) -> Answer:
    command = [*python("ntk_symbolic.pages.apart"), json.dumps(asdict(wanted))]
    with tempfile.TemporaryFile() as written:  # not a pipe, which whatever the file starts could keep open
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
            said = f"did not come to its end in {seconds:g} s; give it more with --seconds"
        else:
            said = f"ended its process (exit code {code}) before its theorems were judged"
        raise FileTrouble(f"file: {file} {said}") from None
    if "interrupted" in record:
        raise KeyboardInterrupt
    if "trouble" in record:
        raise FileTrouble(record["trouble"])
    return Answer(**record)


def main() -> None:
    """In that process: the answer is all that goes to its output; what the file prints goes beside the errors."""
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
