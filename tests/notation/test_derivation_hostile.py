"""Hostile, endless and huge texts are refused in bounded time, and none is ever run."""

import os
import random
import signal
import time

import pytest
from derivation_texts import FIRST, SETTING, with_setting

from ntk_symbolic.checking import judging
from ntk_symbolic.checking.checked import check_file, check_text
from ntk_symbolic.checking.judging import judged_within
from ntk_symbolic.errors import IllFormed, NotationError
from ntk_symbolic.notation.derivations import read
from ntk_symbolic.notation.tokens import Source

SECONDS = 2


@pytest.fixture
def forked(monkeypatch):
    """No new interpreter, whose start takes longer than these tests: the threads of the tests hold no locks."""
    if not hasattr(os, "fork"):
        pytest.skip("no fork on this system")
    monkeypatch.setattr(judging, "_can_fork", lambda: True)


def line(formula: str) -> str:
    return with_setting(f"{formula}\n  = 0  by nothing")


def many(shape: str, n: int) -> str:
    return "\n".join(shape.format(k) for k in range(n))


def towers(assumed: str, height: int, index: str = "", before: str = "") -> str:
    """Each function is assumed to be made of the next."""
    functions = many(f"function x{{}}{index}", height + 1)
    assumptions = "\n".join(f"assume a{k}: " + assumed.format(k, k + 1) for k in range(height))
    return f"{before}{functions}\n{assumptions}\nx0{index}\n = 1  by nothing"


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
    "an endless title": "title: " + "a " * 100_000,
    "a tower of assumptions": towers("x{0} = x{1} x{1} + x{1}", 15),
    "too many assumptions": towers("x{0} = x{1} + 1", 100),
    "a tower of assumptions in sums": towers("x{0}_i = x{1}_i Σ_m x{1}_m", 15, "_i", "index i, m in 1..P\n"),
    "a tower of derivatives": with_setting(
        "define q0 := d/dt c\n"
        + "\n".join(f"define q{n} := d/dt q{n - 1}" for n in range(1, 9))
        + "\nq8\n = 0  by nothing"
    ),
    **{f"quotients in quotients, {a}": line(f"1/(1 + {a} + " * 25 + a + ")" * 25) for a in ("ε", "c", "η_i", "φ_j(x)")},
    "roots in roots": line("sqrt(1 + ε + " * 25 + "ε" + ")" * 25),
    "exponentials in exponentials": line("1/(1 + exp(" * 12 + "ε" + "))" * 12),
    "powers of sums of powers": line("(((ε^8 + 2)^8 + 3)^8 + 1)^8"),
    "a product of long numbers": line("(2^{32})^{32} " * 20),
    "a definition of long numbers": with_setting("define q := " + "(2^{32})^{32} " * 20 + "\nq\n = 1  by nothing"),
    "a limit in a limit": line("lim_{ε→0} (lim_{ε→0} (C[f + ε φ] − C[f])/ε)/ε"),
    "LaTeX in LaTeX": line("\\frac{" * 600),
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


@pytest.mark.usefixtures("forked")
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


def test_a_low_tower_is_judged():
    """Five levels are a polynomial of degree 32: instances refute it, and the canonical form raises at once."""
    start = time.perf_counter()
    (step,) = read(towers("x{0} = x{1} x{1} + x{1}", 5)).judged().steps
    assert step.verdict == "refuted"
    assert time.perf_counter() - start < 5 * SECONDS


