"""The commands. Every numeric import happens inside its command, so that --help is there at once.

Exit codes: 0 fine or proved; 1 refuted, undecided or a failed verdict; 2 bad input; 3 judges that contradict each other, a
defect of this program; 130 interrupted; 141 when the reader of a pipe has gone, as a shell calls it.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import __version__
from .errors import FileTrouble, InvalidInput, NotationError, NTKSymbolicError
from .visible import visible

if TYPE_CHECKING:
    from .proofs.derivation import Derivation

FORMATS = {".txt": "text", ".md": "markdown", ".tex": "latex", ".html": "html"}


class Commands(click.Group):
    """A group whose every trouble is one line on stderr, and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:  # caught here, for click would exit with 1, which means refuted
            # Python flushes stdout once more at exit, and would complain about it
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 141
        return code

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if reconfigure := getattr(stream, "reconfigure", None):
                reconfigure(errors="replace")  # κ on a terminal that knows no Greek is no reason to stop
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _warned
                code = super().main(*args, standalone_mode=False, **extra) or 0
        except (click.Abort, KeyboardInterrupt):
            code = _said("Interrupted", 130)
        except click.ClickException as trouble:
            code = _said(f"Error: {trouble.format_message().rstrip('.')}{_hint(trouble)}", 2)
        except NTKSymbolicError as trouble:
            # The only notation there is to write on a command line is that of an activation
            lead = "activation: " if isinstance(trouble, NotationError) and "activation" not in str(trouble) else ""
            code = _said(f"Error: {lead}{trouble}", 2)
        except OSError as trouble:
            code = _said(f"Error: {trouble}; check the path and the disk", 2)
        except MemoryError:
            code = _said("Error: not enough memory for matrices of this size: pass fewer rows", 2)
        if standalone_mode:
            sys.exit(code)
        return code


def _warned(message: Warning | str, *_: Any, **__: Any) -> None:
    """In one line, without the line of code that Python adds."""
    _said("Warning: " + str(message).replace("bound=True", "--bound"), 0)


def _said(line: str, code: int) -> int:
    click.echo(visible(" ".join(line.split())), err=True)
    return code


def _hint(trouble: click.ClickException) -> str:
    context = getattr(trouble, "ctx", None)
    path = context.command_path if context else "ntk-symbolic"
    formula = isinstance(trouble, click.NoSuchOption) and not trouble.option_name.startswith("--")
    if formula and path.endswith(("derive", "activation")) and "--" not in sys.argv:
        return "; write -- before an expression that begins with a minus sign"
    return f"; see {path} --help"


