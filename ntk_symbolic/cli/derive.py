"""`ntk-symbolic derive` and `ntk-symbolic activation`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from ..errors import InvalidInput, NoClosedForm
from .options import quiet_option, scales
from .output import FORMS, document_options, greek, prepared, publish, put, require


@click.command(short_help="The dual kernel of an activation, step by step.")
@click.argument("activation", metavar="PHI")
@click.option(
    "--mutants",
    is_flag=True,
    help="Test the judges: κ and κ̇ are altered by every rule, and no altered formula may pass.",
)
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="At most N mutants of κ, and of κ̇.")
@click.option(
    "--formula", is_flag=True, help="κ and κ̇ alone, as text, latex or python: importable NumPy/SciPy functions."
)
@click.option("-o", "--output", metavar="FILE", help="The file to write; its suffix decides the format.")
@click.option("--format", "form", type=click.Choice([*FORMS, "python"]), help="Default: text, or the suffix of -o.")
@quiet_option
def derive(
    activation: str,
    mutants: bool,
    sample: int | None,
    formula: bool,
    form: str | None,
    output: str | None,
    quiet: bool,
) -> int:
    """The dual kernel of an activation: κ = E φ(u)φ(v), with the derivation, in which every step is checked.

    PHI is a library name or an expression in u; write -- before one that begins with a minus sign.

    \b
    ntk-symbolic derive relu
    ntk-symbolic derive 'leaky_relu(0.1)' --format markdown
    ntk-symbolic derive 'u*erf(u)' -o dual.html
    ntk-symbolic derive -- '-sin(u)'
    ntk-symbolic derive gelu --formula --format latex
    ntk-symbolic derive gelu --formula -o gelu_dual.py
    ntk-symbolic derive gelu --mutants
    """
    from ..api import activation as read

    if formula:
        if mutants or sample is not None:
            raise InvalidInput("formula: --formula and --mutants exclude each other; leave one out")
        return _formula(read(activation), form, output, quiet)
    if form == "python":
        raise InvalidInput("format: python is the form of a formula; add --formula")
    if mutants or sample is not None:
        if form or output:
            raise InvalidInput("mutants: their verdicts are printed as text; leave out --format and -o")
        return _altered(read(activation), sample)
    form = prepared(form, output)
    phi = read(activation)
    try:
        found = phi.derivation
    except NoClosedForm as reason:
        raise NoClosedForm(_instead(phi, reason)) from None
    return publish([found], form, output, quiet, digits_pass=True)


def _instead(phi: Any, reason: NoClosedForm) -> str:
    """The reason why there is no derivation, and the command for the kernel's values. Raises if there is no kernel."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        phi.dual(1.0, 1.0, 0.5)  # a pole, or values that are not real
    name = shlex.quote(phi.text)
    command = f"ntk-symbolic activation {name}, or kernel --activation {name} --bound"
    return f"{reason}; for its numbers with a proved bound: {command}"


FORMULAS = {".txt": "text", ".tex": "latex", ".py": "python"}


def _formula(phi: Any, form: str | None, output: str | None, quiet: bool) -> int:
    suffix = Path(output).suffix.lower() if output else ".txt"
    form = form or FORMULAS.get(suffix)
    if form not in FORMULAS.values():
        raise InvalidInput(f"format: a formula has no form {form or suffix!r}; pass text, latex or python")
    put(phi.formula(form), output, quiet)
    return 0


@click.command("activation", short_help="An activation as a page: kernels, series, fixed points, edge of chaos.")
@click.argument("phi", metavar="PHI", required=False)
@click.option("--list", "listing", is_flag=True, help="The names of the library, with their formulas and other names.")
@scales
@document_options
@quiet_option
def activation(
    phi: str | None, listing: bool, W_std: float, b_std: float, form: str | None, output: str | None, quiet: bool
) -> int:
    """A summary of one activation: its dual kernels and their power series in the correlation with exact
    coefficients, homogeneity and smoothness, sampled layers beside the limit, the fixed points of variance and
    correlation in a deep network with this W_std and b_std, and the W_std of the edge of chaos.

    PHI is a library name or an expression in u; write -- before one that begins with a minus sign.

    \b
    ntk-symbolic activation --list
    ntk-symbolic activation gelu --W-std 1.5 --b-std 0.1
    ntk-symbolic activation relu -o relu.html
    ntk-symbolic activation 'tanh(u)' --format markdown
    """
    if listing:
        return _list()
    if phi is None:
        raise InvalidInput("name an activation, such as relu, or pass --list")
    from ..api import activation as read

    form = prepared(form, output)
    made = read(phi).report(W_std, b_std)
    if form == "html":
        require("matplotlib", "the plot needs matplotlib")
    text = made.text(greek() or output is not None) if form == "text" else getattr(made, form)()
    put(text, output, quiet, form)
    return 0 if made.supported else 1


def _list() -> int:
    from ..activations.aliases import ALIASES
    from ..activations.library import LIBRARY

    width = max(map(len, LIBRARY))
    for name, item in LIBRARY.items():
        others = [alias for alias, of in ALIASES.items() if of == name]
        also = f"   also {', '.join(others)}" if others else ""
        click.echo(f"{name:<{width}}  {item.text}{also}")
    return 0


def _altered(phi: Any, sample: int | None) -> int:
    from ..activations.proof.altered import altered
    from .terminal import stages

    found = []
    with stages(not sys.stderr.isatty()) as watch:
        total, wrong = altered(phi._dual, sample)
        for one in wrong:
            found.append(one)
            watch("judging altered formulas", len(found) / total)
    passed = [one for one in found if not one.refused]
    for of in ("κ", "κ̇"):
        mine = [one for one in found if one.of == of]
        refused = sum(one.refused for one in mine)
        click.echo(f"{of} of {phi.text}: {len(mine)} altered formulas, {refused} refused")
    for one in passed:
        click.echo(f"accepted, {one.of} = {one.formula}")
    return 1 if passed else 0
