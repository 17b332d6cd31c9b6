"""Work on arrays shared among threads: NumPy lets go of the interpreter while it computes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def share(work: Callable[[Any], object], parts: Sequence[Any], few: int = 1) -> None:
    """work(part) for every part, on all processors unless there are no more than `few`, which threads are not worth.

    An error or interrupt cancels the parts not begun.
    """
    if len(parts) <= few:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(cores()) as pool:
        for _ in pool.map(work, parts):
            pass


def cores() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
