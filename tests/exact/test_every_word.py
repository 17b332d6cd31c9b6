"""Digits and enclosures of residual, parallel, normalised, frozen and dropped networks: against recursions written out."""

import json
from dataclasses import replace
from pathlib import Path

import mpmath
import numpy as np
import plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ntk_symbolic as ns
from ntk_symbolic.errors import InvalidInput
from ntk_symbolic.exact import recursion
from ntk_symbolic.exact.relation import APART, SAME, Relation, mapped, multiplied, normalised, shared
from ntk_symbolic.networks.words import Gain

RELU, ERF, SIN = ("phi", "relu"), ("phi", "erf"), ("phi", "sin")


def dense(W_std, b_std=0.0):
    return "dense", W_std, b_std


def block(W_std=0.7, b_std=0.0, scale=1.0):
    return "residual", [RELU, dense(W_std, b_std)], scale


FROZEN, BIASES = {"train": False}, {"train": "biases"}

# the architectures of tests/references/branching.json, and what they leave out
ARCHITECTURES = {
    "residual": [dense(1.3, 0.2), block(1.1, 0.1), RELU, dense(1.2, 0.3)],
    "scaled branches": [dense(2**0.5), block(2**-0.5), block(2**-0.5), dense(1.0)],
    "layer norm": [dense(1.5, 0.2), ("layer_norm", 1e-12), RELU, dense(1.2, 0.1), ("layer_norm", 0.5), ERF, dense(1.0)],
    "standard": [
        ("with", {"W_std": w, "b_std": b, "width": n, "parameterization": "standard"}) if n else RELU
        for w, b, n in ((1.3, 0.2, 7), (0, 0, 0), (1.1, 0, 11), (0, 0, 0), (0.9, 0.3, 1))
    ],
    "product": [("product", [dense(1.3, 0.2), RELU], [dense(1.1, 0.1)]), dense(1.2, 0.1)],
    "dropout": [dense(1.3, 0.2), RELU, ("dropout", 0.8), dense(1.1, 0.1), ERF, ("dropout", 0.5), dense(1.0)],
    "frozen all but first": [
        dense(1.3, 0.2),
        RELU,
        ("with", {"W_std": 1.1, "b_std": 0.1, **FROZEN}),
        RELU,
        ("with", {"W_std": 0.9, "b_std": 0.3, **FROZEN}),
    ],
    "biases only": [
        ("with", {"W_std": 1.3, "b_std": 0.2, **BIASES}),
        RELU,
        ("with", {"W_std": 0.9, "b_std": 0.3, **BIASES}),
    ],
    "skip after an activation": [dense(1.3, 0.2), RELU, ("residual", [dense(1.1, 0.1), RELU]), dense(0.9, 0.3)],
    "layer norm after an activation": [dense(1.3, 0.2), RELU, ("layer_norm", 1e-3), dense(1.1, 0.3)],
    "sum of two activations": [("sum", [dense(1.3, 0.2), RELU], [dense(0.8), ("phi", "cos")]), dense(1.1)],
    "thirds": [dense(1.2, 0.4), ("concat", (1, 1, 1), [dense(1.0), RELU], [dense(0.9), SIN], [dense(0.5)]), dense(1.1)],
    "rates": [
        ("with", {"W_std": 1.2, "rate": 0.1}),
        ("phi", "abs"),
        ("with", {"W_std": 1.1, "b_std": 0.2, "rate": 3.0}),
    ],
    "nested": [
        dense(1.4),
        (
            "residual",
            [RELU, dense(0.9), block(0.8, 0.2, -0.5), ("layer_norm", 0.1), ERF, dense(0.7)],
            0.5,
            [dense(0.6)],
        ),
        ("rms_norm",),
        ("phi", "u**2 + u/2"),
        ("layer_norm",),
        ("dropout", 0.75),
        dense(1.0, 0.1),
    ],
}

ONE = np.array([1.0, 2.0, -1.0])
OTHER = np.array([0.5, -1.0, 3.0])
NEAR = [ONE + gap * OTHER for gap in (1e-3, 1e-12)]
ROWS = [OTHER, NEAR[1], 3 * ONE, -ONE]


def close(found, truth, size, digits=40):
    """`digits` digits, if the value is not less than 10^−digits of √(K(x, x) K(y, y))."""
    with mpmath.workdps(digits + 5):
        return abs(found - truth) <= 2 * mpmath.mpf(10) ** -digits * max(abs(truth), size * mpmath.mpf(10) ** -digits)


def inside(lo, truth, hi, size):
    """Equality up to the rounding error of 0 in 150 digits."""
    off = size * mpmath.mpf("1e-100")
    return mpmath.mpf(float(lo)) - off <= truth <= mpmath.mpf(float(hi)) + off


def narrow(lo, hi):
    return hi <= np.nextafter(np.nextafter(lo, np.inf), np.inf)


