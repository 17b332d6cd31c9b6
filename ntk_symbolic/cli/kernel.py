"""`ntk-symbolic kernel`: the infinite-width kernel of data in files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import FileTrouble, InvalidInput
from .group import say
from .options import architecture, chosen, delimiter_option, drop_option, get_option, quiet_option

if TYPE_CHECKING:
    import numpy as np

    from ..api import Network


@click.command(short_help="The infinite-width kernel of your data.")
@click.argument("X", metavar="X")
@click.argument("Y", metavar="[Y]", required=False)
@click.option("-o", "--output", required=True, metavar="FILE", help="K.npy, K.csv (every digit) or K.npz.")
@architecture
@get_option("Which kernel; both go into one .npz under the names nngp and ntk.")
@click.option("--precision", type=int, metavar="N", help="N digits of every entry; FILE is a .csv.")
@click.option(
    "--certified",
    is_flag=True,
    help="Proved bounds: FILE is a .npz with ntk_lo and ntk_hi, or nngp_lo and nngp_hi.",
)
@click.option(
    "--bound",
    is_flag=True,
    help="For activations without a closed form, such as tanh: a proved bound of each entry's error; FILE is a .npz with "
    "ntk and ntk_bound, or nngp and nngp_bound.",
)
@drop_option
@delimiter_option
@quiet_option
def kernel(
    x: str,
    y: str | None,
    output: str,
    arch: str | None,
    activation: str,
    depth: int,
    W_std: float,
    b_std: float,
    get: str,
    precision: int | None,
    certified: bool,
    bound: bool,
    drop: tuple[str, ...],
    delimiter: str | None,
    quiet: bool,
) -> None:
    """The infinite-width kernel of the rows of X, a .npy, .npz, .csv, .tsv or .txt file; of X with Y if Y is given.

    \b
    ntk-symbolic kernel X.npy -o K.npy --activation relu --depth 3 --W-std 1.41 --b-std 0.1
    ntk-symbolic kernel X_train.csv X_test.csv -o K.csv --get nngp
    ntk-symbolic kernel data.csv --drop label -o K.npy
    ntk-symbolic kernel X.npy -o both.npz --get both
    ntk-symbolic kernel X.npy -o K.csv --precision 50
    ntk-symbolic kernel X.npy -o bounds.npz --certified
    ntk-symbolic kernel X.npy -o K.npz --activation tanh --bound
    ntk-symbolic kernel X.npy -o K.npy --arch "dense(W_std=1.4) residual(relu dense) layernorm relu dense"
    """
    from ..files import check_apart, check_writable, read_matrix, write_array

    check_writable(output)  # first: a folder has no suffix
    _check_suffix(output, get, precision, {"--certified": certified, "--bound": bound})
    check_apart(output, (x, y))
    net, network = chosen(arch, depth, activation, W_std, b_std)
    names = ("nngp", "ntk") if get == "both" else (get,)
    note = _ignored if quiet else lambda sentence: say(f"Note: {sentence}", 0)
    columns = {"delimiter": delimiter, "drop": drop, "note": note}
    rows = read_matrix(x, "X", **columns)
    others = None if y is None else read_matrix(y, "Y", **columns)
    _hint_at_scale(rows, note)
    shape = (len(rows), len(rows if others is None else others))
    said = _required(shape, names, rows, precision, certified or bound)
    if said:
        note(said)
    with _bar(quiet):
        found = _computed(net, rows, others, names, precision, certified, bound)
    write_array(output, found if Path(output).suffix.lower() == ".npz" else found[get])
    if not quiet:
        kinds = " and ".join(name.upper() for name in names)
        say(f"{kinds} of {network} → {output} ({shape[0]} × {shape[1]})", 0)


def _ignored(sentence: str) -> None:
    pass


def _check_suffix(output: str, get: str, precision: int | None, pairs: dict[str, bool]) -> None:
    suffix = Path(output).suffix.lower()
    if suffix not in (".npy", ".csv", ".npz"):
        raise FileTrouble(f"output: {output} has an unknown suffix {suffix!r}; end it in .npy, .csv or .npz")
    if get == "both" and suffix != ".npz":
        raise FileTrouble(f"output: --get both makes two matrices, and {output} holds one; end it in .npz")
    if precision is not None and suffix != ".csv":
        raise FileTrouble(f"output: {output} holds no numbers of {precision} digits; end it in .csv")
    for option, given in pairs.items():
        if given and suffix != ".npz":
            raise FileTrouble(f"output: {option} makes two matrices, and {output} holds one; end it in .npz")


def _computed(
    net: Network,
    rows: np.ndarray,
    others: np.ndarray | None,
    names: tuple[str, ...],
    precision: int | None,
    certified: bool,
    bound: bool,
) -> dict[str, Any]:
    """The arrays of the file, by name."""
    import numpy as np

    if bound or certified or precision is not None:
        found = net.kernel(rows, others, names, bound=bound, precision=precision, certified=certified)._asdict()
        if precision is not None:
            return {name: _written(matrix, precision) for name, matrix in found.items()}
        ends = ("", "_bound") if bound else ("_lo", "_hi")
        return {f"{name}{end}": part for name, both in found.items() for end, part in zip(ends, both, strict=True)}
    with np.errstate(over="ignore", invalid="ignore"):  # reported as an error
        matrices = net.kernel(rows, others, names)._asdict()
    for name, matrix in matrices.items():
        if not np.isfinite(matrix).all():
            raise InvalidInput(
                f"the {name} kernel leaves the range of floating point: pass a smaller --W-std or --depth"
            )
    return matrices


def _written(matrix: Any, digits: int) -> Any:
    """The entries as text, with all digits."""
    import numpy as np
    from mpmath import nstr

    return np.array([[nstr(x, digits, strip_zeros=False) for x in row] for row in matrix])


MPF = 200  # bytes of a number of mpmath, its text included
HINTED = 10  # a factor from 1 beyond which W_std does not have its usual meaning


def _required(
    shape: tuple[int, int], names: tuple[str, ...], rows: np.ndarray, precision: int | None, pairs: bool
) -> str:
    from ..memory import require

    entry = MPF + precision if precision is not None else 8 if pairs else rows.dtype.itemsize
    size = shape[0] * shape[1] * len(names) * (1 + pairs) * entry
    smaller = "" if rows.dtype.itemsize == 4 else ", float32 data for half of it"
    return require(size, shape, f"pass fewer rows{smaller}, or some rows of X at a time: kernel PART.npy X.npy")


def _hint_at_scale(rows: np.ndarray, note: Callable[[str], object]) -> None:
    import numpy as np

    with np.errstate(over="ignore"):
        size = float(np.mean(np.einsum("ij,ij->i", rows, rows, dtype=np.float64)) / rows.shape[1])
    if np.isfinite(size) and not 1 / HINTED <= size <= HINTED:  # an overflow is refused with its layer
        note(f"the mean of |x|²/d is {size:.3g}, and W_std and b_std assume 1: scale X, such as by (X − mean)/std")
    if len(rows) > 1 and (rows == rows[0]).all():
        note("all rows of X are the same, so that the kernel has one value")


def _bar(quiet: bool) -> Any:
    """A bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        return nullcontext()
    from .terminal import kernel_bar

    return kernel_bar()
