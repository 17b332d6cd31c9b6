"""The number of units of each place of a sampled network; sums, products and concatenations fix proportions."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from ..errors import InvalidInput
from ..inputs import as_count
from ..networks.graph import INPUT, Graph, Node

LARGEST = 10**6  # denominators of the shares of a concatenation


class Widths:
    """The places of a graph in groups: the numbers of units of a group are known up to one factor.

    ratio    of each place, to the narrowest of its group.
    hidden   the Dense layers whose number of units is to be chosen; the others have one unit for each output.
    step     whole widths of the narrowest have to be multiples of it.
    Raises InvalidInput, naming the layer, for units that no widths make equal in number.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._tied: dict[int, tuple[int, Fraction]] = {INPUT: (INPUT, Fraction(1))}
        for node in graph.nodes:
            self._tied[node.place] = node.place, Fraction(1)
            for place, ratio in _tied(node):
                self._tie(node, place, ratio)
        self.group = {place: self._found(place)[0] for place in self._tied}
        narrowest = {
            root: min(self._found(place)[1] for place in self.group if self.group[place] == root)
            for root in self.group.values()
        }
        self.ratio = {place: self._found(place)[1] / narrowest[root] for place, root in self.group.items()}
        self.step = lcm(*(ratio.denominator for ratio in self.ratio.values()))
        last = self.group[graph.nodes[-1].place]
        # Units that another Dense reads are hidden ones, even if they are summands of the outputs: they are many.
        self.wide_output = any(self.group[place] == last for node in graph.of("linear") for place in node.inputs)
        self._last = None if self.wide_output else last
        self.hidden = tuple(node for node in graph.of("linear") if self.group[node.place] != self._last)

    def sizes(self, features: int, width: int | Sequence[int], outputs: int = 1, own: bool = True) -> dict[int, int]:
        """The number of units of every place.

        width   of every Dense, the narrowest where proportions are fixed; or a sequence, one for each of `hidden`.
        own     whether a Dense that has a width keeps it.
        Raises InvalidInput, naming the argument and the remedy.
        """
        units: dict[int, tuple[Fraction, str]] = {self.group[INPUT]: (Fraction(features), "the inputs")}
        if self._last is not None:
            units[self._last] = Fraction(outputs), "the outputs"
        several = width if isinstance(width, tuple | list) else None
        if several is not None and len(several) != len(self.hidden):
            raise InvalidInput(
                f"width has {len(several)} entries and the network {len(self.hidden)} hidden Dense layers; "
                "pass one integer, or one for each of them"
            )
        for number, node in enumerate(self.hidden):
            if several is not None:
                self._fix(units, node, as_count(several[number], "width", 1))
            if own and node.width is not None:
                self._fix(units, node, node.width)
        if several is None:
            least = as_count(width, "width", 1)
            free = [root for root in self.group.values() if root not in units]
            if free and least % self.step:
                raise InvalidInput(
                    f"width is {least}, which does not divide into the proportions of what is concatenated: "
                    f"pass a multiple of {self.step}"
                )
            units.update((root, (Fraction(least), "")) for root in free)
        sizes = {}
        for place, root in self.group.items():
            size = self.ratio[place] * units[root][0]
            if size.denominator != 1:
                raise InvalidInput(
                    f"width of {units[root][1]} does not divide into the proportions of what is concatenated: "
                    f"pass a multiple of {self.step}"
                )
            sizes[place] = size.numerator
        last = sizes[self.graph.nodes[-1].place]
        if outputs > last:
            raise InvalidInput(f"outputs is {outputs}, and the outputs are units of a layer of width {last}: widen it")
        return sizes

    def _fix(self, units: dict[int, tuple[Fraction, str]], node: Node, number: int) -> None:
        root, ratio = self.group[node.place], self.ratio[node.place]
        known, layer = units.setdefault(root, (number / ratio, node.layer))
        if known * ratio != number:
            raise InvalidInput(
                f"width of {node.layer} is {number}, and {layer} needs {float(known * ratio):g}, as their units are added, "
                "multiplied, or concatenated in fixed proportions: give them widths that fit"
            )

    def _found(self, place: int) -> tuple[int, Fraction]:
        """The representative of a group, and how many times its units the place has."""
        above, ratio = self._tied[place]
        if above == place:
            return place, ratio
        root, further = self._found(above)
        self._tied[place] = root, ratio * further
        return self._tied[place]

    def _tie(self, node: Node, place: int, ratio: Fraction) -> None:
        """The units of `place` are `ratio` times those of the node."""
        (root, own), (other, others) = self._found(node.place), self._found(place)
        if root != other:
            self._tied[other] = root, ratio * own / others
        elif others != ratio * own:
            raise InvalidInput(f"{node.layer} meets units that differ in number at any width: put a Dense before it")


def _tied(node: Node) -> list[tuple[int, Fraction]]:
    """The places whose units are in a fixed proportion to those the node makes."""
    if node.word == "linear":
        return []
    shares = [1.0] * len(node.inputs) if node.word != "concat" else node.argument
    return [(place, Fraction(share).limit_denominator(LARGEST)) for place, share in zip(node.inputs, shares)]
