"""Derivations in print: text, Markdown, LaTeX. All printed text is read from the derivation.

Prose may contain LaTeX between dollar signs; in plain text it is converted to Unicode where possible.
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill, wrap
from typing import TYPE_CHECKING

from sympy import Basic, pretty, sstr
from sympy import latex as sympy_latex

from ..calculus import display
from ..calculus.binders import Node
from ..visible import visible
from .signs import ascii_only, markdown_prose, tex_prose, unicode_prose
from .verdicts import DEFECT, Relation, Verdict

if TYPE_CHECKING:
    from .derivation import Claim, Derivation, Hypothesis, Judgement, Step


def to_text(derivation: Derivation, width: int = 88, unicode: bool = True) -> str:
    """Plain text, for a terminal. Without `unicode`, only ASCII."""
    return visible("\n".join(_text_lines(derivation, width, unicode)) + "\n")


def to_markdown(derivation: Derivation) -> str:
    """Markdown with formulas between dollar signs, for notebooks and web pages."""
    return visible("\n\n".join(_markdown_blocks(derivation)) + "\n")


def to_latex(*derivations: Derivation) -> str:
    """A complete document; it needs amsmath and amssymb."""
    return DOCUMENT.replace("%s", "\n\n".join(block for d in derivations for block in _latex_blocks(d)))


def formula(e) -> str:
    """LaTeX of one side."""
    return display.latex(e) if _is_ours(e) else sympy_latex(e)


def badge(j: Judgement) -> str:
    """The label of a proof, or the verdict, in brackets.

    >>> from ntk_symbolic.proofs import Judgement, Label
    >>> badge(Judgement(Verdict.PROVED, Label.EXACT, "random instances"))
    '[exact]'
    """
    if j.verdict is Verdict.AGREES:
        return f"[{j.label}: {j.digits} digits]" if j.digits else f"[{j.label}: agrees]"
    if j.verdict is Verdict.PROVED:
        return f"[{j.label}]"
    return "[REFUTED]" if j.verdict is Verdict.REFUTED else "[undecided]"


def verdict_of(part: Judgement | Step | Derivation) -> str:
    """The verdict as text, with the number of digits.

    >>> from ntk_symbolic.proofs import Judgement, Label
    >>> verdict_of(Judgement(Verdict.AGREES, Label.NUMERIC, "random numbers", digits=30))
    'agrees to 30 digits'
    """
    if part.verdict is Verdict.AGREES:
        return f"{part.verdict} to {part.digits} digits" if part.digits else f"{part.verdict} in numbers"
    return loud(part.verdict)


def badges(step: Step) -> str:
    missing = ["[no hypothesis]"] if step.missing else []
    return " ".join([*map(badge, step.judgements), *missing]) or "[not judged]"


TEX_RELATIONS = {Relation.EQUAL: "=", Relation.AT_MOST: r"\le", Relation.AT_LEAST: r"\ge"}


def because(step: Step) -> str:
    """Words that describe the gap of a step, to be followed by its formula."""
    sides = "right minus left" if step.relation is Relation.AT_MOST else "left minus right"
    sign = "of which every term vanishes" if step.relation is Relation.EQUAL else "nonnegative by its form"
    return f"Here {sides}, {sign}, is"


def lacking(step: Step) -> str:
    """The reason why a step that a judge proved is not proved."""
    if step.verdict is Verdict.CONTRADICTED:
        return f"{loud(step.verdict)}: {DEFECT}."
    return f"Not proved: it rests on {', '.join(step.missing)}, which no hypothesis grants." if step.missing else ""


def loud(verdict: Verdict) -> str:
    """The verdict as a word; in capitals for a failure."""
    return verdict.upper() if verdict in (Verdict.REFUTED, Verdict.CONTRADICTED) else str(verdict)


def rests_on(step: Step) -> str:
    """The rules that its judges used. The author's words are not among them."""
    if step.verdict is not Verdict.PROVED:
        return "not proved"
    return f"rules used: {', '.join(step.used) or 'none'}"


def author(step: Step) -> str:
    """The author's words, which no judge used."""
    said = step.rule.rstrip(".")
    return f"The author: “{said}{f': {step.remark}' if step.remark else '.'}”" if said or step.remark else ""


def sentences(step: Step) -> Iterator[str]:
    """The sentences below a line besides its gap: the rules that it lacks, and the author's words."""
    yield from filter(None, (lacking(step), author(step)))


def word(j: Judgement) -> str:
    """The verdict of one judge, in one sentence."""
    said = f"{j.judge}, {j.label}: {verdict_of(j)}"
    said += f"; {j.detail}" if j.detail else ""
    return said + (f"; used: {', '.join(j.rules)}" if j.rules else "")


