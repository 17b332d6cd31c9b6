"""Tables of text: detection of the delimiter and of a header, and the cells as numbers."""

from __future__ import annotations

import csv
import shlex
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

import numpy as np

from .errors import FileTrouble

DELIMITERS = {"comma": ",", "tab": "\t", "semicolon": ";", "space": None}  # None: any run of blanks, as numpy.savetxt
_SNIFFED = (*DELIMITERS.values(), "|")  # a colon also occurs in times, and is used only on request
_SAMPLE = 200  # rows that decide the delimiter
_WRITE = "write a number"
_MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "none", "missing", "?", "-", "."}

Note = Callable[[str], object]
"""A function that is called with a sentence about a decision in reading a file."""


def no_note(sentence: str) -> None:
    pass


@dataclass(frozen=True)
class Table:
    """A text file of columns. `names` is its header, () if it has none; `skipped` the lines up to the header's end."""

    path: Path
    name: str  # of the argument, for messages
    delimiter: str | None
    names: tuple[str, ...]
    skipped: int
    width: int

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """(line, cells) of every row below the header that is not blank."""
        return (row for row in _rows(self.path, self.name, self.delimiter) if row[0] > self.skipped)

    def numbers(self, without: Sequence[int] = (), text: str = _WRITE) -> np.ndarray:
        """The columns except `without`, as float64 (n, d). Raises FileTrouble at the first cell that is no finite number.

        text   the remedy if no cell of a column is a number, with {} for the column
        """
        columns = [j for j in range(self.width) if j not in without] if without else None
        if columns == []:
            raise FileTrouble(f"{self.name}: no column of {self.path} is left; leave fewer out")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # an empty file is only a warning there
                found = np.loadtxt(
                    self.path,
                    delimiter=self.delimiter,
                    quotechar='"',
                    comments=None,
                    skiprows=self.skipped,
                    usecols=columns,
                    ndmin=2,
                    encoding="utf-8-sig",
                )
            if np.isfinite(found).all() and (columns is not None or found.shape[1] == self.width):
                return found
        except (ValueError, UserWarning, OSError):
            pass
        # NumPy reads fast; the place of an error is found by a slow second pass
        return self._numbers(columns, text)

    def _numbers(self, columns: list[int] | None, text: str) -> np.ndarray:
        values: list[list[float]] = []
        for line, cells in self._even_rows():
            chosen = range(len(cells)) if columns is None else columns
            for j in chosen:
                if trouble := _bad_cell(cells[j], j, self.names):
                    if trouble.endswith(_WRITE) and not any(is_number(cell) for _, cell in self.cells(j)):
                        label = self.names[j] if self.names and self.names[j] else str(j + 1)
                        trouble = trouble.removesuffix(_WRITE) + text.replace("{}", shlex.quote(label))
                    raise FileTrouble(f"{self.name}: {self.path}, line {line}, {trouble}")
            values.append([float(cells[j]) for j in chosen])
        if not values:
            raise FileTrouble(f"{self.name}: {self.path} holds a header and no numbers; add rows, separated by commas")
        return np.array(values)

    def _even_rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows. Raises FileTrouble at the first row of another length."""
        width = 0
        for line, cells in self.rows():
            width = width or len(cells)
            if len(cells) != width:
                raise FileTrouble(
                    f"{self.name}: {self.path}, line {line}: {len(cells)} columns where the first row has {width}; "
                    "fill or remove it"
                )
            yield line, cells

    def cells(self, column: int) -> list[tuple[int, str]]:
        """(line, text) of one column."""
        return [(line, cells[column].strip()) for line, cells in self._even_rows()]

    def _has(self, wanted: str) -> bool:
        return wanted in self.names or (wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= self.width)

    def column(self, wanted: str) -> int:
        """The place of a column that is named in the header, or by its number from 1. Raises FileTrouble."""
        if self._has(wanted):
            return self.names.index(wanted) if wanted in self.names else int(wanted) - 1
        if all(self._has(part.strip()) for part in wanted.split(",")):
            raise FileTrouble(
                f"{self.name}: {self.path} has no column {wanted!r}; pass the option once for each column"
            )
        near = get_close_matches(wanted, self.names, n=1)
        has = ", ".join(self.names[:12]) + ", …" * (len(self.names) > 12)
        remedy = f"did you mean {near[0]!r}?" if near else f"it has {has}" if has else "it has no header"
        raise FileTrouble(f"{self.name}: {self.path} has no column {wanted!r}; {remedy}")


def table(path: Path, name: str, delimiter: str | None = None, note: Note = no_note, rows: int | None = None) -> Table:
    """The table of a file, with its delimiter and its header detected.

    delimiter   a name of DELIMITERS or one character; None detects it.
    rows        the expected number, if known: it decides whether a first row of text is the header of a column.
    Raises FileTrouble if the file cannot be read, or if two delimiters are possible.
    """
    separator = _sniffed(path, name) if delimiter is None else _named(delimiter, name)
    if separator not in (",", None) or (delimiter is None and separator is None):
        note(f"{path.name}: columns are separated by {_word(separator)}")
    first = next(_rows(path, name, separator), None)
    if first is None:
        raise FileTrouble(f"{name}: {path} is empty; it needs at least one row")
    line, cells = first
    names, why = _header(path, name, separator, cells, rows)
    if names:
        shown = ", ".join(names[:6]) + ", …" * (len(names) > 6)
        note(f"{path.name}: the first line is read as the header ({shown}{why})")
    return Table(path, name, separator, names, line if names else line - 1, len(cells))


def _header(
    path: Path, name: str, separator: str | None, first: list[str], expected: int | None
) -> tuple[tuple[str, ...], str]:
    """The first row if it is a header, and the reason if that is not evident: a row without any number, or the column numbers
    that pandas writes. For a single column of text the number of rows decides, otherwise a repetition of the text below."""
    names = tuple(cell.strip() for cell in first)
    below = _rows(path, name, separator)
    next(below)
    if any(map(is_number, first)):
        counted = len(first) > 2 and [cell.strip() for cell in first] == [str(j) for j in range(len(first))]
        fractions = counted and any(not cell.strip().isdigit() for _, cells in islice(below, _SAMPLE) for cell in cells)
        return (names, ": column numbers, as pandas writes them") if fractions else ((), "")
    texts = [cells[0].strip() for _, cells in below]
    if len(first) > 1 or any(map(is_number, texts[:1])):
        return names, ""
    if expected in (len(texts), len(texts) + 1):
        return (names if expected == len(texts) else ()), ""
    return (() if first[0].strip() in texts else names), ""


def _sniffed(path: Path, name: str) -> str | None:
    """The delimiter: a comma, unless another one divides all rows into equally many columns and a comma does not."""
    found: dict[str | None, bool] = {}
    for separator in _SNIFFED:
        try:
            rows = [cells for _, cells in islice(_rows(path, name, separator), _SAMPLE)]
        except FileTrouble:  # of quotes; if every delimiter fails, reading raises the reason
            continue
        widths = {len(cells) for cells in rows}
        numeric = all(
            is_number(cell) or cell.strip().lower() in _MISSING for cells in rows[1:] or rows for cell in cells
        )
        blanks = separator is None  # text may contain blanks, and so may cells between other delimiters
        if len(widths) == 1 and widths != {1} and (numeric or not blanks):
            found[separator] = numeric
    if len(found) > 1:
        numeric = [separator for separator, fits in found.items() if fits]
        best = numeric or list(found)
        if None in best and len(best) > 1:
            best.remove(None)
        if len(best) > 1:
            words = " or ".join(map(_word, best))
            raise FileTrouble(f"{name}: {path} may be separated by {words}; pass --delimiter")
        return best[0]
    return next(iter(found), ",")


def _named(delimiter: str, name: str) -> str | None:
    if delimiter in DELIMITERS:
        return DELIMITERS[delimiter]
    known = {separator: separator for separator in DELIMITERS.values() if separator} | {" ": None, "\\t": "\t"}
    if delimiter in known:
        return known[delimiter]
    if len(delimiter) == 1 and delimiter.isprintable() and not delimiter.isalnum() and delimiter not in "\"'.+-":
        return delimiter
    raise FileTrouble(f"{name}: the delimiter is {delimiter!a}; pass {', '.join(DELIMITERS)} or one character")


def _word(separator: str | None) -> str:
    return next((word for word, sign in DELIMITERS.items() if sign == separator), repr(separator))


def _rows(path: Path, name: str, separator: str | None) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every row that is not blank.

    Lines in front that begin with #, as numpy.savetxt writes them, are comments; the last one may be the header.
    """
    front: list[tuple[int, list[str]]] = []
    rows = _lines(path, name, separator)
    for line, cells in rows:
        if cells[0].lstrip().startswith("#"):
            front.append((line, cells))
            continue
        if any(map(is_number, cells)):
            bare = [(at, _without_sign(row, separator)) for at, row in front[-1:]]
            yield from ((at, row) for at, row in bare if len(row) == len(cells) and not any(map(is_number, row)))
        else:
            yield from (row for row in front if len(row[1]) == len(cells))  # labels may begin with # as well
        yield line, cells
        yield from rows
        return
    yield from front


