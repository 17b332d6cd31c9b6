"""Kernel regression: the solution of (K + ridge) α = y, and its condition number."""

import tracemalloc
import warnings

import numpy as np
import pytest
import scipy.sparse

from ntk_symbolic import activation, mlp
from ntk_symbolic.dynamics.factor import CONDITION_LIMIT, JITTERS, JitterAdded, factorise
from ntk_symbolic.dynamics.regression import KernelRegression
from ntk_symbolic.errors import InvalidInput

RNG = np.random.default_rng(0)
X, NEW = RNG.standard_normal((30, 3)), RNG.standard_normal((7, 3))
ONE, TWO = RNG.standard_normal(30), RNG.standard_normal((30, 2))


def kernel(X, Y):
    """The Laplace kernel: strictly positive definite, with a moderate condition number."""
    Y = X if Y is None else Y
    return np.exp(-np.sqrt(((X[:, None] - Y[None]) ** 2).sum(-1)))


@pytest.mark.parametrize("y", [ONE, TWO])
@pytest.mark.parametrize("ridge", [0.0, 0.3])
def test_it_solves_the_regularised_system(y, ridge):
    model = KernelRegression(kernel, X, y, ridge)
    expected = kernel(NEW, X) @ np.linalg.solve(kernel(X, X) + ridge * np.eye(30), y)
    np.testing.assert_allclose(model.predict(NEW), expected, rtol=1e-10, atol=1e-12)
    assert model.predict(NEW).shape == (7, *y.shape[1:])
    assert (model.ridge, model.jitter) == (ridge, 0.0)


def test_without_ridge_it_is_gradient_flow_at_the_end():
    """f_t(x) = K(x, X) K⁻¹ (1 − e^{−Kt}) y: at t = 10⁴, e^{−λt} is below 10⁻¹⁰⁰ for every eigenvalue here."""
    values, vectors = np.linalg.eigh(kernel(X, X))
    assert values.min() > 0.03
    flow = kernel(NEW, X) @ (vectors * (-np.expm1(-1e4 * values) / values)) @ (vectors.T @ ONE)
    np.testing.assert_allclose(KernelRegression(kernel, X, ONE).predict(NEW), flow, rtol=1e-10)


def test_the_condition_number_is_that_of_the_matrix_solved():
    """LAPACK's estimate is a lower bound, rarely below a third of the truth (Higham)."""
    for ridge in (0.0, 0.5):
        exact = np.linalg.cond(kernel(X, X) + ridge * np.eye(30), 1)
        assert exact / 3 < KernelRegression(kernel, X, ONE, ridge).condition < exact * (1 + 1e-9)


def test_duplicates_are_reported_once_and_predict_the_mean_of_their_targets():
    doubled, y = np.vstack((X, X[:1])), np.append(ONE, ONE[0] + 1)
    with pytest.warns(JitterAdded, match="ridge=") as said:
        model = KernelRegression(kernel, doubled, y)
    assert len(said) == 1
    assert 0 < model.jitter <= 1e-10
    assert model.condition <= CONDITION_LIMIT
    # Three digits are left at the largest condition number allowed.
    np.testing.assert_allclose(model.predict(X[:2]), [ONE[0] + 0.5, ONE[1]], atol=5e-3)


def test_a_ridge_makes_jitter_needless():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert KernelRegression(kernel, np.vstack((X, X)), np.append(ONE, ONE), ridge=1e-3).jitter == 0


def test_the_jitter_is_the_smallest_of_the_ladder_that_works():
    singular = np.asfortranarray(np.ones((20, 20)) + np.diag(np.linspace(0, 1, 20) ** 12))
    _, condition, jitter = factorise(singular.copy("F"))
    step = JITTERS.index(min(JITTERS, key=lambda s: abs(s * singular.diagonal().mean() - jitter)))
    before = 0.0 if step == 0 else JITTERS[step - 1] * singular.diagonal().mean()
    assert condition <= CONDITION_LIMIT < np.linalg.cond(singular + before * np.eye(20), 1)


