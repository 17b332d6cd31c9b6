"""The recursion of a network in LaTeX: the dual kernel of each activation is named once, and equal layers are written once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..errors import NTKSymbolicError
from ..networks.dense import Dense
from .activations import Activation

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

    def _kernel(self, sign: str) -> Expr:
        from sympy import Function

        from ..activations.dual import a, b, c

        return Function(sign + self.index)(a, b, c)


def network_latex(layers: tuple[Dense | Activation, ...]) -> str | None:
    """The recursion for a notebook; None where it is not known whether φ jumps."""
    try:
        return aligned([*_definitions(layers), *recursion(layers)])
    except NTKSymbolicError:
        return None


def aligned(lines: Iterable[str]) -> str:
    body = r" \\ ".join(line.replace(" = ", " &= ", 1) for line in lines)
    return rf"$$\begin{{align*}} {body} \end{{align*}}$$"


def recursion(layers: tuple[Any, ...]) -> Iterator[str]:
    """left = right for Σ and for Θ (without it where an activation jumps), in the order of the layers."""
    from ..layers.formula import formula

    named = _named(layers)
    yield from rows(formula(_readable(layers[:3], named))[0])
    number = 1
    for (phi, dense), run in groupby(zip(layers[1::2], layers[2::2], strict=True)):
        last = number + len(list(run))
        (_, eq) = formula(_readable((dense, phi, dense), named))
        here, above = (str(number), str(last)) if last == number + 1 else (r"\ell", r"\ell + 1")
        lines = [_relabelled(line, {"1": here, "2": above}) for line in rows(eq)]
        if last > number + 1:
            between = r"\ldots, " if last > number + 2 else ""
            lines[-1] += rf" \qquad \text{{for }} \ell = {number}, {between}{last - 1}"
        yield from lines
        number = last


def rows(eq: Eq) -> Iterator[str]:
    """One line of LaTeX for each entry of an equation between columns."""
    from sympy import Function, Symbol, latex

    from ..layers.formula import x, x_

    inner, product = Function("dot")(x, x_), Symbol(r"x^{\top} x'")
    for left, right in zip(eq.lhs, eq.rhs):  # type: ignore[arg-type]
        line = f"{latex(left)} = {latex(right.subs(inner, product))}"
        yield re.sub(r"\\operatorname\{d(Sigma|Theta)\}", r"\\mathrm{d}\\\1", line)


def _relabelled(line: str, numbers: dict[str, str]) -> str:
    return re.sub(r"(\\(?:Sigma|Theta))_\{(\d+)\}", lambda found: f"{found[1]}_{{{numbers[found[2]]}}}", line)


def _named(layers: tuple[Any, ...]) -> dict[Any, _Named]:
    """One kind of activation has κ, several have κ₁, κ₂ … in the order in which they occur."""
    kinds = list(dict.fromkeys(layers[1::2]))
    jumps = any(phi.jumps for phi in kinds)  # of one of them: then there is no Θ of the network
    return {phi: _Named(f"_{{{n}}}" if len(kinds) > 1 else "", jumps) for n, phi in enumerate(kinds, 1)}


def _readable(layers: tuple[Any, ...], named: dict[Any, _Named]) -> tuple[Any, ...]:
    return tuple(named.get(layer, layer) for layer in layers)


def _definitions(layers: tuple[Any, ...]) -> Iterator[str]:
    from sympy import latex

    for phi, name in _named(layers).items():
        i = name.index
        yield rf"\varphi{i}(u) = {latex(phi.expr)}"
        mean = rf"\mathbb{{E}}\,\varphi{i}(u)\,\varphi{i}(v)"
        closed = _closed(phi)
        yield rf"\kappa{i}(a, b, c) = {mean}" + (f" = {closed}" if closed else rf", \quad {LAW}")
        if not name.jumps:
            yield rf"\dot{{\kappa}}{i}(a, b, c) = \mathbb{{E}}\,\varphi{i}'(u)\,\varphi{i}'(v)"


def _closed(phi: Any) -> str:
    """κ where it is short enough to be read, else ""."""
    from sympy import latex

    from ..activations.published import merged

    try:
        found = latex(merged(phi.dual_expr), inv_trig_style="full")
    except NTKSymbolicError:
        return ""
    return found if len(found) <= LONGEST else ""
