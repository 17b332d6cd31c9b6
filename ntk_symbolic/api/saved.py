"""Fits in files: the network as its text, the data and the solution as arrays. Nothing in a file is executed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import FileTrouble, InvalidInput
from ..files import PathLike, read_arrays, suffix_of, write_array
from .architectures import architecture
from .door import GETS

if TYPE_CHECKING:
    from ..dynamics.classes import KernelClassifier
    from ..dynamics.regression import KernelRegression

FORMAT = "ntk_symbolic fit 1"
PARTS = ("X", "y", "coefficients")
NUMBERS = ("ridge", "jitter", "condition")


def save(fitted: KernelRegression | KernelClassifier, path: PathLike) -> None:
    """Write a fit to a .npz file, atomically; `load` reads it.

    The file holds the text of the network, X, y and the solution, but not the kernel matrix, which is computed again for
    standard deviations.
    Raises FileTrouble; InvalidInput for a kernel that is a function, and for a network without a text.
    """
    from ..dynamics.classes import KernelClassifier
    from ..dynamics.regression import KernelRegression

    classes = fitted.classes if isinstance(fitted, KernelClassifier) else None
    fit = fitted.regression if isinstance(fitted, KernelClassifier) else fitted
    if not isinstance(fit, KernelRegression):
        raise InvalidInput(f"fitted is a {type(fitted).__name__}: pass what net.fit or net.classify returned")
    if fit.network is None:
        raise InvalidInput("fitted has a function as kernel, which cannot be saved: fit with net.fit(X, y)")
    if suffix_of(path, "path") != ".npz":
        raise FileTrouble(f"path: {path} must end in .npz")
    arrays = {name: getattr(fit, name) for name in (*PARTS, *NUMBERS)}
    words = {"format": FORMAT, "network": _text(fit.network), "get": fit.get}
    write_array(path, {**words, **arrays, **({} if classes is None else {"classes": classes})}, "path")


def load(path: PathLike) -> KernelRegression | KernelClassifier:
    """The fit in a file that `save` wrote. Raises FileTrouble for any other file."""
    from ..dynamics.classes import KernelClassifier
    from ..dynamics.kernels import KernelOf
    from ..dynamics.regression import KernelRegression

    found = read_arrays(path, "path")
    if str(found.get("format")) != FORMAT:
        raise FileTrouble(f"path: {path} holds no fit; pass a file that ntk_symbolic.save wrote")
    try:
        get = str(found["get"])
        if get not in GETS:
            raise InvalidInput(f"get is {get!r}")
        kernel = KernelOf(architecture(str(found["network"])), get)
        X, y, coefficients = (found[name] for name in PARTS)
        ridge, jitter, condition = (float(found[name]) for name in NUMBERS)
        fit = KernelRegression.restored(kernel, X, y, coefficients, ridge, jitter, condition)
        classes = found.get("classes")
        if classes is not None and (fit.y.ndim, len(classes)) != (2, fit.y.shape[-1]):
            raise InvalidInput("classes are not those of y")
    except (KeyError, TypeError, ValueError) as trouble:
        raise FileTrouble(f"path: {path} is damaged ({trouble}); save the fit again") from None
    return fit if classes is None else KernelClassifier(fit, classes)


def _text(network: Any) -> str:
    """A text from which `architecture` makes the same network."""
    text = repr(network)
    try:
        if architecture(text) == network:
            return text
    except InvalidInput:
        pass
    raise InvalidInput(
        f"{text} is not read back as the same network, and cannot be saved: use layers of this package without symbols"
    )
