"""Mistakes that weak judges accept: derivatives exchanged, an identity used elsewhere, terms that vanish on few values
or in few digits, a division by what is 0."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations
from math import prod

from sympy import Derivative, Expr, Mul, exp

from ...calculus.binders import Over
from ...calculus.definitions import Named
from ...calculus.functionals import Applied, Functional, Partial
from .mistakes import Around, Mutant, replaced, short

HIDDEN = 200  # c of exp(−c): 10^−87
FEW = 4  # values, so that three are too few


def orders_of_derivatives(e, around: Around) -> Iterator[Mutant]:
    """Mistakes in the order: d/dt ∂c/∂θ_i for ∂/∂θ_i dc/dt and vice versa, which differ if the rate depends on θ."""
    if isinstance(e, (Derivative, Partial)) and (new := with_derivatives_exchanged(e)) is not None:
        yield Mutant("order of derivatives", f"{short(e)}: derivatives exchanged", lambda: new)


def with_derivatives_exchanged(e) -> Expr | None:
    """The expression with two derivatives exchanged; None without two adjacent ones, in time or a number, and in an entry."""
    inner = e.expr
    if isinstance(e, Partial):
        if isinstance(inner, Derivative):
            return Derivative(Partial(inner.expr, e.head, e.points), *inner.variables)
        return None
    if isinstance(inner, Over):
        factors = Mul.make_args(inner.body)
        moved = [d for d in factors if isinstance(d, Partial)]
        if len(moved) == 1:
            rest = Mul(*(a for a in factors if a is not moved[0]))
            return Over(rest * Partial(Derivative(moved[0].expr, *e.variables), *moved[0].args[1:]), *inner.vars)
    if isinstance(inner, Partial):
        return Partial(Derivative(inner.expr, *e.variables), inner.head, inner.points)
    return None


def other_arguments(e, around: Around) -> Iterator[Mutant]:
    """Mistakes in arguments: a statement on C[f] used for C[g], with another function of the same points."""
    if isinstance(e, Applied) and e.function is not None:
        places, functions = [(3,)], [e.function]
    elif isinstance(e, Named):
        places, functions = [(2, n) for n in range(len(e.functions))], list(e.functions)
    else:
        return
    for place, function in zip(places, functions):
        for other in around.functionals:
            if not other.of and other.params == function.spaces and other not in function.atoms(Functional):
                name = f"{short(e)}: at {other.name}"
                yield Mutant("wrong argument", name, partial(_at_another, e, place, other))


def _at_another(e, place, other: Functional):
    return replaced(e, place, other())


def discriminants(side: Expr, around: Around) -> Iterator[Mutant]:
    """The side with Σ (a_i − a_m)² (a_i − a_n)² … added, which is 0 for at most three indices or points."""
    for a in around.functionals:
        if not a.of and len(a.params) == 1 and a.params[0].size is None and not a.params[0].interval:
            yield Mutant(
                "vanishing minor", f"a discriminant of {FEW} values of {a.name} added", partial(_plus, side, a)
            )


def hidden_terms(side: Expr, around: Around) -> Iterator[Mutant]:
    """The side with exp(−c) added, which is below the digits in which numbers are usually compared."""
    yield Mutant("hidden term", f"exp(−{HIDDEN}) added", lambda: side + exp(-HIDDEN))


def divisions(side: Expr, around: Around) -> Iterator[Mutant]:
    """The side with F/F added, where F vanishes by a fact."""
    for fact in sorted({e for e in side.atoms(Named) if getattr(e.definition, "sign", "") == "zero"}, key=str):
        yield Mutant("division by a fact", f"{short(fact)} over itself added", partial(_over_itself, side, fact))


def _over_itself(side: Expr, fact: Named) -> Expr:
    return side + fact / fact.unfolded()


def _plus(side: Expr, a: Functional) -> Expr:
    points = [a.params[0].point(f"{a.params[0].letter}{n}") for n in range(FEW)]
    return side + Over(prod((a(p) - a(q)) ** 2 for p, q in combinations(points, 2)), *points)


KINDS = (orders_of_derivatives, other_arguments)
OF_THE_WHOLE = (discriminants, hidden_terms, divisions)
