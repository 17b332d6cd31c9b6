"""The page of an activation is right in four formats, with or without a closed form."""

import re
import shutil
import subprocess
from functools import cache
from xml.etree import ElementTree as ET

import mpmath
import numpy as np
import pytest
from sweeps import sweep

pytest.importorskip("matplotlib")

import ntk_symbolic as ns
from ntk_symbolic import Dense, activation
from ntk_symbolic.activations.derive.hermite import number
from ntk_symbolic.errors import FileTrouble, InvalidInput, NoClosedForm
from ntk_symbolic.pages import activation_page
from ntk_symbolic.pages.activation_study import DOTS, ActivationStudy, ByDual
from ntk_symbolic.pages.blocks import Document, Pairs, Section, Series, Table, to_latex, to_markdown, to_text

SHIFTED = "erf(u + 1)"  # whose dual has Φ₂ in it
TEXTS = ["relu", "gelu", "sign", "tanh(u)", SHIFTED]


@cache
def report(text, W_std=1.5, b_std=0.1):
    return ns.activation(text).report(W_std, b_std)


@pytest.mark.parametrize("text", TEXTS)
def test_a_page_needs_nothing_else_and_is_well_formed(text):
    page = report(text).html()
    assert page.startswith("<!DOCTYPE html>")
    assert "http" not in page.replace("http://www.w3.org", "")
    ET.fromstring(re.search(r"<main>.*</main>", page, re.S)[0].replace("&nbsp;", " "))
    assert page.count("<svg") == (3 if text == "relu" else 4)  # ReLU has no variance to draw the map of correlations at
    assert page.count('<a href="#') == page.count('<section id="') == 4
    assert "NaN" not in page and "nan" not in re.sub(r"<[^>]*>", "", page)
    assert report(text)._repr_html_().startswith('<div class="notebook">')


def test_the_series_of_relu_is_that_of_the_arc_cosine_kernel():
    """Cho & Saul 2009: (√(1 − ρ²) + ρ(π − arccos ρ))/2π."""
    text = report("relu").text()
    assert "1/(2*pi) + rho/4 + rho**2/(4*pi) + rho**4/(48*pi) + rho**6/(160*pi)" in text
    assert "1/4 + rho/(2*pi) + rho**3/(12*pi)" in text


def test_relu_is_critical_at_the_square_root_of_two():
    text = report("relu", np.sqrt(2), 0.0).text()
    assert "χ_1 = 1 at W_std = 1.41421356, at every variance" in text
    assert re.search(r"every\s+neutral\s+1\s+critical", text)


def test_what_depth_makes_of_gelu():
    text = report("gelu").text()
    assert re.search(r"0\.0242444\s+stable\s+0\.59562\s+ordered\s+1 \(stable\)", text)
    assert re.search(r"1\.3154\s+unstable\s+1\.06048\s+chaotic\s+0\.820016 \(stable\), 1 \(unstable\)", text)
    assert "an unstable fixed point" in " ".join(text.split())


def test_a_sign_that_few_readers_know_is_explained():
    assert "is the probability that two standard normal variables" in " ".join(report(SHIFTED).text().split())


def test_a_jump_has_no_chi_and_no_slope_on_the_diagonal_and_the_page_says_so():
    page = report("sign").text()
    assert "there is no χ_1, and no edge of chaos" in " ".join(page.split())
    assert "does not exist" in page
    assert "Networks do not sample the δ of a jump" in " ".join(page.split())
    assert "κ̇(1, 1, ρ)" not in page


def test_without_a_closed_form_the_page_gives_the_factor_that_is_why_and_numbers():
    page = " ".join(report("tanh(u)").text().split())
    assert page.count("no closed dual kernel") == 1
    assert "growth bounded" in page
    assert "the factor tanh(u) is outside the class" in page
    assert "0.6057055096" in page  # E tanh(z) z
    assert "by quadrature, each α_k to within" in page
    assert re.search(
        r"1 0\.394294490398 \d\.\de-14 0\.464402902448 \d\.\de-14", page
    )  # E tanh(z)², E sech(z)⁴ at ρ = 1


def test_no_digit_is_shown_that_the_bound_does_not_cover():
    """κ of softsign at ρ = 0.99 is right, and the printed bound is not below the bound."""
    value, bound = ns.activation("softsign").dual(1.0, 1.0, 0.99, bound=True)
    assert activation_page._decimals(value, bound).startswith(f"{value:.9f}")
    assert len(activation_page._decimals(value, 2e-6)) == len("0.18076")
    for bound in (2.01e-12, 9.99e-7, 1e-14, 0.123):
        assert bound <= float(activation_page.rounded_up(bound)) <= 1.1 * bound
    assert activation_page.rounded_up(np.inf) == "not known"
    assert activation_page._share(0.99999) == "all but 1.0e-05"


