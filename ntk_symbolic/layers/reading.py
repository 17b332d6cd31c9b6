"""The protocol of an activation in numbers, which every rule for pairs of inputs uses for any source of κ and κ̇.

Only this module distinguishes the kinds of compiled activations and the class that reads each; a test checks this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from ..activations.numbers.compiled import Compiled, Far
from ..activations.numbers.integral import Integral
from ..activations.numbers.series import Series
from ..errors import InvalidInput
from .closed import Closed
from .integrated import Integrated
from .pair import Means, Pair


class Reading(Protocol):
    """φ in numbers with its parameters bound; a denotes variances: an array of any library, or jets if `portable`."""

    @property
    def compiled(self) -> Any:
        """The code and numbers of the activation."""
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
        """True if φ jumps anywhere."""
        ...

    @property
    def degree(self) -> float | None:
        """n with φ(su) = sⁿ φ(u) for s > 0, None if there is none."""
        ...

    @property
    def limit(self) -> float:
        """The least variance at which E φ(u)² is infinite; inf if it is finite at every variance."""
        ...

    @property
    def homogeneous(self) -> tuple[float, float] | None:
        """(p², q²) for φ = p u + q|u|, None for any other φ."""
        ...

    @property
    def far(self) -> Far | None:
        """κ and κ̇ of a whole tile in place, None if they are computed as for any other pair."""
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
        """The largest frequency of waves in φ that integrals must resolve, in radians per unit of u; 0 if there are none."""
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
        """`elementwise` on jets. slope() returns the reading of φ', of the same kind as φ; it is called only if needed."""
        ...


def reading_of(compiled: Compiled | Integral | Series, parameters: tuple[float, ...] = ()) -> Reading:
    """The reading of a compiled activation; integrals and series already contain their parameters."""
    return Closed(compiled, parameters) if isinstance(compiled, Compiled) else Integrated(compiled)


def require_numbers(f: Reading, name: object, *arrays: Any) -> None:
    """Raises InvalidInput, naming the activation, if f needs NumPy and NumPy cannot read these arrays."""
    if f.portable:
        return
    for x in arrays:
        try:
            np.asarray(x)
        except (TypeError, RuntimeError) as trouble:  # raised by JAX, CuPy or PyTorch
            said = str(trouble).partition("\n")[0].partition(". ")[0]
            raise InvalidInput(
                f"κ and κ̇ of {name} are integrals, which NumPy computes from numbers on the CPU ({said}): pass a detached "
                "copy; derivatives of the kernel are those of Network.derivative"
            ) from None