def agrees(description, X, Y, digits=40, kinds=("nngp", "ntk")):
    """Asserts that digits and enclosures are those of the plain recursion. Y None: X with itself."""
    net = plain.build(description)
    precise, enclosed = (net.kernel(X, Y, get=kinds, **how) for how in ({"precision": digits}, {"certified": True}))
    for i, x in enumerate(X):
        for j, y in enumerate(X if Y is None else Y):
            *truth, size = plain.kernels(description, x, y, Y is None and i == j)
            for kind, found, (lo, hi) in zip(kinds, precise, enclosed, strict=True):
                true = truth[kind == "ntk"]
                assert close(found[i, j], true, size, digits), (kind, i, j)
                assert inside(lo[i, j], true, hi[i, j], size), (kind, i, j)
                assert narrow(lo[i, j], hi[i, j]) or hi[i, j] - lo[i, j] <= 2.0**-99 * size, (kind, i, j)
    return True


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_word_has_its_digits_and_lies_within_its_bounds(name):
    assert agrees(ARCHITECTURES[name], [ONE], ROWS, kinds=("ntk",))
    assert agrees(ARCHITECTURES[name], [ONE], [OTHER], kinds=("nngp",))


FILE = json.loads((Path(__file__).parents[1] / "references" / "branching.json").read_text())


@pytest.mark.parametrize("name", FILE["networks"])
def test_digits_agree_with_those_on_file(name):
    """Thirty digits, except for the last four, which are floats."""
    given = FILE["networks"][name]
    truth, most = given["ntk_xx"], 2e-15 if name in [*FILE["networks"]][-4:] else 1e-28
    net = eval(given["layers"], {word: getattr(ns, word) for word in dir(ns)})
    found = net.kernel([*FILE["X"], *FILE["Y"]][: len(truth)], precision=30)
    with mpmath.workdps(40):
        for row, known in zip(found, truth, strict=True):
            for value, text in zip(row, known, strict=True):
                assert abs(value / mpmath.mpf(text) - 1) < most


