"""The public names: their calls, results and errors."""

import pickle
import re
import subprocess
import sys
from inspect import signature

import numpy as np
import pytest
from sympy import Abs, Function, Symbol, exp, pi
from sympy import erf as sympy_erf

import ntk_symbolic as ns
from ntk_symbolic.activations.aliases import ALIASES, layer_names, library_name
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.elsewhere import CLASSIFIED, FITTED, PACKAGE
from ntk_symbolic.errors import (
    InvalidInput,
    NoTangentKernel,
    NotationError,
    NTKSymbolicError,
    UnknownActivation,
)

X = np.random.default_rng(0).standard_normal((6, 4))
RELU = ns.mlp(2, "relu", 1.4, 0.3)


# ---- names, defaults, repr -------------------------------------------------------------------------------------------


def test_every_public_name_exists_and_dir_lists_it():
    assert set(dir(ns)) == {*ns.__all__, *layer_names()}
    for name in ns.__all__:
        assert getattr(ns, name) is not None
    with pytest.raises(AttributeError, match=r"no attribute 'Rellu'; did you mean Relu\?"):
        _ = ns.Rellu
    with pytest.raises(AttributeError, match=r"did you mean Relu\?"):
        _ = ns.relu
    with pytest.raises(AttributeError, match=r"no attribute '_relu'$"):
        _ = ns._relu


def test_the_defaults_are_the_ones_that_are_documented():
    assert ns.Dense() == ns.Dense(W_std=1.0, b_std=0.0)
    assert ns.mlp(2) == ns.mlp(depth=2, activation="relu", W_std=2**0.5, b_std=0.1)
    report = {name: p.default for name, p in signature(ns.Activation.report).parameters.items()}
    assert (report["W_std"], report["b_std"]) == (2**0.5, 0.1), "every network that is built for you is the same one"
    defaults = {name: p.default for name, p in signature(ns.Network.sample).parameters.items()}
    assert (defaults["seed"], defaults["outputs"]) == (0, 1)
    assert signature(ns.Network.kernel).parameters["get"].default == "ntk"
    assert signature(ns.Network.diagonal).parameters["get"].default == "ntk"


def test_layers_in_camel_case_are_library_activations():
    assert ns.Relu() == ns.activation("relu")
    assert ns.LeakyRelu(0.1) == ns.activation("leaky_relu(0.1)")
    assert ns.Erf() == ns.activation("erf") and ns.Gelu().name == "gelu"
    assert ns.Abrelu(beta=2) == ns.activation("abrelu(0, 2)") and ns.LeakyRelu(np.float64(0.1)) == ns.LeakyRelu(0.1)
    for name, item in layer_names().items():
        make = getattr(ns, name)
        assert make() == ns.activation(item) and LIBRARY[item].text in make.__doc__
        assert pickle.loads(pickle.dumps(make)) is make


