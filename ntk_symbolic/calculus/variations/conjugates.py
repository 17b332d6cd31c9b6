"""Complex fields as two functions, ψ and ψ*; the derivatives are those of Wirtinger."""

from __future__ import annotations

from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    Derivative,
    Dummy,
    Function,
    I,
    Integral,
    Mul,
    Pow,
    Subs,
    Sum,
    Symbol,
    conjugate,
    im,
    re,
    sqrt,
)
from sympy.core.function import AppliedUndef, UndefinedFunction

from ...errors import IllFormed
from ..smoothness import SMOOTH

PARTS = (conjugate, re, im, Abs)


class Conjugates:
    """A map from functions ψ to functions that stand for ψ*, for expressions with both.

    Variables of integration and arguments of functions are real. Other symbols keep their conjugates, and so do
    functions that are not declared real.
    """

    def __init__(self, *expressions: Any):
        self.names = {str(a) for e in expressions if isinstance(e, Basic) for a in e.atoms(Symbol)}
        self.names |= {a.func.__name__ for e in expressions if isinstance(e, Basic) for a in e.atoms(AppliedUndef)}
        self.bars: dict[Any, Any] = {}
        values = [a for e in expressions if isinstance(e, Basic) for a in e.atoms(AppliedUndef)]
        self.real = frozenset(s for a in values for s in a.args if isinstance(s, Symbol))

    def of(self, f) -> UndefinedFunction:
        if f not in self.bars:
            name = f"{f.__name__}_bar"
            while name in self.names:
                name += "_"
            self.names.add(name)
            self.bars[f] = Function(name)
        return self.bars[f]

    def written(self) -> dict[str, Any]:
        """A map from the name of the function for ψ* to the notation of ψ*."""
        return {bar.__name__: lambda *at, f=f: conjugate(f(*at)) for f, bar in self.bars.items()}

    def split(self, e: Any, real=frozenset()) -> Any:
        """The expression in ψ and the function for ψ*, without conjugates, moduli, and real or imaginary parts."""
        if not isinstance(e, Basic) or not e.has(*PARTS):
            return e
        real = real | self.real | (set(e.variables) if isinstance(e, (Integral, Sum)) else set())
        if isinstance(e, Pow) and isinstance(e.base, Abs) and self._is_complex(e.base):
            return self._square(e.base.args[0], real) ** (e.exp / 2)
        if isinstance(e, PARTS) and self._is_complex(e):
            return self._part(e, self.split(e.args[0], real), real)
        return e.func(*(self.split(a, real) for a in e.args))

    @staticmethod
    def _is_complex(e) -> bool:
        return bool(e.atoms(AppliedUndef))

    def _part(self, e, inner, real):
        if isinstance(e, Abs):
            return sqrt(self._square(e.args[0], real))
        star = self._conjugated(inner, real)
        if isinstance(e, conjugate):
            return star
        return (inner + star) / 2 if isinstance(e, re) else (inner - star) / (2 * I)

    def _square(self, e, real):
        inner = self.split(e, real)
        return inner * self._conjugated(inner, real)

    def _conjugated(self, e: Any, real) -> Any:
        """The conjugate: ψ ↔ ψ*, i ↦ −i."""
        if isinstance(e, AppliedUndef):
            back = {bar: f for f, bar in self.bars.items()}
            return (back.get(e.func) or self.of(e.func))(*e.args)
        if not e.atoms(AppliedUndef):
            return self._constant(e, real)
        if isinstance(e, (Integral, Sum)):
            return e.func(self._conjugated(e.function, real | set(e.variables)), *e.limits)
        if isinstance(e, Derivative):
            return e.func(self._conjugated(e.expr, real | set(e.variables)), *e.variable_count)
        if isinstance(e, Subs):
            return e.func(self._conjugated(e.expr, real | set(e.variables)), e.variables, e.point)
        if isinstance(e, Pow) and e.exp.is_Integer:
            return self._conjugated(e.base, real) ** e.exp
        if isinstance(e, (Add, Mul, *SMOOTH)):
            return e.func(*(self._conjugated(a, real) for a in e.args))
        raise IllFormed(f"the conjugate of {e} is not read here: write it in psi(x) and conjugate(psi(x))")

    @staticmethod
    def _constant(e, real):
        known = {s: Dummy(s.name, real=True) for s in real}
        return conjugate(e.xreplace(known)).xreplace({d: s for s, d in known.items()})
