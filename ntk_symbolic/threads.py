"""Work on arrays shared among threads: NumPy lets go of the interpreter while it computes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock, local
from typing import Any

from threadpoolctl import ThreadpoolController

_HERE = local()  # .threads: how many this thread may use


def share(work: Callable[[Any], object], parts: Sequence[Any], few: int = 1) -> None:
    """work(part) for every part, on `cores()` threads unless there are no more than `few` parts, which threads are not worth.

    What a part shares in its turn gets the threads that are left over. An error or interrupt cancels the parts not begun.
    """
    most = cores()
    workers = min(most, len(parts))
    if len(parts) <= few or workers == 1:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(workers, initializer=_allow, initargs=(most // workers,)) as pool:
        for _ in pool.map(work, parts):
            pass


def cores() -> int:
    """How many threads may be used here: the processors of this process, or fewer by OMP_NUM_THREADS, by the limit of BLAS
    (threadpoolctl's, or an environment variable of its own) and by `at_most`."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    found = [processors, *_BLAS.threads(), getattr(_HERE, "threads", None) or processors]
    if stated := re.match(r"\s*(\d+)", os.environ.get("OMP_NUM_THREADS", "")):  # "4,2": of nested levels the first
        found.append(int(stated[1]))
    return max(1, min(found))


@contextmanager
def at_most(threads: int | None) -> Iterator[None]:
    """`share` uses no more than so many threads within, where this thread calls it; None sets no limit."""
    before = getattr(_HERE, "threads", None)
    _allow(min(filter(None, (threads, before)), default=None))
    try:
        yield
    finally:
        _allow(before)


def _allow(threads: int | None) -> None:
    _HERE.threads = threads


class _Blas:
    """The thread counts of the BLAS libraries. They belong to the process: the first who wants one thread sets them, the last
    who leaves sets them back, whatever comes and goes between."""

    def __init__(self) -> None:
        self.lock, self.users, self.before = Lock(), 0, []

    def threads(self) -> list[int]:
        """Those that hold when nobody here limits them."""
        with self.lock:
            return [count for _, count in (self.before if self.users else self._now())]

    def enter(self) -> None:
        with self.lock:
            if not self.users:
                self.before = self._now()
                for library, _ in self.before:
                    library.set_num_threads(1)
            self.users += 1

    def leave(self) -> None:
        with self.lock:
            self.users -= 1
            if not self.users:
                self._restore()

    def forked(self) -> None:
        """In a child process nobody is left who would leave."""
        if self.users:
            self._restore()
        self.lock, self.users = Lock(), 0

    def _restore(self) -> None:
        for library, count in self.before:
            library.set_num_threads(count)

    @staticmethod
    def _now() -> list[tuple[Any, int]]:
        return [(library, library.num_threads) for library in _libraries()]


@cache
def _libraries() -> list[Any]:
    return ThreadpoolController().select(user_api="blas").lib_controllers


_BLAS = _Blas()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_BLAS.forked)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Products of matrices run on one thread each within: results do not depend on the thread count, and threads of ours and
    of BLAS do not compete."""
    _BLAS.enter()
    try:
        yield
    finally:
        _BLAS.leave()
