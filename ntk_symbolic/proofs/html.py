"""Derivations as HTML: the claim, the assumptions, each line with its reason and its judges."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from ..documents.mathml import BrokenFormula, mathml
from ..documents.page import Html, badge, formula, prose, scripted
from ..visible import visible
from .printing import TEX_RELATIONS, because, chained, rests_on, sentences, verdict_of
from .printing import formula as latex
from .signs import cut
from .verdicts import Verdict

if TYPE_CHECKING:
    from .derivation import Claim, Derivation, Hypothesis, Judgement, Step

Link = Callable[["Step"], str]


def said(text: str, plain: Callable[[str], Html] = prose) -> Html:
    """Prose of any author, without control characters of a browser; a formula that cannot be typeset is shown as typed."""
    return Html("".join(_part(part, formula, plain) for part, formula in cut(visible(text))))


def _part(part: str, formula: bool, plain: Callable[[str], Html]) -> str:
    if formula and _can_be_set(part):
        return plain(f"${part}$")
    if formula or (part.startswith("$") and part.endswith("$")):
        return f"<code>{escape(part.strip('$'))}</code>"
    return escape(part) if "$" in part else plain(part)


def _can_be_set(tex: str) -> bool:
    try:
        mathml(tex)
    except BrokenFormula:
        return False
    return True


def _set(tex: str) -> Html:
    """A displayed formula; its LaTeX source if it cannot be typeset, which no derivation of the library needs."""
    return formula(tex) if _can_be_set(tex) else Html(f'<div class="math unset"><code>{escape(tex)}</code></div>')


def heading(text: str) -> str:
    """The same for the title of a page, which is text."""
    parts = cut(visible(text))
    fine = all(_can_be_set(part) if formula else "$" not in part for part, formula in parts)
    return visible(text) if fine else visible(text).replace("$", " ")


def derivation_html(derivation: Derivation, link: Link = lambda step: "") -> Html:
    """The derivation as one `<article>`. Statements, rules and remarks are prose: `$…$` in them is LaTeX."""
    uses = "; ".join(used.title for used in derivation.uses)
    parts = [
        f'<header><h3>{said(derivation.title, scripted)}</h3><span class="verdict">{overall(derivation)}</span></header>',
        f"<p>{said(derivation.summary, scripted)}</p>" if derivation.summary else "",
        statement(derivation),
        f'<p class="quiet">Source: {said(derivation.source)}</p>' if derivation.source else "",
        f'<p class="quiet">Uses: {said(uses)}</p>' if uses else "",
        f"<h4>Assumed</h4>\n{hypotheses(derivation)}" if derivation.hypotheses else "",
        f"<h4>Derivation</h4>\n{steps(derivation, link)}" if derivation.steps else "",
        _counterexamples(derivation.counterexamples),
    ]
    body = "\n".join(part for part in parts if part)
    return Html(f'<article class="derivation">\n{body}\n</article>')


def overall(derivation: Derivation) -> Html:
    """Verdict and label as badges."""
    verdict = badge(verdict_of(derivation).lower())
    return Html(f"{verdict} {badge(derivation.label)}" if derivation.label else verdict)


def statement(derivation: Derivation) -> Html:
    """The claims of the chains of steps."""
    return Html(f'<div class="statement">{"".join(map(_equation, derivation.conclusion))}</div>')


def hypotheses(derivation: Derivation) -> Html:
    """The list of hypotheses, with the sources of cited facts."""
    items = "".join(f"<li>{_hypothesis(hypothesis)}</li>\n" for hypothesis in derivation.hypotheses)
    return Html(f'<ul class="hypotheses">\n{items}</ul>')


def _hypothesis(hypothesis: Hypothesis) -> str:
    cited = f" <small>Cited: {said(hypothesis.source)}.</small>" if hypothesis.source else ""
    return f"{said(hypothesis.statement)}{cited}"


def steps(derivation: Derivation, link: Link = lambda step: "") -> Html:
    """Each line with its number, its reason and its badges; the reports of its judges open on a click.

    `link` returns markup for the place beside the reason, such as a link to the code.
    """
    items = "".join(_step(n, step, chain, link(step)) for n, step, chain in chained(derivation.steps))
    return Html(f'<ol class="steps">\n{items}</ol>')


def _step(n: int, step: Step, chain: bool, link: str) -> str:
    # In a chain the left side is shown above; {} puts the = sign between two sides
    left = "{}" if chain else latex(step.lhs)
    line = _set(f"{left} {TEX_RELATIONS[step.relation]} {latex(step.rhs)}")
    reason = f'<span class="reason"><span class="n">{n}</span> {said(rests_on(step))}{link}</span>'
    remarks = "".join(f'<p class="remark">{said(sentence, scripted)}</p>\n' for sentence in sentences(step))
    gap = "" if step.gap is None else f'<p class="remark">{because(step)}</p>\n{_set(latex(step.gap))}\n'
    begins = "" if chain else ' class="begins"'
    unfolded = "" if step.verdict is Verdict.PROVED else ' open=""'  # failures are open
    return (
        f"<li{begins}>{line}\n"
        f'<details class="judges"{unfolded}><summary>{reason} <span>{_badges(step)}</span></summary>'
        f"<ul>{_judges(step)}</ul></details>\n{remarks}{gap}</li>\n"
    )


def _judges(step: Step) -> str:
    judges = "".join(f"<li>{_judgement(judgement)}</li>" for judgement in step.judgements)
    return judges or f"<li>{badge(Verdict.UNDECIDED)} no judge examined this step</li>"


def _badges(step: Step) -> str:
    """A badge for each judge that proved it; the verdict alone where the step is not proved."""
    labels = [badge(j.label, f"by the judge {j.judge}") for j in step.judgements if j.verdict.supports]
    proved = step.verdict is Verdict.PROVED
    return " ".join(labels if proved else [badge(verdict_of(step).lower())])


def _counterexamples(derivations: tuple[Derivation, ...]) -> str:
    if not derivations:
        return ""
    return "<h4>Why the hypotheses are needed</h4>\n" + "\n".join(map(derivation_html, derivations))


def _judgement(judgement: Judgement) -> str:
    label = badge(judgement.label) if judgement.verdict.supports else ""
    words = f"{badge(verdict_of(judgement).lower())} {label}".strip()
    detail = f": {said(judgement.detail)}" if judgement.detail else ""
    rules = f"; used: {said(', '.join(judgement.rules))}" if judgement.rules else ""
    return f"{words} <code>{escape(judgement.judge)}</code>{detail}{rules}"


def _equation(claim: Claim) -> Html:
    return _set(f"{latex(claim.lhs)} {TEX_RELATIONS[claim.relation]} {latex(claim.rhs)}")
