"""Distribution of array work among threads; NumPy releases the interpreter while it computes."""

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

_HERE = local()  # .threads: the number that this thread may use


def share(work: Callable[[Any], object], parts: Sequence[Any], few: int = 1) -> None:
    """Calls work(part) for every part, on `cores()` threads, or on one for at most `few` parts.

    Nested calls use the remaining threads. An error or interrupt cancels the parts not begun.
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
    """The number of usable threads: the processors of this process, or fewer by OMP_NUM_THREADS, by the limit of BLAS
    (threadpoolctl's, or an environment variable of its own) and by `at_most`."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    found = [processors, *_BLAS.threads(), getattr(_HERE, "threads", None) or processors]
    if stated := re.match(r"\s*(\d+)", os.environ.get("OMP_NUM_THREADS", "")):  # "4,2": the first of nested levels
        found.append(int(stated[1]))
    return max(1, min(found))


@contextmanager
def at_most(threads: int | None) -> Iterator[None]:
    """A context in which `share` uses at most this number of threads when called by this thread; None sets no limit."""
    before = getattr(_HERE, "threads", None)
    _allow(min(filter(None, (threads, before)), default=None))
    try:
        yield
    finally:
        _allow(before)


def _allow(threads: int | None) -> None:
    _HERE.threads = threads


class _Blas:
    """The thread counts of the BLAS libraries. They belong to the process: the first user of one thread sets them, the last
    one restores them, with any number of users in between."""

    def __init__(self) -> None:
        self.lock, self.users, self.before = Lock(), 0, []

    def threads(self) -> list[int]:
        """The counts without a limit from here."""
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
        """Restores the counts in a child process, where no user remains."""
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
    """A context in which matrix products run on one thread each: results do not depend on the
    thread count, and threads of this module and of BLAS do not compete."""
    _BLAS.enter()
    try:
        yield
    finally:
        _BLAS.leave()
