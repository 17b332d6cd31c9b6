"""Parameters that stay symbols: formulas and derivations hold for all their values, and numbers require them."""

import pickle

import mpmath
import numpy as np
import pytest
from sweeps import sweep, sweep_few
from sympy import (
    Abs,
    Function,
    Heaviside,
    Max,
    Min,
    Piecewise,
    Rational,
    Symbol,
    cos,
    erf,
    exp,
    lambdify,
    pi,
    sin,
    sqrt,
    symbols,
)

from ntk_symbolic import activation, mlp
from ntk_symbolic.activations.derive import dual
from ntk_symbolic.activations.derive.normal import phi2
from ntk_symbolic.errors import InvalidInput, NoClosedForm, NotationError, NTKSymbolicError
from ntk_symbolic.proofs.derivation import Label
from ntk_symbolic.proofs.judges.normal_form import vanishes

a, b, u, t, alpha, beta, omega = symbols("a b u t alpha beta omega")
ABRELU, SHIFTED_ERF, WAVE = a * Min(u, 0) + b * Max(u, 0), erf(alpha * u + beta), sin(omega * u + t)
HINGE, ELU = Max(u - t, 0), Piecewise((u, u > 0), (alpha * (exp(u) - 1), True))
FAMILIES = {
    ABRELU: {"a": -0.3, "b": 1.5},
    SHIFTED_ERF: {"alpha": -0.7, "beta": 0.4},
    WAVE: {"omega": 1.5, "t": -0.5},
    HINGE: {"t": -0.75},
    ELU: {"alpha": -1.5},
    Max(-1, Min(1, u - t)): {"t": 0.5},
    exp(-alpha * u**2) * u: {"alpha": 0.8},
    t * u**3 + beta: {"t": -2, "beta": 0.5},
}

p, q, n = (*symbols("p q", positive=True), Symbol("n", negative=True))
SIGNED = {
    Abs(p * u + 1): {"p": 0.8},
    Max(p * u + q, 0): {"p": 1.5, "q": 0.3},
    Max(n * u + 1, 0): {"n": -1.5},
    Heaviside(p * u - 1): {"p": 2},
    Max(u, -p): {"p": 0.7},
    Min(Max(u, -p), p): {"p": 1.25},
    Piecewise((p * u, p * u > 0), (exp(p * u) - 1, True)): {"p": 0.75},
    Max(u - p, 0) - Max(u - p - q, 0): {"p": 0.2, "q": 1.5},
}
LONG = [e for e in SIGNED if e.has(exp) or e.is_Add]  # Price's theorem is then compared to 20 digits
FAMILIES |= SIGNED
each_family = pytest.mark.parametrize(("expr", "values"), FAMILIES.items(), ids=map(str, FAMILIES))


ALIKE = [Max(-1, Min(1, u - t)), Abs(p * u + 1), Max(u, -p), Min(Max(u, -p), p), Max(u - p, 0) - Max(u - p - q, 0), ELU]


# the omitted ones have breakpoints that depend on parameters, as have HINGE and the others
@pytest.mark.parametrize(
    ("expr", "values"),
    sweep_few(FAMILIES.items(), [(expr, FAMILIES[expr]) for expr in ALIKE]),
    ids=map(str, FAMILIES),
)
def test_the_formula_with_numbers_put_in_is_the_kernel_of_the_expression_with_them(expr, values):
    """Negative parameters are included, though derivations are checked at positive ones; 1e-13 is that of the reading."""
    phi = activation(expr)
    own = phi.subs(values)
    assert own.symbols == () and activation(expr.subs({x: values[str(x)] for x in expr.free_symbols - {u}})) == own
    named = {str(x): x for x in phi.expr.free_symbols}
    put = {named[x if x not in "ab" else f"{x}_phi"]: Rational(str(y)) for x, y in values.items()}
    for formula, reading in ((phi.dual_expr, own.dual), (phi.dual_dot_expr, own.dual_dot)):
        exact = lambdify((dual.a, dual.b, dual.c), formula.subs(put), [{"Phi2": phi2}, "mpmath"])
        for point in ((0.7, 1.3, 0.4), (1.1, 0.6, -0.55)):
            with mpmath.workdps(30):
                value = mpmath.re(exact(*map(mpmath.mpf, point)))
            assert reading(*point) == pytest.approx(float(value), rel=1e-13, abs=1e-15)
    assert own.mean(0.7) == pytest.approx(float(phi.mean_expr.subs(put).subs(dual.a, Rational(7, 10))), abs=1e-14)


DERIVED = [ABRELU, SHIFTED_ERF, WAVE, HINGE, Heaviside(u - t), *SIGNED]


@pytest.mark.parametrize("expr", sweep(DERIVED, [*DERIVED[:5], Max(n * u + 1, 0)]), ids=str)
def test_every_step_of_a_symbolic_derivation_is_proved(expr):
    derivation = activation(expr).derivation
    assert [s for s in derivation.steps if not s.verdict.supports] == []
    last = {s.label for s in derivation.steps if "Price" in s.rule or "independent" in s.rule}
    assert last == {Label.DERIVED} | ({Label.NUMERIC} if expr in LONG else set())


