"""One array namespace for every rule, and the functions the array API standard lacks."""

from __future__ import annotations

from functools import cache
from typing import Any

import array_api_compat as compat
import numpy as np

from .errors import InvalidInput


def namespace(*arrays: Any) -> Any:
    """The array API namespace of the arrays (NumPy for Python numbers), `Differentiable` where the library differentiates."""
    held = [x for x in arrays if hasattr(x, "dtype")]
    if not held:
        return np
    xp = compat.array_namespace(*held)
    return _differentiable(xp) if any(compat.is_torch_array(x) or compat.is_jax_array(x) for x in held) else xp


class Differentiable:
    """The namespace of a library that differentiates, with the slopes at 0 that the layer rules need (as in `layers.jets`).

    A kernel depends on √a and sin θ through their squares, or not in first order, wherever it has a derivative. So the
    slope of √x at 0 is set to 0; that of |x| is set to 1, since |c| stands for c, whose sign is restored later; atan2 has
    slope 0 at (0, 0). Libraries multiply the slopes of branches that are not taken by 0, so all of them must be finite.
    """

    def __init__(self, xp: Any):
        self._xp = xp

    def __getattr__(self, name: str) -> Any:
        return getattr(self._xp, name)

    def sqrt(self, x: Any) -> Any:
        xp, zero = self._xp, x == 0
        return xp.where(zero, xp.zeros_like(x), xp.sqrt(xp.where(zero, xp.ones_like(x), x)))

    def abs(self, x: Any) -> Any:
        return self._xp.where(x < 0, -x, x)

    def atan2(self, y: Any, x: Any) -> Any:
        """atan2 of y and x, divided by the larger of the two, since libraries square them."""
        xp = self._xp
        size = xp.maximum(xp.abs(y), xp.abs(x))
        zero = size == 0
        size = xp.where(zero, xp.ones_like(size), size)
        return xp.atan2(y / size, xp.where(zero, xp.ones_like(size), x / size))

    def vecdot(self, x: Any, y: Any) -> Any:
        """The sum of x·y over the last axis; PyTorch's vmap has no rule for that of array-api-compat."""
        return self._xp.sum(x * y, axis=-1)


@cache
def _differentiable(xp: Any) -> Differentiable:
    return Differentiable(xp)


def followed(x: Any) -> bool:
    """True if its library traces operations on x: PyTorch for a gradient, JAX inside a transformed function. Such an array must
    not be converted to numbers: the derivative would be lost, or there are no values yet."""
    if compat.is_torch_array(x):
        return bool(x.requires_grad)
    if compat.is_jax_array(x):
        from jax.core import Tracer  # pyright: ignore[reportMissingImports]

        return isinstance(x, Tracer)
    return False


def occurs(mask: Any, unknown: bool = False) -> bool:
    """True if any entry of the mask is true; `unknown` while JAX traces or PyTorch batches a function, without values."""
    anywhere = namespace(mask).any(mask)
    try:
        return bool(anywhere)
    except (TypeError, RuntimeError):  # JAX raises the first, PyTorch the second
        if not _may_be_traced(mask):
            raise
        return unknown


def positions(mask: Any) -> tuple[Any, Any] | None:
    """Row and column of every true entry, or None if their number is unknown yet: in tracing, and in lazy libraries."""
    if compat.is_dask_array(mask):
        return None
    try:
        return namespace(mask).nonzero(mask)
    except (TypeError, RuntimeError):
        if not _may_be_traced(mask):
            raise
        return None


def _may_be_traced(x: Any) -> bool:
    return compat.is_torch_array(x) or compat.is_jax_array(x)


def replaced(mask: Any, values: Any, otherwise: Any) -> Any:
    """`otherwise` with one of `values` for each true entry of the mask; without writes in place, hence differentiable."""
    size, xp = mask.shape[0] * mask.shape[1], namespace(mask)
    flat, own = xp.reshape(mask, (-1,)), xp.arange(size, device=compat.device(mask))
    index = xp.where(flat, size - 1 + xp.cumulative_sum(xp.astype(flat, own.dtype), dtype=own.dtype), own)
    xp = namespace(otherwise)
    return xp.reshape(xp.take(xp.concat([xp.reshape(otherwise, (-1,)), values]), index), mask.shape)


def in_single(x: Any, xp: Any) -> Any:
    """Half precision (float16, bfloat16) as float32: its numbers are exact there, and results would keep two digits."""
    return x if x.dtype in (xp.float32, xp.float64) else xp.astype(x, xp.float32)


