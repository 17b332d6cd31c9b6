"""The words in which the rule of a layer is written, and what a layer is.

A layer is a frozen description with one rule: how its output is made of its input, in words that say nothing of numbers,
formulas or samples. The tracer writes the words of a network down as a `Graph`; every reading interprets that graph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

Units = Any  # the units of one place in the network; a rule passes them on and looks at nothing in them


def as_it_is(x: Any) -> Any:
    return x


@dataclass(frozen=True)
class Gain:
    """The scale of fresh parameters: the kernel of what they make is std² times what they meet.

    std      the standard deviation of the parameters, times √fan-in for weights.
    rate     the factor of their learning rate, 0 where they are not trained.
    fan_in   None for NTK parameterisation, in which ∂/∂θ carries std as well; in the standard one the number of parameters
             of each kind that one unit sums: Θ grows with it. 0 stands for a number that is not known.
    Source: Jacot et al. 2018, section 2; Sohl-Dickstein et al. 2020, arXiv 2001.07301, for the standard parameterisation.
    """

    std: Any
    rate: float = 1.0
    fan_in: int | None = None

    def square(self, number: Callable[[Any], Any] = as_it_is) -> Any:
        """std²; `number` takes a float to the arithmetic that is meant."""
        # a product overflows to inf, which is noticed later with the layer's number; ** would raise OverflowError
        std = number(self.std)
        return std * std

    def tangent(self, number: Callable[[Any], Any] = as_it_is) -> Any:
        """What the kernel of these parameters is multiplied by in Θ: std² where they are trained as they stand."""
        if not self.rate:
            return number(0.0)
        whole = self.square(number) if self.fan_in is None else number(self.fan_in)
        return whole if self.rate == 1 else number(self.rate) * whole

    @property
    def plain(self) -> bool:
        """Are the parameters trained, at rate 1, in NTK parameterisation?"""
        return self.rate == 1 and self.fan_in is None


class Share(float):
    """A proportion of units: a float that knows the fraction it stands for, which 1/3 is not."""

    exact: Any

    def __new__(cls, exact: Any) -> Share:
        share = super().__new__(cls, exact)
        share.exact = exact
        return share


class Words(Protocol):
    """What a rule may say of the units it is given. The kernel each word makes is that of the limit of infinite width."""

    def apply(self, layer: Layer, x: Units) -> Units:
        """The rule of another layer; messages name it."""
        ...

    def linear(self, x: Units, gain: Gain, width: int | None = None) -> Units:
        """Fresh weights, summed over x: K' = std² K, Θ' = tangent·K + std² Θ. Gaussian, mean 0."""
        ...

    def constant(self, like: Units, gain: Gain) -> Units:
        """A fresh bias for each unit of `like`: K' = std² for all inputs, Θ' = tangent."""
        ...

    def join(self, *summands: Units) -> Units:
        """The sum of independent summands; cross terms m m' where two of them have means."""
        ...

    def product(self, *factors: Units) -> Units:
        """The product, unit by unit, of independent factors: K' = ∏ K, Θ' = Σ Θ ∏ of the other K."""
        ...

    def concat(self, branches: tuple[Units, ...], shares: tuple[int, ...]) -> Units:
        """Units side by side; shares are the proportions of their numbers: K' = Σ share·K, Θ' likewise."""
        ...

    def scaled(self, x: Units, factor: float) -> Units:
        """x times a number: K' = factor² K, Θ' = factor² Θ."""
        ...

    def elementwise(self, x: Units, phi: Any) -> Units:
        """φ of every unit: K' = κ(K), Θ' = κ̇(K) Θ. x has to be Gaussian."""
        ...

    def centred(self, x: Units) -> Units:
        """x less its mean over the units: K' = K − m m'."""
        ...

    def normalised(self, x: Units, eps: float = 0.0) -> Units:
        """x over its root mean square over the units: K' = K/√((a + eps)(b + eps)), Θ' likewise."""
        ...

    def dropped(self, x: Units, keep: float) -> Units:
        """Each unit kept with probability `keep`, over keep, else 0, for every input on its own: K'(x, x) = K(x, x)/keep."""
        ...


@runtime_checkable
class Layer(Protocol):
    """A frozen, hashable description with one rule."""

    def rule(self, K: Any, x: Units) -> Units: ...
