"""From the tree of a formula to the nodes of the calculus. What can be read and means nothing is IllFormed here.

The nodes themselves refuse points of the wrong space and variables bound twice; this module knows how formulas are
written: integral signs and differentials, indices, arguments, what Σ and d/dt reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lark import Token, Tree
from sympy import Derivative, Expr, Integer, Mul, Rational, S, Subs, Symbol, exp, log, sqrt

from ..calculus import Applied, Delta, Functional, Lam, Over, Partial, Point, Space, equal
from ..calculus.normal import Undecidable
from ..errors import IllFormed
from .declared import Defined, Head, Scope, described
from .tokens import located

MAX_BOUND = 16  # variables bound by one formula
MAX_EXPONENT = 32
MAX_BITS = 2000  # of a number
MAX_DERIVATIVES = 4  # within each other
FUNCTIONS = {"exp": exp, "log": log, "sqrt": sqrt}


@dataclass
class Given:
    """What stands behind a name: f_j^θ(x)² has indices, a function, points and a power. `rest` multiplies it."""

    indices: list[Token] | None = None
    points: list[Tree] | None = None
    function: Tree | None = None
    power: Any = None
    rest: list[Tree] = field(default_factory=list)


class Formula:
    """The reader of one formula."""

    def __init__(self, scope: Scope):
        self.scope = scope
        self.local: dict[str, Point] = {}  # indices whose range is written at their Σ
        self.bound: list[str] = []  # names bound around
        self.ever_bound: dict[str, int] = {}  # with the line
        self.implicit: tuple[Point, ...] = ()  # of the function being written without its points
        self.derivatives = 0

    def __call__(self, tree: Tree) -> Any:
        """Raises IllFormed, with the line, for what means nothing."""
        value = self.sum(tree)
        for p in sorted(free_points(value), key=str):
            if p.name in self.ever_bound:
                said = f"{p.name} is used outside its binder: a binder of {p.name} in this formula ends before"
                raise located(IllFormed(said), self.ever_bound[p.name])
        return value

    # sums and products

    def sum(self, tree: Tree) -> Any:
        total, sign = S.Zero, 1
        for child in tree.children:
            if isinstance(child, Tree):
                with at(child):
                    total += sign * self.product(child)
            elif child is not None:
                sign = 1 if child.type == "PLUS" else -1
        return total

    def product(self, tree: Tree) -> Any:
        row = Row(list(tree.children))
        value = self.row(row)
        if row:
            signs, differentials = counts(tree)
            said = f"{plural(signs, 'integral sign')}, {plural(differentials, 'differential')} in this product"
            raise located(IllFormed(f"{said}: each ∫ needs one differential of its own"), line_of(row.first))
        return value

    def row(self, row: Row, closing: int = 0) -> Any:
        """The product up to the end, or up to the first differential."""
        value: Any = S.One
        while row and not is_tree(row.first, "differential"):
            sign = row.sign()
            if sign == "TENSOR":
                self.piece(row)
                raise IllFormed("⊗ is not in the notation; write the product with its indices and points")
            if sign == "SLASH":
                value = self.divided(value, row)
            else:
                value *= self.piece(row)
        return value

    def divided(self, value, row: Row):
        if row and is_tree(row.first, "integral", "summation", "limit", "differential", "operator"):
            raise IllFormed("/ divides by the one factor behind it; put a sum or an integral there in brackets")
        below = self.piece(row)
        if below == 0:
            raise IllFormed("division by 0")
        return value / below

    def piece(self, row: Row) -> Any:
        tree = row.take()
        with at(tree):
            return getattr(self, tree.data)(tree, row)

    # binders

    def summation(self, tree: Tree, row: Row):
        points = self.summed(tree)
        with self.binding(points, tree):
            body = self.row(row)
            return Over(body, *points)

    def summed(self, tree: Tree) -> list[Point]:
        """The indices of a Σ. A range written at the sign counts for this sign."""
        names, start = entries(tree.children[0])
        if start not in (None, "1"):
            raise IllFormed(f"an index runs from 1, not from {start}")
        above = tree.children[1]
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

    def range(self, above: Tree, name: str) -> Space:
        upper = only_name(above)
        known = self.scope.known.get(upper or "")
        if isinstance(known, Space) and not known.is_measure:
            return known
        here = self.scope.known.get(name)
        hint = f"; {name} was declared in 1..{here.space.name}" if isinstance(here, Point) else ""
        raise IllFormed(f"the upper limit {upper or 'of this sum'} is not declared as the range of an index{hint}")

    def integral(self, tree: Tree, row: Row):
        """∫, with the signs that follow at once; as many differentials close it."""
        signs = [tree]
        while row and is_tree(row.first, "integral", "summation"):
            signs.append(row.take())
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
        rest = [r for d in where for r in self.after(d)]
        return Mul(Over(body, *points), *rest)

    def integrated(self, sign: Tree) -> list[Space | None]:
        """The space of each of its integrals; None where none is written."""
        count = int(sign.children[0])
        if sign.children[1] is None:
            return [None] * count
        (name,), _ = entries(sign.children[1])
        space = self.scope[name]
        if not isinstance(space, Space) or not space.is_measure:
            raise IllFormed(f"∫_{name}: {name} is {self.scope.kind(name)}, not a space with a measure")
        return [space] * count

    def differentials(self, row: Row, count: int) -> list[Tree]:
        """Those that close this integral: found by counting the signs and differentials that follow."""
        depth, n = count, 0
        following = []
        for n, piece in enumerate(row.pieces):
            if is_tree(piece, "integral"):
                depth += int(piece.children[0])
            elif is_tree(piece, "differential"):
                depth -= 1
                if depth < count:
                    following.append(piece)
            if depth == 0:
                return following
        raise IllFormed(
            f"{plural(depth_signs(row, count), 'integral sign')}, "
            f"{plural(sum(is_tree(p, 'differential') for p in row.pieces), 'differential')} in this product: each ∫ "
            "needs one differential of its own, behind its last factor"
        )

    def assigned(self, spaces: Sequence[Space | None], differentials: list[Tree]) -> Iterable[Point]:
        """Each sign gets the first differential of its space."""
        points = [self.differential_point(d) for d in differentials]
        out = []
        for space in spaces:
            fitting = [p for p in points if space is None or p.space == space]
            if not fitting:
                raise IllFormed(f"∫_{space} has no differential of {space}; there is d{points[0].name}, {described(points[0])}")
            points.remove(fitting[0])
            out.append(fitting[0])
        return iter(out)

    def differential_point(self, tree: Tree) -> Point:
        """dx, or dμ(x)."""
        name, posts = parts(tree.children[1])
        measured = self.scope.measures.get(name)
        if measured is not None:
            point = self.scope.variable(self.point_names(posts[0])[0]) if posts and posts[0].data == "arguments" else None
            if point is None or point.space != measured:
                raise IllFormed(f"d{name} needs a point of {measured.name} in brackets")
            return point
        point = self.scope.variable(name)
        if not point.space.is_measure:
            raise IllFormed(f"d{name}: {name} is {described(point)}; write Σ_{name}")
        return point

    def after(self, tree: Tree) -> list:
        """Brackets behind dx are a factor."""
        name, posts = parts(tree.children[1])
        posts = posts[1:] if name in self.scope.measures else posts
        return [self.times(p) for p in posts]

    @contextmanager
    def binding(self, points: Sequence[Point], tree: Tree):
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

    # names

    def factor(self, tree: Tree, row: Row | None = None):
        base, posts = tree.children[0], list(tree.children[1:])
        if isinstance(base, Token):
            return self.number(base, posts) if base.type == "NUMBER" else self.named(str(base), posts)
        if base.data == "group" and posts and (inside := lone_fraction(base)):
            return self.fraction(inside, trailing=posts)
        return self.posted(self.norm(base, posts) if base.data == "norm" else getattr(self, base.data)(base), posts)

    def number(self, token: Token, posts):
        return self.posted(Rational(str(token)), posts)

    def group(self, tree: Tree):
        return self.sum(tree.children[0])

    def kronecker(self, tree: Tree):
        names, _ = entries(tree.children[0])
        points = [self.variable(n) for n in self.split(names, 2)]
        if len(points) != 2:
            raise IllFormed("δ compares two indices: δ_{ij}; the variation of a functional is δC/δf")
        return Delta(*points)

    def norm(self, tree: Tree, posts: list[Tree]):
        key = norm_name(posts)
        what = self.scope.known.get(key)
        if not isinstance(what, Defined):
            raise IllFormed(f"{key.replace('g', '·')} is not defined; define it, as in `define ‖g‖²_K := …`")
        posts[:] = [p for p in posts if p.data not in ("superscript", "subscript")]
        (taken,) = what.definition.functions
        return what.definition(self.function(tree.children[1], taken.params))

    def named(self, name: str, posts: list[Tree]):
        if name in FUNCTIONS and name not in self.scope:
            return self.elementary(name, posts)
        if name in self.scope.measures:
            return self.mass(name, posts)
        what = self.local.get(name) or self.rate(name) or self.scope[name]
        if isinstance(what, (Head, Defined)):
            given = self.given(what, posts)
            return self.finished(self.value(what, given), given)
        return self.posted(self.plain(name, what), posts)

    def rate(self, name: str) -> Head | None:
        """θ̇, or theta', of something that moves."""
        stem = name.rstrip("'\u0307\u0308")
        orders = sum({"'": 1, "\u0307": 1, "\u0308": 2}[c] for c in name[len(stem) :])
        moving = self.scope.known.get(stem)
        if name in self.scope or not orders or not isinstance(moving, Head):
            return None
        head = moving.functional
        for _ in range(orders):
            head = head.rate
        return Head(head, moving.form.replace(stem, name, 1), moving.takes)

    def plain(self, name: str, what):
        if isinstance(what, Point) and not what.space.interval:
            raise IllFormed(f"{name} is {described(what)}, not a number")
        if isinstance(what, Space):
            if what.is_measure:
                raise IllFormed(f"{name} is a space, not a number")
            return what.mass if what.size is None else Integer(what.size)
        return what

    def mass(self, name: str, posts: list[Tree]):
        """μ(X)"""
        space = self.scope.measures[name]
        if not posts or posts[0].data != "arguments" or only_name(posts[0]) != space.name:
            raise IllFormed(f"{name} is the measure of {space.name}: write {name}({space.name}), or a differential d{name}(…)")
        return self.posted(space.mass, posts[1:])

    def elementary(self, name, posts):
        if not posts or posts[0].data != "arguments" or len(filled(posts[0])) != 1:
            raise IllFormed(f"{name} takes one number in brackets")
        return self.posted(FUNCTIONS[name](self.sum(posts[0].children[0])), posts[1:])

    def given(self, what: Head | Defined, posts: list[Tree]) -> Given:
        """The postfixes of a name, told apart."""
        out = Given()
        points = any(s.is_measure for s in what.spaces)
        takes = what.takes if isinstance(what, Head) else what.definition.functions
        for post in posts:
            if post.data == "subscript" and out.indices is None:
                out.indices = entries(post)[0]
            elif post.data == "superscript" and is_power(post) and out.power is None:
                out.power = self.exponent(post)
            elif takes and out.function is None and post.data in ("superscript", "bracket"):
                out.function = post
            elif post.data == "arguments" and out.points is None and (points or post.children[-1] is not None):
                out.points = post
                if post.children[-1] is not None:
                    out.function = post.children[-1]
            elif post.data in ("arguments", "TRANSPOSE"):
                out.rest.append(post)
            else:
                self.refuse_post(post, what)
        return out

    def refuse_post(self, post, what):
        if is_token(post, "TRANSPOSE"):
            raise IllFormed("ᵀ is not in the notation; write the sum over the index")
        kind = {"subscript": "a second subscript", "superscript": "a superscript", "bracket": "a function in brackets"}
        raise IllFormed(f"{what.form} takes no {kind.get(post.data, 'more')[2:]}" if post.data in kind else f"{what.form}: too much")

    def value(self, what: Head | Defined, given: Given):
        points = self.arguments(what.spaces, given, what.form)
        if isinstance(what, Defined):
            wanted = what.definition.functions
            if wanted and given.function is None:
                raise IllFormed(f"{what.form} is written without the function it takes")
            functions = [self.function(given.function, g.params) for g in wanted]
            return what.definition(*functions, *points)
        if what.takes is None:
            return what.functional(*points) if what.spaces else Applied(what.functional, (), ())
        if given.function is None and not what.spaces:
            raise IllFormed(f"{what.form} is a functional; write the function it takes in brackets")
        return self.applied(what, given, points)

    def applied(self, what: Head, given: Given, points=()):
        """f^θ_j(x), C[f]; what is not said is what was declared."""
        assert what.takes is not None
        function = None if given.function is None else self.function(given.function, what.takes.spaces)
        return what.functional(*what.given(function), *points)

    def arguments(self, spaces: Sequence[Space], given: Given, form: str) -> list[Point]:
        """One point for each space, from the indices and the points written, or from those left out in a function."""
        counting = [s for s in spaces if not s.is_measure]
        measured = [s for s in spaces if s.is_measure]
        indices = self.filled(given.indices, counting, "index", form)
        points = self.filled(given.points, measured, "point", form)
        return [points.pop(0) if s.is_measure else indices.pop(0) for s in spaces]

    def filled(self, written, spaces: list[Space], kind: str, form: str) -> list[Point]:
        if written is None:
            left_out = [p for p in self.implicit if p.space.is_measure == (kind == "point")]
            if [p.space for p in left_out] == spaces:
                return left_out
            if spaces:
                wanted = ", ".join(s.name for s in spaces)
                what = "arguments" if kind == "point" else "indices"
                raise IllFormed(f"{form} is written without its {what} ({plural(len(spaces), kind)}: {wanted})")
            return []
        names = self.point_names(written) if isinstance(written, Tree) else self.split(written, len(spaces))
        if len(names) != len(spaces):
            wanted = ", ".join(s.name for s in spaces) or "none"
            raise IllFormed(f"{form} takes {plural(len(spaces), kind)} ({wanted}), got {len(names)}")
        points = [self.variable(n) for n in names]
        for p, s in zip(points, spaces):
            if p.space != s:
                raise IllFormed(f"{form}: {p.name} is {described(p)}; {described(s.point())} is needed there")
        return points

    def variable(self, name: str) -> Point:
        return self.local.get(name) or self.scope.variable(name)

    def split(self, names: Sequence[str], count: int) -> list[str]:
        """K_{jl} has two indices, unless jl is declared."""
        if len(names) == 1 and count > 1 and names[0] not in self.scope:
            return letters(names[0])
        return [str(n) for n in names]

    def point_names(self, tree: Tree) -> list[str]:
        names = [only_name(a) for a in filled(tree)]
        if None in names:
            raise IllFormed("points are written by their names")
        return names  # type: ignore[return-value]

    # functions written without their points

    def function(self, tree: Tree, spaces: Sequence[Space]) -> Lam:
        """θ + ε η as a function of i; or j, x ↦ … with its variables."""
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

    def explicit(self, tree: Tree, spaces):
        points = [self.scope.variable(str(n)) for n in tree.children[0].children]
        if [p.space for p in points] != list(spaces):
            raise IllFormed(f"a function of {', '.join(s.name for s in spaces)} is needed here")
        with self.binding(points, tree):
            return Lam(self.sum(tree.children[1]), *points)

    # derivatives

    def fraction(self, tree: Tree, row: Row | None = None, trailing: Sequence[Tree] = ()):
        sign, order, above, _, *rest = tree.children
        below = [parts(t) for t in rest if isinstance(t, Tree)]
        n = 1 if order is None else int(self.exponent(order))
        last, posts = below[-1]
        kept = [p for p in posts if p.data == "subscript"][:1] if sign.type == "DELTA" or self.is_function(last) else []
        trailing = [p for p in posts if not any(p is k for k in kept)] + list(trailing)
        below[-1] = (last, kept)
        if sign.type == "DELTA":
            return self.variation(above, below, n, trailing)
        return self.slope(above, below, n, trailing)

    def is_function(self, name):
        return isinstance(self.scope.known.get(name), Head)

    def slope(self, above: Tree, below, order: int, trailing):
        """∂f_j/∂θ_i(x), (∂f/∂θ_i)_j(x), dc/dt, ∂c/∂θ_i."""
        name, posts = parts(above)
        what = self.rate(name) or self.scope[name]
        if not isinstance(what, (Head, Defined)):
            raise IllFormed(f"{name} is {self.scope.kind(name)}; only a function or a defined name is differentiated so")
        given = self.given(what, [*posts, *trailing])
        if isinstance(what, Head) and what.takes and not what.spaces:
            value = self.applied(what, given)  # dC/dt is that of C[f]
        else:
            value = self.value(what, given)
        return self.finished(self.differentiated(value, below, order), given)

    def differentiated(self, value, below, order: int):
        names = [name for name, _ in below]
        if len(set(names)) > 1:
            raise IllFormed(f"a derivative in {' and '.join(names)}: write one after the other, d/d… (…)")
        if names[0] == str(self.scope.time):
            return self.in_time(value, order)
        if len(below) not in (1, order) or (len(below) == 1 and order > 1):
            raise IllFormed(f"a derivative of order {order} needs {order} variables below")
        what = self.local.get(names[0]) or self.scope[names[0]]
        if isinstance(what, Point):
            return value.diff(what) if isinstance(value, Applied) else Derivative(value, what)
        if not isinstance(what, Head):
            return Derivative(value, what)
        for _, posts in below:
            value = self.entry(value, what, posts)
        return value

    def in_time(self, value, order):
        if isinstance(value, Applied) and value.head.time is not None and not value.head.of and not value.slots:
            head = value.head
            for _ in range(order):
                head = head.rate
            return head(*value.points) if head.params else Applied(head, (), ())
        return Derivative(value, self.scope.time, order) if order > 1 else Derivative(value, self.scope.time)

    def entry(self, value, what: Head, posts):
        given = self.given(what, posts)
        points = self.arguments(what.spaces, given, what.form)
        inner = isinstance(value, Applied) and value.head.of and what.functional == self.taken(value.head)
        return value.at(*points) if inner else Partial(value, what.functional, tuple(points))

    def taken(self, head: Functional) -> Functional | None:
        """What a functional takes by its declaration."""
        for known in self.scope.known.values():
            if isinstance(known, Head) and known.functional.name == head.name and known.takes:
                return known.takes.functional
        return None

    def variation(self, above: Tree, below, order: int, trailing):
        """δC/δf_j(x), (δC/δf)(x)_j."""
        name, posts = parts(above)
        what = self.scope[name]
        if not isinstance(what, Head) or what.takes is None:
            raise IllFormed(f"δ{name}: {name} is {self.scope.kind(name)}, and takes no function")
        if len(below) != order:
            raise IllFormed(f"a variation of order {order} needs {order} functions below")
        taken = self.scope.known.get(below[0][0])
        if not isinstance(taken, Head) or taken.spaces != what.takes.spaces:
            raise IllFormed(f"δ{name}/δ{below[0][0]}: {what.form} takes {what.takes.form}")
        brackets = [p for p in trailing if p.data == "bracket"]
        trailing = [p for p in trailing if p.data != "bracket"]
        above_given = self.given(what, [*posts, *brackets])
        value = self.applied(what, above_given, self.arguments(what.spaces, above_given, what.form))
        form = f"δ{name}/δ{taken.form}"
        slot = Head(Functional("slot", taken.spaces), form)
        for n, (_, under) in enumerate(below):
            given = self.given(slot, [*under, *(trailing if n == len(below) - 1 else ())])
            value = value.at(*self.arguments(taken.spaces, given, form))
        return self.finished(value, given)

    def operator(self, tree: Tree, row: Row):
        """d/dt and ∂/∂θ_i reach over the next factor, or over a whole Σ or ∫."""
        self.derivatives += 1
        if self.derivatives > MAX_DERIVATIVES:
            raise IllFormed(f"more than {MAX_DERIVATIVES} derivatives d/d… in one formula")
        _, order, _, under = tree.children
        name, posts = parts(under)
        n = 1 if order is None else int(self.exponent(order))
        kept = [p for p in posts if p.data == "subscript"]
        inside = [p for p in posts if p.data == "arguments"]
        extra = [p for p in posts if is_power(p)]
        if len(extra) != (n > 1):
            raise IllFormed("the order of a derivative is written above and below: d²/dt²")
        if inside:
            value = Mul(*(self.times(p) for p in inside))
        elif row and not row.is_sign():
            value = self.piece(row)
        else:
            raise IllFormed(f"d/d{name} stands before nothing")
        below = [(name, kept)] * (1 if name == str(self.scope.time) else n)
        return self.differentiated(value, below, n)

    def limit(self, tree: Tree, row: Row):
        """lim_{ε→0} (C[f+εφ] − C[f])/ε is the derivative in ε at 0. No other limit is read."""
        name, value = tree.children[-3], tree.children[-1]
        small = self.scope[str(name)]
        shape = len(row.pieces) >= 3 and is_token(row.pieces[-2], "SLASH") and only_name(row.pieces[-1]) == str(name)
        if not shape or not isinstance(small, Symbol) or isinstance(small, Point) or str(value) != "0":
            raise IllFormed("the only limit in the notation is lim_{ε→0} (…)/ε, with ε declared as a number")
        above = self.row(Row(row.pieces[:-2]))
        row.pieces.clear()
        self.refuse_divergence(above, small)
        return Subs(Derivative(above, small), small, 0)

    def refuse_divergence(self, above, small):
        at_zero = above.xreplace({small: S.Zero})
        try:
            vanishes = at_zero == 0 or equal(at_zero, S.Zero)
        except Undecidable:
            vanishes = False
        if not vanishes:
            raise IllFormed(f"the numerator of the limit does not vanish at {small} = 0: the limit does not exist")

    def remainder(self, posts: list[Tree]):
        """O(ε²) is ε² R, for an arbitrary function R of the points that are left out."""

    # powers, and brackets behind a factor

    def finished(self, value, given: Given):
        if given.power is not None:
            value = self.power(value, given.power)
        return Mul(value, *(self.times(p) for p in given.rest))

    def posted(self, value, posts: Iterable[Tree]):
        for post in posts:
            if is_token(post, "TRANSPOSE"):
                raise IllFormed("ᵀ is not in the notation; write the sum over the index")
            if post.data == "superscript":
                value = self.power(value, self.exponent(post))
            elif post.data == "arguments":
                value *= self.times(post)
            else:
                raise IllFormed("an index or a function behind what takes none")
        return value

    def times(self, post: Tree):
        """(a + b) behind a factor."""
        if is_token(post, "TRANSPOSE"):
            raise IllFormed("ᵀ is not in the notation; write the sum over the index")
        if post.data != "arguments" or len(filled(post)) != 1 or post.children[-1] is not None:
            raise IllFormed("what stands in brackets here is no factor")
        return self.sum(post.children[0])

    def exponent(self, post: Tree):
        inside = post.children[0]
        value = self.sum(inside) if isinstance(inside, Tree) else Rational(str(inside)) if inside.type != "NAME" else None
        if not isinstance(value, Rational) or abs(value.p) > MAX_EXPONENT or value.q > MAX_EXPONENT:
            raise IllFormed(f"an exponent is a number of size ≤ {MAX_EXPONENT}; write exp(…) for an exponential")
        return value

    def power(self, value: Expr, exponent: Rational):
        inner = value.exp if value.is_Pow and value.exp.is_Rational else S.One
        if abs(inner * exponent) > MAX_EXPONENT:
            raise IllFormed(f"a power beyond {MAX_EXPONENT}")
        if value.is_Rational and abs(exponent) * max(value.p.bit_length(), value.q.bit_length()) > MAX_BITS:
            raise IllFormed("a power of a number with too many digits")
        if value == 0 and exponent < 0:
            raise IllFormed("division by 0")
        return value**exponent