def erf(x: Any) -> Any:
    """The error function; the array library is kept.

    With a namespace other than NumPy, CuPy, PyTorch or JAX the values go through NumPy: SciPy alone would silently
    return a NumPy array.
    """
    if hasattr(x, "mid"):  # a Ball
        return x.erf()
    if compat.is_torch_array(x):
        import torch  # pyright: ignore[reportMissingImports]

        return torch.special.erf(x)
    if compat.is_jax_array(x):
        from jax.scipy.special import erf as jax_erf  # pyright: ignore[reportMissingImports]

        return jax_erf(x)
    if compat.is_cupy_array(x):
        from cupyx.scipy.special import erf as cupy_erf  # pyright: ignore[reportMissingImports]

        return cupy_erf(x)
    from scipy.special import erf as scipy_erf

    return scipy_erf(x) if isinstance(x, (np.ndarray, float)) else namespace(x).asarray(scipy_erf(np.asarray(x)))


def erfi(x: Any) -> Any:
    """−i erf(ix); other arrays are converted to NumPy and back. Raises InvalidInput if NumPy cannot read
    them, such as those that carry a gradient."""
    if hasattr(x, "mid"):  # a Ball
        return x.erfi()
    from scipy.special import erfi as scipy_erfi

    if isinstance(x, (np.ndarray, float)):
        return scipy_erfi(x)
    try:
        values = np.asarray(x)
    except (TypeError, RuntimeError):
        raise InvalidInput("erfi is computed by NumPy, from numbers on the CPU: pass a detached copy") from None
    return namespace(x).asarray(scipy_erfi(values))


def logistic(x: Any) -> Any:
    """1/(1 + exp(−x)), without overflow."""
    if hasattr(x, "mid"):  # a Ball
        return x.logistic()
    xp = namespace(x)
    small = xp.exp(-xp.abs(x))
    return xp.where(x >= 0, 1.0, small) / (1 + small)


def softplus(x: Any) -> Any:
    """log(1 + exp(x)), without overflow."""
    if hasattr(x, "mid"):
        return x.softplus()
    xp = namespace(x)
    return xp.where(x > 0, x, xp.zeros_like(x)) + xp.log1p(xp.exp(-xp.abs(x)))


def sech(x: Any) -> Any:
    """1/cosh(x), without overflow."""
    if hasattr(x, "mid"):
        return x.sech()
    xp = namespace(x)
    small = xp.exp(-xp.abs(x))
    return 2 * small / (1 + small * small)


def exp_rise(x: Any, x_to: Any, step: Any) -> Any:
    """exp(x_to) − exp(x) from step = x_to − x: no cancellation, and no overflow before the result itself."""
    xp = namespace(x, x_to, step)
    return xp.sign(step) * xp.exp(xp.where(step > 0, x_to, x)) * -xp.expm1(-xp.abs(step))


def angle_excess(h: Any, c: Any, r: Any) -> Any:
    """r θ − h for h = r sin θ, c = r cos θ ≥ 0: of third order in θ, by its series where the two are close."""
    xp = namespace(h, c, r)
    angle = xp.atan2(h, c)
    square, series = angle * angle, 1.0
    for n in range(14, 3, -2):  # θ − sin θ = θ³/6 (1 − θ²/(4·5) (1 − θ²/(6·7) (…))); the rest is 1e-18 of it
        series = 1 - square / (n * (n + 1)) * series
    return xp.where(angle < 0.5, r * angle * square / 6 * series, r * angle - h)


def phi2(h: Any, k: Any, r: Any, s: Any) -> Any:
    """P(X ≤ h, Y ≤ k) for standard normal X, Y of correlation r, s = √(1 − r²) > 0, on NumPy arrays. Owen 1956.

    >>> round(float(phi2(-1.0, 2.0, 0.5, 0.75**0.5)), 10)
    0.1585083942
    """
    from scipy.special import ndtr, owens_t

    h, k, r, s = np.broadcast_arrays(h, k, r, s)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = owens_t(h, np.where((h == 0) & (k == 0), 0.0, (k - r * h) / (h * s)))
        right = owens_t(k, np.where((h == 0) & (k == 0), 0.0, (h - r * k) / (k * s)))
    apart = (h * k < 0) | ((h * k == 0) & (h + k < 0))
    value = (ndtr(h) + ndtr(k)) / 2 - left - right - np.where(apart, 0.5, 0.0)
    return np.where((h == 0) & (k == 0), 0.25 + np.arctan2(r, s) / (2 * np.pi), value)
