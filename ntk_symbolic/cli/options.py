"""The options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from .. import defaults
from ..errors import InvalidInput

if TYPE_CHECKING:
    from ..api import Network

PLAIN = {"activation": "--activation", "depth": "--depth", "W_std": "--W-std", "b_std": "--b-std"}


def architecture(command: Callable) -> Callable:
    """The options that describe the network, the same for every command."""
    command = click.option(
        "--arch",
        metavar="TEXT|FILE",
        help="Any network, in place of --depth and --activation: layers in a row, such as "
        "'dense(W_std=1.4) repeat(2, residual(relu dense)) layernorm relu dense', or a file of such text.",
    )(command)
    command = click.option(
        "--depth", type=int, default=defaults.DEPTH, show_default=True, help="Hidden layers; 0 is a linear model."
    )(scales(command))
    return click.option(
        "--activation",
        default=defaults.ACTIVATION,
        show_default=True,
        metavar="PHI",
        help="A library name, such as erf or 'leaky_relu(0.1)', or an expression in u, such as 'u*erf(u)'.",
    )(command)


def chosen(arch: str | None, depth: int, activation: str, W_std: float, b_std: float) -> tuple[Network, str]:
    """The described network, and its name in one line. Raises InvalidInput and FileTrouble."""
    from .. import api

    if arch is None:
        net = api.mlp(depth, activation, W_std, b_std)
        name = getattr(net.layers[1], "text", activation) if depth else "linear model"
        return net, defaults.described(name, depth, W_std, b_std)
    refuse_both(arch)
    text = arch_text(arch)
    net = api.architecture(text)
    net.graph()
    return net, in_one_line(text)


def refuse_both(arch: str) -> None:
    """Raises InvalidInput if the network is described twice."""
    source = click.get_current_context().get_parameter_source
    given = [option for name, option in PLAIN.items() if source(name) is ParameterSource.COMMANDLINE]
    if given:
        raise InvalidInput(f"arch: --arch and {given[0]} describe the network twice; leave one out")


def arch_text(arch: str) -> str:
    """The text of the file of this name, or the text itself if there is none."""
    from ..files import read_text

    if Path(arch).is_file() or re.fullmatch(r"[^\s()\"']*[./\\][^\s()\"']*", arch):
        return read_text(arch, "arch")
    return arch


def in_one_line(text: str) -> str:
    """An architecture without its comments."""
    return " ".join(re.sub(r"""("[^"\n]*"|'[^'\n]*')|#[^\n]*""", lambda found: found[1] or "", text).split())


def scales(command: Callable) -> Callable:
    """The options W_std and b_std, for every Dense layer."""
    command = click.option(
        "--b-std", "b_std", type=float, default=defaults.B_STD, show_default=True, help="Scale of the biases."
    )(command)
    return click.option(
        "--W-std", "W_std", type=float, default=defaults.W_STD, show_default="√2", help="Scale of the weights."
    )(command)


def get_option(said: str) -> Callable:
    """The option for the kernel, or both."""
    kinds = click.Choice(["ntk", "nngp", "both"], case_sensitive=False)
    return click.option("--get", type=kinds, default="ntk", show_default=True, help=said)


delimiter_option = click.option(
    "--delimiter",
    metavar="SIGN",
    help="The separator of the columns of a CSV: comma, tab, semicolon, space, or one character. Default: detected among "
    "these and |.",
)
drop_option = click.option(
    "--drop", multiple=True, metavar="COLUMN", help="A column of the CSV that is no feature, by name or number from 1."
)
quiet_option = click.option("--quiet", is_flag=True, help="Print nothing but errors.")
