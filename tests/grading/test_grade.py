"""Grades: digits of right and wrong kernels, whatever their process does; and the command."""

import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import ntk_symbolic as ns
from ntk_symbolic.cli import main
from ntk_symbolic.conventions import Converted, from_scikit_ntk
from ntk_symbolic.grading import peers
from ntk_symbolic.grading.cases import Case, Group, cases, groups
from ntk_symbolic.grading.grade import ABSENT, grade
from ntk_symbolic.grading.measure import MOST, Truth, cell, digits, truth
from ntk_symbolic.grading.peers import PEERS, peer

MISTAKES = Path(__file__).with_name("kernels_with_mistakes.py")
RELU = cases(("relu",), (1,))
GROUPS = groups()
NEAR = {"1e-6", "1e-9", "1e-12", "nearly"}


def graded(name, cases=RELU, **options):
    return grade(peer(f"{MISTAKES}:{name}"), cases, GROUPS, **options)


def columns(found):
    """The cells of each group of inputs."""
    return {group.name: [row[g] for row in found.cells] for g, group in enumerate(found.groups)}


def least(cells):
    return min(c.digits for c in cells)


# ── Right and wrong kernels ──────────────────────────────────────────────────────────────────────────────────────────


def test_our_own_kernels_have_thirteen_digits_or_more_everywhere():
    found = grade(PEERS["ntk_symbolic"], cases(depths=(3,)), GROUPS)
    assert all(c.digits >= 13 for row in found.cells for c in row)
    assert len(found.cells) == 12 and found.remarks == () and found.passes(13)
    assert found.run.versions["ntk_symbolic"] == ns.__version__


def test_the_usual_formula_loses_its_digits_near_parallel_inputs_and_there_alone():
    """arccos(1 − ε) is known to √ε: the NTK, which has the angle itself, keeps about eight digits."""
    found = graded("arccos")
    by = columns(found)
    assert all(least(by[name]) >= 12 for name in {*by} - NEAR - {"1e-3", "small"})
    assert least(by["1e-9"]) <= 9 and least(by["1e-12"]) <= 9
    assert found.remarks == () and found.passes(1) and not found.passes(12)


def test_float32_has_its_seven_digits_and_is_named():
    found = graded("single")
    assert all(c.digits <= 8 for c in columns(found)["generic"]) and least(columns(found)["generic"]) >= 5
    assert found.remarks == ("The kernel is returned in float32.",)


def test_a_lost_factor_is_named():
    found = graded("halved")
    assert all(c.digits == 0 for c in columns(found)["generic"]) and not found.passes(1)
    assert found.remarks == (
        "Every generic entry is 0.5 times the certified one: a factor is lost, or another convention is used.",
    )


def test_a_transposed_kernel_is_named_by_its_shape():
    found = graded("transposed")
    assert all(c.word == "error" for c in columns(found)["generic"]) and not found.passes(1)
    assert "12 calls: returned the shape (3, 2) for 2 and 3 rows" in found.remarks
    assert least(columns(found)["same"]) >= 13, "a kernel of X with itself is symmetric"


@pytest.mark.parametrize(
    ("name", "where", "word", "said"),
    [
        ("of_x_alone", "generic", "error", "returned the shape (2, 2) for 2 and 3 rows"),
        ("without_floats", "generic", "error", "returned an array of complex128, in place of floats"),
        ("fails_at_zero", "zero", "error", "ZeroDivisionError: the norm of X is 0"),
        ("nan_on_the_diagonal", "same", "nan", ""),
        ("dies", "zero", "error", "its process ended with code 3"),
        ("hangs", "zero", "error", "not finished after 8 s; give it more with --seconds"),
    ],
)
def test_calls_without_numbers_fail_the_grade_and_leave_the_others(name, where, word, said):
    found = graded(name, seconds=8 if name == "hangs" else 600)
    assert columns(found)[where][-1].word == word and not found.passes(1)
    assert any(said in remark for remark in found.remarks) if said else found.remarks == ()
    before = found.cells[0][1 if where == "generic" else 0]
    assert before.digits is None if name == "without_floats" else before.digits >= 13


