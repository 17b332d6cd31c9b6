"""Sums, products and powers. A product is a row of pieces, taken from the left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lark import Tree
from sympy import Basic, Pow, Rational, S

from ..calculus import Over, Point, Space
from ..errors import IllFormed
from .bounds import MAX_BITS
from .declared import Scope, described
from .tokens import located
from .trees import (
    Branch,
    Row,
    at,
    cut_at_transpose,
    differentials_in,
    filled,
    is_name,
    is_transposed,
    is_tree,
    line_of,
    signs_in,
    unmatched,
)

MAX_EXPONENT = 32
NO_TRANSPOSE = "ᵀ belongs to the first factor of aᵀ b or aᵀ K b"


@dataclass(frozen=True)
class Reach:
    """A derivative of one factor. A reader takes d/dt 1/2 Σ_i θ_i² for the derivative of the whole product."""

    form: str  # d/dt
    moves: Callable[[Any], bool]  # true if it depends on the variable

    def refuse(self, factor) -> None:
        if self.moves(factor):
            raise IllFormed(
                f"{self.form} differentiates one factor, and another one after it depends on the same variable: write "
                f"{self.form} (…) around all that is differentiated, and the other factors in front of it"
            )


class Products:
    """The reader of sums and products in one formula, with its state."""

    def __init__(self, scope: Scope):
        self.scope = scope
        self.local: dict[str, Point] = {}  # indices whose range is written at their Σ
        self.bound: list[str] = []  # names bound by outer binders
        self.ever_bound: dict[str, int] = {}  # with the line
        self.implicit: tuple[Point, ...] = ()  # of a function that is written without its points
        self.left_open: list[Point] | None = None  # the index left open by aᵀ; None outside of aᵀ … b
        self.contracted: list[Point] = []  # all the indices left open
        self.derivatives = 0
        self.reaches: list[Reach] = []  # derivatives of one factor, in the current row
        self.behind: list[Branch] | None = None  # brackets after the current factor; None if they belong to it
        self.size = 0  # of the formula, with all its definitions unfolded
        self.written: dict[
            Basic, None
        ] = {}  # parts that must have a value, even if they cancel: in the order of reading

    if TYPE_CHECKING:  # the pieces, which Binders, Names and Formula read

        def __getattr__(self, piece: str) -> Any: ...

    def sum(self, tree: Branch) -> Any:
        total, sign = S.Zero, 1
        for child in tree.children:
            if isinstance(child, Tree):
                with at(child):
                    total += sign * self.product(child)
            elif child is not None:
                sign = 1 if child.type == "PLUS" else -1
        return total

    def product(self, tree: Branch) -> Any:
        row = Row(list(tree.children))
        value = self.row(row)
        if row:
            said = unmatched(signs_in(tree.children), differentials_in(tree.children))
            raise located(IllFormed(said), line_of(row.first))
        return value

    def row(self, row: Row) -> Any:
        """The product up to the end, or up to the first differential."""
        value: Any = S.One
        around, self.behind = self.behind, None
        outside, self.reaches = self.reaches, []
        if row and row.is_sign():
            raise IllFormed(f"{row.first} follows no factor")
        while row and not is_tree(row.first, "differential"):
            sign, before = row.sign(), list(self.reaches)
            if is_tree(row.first, "differential"):
                raise IllFormed("a differential follows its factors without a sign")
            with at(row.first):
                if sign == "SLASH":
                    factor = self.presumed(S.One / self.divisor(row))
                elif sign == "TENSOR":
                    self.piece(row)
                    raise IllFormed("⊗ is not in the notation; write the product with its indices and points")
                elif is_transposed(row.first):
                    factor = self.contraction(row)
                else:
                    factor = self.piece(row)
                for reach in before:
                    reach.refuse(factor)
            value *= factor
        self.behind, self.reaches = around, outside
        return value

    def contraction(self, row: Row):
        """aᵀ b or aᵀ K b: the omitted index of a is that of b, or the first of K."""
        first, posts = cut_at_transpose(row.take())
        self.left_open, self.contracted = [], []
        with at(first):
            value = self.piece(Row([first])) * self.times(posts)
            if not self.contracted:
                raise IllFormed("ᵀ belongs after a vector, written without its index: g(x)ᵀ h(x) is Σ_j g_j(x) h_j(x)")
        while self.left_open:
            if not row or not is_tree(row.first, "factor", "fraction"):
                raise IllFormed("ᵀ needs a vector after it, written without its index: g(x)ᵀ h(x)")
            value *= self.piece(row)
        self.left_open = None
        return Over(value, *self.contracted)

    def matched(self, spaces: list[Space]) -> list[Point] | None:
        """The omitted indices of a vector or a matrix in aᵀ K b."""
        if self.left_open is None or len(spaces) > 2 or (not self.contracted and len(spaces) > 1):
            return None
        if self.contracted and not self.left_open:
            raise IllFormed("one vector too many after ᵀ: only aᵀ b and aᵀ K b are read; give it its index")
        if not all(p.space == s for p, s in zip(self.left_open, spaces)):
            raise IllFormed(f"ᵀ multiplies {described(self.left_open[0])} with {described(spaces[0].point())}")
        following = [s.point().fresh() for s in spaces[len(self.left_open) :]]
        found = [*self.left_open, *following]
        self.contracted += following
        self.left_open = following
        return found

    def divisor(self, row: Row):
        if row and is_tree(row.first, "integral", "summation", "limit", "differential", "operator"):
            raise IllFormed("/ divides by the one factor after it; put a sum or an integral there in brackets")
        below = self.one_factor(row)
        if below == 0:
            raise IllFormed("division by 0")
        return below

    def one_factor(self, row: Row) -> Any:
        """The next factor without the brackets after it, which are the factor after that: 1/2 (a + b) is half of a + b."""
        around, self.behind = self.behind, []
        value = self.piece(row)
        row.pieces[:0] = self.behind
        self.behind = around
        return value

    def piece(self, row: Row) -> Any:
        tree = row.take()
        with at(tree):
            return getattr(self, tree.data)(tree, row)

    # powers, and brackets after a factor

    def posted(self, value, posts: Iterable[Branch]):
        posts = list(posts)
        for n, post in enumerate(posts):
            if post.data == "transpose":
                raise IllFormed(NO_TRANSPOSE)
            if post.data == "superscript":
                if n and posts[n - 1].data == "superscript":
                    raise IllFormed("a power of a power is ambiguous; write (a^2)^3, or a^8")
                value = self.power(value, self.exponent(post))
            elif post.data == "value":
                value = self.taken_at(value, post)
            elif post.data == "arguments":
                return value * self.times(posts[n:])
            else:
                raise IllFormed("an index or a function after a factor that takes none")
        return value

    def times(self, posts: list[Branch]):
        """The factor (a + b)_… after a factor that needs no more arguments; 1 if there is none."""
        if not posts:
            return S.One
        factor = self.bracketed(posts)
        if self.behind is None:
            return self.factor(factor)
        self.behind.append(factor)
        return S.One

    def bracketed(self, posts: list[Branch]) -> Branch:
        first, *rest = posts
        if not is_tree(first, "arguments") or len(filled(first)) != 1 or first.children[-1] is not None:
            raise IllFormed("the expression in brackets here is neither an argument nor a factor")
        return Tree("factor", [Tree("group", [first.children[0]], first.meta), *rest], first.meta)

    def exponent(self, post: Branch) -> Any:
        inside = post.children[0]
        value = self.sum(inside) if isinstance(inside, Tree) else None if is_name(inside) else Rational(str(inside))
        if value is None or not value.is_Rational or max(abs(value.p), value.q) > MAX_EXPONENT:
            raise IllFormed(f"an exponent is a number of size ≤ {MAX_EXPONENT}; write exp(…) for an exponential")
        return value

    def power(self, value: Any, exponent: Rational):
        inner = value.args[1] if value.is_Pow and value.args[1].is_Rational else S.One
        if abs(inner * exponent) > MAX_EXPONENT:
            raise IllFormed(f"a power beyond {MAX_EXPONENT}")
        if value.is_Rational and abs(exponent) * max(value.p.bit_length(), value.q.bit_length()) > MAX_BITS:
            raise IllFormed("a power of a number with too many digits")
        if value == 0 and exponent < 0:
            raise IllFormed("division by 0")
        if exponent.is_Integer and exponent >= 0:
            return value**exponent
        self.presumed(Pow(value, exponent, evaluate=False))
        return value**exponent

    def presumed(self, e: Any) -> Any:
        """The expression, recorded: SymPy makes 1 of V/V and −c of √(−c)², which hides the parts that must have a value."""
        if not e.is_Rational:
            self.written[e] = None
        return e
