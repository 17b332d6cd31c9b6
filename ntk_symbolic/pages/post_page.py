"""The source post line by line: its equations, the verdicts on them, and the right statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape

from ..documents.page import Html, badge, data_table, details, prose, scripted
from ..post.equations import ILL_FORMED, Equation, Statement
from ..post.slips import FoundBy, Slip
from ..proofs.derivation import Verdict
from ..proofs.html import steps
from ..proofs.signs import unicode_prose
from .theorem_page import NotProved, proved, spoken

CORRECTED, PRINTED = "corrected", "printed"
Equations = Mapping[str, Equation]
Slips = Mapping[str, Slip]


def overview(equations: Equations, slips: Slips) -> Html:
    """A row for each equation: the verdict on it as printed, its slips, and the verdict on it as corrected."""
    rows = [
        [
            _link(n, e.title),
            _word(e, PRINTED),
            _hints(s for s in slips.values() if n in s.where),
            _word(e, CORRECTED),
        ]
        for n, e in equations.items()
    ]
    return data_table(["Equation", "As printed", "Slips", "Corrected"], rows)


def _link(number: str, text: str = "") -> Html:
    return Html(f'<a href="#{number.lower()}">{number}</a> {prose(text)}'.strip())


def _links(numbers: Iterable[str]) -> Html:
    return Html(" ".join(map(_link, numbers)))


def _hints(slips: Iterable[Slip]) -> Html:
    """Links with the description of the slip as a tooltip."""
    said = (f'<a href="#{s.number.lower()}" title="{escape(unicode_prose(s.says))}">{s.number}</a>' for s in slips)
    return Html(" ".join(said))


def _word(equation: Equation, kind: str) -> object:
    return badge(equation[kind].verdict) if kind in equation else "in words"


# Equations


def equation_parts(equations: Equations) -> Iterator[tuple[str, str, Html]]:
    """Anchor, heading and body of each equation. Raises NotProved if a corrected line is not proved."""
    for number, equation in equations.items():
        for statement in equation.statements:
            if statement.kind.endswith(CORRECTED):
                _confirm(f"{number}, {statement.kind}", statement, Verdict.PROVED)
        cards = [_card(number, statement) for statement in equation.statements]
        yield (
            number.lower(),
            f"{number} · {equation.title}",
            Html("\n".join([f"<p>{scripted(equation.remark)}</p>", *cards])),
        )


def _confirm(what: str, statement: Statement, verdict: str) -> None:
    """Raises NotProved unless the statement has this verdict."""
    if statement.verdict == verdict:
        return
    if verdict == Verdict.PROVED and statement.derivation:
        proved(what, statement.derivation)
    raise NotProved(f"{what}: {statement.verdict}, and is described as {verdict}: {statement.message}")


def _card(number: str, statement: Statement) -> Html:
    """A statement with its verdict: typeset if it has a meaning, otherwise as it was written, with the reason."""
    head = f'<header><h4>{_kind(statement.kind)}</h4><span class="verdict">{badge(statement.verdict)}</span></header>'
    written = f'<pre class="written">{escape(statement.text)}</pre>'
    if statement.derivation is None:
        body = f'{written}<p class="why">{prose(_sentence(statement.message))}</p>'
    else:
        body = steps(statement.derivation) + details("In the notation", Html(written))
    anchor = _anchor(number, statement.kind)
    return Html(f'<div class="line {escape(statement.kind.rpartition("-")[2])}" id="{anchor}">{head}{body}</div>')


def _anchor(number: str, kind: str) -> str:
    return f"{number}-{kind}".lower()


def _kind(kind: str) -> str:
    slip, _, corrected = kind.partition("-")
    return {PRINTED: "As printed", CORRECTED: "Corrected"}.get(
        kind, f"Slip {slip}, corrected" if corrected else f"Slip {slip} alone"
    )


def _sentence(message: str) -> str:
    """The message as a sentence, with its full stop.

    >>> _sentence("k is bound twice")
    'k is bound twice.'
    """
    return f"{message.rstrip('.')}."


# Slips

SHOWS = {FoundBy.GRAMMAR: ILL_FORMED, FoundBy.REFUTED: Verdict.REFUTED, FoundBy.HARMLESS: Verdict.PROVED}
WORDS = {
    FoundBy.GRAMMAR: "found by the grammar",
    FoundBy.REFUTED: "refuted by a judge",
    FoundBy.HARMLESS: "shown harmless by a judge",
    FoundBy.READING: "found by reading",
}


def slip_list(slips: Slips, equations: Equations, address: Callable[[str], str]) -> Html:
    """The slips, each with the statement of the post, the right one, and the lines that show it.

    `address` returns that of a theorem or counterexample by its name. Raises NotProved if a line does not show the
    verdict of the slip.
    """
    return Html("\n".join(_slip(slip, equations, address) for slip in slips.values()))


def _slip(slip: Slip, equations: Equations, address: Callable[[str], str]) -> Html:
    for number, kind in slip.shown:
        if slip.found_by in SHOWS:
            _confirm(f"slip {slip.number} in {number}, {kind}", equations[number][kind], SHOWS[slip.found_by])
    head = f"<header><h4>{slip.number}, in {_links(slip.where)}</h4><span>{WORDS[slip.found_by]}</span></header>"
    says = f"<p>{scripted(slip.says)}</p><p><strong>Right:</strong> {scripted(slip.correct)}</p>"
    return Html(f'<div class="line slip" id="{slip.number.lower()}">{head}{says}{_see(slip, address)}</div>')


def _see(slip: Slip, address: Callable[[str], str]) -> str:
    """Links to related lines, theorems and counterexamples."""
    lines = [(f"#{_anchor(n, kind)}", f"{n}, {_kind(kind)[:1].lower()}{_kind(kind)[1:]}") for n, kind in slip.shown]
    ways = {
        "Seen in": lines,
        "Why": [(address(name), spoken(name)) for name in slip.counterexamples],
        "Derived in": [(address(name), spoken(name)) for name in slip.theorems],
    }
    said = [
        f"{lead}: " + "; ".join(f'<a href="{escape(where)}">{escape(text)}</a>' for where, text in places)
        for lead, places in ways.items()
        if places
    ]
    return f'<p class="see">{" · ".join(said)}</p>' if said else ""
