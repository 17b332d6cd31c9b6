"""Networks as small descriptions, and their kernels at 150 digits by the recursions of the literature, written out.

A description is a list of layers, each a tuple of its kind and its parameters. The package only builds the described network.
Digits: inputs 1e-12 apart cost 24 of them, and deep networks some more.
"""

from __future__ import annotations

from types import SimpleNamespace

import mpmath
from mpmath import mpf

import ntk_symbolic as ns

DIGITS = 150


def number(x):
    return mpf(float(x))


# ---- activations: κ, κ̇ and the mean ----------------------------------------------------------------------------------


def rectifier(alpha):
    """u above 0, αu below (Cho & Saul 2009)."""

    def kappa(a, b, c):
        theta, r = angle(a, b, c), mpmath.sqrt(a * b)
        bend = (1 - alpha) ** 2 / (2 * mpmath.pi)
        return bend * (r * mpmath.sin(theta) + (mpmath.pi - theta) * c) + alpha * c

    def kappa_dot(a, b, c):
        return (1 - alpha) ** 2 / (2 * mpmath.pi) * (mpmath.pi - angle(a, b, c)) + alpha

    return kappa, kappa_dot, lambda a: (1 - alpha) * mpmath.sqrt(a / (2 * mpmath.pi))


def angle(a, b, c):
    """The angle of two vectors; if one is 0, no result depends on it."""
    r = mpmath.sqrt(a * b)
    return mpmath.acos(max(min(c / r, mpf(1)), mpf(-1))) if r else mpmath.pi / 2


def erf_kappa(a, b, c):
    """The dual of erf, by Williams 1997."""
    return 2 / mpmath.pi * mpmath.asin(2 * c / mpmath.sqrt((1 + 2 * a) * (1 + 2 * b)))


PHI = {
    "relu": rectifier(mpf(0)),
    "abs": rectifier(mpf(-1)),
    "leaky_relu(0.25)": rectifier(mpf(1) / 4),
    "erf": (
        erf_kappa,
        lambda a, b, c: 4 / (mpmath.pi * mpmath.sqrt((1 + 2 * a) * (1 + 2 * b) - 4 * c * c)),
        lambda a: mpf(0),
    ),
    "sin": (
        lambda a, b, c: mpmath.exp(-(a + b) / 2) * mpmath.sinh(c),
        lambda a, b, c: mpmath.exp(-(a + b) / 2) * mpmath.cosh(c),
        lambda a: mpf(0),
    ),
    "cos": (
        lambda a, b, c: mpmath.exp(-(a + b) / 2) * mpmath.cosh(c),
        lambda a, b, c: mpmath.exp(-(a + b) / 2) * mpmath.sinh(c),
        lambda a: mpmath.exp(-a / 2),
    ),
    "u**2 + u/2": (
        lambda a, b, c: a * b + 2 * c * c + c / 4,
        lambda a, b, c: 4 * c + mpf(1) / 4,
        lambda a: a,
    ),
}


# ---- layers -------------------------------------------------------------------------------------------------------------


def build(description):
    """The network of the package."""
    return ns.serial(*(LAYERS[kind](*rest) for kind, *rest in description))


LAYERS = {
    "dense": lambda W_std, b_std=0.0, **more: ns.Dense(W_std=W_std, b_std=b_std, **more),
    "with": lambda options: ns.Dense(**options),
    "phi": ns.activation,
    "residual": lambda body, scale=1.0, short=None: ns.Residual(build(body), scale, short and build(short)),
    "sum": lambda *branches: ns.parallel(*map(build, branches)),
    "product": lambda *branches: ns.parallel(*map(build, branches), combine="product"),
    "concat": lambda widths, *branches: ns.parallel(*map(build, branches), combine="concat", widths=widths),
    "layer_norm": lambda eps=0.0: ns.LayerNorm(eps),
    "rms_norm": lambda eps=0.0: ns.RMSNorm(eps),
    "dropout": ns.Dropout,
}


def kernels(description, x, y, itself=False):
    """(Σ, Θ, √(Σ(x, x) Σ(y, y))) of two rows; itself: true for one row of one matrix."""
    with mpmath.workdps(DIGITS):
        x, y = (list(map(number, z)) for z in (x, y))
        moment = [mpmath.fdot(s, t) / len(x) for s, t in ((x, x), (y, y), (x, y))]
        zero = mpf(0)
        first = SimpleNamespace(K=moment, T=[zero] * 3, m=[zero] * 2, itself=(True, True, itself), width=len(x))
        out = run(description, first)
        return out.K[2], out.T[2], mpmath.sqrt(out.K[0] * out.K[1])


def run(description, s):
    """The moments of one place. K, T: (xx, yy, xy) of Σ and Θ.   m: the means for x and y.   width: of the layer, or None."""
    for kind, *rest in description:
        s = globals()[f"layer_{kind}"](s, *rest)
    return s


def state(s, K, T, m=(0, 0), width=None):
    return SimpleNamespace(K=list(K), T=list(T), m=list(map(mpf, m)), itself=s.itself, width=width)


def of_pairs(m):
    return m[0] * m[0], m[1] * m[1], m[0] * m[1]


def layer_dense(s, W_std, b_std=0.0):
    return layer_with(s, {"W_std": W_std, "b_std": b_std})


def layer_with(s, options):
    o = {"W_std": 1.0, "b_std": 0.0, "train": True, "rate": 1.0, "parameterization": "ntk", "width": None, **options}
    w, bias, rate = number(o["W_std"]) ** 2, number(o["b_std"]) ** 2, number(o["rate"])
    standard = o["parameterization"] == "standard"
    weights = (s.width if standard else w) * rate * (o["train"] in (True, "weights"))
    there = bool(bias) or (standard and o["train"] == "biases")  # b_std = 0 is no bias, unless biases alone are trained
    biases = (1 if standard else bias) * rate * (o["train"] in (True, "biases")) * there
    K = [w * k + bias for k in s.K]
    return state(s, K, [weights * k + biases + w * t for k, t in zip(s.K, s.T)], width=o["width"])


