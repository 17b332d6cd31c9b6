"""The data of a report: the rows, their scaling, the kind of the targets. The page states all decisions made here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidInput
from ..files import TEXT, read_column, read_matrix, read_targets, sha256_of
from ..inputs import as_count
from ..tables import Note

SCALES = {
    "features": "each feature is centred and divided by its standard deviation (a constant one becomes 0)",
    "common": "each feature is centred, and all are divided by one number, so that the mean of $|x|^2/d$ is 1",
    "none": "the numbers are taken as they are",
}
TASKS = ("auto", "classes", "numbers")
EXTRA = "pip install 'ntk_symbolic[report]'"


@dataclass(frozen=True, eq=False)
class Targets:
    """The targets of prediction.

    values   (n, k) float64: one column for each class, 1 where the row belongs to it; or numbers in standard units of
             the training rows.
    labels   the classes in order, () for numbers.   codes   (n,) the class of each row, for classes.
    """

    values: NDArray[Any]
    labels: tuple[str, ...] = ()
    codes: NDArray[Any] | None = None

    @property
    def order(self) -> NDArray[Any]:
        """The rows sorted by target."""
        return np.argsort(self.values[:, 0] if self.codes is None else self.codes, kind="stable")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows in random order, the held-out ones first.

    X   (n, d) float64, scaled.   total   number of rows before subsampling.   held_out   their number.
    """

    name: str
    X: NDArray[Any]
    total: int
    held_out: int
    scale: str
    targets: Targets | None
    digests: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()  # decisions about the files, and remarks on the data

    @property
    def size(self) -> str:
        """The number of rows, of all rows, in words."""
        (n, d), drawn = self.X.shape, f" of {self.total}, drawn at random" if len(self.X) < self.total else ""
        return f"{n} row{'s' * (n > 1)}{drawn}; {d} feature{'s' * (d > 1)}"

    @property
    def train(self) -> slice:
        return slice(self.held_out, None)


def load(
    data: str | None = None,
    target: str | None = None,
    max_rows: int = 2000,
    seed: int = 0,
    scale: str | None = None,
    task: str = "auto",
    drop: tuple[str, ...] = (),
    delimiter: str | None = None,
) -> Dataset:
    """The data of the files, or scikit-learn's digits: at most `max_rows` rows, drawn at random; every fifth is held out.

    target      a file, or the name of a column in the CSV `data`; drop   other columns that are no features
    scale       one of SCALES; default: "common" for the digits, whose features have one unit, otherwise "features".
    task        "classes", "numbers", or "auto": text and integers are classes, floats are numbers.
    delimiter   of a CSV, as in `tables.table`
    Raises FileTrouble and InvalidInput, naming the argument.
    """
    most, seed = as_count(max_rows, "max-rows", 1), as_count(seed, "seed")
    notes: list[str] = []
    if data is None:
        if target is not None or drop:
            raise InvalidInput("target is given without data: pass --data as well, or neither for the digits")
        name, (X, y) = "scikit-learn's digits", _digits()
        digests = (("data", sha256_of(X)), ("target", sha256_of(y)))
    else:
        column = target is not None and _names_a_column(data, target)
        left_out = (*drop, target) if target is not None and column else drop
        text = "leave the column out with --drop {}" + (", or predict it with --target {}" if target is None else "")
        how: dict[str, Any] = {"delimiter": delimiter, "drop": left_out, "note": notes.append, "text": text}
        name, X = Path(data).name, read_matrix(data, "data", **how)
        y = None if target is None else _read_targets(data, target, column, delimiter, len(X), notes.append)
        files = (("data", data), ("target", None if column else target))
        digests = tuple((word, sha256_of(path)) for word, path in files if path)
    if y is not None and len(y) != len(X):
        raise InvalidInput(f"target has {len(y)} rows and data has {len(X)}: pass one target for each row of data")
    chosen = np.random.default_rng(seed).permutation(len(X))[:most]
    held_out = len(chosen) // 5
    scale = scale or ("common" if data is None else "features")
    scaled = _scaled(np.asarray(X[chosen], dtype=np.float64), held_out, scale)
    targets = None if y is None else _targets(y[chosen], held_out, task)
    notes += [*_odd_features(X[chosen], scale), *_odd_targets(targets)]
    return Dataset(name, scaled, len(X), held_out, scale, targets, digests, tuple(notes))


def _names_a_column(data: str, target: str) -> bool:
    return Path(data).suffix.lower() in TEXT and Path(target).suffix.lower() not in (*TEXT, ".npy", ".npz")


def _odd_features(X: NDArray[Any], scale: str) -> Iterator[str]:
    """Remarks on features that are equal in all rows."""
    constant = int((X.max(axis=0) == X.min(axis=0)).sum())
    if len(X) > 1 and constant == X.shape[1]:
        yield "every feature is constant: all rows are the same, and nothing can be learnt from them"
    elif len(X) > 1 and constant and scale != "common":  # constant pixels at the edge of an image are usual
        yield f"{constant} of {X.shape[1]} features are constant and carry no information"


def _odd_targets(targets: Targets | None) -> Iterator[str]:
    if targets is None or targets.codes is None:
        return
    classes, rows = len(targets.labels), len(targets.codes)
    if rows > 10 and 2 * classes > rows:
        yield f"{classes} classes for {rows} rows: if the targets are numbers, pass --task numbers"


def _digits() -> tuple[NDArray[Any], NDArray[Any]]:
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise InvalidInput(f"the digits come with scikit-learn: {EXTRA}, or pass --data") from None
    return load_digits(return_X_y=True)  # type: ignore[return-value]


def _read_targets(data: str, target: str, column: bool, delimiter: str | None, rows: int, note: Note) -> NDArray[Any]:
    """The targets. In a CSV the digits decide what the type decides in a .npy: 3 is a class, 3.0 a number."""
    if column:
        return read_column(data, target, "target", delimiter=delimiter)
    return read_targets(target, "target", delimiter=delimiter, rows=rows, note=note)


def _scaled(X: NDArray[Any], held_out: int, scale: str) -> NDArray[Any]:
    """The scaled rows. Centre and spread are those of the training rows, so that held-out rows have no influence."""
    if scale == "none":
        return X
    # Squares of 1e200 overflow, those of 1e-200 vanish: entries are first scaled to about 1 by powers of 2, without rounding
    _, exponent = np.frexp(np.abs(X).max(axis=0 if scale == "features" else None))
    X = np.ldexp(X, -exponent)
    X = X - X[held_out:].mean(axis=0)
    spread = np.sqrt((X[held_out:] ** 2).mean(axis=0 if scale == "features" else None))
    # A constant column keeps 1e-16 of rounding after centring; this is no feature
    return np.where(spread > 1e-12, X / np.where(spread > 1e-12, spread, 1.0), 0.0)


def _targets(y: NDArray[Any], held_out: int, task: str) -> Targets:
    classes = task == "classes" or (task == "auto" and y.dtype.kind in "Uiub" and y.ndim == 1)
    if classes and y.ndim != 1:
        raise InvalidInput(
            f"target has {y.shape[1]} columns: classes take one column of labels, or pass --task numbers"
        )
    if not classes and y.dtype.kind == "U":
        raise InvalidInput("target contains text, which is no number: pass --task classes")
    if classes:
        labels, codes = np.unique(y, return_inverse=True)
        return Targets(np.eye(len(labels))[codes], tuple(map(str, labels.tolist())), codes)
    columns = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
    return Targets(_scaled(columns, held_out, "features"))
