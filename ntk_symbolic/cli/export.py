"""`ntk-symbolic export`: kernels as source code of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from ..errors import FileTrouble, InvalidInput
from .options import PLAIN, architecture, chosen, get_option, quiet_option
from .output import put

FORMS = ("latex", "numpy", "torch", "jax", "c", "julia")
SUFFIXES = {".tex": "latex", ".py": "numpy", ".c": "c", ".jl": "julia"}


@click.command(short_help="A kernel as source code: NumPy, PyTorch, JAX, C, Julia, LaTeX.")
@click.argument("phi", metavar="[PHI]", required=False)
@click.option("--to", "form", type=click.Choice(FORMS), help="The language. Default: that of the suffix of -o.")
@click.option("-o", "--output", metavar="FILE", help="The file to write; .py is NumPy unless --to says otherwise.")
@architecture
@get_option("Which kernel of a network.")
@quiet_option
def export(
    phi: str | None,
    form: str | None,
    output: str | None,
    arch: str | None,
    activation: str,
    depth: int,
    W_std: float,
    b_std: float,
    get: str,
    quiet: bool,
) -> int:
    """The dual kernel of PHI, or the kernel of a network, as source code of a function that needs nothing of this program.

    The code is run against values of 20 digits before it is written, with the measured errors in its header; a warning
    says so where its compiler or library is missing.

    \b
    ntk-symbolic export relu --to c
    ntk-symbolic export --arch "dense residual(relu dense) layernorm relu dense" --to torch -o kernel.py
    ntk-symbolic export --activation erf --depth 2 --get both -o kernels.jl
    """
    from ..files import check_writable

    form = form or _by_suffix(output)
    if output is not None:
        check_writable(output)
    source = click.get_current_context().get_parameter_source
    given = [name for name in (*PLAIN, "arch", "get") if source(name) is ParameterSource.COMMANDLINE]
    made = (
        _network(given, form, get, (arch, depth, activation, W_std, b_std)) if phi is None else _dual(phi, given, form)
    )
    put(made.text, output, quiet)
    return 0


def _by_suffix(output: str | None) -> str:
    if output is None:
        raise InvalidInput(f"to: pass --to {', '.join(FORMS[:-1])} or {FORMS[-1]}")
    suffix = Path(output).suffix.lower()
    if suffix not in SUFFIXES:
        raise FileTrouble(
            f"output: {output} has an unknown suffix {suffix!r}; end it in {', '.join(SUFFIXES)}, or pass --to"
        )
    return SUFFIXES[suffix]


def _dual(phi: str, given: list[str], form: str) -> Any:
    from ..api import activation as read

    if given:
        option = PLAIN.get(given[0], f"--{given[0]}")
        raise InvalidInput(f"export: {option} describes a network, and {phi} is an activation; leave one out")
    return read(phi).export(form)


def _network(given: list[str], form: str, get: str, described: tuple[Any, ...]) -> Any:
    if not given:
        raise InvalidInput("export: name an activation, such as relu, or describe a network by --arch or by --depth")
    net, _ = chosen(*described)
    return net.export(form, ("nngp", "ntk") if get == "both" else get)
