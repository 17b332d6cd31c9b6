"""Pages are printed to PDF by a browser, whole or not at all."""

import stat
import sys
from pathlib import Path

import pytest

from ntk_symbolic.documents import pdf
from ntk_symbolic.documents.page import formula, page
from ntk_symbolic.errors import FileTrouble

PAGE = page("A page", formula(r"\frac{a}{b}"))
NEEDS_A_BROWSER = pytest.mark.skipif(pdf.browser() is None, reason="no browser of the Chromium family is installed")


@pytest.fixture
def path_of_browsers(tmp_path, monkeypatch):
    """A folder that is the only one in which programs are found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(pdf, "BROWSERS", pdf.BROWSERS[:3])
    return folder


def stand_in(folder: Path, does: str) -> Path:
    """A program called chromium that runs these lines with its arguments in `options`, by their names."""
    program = folder / "chromium"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nfrom pathlib import Path\nfrom urllib.parse import unquote, urlsplit\n"
        "options = dict(word.partition('=')[::2] for word in sys.argv[1:-1])\n"
        f"page = Path(unquote(urlsplit(sys.argv[-1]).path)).read_text(encoding='utf-8')\n{does}\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@NEEDS_A_BROWSER
def test_a_page_is_printed(tmp_path):
    pdf.write_page(tmp_path / "page.pdf", PAGE)
    content = (tmp_path / "page.pdf").read_bytes()
    assert content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
    assert [file.name for file in tmp_path.iterdir()] == ["page.pdf"]


def test_the_browser_gets_the_page_and_a_profile_of_its_own(tmp_path, path_of_browsers):
    stand_in(
        path_of_browsers,
        "assert '--headless' in options and options['--user-data-dir'].startswith('/')\n"
        "Path(options['--print-to-pdf']).write_bytes(b'%PDF ' + page.encode())",
    )
    pdf.check_page(tmp_path / "page.pdf")
    pdf.write_page(tmp_path / "page.pdf", PAGE)
    assert (tmp_path / "page.pdf").read_bytes() == b"%PDF " + PAGE.encode()


@pytest.mark.parametrize("does", ["sys.exit(1)", "pass"], ids=["fails", "writes nothing"])
def test_a_browser_that_prints_nothing_leaves_no_file(tmp_path, path_of_browsers, does):
    stand_in(path_of_browsers, does)
    (tmp_path / "page.pdf").write_bytes(b"before")
    with pytest.raises(FileTrouble, match=r"output: .*chromium did not print the page .*end the name in \.html"):
        pdf.write_page(tmp_path / "page.pdf", PAGE)
    assert (tmp_path / "page.pdf").read_bytes() == b"before"


def test_without_a_browser_the_remedy_is_named_before_long_work(tmp_path, path_of_browsers):
    for call in (pdf.check_page, lambda path: pdf.write_page(path, PAGE)):
        with pytest.raises(FileTrouble, match=r"install Chromium or Chrome, or end the name in \.html"):
            call(tmp_path / "page.pdf")
    pdf.check_page(tmp_path / "page.html")


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(FileTrouble, match=r"end it in \.html or \.pdf"):
        pdf.check_page(tmp_path / "page.png")


def test_long_formulas_are_set_smaller_on_paper():
    long = formula(" + ".join(["x"] * 100))
    assert 'style="--signs: 199"' in long and "--signs" not in formula("x + y")
