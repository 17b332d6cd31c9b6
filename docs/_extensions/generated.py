"""Pages that every build writes from the package: theorems, the post, activations, the API.

Each theorem is judged by the build; one that is not proved fails it. A line is logged for each page, with the
time in seconds.
"""

import ast
import gc
import inspect
import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from api import TASKS, api_page
from atlas import Entry, entry, write_atlas
from front import figure_of_gelu
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from references import citation_html, references_html
from written import contents, plain, raw, write

from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.documents.page import Html, details
from ntk_symbolic.pages.graph import alone, graph, in_order
from ntk_symbolic.pages.post_page import equation_parts, overview, slip_list
from ntk_symbolic.pages.theorem_page import TheoremPage, proved, spoken, theorem_page, theorem_table, uses_among
from ntk_symbolic.post.equations import equations
from ntk_symbolic.post.slips import slips
from ntk_symbolic.proofs.html import overall, statement
from ntk_symbolic.proofs.mutation.harness import Score, grant_trials, line_trials, lines_of
from ntk_symbolic.proofs.theorem import Theorem
from ntk_symbolic.theorems import all_theorems

LINES = (
    6  # of each theorem, evenly spread, in which a mistake is made at every build; all: ntk-symbolic prove --mutants
)
SAMPLE = 1  # mistakes in each of them
FLAGSHIP = "cost-dynamics"
logger = logging.getLogger(f"sphinx.{__name__}")  # Sphinx prints messages under its name


@contextmanager
def told(what: str) -> Iterator[None]:
    """A context that logs a line when it is done, so that a long build shows progress."""
    start = time.perf_counter()
    yield
    logger.info("%s (%.1f s)", what, time.perf_counter() - start)


def collect_seldom() -> None:
    """A context with a hundred times fewer garbage collections, which are slow with many live terms."""
    gc.freeze()
    gc.set_threshold(70_000)


def write_theorems(known: Mapping[str, Theorem], docs: Path) -> None:
    """Writes a page for each theorem, the table and the graph. Raises NotProved."""
    folder, uses = docs / "theorems", uses_among(known)
    order = in_order(uses)
    for page in folder.glob("*.md"):
        if page.stem not in known:  # of a removed theorem
            page.unlink()
    for name in order:
        with told(f"theorem {name}: proved, {len(known[name].steps)} steps"):
            proved(name, known[name]())  # before the mutants, which take longer
    counted = {}
    for name in order:
        with told(f"theorem {name}: the judges refuse altered lines"):
            counted[name] = sampled_score(known[name])
            write(
                folder / f"{name}.md",
                _markdown(theorem_page(known[name], known, "#line-{}".format, counted[name]), listing(known[name])),
            )
    write(folder / "_table.html", theorem_table({name: known[name] for name in order}, counted, folder="theorems"))
    write(folder / "_flagship.html", flagship(known[FLAGSHIP]))
    write(folder / "_graph.html", graph(uses, link="theorems/{}.html".format, named=spoken))
    write(folder / "_alone.md", _why_alone(alone(uses)))
    write(folder / "_contents.md", contents(f"theorems/{name}" for name in order))


