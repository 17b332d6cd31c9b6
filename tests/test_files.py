"""Files are read with care and written whole or not at all."""

import hashlib
import io
import os
import pickle
import stat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ntk_symbolic import files
from ntk_symbolic.errors import FileTrouble, InvalidInput, NTKSymbolicError
from ntk_symbolic.files import (
    check_apart,
    check_writable,
    read_column,
    read_matrix,
    read_targets,
    sha256_of,
    write_array,
    write_text,
)

SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=32)
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def saved(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# ── Round trips ──────────────────────────────────────────────────────────────────────────────────────────────────────


@SAME_FOLDER
@given(
    X=hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2), elements=st.floats(-1e308, 1e308)),
    suffix=st.sampled_from([".npy", ".csv"]),
)
def test_a_written_matrix_is_read_back_bit_by_bit(tmp_path, X, suffix):
    write_array(tmp_path / f"X{suffix}", X)
    again = read_matrix(tmp_path / f"X{suffix}")
    assert again.tobytes() == np.ascontiguousarray(X).tobytes()


@SAME_FOLDER
@given(X=hnp.arrays(np.float32, (2, 3), elements=FINITE))
def test_single_precision_is_written_short_and_read_back_exactly(tmp_path, X):
    write_array(tmp_path / "X.csv", X)
    np.testing.assert_array_equal(read_matrix(tmp_path / "X.csv").astype(np.float32), X)
    write_array(tmp_path / "X.npy", X)
    assert read_matrix(tmp_path / "X.npy").dtype == np.float32


def test_a_csv_holds_the_shortest_exact_texts(tmp_path):
    write_array(tmp_path / "a.csv", [[0.1, 1 / 3], [1e-300, 2.0]])
    assert (tmp_path / "a.csv").read_text() == "0.1,0.3333333333333333\n1e-300,2.0\n"
    write_array(tmp_path / "b.csv", np.array([0.1, 0.5], dtype=np.float32))
    assert (tmp_path / "b.csv").read_text() == "0.1\n0.5\n"
    write_array(tmp_path / "c.csv", np.arange(3))
    assert (tmp_path / "c.csv").read_text() == "0\n1\n2\n"


def test_labels_with_commas_and_quotes_survive(tmp_path):
    labels = np.array(["a,b", 'say "c"', "d", "a,b"])
    write_array(tmp_path / "y.csv", labels)
    np.testing.assert_array_equal(read_targets(tmp_path / "y.csv"), labels)
    write_array(tmp_path / "y.npy", labels)
    np.testing.assert_array_equal(read_targets(tmp_path / "y.npy"), labels)


def test_several_arrays_go_into_one_npz(tmp_path):
    write_array(tmp_path / "k.npz", {"ntk": np.eye(2), "nngp": np.ones((2, 2))})
    with np.load(tmp_path / "k.npz") as archive:
        assert sorted(archive.files) == ["nngp", "ntk"]
        np.testing.assert_array_equal(archive["ntk"], np.eye(2))
    write_array(tmp_path / "one.npz", np.eye(2))
    with np.load(tmp_path / "one.npz") as archive:
        assert archive.files == ["array"]


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────

CSV = {
    "plain": "1,2\n3,4\n",
    "header": "a,b\n1,2\n3,4\n",
    "quoted": '"a","b"\n"1","2"\n"3","4"\n',
    "byte order mark, Windows lines": "\ufeff1,2\r\n3,4\r\n",
    "header after a byte order mark": "\ufeffa,b\n1,2\n3,4",
    "blank lines and spaces": "\n 1 , 2 \n\n3,4\n\n",
    "empty rows of a spreadsheet": "1,2\n3,4\n,\n,\n",
    "header over two lines": '"a\nb",c\n1,2\n3,4\n',
    "comments in front": "# made by a script\n# of 2 columns\n1,2\n3,4\n",
    "comments before a header": "# made by a script\na,b\n1,2\n3,4\n",
    "a comment with numbers": "# 3,4\n1,2\n3,4\n",
    "comments and a header that numpy.savetxt wrote": "# made by a script\n# a,b\n1,2\n3,4\n",
    "exponents": "1e0,2.0E0\n+3,.4e1\n",
}


