"""Random members of the class of closed forms, and points (a, b, c) at which their kernels are compared with digits."""

from fractions import Fraction
from random import Random

PLACES = (0, 0, 1, -1, Fraction(1, 2), 3, -5, 8, -12, 20)


def member(rng: Random) -> tuple[str, float, float]:
    """A text: polynomial × exp × sin × a hard edge, an erf edge far out, a bump, an interval; and variances suited to digits.

    Φ₂ of many digits takes minutes for edges beyond 8 standard deviations, for waves of more than 5 radians per standard
    deviation, and for exponentials that change by exp(20) over one.
    """
    h, rate = rng.choice(PLACES), rng.choice((0, 0, 0, 1, -1, Fraction(1, 2), -2))
    frequency = rng.choice((0, 0, 0, 0, 0, 1, 3, Fraction(1, 4)))
    wave = f"*sin({frequency}*u + {rng.choice((0, 1, Fraction(1, 2)))})" if frequency else ""
    n = rng.choice((0, 1) if frequency else (0, 1, 1, 2, 3))
    kind = rng.choice(("edge",) if frequency else ("edge", "edge", "erf", "erf", "interval", "bump", "pieces"))
    v = f"(u - ({h}))"
    fall = f"*exp({-abs(rate)}*{v})" if rate else ""
    last = h
    if kind == "edge":
        text = (f"Max({v}, 0)**{n}" if n else f"Heaviside{v}") + fall + wave
    elif kind == "erf":
        rate, text = 0, f"u**{min(n, 2)}*(1 + erf({rng.choice((1, -1, 0.25, 5))}*{v}))"
    elif kind == "interval":
        last = h + rng.choice((Fraction(1, 10), 1, 4))
        text = f"Piecewise((0, u < {h}), ({v}**{n}{fall}, u < {last}), (0, True))"
    elif kind == "bump":
        rate, last = 0, rng.choice((h, h + 1, 0))
        text = f"exp(-{rng.choice((1, 0.25))}*{v}**2)*Heaviside(u - ({last}))"
    else:
        text = f"Piecewise((u**{n} + 1/2, u < {h}), ({fall[1:] or 1} - 1, True))"
    least = max(1e-6, (max(abs(h), abs(last)) / 8) ** 2)
    most = min(1e6, (5 / frequency) ** 2 if frequency else 1e6, (20 / rate) ** 2 if rate else 1e6)
    return text, float(least), float(most)


def point(rng: Random, least: float, most: float) -> tuple[float, float, float]:
    """Variances, and ρ in [−1, 1]."""
    a, b = sorted(least * (max(most, 2 * least) / least) ** rng.random() for _ in range(2))
    rho = rng.choice((1.0, -1.0, 0.5, 0.0, rng.uniform(-1, 1), 1 - 10 ** rng.uniform(-8, -1)))
    if abs(rho) == 1:
        return a, a, rho * a
    return a, min(b, 100 * a), rho * (1 - 1e-15) * (a * min(b, 100 * a)) ** 0.5
