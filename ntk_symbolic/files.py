"""Reading users' files, and writing whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import secrets
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from .errors import FileTrouble, InvalidInput
from .inputs import as_matrix
from .tables import Note, Table, is_number, no_note, table

PathLike = str | os.PathLike[str]

_MAPPED = 1 << 28  # bytes from which a .npy stays on disk: below, a copy in memory is faster and safe from changes
_CHUNK = 1 << 20
TEXT = (".csv", ".tsv", ".txt", ".dat", ".data")  # tables of text, with any delimiter


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_matrix(
    path: PathLike,
    name: str = "X",
    *,
    delimiter: str | None = None,
    drop: Sequence[str] = (),
    note: Note = no_note,
    text: str = "leave the column out with --drop {}",
) -> np.ndarray:
    """The matrix (n, d) in a .npy or .npz file or a table of TEXT, finite, in float64 or float32 (see `inputs.as_matrix`).

    delimiter   the separator of the columns of a CSV, as in `tables.table`.   drop   names or numbers of columns left out.
    note        called with each decision about a CSV.   text   the remedy for a column of text, with {} for its name.
    A .npz holds one array. A .npy above 256 MB is mapped, not read.
    Raises FileTrouble for a file that cannot be read, naming line and column of a CSV; InvalidInput for its content.
    """
    path = _existing(path, name)
    if path.suffix.lower() not in TEXT:
        if drop:
            raise FileTrouble(f"{name}: {path} has no named columns; leave them out with NumPy, or save a .csv")
        return as_matrix(_read_array(path, name), name)
    read = table(path, name, delimiter, note)
    left_out = sorted({read.column(column) for column in drop})
    _note_an_index(read, left_out, note)
    return as_matrix(read.numbers(left_out, text), name)


def read_targets(
    path: PathLike, name: str = "y", *, delimiter: str | None = None, rows: int | None = None, note: Note = no_note
) -> np.ndarray:
    """The targets in such a file: (n,) for one column, otherwise (n, k); numbers, or text labels in one column.

    rows   their expected number, which decides whether the first line of a column of text is its header;
           without it, a first line that occurs again below is no header.
    Integers of a CSV are kept. Raises FileTrouble and InvalidInput like `read_matrix`.
    """
    path = _existing(path, name)
    text = path.suffix.lower() in TEXT
    targets = _csv_targets(table(path, name, delimiter, note, rows)) if text else _read_array(path, name)
    if targets.ndim == 1 and (targets.dtype.kind == "U" and targets.size):
        return targets
    if targets.ndim == 1:
        as_matrix(targets.reshape(-1, 1), name)
        return targets
    checked = as_matrix(targets, name)
    return checked[:, 0] if checked.shape[1] == 1 else checked


def read_column(path: PathLike, column: str, name: str = "target", *, delimiter: str | None = None) -> np.ndarray:
    """One column (n,) of a CSV, by its name or number: numbers, integers, or text. Raises FileTrouble and InvalidInput."""
    path = _existing(path, name)
    if path.suffix.lower() not in TEXT:
        raise FileTrouble(f"{name}: {path} has no named columns; pass a file, such as y.npy")
    read = table(path, name, delimiter)
    return _column_values(read, read.column(column))


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
    if found.suffix.lower() not in (*TEXT, ".npy", ".npz"):
        raise FileTrouble(
            f"{name}: {found} has an unknown suffix {found.suffix!r}; save it as .csv, .tsv, .txt, .npy or .npz"
        )
    return found


def _read_array(path: Path, name: str) -> np.ndarray:
    return (_read_npz if path.suffix.lower() == ".npz" else _read_npy)(path, name)


def _read_npz(path: Path, name: str) -> np.ndarray:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [member.removesuffix(".npy") for member in archive.namelist()]
        if len(names) == 1:
            with np.load(path, allow_pickle=False) as arrays:
                return arrays[names[0]]
    except (*_DAMAGE, zipfile.BadZipFile, zlib.error) as trouble:
        raise _damaged(path, name, trouble) from None
    raise FileTrouble(f"{name}: {path} holds {', '.join(names[:8]) or 'no array'}; save the one you mean as .npy")


def _read_npy(path: Path, name: str) -> np.ndarray:
    try:
        with path.open("rb") as file:
            magic = file.read(6)
    except OSError as trouble:
        raise FileTrouble(f"{name}: {path} cannot be read ({_reason(trouble)}); check its permissions") from None
    if magic != b"\x93NUMPY":
        raise FileTrouble(f"{name}: {path} is not a .npy array; write it with numpy.save")
    try:
        # Mapping compares the promised size with the file's before any memory is allocated
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
        return mapped if mapped.nbytes > _MAPPED else np.array(mapped)
    except _DAMAGE as trouble:
        raise _damaged(path, name, trouble) from None


def read_arrays(path: PathLike, name: str) -> dict[str, np.ndarray]:
    """Every array of a .npz file, by its name. Raises FileTrouble."""
    path = _existing(path, name)
    if path.suffix.lower() != ".npz":
        raise FileTrouble(f"{name}: {path} is no .npz file; pass one")
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise FileTrouble(f"{name}: {path} is damaged or cut short (no archive); save it again")
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                return dict(arrays)
    except FileTrouble:
        raise
    except (*_DAMAGE, zipfile.BadZipFile, zlib.error) as trouble:
        raise _damaged(path, name, trouble) from None


_DAMAGE = (ValueError, TypeError, EOFError, OverflowError, MemoryError, OSError, SyntaxError)


def _damaged(path: Path, name: str, trouble: BaseException) -> FileTrouble:
    if "object" in str(trouble).lower():
        return FileTrouble(f"{name}: {path} holds Python objects; save it as a plain array of numbers")
    return FileTrouble(f"{name}: {path} is damaged or cut short ({_reason(trouble)}); save it again")


def _csv_targets(read: Table) -> np.ndarray:
    return _column_values(read, 0) if read.width == 1 else read.numbers()


def _column_values(read: Table, column: int) -> np.ndarray:
    """The values of a column: integers if every cell is written as one, other numbers, or text."""
    cells = read.cells(column)
    texts = [text for _, text in cells]
    if not texts:
        raise FileTrouble(f"{read.name}: {read.path} holds a header and no rows; add rows")
    if all(re.fullmatch(r"[+-]?\d{1,15}", text) for text in texts):
        return np.array(texts, dtype=np.int64)
    if any(map(is_number, texts)) or not all(texts):  # then a cell that is no number is a mistake
        return read.numbers([j for j in range(read.width) if j != column])[:, 0]
    return np.array(texts)


def _note_an_index(read: Table, left_out: Sequence[int], note: Note) -> None:
    """Notes a first column without a name, 0, 1, 2 …, which pandas writes for the index of a frame."""
    if not read.names or read.names[0] or 0 in left_out or read.width == 1:
        return
    if all(text == str(n) for n, (_, text) in enumerate(read.cells(0))):
        note(
            f"{read.path.name}: column 1 has no name and counts the rows, and is read as a feature; leave it out with "
            "--drop 1 if it is an index"
        )


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_text(path: PathLike, name: str, longest: int = 100_000, shorter: str = "write a shorter one") -> str:
    """The content of a UTF-8 file of at most `longest` bytes; `shorter` is the remedy for longer ones. Raises FileTrouble."""
    found = _as_path(path, name)
    try:
        if found.is_file() and found.stat().st_size <= longest:
            return found.read_text(encoding="utf-8-sig")
        why = f"has more than {longest} bytes; {shorter}" if found.is_file() else "is no file; check the path"
    except UnicodeDecodeError as trouble:
        why = f"is not UTF-8 at byte {trouble.start}; save it as UTF-8"
    except (OSError, ValueError) as trouble:
        why = f"cannot be read ({_reason(trouble)}); check its permissions"
    raise FileTrouble(f"{name}: {found} {why}")


def write_array(path: PathLike, array: Any, name: str = "output") -> None:
    """Writes an array to .npy, .csv (one or two dimensions, every digit, no header) or .npz (a dict of arrays as well).

    The file is written completely or not at all. Raises FileTrouble naming the remedy.
    """
    target = _as_path(path, name)
    write = _array_writer(target, array, name)
    with _replacing(target, name) as file:
        write(file)


def write_text(path: PathLike, text: str, name: str = "output") -> None:
    """Writes a text in UTF-8, completely or not at all. Raises FileTrouble naming the remedy."""
    write_bytes(path, text.encode(), name)


def write_bytes(path: PathLike, content: bytes, name: str = "output") -> None:
    """Writes bytes, completely or not at all. Raises FileTrouble naming the remedy."""
    with _replacing(_as_path(path, name), name) as file:
        file.write(content)


def check_writable(path: PathLike, name: str = "output") -> None:
    """Raises FileTrouble, naming the remedy, if a later write to `path` would fail; called before long work."""
    _target(_as_path(path, name), name)


def check_apart(output: PathLike, inputs: Iterable[PathLike | None], name: str = "output") -> None:
    """Raises FileTrouble if `output` is one of the input files, under any name."""
    target = _as_path(output, name)
    for source in filter(None, inputs):
        same = False
        with suppress(OSError, ValueError):  # of inputs that are no files, such as names of columns
            same = target.samefile(source)
        if same:
            raise FileTrouble(f"{name}: {output} is an input file, and would be replaced; choose another name")


def suffix_of(path: PathLike, name: str = "output") -> str:
    """The suffix in lower case. Raises FileTrouble if `path` is no path."""
    return _as_path(path, name).suffix.lower()


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
    """A context with a file that replaces `path` when it is complete, and is removed otherwise."""
    target, mode = _target(path, name)
    # Named before it is made, so that even an interrupt between the two leaves no file
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
    """The place of the bytes (the end of any symbolic links), and the permissions of the present file."""
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
    """Flushes the folder, so that the new name survives a power cut, on systems that support it."""
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
