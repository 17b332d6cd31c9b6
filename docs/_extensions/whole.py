"""Checks of the built site, which stop the build.

Every internal link has a target, no resource is fetched from another site, and the output of a cell is in one piece.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src"), ("video", "src")}


class NotWhole(RuntimeError):
    """A site with dead links, external resources, or an output in pieces."""


class Page(HTMLParser):
    """The ids of a page, the targets of its links, its resources, and the number of output streams of each cell."""

    def __init__(self, path: Path):
        super().__init__()
        self.path, self.ids, self.links, self.fetched, self.streams = path, set(), [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id":
                self.ids.add(value)
            elif (tag, name) in FETCHED:
                self.fetched.append(value)
            elif name == "href" and value:
                self.links.append(value)
            elif name == "class" and value:
                self._count_streams(value.split())

    def _count_streams(self, classes: list[str]) -> None:
        """Counts outputs of a cell, marked `output stream`, or `output stderr` for the stream of errors."""
        if "cell_output" in classes:
            self.streams.append({"stream": 0, "stderr": 0})
        elif "output" in classes and self.streams:
            for name in self.streams[-1]:
                self.streams[-1][name] += name in classes


def faults(site: Path) -> Iterator[str]:
    """The faults of a built site, one line each."""
    pages = {path.resolve(): Page(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts}
    for page in pages.values():
        where = page.path.relative_to(site)
        for address in page.fetched:
            if urlsplit(address).netloc:
                yield f"{where} fetches {address}"
        for address in page.links:
            if not _leads_somewhere(address, page, pages):
                yield f"{where} has a link to {address}, which does not exist"
        if any(max(pieces.values()) > 1 for pieces in page.streams):
            yield f"{where} shows the output of a cell in pieces; see notebooks.py"
    for style in sorted(site.rglob("*.css")):
        if "url(http" in (text := style.read_text(encoding="utf-8")) or "@import" in text:
            yield f"{style.relative_to(site)} fetches an external resource"


def _leads_somewhere(address: str, page: Page, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return True
    target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path.resolve()
    if target not in pages:
        return target.is_file()
    return not parts.fragment or unquote(parts.fragment) in pages[target].ids


def refuse(app, exception):
    if exception is None and app.builder.name == "html" and (found := list(faults(Path(app.outdir)))):
        raise NotWhole("\n".join(found))


def setup(app):
    app.connect("build-finished", refuse)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
