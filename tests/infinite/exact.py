"""The recursion at 120 digits, from the duals as the literature writes them; written for the tests, shared with nothing.

120 digits: inputs 1e-12 apart halve them once, and a chaotic network of 50 layers magnifies what is left by up to 1e30.
"""

from __future__ import annotations

import mpmath
from mpmath import mp, mpf

DIGITS = 120


def rectifier(alpha):
    """u for u > 0, αu below: arc-cosine kernels of order 0 and 1 (Cho & Saul 2009). relu is α = 0, |u| is α = −1."""
    alpha = mpf(alpha)

    def dual(a, b, c):
        r = mpmath.sqrt(a * b)
        if r == 0:
            return mpf(0), (1 + alpha**2) / 4 + alpha / 2 if False else None
        theta = mpmath.acos(max(min(c / r, mpf(1)), mpf(-1)))
        bend, pi = (1 - alpha) ** 2 / (2 * mp.pi), mp.pi
        kappa = bend * (mpmath.sqrt(max(a * b - c * c, 0)) + (pi - theta) * c) + alpha * c
        return kappa, bend * (pi - theta) + alpha

    return dual