@click.group(cls=Commands, invoke_without_command=True, context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="ntk-symbolic")
@click.pass_context
def main(context: click.Context) -> None:
    """Derive, prove and evaluate neural tangent kernels.

    An activation is written once, as an expression; its dual kernel is derived, proved, evaluated on data and held
    against sampled networks.

    \b
    Start here:
      ntk-symbolic report                        everything on scikit-learn's digits, as one HTML page
      ntk-symbolic derive relu                   the dual kernel of ReLU, step by step
      ntk-symbolic activation gelu               its kernels, power series, fixed points and edge of chaos
      ntk-symbolic kernel X.npy -o K.npy         the infinite-width NTK of your data
      ntk-symbolic prove cost-dynamics           how the cost moves along gradient flow
      ntk-symbolic check notes.md                your own derivations, judged line by line

    \b
    Exit codes: 0 fine or proved; 1 refuted, undecided or a failed verdict; 2 bad input; 3 two judges contradict each
    other, a defect of this program; 130 interrupted.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def architecture(command: Callable) -> Callable:
    """The options that say which network is meant, the same for every command."""
    for option in reversed(
        (
            click.option(
                "--activation",
                default="relu",
                show_default=True,
                metavar="PHI",
                help="A library name, such as erf or 'leaky_relu(0.1)', or an expression in u, such as 'u*erf(u)'.",
            ),
            click.option("--depth", type=int, default=3, show_default=True, help="Hidden layers; 0 is a linear model."),
            click.option(
                "--W-std", "W_std", type=float, default=2**0.5, show_default=True, help="Scale of the weights."
            ),
            click.option("--b-std", "b_std", type=float, default=0.1, show_default=True, help="Scale of the biases."),
        )
    ):
        command = option(command)
    return command


quiet_option = click.option("--quiet", is_flag=True, help="Print nothing but errors.")


# ── report ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@main.command()
@click.option("--data", metavar="X.npy|X.csv", help="Your data, a row for each input. Default: scikit-learn's digits.")
@click.option(
    "--target",
    metavar="y.npy|y.csv",
    help="One target a row: text or integers are classes, floats are numbers. Without it nothing is predicted.",
)
@click.option("-o", "--output", default="report.html", show_default=True, metavar="FILE", help="The page to write.")
@architecture
@click.option("--max-rows", type=int, default=2000, show_default=True, help="More rows than this are drawn from.")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides everything that is drawn at random.")
@click.option(
    "--scale",
    type=click.Choice(["features", "common", "none"]),
    help="Standardise each feature (default for --data), all by one number (default for the digits), or nothing.",
)
@click.option(
    "--task",
    type=click.Choice(["auto", "classes", "numbers"]),
    default="auto",
    show_default=True,
    help="What the targets are.",
)
@quiet_option
def report(output: str, quiet: bool, **settings: Any) -> int:
    """Everything about one network on one data set, as one HTML page.

    Derives the dual kernel, evaluates NNGP and NTK, holds them against sampled finite networks, derives and confirms
    the cost dynamics, and predicts held-out rows beside an RBF kernel. Under a minute at the default size.

    \b
    ntk-symbolic report
    ntk-symbolic report --data X.csv --target y.csv --activation erf --depth 2 -o erf.html
    ntk-symbolic report --activation 'u*erf(u)' --W-std 1.2
    """
    _require("matplotlib", "the plots need matplotlib")
    from .files import check_writable, write_text
    from .pages.report import report_html
    from .pages.study import Settings, study
    from .pages.terminal import print_findings, stages

    check_writable(output)
    with stages(quiet) as watch:
        done = study(Settings(**settings), watch)
        watch("writing the page", 0)
        write_text(output, report_html(done))
    if not quiet:
        click.echo(f"{done.data.name}: {done.data.size} (seed {done.settings.seed})")
        print_findings(done.findings)
        click.echo(f"Page: {output}")
    return 0 if all(finding.good for finding in done.findings) else 1


def _require(module: str, why: str) -> None:
    from importlib.util import find_spec

    if find_spec(module) is None:
        raise InvalidInput(f"{why}: pip install 'ntk_symbolic[report]'")


# ── kernel ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@main.command(short_help="The infinite-width kernel of your data.")
@click.argument("X", metavar="X")
@click.argument("Y", metavar="[Y]", required=False)
@click.option("-o", "--output", required=True, metavar="FILE", help="K.npy, K.csv (every digit) or K.npz.")
@architecture
@click.option(
    "--get",
    type=click.Choice(["ntk", "nngp", "both"]),
    default="ntk",
    show_default=True,
    help="Which kernel; both go into one .npz under the names nngp and ntk.",
)
@click.option("--precision", type=int, metavar="N", help="N digits of every entry; FILE is a .csv.")
@click.option(
    "--certified",
    is_flag=True,
    help="Proved bounds: FILE is a .npz that holds ntk_lo and ntk_hi, or nngp_lo and nngp_hi.",
)
@click.option(
    "--bound",
    is_flag=True,
    help="For what has no closed form, such as tanh: a proved bound of each entry's error; FILE is a .npz that holds "
    "ntk and ntk_bound, or nngp and nngp_bound.",
)
@quiet_option
def kernel(
    x: str,
    y: str | None,
    output: str,
    activation: str,
    depth: int,
    W_std: float,
    b_std: float,
    get: str,
    precision: int | None,
    certified: bool,
    bound: bool,
    quiet: bool,
) -> None:
    """The infinite-width kernel of the rows of X, a .npy or .csv file; of X with Y where Y is given.

    \b
    ntk-symbolic kernel X.npy -o K.npy --activation relu --depth 3 --W-std 1.41 --b-std 0.1
    ntk-symbolic kernel X_train.csv X_test.csv -o K.csv --get nngp
    ntk-symbolic kernel X.npy -o both.npz --get both
    ntk-symbolic kernel X.npy -o K.csv --precision 50
    ntk-symbolic kernel X.npy -o bounds.npz --certified
    ntk-symbolic kernel X.npy -o K.npz --activation tanh --bound
    """
    import numpy as np

    from .api import mlp
    from .files import check_writable, read_matrix, write_array

    suffix = Path(output).suffix.lower()
    if suffix not in (".npy", ".csv", ".npz"):
        raise FileTrouble(f"output: {output} has an unknown suffix {suffix!r}; end it in .npy, .csv or .npz")
    if get == "both" and suffix != ".npz":
        raise FileTrouble(f"output: --get both makes two matrices, and {output} holds one; end it in .npz")
    if precision is not None and suffix != ".csv":
        raise FileTrouble(f"output: {output} holds no numbers of {precision} digits; end it in .csv")
    for option, given in (("--certified", certified), ("--bound", bound)):
        if given and suffix != ".npz":
            raise FileTrouble(f"output: {option} makes two matrices, and {output} holds one; end it in .npz")
    check_writable(output)
    net = mlp(depth, activation, W_std, b_std)
    names = ("nngp", "ntk") if get == "both" else (get,)
    rows, columns = read_matrix(x, "X"), None if y is None else read_matrix(y, "Y")
    if bound:
        pairs = net.kernel(rows, columns, names, bound=True, precision=precision, certified=certified)._asdict()
        write_array(output, {f"{n}{end}": x for n, pair in pairs.items() for end, x in zip(("", "_bound"), pair)})
        return _told(output, names, (len(rows), len(rows if columns is None else columns)), quiet)
    if precision is not None or certified:
        exact = net.kernel(rows, columns, names, precision=precision, certified=certified)._asdict()
        write_array(output, _bounds(exact) if certified else _written(exact[get], precision or 0))
        return _told(output, names, (len(rows), len(rows if columns is None else columns)), quiet)
    with np.errstate(over="ignore", invalid="ignore"):  # told in words
        matrices = net.kernel(rows, columns, names)._asdict()
    for name, matrix in matrices.items():
        if not np.isfinite(matrix).all():
            raise InvalidInput(
                f"the {name} kernel leaves the range of floating point: pass a smaller --W-std or --depth"
            )
    write_array(output, matrices if suffix == ".npz" else matrices[get])
    return _told(output, names, matrices[names[0]].shape, quiet)


def _bounds(exact: dict[str, Any]) -> dict[str, Any]:
    return {f"{name}_{end}": part for name, both in exact.items() for end, part in zip(("lo", "hi"), both, strict=True)}


def _written(matrix: Any, digits: int) -> Any:
    """Every entry as text, with all its digits."""
    import numpy as np
    from mpmath import nstr

    return np.array([[nstr(x, digits, strip_zeros=False) for x in row] for row in matrix])


def _told(output: str, names: tuple[str, ...], shape: tuple[int, ...], quiet: bool) -> None:
    if not quiet:
        click.echo(f"{output}: {' and '.join(names)}, {shape[0]} × {shape[1]}", err=True)


# ── derive, prove ────────────────────────────────────────────────────────────────────────────────────────────────────


def document_options(command: Callable) -> Callable:
    command = click.option(
        "-o", "--output", metavar="FILE", help="Write there instead; its suffix decides the format."
    )(command)
    return click.option(
        "--format", "form", type=click.Choice(list(FORMATS.values())), help="Default: text, or what -o says."
    )(command)


@main.command(short_help="The dual kernel of an activation, step by step.")
@click.argument("activation", metavar="PHI")
@click.option(
    "--mutants", is_flag=True, help="Judge the judges: κ and κ̇ are altered in every way, and no alteration may pass."
)
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="At most N mutants of κ, and of κ̇.")
@click.option(
    "--formula", is_flag=True, help="κ and κ̇ alone, as text, latex or python: importable NumPy/SciPy functions."
)
@click.option("-o", "--output", metavar="FILE", help="Write there instead; its suffix decides the format.")
@click.option(
    "--format", "form", type=click.Choice([*FORMATS.values(), "python"]), help="Default: text, or what -o says."
)
def derive(
    activation: str, mutants: bool, sample: int | None, formula: bool, form: str | None, output: str | None
) -> int:
    """The dual kernel of an activation: κ = E φ(u)φ(v), with the derivation, every step judged.

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
    from .api import activation as read

    if formula:
        if mutants or sample is not None:
            raise InvalidInput("formula: --formula and --mutants ask for two things; leave one out")
        return _formula(read(activation), form, output)
    if form == "python":
        raise InvalidInput("format: python is the form of a formula; add --formula")
    if mutants or sample is not None:
        if form or output:
            raise InvalidInput("mutants: what became of them is printed as text; leave out --format and -o")
        return _altered(read(activation), sample)
    form = _prepared(form, output)
    return _publish([read(activation).derivation], form, output, digits_pass=True)


