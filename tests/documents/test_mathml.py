"""Every formula is converted completely: XML that parses, nothing of the LaTeX left, MathML Core only."""

from xml.etree import ElementTree as ET

import pytest
import sympy
from sympy import Derivative, Function, Integral, Matrix, Piecewise, Sum, Symbol, latex, oo

from ntk_symbolic.documents.mathml import BrokenFormula, mathml

u, a, b, c = sympy.symbols("u a b c", real=True)
i, n = sympy.symbols("i n", integer=True)
f, kappa = Function("f"), Function("kappa")

PRINTED = [
    u * (1 + sympy.erf(u / sympy.sqrt(2))) / 2, sympy.Max(u, 0), sympy.Min(u, 1, a), sympy.Abs(u), sympy.sign(u),
    Piecewise((u, u > 0), (sympy.exp(u) - 1, True)), Piecewise((1, (u > 0) & (u < 1)), (0, True)),
    Matrix([[a, c], [c, b]]), Integral(sympy.exp(-(u**2) / 2) * f(u), (u, -oo, oo)), Sum(f(i), (i, 1, n)),
    sympy.Product(i, (i, 1, n)), Derivative(f(u), u, 2), f(u).diff(u).subs(u, c / a), kappa(a, b, c),
    sympy.acos(c / sympy.sqrt(a * b)) / (2 * sympy.pi), sympy.Heaviside(u), sympy.DiracDelta(u, 1),
    sympy.Eq(a, b), sympy.Ne(a, b), sympy.Not(a > b), sympy.Or(a > 0, b > 1), Symbol("Theta_{(3)}"),
    Symbol("kappadot"), Symbol("W_std"), Symbol(r"\mathbb{E}"), Symbol("x'"), sympy.Float("1e-30"),
    sympy.Rational(-1, 3), sympy.Limit(1 / u, u, 0), sympy.conjugate(Symbol("z")), sympy.FiniteSet(1, 2),
    sympy.Interval.open(0, oo),
    sympy.Lambda(u, u**2), sympy.floor(u), sympy.root(u, 3), sympy.IndexedBase("x")[i], sympy.KroneckerDelta(i, n),
    sympy.binomial(n, i), sympy.factorial(n), sympy.gamma(u), sympy.besseli(0, u), sympy.expint(1, u), sympy.zoo,
    sympy.MatrixSymbol("K", 3, 3), sympy.Trace(sympy.MatrixSymbol("K", 3, 3)), sympy.atan2(a, b), sympy.true,
]  # fmt: skip

WRITTEN = [
    r"\begin{aligned} \Theta &= \dot\kappa\,\Theta^{(1)} \\ &= \begin{cases} a & b \\ c & d\end{cases}\end{aligned}",
    r"\begin{align} a &= b \\ &\leq c \end{align}",
    r"\boldsymbol{\theta}, \mathbf{W}, \mathcal N(0, I), \mathscr F, \mathbb{E}_{\theta}\left[ f \right]",
    r"\left\| \frac{\delta C}{\delta f} \right\|_K^2 + \lVert x \rVert^2 + |x|^2 + \langle f, g\rangle",
    r"\int_{\mathcal X} \frac{\delta C}{\delta f}(x)^{\mathsf T}\,\varphi(x)\,\mathrm{d}\mu(x)",
    r"\sum_{p=1}^{P} \left( \frac{\partial f}{\partial \theta_p} \right)^2, \overline{x + y}, \hat x, \tilde\kappa",
    r"f'^{\theta}_{j}(x)^{2} + g''^{2} + \theta'",
    r"\text{if } x < 1 \text{ or } x > 2, \text{a < b}",
]  # fmt: skip

CORE = {
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "ms", "mfrac", "msqrt", "mroot", "mstyle", "msub", "msup",
    "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd", "mpadded", "mphantom", "mmultiscripts",
}  # fmt: skip


@pytest.mark.parametrize("tex", [*map(latex, PRINTED), *WRITTEN])
@pytest.mark.parametrize("display", [False, True])
def test_a_formula_is_whole_mathml_core(tex, display):
    root = ET.fromstring(mathml(tex, display))
    assert root.get("display") == ("block" if display else "inline")
    assert {node.tag for node in root.iter()} <= CORE
    assert {node.get("mathvariant") for node in root.iter()} <= {None, "normal"}
    text = "".join(root.itertext())
    assert "\\" not in text
    assert "&" not in text
    assert not any(0xE000 <= ord(character) < 0xF900 for character in text)


@pytest.mark.parametrize(
    "tex", [r"\frac{a", r"\frac{a}", r"\unknowncommand x", r"\frac", r"x^{", r"\left( x", r"\sqrt", "{", "}"]
)
def test_a_broken_formula_is_an_error_and_never_a_hole_in_the_page(tex):
    with pytest.raises(BrokenFormula):
        mathml(tex)


def letters(tex: str) -> list[tuple[str, str | None]]:
    return [(node.text, node.get("mathvariant")) for node in ET.fromstring(mathml(tex)).iter("mi")]


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\mathrm{d}x", [("d", "normal"), ("x", None)]),
        (r"\operatorname{E}", [("E", "normal")]),
        (r"\Theta\theta", [("Θ", "normal"), ("θ", None)]),
        (r"\boldsymbol{\theta}\boldsymbol{x}\boldsymbol{\Sigma}", [("𝜽", None), ("𝒙", None), ("𝜮", None)]),
        (r"\mathcal N", [("𝒩", None)]),
        (r"\mathscr{L}", [("ℒ", None)]),
        (r"\operatorname{erf}(u)", [("erf", None), ("u", None)]),
    ],
)
def test_letters_keep_their_alphabet(tex, expected):
    assert letters(tex) == expected


def operators(tex: str) -> dict[str, dict[str, str]]:
    return {node.text: node.attrib for node in ET.fromstring(mathml(tex)).iter("mo")}


def test_brackets_stretch_around_what_is_tall_and_only_there():
    assert operators(r"\left(\frac{a}{b}\right)")["("]["stretchy"] == "true"
    assert operators(r"\left(a, b\right)")["("]["stretchy"] == "false"
    assert operators(r"\langle f \rangle")["⟨"] == {"form": "prefix", "stretchy": "false"}


def test_a_sign_after_an_equals_sign_belongs_to_what_follows():
    assert operators("a = -b")["−"] == {"form": "prefix"}
    assert operators("(a) - b")["−"] == {}


def test_relations_have_the_spaces_of_relations_and_a_fraction_in_a_line_has_none():
    assert operators(r"K \succeq \lambda") == {"⪰": {}}
    assert operators("x/d") == {"/": {"lspace": "0em", "rspace": "0em"}}


def test_names_of_functions_stand_apart_from_their_factors():
    assert "<mn>2</mn><mspace" in mathml(r"2\operatorname{erf}(x)")
    assert "mspace" not in mathml(r"\operatorname{erf}(x)")
    assert "mspace" in mathml(r"\sin x")


def test_limits_stand_below_on_display_and_beside_in_a_line():
    assert "<munder>" in mathml(r"\max_i x_i", display=True)
    assert "<munder>" not in mathml(r"\max_i x_i")
