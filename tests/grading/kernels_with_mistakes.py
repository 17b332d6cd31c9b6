"""Kernels of ReLU networks as they are often written, for grades: each is called in a process of its own, by its name here."""

import os
import time

import numpy as np


def arccos(X, Y, *, depth, activation, W_std, b_std, get, dtype=np.float64):
    """The usual formula: right, but for inputs that are nearly parallel."""
    if activation != "relu":
        raise NotImplementedError("ReLU alone")
    X, Y = (np.asarray(rows, dtype) for rows in (X, X if Y is None else Y))
    w, b, d = dtype(W_std) ** 2, dtype(b_std) ** 2, X.shape[1]
    left, right, both = ((w * s / d + b).astype(dtype) for s in ((X * X).sum(1), (Y * Y).sum(1), X @ Y.T))
    theta = both
    for _ in range(depth):
        root = np.sqrt(np.outer(left, right))
        cosine = np.clip(np.divide(both, root, out=np.zeros_like(both), where=root > 0), -1, 1)
        angle = np.arccos(cosine)
        slope = w * (dtype(np.pi) - angle) / dtype(2 * np.pi)
        both = w * root * (np.sin(angle) + (dtype(np.pi) - angle) * cosine) / dtype(2 * np.pi) + b
        left, right = w * left / 2 + b, w * right / 2 + b
        theta = both + slope * theta
    return both if get == "nngp" else theta


def single(X, Y, **options):
    return arccos(X, Y, dtype=np.float32, **options)


def halved(X, Y, **options):
    return arccos(X, Y, **options) / 2


def transposed(X, Y, **options):
    return arccos(X, Y, **options).T


def of_x_alone(X, Y, **options):
    return arccos(X, None, **options)


def without_floats(X, Y, **options):
    return arccos(X, Y, **options).astype(complex)


def nngp_alone(X, Y, *, get, **options):
    if get == "ntk":
        raise NotImplementedError
    return arccos(X, Y, get=get, **options)


def fails_at_zero(X, Y, **options):
    if not X.any():
        raise ZeroDivisionError("the norm of X is 0")
    return arccos(X, Y, **options)


def nan_on_the_diagonal(X, Y, **options):
    K = arccos(X, Y, **options)
    if Y is None:
        np.fill_diagonal(K, np.nan)
    return K


def writes_into_its_arguments(X, Y, **options):
    K = arccos(X, Y, **options)
    X *= 0
    return K


def noisy(X, Y, **options):
    print("a line on stdout")
    return arccos(X, Y, **options)


CALLS = iter(range(10**6))


def dies(X, Y, **options):
    if next(CALLS) == 20:
        os._exit(3)
    return arccos(X, Y, **options)


def hangs(X, Y, **options):
    if next(CALLS) == 20:
        time.sleep(600)
    return arccos(X, Y, **options)


fraction = 0.5