GOOD = "index i in 1..P\nΣ_i 1\n = P by x"
BREAKING = {
    "not in the notation": "index i in 1..P\nΣ_i @\n = P by x",
    "ill-formed": "index i in 1..P\nΣ_i i\n = P by x",
    "endless": f"index {', '.join(f'i{n}' for n in range(9))} in 1..12\nfunction a_{{i0,i1}}\n"
    + "Σ_{i0,i1,i2,i3,i4,i5,i6,i7} " + " ".join(f"a_{{i{n},i{n + 1}}}" for n in range(8))
    + "\n = a_{i8,i8} by x",
}  # fmt: skip


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize("how", BREAKING)
def test_a_derivation_that_breaks_leaves_those_before_and_behind_it(how):
    text = "\n".join(f"```derivation\n{body}\n```" for body in (GOOD, BREAKING[how], GOOD))
    first, broken, last = check_text("-", text, seconds=9)
    assert (first.proved, broken.proved, last.proved) == (True, False, True)
    assert broken.unread == (how == "not in the notation")


@pytest.mark.usefixtures("forked")
def test_one_that_needs_more_than_its_share_has_what_the_others_leave(monkeypatch):
    def slow(source):
        time.sleep(0.8 if "number b" in source.text else 0)
        return read(source)

    monkeypatch.setattr(judging, "read", slow)
    heard = judged_within([Source(text, 1) for text in (GOOD + "\nnumber b", *[GOOD] * 5)], 3)
    assert all(one.words for one in heard)


@pytest.mark.usefixtures("forked")
def test_one_that_breaks_the_reader_or_takes_all_memory_leaves_the_others(monkeypatch):
    """The mutant acts like a defect of the parser, which has no known one."""

    def breaking(source):
        if "number b" in source.text:
            raise MemoryError
        if "number c" in source.text:
            os.kill(os.getpid(), signal.SIGKILL)
        return read(source)

    monkeypatch.setattr(judging, "read", breaking)
    heard = judged_within([Source(text, 1) for text in (GOOD, "number b", GOOD, "number c", GOOD)], 30)
    assert [one.read for one in heard] == [True, False, True, False, True]
    assert "MemoryError" in heard[1].trouble
    assert "ended the process" in heard[3].trouble
    assert all(heard[n].words for n in (0, 2, 4))


SIGNS_AS_TEXT = """θ_i θ_m θ̇_i η_i c f_j(x) φ_j(x) φ_l(x') K_{jl}(x,x') C[f] C[f+εφ] δC/δf_j(x) ∂f_j/∂θ_i(x) ∂c/∂θ_i
dc/dt ε 2 1/2 0 P μ(X) δ_{im} 10^{30} O(ε) f_j^{θ+εη}(x) i x ) ( [ ] { } ^ _ = / · |_{ε=0} Σ_i
Σ_{ij} ∫_X dx dx' d/dt ∂/∂θ_i lim_{ε→0} exp( log( sqrt( \\frac \\int \\dot{ \\left( by with gap <=
"x" @ \x1b \u202e"""
SIGNS = SIGNS_AS_TEXT.split()


SHAPES = """{} {};{} + {};({}) {};{}/{};Σ_i {} {};∫_X {} dx {};d/dt ({}) {};({})² {};∂/∂θ_i ({}) {};lim_{{ε→0}} ({} {})/ε
exp({} {});(d/dε {})|_{{ε=0}} {}""".replace("\n", ";").split(";")


def nested(rng: random.Random, depth: int) -> str:
    if depth == 0 or rng.random() < 0.3:
        return rng.choice(SIGNS[:26])
    shape = rng.choice(SHAPES)
    return shape.format(nested(rng, depth - 1), nested(rng, depth - 1))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_written_is_read_or_refused(seed):
    """Soups of signs and trees of formulas: 40 texts a seed."""
    rng = random.Random(seed)
    setting = Source(SETTING, 1)
    for _ in range(5):
        lines = [" ".join(rng.choices(SIGNS, k=rng.randint(1, 12))) for _ in range(4)]
        lines += [f"{nested(rng, 3)}\n = {nested(rng, 3)} by x" for _ in range(4)]
        for text in lines:
            try:
                derivation = read(Source(text, FIRST), setting).derivation
            except (NotationError, IllFormed) as refused:
                assert "\n" not in str(refused)
            else:
                assert derivation.text() and derivation.latex()


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
