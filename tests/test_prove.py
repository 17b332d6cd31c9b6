"""The command that proves: one line for each theorem, and the score of its mutants."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from ntk_symbolic import theorems
from ntk_symbolic.calculus import Definition, Functional, Lam, Space
from ntk_symbolic.cli import main
from ntk_symbolic.pages.theorem_table import score_text, theorem_table
from ntk_symbolic.proofs.mutation.harness import Outcome, Score, Trial
from ntk_symbolic.proofs.theorem import theorem
from ntk_symbolic.theorems.function_dynamics import function_dynamics
from ntk_symbolic.theorems.parameter_gradient import parameter_gradient

X = Space("X", "measure", "x")
x, y = X.point("x"), X.point("y")
A = Functional("A", [X, X])


@theorem(source="a test")
def symmetric():
    """A symmetric function"""
    yield Definition("S", Lam(A(x, y) + A(y, x), x, y))(x, y)
    yield A(x, y) + A(y, x), "definition"


SMALL = {"function-dynamics": function_dynamics, "parameter-gradient": parameter_gradient}


@pytest.fixture(autouse=True)
def few_theorems(monkeypatch):
    monkeypatch.setattr(theorems, "all_theorems", lambda: SMALL)


def run(*words):
    return CliRunner().invoke(main, ["prove", *map(str, words)])


def test_all_theorems_are_one_table():
    result = run("--all")
    head, *rows, _, summary = result.stdout.splitlines()
    assert head.split()[:4] == ["theorem", "verdict", "label", "steps"]
    assert [row.split()[:4] for row in rows] == [
        ["parameter-gradient", "proved", "derived", "3"],  # each after those that its proof uses
        ["function-dynamics", "proved", "derived", "5"],
    ]
    assert summary == "2 of 2 theorems proved."
    assert result.exit_code == 0
    assert result.stderr.splitlines() == ["parameter-gradient: proved", "function-dynamics: proved"], "as it goes"
    assert run("--all", "--quiet").output == ""


def test_the_names_of_the_theorems_are_listed():
    assert run("--list").stdout.split() == list(SMALL)


def test_all_theorems_in_full_are_a_document():
    document = run("--all", "--format", "markdown").stdout
    assert all(f"# {theorem().title}" in document for theorem in SMALL.values())


def test_with_mutants_the_table_holds_their_number_and_what_became_of_them():
    result = run("--all", "--sample", 2)
    head, row, *_ = result.stdout.splitlines()
    assert head.endswith("mutants  rejected  ill formed  unproved  equivalent  survivors")
    assert row.split()[7:8] == ["10"]
    assert "26 mutants (at most 2 of each line):" in result.stdout  # and 6 dropped grants
    assert "no survivor" in result.stdout
    assert result.exit_code == 0


def test_a_survivor_is_told_and_is_an_exit_code(monkeypatch):
    monkeypatch.setitem(SMALL, "symmetric", symmetric)
    monkeypatch.setattr("ntk_symbolic.proofs.mutation.scores.os.cpu_count", lambda: 1)
    result = run("symmetric", "--mutants")
    assert "1 survivor" in result.stdout
    assert "S(x, y) with x, y exchanged: survived" in result.stdout
    assert result.exit_code == 1


def test_a_theorem_that_is_not_proved_is_named(monkeypatch):
    def stated():
        return parameter_gradient.stated

    stated.uses = parameter_gradient.uses
    monkeypatch.setitem(SMALL, "parameter-gradient", stated)
    result = run("--all")
    assert "Not proved: parameter-gradient; see ntk-symbolic prove parameter-gradient" in result.stdout
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "words, said",
    [
        (("cost-dynamics", "--all"), "leave one out"),
        (("--all", "--mutants", "--format", "html"), "leave out --format"),
        (("--all", "--sample", 0), "sample"),
        (("parameter-gradien",), "did you mean 'parameter-gradient'?"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_refused_in_one_line(words, said):
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert said in line


def trial(name, outcome, **more):
    return Trial("a", 1, "right", "sign", name, outcome, **more)


def test_a_score_lists_what_is_worth_a_look():
    score = Score("a", (trial("swapped", Outcome.EQUIVALENT, reason="K is symmetric"), trial("sign", Outcome.REJECTED)))
    text = score_text(score)
    assert text.startswith("a: 2 mutants: 1 rejected")
    assert "a, line 1, right: swapped: equivalent, since K is symmetric" in text
    assert "Survivors" not in text


def test_a_dispute_between_judges_is_told():
    score = Score("a", (trial("sign", Outcome.DISPUTED, altered="a = -a"),))
    table = theorem_table({"a": parameter_gradient()}, {"a": score})
    assert "Survivor: a, line 1, right: sign: disputed: a = -a" in table
    assert "disputed between the judges" in table


@contextmanager
def altering_lines():
    """A process whose workers have been given their lines."""
    words = [sys.executable, "-m", "ntk_symbolic.cli", "prove", "cost-dynamics", "--mutants"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate(timeout=6)
        yield process


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupt_ends_all_processes_with_130():
    with altering_lines() as process:
        os.killpg(process.pid, signal.SIGINT)
        out, said = process.communicate(timeout=30)
    assert (process.returncode, out, said.strip()) == (130, b"", b"Interrupted")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_no_process_outlives_one_that_is_killed():
    with altering_lines() as process:
        process.kill()
        process.communicate(timeout=30)  # ends when the other ends of the pipes are closed
    assert process.returncode == -signal.SIGKILL
