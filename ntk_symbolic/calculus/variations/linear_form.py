"""Expressions linear in a function φ, as terms: coefficients, and the arguments of φ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sympy import Add, Expr, Mul, Piecewise, S

from ...errors import IllFormed
from ..binders import Over
from ..functionals import Applied, Functional
from ..spaces import Point


@dataclass(frozen=True)
class Term:
    """∫…Σ coefficient · φ(points), the binders outermost first. The variables occur nowhere else."""

    coefficient: Expr
    value: Applied
    binders: tuple[Point, ...] = ()

    def expression(self) -> Expr:
        return Over(self.coefficient * self.value, *self.binders)


def linear_terms(e: Expr, phi: Functional) -> Iterator[Term]:
    """The terms of e, which must be linear in φ. Raises IllFormed otherwise."""
    if not takes(e, phi):
        if e != 0:
            raise IllFormed(f"{e} is not linear in {phi.name}")
    elif isinstance(e, Applied) and e.head.plain == phi:
        yield Term(S.One, e)
    elif isinstance(e, Add):
        for a in e.args:
            yield from linear_terms(a, phi)
    elif isinstance(e, Mul):
        inner = [a for a in e.args if takes(a, phi)]
        if len(inner) > 1:
            raise IllFormed(f"{e} is not linear in {phi.name}")
        rest = Mul(*(a for a in e.args if a is not inner[0]))
        for t in linear_terms(inner[0], phi):
            yield replace(t, coefficient=rest * t.coefficient)
    elif isinstance(e, Over):
        over = e.refreshed()  # an outer coefficient may contain the same integral
        for t in linear_terms(over.body, phi):
            yield replace(t, binders=over.vars + t.binders)
    elif isinstance(e, Piecewise):
        yield from _branches(e, phi)
    else:
        raise IllFormed(f"{e} is not linear in {phi.name}")


def _branches(e: Piecewise, phi: Functional) -> Iterator[Term]:
    """The branches, with those of the same value of φ together: a continuous coefficient stays continuous."""
    branches: list[dict[Applied, Expr]] = []
    for branch, _ in e.args:  # type: ignore[misc]
        coefficients: dict[Applied, Expr] = {}
        for t in linear_terms(branch, phi) if branch != 0 else ():
            if t.binders:
                raise IllFormed(f"{e}: an integral inside a Piecewise; write the Piecewise inside the integral")
            coefficients[t.value] = coefficients.get(t.value, S.Zero) + t.coefficient
        branches.append(coefficients)
    for value in dict.fromkeys(v for coefficients in branches for v in coefficients):
        pieces = [(b.get(value, S.Zero), c) for b, (_, c) in zip(branches, e.args)]  # type: ignore[misc]
        yield Term(Piecewise(*pieces, (0, True)), value)


def takes(e: Expr, head: Functional) -> bool:
    """True if this functional, or a derivative of it, occurs."""
    return any(h.plain == head for h in e.atoms(Functional))
