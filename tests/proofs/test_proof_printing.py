"""Derivations in print. No snapshots: required parts are searched for, and the formulas must be convertible."""

import re
from dataclasses import replace

import pytest
from latex2mathml.converter import convert
from sympy import Integral, Symbol, exp, oo, sqrt

from ntk_symbolic.proofs.derivation import Claim, Derivation, Hypothesis, Judgement, Label, Step, Verdict
from ntk_symbolic.proofs.printing import to_latex, to_markdown, to_text
from ntk_symbolic.proofs.signs import ascii_only, tex_prose, unicode_prose
from ntk_symbolic.theorems.cost_dynamics import cost_dynamics

u = Symbol("u")
GAUSS = Integral(exp(-(u**2)), (u, -oo, oo))
PI = sqrt(Symbol("pi_"))
PROVED = Judgement(Verdict.PROVED, Label.NUMERIC, "quadrature", "50 digits")
REFUTED = Judgement(Verdict.REFUTED, Label.EXACT, "random instances", "left = 1, right = 2 at 100% of θ_1")
UNSURE = Judgement(Verdict.UNDECIDED, Label.DERIVED, "canonical form", "the forms differ")
PLAIN = Derivation(
    "A Gaussian integral",
    (
        Step(GAUSS, PI + 0 * u, "polar coordinates", "with $r^{2} = u^{2} + v^{2}$", (PROVED,)),
        Step(u**2, u * u * 1, "another matter", judgements=(REFUTED, UNSURE)),
        Step(u**2, PI, "not judged"),
    ),
    (Claim(GAUSS, PI),),
    (Hypothesis("$u$ is real"), Hypothesis("Fubini", "Fubini 1907")),
    source="folklore & friends",
)
THEOREM = cost_dynamics()


@pytest.mark.parametrize("written", [to_text, to_markdown, to_latex])
def test_everything_a_derivation_holds_is_printed(written):
    printed = written(PLAIN)
    for part in (
        "A Gaussian integral",
        "polar coordinates",
        "another matter",
        "[numeric]",
        "[REFUTED]",
        "[undecided]",
        "[not judged]",
        "quadrature",
        "50 digits",
        "left = 1, right = 2",
        "Fubini 1907",
        "Verdict: REFUTED",
        "friends",
    ):
        assert part in printed


@pytest.mark.parametrize("written", [to_text, to_markdown, to_latex])
def test_the_theorem_prints_with_every_line_both_badges_and_its_label(written):
    printed = written(THEOREM)
    assert printed.count("[derived] [exact]") == len(THEOREM.steps)
    for part in ("gradient flow", "Fréchet", "Riesz", "Label: derived", "arXiv 1806.07572", "Schwartz–Zippel"):
        assert part in printed
    assert "Dummy" not in printed
    assert "Applied" not in printed


def test_methods_of_a_derivation_print_it():
    assert THEOREM.text() == to_text(THEOREM)
    assert THEOREM.markdown() == to_markdown(THEOREM) == THEOREM._repr_markdown_()
    assert THEOREM.latex() == to_latex(THEOREM)


def test_in_a_chain_the_left_side_stands_once():
    tex = to_latex(THEOREM)
    assert tex.count(r"\frac{d}{d t} C\left[f^{\theta}\right] =") == 2  # the first line and the conclusion
    assert tex.count(r"\fit{ = ") == len(THEOREM.steps) - 1


def test_a_step_that_does_not_follow_the_one_before_shows_its_left_side():
    assert to_latex(PLAIN).count("u^{2} =") == 1
    assert "u^{2} = " in to_markdown(PLAIN)


@pytest.mark.parametrize("width", [60, 88, 120])
@pytest.mark.parametrize("unicode", [True, False])
def test_text_keeps_to_its_width(width, unicode):
    assert max(map(len, to_text(THEOREM, width, unicode).splitlines())) <= width


def test_text_without_unicode_is_ascii():
    assert to_text(THEOREM, unicode=False).isascii()
    assert to_text(PLAIN, unicode=False).isascii()
    assert "= -||deltaC/deltaf||^2_K" in to_text(THEOREM, unicode=False)


