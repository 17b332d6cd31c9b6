"""A network as a graph: the words of its layers in order of evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..errors import InvalidInput, NoDerivative, NoReading

INPUT = 0  # the place of the inputs


@dataclass(frozen=True)
class Node:
    """One word. `place` is the number of its output, `inputs` are the places it reads.

    argument   the gain of `linear` and `constant`, φ of `elementwise`, the number or numbers of the other words, or None
    layer      the name in messages of the layer that uses the word
    number     the count of `linear` words up to here: the number of the Dense layer, for words that belong to one
    gaussian   True if its units are Gaussian in the limit
    mean       True if the mean of its units is not 0 and a later word needs it
    width      the number of units that a Dense itself specifies; the limit does not depend on it
    """

    word: str
    place: int
    inputs: tuple[int, ...]
    argument: Any
    layer: str
    number: int
    gaussian: bool
    mean: bool = False
    width: int | None = None

    def norm_of_zero(
        self, rows: str = "X", remedy: str = "give a layer before it b_std, or leave the row out"
    ) -> InvalidInput:
        """The error of a reading in which `normalised` divides 0 by 0."""
        return InvalidInput(
            f"the input of {self.layer} is 0 for a row of {rows}, and 0/0 is no number: pass eps, {remedy}"
        )

    def require_continuous_tangent(self) -> None:
        """Raises NoDerivative for a bias of scale 0 with which Θ jumps as soon as the scale is positive."""
        if self.argument.absent and self.argument.fan_in is not None:
            raise NoDerivative(
                f"the NTK has no derivative with respect to b_std: {self.layer} has no bias at b_std=0, and above it one whose "
                'part of Θ does not vanish with b_std, in standard parameterization; take get="nngp", or b_std above 0'
            )


@dataclass(frozen=True)
class Graph:
    """Nodes in order of evaluation, the output last; depth is the number of hidden layers on the longest path."""

    nodes: tuple[Node, ...]
    depth: int

    def run(self, reading: Any, first: Any) -> Any:
        """The value of a reading at the output, from its value at the inputs.

        A reading has a method for each word, which takes the node and the values at the node's inputs. Raises NoReading,
        naming the layer, for a word that the reading lacks.
        """
        self.require(reading)
        made = {INPUT: first}
        for node in self.nodes:
            made[node.place] = getattr(reading, node.word)(node, *(made[place] for place in node.inputs))
            for place in self._finished[node.place]:
                del made[place]
        return made[self.nodes[-1].place]

    def require(self, reading: Any) -> None:
        """Raises NoReading if the reading lacks a word of this network."""
        for node in self.nodes:
            if not hasattr(reading, node.word):
                raise NoReading(reading.name, node.layer, reading.remedy)

    def require_widths(self) -> None:
        """Raises InvalidInput if Θ grows with the number of units of a place and that number is unknown."""
        for node in self.of("linear"):
            if node.argument.fan_in == 0 and node.argument.rate and node.inputs != (INPUT,):
                raise InvalidInput(
                    f"Θ of {node.layer}, in standard parameterization, grows with the width of the layer before it, which is "
                    "not given: pass width=512, or the like, to the Dense before it"
                )

    @cached_property
    def _finished(self) -> dict[int, list[int]]:
        """The places that are last read at each node, so that their matrices can be freed."""
        last = {place: node.place for node in self.nodes for place in node.inputs}
        out: dict[int, list[int]] = {node.place: [] for node in self.nodes}
        for place, reader in last.items():
            out[reader].append(place)
        return out

    def of(self, word: str) -> Iterator[Node]:
        """The nodes with this word."""
        return (node for node in self.nodes if node.word == word)

    @cached_property
    def activations(self) -> tuple[Any, ...]:
        """Every φ, once for each place where it occurs."""
        return tuple(node.argument for node in self.of("elementwise"))

    @cached_property
    def denses(self) -> int:
        """The number of Dense layers."""
        return sum(1 for _ in self.of("linear"))
