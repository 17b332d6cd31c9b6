"""Networks from texts that name their layers in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

from ..activations.aliases import ALIASES, library_name
from ..activations.library import LIBRARY
from ..elsewhere import PACKAGE
from ..errors import InvalidInput, NTKSymbolicError
from ..networks.dense import Dense
from ..networks.dropout import Dropout
from ..networks.norms import LayerNorm, RMSNorm
from ..networks.parallel import COMBINATIONS, parallel
from ..networks.residual import Residual
from ..networks.words import Layer
from ..notation.architectures import MAX_NESTING, refuse, start, tree
from .activations import activation
from .networks import Network, mlp, repeat, serial

if TYPE_CHECKING:
    from lark import Token, Tree

MAX_LAYERS = 2000  # counted with repetitions
WORDS = {"True": True, "False": False, "None": None}
LAYERS = ("body", "projection", "layer")  # settings that are layers
NAMES = ("train", "parameterization", "combine", "activation", "spec")  # settings that are words


def architecture(text: str) -> Network:
    """The network or fragment that a text describes: layers by name, one after the other.

    text   dense(W_std=1.4) residual(relu dense(W_std=0.9)) layernorm relu dense. Names are those of the layers, in any case,
           with their settings by keyword; activations by name, such as leaky_relu(0.1), or in quotes, such as "u*erf(u)".
           parallel(sum: relu dense | dense), product: and concat: likewise; repeat(4, relu dense); residual(…, scale=0.5);
           dropout(0.9); # begins a comment. `repr` of a network without symbols is such a text too.
    Text is parsed by a grammar and never executed. Raises InvalidInput with the place in the text and the signs allowed there.

    >>> net = architecture("dense(W_std=1.4) repeat(2, residual(relu dense)) layernorm relu dense")
    >>> net.kernel([[3.0, 4.0]], get="nngp")
    array([[0.5]])
    >>> architecture(repr(net)) == net
    True
    """
    if not isinstance(text, str):
        raise InvalidInput(f"text is a {type(text).__name__}: pass a text such as 'dense relu dense'")
    return _Reader(text).network()


@dataclass(frozen=True)
class Call:
    """A layer as written in the text: the name before the colon, rows and numbers, and settings by name."""

    name: str
    at: int
    head: str | None
    rows: tuple[Tree, ...]
    numbers: tuple[float, ...]
    settings: dict[str, Any]


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.depth = text, 0
        self.known: dict[str, tuple[Callable[[Call], Layer], tuple[str, ...]]] = {
            "dense": (self._dense, tuple(Dense.__annotations__)),
            "residual": (self._residual, ("body", "scale", "projection")),
            "parallel": (self._parallel, ("combine", "widths")),
            "layernorm": (self._one_number(LayerNorm), ("eps",)),
            "rmsnorm": (self._one_number(RMSNorm), ("eps",)),
            "dropout": (self._one_number(Dropout), ("keep",)),
            "repeat": (self._repeat, ("layer", "times")),
            "serial": (self._serial, ()),
            "mlp": (self._mlp, ("depth", "activation", "W_std", "b_std")),
            "activation": (self._activation, ("spec",)),
        }

    def network(self) -> Network:
        row = tree(self.text)
        layers = self._row(row)
        if len(layers) == 1 and isinstance(layers[0], Network):
            return layers[0]
        return self._chained(row, layers)

    def _row(self, row: Tree) -> list[Layer]:
        self.depth += 1
        if self.depth > MAX_NESTING:
            refuse(self.text, start(row), f"more than {MAX_NESTING} brackets within brackets; write it flatter")
        layers = [self._layer(part) for part in row.children]
        self.depth -= 1
        if sum(map(_size, layers)) > MAX_LAYERS:
            refuse(self.text, start(row), f"more than {MAX_LAYERS} layers; repeat them less often")
        return layers

    def _layer(self, part: Any) -> Layer:
        if part.data == "formula":
            return self._made(start(part), activation, _unquoted(part.children[0]))
        name, *inside = part.children
        folded = _folded(name)
        item = library_name(str(name))
        if folded in self.known:
            make, allowed = self.known[folded]
            return make(self._call(name, inside, allowed))
        if item is not None:
            call = self._call(name, inside, ())
            if call.rows:
                refuse(self.text, call.at, f"{item} takes numbers and no layers: write {item}, and layers after it")
            text = f"{item}({', '.join(_decimal(x) for x in call.numbers)})" if call.numbers else item
            return self._made(call.at, activation, text)
        return self._unknown(name)

    def _call(self, name: Token, inside: list[Any], allowed: Sequence[str]) -> Call:
        head, rows, numbers, settings = None, [], [], {}
        by_fold = {_folded(word): word for word in allowed}
        for part in filter(None, inside):
            if part.data == "setting":
                word = by_fold.get(_folded(part.children[0]))
                takes = f"it takes {', '.join(allowed)}" if allowed else "it takes no settings by name"
                if word is None:
                    refuse(self.text, start(part), f"{name} has no {part.children[0]}: {takes}")
                if word in settings:
                    refuse(self.text, start(part), f"{word} is given twice: leave one out")
                settings[word] = self._value(word, part.children[1])
            elif part.data == "number":
                numbers.append(_number(part.children[0]))
            elif part.data == "numbers":
                refuse(self.text, start(part), f"{name} takes no bare tuple: write widths=(30, 10)")
            else:
                first, *branches = part.children
                if first is not None and (head is not None or _folded(name) != "parallel"):
                    refuse(self.text, start(part), "a name before a colon belongs to parallel(sum: … | …), once")
                if len(branches) > 1 and _folded(name) != "parallel":
                    refuse(self.text, start(part), "| separates the branches of parallel(sum: … | …)")
                head = first if first is not None else head
                rows += branches
        return Call(str(name), start(name), head, tuple(rows), tuple(numbers), settings)

    def _value(self, word: str, given: Any) -> Any:
        if given.data == "number":
            return _number(given.children[0])
        if given.data == "numbers":
            return tuple(_number(x) for x in given.children if x is not None)
        bare = _bare(given)
        if bare in WORDS:
            return WORDS[bare]
        if word in LAYERS:
            return self._fragment(given)
        if bare is None:
            refuse(self.text, start(given), f"{word} takes {'a word' if word in NAMES else 'a number'}, and no layers")
        if word in NAMES:
            return bare
        return self._made(start(given), _constant, bare, word)

    def _fragment(self, row: Tree) -> Layer:
        layers = self._row(row)
        return layers[0] if len(layers) == 1 else self._chained(row, layers)

    def _chained(self, row: Tree, layers: list[Layer]) -> Network:
        """The layers in sequence; an error names the first layer with which they are invalid."""
        good, bad = 0, len(layers)
        with suppress(NTKSymbolicError):
            return serial(*layers)
        while bad - good > 1:
            middle = (good + bad) // 2
            try:
                serial(*layers[:middle])
                good = middle
            except NTKSymbolicError:
                bad = middle
        return self._made(start(row.children[bad - 1]), serial, *layers[:bad])

    def _made(self, at: int, make: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """The value of make(...). Raises InvalidInput with the place in the text if it fails."""
        try:
            return make(*given, **named)
        except NTKSymbolicError as trouble:
            refuse(self.text, at, trouble)

    def _dense(self, call: Call) -> Layer:
        self._no(call, rows=True, numbers=True, write="dense(W_std=1.4, b_std=0.1)")
        return self._made(call.at, Dense, **call.settings)

    def _residual(self, call: Call) -> Layer:
        self._no(call, numbers=True, write="residual(relu dense, scale=0.5)")
        settings = {**call.settings}
        for body in call.rows:
            if "body" in settings:
                refuse(self.text, call.at, "residual has one body: write residual(relu dense, projection=dense)")
            settings["body"] = self._fragment(body)
        if "body" not in settings:
            refuse(self.text, call.at, "residual needs a body: write residual(relu dense)")
        return self._made(call.at, Residual, **settings)

    def _parallel(self, call: Call) -> Layer:
        self._no(call, numbers=True, write="parallel(sum: relu dense | dense)")
        settings = {**call.settings}
        if call.head is not None:
            if "combine" in settings or call.head not in COMBINATIONS:
                refuse(
                    self.text, call.at, f"{call.head} before the colon: write one of {', '.join(COMBINATIONS)}, once"
                )
            settings["combine"] = str(call.head)
        return self._made(call.at, parallel, *map(self._fragment, call.rows), **settings)

    def _repeat(self, call: Call) -> Layer:
        settings = {**call.settings}
        if call.rows:
            settings["layer"] = self._fragment(call.rows[0])
        if call.numbers:
            settings["times"] = call.numbers[0]
        if set(settings) != {"layer", "times"} or len(call.rows) > 1 or len(call.numbers) > 1:
            refuse(self.text, call.at, "repeat takes a number and layers: write repeat(4, relu dense)")
        times = settings["times"]
        if isinstance(times, int) and times * _size(settings["layer"]) > MAX_LAYERS:
            refuse(self.text, call.at, f"more than {MAX_LAYERS} layers; repeat them less often")
        return self._made(call.at, repeat, settings["layer"], times)

    def _serial(self, call: Call) -> Layer:
        self._no(call, numbers=True, write="serial(dense relu dense)")
        return self._made(call.at, serial, *(layer for row in call.rows for layer in self._row(row)))

    def _mlp(self, call: Call) -> Layer:
        settings = {**({"depth": call.numbers[0]} if call.numbers else {}), **call.settings}
        if call.rows:
            settings["activation"] = _bare(call.rows[0]) if len(call.rows) == 1 else None
        depth = settings.get("depth")
        if len(call.numbers) > 1 or not isinstance(depth, int) or not 0 <= depth <= MAX_LAYERS // 2:
            refuse(self.text, call.at, f"mlp needs a depth, 0 to {MAX_LAYERS // 2}: write mlp(3, activation=relu)")
        return self._made(call.at, mlp, **settings)

    def _activation(self, call: Call) -> Layer:
        bare = _bare(call.rows[0]) if len(call.rows) == 1 else None
        spec = call.settings.get("spec", bare)
        if not isinstance(spec, str) or call.numbers or (call.rows and "spec" in call.settings):
            refuse(self.text, call.at, 'activation takes a name or a formula in quotes: write "u*erf(u)"')
        return self._made(call.at, activation, spec)

    def _one_number(self, kind: type) -> Callable[[Call], Layer]:
        name = fields(kind)[0].name

        def make(call: Call) -> Layer:
            self._no(call, rows=True, write=f"{kind.__name__.lower()}({name}=…), with a number")
            if len(call.numbers) + len(call.settings) > 1:
                refuse(self.text, call.at, f"{call.name} takes one number, {name}")
            return self._made(call.at, kind, *call.numbers, **call.settings)

        return make

    def _no(self, call: Call, rows: bool = False, numbers: bool = False, *, write: str) -> None:
        if (rows and call.rows) or (numbers and call.numbers):
            what = "layers" if rows and call.rows else "number without a name"
            refuse(self.text, call.at, f"{call.name} takes no {what}: write {write}")

    def _unknown(self, name: Token) -> NoReturn:
        other = {_folded(of): remedy for of, remedy in PACKAGE.items() if of[0].isupper()}
        if _folded(name) in other:
            refuse(self.text, start(name), f"{name} is {other[_folded(name)]}")
        near = get_close_matches(_folded(name), [*self.known, *LIBRARY, *ALIASES], n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}? " if near else ""
        names = ", ".join(word for word in self.known if word not in ("serial", "activation"))
        others = 'activations by name, such as relu, or in quotes, such as "u*erf(u)"'
        refuse(self.text, start(name), f"there is no layer {name}; {hint}layers are {names}, {others}")


def _size(layer: Any) -> int:
    """The number of layers, counted with repetitions."""
    parts = getattr(layer, "layers", None) or getattr(layer, "branches", None)
    if parts is None:
        parts = [part for part in (getattr(layer, name, None) for name in LAYERS) if part is not None]
    return sum(map(_size, parts)) + isinstance(layer, Residual) if parts else 1


def _constant(text: str, word: str) -> float:
    from ..notation.expressions import parse

    value = parse(text)
    if value.free_symbols:
        raise InvalidInput(f'{word} is {text!r}: write a number, or one in quotes, such as {word}="sqrt(2)"')
    return float(value)


def _bare(row: Tree) -> str | None:
    """The word of a row with one name, or the text in quotes; None for any other row."""
    if len(row.children) != 1:
        return None
    (part,) = row.children
    if part.data == "formula":
        return _unquoted(str(part.children[0]))
    return str(part.children[0]) if part.children[1:] in ([], [None], [None, None]) else None


def _unquoted(text: str) -> str:
    return text[1:-1]


def _number(text: str) -> float:
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)


def _decimal(number: float) -> str:
    return repr(number)


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def as_network(network: Any) -> Network:
    """A network, or that of a text. Raises InvalidInput."""
    if isinstance(network, str):
        return architecture(network)
    if not isinstance(network, Network):
        raise InvalidInput(f"network is a {type(network).__name__}: pass a network, or the text of one")
    return network
