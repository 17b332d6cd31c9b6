"""The page of a theorem: judged when it is made, and not made without a proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

from ..documents.page import Html, badge, data_table, details, prose, scripted
from ..proofs.derivation import Derivation, Step, Verdict
from ..proofs.html import derivation_html, hypotheses, overall, statement, steps
from ..proofs.mutation.harness import FAILURES, Outcome, Score, Trial
from ..proofs.theorem import Theorem
from .graph import around, graph


class NotProved(RuntimeError):
    """A theorem without a proof, or a wrong line that judges accepted: the page, and so the site, is not made."""


@dataclass(frozen=True)
class TheoremPage:
    """A title, the text below it, and the parts, each with its heading."""

    title: str
    head: Html
    parts: tuple[tuple[str, Html], ...]


def proved(name: str, derivation: Derivation) -> Derivation:
    """The derivation itself. Raises NotProved, naming the first failed step and the verdicts on it."""
    if derivation.verdict is Verdict.PROVED:
        return derivation
    for part in (*derivation.uses, *derivation.counterexamples):
        proved(f"{name} ({part.title})", part)
    for n, step in enumerate(derivation.steps, 1):
        if step.verdict is not Verdict.PROVED:
            raise NotProved(f"{name}: step {n}, {step.rule}, is {step.verdict}: {_said(step)}")
    raise NotProved(f"{name}: there is nothing to prove")


def _said(step: Step) -> str:
    lacks = [f"no hypothesis grants {rule}" for rule in step.missing]
    return "; ".join([*lacks, *(j.detail for j in step.judgements if j.verdict is not Verdict.PROVED)])


def spoken(name: str) -> str:
    """The displayed name of a theorem, in titles, rows, boxes and links.

    >>> spoken("cost-dynamics")
    'Cost dynamics'
    """
    return name.replace("-", " ").capitalize()


def theorem_page(
    theorem: Theorem, known: Mapping[str, Theorem], code: Callable[[int], str], score: Score | None = None
) -> TheoremPage:
    """The page of a theorem. Raises NotProved.

    known    every theorem by its name, for the graph and the links between pages (NAME.html)
    code     the address of a line in the file of the theorem
    score    the score of its mutants; None if they were not tried
    """
    derivation = proved(theorem.name, theorem())
    return TheoremPage(
        spoken(theorem.name),
        _head(derivation),
        tuple(_parts(theorem, derivation, known, code, score)),
    )


def _head(d: Derivation) -> Html:
    lines = [
        f'<p class="lead">{scripted(d.title)}</p>',
        f'<p class="verdict">{overall(d)} <span class="quiet">{_extent(d)}</span></p>',
        str(statement(d)),
        f"<p>{scripted(d.summary)}</p>" if d.summary else "",
        f'<p class="quiet">Source: {prose(d.source)}</p>' if d.source else "",
    ]
    return Html("\n".join(filter(None, lines)))


def _extent(d: Derivation) -> str:
    words = sum(len(step.judgements) for step in d.steps)
    return f"{_count(len(d.steps), 'step')}, {_count(words, 'judgement')}; the label is that of the weakest step"


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _parts(theorem, d: Derivation, known, code, score) -> Iterator[tuple[str, Html]]:
    if d.hypotheses:
        yield "Hypotheses", hypotheses(d)
    yield "Derivation", steps(d, lambda step: _to_code(step, code))
    if theorem.counterexamples:
        yield "Why the hypotheses are needed", _counterexamples(theorem, code)
    uses = around(uses_among(known), theorem.name) if theorem.name in known else {}
    if len(uses) > 1:
        yield "Dependencies", graph(uses, marked=theorem.name, named=spoken)
    if score:
        yield "Tests of the judges", _mutants(score)


def _to_code(step: Step, code: Callable[[int], str]) -> str:
    return f' <a class="code" href="{escape(code(step.line))}">line {step.line}</a>' if step.line else ""


def _mutants(score: Score) -> Html:
    """The count, the altered lines that are as true as the originals with the reason, and the kinds of alteration."""
    if not score.passed:
        raise NotProved(
            f"{score.theorem}: {'; '.join(t.sentence() for t in score.of(*FAILURES)) or 'no mutant was tried'}"
        )
    altered = "A sample of the lines was" if score.sample else "Every line was"
    parts = [
        f"<p>{altered} altered by rule, and each altered line was given to the same judges, which must reject it.</p>",
        f"<p>{prose(score.sentence())}</p>",
    ]
    if equal := score.of(Outcome.EQUIVALENT):
        rows = [[_place(t, score), _code(t.name), t.reason] for t in equal]
        parts.append(details("As true as the original", data_table(["Line", "Alteration", "Why it is true"], rows)))
    kinds = data_table(["Kind of alteration", "Lines altered in this way"], list(score.kinds().items()))
    return Html("\n".join([*parts, details("Kinds of alteration", kinds)]))


def _place(trial: Trial, score: Score) -> str:
    """The line, with its counterexample if it belongs to one."""
    return f"{trial.line}" if trial.theorem == score.theorem else f"{trial.line} of {spoken(trial.theorem)}"


def _code(text: str) -> Html:
    return Html(f"<code>{escape(text)}</code>")


def _counterexamples(theorem: Theorem, code: Callable[[int], str]) -> Html:
    """Each in full, under its name as an anchor; its lines link to the code if it is in the same file."""
    shown = []
    for why in theorem.counterexamples:
        same_file = why.lines.__module__ == theorem.lines.__module__
        body = derivation_html(why(), (lambda step: _to_code(step, code)) if same_file else lambda step: "")
        shown.append(f'<div id="{escape(why.name)}">{body}</div>')
    return Html("\n".join(shown))


def uses_among(known: Mapping[str, Theorem]) -> dict[str, list[str]]:
    """The theorems that each theorem uses, by name."""
    return {name: [used.name for used in theorem.uses if used.name in known] for name, theorem in known.items()}


def theorem_table(known: Mapping[str, Theorem], scores: Mapping[str, Score], folder: str) -> Html:
    """A row for each theorem: name, verdict, label, steps, mutants. `folder` has the pages."""
    rows = [_row(name, theorem(), scores.get(name), folder) for name, theorem in known.items()]
    table = data_table(["Theorem", "Verdict", "Label", "Steps", "Mutants"], rows)
    return Html(f'<div class="theorems">{table}</div>')


def _row(name: str, d: Derivation, score: Score | None, folder: str) -> list[object]:
    return [
        _link(folder, name, d.title),
        badge(d.verdict),
        badge(str(d.label)),
        len(d.steps),
        _fate(score) if score else "–",
    ]


def _fate(score: Score) -> str:
    """The outcome of the mutants of a theorem, in a few words.

    >>> _fate(Score("nothing", ()))
    '0 refused'
    """
    equal = f", {score.equivalent} equal" if score.equivalent else ""
    return f"{score.mutants - score.equivalent - score.survivors} refused{equal}"


def _link(folder: str, name: str, title: str) -> Html:
    return Html(
        f'<a href="{folder}/{escape(name)}.html">{escape(spoken(name))}</a><br><small>{scripted(title)}</small>'
    )
