"""scikit-ntk: `skntk.NeuralTangentKernel`."""

from skntk import NeuralTangentKernel  # type: ignore[import-not-found]


def kernel(X, Y, *, depth, activation, W_std, b_std, get):
    """Its own model, whatever W_std is: see `conventions.from_scikit_ntk`."""
    if activation != "relu" or get != "ntk":
        raise NotImplementedError("scikit-ntk has the NTK of ReLU alone")
    return NeuralTangentKernel(depth, bias=b_std)(X, Y)
