"""Executed cells of the site: skipped without the docs extra, and run by `.ci/run` where it is installed."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("myst_nb", reason="needs the docs extra")
import nbformat

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_extensions"))

import notebooks
from myst_nb.core.execute import direct

IMPORTED = "import sys; print(sorted({'numpy', 'sympy', 'sklearn', 'ntk_symbolic.proofs'} & set(sys.modules)))"


@pytest.fixture
def execute(tmp_path, monkeypatch):
    """The outputs of cells, run as those of a page."""
    monkeypatch.setattr(direct, "single_nb_execution", direct.single_nb_execution)  # set back afterwards
    notebooks.setup(None)

    def outputs(*cells: str) -> list[str]:
        page = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
        done = direct.single_nb_execution(page, cwd=str(tmp_path), timeout=120, allow_errors=False)
        assert done.err is None, done.exc_string
        return ["".join(out["text"] for out in cell.outputs) for cell in page.cells]

    return outputs


def test_the_cells_of_a_page_share_names_and_those_of_another_page_do_not(execute):
    first = execute("mine = 1\nimport numpy\nnumpy.mine = 1", "print(mine)")
    second = execute("print('mine' in globals())\nimport numpy\nprint(hasattr(numpy, 'mine'))")
    assert (first[1], second[0]) == ("1\n", "False\nFalse\n")


def test_a_page_whose_cell_raises_an_error_is_refused(execute):
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        execute("1 / 0")


def test_cells_run_in_the_folder_and_the_environment_of_their_page(tmp_path, execute, monkeypatch):
    monkeypatch.setenv("OF_THE_PAGE", "told")
    said = execute(f"import os; print(os.getcwd() == {str(tmp_path.resolve())!r}, os.environ['OF_THE_PAGE'])")
    assert said == ["True told\n"]


def test_what_shells_and_cells_print_arrives_in_one_piece(execute):
    assert execute("%%sh\necho one\necho two", "print(1)\nprint(2)") == ["one\ntwo\n", "1\n2\n"]


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")
def test_kernels_start_with_the_imports_done(execute):
    assert execute(IMPORTED) == ["['ntk_symbolic.proofs', 'numpy', 'sklearn', 'sympy']\n"]
