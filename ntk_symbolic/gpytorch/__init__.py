"""Kernels of GPyTorch with learned W_std and b_std, for Gaussian processes there and in BoTorch. Needs the extra `gpytorch`.

>>> import torch
>>> from ntk_symbolic.gpytorch import NTKKernel
>>> NTKKernel(depth=1, activation="erf", get="nngp")(torch.tensor([[0.0, 1.0], [1.0, 0.0]])).to_dense().shape
torch.Size([2, 2])
"""

try:
    from .kernels import NetworkKernel, NTKKernel
except ImportError as missing:
    if (missing.name or "").split(".")[0] not in ("gpytorch", "torch"):
        raise
    raise ImportError(
        "ntk_symbolic.gpytorch needs PyTorch and GPyTorch 1.13 or newer: pip install 'ntk_symbolic[gpytorch]'"
    ) from None

__all__ = ["NTKKernel", "NetworkKernel"]