FORMULAS = {".txt": "text", ".tex": "latex", ".py": "python"}


def _formula(phi: Any, form: str | None, output: str | None) -> int:
    suffix = Path(output).suffix.lower() if output else ".txt"
    form = form or FORMULAS.get(suffix)
    if form not in FORMULAS.values():
        raise InvalidInput(f"format: a formula has no form {form or suffix!r}; pass text, latex or python")
    _put(phi.formula(form), output, False)
    return 0


@main.command("activation", short_help="An activation as a page: kernels, series, fixed points, edge of chaos.")
@click.argument("phi", metavar="PHI")
@click.option("--W-std", "W_std", type=float, default=1.0, show_default=True, help="Scale of the weights.")
@click.option("--b-std", "b_std", type=float, default=0.0, show_default=True, help="Scale of the biases.")
@document_options
def activation_command(phi: str, W_std: float, b_std: float, form: str | None, output: str | None) -> int:
    """Everything about one activation: its dual kernels and their power series in the correlation with exact
    coefficients, homogeneity and smoothness, sampled layers beside the limit, the fixed points of variance and
    correlation in a deep network with this W_std and b_std, and the W_std of the edge of chaos.

    PHI is a library name or an expression in u; write -- before one that begins with a minus sign.

    \b
    ntk-symbolic activation gelu --W-std 1.5 --b-std 0.1
    ntk-symbolic activation relu --W-std 1.4142135623730951 -o relu.html
    ntk-symbolic activation 'tanh(u)' --format markdown
    """
    from .api import activation as read

    form = _prepared(form, output)
    made = read(phi).report(W_std, b_std)
    if form == "html":
        _require("matplotlib", "the plot needs matplotlib")
    text = made.text(_greek() or output is not None) if form == "text" else getattr(made, form)()
    _put(text, output, False)
    return 0 if made.supported else 1


