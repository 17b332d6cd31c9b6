"""The command line: its output, its errors and its exit codes."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
from click.testing import CliRunner

import ntk_symbolic as ns
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.cli import FORMATS, main
from ntk_symbolic.cli.output import shown
from ntk_symbolic.documents.pdf import browser
from ntk_symbolic.progress import watched_by

TEXTS = [suffix for suffix in FORMATS if suffix != ".pdf"]  # of which the content is read below
COMMANDS = ("report", "kernel", "derive", "activation", "export", "prove", "check", "grade")
X = np.random.default_rng(0).standard_normal((12, 3))
ENTRY = (sys.executable, "-m", "ntk_symbolic.cli")


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def here():
    return sorted(path.name for path in Path().iterdir())


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def refused(*words):
    """The one line of the error."""
    result = run(*words)
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert result.stdout == ""
    return line


# ── Help ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_help_and_version_wait_for_no_numeric_library():
    code = "import sys, ntk_symbolic.cli; print({'numpy', 'scipy', 'sympy', 'rich', 'matplotlib'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"


@pytest.mark.parametrize("words", [("--help",), (), *((command, "--help") for command in COMMANDS)], ids=str)
def test_help_teaches_by_example(words):
    result = run(*words)
    assert result.exit_code == 0
    assert f"ntk-symbolic {words[0] if len(words) == 2 else 'report'}" in result.stdout


def test_the_version_is_the_package_s():
    assert ns.__version__ in run("--version").stdout


# ── kernel ───────────────────────────────────────────────────────────────────────────────────────────────────────────

NET = ns.mlp(2, "erf", 1.3, 0.2)
WORDS = ("--activation", "erf", "--depth", 2, "--W-std", 1.3, "--b-std", 0.2)


@pytest.mark.parametrize("end", ["npy", "csv", "npz"])
def test_the_kernel_on_disk_is_the_kernel_to_the_last_digit(end):
    np.save("X.npy", X)
    result = run("kernel", "X.npy", "-o", f"K.{end}", *WORDS)
    assert result.exit_code == 0
    assert "12 × 12" in result.stderr
    wanted = NET.ntk(X)
    if end == "npz":
        with np.load("K.npz") as found:
            np.testing.assert_array_equal(found["ntk"], wanted)
    else:
        found = np.loadtxt("K.csv", delimiter=",") if end == "csv" else np.load("K.npy")
        np.testing.assert_array_equal(found, wanted)


def test_a_csv_goes_in_with_all_its_digits():
    np.savetxt("X.csv", X, delimiter=",", fmt="%.17g", header="a,b,c", comments="")
    run("kernel", "X.csv", "-o", "K.npy", *WORDS)
    np.testing.assert_array_equal(np.load("K.npy"), NET.ntk(X))


def test_both_kernels_go_into_one_npz():
    np.save("X.npy", X)
    assert run("kernel", "X.npy", "-o", "K.npz", "--get", "both", *WORDS).exit_code == 0
    with np.load("K.npz") as both:
        assert set(both) == {"nngp", "ntk"}
        for name, wanted in NET.kernel(X, get=("nngp", "ntk"))._asdict().items():
            np.testing.assert_array_equal(both[name], wanted)


def test_a_second_matrix_gives_the_kernel_between_the_two():
    np.save("X.npy", X[:8])
    np.save("Y.npy", X[8:])
    assert run("kernel", "X.npy", "Y.npy", "-o", "K.npy", "--get", "nngp", *WORDS).exit_code == 0
    np.testing.assert_array_equal(np.load("K.npy"), NET.nngp(X[:8], X[8:]))


def test_digits_go_into_a_csv_and_bounds_into_an_npz():
    np.save("X.npy", X[:3])
    assert run("kernel", "X.npy", "-o", "K.csv", "--precision", 30, *WORDS).exit_code == 0
    entries = [row.split(",") for row in Path("K.csv").read_text().splitlines()]
    wanted = NET.kernel(X[:3], precision=30)
    assert entries == [[mpmath.nstr(k, 30, strip_zeros=False) for k in row] for row in wanted]
    assert run("kernel", "X.npy", "-o", "K.npz", "--certified", "--get", "both", *WORDS).exit_code == 0
    with np.load("K.npz") as both:
        assert set(both) == {"nngp_lo", "nngp_hi", "ntk_lo", "ntk_hi"}
        lo, hi = NET.kernel(X[:3], certified=True)
        np.testing.assert_array_equal(both["ntk_lo"], lo)
        np.testing.assert_array_equal(both["ntk_hi"], hi)


def test_bounds_of_what_has_no_closed_form_go_into_an_npz():
    np.save("X.npy", X[:3])
    words = ("--activation", "tanh", "--depth", 2, "--W-std", 1.3, "--b-std", 0.2)
    result = run("kernel", "X.npy", "-o", "K.npz", "--bound", "--get", "both", *words)
    assert result.exit_code == 0
    wanted = ns.mlp(2, "tanh", 1.3, 0.2).kernel(X[:3], get=("nngp", "ntk"), bound=True)._asdict()
    with np.load("K.npz") as both:
        assert set(both) == {"nngp", "nngp_bound", "ntk", "ntk_bound"}
        for name, (value, bound) in wanted.items():
            np.testing.assert_array_equal(both[name], value)
            np.testing.assert_array_equal(both[f"{name}_bound"], bound)
    assert ".npz" in refused("kernel", "X.npy", "-o", "K.npy", "--bound", *words)
    assert "one of them" in refused("kernel", "X.npy", "-o", "K.npz", "--bound", "--certified", *words)


def test_a_warning_is_one_line_in_the_words_of_the_command_line():
    np.save("X.npy", np.array([[1.0, 0.0], [1.0, 1e-2]]))  # oscillation too fast for the series of near-by inputs
    words = ["kernel", "X.npy", "-o", "K.npy", "--depth", "1", "--activation", "tanh(u)*sin(200*u)"]
    found = subprocess.run([*ENTRY, *words], capture_output=True, text=True)
    warning, _ = found.stderr.splitlines()
    assert warning.startswith("Warning: the kernel of rows 0 and 1 of X") and "--bound returns proved bounds" in warning


@pytest.mark.parametrize("command", ["derive", "activation", "prove"])
@pytest.mark.parametrize("name", ["x.xyz", "x"])
def test_a_document_of_an_unknown_suffix_is_refused_unless_its_format_is_said(command, name):
    subject = "cost-dynamics" if command == "prove" else "relu"
    assert ".txt, .md, .tex, .html, .pdf, or pass --format" in refused(command, subject, "-o", name)
    assert here() == []
    if command == "derive":
        assert run(command, subject, "-o", name, "--format", "markdown").exit_code == 0
        assert Path(name).read_text().startswith("#")


# ── Messages and options ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_network_that_was_computed_is_named_and_is_the_one_of_python():
    np.save("X.npy", X)
    said = run("kernel", "X.npy", "-o", "K.npy").stderr
    assert said == "NTK of relu, depth 3, W_std 1.41421, b_std 0.1 → K.npy (12 × 12)\n"
    np.testing.assert_array_equal(np.load("K.npy"), ns.mlp(3).ntk(X))
    assert (
        "NNGP and NTK of silu, depth 1,"
        in run("kernel", "X.npy", "-o", "K.npz", "--get", "both", "--activation", "Swish", "--depth", 1).stderr
    )
    assert "NTK of linear model, depth 0" in run("kernel", "X.npy", "-o", "K.npy", "--depth", 0).stderr
    page = " ".join(run("activation", "relu").stdout.split())
    assert "W_std = 1.41421 and b_std = 0.1" in page


def test_decisions_about_a_file_are_said_on_stderr_and_quiet_is_silent():
    np.savetxt("X.csv", X, header="a b c")
    said = run("kernel", "X.csv", "-o", "K.npy").stderr
    assert "Note: X.csv: columns are separated by space" in said and "header (a, b, c)" in said
    np.testing.assert_array_equal(np.load("K.npy"), ns.mlp(3).ntk(X))
    assert run("kernel", "X.csv", "-o", "K.npy", "--drop", "b", "--quiet").output == ""
    np.testing.assert_array_equal(np.load("K.npy"), ns.mlp(3).ntk(X[:, [0, 2]]))
    assert "pass comma, tab, semicolon, space" in refused("kernel", "X.csv", "-o", "K.npy", "--delimiter", "commas")


@pytest.mark.parametrize("scale, hinted", [(1.0, False), (30.0, True), (0.03, True)])
def test_unscaled_data_get_a_hint(scale, hinted):
    np.save("X.npy", scale * X)
    assert ("scale X" in run("kernel", "X.npy", "-o", "K.npy").stderr) == hinted


def test_a_result_that_does_not_fit_into_memory_is_refused_before_it_is_begun(monkeypatch):
    np.save("X.npy", np.ones((100_000, 2), np.float32))
    monkeypatch.setattr("ntk_symbolic.memory.available", lambda: 2**33)
    line = run("kernel", "X.npy", "-o", "K.npy").stderr.splitlines()[-1]
    assert line.startswith("Error: the result is 100000 × 100000 and needs 46.6 GiB of memory, and 8.0 GiB are free")
    assert "fewer rows" in line and "kernel PART.npy X.npy" in line
    np.save("X.npy", X)
    monkeypatch.setattr("ntk_symbolic.memory.SAID", 100)
    assert "needs 0 MiB of memory; 8.0 GiB are free" in run("kernel", "X.npy", "-o", "K.npy").stderr
    monkeypatch.setattr("ntk_symbolic.memory.available", lambda: None)  # a system without this information
    assert run("kernel", "X.npy", "-o", "K.npy").exit_code == 0


def test_no_command_replaces_what_it_reads():
    np.save("X.npy", X)
    Path("d.csv").write_text("a,kind\n1,cat\n2,dog\n")
    Path("d.html").write_text("a\n1\n2\n")
    Path("link.csv").symlink_to("d.html")
    Path("a.md").write_text("# nothing yet\n")
    for words in (
        ("kernel", "X.npy", "-o", "X.npy"),
        ("kernel", "d.csv", "./X.npy", "-o", "X.npy"),
        ("report", "--data", "link.csv", "-o", "d.html"),
        ("report", "--data", "d.csv", "--target", "link.csv", "-o", "d.html"),
        ("check", "a.md", "-o", "a.md"),
    ):
        assert "is an input file, and would be replaced; choose another name" in refused(*words)
    np.testing.assert_array_equal(np.load("X.npy"), X)
    assert "--drop kind, or predict it with --target kind" in refused("report", "--data", "d.csv")


def test_the_progress_of_a_kernel_ends_at_one_and_only_grows():
    told = []
    with watched_by(told.append):
        K = ns.mlp(1).ntk(np.random.default_rng(0).standard_normal((700, 3)))
    assert told == sorted(told) and told[-1] == 1.0 and len(told) == 6
    np.testing.assert_array_equal(K, ns.mlp(1).ntk(np.random.default_rng(0).standard_normal((700, 3))))


def test_names_are_listed():
    listed = run("activation", "--list").stdout
    assert len(listed.splitlines()) == len(LIBRARY) and "swish" in listed
    assert "cost-dynamics" in run("prove", "--list").stdout.split()


@pytest.mark.parametrize(
    "command, output",
    [
        (("report",), "r.png"),
        (("report",), "r"),
        (("derive", "relu"), "r.png"),
        (("derive", "relu", "--format", "latex"), "r.pdf"),
        (("activation", "relu"), "r.png"),
        (("prove", "cost-dynamics"), "r.png"),
        (("kernel", "X.npy"), "r.pdf"),
    ],
    ids=str,
)
def test_no_page_is_written_under_a_name_that_says_something_else(command, output):
    np.save("X.npy", X)
    assert "end it in" in refused(*command, "-o", output)
    assert here() == ["X.npy"]


@pytest.mark.parametrize("command", ["derive", "activation"])
@pytest.mark.parametrize(
    "text, remedy",
    [
        ("x**2", "the variable is called u: write 'u**2'"),
        ("np.tanh(u)", "write tanh(u)"),
        ("u if u>0 else 0", "write Piecewise((u, u > 0), (0, True)), or Max(u, 0)"),
        ("np.where(u > 0, u, 0)", "write Piecewise"),
        ("lambda u: u**2", "write the expression in u alone"),
        ("|u|", "write Abs(u) for |u|"),
        ("u²", "write **2"),
        ("sinh", "write 'sinh(u)'"),
        ("silu(u)", "write 'silu' alone"),
        ("2*ReLU(u)", "relu is Max(u, 0)"),
        ("log(u)", "not real at u < 0"),
        ("sqrt(u)", "not real at u < 0"),
        ("tan(u)", "pole at u = 1.5708"),
        ("1/(u + 2)/(u - 7)", "pole at u = -2"),
    ],
)
def test_usual_slips_in_a_formula_are_answered_with_the_formula(command, text, remedy):
    assert remedy in refused(command, text)


WRONG = """```derivation
number a, b
(a + b)^2
  = a^2 + a b + b^2    by a reason that is too long for the width of a narrow terminal
```
"""


def test_verdicts_are_coloured_and_lines_fit_on_a_terminal_alone(monkeypatch):
    Path("wrong.md").write_text(WRONG)
    plain = run("check", "wrong.md").stdout
    assert plain.count("REFUTED") == 4 and "\x1b" not in plain
    monkeypatch.setattr("ntk_symbolic.cli.output.sys", SimpleNamespace(stdout=SimpleNamespace(isatty=lambda: True)))
    monkeypatch.setattr("ntk_symbolic.cli.output.get_terminal_size", lambda: os.terminal_size((50, 24)))
    seen = shown(plain)
    assert seen.count("\x1b[31mREFUTED\x1b[0m") == 4
    bare = re.sub(r"\x1b\[\d+m", "", seen)
    assert max(map(len, bare.splitlines())) <= 50 and bare.split() == plain.split()
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown(plain) == bare


def test_a_functional_that_is_written_out_is_defined():
    Path("C.md").write_text("```derivation\nfunctional C[f] := 1\n\n1\n  = 1 by nothing\n```\n")
    assert "by define, such as define C[f] := …" in run("check", "C.md").stderr


def test_a_short_h_is_help_everywhere():
    for words in (("-h",), *((command, "-h") for command in COMMANDS)):
        assert run(*words).stdout == run(*words[:-1], "--help").stdout
    assert "_NTK_SYMBOLIC_COMPLETE" in run("-h").stdout


def test_float32_stays_float32_and_quiet_is_quiet():
    np.save("X.npy", X.astype(np.float32))
    assert run("kernel", "X.npy", "-o", "K.npy", "--quiet").output == ""
    assert np.load("K.npy").dtype == np.float32


# ── Bad input ────────────────────────────────────────────────────────────────────────────────────────────────────────


def bad_files():
    np.save("nan.npy", [[1.0, np.nan]])
    np.save("inf.npy", [[1.0, np.inf]])
    np.save("flat.npy", X[0])
    np.save("deep.npy", X[None])
    np.save("empty.npy", np.zeros((0, 3)))
    np.save("complex.npy", X + 1j)
    np.save("objects.npy", np.array([[1, "a"]], dtype=object), allow_pickle=True)
    np.save("cut.npy", X)
    Path("cut.npy").write_bytes(Path("cut.npy").read_bytes()[:200])
    Path("words.csv").write_text("1,2\n3,four\n")
    Path("ragged.csv").write_text("1,2\n3\n")
    Path("void.csv").write_text("")
    Path("X.xlsx").write_text("1,2")
    Path("bytes.csv").write_bytes(b"\xff\xfe\x00,1\n")


BAD = {
    "nan.npy": "remove or fill",
    "inf.npy": "remove or fill",
    "flat.npy": "reshape(-1, 1)",
    "deep.npy": "reshape(len(",
    "empty.npy": "empty",
    "complex.npy": "complex",
    "objects.npy": "plain array of numbers",
    "cut.npy": "save it again",
    "words.csv": "line 2, column 2",
    "ragged.csv": "line 2",
    "void.csv": "empty",
    "bytes.csv": "UTF-8",
    "X.xlsx": "suffix",
    "missing.npy": "there is no file",
}


@pytest.mark.parametrize("command", ["kernel", "report"])
@pytest.mark.parametrize("name", BAD)
def test_bad_data_is_refused_in_one_line_with_the_remedy_and_leaves_no_output(command, name):
    bad_files()
    there = here()
    words = ("kernel", name, "-o", "out.npy") if command == "kernel" else ("report", "--data", name, "-o", "out.html")
    said = refused(*words)
    assert BAD[name] in said
    assert ("X" if command == "kernel" else "data") in said
    assert here() == there


@pytest.mark.parametrize("command", ["kernel", "report"])
@pytest.mark.parametrize(
    "words, said",
    [
        (("--activation", "rellu"), "'relu'"),
        (("--activation", "__import__('os')"), "activation"),
        (("--W-std", -1), "W_std"),
        (("--W-std", "nan"), "W_std"),
        (("--b-std", "inf"), "b_std"),
        (("--depth", -2), "depth"),
        (("--depth", "two"), "--depth"),
        (("--dept", 2), "--depth"),
        (("--output", "no/such/folder/K.npy"), "make it first|.html"),
        (("--output", "."), "suffix|folder"),
    ],
    ids=str,
)
def test_a_bad_option_is_refused_and_named(command, words, said):
    np.save("X.npy", X)
    given = ("kernel", "X.npy") if command == "kernel" else ("report", "--data", "X.npy")
    output = "out.npy" if command == "kernel" else "out.html"
    line = refused(*given, *(() if "--output" in words else ("-o", output)), *words)
    assert any(word in line for word in said.split("|"))
    assert here() == ["X.npy"]


@pytest.mark.parametrize(
    "words, said",
    [
        (("kernel", "X.npy", "Z.npy", "-o", "K.npy"), "X has 3 features and Y has 2"),
        (("kernel", "X.npy", "-o", "K.npy", "--get", "both"), ".npz"),
        (("kernel", "X.npy", "-o", "K.txt"), ".npy, .csv or .npz"),
        (("kernel", "X.npy", "-o", "K.npy", "--precision", 30), "end it in .csv"),
        (("kernel", "X.npy", "-o", "K.csv", "--certified"), "end it in .npz"),
        (("kernel", "X.npy", "-o", "K.csv", "--precision", 0), "precision is 0"),
        (("kernel", "X.npy", "-o", "K.npy", "--activation", "sign"), "(--get nngp)"),
        (("kernel", "big.npy", "-o", "K.npy"), "overflows"),
        (("kernel", "X.npy"), "--output"),
        (("report", "--data", "X.npy", "--target", "short.npy"), "target has 5 rows and data has 12"),
        (("report", "--target", "short.npy"), "--data"),
        (("report", "--data", "X.npy", "--max-rows", 0), "max-rows"),
        (("report", "--data", "X.npy", "--seed", -1), "seed"),
        (("derive", "rellu"), "'relu'"),
        (("derive", "tanh(u)"), "tanh"),
        (("derive", "relu", "-o", "no/such/folder/relu.html"), "make it first"),
        (("derive", "-sin(u)"), "write -- before"),
        (("prove", "cost-dynamic"), "'cost-dynamics'"),
        (("prove",), "--all"),
        (("reprot",), "report"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_refused_in_one_line(words, said):
    np.save("X.npy", X)
    np.save("Z.npy", X[:, :2])
    np.save("big.npy", 1e200 * X)
    np.save("short.npy", np.arange(5))
    there = here()
    assert said in refused(*words)
    assert here() == there


def test_a_missing_extra_is_named_with_the_command_that_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "pip install 'ntk_symbolic[report]'" in refused("report")


# ── derive, prove ────────────────────────────────────────────────────────────────────────────────────────────────────

MARKS = {
    "text": "\nVerdict: ",
    "markdown": "**Verdict: ",
    "latex": r"\begin{document}",
    "html": '<article class="derivation">',
}


@pytest.mark.parametrize("form", MARKS)
@pytest.mark.parametrize("words", [("derive", "relu"), ("prove", "cost-dynamics")], ids=" ".join)
def test_a_derivation_is_printed_in_the_format_asked_for(words, form):
    result = run(*words, "--format", form)
    assert result.exit_code == 0
    assert MARKS[form] in result.stdout


@pytest.mark.parametrize("suffix", TEXTS)
def test_the_suffix_of_the_output_decides_the_format(suffix):
    said = f"{'Page' if suffix == '.html' else 'File'}: relu{suffix}\n"
    assert run("derive", "relu", "-o", f"relu{suffix}").output == said
    assert run("derive", "relu", "-o", f"relu{suffix}", "--quiet").output == ""
    assert MARKS[FORMATS[suffix]] in Path(f"relu{suffix}").read_text(encoding="utf-8")


@pytest.mark.skipif(browser() is None, reason="no browser of the Chromium family is installed")
def test_documents_are_printed_to_pdf():
    assert run("derive", "relu", "-o", "relu.pdf").output == "Page: relu.pdf\n"
    assert Path("relu.pdf").read_bytes().startswith(b"%PDF-")


def test_an_expression_may_begin_with_a_minus_sign():
    assert run("derive", "--", "-sin(u)").exit_code == 0


PAGE_MARKS = {
    "text": "Edge of chaos",
    "markdown": "## Fixed points in depth",
    "latex": r"\begin{document}",
    "html": "<svg",
}


@pytest.mark.parametrize("suffix", TEXTS)
def test_the_page_of_an_activation_comes_in_every_format_and_tells_its_edge_of_chaos(suffix):
    form = FORMATS[suffix]
    said = f"{'Page' if suffix == '.html' else 'File'}: relu{suffix}\n"
    assert run("activation", "relu", "--W-std", 2**0.5, "-o", f"relu{suffix}").output == said
    page = Path(f"relu{suffix}").read_text(encoding="utf-8")
    assert PAGE_MARKS[form] in page
    assert "1.41421356" in page
    if form != "html":
        assert page == run("activation", "relu", "--W-std", 2**0.5, "--format", form).stdout


def test_a_page_of_an_activation_that_cannot_be_made_is_refused_in_one_line():
    assert "W_std is -1" in refused("activation", "relu", "--W-std", "-1", "-o", "relu.html")
    assert "did you mean 'relu'" in refused("activation", "rellu")
    assert "breakpoints" in refused("activation", "Max(sin(u), 0)")
    assert "φ is not real at u < 0" in refused("activation", "log(u)")
    assert "write --" in refused("activation", "-sin(u)")
    for command in ("activation", "derive"):  # no hint on a minus sign without one before a formula
        said = refused(command, "Max(p*u, 0)", "--symbols", "p")
        assert "--symbols" in said and "--help" in said and "minus" not in said
    assert here() == []


def test_altered_closed_forms_are_counted_and_one_that_passes_fails(monkeypatch):
    result = run("derive", "relu", "--mutants")
    assert result.exit_code == 0
    assert re.search(r"κ of relu: (\d+) altered formulas, \1 refused", result.stdout)
    assert re.search(r"κ̇ of relu: (\d+) altered formulas, \1 refused", result.stdout)
    assert "3 altered formulas, 3 refused" in run("derive", "erf", "--sample", "3").stdout
    assert run("derive", "relu", "--mutants", "-o", "x.html").exit_code == 2

    monkeypatch.setattr("ntk_symbolic.activations.proof.altered._refused", lambda steps, dual: len(steps) == 2)
    result = run("derive", "relu", "--mutants")
    assert result.exit_code == 1
    assert "0 refused" in result.stdout and "accepted, κ̇ =" in result.stdout


def test_all_theorems_are_judged_and_one_that_is_not_proved_fails(monkeypatch):
    """Three of them; that each of the sixteen is proved is the claim of `theorems/test_every_theorem.py`."""
    from ntk_symbolic import theorems

    few = {name: theorems.all_theorems()[name] for name in ("parameter-gradient", "momentum", "function-dynamics")}
    monkeypatch.setattr(theorems, "all_theorems", lambda: few)
    result = run("prove", "--all")
    assert result.exit_code == 0
    assert all(name in result.stdout for name in few)
    stated = few["momentum"].stated
    monkeypatch.setitem(few, "momentum", lambda: stated)
    assert run("prove", "--all", "--quiet").exit_code == 1


def test_a_theorem_that_nobody_judged_is_not_proved(monkeypatch):
    from ntk_symbolic.theorems import all_theorems

    stated = all_theorems()["cost-dynamics"].stated
    monkeypatch.setitem(all_theorems(), "cost-dynamics", lambda: stated)
    result = run("prove", "cost-dynamics")
    assert result.exit_code == 1
    assert "undecided" in result.stdout


def test_a_terminal_without_greek_gets_ascii():
    said = subprocess.run(
        [*ENTRY, "prove", "parameter-gradient"], capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert said.returncode == 0
    assert b"Verdict: proved" in said.stdout
    assert b"?" not in said.stdout


# ── Processes and pipes ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reader_that_has_gone_is_no_error():
    receiver, sender = os.pipe()
    os.close(receiver)
    said = subprocess.run([*ENTRY, "prove", "parameter-gradient"], stdout=sender, stderr=subprocess.PIPE)
    os.close(sender)
    assert (said.returncode, said.stderr) == (141, b"")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupt_ends_it_with_130_and_leaves_nothing():
    words = [*ENTRY, "report", "--max-rows", "50"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith(b"evaluating the kernels"):  # the long stage begins
                break
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert said.strip() == b"Interrupted"
    assert here() == []