SPELLINGS = {
    "relu": ["ReLU", "RELU", "Relu"],
    "gelu": ["GELU"],
    "silu": ["SiLU", "swish", "Swish"],
    "leaky_relu": ["LeakyReLU", "LeakyRelu", "leakyrelu"],
    "leaky_relu(0.2)": ["LeakyReLU(0.2)", " leakyrelu( 0.2 )"],
    "step": ["heaviside", "Heaviside"],
    "hard_tanh": ["hardtanh", "Hardtanh", "HardTanh"],
    "hard_swish": ["Hardswish", "hardswish", "h_swish"],
    "elu": ["ELU"],
    "selu": ["SELU"],
    "abrelu": ["ABRelu"],
    "sigmoid": ["logistic"],
    "identity": ["linear"],
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_names_of_the_field_are_understood_in_any_case(name):
    for spelling in SPELLINGS[name]:
        assert ns.activation(spelling) == ns.activation(name)
        if spelling[0].isupper() and "(" not in spelling:
            assert getattr(ns, spelling)() == ns.activation(name)


def test_every_name_of_the_table_means_one_activation():
    assert all(library_name(name) == name for name in LIBRARY)
    assert all(library_name(alias) == item and item in LIBRARY for alias, item in ALIASES.items())
    folded = [name.replace("_", "") for name in (*LIBRARY, *ALIASES)]
    assert len(set(folded)) == len(folded), "a name in any case is one name"


ACTIVATIONS = [
    "relu",
    "leaky_relu",
    "leaky_relu(0.1)",
    " gelu ",
    "u*erf(u)",
    "Max(2*u, u/3)",
    "0.1*u",
    Abs(Symbol("t")),
    exp(-(Symbol("x", real=True) ** 2)),
]


@pytest.mark.parametrize("spec", ACTIVATIONS, ids=str)
def test_repr_rebuilds_activations_and_networks_and_so_do_pickles(spec):
    phi = ns.activation(spec)
    net = ns.serial(ns.Dense(W_std=1.5, b_std=0.1), phi, ns.Dense(b_std=1 / 3))
    names = {name: getattr(ns, name) for name in ("activation", "serial", "Dense", "mlp")}
    for value in (phi, net, ns.mlp(3, phi)):
        assert eval(repr(value), names) == value
        again = pickle.loads(pickle.dumps(value))
        assert again == value and hash(again) == hash(value)
    assert ns.activation(phi) is phi


def test_different_descriptions_are_different():
    assert len({ns.activation(x) for x in ("relu", "erf", "leaky_relu(0.1)", "leaky_relu(0.2)", "u")}) == 5
    assert ns.activation("leaky_relu") == ns.activation("leaky_relu(0.01)")
    assert ns.mlp(2) != ns.mlp(3) and ns.mlp(2, "erf") != ns.mlp(2) and ns.mlp(2, b_std=0.2) != ns.mlp(2)
    assert ns.mlp(1, ns.Relu(), 1.5, 0.0) == ns.serial(ns.Dense(W_std=1.5), ns.Relu(), ns.Dense(W_std=1.5))


def test_depth_counts_hidden_layers_and_depth_0_is_linear():
    assert [ns.mlp(depth).depth for depth in (0, 1, 5)] == [0, 1, 5]
    assert ns.mlp(0, W_std=1.5, b_std=0.5).layers == (ns.Dense(W_std=1.5, b_std=0.5),)
    assert ns.mlp(0, W_std=1, b_std=0).ntk([[3.0, 4.0]]) == pytest.approx(12.5, rel=1e-15, abs=0)
    assert ns.serial(ns.Dense(), ns.Dense()).depth == 1, "two Dense in a row are a linear hidden layer"


# ---- activations -----------------------------------------------------------------------------------------------------


def test_an_activation_is_read_from_a_name_a_text_and_a_sympy_expression():
    z = Symbol("z")
    u = ns.activation("relu").expr.free_symbols.pop()
    for spec in ("u*erf(u)", z * sympy_erf(z), "erf(u) * u"):
        assert ns.activation(spec).expr == u * sympy_erf(u)
    assert ns.activation("relu").name == "relu" and ns.activation("Max(u, 0)").name == ""
    assert ns.activation("leaky_relu(0.1)").parameters == (0.1,)
    assert ns.activation("u**2").dual_expr.free_symbols == ns.activation("erf").dual_expr.free_symbols


def test_duals_broadcast_and_plain_numbers_give_plain_numbers():
    phi = ns.activation("relu")
    value = phi.dual(1, 4, 1)
    assert type(value) is float and value == pytest.approx(phi.dual(1.0, 4.0, 1.0))
    K = phi.dual(np.ones((3, 1)), np.ones(2), 0.5)
    assert K.shape == (3, 2) and K[0, 0] == phi.dual(1.0, 1.0, 0.5)
    assert phi.dual([1.0, 2.0], 2.0, [0.5, -1.0]).shape == (2,)
    assert phi.dual_dot(1.0, 1.0, 1.0) == 0.5


def test_the_derivation_ends_in_the_dual():
    derivation = ns.activation("erf").derivation
    assert "asin" in str(derivation.conclusion[0].rhs) and str(derivation) == derivation.text()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "spec", ["relu", "leaky_relu(0.1)", "abs", "erf", "gelu", "step", "u**3", "Max(-1, Min(1, u))"]
)
def test_phi_and_its_slope_keep_the_dtype(spec, dtype):
    u = np.array([-2.0, -0.5, 0.25, 3.0], dtype)
    phi = ns.activation(spec)
    assert phi.phi(u).dtype == phi.dphi(u).dtype == dtype
    assert phi.phi(u).shape == phi.dphi(u).shape == u.shape