@pytest.mark.parametrize("text", CSV.values(), ids=CSV)
def test_every_usual_csv_is_the_same_matrix(tmp_path, text):
    np.testing.assert_array_equal(read_matrix(saved(tmp_path / "x.csv", text)), [[1, 2], [3, 4]])


BROKEN_CSV = {
    "a word": ("1,2\n3,x\n", "line 2, column 2: 'x' is not a number"),
    "a mistyped first row": ("1,2x\n3,4\n", "line 1, column 2: '2x' is not a number"),
    "an empty cell": ("a,b\n1,2\n3,\n", "line 3, column 2 (b) is empty"),
    "a short row": ("1,2\n3\n", "line 2: 1 columns where the first row has 2"),
    "a long row": ("1,2\n3,4,5\n", "line 2: 3 columns"),
    "ragged semicolons": ("1;2\n3;4;5\n", "separate columns by commas, or pass --delimiter semicolon"),
    "underscores": ("1_0,2\n", "column 1: '1_0' is not a number"),
    "an open quote": ('1,2\n"3,4\n', "quotes"),
    "a null byte": ("1,2\0\n", "line 1, column 2"),
    "nothing": ("", "is empty"),
    "blank lines": ("\n\n", "is empty"),
    "only a header": ("a,b\n", "no numbers"),
    "another encoding": (b"\xff\xfe1\x00,\x002\x00", "UTF-8"),
}


@pytest.mark.parametrize(("content", "said"), BROKEN_CSV.values(), ids=BROKEN_CSV)
def test_a_broken_csv_is_refused_with_the_place(tmp_path, content, said):
    with pytest.raises(FileTrouble) as refusal:
        read_matrix(saved(tmp_path / "x.csv", content), "train")
    message = str(refusal.value)
    assert said in message
    assert message.startswith("train: ")
    assert message.isprintable()


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("inf", "not finite"),
        ("1e999", "not finite"),
        *((na, "missing value") for na in ("nan", "NA", "n/a", "?", "null")),
    ],
)
def test_cells_that_are_missing_or_not_finite_are_refused_at_their_line_and_column(tmp_path, cell, said):
    with pytest.raises(FileTrouble, match=rf"line 3, column 2 \(b\).*{said}; fill it or remove the row"):
        read_matrix(saved(tmp_path / "x.csv", f"a,b\n1,2\n3,{cell}\n"))


# ── Delimiters and headers ────────────────────────────────────────────────────────────────────────────────────────────

DELIMITED = {
    "tabs": "1\t2\n3\t4\n",
    "semicolons": "a;b\n1;2\n3;4\n",
    "numpy.savetxt": "1.000000000000000000e+00 2.000000000000000000e+00\n3.0 4.0\n",
    "aligned by blanks": "  1   2\n  3   4  \n",
    "numpy.savetxt with a header": "# a b\n1 2\n3 4\n",
    "commas and blanks": "1, 2\n3, 4\n",
    "tabs and blanks": "1\t 2\n3\t 4\n",
    "bars": "a|b\n1|2\n3|4\n",
}


@pytest.mark.parametrize("text", DELIMITED.values(), ids=DELIMITED)
def test_the_delimiter_is_found_and_said(tmp_path, text):
    said = []
    found = read_matrix(saved(tmp_path / "x.csv", text), note=said.append)
    np.testing.assert_array_equal(found, [[1, 2], [3, 4]])
    named = [sentence for sentence in said if "separated by" in sentence]
    assert len(named) == ("," not in text)


@pytest.mark.parametrize("suffix", [".tsv", ".txt", ".dat", ".data", ".TSV"])
def test_tables_of_text_have_several_suffixes(tmp_path, suffix):
    path = saved(tmp_path / f"x{suffix}", "a\tb\n1\t2\n3\t4\n")
    np.testing.assert_array_equal(read_matrix(path), [[1, 2], [3, 4]])
    np.testing.assert_array_equal(read_column(path, "b"), [2, 4])