def test_text_holds_no_latex():
    assert not re.search(r"\\[a-zA-Z]|\$", to_text(THEOREM))


def test_the_text_reads_like_the_paper():
    lines = to_text(THEOREM, 120).splitlines()
    for line in (
        "    d/dt C[f^θ]",
        "  = Σ_i θ̇_i ∫_X Σ_j δC/δf_j(x) ∂f_j/∂θ_i(x) dμ(x)",
        "  = -Σ_i ∂c/∂θ_i ∫_X Σ_j δC/δf_j(x) ∂f_j/∂θ_i(x) dμ(x)",
        "  = -∫_X ∫_X Σ_{j,l} δC/δf_j(x) K_{jl}(x, x') δC/δf_l(x') dμ(x) dμ(x')",
        "  = -‖δC/δf‖²_K",
    ):
        assert line in lines


@pytest.mark.parametrize(
    "derivation", [THEOREM, PLAIN, replace(PLAIN, steps=(), conclusion=())], ids=["theorem", "plain", "empty"]
)
def test_the_latex_document_is_complete_and_balanced(derivation):
    tex = to_latex(derivation)
    assert tex.startswith(r"\documentclass")
    assert tex.rstrip().endswith(r"\end{document}")
    opened, closed = (re.findall(rf"\\{which}\{{([a-z*]+)\}}", tex) for which in ("begin", "end"))
    assert sorted(opened) == sorted(closed)
    bare = re.sub(r"\\[{}]", "", tex)
    assert bare.count("{") == bare.count("}")
    assert re.sub(r"\\\$", "", tex).count("$") % 2 == 0
    assert tex.count(r"\left") - tex.count(r"\leftarrow") == tex.count(r"\right") - tex.count(r"\rightarrow")
    assert not [c for c in tex if ord(c) > 0x2030]  # what inputenc and T1 fonts do not have


def test_every_formula_converts_to_mathml():
    formulas = re.findall(r"\$\$\n(.*?)\n\$\$", to_markdown(THEOREM), re.S)
    formulas += re.findall(r"(?<!\$)\$([^$\n]+)\$(?!\$)", to_markdown(THEOREM))
    assert len(formulas) > len(THEOREM.steps)
    for tex in formulas:
        assert "\\" not in re.sub(r"&#x0005C;", "", convert(tex)), tex


def test_sympy_objects_print_in_two_dimensions_as_text():
    assert "⌠" in to_text(PLAIN)


def test_prose_is_escaped_for_latex_outside_of_formulas_only():
    assert tex_prose(r"50% & $\theta_{i}$, θ̇_i") == r"50\% \& $\theta_{i}$, $\dot{\theta}$\_i"
    assert tex_prose("one $ sign") == r"one \$ sign"


def test_formulas_in_prose_become_unicode():
    assert unicode_prose(r"$\left\lVert g\right\rVert_{K}^{2} \ge 0$") == "‖g‖_K^2 ≥ 0"
    assert unicode_prose("one $ sign") == "one $ sign"


def test_ascii_keeps_what_it_can():
    assert ascii_only("Fréchet: θ ↦ f^θ") == "Frechet: theta |-> f^theta"


def test_a_sum_too_long_for_the_line_is_set_term_by_term():
    x, y = Symbol("x"), Symbol("y")
    long = sum(((-1) ** k * x**k / (1 + y**k) for k in range(1, 13)), y)
    text = to_text(Derivation("a long sum", (Step(y, long, "none"),)))
    assert "↪" not in text
    assert max(map(len, text.split("\n"))) <= 88
    assert len(re.findall(r"^ *[+-] ", text, re.M)) == 2 * 12


def test_a_factor_too_long_for_the_line_is_broken_at_spaces():
    x = Symbol("x")
    product = sum(x**k / 7 for k in range(2, 30)) * exp(x)
    text = to_text(Derivation("a long product", (Step(x, product, "none"),)))
    assert "↪" not in text
    assert max(map(len, text.split("\n"))) <= 88
    assert "x**28/7 + x**29/7" in " ".join(text.split()) or "x**29/7 + x**28/7" in " ".join(text.split())
