"""Conversions: each against the equations of its source, written out anew, and against values of the libraries themselves."""

import json
from functools import partial
from pathlib import Path

import mpmath
import numpy as np
import pytest
from mpmath import mpf, pi

import ntk_symbolic as ns
from ntk_symbolic import InvalidInput, conventions

X = np.array([[1.0, 2.0, -1.0, 0.5], [0.5, -1.0, 3.0, 0.25], [-2.0, 0.25, 1.0, 1.0]])
BRANCHING = json.loads((Path(__file__).parent / "references/branching.json").read_text(encoding="utf-8"))
PEERS = json.loads((Path(__file__).parent / "references/peers.json").read_text(encoding="utf-8"))


def relu(a, b, c):
    """E φ(u)φ(v) and E φ'(u)φ'(v): Cho and Saul 2009, equations (3), (5) and (6), halved."""
    root = mpmath.sqrt(a * b)
    cosine = min(c / root, mpf(1))
    angle = mpmath.acos(cosine)
    return root * (mpmath.sin(angle) + (pi - angle) * cosine) / (2 * pi), (pi - angle) / (2 * pi)


def erf(a, b, c):
    """The same for erf: Williams 1997, equation (11), and its derivative in c."""
    width = (1 + 2 * a) * (1 + 2 * b)
    return 2 / pi * mpmath.asin(2 * c / mpmath.sqrt(width)), 4 / pi / mpmath.sqrt(width - 4 * c * c)


PHI = {"relu": relu, "erf": erf}


def dot(x, y):
    return sum(s * t for s, t in zip(x, y, strict=True))


def moments(phi, a, b, c):
    """E φ(u)², E φ(v)², E φ(u)φ(v)."""
    return [phi(*pair)[0] for pair in ((a, a, a), (b, b, b), (a, b, c))]


def jacot(x, y, layers, phi, beta):
    """Proposition 1 and Theorem 1: Σ¹ = x·x'/n₀ + β², Σ at L + 1 = E σσ + β²; Θ¹ = Σ¹, Θ at L + 1 = Θ Σ̇ + Σ."""
    square = mpf(beta) ** 2
    sigma = [dot(*pair) / len(x) + square for pair in ((x, x), (y, y), (x, y))]
    theta = sigma[2]
    for _ in range(layers - 1):
        slope = phi(*sigma)[1]
        sigma = [moment + square for moment in moments(phi, *sigma)]
        theta = theta * slope + sigma[2]
    return sigma[2], theta


def arora(x, y, depth, phi):
    """Equations (8) and (9): Σ at h = c E σσ, Σ̇ at h = c E σ̇σ̇; Θ = Σ_h Σ at h − 1 times Π over h' ≥ h of Σ̇ at h'."""
    c = 1 / phi(mpf(1), mpf(1), mpf(1))[0]
    sigma = [dot(*pair) for pair in ((x, x), (y, y), (x, y))]
    sigmas, slopes = [sigma[2]], []
    for _ in range(depth):
        slopes.append(c * phi(*sigma)[1])
        sigma = [c * moment for moment in moments(phi, *sigma)]
        sigmas.append(sigma[2])
    return sigma[2], sum(each * mpmath.fprod(slopes[h:]) for h, each in enumerate(sigmas))


def scikit_ntk(x, y, depth, bias, c):
    """Its loop: Σ without bias; K = K Σ̇ + Σ + bias², over (depth + 1)(bias² + 1)."""
    sigma = [dot(*pair) for pair in ((x, x), (y, y), (x, y))]
    K = sigma[2] + mpf(bias) ** 2
    for _ in range(depth):
        slope = c * relu(*sigma)[1]
        sigma = [c * moment for moment in moments(relu, *sigma)]
        K = K * slope + sigma[2] + mpf(bias) ** 2
    return K / ((depth + 1) * (mpf(bias) ** 2 + 1))


def standard(x, y, phi, W, b, widths):
    """Sohl-Dickstein et al. 2020, section 3: ∂/∂W of (W/√n)-sized weights gives n times the incoming kernel, biases 1."""
    incoming, theta, fan_in = [dot(*pair) / len(x) for pair in ((x, x), (y, y), (x, y))], 0, len(x)
    for layer, width in enumerate((*widths, 1)):
        theta = fan_in * incoming[2] + (b is not None) + mpf(W) ** 2 * theta
        sigma = [mpf(W) ** 2 * each + mpf(b or 0) ** 2 for each in incoming]
        if layer < len(widths):
            theta, incoming, fan_in = theta * phi(*sigma)[1], moments(phi, *sigma), width
    return sigma[2], theta


def matrix(pair, *arguments):
    """The kernel of the rows of X from that of two of them, by 30 digits: (n, n), or one for each kernel."""
    with mpmath.workdps(30):
        rows = [[mpf(float(t)) for t in row] for row in X]
        values = [[pair(x, y, *arguments) for y in rows] for x in rows]
        return np.moveaxis(np.array(values, dtype=float), (0, 1), (-2, -1))


def agree(found, wanted, rel=4e-15):
    """Relative to the size of the kernel; 4e-15 is the rounding of the factors, and of √c, √d ten times over."""
    np.testing.assert_allclose(found, wanted, rtol=rel, atol=rel * np.abs(wanted).max())