def _without_sign(cells: list[str], separator: str | None) -> list[str]:
    first = cells[0].lstrip().removeprefix("#")
    return [*([first] if first or separator else []), *cells[1:]]


def _lines(path: Path, name: str, separator: str | None) -> Iterator[tuple[int, list[str]]]:
    line = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if separator is None:
                for line, text in enumerate(file, 1):
                    if cells := text.split():
                        yield line, cells
                return
            reader = csv.reader(file, strict=True, delimiter=separator)
            for row in reader:
                line = reader.line_num
                if any(cell.strip() for cell in row):
                    yield line, row
    except UnicodeDecodeError:
        raise FileTrouble(f"{name}: {path} is not UTF-8 text; save it as CSV in UTF-8") from None
    except csv.Error as trouble:
        raise FileTrouble(f"{name}: {path}, after line {line}: {trouble}; correct the quotes there") from None
    except OSError as trouble:
        said = trouble.strerror or trouble
        raise FileTrouble(f"{name}: {path} cannot be read ({said}); check its permissions") from None


def _bad_cell(cell: str, column: int, names: Iterable[str]) -> str:
    """The reason why the cell is no finite number, with the remedy; "" if it is one."""
    named = next(islice(names, column, None), "")
    where = f"column {column + 1}" + (f" ({named})" if named and not is_number(named) else "")
    if not cell.strip():
        return f"{where} is empty; fill it or remove the row"
    if cell.strip().lower() in _MISSING:
        return f"{where}: {cell.strip()!a} is a missing value; fill it or remove the row"
    if is_number(cell):
        return "" if np.isfinite(float(cell)) else f"{where}: {cell.strip()!a} is not finite; fill it or remove the row"
    said = ascii(cell if len(cell) <= 30 else cell[:27] + "...")
    return f"{where}: {said} is not a number; {_remedy(cell.strip())}"


def _remedy(cell: str) -> str:
    if "," in cell and is_number(cell.replace(",", ".", 1)):
        return "write decimals with a point"
    for word, sign in DELIMITERS.items():
        if (sign or " ") in cell and all(map(is_number, cell.split(sign))):
            return f"separate columns by commas, or pass --delimiter {word}"
    for sign in "|:/~^":
        if sign in cell and all(map(is_number, cell.split(sign))):
            return f"if {sign!r} separates columns, pass --delimiter {shlex.quote(sign)}"
    return "separate columns by commas" if ";" in cell or "\t" in cell else _WRITE


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell  # float("1_0") is 10
