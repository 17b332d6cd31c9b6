"""Facts given by hypotheses: expressions that vanish or are nonnegative; and expressions with a sign by their form."""

from __future__ import annotations

from sympy import Add, Dummy, Expr, Mul, Number, Poly, Pow, Symbol, exp
from sympy.core.symbol import Str

from ..calculus.binders import Node, Over
from ..calculus.definitions import Definition, Named
from ..calculus.functionals import Delta
from ..calculus.rules import needs_no_grant
from ..calculus.spaces import Mass, Point, Space
from ..elementary import queries as elementary
from ..errors import IllFormed

ZERO, NONNEGATIVE = "zero", "nonnegative"


class Fact(Definition):
    r"""A definition whose value is known: 0, or at least 0, for all points and functions as arguments.

    It grants itself by its name: a hypothesis with `grants=("K ⪰ λ",)` permits Fact("K ⪰ λ", Lam(…), NONNEGATIVE).
    Called, it is a factor of the gap of a step.
    """

    def __new__(cls, name, body, sign, functions=(), latex="", text=""):
        self = super().__new__(cls, name, body, functions, latex, text)
        if needs_no_grant(str(name)):
            raise IllFormed(f"the fact {name}: that is the name of a rule which needs no hypothesis; choose another")
        if str(sign) not in (ZERO, NONNEGATIVE):
            raise IllFormed(f"the fact {name}: its sign is {ZERO!r} or {NONNEGATIVE!r}, not {sign!r}")
        return super(Definition, cls).__new__(cls, self.args[0], body, Str(str(sign)), *self.args[2:])

    sign = property(lambda self: self.args[2].name)
    functions = property(lambda self: tuple(self.args[3]))
    latex = property(lambda self: self.args[4].name)
    text = property(lambda self: self.args[5].name)


def used_facts(e: Expr) -> tuple[str, ...]:
    """The names of the facts in the expression."""
    return tuple(sorted({n.definition.name for n in e.atoms(Named) if isinstance(n.definition, Fact)}))


def vanishes_by_facts(e: Expr) -> bool:
    """True if every term contains a fact that vanishes."""
    if isinstance(e, Add):
        return all(map(vanishes_by_facts, e.args))
    if isinstance(e, Mul):
        return any(map(vanishes_by_facts, e.args))
    if isinstance(e, Over):
        return vanishes_by_facts(e.body)
    return e == 0 or _is_fact(e, ZERO)


def nonnegative(e: Expr) -> bool:
    """True if it is nonnegative by its form: sums, products and integrals of squares and of nonnegative facts.

    Functionals and points are real; a symbol is if its assumptions imply it.
    """
    if isinstance(e, (Add, Mul)):
        return all(map(nonnegative, e.args)) or bool(e.is_nonnegative) or _between_its_ends(e)
    if isinstance(e, Over):
        return nonnegative(e.body) and all(map(_is_measure, e.spaces))
    if isinstance(e, Pow):
        return (
            (bool(e.exp.is_even) and _real(e.base)) or (_real(e.exp) and nonnegative(e.base)) or bool(e.is_nonnegative)
        )
    if isinstance(e, elementary.nonnegative()):
        return _real(e)
    if isinstance(e, Mass):
        return _is_measure(e.space)
    if isinstance(e, Named) and not isinstance(e.definition, Fact):
        return nonnegative(e.shown())
    return isinstance(e, Delta) or _is_fact(e, NONNEGATIVE) or bool(e.is_nonnegative) or _between_its_ends(e)


def visibly_positive(e: Expr) -> bool:
    """True if it is positive by its form. No measure and no set of indices is empty."""
    c, rest = e.as_coeff_Add()
    inside = isinstance(e, Over) and visibly_positive(e.body) and not any(s.interval for s in e.spaces)
    of_reals = isinstance(e, exp) or (isinstance(e, elementary.positive()) and _real(e))
    return bool(e.is_positive or of_reals or inside or (c.is_positive and nonnegative(rest)))


def _is_measure(space: Space) -> bool:
    """True if its density is shown to be nonnegative; an abstract measure is so by hypothesis."""
    s = Dummy(space.letter, real=True, nonnegative=(bool(space.interval) and space.interval[0].is_nonnegative) or None)
    density = space.density.xreplace({Symbol(space.letter): s})
    if density.is_nonnegative:
        return True
    if not (space.interval and density.is_polynomial(s) and all(q.is_Rational for q in Poly(density, s).coeffs())):
        return False
    lo, hi = space.interval
    if not (lo.is_finite and hi.is_finite):
        return False
    turns = any(lo < r < hi for r in Poly(density, s).real_roots())
    return not turns and bool(density.subs(s, (lo + hi) / 2) > 0)


def _between_its_ends(e: Expr) -> bool:
    """True for expressions such as 1 − s on [0, 1]: affine in one point of an interval, nonnegative at both ends."""
    (s, *others) = e.free_symbols or (None,)
    if others or not isinstance(s, Point) or not s.space.interval or e.has(Node) or e.diff(s, 2) != 0:
        return False
    return all(end.is_finite and e.xreplace({s: end}).is_nonnegative for end in s.space.interval)


def _real(e: Expr) -> bool:
    """True if it is made of real parts by sums, products, integer powers, real functions and integrals."""
    if isinstance(e, (Symbol, Number)) or not e.args:
        return isinstance(e, Point) or bool(e.is_real)
    if isinstance(e, Pow):
        return (bool(e.exp.is_integer) and _real(e.base)) or bool(e.is_real)
    if isinstance(e, (Add, Mul, *elementary.everywhere())):
        return all(map(_real, e.args)) or bool(e.is_real)
    if isinstance(e, Over):
        return _real(e.body)
    return isinstance(e, Node) or bool(e.is_real)


def _is_fact(e: Expr, sign: str) -> bool:
    return isinstance(e, Named) and isinstance(e.definition, Fact) and e.definition.sign == sign
