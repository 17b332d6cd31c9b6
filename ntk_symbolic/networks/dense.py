"""The affine layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from ..elsewhere import SCALES, WIDTH
from ..errors import InvalidInput
from ..inputs import as_count, as_scalar
from .words import Gain, Units

Layer = TypeVar("Layer")

TRAINED = (True, False, "weights", "biases")
PARAMETERIZATIONS = ("ntk", "standard")


def _scales_by_keyword(layer: type[Layer]) -> type[Layer]:
    """The class with scales by keyword only; in other libraries the first argument of a dense layer is its width, and the
    error names its place here."""
    build = layer.__init__
    known = tuple(layer.__annotations__)

    @wraps(build)
    def checked(self: Any, *width: Any, **scales: Any) -> None:
        unknown = [name for name in scales if name not in known]
        if width or unknown:
            remedies = dict.fromkeys(SCALES.get(name, WIDTH) for name in unknown) if unknown else [WIDTH]
            raise InvalidInput(
                f"Dense takes W_std and b_std by keyword, and was given {', '.join([*map(repr, width), *unknown])}: write "
                f"Dense(W_std=1.5, b_std=0.1); {'; '.join(remedies)}"
            )
        build(self, **scales)

    layer.__init__ = checked
    return layer


@_scales_by_keyword
@dataclass(frozen=True, kw_only=True, repr=False)
class Dense:
    """x ↦ (W_std/√n) W x + b_std b, n the width of x, all entries of W and b i.i.d. standard normal.

    W_std, b_std      finite numbers ≥ 0, by keyword. The width is an argument of `Network.sample`; see also `width`.
    train             True, False (frozen: in Σ, not in Θ), "weights" or "biases".
    rate              the factor > 0 of the learning rate of the trained parameters; it multiplies their part of Θ.
    parameterization  "ntk", or "standard": W/√n is the parameter itself, so its part of Θ is n times as large, with n the
                      width of the layer before (of the inputs, their number of features). There b_std = 0 is no bias with
                      train=True, and a trained bias that starts at 0 with train="biases".
    width             of this layer, for the standard parameterisation of the next one.
    Raises InvalidInput for anything else.
    Source: Jacot et al. 2018, section 2 (their β is b_std); conventions of neural-tangents; Sohl-Dickstein et al. 2020,
    arXiv 2001.07301, for the standard parameterisation.
    """

    W_std: float = 1.0
    b_std: float = 0.0
    train: bool | str = True
    rate: float = 1.0
    parameterization: str = "ntk"
    width: int | None = None

    def __post_init__(self) -> None:
        for name in ("W_std", "b_std", "rate"):
            object.__setattr__(self, name, as_scalar(getattr(self, name), name))
        if not any(self.train is known for known in (True, False)) and self.train not in TRAINED[2:]:
            raise InvalidInput(f'train is {self.train!r}: pass True, False, "weights" or "biases"')
        if not self.rate:
            raise InvalidInput("rate is 0: pass train=False for a layer that is not trained")
        if self.parameterization not in PARAMETERIZATIONS:
            raise InvalidInput(f'parameterization is {self.parameterization!r}: pass "ntk" or "standard"')
        if self.width is not None:
            object.__setattr__(self, "width", as_count(self.width, "width", 1))

    def __repr__(self) -> str:
        others = [
            f"{name}={getattr(self, name)!r}"
            for name, usual in (("train", True), ("rate", 1.0), ("parameterization", "ntk"), ("width", None))
            if getattr(self, name) != usual
        ]
        return f"Dense({', '.join([f'W_std={self.W_std!r}', f'b_std={self.b_std!r}', *others])})"

    def rule(self, K: Any, x: Units) -> Units:
        h = K.linear(x, self.gain("weights"), self.width)
        return K.join(h, K.constant(h, self.gain("biases")))

    def gain(self, which: str) -> Gain:
        """The gain of "weights" or of "biases"."""
        fan_in = None if self.parameterization == "ntk" else 1  # that of weights is the width of their inputs
        std = self.W_std if which == "weights" else self.b_std
        # b_std = 0 is no bias, unless biases alone are trained: then they start at 0
        absent = which == "biases" and self.train is True and not std
        trained = self.train in (True, which) and not absent
        return Gain(std, self.rate if trained else 0.0, fan_in, absent)

    def variance(self, q: Any, number: Callable[[Any], Any] = float) -> Any:
        """W_std² q + b_std²"""
        return self.gain("weights").square(number) * q + self.gain("biases").square(number)
