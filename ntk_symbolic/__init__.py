"""ntk_symbolic: derive, prove and evaluate neural tangent kernels from one description.

>>> import ntk_symbolic as ns
>>> ns.mlp(depth=1, activation="relu", W_std=1.0, b_std=0.0).ntk([[3.0, 4.0]])
array([[12.5]])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .version import __version__

if TYPE_CHECKING:
    from . import conventions
    from .api import (
        Activation,
        Dense,
        Dropout,
        LayerNorm,
        Network,
        Residual,
        RMSNorm,
        activation,
        architecture,
        load,
        mlp,
        parallel,
        progress_bar,
        repeat,
        save,
        serial,
    )
    from .calculus import (
        Functional,
        Lam,
        Over,
        Space,
        euler_lagrange,
        functional_derivative,
        gateaux,
        second_variation,
        tangent_kernel,
    )
    from .errors import (
        FileTrouble,
        IllFormed,
        InvalidInput,
        NoClosedForm,
        NoDerivative,
        NoReading,
        NoTangentKernel,
        NotationError,
        NTKSymbolicError,
        UncertifiedWarning,
        UnknownActivation,
    )

__all__ = [
    "Activation",
    "Dense",
    "Dropout",
    "FileTrouble",
    "Functional",
    "IllFormed",
    "InvalidInput",
    "Lam",
    "LayerNorm",
    "NTKSymbolicError",
    "Network",
    "NoClosedForm",
    "NoDerivative",
    "NoReading",
    "NoTangentKernel",
    "NotationError",
    "Over",
    "RMSNorm",
    "Residual",
    "Space",
    "UncertifiedWarning",
    "UnknownActivation",
    "__version__",
    "activation",
    "architecture",
    "conventions",
    "euler_lagrange",
    "functional_derivative",
    "gateaux",
    "load",
    "mlp",
    "parallel",
    "progress_bar",
    "repeat",
    "save",
    "second_variation",
    "serial",
    "tangent_kernel",
]
_API = ("activation", "architecture", "mlp", "serial", "parallel", "repeat", "Activation", "Network", "save", "load")
_API += ("Dense", "Residual", "LayerNorm", "RMSNorm", "Dropout", "progress_bar")
_CALCULUS = ("Space", "Functional", "Lam", "Over", "gateaux", "functional_derivative", "second_variation")
_CALCULUS += ("euler_lagrange", "tangent_kernel")


def __getattr__(name: str) -> Any:
    """Public names are imported when first used, so that the command line starts at once.

    A library activation in CamelCase makes its layer: Relu() is activation("relu"), LeakyRelu(0.1) its "leaky_relu(0.1)".
    Any capitalisation is accepted: ReLU, SiLU, Swish, LeakyReLU, Hardtanh.
    """
    if name == "conventions":
        return import_module(".conventions", __name__)
    if name in _API:
        return getattr(import_module(".api", __name__), name)
    if name in _CALCULUS:
        return getattr(import_module(".calculus", __name__), name)
    if name in __all__:
        return getattr(import_module(".errors", __name__), name)
    if name in ("sklearn", "gpytorch"):
        return import_module(f".{name}", __name__)
    from difflib import get_close_matches

    from .activations.aliases import layer_names, library_name
    from .elsewhere import PACKAGE

    item = None if name.startswith("_") else library_name(name)
    if item is not None and name[0].isupper():
        return import_module(".api.layers", __name__).layer(item)
    if name in PACKAGE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}: {PACKAGE[name]}")
    near = [n for n, of in layer_names().items() if of == item] or get_close_matches(name, __dir__(), n=1, cutoff=0.75)
    remedy = f"; did you mean {near[0]}?" if near else ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{remedy}")


def __dir__() -> list[str]:
    from .activations.aliases import layer_names

    return sorted({*__all__, *layer_names()})
