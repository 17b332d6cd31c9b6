r"""The test whether LaTeX between two dollars of prose is plain mathematics, safe for TeX and for a browser.

\input, \href and \def are not, nor is a brace that is never closed: such a formula is shown as it was typed.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\([A-Za-z]+)|\\(.)|(\^\^|[%#&\\\x00-\x1f])|(\s+)|(.)", re.DOTALL)
_ONE = "sqrt mathrm mathbf mathcal mathbb mathfrak mathscr mathsf mathit boldsymbol bm text textrm operatorname"
_ONE += " dot ddot hat tilde bar vec overline underline widehat widetilde"
_TWO = "frac tfrac dfrac binom"
_NONE = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega
varepsilon vartheta varphi varrho varsigma Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell hbar Re Im aleph
sum prod int iint iiint oint partial nabla infty prime emptyset cdot cdots ldots dots times div pm mp circ otimes oplus star ast
le leq leqslant ge geq geqslant ne neq sim simeq approx equiv propto ll gg prec succ preceq succeq in notin ni subset subseteq
supset cup cap setminus forall exists neg wedge vee to rightarrow leftarrow Rightarrow Leftarrow Leftrightarrow mapsto iff
mid perp parallel lVert rVert lvert rvert Vert vert langle rangle lfloor rfloor lceil rceil lbrace rbrace surd top bot intercal
exp log ln sin cos tan sec csc cot arcsin arccos arctan sinh cosh tanh coth lim max min sup inf det dim ker tr erf Pr arg gcd
quad qquad limits nolimits displaystyle textstyle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr colon lbrack
rbrack dagger complement allowbreak operatorname coloneqq middle"""
_ARITY = {**dict.fromkeys(_NONE.split(), 0), **dict.fromkeys(_ONE.split(), 1), **dict.fromkeys(_TWO.split(), 2)}
_SYMBOLS = ",;:!>| {}."
MAX_DEPTH = 20


class _Foreign(Exception):
    """LaTeX that is not plain mathematics."""


def is_plain(tex: str) -> bool:
    r"""True for LaTeX of plain mathematics.

    >>> [is_plain(t) for t in (r"\frac{a}{b}^2", r"\left( x \right)_i", r"\frac{a", r"\input{x}", "x^^5c", "a_b_c")]
    [True, True, False, False, False, False]
    """
    try:
        tokens = [m for m in _TOKEN.finditer(tex) if not m[4]]
        return _row(tokens, 0, "", 0) == len(tokens)
    except (_Foreign, IndexError):
        return False


def _row(tokens: list[re.Match[str]], n: int, closing: str, depth: int) -> int:
    """The position after a row of atoms with their scripts, up to } or \\right."""
    if depth > MAX_DEPTH:
        raise _Foreign
    scripts = ""
    while n < len(tokens):
        if tokens[n][0] == closing:
            return n
        if tokens[n][0] in ("^", "_"):
            if tokens[n][0] in scripts:
                raise _Foreign
            scripts += tokens[n][0]
            n = _atom(tokens, n + 1, depth)
        else:
            scripts = "^" if tokens[n][0] == "'" and "^" not in scripts else ""
            n = _atom(tokens, n, depth)
    if closing:
        raise _Foreign
    return n


def _atom(tokens: list[re.Match[str]], n: int, depth: int) -> int:
    command, symbol, foreign, _, sign = tokens[n].groups()
    if foreign or sign in ("}", "^", "_", "$") or (symbol and symbol not in _SYMBOLS):
        raise _Foreign
    if sign == "{":
        return _row(tokens, n + 1, "}", depth + 1) + 1
    if command == "left":
        return _delimiter(tokens, _row(tokens, _delimiter(tokens, n + 1), r"\right", depth + 1) + 1)
    if command is None:
        return n + 1
    if command not in _ARITY:
        raise _Foreign
    n += 1
    if command == "sqrt" and n < len(tokens) and tokens[n][0] == "[":
        n = _row(tokens, n + 1, "]", depth + 1) + 1
    for _ in range(_ARITY[command]):
        n = _atom(tokens, n, depth + 1)
    return n


def _delimiter(tokens: list[re.Match[str]], n: int) -> int:
    said = tokens[n][0]
    if said not in set("()[].|/<>") | {r"\{", r"\}", r"\|"} and tokens[n][1] not in _DELIMITERS:
        raise _Foreign
    return n + 1


_DELIMITERS = {*["langle", "rangle", "lVert", "rVert", "lvert", "rvert", "Vert", "vert"]}
_DELIMITERS |= {*["lfloor", "rfloor", "lceil", "rceil", "lbrace", "rbrace", "lbrack", "rbrack"]}