def test_an_error_that_nobody_bounds_has_no_column():
    study = ns.activation("tanh(u)").report(W_std=1.5, b_std=0.1).study
    study.__dict__["bounded"] = tuple((values, np.full_like(values, np.inf)) for values, _ in study.bounded)
    shown = list(activation_page.dual_blocks(study))
    (table,) = (block for block in shown if isinstance(block, Table))
    assert table.columns == (r"$\rho$", r"$\kappa(1, 1, \rho)$", r"$\dot{\kappa}(1, 1, \rho)$")
    assert {len(row) for row in table.rows} == {3}
    assert any("their error is estimated" in block for block in shown if isinstance(block, str))


def test_what_stands_without_its_figure_does_not_speak_of_one():
    for text in (report("gelu").text(), report("gelu").markdown(), report("gelu").latex()):
        assert "Dots:" not in text
        assert "standard errors from its limit" in " ".join(text.split())


def test_the_map_of_correlations_passes_through_its_fixed_points():
    study = report("gelu").study
    point = activation_page._resting(study)
    assert point.stable
    for root in point.correlations:
        mapped = 1.5**2 * study.numbers.correlated(point.variance, np.array([root.at]))[0] + 0.1**2
        assert mapped / point.variance == pytest.approx(root.at, abs=1e-9)


def test_growing_is_explained_where_a_row_says_so_and_nowhere_else():
    assert (
        "Growing there" in report("softplus", 2.0, 0.0).text() or "growing" not in report("softplus", 2.0, 0.0).text()
    )
    assert "growing" not in report("tanh(u)").text()


@pytest.mark.parametrize("text", ["relu", "exp", "cos", "tanh(u)"])
def test_the_dots_lie_on_the_curves_and_a_wrong_curve_is_seen(text):
    study = report(text).study
    assert study.farthest < 4.5  # 22 values of which many move together; the seed is fixed
    kappa, slope = study.sampled
    assert max(kappa.farthest(1.15 * study.numbers.correlated(1.0, DOTS)), slope.farthest(0 * DOTS)) > 5


def test_the_share_of_the_coefficients_shown_is_theirs():
    relu = 2 * (1 / 4 + (1 / 2 + 1 / 4 + 1 / 48 + 1 / 160 + 5 / 1792) / np.pi)  # κ(1, 1, 1) = 1/2
    assert report("relu").study.shown == pytest.approx(relu, abs=1e-14)
    assert report("identity").study.shown == pytest.approx(1, abs=1e-15)
    assert "The series ends here." in report("identity").text()
    assert "The series ends here." not in report("sin").text()


def test_a_page_is_saved_whole_or_not_at_all(tmp_path):
    made = report("relu")
    made.save(tmp_path / "relu.html")
    assert (tmp_path / "relu.html").read_text(encoding="utf-8") == made.html()
    with pytest.raises(FileTrouble, match="path"):
        made.save(tmp_path / "nowhere" / "relu.html")


def test_without_matplotlib_the_page_says_what_its_plot_needs(monkeypatch):
    monkeypatch.setattr(activation_page, "find_spec", lambda name: None)
    page = report("relu").html()
    assert "<svg" not in page
    assert "ntk_symbolic[report]" in page


@pytest.mark.parametrize(
    ("wrong", "said"), [({"W_std": -1}, "W_std"), ({"b_std": np.nan}, "b_std"), ({"W_std": "2"}, "W_std")]
)
def test_bad_scales_are_refused_by_name(wrong, said):
    with pytest.raises(InvalidInput, match=said):
        ns.activation("relu").report(**wrong)


def test_an_activation_that_is_not_square_integrable_or_not_cut_is_refused():
    with pytest.raises(NoClosedForm, match="φ is not real at u < 0"):
        ns.activation("log(u)").report().text()
    with pytest.raises(NoClosedForm, match="breakpoints"):
        ns.activation("Max(sin(u), 0)").report().text()


# ── The four formats ─────────────────────────────────────────────────────────────────────────────────────────────────

x = ns.activation("u").expr
DOCUMENT = Document(
    "A `u**2` & more",
    (Pairs((("50 % of $\\kappa$", x**2), ("command", "`a --b`"))),),
    (Section("One", (Series(r"\kappa", (x, x**2), True), Table(("$k$", "a|b"), (("$0$", x / 2),)))),),
)


