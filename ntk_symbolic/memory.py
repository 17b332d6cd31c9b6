"""Free memory, and checks that results fit into it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from .errors import InvalidInput

SAID = 2**28  # bytes from which on the size of a result is printed
SCRATCH = 1.25  # times the result: the memory of the computation, measured by `benchmarks/kernel_matrix.py`


def available() -> int | None:
    """The bytes that this process may still take, within the limits of its container; None if unknown."""
    found = [size for size in (_free(), _left_in_container()) if size is not None]
    return min(found, default=None)


def _free() -> int | None:
    with suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    with suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _left_in_container() -> int | None:
    with suppress(OSError, ValueError):
        group = Path("/sys/fs/cgroup")
        limit = int((group / "memory.max").read_text())  # "max" if there is none
        return limit - int((group / "memory.current").read_text())
    return None


def require(size: float, shape: tuple[int, int], remedy: str, what: str = "the result") -> str:
    """A sentence with the memory that a result of this size needs; "" for a small one.

    Raises InvalidInput with the remedy if the result and its computation do not fit into free memory.
    """
    free, needed = available(), SCRATCH * size
    said = f"{what} is {shape[0]} × {shape[1]} and needs {_in_words(needed)} of memory"
    if free is not None and needed > free:
        raise InvalidInput(f"{said}, and {_in_words(free)} are free: {remedy}")
    return said + (f"; {_in_words(free)} are free" if free is not None else "") if needed > SAID else ""


def _in_words(size: float) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
