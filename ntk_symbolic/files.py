"""Reading users' files, and writing whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import secrets
import stat
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from .errors import FileTrouble, InvalidInput
from .inputs import as_matrix

PathLike = str | os.PathLike[str]

_MAPPED = 1 << 28  # bytes from which a .npy stays on disk: below, a copy in memory is faster and safe from changes
_CHUNK = 1 << 20


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_matrix(path: PathLike, name: str = "X") -> np.ndarray:
    """The matrix (n, d) in a .npy or .csv file, finite, in float64 or float32 (see `inputs.as_matrix`).

    A CSV has commas, and a header if no cell of its first row is a number. A .npy above 256 MB is mapped, not read.
    Raises FileTrouble for a file that cannot be read, naming line and column of a CSV; InvalidInput for its content.
    """
    path = _existing(path, name)
    if path.suffix.lower() == ".npy":
        return as_matrix(_read_npy(path, name), name)
    return as_matrix(_csv_numbers(path, name), name)


def read_targets(path: PathLike, name: str = "y") -> np.ndarray:
    """The targets in a .npy or .csv file: (n,) for one column, else (n, k); numbers, or text labels in one column.

    The first line of a column of text is taken for its header if it does not occur again below.
    Raises FileTrouble and InvalidInput as `read_matrix` does.
    """
    path = _existing(path, name)
    targets = _read_npy(path, name) if path.suffix.lower() == ".npy" else _csv_targets(path, name)
    if targets.dtype.kind == "U" and targets.ndim == 1 and targets.size:
        return targets
    if targets.ndim == 1:
        as_matrix(targets.reshape(-1, 1), name)
        return targets
    checked = as_matrix(targets, name)
    return checked[:, 0] if checked.shape[1] == 1 else checked


def _existing(path: PathLike, name: str) -> Path:
    found = _as_path(path, name)
    try:
        mode = found.stat().st_mode
    except FileNotFoundError:
        raise FileTrouble(f"{name}: there is no file {found}; check the path") from None
    except (OSError, ValueError) as trouble:
        raise FileTrouble(f"{name}: {found} cannot be opened ({_reason(trouble)}); check the path") from None
    if stat.S_ISDIR(mode):
        raise FileTrouble(f"{name}: {found} is a folder; name a .npy or .csv file in it")
    if not stat.S_ISREG(mode):
        raise FileTrouble(f"{name}: {found} is not a plain file; save the data to a .npy or .csv file first")
    if found.suffix.lower() not in (".npy", ".csv"):
        raise FileTrouble(f"{name}: {found} has an unknown suffix {found.suffix!r}; save it as .npy or .csv")
    return found


def _read_npy(path: Path, name: str) -> np.ndarray:
    try:
        with path.open("rb") as file:
            magic = file.read(6)
    except OSError as trouble:
        raise FileTrouble(f"{name}: {path} cannot be read ({_reason(trouble)}); check its permissions") from None
    if magic != b"\x93NUMPY":
        raise FileTrouble(f"{name}: {path} is not a .npy array; write it with numpy.save")
    try:
        # Mapping compares the promised size with the file's before any memory is asked for
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
        return mapped if mapped.nbytes > _MAPPED else np.array(mapped)
    except (ValueError, TypeError, EOFError, OverflowError, MemoryError, OSError, SyntaxError) as trouble:
        if "object" in str(trouble).lower():
            raise FileTrouble(f"{name}: {path} holds Python objects; save it as a plain array of numbers") from None
        raise FileTrouble(f"{name}: {path} is damaged or cut short ({_reason(trouble)}); save it again") from None


def _csv_rows(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of every row that is not blank."""
    line = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            for row in reader:
                line = reader.line_num
                if any(cell.strip() for cell in row):
                    yield line, row
    except UnicodeDecodeError:
        raise FileTrouble(f"{name}: {path} is not UTF-8 text; save it as CSV in UTF-8") from None
    except csv.Error as trouble:
        raise FileTrouble(f"{name}: {path}, after line {line}: {_reason(trouble)}; mend the quotes there") from None
    except OSError as trouble:
        raise FileTrouble(f"{name}: {path} cannot be read ({_reason(trouble)}); check its permissions") from None


