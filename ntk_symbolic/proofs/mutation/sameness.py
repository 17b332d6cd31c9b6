"""Equality of statements as trees, up to the names of bound variables and the order of terms and factors.

No rule of calculus, no canonical form and no judge is used. Binders are compared with all orders of their
own variables, never across binders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from itertools import chain, permutations, product
from math import factorial, prod
from typing import Any

from sympy import Add, Basic, Mul

from ...calculus.binders import Binder, Lam
from ...calculus.functionals import Delta
from ...calculus.spaces import Point

MAX_ORDERS = 24  # of the variables of one binder; beyond it only the written order

Names = Mapping[Point, Hashable]


def shape(e: Any, names: Names | None = None) -> Hashable:
    """A key, equal for trees that differ only in the names and the order of bound variables. `names` are those bound outside.

    >>> from ntk_symbolic.calculus import Functional, Over, Space
    >>> X = Space("X", "measure"); x, y = X.point("x"), X.point("y")
    >>> g = Functional("g", [X, X])
    >>> shape(Over(g(x, y), x, y)) == shape(Over(g(y, x), x, y))
    True
    >>> shape(g(x, y)) == shape(g(y, x))
    False
    """
    names = names or {}
    if e in names:
        return names[e]
    if isinstance(e, Lam):
        return "λ", shape(e.body, {**names, **_numbered(e.vars, len(names))})
    if isinstance(e, Binder):
        spaces = frozenset(Counter(e.spaces).items())
        return "∫", spaces, frozenset(shape(e.body, {**names, **new}) for new in _numberings(e.vars, len(names)))
    if isinstance(e, (Add, Mul, Delta)):
        return type(e), frozenset(Counter(shape(a, names) for a in e.args).items())
    if isinstance(e, Basic) and e.args and _holds_points(e):
        return type(e), tuple(shape(a, names) for a in e.args)
    return e


def _holds_points(e: Basic) -> bool:
    return any(isinstance(s, Point) for s in e.free_symbols) or e.has(Binder)


def _numbered(variables, depth: int) -> dict[Point, Hashable]:
    return {v: (depth, v.space, n) for n, v in enumerate(variables)}


def _numberings(variables, depth: int) -> Iterator[dict[Point, Hashable]]:
    """The variables of each space numbered in every order."""
    spaces = {v.space: [w for w in variables if w.space == v.space] for v in variables}
    if prod(factorial(len(group)) for group in spaces.values()) > MAX_ORDERS:
        orders = iter([tuple(spaces.values())])
    else:
        orders = product(*(permutations(group) for group in spaces.values()))
    for groups in orders:
        yield dict(chain.from_iterable(_numbered(group, depth).items() for group in groups))
