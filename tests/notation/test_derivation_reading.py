"""The notation of derivations and its meaning."""

import pytest
from derivation_texts import FIRST, FLOW, SETTING, with_setting
from sympy import Derivative, S

from ntk_symbolic.calculus import equal
from ntk_symbolic.errors import IllFormed, NotationError
from ntk_symbolic.notation.derivations import read
from ntk_symbolic.notation.markdown import blocks, closed_blocks, statements
from ntk_symbolic.notation.tokens import Source
from ntk_symbolic.proofs.derivation import Relation, Verdict
from ntk_symbolic.theorems.setting import C, K, f, gradient, gradient_flow, quadratic_form, t, theta


def sides(chain: str):
    (step, *_) = read(with_setting(chain)).derivation.steps
    return step.lhs, step.rhs


SPELLINGS = {
    "∫_X Σ_j φ_j(x) φ_j(x) dμ(x)": "int_X sum_j phi_j(x) phi_j(x) dmu(x)",
    "∬_X φ_j(x) φ_l(x') dx dx'": "∫_X ∫_X φ_j(x) φ_l(x') dμ(x) dμ(x')",
    "∫_X φ_j(x) dx": "∫ φ_j(x) d mu(x)",
    "Σ_{i,m} η_i η_m": "sum_{i,m} eta_i eta_m",
    "Σ_{i=1}^P η_i": "Σ_i η_i",
    "Σ_{j,l=1}^{k} φ_j(x) φ_l(x)": "Σ_{j,l} φ_j(x) φ_l(x)",
    "δC/δf_j(x)": "(delta C/delta f)(x)_j",
    "∂f_j/∂θ_i(x)": "(d f/d theta_i)_j(x)",
    "(∂f_j/∂θ_i)(x)": "df_j/dtheta_i(x)",
    "∂²f_j/∂θ_i∂θ_m(x)": "d^2 f_j/d theta_i d theta_m(x)",
    "dθ_i/dt": "theta'_i",
    "d²θ_i/dt²": "theta''_i",
    "d^2 c/dt^2": "d²/dt² c",
    "∂²c/∂θ_i²": "∂²c/∂θ_i∂θ_i",
    "(∂c/∂θ_i)²": "∂c/∂θ_i · ∂c/∂θ_i",
    "∂f_j/∂θ_i(x)²": "(∂f_j/∂θ_i(x))^2",
    "d/dt φ_j(x)²": "d/dt (φ_j(x)^2)",
    "δ²C/δf_j(x)δf_l(x')": "delta^2 C/delta f_j(x) delta f_l(x')",
    "θ̇_i": "∂θ_i/∂t",
    "d/dt C[f^θ]": "dC/dt",
    "dc/dt": "d/dt c",
    "∂/∂θ_i c": "∂c/∂θ_i",
    "f_j(x; θ)": "f_j(x)",
    "f^θ_j(x)": "f_j^{theta}(x)",
    "C[f^{θ + ε η}]": "C[f^{theta + eps eta}]",
    "C[x, j ↦ φ_j(x)]": "C[φ]",
    "1/2 φ_j(x)²": "φ_j(x)^2/2",
    "1/2 (φ_j(x))²": "(φ_j(x)^2)/2",
    "1/k (Σ_j φ_j(x))²": "(1/k) (Σ_j φ_j(x))²",
    "1/ε (φ_j(x) + 1)": "(φ_j(x) + 1)/ε",
    "1/P (θ_i)(η_i + 1)": "θ_i (η_i + 1)/P",
    "2/3 (∂c/∂θ_i)²": "(2/3) (∂c/∂θ_i)^2",
    "1/φ_j(x)(θ_i + 1)": "(θ_i + 1)/φ_j(x)",
    "1/exp(ε)(θ_i + 1)": "(θ_i + 1)/exp(ε)",
    "1/2 Σ_i 3 (η_i + ε)": "(1/2) Σ_i (3 η_i + 3 ε)",
    "1/(2 (θ_i + ε))": "1/((θ_i + ε) 2)",
    "d/dt c (ε + 1)": "(ε + 1) dc/dt",
    "d/dt (c)(θ_i + 1)": "(θ_i + 1) dc/dt",
    "d/dt Σ_i 2 (θ_i + 1)": "d/dt Σ_i (2 θ_i + 2)",
    "∂²c/∂θ_i² ∂c/∂θ_m": "∂c/∂θ_m ∂²c/∂θ_i²",
    "∂²c/∂θ_i∂θ_m + ∂c/∂θ_m": "∂c/∂θ_m + ∂²c/∂θ_i∂θ_m",
    "d²θ_i/dt² dc/dt": "dc/dt d²θ_i/dt²",
    "∫_X φ_j(x) ∂²c/∂θ_i² dx": "∫_X ∂²c/∂θ_i² φ_j(x) dx",
    "∫_X ∫_X φ_j(x) φ_l(x') dx' φ_l(x) dx": "∫_X (∫_X φ_j(x) φ_l(x') dx') φ_l(x) dx",
    "∫_X Σ_j ∫_X φ_j(x') dx' φ_j(x) dx": "∫_X Σ_j (∫_X φ_j(x') dx') φ_j(x) dx",
    "∫_X ∫_X φ_j(x) dx φ_j(x') dx'": "∫_X (∫_X φ_j(x) dx) φ_j(x') dx'",
    "μ(X) P": "P mu(X)",
    "φ_j(x)(θ_i + η_i)": "φ_j(x) * (θ_i + η_i)",
}


