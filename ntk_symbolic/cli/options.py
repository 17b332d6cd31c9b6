"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable

import click

from .. import defaults


def architecture(command: Callable) -> Callable:
    """The options that say which network is meant, the same for every command."""
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


def scales(command: Callable) -> Callable:
    """W_std and b_std, of every Dense layer."""
    command = click.option(
        "--b-std", "b_std", type=float, default=defaults.B_STD, show_default=True, help="Scale of the biases."
    )(command)
    return click.option(
        "--W-std", "W_std", type=float, default=defaults.W_STD, show_default="√2", help="Scale of the weights."
    )(command)


delimiter_option = click.option(
    "--delimiter",
    metavar="SIGN",
    help="What separates the columns of a CSV: comma, tab, semicolon, space, or one character. Default: found out among "
    "these and |.",
)
drop_option = click.option(
    "--drop", multiple=True, metavar="COLUMN", help="A column of the CSV that is no feature, by name or number from 1."
)
quiet_option = click.option("--quiet", is_flag=True, help="Print nothing but errors.")
