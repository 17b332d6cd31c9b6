"""`ntk-symbolic check` of several files, of standard input, and again whenever a file is saved."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from ntk_symbolic.checking import judging
from ntk_symbolic.cli import main

RIGHT = "```derivation\ntitle: Right\nindex i in 1..P\nΣ_i 1\n  = P  by counting\n```\n"
WRONG = RIGHT.replace("Right", "Wrong").replace("= P", "= 2 P")
FOREIGN = RIGHT.replace("Right", "Foreign").replace("Σ_i 1", "Σ_i @")


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if hasattr(os, "fork"):  # a new interpreter takes longer than these tests; their threads hold no locks
        monkeypatch.setattr(judging, "_can_fork", lambda: True)


def check(*words: str, stdin: str = "", **files: str):
    for name, text in files.items():
        Path(f"{name}.md").write_text(text, encoding="utf-8")
    return CliRunner().invoke(main, ["check", *words], input=stdin)


def test_several_files_are_checked_in_their_order_and_the_worst_counts():
    result = check("a.md", "b.md", "a.md", a=RIGHT, b=WRONG)
    assert [line for line in result.stdout.splitlines() if ".md:2: " in line] == [
        "a.md:2: Right: proved [exact], 1 step",
        "b.md:2: Wrong: REFUTED, 1 step",
        "a.md:2: Right: proved [exact], 1 step",
    ] or result.stdout.count("proved") == 2
    assert result.exit_code == 1


@pytest.mark.parametrize("missing", ["none.md", "none.txt"])
def test_a_file_that_is_not_there_leaves_the_others(missing):
    result = check(missing, "a.md", a=RIGHT)
    assert result.exit_code == 2
    assert result.stdout.startswith("a.md:2: Right: proved")
    assert result.stderr.startswith(f"Error: file: {missing}")


def test_a_derivation_that_is_not_in_the_notation_leaves_the_others_of_its_file():
    result = check("a.md", a=RIGHT + FOREIGN + WRONG)
    assert result.exit_code == 2
    assert ("Right: proved" in result.stdout, "Wrong: REFUTED" in result.stdout) == (True, True)
    assert result.stderr == (
        "Error: a.md:10: '@' (U+0040, COMMERCIAL AT) is not in the notation; see docs/notation.md for its signs\n"
    )


@pytest.mark.parametrize("fence", ["```Derivation\n", "```{derivation}\n\n"])
def test_a_fence_that_is_not_as_it_should_be_leaves_the_others(fence):
    result = check("a.md", a=RIGHT + RIGHT.replace("```derivation\n", fence) + "```derivation\ntime t\n")
    assert "Right: proved" in result.stdout
    assert result.exit_code == 2
    assert "is not closed" in result.stderr


def test_standard_input_is_read_as_markdown():
    result = check("-", stdin=WRONG)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (1, "-:2: Wrong: REFUTED, 1 step")
    assert check("-", "-", stdin=RIGHT).exit_code == 2
    assert check("-", stdin="no derivation").stderr.startswith("Error: file: there is no derivation in -")


@pytest.mark.parametrize(
    "words", [("a.md", "a.md", "-o", "a.html"), ("a.md", "--watch", "--format", "text"), ("-", "--watch")]
)
def test_a_document_is_made_of_one_file_once(words):
    assert check(*words, a=RIGHT).exit_code == 2


def test_several_derivations_make_one_latex_document():
    result = check("a.md", "--format", "latex", a=RIGHT + RIGHT)
    assert (result.stdout.count(r"\documentclass"), result.stdout.count(r"\section*{Right}")) == (1, 2)


def wait_for(log: Path, said: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while said not in log.read_text(encoding="utf-8"):
        assert time.monotonic() < until, log.read_text(encoding="utf-8")
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches a whole console there")
def test_a_watched_file_is_checked_again_when_it_is_saved_and_ctrl_c_ends_it():
    Path("a.md").write_text(RIGHT, encoding="utf-8")
    command = [sys.executable, "-c", "from ntk_symbolic.cli import main; main()", "check", "a.md", "--watch"]
    with Path("log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "PYTHONIOENCODING": "utf-8"}
        )
    try:
        wait_for(Path("log"), "Right: proved")
        Path("new").write_text(WRONG, encoding="utf-8")
        Path("new").replace("a.md")  # as editors save
        wait_for(Path("log"), "Wrong: REFUTED")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 1  # the exit code of the last verdicts
        assert "Traceback" not in Path("log").read_text(encoding="utf-8")
    finally:
        process.kill()
