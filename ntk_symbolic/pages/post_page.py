"""The source post line by line: what it prints, what the machine says to it, and what holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from ..post.equations import Equation, Statement
from .derivation import steps
from .page import Html, badge, data_table, details, prose
from .theorem_page import proved

CORRECTED, PRINTED = "corrected", "printed"


def overview(equations: Mapping[str, Equation]) -> Html:
    """A row for each equation: what is said of it as printed, and as corrected."""
    rows = [
        [Html(f'<a href="#{n.lower()}">{n}</a>'), e.title, _word(e, PRINTED), _word(e, CORRECTED)]
        for n, e in equations.items()
    ]
    return data_table(["", "Equation", "As printed", "Corrected"], rows)


def _word(equation: Equation, kind: str) -> object:
    return badge(equation[kind].verdict) if kind in equation else "in words"


def sections(equations: Mapping[str, Equation]) -> Iterator[tuple[str, str, Html]]:
    """Anchor, heading and body for each equation. Raises NotProved if a corrected line is not proved."""
    for number, equation in equations.items():
        if CORRECTED in equation and (derivation := equation[CORRECTED].derivation):
            proved(f"{number} of the post, corrected", derivation)
        body = [f"<p>{prose(equation.remark)}</p>", *map(_statement, equation.statements)]
        yield number.lower(), f"{number} · {equation.title}", Html("\n".join(body))


def _statement(statement: Statement) -> Html:
    """A card with the verdict: typeset where it means something, else as it was written, with the reason."""
    head = f'<header><h4>{_kind(statement.kind)}</h4><span class="verdict">{badge(statement.verdict)}</span></header>'
    written = f'<pre class="written">{escape(statement.text)}</pre>'
    if statement.derivation is None:
        body = f'{written}<p class="why">{prose(_sentence(statement.message))}</p>'
    else:
        body = steps(statement.derivation) + details("In the notation", Html(written))
    return Html(f'<div class="line {escape(statement.kind)}">{head}{body}</div>')


def _kind(kind: str) -> str:
    return {PRINTED: "As printed", CORRECTED: "Corrected"}.get(kind, f"Slip {kind} alone")


def _sentence(message: str) -> str:
    """
    >>> _sentence("k is bound twice")
    'K is bound twice.'
    """
    return f"{message[:1].upper()}{message[1:].rstrip('.')}."
