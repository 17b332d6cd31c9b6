"""The site: Sphinx and MyST. Pages of theorems, of the source post and of the API are written anew at every build."""

import os
import re
import sys
from pathlib import Path

from ntk_symbolic import __version__

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))
# Cells of the tutorial call ntk-symbolic as a shell does; the build may run without the environment activated
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

project = "ntk_symbolic"
author = "The ntk_symbolic developers"
copyright = author
release = version = __version__

extensions = ["myst_nb", "notebooks", "formulas", "highlighting", "generated", "references", "book", "whole"]
exclude_patterns = ["_build", "**/_*.md", "_extensions", "jupyter_execute", "**/.ipynb_checkpoints"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist", "attrs_block"]
myst_heading_anchors = 3
nb_execution_mode = "force"  # outputs are those of this version of the package
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_in_temp = True  # the tutorial writes files

html_theme = "furo"
html_title = "ntk_symbolic"
html_static_path = ["_static", "../ntk_symbolic/documents/assets"]
html_css_files = ["pieces.css", "site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"

_SERIF = 'Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif'
# The colours are those of the package's own pages; the first block of them is for light, the second for dark
_STYLE = (HERE.parent / "ntk_symbolic/documents/assets/page.css").read_text(encoding="utf-8")
_light, _dark = (
    dict(re.findall(r"--([\w-]+): (#\w+)", block)) for block in re.findall(r":root \{(.*?)\}", _STYLE, re.S)
)


def _theme(colours: dict[str, str]) -> dict[str, str]:
    brand = dict.fromkeys(("color-brand-primary", "color-brand-content", "color-brand-visited"), colours["accent"])
    paper = {"color-background-primary": colours["paper"], "color-background-secondary": colours["raised"]}
    api = {"color-api-name": colours["ink"], "color-api-pre-name": colours["quiet"]}
    return {**colours, **brand, **paper, **api, "color-foreground-primary": colours["ink"]}


html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {**_theme(_light), "font-stack": _SERIF, "font-stack--headings": _SERIF},
    "dark_css_variables": _theme(_dark),
}
