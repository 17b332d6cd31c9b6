"""Checks of users' input, which becomes a plain finite array or number, or is refused with the remedy."""

from __future__ import annotations

import math
import operator
from typing import Any

import array_api_compat as compat
import numpy as np

from .arrays import followed, in_single, namespace, occurs
from .errors import InvalidInput

_BLOCK = 1 << 18  # entries checked together: 2 MB of float64, so that checking adds no copy of the data


def as_matrix(X: Any, name: str = "X") -> np.ndarray:
    """`X` as an array (n, d) of float64, or of float32 if it was float32 or float16; n, d ≥ 1, all finite.

    Lists, DataFrames, memory maps, read-only arrays, integers and truth values are accepted; nothing is copied
    except for conversions. Raises InvalidInput for any other type or shape, and for NaN or infinity,
    naming the argument, the place and the remedy.
    """
    array = as_numbers(X, name)
    _check_shape(array, name)
    array = _as_float(array)
    _check_finite(array, name)
    return array


def as_matrices(X: Any, Y: Any = None) -> tuple[np.ndarray, np.ndarray | None]:
    """X (n, d) and Y (m, d) or None: `as_matrix` of both. Raises InvalidInput, also for unequal numbers of columns."""
    X, Y = as_matrix(X), None if Y is None else as_matrix(Y, "Y")
    if Y is not None:
        check_features(X, Y)
    return X, Y


def as_double(X: Any, name: str = "X") -> np.ndarray:
    """`as_matrix` in float64: a kernel matrix rounded to float32 would lose everything below 6e-8 of its size."""
    return as_matrix(X, name).astype(np.float64, copy=False)


def as_numbers(X: Any, name: str, text: str = "") -> np.ndarray:
    """`X` as an array of real numbers, of any shape. Raises InvalidInput for any other type, with the given remedy for text."""
    for dense in ("toarray", "todense"):
        if hasattr(X, dense):
            raise InvalidInput(f"{name} is sparse ({type(X).__name__}); pass {name}.{dense}()")
    if isinstance(X, np.ma.MaskedArray):
        raise InvalidInput(f"{name} is a masked array; pass {name}.filled(value), or only its complete rows")
    array = as_array(X, name)
    _check_kind(array, X, name, text)
    return array


def as_inputs(X: Any, Y: Any = None) -> tuple[Any, Any]:
    """X (n, d) and Y (m, d) or None: `as_matrix`, or arrays of one other array library as they are, in float32 or float64.

    Half precision becomes float32, and two precisions become the higher one. Raises InvalidInput, naming the argument.
    """
    here = [_elsewhere(Z) for Z in (X, Y) if Z is not None]
    if not any(here):
        return as_matrices(X, Y)
    if len({*here}) > 1:
        library = next(filter(None, here))
        names, other = ("X", "Y") if here[0] else ("Y", "X"), here[1] if here[0] else here[0]
        what = f"an array of {other}" if other else "not"
        raise InvalidInput(
            f"{names[0]} is an array of {library} and {names[1]} is {what}: pass {library}.asarray of {names[1]} as well"
        )
    X, Y = _floating(X, "X"), None if Y is None else _floating(Y, "Y")
    if Y is not None:
        devices = [compat.device(Z) for Z in (X, Y)]  # None for arrays that JAX traces
        if None not in devices and devices[0] != devices[1]:
            raise InvalidInput(f"X is on {devices[0]} and Y on {devices[1]}: pass both on one device")
        xp = namespace(X, Y)
        dtype = xp.result_type(X, Y)
        X, Y = (xp.astype(Z, dtype, copy=False) for Z in (X, Y))
        check_features(X, Y)
    return X, Y


def _elsewhere(X: Any) -> str:
    """The array library that X belongs to, "" for NumPy and inputs that become NumPy arrays."""
    if not compat.is_array_api_obj(X) or compat.is_numpy_array(X):
        return ""
    return namespace(X).__name__.removeprefix("array_api_compat.")


def _floating(X: Any, name: str) -> Any:
    xp = namespace(X)
    if str(getattr(X, "layout", "torch.strided")) != "torch.strided":
        raise InvalidInput(f"{name} is sparse ({X.layout}); pass {name}.to_dense()")
    if X.ndim != 2 or 0 in X.shape or not xp.isdtype(X.dtype, "real floating"):
        convert = f"{name}.double()" if compat.is_torch_array(X) else f"{name}.astype(float)"
        raise InvalidInput(
            f"{name} is an array of {X.dtype} and of shape {tuple(X.shape)}: pass float32 or float64, such as {convert}, and "
            "shape (n, d)"
        )
    if occurs(~xp.isfinite(X)):
        raise InvalidInput(f"{name} has NaN or inf: remove those rows or fill them")
    return in_single(X, xp)


def check_features(X: Any, Y: Any, names: tuple[str, str] = ("X", "Y")) -> None:
    """Raises InvalidInput unless both matrices have the same number of columns."""
    if X.shape[1] != Y.shape[1]:
        raise InvalidInput(
            f"{names[0]} has {X.shape[1]} features and {names[1]} has {Y.shape[1]}; pass rows of the same length"
        )