def layer_phi(s, name):
    kappa, kappa_dot, mean = PHI[name]
    a, b, c = s.K
    places = ((a, a, a), (b, b, b), (a, b, c))
    T = [kappa_dot(*p) * t if t else t for p, t in zip(places, s.T)]
    return state(s, [kappa(*p) for p in places], T, (mean(a), mean(b)), s.width)


def added(s, parts, shares=None):
    """Independent parts: their sum, or with shares side by side."""
    w = shares or [mpf(1)] * len(parts)
    K = [sum(v * p.K[k] for v, p in zip(w, parts)) for k in range(3)]
    T = [sum(v * p.T[k] for v, p in zip(w, parts)) for k in range(3)]
    m = [sum(v * p.m[k] for v, p in zip(w, parts)) for k in range(2)]
    if shares is None:  # E (Σ u)(Σ v) = Σ E uv + Σ over i ≠ j of E u_i E v_j
        apart = [of_pairs(p.m) for p in parts]
        K = [k + both - sum(one[n] for one in apart) for n, (k, both) in enumerate(zip(K, of_pairs(m)))]
    return state(s, K, T, m, next((p.width for p in parts if p.width), None) if shares is None else None)


def layer_residual(s, body, scale=1.0, short=None):
    scale = number(scale)
    inner = run(body, s)
    inner = state(s, [scale**2 * k for k in inner.K], [scale**2 * t for t in inner.T], [scale * m for m in inner.m])
    return added(s, [run(short, s) if short else s, inner])


def layer_sum(s, *branches):
    return added(s, [run(each, s) for each in branches])


def layer_concat(s, widths, *branches):
    return added(s, [run(each, s) for each in branches], [mpf(n) / sum(widths) for n in widths])


def layer_product(s, *branches):
    out = run(branches[0], s)
    for each in branches[1:]:
        new = run(each, s)
        T = [t * l + k * u for k, t, l, u in zip(out.K, out.T, new.K, new.T)]
        out = state(s, [k * l for k, l in zip(out.K, new.K)], T, [m * n for m, n in zip(out.m, new.m)], out.width)
    return out


def layer_layer_norm(s, eps=0.0):
    centred = [k - m for k, m in zip(s.K, of_pairs(s.m))]
    return layer_rms_norm(state(s, centred, s.T, width=s.width), eps)


def layer_rms_norm(s, eps=0.0):
    x, y = (mpmath.sqrt(k + number(eps)) for k in s.K[:2])
    return state(
        s,
        [k / r for k, r in zip(s.K, of_pairs_of(x, y))],
        [t / r for t, r in zip(s.T, of_pairs_of(x, y))],
        (s.m[0] / x, s.m[1] / y),
        s.width,
    )


def of_pairs_of(x, y):
    return of_pairs((x, y))


def layer_dropout(s, keep):
    w = [1 / number(keep) if one else mpf(1) for one in s.itself]
    return state(s, [v * k for v, k in zip(w, s.K)], [v * t for v, t in zip(w, s.T)], s.m, s.width)


# ---- any network ------------------------------------------------------------------------------------------------------


def random_network(rng, phis=tuple(PHI), pieces=3):
    """Nested blocks, branches, norms, dropout, frozen layers and standard parameterisation."""
    return [
        _dense(rng),
        *(layer for _ in range(rng.integers(1, pieces + 1)) for layer in _piece(rng, phis, 2)),
        _dense(rng),
    ]


def _dense(rng, known=True):
    """known: true if the width of the layer before is known."""
    options = {"W_std": round(rng.uniform(0.5, 1.2), 3), "b_std": float(rng.choice([0.0, 0.3])), "width": 4}
    options["train"] = (True, True, False, "weights", "biases")[rng.integers(5)]
    options["rate"] = float(rng.choice([1.0, 1.0, 0.1]))
    options["parameterization"] = "standard" if known and rng.integers(3) == 0 else "ntk"
    return "with", options


def _piece(rng, phis, deeper):
    """Layers from Gaussian units to Gaussian units."""
    phi = lambda: ("phi", phis[rng.integers(len(phis))])  # noqa: E731
    inner = lambda: _piece(rng, phis, deeper - 1)  # noqa: E731
    kind = rng.integers(8 if deeper else 4)
    if kind == 0:
        return [phi(), _dense(rng)]
    if kind == 1:
        norm = ("layer_norm", "rms_norm")[rng.integers(2)]
        return [phi(), (norm, float(rng.choice([0.0, 1e-3, 0.5]))), _dense(rng)]
    if kind == 2:
        return [phi(), ("dropout", round(rng.uniform(0.3, 0.9), 2)), _dense(rng)]
    if kind == 3:
        return [phi(), ("residual", [_dense(rng), phi()], round(rng.uniform(-1.5, 1.5), 2)), _dense(rng)]
    if kind == 4:
        short = [_dense(rng)] if rng.integers(2) else None
        return [("residual", [phi(), _dense(rng), *inner()], round(rng.uniform(-1.5, 1.5), 2), short)]
    if kind == 5:
        return [("sum", [*inner(), phi(), _dense(rng), phi()], [_dense(rng), phi()]), _dense(rng)]
    if kind == 6:
        return [("product", [*inner(), phi()], [_dense(rng), phi()]), _dense(rng)]
    return [("concat", (1, 2), [*inner(), phi()], [_dense(rng), phi()]), _dense(rng, False)]
