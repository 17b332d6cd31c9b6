"""`ntk-symbolic report`: one network on one data set, as a page."""

from __future__ import annotations

from typing import Any

import click

from .group import say
from .options import arch_text, architecture, delimiter_option, drop_option, in_one_line, quiet_option, refuse_both
from .output import require


@click.command()
@click.option(
    "--data",
    metavar="X.npy|X.csv",
    help="Your data, a row for each input; .npz as well. Default: scikit-learn's digits.",
)
@click.option(
    "--target",
    metavar="y.npy|COLUMN",
    help="One target a row, in a file, or in a column of a CSV given as --data: text or integers are classes, floats are "
    "numbers. Without it there is no prediction.",
)
@drop_option
@delimiter_option
@click.option("-o", "--output", default="report.html", show_default=True, metavar="FILE", help="The page to write.")
@architecture
@click.option(
    "--max-rows", type=int, default=2000, show_default=True, help="The largest number of rows, drawn at random."
)
@click.option("--seed", type=int, default=0, show_default=True, help="The seed of all random choices.")
@click.option(
    "--scale",
    type=click.Choice(["features", "common", "none"]),
    help="Standardise each feature (default for --data), all by one number (default for the digits), or none.",
)
@click.option(
    "--task",
    type=click.Choice(["auto", "classes", "numbers"]),
    default="auto",
    show_default=True,
    help="The kind of the targets.",
)
@quiet_option
def report(output: str, quiet: bool, arch: str | None, **settings: Any) -> int:
    """A report on one network and one data set, as one HTML page.

    Derives the dual kernel, evaluates NNGP and NTK, tests them against sampled finite networks, derives and confirms
    the cost dynamics, and predicts held-out rows beside an RBF kernel. Under a minute at the default size. Open the page
    in a browser.

    \b
    ntk-symbolic report
    ntk-symbolic report --data X.csv --target y.csv --activation erf --depth 2 -o erf.html
    ntk-symbolic report --data flowers.csv --target species
    ntk-symbolic report --activation 'u*erf(u)' --W-std 1.2
    ntk-symbolic report --arch "dense(W_std=1.4) residual(relu dense) layernorm relu dense"
    """
    require("matplotlib", "the plots need matplotlib")
    from ..documents.pdf import check_page, write_page
    from ..files import check_apart
    from ..reports.report import report_html
    from ..reports.study import Settings, study
    from .terminal import print_findings, stages

    check_page(output)
    check_apart(output, (settings["data"], settings["target"]))
    if arch is not None:
        refuse_both(arch)
        arch = in_one_line(arch_text(arch))
    with stages(quiet) as watch:
        done = study(Settings(arch=arch, **settings), watch)
        watch("writing the page", 0)
        write_page(output, report_html(done))
    if not quiet:
        for sentence in done.data.notes:
            say(f"Note: {sentence}", 0)
        click.echo(f"{done.data.name}: {done.data.size} (seed {done.settings.seed})")
        click.echo(f"Network: {done.settings.network}")
        print_findings(done.findings)
        click.echo(f"Page: {output}")
    return 0 if all(finding.good for finding in done.findings) else 1
