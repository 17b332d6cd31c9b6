"""The recursion of a network in LaTeX; each dual kernel is named once and repeated layers are written once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ..errors import NTKSymbolicError
from ..networks.graph import Graph

if TYPE_CHECKING:
    from sympy import Eq, Expr

LAW = r"(u, v) \sim N\left(0, \left(\begin{smallmatrix} a & c \\ c & b \end{smallmatrix}\right)\right)"
LONGEST_BLOCK = 12  # equations of a repeated block that is written once
LONGEST = 400  # characters of LaTeX of a closed form that is written out beside the recursion


class Formulas(tuple):
    """Equations that a notebook typesets."""

    def _repr_latex_(self) -> str:
        return aligned(line for eq in self for line in rows(eq))


@dataclass(frozen=True)
class _Named:
    """An activation whose dual kernels are named functions instead of formulas."""

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

        from ..activations.form.variables import a

        return Function(r"\mu" + self.index)(a)

    def _kernel(self, sign: str) -> Expr:
        from sympy import Function

        from ..activations.form.variables import a, b, c

        return Function(sign + self.index)(a, b, c)


def network_latex(network: Any) -> str | None:
    """The recursion for a notebook; None for a part of a network, and if it is unknown whether φ jumps."""
    try:
        return aligned(described(network.graph()))
    except NTKSymbolicError:
        return None


def described(graph: Graph) -> list[str]:
    """The dual kernels and the recursion, left = right."""
    return [*_definitions(graph), *recursion(graph)]


def aligned(lines: Iterable[str]) -> str:
    body = r" \\ ".join(line.replace(" = ", " &= ", 1) for line in lines)
    return rf"$$\begin{{align*}} {body} \end{{align*}}$$"


def recursion(graph: Graph) -> Iterator[str]:
    """left = right for Σ and for Θ (without Θ if an activation jumps), in the order of the named places.

    Repeated blocks of equations, each numbered one block higher than the one before, are written once.
    """
    from ..layers.formula import formula, named

    digits, short = len(str(len(named(graph)))), _named(graph)
    nodes = (replace(n, argument=short[n.argument]) if n.word == "elementwise" else n for n in graph.nodes)
    written = [list(rows(eq)) for eq in formula(replace(graph, nodes=tuple(nodes)), digits=digits)]
    shapes = [tuple(_labelled(line, lambda n, k=k: str(n - k)) for line in lines) for k, lines in enumerate(written)]
    yield from (_labelled(line, str) for line in written[0])
    at = 1
    while at < len(written):
        period, times = _repeated(shapes, at)
        # a single equation gives ℓ + 1 from ℓ, starting at its own number; several equations form block number ℓ
        first, lead, shift = (at, "", at) if period == 1 else (1, str(period), period)
        label = str if times == 1 else partial(_numbered, lead, shift)
        block = [_labelled(line, label) for lines in written[at : at + period] for line in lines]
        if times > 1:
            between = r"\ldots, " if times > 2 else ""
            block[-1] += rf" \qquad \text{{for }} \ell = {first}, {between}{first + times - 1}"
        yield from block
        at += period * times


def _repeated(shapes: list[tuple[str, ...]], at: int) -> tuple[int, int]:
    """The length of the shortest block from here that repeats, and its count; (1, 1) if none does."""
    for period in range(1, min(LONGEST_BLOCK, (len(shapes) - at) // 2) + 1):
        block, times = shapes[at : at + period], 1
        while shapes[at + period * times : at + period * (times + 1)] == block:
            times += 1
        if times > 1:
            return period, times
    return 1, 1


def rows(eq: Eq) -> Iterator[str]:
    """One line of LaTeX for each entry of an equation between columns."""
    from sympy import Function, Symbol, latex

    from ..layers.formula import x, x_

    inner, product = Function("dot")(x, x_), Symbol(r"x^{\top} x'")
    for left, right in zip(eq.lhs, eq.rhs):  # type: ignore[arg-type]
        line = f"{latex(left)} = {latex(right.subs(inner, product))}"
        yield re.sub(r"\\operatorname\{d(Sigma|Theta)\}", r"\\mathrm{d}\\\1", line)


def _labelled(line: str, label: Callable[[int], str]) -> str:
    """The line with the numbers of Σ and Θ replaced."""
    return re.sub(r"(\\(?:Sigma|Theta))_\{(\d+)\}", lambda m: f"{m[1]}_{{{label(int(m[2]))}}}", line)


def _numbered(lead: str, shift: int, n: int) -> str:
    """n = shift + k written as ℓ + k after a factor."""
    k = n - shift
    return rf"{lead}\ell" + (f" {'+' if k > 0 else '-'} {abs(k)}" if k else "")


def _named(graph: Graph) -> dict[Any, _Named]:
    """Names of the dual kernels: κ for one kind of activation, κ₁, κ₂ … for several, in their order in the network."""
    kinds = list(dict.fromkeys(graph.activations))
    jumps = any(phi.jumps for phi in kinds)  # one jump suffices: then the network has no Θ
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
    """κ if it is short enough to read, otherwise ""."""
    from sympy import latex

    from ..activations.proof.published import merged

    try:
        found = latex(merged(phi.dual_expr), inv_trig_style="full")
    except NTKSymbolicError:
        return ""
    return found if len(found) <= LONGEST else ""