def test_phi_needs_no_closed_dual():
    u = np.array([0.5])
    assert ns.activation("tanh(u)").phi(u) == pytest.approx(np.tanh(0.5))
    assert ns.activation("tanh(u)").dphi(u) == pytest.approx(1 - np.tanh(0.5) ** 2)


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("rleu", UnknownActivation, "did you mean 'relu'"),
        ("Gelu2", UnknownActivation, "did you mean 'gelu'"),
        ("zzzz", UnknownActivation, "names are relu, "),
        ("relu(0.1)", NotationError, "relu"),
        ("leaky_relu(x)", NotationError, "leaky_relu takes numbers for alpha"),
        ("leaky_relu(1, 2)", NotationError, "leaky_relu takes numbers for alpha"),
        ("u +", NotationError, "u"),
        ("__import__('os')", NotationError, "__import__"),
        ("", NotationError, "empty"),
        (
            Symbol("x") * Symbol("y"),
            InvalidInput,
            r"symbols \['x', 'y'\]: pass a SymPy expression in exactly one symbol",
        ),
        (pi, InvalidInput, "exactly one symbol"),
        (Function("f")(Symbol("x")), NotationError, "f"),
        (3, InvalidInput, "activation is a int: pass a name"),
        (None, InvalidInput, "activation is a NoneType: pass a name"),
    ],
    ids=str,
)
def test_what_is_no_activation_is_refused_with_the_remedy(spec, error, message):
    with pytest.raises(error, match=message) as caught:
        ns.activation(spec)
    assert isinstance(caught.value, NTKSymbolicError) and "\n" not in str(caught.value)


