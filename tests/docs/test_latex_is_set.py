"""Formulas of the site, as Sphinx writes them: skipped without the docs extra, and run by `.ci/run` where it is installed."""

from pathlib import Path

import pytest

EXTENSIONS = Path(__file__).parents[2] / "docs" / "_extensions"

FORMULAS = r"""# T

Inline $\theta$, then

$$a = \frac{b}{c}$$ (one)

$$
\begin{aligned} a &= b \\ &\le c \end{aligned}
$$

\begin{gather} x \\ y \end{gather}

and {eq}`one`.
"""


def test_formulas_of_the_site_are_mathml_and_warnings_are_errors(tmp_path):
    build = pytest.importorskip("sphinx.cmd.build", reason="needs the docs extra")
    (tmp_path / "conf.py").write_text(
        f"import sys; sys.path.insert(0, {str(EXTENSIONS)!r})\n"
        "extensions = ['myst_parser', 'formulas', 'whole']\nmyst_enable_extensions = ['dollarmath', 'amsmath']\n"
    )
    (tmp_path / "index.md").write_text(FORMULAS)
    assert build.build_main(["-q", "-W", "-b", "html", str(tmp_path), str(tmp_path / "out")]) == 0
    shown = (tmp_path / "out" / "index.html").read_text()
    assert shown.count("<math ") == 4
    assert "(1)" in shown