def test_a_header_that_numpy_writes_has_names_and_labels_may_begin_with_its_sign(tmp_path):
    np.savetxt(tmp_path / "x.csv", [[1.0, 2.0], [3.0, 4.0]], delimiter=",", header="two columns\na,b")
    np.testing.assert_array_equal(read_column(tmp_path / "x.csv", "b"), [2, 4])
    labels = read_targets(saved(tmp_path / "y.csv", "#1\n#2\nx\n#1\n"), rows=4)
    assert labels.tolist() == ["#1", "#2", "x", "#1"]


def test_two_columns_in_one_option_are_told_apart(tmp_path):
    path = saved(tmp_path / "x.csv", "a,b,c\n1,2,3\n")
    with pytest.raises(FileTrouble, match="no column 'a,c'; pass the option once for each column"):
        read_matrix(path, drop=["a,c"])


def test_a_delimiter_that_is_named_is_taken_and_one_that_is_not_clear_is_asked_for(tmp_path):
    either = saved(tmp_path / "x.csv", "a,b;c,d\n1,5;2,5\n")
    with pytest.raises(FileTrouble, match="comma or semicolon; pass --delimiter"):
        read_matrix(either)
    with pytest.raises(FileTrouble, match="'1,5' is not a number; write decimals with a point"):
        read_matrix(either, delimiter="semicolon")
    bars = saved(tmp_path / "bars.csv", "1|2\n")
    np.testing.assert_array_equal(read_matrix(bars, delimiter="|"), [[1, 2]])
    for wrong in ("x", "", "commas", "."):
        with pytest.raises(FileTrouble, match="pass comma, tab, semicolon, space or one character"):
            read_matrix(bars, delimiter=wrong)


def test_a_colon_is_taken_where_it_is_named_and_times_stay_labels(tmp_path):
    colons = saved(tmp_path / "x.csv", "a:b\n1:2\n")
    with pytest.raises(FileTrouble, match="'1:2' is not a number; if ':' separates columns, pass --delimiter :"):
        read_matrix(colons)
    np.testing.assert_array_equal(read_matrix(colons, delimiter=":"), [[1, 2]])
    times = saved(tmp_path / "y.csv", "12:30\n08:15\n12:30\n")
    np.testing.assert_array_equal(read_targets(times), ["12:30", "08:15", "12:30"])


def test_labels_with_blanks_are_one_column(tmp_path):
    path = saved(tmp_path / "y.csv", "New York\nLos Angeles\nNew York\n")
    np.testing.assert_array_equal(read_targets(path), ["New York", "Los Angeles", "New York"])


@pytest.mark.parametrize("rows, labels", [(3, ["once", "cat", "dog"]), (2, ["cat", "dog"]), (None, ["cat", "dog"])])
def test_the_count_of_rows_decides_whether_a_first_label_is_a_header(tmp_path, rows, labels):
    said = []
    path = saved(tmp_path / "y.csv", "once\ncat\ndog\n")
    np.testing.assert_array_equal(read_targets(path, rows=rows, note=said.append), labels)
    assert bool(said) == (len(labels) == 2), "a line that is taken for the header is named"


def test_column_numbers_and_an_index_that_pandas_writes_are_seen(tmp_path):
    said = []
    numbered = saved(tmp_path / "x.csv", "0,1,2\n0.5,1.5,2.5\n1,1,1\n")
    np.testing.assert_array_equal(read_matrix(numbered, note=said.append), [[0.5, 1.5, 2.5], [1, 1, 1]])
    assert "column numbers" in said[0]
    np.testing.assert_array_equal(
        read_matrix(saved(tmp_path / "y.csv", "0,1,2\n1,0,2\n")), [[0, 1, 2], [1, 0, 2]], "whole numbers may be data"
    )
    index = saved(tmp_path / "z.csv", ",a,b\n0,5,6\n1,7,8\n")
    assert read_matrix(index, note=said.append).shape == (2, 3)
    assert "counts the rows" in said[-1] and "--drop 1" in said[-1]
    np.testing.assert_array_equal(read_matrix(index, drop=["1"]), [[5, 6], [7, 8]])


