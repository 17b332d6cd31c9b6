"""Networks from their text: the allowed layers, and the errors for other text."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import ntk_symbolic as ns
from ntk_symbolic.cli import main
from ntk_symbolic.errors import InvalidInput

X = np.array([[1.0, 2.0, -1.0], [0.5, -1.0, 3.0]])
D, R = ns.Dense(), ns.Relu()

TEXTS = {
    "dense relu dense": ns.serial(D, R, D),
    "Dense() ReLU() Dense(w_std=1.5, B_STD=.25)": ns.serial(D, R, ns.Dense(W_std=1.5, b_std=0.25)),
    'dense(W_std="sqrt(2)") "u*erf(u)" dense': ns.serial(ns.Dense(W_std=2**0.5), ns.activation("u*erf(u)"), D),
    "dense leaky_relu(0.1) dense(train=weights, rate=0.1)": ns.serial(
        D, ns.LeakyRelu(0.1), ns.Dense(train="weights", rate=0.1)
    ),
    "dense(parameterization=standard, width=64) swish dense(train=False)": ns.serial(
        ns.Dense(parameterization="standard", width=64), ns.Silu(), ns.Dense(train=False)
    ),
    "dense residual(relu dense)  # a block\n layer_norm(0.5) relu dense": ns.serial(
        D, ns.Residual(ns.serial(R, D)), ns.LayerNorm(0.5), R, D
    ),
    "dense residual(relu dense, scale=-0.5, projection=dense(b_std=1))": ns.serial(
        D, ns.Residual(ns.serial(R, D), scale=-0.5, projection=ns.Dense(b_std=1.0))
    ),
    "dense parallel(sum: relu dense | dense) rmsnorm relu dropout(0.9) dense": ns.serial(
        D, ns.parallel(ns.serial(R, D), D), ns.RMSNorm(), R, ns.Dropout(0.9), D
    ),
    "dense parallel(product: relu | dense) dense": ns.serial(D, ns.parallel(R, D, combine="product"), D),
    "dense parallel(relu, relu dense, combine=concat, widths=(30, 10)) dense": ns.serial(
        D, ns.parallel(R, ns.serial(R, D), combine="concat", widths=(30, 10)), D
    ),
    "dense repeat(3, residual(relu dense))": ns.serial(D, ns.repeat(ns.Residual(ns.serial(R, D)), 3)),
    "mlp(2, gelu)": ns.mlp(2, "gelu"),
    "relu dense": ns.serial(R, D),
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_the_network_that_python_would_make(text):
    assert ns.architecture(text) == TEXTS[text]


number = st.floats(0.0, 4.0).map(lambda x: round(x, 3))
dense = st.builds(
    ns.Dense,
    W_std=number,
    b_std=number,
    train=st.sampled_from([True, False, "weights", "biases"]),
    rate=st.floats(0.1, 2.0),
    parameterization=st.sampled_from(["ntk", "standard"]),
    width=st.just(64),
)
phi = st.sampled_from([ns.Relu(), ns.Erf(), ns.LeakyRelu(0.3), ns.activation("u*erf(u) - 1/3")])
norm = st.sampled_from([ns.LayerNorm(), ns.RMSNorm(1e-5)])


def blocks(body):
    branch = st.builds(ns.serial, phi, dense) | body.map(lambda layer: ns.serial(layer, ns.Relu(), ns.Dense(width=64)))
    return (
        st.builds(ns.Residual, branch, scale=st.floats(-2.0, 2.0), projection=st.none() | dense)
        | st.builds(ns.parallel, branch, branch)
        | st.builds(lambda x, y: ns.serial(ns.parallel(x, y, combine="product"), ns.Dense(width=64)), branch, branch)
        | st.builds(lambda layer, n: ns.repeat(layer, n), branch, st.integers(1, 3))
    )


layers = st.recursive(st.builds(ns.serial, phi, dense), blocks, max_leaves=4)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(dense, layers, norm, phi, dense)
def test_what_python_shows_of_a_network_is_read_back(first, block, normalised, activation, last):
    net = ns.serial(first, block, normalised, activation, ns.Dropout(0.75), last)
    assert ns.architecture(repr(net)) == net


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("dense reluu dense", "character 7", "did you mean relu"),
        ("dense\n  relu\n  rleu dense", "line 3, column 3", "did you mean relu"),
        ("dense(W_st=1.4)", "character 7", "it takes W_std, b_std, train, rate"),
        ("dense(512) relu dense", "character 1", "dense takes no number without a name: write dense(W_std=1.4"),
        ("dense relu relu dense", "character 12", "put a Dense between them"),
        ("dense residual(relu)", "character 7", "end one of them with a Dense"),
        ("relu dense(W_std=-1)", "character 6", "at least 0"),
        ("dense parallel(summ: relu dense | dense)", "character 7", "write one of sum, product, concat"),
        ("dense parallel(sum: relu dense | dense", "character 39", "allowed there: a layer or activation by name"),
        ("dense, relu", "character 6", "allowed there: a layer or activation by name, a formula in quotes, (, the end"),
        ("dense -> relu", "character 7", "'-' has no meaning"),
        ("dense é", "character 7", "'é' has no meaning"),
        ('dense "u*erf(u', "character 7", "not closed in its line"),
        ("dense 'u*erf(v)'", "character 7", "unknown name 'v'"),
        ("dense(W_std=relu dense)", "character 13", "W_std takes a number, and no layers"),
        ("dense(W_std=)", "character 13", "a number"),
        ("dense(W_std='u')", "character 13", 'such as W_std="sqrt(2)"'),
        ("dense(W_std=1, W_std=2)", "character 16", "leave one out"),
        ("residual()", "character 1", "residual needs a body"),
        ("residual(dense | dense)", "character 10", "| separates the branches of parallel"),
        ("repeat(4)", "character 1", "repeat(4, relu dense)"),
        ("dropout(2)", "character 1", "share of units"),
        ("conv(3) dense", "character 1", "flatten the inputs"),
        ("mlp(relu)", "character 1", "mlp needs a depth"),
        ("leaky_relu(0.1, 0.2)", "character 1", "leaky_relu takes numbers for alpha"),
        ("relu(dense)", "character 1", "takes numbers and no layers"),
        ("__import__('os').system('true')", "character 17", "'.' has no meaning"),
    ],
)
def test_mistakes_are_told_with_their_place_and_with_what_may_stand_there(text, place, said):
    with pytest.raises(InvalidInput) as trouble:
        ns.architecture(text)
    assert f"architecture, at {place}: " in str(trouble.value) and said in str(trouble.value)
    assert "\n" not in str(trouble.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "dense " * 4000,
        "relu dense " * 1500,
        "repeat(2000, repeat(2000, relu dense))",
        "repeat(1001, relu dense)",
        "mlp(1000000)",
        "residual(" * 2000 + "relu dense" + ")" * 2000,
        "(" * 5000,
        "dense(W_std='" + "9**" * 500 + "9')",
        "dense(W_std=1e999)",
        "repeat(" + "9" * 20 + ", relu dense)",
    ],
)
def test_no_text_takes_long(text):
    with pytest.raises(InvalidInput):
        ns.architecture(text)


def test_a_text_is_a_text():
    with pytest.raises(InvalidInput, match="pass a text"):
        ns.architecture(ns.mlp(1))


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def test_the_command_line_takes_a_text_or_a_file_of_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("X.npy", X)
    text = "dense(W_std=1.4) repeat(2, residual(relu dense)) layernorm relu dense"
    (tmp_path / "net.txt").write_text("# two blocks\n" + text.replace(") ", ")\n"), encoding="utf-8")
    for given_ in (text, "net.txt"):
        done = run("kernel", "X.npy", "-o", "K.npy", "--arch", given_)
        assert done.exit_code == 0 and f"NTK of {text} → K.npy" in done.output
        np.testing.assert_array_equal(np.load("K.npy"), ns.architecture(text).ntk(X))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--arch", "none.txt"), "arch: none.txt is no file"),
        (("--arch", "dense", "--depth", "2"), "--arch and --depth describe the network twice; leave one out"),
        (("--arch", "dense relu"), "must start and end with Dense"),
        (("--arch", "dense reluu"), "did you mean relu"),
    ],
)
def test_the_command_line_says_what_is_wrong_with_an_architecture(arguments, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("X.npy", X)
    done = run("kernel", "X.npy", "-o", "K.npy", *arguments)
    assert done.exit_code == 2 and said in done.output and not (tmp_path / "K.npy").exists()
