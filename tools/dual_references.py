"""Writes tests/references/atlas.json: κ and κ̇ of the library's activations where floating point has it hardest.

    python tools/dual_references.py        minutes on one core

κ = ∫ φ(√a z) M(ρ√b z, √b √(1 − ρ²)) γ(dz) with M(m, s) = E φ(N(m, s²)), by mpmath's tanh-sinh rule at 40 digits. The inner
means are textbook (truncated normal moments, Williams 1997) and typed here on purpose: nothing of the package is used.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mpmath import erf as Erf
from mpmath import erfc as Erfc
from mpmath import mp, mpf, quad

FILE = Path(__file__).parents[1] / "tests" / "references" / "atlas.json"
mp.dps = 40  # before any constant is made
KEPT, LARGEST = 25, mpf("1e300")
TINY, HUGE, NEAR = 2.0**-20, 2.0**20, 2.0**-27
VARIANCES = [(1.0, 1.0), (TINY, TINY), (HUGE, HUGE), (TINY, HUGE), (0.25, 4.0)]
CORRELATIONS = [-1.0, NEAR - 1, -0.999, -0.5, 0.0, 0.5, 0.999, 1 - NEAR, 1.0]


def pdf(z):
    return mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)


def cdf(z):
    return Erfc(-z / mp.sqrt(2)) / 2


def ramp(n):
    """φ = max(u, 0)ⁿ and its mean: the truncated moments, from those of order 0 and 1 up."""

    def phi(u):
        return (u**n if n else mpf(1)) if u > 0 else mpf(0)

    def mean(m, s):
        if s == 0:
            return phi(m)
        older, old = cdf(m / s), m * cdf(m / s) + s * pdf(m / s)
        if n == 0:
            return older
        for k in range(2, n + 1):
            older, old = old, m * old + (k - 1) * s * s * older
        return old

    return phi, mean


def combined(*weighted):
    """Σ k f(±u)"""
    phi = lambda u: sum(k * f[0](sign * u) for k, sign, f in weighted)  # noqa: E731
    return phi, lambda m, s: sum(k * f[1](sign * m, s) for k, sign, f in weighted)


def bump(n):
    """uⁿ exp(−u²), n = 0 or 1: the Gaussian tilted."""
    return (
        lambda u: u**n * mp.exp(-u * u),
        lambda m, s: (m / (1 + 2 * s * s)) ** n * mp.exp(-m * m / (1 + 2 * s * s)) / mp.sqrt(1 + 2 * s * s),
    )


def gelu_mean(m, s):
    w = mp.sqrt(1 + s * s)
    return m * cdf(m / w) + s * s / w * pdf(m / w)


def gelu_slope_mean(m, s):
    """E Φ(x) + E x pdf(x)"""
    w = mp.sqrt(1 + s * s)
    return cdf(m / w) + m / w**3 * pdf(m / w)


STEP, RAMP = ramp(0), ramp(1)
SIN = (mp.sin, lambda m, s: mp.exp(-s * s / 2) * mp.sin(m))
COS = (mp.cos, lambda m, s: mp.exp(-s * s / 2) * mp.cos(m))
EXP = (mp.exp, lambda m, s: mp.exp(m + s * s / 2))
ONE = (lambda u: mpf(1), lambda m, s: mpf(1))
LEAK = mpf(1) / 100
# name: (φ, its mean), (φ', its mean); None where φ jumps
ACTIVATIONS = {
    "relu": (RAMP, STEP),
    "leaky_relu": (combined((1, 1, RAMP), (-LEAK, -1, RAMP)), combined((1, 1, STEP), (LEAK, -1, STEP))),
    "abs": (combined((1, 1, RAMP), (1, -1, RAMP)), combined((1, 1, STEP), (-1, -1, STEP))),
    "relu2": (ramp(2), combined((2, 1, RAMP))),
    "relu3": (ramp(3), combined((3, 1, ramp(2)))),
    "step": (STEP, None),
    "sign": (combined((1, 1, STEP), (-1, -1, STEP)), None),
    "erf": (
        (Erf, lambda m, s: Erf(m / mp.sqrt(1 + 2 * s * s))),
        combined((2 / mp.sqrt(mp.pi), 1, bump(0))),
    ),
    "gelu": ((lambda u: u * cdf(u), gelu_mean), (lambda u: cdf(u) + u * pdf(u), gelu_slope_mean)),
    "sin": (SIN, COS),
    "cos": (COS, combined((-1, 1, SIN))),
    "gaussian": (bump(0), combined((-2, 1, bump(1)))),
    "exp": (EXP, EXP),
    "identity": ((lambda u: u, lambda m, s: m), ONE),
}


def expectation(f, a, b, c):
    """E f(u) f(v); the line is cut at 0 and around it, at the scales on which f(√a z) and M change."""
    phi, mean = f
    s, t = mp.sqrt(a), mp.sqrt(b)
    slope = mpf(c) / s
    left = t * mp.sqrt(max(1 - (mpf(c) / (s * t)) ** 2, mpf(0)))
    scales = {1 / s, 1 / t, mpf(1)} | ({left / abs(slope)} if slope and left else set())
    steps = {k * x for x in scales for k in (1, 4, 12) if k * x < 13} | {mpf(4), mpf(13)}
    cuts = sorted({mpf(0), *steps, *(-x for x in steps)})
    return quad(lambda z: phi(s * z) * mean(slope * z, left) * pdf(z), cuts)


def oscillating(name, a, b, c):
    """sin, cos and exp from E exp(αu + βv) = exp(α²a/2 + αβc + β²b/2): their integrals turn too often or grow too far."""
    half, c = (mpf(a) + mpf(b)) / 2, mpf(c)
    if name == "exp":
        return (mp.exp(half + c),) * 2
    minus, plus = mp.exp(c - half) / 2, mp.exp(-c - half) / 2
    even, odd = minus + plus, minus - plus
    return (odd, even) if name == "sin" else (even, odd)


def row(name, a, b, c):
    if name in ("sin", "cos", "exp"):
        values = oscillating(name, a, b, c)
    else:
        values = [None if f is None else expectation(f, a, b, c) for f in ACTIVATIONS[name]]
    return [name, a, b, c, *(None if x is None or abs(x) > LARGEST else mp.nstr(x, KEPT) for x in values)]


def main():
    rows = []
    for name in ACTIVATIONS:
        for a, b in VARIANCES:
            rows += [row(name, a, b, rho * float(mp.sqrt(mpf(a) * b))) for rho in CORRELATIONS]
        print(name, file=sys.stderr)
    lines = ",\n".join(map(json.dumps, rows))
    head = '{"columns": ["activation", "a", "b", "c", "kappa", "kappa_dot"], "rows": [\n'
    FILE.write_text(f"{head}{lines}\n]}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