@pytest.mark.parametrize("one", SPELLINGS)
def test_ascii_and_the_shapes_of_papers_are_read_as_one(one):
    other = SPELLINGS[one]
    lhs, rhs = sides(f"{one}\n = {other}  by nothing")
    assert str(lhs) == str(rhs)


def test_a_transposed_vector_is_a_sum_over_its_index():
    lhs, rhs = sides("φ(x)ᵀ K(x, x') f(x')\n = Σ_{j,l} φ_j(x) K_{jl}(x, x') f_l(x')  by nothing")
    assert equal(lhs, rhs)
    lhs, rhs = sides("φ(x)ᵀ K(x, x') f(x')\n = Σ_{j,l} φ_j(x) K_{lj}(x, x') f_l(x')  by nothing")
    assert not equal(lhs, rhs)


def test_a_derivation_is_the_theorem_of_the_same_lines():
    reading = read(FLOW)
    assert str(reading.derivation.steps[0].lhs) == str(Derivative(C(f(theta)), t))
    (assumed,) = reading.assuming
    assert (assumed.name, str(assumed.value)) == (gradient_flow.name, str(gradient_flow.value))
    assert equal(reading.derivation.steps[1].rhs, -quadratic_form(gradient, K))


def test_a_correct_derivation_is_proved_and_its_steps_know_their_lines():
    derivation = read(FLOW).judged()
    assert derivation.verdict is Verdict.PROVED
    assert [step.line for step in derivation.steps] == [FIRST + 1, FIRST + 2]
    assert [step.rule for step in derivation.steps] == ["the chain rule", "gradient flow"]


def test_renamed_and_reordered_dummies_pass():
    renamed = FLOW.replace(
        "−∫_X ∫_X Σ_{j,l} δC/δf_j(x) K_{jl}(x, x') δC/δf_l(x') dμ(x) dμ(x')",
        "−Σ_l ∫_X Σ_j (∫_X K_{lj}(x', x) δC/δf_l(x') dx') δC/δf_j(x) dx",
    )
    assert renamed != FLOW
    assert read(renamed).judged().verdict is Verdict.PROVED


def test_the_limit_of_a_difference_quotient_is_a_derivative():
    chain = """
    lim_{ε→0} (C[f^{θ+εη}] − C[f^θ])/ε
      = Σ_i η_i ∂c/∂θ_i      by the chain rule: also where f^θ is left by a remainder
      = lim_{eps->0} (C[f^θ + ε Σ_i η_i ∂f/∂θ_i + O(ε²)] − C[f^θ])/ε      by the same
    """.replace("\n    ", "\n")
    derivation = read(with_setting(chain)).judged()
    assert derivation.verdict is Verdict.PROVED
    assert derivation.steps[0].remark == "also where f^θ is left by a remainder"


def test_two_remainders_are_two_functions():
    chain = "C[f + O(ε)] − C[f + O(ε)]\n  = 0      by cancelling"
    assert read(with_setting(chain)).judged().verdict is Verdict.REFUTED
    chain = "lim_{ε→0} (C[f + O(ε)] − C[f])/ε\n  = 0      by a remainder of too low an order"
    assert read(with_setting(chain)).judged().verdict is Verdict.REFUTED


def test_an_inequality_carries_its_gap_and_a_fact_its_hypothesis():
    chain = """
fact E[φ] := ∬_X φ(x)ᵀ K(x, x') φ(x') dx dx' >= 0
number h > 0
−h ∬_X φ(x)ᵀ K(x, x') φ(x') dx dx'
  <= 0      with gap h E[φ]      by the fact
"""
    reading = read(with_setting(chain))
    (step,) = reading.derivation.steps
    assert step.relation is Relation.AT_MOST
    assert reading.judged().verdict is Verdict.PROVED
    assert read(with_setting(chain.replace("h > 0", "h"))).judged().verdict is Verdict.UNDECIDED


