"""Several branches from the same units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput
from ..inputs import as_count
from .words import Layer, Units

COMBINATIONS = ("sum", "product", "concat")


@dataclass(frozen=True)
class Parallel:
    """The sum, product or concatenation of branches that read the same units; `parallel` makes it."""

    branches: tuple[Layer, ...]
    combine: str = "sum"
    widths: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        widths = "" if self.widths is None else f", widths={self.widths}"
        return f"parallel({', '.join(map(repr, self.branches))}, combine={self.combine!r}{widths})"

    def rule(self, K: Any, x: Units) -> Units:
        made = tuple(K.apply(branch, x) for branch in self.branches)
        if self.combine == "concat":
            return K.concat(made, self.widths or (1,) * len(made))
        return K.join(*made) if self.combine == "sum" else K.product(*made)


def parallel(*branches: Layer, combine: str = "sum", widths: tuple[int, ...] | None = None) -> Parallel:
    """Branches from the same units, combined.

    branches   layers or `serial`s of layers, independent of each other: all but one must end with their own Dense, or with
               an activation after it.
    combine    "sum"; "product", as for gates: K = K₁K₂, Θ = Θ₁K₂ + K₁Θ₂; or "concat", the concatenated units.
    widths     for "concat", the numbers of units of the branches, of which only the proportions matter; default equal.
    Raises InvalidInput.

    >>> import ntk_symbolic as ns
    >>> gate = ns.parallel(ns.serial(ns.Dense(), ns.Relu()), ns.Dense(), combine="product")
    >>> ns.serial(gate, ns.Dense()).kernel([[3.0, 4.0]], get="nngp")
    array([[78.125]])
    """
    if len(branches) == 1 and isinstance(branches[0], (list, tuple)):
        raise InvalidInput("branches are given one by one, not in a list: write parallel(*branches)")
    for number, branch in enumerate(branches, 1):
        if not isinstance(branch, Layer) or isinstance(branch, type):
            raise InvalidInput(f"branch {number} is {branch!r}: pass a layer, such as serial(Relu(), Dense())")
    if not branches:
        raise InvalidInput("parallel needs at least one branch: parallel(Dense(), serial(Relu(), Dense()))")
    if combine not in COMBINATIONS:
        raise InvalidInput(f'combine is {combine!r}: pass "sum", "product" or "concat"')
    if widths is not None:
        if combine != "concat":
            raise InvalidInput(f'widths are proportions of "concat", and combine is {combine!r}: leave widths out')
        widths = tuple(as_count(width, "widths", 1) for width in widths)
        if len(widths) != len(branches):
            raise InvalidInput(f"widths has {len(widths)} entries for {len(branches)} branches: pass one for each")
    return Parallel(branches, combine, widths)
