"""The parser of derivations: declarations, then chains of steps. Nothing is run.

time t
space X with measure mu, points x, x'
index i in 1..P
index j, l in 1..k
function theta_i of t
function f_j(x; theta)
functional C[f]
hypothesis "C is Fréchet differentiable" grants "chain rule", "differentiation under the integral"

d/dt C[f]
  = Σ_i θ̇_i ∫_X Σ_j δC/δf_j(x) ∂f_j/∂θ_i(x) dμ(x)      by chain rule
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import Lexer
from sympy import Basic, Pow, Subs, log

from ..calculus import Applied, Assumption, Over, Point, check
from ..calculus.definitions import Named
from ..calculus.spaces import Mass
from ..errors import IllFormed, NotationError, NTKSymbolicError
from ..proofs.derivation import Derivation, Relation, Step
from ..proofs.judges.panel import panel
from .bounds import Extents
from .conditions import Condition, conditions
from .declarations import WORDS, Declarations
from .latex import STEP
from .markdown import statements
from .tokens import Source, located, refuse_length, tokens
from .trees import Branch, free_points

MAX_STEPS = 60
RELATIONS = {"EQ": Relation.EQUAL, "LE": Relation.AT_MOST, "GE": Relation.AT_LEAST}
PROSE = ("title", "source", "summary")
START = {"number": "numbers"}  # NUMBER is taken
IN_FORMULAS = {"by": "_BY", "with": "_WITH", "gap": "_GAP"}


@dataclass(frozen=True)
class Reading:
    """A parsed derivation, not yet judged, with its assumptions."""

    derivation: Derivation
    assuming: tuple[Assumption, ...]
    line: int  # of the file, where it begins

    def judged(self) -> Derivation:
        return self.derivation.judged(*panel(self.assuming))


def read(source: Source | str, setting: Source | None = None) -> Reading:
    """The derivation of a text in the notation; `setting` has declarations that come before it.

    Raises NotationError for text outside the notation, and IllFormed for formulas without a meaning; both carry their
    `line`.

    >>> read('''
    ... index i, m in 1..P
    ... function a_i
    ... (Σ_i a_i)^2
    ...   = Σ_i Σ_m a_m a_i    by expanding the square
    ... ''').judged().verdict
    <Verdict.PROVED: 'proved'>
    """
    block = Source(source, 1) if isinstance(source, str) else source
    lines = [*(statements(setting) if setting else ()), *statements(block)]
    reader = _Reader(conditions(lines))
    for statement in lines:
        try:
            reader.statement(statement)
        except NTKSymbolicError as trouble:
            raise located(trouble, statement.line) from None
        except RecursionError:
            raise located(NotationError("nested too deeply; name a part with `define`"), statement.line) from None
    try:
        return reader.reading(block.line)
    except NTKSymbolicError as trouble:
        raise located(trouble, block.line) from None


class _Tokens(Lexer):
    """The lexer of Lark, which takes the tokens of tokens.py."""

    def __init__(self, conf):
        pass

    def lex(self, data):  # type: ignore[override]
        return iter(data)


STARTS = ["line", "step", *(START.get(word, word) for word in WORDS)]


@cache
def grammar() -> Lark:
    text = files("ntk_symbolic.notation").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer=_Tokens, start=STARTS, maybe_placeholders=True, propagate_positions=True)


class _Reader(Declarations):
    """The reader of statements, one by one."""

    def __init__(self, conditions: Mapping[str, Condition]):
        super().__init__(conditions)
        self.prose: dict[str, str] = dict.fromkeys(PROSE, "")
        self.steps: list[Step] = []
        self.side: Any = None  # the last side of the chain being read
        self.written: dict[Basic, None] = {}  # and the parts of it that must have a value
        self.free: set[Point] | None = None  # the free variables of the chain
        self.started = 0  # line of a chain that has no step yet

    def statement(self, s: Source) -> None:
        first = s.text.split(maxsplit=1)[0]
        if first.rstrip(":") in PROSE and first.endswith(":"):
            refuse_length(s)
            self.prose[first[:-1]] = " ".join(s.text.split()[1:])
        elif first in WORDS:
            words = {w: "_" + START.get(w, w).upper() for w in (first, *WORDS[first])}
            getattr(self, first)(self.tree(s, START.get(first, first), words), s.line)
        elif re.match(STEP, s.text.lstrip()):
            self.step(self.tree(s, "step", IN_FORMULAS), s.line)
        else:
            self.begin(self.tree(s, "line", IN_FORMULAS), s.line)

    def tree(self, s: Source, start: str, words) -> Branch:
        found = tokens(s, self.scope, words)
        try:
            return grammar().parse(found, start=start)  # type: ignore[arg-type]
        except UnexpectedInput as trouble:
            raise _syntax_error(trouble, start, s) from None

    # steps

    def begin(self, tree: Branch, line: int) -> None:
        self.finish_chain()
        left, *step = tree.children
        self.side = self.checked(left, written := {})
        self.written = written
        self.free = None if self.side.is_number else free_points(self.side)
        self.started = line
        if step[0] is not None:  # a = b by …, in one line
            self.follow(*step, line=line)

    def step(self, tree: Branch, line: int) -> None:
        if self.side is None:
            raise NotationError("a step without a left side; write the first line of the chain without a relation")
        self.follow(*tree.children, line=line)

    def follow(self, relation, right: Branch, gap: Branch, prose, *, line: int) -> None:
        rhs = self.checked(right, right_written := {}, self.free)
        written = {**self.presumed, **self.written, **right_written}
        rule, _, remark = str(prose).removesuffix("\\\\").partition(":")
        if len(self.steps) == MAX_STEPS:
            raise NotationError(f"more than {MAX_STEPS} steps in one derivation; split it in two")
        step = Step(
            self.side,
            rhs,
            rule.strip(),
            remark.strip(),
            relation=RELATIONS[relation.type],
            gap=None if gap is None else self.checked(gap, written, self.free),
            line=line,
        )
        self.steps.append(replace(step, written=_cancelled(written, step.parts)))
        self.side, self.written, self.started = rhs, right_written, 0
        self.free = free_points(rhs) if self.free is None else self.free

    def checked(self, tree: Branch, written: dict[Basic, None], allowed: set[Point] | None = None):
        """A side of a statement, well formed and about the same variables as the first line."""
        side = self.formula(tree, written)
        check(side)
        loose = [] if allowed is None else sorted(p.name for p in free_points(side) - allowed)
        if loose:
            said = f"{', '.join(loose)} is used outside its binder: no Σ or ∫ binds it, and it is not free in the first line"
            raise located(IllFormed(said), tree.meta.line)
        return side

    def finish_chain(self) -> None:
        if self.started:
            raise located(NotationError("no step follows this line; continue it with `= … by …`"), self.started)

    def reading(self, line: int) -> Reading:
        self.finish_chain()
        if not self.steps:
            raise NotationError("no step in this derivation; write a line, and below it `= … by …`")
        self.refuse_unasked_grants()
        extents = Extents(self.scope.assumed)
        for step in self.steps:
            for side in (step.lhs, step.rhs, *([] if step.gap is None else [step.gap])):
                try:
                    extents.refuse(side)
                except IllFormed as trouble:
                    raise located(trouble, step.line) from None
        derivation = Derivation(
            title=self.prose["title"] or f"The derivation on line {line}",
            steps=tuple(self.steps),
            hypotheses=(*self.hypotheses, *self.sizes()),
            source=self.prose["source"],
            summary=self.prose["summary"],
        )
        return Reading(derivation, tuple(self.assuming), line)


def _cancelled(written: Iterable[Basic], sides: Iterable[Basic]) -> tuple[Basic, ...]:
    """The written parts that are not in the sides, where bound variables have numbers."""
    kept = {str(e) for side in sides for e in side.atoms(*_KINDS)} if written else set()
    return tuple(e for e in written if str(e) not in kept)


_KINDS = Applied, Mass, Named, Over, Pow, Subs, log
SIGNS_IN_FORMULAS = {
    "D": "the sign of a derivative",
    "DELTA": "the sign of a variation",
    "INT": "the sign of an integral",
}
SIGNS_IN_FORMULAS |= {"_SUM": "the sign of a sum", "_LIM": "the sign of a limit"}
EXPECTED = {
    "line": "a formula, or a whole equation: left = right by rule",
    "step": "= formula by rule",
    "space": "space X with measure mu, points x, x'",
    "index": "index i, m in 1..P",
    "numbers": "number h > 0",
    "time": "time t, or time t > 0",
    "function": "function f_j(x; theta), or function theta_i of t",
    "functional": "functional C[f]",
    "define": "define K_{jl}(x, x') := …",
    "fact": "fact E[g] := … >= 0",
    "assume": "assume gradient flow: θ̇_i = …",
    "hypothesis": 'hypothesis "…" grants "Fubini" from "…"',
}


def _syntax_error(trouble: UnexpectedInput, start: str, s: Source) -> NTKSymbolicError:
    token = getattr(trouble, "token", None)
    if isinstance(trouble, UnexpectedToken) and token is not None and token.type != "$END":
        said = f"{str(token)!r} does not fit here; expected: {EXPECTED[start]}"
        if start not in ("line", "step") and token.type in SIGNS_IN_FORMULAS:
            said = (
                f"{token} is {SIGNS_IN_FORMULAS[token.type]} in the notation, and cannot be a name; take another name"
            )
        if start in ("functional", "function") and str(token) == ":=":
            said += f"; a formula gets its name by define, such as define {'C[f]' if start == 'functional' else 'g(x)'} := …"
        return located(NotationError(said), token.line)
    return located(NotationError(f"the line ends too early; expected: {EXPECTED[start]}"), s.line)
