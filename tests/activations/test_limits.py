"""Activations that grow too fast for a Gaussian are refused, also if they look harmless in 13 standard deviations."""

from math import inf

import numpy as np
import pytest
from sweeps import sweep

from ntk_symbolic import Dense, activation, serial
from ntk_symbolic.activations.facts.limits import measured
from ntk_symbolic.activations.form.pieces import split
from ntk_symbolic.errors import InvalidInput, NoClosedForm, UncertifiedWarning

u = activation("identity").expr


@pytest.mark.parametrize(
    "text, limit",
    [
        ("exp(u**2/8)*tanh(u)", 2),
        ("exp(u**2/5)*sin(u)*tanh(u)", 1.25),
        ("exp(u**2/8)*atan(u)/(1 + u**2)", 2),
        ("exp(u**2/3 - Abs(u)**(3/2))*tanh(u)", 0.75),
        ("Piecewise((exp(u**2), u > 0), (0, True))", 0.25),
        ("exp(u**4/10**6)", 0),
        ("exp(-u**3/10**4)*tanh(u)", 0),
        ("sinh(u**3/1000)", 0),
        ("exp(u**2*log(1 + u**2)/100)", 0),
        ("exp(exp(u/100))", 0),
        ("exp(exp(exp(u)))", 0),
        ("tanh(u)", inf),
        ("u**20*tanh(u)", inf),
        ("exp(3*u)*tanh(u)", inf),
        ("exp(Abs(u)**(3/2))", inf),
        ("exp(u**2)/(1 + exp(u**2))", inf),
        ("u**2*exp(-u**4)", inf),
        ("sin(exp(u))", inf),
        ("log(Abs(u))", inf),
    ],
)
def test_the_variance_from_which_on_the_square_has_no_mean(text, limit):
    from ntk_symbolic.notation.expressions import parse

    if limit:
        assert measured(split(parse(text), u)) == pytest.approx(limit, rel=1e-5)
    else:
        with pytest.raises(NoClosedForm, match="infinite at every variance"):
            measured(split(parse(text), u))


@pytest.mark.parametrize("text", ["exp(u**4/10**6)", "exp(-u**3/10**4)*tanh(u)"])
def test_what_is_infinite_at_every_variance_has_no_kernel(text):
    """Within 13 standard deviations the first is 1.00003 on average."""
    phi = activation(text)
    for ask in (lambda: phi.dual(1, 1, 0.5, bound=True), lambda: phi.dual(1, 1, 0.5, precision=10), phi.report().text):
        with pytest.raises(NoClosedForm, match="infinite at every variance"):
            ask()


@pytest.mark.parametrize("text, limit", [("exp(u**2)", 0.25), ("exp(u**2/8)*tanh(u)", 2.0)])
@pytest.mark.filterwarnings("ignore::ntk_symbolic.UncertifiedWarning")
def test_at_the_limit_no_reading_has_a_value(text, limit):
    """A formula has values beyond the limit: 1/√(1 − 4q) … of exp(u²) is 0.25 at q = 3, c = 3/2."""
    phi, x = activation(text), [[np.sqrt(limit)]]
    net = serial(Dense(), phi, Dense())
    for more in ({}, {"bound": True}, {"precision": 10}, {"certified": True}):
        for ask in (
            lambda: phi.dual(limit, 0.1, 0.1, **more),  # noqa: B023
            lambda: phi.dual_dot(0.1, 12 * limit, 0.1, **more),  # noqa: B023
            lambda: net.kernel(x, **more),  # noqa: B023
            lambda: net.nngp(2 * np.array(x)) if not more else net.kernel(x, get="nngp", **more),  # noqa: B023
        ):
            with pytest.raises(InvalidInput, match=f"from {limit:g} on"):
                ask()


def test_below_the_limit_enclosures_and_digits_agree():
    phi = activation("exp(u**2)")
    lo, hi = phi.dual(0.2, 0.1, 0.1, certified=True)
    assert lo <= phi.dual(0.2, 0.1, 0.1, precision=25) <= hi
    assert (lo + hi) / 2 == pytest.approx(phi.dual(0.2, 0.1, 0.1), rel=1e-13)


@pytest.mark.parametrize("q", sweep([1.0, 2.5, 10.0], [1.0, 2.5]))
def test_an_integral_that_is_mostly_beyond_the_nodes_is_refused(q):
    """E exp(2|u|^1.5) is 1.15e92 at variance 2.5; up to 13 standard deviations 1.6e43."""
    with pytest.raises(NoClosedForm, match="or only beyond 12 standard deviations"):
        activation("exp(Abs(u)**(3/2))").dual(q, q, q, bound=True)


def test_below_that_variance_it_has_a_value_and_what_grows_faster_has_none():
    phi = activation("exp(Abs(u)**(3/2))")
    with pytest.warns(UncertifiedWarning, match="no bound"):
        assert phi.dual(0.3, 0.3, 0.3, bound=True)[0] == pytest.approx(
            float(phi.dual(0.3, 0.3, 0.3, precision=12)), rel=1e-8
        )
    with pytest.raises(NoClosedForm, match="grows too fast"):
        activation("exp(u/3)*tanh(u)").dual(1e4, 1e4, 1e4, bound=True)
