"""The values of a kernel as one operation of PyTorch, with its gradients in the scales and in the inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from torch.autograd.function import once_differentiable  # pyright: ignore[reportMissingImports]

from ..dynamics.kernels import KernelOf

SCALES = ("W_std", "b_std")
ROWS = 32  # of the diagonal, whose derivatives are read off square blocks


class Values(torch.autograd.Function):
    """K(x, y) of one network: (n, m), or (n,) for the diagonal; y is None where it is x.

    The gradients in the scales are those of the derived formulas. Those in the inputs are PyTorch's own, through the layer
    rules, which are made to be finite at equal, opposite and zero rows.
    """

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any, weights: Any, biases: Any, kernel: Any, diagonal: bool) -> Any:
        network = kernel.network_of(x.shape[-1], weights.item(), biases.item())
        ctx.network, ctx.get, ctx.diagonal, ctx.moved = network, kernel.get, diagonal, y is not None
        ctx.save_for_backward(x, x if y is None else y, weights, biases)
        values = _values(network, _array(x), None if y is None else _array(y), kernel.get, diagonal)
        return torch.from_numpy(np.ascontiguousarray(values)).to(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Any) -> Any:
        x, y, weights, biases = ctx.saved_tensors
        y = y if ctx.moved else None
        out = [None] * 6
        wanted = [k for k in (0, 1) if ctx.needs_input_grad[2 + k]]
        if wanted:
            found = _elasticities(ctx, x, y, tuple(SCALES[k] for k in wanted))
            along = np.tensordot(_array(slope), found, slope.ndim)
            for k, value in zip(wanted, along, strict=True):
                scale = (weights, biases)[k]
                out[2 + k] = scale.new_tensor(value / scale.item())
        inputs = [k for k in (0, 1) if ctx.needs_input_grad[k]]
        if inputs:
            with torch.enable_grad():
                rows = [None if z is None else z.detach().cpu().double().requires_grad_() for z in (x, y)]
                values = _values(ctx.network, *rows, ctx.get, ctx.diagonal)
                along = torch.autograd.grad(values, [rows[k] for k in inputs], slope.cpu().double())
            for k, value in zip(inputs, along, strict=True):
                out[k] = value.to(x)
        return tuple(out)


def _values(network: Any, x: Any, y: Any, get: str, diagonal: bool) -> Any:
    return network.diagonal(x, get) if diagonal else network.kernel(x, y, get)


def _elasticities(ctx: Any, x: Any, y: Any, names: tuple[str, ...]) -> np.ndarray:
    """∂K/∂log s by the names: (n, m, number of names), of the diagonal (n, number of names)."""
    kernel, x = KernelOf(ctx.network, ctx.get), _array(x)
    if not ctx.diagonal:
        return kernel.elasticities(x, names, None if y is None else _array(y))
    blocks = [x[i : i + ROWS] for i in range(0, len(x), ROWS)]
    return np.concatenate([np.einsum("iik->ik", kernel.elasticities(block, names)) for block in blocks])


def _array(x: Any) -> np.ndarray:
    """In float64: a kernel that was rounded to float32 may have no Cholesky factor."""
    return x.detach().cpu().double().numpy()
