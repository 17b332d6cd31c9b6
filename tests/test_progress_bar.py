"""A bar for long computations: on a terminal, in a notebook, and nothing elsewhere."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import ntk_symbolic as ns

X = np.random.default_rng(0).standard_normal((700, 3))


class Notebook:
    """A stand-in for IPython in a kernel: what is displayed is kept."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.shown: list[str] = []
        shell, display = ModuleType("IPython"), ModuleType("IPython.display")
        shell.get_ipython = lambda: SimpleNamespace(kernel=object())  # type: ignore[attr-defined]
        display.HTML = str  # type: ignore[attr-defined]
        display.display = self.display  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "IPython", shell)
        monkeypatch.setitem(sys.modules, "IPython.display", display)

    def display(self, content: str, display_id: bool) -> SimpleNamespace:
        self.shown.append(content)
        return SimpleNamespace(update=self.shown.append)


def test_a_notebook_shows_the_fraction_done_and_then_nothing(monkeypatch):
    notebook = Notebook(monkeypatch)
    with ns.progress_bar("<kernel>"):
        K = ns.mlp(1).ntk(X)
    assert notebook.shown[0].startswith("&lt;kernel&gt; <progress") and notebook.shown[-1] == ""
    assert 'value="1.000"' in notebook.shown[-2] and len(notebook.shown) == 8  # six tiles
    np.testing.assert_array_equal(K, ns.mlp(1).ntk(X))


def test_comparisons_have_it_too_and_errors_pass(monkeypatch):
    notebook = Notebook(monkeypatch)
    with pytest.raises(KeyboardInterrupt), ns.progress_bar():
        ns.mlp(1).compare(np.eye(2), widths=(8,), networks=200)
        raise KeyboardInterrupt
    assert 'value="1.000"' in notebook.shown[-2] and notebook.shown[-1] == ""


def test_a_terminal_shows_a_bar_on_stderr_and_a_file_nothing(monkeypatch, capsys):
    with ns.progress_bar():
        ns.mlp(1).ntk(X)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with ns.progress_bar("the kernel"):
        ns.mlp(1).ntk(X)
    out, err = capsys.readouterr()
    assert out == "" and "the kernel" in err
