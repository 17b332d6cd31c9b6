"""Kernels of GPyTorch, which are also those of BoTorch. Needs the extra `gpytorch`."""

try:
    from .kernels import NetworkKernel, NTKKernel
except ImportError as missing:
    if not (missing.name or "").startswith(("gpytorch", "torch")):
        raise
    raise ImportError("ntk_symbolic.gpytorch needs GPyTorch: pip install 'ntk_symbolic[gpytorch]'") from None

__all__ = ["NTKKernel", "NetworkKernel"]
