"""Writes tests/references/outside.json: κ and κ̇ of activations that have no closed dual.

    python tools/outside_references.py        ten minutes on one core

Everything is computed at two step sizes that must agree, from the definitions typed here; nothing of the package is used.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mpmath import mp, mpf

FILE = Path(__file__).parents[1] / "tests" / "references" / "outside.json"
mp.dps = 34
KEPT, AGREED, LARGEST = (
    20,
    mpf(10) ** -20,
    11.5,
)  # digits on file, the tolerated difference of two steps, standard deviations
FIRST = [
    (0.576, 2.573, 0.61),
    (0.914, 1.587, -0.116),
    (2.024, 2.408, -1.704),
    (0.362, 0.362, 0.362),
    (0.362, 0.362, -0.362),
]
SQUARE = {
    1e-6: (-1, 0.5, 1),
    1.0: (-1, -0.5, 0, 0.5, 0.999, 1),
    25.0: (-0.5, 0.999, 1),
    100.0: (-1, -0.5, 0, 0.5, 0.999, 1),
}
COVARIANCES = [*FIRST, *((q, q, rho * q) for q, each in SQUARE.items() for rho in each), (1e-6, 100.0, 0.005)]


@dataclass(frozen=True)
class Phi:
    both: Callable  # u ↦ (φ(u), φ'(u))
    strip: float | None  # φ is analytic in |Im u| < strip; None: φ(u) = g(|u|) sign(u), g analytic


def tanh(u):
    t = mp.tanh(u)
    return t, 1 - t * t


def sigmoid(u):
    e = mp.exp(-abs(u))
    above = 1 / (1 + e)
    return (above if u > 0 else e * above), e * above * above


def softplus(u):
    return max(u, mpf(0)) + mp.log1p(mp.exp(-abs(u))), sigmoid(u)[0]


def silu(u):
    s, slope = sigmoid(u)
    return u * s, s + u * slope


def mish(u):
    """tanh log(1 + e^u) = n/(n + 2), n = e^2u + 2e^u; both are divided by e^2u where u > 0."""
    e = mp.exp(-abs(u))
    n, m, slope = (1 + 2 * e, 2 * e * e, 2 + 2 * e) if u > 0 else (e * e + 2 * e, mpf(2), 2 * e * e + 2 * e)
    return u * n / (n + m), n / (n + m) + u * slope * m / (n + m) ** 2


def arctan(u):
    return mp.atan(u), 1 / (1 + u * u)


def softsign(u):
    w = 1 / (1 + abs(u))
    return u * w, w * w


ACTIVATIONS = {
    "tanh": Phi(tanh, 1.57),
    "sigmoid": Phi(sigmoid, 3.14),
    "softplus": Phi(softplus, 3.14),
    "silu": Phi(silu, 3.14),
    "mish": Phi(mish, 2.35),
    "arctan": Phi(arctan, 1.0),
    "softsign": Phi(softsign, None),
}


def line(f, a, b, sign, step) -> Iterator[mpf]:
    """E f(√a z) f(±√b z) by the trapezoid rule."""
    n = int(LARGEST / step) + 1
    z = [step * k for k in range(-n, n + 1)]
    pairs = [(f(mp.sqrt(a) * x), f(sign * mp.sqrt(b) * x)) for x in z]
    w = [step * mp.npdf(x) for x in z]
    for k in (0, 1):
        yield mp.fsum(v * left[k] * right[k] for v, (left, right) in zip(w, pairs, strict=True))


def lattice(f, a, b, rho, step) -> Iterator[mpf]:
    """The trapezoid rule in x and y = ±x', u = √a x, v = √b x', where x² − 2|ρ|xy + y² = |ρ|(x − y)² + (1 − |ρ|)(x² + y²)."""
    n = int(LARGEST / step) + 1
    r, sign = abs(rho), 1 if rho >= 0 else -1
    z = [step * k for k in range(-n, n + 1)]
    density = [mp.exp(-x * x / (2 * (1 + r))) for x in z]
    far = [mp.exp(-r * (step * k) ** 2 / (2 * (1 - r * r))) for k in range(2 * n + 1)]
    reach = next((k for k, x in enumerate(far) if x < mpf(10) ** -30), 2 * n + 1)
    ridge = far[reach - 1 : 0 : -1] + far[:reach]
    left, right = ([f(mp.sqrt(q) * side * x) for x in z] for q, side in ((a, 1), (b, sign)))
    for k in (0, 1):
        F, G = ([v * d for v, d in zip((each[k] for each in side), density, strict=True)] for side in (left, right))
        total = mpf(0)
        for i, value in enumerate(F):
            lo, hi = max(0, i - reach + 1), min(2 * n + 1, i + reach)
            total += value * mp.fdot(G[lo:hi], ridge[lo - i + reach - 1 : hi - i + reach - 1])
        yield total * step * step / (2 * mp.pi * mp.sqrt(1 - r * r))


def sectors(f, a, b, rho, step) -> Iterator[mpf]:
    """In polar coordinates u = √a r cos θ, v = √b r cos(θ − arccos ρ), where kinks at 0 are angles: by the tanh-sinh rule.

    For odd φ: twice the sector where u, v > 0 less twice the one where u > 0 > v.
    """
    radii, apart = tanh_sinh(mpf(0), mpf(LARGEST), step), mp.acos(rho)
    out = [mpf(0), mpf(0)]
    for start, stop, sign in ((apart - mp.pi / 2, mp.pi / 2, 1), (-mp.pi / 2, apart - mp.pi / 2, -1)):
        for theta, v in tanh_sinh(start, stop, step):
            right, left = mp.sqrt(a) * mp.cos(theta), mp.sqrt(b) * abs(mp.cos(theta - apart))
            for r, w in radii:
                (x, dx), (y, dy) = f(r * right), f(r * left)
                weight = v * w * r * mp.exp(-r * r / 2) / mp.pi
                out[0] += sign * weight * x * y
                out[1] += weight * dx * dy
    return iter(out)


def half_line(f, a, b, sign, step) -> Iterator[mpf]:
    """E f(√a z) f(±√b z) for odd φ."""
    nodes = [(x, 2 * w * mp.npdf(x)) for x, w in tanh_sinh(mpf(0), mpf(LARGEST), step)]
    pairs = [(w, f(mp.sqrt(a) * x), f(mp.sqrt(b) * x)) for x, w in nodes]
    for k, s in ((0, sign), (1, 1)):
        yield s * mp.fsum(w * left[k] * right[k] for w, left, right in pairs)


def tanh_sinh(lo, hi, step):
    """Nodes and weights between lo and hi."""
    out = []
    n = int(mpf("3.6") / step)
    for k in range(-n, n + 1):
        t = mp.pi / 2 * mp.sinh(k * step)
        e = mp.exp(-2 * abs(t))
        near = (hi - lo) * e / (1 + e)  # distance to the nearer end
        weight = (hi - lo) / 2 * step * mp.pi / 2 * mp.cosh(k * step) / mp.cosh(t) ** 2
        out.append((hi - near if t > 0 else lo + near, weight))
    return out


def values(phi, a, b, c, fine):
    """κ and κ̇; fine ≥ 1 divides the step."""
    rho = mpf(c) / mp.sqrt(mpf(a) * b)
    same = 1 - abs(rho) < mpf(10) ** -30
    if phi.strip is None:
        step = 1 / (22 * mpf(fine))
        rule = half_line if same else sectors
    else:
        # φ'(√a z)² has poles of higher order on the line than φ'(u) φ'(v) in the plane
        narrow, digits = (mpf("0.4"), 75) if same else (mpf("0.45") * mp.sqrt(1 - rho * rho), 66)
        step = min(narrow, 2 * mp.pi * phi.strip / (digits * mp.sqrt(max(a, b)))) / fine
        rule = line if same else lattice
    return list(rule(phi.both, mpf(a), mpf(b), mp.sign(rho) if same else rho, step))


def row(name, a, b, c):
    phi = ACTIVATIONS[name]
    coarse, fine = (values(phi, a, b, c, k) for k in (1, mpf("1.3")))
    sizes = [mp.sqrt(x * y) for x, y in zip(values(phi, a, a, a, 1), values(phi, b, b, b, 1), strict=True)]
    off = max(abs(x - y) / max(abs(y), s / 100) for x, y, s in zip(coarse, fine, sizes, strict=True))
    if off > AGREED:
        raise ArithmeticError(f"{name} at {a, b, c}: two step sizes differ by {mp.nstr(off, 2)}")
    return [
        name,
        a,
        b,
        c,
        *(mp.nstr(x, KEPT) if abs(x) > AGREED * s else "0" for x, s in zip(fine, sizes, strict=True)),
    ]


def main():
    rows = []
    for name in ACTIVATIONS:
        rows += [row(name, *at) for at in COVARIANCES]
        print(name, file=sys.stderr)
    lines = ",\n".join(json.dumps(each) for each in rows)
    head = '{"columns": ["activation", "a", "b", "c", "kappa", "kappa_dot"], "rows": [\n'
    FILE.write_text(f"{head}{lines}\n]}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
