"""Users' input becomes a plain finite array or number, or is refused with the remedy."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import scipy.sparse
import sympy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.inputs import as_count, as_matrix, as_scalar, check_features


class Frame:
    """A stand-in for a DataFrame: an object with __array__."""

    def __array__(self, dtype=None, copy=None):
        return np.array([[1, 2], [3, 4]], dtype=dtype)


class OnAnotherDevice:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on a tensor that requires grad.\nUse tensor.detach()")


@pytest.mark.parametrize(
    ("given_as", "dtype"),
    [
        ([[1, 2], [3, 4]], np.float64),
        (((1, 2), (3, 4)), np.float64),
        (Frame(), np.float64),
        (np.array([[1, 2], [3, 4]], dtype=np.int8), np.float64),
        (np.array([[1, 2], [3, 4]], dtype=np.uint64), np.float64),
        (np.array([[1, 2], [3, 4]], dtype=">f8"), np.float64),
        (np.array([[1, 2], [3, 4]], dtype=np.longdouble), np.float64),
        (np.array([[1, 2], [3, 4]], dtype=np.float16), np.float32),
        (np.array([[1, 2], [3, 4]], dtype=np.float32), np.float32),
        (np.array([[1, 2], [3, 4]], dtype=">f4"), np.float32),
    ],
    ids=lambda value: getattr(getattr(value, "dtype", None), "str", None),
)
def test_every_usual_container_becomes_the_same_matrix(given_as, dtype):
    matrix = as_matrix(given_as)
    assert matrix.dtype == dtype
    assert matrix.dtype.isnative
    np.testing.assert_array_equal(matrix, [[1, 2], [3, 4]])


def test_truth_values_are_zero_and_one():
    np.testing.assert_array_equal(as_matrix([[True, False]]), [[1.0, 0.0]])


def test_a_float_array_is_taken_as_it_is_even_if_it_is_read_only():
    X = np.ones((5, 3))
    X.flags.writeable = False
    assert np.shares_memory(as_matrix(X), X)


def test_a_memory_map_stays_on_disk(tmp_path):
    X = np.memmap(tmp_path / "x", dtype=np.float64, mode="w+", shape=(100, 20))
    assert np.shares_memory(as_matrix(X), X)


def test_checking_a_large_array_takes_no_memory_to_speak_of():
    X = np.ones((20_000, 100))  # 16 MB; a mask of truth values would be 2 MB
    tracemalloc.start()
    as_matrix(X)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


@pytest.mark.parametrize("shape", [(7, 3), (3, 7), (1, 300_000), (300_000, 1)])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_first_bad_entry_is_named(shape, bad):
    X = np.zeros(shape)
    row, column = shape[0] - 1, shape[1] // 2
    X[row, column] = bad
    with pytest.raises(InvalidInput, match=rf"features holds {bad} in row {row}, column {column} .*;"):
        as_matrix(X, "features")


def test_two_infinities_that_cancel_in_a_sum_are_still_found():
    with pytest.raises(InvalidInput, match="row 0, column 1"):
        as_matrix([[0, np.inf, -np.inf]])


def test_finite_numbers_whose_sum_overflows_are_finite():
    X = np.full((10, 10), 3e38, dtype=np.float32)
    assert np.shares_memory(as_matrix(X), X)


REFUSED = {
    "one dimension": ([1.0, 2.0], "X.reshape(-1, 1) for one feature or X.reshape(1, -1) for one row"),
    "one number": (3.0, "[[3.0]]"),
    "three dimensions": (np.ones((2, 2, 2)), "X.reshape(len(X), -1)"),
    "no rows": (np.ones((0, 3)), "rows"),
    "no columns": (np.ones((3, 0)), "features"),
    "empty list": ([], "reshape"),
    "ragged": ([[1, 2], [3]], "equal length"),
    "complex": ([[1j]], "X.real"),
    "objects": ([[None, 1]], "astype(float)"),
    "huge integers": ([[10**30]], "astype(float)"),
    "text": ([["a"]], "astype(float)"),
    "bytes": ([[b"a"]], "astype(float)"),
    "records": (np.zeros((2, 2), dtype=[("a", float)]), "astype(float)"),
    "dates": (np.zeros((2, 2), dtype="M8[D]"), "float"),
    "nothing": (None, "rows of numbers"),
    "a text": ("X.npy", "rows of numbers"),
    "dictionary": ({"a": 1}, "rows of numbers"),
    "generator": ((x for x in [1]), "rows of numbers"),
    "sparse": (scipy.sparse.eye(3), "X.toarray()"),
    "sparse array": (scipy.sparse.csr_array(np.eye(3)), "X.toarray()"),
    "masked": (np.ma.ones((2, 2)), "X.filled(value)"),
    "a long double beyond float64": (np.array([[np.longdouble(2) ** 1025]]), "remove or fill"),
    "unreadable": (OnAnotherDevice(), "requires grad"),
}


@pytest.mark.parametrize(("X", "remedy"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_matrix_is_refused_in_one_line_with_the_remedy(X, remedy):
    with pytest.raises(InvalidInput) as refusal:
        as_matrix(X)
    message = str(refusal.value)
    assert remedy in message
    assert message.startswith("X ")
    assert ";" in message
    assert message.isprintable()


@given(hnp.arrays(hnp.floating_dtypes(sizes=(16, 32, 64)), hnp.array_shapes(min_dims=2, max_dims=2)))
def test_a_matrix_is_accepted_exactly_if_all_of_it_is_finite(X):
    if np.isfinite(X).all():
        np.testing.assert_array_equal(as_matrix(X), X)
    else:
        with pytest.raises(InvalidInput):
            as_matrix(X)


def test_rows_of_different_length_are_named():
    check_features(np.ones((2, 3)), np.ones((5, 3)))
    with pytest.raises(InvalidInput, match="X_train has 3 features and X_new has 4"):
        check_features(np.ones((2, 3)), np.ones((2, 4)), ("X_train", "X_new"))


@pytest.mark.parametrize("value", [2, 2.0, np.float32(2), np.int8(2), np.array(2.0), sympy.Integer(2), sympy.sqrt(4)])
def test_a_real_number_of_any_make_is_a_scalar(value):
    scalar = as_scalar(value, "W_std")
    assert type(scalar) is float
    assert scalar == 2.0


@pytest.mark.parametrize(
    "value",
    [
        *(-1, -1e-300, np.nan, np.inf, 10**400, True, np.True_, "2", b"2", 2j, np.complex64(2), None, [2], np.ones(1)),
        *(np.array(True), np.array(2j), np.array("2"), sympy.Symbol("w"), sympy.I, object()),
    ],
)
def test_what_is_no_scalar_is_refused_by_name(value):
    with pytest.raises(InvalidInput, match=r"^W_std .*;"):
        as_scalar(value, "W_std")


@given(st.floats(min_value=0, allow_infinity=False))
def test_a_scalar_is_unchanged(value):
    assert as_scalar(value, "b_std") == value


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), np.array(3), sympy.Integer(3)])
def test_an_integer_of_any_make_is_a_count(value):
    count = as_count(value, "depth", minimum=1)
    assert type(count) is int
    assert count == 3


@pytest.mark.parametrize("value", [0, -1, 3.0, "3", True, np.True_, None, [3], np.nan, 3j])
def test_what_is_no_count_is_refused_by_name(value):
    with pytest.raises(InvalidInput, match=r"^depth .*;"):
        as_count(value, "depth", minimum=1)


def test_the_door_opens_without_sympy():
    code = "import sys, ntk_symbolic.inputs, ntk_symbolic.files; sys.exit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
