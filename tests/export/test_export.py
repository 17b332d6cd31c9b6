"""Exported code agrees with values of 20 digits, in every language that is on this machine, and wrong code is refused."""

import re
from functools import cache
from pathlib import Path
from shutil import which

import numpy as np
import pytest
from click.testing import CliRunner

import ntk_symbolic as ns
from ntk_symbolic.cli import main
from ntk_symbolic.cli.export import FORMS as CLI_FORMS
from ntk_symbolic.errors import FileTrouble, InvalidInput, NoClosedForm, NoTangentKernel, NTKSymbolicError
from ntk_symbolic.export import checks
from ntk_symbolic.export.exported import FORMS
from ntk_symbolic.export.languages import LANGUAGES
from ntk_symbolic.export.program import network_program
from ntk_symbolic.export.rules import MOMENTS_OF_NUMBERS, RULES

BOTH = ("nngp", "ntk")
BLOCK = ns.Residual(ns.serial(ns.Relu(), ns.Dense(W_std=0.8, b_std=0.2)), scale=0.5)
RESIDUAL = ns.serial(ns.Dense(W_std=1.4, b_std=0.1), BLOCK, BLOCK, ns.LayerNorm(), ns.Relu(), ns.Dense())


def branch(phi, **scales):
    return ns.serial(ns.Dense(b_std=0.3), phi, *([ns.Dense(**scales)] if scales else []))


def branches(*parts, **options):
    return ns.serial(ns.Dense(b_std=0.3), ns.parallel(*parts, **options), ns.LayerNorm(eps=0.1), ns.Dense())


NETWORKS = {
    "a linear model": ns.mlp(0, "relu", 1.2, 0.3),
    **{f"two layers of {phi}": ns.mlp(2, phi, 1.2, 0.2) for phi in ("relu", "erf", "gelu", "sin", "cos")},
    "six layers of relu": ns.mlp(6, "relu"),
    "without biases": ns.mlp(2, "relu", 1.4, 0.0),
    "residual blocks": RESIDUAL,
    "means that add up": branches(branch(ns.Relu()), branch(ns.Gelu()), branch(ns.Cos())),
    "a product": branches(branch(ns.Relu(), W_std=1.1), branch(ns.Erf(), b_std=0.5), combine="product"),
    "side by side": branches(branch(ns.Relu()), branch(ns.Erf()), combine="concat", widths=(1, 2)),
    "RMSNorm": ns.serial(ns.Dense(), ns.RMSNorm(), ns.Abs(), ns.RMSNorm(eps=0.1), ns.Dense()),
    "Dropout": ns.serial(ns.Dense(), ns.Relu(), ns.Dropout(0.7), ns.Dense(), ns.Relu(), ns.Dense()),
    "standard parameterisation": ns.serial(
        ns.Dense(parameterization="standard", b_std=0.2, width=64), ns.Relu(), ns.Dense(parameterization="standard")
    ),
    "frozen parts": ns.serial(
        ns.Dense(train=False, b_std=0.3), ns.Relu(), ns.Dense(train="biases", b_std=0.2), ns.Erf(), ns.Dense(rate=0.3)
    ),
}


values = cache(checks.of_network)


@pytest.fixture(autouse=True)
def computed_once(monkeypatch):
    """Values of 20 digits are shared by the tests of a network."""
    monkeypatch.setattr(checks, "of_network", values)


def points(net):
    return values(net.graph(checks.FEATURES), BOTH)


def code(net, form="numpy"):
    return network_program(net.graph(), BOTH, LANGUAGES[form])


def found(net, form, text=None):
    """The errors at generic and at close pairs."""
    ran = checks.run(form, text or code(net, form), ["kernels"], points(net))
    assert ran is not None
    return checks.errors(ran[0], points(net))


# ---- accuracy --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
def test_numpy_code_has_thirteen_digits_at_generic_parallel_antipodal_equal_and_zero_inputs(net):
    generic, close = found(net, "numpy")
    assert generic <= 1e-13 and close <= 1e-13


def test_a_kink_after_a_smooth_activation_has_half_the_digits_at_nearly_equal_inputs_and_the_header_says_so():
    exported = ns.serial(ns.Dense(), ns.Gelu(), ns.Dense(), ns.Relu(), ns.Dense()).export("numpy")
    assert exported.checked.generic <= 1e-13
    assert 1e-13 < exported.checked.close <= 1e-7
    assert f"{exported.checked.close:.1g} at parallel" in " ".join(exported.text.replace("#", " ").split())


