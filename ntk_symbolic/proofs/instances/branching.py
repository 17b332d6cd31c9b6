"""Values that branch: |u|, sign, Max, Min and Piecewise. The branches that occur are recorded for the judge.

At a kink there is a value, and no derivative. At a jump the value at the kink itself must occur as well.
"""

from __future__ import annotations

from typing import Any

from sympy import Abs, Max, Mul, Piecewise, expand, sign
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne, Relational
from sympy.logic.boolalg import And, BooleanAtom, Not, Or

from ...calculus.functionals import Applied
from .drawing import Kink, NotInterpretable, Nowhere
from .jets import Jet

SIDES, EDGE = frozenset({1, -1}), frozenset({1, 0, -1})
_HOLDS = {
    Gt: lambda s: s > 0,
    Ge: lambda s: s >= 0,
    Lt: lambda s: s < 0,
    Le: lambda s: s <= 0,
    Eq: lambda s: s == 0,
    Ne: lambda s: s != 0,
}


class Branching:
    """A part of the interpreter: `i` is its instance, and a call returns the value of an expression."""

    i: Any

    def __call__(self, e, env) -> Any:
        raise NotImplementedError

    def absolute(self, e, env):
        value = self(e.args[0], env)
        return value * self.side(e, value, SIDES)

    def sign(self, e, env):
        return self.i.one * self.side(e, self(e.args[0], env), self.at_a_jump(e.args[0], env))

    def at_a_jump(self, of, env) -> frozenset:
        """The branches that must occur: also the edge, except below a derivative or at one point of an integral."""
        bound = {p for p in env.points if p.space.interval} if env.level else set()
        null = of.free_symbols & (env.symbols | bound) and not of.has(Applied)
        return SIDES if env.step or null else EDGE

    def side(self, e, value, wanted: frozenset) -> int:
        """1, 0 or −1: the sign of the argument of the kink."""
        s = self.i.sign(value)
        if not s and isinstance(value, Jet):
            raise Nowhere("a kink, where there is no derivative")
        self.i.branches.setdefault(Kink(e, wanted), set()).add(s)
        return s

    def extreme(self, e, env):
        best, *others = [self(a, env) for a in e.args]
        towards = 1 if isinstance(e, Max) else -1
        for n, value in enumerate(others, 1):
            so_far = e if n == len(others) else e.func(*e.args[: n + 1], evaluate=False)
            best = value if self.side(so_far, value - best, SIDES) == towards else best
        return best

    def rooted(self, base, env) -> None:
        """Records the sign of q at √(q²), which is q on one side of q = 0 only."""
        for square in Mul.make_args(base):
            root, power = square.as_base_exp()
            if power.is_even and root.is_nonnegative is None and root.is_nonpositive is None:
                self.side(square, self.i.constant(self.i.sign(self(root, env))), SIDES)

    def piecewise(self, e, env):
        smooth = _continuous(e)
        for value, condition in e.args:
            if self.holds(condition, env, smooth):
                return self(value, env)
        raise Nowhere("outside all pieces")

    def holds(self, condition, env, smooth: bool) -> bool:
        if isinstance(condition, BooleanAtom):
            return bool(condition)
        if isinstance(condition, (And, Or, Not)):
            parts = [self.holds(a, env, smooth) for a in condition.args]
            return (
                all(parts) if isinstance(condition, And) else any(parts) if isinstance(condition, Or) else not parts[0]
            )
        if not isinstance(condition, Relational):
            raise NotInterpretable(f"the condition {condition}")
        over = condition.lhs - condition.rhs
        wanted = SIDES if smooth else self.at_a_jump(over, env)
        return _HOLDS[type(condition)](self.side(condition, self(over, env), wanted))


def _continuous(e: Piecewise) -> bool:
    """True if neighbouring pieces meet at their common edges; decided for edges linear in a value, or in its modulus."""
    return all(_meet(a, b, condition) for (a, condition), (b, _) in zip(e.args, e.args[1:]))


def _meet(a, b, condition) -> bool:
    if not isinstance(condition, (Gt, Ge, Lt, Le)):
        return False
    over = condition.lhs - condition.rhs
    moduli = sorted(over.atoms(Abs), key=str)
    if len(moduli) > 1 or over.has(sign):
        return False
    sides = [{m: n * m.args[0] for m in moduli} for n in ((1, -1) if moduli else (1,))]
    return all(_vanishes_where((a - b).xreplace(side), over.xreplace(side)) for side in sides)


def _vanishes_where(difference, over) -> bool:
    """True if difference = 0 wherever over = 0."""
    for y in sorted(over.atoms(Applied) or over.free_symbols, key=str):
        slope = expand(over).coeff(y)
        if slope and not slope.has(y) and not expand(over - slope * y).has(y):
            return expand(difference.xreplace({y: expand(y - over / slope)})) == 0
    return False
