"""Bounds of residual, parallel, normalised, frozen and dropped networks lie above the error, by recursions written out."""

import warnings
from dataclasses import replace

import mpmath
import numpy as np
import plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_every_word import ARCHITECTURES, NEAR, ONE, OTHER, block, dense

from ntk_symbolic.infinite import bounds
from ntk_symbolic.networks.words import Gain

ROWS = np.array([OTHER, -ONE])


def held(description, X, Y):
    """(True if no bound is below its error, the largest finite bound relative to the kernel), by the series alone."""
    X, Y = np.array(X), None if Y is None else np.array(Y)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        both = bounds.kernel(plain.build(description).graph(X.shape[1]), X, Y, True)
    holds, widest = True, 0.0
    for i, x in enumerate(X):
        for j, y in enumerate(X if Y is None else Y):
            *truth, size = plain.kernels(description, x, y, Y is None and i == j)
            for (value, bound), true in zip(both, truth, strict=True):
                error = abs(mpmath.mpf(float(value[i, j])) - true)
                holds &= bool(error <= mpmath.mpf(float(bound[i, j])))
                widest = max(widest, float(bound[i, j] / max(abs(true), size)))
    return holds, widest


@pytest.mark.parametrize("name", ["nested", "sum of two activations", "dropout", "product"])
def test_bounds_are_above_the_error_and_not_far(name):
    holds, widest = held(ARCHITECTURES[name], [ONE], ROWS)
    assert holds and widest < 1e-3
    holds, widest = held(ARCHITECTURES[name], [ONE, OTHER], None)
    assert holds and widest < 1e-6


@pytest.mark.parametrize("name", ["standard", "layer norm"])
def test_bounds_of_near_and_parallel_inputs_are_above_the_error(name):
    holds, widest = held(ARCHITECTURES[name], [ONE], [NEAR[1], 3 * ONE])
    assert holds and widest < 1e-3


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_bounds_of_random_networks_are_above_the_error(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, 3))
    description = plain.random_network(rng, ("relu", "erf", "sin", "cos"), 2)
    assert held(description, [x], [y, -2 * x])[0]


def test_bounds_of_twenty_residual_blocks():
    holds, widest = held([dense(1.4, 0.1), *[block(0.3, 0.1)] * 20, dense(1.0)], [ONE], [OTHER])
    assert holds and widest < 1e-6


def test_a_closed_form_is_as_good_as_it_was_beside_its_bound():
    """bound=True adds the difference of the two computations."""
    description = ARCHITECTURES["skip after an activation"]
    net = plain.build(description)
    value, bound = net.kernel([ONE], [OTHER], bound=True)
    assert value == net.kernel([ONE], [OTHER]) and 0 < bound[0, 0] < 1e-8


# ---- mistakes are found ---------------------------------------------------------------------------------------------


def uncrossed(monkeypatch):
    monkeypatch.setattr(bounds, "permutations", lambda *_: [])


def thawed(monkeypatch):
    monkeypatch.setattr(Gain, "tangent", Gain.square)


def unsquared(monkeypatch):
    told = bounds.Words.scaled
    monkeypatch.setattr(
        bounds.Words, "scaled", lambda self, node, x: told(self, replace(node, argument=abs(node.argument) ** 0.5), x)
    )


def without_eps(monkeypatch):
    told = bounds.Inputs.normalised
    monkeypatch.setattr(bounds.Inputs, "normalised", lambda self, node, x: told(self, replace(node, argument=0.0), x))


def masked_alike(monkeypatch):
    monkeypatch.setattr(bounds.Pairs, "dropped", bounds.Inputs.dropped)


def uncentred(monkeypatch):
    monkeypatch.setattr(bounds.Pairs, "centred", lambda self, node, p: p)


@pytest.mark.parametrize(
    ("mistake", "name"),
    [
        (uncrossed, "skip after an activation"),
        (thawed, "frozen all but first"),
        (unsquared, "nested"),
        (without_eps, "layer norm"),
        (without_eps, "layer norm after an activation"),
        (masked_alike, "dropout"),
        (uncentred, "layer norm after an activation"),
    ],
)
def test_a_mistake_in_a_word_is_found(mistake, name, monkeypatch):
    assert held(ARCHITECTURES[name], [ONE], [OTHER])[0]
    mistake(monkeypatch)
    assert not held(ARCHITECTURES[name], [ONE], [OTHER])[0]