@pytest.mark.parametrize("expr", [ABRELU, SHIFTED_ERF, WAVE, HINGE, ELU], ids=str)
def test_wrong_formulas_are_refused_by_price_or_by_the_value_at_independence(expr):
    phi = activation(expr)
    kappa, kappa_dot, mean = phi.dual_expr, phi.dual_dot_expr, phi.mean_expr
    parameter = Symbol(phi.symbols[0], real=True)

    def judged(k):
        means = mean * mean.subs(dual.a, dual.b)
        return vanishes(k.subs(dual.c, 0) - means) and vanishes(k.diff(dual.c) - kappa_dot)

    assert judged(kappa)
    assert not any(
        judged(k) for k in (-kappa, kappa + dual.c / 7, kappa + parameter, kappa.subs(parameter, 2 * parameter))
    )


@pytest.mark.parametrize("expr", SIGNED, ids=str)
def test_what_is_known_of_the_sign_of_a_parameter_is_kept_and_told(expr):
    phi = activation(expr)
    assert phi.expr.free_symbols - {dual.u} == expr.free_symbols - {u}, "they are the user's own symbols"
    assert eval(repr(phi), {"activation": activation}) == phi == pickle.loads(pickle.dumps(phi))


@pytest.mark.parametrize("expr", SIGNED, ids=str)
@pytest.mark.parametrize("size", [Rational(1, 3), Rational(9, 4)], ids=str)
def test_the_formula_is_the_integral_of_the_expression_at_other_values_of_its_parameters(expr, size):
    at = {x: (-1 if x.is_negative else 1) * size * (2 if x == q else 1) for x in expr.free_symbols - {u}}
    f = lambdify(u, expr.subs(at), [{"Heaviside": np.heaviside}, "numpy"])
    z = np.linspace(-8, 8, 1501)
    w = np.exp(-(z**2) / 2) * (z[1] - z[0]) / np.sqrt(2 * np.pi)
    x, y = np.sqrt(1.2) * z, np.sqrt(0.7) * (0.6 * z[:, None] + 0.8 * z)
    with np.errstate(over="ignore"):
        found = np.sum((w * f(x)) * np.sum(f(y) * w, axis=1))
    formula = activation(expr).dual_expr.subs(at).subs({dual.a: 1.2, dual.b: 0.7, dual.c: 0.6 * np.sqrt(1.2 * 0.7)})
    assert float(formula.evalf()) == pytest.approx(found, abs=4e-3)


def test_a_text_says_the_signs_of_its_parameters_beside_their_names():
    text = activation("Max(p*u + q, 0)", symbols={"p": "positive", "q": "real"})
    assert text == activation(Max(p * u + Symbol("q"), 0))
    assert text.subs({"q": 1}) == activation(Max(p * u + 1, 0))
    assert text.subs({p: 2}).signs == () and text.subs({p: 2}).symbols == ("q",)
    grown = activation(exp(Symbol("s_0", positive=True) * u) * exp(u**2 / 8))
    assert grown.subs({"s_0": 1}).dual_expr == grown.dual_expr.subs(Symbol("s_0", positive=True), 1)


def test_known_formulas():
    """ABReLU (Cho & Saul's kernel and a linear one), and erf(αu + β) at β = 0 (Williams 1997)."""
    p, q = symbols("a_phi b_phi", real=True)
    A, B, c = dual.a, dual.b, dual.c
    found = activation(ABRELU).dual_expr
    relu = activation("relu").dual_expr - c / 4
    assert vanishes(found - (p - q) ** 2 * relu - (p + q) ** 2 * c / 4)
    assert activation(ABRELU).mean_expr.equals(sqrt(A / (2 * pi)) * (q - p))
    x = Symbol("alpha", real=True)
    assert vanishes(
        activation(erf(alpha * u)).dual_expr
        - activation("erf").dual_expr.subs({A: x**2 * A, B: x**2 * B, c: x**2 * c}, simultaneous=True)
    )


def test_a_network_has_formulas_and_asks_for_numbers():
    net = mlp(1, ABRELU, W_std=1.0, b_std=0.0)
    assert len(net.formula()) == 2 and net.formula()[1].rhs.has(Symbol("a_phi", real=True))
    phi = activation(ABRELU)
    for ask in (
        lambda: net.kernel([[1.0]]),
        lambda: net.sample(8).ntk([[1.0]]),
        lambda: phi.dual(1.0, 1.0, 0.5),
        lambda: phi.mean(1.0),
        lambda: phi.phi(np.ones(2)),
    ):
        with pytest.raises(InvalidInput, match=r"no number for its parameter a_phi: pass phi.subs\(\{'a_phi': 0.5\}\)"):
            ask()
    K = mlp(1, phi.subs({a: 0.1, "b_phi": 1}), W_std=1.0, b_std=0.0).ntk([[1.0, 2.0]])
    assert pytest.approx(mlp(1, "leaky_relu(0.1)", W_std=1.0, b_std=0.0).ntk([[1.0, 2.0]]), rel=1e-15) == K


