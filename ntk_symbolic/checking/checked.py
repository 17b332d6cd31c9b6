"""Checks of files of derivations: Markdown, which is parsed, and Python, which is run."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from ..errors import FileTrouble, IllFormed, NotationError, NTKSymbolicError
from ..files import read_text
from ..notation.derivations import read
from ..notation.markdown import MAX_FILE, closed_blocks, misnamed
from ..notation.tokens import Source, located
from ..proofs.derivation import Derivation, Judgement, Label, Step, Verdict
from ..proofs.judges.panel import panel
from ..proofs.theorem import Theorem, theorems_made
from .judging import Heard, judged_step, judged_within

SECONDS = 100  # for judging all derivations of a Markdown file


@dataclass(frozen=True)
class Checked:
    """One derivation of a file: judged, or the reason why not."""

    line: int
    derivation: Derivation | None = None
    trouble: NTKSymbolicError | None = None

    @property
    def proved(self) -> bool:
        return self.derivation is not None and self.derivation.verdict is Verdict.PROVED

    @property
    def unread(self) -> bool:
        """True if it is not in the notation, so that no judge applies."""
        return isinstance(self.trouble, NotationError)

    @property
    def supported(self) -> bool:
        """True if it is proved, or agrees in digits."""
        return self.derivation is not None and self.derivation.verdict.supports

    @property
    def contradicted(self) -> bool:
        """True if two judges contradict each other."""
        return self.derivation is not None and self.derivation.verdict is Verdict.CONTRADICTED

    @property
    def failed(self) -> tuple[Step, ...]:
        """The steps that are not proved."""
        steps = () if self.derivation is None else self.derivation.steps
        return tuple(step for step in steps if step.verdict is not Verdict.PROVED)


def check_file(path: str | Path, seconds: float = SECONDS) -> list[Checked]:
    """All derivations of a .md file (parsed, never run, within the time) or of a .py file (run in this process).

    Raises FileTrouble for a file that cannot be opened, has another suffix or has no derivation; and, with the place,
    for any error that a .py file raises while it is run.
    """
    return check_text(str(path), file_text(path), seconds)


def check_text(name: str, text: str, seconds: float = SECONDS) -> list[Checked]:
    """The same for the text of a file with this name; a text without a file, named -, is Markdown."""
    python = Path(name).suffix.lower() == ".py"
    checked = _checked_python(Path(name), text) if python else _checked_markdown(name, text, seconds)
    if not checked:
        wanted = "a theorem, or a Derivation at module level" if python else "a block that begins with ```derivation"
        raise FileTrouble(f"file: there is no derivation in {name}; write {wanted}")
    return checked


def file_text(path: str | Path) -> str:
    path = Path(path)
    if path.is_dir():
        raise FileTrouble(f"file: {path} is a folder; name the files in it, such as {path}/*.md")
    if path.suffix.lower() not in (".md", ".py"):
        raise FileTrouble(f"file: {path} has an unknown suffix {path.suffix!r}; a derivation is a .md or a .py file")
    return read_text(path, "file", 4 * MAX_FILE, shorter="split it")


def _checked_markdown(name: str, text: str, seconds: float) -> list[Checked]:
    """The derivations of a Markdown text. One that cannot be read, or has a wrong fence, does not stop the others."""
    try:
        found, unclosed = closed_blocks(text)
    except NotationError as trouble:
        raise FileTrouble(f"{name}:{getattr(trouble, 'line', 1)}: {trouble}") from None
    said = "a fence with {} is not read; a derivation begins with ```derivation"
    broken = [located(NotationError(said.format(word)), line) for line, word in misnamed(text)]
    broken += [unclosed] if unclosed else []
    checked = [_checked_block(block, heard, seconds) for block, heard in zip(found, judged_within(found, seconds))]
    return sorted([*checked, *(Checked(b.line, None, b) for b in broken)], key=lambda c: c.line)  # type: ignore[attr-defined]


def _checked_block(block: Source, heard: Heard, seconds: float) -> Checked:
    """The derivation of a block, parsed again here, since it was parsed within the limits."""
    if not heard.read:
        return Checked(block.line, None, NTKSymbolicError(heard.trouble))
    try:
        derivation = read(block).derivation
    except (IllFormed, NotationError) as trouble:
        return Checked(block.line, None, trouble)
    words = {w.step: w for w in heard.words}
    late = Judgement(Verdict.UNDECIDED, Label.DERIVED, "time limit", f"not judged within its share of {seconds:g} s")
    steps = [
        replace(step, judgements=words[n].judgements, missing=words[n].missing)
        if n in words
        else replace(step, judgements=(late,))
        for n, step in enumerate(derivation.steps)
    ]
    return Checked(block.line, replace(derivation, steps=tuple(steps)))


# Python


def _checked_python(path: Path, text: str) -> list[Checked]:
    if "\0" in text:
        raise FileTrouble(
            f"{path}:{text[: text.index(chr(0))].count(chr(10)) + 1}: a NUL character, which is not Python"
        )
    with _user_errors(path), _module(path) as module, theorems_made() as made:
        exec(compile(text, str(path), "exec"), module.__dict__)
        theorems = [t for t in made if _code(t)[0] in (str(path), "")]
        derivations = {id(d): d for d in vars(module).values() if isinstance(d, Derivation)}.values()
        found = [*(_checked_theorem(t, path) for t in theorems), *map(_checked_derivation, derivations)]
    return sorted(found, key=lambda c: c.line)


@contextmanager
def _module(path: Path) -> Iterator[ModuleType]:
    """A module in which the file is run, with its folder in the import path."""
    name = f"derivations_of_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses need it there
    sys.path.insert(0, str(path.resolve().parent))
    try:
        yield module
    finally:
        sys.path.remove(str(path.resolve().parent))
        del sys.modules[name]


def _code(t: Theorem) -> tuple[str, int]:
    """The file and the line of its function; imported theorems are tested elsewhere."""
    code = getattr(t.lines, "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code else ("", 1)


def _checked_theorem(t: Theorem, path: Path) -> Checked:
    """The steps of a theorem, one by one: an error in one theorem does not affect the others."""
    line = _code(t)[1]
    try:
        stated = t.stated
        steps = tuple(judged_step(stated, n, t.judges) for n in range(len(stated.steps)))
    except KeyboardInterrupt:
        raise
    except BaseException as trouble:
        known = trouble if isinstance(trouble, IllFormed) else NTKSymbolicError(_said(trouble))
        return Checked(line, None, located(known, _line_of(trouble, path) or line))
    return Checked(line, replace(stated, steps=steps))


def _checked_derivation(d: Derivation) -> Checked:
    """A derivation, judged anew, independent of its own judgements."""
    line = next((step.line for step in d.steps if step.line), 1)
    return Checked(line, replace(d, steps=tuple(judged_step(d, n, panel()) for n in range(len(d.steps)))))


@contextmanager
def _user_errors(path: Path):
    """A context that turns errors of the user's file into one line with their place."""
    try:
        yield
    except SyntaxError as trouble:
        place = f"{path}:{trouble.lineno}" if trouble.lineno else str(path)
        raise FileTrouble(f"{place}: {type(trouble).__name__}: {trouble.msg}") from None
    except KeyboardInterrupt:
        raise
    except BaseException as trouble:
        line = _line_of(trouble, path)
        raise FileTrouble(f"{path}:{line}: {_said(trouble)}" if line else f"{path}: {_said(trouble)}") from None


def _line_of(trouble: BaseException, path: Path) -> int | None:
    """The last line of the file in its traceback."""
    frames = [f.lineno for f in traceback.extract_tb(trouble.__traceback__) if f.filename == str(path)]
    return frames[-1] if frames else None


def _said(trouble: BaseException) -> str:
    return " ".join(f"{type(trouble).__name__}: {trouble}".split()).rstrip(":")