@pytest.mark.parametrize(
    "name", ["a linear model", "two layers of relu", "two layers of gelu", "residual blocks", "Dropout"]
)
@pytest.mark.parametrize("form", ["c", "julia", "torch", "jax"])
def test_every_language_on_this_machine_gives_the_same_digits(form, name):
    _need(form)
    generic, close = found(NETWORKS[name], form)
    assert generic <= 1e-13 and close <= 1e-13


def _need(form):
    if form in ("torch", "jax"):
        pytest.importorskip(form)
    elif which({"c": "cc", "julia": "julia"}[form]) is None:
        pytest.skip(f"{checks.PROGRAMS[form]} is not on this machine")


@pytest.mark.parametrize("name", ["relu", "erf", "step"])
def test_the_dual_of_an_activation_has_thirteen_digits(name):
    exported = ns.activation(name).export("numpy")
    assert exported.checked.generic <= 1e-13 and exported.checked.close <= 1e-13
    assert ("def kappa_dot" in exported.text) == (name != "step")


def test_a_jump_has_an_nngp_kernel_at_zero_vectors_too():
    net = ns.serial(ns.Dense(), ns.activation("1 + Heaviside(u)"), ns.Dense(b_std=0.1))
    checked = net.export("numpy", get="nngp").checked
    assert checked.generic <= 1e-13 and checked.close <= 1e-13
    with pytest.raises(NoTangentKernel, match=r'get="nngp"'):
        net.export("numpy")


def test_gradients_of_pytorch_code_are_those_of_the_network_and_finite_at_equal_inputs():
    torch = pytest.importorskip("torch")
    net, scope = NETWORKS["two layers of gelu"], {}
    exec(net.export("torch").text, scope)
    X, Y = np.random.default_rng(0).standard_normal((2, 4, 3))
    for other in (Y, X):
        x = torch.tensor(X, requires_grad=True)
        scope["ntk"](x, torch.tensor(other)).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), net.derivative(X, other, wrt="X").sum(1), rtol=1e-12)


# ---- the text --------------------------------------------------------------------------------------------------------


def test_exported_numpy_needs_nothing_of_this_package_and_takes_two_matrices():
    text = str(RESIDUAL.export("numpy", get=BOTH))
    assert set(re.findall(r"^(?:import|from) (\w+)", text, re.M)) == {"collections", "numpy"}
    scope = {}
    exec(text, scope)
    X, Y = np.random.default_rng(0).standard_normal((2, 5, 4))
    for pair in ((X, Y[:3]), (X,)):
        for ours, theirs in zip(RESIDUAL.kernel(*pair, get=BOTH), scope["kernels"](*pair), strict=True):
            np.testing.assert_allclose(theirs, ours, rtol=1e-13)


def test_the_header_states_network_formula_conventions_and_the_measured_error():
    exported = ns.mlp(1, "relu", 1.5, 0.1).export("numpy")
    head = exported.text.partition("from collections")[0]
    for said in (
        "NTK of infinite width: serial(Dense(W_std=1.5, b_std=0.1), activation('relu')",
        "kappa_dot(a, b, c) = asin(c/sqrt(a*b))/(2*pi) + 1/4",
        "phi(u) = Max(0, u); u, v centred Gaussian",
        "Dense:       K' = W_std^2 K + b_std^2,  T' = K' + W_std^2 T",
        "x.x'/d with d features",
        "output, squared",
        f"Accuracy: run with NumPy {np.__version__} against 20 digits",
    ):
        assert said in head
    assert all(line.startswith("#") or not line for line in head.splitlines())
    assert max(map(len, exported.text.splitlines())) <= 130


def test_no_value_in_a_rule_hides_a_rule():
    names = {rule.name for rule in (*RULES, *MOMENTS_OF_NUMBERS)}
    assert not names & {name for rule in (*RULES, *MOMENTS_OF_NUMBERS) for name, _ in rule.lets}


def test_latex_holds_the_recursion():
    exported = ns.mlp(1, "relu").export("latex")
    assert exported.checked is None
    assert r"\Theta_{2}" in exported.text and r"\begin{align*}" in exported.text
    assert r"\dot\kappa(a, b, c) &=" in ns.Relu().export("latex").text


def test_a_text_is_saved_whole_and_shown_in_short(tmp_path):
    exported = ns.Relu().export("latex")
    exported.save(tmp_path / "relu.tex")
    assert (tmp_path / "relu.tex").read_text(encoding="utf-8") == exported.text == str(exported)
    assert repr(exported).startswith("Exported(form='latex', ")
    with pytest.raises(FileTrouble, match="path"):
        exported.save(tmp_path / "none" / "relu.tex")


