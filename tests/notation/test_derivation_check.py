"""`ntk-symbolic check`: users' own derivations, in Markdown and in Python."""

import os
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from derivation_texts import FIRST, FLOW

from ntk_symbolic.checking import apart, checked, judging
from ntk_symbolic.checking.checked import check_file
from ntk_symbolic.checking.judging import judged_within
from ntk_symbolic.cli import main

BLOCK = "```derivation\n{}```\n"
NOTES = "# Notes\n\nProse.\n\n" + BLOCK.format("title: Gradient flow\n" + FLOW)
OFFSET = 6  # lines before the setting
STEP_1, STEP_2 = OFFSET + FIRST + 1, OFFSET + FIRST + 2
SLIP = NOTES.replace("= Σ_i dθ_i/dt", "= 2 Σ_i dθ_i/dt")
ILL_FORMED = NOTES.replace("−∫_X ∫_X", "−∫_X")
THEOREM = '''\
from ntk_symbolic.calculus import Functional, Over, Space
from ntk_symbolic.proofs.theorem import theorem

P = Space("P", "counting", "i")
i, m = P.point("i"), P.point("m")
a = Functional("a", [P])


@theorem(source="me")
def square():
    """The square of a sum"""
    yield Over(a(i), i) ** 2
    yield Over(a(i) * a(m), i, m), "expanding"
    yield {}Over(a(i), i) * Over(a(m), m), "collecting"
'''


@cache
def judged_once(found, seconds):
    """The process that judges a text is started for the first test that asks for it."""
    return judged_within(found, seconds)


class Forked:
    """The process of a Python file, without a new interpreter, whose start takes longer than these tests."""

    def __init__(self, command, stdout):
        self.pid, self.code = os.fork(), None
        if not self.pid:
            try:
                sys.argv = command[-2:]  # as main reads them
                os.dup2(stdout.fileno(), 1)
                sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
                apart.main()
            finally:
                os._exit(0)

    def __enter__(self):
        return self

    def __exit__(self, *trouble):
        pass

    def wait(self, seconds):
        until = time.monotonic() + seconds
        while self.code is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("a fork", seconds)
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                self.code = 0
            time.sleep(0.002)
        return self.code

    def kill(self):
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


SPAWNED = ("test_python_is_run_and_the_output_says_so", "test_python_that_does_not_end_is_stopped")  # as users start it


@pytest.fixture(autouse=True)
def somewhere(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checked, "judged_within", lambda found, seconds: judged_once(tuple(found), seconds))
    if hasattr(os, "fork") and request.node.originalname not in SPAWNED:
        monkeypatch.setattr(judging, "_can_fork", lambda: True)  # the threads of the tests hold no locks
        monkeypatch.setattr(apart.subprocess, "Popen", Forked)


def check(text: str, name: str, *words: str):
    Path(name).write_text(text, encoding="utf-8")
    return CliRunner().invoke(main, ["check", name, *words])


def test_a_proved_file_is_one_line_and_exit_code_0():
    result = check(NOTES, "notes.md")
    assert result.exit_code == 0
    assert result.stdout == f"notes.md:{OFFSET}: Gradient flow: proved [derived], 2 steps\n"


def test_a_slip_is_shown_with_its_line_both_sides_an_instance_and_exit_code_1():
    result = check(SLIP, "notes.md")
    assert result.exit_code == 1
    said = result.stdout.splitlines()
    assert said[0].startswith(f"notes.md:{OFFSET}: Gradient flow: REFUTED")
    assert said[1] == f"notes.md:{STEP_1}: step 1, “the chain rule”: REFUTED"
    assert said[2].startswith(f"   {STEP_1} | = 2 Σ_i dθ_i/dt")
    assert said[3].strip() == "left:  d/dt C[f^θ]"
    assert "right: 2 Σ_i" in said[4]
    assert "difference" in result.stdout
    assert f"notes.md:{STEP_2}: step 2" in result.stdout
    assert "it starts from the line above" in said[-1]


def test_an_ill_formed_line_is_exit_code_1_and_says_what_is_wrong():
    result = check(ILL_FORMED, "notes.md")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"notes.md:{STEP_2}: ill-formed: 1 integral sign, 2 differentials")


def test_one_wrong_derivation_does_not_hide_the_others():
    result = check(ILL_FORMED + NOTES + SLIP, "notes.md")
    verdicts = [said for said in ("ill-formed", "proved [derived]", "REFUTED") if said in result.stdout]
    assert (result.exit_code, len(verdicts)) == (1, 3)