def test_a_failed_attempt_gives_the_matrix_back():
    """A matrix of low rank, for which Cholesky fails half way; the factor after jitter must be that of the given matrix."""
    basis = np.random.default_rng(1).standard_normal((40, 5))
    matrix = basis @ basis.T
    factor, _, jitter = factorise(np.asfortranarray(matrix.copy()))
    lower = np.tril(factor)
    np.testing.assert_allclose(lower @ lower.T, matrix + jitter * np.eye(40), atol=1e-13 * matrix.max() * 40)


def test_the_matrix_is_held_once():
    n = 1200
    points = np.random.default_rng(2).standard_normal((n, 3))
    K = kernel(points, None)
    held = {}

    def ready(X, Y):
        return held.pop("K")

    held["K"] = K
    del K
    tracemalloc.start()
    KernelRegression(ready, points, points[:, 0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.1 * n * n * 8, "beside the matrix the kernel made, only vectors"


def test_later_changes_of_the_inputs_do_not_reach_the_model():
    mine = X.copy()
    model = KernelRegression(kernel, mine, ONE)
    before = model.predict(NEW)
    mine[:] = 0
    np.testing.assert_array_equal(model.predict(NEW), before)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"y": ONE[:5]}, "y has shape"),
        ({"y": np.ones((30, 1, 1))}, "y has shape"),
        ({"y": np.full(30, np.nan)}, "y has a NaN"),
        ({"y": ONE + 1j}, "y is complex"),
        ({"y": np.ma.array(ONE, mask=ONE > 0)}, r"y is a masked array; pass y.filled\(value\)"),
        ({"y": np.zeros(30, "M8[s]")}, "y has the type datetime64"),
        ({"y": np.zeros(30, "m8[s]")}, "y has the type timedelta64"),
        ({"y": ["1"] * 30}, "y holds text, not numbers; .* for classes one column of 0 and 1 each"),
        ({"y": np.array([1j] * 30, object)}, "y holds objects"),
        ({"y": scipy.sparse.csr_array(np.ones((30, 1)))}, r"y is sparse .*; pass y.toarray\(\)"),
        ({"ridge": -1.0}, "ridge"),
        ({"ridge": np.inf}, "ridge"),
        ({"X": ONE}, "X has one dimension"),
        ({"kernel": lambda X, Y: np.ones((30, 30, 2))}, "kernel"),
        ({"kernel": lambda X, Y: np.full((30, 30), np.inf)}, "NaN or an infinity"),
        ({"kernel": lambda X, Y: np.zeros((30, 30))}, "ridge > 0"),
        ({"kernel": lambda X, Y: 1 - 2 * np.eye(30)[::-1]}, "not positive semidefinite"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_the_reason(given, named):
    with pytest.raises(InvalidInput, match=named):
        KernelRegression(**{"kernel": kernel, "X": X, "y": ONE, **given})


def test_new_inputs_of_another_dimension_are_refused():
    with pytest.raises(InvalidInput, match="X has 2 features"):
        KernelRegression(kernel, X, ONE).predict(NEW[:, :2])


def test_float32_inputs_are_fitted_in_float64():
    """Rounded to float32, the matrix of so smooth a kernel is singular: the error was 18 times larger, the jitter 10⁴ times."""
    x = np.linspace(-1, 1, 200, dtype=np.float32)[:, None]
    y, net = np.sin(3 * x[:, 0]) + np.abs(x[:, 0]), mlp(2, "erf", 1.5, 0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", JitterAdded)
        single, double = net.fit(x, y), net.fit(x.astype(np.float64), y)
    assert (single.jitter, single.condition) == (double.jitter, double.condition)
    new = np.float32([[0.123], [0.77]])
    np.testing.assert_array_equal(single.predict(new), double.predict(new.astype(np.float64)))


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_inputs_of_fewer_digits_lose_none_more(kind):
    X_few = X.astype(kind)
    np.testing.assert_allclose(
        mlp(2, "relu", W_std=1.0, b_std=0.0).ntk(X_few),
        mlp(2, "relu", W_std=1.0, b_std=0.0).ntk(X_few.astype(np.float64)),
        rtol=1e-7,
    )
    a = np.asarray([1.0, 0.5], dtype=kind)
    np.testing.assert_allclose(activation("relu").dual(a, a, a / 2), [0.304498890, 0.152249445], rtol=1e-6)
    assert activation("relu").dual(a, a, a / 2).dtype == np.float32
