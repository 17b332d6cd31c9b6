"""Names, with their indices, points and functions: f_j^θ(x)², K_{jl}(x, x'), C[f + ε φ]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lark import Token, Tree
from sympy import Integer, Pow, Rational, S, exp, log, sqrt
from sympy.printing.pretty.pretty_symbology import pretty_symbol

from ..calculus import Applied, Delta, Functional, Lam, Point, Space
from ..errors import IllFormed
from .bounds import MAX_UNFOLDED
from .declared import MAX_SIZE, Defined, Head, described
from .integrals import Binders
from .products import NO_TRANSPOSE
from .trees import (
    Branch,
    Row,
    entries,
    filled,
    is_arguments,
    is_power,
    letters,
    lone_fraction,
    name_tree,
    norm_name,
    number_in,
    only_name,
    only_word,
    plural,
)

FUNCTIONS = {"exp": exp, "log": log, "sqrt": sqrt}


@dataclass
class Given:
    """The postfixes of a name: f_j^θ(x)² has indices, a function, points and a power."""

    indices: list[Branch] | None = None
    points: Branch | None = None
    function: Branch | None = None
    power: Any = None
    rest: list[Branch] = field(default_factory=list)  # from the first bracket that is a factor


class Names(Binders):
    """The reader of all formulas that begin with a name, or with a substitute for one."""

    def factor(self, tree: Branch, row: Row | None = None):
        base, posts = tree.children[0], list(tree.children[1:])
        if isinstance(base, Token):
            return self.number(base, posts) if base.type == "NUMBER" else self.named(str(base), posts)
        if base.data == "group" and posts and (inside := lone_fraction(base)):
            return self.fraction(inside, trailing=posts)
        return self.posted(self.norm(base, posts) if base.data == "norm" else getattr(self, base.data)(base), posts)

    def number(self, token: Token, posts):
        return self.posted(Rational(str(token)), posts)

    def group(self, tree: Branch):
        return self.sum(tree.children[0])

    def kronecker(self, tree: Branch):
        names, _ = entries(tree.children[1])
        names = self.split(names, 2)
        spaces = [self.variable(n).space for n in names if not n[0].isdigit()]
        if len(names) != 2 or not spaces:
            raise IllFormed("δ compares two indices: δ_{ij} or δ_{i,1}; the variation of a functional is δC/δf")
        return Delta(*(self.place(n, spaces[0]) for n in names))

    def norm(self, tree: Branch, posts: list[Branch]):
        key = norm_name(posts)
        what = self.scope.known.get(key)
        if not isinstance(what, Defined):
            raise IllFormed(f"{key.replace('g', '·')} is not defined; define it, as in `define ‖g‖²_K := …`")
        posts[:] = [p for p in posts if p.data not in ("superscript", "subscript")]
        return self.by_name(what, self.taken_by(what, tree.children[0]))

    def named(self, name: str, posts: list[Branch]):
        if name in FUNCTIONS and name not in self.scope:
            return self.elementary(name, posts)
        if name == "O":
            return self.remainder(posts)
        if self.is_measure(name):
            return self.mass(name, posts)
        what = self.local.get(name) or self.rate(name) or self.primed(name) or self.scope[name]
        if isinstance(what, (Head, Defined)):
            given = self.given(what, posts)
            return self.finished(self.value(what, given), given)
        return self.posted(self.plain(name, what), posts)

    def rate(self, name: str) -> Head | None:
        """θ̇, or theta', of a function that moves."""
        stem = name.rstrip("'\u0307\u0308")
        orders = sum({"'": 1, "\u0307": 1, "\u0308": 2}[c] for c in name[len(stem) :])
        moving = self.scope.known.get(stem)
        if name in self.scope or orders not in (1, 2) or not isinstance(moving, Head):
            return None
        if moving.functional.time is None and name.endswith("'"):
            return None
        if name.endswith("'") and any(s.interval for s in moving.spaces):
            letter, d = pretty_symbol(stem), "∂" if orders == 1 else "∂²"
            rate = letter + "\u0307" * (orders % 2) + "\u0308" * (orders // 2)
            raise IllFormed(f"{letter}' could be the rate {rate} or the slope {d}{letter}/∂…; write one of them")
        head = moving.functional
        for _ in range(orders):
            head = head.rate
        return replace(moving, functional=head, form=moving.form.replace(stem, name, 1))

    def primed(self, name: str) -> Head | None:
        """h'(s), the slope of a function that does not move, of one variable in an interval."""
        stem = name.rstrip("'")
        what = self.scope.known.get(stem)
        if name == stem or name in self.scope or not isinstance(what, Head):
            return None
        orders = [(len(name) - len(stem)) * bool(s.interval) for s in what.spaces]
        if sum(map(bool, orders)) != 1:
            raise IllFormed(
                f"{name}: {what.form} does not move, and does not have one variable in an interval to differentiate in"
            )
        return replace(what, functional=what.functional.differentiated(orders), form=what.form.replace(stem, name, 1))

    def plain(self, name: str, what):
        if isinstance(what, Point) and not what.space.interval:
            raise IllFormed(f"{name} is {described(what)}, not a number")
        if isinstance(what, Space):
            if what.is_measure:
                raise IllFormed(f"{name} is a space, not a number")
            return what.mass if what.size is None else Integer(what.size)
        return what

    def mass(self, name: str, posts: list[Branch]):
        """The mass μ(X)."""
        space = self.scope.measures.get(name)
        written = only_name(posts[0]) if posts and posts[0].data == "arguments" else None
        named = self.scope.known.get(written or "")
        if not isinstance(named, Space) or not named.is_measure or space not in (None, named):
            of = "a space" if space is None else space.name
            raise IllFormed(f"{name} is the measure of {of}: write {name}({of}), or a differential d{name}(…)")
        return self.posted(self.presumed(named.mass), posts[1:])

    def elementary(self, name, posts):
        if not posts or posts[0].data != "arguments" or len(filled(posts[0])) != 1:
            raise IllFormed(f"{name} takes one number in brackets")
        argument = self.sum(posts[0].children[0])
        if name == "log":
            self.presumed(log(argument, evaluate=False))
        if name == "sqrt":
            self.presumed(Pow(argument, S.Half, evaluate=False))
        return self.posted(FUNCTIONS[name](argument), posts[1:])

    def given(self, what: Head | Defined, posts: list[Branch]) -> Given:
        """The postfixes of a name, by their kind."""
        out = Given()
        points = any(s.is_measure for s in what.spaces)
        takes = what.takes if isinstance(what, Head) else what.definition.functions
        for n, post in enumerate(posts):
            if post.data == "transpose":
                raise IllFormed(NO_TRANSPOSE)
            if post.data == "subscript" and out.indices is None:
                out.indices = entries(post)[0]
            elif post.data == "superscript" and is_power(post) and out.power is None:
                out.power = self.exponent(post)
            elif takes and out.function is None and post.data in ("superscript", "bracket"):
                out.function = post
            elif out.points is None and is_arguments(post, points):
                out.points = post
                if post.children[-1] is not None:
                    out.function = post.children[-1]
            elif post.data == "arguments":
                out.rest = posts[n:]
                break
            else:
                self.refuse_post(post, what)
        return out

    def refuse_post(self, post, what):
        kind = {
            "subscript": "second subscript",
            "superscript": "second superscript",
            "bracket": "function in brackets",
            "value": "value: |_{ε = 0} belongs after a derivative in a number, (d/dε …)|_{ε = 0}",
        }
        raise IllFormed(f"{what.form} takes no {kind[post.data]}")

    def value(self, what: Head | Defined, given: Given):
        points = self.arguments(what.spaces, given, what.form)
        if isinstance(what, Defined):
            wanted = what.definition.functions
            if wanted and given.function is None:
                raise IllFormed(f"{what.form} is written without its argument function")
            return self.by_name(what, self.taken_by(what, given.function), points)
        if what.takes is None:
            value = what.functional(*points) if what.spaces else Applied(what.functional, (), ())
            return self.presumed(value) if what.functional in self.scope.assumed else value
        if given.function is None and not what.spaces:
            raise IllFormed(f"{what.form} is a functional; write its argument function in brackets")
        return self.applied(what, given, points)

    def by_name(self, what: Defined, functions: Sequence[Lam], points: Sequence[Point] = ()) -> Any:
        """Its value; the written parts of its definition must have a value wherever the name is used."""
        self.written |= dict.fromkeys(what.written)
        return self.presumed(what.definition(*functions, *points))

    def taken_by(self, what: Defined, written: Branch | None) -> list[Lam]:
        """The argument functions of a definition. Its size counts as if it were written out here."""
        before = self.size
        functions = [self.function(written, g.params) for g in what.definition.functions]
        self.size += what.size * (1 + self.size - before)
        if self.size > MAX_UNFOLDED:
            raise IllFormed(
                f"with its definitions written out this has more than {MAX_UNFOLDED} signs; split it into parts"
            )
        return functions

    def applied(self, what: Head, given: Given, points=()):
        """f^θ_j(x), C[f]; omitted arguments are those of the declaration."""
        assert what.takes is not None
        function = None if given.function is None else self.function(given.function, what.takes.spaces)
        value = what.functional(*what.given(function), *points)
        return self.presumed(value) if what.functional in self.scope.assumed else value

    def arguments(self, spaces: Sequence[Space], given: Given, form: str) -> list[Point]:
        """One point for each space, from the written indices and points, or from those left out in a function."""
        counting = [s for s in spaces if not s.is_measure]
        measured = [s for s in spaces if s.is_measure]
        only_indices = self.left_open is not None and not measured
        if spaces and given.indices is None and given.points is None and not self.implicit and not only_indices:
            wanted = ", ".join(described(s.point()) for s in spaces)
            raise IllFormed(f"{form} is written without its arguments; it takes {wanted}")
        indices = self.filled(given.indices, counting, "index", form)
        points = self.filled(given.points, measured, "point", form)
        return [points.pop(0) if s.is_measure else indices.pop(0) for s in spaces]

    def filled(self, written, spaces: list[Space], kind: str, form: str) -> list[Point]:
        if written is None:
            left_out = [p for p in self.implicit if p.space.is_measure == (kind == "point")]
            if [p.space for p in left_out] == spaces:
                return left_out
            if kind == "index" and (matched := self.matched(spaces)):
                return matched
            if spaces:
                wanted = ", ".join(s.name for s in spaces)
                what = "arguments" if kind == "point" else "indices"
                raise IllFormed(f"{form} is written without its {what} ({plural(len(spaces), kind)}: {wanted})")
            return []
        names = self.point_names(written) if isinstance(written, Tree) else self.split(written, len(spaces))
        if len(names) != len(spaces):
            wanted = ", ".join(s.name for s in spaces) or "none"
            raise IllFormed(f"{form} takes {plural(len(spaces), kind)} ({wanted}), got {len(names)}")
        points = [self.place(n, s) for n, s in zip(names, spaces)]
        for p, s in zip(points, spaces):
            if p.space != s:
                raise IllFormed(f"{form}: {p.name} is {described(p)}; {described(s.point())} is needed there")
        return points

    def variable(self, name: str) -> Point:
        return self.local.get(name) or self.scope.variable(name)

    def place(self, name: str, space: Space) -> Point:
        """A variable, or the place of a number in this space. θ_2 exists if P ≥ 2, which is recorded."""
        if not name.lstrip("-")[0].isdigit():
            return self.variable(name)
        point = space.at(Rational(name))
        if not space.is_measure and space.size is None:
            n = int(name)
            if n > MAX_SIZE:
                raise IllFormed(f"the index {n}: an index that is a number is at most {MAX_SIZE}")
            self.scope.least[space] = max(n, self.scope.least.get(space, 1))
        return point

    def split(self, names: Sequence[str], count: int) -> list[str]:
        """The names of a subscript: K_{jl} has two indices, unless jl is declared."""
        if len(names) == 1 and count > 1 and names[0] not in self.scope:
            return letters(names[0])
        return [str(n) for n in names]

    def point_names(self, tree: Branch) -> list[str]:
        return [str(n) if (n := number_in(a)) is not None else str(only_word(a)) for a in filled(tree)]

    def finished(self, value, given: Given):
        if given.power is not None:
            value = self.power(value, given.power)
        return value * self.times(given.rest)

    # functions written without their points

    def function(self, tree: Branch, spaces: Sequence[Space]) -> Lam:
        """A function: θ + ε η as a function of i; or j, x ↦ … with its variables."""
        if tree.data == "superscript":
            tree = tree.children[0] if isinstance(tree.children[0], Tree) else name_tree(tree.children[0])
        if tree.data == "bracket":
            if tree.children[0] is not None:
                return self.explicit(tree, spaces)
            tree = tree.children[1]
        points = tuple(s.point().fresh() for s in spaces)
        before, self.implicit = self.implicit, points
        body = self.sum(tree)
        self.implicit = before
        return Lam(body, *points)

    def explicit(self, tree: Branch, spaces):
        points = [self.scope.variable(str(n)) for n in tree.children[0].children]
        if [p.space for p in points] != list(spaces):
            raise IllFormed(f"a function of {', '.join(s.name for s in spaces)} is needed here")
        with self.binding(points, tree):
            return Lam(self.sum(tree.children[1]), *points)

    def remainder(self, posts: list[Branch]):
        """O(ε²) in a function, which is ε² times an arbitrary function of the same points, another one each time."""
        if not self.implicit or len(posts) != 1 or posts[0].data != "arguments":
            raise IllFormed(
                "O(ε²) is read only within a function that is written without its points, as in C[f + O(ε²)]"
            )
        self.scope.remainders += 1
        arbitrary = Functional(f"O{self.scope.remainders}", [p.space for p in self.implicit])
        return self.times(posts) * arbitrary(*self.implicit)