def outcome(derivation: Derivation) -> str:
    """The verdict and the label of a derivation, as sentences.

    >>> from ntk_symbolic.proofs.derivation import Derivation
    >>> outcome(Derivation("nothing", ()))
    'Verdict: undecided.'
    """
    used = " and of the theorems it uses" if derivation.uses else ""
    label = f" Label: {derivation.label} (the weakest of its steps{used})." if derivation.label else ""
    unproved = ", which is no proof" if derivation.verdict is Verdict.AGREES else ""
    return f"Verdict: {verdict_of(derivation)}{unproved}.{label}"


def chained(steps: tuple[Step, ...]) -> Iterator[tuple[int, Step, bool]]:
    """Steps with their numbers; true if the left side is the right side above."""
    for n, step in enumerate(steps):
        yield n + 1, step, n > 0 and step.lhs == steps[n - 1].rhs


def _is_ours(e) -> bool:
    return isinstance(e, Basic) and e.has(Node)


def _sentence(h: Hypothesis) -> str:
    return h.statement + (f" [cited: {h.source}]" if h.source else "")


# text


def _text_lines(d: Derivation, width: int, unicode: bool) -> Iterator[str]:
    def prose(s: str, first: str) -> str:
        s = unicode_prose(s) if unicode else ascii_only(unicode_prose(s))
        return fill(s, width, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False)

    def heading(s: str, line: str) -> str:
        title = prose(s, "")
        return title + "\n" + line * max(map(len, title.split("\n")))

    def sides(rhs, relation: Relation) -> str:
        sign = str(relation) if unicode else ascii_only(str(relation))
        return text_formula(rhs, f"{sign:>3} ", width, unicode)

    yield heading(d.title, "=")
    if d.source:
        yield prose(f"Source: {d.source}", "")
    if d.summary:
        yield ""
        yield prose(d.summary, "")
    if d.uses:
        yield ""
        yield prose(f"Uses: {'; '.join(u.title for u in d.uses)}.", "")
    if d.hypotheses:
        yield from ("", heading("Hypotheses", "-"))
        for n, h in enumerate(d.hypotheses, 1):
            yield prose(_sentence(h), f"{n:3}. ")
    yield from ("", heading("Derivation", "-"))
    for n, step, chain in chained(d.steps):
        yield ""
        if not chain:
            yield text_formula(step.lhs, "    ", width, unicode)
        yield sides(step.rhs, step.relation)
        yield prose(f"{badges(step)} {rests_on(step)}", f"      ({n}) ")
        for sentence in sentences(step):
            yield prose(sentence, " " * 10)
        if step.gap is not None:
            yield prose(because(step), " " * 10)
            yield text_formula(step.gap, " " * 12, width, unicode)
        for j in step.judgements:
            yield prose(word(j), " " * 8 + "- ")
    yield from ("", heading("Conclusion", "-"))
    for claim in d.conclusion:
        yield text_formula(claim.lhs, "    ", width, unicode)
        yield sides(claim.rhs, claim.relation)
        yield ""
    yield prose(outcome(d), "")
    for n, why in enumerate(d.counterexamples):
        yield from ("", heading("Why the hypotheses are needed", "-"), "") if n == 0 else ("",)
        yield from _text_lines(why, width, unicode)


def text_formula(e, lead: str, width: int, unicode: bool) -> str:
    """One line if it fits; otherwise broken at spaces. SymPy's own objects in two dimensions, a long sum term by term."""
    if _is_ours(e):
        return _in_lines(display.text(e), lead, width, unicode)
    whole = pretty(e, use_unicode=unicode, wrap_line=False)
    if not e.is_Add or _fits(whole, lead, width):
        return _term(e, whole, lead, width, unicode)
    blocks = []
    for n, term in enumerate(e.as_ordered_terms()):
        minus = n > 0 and term.could_extract_minus_sign()
        term = -term if minus else term
        before = f"{'- ' if minus else '+ '}".rjust(len(lead)) if n else lead
        blocks.append(_term(term, pretty(term, use_unicode=unicode, wrap_line=False), before, width, unicode))
    return "\n".join(blocks)


def _fits(shown: str, lead: str, width: int) -> bool:
    return max(map(len, shown.split("\n"))) <= width - len(lead)


