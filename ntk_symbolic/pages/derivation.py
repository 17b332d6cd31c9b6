"""A derivation as a person reads it: what is claimed, what is assumed, each line with its reason and its judges."""

from __future__ import annotations

from html import escape

from sympy import Basic

from ..proofs.derivation import Derivation, Hypothesis, Judgement, Step, Verdict
from ..proofs.printing import chained
from ..proofs.printing import formula as latex
from .page import Html, badge, formula, prose


def derivation_html(derivation: Derivation) -> Html:
    """The derivation as one `<article>`. Statements, rules and remarks are prose: `$…$` in them is LaTeX."""
    lhs, rhs = derivation.conclusion
    parts = [
        f'<header><h3>{prose(derivation.title)}</h3><span class="verdict">{_overall(derivation)}</span></header>',
        f"<p>{prose(derivation.summary)}</p>" if derivation.summary else "",
        f'<div class="statement">{_equation(lhs, rhs)}</div>',
        f'<p class="quiet">Source: {prose(derivation.source)}</p>' if derivation.source else "",
        _hypotheses(derivation.hypotheses),
        _steps(derivation.steps),
    ]
    body = "\n".join(part for part in parts if part)
    return Html(f'<article class="derivation">\n{body}\n</article>')


def _overall(derivation: Derivation) -> str:
    verdict = badge(derivation.verdict)
    return f"{verdict} {badge(derivation.label)}" if derivation.label else verdict


def _hypotheses(hypotheses: tuple[Hypothesis, ...]) -> str:
    if not hypotheses:
        return ""
    items = "".join(f"<li>{_hypothesis(hypothesis)}</li>\n" for hypothesis in hypotheses)
    return f"<h4>Assumed</h4>\n<ul>\n{items}</ul>"


def _hypothesis(hypothesis: Hypothesis) -> str:
    cited = f" <small>(cited: {prose(hypothesis.source)})</small>" if hypothesis.source else ""
    return f"{prose(hypothesis.statement)}{cited}"


def _steps(steps: tuple[Step, ...]) -> str:
    if not steps:
        return ""
    items = "".join(_step(step, chain) for _, step, chain in chained(steps))
    return f'<h4>Derivation</h4>\n<ol class="steps">\n{items}</ol>'


def _step(step: Step, chain: bool) -> str:
    # In a chain the left side stands above already; {} gives the = sign its place between two sides
    line = formula(f"{{}} = {latex(step.rhs)}") if chain else _equation(step.lhs, step.rhs)
    remark = f" <small>– {prose(step.remark)}</small>" if step.remark else ""
    judges = "".join(f"<li>{_judgement(judgement)}</li>" for judgement in step.judgements)
    judges = judges or f"<li>{badge(Verdict.UNDECIDED)} no judge has looked at this step</li>"
    return f'<li>{line}\n<p class="reason">{prose(step.rule)}{remark}</p>\n<ul class="judges">{judges}</ul></li>\n'


def _judgement(judgement: Judgement) -> str:
    proved = judgement.verdict is Verdict.PROVED
    words = f"{badge(judgement.verdict)} {badge(judgement.label) if proved else ''}".strip()
    detail = f": {prose(judgement.detail)}" if judgement.detail else ""
    rules = f"; used: {prose(', '.join(judgement.rules))}" if judgement.rules else ""
    return f"{words} <code>{escape(judgement.judge)}</code>{detail}{rules}"


def _equation(lhs: Basic, rhs: Basic) -> Html:
    return formula(f"{latex(lhs)} = {latex(rhs)}")
