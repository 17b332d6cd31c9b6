"""`ntk-symbolic check`: users' own derivations, checked line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..errors import FileTrouble, InvalidInput
from .group import say
from .options import quiet_option
from .output import document_options, greek, prepared, put, shown


@click.command(short_help="Your own derivations, checked line by line.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@document_options
@click.option(
    "--seconds",
    type=click.IntRange(1, 86400),
    metavar="N",
    help="Time for the whole FILE. Default: 100 for .md, whose steps are undecided after it; 600 for .py.",
)
@click.option("--accept-numeric", is_flag=True, help="Exit code 0 also if lines agree in digits and are not proved.")
@click.option("--watch", is_flag=True, help="Check a FILE again whenever it is saved, until Ctrl-C.")
@quiet_option
def check(
    files: tuple[str, ...],
    form: str | None,
    output: str | None,
    seconds: int | None,
    accept_numeric: bool,
    watch: bool,
    quiet: bool,
) -> int:
    """The derivations in each FILE, checked line by line: proved, or the place and reason of each failure.

    A .md file is parsed and never run: its blocks that begin with ```derivation, in the notation of docs/notation.md.
    A .py file IS RUN, in a process of its own: check only what you would run. Every theorem written in it is checked,
    under any name or none. Its output goes to stderr. The FILE - is standard input, read as .md.

    Exit code 0 if all are proved; 1 if a line is refuted, undecided or ill-formed, or only agrees in digits
    (the number is printed; --accept-numeric accepts this); 2 if a FILE or a derivation in it cannot be
    read or run, if it has no derivation, or if a .py file does not finish: the others are checked nevertheless;
    3 if two judges contradict each other, which is a defect of this program.

    \b
    ntk-symbolic check notes.md
    ntk-symbolic check *.md derivations.py --quiet
    ntk-symbolic check - < notes.md
    ntk-symbolic check notes.md --watch
    ntk-symbolic check notes.md --format latex -o notes.tex
    """
    from ..checking.apart import INPUT, Wanted

    whole = form is not None or output is not None
    if whole and (watch or len(files) > 1):
        raise InvalidInput("format: a document is made of one FILE, once; leave out --format and -o, or --watch")
    if files.count(INPUT) > (not watch):
        raise InvalidInput("file: standard input can be read once; name a file to be watched")
    form = prepared(form, output)
    if output is not None:
        from ..files import check_apart

        check_apart(output, files)
    unicode = greek()

    def code(file: str) -> int:
        wanted = Wanted(file, form if whole else None, unicode, unicode or output is not None)
        return _checked(wanted, seconds, output, accept_numeric, quiet)

    if not watch:
        return max([code(file) for file in files])
    from ..checking.watching import watched

    return watched(files, code)


def _checked(wanted: Any, seconds: int | None, output: str | None, accept_numeric: bool, quiet: bool) -> int:
    """The exit code of one file, whose verdicts are printed."""
    from ..checking.apart import answer

    if not quiet and Path(wanted.file).suffix.lower() == ".py":
        say(f"{wanted.file}: running its code", 0)
    try:
        found = answer(wanted, seconds)
    except FileTrouble as trouble:
        return say(f"Error: {trouble}", 2)
    if found.document:
        put(found.document, output, quiet, wanted.form or "text")
    if not quiet:
        click.echo(found.said if wanted.form else shown(found.said), nl=False, err=wanted.form is not None)
    click.echo(found.unread, nl=False, err=True)
    return found.exit_code(accept_numeric)
