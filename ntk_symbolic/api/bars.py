"""A progress bar for long computations, on a terminal or in a notebook."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from ..progress import Watch, bars, watched_by

SHOWN = 0.005  # the least progress for which a notebook's bar is drawn again


@contextmanager
def progress_bar(label: str = "computing") -> Iterator[None]:
    """A context with a bar for the kernels and comparisons that are computed in it: in a notebook or, on stderr, a terminal.

    label    the text before the bar.
    Nothing is shown elsewhere. Results do not depend on it; Ctrl-C ends the computation as without it.

    >>> import ntk_symbolic as ns
    >>> with ns.progress_bar():
    ...     ns.mlp(1, "relu", 1.0, 0.0).ntk([[3.0, 4.0]])
    array([[12.5]])
    """
    with _bar(label) as watch, watched_by(watch):
        yield


def _bar(label: str) -> AbstractContextManager[Watch]:
    if _in_notebook():
        return _of_notebook(label)
    return _of_terminal(label) if sys.stderr.isatty() else _none()


def _in_notebook() -> bool:
    """True in a kernel of Jupyter, which is then imported already."""
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    return bool(shell) and hasattr(shell, "kernel")


@contextmanager
def _none() -> Iterator[Watch]:
    yield lambda fraction: None


@contextmanager
def _of_terminal(label: str) -> Iterator[Watch]:
    with bars(transient=True) as shown:
        task = shown.add_task(label, total=1.0)
        yield lambda fraction: shown.update(task, completed=fraction)


@contextmanager
def _of_notebook(label: str) -> Iterator[Watch]:
    from html import escape

    from IPython.display import HTML, display  # pyright: ignore[reportMissingImports]

    def drawn(fraction: float) -> HTML:
        return HTML(f'{escape(label)} <progress max="1" value="{fraction:.3f}"></progress> {fraction:.0%}')

    shown = 0.0
    bar: Any = display(drawn(0.0), display_id=True)

    def watch(fraction: float) -> None:
        nonlocal shown
        if abs(fraction - shown) >= SHOWN or fraction == 1:
            shown = fraction
            bar.update(drawn(fraction))

    try:
        yield watch
    finally:
        bar.update(HTML(""))  # as a bar on a terminal, it disappears when all is done
