"""`ntk-symbolic grade`: the digits of another library's kernels, or of a callable."""

from __future__ import annotations

import shlex

import click

from .options import quiet_option
from .output import document_options, greek, prepared, put


@click.command(short_help="The digits of the kernels of another library, or of your own code.")
@click.argument("peer", metavar="PEER")
@click.option("--python", metavar="INTERPRETER", help="The Python that has the library. Default: this one.")
@click.option(
    "--seconds",
    type=click.IntRange(1, 86400),
    default=600,
    show_default=True,
    metavar="N",
    help="Time for all calls; those that are not finished are errors.",
)
@click.option(
    "--digits",
    type=click.IntRange(1, 15),
    default=1,
    show_default=True,
    metavar="N",
    help="Exit code 1 if an entry is right to fewer digits.",
)
@document_options
@quiet_option
def grade(
    peer: str, python: str | None, seconds: int, digits: int, form: str | None, output: str | None, quiet: bool
) -> int:
    """The number of right digits of infinite-width kernels, against certified values.

    PEER is ntk_symbolic, neural_tangents, scikit-ntk, botorch, or MODULE:CALLABLE or FILE.py:CALLABLE, which IS RUN in a
    process of its own: f(X, Y, depth=, activation=, W_std=, b_std=, get=) returns the kernel of X (n, d) and Y (m, d), or of X
    alone where Y is None, in the conventions of `mlp`; get is "ntk" or "nngp"; it raises NotImplementedError for what it lacks.

    Networks of depth 1, 3 and 10 with ReLU, erf and GELU, with and without biases; inputs that are generic, equal, 1e-3 to
    1e-12 apart, parallel, opposite, 0, small and large. Needs python-flint.

    Exit code 0 if every entry has the digits of --digits, 1 if one has fewer, is not finite or is not returned.

    \b
    ntk-symbolic grade ntk_symbolic
    ntk-symbolic grade scikit-ntk --python ../other/bin/python -o grade.html
    ntk-symbolic grade mykernels:ntk --digits 12
    """
    from ..grading.cases import cases, groups
    from ..grading.grade import grade as graded
    from ..grading.page import document
    from ..grading.peers import peer as named
    from ..pages import blocks
    from .terminal import stages

    form = prepared(form, output)
    one = named(peer)
    with stages(quiet) as watch:
        found = graded(one, cases(), groups(), python, seconds, watch)
    page = document(found, f"ntk-symbolic grade {shlex.quote(peer)}" + (" --python …" if python else ""))
    text = (
        blocks.to_text(page, greek() or output is not None) if form == "text" else getattr(blocks, f"to_{form}")(page)
    )
    put(text, output, quiet, form)
    return 0 if found.passes(digits) else 1
