"""The affine layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from ..elsewhere import WIDTH
from ..errors import InvalidInput
from ..inputs import as_scalar
from .pair import Pair

Layer = TypeVar("Layer")


def _as_it_is(x: Any) -> Any:
    return x


def _scales_by_keyword(layer: type[Layer]) -> type[Layer]:
    """In other libraries the first argument of a dense layer is its width: the error says where that goes here."""
    build = layer.__init__

    @wraps(build)
    def checked(self: Any, *width: Any, **scales: Any) -> None:
        others = [*map(repr, width), *(name for name in scales if name not in ("W_std", "b_std"))]
        if others:
            raise InvalidInput(
                f"Dense takes W_std and b_std by keyword, and was given {', '.join(others)}: write "
                f"Dense(W_std=1.5, b_std=0.1); {WIDTH}"
            )
        build(self, **scales)

    layer.__init__ = checked
    return layer


@_scales_by_keyword
@dataclass(frozen=True, kw_only=True)
class Dense:
    """x ↦ (W_std/√n) W x + b_std b, n the width of x, all entries of W and b i.i.d. standard normal.

    W_std, b_std   finite numbers ≥ 0, by keyword. A width is no part of the layer: it is given to `Network.sample`.
    Raises InvalidInput for anything else.
    Source: Jacot et al. 2018, section 2 (their β is b_std); conventions of neural-tangents.
    """

    W_std: float = 1.0
    b_std: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "W_std", as_scalar(self.W_std, "W_std"))
        object.__setattr__(self, "b_std", as_scalar(self.b_std, "b_std"))

    def squares(self, number: Callable[[Any], Any] = _as_it_is) -> tuple[Any, Any]:
        """W_std² and b_std²; `number` takes a float to the arithmetic that is meant."""
        # a product overflows to inf, which is noticed later with the layer's number; ** would raise OverflowError
        w, bias = number(self.W_std), number(self.b_std)
        return w * w, bias * bias

    def variance(self, q: Any, number: Callable[[Any], Any] = _as_it_is) -> Any:
        w, bias = self.squares(number)
        return w * q + bias

    def tangent(self, c: Any, ntk: Any, number: Callable[[Any], Any] = _as_it_is) -> Any:
        """Θ' = Σ' + W_std² Θ, with c = Σ' the covariance after this layer."""
        return c + self.squares(number)[0] * ntk

    def __call__(self, p: Pair) -> Pair:
        w, bias = self.squares()
        a, b, c = self.variance(p.a), self.variance(p.b), self.variance(p.c)
        ntk = None if p.ntk is None else self.tangent(c, p.ntk)
        sin2 = self._sin2(p, a, b) if bias and w else self._degenerate(p)
        return Pair(a, b, c, sin2, self._rise(p, a, b), ntk)

    def _degenerate(self, p: Pair) -> Any:
        """Without bias angles stay; without weights every input becomes the same one."""
        return p.sin2 if self.W_std else 0 * p.sin2

    def _sin2(self, p: Pair, a: Any, b: Any) -> Any:
        """ab − c² = w²(ab − c²) + w·bias·(a + b − 2c), divided by ab; every term is ≥ 0.

        a + b − 2c is blind to the bias; for c > 0 it is (√a − √b)² + 2(√(ab) − c), which subtracts nothing close.
        (At c = 0 as it stands: where a = 0 too, √(ab) has no derivative, which `jets` would need.)
        """
        xp = p.xp
        w, bias = self.squares()
        spread = xp.where(p.c > 0, p.rise * p.rise + 2 * p.g, p.a + p.b - 2 * p.c)
        r = xp.sqrt(a) * xp.sqrt(b)
        return (w * p.r / r) ** 2 * p.sin2 + (w * spread / r) * (bias / r)

    def _rise(self, p: Pair, a: Any, b: Any) -> Any:
        """√a' − √b' = w (a − b)/(√a' + √b')"""
        xp = p.xp
        total = xp.sqrt(a) + xp.sqrt(b)
        gain = self.W_std * self.W_std * (xp.sqrt(p.a) + xp.sqrt(p.b)) / xp.where(total > 0, total, xp.ones_like(total))
        return gain * p.rise
