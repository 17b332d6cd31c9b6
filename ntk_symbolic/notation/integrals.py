"""Sums and integrals: their variables, their reach, and the match of differentials and signs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile

from sympy import Mul

from ..calculus import Over, Point, Space
from ..errors import IllFormed
from .declared import RESERVED, described
from .products import Products
from .trees import (
    Branch,
    Row,
    differentials_in,
    entries,
    is_tree,
    letters,
    line_of,
    number_in,
    only_name,
    parts,
    signs_in,
    unmatched,
)

MEASURE = "mu"  # if no measure has this name, it is the measure of any space, as integrals are printed
MAX_BOUND = 16  # variables bound by one formula


class Binders(Products):
    """Sums over indices and integrals over points."""

    def summation(self, tree: Branch, row: Row):
        points = self.summed(tree)
        with self.binding(points, tree):
            body = self.row(row)
            return Over(body, *points)

    def summed(self, tree: Branch) -> list[Point]:
        """The indices of a Σ. A range written at the sign holds for this sign."""
        names, start = entries(tree.children[0])
        if start not in (None, "1"):
            raise IllFormed(f"an index runs from 1, not from {start}")
        above = tree.children[1]
        if len(names) == 1 and names[0] not in self.scope and all(c in self.scope for c in letters(names[0])):
            names = letters(names[0])  # Σ_{ij} for Σ_{i,j}, as K_{ij} has two indices
        return [self.index(name, None if above is None else self.range(above, name)) for name in names]

    def index(self, name: str, range_: Space | None) -> Point:
        known = self.scope.known.get(name)
        if isinstance(known, Space):
            raise IllFormed(f"{name} is {self.scope.kind(name)}; an index needs another name")
        if range_ is not None:
            return range_.point(name)
        point = self.scope.variable(name)
        if point.space.is_measure:
            raise IllFormed(f"{name} is {described(point)}: integrate over it, ∫_{point.space.name} … d{name}")
        return point

    def range(self, above: Branch, name: str) -> Space:
        upper = only_name(above)
        known = self.scope.known.get(upper or "")
        if isinstance(known, Space) and not known.is_measure:
            return known
        here = self.scope.known.get(name)
        hint = f"; {name} was declared in 1..{here.space.name}" if isinstance(here, Point) else ""
        raise IllFormed(f"the upper limit {upper or 'of this sum'} is not declared as the range of an index{hint}")

    def integral(self, tree: Branch, row: Row):
        """An integral, with the signs that follow at once if as many differentials close it."""
        signs = self.signs(tree, row)
        spaces = [space for sign in signs if sign.data == "integral" for space in self.integrated(sign)]
        where = self.differentials(row, len(spaces))
        variables = self.assigned(spaces, where)
        points: list[Point] = []
        for sign in signs:
            points += [next(variables) for _ in self.integrated(sign)] if sign.data == "integral" else self.summed(sign)
        with self.binding(points, tree):
            body = self.row(row)
        for _ in spaces:
            row.take()
        return Mul(self.presumed(Over(body, *points)), *(self.after(d) for d in where))

    def signs(self, tree: Branch, row: Row) -> list[Branch]:
        """The signs whose differentials are side by side; otherwise the first, since an inner one ends before a factor."""
        signs = [tree]
        while row and is_tree(row.first, "integral", "summation"):
            signs.append(row.take())
        count = signs_in(signs)
        if 0 < len(self.closing(row, count)) < count:
            row.pieces[:0] = signs[1:]
            signs = [tree]
        return signs

    def integrated(self, sign: Branch) -> list[tuple[Space, ...] | None]:
        """The possible spaces of each of its integrals: the written one, all with these ends, or any (None)."""
        count, below, above = int(sign.children[0]), sign.children[1], sign.children[2]
        if above is not None:
            return [self.intervals(below, above)] * count
        if below is None:
            return [None] * count
        (name,), _ = entries(below)
        space = self.scope[name]
        if not isinstance(space, Space) or not space.is_measure:
            raise IllFormed(f"∫_{name}: {name} is {self.scope.kind(name)}, not a space with a measure")
        return [(space,)] * count

    def intervals(self, below: Branch | None, above: Branch) -> tuple[Space, ...]:
        """The intervals of ∫_0^1, which are declared with these ends."""
        ends = tuple(None if end is None else number_in(end) for end in (below, above))
        if None in ends:
            raise IllFormed(
                "the limits of ∫ are the two numbers with which an interval is declared: ∫_0^1, ∫_{−1}^{1/2}"
            )
        found = tuple(s for s in self.scope.known.values() if isinstance(s, Space) and s.interval == ends)
        if not found:
            lo, hi = ends
            raise IllFormed(f"no space is declared as [{lo}, {hi}]; declare it: space S = [{lo}, {hi}], points s")
        return found

    def differentials(self, row: Row, count: int) -> list[Branch]:
        """The differentials that close this integral."""
        run = self.closing(row, count)
        if len(run) < count:
            self.refuse_undeclared(row)
            raise IllFormed(unmatched(count + signs_in(row.pieces), differentials_in(row.pieces)))
        return run

    def refuse_undeclared(self, row: Row) -> None:
        """Raises IllFormed for dy with an undeclared y, which is a name and closes no integral."""
        for piece in row.pieces:
            word = str(piece.children[0]) if is_tree(piece, "factor") else ""
            if word.startswith("d") and word not in self.scope and word[1:] and word not in RESERVED:
                raise IllFormed(
                    f"{word} is no differential, since {word[1:]} is not declared; declare it as a point of a space"
                )

    def closing(self, row: Row, count: int) -> list[Branch]:
        """At most `count` differentials side by side; those of inner integrals come before."""
        inside = 0
        for n, piece in enumerate(row.pieces):
            if is_tree(piece, "integral"):
                inside += int(piece.children[0])
            elif is_tree(piece, "differential") and inside:
                inside -= 1
            elif is_tree(piece, "differential"):
                return list(takewhile(lambda piece: is_tree(piece, "differential"), row.pieces[n : n + count]))
        return []

    def assigned(self, spaces: Sequence[tuple[Space, ...] | None], differentials: list[Branch]) -> Iterator[Point]:
        """The point of each sign: the first differential of its space."""
        points = [self.differential_point(d) for d in differentials]
        out = []
        for among in spaces:
            fitting = [p for p in points if among is None or p.space in among]
            if not fitting:
                wanted = " or ".join(s.name for s in among or ())
                raise IllFormed(
                    f"∫_{wanted} has no differential of {wanted}; there is d{points[0].name}, {described(points[0])}"
                )
            points.remove(fitting[0])
            out.append(fitting[0])
        return iter(out)

    def differential_point(self, tree: Branch) -> Point:
        """The point of dx, or of dμ(x)."""
        name, posts = parts(tree.children[1])
        measured = self.scope.measures.get(name)
        if measured is not None or self.is_measure(name):
            point = (
                self.scope.variable(self.point_names(posts[0])[0]) if posts and posts[0].data == "arguments" else None
            )
            if point is None or not point.space.is_measure or measured not in (None, point.space):
                of = "a space with a measure" if measured is None else measured.name
                raise IllFormed(f"d{name} needs a point of {of} in brackets")
            return point
        point = self.scope.variable(name)
        if not point.space.is_measure:
            raise IllFormed(f"d{name}: {name} is {described(point)}; write Σ_{name}")
        return point

    def is_measure(self, name: str) -> bool:
        return name in self.scope.measures or (name == MEASURE and name not in self.scope)

    def after(self, tree: Branch):
        """The factor in brackets after a differential, or 1."""
        name, posts = parts(tree.children[1])
        posts = posts[1:] if self.is_measure(name) else posts
        return self.times(posts)

    @contextmanager
    def binding(self, points: Sequence[Point], tree: Branch):
        names = [p.name for p in points]
        again = sorted({n for k, n in enumerate(names) if n in self.bound or n in names[:k]})
        if again:
            raise IllFormed(f"{', '.join(again)} is bound twice, by a binder and inside it; rename one of them")
        if len(self.ever_bound) + len(names) > MAX_BOUND:
            raise IllFormed(f"more than {MAX_BOUND} bound variables in one formula; name a part with `define`")
        self.ever_bound |= {n: line_of(tree) for n in names}
        before, self.local = self.local, {**self.local, **{p.name: p for p in points}}
        self.bound += names
        yield
        self.local = before
        del self.bound[len(self.bound) - len(names) :]