def test_symbols_keep_their_names_but_for_those_of_the_covariance():
    assert activation(SHIFTED_ERF).symbols == ("alpha", "beta")
    assert activation(ABRELU).symbols == ("a_phi", "b_phi")
    assert activation(erf(a * Symbol("x")).subs(a, 2)).symbols == (), "a single symbol is the variable"
    text = activation("erf(alpha*u + beta)", symbols=("alpha", "beta"))
    assert text == activation(SHIFTED_ERF)
    for phi in (text, activation(ABRELU), text.subs({"alpha": 2})):
        assert eval(repr(phi), {"activation": activation}) == phi == pickle.loads(pickle.dumps(phi))
    assert text.subs({"alpha": omega, "beta": 0}) == activation(erf(omega * u))


WRONG = [
    (lambda: activation(alpha * beta), InvalidInput, "exactly one symbol, or in u and parameters"),
    (lambda: activation(u * Symbol("u", real=True)), InvalidInput, "exactly one symbol, or in u and parameters"),
    (
        lambda: activation(a * u + Symbol("a_phi")),
        InvalidInput,
        "two symbols of the activation would be called 'a_phi'",
    ),
    (lambda: activation(Function("f")(u) * t), NotationError, "f"),
    (lambda: activation(u * t, symbols=("t",)), InvalidInput, "brings its own, leave symbols out"),
    (lambda: activation("u*t", symbols=("t", "k")), InvalidInput, "does not depend on k"),
    (lambda: activation("t", symbols=("t",)), InvalidInput, "does not depend on u"),
    (lambda: activation("u*t", symbols=("pi",)), NotationError, "'pi' is taken"),
    (lambda: activation(ABRELU).subs({"k": 1}), InvalidInput, "'k' is no parameter .* its parameters are a_phi, b_phi"),
    (lambda: activation("relu").subs({"k": 1}), InvalidInput, "it has none"),
    (lambda: activation(ABRELU).subs({a: "1"}), InvalidInput, "the value of 'a' is '1': pass a number"),
    (lambda: activation(ABRELU).subs({a: float("nan")}), InvalidInput, "the value of 'a' is nan"),
    (lambda: activation(ABRELU).subs({a: u}), InvalidInput, "the value of 'a' is u"),
    (lambda: activation(alpha * u).subs({alpha: 0}), InvalidInput, "is 0, which does not depend on u"),
    (lambda: activation(Max(u, t * u)).dual_expr, NoClosedForm, "the sign of t - 1 is not known: give numbers"),
    (lambda: activation(Max(u, p * u)).dual_expr, NoClosedForm, "the sign of p - 1 is not known: give numbers"),
    (lambda: activation(Abs(t * u + 1)).dual_expr, NoClosedForm, r"the sign of t .*Symbol\('t', positive=True\)"),
    (
        lambda: activation("Max(p*u + q, 0)", symbols=("p", "q")).dual_expr,
        NoClosedForm,
        r"the sign of p .* in a text symbols=\{'p': 'positive'\}",
    ),
    (lambda: activation("p*u", symbols={"p": "big"}), NotationError, "the sign of p is 'big'; known are positive"),
    (lambda: activation(Max(p * u, 1)).subs({p: -1}), InvalidInput, "the value of 'p' is -1, which is not positive"),
    (lambda: activation(Max(p * u, 1)).subs({p: t}), InvalidInput, "is t, which is not known to be positive"),
    (lambda: activation(u * Symbol("p", imaginary=True)), InvalidInput, "parameter p .* is not a real number"),
    (lambda: activation(Max(u - t, 0) + Max(u, 0)).dual_expr, NoClosedForm, "order of the breakpoints .* is not known"),
    (lambda: activation(cos(u * t) * erf(u) ** 2).dual_expr, NoClosedForm, "erf occurs twice"),
]


@pytest.mark.parametrize(("make", "error", "message"), WRONG)
def test_what_cannot_be_is_refused_with_the_remedy(make, error, message):
    with pytest.raises(error, match=message) as caught:
        make()
    assert isinstance(caught.value, NTKSymbolicError) and "\n" not in str(caught.value)


def test_a_name_that_is_not_known_is_refused_with_the_way_to_say_that_it_is_a_parameter():
    with pytest.raises(NotationError, match=r"if alpha is a parameter, write its number, .*symbols=\('alpha',\)"):
        activation("erf(alpha*u + beta)")
    with pytest.raises(NotationError, match=r"symbols stay in activation\(.*, symbols=\('alpha', 'beta'\)\)"):
        activation("abrelu(a, b)")
    assert activation("erf(alpha*u + beta)", symbols=("alpha", "beta")).symbols == ("alpha", "beta")
    with pytest.raises(NotationError) as refused:
        activation("u*rellu(u)")
    assert "parameter" not in str(refused.value)
