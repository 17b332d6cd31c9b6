"""Removable singularities such as that of sin(u)/u are evaluated near 0 without cancellation."""

import numpy as np
import pytest

from ntk_symbolic import activation

by_text = pytest.mark.parametrize(
    "text, at_zero, slope",  # Taylor: φ(0), and φ''(0) or φ'(0) by which κ̇ begins
    [
        ("sin(u)/u", 1.0, (-1 / 3, 2)),
        ("(1 - cos(u))/u**2", 0.5, (-1 / 12, 2)),
        pytest.param("tanh(5*u)/u", 5.0, (-250 / 3, 2), marks=pytest.mark.sweep),
    ],
)


@by_text
def test_at_and_around_0_there_are_values(text, at_zero, slope):
    phi = activation(text)
    assert phi.phi(np.array([0.0, 1e-9, -1e-9])) == pytest.approx(at_zero, rel=1e-14)
    assert phi.dphi(np.array([1e-9, 1e-5])) == pytest.approx(slope[0] * np.array([1e-9, 1e-5]), rel=1e-6)


@by_text
@pytest.mark.filterwarnings("ignore::ntk_symbolic.errors.UncertifiedWarning")
def test_the_slope_kernel_at_small_variance_is_that_of_taylors_polynomial(text, at_zero, slope):
    """φ' = φ''(0) u + O(u³): κ̇ = φ''(0)² c (1 + O(a))."""
    value, bound = activation(text).dual_dot(1e-8, 1e-8, 0.5e-8, bound=True)
    assert value == pytest.approx(slope[0] ** 2 * 0.5e-8, rel=1e-5)
    assert bound < 1e-9


@pytest.mark.filterwarnings("ignore::ntk_symbolic.errors.UncertifiedWarning")
def test_values_agree_with_digits():
    phi = activation("sin(u)/u")
    for size in (1e-6, 1.0, 1e3):
        value, bound = phi.dual_dot(size, size, size / 2, bound=True)
        assert abs(value - float(phi.dual_dot(size, size, size / 2, precision=15))) <= bound < 1e-11


def test_a_pole_stays_one():
    from ntk_symbolic.errors import NoClosedForm

    with pytest.raises(NoClosedForm, match="pole"):
        activation("cos(u)/u").dual(1.0, 1.0, 0.5)