def test_spaces_may_be_intervals_and_index_sets_may_have_a_number():
    text = """
space T = [0, 2] with density 1 + s, points s
index n in 1..3
function a_n(s)
Σ_n ∫_T (a_n(s) + s) ds
  = Σ_n ∫_T a_n(s) ds + 14      by integrating s (1 + s)
"""
    assert read(text).judged().verdict is Verdict.PROVED
    assert read(text.replace("14", "15")).judged().verdict is Verdict.REFUTED


def test_index_sets_of_one_size_are_one():
    text = "index i in 1..3\nindex n in 1..03\nfunction a_i\nΣ_i a_i\n = Σ_n a_n  by renaming"
    assert read(text).judged().verdict is Verdict.PROVED


def test_functions_on_an_interval_are_differentiated_in_its_points():
    text = """
space T = [0, 2], points s
function a(s)
hypothesis "a is differentiable" grants "differentiability of a", "the fundamental theorem of calculus"
∫_T 2 a(s) ∂a/∂s(s) ds
  = a(2)² − a(0)²      by the fundamental theorem
"""
    judged = read(text).judged()
    assert "proved" in {j.verdict for j in judged.steps[0].judgements}
    assert read(text.replace("2 a(s)", "3 a(s)")).judged().verdict is not Verdict.PROVED


AT_A_POINT = {
    "∂a/∂s(r)": "∂/∂r a(r)",
    "∂b/∂s(r, s)": "∂/∂r b(r, s)",
    "∂b/∂r(s, s) + ∂b/∂s(s, s)": "∂/∂s b(s, s)",
    "∂²b/∂s∂r(r, s)": "∂/∂r ∂/∂s b(r, s)",
}


@pytest.mark.parametrize("one", AT_A_POINT)
def test_a_derivative_in_a_declared_variable_is_taken_before_the_point_is_put_in(one):
    text = "space T = [0, 2], points s, r\nfunction a(s)\nfunction b(s, r)\n"
    step = read(f"{text}{one}\n = {AT_A_POINT[one]}  by nothing").derivation.steps[0]
    assert equal(step.lhs, step.rhs)
    assert not equal(step.lhs, S.Zero)


@pytest.mark.parametrize("at", ["1", "r"])
def test_a_derivative_at_a_point_does_not_vanish(at):
    text = f"space T = [0, 2], points s, r\nfunction a(s)\n∂a/∂s({at})\n = 0  by nothing"
    assert read(text).judged().verdict is Verdict.REFUTED


def test_a_bracket_behind_a_quotient_is_not_below_it():
    text = "number λ > 0\nnumber h\n1/λ (h)²\n = {}  by nothing"
    assert read(text.format("h²/λ")).judged().verdict is Verdict.PROVED
    assert read(text.format("1/(λ h²)")).judged().verdict is Verdict.REFUTED


def test_several_chains_make_several_claims():
    derivation = read(FLOW + "d/dt f_j(x)\n = Σ_i ∂f_j/∂θ_i(x) θ̇_i  by the chain rule\n").derivation
    assert len(derivation.chains) == len(derivation.conclusion) == 2


def test_without_the_hypothesis_that_grants_its_rule_a_step_is_undecided():
    without = FLOW.replace(' grants "Fubini" from "Fubini 1907"', "")
    first, second = read(without).judged().steps
    assert (first.verdict, second.verdict) == (Verdict.PROVED, Verdict.UNDECIDED)
    assert second.missing == ("Fubini",)


def test_prose_of_a_derivation_is_kept():
    derivation = read(
        "title: Of sums\nsource: a book\nsummary: short\nindex i in 1..P\nΣ_i 1\n = P by counting"
    ).derivation
    assert (derivation.title, derivation.source, derivation.summary) == ("Of sums", "a book", "short")


# ── Formulas without a meaning ────────────────────────────────────────────────────────────────────────────────────────

