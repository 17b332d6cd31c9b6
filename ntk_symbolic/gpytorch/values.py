"""The values of a kernel as one operation of PyTorch, with its gradients in the scales and in the inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..dynamics.kernels import KernelOf
from ..errors import NTKSymbolicError

SCALES = ("W_std", "b_std")
ROWS = 32  # of the diagonal, whose derivatives are read off square blocks


class Values(torch.autograd.Function):
    """K(x, y) of one network: (n, m), or (n,) for the diagonal; `same` says that the rows of y are those of x.

    The gradients in the scales are those of the derived formulas. Those in the inputs are PyTorch's own, through the layer
    rules, which are made to be finite at equal, opposite and zero rows.
    """

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any, weights: Any, biases: Any, kernel: Any, same: bool, diagonal: bool) -> Any:
        ctx.kernel = KernelOf(kernel.network_of(x.shape[-1], weights.item(), biases.item()), kernel.get)
        ctx.same, ctx.diagonal = same, diagonal
        ctx.save_for_backward(x, y, weights, biases)
        values = _values(ctx, _array(x), None if same else _array(y))
        return torch.from_numpy(np.ascontiguousarray(values)).to(x)

    @staticmethod
    def backward(ctx: Any, slope: Any) -> Any:
        if torch.is_grad_enabled():  # these gradients carry no graph: terms of a second derivative would be lost
            raise NTKSymbolicError(
                "the kernel has no second derivatives in PyTorch: call backward without create_graph"
            )
        x, y, *scales = ctx.saved_tensors
        out: list[Any] = [None] * 7
        free = [k for k in (0, 1) if ctx.needs_input_grad[2 + k]]
        if free:
            found = _elasticities(ctx, _array(x), None if ctx.same else _array(y), tuple(SCALES[k] for k in free))
            for k, value in zip(free, np.tensordot(_array(slope), found, slope.ndim), strict=True):
                out[2 + k] = scales[k].new_tensor(value / scales[k].item())
        if any(ctx.needs_input_grad[:2]):
            out[:2] = _in_inputs(ctx, x, y, slope)
        return tuple(out)


def _values(ctx: Any, x: Any, y: Any) -> Any:
    return ctx.kernel.network.diagonal(x, ctx.kernel.get) if ctx.diagonal else ctx.kernel(x, y)


def _elasticities(ctx: Any, x: np.ndarray, y: np.ndarray | None, names: tuple[str, ...]) -> np.ndarray:
    """∂K/∂log s by the names: (n, m, number of names), of the diagonal (n, number of names)."""
    if not ctx.diagonal:
        return ctx.kernel.elasticities(x, names, y)
    blocks = [x[i : i + ROWS] for i in range(0, len(x), ROWS)]
    return np.concatenate([np.einsum("iik->ik", ctx.kernel.elasticities(block, names)) for block in blocks])


def _in_inputs(ctx: Any, x: Any, y: Any, slope: Any) -> list[Any]:
    """The gradients in x and y as two matrices, also where they have the same rows: PyTorch adds them where they are one."""
    with torch.enable_grad():
        rows = [z.detach().cpu().double().requires_grad_() for z in (x, y)]
        if ctx.diagonal:
            values, rows = _values(ctx, rows[0], None), rows[:1]
        else:
            if ctx.same:
                ctx.kernel.require_one_mask()
            values = _values(ctx, *rows)
        along = torch.autograd.grad(values, rows, slope.cpu().double())
    return [*(value.to(x) for value in along), None][:2]


def _array(x: Any) -> np.ndarray:
    """In float64: a kernel that was rounded to float32 may have no Cholesky factor."""
    return x.detach().cpu().double().numpy()
