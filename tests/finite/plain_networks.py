"""Networks of finite width, written independently: one input at a time, derivatives by a complex step, no back-propagation."""

from dataclasses import dataclass

import numpy as np
from finite_stand_ins import Elementwise

import ntk_symbolic as ns
from ntk_symbolic.finite.words import Forward

STEP = 1e-150  # f(θ + i·STEP) = f + i·STEP f' to all digits: without subtraction


class Tanh(Elementwise):
    """Smooth and odd."""

    def phi(self, u):
        return np.tanh(u)

    def dphi(self, u):
        return 1 / np.cosh(u) ** 2


class Bump(Elementwise):
    """Smooth, with a mean: E φ is not 0."""

    def phi(self, u):
        return u * u / 2 + np.sin(u)

    def dphi(self, u):
        return u + np.cos(u)


TANH, BUMP = Tanh(), Bump()


class Plain:
    """The `Words` on one input, a complex vector; the parameters are taken from a list in the order of the layers.

    factors   for each array the number by which its part of the NTK differs from |∂f|².
    """

    def __init__(self, arrays, masks):
        self.arrays, self.masks, self.factors = iter(arrays), iter(masks), []

    def apply(self, layer, x):
        return layer.rule(self, x)

    def linear(self, x, gain, width=None):
        self.factors.append(gain.rate * (1 if gain.fan_in is None else len(x) / gain.std**2))
        return gain.std / len(x) ** 0.5 * next(self.arrays) @ x

    def constant(self, like, gain):
        if not gain.std:
            return None
        self.factors.append(gain.rate * (1 if gain.fan_in is None else 1 / gain.std**2))
        return gain.std * next(self.arrays)

    def join(self, *summands):
        return sum(x for x in summands if x is not None)

    def product(self, *factors):
        return np.prod(np.array(factors), axis=0)

    def concat(self, branches, shares):
        return np.concatenate(branches)

    def scaled(self, x, factor):
        return factor * x

    def elementwise(self, x, phi):
        return phi.phi(x)

    def centred(self, x):
        return x - sum(x) / len(x)

    def normalised(self, x, eps=0.0):
        return x / np.sqrt(sum(x**2) / len(x) + eps)

    def dropped(self, x, keep):
        return x * next(self.masks)


def masks_of(network, rows, side):
    """The masks of every Dropout, as the network draws them, (rows, units) each."""
    forward = Forward(dict(zip((n.place for n in network.parameters), network.weights)), (network.masks, side))
    found, dropped = [], forward.dropped

    def watched(node, x):
        found.append(dropped(node, np.ones_like(x)))
        return dropped(node, x)

    forward.dropped = watched
    network.graph.run(forward, np.zeros((rows, network.n_features)))
    return found


def outputs(layers, network, x, masks, arrays=None):
    """f(x), (k,), and the factors."""
    plain = Plain(network.weights if arrays is None else arrays, masks)
    out = plain.apply(layers, np.asarray(x, dtype=complex))[: network.outputs]
    assert next(plain.arrays, None) is None, "every parameter is used"
    return out, plain.factors


def jacobian(layers, network, X, side=0):
    """√factor ∂f_p(x_n)/∂θ_i, (P, n, k), and the values f (n, k)."""
    masks = masks_of(network, len(X), side)
    rows, values = [], []
    for n, x in enumerate(X):
        own = [mask[n] for mask in masks]
        value, factors = outputs(layers, network, x, own)
        values.append(value.real)
        column = []
        for number, (array, factor) in enumerate(zip(network.weights, factors, strict=True)):
            for index in np.ndindex(array.shape):
                arrays = [each.astype(complex) for each in network.weights]
                arrays[number][index] += 1j * STEP
                column.append(factor**0.5 * outputs(layers, network, x, own, arrays)[0].imag / STEP)
        rows.append(column)
    return np.array(rows).swapaxes(0, 1), np.array(values)


@dataclass(frozen=True)
class Centred:
    """A layer that may end a network, as its units are Gaussian."""

    def rule(self, K, x):
        return K.centred(x)


