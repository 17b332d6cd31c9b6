"""Kernels of a network: the arguments of a call are checked once and passed to one of four computations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..accuracy import Accuracy
from ..activations.numbers.estimates import watched
from ..errors import InvalidInput
from ..inputs import as_inputs, as_matrices, describe
from ..memory import SAID, require
from .doubts import BETTER, warn_of_kernel

if TYPE_CHECKING:
    from .networks import Network

GETS = ("nngp", "ntk")
MPMATH = 25  # one number of mpmath takes the memory of so many float64 numbers: 200 bytes


def kernels(net: Network, X: Any, Y: Any, wanted: tuple[str, ...], how: Accuracy) -> list[Any]:
    """One result for each kernel in `wanted`, of the kind that `how` names."""
    if how.kind == "digits":
        return _exact(net, X, Y, wanted, how.digits)
    if how.kind == "bounded":
        return _bounded(net, X, Y, wanted)
    if how.kind == "floats":
        return _floats(net, X, Y, wanted)
    without = [phi.text for phi in net.graph().activations if phi._outside]
    if not without:
        return _exact(net, X, Y, wanted, None)
    from ..infinite.bounds import enclosure

    names = " and ".join(dict.fromkeys(without))
    return [enclosure(value, bound, names) for value, bound in _bounded(net, X, Y, wanted)]


def _floats(net: Network, X: Any, Y: Any, wanted: tuple[str, ...]) -> list[Any]:
    from ..infinite import engine

    X, Y = inputs(X, Y, len(wanted))
    graph = net.graph(X.shape[1])
    with watched() as found:
        if isinstance(X, np.ndarray):
            both = engine.kernel(graph, X, Y, "nngp" in wanted, "ntk" in wanted)
        else:
            both = engine.whole(graph, X, Y, "ntk" in wanted)
    warn_of_kernel(found, "the kernel", names(Y), BETTER)
    return [both[GETS.index(kind)] for kind in wanted]


def _exact(net: Network, X: Any, Y: Any, wanted: tuple[str, ...], digits: int | None) -> list[Any]:
    from ..exact.readings import kernels

    X, Y = matrices(X, Y, MPMATH * len(wanted))
    return kernels(net.graph(X.shape[1]), X, Y, wanted, digits)


def _bounded(net: Network, X: Any, Y: Any, wanted: tuple[str, ...]) -> list[Any]:
    """Kernels with bounds: values of series if no activation has a closed form, otherwise those of the closed forms, which
    keep their digits; their bound then includes the difference from the series."""
    from ..infinite.alone import alone
    from ..infinite.bounds import kernel

    X, Y = matrices(X, Y, 2 * len(wanted))
    graph, tangent = net.graph(X.shape[1]), "ntk" in wanted
    both = kernel(graph, X.astype(float), None if Y is None else Y.astype(float), tangent)
    if any(np.isinf(bound).any() for _, bound in both):
        met = alone(graph, np.einsum("ij,ij->i", X, X) / X.shape[1], False)[0].met
        for number, phi in enumerate(graph.activations):
            for order in range(1 + tangent):
                phi._warn_unbounded(None if number else met[0], order)
    found = [both[GETS.index(kind)] for kind in wanted]
    if not any(phi.reading.closed for phi in graph.activations):
        return found
    better = _floats(net, X, Y, wanted)
    return [(K, bound + np.abs(K - own)) for K, (own, bound) in zip(better, found, strict=True)]


def inputs(X: Any, Y: Any = None, numbers: int = 0) -> tuple[Any, Any]:
    """X (n, d) and Y (m, d) or None, in their own array library.

    numbers   the count of numbers for each pair of rows for which memory must suffice
    Raises InvalidInput, naming the argument.
    """
    X, Y = as_inputs(X, Y)
    require_memory(X, Y, numbers)
    return X, Y


def matrices(X: Any, Y: Any = None, numbers: int = 0) -> tuple[np.ndarray, np.ndarray | None]:
    """`inputs` as NumPy arrays, for computations that need NumPy."""
    X, Y = as_matrices(X, Y)
    require_memory(X, Y, numbers)
    return X, Y


def names(Y: Any) -> tuple[str, str]:
    """The names of the two arguments whose rows belong to an entry."""
    return "X", "X" if Y is None else "Y"


def short(given: Any) -> str:
    """The text of an argument in a message; arrays are described by their type."""
    text = repr(given)
    return describe(given) if hasattr(given, "shape") or len(text) > 60 else text


def wanted(get: Any) -> tuple[str, ...]:
    """The kernels that `get` names. Raises InvalidInput."""
    found = tuple(get) if isinstance(get, (tuple, list)) else (get,)
    known = all(isinstance(kind, str) and kind in GETS for kind in found)
    if not found or not known or len(set(found)) != len(found):
        raise InvalidInput(f'get is {short(get)}: pass "ntk", "nngp" or ("nngp", "ntk")')
    return found


def require_memory(X: Any, Y: Any, numbers: int) -> None:
    """Raises InvalidInput if a result with so many numbers for each pair of rows does not fit into free memory."""
    shape = (X.shape[0], (X if Y is None else Y).shape[0])
    size = shape[0] * shape[1] * numbers * X.dtype.itemsize if isinstance(X, np.ndarray) else 0
    if size > SAID:
        half = "" if X.dtype.itemsize == 4 else ", float32 data for half of it"
        require(size, shape, f"pass fewer rows{half}, or some rows of X at a time, as net.kernel(X[:1000], X)")
