"""Queries on the trees of the grammar, and their places in the file."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

from lark import Token, Tree
from sympy import Rational

from ..calculus import Point
from ..errors import IllFormed
from .tokens import located

Branch = Any  # a Tree or a Token; lark's types are too general for their children


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
    """A context in which errors get the line of the innermost part."""
    try:
        yield
    except IllFormed as trouble:
        raise located(trouble, line_of(tree)) from None


def line_of(tree) -> int | None:
    return tree.line if isinstance(tree, Token) else getattr(tree.meta, "line", None)


def free_points(value) -> set[Point]:
    return {s for s in getattr(value, "free_symbols", ()) if isinstance(s, Point) and not s.bound}


def is_tree(piece, *kinds: str) -> bool:
    return isinstance(piece, Tree) and piece.data in kinds


def is_token(piece, kind: str) -> bool:
    return isinstance(piece, Token) and piece.type == kind


def parts(factor: Branch) -> tuple[str, list[Branch]]:
    base, *posts = factor.children
    if not is_token(base, "NAME"):
        raise IllFormed("a derivative is that of a name; write d/dt (…) for that of an expression")
    return str(base), posts


def entries(subscript: Branch) -> tuple[list[str], str | None]:
    """The names in a subscript, and the number after = in Σ_{i=1}."""
    names = [str(c) for c in subscript.children if isinstance(c, Token)]
    starts = [str(c.children[-1]) for c in subscript.children if is_tree(c, "start")]
    return names, starts[0] if starts else None


def filled(arguments: Branch) -> list[Branch]:
    return [a for a in arguments.children[:-1] if a is not None]


def only_word(tree) -> Token | None:
    """The name or number, if the tree is nothing else."""
    while isinstance(tree, Tree):
        children = [c for c in tree.children if c is not None]
        if len(children) != 1:
            return None
        (tree,) = children
    return tree if is_token(tree, "NAME") or is_token(tree, "NUMBER") else None


def only_name(tree) -> str | None:
    word = only_word(tree)
    return str(word) if word is not None and word.type == "NAME" else None


def is_power(post) -> bool:
    """True if this superscript is a number."""
    if not is_tree(post, "superscript"):
        return False
    inside = post.children[0]
    return not any(inside.scan_values(is_name)) if isinstance(inside, Tree) else not is_name(inside)


def is_arguments(post, points: bool) -> bool:
    """True for (x, x') or (x; θ) after a function: points are names or numbers, all else in brackets is a factor."""
    return post.data == "arguments" and (
        post.children[-1] is not None
        or (points and all(only_word(a) or number_in(a) is not None for a in filled(post)))
    )


def is_transposed(piece) -> bool:
    """True if ᵀ follows it, as in δC/δf(x)ᵀ."""
    if is_tree(piece, "fraction"):
        return is_transposed(piece.children[-1])
    return is_tree(piece, "factor") and any(is_tree(post, "transpose") for post in piece.children)


def cut_at_transpose(piece: Branch) -> tuple[Tree, list[Branch]]:
    """The part before the ᵀ, and the postfixes after it."""
    if piece.data == "fraction":
        *rest, last = piece.children
        last, posts = cut_at_transpose(last)
        return Tree("fraction", [*rest, last], piece.meta), posts
    n = next(n for n, post in enumerate(piece.children) if is_tree(post, "transpose"))
    return Tree("factor", piece.children[:n], piece.meta), piece.children[n + 1 :]


def is_written(token) -> bool:
    return isinstance(token, Token)


def is_name(token) -> bool:
    return is_token(token, "NAME")


def lone_fraction(group: Branch) -> Branch | None:
    """The fraction δC/δf of (δC/δf)(x), or None."""
    inside = [c for c in group.children[0].children if c is not None]
    pieces = inside[0].children if len(inside) == 1 and isinstance(inside[0], Tree) else []
    return pieces[0] if len(pieces) == 1 and is_tree(pieces[0], "fraction") else None


def lone_variation(factor: Branch) -> Branch | None:
    """The variation δF/δρ of (δF/δρ), or None."""
    base, *posts = factor.children
    inside = lone_fraction(base) if not posts and is_tree(base, "group") else None
    return inside if inside is not None and inside.children[0].type == "DELTA" else None


def letters(word: str) -> list[str]:
    out: list[str] = []
    for c in word:
        if c == "'" and out:
            out[-1] += c
        else:
            out.append(c)
    return out


def name_tree(token: Token) -> Branch:
    return Tree("sum", [Tree("product", [Tree("factor", [token])])])


def norm_name(posts) -> str:
    """The name of ‖g‖²_K, by its postfixes."""
    subs = [p for p in posts if is_tree(p, "subscript")]
    sups = [p for p in posts if is_tree(p, "superscript")]
    power = "²" if len(sups) == 1 and str(only_word(sups[0])) == "2" else ""
    return f"‖g‖{power}" + (f"_{entries(subs[0])[0][0]}" if subs else "")


def number_in(tree: Branch) -> Rational | None:
    """The number that the tree is: 0, −1, 3/2; None for others."""
    written = list(tree.scan_values(is_written))
    minus = bool(written) and is_token(written[0], "MINUS")
    kinds = [t.type for t in written[minus:]]
    if kinds not in (["NUMBER"], ["NUMBER", "SLASH", "NUMBER"]) or Rational(str(written[-1])) == 0 < len(kinds) - 1:
        return None
    value = Rational(str(written[minus])) / (Rational(str(written[-1])) if len(kinds) > 1 else 1)
    return -value if minus else value


def unwrapped(pieces: list[Branch]) -> list[Branch]:
    """The factors in brackets, if the pieces are only brackets around one product."""
    group = pieces[0].children if len(pieces) == 1 and is_tree(pieces[0], "factor") else []
    if len(group) != 1 or not is_tree(group[0], "group"):
        return pieces
    inside = [c for c in group[0].children[0].children if c is not None]
    return list(inside[0].children) if len(inside) == 1 and is_tree(inside[0], "product") else pieces


def without_value(piece: Branch) -> tuple[Branch, list[Branch]]:
    """A factor or a fraction, and the value at which it is taken: d/dε C[f + ε φ]|_{ε = 0}."""
    if is_tree(piece, "fraction"):
        *rest, last = piece.children
        last, values = without_value(last)
        return (Tree("fraction", [*rest, last], piece.meta), values) if values else (piece, [])
    if not is_tree(piece, "factor") or not is_tree(piece.children[-1], "value"):
        return piece, []
    return Tree("factor", piece.children[:-1], piece.meta), [piece.children[-1]]


def signs_in(pieces) -> int:
    return sum(int(p.children[0]) for p in pieces if is_tree(p, "integral"))


def differentials_in(pieces) -> int:
    return sum(is_tree(p, "differential") for p in pieces)


def unmatched(signs: int, differentials: int) -> str:
    said = f"{plural(signs, 'integral sign')}, {plural(differentials, 'differential')} in this product"
    return f"{said}: each ∫ needs one differential of its own, after its last factor"


def plural(n: int, word: str) -> str:
    many = {"index": "indices"}.get(word, word + "s")
    return f"{n} {word if n == 1 else many}"
