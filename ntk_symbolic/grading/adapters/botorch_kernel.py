"""BoTorch: `botorch.models.kernels.InfiniteWidthBNNKernel`."""

import torch  # type: ignore[import-not-found]
from botorch.models.kernels import InfiniteWidthBNNKernel  # type: ignore[import-not-found]


def kernel(X, Y, *, depth, activation, W_std, b_std, get):
    """Its variances are squares of deviations: see `conventions.from_botorch`."""
    if activation != "relu" or get != "nngp":
        raise NotImplementedError("BoTorch has the NNGP kernel of ReLU alone")
    found = InfiniteWidthBNNKernel(depth).to(torch.float64)
    found.weight_var, found.bias_var = W_std**2, b_std**2
    X = torch.from_numpy(X)
    with torch.no_grad():
        return found(X, X if Y is None else torch.from_numpy(Y)).to_dense().numpy()