NO_DERIVATIVE = "δC/δf_j(x) φ_j(x)"
ILL_FORMED = {
    f"∫_X Σ_j {NO_DERIVATIVE} dx dx'": "1 integral sign, 2 differentials",
    f"∫_X ∫_X Σ_j {NO_DERIVATIVE} dx": "2 integral signs, 1 differential",
    f"Σ_j {NO_DERIVATIVE} dx": "0 integral signs, 1 differential",
    f"∫_X Σ_j {NO_DERIVATIVE}": "1 integral sign, 0 differentials",
    f"∫_X ∫_X Σ_j {NO_DERIVATIVE} dx dx": "x is bound twice",
    "∫_X ∫_X Σ_j φ_j(x) dx Σ_j φ_j(x) dx'": "x is used outside its binder",
    "∬_X φ_j(x) dx φ_j(x') dx'": "2 integral signs, 2 differentials",
    "∫_X φ_j(x) ∫_X φ_j(x) dx dx": "x is bound twice",
    "Σ_i Σ_i η_i": "i is bound twice",
    "(1 + 2)^3^2": "a power of a power",
    "∫_X φ_j(x) dx φ_j(x)": "x is used outside its binder",
    "∫_X K dx": "K_{jl}(x, x') is written without its arguments",
    "K(x, x')": "K_{jl}(x, x') is written without its indices (2 indices: k, k)",
    "K_{jl}": "K_{jl}(x, x') is written without its arguments (2 points: X, X)",
    "K_{jl}(x)": "takes 2 points (X, X), got 1",
    "K_{jlj}(x, x')": "takes 2 indices (k, k), got 3",
    "K_{ij}(x, x')": "i is an index in 1..P; an index in 1..k is needed there",
    "K_{jl}(x, j)": "j is an index in 1..k; a point of X is needed there",
    "f_j(y)": "y is not declared",
    "sin(f_j(x))": "sin is not declared; of numbers the notation has exp, log and sqrt",
    "pi f_j(x)": "pi is not declared; declare it, `number pi > 0`",
    "Σ_{j=1}^M φ_j(x)": "M is not declared as the range of an index; j was declared in 1..k",
    "Σ_{j,k} φ_j(x)": "k is the number of values of j, l",
    "Σ_x φ_j(x)": "x is a point of X: integrate over it",
    "∫_X φ_j(x) dj": "j is an index in 1..k",
    "∫_P φ_j(x) dx": "not a space with a measure",
    "C": "C[f] is a functional",
    "C[θ]": "theta_i is written without its indices (1 index: P)",
    "x": "x is a point of X, not a number",
    "X": "X is a space, not a number",
    "1/(2 − 2)": "division by 0",
    "0^{-1}": "division by 0",
    "2/Σ_i η_i": "put a sum or an integral there in brackets",
    "η_i ⊗ η_i": "⊗ is not in the notation",
    "δC/δθ_i": "C[f] takes f_j(x",
    "δφ_j(x)/δf_j(x)": "takes no function",
    "‖φ‖²_K": "is not defined",
    "lim_{ε→0} C[f + ε φ]": "the only limit in the notation",
    "lim_{ε→0} (C[f + ε φ] − 2 C[f])/ε": "does not visibly vanish",
    "O(ε²)": "only within a function",
    "φ_j(x)ᵀ φ(x)": "without its index",
    "φ(x)ᵀ": "needs a vector after it",
    "2^{1000}": "an exponent is a number of size ≤ 32",
    "exp(1, 2)": "exp takes one number",
    "δ_{ix}": "compares two indices",
    "d/dt": "stands before nothing",
    "∂²c/∂θ_i": "needs 2 variables below",
    "∂c/∂θ_i²": "needs brackets",
    "d²θ_i/dt": "needs 2 variables below",
    "d²θ_i/dt³": "needs brackets",
    "∂⁴c/∂θ_i⁴": "2 and 3 are possible",
    "Σ_i * η_i": "* follows no factor",
    "∫_X φ_j(x) * dx": "without a sign",
    "μ": "is the measure of X",
    "Σ_{i=0} η_i": "runs from 1, not from 0",
}


@pytest.mark.parametrize("formula", ILL_FORMED)
def test_what_means_nothing_is_refused_at_its_line(formula):
    with pytest.raises(IllFormed) as refused:
        read(with_setting(f"Σ_i η_i\n  = Σ_i η_i  by nothing\n  =\n  {formula}  by a slip"))
    assert ILL_FORMED[formula] in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.line in (FIRST + 2, FIRST + 3)


def test_a_variable_that_only_a_later_line_is_about_is_outside_its_binder():
    with pytest.raises(IllFormed, match="j is used outside its binder: no Σ or ∫ binds it") as refused:
        read(FLOW.replace("Σ_{j,l} δC", "Σ_l δC"))
    assert refused.value.line == FIRST + 2