@pytest.mark.parametrize("name", ["dropout", "nested", "residual"])
def test_only_a_row_with_itself_has_one_mask(name):
    """The rule differs for equal rows, and for rows of X with rows of Y."""
    assert agrees(ARCHITECTURES[name], [ONE, ONE], None, 15)
    assert agrees(ARCHITECTURES[name], [ONE], [ONE], 15)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_random_networks_have_their_digits_and_lie_within_their_bounds(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((2, 3))
    assert agrees(plain.random_network(rng), [x], [x + 10 ** rng.uniform(-12, -3) * y, -2 * x], 20, ("ntk",))


@pytest.mark.parametrize(
    ("b_std", "y"), [(0.0, 3 * ONE), pytest.param(0.0, -ONE, marks=pytest.mark.sweep), (0.1, NEAR[1])]
)
def test_fifty_residual_blocks(b_std, y):
    """Multiples remain multiples, or every block would halve the digits of a ball."""
    description = [dense(1.4, b_std), *[block(0.3, b_std)] * 50, dense(1.0)]
    assert agrees(description, [ONE], [y], 20, ("ntk",))


@pytest.mark.parametrize("eps", [0.0, 0.1])
def test_norms_keep_what_is_a_multiple(eps):
    """With eps the ratio of norms becomes another number, which is the same in all branches that follow."""
    deep = [dense(1.3), ("rms_norm", eps), *[block(0.9), ("phi", "abs"), dense(0.8)] * 12, dense(1.0)]
    assert agrees(deep, [ONE], [3 * ONE], 20, ("ntk",))


@pytest.mark.parametrize("name", ["residual", "product", "dropout", "layer norm after an activation", "thirds"])
def test_zero_vectors(name):
    without = [("dense", 1.3) if layer[0] == "dense" else layer for layer in ARCHITECTURES[name]]
    for description in (ARCHITECTURES[name], without):
        assert agrees(description, [0 * ONE], [ONE, 0 * ONE], 20)


def test_what_is_fixed_has_no_variance():
    """Without bias, φ of a zero vector is φ(0) ≠ 0 for every unit."""
    description = [dense(1.0), ("phi", "cos"), ("layer_norm", 0.1), dense(1.0, 0.2)]
    assert agrees(description, [0 * ONE, ONE], [ONE, 0 * ONE], 20, ("nngp",))
    net = plain.build([dense(1.0), ("phi", "cos"), ("layer_norm",), dense(1.0)])
    for how in ({"precision": 20}, {"certified": True}):
        with pytest.raises(InvalidInput, match="0/0"):
            net.kernel([0 * ONE], **how)


def test_a_variance_far_below_the_square_of_the_mean_has_its_digits():
    """cos of inputs of size 1e-20: E u² and (E u)² share their first 80 digits."""
    description = [dense(1.0), ("phi", "cos"), ("layer_norm",), dense(1.0)]
    assert agrees(description, [1e-20 * ONE], [1e-20 * OTHER, 1e-20 * NEAR[0]], 15)


@pytest.mark.parametrize("name", ["tanh", "softplus"])
def test_an_activation_without_closed_form_has_its_mean_as_well(name):
    """Against a rule of 120 by 120 nodes, and within value ± bound."""
    net = ns.serial(
        ns.Dense(W_std=0.5), ns.activation(name), ns.LayerNorm(0.1), ns.Residual(ns.Dense(W_std=0.5)), ns.Dense()
    )
    truth = normalised_by_quadrature(
        {"tanh": np.tanh, "softplus": lambda u: np.logaddexp(u, 0)}[name], ONE / 2, OTHER / 2
    )
    digits = net.kernel([ONE], [OTHER], get="nngp", precision=13)[0, 0]
    value, bound = (x[0, 0] for x in net.kernel([ONE], [OTHER], get="nngp", bound=True))
    lo, hi = (x[0, 0] for x in net.kernel([ONE], [OTHER], get="nngp", certified=True))
    assert float(digits) == pytest.approx(truth, rel=1e-11)
    assert lo <= digits <= hi and abs(value - digits) <= bound < 1e-9


def normalised_by_quadrature(phi, x, y):
    """The kernel after LayerNorm(0.1), and 1.25 times as large after the residual block."""
    z, w = np.polynomial.hermite_e.hermegauss(120)
    w = w / np.sqrt(2 * np.pi)
    a, b, c = x @ x / 3, y @ y / 3, x @ y / 3
    u = np.sqrt(a) * z[:, None]
    v = c / np.sqrt(a) * z[:, None] + np.sqrt(b - c * c / a) * z
    means = [w @ phi(np.sqrt(q) * z) for q in (a, b)]
    squares = [w @ phi(np.sqrt(q) * z) ** 2 - m * m + 0.1 for q, m in zip((a, b), means, strict=True)]
    return 1.25 * (w @ (phi(u) * phi(v)) @ w - means[0] * means[1]) / np.sqrt(squares[0] * squares[1])


# ---- relations of two inputs -----------------------------------------------------------------------------------------

PARALLEL, LONGER, OPPOSITE = Relation(1, ((0, 1),)), Relation(1, ((0, 2),)), Relation(-1)


def test_words_keep_of_two_inputs_what_they_may():
    assert shared(PARALLEL, PARALLEL) == PARALLEL
    assert shared(PARALLEL, LONGER) == shared(PARALLEL, SAME) == shared(OPPOSITE, SAME) == APART
    assert multiplied(PARALLEL, PARALLEL) == LONGER
    assert multiplied(OPPOSITE, OPPOSITE) == SAME
    assert multiplied(PARALLEL, APART) == APART
    assert mapped(PARALLEL, 0, 2) == LONGER
    assert mapped(PARALLEL, 0, 0) == SAME
    assert mapped(PARALLEL, 1, None) == mapped(OPPOSITE, 0, 1) == APART
    assert mapped(OPPOSITE, 1, None) == SAME
    assert mapped(OPPOSITE, -1, None) == OPPOSITE
    assert normalised(PARALLEL, 5, 0.0) == SAME
    assert normalised(PARALLEL, 5, 0.1) == Relation(1, ((5, 1),)) != normalised(PARALLEL, 6, 0.1)
    assert normalised(OPPOSITE, 5, 0.1) == OPPOSITE and normalised(APART, 5, 0.0) == APART


# ---- mistakes are found ---------------------------------------------------------------------------------------------


def uncrossed(monkeypatch):
    monkeypatch.setattr(recursion, "permutations", lambda *_: [])


def thawed(monkeypatch):
    monkeypatch.setattr(Gain, "tangent", Gain.square)


def altered(word, argument):
    """Both readings receive another argument."""

    def alter(monkeypatch):
        for reading in (recursion.Alone, recursion.Together):
            told = getattr(reading, word)
            changed = lambda self, node, *x, told=told: told(self, replace(node, argument=argument(node)), *x)  # noqa: E731
            monkeypatch.setattr(reading, word, changed)

    return alter


def masked_alike(monkeypatch):
    monkeypatch.setattr(recursion.Together, "itself", property(lambda _: True, lambda *_: None), raising=False)


MISTAKES = [
    (uncrossed, "skip after an activation"),
    (uncrossed, "sum of two activations"),
    (thawed, "frozen all but first"),
    (thawed, "biases only"),
    (altered("scaled", lambda node: abs(node.argument) ** 0.5), "nested"),
    (altered("normalised", lambda _: 0.0), "layer norm"),
    (altered("normalised", lambda _: 0.0), "layer norm after an activation"),
    (masked_alike, "dropout"),
    (masked_alike, "nested"),
]


@pytest.mark.parametrize(("mistake", "name"), MISTAKES)
def test_a_mistake_in_a_word_is_found(mistake, name, monkeypatch):
    assert agrees(ARCHITECTURES[name], [ONE], [OTHER], 12)
    mistake(monkeypatch)
    with pytest.raises(AssertionError):
        agrees(ARCHITECTURES[name], [ONE], [OTHER], 12)
