"""The state in which an expression has a value: a drawn one, and the moves away from it, the outermost first.

An expression is a function on the jets of moving functions: the coordinates are the entries of θ, θ̇, θ̈ … below the lowest rate
with an assumption; all higher rates are functions of these. d/dt moves the state along the flow, ∂/∂θ_i adds ε
to one coordinate and leaves the others. Two derivatives are two moves, made in the order in which they are written from the
outside in: d/dt ∂c/∂θ_i first flows and then nudges θ_i, ∂/∂θ_i (d/dt c) nudges first. The two differ where the rate
depends on θ_i, and a nudge without the order would exchange them unnoticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Symbol

from ...calculus.functionals import Functional


@dataclass(frozen=True)
class Later:
    """A symbol grows by ε; if it is a time, everything flows along."""

    of: Symbol
    by: Any


@dataclass(frozen=True)
class At:
    """A symbol has this value; if it is a time, everything has its value at that time, independent of earlier moves."""

    of: Symbol
    value: Any


@dataclass(frozen=True)
class Nudge:
    """One entry of a functional grows by ε."""

    of: Functional
    index: tuple[int, ...]
    by: Any


Move = Later | At | Nudge
Moves = tuple[Move, ...]


def after(moves: Moves, move: Move) -> Moves:
    """The moves with one more; a newly set value replaces the one before."""
    if isinstance(move, At) and moves and isinstance(moves[-1], At) and moves[-1].of == move.of:
        moves = moves[:-1]
    return (*moves, move)
