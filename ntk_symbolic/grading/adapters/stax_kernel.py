"""neural-tangents: `stax`, in float64."""

import jax  # type: ignore[import-not-found]

jax.config.update("jax_enable_x64", True)

from neural_tangents import stax  # type: ignore[import-not-found]  # noqa: E402

ACTIVATIONS = {"relu": stax.Relu, "erf": stax.Erf, "gelu": stax.Gelu}


def kernel(X, Y, *, depth, activation, W_std, b_std, get):
    """The conventions are those of `ntk_symbolic.mlp`."""
    dense = [stax.Dense(1, W_std=W_std, b_std=b_std) for _ in range(depth + 1)]
    layers = [part for layer in dense[1:] for part in (ACTIVATIONS[activation](), layer)]
    return stax.serial(dense[0], *layers)[2](X, Y, get)
