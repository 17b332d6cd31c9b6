"""The recursion at 150 digits, from the duals of the literature; it shares no code with the package.

Inputs 1e-12 apart cost 24 digits, and a chaotic network of 50 layers magnifies errors by up to 1e50.
"""

from __future__ import annotations

import re

import mpmath
import numpy as np
from mpmath import mp, mpf

DIGITS = 150


def rectifier(alpha):
    """The duals of u above 0, αu below (Cho & Saul 2009, orders 0 and 1); relu is α = 0, |u| is α = −1."""

    def dual(a, b, c):
        r = mpmath.sqrt(a * b)
        cosine = c / r if r else mpf(0)  # at a zero vector κ̇ meets a tangent kernel that is zero
        theta = mpmath.acos(max(min(cosine, mpf(1)), mpf(-1)))
        bend = (1 - alpha) ** 2 / (2 * mp.pi)
        return bend * (r * mpmath.sin(theta) + (mp.pi - theta) * c) + alpha * c, bend * (mp.pi - theta) + alpha

    return dual


def erf(a, b, c):
    """Williams 1997."""
    size = (1 + 2 * a) * (1 + 2 * b)
    return 2 / mp.pi * mpmath.asin(2 * c / mpmath.sqrt(size)), 4 / (mp.pi * mpmath.sqrt(size - 4 * c * c))


def dual_of(name):
    if name == "erf":
        return erf
    leaky = re.fullmatch(r"leaky_relu\((.*)\)", name)
    return rectifier(mpf(leaky[1]) if leaky else {"relu": mpf(0), "abs": mpf(-1)}[name])


def kernels(name, depth, W_std, b_std, x, y):
    """(nngp, ntk) of `mlp(depth, name, W_std, b_std)` at (x, x), (y, y), (x, y), with floats as exact numbers."""
    with mpmath.workdps(DIGITS):
        dual, w, bias = dual_of(name), mpf(float(W_std)) ** 2, mpf(float(b_std)) ** 2
        x, y = ([mpf(float(t)) for t in z] for z in (x, y))
        pairs = ((x, x), (y, y), (x, y))
        sigma = [w * mpmath.fdot(s, t) / len(s) + bias for s, t in pairs]
        theta = list(sigma)
        for _ in range(depth):
            a, b, _ = sigma
            found = [dual(a, a, a), dual(b, b, b), dual(*sigma)]
            sigma = [w * kappa + bias for kappa, _ in found]
            theta = [s + w * slope * t for s, (_, slope), t in zip(sigma, found, theta, strict=True)]
        return sigma, theta


def error(found, exact):
    """The error measure of references/README.md for found (2, 2) and exact (xx, yy, xy); zeros must be exact."""
    xx, yy, xy = exact
    values = zip((found[0, 0], found[1, 1], found[0, 1], found[1, 0]), (xx, yy, xy, xy), strict=True)
    floor = mpmath.sqrt(xx * yy) / 100
    return max(float(abs(mpf(float(v)) - e) / (max(abs(e), floor) or mpf("1e-300"))) for v, e in values)


def chaotic(name, W_std, b_std):
    """True if χ₁ = W_std² E φ'(u)² > 1 at the fixed point of the variance; χ₁ of a rectifier depends on no variance."""
    if name != "erf":
        _, slope = dual_of(name)(mpf(1), mpf(1), mpf(1))
        return W_std**2 * slope > 1
    q = 1.0
    for _ in range(1000):
        q = W_std**2 * 2 / np.pi * np.arcsin(2 * q / (1 + 2 * q)) + b_std**2
    return W_std**2 * 4 / np.pi / np.sqrt(1 + 4 * q) > 1


# ---- inputs of every geometry ---------------------------------------------------------------------------------------

GEOMETRIES = (
    "generic",
    "identical",
    "antipodal",
    "near",
    "near antipodal",
    "nearly orthogonal",
    "parallel, other length",
    "antiparallel, other length",
    "nearly parallel, other length",
    "near in direction and length",
    "one feature",
    "many features",
    "many features, near",
    "a zero vector",
    "one entry differs",
)


def inputs(geometry, rng):
    """(2, d) float64 rows; norms from 1e-3 to 1e3, gaps from 1e-12 to 1e-3."""
    d = {"one": 1, "many": 1000}.get(geometry.split()[0], int(rng.integers(2, 8)))
    d = d if geometry != "one entry differs" else 5
    size, gap = 10 ** rng.uniform(-3, 3), 10 ** rng.uniform(-12, -3)
    x, other = rng.standard_normal((2, d))
    apart = gap * other * np.linalg.norm(x) / np.linalg.norm(other)
    factor = 10 ** rng.uniform(-3, 3)
    y = {
        "generic": other,
        "identical": x,
        "antipodal": -x,
        "near": x + apart,
        "near antipodal": -x + apart,
        "nearly orthogonal": other - (other @ x) / (x @ x) * x + apart,
        "parallel, other length": factor * x,
        "antiparallel, other length": -factor * x,
        "nearly parallel, other length": factor * (x + apart),
        "near in direction and length": x * (1 + gap),
        "one feature": other,
        "many features": other,
        "many features, near": x + apart,
        "a zero vector": 0 * x,
        "one entry differs": x + gap * np.eye(d)[0],
    }[geometry]
    return size * np.array([x, y])


def networks(rng):
    """(depth, W_std, b_std): depths 1 to 50, W_std 0.5 to 3, b_std 0 or up to 1."""
    depth = int(rng.choice([1, 2, 3, 5, 10, 20, 50]))
    return depth, float(rng.uniform(0.5, 3)), float(rng.choice([0.0, rng.uniform(0, 1)]))