class Row:
    """The pieces of a product, taken from the left."""

    def __init__(self, pieces: list):
        self.pieces = pieces

    def __bool__(self):
        return bool(self.pieces)

    @property
    def first(self):
        return self.pieces[0]

    def take(self):
        return self.pieces.pop(0)

    def is_sign(self) -> bool:
        return isinstance(self.first, Token)

    def sign(self) -> str:
        return self.take().type if self.is_sign() else "TIMES"


@contextmanager
def at(tree):
    """Errors from within know the line of the innermost part."""
    try:
        yield
    except IllFormed as trouble:
        raise located(trouble, line_of(tree)) from None


def line_of(tree) -> int:
    return tree.line if isinstance(tree, Token) else getattr(tree.meta, "line", None)


def free_points(value) -> set[Point]:
    return {s for s in getattr(value, "free_symbols", ()) if isinstance(s, Point) and not s.bound}


def is_tree(piece, *kinds: str) -> bool:
    return isinstance(piece, Tree) and piece.data in kinds


def is_token(piece, kind: str) -> bool:
    return isinstance(piece, Token) and piece.type == kind


def parts(factor: Tree) -> tuple[str, list[Tree]]:
    base, *posts = factor.children
    if not is_token(base, "NAME"):
        raise IllFormed("a derivative is that of a name; write d/dt (…) for that of an expression")
    return str(base), posts