@pytest.mark.parametrize("name", ["writes_into_its_arguments", "noisy"])
def test_a_kernel_that_prints_or_writes_into_its_arguments_spoils_nothing(name):
    assert graded(name).cells == graded("arccos").cells


def test_a_kernel_that_is_lacking_is_not_graded():
    found = graded("nngp_alone", cases(("relu", "erf"), (1,)))
    assert [case for case, row in zip(found.cases, found.cells) if row[0].word != ABSENT] == [
        case for case in found.cases if case.get == "nngp" and case.activation == "relu"
    ]
    assert found.passes(1)
    assert not graded("nngp_alone", cases(("erf",), (1,))).passes(1), "nothing is graded"


SCIKIT_NTK = """
import numpy as np

class NeuralTangentKernel:
    def __init__(self, depth, bias):
        self.depth, self.bias = depth, bias

    def __call__(self, X, Y):
        Y = X if Y is None else Y
        left, right, S = (X * X).sum(1), (Y * Y).sum(1), X @ Y.T
        root, K = np.sqrt(np.outer(left, right)), S + self.bias**2
        for _ in range(self.depth):  # c = 2 keeps the norms
            cosine = np.clip(S / root, -1, 1)
            angle = np.arccos(cosine)
            S = root * (np.sin(angle) + (np.pi - angle) * cosine) / np.pi
            K = K * (np.pi - angle) / np.pi + S + self.bias**2
        return K / (self.depth + 1) / (1 + self.bias**2)
"""


def test_a_library_is_graded_by_its_own_model_and_found_in_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "skntk.py").write_text(SCIKIT_NTK)
    monkeypatch.chdir(tmp_path)
    found = grade(PEERS["scikit-ntk"], cases(("relu", "gelu"), (3,)), GROUPS)
    graded = [(case, row) for case, row in zip(found.cases, found.cells) if row[0].word != ABSENT]
    assert [(case.get, case.activation, case.b_std) for case, _ in graded] == [("ntk", "relu", b) for b in (0.0, 0.25)]
    assert all(row[0].digits >= 13 for _, row in graded)
    zero = [group.name for group in GROUPS].index("zero")
    assert [row[zero].word for _, row in graded] == ["nan", ABSENT], "with a bias it depends on φ'(0)"


# ── The measure ──────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.floats(1e-300, 1e3))
def test_digits_count_the_powers_of_ten_below_which_an_error_is(error):
    n = digits(error)
    assert n == MOST or n == 0 or error <= float(f"1e-{n}")
    assert n == MOST or error > float(f"1e-{n + 1}")


def test_an_entry_within_its_enclosure_has_all_digits_and_its_error_is_that_of_the_farther_end():
    one = np.ones((1, 1))
    narrow, wide = Truth(one, one + 2**-52, one), Truth(one, one + 1e-6, one)
    assert cell([[1.0]], narrow).digits == MOST
    assert cell([[1.0]], wide).digits == 6, "no more is proved"
    assert cell([[1.0 + 1e-9]], narrow).digits in (8, 9)


def test_the_worst_entry_is_the_one_that_is_shown():
    ones = np.ones((2, 2))
    found = cell([[1.0, 1 + 1e-5], [1 + 2e-3, 1.0]], Truth(ones, ones, ones))
    assert (found.digits, found.worst.place, found.worst.found) == (2, (1, 0), 1 + 2e-3)
    assert cell([[1.0, np.inf], [1.0, 1.0]], Truth(ones, ones, ones)).word == "inf"


def test_an_entry_that_is_exactly_0_is_right_as_0_alone():
    zero = np.zeros((1, 1))
    assert cell([[0.0]], Truth(zero, zero, zero)).digits == MOST
    assert cell([[1e-300]], Truth(zero, zero, zero)).digits == 0


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_the_truth_encloses_a_kernel_times_its_factor(group):
    model, case = from_scikit_ntk(3, 4, 0.25), Case("ntk", "relu", 3, 0.25)
    proved = truth(model, case, group)
    exact = model.network.kernel(group.X, group.Y, precision=40) * model.factor
    assert (
        (proved.lo <= exact).all()
        and (exact <= proved.hi).all()
        and (proved.hi - proved.lo <= 5e-15 * proved.scale).all()
    )