def test_a_column_is_read_by_its_name_and_left_out_by_it(tmp_path):
    path = saved(tmp_path / "x.csv", "a,b,kind\n1,2,cat\n3,4,dog\n")
    np.testing.assert_array_equal(read_column(path, "kind"), ["cat", "dog"])
    np.testing.assert_array_equal(read_column(path, "2"), [2, 4])
    np.testing.assert_array_equal(read_matrix(path, drop=["kind"]), [[1, 2], [3, 4]])
    assert read_column(path, "a").dtype.kind == "i"
    with pytest.raises(FileTrouble, match=r"no column 'knd'; did you mean 'kind'\?"):
        read_column(path, "knd")
    with pytest.raises(FileTrouble, match=r"no column of .* is left"):
        read_matrix(path, drop=["a", "b", "kind"])
    np.save(tmp_path / "x.npy", np.ones((2, 2)))
    with pytest.raises(FileTrouble, match="no named columns"):
        read_column(tmp_path / "x.npy", "a")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("a,b,my kind\n1,2,cat\n3,4,dog\n", r"'cat' is not a number; leave the column out with --drop 'my kind'$"),
        ("1,cat\n3,dog\n", "'cat' is not a number; leave the column out with --drop 2$"),
        ("a,b\n1,x\n3,4\n", "'x' is not a number; write a number$"),
    ],
)
def test_a_column_of_text_is_left_out_and_a_single_cell_mended(tmp_path, text, remedy):
    with pytest.raises(FileTrouble, match=remedy):
        read_matrix(saved(tmp_path / "x.csv", text))


def test_what_is_written_is_not_what_is_read(tmp_path):
    path = saved(tmp_path / "x.csv", "1,2\n")
    (tmp_path / "link.csv").symlink_to(path)
    for output in (path, tmp_path / "link.csv", tmp_path / "." / "x.csv"):
        with pytest.raises(FileTrouble, match=r"output: .* is an input file, and would be replaced"):
            check_apart(output, (None, "kind", path))
    check_apart(tmp_path / "y.csv", (path, "kind"))
    check_apart(path, (None, "kind"))


def test_an_npz_of_one_array_is_that_array(tmp_path):
    np.savez(tmp_path / "one.npz", X=np.eye(2))
    np.testing.assert_array_equal(read_matrix(tmp_path / "one.npz"), np.eye(2))
    np.savez_compressed(tmp_path / "two.npz", X=np.eye(2), y=np.ones(2))
    with pytest.raises(FileTrouble, match="holds X, y; save the one you mean"):
        read_matrix(tmp_path / "two.npz")
    for content in (b"", b"PK\x03\x04rest", (tmp_path / "one.npz").read_bytes()[:-9]):
        with pytest.raises(FileTrouble, match="damaged or cut short"):
            read_matrix(saved(tmp_path / "broken.npz", content))


def npy(array, allow_pickle=False) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=allow_pickle)
    return file.getvalue()


BROKEN_NPY = {
    "objects": (npy(np.array([[1, None]]), allow_pickle=True), "Python objects"),
    "a bare pickle": (pickle.dumps([[1.0]]), "not a .npy"),
    "text": (b"1,2\n", "not a .npy"),
    "an archive": (b"PK\x03\x04rest", "not a .npy"),
    "nothing": (b"", "not a .npy"),
    "cut in the data": (npy(np.ones((5, 4)))[:-3], "cut short"),
    "cut in the header": (npy(np.ones((5, 4)))[:30], "cut short"),
    "a shape beyond the data": (npy(np.ones((5, 4))).replace(b"(5, 4)", b"(5, 9)"), "cut short"),
    "a shape beyond memory": (npy(np.ones((5, 4))).replace(b"(5, 4), }      ", b"(99999999, 99)}"), "cut short"),
}


@pytest.mark.parametrize(("content", "said"), BROKEN_NPY.values(), ids=BROKEN_NPY)
def test_a_broken_npy_is_refused_and_nothing_in_it_is_run(tmp_path, content, said):
    with pytest.raises(FileTrouble) as refusal:
        read_matrix(saved(tmp_path / "x.npy", content))
    assert said in str(refusal.value)
    assert str(refusal.value).isprintable()


def test_a_pickle_is_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "sprung"),)

    for reader in (read_matrix, read_targets):
        with pytest.raises(FileTrouble):
            reader(saved(tmp_path / "x.npy", npy(np.array([[Trap()]], dtype=object), allow_pickle=True)))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("path", ["absent.npy", "folder.npy", "x.xlsx", "", "a\0b.npy", "a\nb.npy", "x" * 300 + ".npy"])
