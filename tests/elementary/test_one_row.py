"""The hyperbolic secant is a row of the table, an array function and a rule of balls: every reading of an activation has it."""

import mpmath
import numpy as np
import pytest
from sympy import Symbol, latex, sech

from ntk_symbolic import activation, mlp
from ntk_symbolic.activations.facts.features import features
from ntk_symbolic.errors import NotationError

bump = activation("sech(u)")


def mean_square(a: float) -> mpmath.mpf:
    """E sech(√a z)²"""
    with mpmath.workdps(30):
        density = lambda z: mpmath.exp(-z * z / 2) / mpmath.sqrt(2 * mpmath.pi)  # noqa: E731
        return 2 * mpmath.quad(lambda z: density(z) * mpmath.sech(mpmath.sqrt(a) * z) ** 2, [0, 1, 3, 6, 12])


def test_a_text_of_it_is_read_and_set_and_what_it_is_is_known():
    u = Symbol("u", real=True)
    assert bump.expr == sech(u) and r"\operatorname{sech}" in latex(bump.expr)
    known = features(bump.expr)
    assert known.parity == "even" and known.smooth and known.breaks == ()
    assert bump(np.array([-800.0, 0.0, 800.0])).tolist() == [0.0, 1.0, 0.0]  # no overflow, which would warn
    assert activation("sech(2)*u").expr.subs(u, 1).evalf() == pytest.approx(1 / np.cosh(2.0))
    with pytest.raises(NotationError, match="sech"):
        activation("sech(u, 1)")


@pytest.mark.parametrize("a", [0.01, 1.0, 30.0])
def test_its_kernel_has_a_proved_bound_that_holds(a):
    value, bound = bump.dual(a, a, a, bound=True)
    assert abs(value - mean_square(a)) <= bound <= 1e-10


def test_its_kernel_has_as_many_digits_as_are_asked_for():
    assert abs(bump.dual(1.0, 1.0, 1.0, precision=25) - mean_square(1.0)) < mpmath.mpf(10) ** -25


def test_networks_of_it_are_bounded_too():
    X = np.array([[1.0, 0.5], [-0.2, 0.7], [0.3, -1.2]])
    net = mlp(2, "sech(u)", 1.5, 0.1)
    value, bound = net.kernel(X, bound=True)
    np.testing.assert_allclose(net.kernel(X), value, rtol=0, atol=1e-12)
    assert np.all(bound < 1e-9)


def test_breakpoints_are_found_by_its_inverse():
    cut = activation("Max(sech(u) - 1/2, 0)")
    ends = [float(x) for x, _ in features(cut.expr).breaks]
    np.testing.assert_allclose(ends, [-np.arccosh(2), np.arccosh(2)])