UNREADABLE = {
    "there is no derivation": ("notes.md", "# Notes\n\n```python\n1/0\n```\n"),
    "is not closed": ("notes.md", NOTES.removesuffix("```\n")),
    "notes.md:9: ": ("notes.md", NOTES.replace("index i", "index @ i")),
    "unknown suffix '.txt'": ("notes.txt", NOTES),
    "theorems.py:2: ZeroDivisionError": ("theorems.py", "a = 1\na / 0\n"),
    "theorems.py:3: SyntaxError": ("theorems.py", "a = 1\n\ndef f(:\n"),
    "theorems.py:1: SystemExit: 3": ("theorems.py", "raise SystemExit(3)\n"),
    "there is no derivation in theorems.py": ("theorems.py", "from ntk_symbolic.theorems.cost_dynamics import *\n"),
    "theorems.py:1: GeneratorExit": ("theorems.py", "raise GeneratorExit\n"),
    "theorems.py:2: Own: x": ("theorems.py", "class Own(BaseException): pass\nraise Own('x')\n"),
    "theorems.py:2: a NUL character": ("theorems.py", "a = 1\n\0\n"),
    "ended its process (exit code 0)": ("theorems.py", "import os\nos._exit(0)\n"),
    "notes.md:5: a fence with Derivation": ("notes.md", NOTES.replace("```derivation", "```Derivation")),
    "a fence with derivation}": ("notes.md", NOTES.replace("```derivation", "```{derivation} x")),
}


@pytest.mark.parametrize("said", UNREADABLE)
def test_what_cannot_be_read_is_one_line_and_exit_code_2(said):
    name, text = UNREADABLE[said]
    result = check(text, name)
    assert result.exit_code == 2
    assert said in result.stderr.splitlines()[-1]
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert result.stdout == ""


@pytest.mark.parametrize("name", ["missing.md", ".", "missing.py"])
def test_a_file_that_is_none_is_refused(name):
    result = CliRunner().invoke(main, ["check", name])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith("Error: file: ")


def test_bytes_that_are_no_text_are_refused():
    Path("notes.md").write_bytes(b"\xff\xfe\x00")
    result = CliRunner().invoke(main, ["check", "notes.md"])
    assert (result.exit_code, "UTF-8" in result.stderr) == (2, True)


def test_python_is_run_and_the_output_says_so():
    result = check(THEOREM.format(""), "theorems.py")
    assert result.exit_code == 0
    assert result.stderr == "theorems.py: running its code\n"
    assert result.stdout == "theorems.py:9: The square of a sum: proved [derived], 2 steps\n"
    assert "IS RUN" in CliRunner().invoke(main, ["check", "--help"]).stdout


def test_a_wrong_line_of_python_is_named():
    result = check(THEOREM.format("2 * "), "theorems.py")
    assert result.exit_code == 1
    assert "theorems.py:14: step 2, “collecting”: REFUTED" in result.stdout


def test_a_derivation_in_python_is_judged_anew():
    judged = "from dataclasses import replace\nfrom ntk_symbolic.proofs.derivation import *\n"
    claims = """
judge = lambda step: Judgement(Verdict.PROVED, Label.DERIVED, "a friend")
false = Derivation("false", (Step(Over(a(i), i), 2 * Over(a(i), i), "hope"),)).judged(judge)
del square
"""
    assert check(judged + THEOREM.format("") + claims, "theorems.py").exit_code == 1


HEAD = "from sympy import *\n" + THEOREM.partition("@theorem")[0].rstrip() + "\n"
SECOND = "@theorem(source='me')\ndef second():\n    'Another'\n    yield S.One\n    yield {}, 'x'\n"
WRONG, RIGHT = SECOND.format("S.Zero"), SECOND.format("S.One")
HIDDEN = {
    "two of one name": WRONG + RIGHT,
    "deleted": WRONG + "del second\n" + RIGHT,
    "in a list": "def made():\n"
    + "".join(f"    {line}\n" for line in WRONG.splitlines())
    + "    return second\nkept = [made()]\n"
    + RIGHT,
}


@pytest.mark.parametrize("how", HIDDEN)
def test_every_theorem_that_a_file_makes_is_judged_whatever_becomes_of_its_name(how):
    result = check(HEAD + HIDDEN[how], "theorems.py")
    assert result.exit_code == 1
    assert result.stdout.count("REFUTED, 1 step") == 1
    assert result.stdout.count("proved [") == 1


