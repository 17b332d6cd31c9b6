"""Activations in numbers, for every source of κ and κ̇: the properties that a reading states hold for its expression."""

import numpy as np
import pytest

from ntk_symbolic import activation
from ntk_symbolic.activations.code.generated import COMPILED
from ntk_symbolic.activations.facts.features import features
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.errors import NoClosedForm
from ntk_symbolic.layers.integrated import Integrated
from ntk_symbolic.layers.pair import of_moments
from ntk_symbolic.layers.reading import Reading, reading_of

OWN = [
    "Piecewise((sin(u)/u, u > 0), (1, True))",  # 0/0 at its breakpoint, where it is 1
    "Piecewise((sin(u)/u, u > 0), (2, True))",
    "Heaviside(u - 1)",
    "exp(u**2/40)",
    "erf(u/2 + 1)",
    "Max(u, 0)*exp(-u**2)",
    "u*Abs(u)",
    "Abs(u)*sin(u)",
    "sign(u) + tanh(u)",
]
POLES = ["log(Abs(u))", "sqrt(Abs(u))"]  # E φ'(u)² is infinite, yet φ does not jump
EVERY = [*LIBRARY, *OWN, *POLES]


@pytest.mark.parametrize("text", EVERY)
def test_facts_are_those_of_the_expression(text):
    phi, f = activation(text), activation(text).reading
    found = features(phi.expr)
    assert f.parity == {"even": 1, "odd": -1, "": 0}[found.parity]
    assert f.jump_points == tuple(float(place) for place, order in found.breaks if order == 0)
    assert f.jumps is phi.jumps is bool(f.jump_points)
    assert f.degree == (None if found.degree is None else float(found.degree))
    assert (f.homogeneous is not None) == (found.degree == 1 and f.closed and text != "identity")
    try:
        limit = float(phi._dual.limit)
    except NoClosedForm:
        assert not f.closed
    else:
        assert f.closed and f.limit == limit


@pytest.mark.parametrize("text", EVERY)
def test_one_input_with_itself_is_the_pair_of_equal_inputs(text):
    """Tolerance 1e-14: sums are taken in another order."""
    f, a = activation(text).reading, np.array([0.3, 1.0, 2.5])
    pair = of_moments(a, a, a)[0]
    out, means = f.elementwise(pair), f.means(pair)
    assert f.square(a) == pytest.approx(f.value(pair), rel=1e-14)
    assert out.a == pytest.approx(f.square(a), rel=1e-15)
    assert means.a == pytest.approx(f.mean(a), rel=1e-15) and (means.rise == 0).all()
    if not f.jumps and text not in POLES:
        assert f.slope_square(a) == pytest.approx(f.slope(pair), rel=1e-14)


@pytest.mark.parametrize("text", ["leaky_relu(0.3)", "abrelu(0.2, 0.7)", "elu(2.5)"])
def test_parameters_are_bound_once(text):
    named = activation(text)
    pair = of_moments(np.array([1.5]), np.array([0.7]), np.array([-0.4]))[0]
    own = activation(str(named.expr)).reading
    assert named.reading.elementwise(pair).c == pytest.approx(own.elementwise(pair).c, rel=1e-14)
    assert named.reading.homogeneous == pytest.approx(own.homogeneous)


@pytest.mark.parametrize("text", ["elu", "hard_tanh", "erf(u/2 + 1)", "Max(u, 0)*exp(-u**2)"])
def test_what_is_read_by_integrals_has_a_kernel_at_every_variance(text):
    """φ² is at most C (1 + u²)."""
    f, a = activation(text).reading, 10.0 ** np.arange(0, 9, 2)
    assert isinstance(f, Integrated) and f.closed and f.limit == np.inf
    assert (f.square(a) > 0).all() and (f.square(a) <= 4 * (1 + a)).all()


def test_what_grows_as_a_gaussian_is_never_read_by_integrals():
    """With a breakpoint the closed dual contains Φ₂: then the limit is measured, and the series is used."""
    f = activation("exp(u**2/8)*Heaviside(u - 1)").reading
    assert not f.closed and f.limit == pytest.approx(2.0, rel=1e-3)


def members(kind):
    return {name for name in dir(kind) if not name.startswith("_")}


@pytest.mark.parametrize("name", ["relu", "elu", "tanh"])
def test_each_kind_has_what_the_protocol_asks_for(name):
    compiled = COMPILED[name](1.0) if callable(COMPILED[name]) else COMPILED[name]
    assert members(Reading) <= members(reading_of(compiled))