def _term(e, shown: str, lead: str, width: int, unicode: bool) -> str:
    """One term, in two dimensions if it fits, the lead before its middle line."""
    if not _fits(shown, lead, width):
        return _in_lines(sstr(e), lead, width, unicode)
    lines = shown.split("\n")
    return "\n".join((lead if n == len(lines) // 2 else " " * len(lead)) + line for n, line in enumerate(lines))


def _in_lines(line: str, lead: str, width: int, unicode: bool) -> str:
    line = line if unicode else ascii_only(line)
    lines = wrap(line, width - len(lead) - 4, break_long_words=False, break_on_hyphens=False)
    return lead + ("\n" + " " * (len(lead) + 4)).join(lines)


# Markdown


def _markdown_blocks(d: Derivation, level: int = 1) -> Iterator[str]:
    sub = "#" * (level + 1)
    yield f"{'#' * level} {markdown_prose(d.title)}"
    if d.source:
        yield f"*Source: {markdown_prose(d.source)}*"
    if d.summary:
        yield markdown_prose(d.summary)
    if d.uses:
        yield f"*Uses: {markdown_prose('; '.join(u.title for u in d.uses))}.*"
    if d.hypotheses:
        yield f"{sub} Hypotheses"
        yield "\n".join(f"{n}. {markdown_prose(_sentence(h))}" for n, h in enumerate(d.hypotheses, 1))
    yield f"{sub} Derivation"
    for n, step, chain in chained(d.steps):
        yield f"$$\n{'' if chain else formula(step.lhs) + ' '}{TEX_RELATIONS[step.relation]} {formula(step.rhs)}\n$$"
        yield f"({n}) `{badges(step)}` {markdown_prose(rests_on(step))}"
        yield from map(markdown_prose, sentences(step))
        if step.gap is not None:
            yield f"{because(step)}\n\n$$\n{formula(step.gap)}\n$$"
        if step.judgements:
            yield "\n".join(f"- {markdown_prose(word(j))}" for j in step.judgements)
    yield f"{sub} Conclusion"
    for claim in d.conclusion:
        yield f"$$\n{_equation(claim)}\n$$"
    yield f"**{outcome(d)}**"
    if d.counterexamples:
        yield f"{sub} Why the hypotheses are needed"
    for why in d.counterexamples:
        yield from _markdown_blocks(why, level + 2)


def _equation(claim: Claim) -> str:
    return f"{formula(claim.lhs)} {TEX_RELATIONS[claim.relation]} {formula(claim.rhs)}"


# LaTeX

DOCUMENT = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{amsmath}
\usepackage{amssymb}
\usepackage[margin=2cm]{geometry}
\usepackage{graphicx}
\emergencystretch=3em
% a formula wider than the line is made smaller
\newcommand{\fit}[1]{\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{$\displaystyle #1$}}
\begin{document}
%s
\end{document}
"""


def _latex_blocks(d: Derivation, sub: str = "") -> Iterator[str]:
    yield rf"\{sub}section*{{{tex_prose(d.title)}}}"
    if d.source:
        yield rf"\emph{{Source: {tex_prose(d.source)}}}"
    if d.summary:
        yield tex_prose(d.summary)
    if d.uses:
        yield rf"\emph{{Uses: {tex_prose('; '.join(u.title for u in d.uses))}.}}"
    if d.hypotheses:
        yield rf"\sub{sub}section*{{Hypotheses}}"
        yield _items("enumerate", [_sentence(h) for h in d.hypotheses])
    yield rf"\sub{sub}section*{{Derivation}}"
    for n, step, chain in chained(d.steps):
        left = "" if chain else formula(step.lhs)
        yield display_math(f"{left} {TEX_RELATIONS[step.relation]} {formula(step.rhs)}")
        said = [rf"\texttt{{{badges(step)}}} {tex_prose(rests_on(step))}", *map(tex_prose, sentences(step))]
        yield rf"\noindent({n}) " + "\\\\\n".join(said)
        if step.gap is not None:
            yield f"{because(step)}\n{display_math(formula(step.gap))}"
        if step.judgements:
            yield "{\\small\n" + _items("itemize", [word(j) for j in step.judgements]) + "\n}"
    yield rf"\sub{sub}section*{{Conclusion}}"
    for claim in d.conclusion:
        yield display_math(_equation(claim))
    yield rf"\noindent\textbf{{{tex_prose(outcome(d))}}}"
    if d.counterexamples:
        yield rf"\sub{sub}section*{{Why the hypotheses are needed}}"
    for why in d.counterexamples:
        yield from _latex_blocks(why, "sub")


def display_math(tex: str) -> str:
    return f"\\[\\fit{{{tex}}}\\]"


def _items(environment: str, sentences: list[str]) -> str:
    # A bracket after \item would be read as its label.
    items = "\n".join(rf"\item {{}}{tex_prose(s)}" for s in sentences)
    return f"\\begin{{{environment}}}\n{items}\n\\end{{{environment}}}"