def as_scalar(value: Any, name: str, minimum: float = 0.0) -> float:
    """A finite real number ≥ minimum, as a float. Raises InvalidInput for anything else, truth values included."""
    if followed(value):
        raise InvalidInput(
            f"{name} is an array that {_follower(value)}: pass float(...) of it; derivatives with respect to W_std and b_std "
            "are those of Network.derivative(X, wrt=...)"
        )
    refused = isinstance(value, (bool, np.bool_, str, bytes, complex, np.complexfloating))
    if refused or (isinstance(value, np.ndarray) and (value.ndim or value.dtype.kind not in "iuf")):
        raise InvalidInput(f"{name} must be a real number, not {describe(value)}; pass one such as 1.0")
    try:
        number = float(value)
    except OverflowError:
        raise InvalidInput(f"{name} is above 1e308; pass a smaller number") from None
    except (TypeError, ValueError):
        raise InvalidInput(f"{name} must be a real number, not {describe(value)}; pass one such as 1.0") from None
    if not math.isfinite(number):
        raise InvalidInput(f"{name} is {number}; pass a finite number")
    if number < minimum:
        raise InvalidInput(f"{name} is {number:g}; pass a number of at least {minimum:g}")
    return number


def as_count(value: Any, name: str, minimum: int = 0) -> int:
    """An integer ≥ minimum, as an int. Raises InvalidInput for anything else; 3.0 and True are no integers here."""
    example = max(minimum, 3)
    if isinstance(value, (bool, np.bool_)):
        raise InvalidInput(f"{name} must be an integer, not {describe(value)}; pass one such as {example}")
    try:
        count = operator.index(value)
    except TypeError:
        raise InvalidInput(f"{name} must be an integer, not {describe(value)}; pass one such as {example}") from None
    if count < minimum:
        raise InvalidInput(f"{name} is {count}; pass an integer of at least {minimum}")
    return count


def as_array(X: Any, name: str) -> np.ndarray:
    """`X` as a NumPy array of any kind. Raises InvalidInput if it has no numbers, or if a gradient would be lost."""
    if followed(X):
        raise InvalidInput(
            f"{name} is an array that {_follower(X)}, and this is computed by NumPy: pass numbers, such as {name}.detach(); "
            'derivatives of kernels with respect to X are those of Network.derivative(X, wrt="X")'
        )
    try:
        return np.asarray(X)
    except ValueError:
        raise InvalidInput(f"{name} has rows of unequal length or no numbers; pass rows of equal length") from None
    except Exception as trouble:  # a foreign __array__ may raise anything, such as torch's "Can't call numpy()"
        said = (str(trouble).splitlines() or [""])[0]
        raise InvalidInput(f"{name} cannot be read as an array: {said}; pass np.asarray(...) of it") from None


def _follower(x: Any) -> str:
    return "JAX traces" if compat.is_jax_array(x) else "carries a gradient"


def _check_kind(array: np.ndarray, X: Any, name: str, text: str) -> None:
    kind = array.dtype.kind
    if kind in "biuf":
        return
    if array.ndim == 0:
        raise InvalidInput(f"{name} must be an array of numbers, not {describe(X)}; pass rows of numbers")
    if kind == "c":
        raise InvalidInput(f"{name} is complex; pass real numbers, such as {name}.real and {name}.imag side by side")
    if kind in "OUSV":
        what = {"O": "objects", "V": "records"}.get(kind, "text")
        labels = f"; {text}" if text and what == "text" else ""
        raise InvalidInput(f"{name} holds {what}, not numbers; convert it, such as with {name}.astype(float){labels}")
    raise InvalidInput(f"{name} has the type {array.dtype}, not numbers; convert it to float")


def _check_shape(array: np.ndarray, name: str) -> None:
    if array.ndim == 0:
        raise InvalidInput(f"{name} is one number; pass an array of shape (rows, features), such as [[{array}]]")
    if array.ndim == 1:
        raise InvalidInput(
            f"{name} has one dimension; pass {name}.reshape(-1, 1) for one feature or {name}.reshape(1, -1) for one row"
        )
    if array.ndim > 2:
        raise InvalidInput(
            f"{name} has {array.ndim} dimensions {array.shape}; pass rows, such as {name}.reshape(len({name}), -1)"
        )
    if 0 in array.shape:
        missing = "rows" if array.shape[0] == 0 else "features"
        raise InvalidInput(f"{name} is empty, of shape {array.shape}; pass an array that has {missing}")


def _as_float(array: np.ndarray) -> np.ndarray:
    small = array.dtype.kind == "f" and array.dtype.itemsize <= 4
    with np.errstate(over="ignore"):  # a long double beyond float64 becomes inf, and is refused as such
        return np.asarray(array, dtype=np.float32 if small else np.float64)


def _check_finite(array: np.ndarray, name: str) -> None:
    rows = max(1, _BLOCK // array.shape[1])
    for start in range(0, len(array), rows):
        block = array[start : start + rows]
        with np.errstate(over="ignore", invalid="ignore"):
            total = block.sum()
        # A sum is finite only if every term is; finite terms may overflow it, so a bad sum is checked entry by entry
        if np.isfinite(total) or np.isfinite(block).all():
            continue
        row, column = np.argwhere(~np.isfinite(block))[0]
        raise InvalidInput(
            f"{name} holds {block[row, column]} in row {start + row}, column {column} (counted from 0);"
            " remove or fill such entries"
        )


def describe(value: Any) -> str:
    if isinstance(value, (bool, np.bool_, str, bytes, complex, float)):
        text = ascii(value)
        return text if len(text) <= 40 else text[:37] + "..."
    return "None" if value is None else f"a value of type {type(value).__name__}"
