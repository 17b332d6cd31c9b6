"""Gauss's quadrature rules, nodes and weights, each made once."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

Array = np.ndarray


@cache
def legendre(count: int) -> tuple[Array, Array]:
    """For integrals over [−1, 1], in floats. The weights are NumPy's: at 64 nodes they have twelve digits."""
    return _kept(*np.polynomial.legendre.leggauss(count))


@cache
def hermite(count: int) -> tuple[Array, Array]:
    """For expectations of a standard normal variable, in floats."""
    x, w = np.polynomial.hermite_e.hermegauss(count)
    return _kept(x, w / np.sqrt(2 * np.pi))


@cache
def rounded_legendre(count: int) -> tuple[Array, Array]:
    """For integrals over [−1, 1], rounded from 30 digits."""
    from mpmath import mp

    with mp.workdps(30):
        nodes, weights = legendre_in_digits(count)
        return _kept(np.array(nodes, dtype=float), np.array(weights, dtype=float))


def legendre_in_digits(count: int) -> tuple[list[Any], list[Any]]:
    """For integrals over [−1, 1], to mpmath's working precision."""
    from mpmath import mp

    nodes = [mp.mpf(float(x)) for x in legendre(count)[0]]
    for _ in range(max(2, mp.prec.bit_length() - 5)):  # Newton's rule doubles the 50 bits of NumPy's
        nodes = [x - value / slope for x in nodes for value, slope in [_polynomial(x, count)]]
    return nodes, [2 / ((1 - x * x) * _polynomial(x, count)[1] ** 2) for x in nodes]


def _polynomial(x: Any, degree: int) -> tuple[Any, Any]:
    """Legendre's P and P'."""
    before, now = 0 * x + 1, x
    for k in range(2, degree + 1):
        before, now = now, ((2 * k - 1) * x * now - (k - 1) * before) / k
    return now, degree * (x * now - before) / (x * x - 1)


def _kept(*arrays: Array) -> tuple[Array, Array]:
    """Callers share them, and may not write into them."""
    for array in arrays:
        array.setflags(write=False)
    return arrays[0], arrays[1]
