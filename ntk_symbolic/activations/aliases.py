"""The names of activations: those of the library, in any case and with or without underscores, and other names for them."""

from __future__ import annotations

from functools import cache

from .library import LIBRARY

ALIASES = {
    "swish": "silu",
    "heaviside": "step",
    "unit_step": "step",
    "sgn": "sign",
    "linear": "identity",
    "logistic": "sigmoid",
    "atan": "arctan",
    "squared_relu": "relu2",
    "relu_squared": "relu2",
    "h_swish": "hard_swish",
    "sine": "sin",
    "cosine": "cos",
}


def library_name(word: str) -> str | None:
    """The library's name for `word`: "silu" for "SiLU" and "Swish", "hard_tanh" for "Hardtanh"; None for an unknown word."""
    return word if word in LIBRARY else _known().get(_folded(word))


def layer_names() -> dict[str, str]:
    """The layer of each name in CamelCase, such as "LeakyRelu", and the library's name for it; aliases come last."""
    return {_camel(name): item for name, item in [*zip(LIBRARY, LIBRARY), *ALIASES.items()]}


@cache
def _known() -> dict[str, str]:
    return {_folded(name): item for name, item in [*ALIASES.items(), *zip(LIBRARY, LIBRARY)]}


def _folded(word: str) -> str:
    return word.replace("_", "").lower()


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