def _altered(phi: Any, sample: int | None) -> int:
    from .activations.altered import altered
    from .pages.terminal import stages

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
        click.echo(f"let through, {one.of} = {one.formula}")
    return 1 if passed else 0


@main.command(short_help="A theorem, derived and judged line by line.")
@click.argument("theorem", required=False)
@click.option("--all", "everything", is_flag=True, help="Every theorem there is, as a table; with --format in full.")
@click.option(
    "--mutants", is_flag=True, help="Judge the judges: every line is altered in every way, and no alteration may pass."
)
@click.option(
    "--sample", type=click.IntRange(min=1), metavar="N", help="At most N mutants of each line, always the same ones."
)
@document_options
@quiet_option
def prove(
    theorem: str | None,
    everything: bool,
    mutants: bool,
    sample: int | None,
    form: str | None,
    output: str | None,
    quiet: bool,
) -> int:
    """A theorem, derived line by line and judged by judges that share nothing but the statement.

    Exit code 1 unless it is proved, and unless every mutant of it is refused.

    \b
    ntk-symbolic prove cost-dynamics
    ntk-symbolic prove cost-dynamics --mutants
    ntk-symbolic prove --all
    ntk-symbolic prove --all --sample 5
    ntk-symbolic prove --all --format latex -o theorems.tex
    """
    from .theorems import all_theorems

    theorems = all_theorems()
    if theorem is not None and everything:
        raise InvalidInput(f"theorem: {theorem} and --all ask for two things; leave one out")
    names = list(theorems) if everything else [_named(theorem, sorted(theorems))]
    altering = mutants or sample is not None
    if altering and (form or output):
        raise InvalidInput("mutants: the scores are printed as text; leave out --format and -o")
    if altering or (everything and not (form or output)):
        return _table(names, everything, altering, sample, quiet)
    form = _prepared(form, output)
    return _publish([theorems[name]() for name in names], form, output, quiet)


