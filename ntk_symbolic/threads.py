"""How many threads share the work on arrays: NumPy lets go of the interpreter while it computes."""

from __future__ import annotations

import os


def cores() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
