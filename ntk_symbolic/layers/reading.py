"""An activation in numbers: the one protocol that every rule for pairs of inputs reads, whatever κ and κ̇ are computed from.

This module alone knows the kinds of compiled activations and which class reads each; a test holds it to that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from ..activations.numbers.compiled import Compiled
from ..activations.numbers.integral import Integral
from ..activations.numbers.series import Series
from ..errors import InvalidInput
from .closed import Closed
from .integrated import Integrated
from .pair import Means, Pair


class Reading(Protocol):
    """φ in numbers, its parameters bound. a stands for variances: an array of any library, or jets where `portable`."""

    @property
    def compiled(self) -> Any:
        """Code and numbers that it reads."""
        ...

    @property
    def parity(self) -> int:
        """1 for an even φ, −1 for an odd one, 0 for any other."""
        ...

    @property
    def jump_points(self) -> tuple[float, ...]:
        """The places where φ jumps."""
        ...

    @property
    def jumps(self) -> bool:
        """True if there are any."""
        ...

    @property
    def degree(self) -> float | None:
        """n where φ(su) = sⁿ φ(u) for s > 0, None where there is none."""
        ...

    @property
    def limit(self) -> float:
        """The variance from which on E φ(u)² is infinite; inf where it is finite at every variance."""
        ...

    @property
    def homogeneous(self) -> tuple[float, float] | None:
        """(p², q²) for φ = p u + q|u|, None for any other φ."""
        ...

    @property
    def closed(self) -> bool:
        """True if φ has a dual in closed form; values without one are sums of a series, with a bounded or estimated error."""
        ...

    @property
    def portable(self) -> bool:
        """True if the rules run on arrays of every library, and on jets; otherwise NumPy computes them from numbers."""
        ...

    @property
    def frequency(self) -> float:
        """The radians in one unit of u of the fastest wave that integrals have to follow; 0 where there is none."""
        ...

    def value(self, p: Pair) -> Any:
        """κ(a, b, c)."""
        ...

    def slope(self, p: Pair) -> Any:
        """κ̇(a, b, c)."""
        ...

    def mean(self, a: Any) -> Any:
        """E φ(u), u ~ N(0, a)."""
        ...

    def means(self, p: Pair) -> Means:
        """E φ(u), E φ(v) and their difference."""
        ...

    def square(self, a: Any) -> Any:
        """κ(a, a, a) = E φ(u)²."""
        ...

    def slope_square(self, a: Any) -> Any:
        """κ̇(a, a, a) = E φ'(u)²."""
        ...

    def elementwise(self, p: Pair) -> Pair:
        """(a, b, c, sin², Θ) ↦ (κ_aa, κ_bb, κ, sin²', κ̇ Θ)."""
        ...

    def moving(self, p: Pair, slope: Callable[[], Any]) -> Pair:
        """The same on jets. slope() is the reading of φ', of the kind that φ has; it is called only where it is needed."""
        ...


def reading_of(compiled: Compiled | Integral | Series, parameters: tuple[float, ...] = ()) -> Reading:
    """The reading of a compiled activation. Integrals and series have their parameters in them already."""
    return Closed(compiled, parameters) if isinstance(compiled, Compiled) else Integrated(compiled)


def require_numbers(f: Reading, name: object, *arrays: Any) -> None:
    """Raises InvalidInput, naming the activation, where NumPy has to read f and cannot read these arrays."""
    if f.portable:
        return
    for x in arrays:
        try:
            np.asarray(x)
        except (TypeError, RuntimeError) as trouble:  # of JAX, CuPy or PyTorch
            said = str(trouble).partition("\n")[0].partition(". ")[0]
            raise InvalidInput(
                f"κ and κ̇ of {name} are integrals, which NumPy computes from numbers on the CPU ({said}): pass a detached "
                "copy; derivatives of the kernel are those of Network.derivative"
            ) from None
