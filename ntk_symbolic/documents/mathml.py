"""Conversion of LaTeX to MathML: the formulas of every page, without JavaScript and without a network.

latex2mathml writes the MathML of the year 2001; browsers draw MathML Core. Differences are corrected here, before
(in the LaTeX) and after (in the tree), each with its defect. An incomplete formula is an
error, so that no page has a gap.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert


class BrokenFormula(RuntimeError):
    """LaTeX of this package that does not convert to complete MathML: a defect of the package, not of its user."""


@lru_cache(maxsize=4096)
def mathml(latex: str, display: bool = False) -> str:
    """The formula as one `<math>` element, in a line of text or on display.

    Raises BrokenFormula if a command is unknown, an argument is missing or the result is not XML.

    >>> mathml(r"\\Theta")
    '<math display="inline"><mrow><mi mathvariant="normal">Θ</mi></mrow></math>'
    """
    braces = re.sub(r"\\.", "", latex)
    if braces.count("{") != braces.count("}"):  # latex2mathml ignores an extra brace
        raise BrokenFormula(f"{latex!r} has braces that do not match")
    try:
        converted = convert(_mend_latex(latex), display="block" if display else "inline")
        root = ET.fromstring(converted.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "", 1))
    except Exception as trouble:  # latex2mathml raises a dozen kinds, IndexError among them
        raise BrokenFormula(f"{latex!r} does not convert: {trouble!r}") from trouble
    for node in root.iter():
        _mend_node(node)
        _set_limits(node, display)
        _check_arguments(node, latex)
    for row in root.iter():
        _settle_fences(row)
        _settle_signs(row)
        _space_names(row)
    text = ET.tostring(root, encoding="unicode")
    if "\\" in text:
        raise BrokenFormula(f"{latex!r} has a command that is unknown here: {text}")
    return text


# ── In the LaTeX ─────────────────────────────────────────────────────────────────────────────────────────────────────

_PRIVATE = 0xE000  # one-letter upright words pass the converter as private-use characters
_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|align|split|gathered|gather)\*?\}")
_UNBRACED = re.compile(r"\\(mathcal|mathscr|mathbb|mathbf|mathrm|mathfrak|boldsymbol|bm)\s+([A-Za-z])(?![A-Za-z])")
_UPRIGHT = re.compile(r"\\(?:mathrm|operatorname|textrm|rm)\{\s*([A-Za-z])\s*\}")
_SCRIPT = re.compile(r"\\mathscr\b")
_TEXT = re.compile(r"\\(?:text|mathrm|textrm)\{[^{}]*\}")
_LIMITS = re.compile(r"(\\i*int)\\limits")
_PRIMED = re.compile(r"('+)\^\{")


def _mend_latex(latex: str) -> str:
    latex = _ALIGNED.sub(r"\\\1{align*}", latex)  # aligned leaves a raw & in the XML
    latex = _UNBRACED.sub(r"\\\1{\2}", latex)  # \mathcal N loses its alphabet
    latex = _SCRIPT.sub(r"\\mathcal", latex)  # \mathscr is never drawn as script
    latex = _UPRIGHT.sub(lambda m: chr(_PRIVATE + ord(m[1])), latex)  # \mathrm{d} comes out as an italic d
    latex = _LIMITS.sub(r"\1", latex)  # SymPy writes \int\limits; limits beside the sign keep lines low
    latex = _PRIMED.sub(
        lambda m: "^{" + r"\prime " * len(m[1]), latex
    )  # f'^{2} has two superscripts, which is an error
    return _TEXT.sub(_hide_markup, latex)  # < in a \text is not escaped


def _hide_markup(match: re.Match[str]) -> str:
    return re.sub("[<>]", lambda m: chr(_PRIVATE + ord(m[0])), match[0])


# ── In the tree ──────────────────────────────────────────────────────────────────────────────────────────────────────

_ARGUMENTS = {"mfrac": 2, "msup": 2, "msub": 2, "mroot": 2, "mover": 2, "munder": 2, "msubsup": 3, "munderover": 3}
_FENCES = {"⟨": "prefix", "⟩": "postfix", "⌊": "prefix", "⌋": "postfix", "⌈": "prefix", "⌉": "postfix"}
_ACCENTS = {"^": "ˆ", "~": "˜", "―": "‾", "¯": "‾", "˙": "˙", "¨": "¨", "→": "→", "⃗": "→"}  # as STIX draws them
_SPACES = {"negativethinmathspace": "-0.167em", "negativemediummathspace": "-0.222em"}  # named widths are gone
_THIN = "0.167em"
_GREEK_CAPITALS = frozenset("ΓΔΘΛΞΠΣΥΦΨΩ")
_BOLD = {"bold": (0x1D400, 0x1D41A, 0x1D6A8, 0x1D6C2), "bold-italic": (0x1D468, 0x1D482, 0x1D71C, 0x1D736)}


def _mend_node(node: ET.Element) -> None:
    text = node.text or ""
    if text and any(_PRIVATE <= ord(c) < _PRIVATE + 128 for c in text):
        node.text = "".join(chr(ord(c) - _PRIVATE) if _PRIVATE <= ord(c) < _PRIVATE + 128 else c for c in text)
        if node.tag in ("mi", "mo") and len(text) == 1:
            node.tag, node.attrib = "mi", {"mathvariant": "normal"}
    elif node.tag == "mi" and text in _FENCES:  # ⟨ as an identifier gets no spacing of a bracket
        node.tag, node.attrib = "mo", {"form": _FENCES[text], "stretchy": "false"}
    elif node.tag == "mi" and text in _GREEK_CAPITALS and "mathvariant" not in node.attrib:
        node.set("mathvariant", "normal")
    elif node.tag == "mi" and node.get("mathvariant") in _BOLD:  # Core knows only mathvariant="normal"
        node.text = "".join(_bold(c, _BOLD[node.attrib["mathvariant"]]) for c in text)
        del node.attrib["mathvariant"]
    elif node.tag == "mi" and node.get("mathvariant", "normal") != "normal":  # \mathsf and others: upright at least
        node.set("mathvariant", "normal")
    elif node.tag == "mi" and text in ("⪰", "⪯"):  # as identifiers these relations stand without spaces
        node.tag, node.attrib = "mo", {}
    elif node.tag == "mo" and text == "∞":  # between operators, −∞ has a space after its minus
        node.tag = "mi"
    elif node.tag == "mo" and re.fullmatch(r"[A-Za-z\s]+", text):  # erf as an operator has wide spaces
        node.tag, node.attrib = "mi", {} if len(text) > 1 else {"mathvariant": "normal"}
    elif (
        node.tag == "mo" and text in ("|", "‖") and "form" not in node.attrib
    ):  # treated as infix, they have wide spaces
        node.attrib |= {"lspace": "0em", "rspace": "0em", "stretchy": "false"}
    elif node.tag == "mo" and text == "/":  # TeX sets no space around it
        node.attrib |= {"lspace": "0em", "rspace": "0em"}
    elif node.tag == "mspace" and node.get("width") in _SPACES:
        node.set("width", _SPACES[node.attrib["width"]])
    elif node.tag == "mover" and len(node) == 2 and node[1].tag == "mo" and (mark := node[1].text or "") in _ACCENTS:
        node.set("accent", "true")  # otherwise a dot is far above its letter
        node[1].text = _ACCENTS[mark]
        node[1].attrib = {"stretchy": "true" if mark in "―¯" else "false"}


_LIMIT_NAMES = ("lim", "max", "min", "sup", "inf", "argmax", "argmin")
_STACKED = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}


def _set_limits(node: ET.Element, display: bool) -> None:
    """Places limits as TeX does: below and above a sum on display, beside an integral."""
    if node.tag not in _STACKED or not len(node):
        return
    base = (node[0].text or "").strip()
    # The browser itself moves them beside a sum in a line of text; inside brackets latex2mathml loses the display style
    if base in ("∑", "∏", "∐") or (display and base in _LIMIT_NAMES):
        node.tag = _STACKED[node.tag]
    elif base in ("∫", "∬", "∭", "∮"):  # the subscript is drawn back under the sign and keeps its width
        node[0].attrib |= {"lspace": "0.1em", "rspace": "0em"}


def _bold(character: str, starts: tuple[int, int, int, int]) -> str:
    for first, last, start in zip("AaΑα", "ZzΩω", starts):
        if first <= character <= last:
            return chr(start + ord(character) - ord(first))
    return character


def _check_arguments(node: ET.Element, latex: str) -> None:
    wanted = _ARGUMENTS.get(node.tag)
    if wanted is not None and len(node) != wanted:
        raise BrokenFormula(f"{latex!r} lacks an argument: {node.tag} has {len(node)} of {wanted}")


_TALL = frozenset({"mfrac", "mtable", "mroot", "munder", "munderover"})
_TALL_SIGNS = frozenset("∑∏∐∫∬∭∮")


def _settle_fences(row: ET.Element) -> None:
    """Removes stretching around low contents: a browser gives a stretchy bracket the width of its largest form."""
    fences = [node for node in row if node.tag == "mo" and node.get("fence") == "true"]
    if fences and not any(node.tag in _TALL or (node.text or "") in _TALL_SIGNS for node in row.iter()):
        for fence in fences:
            fence.set("stretchy", "false")


def _settle_signs(row: ET.Element) -> None:
    """Marks a sign after = or ( as a prefix; in the middle of a row a browser treats it as an infix."""
    for before, node in pairwise(row):
        if node.tag == before.tag == "mo" and node.text in ("−", "+", "±") and before.text not in _CLOSING:
            node.set("form", "prefix")


def _space_names(row: ET.Element) -> None:
    """Adds a thin space around names of functions, as TeX does: 2 erf(x), not 2erf(x)."""
    if row.tag not in ("mrow", "mtd", "math", "mstyle"):
        return
    spaced: list[ET.Element] = []
    for node in row:
        before = spaced[-1] if spaced else None
        if before is not None and _touch(before, node):
            spaced.append(ET.Element("mspace", width=_THIN))
        spaced.append(node)
    row[:] = spaced


_CLOSING = (")", "]", "}", "|", "‖", "⟩", "!")


def _touch(left: ET.Element, right: ET.Element) -> bool:
    if _is_name(right):
        return left.tag not in ("mo", "mspace", "mtext") or (left.text or "") in _CLOSING
    return _is_name(left) and right.tag not in ("mo", "mspace", "mtext") and not _opens(right)


def _is_name(node: ET.Element) -> bool:
    if node.tag in ("msup", "msub", "msubsup", "munder") and len(node):
        return _is_name(node[0])
    return node.tag == "mi" and len(node.text or "") > 1 and (node.text or "").isalpha() and (node.text or "").isascii()


def _opens(node: ET.Element) -> bool:
    while node.tag == "mrow" and len(node):
        node = node[0]
    return node.tag == "mo"