BAD_DECLARATIONS = {
    "time t\ntime s": "time is t already",
    "index i in 1..P\nindex i in 1..k": "i is declared twice, first on line 1",
    "number dx\nnumber x": "dx, which is declared, could be read as d x",
    "number O1": "O1 has a meaning of its own",
    "number exp": "exp has a meaning of its own",
    "index n in 1..1000": "1 to 12 is possible",
    "index i in 0..P": "from 1, not from 0",
    "number h > 1": "only > 0 and >= 0",
    "function f_j": "j is not declared",
    "functional C": "functional C[f]",
    "functional C[f]": "f is not declared",
    "space X = [1, 0], points x": "interval",
    "space X with density x, points x": "on an interval",
    "index j in 1..k\nfunction f_{jj}": "j comes twice",
    "index i in 1..P\nfunction a_i\nassume a: 2 = 0": "begins with a function or a rate",
    "index i, m in 1..P\nfunction a_i\nassume a: a_i = a_m": "m is free on the right side",
    "index i in 1..P\nfunction a_i\ndefine s := a_i": "depends on i",
    "fact Fubini := 0 >= 0": "Fubini is the name of a rule",
    "define fubini := 1": "fubini is the name of a rule",
    "function a\nassume Fubini: a = 0": "Fubini is the name of a rule",
    "function a\nassume differentiability of C: a = 0": "differentiability of C is the name of a rule",
    "function a\nassume The Fundamental theorem of calculus: a = 0": "is the name of a rule",
    "function a\nassume definition of K: a = 0": "is the name of a rule",
    "function a\nassume symmetry of second derivatives: a = 0": "is the name of a rule",
    "function a\nassume A: a = 1\nassume B: a = 2": "A determines a already",
    "function θ of s": "not declared as the time",
}


@pytest.mark.parametrize("text", BAD_DECLARATIONS)
def test_a_declaration_that_means_nothing_is_refused(text):
    with pytest.raises(IllFormed) as refused:
        read(text)
    assert BAD_DECLARATIONS[text] in str(refused.value)
    assert refused.value.line == text.count("\n") + 1


# ── Text outside the notation ─────────────────────────────────────────────────────────────────────────────────────────

UNREADABLE = {
    "Σ_i η_i)": ") closes no bracket",
    "(Σ_i η_i": "( is not closed",
    "(Σ_i η_i]": "] closes no bracket",
    "Σ_i η_i @": "U+0040",
    "Σ_і η_i": "CYRILLIC",
    "Σ_i η_i +": "ends too early",
    "η__i": "does not fit here",
    "(a for a in b).__class__": "is not in the notation",
    "Σ_i η_i \x00": "U+0000",
}


@pytest.mark.parametrize("formula", UNREADABLE)
def test_what_is_not_in_the_notation_is_refused_at_its_line(formula):
    with pytest.raises(NotationError) as refused:
        read(with_setting(f"{formula}\n = 0  by nothing"))
    assert UNREADABLE[formula] in str(refused.value)
    assert refused.value.line == FIRST


@pytest.mark.parametrize("text", ["", "time t", "Σ_i 1", "= 0 by nothing", "index i in 1..P\nΣ_i 1\n\n"])
def test_a_text_without_a_step_is_no_derivation(text):
    with pytest.raises((NotationError, IllFormed)):
        read(text)


# ── Blocks in Markdown ───────────────────────────────────────────────────────────────────────────────────────────────


def test_only_blocks_that_say_derivation_are_read_and_know_their_lines():
    text = "# A\n```python\nraise SystemExit\n```\n\n~~~derivation\r\ntime t\r\n~~~\n````derivation x\n```\nb\n````\n"
    assert blocks(text) == [Source("time t", 7), Source("```\nb", 10)]


def test_a_block_without_an_end_is_named_where_it_begins_and_leaves_those_before_it():
    with pytest.raises(NotationError, match="not closed"):
        blocks("a\n```derivation\ntime t\n")
    found, unclosed = closed_blocks("```derivation\ntime t\n```\na\n```derivation\ntime t\n")
    assert found == [Source("time t", 2)]
    assert "not closed" in str(unclosed)
    assert unclosed.line == 5


def test_a_statement_goes_on_in_lines_that_are_further_indented():
    block = Source("a\n  + b\n\n# no formula\n  = c\n    d by e\nf", 10)
    assert statements(block) == [Source("a\n  + b", 10), Source("  = c\n    d by e", 14), Source("f", 16)]


def test_the_setting_of_the_tests_has_no_derivation_of_its_own():
    with pytest.raises(NotationError, match="no step"):
        read(SETTING)


def test_a_fence_within_a_list_takes_its_indentation_away():
    (block,) = blocks("- so:\n\n  ```derivation\n  number h\n  h\n    = h by x\n  ```\n")
    assert block.text == "number h\nh\n  = h by x"