def test_content_is_set_in_every_format_without_loss():
    text, markdown, latex = to_text(DOCUMENT), to_markdown(DOCUMENT), to_latex(DOCUMENT)
    assert "A u**2 & more\n=============" in text
    assert "    = u + u**2 + …" in text
    assert "50 % of κ" in text
    assert "| a\\|b |" in markdown
    assert r"\kappa = u + u^{2} + \cdots" in markdown
    assert r"\texttt{u**2} \& more" in latex
    assert r"\texttt{a --b}" in latex
    assert r"$\frac{u}{2}$ \\" in latex


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("text", ["gelu", "tanh(u)"])
def test_what_is_said_to_be_latex_compiles(text, tmp_path):
    (tmp_path / "page.tex").write_text(report(text).latex(), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout


def test_a_terminal_without_greek_gets_ascii_alone():
    assert report("gelu").text(unicode=False).isascii()


def test_a_sum_wider_than_a_page_stands_in_lines_and_none_of_its_terms_is_lost():
    from sympy import latex, symbols

    from ntk_symbolic.pages.blocks import Formula, _in_lines

    x = symbols("x")
    assert "aligned" not in _in_lines(Formula("f", x + 1))
    wide = sum(k * x**k / (x + k) ** 9 for k in range(1, 9)) - x / 7
    text = _in_lines(Formula("f", wide))
    assert text.count(r"\\") >= 3
    assert all(latex(abs(term.as_coeff_Mul()[0]) * term.as_coeff_Mul()[1]) in text for term in wide.args)
    assert "+ -" not in text and text.count("- ") == 1


def test_what_has_no_kernel_at_variance_1_is_shown_where_it_has_one():
    """κ = ((1 − 2a)(1 − 2b) − 4c²)^(−1/2), 1/4 < a: χ₁ = 1 at b_std = 0 where 4q²/(1 − 4q) = 1."""
    page = " ".join(report("exp(u**2)", 0.25, 0.0).text().split())
    assert "exists below the variance 0.25;" in page and "diverges above" in page
    assert "as exp( u^2)" in page or "as exp(u^2)" in page
    assert "at a = b = 1/16 and 11 correlations" in page
    assert "κ(1/16, 1/16, ρ/16) = 8/7 + 4*rho**2/343" in page  # (49/64 − ρ²/64)^(−1/2)
    assert "κ̇(1/16, 1/16, ρ/16) = 128*rho/343" in page
    assert "φ(z/4) = Σ_k" in page
    assert re.search(r"farthest average is [0-3]\.\d standard errors", page)
    assert "→ ∞ stable – no kernel at this variance –" in page
    q = (np.sqrt(2) - 1) / 2
    assert f"at q^* = {q:.6g}, an unstable fixed point" in page


def test_a_slope_with_a_pole_costs_the_page_its_slopes_alone():
    page = " ".join(report("sqrt(Abs(u))").text().split())
    assert "NTK none: φ' has a pole whose square is not integrable" in page
    assert "there is no χ_1, and no edge of chaos" in page
    assert "κ̇(1, 1, ρ)" not in page
    assert "0.797884560803" in page  # E |z|


@pytest.mark.parametrize(
    "suffix, mark",
    [(".html", "<!DOCTYPE html>"), (".md", "# The activation"), (".tex", r"\documentclass"), (".txt", "====")],
)
def test_a_page_is_saved_in_the_format_of_its_suffix_and_in_no_other(tmp_path, suffix, mark):
    report("identity").save(tmp_path / f"page{suffix}")
    assert mark in (tmp_path / f"page{suffix}").read_text(encoding="utf-8")
    for wrong in ("page.docx", "page", "page.png"):
        with pytest.raises(FileTrouble, match=r"end it in \.html"):
            report("identity").save(tmp_path / wrong)
        assert not (tmp_path / wrong).exists()


@pytest.mark.parametrize("text", sweep(["u + sin(u)", "Abs(u)*sin(u)"], ["u + sin(u)"]))
def test_a_wave_beside_growth_has_a_page_that_says_what_is_not_known(text):
    study = ActivationStudy(activation(text), Dense(W_std=2**0.5, b_std=0.1))
    last = study.phases.points[-1]
    assert (last.variance, last.stable, last.name, last.correlations) == (np.inf, True, "unknown", None)
    assert study.numbers.square(np.array([1.0])) == pytest.approx(float(activation(text).dual(1.0, 1.0, 1.0)))


def test_where_rounding_would_cost_the_digits_of_a_variance_the_page_goes_without_it():
    """For an activation that grows like exp(|u|), floats hold the numbers up to a variance of about 350."""
    found = ByDual(activation("erf(u)*exp(-u)")).square(np.array([1.0, 353.5, 2.0]))
    assert np.isnan(found[1]) and np.isfinite(found[[0, 2]]).all()


def test_coefficients_with_erf_of_complex_numbers_are_real():
    study = ActivationStudy(activation("exp(-Abs(u))*cos(u)"), Dense())
    assert study.shown == pytest.approx(1, abs=0.1)
    exact = mpmath.quad(lambda u: mpmath.exp(-abs(u)) * mpmath.cos(u) * mpmath.npdf(u), [-8, 0, 8])
    assert number(study.hermite[0]) == pytest.approx(float(exact), rel=1e-10)