D = ns.Dense
HEAD, LAST = D(W_std=1.3, b_std=0.4), D(W_std=1.7, b_std=0.6)
BODY = ns.serial(TANH, D(W_std=0.9, b_std=0.3), BUMP, D(W_std=0.8))
GATE = ns.parallel(ns.serial(D(W_std=1.1, b_std=0.2), BUMP), D(W_std=0.7, b_std=0.5), combine="product")

NETWORKS = {
    "no hidden layer": D(W_std=1.5, b_std=0.5),
    "chain": ns.serial(HEAD, BUMP, D(W_std=0.9), TANH, LAST),
    "two Dense in a row": ns.serial(HEAD, D(W_std=0.9, b_std=0.2), TANH, D(), LAST),
    "residual": ns.serial(HEAD, ns.Residual(BODY), ns.Residual(BODY, scale=0.6), LAST),
    "residual of negative scale": ns.serial(HEAD, ns.Residual(BODY, scale=-0.7), BUMP, LAST),
    "residual after an activation": ns.serial(HEAD, BUMP, ns.Residual(ns.serial(D(b_std=0.2), TANH, D())), LAST),
    "projection": ns.serial(HEAD, ns.Residual(BODY, 0.5, projection=D(W_std=0.7, b_std=0.1)), LAST),
    "residual that ends in the outputs": ns.serial(HEAD, ns.Residual(BODY, scale=0.6)),
    "sum": ns.serial(ns.parallel(ns.serial(HEAD, TANH), ns.serial(D(b_std=0.3), BUMP)), LAST),
    "sum of outputs": ns.serial(HEAD, BUMP, ns.parallel(D(W_std=0.5), ns.serial(D(), TANH, D(b_std=0.2)))),
    "product": ns.serial(HEAD, TANH, GATE, LAST),
    "product of three": ns.serial(ns.parallel(HEAD, ns.serial(D(), TANH), D(b_std=0.3), combine="product"), LAST),
    "concatenation": ns.serial(
        ns.parallel(ns.serial(HEAD, TANH), ns.serial(D(W_std=0.8), BUMP), combine="concat", widths=(30, 20)), LAST
    ),
    "LayerNorm after Dense": ns.serial(HEAD, ns.LayerNorm(), BUMP, LAST),
    "LayerNorm after an activation": ns.serial(HEAD, BUMP, ns.LayerNorm(eps=0.1), LAST),
    "RMSNorm": ns.serial(HEAD, ns.RMSNorm(eps=0.2), TANH, D(), BUMP, ns.RMSNorm(), LAST),
    "normalised residual": ns.serial(
        HEAD, ns.Residual(ns.serial(ns.LayerNorm(), BODY)), ns.LayerNorm(eps=0.01), BUMP, LAST
    ),
    "Dropout": ns.serial(HEAD, BUMP, ns.Dropout(0.6), D(W_std=0.9), TANH, ns.Dropout(0.7), LAST),
    "frozen first": ns.serial(D(W_std=1.3, b_std=0.4, train=False), BUMP, D(b_std=0.2), TANH, LAST),
    "frozen last": ns.serial(HEAD, BUMP, D(W_std=0.9, b_std=0.2), TANH, D(W_std=1.7, b_std=0.6, train=False)),
    "biases alone": ns.serial(
        D(W_std=1.3, b_std=0.4, train="biases"), BUMP, D(b_std=0.5, train="biases"), TANH, D(b_std=0.6, train="biases")
    ),
    "weights alone": ns.serial(D(W_std=1.3, b_std=0.4, train="weights"), BUMP, D(b_std=0.5, train="weights")),
    "rates": ns.serial(D(W_std=1.3, b_std=0.4, rate=0.3), BUMP, D(b_std=0.5, rate=2.5)),
    "standard": ns.serial(
        D(W_std=1.3, b_std=0.4, parameterization="standard"),
        BUMP,
        D(b_std=0.5, parameterization="standard", rate=0.2, width=5),
        TANH,
        D(W_std=0.7, b_std=0.2, parameterization="standard"),
    ),
    "centred outputs": ns.serial(HEAD, ns.Residual(BODY), Centred(), BUMP, D(), Centred()),
    "nothing trained": ns.serial(D(train=False), TANH, D(train=False)),
}
