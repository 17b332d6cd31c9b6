"""All proofs in one document beside the pages of theorems: HTML, and PDF where a browser is installed that prints it."""

from pathlib import Path

from written import write

from ntk_symbolic.documents.pdf import browser, write_page
from ntk_symbolic.pages.graph import in_order
from ntk_symbolic.pages.theorem_page import proved, uses_among
from ntk_symbolic.proofs.formats import document
from ntk_symbolic.theorems import all_theorems

NAMES = {"HTML": "proofs.html", "PDF": "proofs.pdf"}


def _made() -> dict[str, str]:
    return {form: name for form, name in NAMES.items() if form == "HTML" or browser()}


def link(app):
    """Writes the sentence of the page of theorems that leads to the document."""
    links = ", ".join(f'<a href="theorems/{name}">{form}</a>' for form, name in _made().items())
    write(Path(app.srcdir) / "theorems" / "_book.html", f"<p>All proofs in one document: {links}.</p>\n")


def publish(app, exception):
    if exception is None and app.builder.name == "html":
        known = all_theorems()
        book = document([proved(name, known[name]()) for name in in_order(uses_among(known))], "html", greek=True)
        for name in _made().values():
            write_page(Path(app.outdir) / "theorems" / name, book)


def setup(app):
    app.connect("builder-inited", link)
    app.connect("build-finished", publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
