"""SymPy's own ∫ and Σ between numbers: a rule of quadrature, a loop. Functionals do not occur in them."""

from __future__ import annotations

from functools import reduce
from typing import Any

from .drawing import NotInterpretable
from .jets import plus


class Totals:
    """A part of the interpreter: `i` is its instance, and a call returns the value of an expression."""

    i: Any

    def __call__(self, e, env) -> Any:
        raise NotImplementedError

    def quadrature(self, e, env):
        """SymPy's ∫ of numbers."""
        return self.iterated(e.function, e.limits, env)

    def iterated(self, body, limits, env):
        if not limits:
            return self(body, env)
        *inner, (v, lo, hi) = self.proper(limits)

        def integrand(x):
            return self.iterated(body, inner, env.where(v, x))

        ends = self(lo, env), self(hi, env)
        out = reduce(plus, (integrand(x) * w for x, w in self.i.rule(*ends)), self.i.zero)
        self.i.settled(body, ends, out, integrand)
        return out

    def proper(self, limits):
        if any(len(limit) != 3 for limit in limits):
            raise NotInterpretable("an integral or a sum without limits")
        return limits

    def finite_sum(self, e, env):
        """SymPy's Σ of numbers."""
        return self.summed(e.function, e.limits, env)

    def summed(self, body, limits, env):
        if not limits:
            return self(body, env)
        *inner, (n, lo, hi) = self.proper(limits)
        steps = range(self.i.whole(self(lo, env)), self.i.whole(self(hi, env)) + 1)
        terms = [self.summed(body, inner, env.where(n, self.i.constant(k))) for k in steps]
        self.i.adding(body, terms)
        return self.i.rounded(reduce(plus, terms, self.i.zero), terms)