def test_the_scale_is_the_entry_or_one_per_cent_of_the_root_of_the_diagonal():
    """Orthogonal inputs in a linear model have 0, known to a share of the norms."""
    net, case = Converted(ns.mlp(0, "relu", 1.0, 0.0), 10.0), Case("nngp", "relu", 0, 0.0)
    found = truth(net, case, Group("", "", np.array([[2.0, 0.0]]), np.array([[0.0, 4.0], [1.0, 0.0]])))
    np.testing.assert_allclose(found.scale, [[0.01 * 10 * 4, 10.0]], rtol=1e-14)


def test_every_group_of_inputs_has_pairs_of_its_kind_alone():
    assert len({group.name for group in GROUPS}) == len(GROUPS)
    for group in GROUPS:
        assert group.Y is None or len(group.X) != len(group.Y), "a transposed kernel has another shape"
        if group.name.startswith("1e-"):
            apart = np.linalg.norm(group.X - group.Y, axis=1)
            np.testing.assert_allclose(apart, float(group.name), rtol=1e-3)


# ── The command ──────────────────────────────────────────────────────────────────────────────────────────────────────


def run(*words):
    return CliRunner().invoke(main, ["grade", *map(str, words)])


def refused(*words):
    result = run(*words)
    (line,) = result.stderr.splitlines()[-1:]
    assert result.exit_code == 2 and line.startswith("Error: ") and result.stdout == "", result.output
    return line


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr("ntk_symbolic.grading.cases.cases", lambda: RELU)


def test_the_command_prints_the_table_and_its_exit_code_is_the_verdict(few):
    found = run(f"{MISTAKES}:arccos")
    assert found.exit_code == 0 and "NTK of relu" in found.stdout and "depth 1, bias" in found.stdout
    assert "52 calls were graded" in found.stdout and "certified values: " in found.stderr
    assert run(f"{MISTAKES}:arccos", "--digits", 12, "--quiet").exit_code == 1
    assert run(f"{MISTAKES}:halved", "--quiet").exit_code == 1


@pytest.mark.parametrize("suffix", ["html", "md", "tex", "txt"])
def test_the_page_is_written_in_every_format(few, tmp_path, suffix):
    page = tmp_path / f"grade.{suffix}"
    assert run(f"{MISTAKES}:single", "-o", page).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "float32" in text and "certified" in text and "depth 1, bias" in text
    assert suffix != "html" or "<table" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["keras"],
            "keras is no library that is known; pass ntk_symbolic, neural_tangents, scikit-ntk, botorch or MODULE",
        ),
        (["no_such_module:f"], "no_such_module:f cannot be loaded by"),
        ([f"{MISTAKES}:missing"], "cannot be loaded by"),
        ([f"{MISTAKES}:fraction"], "is not callable"),
        (["ntk_symbolic", "--python", "/no/such/python"], "python: /no/such/python cannot be run"),
    ],
)
def test_what_cannot_be_graded_is_refused_with_the_remedy(words, said):
    assert said in refused(*words)


@pytest.mark.skipif(sys.platform == "win32", reason="the interpreter of this test is a shell script")
def test_a_library_that_is_not_installed_is_refused_with_the_command_that_installs_it(tmp_path):
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')  # without site-packages
    bare.chmod(0o755)
    line = refused("scikit-ntk", "--python", bare)
    assert (
        str(bare) in line and "ModuleNotFoundError" in line and "pip install scikit-ntk" in line and "--python" in line
    )


def test_every_library_has_a_command_that_installs_it_and_a_file_that_calls_it():
    for one in PEERS.values():
        file = one.target.rpartition(":")[0]
        assert one.install and one.packages and (not file.endswith(".py") or Path(file).is_file())
    assert peers.peer("Scikit_NTK") is PEERS["scikit-ntk"] and peers.peer("neural-tangents") is PEERS["neural_tangents"]
