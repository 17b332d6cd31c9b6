"""Statements print as in the paper."""

import pytest
from function_space import C, D, K, Out, X, df, e, eta, f, i, j, l, phi, t, theta, x, x_
from latex2mathml.converter import convert
from sympy import Derivative, Dummy, Rational, latex

from ntk_symbolic.calculus import Delta, Functional, Lam, Over, Partial, display
from ntk_symbolic.calculus.display import text

PRINTED = {
    r"\frac{\delta C}{\delta f_{j}}(x)": D(x, j),
    r"\frac{\partial f_{j}}{\partial \theta_{i}}(x)": df(i)(x, j),
    r"\frac{\delta^{2} C}{\delta f_{j}(x)\,\delta f_{l}(x')}": C(f(theta)).at(x, j).at(x_, l),
    r"C\left[f^{\theta}\right]": C(f(theta)),
    r"C\left[f^{\theta + e\,\eta}\right]": C(Lam(f(Lam(theta(i) + e * eta(i), i), x, j), x, j)),
    r"C\left[f^{\theta} + e\,\varphi\right]": C(Lam(f(theta, x, j) + e * Functional("varphi", [X, Out])(x, j), x, j)),
    r"\dot{\theta}_{i}": theta.rate(i),
    r"\frac{d}{d t} C\left[f^{\theta}\right]": Derivative(C(f(theta)), t),
    r"\frac{\partial C\left[f^{\theta}\right]}{\partial \theta_{i}}": Partial(C(f(theta)), theta, i),
    r"\delta_{jl}": Delta(j, l),
    r"\int_{\mathcal{X}}\sum_{j}\frac{\delta C}{\delta f_{j}}(x)\,\frac{\partial f_{j}}{\partial \theta_{i}}(x)"
    r"\,\mathrm{d}\mu(x)": Over(df(i)(x, j) * D(x, j), x, j),
    r"\int_{\mathcal{X}}\int_{\mathcal{X}}\sum_{j,l}\frac{\delta C}{\delta f_{j}}(x)\,K_{jl}(x, x')\,"
    r"\frac{\delta C}{\delta f_{l}}(x')\,\mathrm{d}\mu(x)\,\mathrm{d}\mu(x')": Over(
        D(x_, l) * D(x, j) * K(x, x_, j, l), x, x_, j, l
    ),
}


@pytest.mark.parametrize("expected, expr", PRINTED.items(), ids=[text(e) for e in PRINTED.values()])
def test_is_written_as_in_the_paper(expected, expr):
    assert display.latex(expr) == expected
    assert convert(expected)


def test_sympy_prints_nodes_through_the_same_writer():
    assert latex(D(x, j) ** 2) == r"\left(\frac{\delta C}{\delta f_{j}}(x)\right)^{2}"
    assert str(Over(phi(x, j), x, j)) == "∫_X Σ_j φ_j(x) dμ(x)"


def test_a_bound_name_that_is_taken_gets_a_prime():
    G = Functional("G", [X, X])
    inner = Over(G(x, x_), x_).xreplace({x: X.point("x'")})
    assert text(inner) == "∫_X G(x', x'') dμ(x'')"


def test_sums_in_a_product_are_set_apart():
    u = Functional("u", [X])
    assert text(Over(u(x), x) * Over(u(x) ** 2, x)) == "(∫_X u(x) dμ(x)) (∫_X u(x)² dμ(x))"
    assert text(Rational(1, 2) * Over(u(x) - u(x) ** 2, x)) == "1/2 ∫_X (u(x) - u(x)²) dμ(x)"


@pytest.mark.parametrize("count", [10**7 - 2, 10**7 - 1, 10**7])
def test_the_order_of_terms_does_not_depend_on_the_number_of_dummies_that_exist(monkeypatch, count):
    """SymPy numbers its dummies, and sorts them by name: 10 before 9."""
    monkeypatch.setattr(Dummy, "_count", count)
    value = C(Lam(f(theta, x, j) + e * Functional("varphi", [X, Out])(x, j), x, j))
    assert text(value) == "C[f^θ + e varphi]"
