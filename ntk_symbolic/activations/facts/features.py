"""Properties of φ from its expression: parity, homogeneity, smoothness, growth."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Pow, S, expand, log, re

from ...elementary.queries import regular
from ...errors import NoClosedForm
from ..form.pieces import Piece, split
from ..form.terms import read
from ..form.variables import u
from .shape import degree, joints, parity, step, vanishes

KINDS = ("power", "exponential", "gaussian")  # of growth, the slowest first
ORDERS = 40  # derivatives compared at a breakpoint; powers end at 20, and exponentials differ early


@dataclass(frozen=True)
class Features:
    """The properties of an activation.

    parity      "even", "odd" or ""
    degree      p if φ(su) = s^p φ(u) for s > 0, otherwise None
    breaks      (place, order of the first derivative that jumps there); order 0 is a jump of φ itself, −1 a pole
    smooth      True if the pieces are known to be smooth, as for φ composed of functions without singularities
    growth      the growth of |φ|: ("power", n), ("exponential", rate), ("gaussian", A) for exp(A u²); None if unknown
    """

    parity: str
    degree: Expr | None
    breaks: tuple[tuple[Expr, int], ...]
    smooth: bool
    growth: tuple[str, Expr] | None

    @property
    def jumps(self) -> bool:
        return any(order == 0 for _, order in self.breaks)

    @property
    def smoothness(self) -> int | None:
        """The largest k with φ in C^k, −1 if φ is not continuous, None if it is in C^∞."""
        return max(min(order for _, order in self.breaks) - 1, -1) if self.breaks else None


def features(phi: Expr) -> Features:
    """The properties of φ. Raises NoClosedForm if breakpoints are not found exactly.

    >>> from sympy import Max
    >>> features(Max(u, 0)**2)
    Features(parity='', degree=2, breaks=((0, 2),), smooth=True, growth=('power', 2))
    """
    pieces = split(phi, u)
    breaks = tuple((right.lo, _order(left, right)) for left, right in joints(pieces))
    word = {1: "even", -1: "odd", 0: ""}[parity(pieces)]
    return Features(word, degree(pieces), breaks, all(_smooth(piece.expr) for piece in pieces), _growth(pieces))


def _order(left: Piece, right: Piece) -> int:
    if step(left, right) is None:
        return -1
    difference = right.expr - left.expr
    for order in range(ORDERS):
        if not vanishes(difference.subs(u, right.lo)):
            return order
        difference = difference.diff(u)
    raise NoClosedForm(f"the pieces on the two sides of u = {right.lo} do not differ: write them as one")


def _smooth(e: Expr) -> bool:
    """True if e consists of functions without singularities on the line, and of roots, powers and logarithms of positives."""
    if not e.has(u) or e == u:
        return True
    if isinstance(e, Pow) and not (e.exp.is_Integer and e.exp > 0):
        return bool(e.base.is_positive) and all(map(_smooth, e.args))
    if isinstance(e, log):
        return bool(e.args[0].is_positive) and _smooth(e.args[0])
    known = e.is_Add or e.is_Mul or isinstance(e, (Pow, *regular()))
    return known and all(map(_smooth, e.args))


def _growth(pieces: list[Piece]) -> tuple[str, Expr] | None:
    try:
        ends = [_end(pieces[0].expr, S.NegativeOne), _end(pieces[-1].expr, S.One)]
    except NoClosedForm:
        return None
    return max(ends, key=lambda end: (KINDS.index(end[0]), end[1]))


def _end(e: Expr, side: Expr) -> tuple[str, Expr]:
    """The growth at −∞ or +∞. An erf is ±1 there, and its remainder decays faster than an exponential grows."""
    left: dict[tuple[Expr, Expr, int], Expr] = {}
    for (n, A, L, edge), coef in read(e, u).items():
        if A >= 0 and (edge is None or edge.p * side > 0):
            left[A, L, n] = expand(left.get((A, L, n), S.Zero) + coef)
    found = [(A, side * re(L), S(n)) for (A, L, n), coef in left.items() if coef != 0]
    fastest = max((A for A, _, _ in found), default=S.Zero)
    if fastest > 0:
        return "gaussian", fastest
    alive = [(r, n) for _, r, n in found]
    rate = max((r for r, _ in alive), default=S.NegativeOne)
    if rate > 0:
        return "exponential", rate
    return "power", max((n for r, n in alive if r == 0), default=S.Zero)
