"""Names for expressions: K_jl(x, x') for a sum, ‖g‖²_K for a double integral. And what is assumed of a functional."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sympy import Basic, Expr, Subs, Symbol, Tuple
from sympy.core.symbol import Str

from ..errors import IllFormed
from .binders import Lam, Node
from .functionals import Functional, as_function, instantiate
from .spaces import Point, as_points


class Definition(Basic):
    r"""A name for the values of `body`, a Lam. `functions` are placeholders in it, replaced by the functions given.

    Without a pattern it prints like a function of its points; a pattern has one %s for each function:
    Definition("norm", Lam(body), functions=[g], latex=r"\left\lVert %s\right\rVert_{K}^{2}", text="‖%s‖²_K").
    """

    def __new__(cls, name, body, functions=(), latex="", text=""):
        name, latex, text = (str(a) for a in (name, latex, text))
        loose = sorted(str(s) for s in body.free_symbols if isinstance(s, Point))
        if loose:
            raise IllFormed(f"the definition of {name} depends on {', '.join(loose)}, which it does not take")
        return Basic.__new__(cls, Str(name), body, Tuple(*functions), Str(latex), Str(text))

    name = property(lambda self: self.args[0].name)
    body = property(lambda self: self.args[1])
    functions = property(lambda self: tuple(self.args[2]))
    latex = property(lambda self: self.args[3].name)
    text = property(lambda self: self.args[4].name)

    def _xreplace(self, rule):
        # The ε of a derivative inside is not the ε outside.
        rule = {old: new for old, new in rule.items() if not isinstance(old, Symbol) or old in self.free_symbols}
        return super()._xreplace(rule) if rule else (self, False)

    def __call__(self, *args):
        """First the functions, then the points."""
        n = len(self.functions)
        return Named(self, Tuple(*args[n:]), Tuple(*args[:n]))


class Named(Node):
    """What a definition gives at these points, for these functions; printed by its name."""

    definition = property(lambda self: self.args[0])
    points = property(lambda self: tuple(self.args[1]))
    functions = property(lambda self: tuple(self.args[2]))

    def __new__(cls, definition, points, functions):
        points = as_points(points, definition.body.spaces, definition.name)
        if len(functions) != len(definition.functions):
            raise IllFormed(f"{definition.name} takes {len(definition.functions)} function(s), got {len(functions)}")
        given = Tuple(*(as_function(f, g.params, definition.name) for f, g in zip(functions, definition.functions)))
        caught = sorted(str(s) for s in _inside(definition.body) & given.free_symbols)
        if caught:
            raise IllFormed(
                f"{definition.name} differentiates in {caught[0]}, which its argument holds: rename one of them"
            )
        return Expr.__new__(cls, definition, points, given)

    def unfolded(self) -> Expr:
        return instantiate(self.definition.body(*self.points), dict(zip(self.definition.functions, self.functions)))

    def _eval_derivative(self, s):
        return self.unfolded().diff(s)


@cache
def _inside(body: Lam) -> set[Symbol]:
    """The ε of limits and of derivatives at 0: they stand for nothing outside."""
    return {s for e in body.atoms(Subs) for s in e.variables}


@dataclass(frozen=True)
class Assumption:
    """A functional is this function, in this theorem: gradient flow is θ̇ = (i ↦ −∂c/∂θ_i)."""

    name: str
    head: Functional
    value: Lam

    def __post_init__(self):
        as_function(self.value, self.head.params, self.head.name)
