"""The mutants of many theorems, distributed line by line among processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import active_children, get_context, parent_process
from threading import Thread

from sympy import preorder_traversal

from ..theorem import Theorem
from .harness import Score, Trial, grant_trials, line_trials, lines_of

Address = tuple[str, str]  # a theorem is not sent to a process but imported there: module, name


def scores(
    theorems: Sequence[Theorem],
    sample: int | None = None,
    workers: int | None = None,
    watch: Callable[[str, float], None] = lambda stage, fraction: None,
) -> list[Score]:
    """One score for each theorem, in this order: the same as that of `score`, in less time.

    sample    the largest number of mutants of each line, always the same ones; None for all.
    workers   processes; default as many as there are processors. With 1 all work is done in this process.
    watch     called with the stage and the finished fraction of the lines.
    """
    lines = [line for t in theorems for line in lines_of(t)]
    workers = min(workers or os.cpu_count() or 1, len(lines))
    trials = _here(lines, sample, watch) if workers <= 1 else _shared_out(lines, sample, workers, watch)
    return [
        Score(t.name, (*(trial for line in lines_of(t) for trial in trials[line]), *grant_trials(t)), sample)
        for t in theorems
    ]


def _here(lines, sample, watch) -> dict[tuple[Theorem, int], list[Trial]]:
    trials = {}
    for done, (theorem, n) in enumerate(lines):
        watch("altering lines", done / len(lines))
        trials[theorem, n] = line_trials(theorem, n, sample)
    return trials


def _shared_out(lines, sample, workers: int, watch) -> dict[tuple[Theorem, int], list[Trial]]:
    longest_first = sorted(
        lines, key=lambda line: -_work(*line)
    )  # so that no process is left alone with one at the end
    with _processes(workers) as pool:
        with _interrupts_held():  # a process interrupted at its start prints a long traceback
            tasks = {
                pool.submit(_trials_at, _address(theorem), n, sample): (theorem, n) for theorem, n in longest_first
            }
        return {tasks[task]: task.result() for task in _watched(tasks, watch)}


def _work(theorem: Theorem, n: int) -> int:
    """The estimated work: every node of the line is altered, and every alteration costs every node."""
    step = theorem.steps[n]
    return sum(sum(1 for _ in preorder_traversal(e)) for e in (step.lhs, step.rhs, step.gap) if e is not None) ** 2


def _watched(tasks, watch) -> Iterator[Future]:
    for done, task in enumerate(as_completed(tasks)):
        watch("altering lines", done / len(tasks))
        yield task


@contextmanager
def _processes(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool that ends at once when this process is interrupted, since a line may take long."""
    others = set(active_children())
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _ends_with_its_parent)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in set(active_children()) - others:
            process.terminate()
        raise
    pool.shutdown()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """A context in which new processes delay interrupts until they are ready: the mask of signals is inherited."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ends_with_its_parent() -> None:
    """Ends this process at once and without output on an interrupt, and after the parent was killed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    parent = parent_process()
    if parent is not None:
        Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


def _address(theorem: Theorem) -> Address:
    return theorem.lines.__module__, theorem.lines.__name__


def _trials_at(address: Address, n: int, sample: int | None) -> list[Trial]:
    module, name = address
    return line_trials(getattr(import_module(module), name), n, sample)
