"""All LaTeX output compiles with pdflatex."""

import shutil
import subprocess

import pytest

from ntk_symbolic.theorems import all_theorems

NEEDS_TEX = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")


@NEEDS_TEX
@pytest.mark.parametrize("name", all_theorems())
def test_a_theorem_compiles_with_pdflatex(name, tmp_path):
    (tmp_path / "theorem.tex").write_text(all_theorems()[name]().latex(), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "theorem.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
