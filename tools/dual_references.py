"""Writes tests/references/atlas.json: κ and κ̇ of the library's activations where floating point is hardest.

    python tools/dual_references.py              all of them, an hour on one core
    python tools/dual_references.py probit elu   these alone, the others unchanged

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


def shifted(f, h):
    """f(u + h)"""
    return lambda u: f[0](u + h), lambda m, s: f[1](m + h, s)


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


def decay():
    """φ = exp(u) for u ≤ 0: the Gaussian moved by s²."""
    return (
        lambda u: mp.exp(u) if u <= 0 else mpf(0),
        lambda m, s: decay()[0](m) if s == 0 else mp.exp(m + s * s / 2) * cdf(-(m + s * s) / s),
    )


def wavelet(*, slope):
    """φ = exp(−u²) sin u, or φ': the Gaussian tilted, then E sin(y), E cos(y), E y sin(y) at its new mean and variance."""

    def phi(u):
        return mp.exp(-u * u) * (mp.cos(u) - 2 * u * mp.sin(u) if slope else mp.sin(u))

    def mean(m, s):
        w = 1 + 2 * s * s
        at, var = m / w, s * s / w
        sin, cos = mp.sin(at), mp.cos(at)
        value = cos - 2 * (at * sin + var * cos) if slope else sin
        return mp.exp(-m * m / w - var / 2) / mp.sqrt(w) * value

    return phi, mean


STEP, RAMP = ramp(0), ramp(1)
SIN = (mp.sin, lambda m, s: mp.exp(-s * s / 2) * mp.sin(m))
COS = (mp.cos, lambda m, s: mp.exp(-s * s / 2) * mp.cos(m))
EXP = (mp.exp, lambda m, s: mp.exp(m + s * s / 2))
ONE = (lambda u: mpf(1), lambda m, s: mpf(1))
LEAK = mpf(1) / 100
SCALE, ALPHA = mpf("1.0507009873554804934193349852946"), mpf("1.6732632423543772848170429916717")  # of selu


def exponential_unit(scale, alpha):
    """scale · (u for u > 0, α(exp(u) − 1) below), and its slope."""
    below = combined((1, 1, decay()), (-1, -1, STEP))
    return combined((scale, 1, RAMP), (scale * alpha, 1, below)), combined(
        (scale, 1, STEP), (scale * alpha, 1, decay())
    )


def clipped(low, high, k):
    """k min(max(u − low, 0), high − low), and its slope."""
    return tuple(combined((k, 1, shifted(f, -low)), (-k, 1, shifted(f, -high))) for f in (RAMP, STEP))


SIXTH = mpf(1) / 6
SWISH = [combined((1, 1, shifted(ramp(2), h)), (-h, 1, shifted(RAMP, h))) for h in (3, -3)]  # u max(u + h, 0)
SWISH_SLOPE = [combined((2, 1, shifted(RAMP, h)), (-h, 1, shifted(STEP, h))) for h in (3, -3)]
HALF = mpf(1) / 2
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
    "probit": (
        (cdf, lambda m, s: cdf(m / mp.sqrt(1 + s * s))),
        (pdf, lambda m, s: pdf(m / mp.sqrt(1 + s * s)) / mp.sqrt(1 + s * s)),
    ),
    "elu": exponential_unit(1, 1),
    "selu": exponential_unit(SCALE, ALPHA),
    "softshrink": (
        combined((1, 1, shifted(RAMP, -HALF)), (-1, -1, shifted(RAMP, -HALF))),
        combined((1, 1, shifted(STEP, -HALF)), (1, -1, shifted(STEP, -HALF))),
    ),
    "relu6": clipped(0, 6, 1),
    "hard_tanh": (combined((1, 1, clipped(-1, 1, 1)[0]), (-1, 1, ONE)), clipped(-1, 1, 1)[1]),
    "hard_sigmoid": clipped(-3, 3, SIXTH),
    "hard_swish": tuple(combined((SIXTH, 1, f), (-SIXTH, 1, g)) for f, g in (SWISH, SWISH_SLOPE)),
    "gabor": (wavelet(slope=False), wavelet(slope=True)),
}
# breakpoints of φ other than 0
BENDS = {
    "softshrink": (-HALF, HALF),
    "relu6": (6,),
    "hard_tanh": (-1, 1),
    "hard_sigmoid": (-3, 3),
    "hard_swish": (-3, 3),
}


def expectation(f, a, b, c, bends=()):
    """E f(u) f(v); the line is divided at and around 0 and breakpoints of f, at the scales on which f(√a z) and M change."""
    phi, mean = f
    s, t = mp.sqrt(a), mp.sqrt(b)
    slope = mpf(c) / s
    left = t * mp.sqrt(max(1 - (mpf(c) / (s * t)) ** 2, mpf(0)))
    scales = {1 / s, 1 / t, mpf(1)} | ({left / abs(slope)} if slope and left else set())
    steps = {k * x for x in scales for k in (1, 4, 12) if k * x < 13} | {mpf(4), mpf(13)}
    cuts = {mpf(0), *steps, *(-x for x in steps)}
    for bend in bends:
        cuts |= {bend / s} | ({bend / slope + k * left / slope for k in (-12, -4, -1, 0, 1, 4, 12)} if slope else set())
    cuts = sorted(x for x in cuts if abs(x) <= 13)
    return quad(lambda z: phi(s * z) * mean(slope * z, left) * pdf(z), cuts)


def oscillating(name, a, b, c):
    """sin, cos and exp from E exp(αu + βv) = exp(α²a/2 + αβc + β²b/2): their integrals oscillate or grow too much."""
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
        values = [None if f is None else expectation(f, a, b, c, BENDS.get(name, ())) for f in ACTIVATIONS[name]]
    return [name, a, b, c, *(None if x is None or abs(x) > LARGEST else mp.nstr(x, KEPT) for x in values)]


def main(chosen):
    """Rows of the chosen names, or of all, in the order of ACTIVATIONS."""
    filed = json.loads(FILE.read_text(encoding="utf-8"))["rows"] if chosen else []
    rows = []
    for name in ACTIVATIONS:
        if chosen and name not in chosen:
            rows += [each for each in filed if each[0] == name]
            continue
        for a, b in VARIANCES:
            rows += [row(name, a, b, rho * float(mp.sqrt(mpf(a) * b))) for rho in CORRELATIONS]
        print(name, file=sys.stderr)
    lines = ",\n".join(json.dumps(each) for each in rows)
    head = '{"columns": ["activation", "a", "b", "c", "kappa", "kappa_dot"], "rows": [\n'
    FILE.write_text(f"{head}{lines}\n]}}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
