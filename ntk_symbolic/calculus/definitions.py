"""Names for expressions: K_jl(x, x') for a sum, ‖g‖²_K for a double integral. Assumptions on a functional."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import ClassVar

from sympy import Basic, Derivative, Expr, Subs, Symbol, Tuple
from sympy.core.symbol import Str

from ..errors import IllFormed
from .binders import Lam, Node
from .functionals import Applied, Functional, Partial, along, as_function, instantiate
from .spaces import Point, as_points


class Definition(Basic):
    r"""A name for the values of `body`, a Lam. `functions` are placeholders in it, replaced by arguments.

    Without a pattern it prints like a function of its points; a pattern has one %s for each function:
    Definition("norm", Lam(body), functions=[g], latex=r"\left\lVert %s\right\rVert_{K}^{2}", text="‖%s‖²_K").
    """

    def __new__(cls, name, body, functions=(), latex="", text=""):
        name, latex, text = (str(a) for a in (name, latex, text))
        loose = sorted(str(s) for s in body.free_symbols if isinstance(s, Point))
        if loose:
            raise IllFormed(
                f"the definition of {name} depends on {', '.join(loose)}, which are not among its arguments"
            )
        for n, f in enumerate(functions := list(functions)):
            _refuse_other_names(name, body, f)
            functions[n], body = placeholder(name, f, body)
        return Basic.__new__(cls, Str(name), body, Tuple(*functions), Str(latex), Str(text))

    name = property(lambda self: self.args[0].name)
    body = property(lambda self: self.args[1])
    functions = property(lambda self: tuple(self.args[2]))
    latex = property(lambda self: self.args[3].name)
    text = property(lambda self: self.args[4].name)

    def _xreplace(self, rule):
        # The ε of an inner derivative is not the outer ε.
        rule = {old: new for old, new in rule.items() if not isinstance(old, Symbol) or old in self.free_symbols}
        return super()._xreplace(rule) if rule else (self, False)

    def __call__(self, *args):
        """The value at these arguments: first the functions, then the points."""
        n = len(self.functions)
        return Named(self, Tuple(*args[n:]), Tuple(*args[:n]))


class Named(Node):
    """The value of a definition at these points, for these functions; printed by its name."""

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
                f"{definition.name} differentiates in {caught[0]}, which its argument contains: rename one of them"
            )
        return Expr.__new__(cls, definition, points, given)

    def unfolded(self) -> Expr:
        # The functions first: a derivative in a point does not act on the point inside a function argument.
        body, given = self.definition.body, dict(zip(self.definition.functions, self.functions))
        return Lam(instantiate(body.body, given), *body.vars)(*self.points) if given else body(*self.points)

    def shown(self) -> Expr:
        """The unfolded value, made once and shared; only for inspection, since all callers share its bound variables."""
        return _shown(self)

    def _eval_derivative(self, s):
        return self.unfolded().diff(s)


@lru_cache(maxsize=2048)
def _shown(named: Named) -> Expr:
    return named.unfolded()


def _refuse_other_names(name: str, body: Lam, f: Functional) -> None:
    """Raises IllFormed unless an argument can replace f: f may not occur in other names, nor below ∂/∂f."""
    if any(p.head.plain == f for p in body.atoms(Partial)):
        raise IllFormed(
            f"the definition of {name} differentiates in {f.name}, and must hold for any function in its place; define it for "
            f"the declared {f.name}, without a bracket"
        )
    for inner in body.atoms(Named):
        if f not in inner.definition.functions and any(h.plain == f for h in inner.definition.body.atoms(Functional)):
            raise IllFormed(
                f"the definition of {name} contains {inner.definition.name}, which is defined for the declared {f.name}; "
                f"write {inner.definition.name} out, or define it for {f.name} too: {inner.definition.name}[{f.name}] := …"
            )


class Variation(Node):
    """δJ/δf_j(x) of a defined functional, at the argument of J; with two slots δ²J/δf(x)δf(x').

    It is the density of d/dε J[f + ε φ] at 0 for φ that vanish near the ends of intervals, with respect to the measure.
    """

    density: ClassVar[Callable[[Definition, int], Lam]]  # of `variations.of_definitions`, which reads definitions
    named = property(lambda self: self.args[0])
    slots = property(lambda self: tuple(self.args[1]))

    def __new__(cls, named, slots):
        if not isinstance(named, Named) or len(named.functions) != 1:
            raise IllFormed(f"{named} is no defined functional of one function, so it has no variation")
        params = named.definition.functions[0].params
        slots = Tuple(*(as_points(slot, params, f"the variation of {named.definition.name}") for slot in slots))
        return Expr.__new__(cls, named, slots)

    def evaluated(self) -> Expr:
        """The density by the calculus of variations. Raises IllFormed if there is none."""
        definition, (function,) = self.named.definition, self.named.functions
        at = type(self).density(definition, len(self.slots))(
            *self.named.points, *(p for slot in self.slots for p in slot)
        )
        return instantiate(at, {definition.functions[0]: function})

    def _eval_derivative(self, s):
        return self.evaluated().diff(s)


@cache
def _inside(body: Lam) -> set[Symbol]:
    """The ε of limits and of derivatives at 0, which have no meaning outside."""
    return {s for e in body.atoms(Subs) for s in e.variables}


@dataclass(frozen=True)
class Assumption:
    """The assumption that a functional equals a function: gradient flow is θ̇ = (i ↦ −∂c/∂θ_i).

    For a functional of a function it is a scheme: `argument` stands in the value for any argument function,
    so C[f] = ½ ∫ (f − y)² determines C[g] for every g, and δC/δf.
    """

    name: str
    head: Functional
    value: Lam
    argument: Functional | None = None

    def __post_init__(self):
        as_function(self.value, self.head.params, self.head.name)
        if any(self.head.orders):
            raise IllFormed(
                f"{self.name}: a derivative of {self.head.name} in a point; state an assumption on {self.head.name}"
            )
        if bool(self.head.of) != (self.argument is not None):
            raise IllFormed(f"{self.name}: {self.head.name} takes a function, so name the argument that stands for it")
        if self.argument is not None:
            if self.head.order:
                raise IllFormed(
                    f"{self.name}: the explicit rate of {self.head.name}; state an assumption on {self.head.name}"
                )
            if (
                self.argument.params != self.head.of
                or placeholder(self.name, self.argument, self.value)[0] != self.argument
            ):
                raise IllFormed(f"{self.name}: {self.argument.name} cannot stand for the argument of {self.head.name}")
        if any(h.order >= self.head.order and h.same_but_for_rates(self.head) for h in self.value.atoms(Functional)):
            raise IllFormed(f"{self.name}: the right side contains {self.head.name} itself and does not determine it")

    def at(self, e: Applied) -> Expr:
        """The value of this functional at these points, for its argument function."""
        value = along(self.value, e.head.orders)(*e.points)
        return value if self.argument is None else instantiate(value, {self.argument: e.function})


def placeholder(name: str, f: Functional, body: Lam) -> tuple[Functional, Lam]:
    """A function that any other may replace in this body, and the body with it: f(x) in place of f(x; θ).

    Raises IllFormed where the body uses properties of f that not every function has: its rates, its derivatives in its
    argument, or its values for two arguments.
    """
    inside = [a for a in body.atoms(Applied) if a.head.plain == f]
    if f.of:
        if any(a.slots for a in inside) or len({str(a.function) for a in inside}) > 1:
            raise IllFormed(
                f"{name}: its body contains {f.name} for two arguments of {f.name}, or differentiates in them"
            )
        plain = Functional(f.name, f.params, time=f.time)
        lam = {f: lambda a: Applied(plain.differentiated(a.head.orders), a.args[1], a.args[2])}
        f, body = plain, Lam(instantiate(body.body, lam), *body.vars)
    rates = [h for h in body.atoms(Functional) if h.same_but_for_rates(f) and h.order != f.order]
    if rates:
        raise IllFormed(f"{name}: its body contains a rate of {f.name}, which an argument in its place does not have")
    return f, body


def refuse_circles(assuming: Sequence[Assumption]) -> None:
    """Raises IllFormed if there are two assumptions on one functional, or one that depends on itself."""
    for n, a in enumerate(assuming):
        for b in assuming[:n]:
            if a.head.same_but_for_rates(b.head):
                raise IllFormed(
                    f"{b.name} determines {a.head.name} already, so {a.name} could contradict it: keep one assumption"
                )
    left = list(assuming)
    while left:
        resting = [a for a in left if any(_may_hold(a, b) for b in left)]
        if len(resting) == len(left):
            raise IllFormed(f"assumptions depend on themselves: {', '.join(a.name for a in left)}")
        left = resting


def _may_hold(a: Assumption, b: Assumption) -> bool:
    """True if the value of a may contain the head of b; a derivative in time introduces rates."""
    inside = [h for h in a.value.atoms(Functional) if h.same_but_for_rates(b.head) and h != a.argument]
    moved = b.head.time is not None and any(b.head.time in d.variables for d in a.value.atoms(Derivative))
    return any(moved or h.order >= b.head.order for h in inside)
