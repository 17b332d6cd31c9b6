"""Progress of a long computation, reported to a watcher without a change to the computation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

Watch = Callable[[float], object]
_WATCH: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched_by(watch: Watch) -> Iterator[None]:
    """A context that calls watch(fraction done) while kernels are computed; from any thread, one call at a time."""
    token = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(token)


def watcher() -> Watch | None:
    """The function that is called in this context, if there is one."""
    return _WATCH.get()


def counted(work: Callable[[Any], object], parts: int) -> Callable[[Any], object]:
    """The function `work`, to be called for each of the parts, with its progress reported if it is watched."""
    watch = watcher()
    if watch is None:
        return work
    lock, done = Lock(), 0

    def reporting(part: Any) -> None:
        nonlocal done
        work(part)
        with lock:
            done += 1
            watch(done / parts)

    return reporting


def bars(**options: Any) -> Progress:
    """Bars of rich on stderr, with the time that has passed and the time that is left; `options` are those of Progress."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    times = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(compact=True))
    columns = (TextColumn("{task.description:<28}"), BarColumn(), *times)
    return Progress(*columns, console=Console(stderr=True), **options)
