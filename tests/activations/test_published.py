"""Printed closed forms have the same values in fewer terms, readable LaTeX, and Python that runs."""

import importlib.util

import numpy as np
import pytest
from click.testing import CliRunner
from sympy import I, Symbol, asin, cosh, erf, erfi, exp, sinh, sqrt

from ntk_symbolic import InvalidInput, activation
from ntk_symbolic.activations.form.variables import a, b, c
from ntk_symbolic.activations.proof.published import LONG, as_latex, published
from ntk_symbolic.cli import main
from ntk_symbolic.errors import NTKSymbolicError
from ntk_symbolic.proofs.judges.normal_form import vanishes

AT = {a: 1.3, b: 0.7, c: 0.4}
TEXTS = ["gelu", "sin", "cosh(u)", "elu", "hard_tanh", "gabor", "cos(u)*erf(u)", "u*sin(u)", "Heaviside(u)*sin(u)",
         "sin(u)*Max(u, 0)"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_the_printed_form_has_the_value_of_the_derived_one_and_no_more_terms(text):
    phi = activation(text)
    for plain, shown in ((phi._dual.kappa.value, phi.dual_expr), (phi._dual.mean.value, phi.mean_expr)):
        values = [complex(e.subs(AT).evalf(20)) for e in (plain, shown)]
        assert abs(values[0] - values[1]) < 1e-14 * (1 + abs(values[0]))
        assert shown.count_ops() <= plain.count_ops()
        found = shown.atoms(erf)
        assert not any(-x in {y.args[0] for y in found} for x in (y.args[0] for y in found))  # no ± pairs
        assert not any((x.args[0] / I).is_real for x in found)


def test_known_forms():
    assert activation("sin").dual_expr == exp(-a / 2 - b / 2) * sinh(c)
    assert activation("cos").dual_dot_expr == exp(-a / 2 - b / 2) * sinh(c)
    assert activation("cosh(u)").dual_expr == exp(a / 2 + b / 2) * cosh(c)
    assert activation("Heaviside(u)*sin(u)").mean_expr == exp(-a / 2) * erfi(sqrt(a / 2)) / 2
    assert activation("relu").dual_expr.count(asin) == 1


def test_what_is_the_same_has_one_name():
    x = (a * b - c**2) / (sqrt(a) * sqrt(a * b - c**2))
    assert published(erf(x) - erf(-sqrt(a * b - c**2) / sqrt(a))).count(erf) == 1
    assert published(asin(c / sqrt(a)) + asin(c * sqrt(a) / a) - asin(-c * sqrt(a) / a)) == 3 * asin(c / sqrt(a))
    assert vanishes(erfi(a) + I * erf(I * a))
    assert not vanishes(erfi(a) - I * erf(I * a))


def test_what_is_too_long_for_print_is_left_as_it_is():
    long = sum((erf(a) * b**k for k in range(LONG // 2)), erf(-a))
    assert published(long) == long


def test_roots_stand_under_one_sign_and_arcsines_have_one_name():
    assert as_latex([c / (sqrt(a) * sqrt(b))]) == "\\kappa(a, b, c) = \\frac{c}{\\sqrt{a b}}\n"
    assert as_latex([sqrt(2) * sqrt(a) * b]) == "\\kappa(a, b, c) = b \\sqrt{2 a}\n"
    assert r"\arcsin{\left(\frac{c}{\sqrt{a b}} \right)}" in activation("relu").latex()


def test_where_phi_jumps_the_slope_is_printed_too():
    assert activation("step").formula().splitlines()[1] == "kappa_dot(a, b, c) = 1/(2*pi*sqrt(a*b - c**2))"


def imported(path):
    spec = importlib.util.spec_from_file_location("formula", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("text", ["gelu", "elu", "step", "Min(exp(u), 2)", "exp(u**2/9)"])
def test_the_python_of_a_formula_is_a_module_that_has_its_values(text, tmp_path):
    phi, path = activation(text), tmp_path / "formula.py"
    path.write_text(phi.formula("python"), encoding="utf-8")
    module, at = imported(path), (np.array([1.0, 0.3]), np.array([0.5, 2.0]), np.array([0.2, -0.6]))
    np.testing.assert_allclose(module.kappa(*at), phi.dual(*at), rtol=1e-10)
    np.testing.assert_allclose(module.kappa_dot(*at), phi.dual_dot(*at), rtol=1e-10)


def test_parameters_are_arguments_of_the_python_functions(tmp_path):
    alpha = Symbol("alpha", positive=True)
    phi, path = activation(erf(alpha * Symbol("u"))), tmp_path / "formula.py"
    path.write_text(phi.formula("python"), encoding="utf-8")
    assert imported(path).kappa(1.0, 2.0, 0.5, 0.3) == pytest.approx(
        activation("erf(0.3*u)").dual(1.0, 2.0, 0.5), rel=1e-12
    )


def test_a_wrong_formula_is_not_printed_as_python(monkeypatch):
    phi = activation("gelu")
    monkeypatch.setattr(type(phi), "dual_expr", property(lambda self: c / 4))
    with pytest.raises(NTKSymbolicError, match=r"the Python code of kappa gives .* where the value is"):
        phi.formula("python")


def test_the_command_prints_kappa_and_kappa_dot_and_nothing_else(tmp_path):
    run = CliRunner().invoke
    assert run(main, ["derive", "probit", "--formula"]).output.splitlines() == [
        "kappa(a, b, c) = asin(c/sqrt((a + 1)*(b + 1)))/(2*pi) + 1/4",
        "kappa_dot(a, b, c) = 1/(2*pi*sqrt(a*b + a + b - c**2 + 1))",
    ]
    assert run(main, ["derive", "relu", "--formula", "--format", "latex"]).output == activation("relu").formula("latex")
    path = tmp_path / "relu.py"
    assert run(main, ["derive", "relu", "--formula", "-o", str(path)]).exit_code == 0
    assert imported(path).kappa(1.0, 1.0, 0.5) == pytest.approx(0.304498890522, abs=1e-12)
    for wrong in (["--format", "python"], ["--formula", "--mutants"], ["--formula", "--format", "html"]):
        assert run(main, ["derive", "relu", *wrong]).exit_code == 2
    with pytest.raises(InvalidInput, match="complex arguments"):
        activation("Heaviside(u)*sin(u)").formula("python")


def test_a_derivation_names_the_hypotheses_and_sources_that_it_uses():
    relu, smooth = activation("relu").derivation, activation("exp(u)").derivation
    assert "Cho" in relu.source and "Williams" not in relu.source
    assert "Cho" not in smooth.source and "Daniely" in smooth.source
    stated = [" ".join(h.statement for h in d.hypotheses) for d in (relu, smooth)]
    assert "orthant" in stated[0] and "by parts" in stated[0]
    assert "orthant" not in stated[1] and "by parts" not in stated[1]


def test_the_printed_form_is_the_last_line_of_the_derivation_and_judged():
    for text in ("sin", "Heaviside(u)*exp(u)"):
        derivation = activation(text).derivation
        assert derivation.verdict.supports and derivation.conclusion[0].rhs == activation(text).dual_expr
        assert all(step.verdict.supports for step in derivation.steps)
