"""Output of documents: their formats, and the line that names the written file."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from ..errors import FileTrouble, InvalidInput

if TYPE_CHECKING:
    from ..proofs.derivation import Derivation

FORMATS = {".txt": "text", ".md": "markdown", ".tex": "latex", ".html": "html", ".pdf": "html"}  # PDF is HTML, printed
FORMS = tuple(dict.fromkeys(FORMATS.values()))


def document_options(command: Callable) -> Callable:
    command = click.option("-o", "--output", metavar="FILE", help="The file to write; its suffix decides the format.")(
        command
    )
    return click.option(
        "--format", "form", type=click.Choice(FORMS), help="Default: text, or the suffix of -o (.pdf: html, printed)."
    )(command)


def require(module: str, why: str) -> None:
    from importlib.util import find_spec

    if find_spec(module) is None:
        raise InvalidInput(f"{why}: pip install 'ntk_symbolic[report]'")


def prepared(form: str | None, output: str | None) -> str:
    """The format, after a test that the output can be written."""
    if output is None:
        return form or "text"
    from ..documents.pdf import check_page
    from ..files import check_writable

    suffix = Path(output).suffix.lower()
    if form is None and suffix not in FORMATS:
        raise FileTrouble(
            f"output: {output} has an unknown suffix {suffix!r}; end it in {', '.join(FORMATS)}, or pass --format"
        )
    if suffix == ".pdf" and form not in (None, "html"):
        raise FileTrouble(f"output: {output} is the html document, printed; end it in {_suffix(form)}")
    (check_page if suffix == ".pdf" else check_writable)(output)
    return form or FORMATS[suffix]


def _suffix(form: str) -> str:
    return next(suffix for suffix, known in FORMATS.items() if known == form)


def publish(
    derivations: list[Derivation], form: str, output: str | None, quiet: bool = False, digits_pass: bool = False
) -> int:
    """Prints or writes derivations, and returns the exit code. `digits_pass`: agreement in digits with quadrature is 0."""
    from ..proofs.formats import document

    width = max(40, get_terminal_size().columns) if output is None and sys.stdout.isatty() else None
    put(document(derivations, form, greek() or output is not None, width), output, quiet, form)
    return exit_code(derivations, digits_pass)


def exit_code(derivations: Iterable[Derivation], digits_pass: bool = False) -> int:
    """The exit code: 0 if all is proved, 3 if two judges contradict each other, otherwise 1."""
    from ..proofs.derivation import Verdict

    verdicts = [d.verdict for d in derivations]
    if Verdict.CONTRADICTED in verdicts:
        return 3
    return 0 if all(v.supports if digits_pass else v is Verdict.PROVED for v in verdicts) else 1


def put(document: str, output: str | None, quiet: bool, form: str = "text") -> None:
    if output is not None:
        if form == "html":
            from ..documents.pdf import write_page as write
        else:
            from ..files import write_text as write
        write(output, document)
        if not quiet:
            click.echo(f"{'Page' if form == 'html' else 'File'}: {output}")
    elif not quiet:
        click.echo(document, nl=False)


def shown(text: str) -> str:
    """The text with coloured verdicts and lines within the width on a terminal; unchanged elsewhere."""
    if not sys.stdout.isatty():
        return text
    lines = (part for line in text.splitlines() for part in _within(line, get_terminal_size().columns))
    text = "".join(f"{line}\n" for line in lines)
    if os.environ.get("NO_COLOR"):
        return text
    return _VERDICT.sub(lambda found: found[1] + click.style(found[2], fg=_COLOURS[found[2].split()[0].lower()]), text)


_COLOURS = {"refuted": "red", "ill-formed": "red", "failed": "red", "undecided": "yellow", "proved": "green"}
_COLOURS |= {"agrees": "green", "judges": "red"}
_VERDICT = re.compile(  # after a colon, or at the beginning of a wrapped line
    r"(: |^ *)(refuted|ill-formed|failed|undecided|proved|agrees|judges contradict each other)\b", re.I | re.M
)


def _within(line: str, width: int) -> list[str]:
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return wrap(line, width, subsequent_indent=indent, break_on_hyphens=False, drop_whitespace=True) or [line]


def greek() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()