def _csv_numbers(path: Path, name: str) -> np.ndarray:
    """The cells as float64 (n, d). Raises FileTrouble at the first that is no number, or a row of another length."""
    skipped = _header_lines(path, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # an empty file is only a warning there
            return np.loadtxt(
                path, delimiter=",", quotechar='"', comments=None, skiprows=skipped, ndmin=2, encoding="utf-8-sig"
            )
    except (ValueError, UserWarning, OSError):
        # NumPy reads fast; who wants to know what was wrong reads again, slowly
        return _numbers(path, name, (row for row in _csv_rows(path, name) if row[0] > skipped))


def _header_lines(path: Path, name: str) -> int:
    """Lines up to the end of the header, or 0: a first row without any number is a header, one mistyped is not."""
    for line, cells in _csv_rows(path, name):
        return 0 if any(_is_number(cell) for cell in cells) else line
    raise FileTrouble(f"{name}: {path} is empty; it needs at least one row")


def _numbers(path: Path, name: str, rows: Iterable[tuple[int, list[str]]]) -> np.ndarray:
    values: list[list[float]] = []
    for line, cells in rows:
        width = len(values[0]) if values else len(cells)
        if len(cells) != width:
            raise FileTrouble(
                f"{name}: {path}, line {line}: {len(cells)} columns where the first row has {width}; fill or remove it"
            )
        try:
            values.append([_number(cell) for cell in cells])
        except ValueError:
            column = next(j for j, cell in enumerate(cells) if not _is_number(cell))
            raise FileTrouble(f"{name}: {path}, line {line}, {_bad_cell(cells[column], column)}") from None
    if not values:
        raise FileTrouble(f"{name}: {path} holds a header and no numbers; add rows, separated by commas")
    return np.array(values)


def _bad_cell(cell: str, column: int) -> str:
    if not cell.strip():
        return f"column {column + 1} is empty; fill it or remove the row"
    said = ascii(cell if len(cell) <= 30 else cell[:27] + "...")
    remedy = "separate columns by commas" if ";" in cell or "\t" in cell else "write a number"
    return f"column {column + 1}: {said} is not a number; {remedy}"


def _number(cell: str) -> float:
    if "_" in cell:  # float("1_0") is 10
        raise ValueError
    return float(cell)


def _is_number(cell: str) -> bool:
    try:
        _number(cell)
    except ValueError:
        return False
    return True


def _csv_targets(path: Path, name: str) -> np.ndarray:
    skipped = _header_lines(path, name)
    columns_and_kinds = {(len(cells), _is_number(cells[0])) for line, cells in _csv_rows(path, name) if line > skipped}
    if columns_and_kinds != {(1, False)}:
        return _csv_numbers(path, name)
    first, *labels = [cells[0].strip() for _, cells in _csv_rows(path, name)]
    return np.array([first, *labels] if first in labels else labels)


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def write_array(path: PathLike, array: Any, name: str = "output") -> None:
    """Write an array to .npy, .csv (one or two dimensions, every digit, no header) or .npz (a dict of arrays as well).

    The file is there complete or not at all. Raises FileTrouble naming the remedy.
    """
    target = _as_path(path, name)
    write = _array_writer(target, array, name)
    with _replacing(target, name) as file:
        write(file)


def write_text(path: PathLike, text: str, name: str = "output") -> None:
    """Write a text in UTF-8, complete or not at all. Raises FileTrouble naming the remedy."""
    with _replacing(_as_path(path, name), name) as file:
        file.write(text.encode())


def check_writable(path: PathLike, name: str = "output") -> None:
    """Raise FileTrouble, naming the remedy, where a later write to `path` would fail; ask before long work."""
    _target(_as_path(path, name), name)


def sha256_of(source: Any) -> str:
    """Hexadecimal SHA-256 of a file's bytes (for a path), or of an array's type, shape and entries in C order."""
    digest = hashlib.sha256()
    if isinstance(source, (str, os.PathLike)):
        path = _as_path(source, "path")
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
        except OSError as trouble:
            raise FileTrouble(f"path: {path} cannot be read ({_reason(trouble)}); check it") from None
        return digest.hexdigest()
    array = np.asarray(source)
    if array.dtype.hasobject:
        raise InvalidInput("an array of objects has no bytes of its own; convert it to numbers")
    digest.update(f"{array.dtype.str}{array.shape}".encode())
    rows = array.reshape(-1) if array.ndim < 2 else array
    step = max(1, _CHUNK // max(1, rows[:1].nbytes))
    for start in range(0, len(rows), step):
        digest.update(rows[start : start + step].tobytes())
    return digest.hexdigest()


def _array_writer(target: Path, array: Any, name: str) -> Callable[[IO[bytes]], None]:
    suffix = target.suffix.lower()
    if suffix not in (".npy", ".csv", ".npz"):
        raise FileTrouble(f"{name}: {target} has an unknown suffix {target.suffix!r}; end it in .npy, .csv or .npz")
    several = isinstance(array, Mapping)
    if several and suffix != ".npz":
        raise FileTrouble(f"{name}: {target} holds one array, and there are {len(array)}; end it in .npz")
    arrays = {key: np.asarray(value) for key, value in (array if several else {"array": array}).items()}
    if any(value.dtype.hasobject for value in arrays.values()):
        raise FileTrouble(f"{name}: an array of objects cannot be written to {target}; convert it to numbers")
    if suffix == ".npz":
        return lambda file: np.savez(file, allow_pickle=False, **arrays)
    only = arrays["array"]
    if suffix == ".npy":
        return lambda file: np.save(file, only, allow_pickle=False)
    if only.ndim not in (1, 2):
        raise FileTrouble(f"{name}: a CSV has one or two dimensions and the array {only.ndim}; end {target} in .npy")
    return lambda file: _write_csv(file, only)


def _write_csv(file: IO[bytes], array: np.ndarray) -> None:
    rows = array.reshape(-1, 1) if array.ndim == 1 else array
    # csv writes a Python float by repr; NumPy's str of a float32 is its shortest, 0.1 and not 0.10000000149011612
    narrow = array.dtype.kind == "f" and array.dtype != np.float64
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    csv.writer(text, lineterminator="\n").writerows(map(str, row) if narrow else row.tolist() for row in rows)
    text.detach()


@contextmanager
def _replacing(path: Path, name: str) -> Iterator[IO[bytes]]:
    """A file to write into, which takes the place of `path` once it is complete, and leaves nothing otherwise."""
    target, mode = _target(path, name)
    # Named before it is made, so that even an interrupt between the two leaves nothing behind
    draft = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.part")
    try:
        # 0o666 less the umask is what any new file gets; tempfile would make it private
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            draft.chmod(mode)
        draft.replace(target)
        _sync_folder(target.parent)
    except OSError as trouble:
        raise FileTrouble(f"{name}: {target} cannot be written ({_reason(trouble)}); choose another place") from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _target(path: Path, name: str) -> tuple[Path, int | None]:
    """Where the bytes go (the end of any symbolic links), and the permissions of the file that is there now."""
    try:
        target = Path(os.path.realpath(path))
        folder = target.parent
        if not folder.is_dir():
            raise FileTrouble(f"{name}: the folder {folder} does not exist; make it first")
        if target.is_symlink():
            raise FileTrouble(f"{name}: {path} is a circle of links; remove it")
        mode = target.stat().st_mode if target.exists() else None
    except FileTrouble:
        raise
    except (OSError, ValueError) as trouble:
        raise FileTrouble(f"{name}: {path} cannot be written ({_reason(trouble)}); choose another place") from None
    if mode is not None and stat.S_ISDIR(mode):
        raise FileTrouble(f"{name}: {path} is a folder; name a file in it")
    if mode is not None and not stat.S_ISREG(mode):
        raise FileTrouble(f"{name}: {path} is not a plain file and would be replaced; name a plain file")
    if mode is not None and not os.access(target, os.W_OK):
        raise FileTrouble(f"{name}: {path} is write-protected; change its permissions or choose another name")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise FileTrouble(f"{name}: no permission to write in {folder}; choose another folder")
    return target, None if mode is None else stat.S_IMODE(mode)


def _sync_folder(folder: Path) -> None:
    """So that the new name itself survives a power cut; not every system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _as_path(path: PathLike, name: str) -> Path:
    try:
        text = os.fspath(path)
    except TypeError:
        raise FileTrouble(f"{name}: a path is a text, not {type(path).__name__}; pass one such as 'data.csv'") from None
    if not isinstance(text, str) or not text:
        raise FileTrouble(f"{name}: {text!r} is no path; pass one such as 'data.csv'")
    if not text.isprintable():
        raise FileTrouble(f"{name}: the path {text!a} holds unprintable characters; rename the file")
    return Path(text)


def _reason(trouble: BaseException) -> str:
    said = getattr(trouble, "strerror", None) or (str(trouble).splitlines() or [type(trouble).__name__])[0]
    return str(said).rstrip(".")