@pytest.mark.parametrize("reader", [read_matrix, read_targets])
def test_what_is_no_data_file_is_refused_in_one_line(tmp_path, reader, path):
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "x.xlsx").write_text("1")
    with pytest.raises(FileTrouble, match=r"^X: .*[;]") as refusal:
        reader(f"{tmp_path}/{path}" if path else "", "X")
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize("path", [None, 3, b"x.npy", ["x.npy"]])
def test_a_path_is_a_text(path):
    with pytest.raises(FileTrouble):
        read_matrix(path)
    with pytest.raises(FileTrouble):
        write_text(path, "")


def test_a_large_npy_stays_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_MAPPED", 100)
    np.save(tmp_path / "x.npy", np.ones((20, 2)))
    assert isinstance(read_matrix(tmp_path / "x.npy").base, np.memmap)


@SAME_FOLDER
@given(content=st.one_of(st.binary(max_size=60), st.text('0123456789.,\n"ae- ;_', max_size=40).map(str.encode)))
def test_no_content_at_all_raises_anything_but_a_refusal(tmp_path, content):
    for reader in (read_matrix, read_targets):
        for path in (tmp_path / "x.csv", tmp_path / "x.npy", tmp_path / "x.npz"):
            try:
                reader(saved(path, content))
            except NTKSymbolicError as refusal:
                assert str(refusal).isprintable()


TARGETS = {
    "numbers": ("1\n2\n", [1.0, 2.0]),
    "numbers under a header": ("y\n1\n2\n", [1.0, 2.0]),
    "columns": ("1,2\n3,4\n", [[1.0, 2.0], [3.0, 4.0]]),
    "labels": ("cat\ndog\ncat\n", ["cat", "dog", "cat"]),
    "labels under a header": ("species\ncat\ndog\n", ["cat", "dog"]),
    "quoted labels": ('species\n"cat, tabby"\ndog\n', ["cat, tabby", "dog"]),
}


@pytest.mark.parametrize(("text", "targets"), TARGETS.values(), ids=TARGETS)
def test_targets_are_numbers_or_labels(tmp_path, text, targets):
    np.testing.assert_array_equal(read_targets(saved(tmp_path / "y.csv", text)), targets)


@pytest.mark.parametrize("text", ["cat\n1\ndog\n", "1\ncat\n", "cat,1\ndog,2\n", "1\nnan\n", "y\n"])
def test_targets_of_mixed_kinds_are_refused(tmp_path, text):
    with pytest.raises(NTKSymbolicError, match=r"^y"):
        read_targets(saved(tmp_path / "y.csv", text))


def test_a_column_of_targets_in_npy_keeps_its_integers(tmp_path):
    np.save(tmp_path / "y.npy", np.array([0, 1, 1]))
    assert read_targets(tmp_path / "y.npy").dtype.kind == "i"


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Broken(Exception):
    pass


@pytest.mark.parametrize("failure", [Broken, KeyboardInterrupt, SystemExit])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, failure):
    write_text(tmp_path / "x.npy", "old")

    def fail(file, *_args, **_kwargs):
        file.write(b"half")
        raise failure

    monkeypatch.setattr(np, "save", fail)
    with pytest.raises(failure):
        write_array(tmp_path / "x.npy", np.ones(3))
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]
    assert (tmp_path / "x.npy").read_text() == "old"


def test_who_reads_the_old_file_meanwhile_reads_it_to_its_end(tmp_path):
    with saved(tmp_path / "x.txt", "old").open() as reader:
        write_text(tmp_path / "x.txt", "new")
        assert reader.read() == "old"
    assert (tmp_path / "x.txt").read_text() == "new"


def test_a_full_disk_is_told_as_such_and_leaves_nothing(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileTrouble, match=r"report: .*No space left on device.*; choose"):
        write_text(tmp_path / "x.html", "text", "report")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_text(tmp_path / "ours", "x")
        (tmp_path / "theirs").write_text("x")
    finally:
        os.umask(before)
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


