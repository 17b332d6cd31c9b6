"""Translation of the tree of a formula to the nodes of the calculus. Raises IllFormed for formulas without a meaning.

The nodes themselves refuse points of the wrong space. Four classes translate formulas, each extending the
one before: products (sums, powers), integrals (binders), names (indices and arguments), and derivatives, here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from lark import Tree
from sympy import Basic, Derivative, Rational, S, Subs, Symbol
from sympy.printing.pretty.pretty_symbology import pretty_symbol

from ..calculus import Applied, Functional, Partial, Point, SlotSlope, Variation, equal
from ..calculus.normal import Undecidable
from ..errors import IllFormed
from .bounds import refuse_long_numbers
from .declared import Defined, Head
from .names import Names
from .products import Reach
from .tokens import located
from .trees import (
    Branch,
    Row,
    free_points,
    is_power,
    is_token,
    is_tree,
    lone_variation,
    only_name,
    parts,
    unwrapped,
    without_value,
)

MAX_DERIVATIVES = 4  # nested


def _same_name(wrt, head: Functional) -> bool:
    """True for θ itself and its rates."""
    return isinstance(wrt, Functional) and wrt.name == head.name


class Formula(Names):
    """The reader of one formula."""

    def __call__(self, tree: Branch) -> Any:
        """The expression. Raises IllFormed, with the line, if it has no meaning."""
        self.size = sum(1 for _ in tree.scan_values(lambda _: True))
        value = self.sum(tree)
        refuse_long_numbers(value)
        for p in sorted(free_points(value), key=str):
            if p.name in self.ever_bound:
                said = f"{p.name} is used outside its binder: a binder of {p.name} in this formula ends before"
                raise located(IllFormed(said), self.ever_bound[p.name])
        return value

    def fraction(self, tree: Branch, row: Row | None = None, trailing: Sequence[Branch] = ()):
        tree, values = without_value(tree)
        sign, order, above, *rest = tree.children
        variation = sign.type == "DELTA"
        below, behind = self.variables([parts(t) for t in rest], self.order(order), variation)
        if self.is_explicit(sign, below):
            return self.taken_at(self.explicit_rate(above, len(below), [*behind, *trailing]), *values)
        value = (self.variation if variation else self.slope)(above, below, [*behind, *trailing])
        return self.taken_at(value, *values)

    def taken_at(self, value, *places: Branch):
        """The value (d/dε …)|_{ε = 0}."""
        for place in places:
            name, _, number = place.children
            small = self.scope[str(name)]
            number = Rational(str(number))
            derivatives = [e for e in value.atoms(Derivative, Subs) if small in e.variables]
            if not derivatives or small == self.scope.time:
                raise IllFormed(f"|_{{{name} = {number}}} belongs after a derivative in a number: (d/dε …)|_{{ε = 0}}")
            if any(isinstance(e, Subs) for e in derivatives):
                raise IllFormed(f"{name} is bound twice: it has a value inside already")
            value = self.presumed(Subs(value, small, number))
        return value

    def is_explicit(self, sign, below) -> bool:
        """True for ∂/∂t, which keeps other moving parts fixed; d/dt does not."""
        return str(sign) == "∂" and any(name == str(self.scope.time) for name, _ in below)

    def explicit_rate(self, above: Branch, order: int, trailing):
        """∂f/∂t(x) of a declared function, which may depend on the time directly and through its argument."""
        name, posts = parts(above)
        what, t = self.scope.known.get(name), self.scope.time
        if not isinstance(what, Head) or what.functional.time is None:
            raise IllFormed(
                f"∂{name}/∂{t}: only for a function that is declared as one of {t}; d/d{t} is the derivative along the motion"
            )
        head = what.functional
        for _ in range(order):
            head = head.rate
        given = self.given(what, [*posts, *trailing])
        return self.finished(self.value(replace(what, functional=head), given), given)

    def order(self, above: Branch | None) -> int:
        order = 1 if above is None else self.exponent(above)
        if above is not None and order not in (2, 3):
            raise IllFormed(f"a derivative of order {order}; 2 and 3 are possible")
        return int(order)

    def variables(self, below: list, order: int, variation: bool):
        """The variables below the bar, repeated by their orders; and the postfixes after the derivative."""
        name, posts = below[-1]
        own = [p for p in posts[:1] if p.data == "subscript" and (variation or self.is_function(name))]
        below[-1], behind = (name, own), posts[len(own) :]
        if behind and is_power(behind[0]):
            if order == 1 or len(below) > 1 or self.exponent(behind[0]) != order:
                raise IllFormed(
                    "a power after a derivative needs brackets: (∂c/∂θ_i)²; one of second order is ∂²c/∂θ_i²"
                )
            below, behind = below * order, behind[1:]
        if len(below) != order:
            raise IllFormed(f"a derivative of order {order} needs {order} variables below, or {name} with the order")
        return below, behind

    def is_function(self, name):
        return isinstance(self.scope.known.get(name), Head)

    def slope(self, above: Branch, below, trailing):
        """∂f_j/∂θ_i(x), (∂f/∂θ_i)_j(x), dc/dt, ∂c/∂θ_i."""
        if (inside := lone_variation(above)) is not None:
            return self.slope_of_variation(inside, below, list(trailing))
        name, posts = parts(above)
        what = self.rate(name) or self.scope[name]
        if not isinstance(what, (Head, Defined)):
            raise IllFormed(
                f"{name} is {self.scope.kind(name)}; only a function or a defined name has such a derivative"
            )
        given = self.given(what, [*posts, *trailing])
        if isinstance(what, Head) and what.takes and not what.spaces:
            value = self.applied(what, given)  # dC/dt is the derivative of C[f]
        elif isinstance(what, Defined) and what.definition.functions and given.function is None:
            points = self.arguments(what.spaces, given, what.form)
            value = self.by_name(what, [self.varied_in(name, what).as_function()], points)
        else:
            value = self.value(what, given)
        return self.finished(self.partial(value, what, below), given)

    def slope_of_variation(self, inside: Branch, below, trailing: list[Branch]):
        """∂(δF/δρ)/∂s(1), the derivative of the function δF/δρ in its variable s, at 1."""
        cut = next((n + 1 for n, post in enumerate(trailing) if post.data == "arguments"), len(trailing))
        value = self.fraction(inside, trailing=trailing[:cut])
        if not isinstance(value, Applied) or len(value.slots) != 1:
            raise IllFormed("the only expression in brackets above a derivative is a first variation: ∂(δF/δρ)/∂s(s)")
        (slot,) = value.slots
        orders = [0] * len(slot)
        for name, _ in below:
            fitting = [n for n, p in enumerate(slot) if p.space == self.variable(name).space]
            if len(fitting) != 1:
                raise IllFormed(f"{value} does not have one variable that {name} could be")
            orders[fitting[0]] += 1
        return self.posted(SlotSlope(value, [orders]), trailing[cut:])

    def partial(self, value, what: Head | Defined, below):
        """∂r/∂u(v), the derivative of r in its variable u, at v."""
        names = [name for name, _ in below]
        points = [self.local.get(name) or self.scope.known.get(name) for name in names]
        if not any(isinstance(p, Point) for p in points):
            return self.differentiated(value, below)
        variables = [self.variable(name) for name in names]
        if isinstance(what, Defined):
            for p in variables:
                if value.points.count(p) != 1:
                    raise IllFormed(
                        f"{what.form} does not contain {p.name} once; write ∂/∂{p.name} (…) for its derivative"
                    )
            return reduce(self.along, variables, value)
        return reduce(lambda v, p: self.in_variable(v, what, p), variables, value)

    def in_variable(self, value, what: Head, p: Point):
        spaces = value.head.params
        fitting = [n for n, name in enumerate(what.names) if name == p.name and spaces[n] == p.space]
        fitting = fitting or [n for n, s in enumerate(spaces) if s == p.space]
        if len(fitting) != 1:
            raise IllFormed(f"{what.form} does not have one variable that {p.name} could be; write it as declared")
        orders = [int(n == fitting[0]) for n in range(len(spaces))]
        return value.func(value.head.differentiated(orders), *value.args[1:])

    def differentiated(self, value, below):
        names = [name for name, _ in below]
        if len(set(names)) > 1:
            raise IllFormed(f"a derivative in {' and '.join(names)}: write one after the other, d/d… (…)")
        if names[0] == str(self.scope.time):
            return self.in_time(value, len(below))
        what = self.local.get(names[0]) or self.scope[names[0]]
        for _, posts in below:
            value = self.entry(value, what, posts) if isinstance(what, Head) else self.along(value, what)
        return value

    def along(self, value, what):
        """∂f/∂x for a point of an interval, dc/dh for a number."""
        if not isinstance(what, Symbol):
            raise IllFormed(f"{what} is no variable, so there is no derivative in it")
        if isinstance(what, Point) and what not in value.free_symbols:
            if any(p.fixed and p.space == what.space for p in value.atoms(Point)):
                raise IllFormed(
                    f"∂/∂{what} of a value at a fixed point: for the derivative there give the function a name, "
                    f"define h({what}) := …, and write ∂h/∂{what} at that point"
                )
            return S.Zero  # a value without the point is constant in it
        at_once = isinstance(value, (Applied, SlotSlope)) and isinstance(what, Point)
        return value.diff(what) if at_once else Derivative(value, what)

    def in_time(self, value, order):
        if isinstance(value, Applied) and value.head.time is not None and not value.head.of and not value.slots:
            head = value.head
            for _ in range(order):
                head = head.rate
            return head(*value.points) if head.params else Applied(head, (), ())
        return Derivative(value, self.scope.time, order)

    def entry(self, value, what: Head, posts):
        given = self.given(what, posts)
        points = self.arguments(what.spaces, given, what.form)
        inner = isinstance(value, Applied) and value.head.of and what.functional == self.taken(value.head)
        return value.at(*points) if inner else Partial(value, what.functional, tuple(points))

    def taken(self, head: Functional) -> Functional | None:
        """The declared argument of a functional."""
        for known in self.scope.known.values():
            if isinstance(known, Head) and known.functional.name == head.name and known.takes:
                return known.takes.functional
        return None

    def variation(self, above: Branch, below, trailing):
        """δC/δf_j(x), (δC/δf)(x)_j."""
        name, posts = parts(above)
        what = self.scope[name]
        takes = self.varied_in(name, what)
        taken = self.scope.known.get(below[0][0])
        if not isinstance(taken, Head) or taken.spaces != takes.spaces or len({n for n, _ in below}) > 1:
            raise IllFormed(f"δ{name}/δ{'δ'.join(n for n, _ in below)}: {what.form} takes {takes.form}")
        brackets = [p for p in trailing if p.data == "bracket"]
        trailing = [p for p in trailing if p.data != "bracket"]
        above_given = self.given(what, [*posts, *brackets])
        points = self.arguments(what.spaces, above_given, what.form)
        form = f"δ{name}/δ{taken.form}"
        slot = Head(Functional("slot", taken.spaces), form)
        slots = []
        for under in self.shared([under for _, under in below], list(trailing), taken):
            given = self.given(slot, under)
            slots.append(self.arguments(taken.spaces, given, form))
        if isinstance(what, Defined):
            written = above_given.function
            functions = [takes.as_function()] if written is None else self.taken_by(what, written)
            value = Variation(self.by_name(what, functions, points), slots)
            value.evaluated()  # a missing density is an error of this line
            self.size += what.size
            return self.finished(value, given)
        value = self.applied(what, above_given, points)
        for at in slots:
            value = value.at(*at)
        return self.finished(value, given)

    def varied_in(self, name: str, what) -> Head:
        """The argument function of a functional, declared or defined."""
        if isinstance(what, Head) and what.takes is not None:
            return what.takes
        if isinstance(what, Defined) and what.definition.functions:
            return self.scope[what.definition.functions[0].name]
        remedy = f"; define it of one, {name}[f] := …" if isinstance(what, Defined) else ""
        raise IllFormed(f"δ{name}: {name} is {self.scope.kind(name)}, and takes no function{remedy}")

    @staticmethod
    def shared(under: list[list[Branch]], trailing: list[Branch], taken: Head) -> list[list[Branch]]:
        """The postfixes of each slot: those below the bar, those after it for the last; or arguments after it that all slots
        share, δ²C/δf_jδf_l(x, x')."""
        several, measured = len(under), sum(s.is_measure for s in taken.spaces)
        own = any(post.data == "arguments" for posts in under for post in posts)
        if several > 1 and not own and trailing and trailing[0].data == "arguments":
            points = trailing[0].children[:-1]
            if len(points) == several * measured:
                rows = [points[n * measured : (n + 1) * measured] for n in range(several)]
                heads = [Tree("arguments", [*row, None], trailing[0].meta) for row in rows]
                under = [[*posts, head] for posts, head in zip(under, heads)]
                trailing = trailing[1:]
        return [*under[:-1], [*under[-1], *trailing]]

    def operator(self, tree: Branch, row: Row):
        """The derivative d/dt or ∂/∂θ_i of the next factor, or of a whole Σ or ∫."""
        self.derivatives += 1
        if self.derivatives > MAX_DERIVATIVES:
            raise IllFormed(f"more than {MAX_DERIVATIVES} derivatives d/d… in one formula")
        sign, order, under = tree.children
        name, posts = parts(under)
        if self.is_explicit(sign, [(name, posts)]):
            raise IllFormed(
                f"∂/∂{name} stands before an expression: write d/d{name} for its derivative along the motion"
            )
        cut = next((k for k, p in enumerate(posts) if is_tree(p, "arguments")), len(posts))
        below, behind = self.variables([(name, posts[:cut])], self.order(order), False)
        if behind:
            raise IllFormed(f"d/d{name} is not followed by a factor")
        if posts[cut:]:
            row.pieces.insert(0, self.bracketed(posts[cut:]))
        if not row or row.is_sign():
            raise IllFormed(f"d/d{name} stands before nothing")
        row.pieces[0], values = without_value(row.first)
        bracketed = is_tree(row.first, "factor") and is_tree(row.first.children[0], "group")
        value = self.one_factor(row)
        moves = self.dependence(name)
        if not (bracketed and moves(value)):  # brackets around a number do not matter
            d = "∂" if self.is_function(name) else "d"
            self.reaches.append(Reach(f"{d}/{d}{pretty_symbol(name)}", moves))
        return self.taken_at(self.differentiated(value, below), *values)

    def dependence(self, name: str) -> Callable[[Any], bool]:
        """A test that a value may depend on the variable of the derivative, also through assumptions and definitions."""
        what = self.local.get(name) or self.scope[name]
        wrt = what.functional if isinstance(what, Head) else what

        def moves(value, seen: frozenset[Functional] = frozenset()) -> bool:
            if not isinstance(value, Basic):
                return False
            heads = {h.plain for h in value.atoms(Functional)} - seen
            if wrt in value.free_symbols or any(wrt == h.time or _same_name(wrt, h) for h in heads):
                return True
            return any(
                moves(v, seen | heads) for h, v in self.scope.assumed.items() if any(_same_name(h, a) for a in heads)
            )

        return moves

    def limit(self, tree: Branch, row: Row):
        """lim_{ε→0} (C[f+εφ] − C[f])/ε, the derivative in ε at 0. No other limit is read."""
        name, value = tree.children
        small = self.scope[str(name)]
        row.pieces[:] = unwrapped(row.pieces)
        shape = len(row.pieces) >= 3 and is_token(row.pieces[-2], "SLASH") and only_name(row.pieces[-1]) == str(name)
        if not shape or not isinstance(small, Symbol) or isinstance(small, Point) or str(value) != "0":
            raise IllFormed("the only limit in the notation is lim_{ε→0} (…)/ε, with ε declared as a number")
        above = self.row(Row(row.pieces[:-2]))
        row.pieces.clear()
        if any(small in e.variables for e in above.atoms(Subs)):
            raise IllFormed(f"{small} is bound twice, by a limit and one inside it; rename one of them")
        self.refuse_divergence(above, small)
        return self.presumed(Subs(Derivative(above, small), small, 0))

    def refuse_divergence(self, above, small):
        differentiated = any(small in e.variables for e in above.atoms(Derivative))  # first, then ε = 0
        at_zero = Subs(above, small, S.Zero) if differentiated else above.xreplace({small: S.Zero})
        try:
            vanishes = at_zero == 0 or equal(at_zero, S.Zero)
        except (Undecidable, RecursionError):
            vanishes = False
        if not vanishes:
            raise IllFormed(
                f"the numerator of the limit does not visibly vanish at {small} = 0, as that of a derivative does"
            )
