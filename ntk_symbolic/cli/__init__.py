"""The commands. Every numeric import happens inside its command, so that --help needs none.

Exit codes: 0 fine or proved; 1 refuted, undecided or a failed verdict; 2 bad input; 3 judges that contradict each other, a
defect of this program; 130 interrupted; 141 when the reader of a pipe has gone, as in shells.
"""

from __future__ import annotations

import click

from ..version import __version__
from .check import check
from .derive import activation, derive
from .export import export
from .grade import grade
from .group import Commands
from .kernel import kernel
from .output import FORMATS
from .prove import prove
from .report import report

__all__ = ["FORMATS", "main"]

SETTINGS = {"max_content_width": 100, "help_option_names": ["-h", "--help"]}


@click.group(cls=Commands, invoke_without_command=True, context_settings=SETTINGS)
@click.version_option(__version__, prog_name="ntk-symbolic")
@click.pass_context
def main(context: click.Context) -> None:
    """Derive, prove and evaluate neural tangent kernels.

    An activation is one expression; its dual kernel is derived, proved, evaluated on data and
    tested against sampled networks.

    \b
    Start here:
      ntk-symbolic report                        a full report on scikit-learn's digits, as one HTML page
      ntk-symbolic derive relu                   the dual kernel of ReLU, step by step
      ntk-symbolic activation gelu               its kernels, power series, fixed points and edge of chaos
      ntk-symbolic kernel X.npy -o K.npy         the infinite-width NTK of your data
      ntk-symbolic export --depth 3 -o ntk.c     the kernel as source code: C, Julia, NumPy, PyTorch, JAX, LaTeX
      ntk-symbolic prove cost-dynamics           the dynamics of the cost along gradient flow
      ntk-symbolic check notes.md                your own derivations, checked line by line
      ntk-symbolic grade scikit-ntk              the digits of another library's kernels

    \b
    Exit codes: 0 fine or proved; 1 refuted, undecided or a failed verdict; 2 bad input; 3 two judges contradict each
    other, a defect of this program; 130 interrupted.

    \b
    Completion by Tab: eval "$(_NTK_SYMBOLIC_COMPLETE=bash_source ntk-symbolic)" in ~/.bashrc, or zsh_source, fish_source.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for command in (report, kernel, derive, activation, export, prove, check, grade):
    main.add_command(command)