# ---- networks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ns.serial().kernel([[1.0]]), "must start and end with Dense"),
        (lambda: ns.serial(ns.Relu(), ns.Dense()).kernel([[1.0]]), "must start and end with Dense"),
        (lambda: ns.serial(ns.Dense(), ns.Relu()).kernel([[1.0]]), "must start and end with Dense"),
        (
            lambda: ns.serial(ns.Dense(), ns.Relu(), ns.Relu(), ns.Dense()),
            "relu follows relu.*put a Dense between them",
        ),
        (lambda: ns.serial(ns.Dense(), "relu", ns.Dense()), r"layer 2 is the text 'relu': write activation\('relu'\)"),
        (lambda: ns.mlp(-1), "depth is -1"),
        (lambda: ns.mlp(2.0), "depth must be an integer"),
        (lambda: ns.mlp(2, W_std=-1), "W_std is -1"),
        (lambda: ns.mlp(2, b_std=float("nan")), "b_std is nan"),
        (lambda: RELU.kernel(X, get="nntk"), "get is 'nntk': pass"),
        (lambda: RELU.kernel(X, get=()), "get is"),
        (lambda: RELU.kernel(X, get=("ntk", "ntk")), "get is"),
        (lambda: RELU.kernel(X, get=None), "get is None"),
        (lambda: RELU.kernel(X, get=3), "get is 3"),
        (lambda: RELU.diagonal(X, get=("ntk", "nngp")), "get is"),
        (lambda: RELU.ntk(X[0]), r"X has one dimension; pass X.reshape\(-1, 1\)"),
        (lambda: RELU.ntk(X, X[:, :3]), "X has 4 features and Y has 3"),
        (lambda: RELU.ntk(X, [[1.0, 2.0, float("nan"), 0.0]]), "Y holds nan in row 0, column 2"),
        (lambda: RELU.ntk(X.astype(complex)), "X is complex"),
        (lambda: RELU.sample(0), "width"),
        (lambda: RELU.sample((3, 4, 5)), "width"),
        (lambda: RELU.sample(8, seed=-1), "seed"),
        (lambda: RELU.sample(8, outputs=0), "outputs"),
        (lambda: RELU.fit(X, np.ones(5)), "y"),
        (lambda: RELU.fit(X, np.ones(6), ridge=-1.0), "ridge"),
        (lambda: RELU.fit(X, np.ones(6), get=("ntk", "nngp")), "get is"),
    ],
)
def test_a_wrong_argument_is_named_in_one_line(make, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_errors_are_value_errors_of_one_family():
    for name in (
        "InvalidInput",
        "NotationError",
        "UnknownActivation",
        "NoClosedForm",
        "NoTangentKernel",
        "FileTrouble",
    ):
        assert issubclass(getattr(ns, name), ns.NTKSymbolicError) and issubclass(getattr(ns, name), ValueError)


def test_a_jump_is_refused_where_a_tangent_kernel_is_asked_for():
    net = ns.mlp(1, "sign")
    for ask in (net.ntk, net.diagonal, net.kernel, lambda X: net.fit(X, np.ones(6))):
        with pytest.raises(NoTangentKernel, match=re.escape('get="nngp"')):
            ask(X)
    assert net.nngp(X).shape == (6, 6)


NETWORKS = [
    RELU,
    ns.mlp(0, W_std=1.5, b_std=0.2),
    ns.mlp(1, "erf", 2**0.5),
    ns.mlp(1, "gelu", 1.2, 0.1),
    ns.serial(ns.Dense(W_std=1.1, b_std=0.2), ns.Sin(), ns.Dense(W_std=0.9), ns.Abs(), ns.Dense(W_std=2.0, b_std=0.5)),
]


@pytest.mark.parametrize("net", NETWORKS, ids=str)
def test_the_formula_evaluated_is_the_kernel(net):
    """Layer after layer, by substituting numbers into the equations; 1e-12, for they are not conditioned."""
    x, y = X[:2]
    equations = net.formula()
    assert len(equations) == net.depth + 1
    numbers, names = {}, {"x": x, "x'": y}
    for equation in equations:
        for first, second in (("x", "x"), ("x'", "x'"), ("x", "x'")):
            pair = {Symbol("x"): Symbol(first), Symbol("x'"): Symbol(second)}
            left, right = (side.xreplace(pair) for side in (equation.lhs, equation.rhs))
            right = right.subs(Symbol("d"), 4)
            for head, value in zip(left, right, strict=True):
                known = value.xreplace(numbers).replace(
                    Function("dot"), lambda s, t: float(names[str(s)] @ names[str(t)])
                )
                numbers[head] = known.xreplace(numbers).evalf(30)
    sigma, theta = (numbers[z] for z in equations[-1].lhs.xreplace({Symbol("x"): Symbol("x")}))
    K = net.kernel(X[:2], get=("nngp", "ntk"))
    assert float(sigma) == pytest.approx(K.nngp[0, 1], rel=1e-12, abs=0)
    assert float(theta) == pytest.approx(K.ntk[0, 1], rel=1e-12, abs=0)


@pytest.mark.parametrize("name", ["relu", "tanh", "1/(1 + u**4)"])
def test_a_notebook_shows_the_recursion_of_every_network_with_equal_layers_once(name):
    shown = {depth: ns.mlp(depth, name)._repr_latex_() for depth in (2, 3, 20)}
    for latex in shown.values():
        assert latex.startswith("$$") and latex.count(r"\Sigma_{\ell + 1}") == 2 and r"\kappa(a, b, c)" in latex
    assert shown[20] == shown[3].replace(r"\ldots, 3", r"\ldots, 20") and len(shown[20]) < 1500
    assert (r"\arcsin" in shown[2]) == (name == "relu")
    assert r"\ell = 1, 2 " in shown[2]


def test_a_notebook_shows_networks_of_different_layers_and_those_without_a_tangent_kernel():
    mixed = ns.serial(ns.Dense(), ns.Relu(), ns.Dense(W_std=2), ns.Erf(), ns.Dense())._repr_latex_()
    assert r"\kappa_{1}" in mixed and r"\kappa_{2}" in mixed and r"\Theta_{3}" in mixed and r"\ell" not in mixed
    for net in (ns.mlp(2, "sign"), ns.serial(ns.Dense(), ns.Relu(), ns.Dense(), ns.Step(), ns.Dense())):
        assert r"\Sigma_{3}" in net._repr_latex_() or r"\ell" in net._repr_latex_()
        assert r"\Theta" not in net._repr_latex_() and r"\dot" not in net._repr_latex_()
    assert ns.mlp(2, "Max(sin(u), 0)")._repr_latex_() is None, "breakpoints without end: the text stands alone"


def test_what_users_hold_says_what_it_is_in_one_short_line():
    compared = ns.mlp(1).compare(X[:3], widths=(8, 16), networks=400)
    derived = ns.Relu().derivation
    for value, word in (
        (ns.mlp(50), "mlp(depth=50, activation='relu', W_std=1.4142135623730951, b_std=0.1)"),
        (RELU.fit(X, X[:, 0], ridge=1e-3), "KernelRegression(6 rows, 4 features, targets (6,), ridge 0.001, condition"),
        (compared, compared.sentence()),
        (derived, "Dual kernel of relu"),
        (RELU.sample(8), "SampledNetwork(2 hidden layers, width=8, seed=0, outputs=1)"),
        (ns.Relu().report(), "ActivationReport"),
    ):
        assert word in repr(value) and len(repr(value)) < 300 and "\n" not in repr(value)
    assert compared.sentence().partition(": ")[2].rstrip(".") in compared._repr_html_()


def test_an_activation_is_a_function_of_numbers():
    relu = ns.Relu()
    assert relu(0.5) == 0.5 and type(relu(-1)) is float
    np.testing.assert_array_equal(relu([-1, 2]), [0, 2])
    np.testing.assert_array_equal(relu(X), relu.phi(X))
    for wrong in ("0.5", None, [None], [[1], [1, 2]]):
        with pytest.raises(InvalidInput, match="pass a number, or an array of numbers"):
            relu(wrong)


@pytest.mark.parametrize(
    ("make", "remedy"),
    [
        (lambda: ns.Dense(512), r"Dense\(W_std=1.5, b_std=0.1\); a width belongs to net.sample\(width=512\)"),
        (lambda: ns.Dense(512, W_std=1.5), r"was given 512"),
        (lambda: ns.serial(ns.Dense(512), ns.Relu(), ns.Dense(1)), "a width belongs"),
        (lambda: ns.serial([ns.Dense(), ns.Relu(), ns.Dense()]), r"write serial\(\*layers\)"),
        (lambda: ns.serial(ns.Dense, ns.Relu(), ns.Dense), r"layer 1 is Dense itself: call it, Dense\(\)"),
        (lambda: ns.serial(ns.Dense(), ns.ReLU, ns.Dense()), r"layer 2 is Relu itself: call it, Relu\(\)"),
        (lambda: ns.Relu(0.5), r"write Relu\(\), which has no parameters; its values are Relu\(\).phi\(u\)"),
        (lambda: ns.LeakyReLU(0.1, 0.2), r"write LeakyRelu\(alpha=0.01\)"),
        (lambda: ns.LeakyReLU("0.1"), "alpha must be a real number"),
        (lambda: RELU(X), r"net.kernel\(X\) is its kernel"),
        (lambda: ns.Dense(out_dim=512, W_std=1.5), "was given out_dim"),
        (lambda: ns.mlp(3, width=512), r"was given width: a width belongs to net.sample\(width=512\)"),
        (
            lambda: ns.mlp(3, "relu", 512),
            r"W_std is 512, which looks like a width: a width belongs to net.sample\(width=512\)",
        ),
        (lambda: ns.mlp(3, "relu", 1.5, np.int64(64)), "b_std is 64, which looks like a width"),
        (lambda: ns.mlp(3, ns.Relu), "pass 'relu'"),
        (lambda: ns.mlp(3, np.tanh), "pass 'tanh'"),
        (lambda: [*ns.serial(ns.Dense(), ns.Relu(), ns.Dense())], "return one network, and no init_fn"),
        (lambda: ns.Erf(b=2), r'any other formula is ns.activation\("..."\)'),
        (lambda: RELU.fit(X, X, alpha=0.1), "write ridge=..., which is added to the diagonal"),
        (lambda: RELU.fit(X, X, kernel="nngp"), 'write get="ntk" or get="nngp"'),
        (lambda: RELU.fit(X, X).predict(X, compute_cov=True), "was given compute_cov: write return_std=True"),
        (lambda: RELU.fit(X, X, optimize=True), r'write optimise=\("W_std", "b_std", "ridge"\)'),
        (lambda: RELU.sample(8)(X), r"call predict\(X\)"),
        (lambda: ns.mlp(3, bias=1), "mlp takes depth, activation, W_std, b_std, and was given bias"),
        (
            lambda: RELU.fit(X, X, diag_reg=1e-3),
            "fit takes .*, and was given diag_reg: write ridge=..., relative=True",
        ),
        (lambda: RELU.sample(widths=8), "was given widths: write width=512"),
        (
            lambda: RELU.compare(X, width=8),
            r"compare takes X, widths, .*, and was given width: write widths=\(16, 64, 256\)",
        ),
        (lambda: RELU.compare(X, seeds=8), "networks=... is their number"),
        (
            lambda: ns.mlp(3, W_var=2.0),
            "was given W_var: write W_std=..., the standard deviation: the root of the variance",
        ),
        (lambda: ns.Dense(bias_var=2.0), "was given bias_var: .*; write b_std=..., the standard deviation"),
        (
            lambda: ns.Dense(sigma_w=2.0, units=8),
            "given sigma_w, units: .*; write W_std=...; a width belongs to net.sample",
        ),
        (lambda: RELU.compare(X, widths=8.5), "widths must be an integer"),
        (lambda: RELU.compare(X, networks=8.5), "networks must be an integer"),
        (lambda: ns.activation("leaky_relu", 0.1), r"in the text, as in 'leaky_relu\(0.1\)'"),
        (lambda: ns.activation("leaky_relu", alpha=0.1), r"in the text, as in 'leaky_relu\(0.1\)'"),
        (lambda: ns.activation("erf(alpha*u)", symbols="alpha"), r"symbols=\('alpha',\)"),
    ],
)
def test_habits_of_other_libraries_are_answered_with_how_it_is_written_here(make, remedy):
    with pytest.raises(InvalidInput, match=remedy):
        make()


@pytest.mark.parametrize("name", ["kernel_fn", "apply_fn", "init_fn", "predict", "score"])
def test_methods_of_other_libraries_are_named_with_ours(name):
    with pytest.raises(AttributeError, match=rf"no attribute '{name}': use net\."):
        getattr(RELU, name)
    assert not hasattr(RELU, "nothing_such")


@pytest.mark.parametrize("name", FITTED)
def test_what_other_regressions_have_is_answered_with_the_way_to_it_here(name):
    with pytest.raises(AttributeError, match=rf"no attribute '{name}': \w"):
        getattr(RELU.fit(X, X[:, 0]), name)
    assert not hasattr(RELU.fit(X, X[:, 0]), "nothing_such")


@pytest.mark.parametrize("name", CLASSIFIED)
def test_what_other_classifiers_have_is_answered_with_the_way_to_it_here(name):
    with pytest.raises(AttributeError, match=rf"no attribute '{name}': \w"):
        getattr(RELU.classify(X, X[:, 0] > 0), name)
    assert not hasattr(RELU.classify(X, X[:, 0] > 0), "nothing_such")


def test_the_posterior_variance_is_that_of_the_last_coordinate_given_the_others():
    """A Schur complement of the joint covariance, read from an inverse."""
    fit, ridge, n, X_new = RELU.fit(X, X[:, 0], 0.1, "nngp"), 0.1, len(X), X[:2] + 0.1
    cross = RELU.nngp(X_new, X)
    joint = np.block([[RELU.nngp(X) + ridge * np.eye(n), cross.T], [cross, RELU.nngp(X_new)]])
    _, std = fit.predict(X_new, return_std=True)
    np.testing.assert_allclose(std**2, [_last_left(joint, n, k) for k in range(2)], rtol=1e-9)


def _last_left(joint, n, k):
    """The variance of coordinate n + k given the first n: a Schur complement, read from an inverse."""
    kept = [*range(n), n + k]
    return 1 / np.linalg.inv(joint[np.ix_(kept, kept)])[-1, -1]


@pytest.mark.parametrize("call", [RELU.diagonal, RELU.kernel, RELU.gap, RELU.derivative, RELU.fit])
def test_an_array_in_the_place_of_a_word_is_named_by_its_type(call):
    place = {"get": X} if call != RELU.fit else {"y": X, "get": X}
    with pytest.raises(InvalidInput, match=r"get is a value of type ndarray: pass \"ntk\""):
        call(X, **place)
    with pytest.raises(InvalidInput, match=r"wrt is a value of type ndarray"):
        RELU.formula(wrt=X)


@pytest.mark.parametrize("width", [60_000, (10, 10**10)])
def test_a_network_that_does_not_fit_into_memory_is_refused_before_it_is_drawn(width, monkeypatch):
    monkeypatch.setattr("ntk_symbolic.memory.available", lambda: 2**33)
    with pytest.raises(InvalidInput, match=r"the largest matrix of weights is .* GiB are free: pass smaller widths"):
        RELU.sample(width).predict(X)


@pytest.mark.parametrize("name", PACKAGE)
def test_names_of_other_libraries_are_answered_with_ours_or_the_reason_why_there_is_none(name):
    with pytest.raises(AttributeError, match=rf"no attribute '{name}': (use|call|not in this package)"):
        getattr(ns, name)
    for written in re.findall(r'ns\.activation\("(.*?)"\)', PACKAGE[name]):
        assert written == "..." or ns.activation(written.replace("gamma", "2")).dual(1.0, 1.0, 0.5) > 0
    assert not name[0].isupper() or not hasattr(ns, name)


def test_the_activation_named_for_rbf_has_the_kernel_of_that_name():
    """κ = exp(−γ |x − x'|²) where a + b − 2c stands for |x − x'|²."""
    (written,) = re.findall(r'ns\.activation\("(.*?)"\)', PACKAGE["Rbf"])
    phi = ns.activation(written.replace("gamma", "0.7"))
    assert phi.dual(1.3, 0.8, 0.2) == pytest.approx(np.exp(-0.7 * (1.3 + 0.8 - 0.4)), rel=1e-14)


@pytest.mark.parametrize(
    "call",
    [
        lambda X: RELU.ntk(X),
        lambda X: RELU.kernel(X, get=("nngp", "ntk")),
        lambda X: RELU.kernel(X, bound=True),
        lambda X: RELU.kernel(X, precision=20),
        lambda X: RELU.gap(X),
        lambda X: RELU.derivative(X, wrt="X"),
        lambda X: RELU.fit(X, X[:, 0]),
        lambda X: RELU.compare(X),
    ],
)
def test_a_result_that_does_not_fit_into_memory_is_refused_with_the_remedy(call, monkeypatch):
    monkeypatch.setattr("ntk_symbolic.memory.available", lambda: 2**33)
    with pytest.raises(InvalidInput, match=r"100000 × 100000 and needs .* GiB are free: pass fewer rows, .*X\[:1000\]"):
        call(np.ones((100_000, 2)))


@pytest.mark.parametrize("spec", [*LIBRARY, "Max(-1, Min(1, u))", "Max(u, 1/2)"])
def test_of_nan_there_is_no_value_and_of_integers_the_one_of_their_numbers(spec):
    phi = ns.activation(spec)
    whole = np.array([-3, -1, 0, 2])
    for f in (phi.phi, phi.dphi):
        np.testing.assert_array_equal(f(whole), f(whole.astype(float)))
        values = f(np.array([np.nan, 0.7], np.float32))
        assert values.dtype == np.float32 and np.isnan(values).tolist() == [True, False]
        assert np.isnan(f(float("nan")))


@pytest.mark.parametrize("wrong", [np.array([1j]), np.ma.ones(2), np.zeros(2, "M8[s]"), np.array(["1"])], ids=str)
def test_an_array_that_holds_no_real_numbers_has_no_activation(wrong):
    with pytest.raises(InvalidInput, match=r"u is complex|u is a masked array|u has the type datetime64|u holds text"):
        ns.Relu()(wrong)


def test_formulas_are_shown_in_notebooks():
    assert r"\Sigma" in RELU._repr_latex_() and r"\Theta" in RELU._repr_latex_()
    assert (
        r"\Theta_{3}" in RELU.formula()._repr_latex_() and r"\mathrm{d}\Sigma" in RELU.formula("W_std")._repr_latex_()
    )
    assert ns.activation("erf")._repr_latex_() == r"$\displaystyle \varphi(u) = \operatorname{erf}{\left(u \right)}$"


def test_numbers_in_formulas_are_what_was_meant():
    """2 for the float nearest √2, 1/100 for 0.1."""
    text = str(ns.mlp(1, "relu", 2**0.5, 0.1).formula())
    assert "1/100 + 2*dot(x, x')/d" in text and "." not in text


# ---- the rooms behind the façades ------------------------------------------------------------------------------------


def test_a_sampled_network_predicts_and_has_an_empirical_kernel():
    one, three = RELU.sample(width=32, seed=1), RELU.sample(width=(16, 32), seed=1, outputs=3)
    assert one.predict(X).shape == (6, 1) and three.predict(X).shape == (6, 3)
    assert one.ntk(X).shape == (6, 6) and one.ntk(X, X[:2]).shape == (6, 2)
    assert three.ntk(X, X[:2]).shape == (6, 2, 3, 3)
    np.testing.assert_array_equal(RELU.sample(32, seed=1).ntk(X), one.ntk(X))
    wide = RELU.sample(4096).ntk(X)
    assert np.linalg.norm(wide - RELU.ntk(X)) < 0.1 * np.linalg.norm(RELU.ntk(X)), "1/√4096 and a factor"


@pytest.mark.parametrize("get", ["ntk", "nngp"])
def test_kernel_regression_interpolates_and_predicts_from_the_kernel(get):
    y = X[:, :2] ** 2
    fitted = RELU.fit(X, y, get=get)
    np.testing.assert_allclose(fitted.predict(X), y, rtol=1e-9)
    new = np.random.default_rng(1).standard_normal((3, 4))
    expected = RELU.kernel(new, X, get) @ np.linalg.solve(RELU.kernel(X, get=get), y)
    np.testing.assert_allclose(fitted.predict(new), expected, rtol=1e-9)
    ridge = RELU.fit(X, y[:, 0], ridge=0.5, get=get)
    expected = RELU.kernel(new, X, get) @ np.linalg.solve(RELU.kernel(X, get=get) + 0.5 * np.eye(6), y[:, 0])
    np.testing.assert_allclose(ridge.predict(new), expected, rtol=1e-9)
    assert fitted.condition > 1


def test_comparison_with_sampled_networks_is_one_call():
    found = ns.mlp(1, "relu", 1.4, 0.2).compare(X, widths=(8, 16), networks=400)
    assert "agree" in found.sentence() or "inconclusive" in found.sentence().lower()


# ---- imports without SymPy -------------------------------------------------------------------------------------------

QUIET = """
import sys
import ntk_symbolic as ns
assert not any(m in sys.modules for m in ("sympy", "numpy", "scipy")), "importing the package imports nothing heavy"
import numpy as np
X = np.ones((3, 2))
for name in ("relu", "leaky_relu(0.1)", "erf", "gelu", "sin", "exp"):
    net = ns.mlp(2, name, 1.0, 0.1)
    net.kernel(X, get=("nngp", "ntk")), net.diagonal(X), net.sample(8).ntk(X), ns.activation(name).dual(1.0, 1.0, 0.5)
net.fit(X[:1], [1.0]).predict(X)
repr(net), hash(net)
assert "sympy" not in sys.modules, "a library kernel needs no SymPy"
"""


def test_library_kernels_do_not_wake_sympy():
    done = subprocess.run([sys.executable, "-W", "error", "-c", QUIET], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_kernels_by_name_have_every_accuracy_of_kernel():
    for kind in ("nngp", "ntk"):
        by_name = getattr(RELU, kind)
        assert by_name(X[:2], precision=20)[0, 1] == RELU.kernel(X[:2], get=kind, precision=20)[0, 1]
        for options in ({"bound": True}, {"certified": True}):
            np.testing.assert_array_equal(by_name(X[:2], **options), RELU.kernel(X[:2], get=kind, **options))


@pytest.mark.parametrize(
    "name, remedy",
    [("report", "ntk-symbolic report"), ("width", "net.sample"), ("W_std", "net.layers"), ("latex", "net.export")],
)
def test_names_that_users_try_on_a_network_are_answered(name, remedy):
    with pytest.raises(AttributeError, match=remedy):
        getattr(RELU, name)
    assert name not in dir(RELU) and {"ntk", "fit", "layers"} <= {*dir(RELU)} and "elasticities" not in dir(RELU)
