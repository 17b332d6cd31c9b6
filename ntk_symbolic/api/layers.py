"""The activations of the library as layers: Relu(), LeakyRelu(0.1)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from inspect import Parameter, Signature
from typing import Any

from ..activations.aliases import ALIASES, layer_names
from ..activations.library import LIBRARY
from ..errors import InvalidInput
from ..inputs import as_scalar
from .activations import Activation, activation


@cache
def layer(item: str) -> Callable[..., Activation]:
    """The function that makes the layer of a library activation; it is one object, so that pickle finds it by name."""
    name = next(camel for camel, of in layer_names().items() if of == item)
    entry = LIBRARY[item]
    defaults = dict(zip(entry.parameters, entry.defaults, strict=True))
    kind = Parameter.POSITIONAL_OR_KEYWORD
    signature = Signature([Parameter(p, kind, default=float(value)) for p, value in defaults.items()])

    def make(*values: Any, **named: Any) -> Activation:
        try:
            given = signature.bind(*values, **named).arguments
        except TypeError:
            takes = f"{name}{signature}" if defaults else f"{name}(), which has no parameters"
            raise InvalidInput(
                f"{name}(...) makes a layer: write {takes}; its values are {name}().phi(u), and a layer of any other formula "
                'is ns.activation("...")'
            ) from None
        if not given:
            return activation(item)
        texts = {p: _decimal(given[p], p) if p in given else text for p, text in defaults.items()}
        return activation(f"{item}({', '.join(texts.values())})")

    make.__name__ = make.__qualname__ = name
    make.__module__ = "ntk_symbolic"
    make.__doc__ = _doc(item, name, signature)
    make.__signature__ = signature  # type: ignore[attr-defined]
    return make


def _decimal(value: Any, name: str) -> str:
    number = as_scalar(value, name, minimum=float("-inf"))
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _doc(item: str, name: str, signature: Signature) -> str:
    entry = LIBRARY[item]
    others = [alias for alias, of in ALIASES.items() if of == item]
    also = f" Also called {', '.join(others)}." if others else ""
    return (
        f"The activation φ(u) = {entry.text} as a layer: activation({item!r}).{also}\n\n"
        f"Source: {entry.source}.\n\n>>> {name}()\nactivation({activation(item).text!r})\n"
    )
