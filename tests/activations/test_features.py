"""Parity, degree, smoothness and growth agree with the graph."""

import pytest
from sympy import Rational

from ntk_symbolic import activation
from ntk_symbolic.activations.facts.features import features
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.errors import NoClosedForm

#                    parity, degree, C^k (None: C^∞, −1: jumps), growth
KNOWN = {
    "relu": ("", 1, 0, ("power", 1)),
    "leaky_relu": ("", 1, 0, ("power", 1)),
    "abs": ("even", 1, 0, ("power", 1)),
    "relu2": ("", 2, 1, ("power", 2)),
    "relu3": ("", 3, 2, ("power", 3)),
    "step": ("", 0, -1, ("power", 0)),
    "sign": ("odd", 0, -1, ("power", 0)),
    "erf": ("odd", None, None, ("power", 0)),
    "gelu": ("", None, None, ("power", 1)),
    "sin": ("odd", None, None, ("power", 0)),
    "cos": ("even", None, None, ("power", 0)),
    "gaussian": ("even", None, None, ("power", 0)),
    "exp": ("", None, None, ("exponential", 1)),
    "identity": ("odd", 1, None, ("power", 1)),
    "Piecewise((u, u > 0), (exp(u) - 1, True))": ("", None, 1, ("power", 1)),
    "Max(-1, Min(1, u))": ("odd", None, 0, ("power", 0)),
    "Max(u, 0) + Max(-u, 0)": ("even", 1, 0, ("power", 1)),
    "u*erf(u)": ("even", None, None, ("power", 1)),
    "u*(1 - erf(u))*exp(-u/2)": ("", None, None, ("exponential", Rational(1, 2))),
    "u**3 - u": ("odd", None, None, ("power", 3)),
    "exp(u**2/8)": ("even", None, None, ("gaussian", Rational(1, 8))),
    "Piecewise((exp(u**2), u > 0), (exp(3*u), True))": ("", None, 0, ("gaussian", 1)),
    "tanh(u)": ("odd", None, None, None),
    "u/(1 + exp(-u))": ("", None, None, None),
    "log(1 + exp(u))": ("", None, None, None),
    "tanh(u) + sign(u)": ("odd", None, -1, None),
}


@pytest.mark.parametrize("text", KNOWN)
def test_features_are_what_the_graph_shows(text):
    found = features(activation(text).expr)
    assert (found.parity, found.degree, found.smoothness, found.growth) == KNOWN[text]
    assert found.smooth
    assert found.jumps is (KNOWN[text][2] == -1)


@pytest.mark.parametrize(
    ("text", "breaks", "smoothness"),
    [
        ("Piecewise((sin(u)/u, u > 0), (1, True))", ((0, 2),), 1),
        ("Piecewise((sin(u)/u, u > 0), (1 + u, True))", ((0, 1),), 0),
        ("Piecewise(((exp(u) - 1)/u, u > 0), (2, True))", ((0, 0),), -1),
        ("log(Abs(u))", ((0, -1),), -1),
        ("Piecewise((log(u), u > 0), (0, True))", ((0, -1),), -1),
        ("sqrt(Abs(u))", ((0, 1),), 0),
    ],
)
def test_0_over_0_at_a_breakpoint_is_no_jump_and_a_pole_is_none_either(text, breaks, smoothness):
    found = features(activation(text).expr)
    assert (found.breaks, found.smoothness, found.jumps) == (breaks, smoothness, breaks[0][1] == 0)
    assert activation(text).jumps is found.jumps


def test_every_activation_of_the_library_has_features_that_agree_with_its_compiled_reading():
    for phi in map(activation, LIBRARY):
        assert features(phi.expr).jumps is phi.jumps, phi


def test_an_erf_that_dies_out_does_not_count_as_growth():
    """Times 1 − erf, which is 2 on the left and less than any exponential on the right, only the left side matters."""
    assert features(activation("exp(u)*(1 - erf(u))").expr).growth == ("power", 0)
    assert features(activation("exp(-u)*(1 - erf(u))").expr).growth == ("exponential", 1)


@pytest.mark.parametrize("text", ["1/u", "log(u)", "sqrt(Abs(u))"])
def test_where_a_singularity_may_be_nothing_is_promised(text):
    assert not features(activation(text).expr).smooth


def test_breakpoints_that_are_not_found_are_refused():
    with pytest.raises(NoClosedForm, match="breakpoints"):
        features(activation("Max(sin(u), 0)").expr)
