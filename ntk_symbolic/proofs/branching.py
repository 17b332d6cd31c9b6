"""Values that branch: |u|, sign, Max, Min and Piecewise. At a kink there is none; the sides met are kept for the judge."""

from __future__ import annotations

from typing import Any

from sympy import Max
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne, Relational
from sympy.logic.boolalg import And, BooleanAtom, Not, Or

from .drawing import NotInterpretable, Nowhere

_HOLDS = {
    Gt: lambda s: s > 0,
    Ge: lambda s: s > 0,
    Lt: lambda s: s < 0,
    Le: lambda s: s < 0,
    Eq: lambda s: False,
    Ne: lambda s: True,
}  # at an edge none is asked


class Branching:
    """Part of the interpreter: `i` is its instance, and called it gives the value of an expression."""

    i: Any

    def __call__(self, e, env) -> Any:
        raise NotImplementedError

    def absolute(self, e, env):
        value = self(e.args[0], env)
        return value * self.definite(e, value)

    def sign(self, e, env):
        return self.i.one * self.definite(e, self(e.args[0], env))

    def definite(self, e, value) -> int:
        s = self.i.sign(value)
        if not s:
            raise Nowhere(f"a kink of {type(e).__name__}")
        return self.met(e, s)

    def met(self, e, outcome):
        """Kept, so that the judge can see which branches were taken."""
        self.i.branches.setdefault(e, set()).add(outcome)
        return outcome

    def extreme(self, e, env):
        best, *others = [self(a, env) for a in e.args]
        towards = 1 if isinstance(e, Max) else -1
        for n, value in enumerate(others, 1):
            s = self.i.sign(value - best)
            if not s:
                raise Nowhere(f"a kink of {type(e).__name__}")
            best = value if s == towards else best
            self.met((e, n), s)
        return best

    def piecewise(self, e, env):
        for value, condition in e.args:
            if self.holds(condition, env):
                return self(value, env)
        raise Nowhere("outside all pieces")

    def holds(self, condition, env) -> bool:
        if isinstance(condition, BooleanAtom):
            return bool(condition)
        if isinstance(condition, (And, Or, Not)):
            parts = [self.holds(a, env) for a in condition.args]
            return (
                all(parts) if isinstance(condition, And) else any(parts) if isinstance(condition, Or) else not parts[0]
            )
        if not isinstance(condition, Relational):
            raise NotInterpretable(f"the condition {condition}")
        s = self.i.sign(self(condition.lhs, env) - self(condition.rhs, env))
        if not s:
            raise Nowhere(f"an edge of {condition}")
        return self.met(condition, _HOLDS[type(condition)](s))
