"""Files of derivations, checked: Markdown, which is read, and Python, which is run."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import FileTrouble, IllFormed, NotationError
from ..proofs.derivation import Derivation, Judgement, Label, Step, Verdict
from ..proofs.panel import panel
from ..proofs.theorem import Theorem
from .derivations import read
from .judging import Word, judged_within
from .markdown import MAX_FILE, blocks

SECONDS = 100  # for judging all derivations of a Markdown file


@dataclass(frozen=True)
class Checked:
    """One derivation of a file: judged, or ill-formed with the reason."""

    line: int
    derivation: Derivation | None = None
    trouble: IllFormed | None = None

    @property
    def proved(self) -> bool:
        return self.derivation is not None and self.derivation.verdict is Verdict.PROVED

    @property
    def failed(self) -> tuple[Step, ...]:
        """The steps that are not proved."""
        steps = () if self.derivation is None else self.derivation.steps
        return tuple(step for step in steps if step.verdict is not Verdict.PROVED)


def check_file(path: str | Path, seconds: float = SECONDS) -> list[Checked]:
    """All derivations of a .md file (read, never run) or of a .py file (run).

    Raises FileTrouble for a file that cannot be opened, has another suffix or holds no derivation; and, with the place,
    for what is not in the notation, and for whatever the code of a .py file raises.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in (".md", ".py"):
        raise FileTrouble(f"file: {path} has an unknown suffix {path.suffix!r}; a derivation is a .md or a .py file")
    text = _text(path)
    checked = _checked_python(path, text) if suffix == ".py" else _checked_markdown(path, text, seconds)
    if not checked:
        wanted = "a Theorem at module level" if suffix == ".py" else "a block that begins with ```derivation"
        raise FileTrouble(f"file: there is no derivation in {path}; write {wanted}")
    return checked


def _text(path: Path) -> str:
    try:
        if path.is_file() and path.stat().st_size <= 4 * MAX_FILE:
            return path.read_text(encoding="utf-8-sig")
        why = f"has more than {4 * MAX_FILE} bytes; split it" if path.is_file() else "is no file; check the path"
    except UnicodeDecodeError as trouble:
        why = f"is not UTF-8 at byte {trouble.start}; save it as UTF-8"
    except (OSError, ValueError) as trouble:
        why = f"cannot be read ({trouble}); check the path"
    raise FileTrouble(f"file: {path} {why}")


def _checked_markdown(path: Path, text: str, seconds: float) -> list[Checked]:
    with _named(path):
        found: list[Checked] = []
        for block in blocks(text):
            try:
                found.append(Checked(block.line, read(block).derivation))
            except IllFormed as trouble:
                found.append(Checked(block.line, None, trouble))
    judged = judged_within(text, seconds) if any(c.derivation for c in found) else []
    return [_with_words(c, {w.step: w for w in judged if w.line == c.line}, seconds) for c in found]


@contextmanager
def _named(path: Path):
    try:
        yield
    except NotationError as trouble:
        raise FileTrouble(f"{path}:{getattr(trouble, 'line', 1)}: {trouble}") from None


def _with_words(c: Checked, words: dict[int, Word], seconds: float) -> Checked:
    if c.derivation is None:
        return c
    late = Judgement(Verdict.UNDECIDED, Label.DERIVED, "time limit", f"not judged within {seconds:g} s")
    steps = []
    for n, step in enumerate(c.derivation.steps):
        word = words.get(n, Word(c.line, n, (late,), ()))
        steps.append(replace(step, judgements=word.judgements, missing=word.missing))
    return replace(c, derivation=replace(c.derivation, steps=tuple(steps)))


# Python


def _checked_python(path: Path, text: str) -> list[Checked]:
    with _user_errors(path):
        found = list(_found(_run(path, text), path))
        return [Checked(line, derivation) for line, derivation in sorted(found, key=lambda f: f[0])]


def _run(path: Path, text: str) -> dict[str, Any]:
    """The names of the file after it was run, as a module of its own."""
    name = f"derivations_of_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look for it there
    sys.path.insert(0, str(path.resolve().parent))
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
    finally:
        sys.path.remove(str(path.resolve().parent))
        del sys.modules[name]
    return dict(vars(module))


def _found(names: dict[str, Any], path: Path) -> Iterator[tuple[int, Derivation]]:
    """Theorems written in this file, and derivations, judged anew; what it imports has its own tests."""
    seen: set[int] = set()
    for value in names.values():
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, Theorem) and value.lines.__code__.co_filename == str(path):
            yield value.lines.__code__.co_firstlineno, value()
        elif isinstance(value, Derivation):
            yield next((step.line for step in value.steps if step.line), 1), value.judged(*panel())


@contextmanager
def _user_errors(path: Path):
    """Whatever the user's file raises, in one line with its place."""
    try:
        yield
    except SyntaxError as trouble:
        raise FileTrouble(f"{path}:{trouble.lineno}: {type(trouble).__name__}: {trouble.msg}") from None
    except (Exception, SystemExit) as trouble:
        frames = [f.lineno for f in traceback.extract_tb(trouble.__traceback__) if f.filename == str(path)]
        place = f"{path}:{frames[-1]}" if frames else str(path)
        said = " ".join(f"{type(trouble).__name__}: {trouble}".split())
        raise FileTrouble(f"{place}: {said}") from None