def sampled_score(theorem: Theorem) -> Score:
    """The score of a theorem by SAMPLE mutants in each of LINES lines, always the same ones."""
    lines = lines_of(theorem)
    chosen = lines if len(lines) <= LINES else [lines[n * len(lines) // LINES] for n in range(LINES)]
    trials = (trial for line in chosen for trial in line_trials(*line, SAMPLE))
    return Score(theorem.name, (*trials, *grant_trials(theorem)), SAMPLE)


def _why_alone(names: list[str]) -> str:
    """The sentence on theorems without an arrow, whose boxes would seem to be mistakes."""
    words = [f"*{spoken(name)}*" for name in names]
    said = " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
    return f"No arrow leads to or from {said}: the proof uses definitions alone, and no other proof uses it.\n" * bool(
        names
    )


def flagship(theorem: Theorem) -> Html:
    """The first theorem on the page of theorems."""
    derivation = theorem()
    link = f'<a href="theorems/{theorem.name}.html">{len(derivation.steps)} steps, each checked</a>'
    return Html(f'<div class="flagship">{statement(derivation)}<p>{overall(derivation)} {link}</p></div>')


def listing(theorem: Theorem) -> Html:
    """The file of a theorem, with numbered and linked lines; its imports are folded."""
    source = Path(inspect.getsourcefile(theorem.lines)).read_text(encoding="utf-8")
    imports = [node for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom)]
    end = imports[-1].end_lineno if imports else 0
    lines = source.splitlines(keepends=True)
    head, body = _highlighted(lines[:end], 1), _highlighted(lines[end:], end + 1)
    return Html(f"{details(f'Imports, lines 1 to {end}', head)}\n{body}") if end else body


def _highlighted(lines: list[str], first: int) -> Html:
    style = HtmlFormatter(linenos="inline", linespans="line", wrapcode=True, linenostart=first)
    code = highlight("".join(lines), PythonLexer(stripnl=False), style)
    return Html(f'<div class="highlight-python notranslate">{code}</div>')


def _markdown(page: TheoremPage, code: Html) -> str:
    parts = [f"# {plain(page.title)}", raw(page.head)]
    for heading, body in (*page.parts, ("The code", code)):
        parts += [f"## {plain(heading)}", raw(body)]
    return "\n\n".join(parts) + "\n"


def write_post(known: Mapping[str, Theorem], docs: Path) -> None:
    """Writes the pages of the post. Raises NotProved if a line does not have the verdict of the page."""
    with told("the post: every line judged"):
        found, wrong = equations(), slips()
    parts = [f"({anchor})=\n## {plain(heading)}\n\n{raw(body)}" for anchor, heading, body in equation_parts(found)]
    write(docs / "post" / "_equations.md", "\n\n".join(parts) + "\n")
    write(docs / "post" / "_overview.html", overview(found, wrong))
    write(docs / "post" / "_slips.html", slip_list(wrong, found, addresses(known).__getitem__))


def addresses(known: Mapping[str, Theorem]) -> dict[str, str]:
    """The addresses of theorems, a page each, and of their counterexamples, which are parts of these pages."""
    pages = {name: f"theorems/{name}.html" for name in known}
    return {
        c.name: f"{pages[name]}#{c.name}" for name, theorem in known.items() for c in theorem.counterexamples
    } | pages


def write_reference(docs: Path) -> None:
    """Writes a page for each task, and removes those of others. Raises Undocumented."""
    for page in (docs / "api").glob("*.md"):
        if page.stem not in {task.name for task in TASKS}:
            page.unlink()
    for task in TASKS:
        write(docs / "api" / f"{task.name}.md", api_page(task))


def write_all(app):
    docs = Path(app.srcdir)
    logger.info("Theorems are judged and activations measured; this takes some minutes")
    collect_seldom()
    with ProcessPoolExecutor(1, get_context("spawn"), collect_seldom) as beside:
        entries = [beside.submit(entry, name) for name in LIBRARY]
        for name, measured in zip(LIBRARY, entries):
            measured.add_done_callback(partial(_told_of_activation, name))
        write_post(all_theorems(), docs)
        write_theorems(all_theorems(), docs)
        write_reference(docs)
        write(docs / "front" / "_gelu.html", figure_of_gelu())
        write(docs / "front" / "_references.html", references_html())
        write(docs / "front" / "_citation.html", citation_html())
        write_atlas(docs, (measured.result() for measured in entries))


def _told_of_activation(name: str, measured: Future[Entry]) -> None:
    logger.info("activation %s: %s", name, "measured" if measured.exception() is None else "failed")


def setup(app):
    app.connect("builder-inited", write_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
