"""Files checked again whenever they are saved. Imports and caches of the first check serve the later ones."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence

from ..visible import visible

PAUSE = 0.1  # seconds between tests of the files


def watched(files: Sequence[str], check: Callable[[str], int]) -> int:
    """Checks each file now and whenever it changes, until Ctrl-C. Returns the worst of the last exit codes."""
    seen: dict[str, tuple[int, ...] | None] = {}
    codes: dict[str, int] = {}
    try:
        while True:
            for file in files:
                state = _state(file)
                if file in seen and seen[file] == state:
                    continue
                if file in seen and state is None:  # between the two halves of a save
                    continue
                if file in seen:
                    print(visible(f"{time.strftime('%H:%M:%S')} {file}"), file=sys.stderr, flush=True)
                seen[file], codes[file] = state, check(file)
                sys.stdout.flush()
            time.sleep(PAUSE)
    except KeyboardInterrupt:
        return max(codes.values(), default=0)


def _state(file: str) -> tuple[int, ...] | None:
    """The properties that a save changes; None if there is no file."""
    try:
        found = os.stat(file)  # noqa: PTH116 (no more than a look)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