@pytest.mark.parametrize("phi", PHI)
@pytest.mark.parametrize("depth", [0, 1, 4])
def test_jacot(phi, depth):
    found = conventions.from_jacot(depth, phi, beta=0.3)
    nngp, ntk = matrix(jacot, depth + 1, PHI[phi], 0.3)
    agree(found.nngp(X), nngp)
    agree(found.ntk(X), ntk)


@pytest.mark.parametrize("phi", PHI)
@pytest.mark.parametrize("depth", [0, 1, 4])
def test_arora(phi, depth):
    found = conventions.from_arora(depth, 4, phi)
    nngp, ntk = matrix(arora, depth, PHI[phi])
    agree(found.nngp(X), nngp)
    agree(found.ntk(X), ntk)


def test_arora_is_half_of_d_times_the_network_with_the_square_root_of_two_in_every_layer():
    agree(conventions.from_arora(3, 4).ntk(X), 4 / 2 * ns.mlp(3, "relu", 2**0.5, 0.0).ntk(X))


@pytest.mark.parametrize("depth", [0, 1, 3, 10])
@pytest.mark.parametrize(("bias", "c"), [(0.0, 2.0), (0.1, 2.0), (0.7, 2.0), (0.7, 1.6)])
def test_scikit_ntk(depth, bias, c):
    agree(conventions.from_scikit_ntk(depth, 4, bias, c).ntk(X), matrix(scikit_ntk, depth, bias, c))


def test_the_biases_of_scikit_ntk_are_not_those_that_start_at_random():
    found, wanted = conventions.from_jacot(1, "relu", 0.7), matrix(scikit_ntk, 1, 0.7, 2.0)
    ratio = found.ntk(X) / wanted
    assert ratio.max() > 1.5 * ratio.min(), "no factor takes one to the other"


@pytest.mark.parametrize("b_std", [None, 0.0, 0.4])
@pytest.mark.parametrize("phi", PHI)
def test_standard(phi, b_std):
    found = conventions.standard(2, phi, 1.3, b_std, widths=[7, 11])
    nngp, ntk = matrix(standard, PHI[phi], 1.3, b_std, (7, 11))
    agree(found.nngp(X), nngp)
    agree(found.ntk(X), ntk)


@pytest.mark.parametrize("row", PEERS["rows"], ids=lambda row: f"{row['call']} {list(row['arguments'].values())}")
def test_values_that_the_libraries_returned(row):
    found = getattr(conventions, row["call"])(**row["arguments"])
    for get in {"nngp", "ntk"} & {*row}:
        agree(getattr(found, get)(PEERS["X"], PEERS["Y"]), np.array(row[get])[:, None])


@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_scales_of_each_layer_and_one_without_bias(get):
    """A network of neural-tangents with `b_std=None` in the middle."""
    wanted = np.array(BRANCHING["networks"]["standard_parameterization_mlp"][f"{get}_xx"], dtype=float)
    found = conventions.from_neural_tangents(2, "relu", [1.3, 1.1, 0.9], [0.2, None, 0.3], "standard", [7, 11])
    agree(getattr(found, get)(BRANCHING["X"]), wanted)
    again = conventions.from_neural_tangents(
        2, "relu", np.array([1.3, 1.1, 0.9]), (0.2, None, 0.3), "standard", (7, 11)
    )
    assert again == found
    plain = conventions.from_neural_tangents(2, "relu", [1.3, 1.1, 0.9], [0.2, None, 0.3]).network
    layers = [ns.Dense(W_std=W, b_std=b) for W, b in ((1.3, 0.2), (1.1, 0.0), (0.9, 0.3))]
    assert plain == ns.serial(layers[0], ns.Relu(), layers[1], ns.Relu(), layers[2])


REFUSED = [
    (partial(conventions.from_arora, 1, 0), "features is 0"),
    (partial(conventions.from_arora, -1, 3), "depth is -1"),
    (partial(conventions.from_scikit_ntk, 1, 3, c=0.0), "c is 0"),
    (partial(conventions.from_scikit_ntk, 1100, 3), "depth is 1100"),
    (partial(conventions.from_scikit_ntk, 400, 3, c=0.1), "depth is 400"),
    (partial(conventions.from_scikit_ntk, 1, 3, bias=1e200), "bias"),
    (partial(conventions.from_arora, 1, 3, "0*u"), "activation is 0"),
    (partial(conventions.from_scikit_ntk, 1, 3, bias=-0.1), "bias is -0.1"),
    (partial(conventions.from_botorch, 1, -1.0, 0.0), "weight_var is -1"),
    (partial(conventions.standard, 1), "widths is None"),
    (partial(conventions.standard, 2, widths=[3]), "widths has 1 numbers for 2 hidden layers"),
    (partial(conventions.from_neural_tangents, 2, W_std=[1.0, 2.0]), "W_std has 2 numbers for 3 Dense layers"),
    (partial(conventions.from_neural_tangents, 1, W_std=[1.0, None]), "W_std"),
    (partial(conventions.standard, 1, widths="ab"), "widths"),
    (partial(conventions.from_jacot, 1, beta=-1), "beta is -1"),
    (partial(conventions.from_neural_tangents, 2, parameterization="mup"), "parameterization is 'mup'"),
]


@pytest.mark.parametrize(("call", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_errors_name_the_argument(call, said):
    with pytest.raises(InvalidInput, match=said):
        call()
