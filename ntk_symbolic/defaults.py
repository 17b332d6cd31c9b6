"""The default network: one set of defaults for Python, the command line and every page.

√2 and 0.1 keep the signals of deep networks at their size: that W_std is the edge of chaos of ReLU (He et al. 2015,
arXiv 1502.01852). A `Dense` layer that is written out by itself has W_std = 1 and b_std = 0, as in neural-tangents.
"""

ACTIVATION = "relu"
DEPTH = 3  # hidden layers
W_STD = 2**0.5
B_STD = 0.1


def described(activation: str, depth: int, W_std: float, b_std: float) -> str:
    """The description of the computed network, in one line of text."""
    return f"{activation}, depth {depth}, W_std {W_std:.6g}, b_std {b_std:.6g}"
