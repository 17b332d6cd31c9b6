"""Digits and enclosures of residual, parallel, normalised, frozen and dropped networks: against recursions written out."""

import mpmath
import numpy as np
import plain
import pytest

RELU, ERF, SIN = ("phi", "relu"), ("phi", "erf"), ("phi", "sin")


def dense(W_std, b_std=0.0):
    return "dense", W_std, b_std


def block(W_std=0.7, b_std=0.0, scale=1.0):
    return "residual", [RELU, dense(W_std, b_std)], scale


FROZEN, BIASES = {"train": False}, {"train": "biases"}

# the architectures of tests/references/branching.json, and what they leave out
ARCHITECTURES = {
    "residual": [dense(1.3, 0.2), block(1.1, 0.1), RELU, dense(1.2, 0.3)],
    "scaled branches": [dense(2**0.5), block(2**-0.5), block(2**-0.5), dense(1.0)],
    "layer norm": [dense(1.5, 0.2), ("layer_norm", 1e-12), RELU, dense(1.2, 0.1), ("layer_norm", 0.5), ERF, dense(1.0)],
    "standard": [
        ("with", {"W_std": w, "b_std": b, "width": n, "parameterization": "standard"}) if n else RELU
        for w, b, n in ((1.3, 0.2, 7), (0, 0, 0), (1.1, 0, 11), (0, 0, 0), (0.9, 0.3, 1))
    ],
    "product": [("product", [dense(1.3, 0.2), RELU], [dense(1.1, 0.1)]), dense(1.2, 0.1)],
    "dropout": [dense(1.3, 0.2), RELU, ("dropout", 0.8), dense(1.1, 0.1), ERF, ("dropout", 0.5), dense(1.0)],
    "frozen all but first": [
        dense(1.3, 0.2),
        RELU,
        ("with", {"W_std": 1.1, "b_std": 0.1, **FROZEN}),
        RELU,
        ("with", {"W_std": 0.9, "b_std": 0.3, **FROZEN}),
    ],
    "biases only": [
        ("with", {"W_std": 1.3, "b_std": 0.2, **BIASES}),
        RELU,
        ("with", {"W_std": 0.9, "b_std": 0.3, **BIASES}),
    ],
    "skip after an activation": [dense(1.3, 0.2), RELU, ("residual", [dense(1.1, 0.1), RELU]), dense(0.9, 0.3)],
    "layer norm after an activation": [dense(1.3, 0.2), RELU, ("layer_norm", 1e-3), dense(1.1, 0.3)],
    "sum of two activations": [("sum", [dense(1.3, 0.2), RELU], [dense(0.8), ("phi", "cos")]), dense(1.1)],
    "thirds": [dense(1.2, 0.4), ("concat", (1, 1, 1), [dense(1.0), RELU], [dense(0.9), SIN], [dense(0.5)]), dense(1.1)],
    "rates": [
        ("with", {"W_std": 1.2, "rate": 0.1}),
        ("phi", "abs"),
        ("with", {"W_std": 1.1, "b_std": 0.2, "rate": 3.0}),
    ],
    "nested": [
        dense(1.4),
        (
            "residual",
            [RELU, dense(0.9), block(0.8, 0.2, -0.5), ("layer_norm", 0.1), ERF, dense(0.7)],
            0.5,
            [dense(0.6)],
        ),
        ("rms_norm",),
        ("phi", "u**2 + u/2"),
        ("layer_norm",),
        ("dropout", 0.75),
        dense(1.0, 0.1),
    ],
}

ONE = np.array([1.0, 2.0, -1.0])
OTHER = np.array([0.5, -1.0, 3.0])
NEAR = [ONE + gap * OTHER for gap in (1e-3, 1e-12)]
ROWS = [OTHER, *NEAR, 3 * ONE, -ONE, -0.5 * ONE, ONE]


def close(found, truth, size, digits=40):
    """So many digits, where it is not less than 10^−digits of √(K(x, x) K(y, y))."""
    with mpmath.workdps(digits + 5):
        return abs(found - truth) <= 2 * mpmath.mpf(10) ** -digits * max(abs(truth), size * mpmath.mpf(10) ** -digits)


def inside(lo, truth, hi):
    return mpmath.mpf(float(lo)) <= truth <= mpmath.mpf(float(hi))


def narrow(lo, hi):
    return hi <= np.nextafter(np.nextafter(lo, np.inf), np.inf)


def agrees(description, X, Y, digits=40, kinds=("nngp", "ntk")):
    """Are digits and enclosures those of the plain recursion? Y None: X with itself."""
    net = plain.build(description)
    precise, enclosed = (net.kernel(X, Y, get=kinds, **how) for how in ({"precision": digits}, {"certified": True}))
    for i, x in enumerate(X):
        for j, y in enumerate(X if Y is None else Y):
            *truth, size = plain.kernels(description, x, y, Y is None and i == j)
            for kind, found, (lo, hi) in zip(kinds, precise, enclosed, strict=True):
                true = truth[kind == "ntk"]
                assert close(found[i, j], true, size, digits), (kind, i, j)
                assert inside(lo[i, j], true, hi[i, j]), (kind, i, j)
                assert narrow(lo[i, j], hi[i, j]) or hi[i, j] - lo[i, j] <= 2.0**-99 * size, (kind, i, j)
    return True


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_word_has_its_digits_and_lies_within_its_bounds(name):
    assert agrees(ARCHITECTURES[name], [ONE], ROWS)
    assert agrees(ARCHITECTURES[name], [ONE, OTHER, ONE], None)
