"""Results that are computed once and used several times equal those computed each time."""

import numpy as np
import pytest

from ntk_symbolic import activation
from ntk_symbolic.activations.code.series_code import _shared
from ntk_symbolic.activations.numbers import coefficients

VALUES = [
    "xp.exp(-u)*xp.sin(u) + xp.exp(-u)*xp.sin(2*u)",
    "u/((1 - u)*(1 - u)) + (1/((1 - u)))",
    "xp.tanh(xp.exp(u))*xp.exp(u) - xp.tanh(xp.exp(u))",
    "(u + 1) + xp.abs(u + 1) + xp.exp(xp.abs(u + 1))",
    "xp.sin(u)",
]


@pytest.mark.parametrize("value", VALUES)
def test_lines_with_shared_parts_give_the_same_floats(value):
    scope: dict = {}
    exec("\n    ".join(["def f(xp, u):", *_shared(value)]), scope)
    u = np.linspace(-3, 0.9, 101)
    assert np.array_equal(scope["f"](np, u), eval(value, {"xp": np, "u": u}))


def test_a_part_that_occurs_once_has_no_name():
    assert _shared("xp.sin(u)*xp.sin(2*u)") == ["return xp.sin(u)*xp.sin(2*u)"]


@pytest.mark.parametrize("text", ["mish", "softsign"])
def test_panels_are_the_same_whatever_was_asked_for_before(text):
    f = activation(text).series.df

    def panels(*counts):
        coefficients._met.cache_clear()
        coefficients._panels.cache_clear()
        with np.errstate(all="ignore"):
            return [coefficients._panels(f, 1.0, 2.8561, count) for count in counts]

    *_, later = panels(4096, 256, 1024)
    (alone,) = panels(1024)
    assert np.array_equal(later.x, alone.x)
    assert (later.error, later.error_of_square) == (alone.error, alone.error_of_square)


def test_ellipses_at_once_have_the_bounds_of_each_alone():
    f = activation("mish").series.df
    left, right = np.array([0.0, 1.5, 6.0]), np.array([1.5, 2.0, 13.0])

    def sizes(*panels):
        coefficients._met.cache_clear()
        with np.errstate(all="ignore"):
            return coefficients._sizes(f, 0.5, 40.0, *panels)

    together = sizes(left, right)
    for k in range(len(left)):
        alone = sizes(left[k : k + 1], right[k : k + 1])
        np.testing.assert_allclose(alone[:, 0], together[:, k], rtol=1e-14)  # the last digit may hang on vector units
