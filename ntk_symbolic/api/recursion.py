"""The recursion of a network in LaTeX: the dual kernel of each activation is named once, and equal layers are written once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..errors import NTKSymbolicError
from ..networks.graph import Graph

if TYPE_CHECKING:
    from sympy import Eq, Expr

LAW = r"(u, v) \sim N\left(0, \left(\begin{smallmatrix} a & c \\ c & b \end{smallmatrix}\right)\right)"
LONGEST = 400  # characters of LaTeX of a closed form that is written out beside the recursion


class Formulas(tuple):
    """Equations, which a notebook shows as such."""

    def _repr_latex_(self) -> str:
        return aligned(line for eq in self for line in rows(eq))


@dataclass(frozen=True)
class _Named:
    """An activation whose dual kernels are functions with names instead of formulas."""

    index: str
    jumps: bool

    @property
    def dual_expr(self) -> Expr:
        return self._kernel(r"\kappa")

    @property
    def dual_dot_expr(self) -> Expr:
        return self._kernel(r"\dot{\kappa}")

    @property
    def mean_expr(self) -> Expr:
        from sympy import Function

        from ..activations.dual import a

        return Function(r"\mu" + self.index)(a)

    def _kernel(self, sign: str) -> Expr:
        from sympy import Function

        from ..activations.dual import a, b, c

        return Function(sign + self.index)(a, b, c)


def network_latex(graph: Graph) -> str | None:
    """The recursion for a notebook; None where it is not known whether φ jumps."""
    try:
        return aligned([*_definitions(graph), *recursion(graph)])
    except NTKSymbolicError:
        return None


def aligned(lines: Iterable[str]) -> str:
    body = r" \\ ".join(line.replace(" = ", " &= ", 1) for line in lines)
    return rf"$$\begin{{align*}} {body} \end{{align*}}$$"


def recursion(graph: Graph) -> Iterator[str]:
    """left = right for Σ and for Θ (without it where an activation jumps), in the order of the places with names."""
    from ..layers.formula import formula

    named = _named(graph)
    nodes = (replace(n, argument=named[n.argument]) if n.word == "elementwise" else n for n in graph.nodes)
    written = [list(rows(eq)) for eq in formula(replace(graph, nodes=tuple(nodes)))]
    yield from written[0]
    for alike, run in groupby(enumerate(written[1:], 2), lambda item: [_from(item[0], line) for line in item[1]]):
        (first, lines), *others = run
        if others:
            last = first + len(others)
            between = r"\ldots, " if others[1:] else ""
            lines = [*alike]
            lines[-1] += rf" \qquad \text{{for }} \ell = {first - 1}, {between}{last - 1}"
        yield from lines


def rows(eq: Eq) -> Iterator[str]:
    """One line of LaTeX for each entry of an equation between columns."""
    from sympy import Function, Symbol, latex

    from ..layers.formula import x, x_

    inner, product = Function("dot")(x, x_), Symbol(r"x^{\top} x'")
    for left, right in zip(eq.lhs, eq.rhs):  # type: ignore[arg-type]
        line = f"{latex(left)} = {latex(right.subs(inner, product))}"
        yield re.sub(r"\\operatorname\{d(Sigma|Theta)\}", r"\\mathrm{d}\\\1", line)


def _from(number: int, line: str) -> str:
    """The line with ℓ + 1 for this number."""

    def label(found: re.Match[str]) -> str:
        above = int(found[2]) - number + 1
        return f"{found[1]}_{{" + (rf"\ell {above:+}".replace("+", "+ ").replace("-", "- ") if above else r"\ell") + "}"

    return re.sub(r"(\\(?:Sigma|Theta))_\{(\d+)\}", label, line)


def _named(graph: Graph) -> dict[Any, _Named]:
    """One kind of activation has κ, several have κ₁, κ₂ … in the order in which they occur."""
    kinds = list(dict.fromkeys(graph.activations))
    jumps = any(phi.jumps for phi in kinds)  # of one of them: then there is no Θ of the network
    return {phi: _Named(f"_{{{n}}}" if len(kinds) > 1 else "", jumps) for n, phi in enumerate(kinds, 1)}


def _definitions(graph: Graph) -> Iterator[str]:
    from sympy import latex

    means = {node.argument for node in graph.of("elementwise") if node.mean}
    for phi, name in _named(graph).items():
        i = name.index
        yield rf"\varphi{i}(u) = {latex(phi.expr)}"
        mean = rf"\mathbb{{E}}\,\varphi{i}(u)\,\varphi{i}(v)"
        closed = _closed(phi)
        yield rf"\kappa{i}(a, b, c) = {mean}" + (f" = {closed}" if closed else rf", \quad {LAW}")
        if not name.jumps:
            yield rf"\dot{{\kappa}}{i}(a, b, c) = \mathbb{{E}}\,\varphi{i}'(u)\,\varphi{i}'(v)"
        if phi in means:
            yield rf"\mu{i}(a) = \mathbb{{E}}\,\varphi{i}(u)"


def _closed(phi: Any) -> str:
    """κ where it is short enough to be read, else ""."""
    from sympy import latex

    from ..activations.published import merged

    try:
        found = latex(merged(phi.dual_expr), inv_trig_style="full")
    except NTKSymbolicError:
        return ""
    return found if len(found) <= LONGEST else ""