def test_a_replaced_file_keeps_its_permissions(tmp_path):
    target = saved(tmp_path / "private.csv", "old")
    target.chmod(0o600)
    write_array(target, np.ones(2))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "store" / "real.csv")
    write_array(tmp_path / "link.csv", np.ones(1))
    write_array(tmp_path / "link.csv", np.zeros(1))
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "store" / "real.csv").read_text() == "0.0\n"
    assert len(list((tmp_path / "store").iterdir())) == 1


def unwritable(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    return {
        "no folder": tmp_path / "absent" / "x.csv",
        "a folder": tmp_path / "folder.csv",
        "under a file": tmp_path / "file" / "x.csv",
        "a circle of links": tmp_path / "loop.csv",
        "a pipe": tmp_path / "pipe.csv",
        "a long name": tmp_path / ("x" * 300 + ".csv"),
        "a null byte": Path(f"{tmp_path}/a\0.csv"),
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX")
@pytest.mark.parametrize(
    "case",
    ["no folder", "a folder", "under a file", "a circle of links", "a pipe", "a long name", "a null byte"],
)
def test_an_unwritable_place_is_known_before_the_work_and_refused_after(tmp_path, case):
    path = unwritable(tmp_path)[case]
    before = sorted(tmp_path.iterdir())
    for attempt in (check_writable, lambda path, name: write_array(path, np.ones(2), name)):
        with pytest.raises(FileTrouble, match=r"^output: .*;") as refusal:
            attempt(path, "output")
        assert str(refusal.value).isprintable()
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(AS_ROOT, reason="root may write anywhere")
def test_a_folder_or_file_without_permission_is_named(tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir()
    saved(tmp_path / "fixed.csv", "old").chmod(0o444)
    locked.chmod(0o555)
    try:
        for path in (locked / "x.csv", tmp_path / "fixed.csv"):
            with pytest.raises(FileTrouble, match=r"permission|protected"):
                check_writable(path)
    finally:
        locked.chmod(0o755)


def test_a_writable_place_is_left_untouched_by_the_question(tmp_path):
    check_writable(tmp_path / "x.csv")
    check_writable(saved(tmp_path / "y.csv", "old"))
    assert [path.name for path in tmp_path.iterdir()] == ["y.csv"]
    assert (tmp_path / "y.csv").read_text() == "old"


@pytest.mark.parametrize(
    ("name", "array", "remedy"),
    [
        ("x.txt", np.ones(2), "end it in .npy, .csv or .npz"),
        ("x", np.ones(2), "end it in .npy, .csv or .npz"),
        ("x.csv", {"a": np.ones(2)}, "end it in .npz"),
        ("x.npy", {"a": np.ones(2)}, "end it in .npz"),
        ("x.csv", np.ones((2, 2, 2)), "in .npy"),
        ("x.csv", np.array(1.0), "in .npy"),
        ("x.npy", np.array([None]), "convert it"),
        ("x.npz", {"a": np.array([{}])}, "convert it"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_before_anything_is_written(tmp_path, name, array, remedy):
    with pytest.raises(FileTrouble, match=remedy):
        write_array(tmp_path / name, array)
    assert list(tmp_path.iterdir()) == []


def test_text_is_written_in_utf8_as_it_is(tmp_path):
    write_text(tmp_path / "x.html", "κ\n")
    assert (tmp_path / "x.html").read_bytes() == "κ\n".encode()


# ── Hashes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path):
    path = saved(tmp_path / "x", b"abc" * 10**6)
    assert sha256_of(path) == sha256_of(str(path)) == hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(FileTrouble):
        sha256_of(tmp_path / "absent")


def test_the_hash_of_an_array_sees_type_shape_and_entries_and_no_layout():
    X = np.arange(300_000.0).reshape(3, -1)
    assert sha256_of(X) == sha256_of(np.asfortranarray(X)) == sha256_of(np.repeat(X, 2, axis=0)[::2])
    others = [X.reshape(-1, 3), X.astype(np.float32), X + 1, np.vstack([X, X]), X.ravel()]
    assert len({sha256_of(other) for other in [X, *others]}) == 6
    assert sha256_of(np.zeros(3)) != sha256_of(np.zeros(3, dtype=np.int64))
    with pytest.raises(InvalidInput):
        sha256_of(np.array([None]))
