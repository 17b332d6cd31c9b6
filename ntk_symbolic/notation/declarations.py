"""The declarations of a derivation: spaces, indices, functions, definitions, and assumptions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from lark import Tree
from sympy import Basic, Rational, Symbol

from ..calculus import Applied, Assumption, Definition, Functional, Lam, Space
from ..calculus.definitions import placeholder, refuse_circles
from ..calculus.display import latex
from ..calculus.functionals import default_points
from ..calculus.rules import AT_LEAST, DIFFERENTIABLE, FREE, GRANTED, is_rule
from ..errors import IllFormed
from ..proofs.derivation import Hypothesis
from ..proofs.facts import Fact
from .conditions import Condition
from .declared import MAX_SIZE, Defined, Head, Scope
from .formulas import Formula
from .tokens import SPELLINGS, located
from .trees import Branch, entries, filled, free_points, is_name, letters, norm_name, only_name, parts

MAX_ASSUMED = 16  # assumptions of one derivation
WORDS = {
    "space": ("with", "measure", "density", "points"),
    "index": ("in",),
    "number": (),
    "time": (),
    "function": ("of",),
    "functional": (),
    "define": (),
    "fact": (),
    "assume": (),
    "hypothesis": ("grants", "from"),
}
"""The first word of a statement, and the other keywords in it."""


class Declarations:
    """The declarations and assumptions so far. One method for each kind of statement."""

    def __init__(self, conditions: Mapping[str, Condition]):
        self.scope = Scope()
        self.conditions = conditions
        self.hypotheses: list[Hypothesis] = []
        self.assuming: list[Assumption] = []
        self.sized: dict[int, Space] = {}  # index sets given by a number
        self.presumed: dict[Basic, None] = {}  # expressions that must have a value for the assumptions to have one
        self.grants: list[tuple[str, int]] = []  # by hypotheses, with their lines

    def formula(self, tree: Branch, written: dict[Basic, None] | None = None):
        """The expression of a formula; parts that must have a value are added to `written`."""
        formula = Formula(self.scope)
        value = formula(tree)
        if written is not None:
            written |= formula.written
        return value

    def space(self, tree: Branch, line: int) -> None:
        name, interval, measure, names = tree.children
        letters = [str(n) for n in names.children]
        ends = None if interval is None else tuple(self.number_in(t) for t in interval.children[1:])
        density = 1
        if measure is not None and measure.data == "density":
            letter = Scope({letters[0]: Symbol(letters[0])}, {letters[0]: line})
            density = Formula(letter)(measure.children[-1])
        space = Space(name, "measure", letters[0], _latex_of(name), interval=ends, density=density)
        self.scope.declare(str(name), space, line)
        if measure is not None and measure.data == "measure":
            self.scope.declare_measure(str(measure.children[-1]), space, line)
        for letter in letters:
            self.scope.declare(letter, space.point(letter), line)

    def index(self, tree: Branch, line: int) -> None:
        names, start, end = tree.children
        letters = [str(n) for n in names.children]
        if str(start) != "1":
            raise IllFormed(f"an index runs from 1, not from {start}")
        space = self.range(end, letters[0], line)
        for letter in letters:
            self.scope.declare(letter, space.point(letter), line)

    def range(self, end, letter: str, line: int) -> Space:
        if end.type == "NUMBER":
            if not end.isdigit() or not 1 <= int(end) <= MAX_SIZE:
                raise IllFormed(f"an index set of {end}: 1 to {MAX_SIZE} is possible; or leave the number abstract")
            size = int(end)
            return self.sized.setdefault(size, Space(f"1..{size}", "counting", letter, size=size))
        known = self.scope.known.get(str(end))
        if isinstance(known, Space) and not known.is_measure:
            return known
        space = Space(end, "counting", letter)
        self.scope.declare(str(end), space, line)
        return space

    def number_in(self, tree: Branch):
        value = Formula(Scope())(tree)
        if not isinstance(value, Rational):
            raise IllFormed("an interval has rational ends")
        return value

    def number(self, tree: Branch, line: int) -> None:
        names, relation, bound = tree.children
        for name in names.children:
            self.scope.declare(str(name), self.real(str(name), relation, bound), line)

    def time(self, tree: Branch, line: int) -> None:
        name, relation, bound = tree.children
        if self.scope.time is not None:
            raise IllFormed(f"time is {self.scope.time} already")
        self.scope.time = self.real(str(name), relation, bound)
        self.scope.declare(str(name), self.scope.time, line)

    def real(self, name: str, relation, bound) -> Symbol:
        """A real number of this name, with the sign of its declaration, or of a condition in a step."""
        if bound is not None and str(bound) != "0":
            raise IllFormed("the declaration of a number takes only > 0 and >= 0")
        strict = None if relation is None else relation.type == "GREATER"
        said = self.conditions.get(name)
        asked = said is not None and not strict and strict is not said.strict
        strict = said.strict if said and asked else strict
        if strict is None:
            return Symbol(name, real=True)
        because = f", which line {said.line} requires" if said and asked else ""
        self.hypotheses.append(Hypothesis(f"${latex(Symbol(name))} {'>' if strict else chr(92) + 'ge'} 0${because}"))
        return Symbol(name, real=True, **{"positive" if strict else "nonnegative": True})

    def function(self, tree: Branch, line: int) -> None:
        factor, time = tree.children
        name, posts = parts(factor)
        if time is not None and str(time) != str(self.scope.time):
            raise IllFormed(f"{name} is a function of {time}, which is not declared as the time")
        indices, points, taken = self.head(posts)
        takes = None if taken is None else self.taken(taken)
        variables = [self.scope.variable(n) for n in (*points, *indices)]
        head = Functional(
            name,
            [v.space for v in variables],
            of=takes.spaces if takes else (),
            time=None if time is None else self.scope.time,
            wrt=takes.functional.name if takes else "f",
        )
        names = (*points, *indices)
        self.scope.declare(name, Head(head, _form(name, points, indices), takes, names), line)

    def taken(self, name: str) -> Head:
        takes = self.scope[name]
        if not isinstance(takes, Head):
            raise IllFormed(f"{name} is {self.scope.kind(name)}, not a function that could be taken")
        return takes

    def functional(self, tree: Branch, line: int) -> None:
        name, posts = parts(tree.children[0])
        bracket = posts[-1] if posts and isinstance(posts[-1], Tree) and posts[-1].data == "bracket" else None
        taken = None if bracket is None else only_name(bracket.children[1])
        if taken is None:
            raise IllFormed(f"{name} is declared with its argument function in brackets: functional {name}[f]")
        takes = self.taken(taken)
        indices, points, _ = self.head(posts[:-1])
        variables = [self.scope.variable(n) for n in (*points, *indices)]
        head = Functional(name, [v.space for v in variables], of=takes.spaces, wrt=taken)
        self.scope.declare(name, Head(head, f"{_form(name, points, indices)}[{taken}]", takes), line)

    def define(self, tree: Branch, line: int) -> None:
        self.defined(tree.children[0], tree.children[1], line, Definition)

    def fact(self, tree: Branch, line: int) -> None:
        head, body, relation, zero = tree.children
        if str(zero) != "0":
            raise IllFormed("a fact states that an expression is 0, or ≥ 0")
        sign = "zero" if relation.type == "EQ" else "nonnegative"
        self.defined(head, body, line, lambda name, lam, *more, **style: Fact(name, lam, sign, *more, **style))
        name = parts(head)[0]
        self.hypotheses.append(Hypothesis(f"{name} is {'0' if sign == 'zero' else 'nonnegative'}", grants=(name,)))

    def defined(self, head: Branch, body: Branch, line: int, make) -> None:
        base, *posts = head.children
        refuse_rule(str(base))
        if isinstance(base, Tree):
            if base.data != "norm" or only_name(base.children[0]) is None:
                raise IllFormed("a definition begins with a name, or with ‖g‖²_K")
            name, taken, indices, points = norm_name(posts), only_name(base.children[0]), [], []
        else:
            name = str(base)
            bracket = [p for p in posts if isinstance(p, Tree) and p.data == "bracket"]
            taken = only_name(bracket[0].children[1]) if bracket else None
            indices, points, _ = self.head([p for p in posts if not any(p is b for b in bracket)])
        variables = [self.scope.variable(n) for n in (*points, *indices)]
        functions = [] if taken is None else [self.taken(taken).functional]
        style = _norm_style(posts) if isinstance(base, Tree) else {}
        formula = Formula(self.scope)
        value = formula(body)
        if taken is not None:
            self.refuse_elsewhere(name, value, self.taken(taken))
        definition = make(name, Lam(value, *variables), functions, **style)
        form = name.replace("g", str(taken)) if style else _form(name, points, indices) + f"[{taken}]" * bool(taken)
        self.scope.declare(name, Defined(definition, form, formula.size, tuple(formula.written)), line)

    @staticmethod
    def refuse_elsewhere(name: str, value, taken: Head) -> None:
        """Raises IllFormed for T[f] := ∫ f^η(x) dx, which would be ∫ h(x) dx for h, and another integral for f."""
        if taken.takes is None:
            return
        own, points = taken.takes.as_function(), default_points(taken.takes.spaces)
        for a in value.atoms(Applied):
            if a.head == taken.functional and a.function(*points) != own(*points):
                raise IllFormed(
                    f"the definition of {name} contains {taken.form} at other parameters than the declared; "
                    "a function in its place has none"
                )

    def assume(self, tree: Branch, line: int) -> None:
        name, left, _, right = tree.children
        refuse_rule(str(name))
        if len(self.assuming) == MAX_ASSUMED:
            raise IllFormed(f"more than {MAX_ASSUMED} assumptions in one derivation; split it in two")
        head = getattr(Formula(self.scope), left.data)(left)
        if not isinstance(head, Applied) or head.slots or len(set(head.points)) < len(head.points):
            raise IllFormed("an assumption begins with a function or a rate, as in θ̇_i = …")
        fixed = [p for p in head.points if getattr(p, "fixed", False)]
        if fixed:
            raise IllFormed(
                f"{head} is one value, and an assumption determines a function; state a fact: "
                f"`fact {str(name).split()[0]} := {head} − (…) = 0`"
            )
        value = Lam(self.formula(right, self.presumed), *head.points)
        loose = sorted(p.name for p in free_points(value))
        if loose:
            raise IllFormed(f"{', '.join(loose)} is free on the right side and not on the left")
        argument, value = self.scheme(str(name), head, value)
        assumption = Assumption(str(name), head.head, value, argument)
        refuse_circles([*self.assuming, assumption])
        self.assuming.append(assumption)
        self.scope.assumed[head.head] = value
        self.hypotheses.append(
            Hypothesis(f"{name}: ${latex(head)} = {latex(value(*head.points))}$", grants=(str(name),))
        )

    def scheme(self, name: str, head: Applied, value: Lam) -> tuple[Functional | None, Lam]:
        """An assumption on C[f] holds for every f: the function on the left stands for any other."""
        if head.function is None:
            return None, value
        body = head.function.body
        if not isinstance(body, Applied) or body.points != head.function.vars or body.slots or any(body.head.orders):
            raise IllFormed(f"{name}: {head.head.name} takes a function; name it by one letter, as in C[f] = …")
        argument, value = placeholder(name, body.head, value)
        if body.function is not None and (bound := value.atoms(Functional) & body.function.atoms(Functional)):
            others = ", ".join(sorted(h.name for h in bound))
            raise IllFormed(f"{name}: the right side depends on {others} otherwise than by {argument.name}")
        return argument, value

    def hypothesis(self, tree: Branch, line: int) -> None:
        statement, grants, source = tree.children
        granted = () if grants is None else _rules(map(str, grants.children))
        self.grants += [(str(g), line) for g in (() if grants is None else grants.children)]
        self.hypotheses.append(Hypothesis(str(statement), "" if source is None else str(source), granted))

    def refuse_unasked_grants(self) -> None:
        """Raises IllFormed for a grant that no judge uses, since its author meant another."""
        known = {*GRANTED, *FREE, *(a.name for a in self.assuming)}
        for name, what in self.scope.known.items():
            if isinstance(what, Head):
                known |= {DIFFERENTIABLE.format(n) for n in (name, what.functional.name)}
                if what.takes is not None:
                    above, below = f"δ{{}}{what.functional.name}", f"δ{what.functional.wrt}{{}}"
                    known |= {DIFFERENTIABLE.format(f"{above}/{below}".format(n, n)) for n in ("", "²")}
            elif isinstance(what, Defined) and isinstance(what.definition, Fact):
                known.add(name)
        for grant, line in self.grants:
            if not known & {*_rules([grant])}:
                near = get_close_matches(grant, [*known, *map(_greek, known)], n=1, cutoff=0.6)
                hint = (
                    f"did you mean “{near[0]}”?" if near else f"rules are {', '.join(GRANTED)}, differentiability of …"
                )
                raise located(IllFormed(f"“{grant}” grants nothing, since it is the name of no rule; {hint}"), line)

    def sizes(self) -> list[Hypothesis]:
        """The hypotheses that there are as many indices as are written: θ_2 grants P ≥ 2."""
        return [
            Hypothesis(
                f"{AT_LEAST.format(space.name, n)}: an index {n} is written",
                grants=tuple(AT_LEAST.format(space.name, k) for k in range(1, n + 1)),
            )
            for space, n in self.scope.least.items()
        ]

    def head(self, posts) -> tuple[list[str], list[str], str | None]:
        """The indices, the points and the argument of f_j(x; theta)."""
        indices: list[str] = []
        points: list[str] = []
        taken = None
        for post in posts:
            if isinstance(post, Tree) and post.data == "subscript" and not indices:
                indices, _ = entries(post)
                indices = indices if len(indices) > 1 or indices[0] in self.scope else letters(indices[0])
            elif isinstance(post, Tree) and post.data == "arguments" and not points and taken is None:
                points, taken = _points_and_taken(post)
            else:
                raise IllFormed("a declaration gives indices and points only, as in f_j(x; theta)")
        names = [*indices, *points]
        again = sorted({n for n in names if names.count(n) > 1})
        if again:
            raise IllFormed(f"{again[0]} comes twice in a declaration; take another name, such as {again[0]}'")
        return indices, points, taken


def refuse_rule(name: str) -> None:
    """Raises IllFormed for the name of a rule: facts and assumptions grant themselves, so the name would grant the rule."""
    if is_rule(name):
        raise IllFormed(f"{name} is the name of a rule, which only a hypothesis grants; take another name")


def _points_and_taken(post: Branch) -> tuple[list[str], str | None]:
    names = [only_name(a) for a in filled(post)]
    last = post.children[-1]
    taken = None
    if last is not None:
        taken = next(iter(last.scan_values(is_name)), None)
    if None in names or (last is not None and taken is None):
        raise IllFormed("points are declared by their names, as in f_j(x; theta)")
    return [str(n) for n in names], None if taken is None else str(taken)


_DELTA = re.compile(r"\bdelta ?(?=\w+/|\w+$)")


def _rules(written: Iterable[str]) -> tuple[str, ...]:
    """The names of rules, with Greek letters also by their names: differentiability of θ."""
    spelled = [(s, "".join(SPELLINGS.get(c, c) if c != "δ" else c for c in _DELTA.sub("δ", s))) for s in written]
    return tuple(dict.fromkeys(name for pair in spelled for name in pair))


def _greek(rule: str) -> str:
    """differentiability of θ, as it is usually written."""
    words, _, name = rule.rpartition(" ")
    letter = next((c for c, spelled in SPELLINGS.items() if spelled == name and len(c) == 1), name)
    return f"{words} {letter}"


def _form(name: str, points: list[str], indices: list[str]) -> str:
    """The written form: K_{jl}(x, x')."""
    below = "".join(indices) if all(len(i) == 1 for i in indices) else ",".join(indices)
    index = "" if not indices else f"_{below}" if len(below) == 1 else f"_{{{below}}}"
    return name + index + (f"({', '.join(points)})" if points else "")


def _norm_style(posts) -> dict[str, str]:
    """The printed forms of ‖g‖²_K."""
    name = norm_name(posts)
    below = name.partition("_")[2]
    power = "^{2}" if "²" in name else ""
    return {
        "latex": r"\left\lVert %s\right\rVert" + (f"_{{{below}}}" if below else "") + power,
        "text": name.replace("‖g‖", "‖%s‖"),
    }


def _latex_of(space) -> str:
    """The LaTeX 𝒳 of a space X."""
    return rf"\mathcal{{{space}}}" if len(space) == 1 and space.isupper() else str(space)
