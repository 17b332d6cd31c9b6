r"""Translation of LaTeX in papers to the signs of the notation: \frac{\partial f_j}{\partial\theta_i} is ∂f_j/∂θ_i.

The scanner calls this for one command at a time; its arguments in braces are rewritten with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..errors import NotationError

_GREEK = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega"
_CAPITALS = "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
_LETTERS = dict(zip(f"{_GREEK} {_CAPITALS}".split(), "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠ\0ΦΨΩ", strict=True))
SIGNS = {
    **_LETTERS,
    "Sigma": " Sigma ",  # the letter; Σ is the sum
    "varepsilon": "ε",
    "varphi": "φ",
    "ell": "ℓ",
    "sum": "Σ",
    "int": "∫",
    "iint": "∬",
    "iiint": "∭",
    "partial": "∂",
    "cdot": "·",
    "times": "·",
    "lVert": "‖",
    "rVert": "‖",
    "Vert": "‖",
    "|": "‖",
    "le": "≤",
    "leq": "≤",
    "leqslant": "≤",
    "ge": "≥",
    "geq": "≥",
    "geqslant": "≥",
    "to": "→",
    "rightarrow": "→",
    "mapsto": "↦",
    "coloneqq": "≔",
    "otimes": "⊗",
    "ldots": "…",
    "dots": "…",
    "lim": " lim ",
    "exp": " exp ",
    "log": " log ",
    "ln": " log ",
}
_SPACE = {*",;:!> ", "\\", "quad", "qquad", "limits", "nolimits", "displaystyle", "textstyle"}
_SPACE |= {"left", "right", "middle"} | {
    f"{big}{side}" for big in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r")
}
_FONTS = {"mathcal", "mathbb", "mathbf", "mathrm", "mathit", "mathsf", "mathscr", "mathfrak", "boldsymbol", "bm"}
_FONTS |= {"operatorname", "text", "textrm", "rm"}
_ACCENTS = {"dot": "\u0307", "ddot": "\u0308", "hat": "\u0302", "tilde": "\u0303", "bar": "\u0304"}
_FRACTIONS = {"frac", "tfrac", "dfrac"}
_UPRIGHT_D = r"(?:mathrm|operatorname|rm)\s*(?:\{\s*d\s*\}|d(?![A-Za-z]))"
DERIVATIVE = re.compile(rf"\s*\\(?:{_UPRIGHT_D}|(?P<sign>partial|delta)(?![A-Za-z]))")
"""The sign of a derivative."""
_NAME = r"\s*(?:\\[A-Za-z]+\s*(?:\{[^{}]*\})?|[^\W\d_][A-Za-z0-9]*)"
_POST = r"\s*(?:_(?:\{[^{}]*\}|\\[A-Za-z]+|\w)|\^(?:\{[^{}]*\}|\\[A-Za-z]+|\w)|[²³]|\([^()]*\)|'|\\,)"
_VARIABLES = re.compile(rf"(?:\s*[∂δd]{_NAME}(?:{_POST})*)+\s*")

COMMAND = r"\\(?:[A-Za-z]+|[,;:!>| \\])"
TRANSPOSE = re.compile(r"\s*(?:\{\s*\\(?:top|intercal)\s*\}|\\(?:top|intercal)(?![A-Za-z]))")
PRIMES = re.compile(r"\s*\^\s*(?:\{\s*((?:\\prime\s*)+)\}|(\\prime)(?![A-Za-z]))")
STEP = r"(?:&\s*)?(?:=|<=|>=|≤|≥|\\[lg]e(?:q|qslant)?(?![A-Za-z]))"
"""The beginning of a step."""


def rewritten(command: str, text: str, at: int, begins: Callable[[str], bool]) -> tuple[str, int]:
    """The replacement of the command that ends at this place, and the place after its arguments.

    `begins` is true for a text that begins with the sign of a derivative, such as dx if x is declared and dx is not.

    >>> rewritten("frac", r"\\frac{1}{2} a", 5, lambda text: text[0] in "∂d")
    ('((1)/(2)) ', 11)
    >>> rewritten("frac", r"\\frac{\\partial c}{\\partial\\theta_i}", 5, lambda text: text[0] in "∂d")
    ('∂ c/∂\\\\theta_i ', 35)
    """
    if command in _SPACE:
        return " ", at
    if command in SIGNS:
        return SIGNS[command], at
    if command in _FRACTIONS:
        above, at = _argument(command, text, at)
        below, at = _argument(command, text, at)
        above, below = unicode_derivative(above), unicode_derivative(below)
        derivative = begins(above) and begins(below)
        if derivative and not _VARIABLES.fullmatch(below):
            raise NotationError(
                f"\\{command}: only variables belong below a derivative; write other factors separately"
            )
        return (f"{above}/{below.lstrip()} " if derivative else f"(({above})/({below})) "), at
    if command == "sqrt":
        inside, at = _argument(command, text, at)
        return f" sqrt({inside})", at
    if command in _FONTS:
        inside, at = _argument(command, text, at)
        return f" {inside} ", at
    if command in _ACCENTS:
        inside, at = _argument(command, text, at)
        return f" {_letter(inside)}{_ACCENTS[command]}", at
    raise NotationError(f"\\{command} is not in the notation; see docs/notation.md for its signs")


_ONE_SIGN = re.compile(rf"{COMMAND}|[^\\{{}}\[]")


def unicode_derivative(text: str) -> str:
    """The text with ∂, δ and d for their commands."""
    return DERIVATIVE.sub(lambda m: {"partial": "∂", "delta": "δ", None: "d"}[m["sign"]], text)


def _argument(command: str, text: str, at: int) -> tuple[str, int]:
    """The argument in braces, or the one sign that follows."""
    while at < len(text) and text[at].isspace():
        at += 1
    if m := _ONE_SIGN.match(text, at):
        return m[0], m.end()
    depth = 0
    for n, c in enumerate(text[at:]):
        depth += {"{": 1, "}": -1}.get(c, 0)
        if depth == 0:
            if n:
                return text[at + 1 : at + n], at + n + 1
            break
    raise NotationError(f"\\{command} is not followed by all its arguments in braces")


def _letter(inside: str) -> str:
    """The letter below an accent, in any font."""
    name = inside.strip().rstrip("}").split("{")[-1].strip()
    return SIGNS.get(name[1:], name) if name.startswith("\\") else name
