"""Hostile, endless and huge texts are refused in bounded time, and none is ever run."""

import time

import pytest
from derivation_texts import SETTING, with_setting

from ntk_symbolic.errors import IllFormed, NotationError
from ntk_symbolic.notation.checked import check_file
from ntk_symbolic.notation.derivations import read
from ntk_symbolic.notation.judging import judged_within

SECONDS = 2


def line(formula: str) -> str:
    return with_setting(f"{formula}\n  = 0  by nothing")


def many(shape: str, n: int) -> str:
    return "\n".join(shape.format(k) for k in range(n))


DEEP = 100_000
HOSTILE = {
    "brackets 10^5 deep": line("(" * DEEP + "1" + ")" * DEEP),
    "brackets never closed": line("(" * DEEP),
    "brackets 10^3 deep": line("(" * 1000 + "1" + ")" * 1000),
    "braces 10^5 deep": line("2^{" * DEEP + "1" + "}" * DEEP),
    "subscripts 10^5 deep": line("η_" * DEEP),
    "functions in functions": line("C[" * 1000 + "f" + "]" * 1000),
    "norms 10^5 deep": line("‖" * DEEP),
    "a line of 10^6 characters": line("1 + " * 250_000 + "1"),
    "a file of 10^6 lines": "\n" * 1_000_000 + "time t",
    "10^5 statements": many("number a{}", 100_000),
    "10^5 continued lines": line("1\n" + "    + 1\n" * 100_000),
    "10^4 steps": SETTING + "1\n" + "  = 1  by nothing\n" * 10_000,
    "minus signs": line("-" * DEEP + "1"),
    "10^4 factors": line("η_i " * 10_000),
    "10^3 derivatives": line("d/dt " * 1000 + "c"),
    "10^3 sums": line("Σ_i " * 900 + "η_i"),
    "10^3 integrals": line("∫_X " * 500 + "1 " + "dx " * 500),
    "thousands of indices": "index " + ", ".join(f"i{n}" for n in range(5000)) + " in 1..P\nΣ_i0 1\n = P by counting",
    "a huge index set": "index i in 1..1000000000\nΣ_i 1\n = 0 by nothing",
    "a number of 10^6 digits": line("9" * 1_000_000),
    "a number of 3000 digits": line("9" * 3000),
    "a tower of powers": line("9^{9^{9}}"),
    "a tower of unicode powers": line("((((9⁹)⁹)⁹)⁹)⁹"),
    "a power of a power": line("(((((ε^32)^32)^32)^32)^32)"),
    "python's power": line("9**9**9"),
    "a name of 10^5 letters": line("a" * DEEP),
    "a name of 10^5 primes": line("x" + "'" * DEEP),
    "primes on what moves": line("θ" + "'" * 25 + "_i"),
    "dunder": line("__class__"),
    "dunder of what is declared": line("η_i.__class__"),
    "a call": line("exec(1)"),
    "an import": line('__import__("os")'),
    "NUL": line("η_i \x00"),
    "an escape": line("η_i \x1b[31m"),
    "a homoglyph": line("Σ_і η_і"),
    "right to left": line("\u202eη_i"),
    "no-break space": line("Σ_i\u00a0η_i"),
    "combining marks": line("η" + "\u0307" * DEEP),
    "full-width digits": line("１"),
    "arabic digits": line("٣"),
    "a lone surrogate": line("\udcff"),
    "a text without an end": with_setting('hypothesis "' + "a" * 100_000),
    "by without end": line("by " * 100_000),
    "tabs": "\t" * 100_000 + "x",
    "definitions of definitions": "number h\ndefine q0 := h + 1\n"
    + "\n".join(f"define q{n} := q{n - 1} q{n - 1} + q{n - 1}" for n in range(1, 31))
    + "\nh\n = h  by nothing",
    "definitions of functions in each other": with_setting(
        "define N[φ] := ∫_X Σ_j φ_j(x)² dx ∫_X Σ_j φ_j(x) dx\n" + "N[N[" * 7 + "φ" + " φ]]" * 7 + "\n = 0  by nothing"
    ),
    "an endless rule": with_setting("1\n = 1 by " + "a " * 100_000),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_text_is_refused_in_time(what):
    start = time.perf_counter()
    with pytest.raises((NotationError, IllFormed)) as refused:
        read(HOSTILE[what])
    assert time.perf_counter() - start < SECONDS
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400
    assert refused.value.line >= 1


@pytest.mark.parametrize(
    "text",
    [
        "```derivation\n" + "x" * 1_000_000,
        "```derivation\ntime t\n```\n" * 10_000,
        "~" * 1_000_000,
        "```derivation\n" * 100_000,
        "a" * 10_000_000,
    ],
    ids=["a long block", "many blocks", "a fence", "fences", "a long file"],
)
def test_a_hostile_file_is_refused_in_time(text, tmp_path):
    file = tmp_path / "notes.md"
    file.write_text(text)
    start = time.perf_counter()
    with pytest.raises(ValueError, match=r"notes\.md"):
        check_file(file)
    assert time.perf_counter() - start < SECONDS


def test_judging_ends_when_its_time_is_over(tmp_path):
    """Sums over 12⁹ index values, which the judge of instances would run through one by one."""
    names = [f"i{n}" for n in range(9)]
    product = " ".join(f"a_{{{n},{m}}}" for n, m in zip(names, [*names[1:], names[0]]))
    text = f"""```derivation
index {", ".join(names)} in 1..12
function a_{{i0,i1}}
Σ_{{{",".join(names)}}} {product}
  = 2 Σ_{{{",".join(names)}}} {product}  by nothing
```
"""
    start = time.perf_counter()
    file = tmp_path / "slow.md"
    file.write_text(text)
    (checked,) = check_file(file, seconds=3)
    assert time.perf_counter() - start < 3 + SECONDS
    (step,) = checked.failed
    assert step.verdict == "undecided"
    assert not checked.proved


def test_a_block_of_derivation_is_not_run(tmp_path, capsys):
    (tmp_path / "notes.md").write_text(
        "```python\nprint('run')\n```\n```derivation\nindex i in 1..P\nΣ_i 1\n = P by x\n```"
    )
    (checked,) = check_file(tmp_path / "notes.md")
    assert checked.proved
    assert capsys.readouterr().out == ""


def test_what_judging_says_can_be_cut_anywhere():
    assert judged_within([], 30) == []


def test_a_text_that_is_not_read_in_time_is_read_nowhere(tmp_path):
    (tmp_path / "notes.md").write_text("```derivation\nindex i in 1..P\nΣ_i 1\n = P by x\n```")
    (checked,) = check_file(tmp_path / "notes.md", seconds=0.01)
    assert (checked.proved, checked.line) == (False, 2)
    assert "not read within 0.01 s" in str(checked.trouble)


def test_what_lies_in_the_working_directory_is_not_run(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit")
    (tmp_path / "notes.md").write_text("```derivation\nindex i in 1..P\nΣ_i 1\n = P by x\n```")
    monkeypatch.chdir(tmp_path)
    (checked,) = check_file("notes.md")
    assert checked.proved
