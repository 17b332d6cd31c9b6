"""The protocols of layers and of the words in which their rules are written.

A layer is a frozen description with one rule, which computes its output from its input in words independent of numbers,
formulas and samples. The tracer records the words of a network as a `Graph`; every reading interprets that graph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

Units = Any  # the units of one place in the network, opaque to rules


def as_it_is(x: Any) -> Any:
    return x


@dataclass(frozen=True)
class Gain:
    """The scale of fresh parameters: the kernel of their output is std² times that of their input.

    std      the standard deviation of the parameters, times √fan-in for weights.
    rate     the factor of their learning rate, 0 if they are not trained.
    fan_in   None for NTK parameterisation, in which ∂/∂θ includes std; in the standard one the number of parameters of
             each kind that one unit sums: Θ grows with it. 0 means that the number is unknown.
    absent   True for a bias of scale 0 that is no parameter, where one of positive scale is trained.
    Source: Jacot et al. 2018, section 2; Sohl-Dickstein et al. 2020, arXiv 2001.07301, for the standard parameterisation.
    """

    std: Any
    rate: float = 1.0
    fan_in: int | None = None
    absent: bool = False

    def square(self, number: Callable[[Any], Any] = as_it_is) -> Any:
        """std²; `number` converts a float to the arithmetic in use."""
        # a product overflows to inf, which a later error reports with the layer's number; ** would raise OverflowError
        std = number(self.std)
        return std * std

    def tangent(self, number: Callable[[Any], Any] = as_it_is) -> Any:
        """The factor of the kernel of these parameters in Θ: std² if they are `plain`."""
        if not self.rate:
            return number(0.0)
        whole = self.square(number) if self.fan_in is None else number(self.fan_in)
        return whole if self.rate == 1 else number(self.rate) * whole

    @property
    def plain(self) -> bool:
        """True if the parameters are trained, at rate 1, in NTK parameterisation."""
        return self.rate == 1 and self.fan_in is None


class Share(float):
    """A proportion of units: a float that also holds its exact fraction, which 1/3 as a float is not."""

    exact: Any

    def __new__(cls, exact: Any) -> Share:
        share = super().__new__(cls, exact)
        share.exact = exact
        return share


class Words(Protocol):
    """The words that a rule may apply to units; their kernels are those of the limit of infinite width."""

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
        """The sum of independent summands, with cross terms m m' if two of them have means."""
        ...

    def product(self, *factors: Units) -> Units:
        """The product, unit by unit, of independent factors: K' = ∏ K, Θ' = Σ Θ ∏ of the other K."""
        ...

    def concat(self, branches: tuple[Units, ...], shares: tuple[int, ...]) -> Units:
        """The concatenated units; shares are the proportions of their numbers: K' = Σ share·K, Θ' likewise."""
        ...

    def scaled(self, x: Units, factor: float) -> Units:
        """x times a number: K' = factor² K, Θ' = factor² Θ."""
        ...

    def elementwise(self, x: Units, phi: Any) -> Units:
        """φ of every unit: K' = κ(K), Θ' = κ̇(K) Θ. x must be Gaussian."""
        ...

    def centred(self, x: Units) -> Units:
        """x minus its mean over the units: K' = K − m m'."""
        ...

    def normalised(self, x: Units, eps: float = 0.0) -> Units:
        """x divided by its root mean square over the units: K' = K/√((a + eps)(b + eps)), Θ' likewise."""
        ...

    def dropped(self, x: Units, keep: float) -> Units:
        """Each unit kept with probability `keep` and divided by it, otherwise 0, for each input: K'(x, x) = K(x, x)/keep."""
        ...


@runtime_checkable
class Layer(Protocol):
    """A frozen, hashable description with one rule."""

    def rule(self, K: Any, x: Units) -> Units: ...