def entries(subscript: Tree) -> tuple[list[str], str | None]:
    """The names in a subscript, and the number behind = in Σ_{i=1}."""
    *names, start = subscript.children
    if len(subscript.children) == 1:
        names, start = subscript.children, None
    return [str(n) for n in names], None if start is None else str(start)


def filled(arguments: Tree) -> list[Tree]:
    return [a for a in arguments.children[:-1] if a is not None]


def only_name(tree) -> str | None:
    """The name, if that is all there is."""
    while isinstance(tree, Tree):
        children = [c for c in tree.children if c is not None]
        if len(children) != 1:
            return None
        (tree,) = children
    return str(tree) if is_token(tree, "NAME") else None


def is_power(post) -> bool:
    if not is_tree(post, "superscript"):
        return False
    inside = post.children[0]
    return is_token(inside, "NUMBER") or is_token(inside, "POWER") or not any(inside.scan_values(is_name)) if isinstance(inside, Tree) else not is_token(inside, "NAME")


def is_name(token) -> bool:
    return is_token(token, "NAME")


def lone_fraction(group: Tree) -> Tree | None:
    """δC/δf of (δC/δf)(x)."""
    inside = [c for c in group.children[0].children if c is not None]
    pieces = inside[0].children if len(inside) == 1 and isinstance(inside[0], Tree) else []
    return pieces[0] if len(pieces) == 1 and is_tree(pieces[0], "fraction") else None


def letters(word: str) -> list[str]:
    out: list[str] = []
    for c in word:
        if c == "'" and out:
            out[-1] += c
        else:
            out.append(c)
    return out


def name_tree(token: Token) -> Tree:
    return Tree("sum", [Tree("product", [Tree("factor", [token])])])


def norm_name(posts) -> str:
    """‖g‖²_K, by its postfixes."""
    subs = [p for p in posts if is_tree(p, "subscript")]
    sups = [p for p in posts if is_tree(p, "superscript")]
    power = "²" if len(sups) == 1 and str(sups[0].children[0]) == "2" else ""
    return f"‖g‖{power}" + (f"_{entries(subs[0])[0][0]}" if subs else "")


def counts(product: Tree) -> tuple[int, int]:
    signs = sum(int(p.children[0]) for p in product.children if is_tree(p, "integral"))
    return signs, sum(is_tree(p, "differential") for p in product.children)


def depth_signs(row: Row, count: int) -> int:
    return count + sum(int(p.children[0]) for p in row.pieces if is_tree(p, "integral"))


def plural(n: int, word: str) -> str:
    many = {"index": "indices"}.get(word, word + "s")
    return f"{n} {word if n == 1 else many}"
