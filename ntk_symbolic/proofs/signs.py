r"""One table of signs: prose with $LaTeX$ in it becomes Unicode text; Unicode becomes LaTeX, or ASCII."""

from __future__ import annotations

import re
from unicodedata import combining, normalize

from ..visible import visible
from .plain_math import is_plain

# sign, LaTeX (in math mode), ASCII
_SIGNS = [
    ("∫", r"\int", "Int"),
    ("Σ", r"\sum", "Sum"),
    ("∂", r"\partial", "d"),
    ("θ", r"\theta", "theta"),
    ("η", r"\eta", "eta"),
    ("φ", r"\varphi", "phi"),
    ("ε", r"\varepsilon", "eps"),
    ("δ", r"\delta", "delta"),
    ("μ", r"\mu", "mu"),
    ("λ", r"\lambda", "lambda"),
    ("κ", r"\kappa", "kappa"),
    ("ρ", r"\rho", "rho"),
    ("σ", r"\sigma", "sigma"),
    ("π", r"\pi", "pi"),
    ("Θ", r"\Theta", "Theta"),
    ("Φ", r"\Phi", "Phi"),
    ("𝒳", r"\mathcal{X}", "X"),
    ("𝒢", r"\mathcal{G}", "G"),
    ("ℝ", r"\mathbb{R}", "R"),
    ("𝔼", r"\mathbb{E}", "E"),
    ("𝒩", r"\mathcal{N}", "N"),
    ("∼", r"\sim", "~"),
    ("∣", r"\mid", "|"),
    ("α", r"\alpha", "alpha"),
    ("↦", r"\mapsto", "|->"),
    ("→", r"\to", "->"),
    ("∈", r"\in", "in"),
    ("×", r"\times", "x"),
    ("·", r"\cdot", "."),
    ("≤", r"\le", "<="),
    ("≥", r"\ge", ">="),
    ("≠", r"\ne", "!="),
    ("∞", r"\infty", "oo"),
    ("√", r"\surd", "sqrt"),
    ("±", r"\pm", "+-"),
    ("−", "-", "-"),
    ("‖", r"\Vert", "||"),
    ("…", r"\ldots", "..."),
    ("½", r"\tfrac{1}{2}", "1/2"),
    ("∬", r"\iint", "IInt"),
    ("∇", r"\nabla", "grad"),
    ("∘", r"\circ", "o"),
    ("⊗", r"\otimes", "(x)"),
    ("⊥", r"\perp", "_|_"),
    ("⊂", r"\subset", "in"),
    ("⪰", r"\succeq", ">="),
    ("⪯", r"\preceq", "<="),
    ("≻", r"\succ", ">"),
    ("≈", r"\approx", "~"),
    ("⟨", r"\langle", "<"),
    ("⟩", r"\rangle", ">"),
    ("′", "'", "'"),
    ("ℓ", r"\ell", "l"),
    ("ℕ", r"\mathbb{N}", "N"),
    ("ν", r"\nu", "nu"),
    ("χ", r"\chi", "chi"),
    ("ψ", r"\psi", "psi"),
    ("ζ", r"\zeta", "zeta"),
    ("Λ", r"\Lambda", "Lambda"),
    ("β", r"\beta", "beta"),
    ("γ", r"\gamma", "gamma"),
    ("ξ", r"\xi", "xi"),
    ("τ", r"\tau", "tau"),
    ("ω", r"\omega", "omega"),
    ("Π", r"\Pi", "Pi"),
    ("Ω", r"\Omega", "Omega"),
    ("Δ", r"\Delta", "Delta"),
    ("ϑ", r"\vartheta", "vartheta"),
]
_SUPERSCRIPTS = {c: str(n) for n, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {
    "ᴾ": "P",
    "ᵏ": "k",
    "ⁿ": "n",
    "ᵀ": "T",
    "⁺": "+",
    "⁻": "-",
}
_SUPERSCRIPTS |= {"⁽": "(", "⁾": ")"}
_ACCENTS = {"\u0307": "dot", "\u0308": "ddot", "\u0302": "hat"}  # of θ̇, θ̈ and ĝ, the sign and then the accent
_TEX = {sign: f"${tex}$" for sign, tex, _ in _SIGNS} | {s: f"$^{{{n}}}$" for s, n in _SUPERSCRIPTS.items()}
_ASCII = {sign: plain for sign, _, plain in _SIGNS} | {s: f"^{n}" for s, n in _SUPERSCRIPTS.items()}
_ASCII |= {"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"'}
_ESCAPED = {c: f"\\{c}" for c in "#$%&_{}"} | {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", "|": "$|$"}
_ESCAPED |= {"<": "$<$", ">": "$>$"}


def cut(s: str) -> list[tuple[str, bool]]:
    r"""Prose and the formulas in it. An unpaired dollar is a dollar, and so are dollars around text that is no plain formula.

    >>> cut(r"of $\theta$ and $\input{x}$")
    [('of ', False), ('\\theta', True), (' and ', False), ('$\\input{x}$', False), ('', False)]
    """
    parts = s.split("$")
    if len(parts) % 2 == 0:
        return [(s, False)]
    return [(p, True) if n % 2 and is_plain(p) else (f"${p}$" if n % 2 else p, False) for n, p in enumerate(parts)]


def markdown_prose(s: str) -> str:
    """Prose without markup of its own: apparent tags, links and formulas are printed as they were typed.

    >>> markdown_prose("<b>a</b> [b](http://c) $x_i$ $a_$")
    '&lt;b>a&lt;/b> [b]&#40;http://c) $x_i$ `$a_$`'
    """
    return "".join(map(_marked_down, cut(visible(s))))


def _marked_down(part: tuple[str, bool]) -> str:
    text, formula = part
    if formula:  # without formulas, this is text as well
        return f"${text.replace('<', chr(92) + 'lt ').replace('](', '] (')}$"
    if text.startswith("$") and text.endswith("$") and len(text) > 1:
        return f"`{text.replace('`', '')}`"
    return text.replace("<", "&lt;").replace("](", "]&#40;")


def tex_prose(s: str) -> str:
    r"""Prose as LaTeX.

    >>> print(tex_prose(r"50% of $\theta$, θ_i"))
    50\% of $\theta$, $\theta$\_i
    """
    return "".join(
        f"${_breakable(p)}$" if formula else _escaped(p.replace("\ufffd", "?")) for p, formula in cut(visible(s))
    )


def _breakable(tex: str) -> str:
    """A line of prose may end between the factors of a long product, which TeX never does by itself."""
    return tex.replace(r"\,", r"\,\allowbreak ")


def _escaped(s: str) -> str:
    marks = "".join(_ACCENTS)
    s = re.sub(f"(.)([{marks}])", lambda m: f"$\\{_ACCENTS[m[2]]}{{{_TEX.get(m[1], m[1]).strip('$')}}}$\0", s)
    pieces = re.split("(\\$\\\\(?:dot|ddot|hat).*?\\$\0)", s)
    return "".join(
        p[:-1] if p.endswith("\0") else "".join(_TEX.get(c) or _ESCAPED.get(c, c) for c in p) for p in pieces
    )


def unicode_prose(s: str) -> str:
    r"""Formulas between dollar signs as Unicode, where possible.

    >>> unicode_prose(r"along $\dot{\theta}_{i} = -\frac{\partial c}{\partial\theta_{i}}$")
    'along θ̇_i = - ∂c/∂θ_i'
    """
    parts = s.split("$")
    if len(parts) % 2 == 0:
        return s
    return "".join(_untexed(p) if n % 2 else p for n, p in enumerate(parts))


def _untexed(tex: str) -> str:
    tex = re.sub(r"\\left\.\s*", "", tex)
    tex = re.sub(r"\\(left|right|mathrm|displaystyle)(?![A-Za-z])", "", tex)
    tex = tex.replace(r"\epsilon", r"\varepsilon")
    tex = re.sub(r"\\(lVert|Vert)(?![A-Za-z]) *| *\\rVert(?![A-Za-z])", "‖", tex)
    tex = re.sub(r"(\\langle(?![A-Za-z])) *| *(\\rangle(?![A-Za-z]))", r"\1\2", tex)
    for sign, command, _ in _SIGNS:
        if command.startswith("\\"):
            tex = re.sub(re.escape(command) + r"(?![A-Za-z])" + " ?" * (sign in "∂δ"), sign, tex)
    tex = re.sub(r"\\sqrt\{([^{}]*)\}", r"√(\1)", tex)
    for mark, accent in _ACCENTS.items():
        tex = re.sub(rf"\\{accent}\{{(.)\}}", rf"\1{mark}", tex)
    tex = re.sub(r"\\[,;:! ]", " ", tex)
    inner = r"((?:[^{}]|\{[^{}]*\})*)"
    tex = re.sub(rf"\\frac\{{{inner}\}}\{{{inner}\}}", r" \1/\2", tex)
    tex = re.sub(r"\\([A-Za-z]+)", r"\1", tex)
    tex = re.sub(r"\{([^{}])\}", r"\1", tex)
    tex = re.sub(r"([∫Σ]_(?:\{[^{}]*\}|.))", r" \1 ", tex)
    tex = re.sub(r"(?<![_^])\{([^{}]*)\}", r"\1", tex)
    return re.sub(r" +", " ", tex).strip()


def ascii_only(s: str) -> str:
    """The text without characters beyond ASCII.

    >>> ascii_only("∫_X θ̇_i dμ(x) ≤ ‖g‖²")
    'Int_X theta_dot_i dmu(x) <= ||g||^2'
    """
    for mark, accent in _ACCENTS.items():
        s = s.replace(mark, f"_{accent}")
    s = normalize("NFKD", "".join(_ASCII.get(c, c) for c in s))
    return "".join(c for c in s if not combining(c)).encode("ascii", "replace").decode()