# ---- wrong code ------------------------------------------------------------------------------------------------------

NONZERO = "return np.where(x > 0, x, 0*x - 1)"  # which divides 0 alone, so that any number but 0 serves
EQUIVALENT = {
    "two layers of relu": {NONZERO},
    "two layers of erf": {NONZERO, "minus=p.minus - q.minus + more,"},  # q is a bias, whose r - c is 0
}


def mutants(text):
    """Each sign flipped, each constant of the formulas negated, and each 2 lost: the altered line, and the whole."""
    for place in re.finditer(r" [+-] |\b0\.\d{2,}\b|\b2\*", text):
        start, end = text.rfind("\n", 0, place.start()) + 1, text.find("\n", place.end())
        if text[start:end].strip().startswith("#"):
            continue
        new = {" + ": " - ", " - ": " + ", "2*": "1*"}.get(place[0]) or f"(-{place[0]})"
        line = text[start : place.start()] + new + text[place.end() : end]
        yield line.strip(), text[:start] + line + text[end:]


@pytest.mark.parametrize(("name", "equivalent"), EQUIVALENT.items())
def test_a_flipped_sign_or_a_lost_factor_is_caught(name, equivalent):
    net = NETWORKS[name]
    tried = dict(mutants(code(net)))
    assert len(tried) > 30
    assert {line for line, wrong in tried.items() if _passes(net, wrong)} == equivalent


def _passes(net, text):
    try:
        found(net, "numpy", text)
    except NTKSymbolicError:
        return False
    return True


def test_wrong_code_is_neither_returned_nor_written(monkeypatch, tmp_path):
    monkeypatch.setattr(
        "ntk_symbolic.export.exported.network_program", lambda *_: code(RESIDUAL).replace(" + ", " - ", 3)
    )
    with pytest.raises(NTKSymbolicError, match=r"the code gives .* where the value is"):
        ns.mlp(1, "relu").export("numpy", get=BOTH)
    result = CliRunner().invoke(main, ["export", "--depth", "1", "--get", "both", "-o", str(tmp_path / "wrong.py")])
    assert result.exit_code == 2 and not (tmp_path / "wrong.py").exists()


@pytest.mark.skipif(which("cc") is None, reason="there is no C compiler")
def test_c_that_does_not_compile_is_refused():
    with pytest.raises(NTKSymbolicError, match="cc refuses the code"):
        found(NETWORKS["a linear model"], "c", code(NETWORKS["a linear model"], "c").replace("root(a)", "root(a"))


def test_without_a_compiler_the_header_and_a_warning_say_so(monkeypatch):
    monkeypatch.setattr(checks, "which", lambda name: None)
    with pytest.warns(UserWarning, match=r"not run here: no C compiler \(cc\)"):
        exported = ns.mlp(0).export("c")
    assert "Accuracy: not run here: no C compiler (cc); the same formulas in NumPy" in exported.text


# ---- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["tanh", "relu6", "exp(u**2/8)"])
def test_a_dual_that_is_not_one_formula_is_refused_with_the_remedy(text):
    for held in (ns.activation(text), ns.mlp(1, text)):
        with pytest.raises(NoClosedForm, match=r"net\.kernel"):
            held.export("c")


def test_an_unknown_form_is_refused_with_the_known_ones():
    for held in (ns.Relu(), ns.mlp(1)):
        with pytest.raises(InvalidInput, match=r"form is 'rust': pass 'latex', 'numpy', .* or 'julia'"):
            held.export("rust")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["relu"], "to: pass --to latex"),
        (["--to", "c"], "name an activation, such as relu, or describe a network"),
        (
            ["relu", "--to", "c", "--depth", "2"],
            "--depth describes a network, and relu is an activation; leave one out",
        ),
        (["relu", "-o", "relu.rs"], "unknown suffix '.rs'; end it in .tex, .py, .c, .jl, or pass --to"),
        (["tanh", "--to", "c"], "net.kernel"),
        (["--arch", "dense relu dense", "--depth", "2", "--to", "c"], "describe the network twice"),
    ],
)
def test_the_command_refuses_in_one_line(words, said):
    result = CliRunner().invoke(main, ["export", *words])
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert said in line


def test_the_command_writes_what_export_returns(tmp_path):
    assert {*CLI_FORMS} == {*FORMS}
    path = Path(tmp_path, "kernel.py")
    words = ["export", "--arch", "dense relu dense", "--get", "nngp", "-o", str(path)]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0 and result.stdout == f"File: {path}\n"
    assert path.read_text(encoding="utf-8") == ns.architecture("dense relu dense").export("numpy", get="nngp").text