@main.command(short_help="Your own derivations, judged line by line.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@document_options
@click.option(
    "--seconds",
    type=click.IntRange(1, 86400),
    metavar="N",
    help="Time for the whole FILE. Default: 100 for .md, whose steps are undecided after it; 600 for .py.",
)
@click.option("--accept-numeric", is_flag=True, help="Exit code 0 also where lines agree in digits and are not proved.")
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
    """The derivations in each FILE, judged line by line: proved, or where and why they fail.

    A .md file is read and never run: its blocks that begin with ```derivation, in the notation of docs/notation.md.
    A .py file IS RUN, in a process of its own: check only what you would run. Every theorem written in it is judged,
    under any name or none. What it prints goes to stderr. The FILE - is standard input, read as .md.

    Exit code 0 if all are proved; 1 if a line is refuted, undecided or ill-formed, or only agrees to so many digits
    (it is shown with its number; --accept-numeric lets agreement pass); 2 if a FILE or a derivation in it cannot be
    read or run, if it holds no derivation, or, as .py, does not come to its end: the others are judged all the same;
    3 if two judges contradict each other, which is a defect of this program.

    \b
    ntk-symbolic check notes.md
    ntk-symbolic check *.md derivations.py --quiet
    ntk-symbolic check - < notes.md
    ntk-symbolic check notes.md --watch
    ntk-symbolic check notes.md --format latex -o notes.tex
    """
    from .pages.apart import INPUT, Wanted

    whole = form is not None or output is not None
    if whole and (watch or len(files) > 1):
        raise InvalidInput("format: a document is made of one FILE, once; leave out --format and -o, or --watch")
    if files.count(INPUT) > (not watch):
        raise InvalidInput("file: standard input can be read once; name a file to be watched")
    form = _prepared(form, output)
    greek = _greek()

    def code(file: str) -> int:
        wanted = Wanted(file, form if whole else None, greek, greek or output is not None)
        return _checked(wanted, seconds, output, accept_numeric, quiet)

    if not watch:
        return max([code(file) for file in files])
    from .pages.watching import watched

    return watched(files, code)


def _checked(wanted: Any, seconds: int | None, output: str | None, accept_numeric: bool, quiet: bool) -> int:
    """One file, and its exit code."""
    from .pages.apart import answer

    if not quiet and Path(wanted.file).suffix.lower() == ".py":
        _said(f"{wanted.file}: running its code", 0)
    try:
        found = answer(wanted, seconds)
    except FileTrouble as trouble:
        return _said(f"Error: {trouble}", 2)
    if found.document:
        _put(found.document, output, quiet)
    if not quiet:
        click.echo(found.said, nl=False, err=wanted.form is not None)
    click.echo(found.unread, nl=False, err=True)
    return found.exit_code(accept_numeric)


def _table(names: list[str], everything: bool, altering: bool, sample: int | None, quiet: bool) -> int:
    from .pages.terminal import stages
    from .pages.theorem_table import score_text, theorem_table
    from .proofs.mutation.scores import scores
    from .theorems import all_theorems

    derivations = {}
    with stages(quiet or not sys.stderr.isatty()) as watch:
        for done, name in enumerate(names):
            watch("judging theorems", done / len(names))
            derivations[name] = all_theorems()[name]()
        found = scores([all_theorems()[name] for name in names], sample, watch=watch) if altering else []
    if not quiet:
        scored = dict(zip(names, found))
        text = theorem_table(derivations, scored) if everything else score_text(found[0])
        click.echo(text, nl=False)
    return _code(derivations.values()) or int(not all(score.passed for score in found))


def _named(theorem: str | None, known: list[str]) -> str:
    from difflib import get_close_matches

    if theorem is None:
        raise InvalidInput(f"name a theorem ({', '.join(known)}), or pass --all")
    name = theorem.replace("_", "-").lower()
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.5)
        raise InvalidInput(
            f"theorem {theorem!r} does not exist; "
            + (f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}")
        )
    return name


def _prepared(form: str | None, output: str | None) -> str:
    """The format, after a look whether the output can be written."""
    if output is None:
        return form or "text"
    from .files import check_writable

    suffix = Path(output).suffix.lower()
    if form is None and suffix not in FORMATS:
        raise FileTrouble(
            f"output: {output} has an unknown suffix {suffix!r}; end it in {', '.join(FORMATS)}, or say --format"
        )
    check_writable(output)
    return form or FORMATS[suffix]


def _publish(
    derivations: list[Derivation], form: str, output: str | None, quiet: bool = False, digits_pass: bool = False
) -> int:
    """`digits_pass`: an expectation is compared with quadrature, so agreement in digits is exit code 0 there."""
    from .pages.documents import document

    _put(document(derivations, form, _greek() or output is not None), output, quiet)
    return _code(derivations, digits_pass)


def _code(derivations: Iterable[Derivation], digits_pass: bool = False) -> int:
    """0 where all is proved, 3 where two judges contradict each other, 1 where anything else is wrong."""
    from .proofs.derivation import Verdict

    verdicts = [d.verdict for d in derivations]
    if Verdict.CONTRADICTED in verdicts:
        return 3
    return 0 if all(v.supports if digits_pass else v is Verdict.PROVED for v in verdicts) else 1


def _put(document: str, output: str | None, quiet: bool) -> None:
    if output is not None:
        from .files import write_text

        write_text(output, document)
    elif not quiet:
        click.echo(document, nl=False)


def _greek() -> bool:
    return "utf" in (sys.stdout.encoding or "").lower()


if __name__ == "__main__":
    main()