FAILING = {  # the body of a theorem, the line of its failure, and the message
    "yield S.One\n    yield S.One, 'x', 'y', 'z'": (5, "ill-formed: second: a later line is `yield rhs, rule`"),
    "yield S.One\n    yield (S.One,)": (5, "ill-formed: second: a later line is `yield rhs, rule`"),
    "yield S.One\n    yield S.One, 5": (5, "ill-formed: second: a later line is `yield rhs, rule`"),
    "yield 'x'": (4, "ill-formed: second: str is no expression"),
    "yield S.One": (4, "ill-formed: second: no step follows the line 1"),
    "yield S.One\n    while True: yield S.One, 'x'": (5, "ill-formed: second: more than 1000 lines"),
    "return 1": (1, "ill-formed: second: its function yields nothing"),
    "if 0: yield 1": (1, "there is no step in it"),
    "yield S.One\n    1 / 0": (5, "failed: ZeroDivisionError: division by zero"),
    "yield S.One\n    yield Over(a(i), i, i), 'x'": (5, "ill-formed: "),
    "yield Symbol('A', commutative=False)\n    yield Symbol('B', commutative=False), 'x'": (5, "undecided"),
    "raise SystemExit(0)\n    yield": (4, "failed: SystemExit: 0"),
}


def test_a_theorem_that_breaks_down_is_named_with_its_line_and_leaves_the_others():
    text, expected = THEOREM.format("") + "from sympy import *\n", []
    for body, (line, said) in FAILING.items():
        expected.append((f"theorems.py:{len(text.splitlines()) + line}: ", said))
        text += SECOND.partition("yield")[0] + body + "\n"
    result = check(text, "theorems.py")
    assert result.exit_code == 1
    assert "The square of a sum: proved [derived]" in result.stdout
    for place, said in expected:
        assert said in result.stdout.partition(place)[2][:150], (place, said)


def test_a_theorem_takes_no_arguments():
    result = check(HEAD + RIGHT.replace("second()", "second(x)"), "theorems.py")
    assert (result.exit_code, "takes no arguments; leave out x" in result.stdout) == (1, True)


def test_python_that_does_not_end_is_stopped():
    result = check(THEOREM.format("") + "while True: pass\n", "theorems.py", "--seconds", "3")
    assert result.exit_code == 2
    assert "did not finish in 3 s" in result.stderr


def test_python_that_is_interrupted_is_exit_code_130():
    assert check("raise KeyboardInterrupt\n", "theorems.py").exit_code == 130


def test_what_a_file_prints_is_not_among_the_verdicts():
    result = check("print('hello')\n" + THEOREM.format(""), "theorems.py")
    assert (result.exit_code, "hello" in result.stdout) == (0, False)


def test_quiet_leaves_the_exit_code():
    result = check(SLIP, "notes.md", "--quiet")
    assert (result.exit_code, result.output) == (1, "")


@pytest.mark.parametrize(
    ("form", "mark"), [("markdown", "# Gradient flow"), ("latex", r"\begin{document}"), ("text", "====")]
)
def test_the_whole_derivation_in_a_format(form, mark):
    result = check(NOTES, "notes.md", "--format", form)
    assert result.exit_code == 0
    assert mark in result.stdout


def test_the_derivation_goes_to_a_file():
    result = check(SLIP, "notes.md", "-o", "notes.html")
    assert result.exit_code == 1
    assert "REFUTED" in result.stderr
    assert "<article" in Path("notes.html").read_text(encoding="utf-8")


def test_the_example_in_the_documentation_is_proved():
    docs = Path(__file__).parents[2] / "docs" / "notation.md"
    found = check_file(docs)
    assert len(found) >= 3
    assert all(c.proved for c in found), [c.trouble for c in found]


def test_agreement_in_digits_is_exit_code_1_unless_it_is_accepted():
    lines = (
        "index i in 1..P\nfunction a_i\nΣ_i log(1 + exp(2 a_i) + 2 exp(a_i))\n  = 2 Σ_i log(1 + exp(a_i)) by algebra\n"
    )
    result = check(BLOCK.format(lines), "notes.md")
    assert result.exit_code == 1
    assert "digits [numeric], which is no proof, 1 step" in result.stdout
    assert check(BLOCK.format(lines), "notes.md", "--accept-numeric").exit_code == 0
    assert check(BLOCK.format(lines.replace("= 2 Σ", "= 3 Σ")), "notes.md", "--accept-numeric").exit_code == 1
