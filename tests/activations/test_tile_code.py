"""Code that computes κ and κ̇ of a tile in place: its values are those of the rules, and of any formula."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from sympy import Abs, Add, Mul, exp, gamma, im, lambdify, re, sqrt

from ntk_symbolic import activation
from ntk_symbolic.activations.code.codegen import ArrayPrinter
from ntk_symbolic.activations.code.generated import COMPILED
from ntk_symbolic.activations.code.tile_code import RHO, SINE, NotInPlace, in_place, tile_source
from ntk_symbolic.activations.condition.differences import arctan2
from ntk_symbolic.activations.form.variables import a, b, c
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.activations.numbers.compiled import Far
from ntk_symbolic.layers.pair import Pair

IN_PLACE = [name for name, compiled in COMPILED.items() if getattr(compiled, "far", None)]


def computed(far: Far | None, A: np.ndarray, B: np.ndarray, rho: np.ndarray, tangent: bool = True) -> Any:
    """κ and κ̇ by the code, on scratch arrays of NaN."""
    assert far is not None
    z = [np.full(rho.shape, np.nan) for _ in range(far.arrays)]
    x = [np.broadcast_to(v, A.shape)[:, None] for v in far.columns(np, A)]
    y = [np.broadcast_to(v, B.shape) for v in far.rows(np, B)]
    k, l = far.run(np, rho, x, y, z, tangent)
    return k * x[0] * y[0], l if l is None else l * x[1] * y[1]


def test_what_has_a_closed_form_without_integrals_is_computed_in_place():
    closed = {name for name in LIBRARY if (f := activation_of(name).reading).closed and f.portable}
    homogeneous = {name for name in closed if activation_of(name).reading.homogeneous}
    assert set(IN_PLACE) == closed - homogeneous and {"relu", "abs"} <= homogeneous


def activation_of(name: str):
    return activation(f"{name}(0.5)" if len(LIBRARY[name].parameters) == 1 else name)


@pytest.mark.parametrize("name", IN_PLACE)
@pytest.mark.parametrize("size", [1e-4, 1e-2, 1.0, 30.0])
def test_the_code_in_place_gives_the_values_of_the_rules(name, size):
    f = activation_of(name).reading
    rng = np.random.default_rng(0)
    A, B = size * rng.uniform(0.3, 3, 20), size * rng.uniform(0.3, 3, 30)
    rho = rng.uniform(-0.99, 0.99, (20, 30))
    before = rho.copy()
    kappa, dot = computed(f.far, A, B, rho)
    np.testing.assert_array_equal(rho, before)
    a, b = np.broadcast_arrays(A[:, None], B)
    pair = Pair(a, b, rho * np.sqrt(a * b), (1 - rho) * (1 + rho), np.sqrt(a) - np.sqrt(b))
    assert np.all(np.abs(kappa - f.value(pair)) <= 1e-14 * np.sqrt(f.square(a) * f.square(b)))
    whole = np.abs(f.slope(pair)) if f.jumps else np.sqrt(f.slope_square(a) * f.slope_square(b))
    assert np.all(np.abs(dot - f.slope(pair)) <= 1e-14 * whole)
    alone, none = computed(f.far, A, B, rho, tangent=False)
    np.testing.assert_array_equal(alone, kappa)
    assert none is None


def test_a_formula_of_a_user_is_compiled_in_place_too():
    assert activation("u + erf(2*u)").reading.far is not None


LEAVES = st.sampled_from([RHO, SINE, a, b, sqrt(a), sqrt(b), sqrt(a) * sqrt(b) * RHO, 1 + a])


def combined(inner):
    two = st.tuples(inner, inner)
    return st.one_of(
        two.map(lambda p: Add(*p)),
        two.map(lambda p: p[0] - 2 * p[1]),
        two.map(lambda p: Mul(*p)),
        two.map(lambda p: p[0] / (2 + p[1] ** 2)),
        inner.map(lambda x: 1 / sqrt(1 + x**2)),
        inner.map(lambda x: sqrt(1 + x**2) ** 3),
        two.map(lambda p: arctan2(p[0], sqrt(1 + p[1] ** 2))),
        inner.map(lambda x: exp(-(x**2))),
        inner.map(Abs),
    )


@settings(max_examples=100, deadline=None, derandomize=True, phases=(Phase.generate,))
@given(st.recursive(LEAVES, combined, max_leaves=8), st.recursive(LEAVES, combined, max_leaves=8), st.booleans())
def test_any_two_formulas_are_computed_as_numpy_computes_them(one, other, sharing):
    """Also if they share parts, in any order of use: an array is not overwritten while its content is needed."""
    kappa, dot = (one * other, one + other**2) if sharing else (one, other)
    assume(not (kappa + dot).has(re, im))  # SymPy takes arctan2 to be complex
    functions, made = in_place("f", kappa, dot, "", ArrayPrinter().doprint)
    scope = {"Far": Far}
    exec("\n".join(functions), scope)
    far = eval(made, scope)
    A, B, rho = np.array([0.3, 2.0, 1.1]), np.array([0.7, 1.3]), np.array([[0.1, -0.4], [0.8, 0.0], [-0.9, 0.5]])
    for found, formula in zip(computed(far, A, B, rho), (kappa, dot), strict=True):
        wanted = lambdify((a, b, RHO, SINE), formula, "numpy")(A[:, None], B, rho, (1 - rho) * (1 + rho))
        np.testing.assert_allclose(found, np.broadcast_to(wanted, rho.shape), rtol=1e-10, atol=1e-12)


def test_a_function_that_is_no_ufunc_is_refused():
    with pytest.raises(NotInPlace):
        in_place("f", gamma(1 + RHO), RHO, "", ArrayPrinter().doprint)


def test_an_angle_that_may_exceed_a_right_one_is_refused():
    """arctan2(y, x) is the arctangent of y/x for x > 0 alone."""
    part: Any = SimpleNamespace(kappa=arctan2(c, a - b), kappa_dot=c)
    with pytest.raises(NotInPlace, match="a - b"):
        tile_source("f", {"odd": part}, "", ArrayPrinter().doprint)
