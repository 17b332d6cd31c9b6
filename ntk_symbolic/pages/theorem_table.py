"""The table of theorems in plain text: one line for each, with its verdict and the score of its mutants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..proofs.derivation import Derivation, Verdict
from ..proofs.mutation.harness import FAILURES, Outcome, Score

HEAD = ("theorem", "verdict", "label", "steps", "judgements", "judges a step")
MUTANTS = ("mutants", "rejected", "ill formed", "unproved", "equivalent", "survivors")


def theorem_table(derivations: Mapping[str, Derivation], scores: Mapping[str, Score] | None = None) -> str:
    """A line for each theorem, and the failures below.

    judgements     the number of proofs of steps by judges
    judges a step  the number of judges that prove a step; the fewest and the most
    """
    rows: list[tuple[str, ...]] = [HEAD + (MUTANTS if scores else ())]
    for name, derivation in derivations.items():
        rows.append((*_row(name, derivation), *(_counts(scores[name]) if scores else ())))
    return "\n".join((*_aligned(rows), "", *_summary(derivations, scores or {}))) + "\n"


def score_text(score: Score) -> str:
    """The score of one theorem: the count, the kinds of mistakes, and each notable mutant."""
    return "\n".join(_score_lines(score)) + "\n"


def _row(name: str, d: Derivation) -> tuple[str, ...]:
    proving = [sum(j.verdict.supports for j in step.judgements) for step in d.steps]
    few, many = min(proving, default=0), max(proving, default=0)
    return (
        name,
        d.verdict,
        d.label or "-",
        str(len(d.steps)),
        str(sum(proving)),
        f"{few}" if few == many else f"{few}-{many}",
    )


def _counts(s: Score) -> tuple[str, ...]:
    return tuple(map(str, (s.mutants, s.rejected, s.ill_formed, s.unproved, s.equivalent, s.survivors)))


def _aligned(rows) -> Iterator[str]:
    """Rows with words aligned to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = (f"{cell:<{w}}" if n < 3 else f"{cell:>{w}}" for n, (cell, w) in enumerate(zip(row, widths)))
        yield "  ".join(cells).rstrip()


def _summary(derivations: Mapping[str, Derivation], scores: Mapping[str, Score]) -> Iterator[str]:
    proved = [name for name, d in derivations.items() if d.verdict is Verdict.PROVED]
    yield f"{len(proved)} of {len(derivations)} theorems proved."
    for name in (name for name in derivations if name not in proved):
        yield f"Not proved: {name}; see ntk-symbolic prove {name}"
    if scores:
        yield _altogether(list(scores.values())).sentence()
    for name, s in scores.items():
        yield from (f"Survivor: {trial.sentence()}" for trial in s.of(*FAILURES))
        if not s.trials:
            yield f"No mutant: {name}"


def _altogether(scores: list[Score]) -> Score:
    return Score("all", tuple(t for s in scores for t in s.trials), scores[0].sample)


def _score_lines(score: Score) -> Iterator[str]:
    yield f"{score.theorem}: {score.sentence()}"
    if score.trials:
        yield ""
        yield "Kinds: " + ", ".join(f"{kind} {n}" for kind, n in score.kinds().items()) + "."
    for title, outcomes in (
        ("Survivors", FAILURES),
        ("Equivalent: as true as the original", (Outcome.EQUIVALENT,)),
        ("Unproved: no judge proves them, none has a counterexample", (Outcome.UNPROVED,)),
    ):
        trials = score.of(*outcomes)
        yield from ("", title, *(f"  {trial.sentence()}" for trial in trials)) if trials else ()
