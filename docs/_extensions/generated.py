"""The pages that are written anew at every build, from what is in the package: theorems, activations and the API.

Each theorem is judged here and now; one that is not proved fails the build.
"""

import inspect
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from api import TASKS, api_page
from atlas import write_atlas
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from written import plain, raw, write

from ntk_symbolic.pages.derivation import overall, statement
from ntk_symbolic.pages.graph import graph
from ntk_symbolic.pages.page import Html
from ntk_symbolic.pages.post_page import equation_parts, overview, slip_list
from ntk_symbolic.pages.theorem_page import TheoremPage, proved, theorem_page, theorem_table, uses_among
from ntk_symbolic.post.equations import equations
from ntk_symbolic.post.slips import slips
from ntk_symbolic.proofs.mutation.scores import scores
from ntk_symbolic.proofs.theorem import Theorem
from ntk_symbolic.theorems import all_theorems

SAMPLE = 2  # mutants of each line tried at every build; all of them: ntk-symbolic prove --all --mutants
FLAGSHIP = "cost-dynamics"


def write_theorems(known: Mapping[str, Theorem], docs: Path) -> None:
    """A page for each, the table and the graph of all. Raises NotProved."""
    folder = docs / "theorems"
    for page in folder.glob("*.md"):
        if page.stem not in known:  # of a theorem that is gone
            page.unlink()
    for name, theorem in known.items():
        proved(name, theorem())  # before mutants are counted, which takes longer
    counted = dict(zip(known, scores(list(known.values()), SAMPLE)))
    for name, theorem in known.items():
        page = theorem_page(theorem, known, "#line-{}".format, counted[name])
        write(folder / f"{name}.md", _markdown(page, listing(theorem)))
    write(folder / "_table.html", theorem_table(known, counted, folder="theorems"))
    write(folder / "_flagship.html", flagship(known[FLAGSHIP]))
    write(folder / "_graph.html", graph(uses_among(known), link="theorems/{}.html".format))


def flagship(theorem: Theorem) -> Html:
    """The theorem the site opens with."""
    derivation = theorem()
    link = f'<a href="theorems/{theorem.name}.html">{len(derivation.steps)} steps, each judged</a>'
    return Html(f'<div class="flagship">{statement(derivation)}<p>{overall(derivation)} {link}</p></div>')


def listing(theorem: Theorem) -> Html:
    """The file a theorem is written in, its lines numbered and with an address each."""
    source = Path(inspect.getsourcefile(theorem.lines)).read_text(encoding="utf-8")
    style = HtmlFormatter(linenos="inline", linespans="line", wrapcode=True)
    return Html(f'<div class="highlight-python notranslate">{highlight(source, PythonLexer(), style)}</div>')


def _markdown(page: TheoremPage, code: Html) -> str:
    parts = [f"# {plain(page.title)}", raw(page.head)]
    for heading, body in (*page.parts, ("The code", code)):
        parts += [f"## {plain(heading)}", raw(body)]
    return "\n\n".join(parts) + "\n"


def write_post(known: Mapping[str, Theorem], docs: Path) -> None:
    """Raises NotProved where a line is not what the page says of it."""
    found, wrong = equations(), slips()
    parts = [f"({anchor})=\n## {plain(heading)}\n\n{raw(body)}" for anchor, heading, body in equation_parts(found)]
    write(docs / "post" / "_equations.md", "\n\n".join(parts) + "\n")
    write(docs / "post" / "_overview.html", overview(found, wrong))
    write(docs / "post" / "_slips.html", slip_list(wrong, found, addresses(known).__getitem__))


def addresses(known: Mapping[str, Theorem]) -> dict[str, str]:
    """Of theorems, a page each, and of their counterexamples, which are parts of these pages."""
    pages = {name: f"theorems/{name}.html" for name in known}
    return {
        c.name: f"{pages[name]}#{c.name}" for name, theorem in known.items() for c in theorem.counterexamples
    } | pages


def write_reference(docs: Path) -> None:
    """A page for each task, and none for one that is gone. Raises Undocumented."""
    for page in (docs / "api").glob("*.md"):
        if page.stem not in {task.name for task in TASKS}:
            page.unlink()
    for task in TASKS:
        write(docs / "api" / f"{task.name}.md", api_page(task))


def write_all(app):
    docs = Path(app.srcdir)
    with ProcessPoolExecutor(1, get_context("spawn")) as beside:
        atlas = beside.submit(write_atlas, docs)
        write_post(all_theorems(), docs)
        write_theorems(all_theorems(), docs)
        atlas.result()
    write_reference(docs)


def setup(app):
    app.connect("builder-inited", write_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
