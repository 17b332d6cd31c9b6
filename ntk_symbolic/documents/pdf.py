"""Pages as files: HTML as it is, or printed to PDF by a browser of the Chromium family."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import FileTrouble
from ..files import PathLike, check_writable, suffix_of, write_bytes, write_text

HTML = (".html", ".htm")
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_LONGEST = 120  # seconds


def browser() -> str | None:
    """The path of the first of BROWSERS that is installed."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def check_page(path: PathLike, name: str = "output") -> None:
    """Raises FileTrouble, naming the remedy, if a later `write_page` would fail; called before long work."""
    suffix = suffix_of(path, name)
    if suffix not in (*HTML, ".pdf"):
        raise FileTrouble(f"{name}: {path} would be an HTML page of another suffix; end it in .html or .pdf")
    if suffix == ".pdf":
        _browser(path, name)
    check_writable(path, name)


def write_page(path: PathLike, html: str, name: str = "output") -> None:
    """Writes an HTML document, printed if the suffix is .pdf; whole or not at all. Raises FileTrouble naming the remedy."""
    if suffix_of(path, name) == ".pdf":
        write_bytes(path, _printed(html, _browser(path, name), name), name)
    else:
        write_text(path, html, name)


def _browser(path: PathLike, name: str) -> str:
    found = browser()
    if found is None:
        raise FileTrouble(
            f"{name}: {path} is printed by a browser, and none is found; install Chromium or Chrome, or end the name in "
            ".html and print that page"
        )
    return found


def _printed(html: str, found: str, name: str) -> bytes:
    """The document as PDF. The browser gets a profile of its own, so that it neither meets nor changes that of the user."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # helpers of the browser may still write there
        source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_text(html, encoding="utf-8")
        command = [found, "--headless", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={folder}/profile"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # root has none; the page holds no script
        try:
            subprocess.run(
                [*command, f"--print-to-pdf={target}", source.as_uri()],
                capture_output=True,
                timeout=_LONGEST,
                check=True,
            )
            content = target.read_bytes()
        except (OSError, subprocess.SubprocessError) as trouble:
            raise FileTrouble(
                f"{name}: {found} did not print the page ({type(trouble).__name__}); end the name in .html, and print it"
            ) from None
    return content
