"""The group of commands, whose errors are one line on stderr and an exit code."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

import click

from ..errors import NotationError, NTKSymbolicError
from ..visible import visible


class Commands(click.Group):
    """A group in which every error is one line on stderr, and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:  # caught here, since click would exit with 1, which means refuted
            # Python flushes stdout once more at exit, and would report an error
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 141
        return code

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if reconfigure := getattr(stream, "reconfigure", None):
                reconfigure(errors="replace")  # κ on a terminal without Greek letters is no error
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _warn
                code = super().main(*args, standalone_mode=False, **extra) or 0
        except (click.Abort, KeyboardInterrupt):
            code = say("Interrupted", 130)
        except click.ClickException as trouble:
            code = say(f"Error: {trouble.format_message().rstrip('.')}{hint_at_help(trouble)}", 2)
        except NTKSymbolicError as trouble:
            # The only notation on a command line is that of an activation
            lead = "activation: " if isinstance(trouble, NotationError) and "activation" not in str(trouble) else ""
            code = say(f"Error: {lead}{_as_options(trouble)}", 2)
        except OSError as trouble:
            code = say(f"Error: {trouble}; check the path and the disk", 2)
        except MemoryError:
            code = say("Error: not enough memory for matrices of this size: pass fewer rows", 2)
        if standalone_mode:
            sys.exit(code)
        return code


def _warn(message: Warning | str, *_: Any, **__: Any) -> None:
    """Prints a warning in one line, without the line of code that Python adds."""
    say(f"Warning: {_as_options(message)}", 0)


def _as_options(sentence: object) -> str:
    """A remedy with arguments of Python replaced by options."""
    return str(sentence).replace("bound=True", "--bound").replace('get="nngp"', "--get nngp")


def say(line: str, code: int) -> int:
    click.echo(visible(" ".join(line.split())), err=True)
    return code


def hint_at_help(trouble: click.ClickException) -> str:
    context = getattr(trouble, "ctx", None)
    path = context.command_path if context else "ntk-symbolic"
    formula = isinstance(trouble, click.NoSuchOption) and not trouble.option_name.startswith("--")
    if formula and path.endswith(("derive", "activation")) and "--" not in sys.argv:
        return "; write -- before an expression that begins with a minus sign"
    return f"; see {path} --help"
