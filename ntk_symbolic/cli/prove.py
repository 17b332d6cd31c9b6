"""`ntk-symbolic prove`: the theorems, checked line by line."""

from __future__ import annotations

import sys

import click

from ..errors import InvalidInput
from .group import say
from .options import quiet_option
from .output import document_options, exit_code, prepared, publish


@click.command(short_help="A theorem, derived and checked line by line.")
@click.argument("theorem", required=False)
@click.option("--all", "everything", is_flag=True, help="All theorems, as a table; with --format in full.")
@click.option("--list", "listing", is_flag=True, help="The names of the theorems.")
@click.option(
    "--mutants",
    is_flag=True,
    help="Test the judges: every line is altered by every rule, and no altered line may pass.",
)
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N", help="At most N mutants of each line, always the same ones."
)
@document_options
@quiet_option
def prove(
    theorem: str | None,
    everything: bool,
    listing: bool,
    mutants: bool,
    sample: int | None,
    form: str | None,
    output: str | None,
    quiet: bool,
) -> int:
    """A theorem, derived line by line and checked by judges that share only the statement.

    Exit code 1 unless it is proved, and every mutant of it is refused.

    \b
    ntk-symbolic prove --list
    ntk-symbolic prove cost-dynamics
    ntk-symbolic prove cost-dynamics --mutants
    ntk-symbolic prove --all
    ntk-symbolic prove --all --sample 5
    ntk-symbolic prove --all -o theorems.tex
    ntk-symbolic prove --all -o theorems.pdf
    """
    from ..pages.graph import in_order
    from ..pages.theorem_page import uses_among
    from ..theorems import all_theorems

    theorems = all_theorems()
    if listing:
        click.echo("".join(f"{name}\n" for name in theorems), nl=False)
        return 0
    if theorem is not None and everything:
        raise InvalidInput(f"theorem: {theorem} and --all exclude each other; leave one out")
    names = in_order(uses_among(theorems)) if everything else [_named(theorem, sorted(theorems))]
    altering = mutants or sample is not None
    if altering and (form or output):
        raise InvalidInput("mutants: the scores are printed as text; leave out --format and -o")
    if altering or (everything and not (form or output)):
        return _table(names, everything, altering, sample, quiet)
    form = prepared(form, output)
    return publish([theorems[name]() for name in names], form, output, quiet)


def _table(names: list[str], everything: bool, altering: bool, sample: int | None, quiet: bool) -> int:
    from ..pages.theorem_table import score_text, theorem_table
    from ..proofs.mutation.scores import scores
    from ..theorems import all_theorems
    from .terminal import stages

    derivations = {}
    with stages(quiet or not sys.stderr.isatty()) as watch:
        for done, name in enumerate(names):
            watch("judging theorems", done / len(names))
            derivations[name] = all_theorems()[name]()
            if everything and not quiet and not sys.stderr.isatty():
                say(f"{name}: {derivations[name].verdict}", 0)
        found = scores([all_theorems()[name] for name in names], sample, watch=watch) if altering else []
    if not quiet:
        scored = dict(zip(names, found))
        text = theorem_table(derivations, scored) if everything else score_text(found[0])
        click.echo(text, nl=False)
    return exit_code(derivations.values()) or int(not all(score.passed for score in found))


def _named(theorem: str | None, known: list[str]) -> str:
    from difflib import get_close_matches

    if theorem is None:
        raise InvalidInput(f"name a theorem ({', '.join(known)}), or pass --all or --list")
    name = theorem.replace("_", "-").lower()
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        raise InvalidInput(
            f"theorem {theorem!r} does not exist; "
            + (f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}")
        )
    return name
