"""The cases of a grade: networks, and groups of pairs of inputs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..api.door import GETS

FEATURES = 4  # 1/4 is a float: no library loses a bit by dividing
W_STD, B_STD = 1.5, 0.25  # their squares are floats as well, for libraries that take variances


@dataclass(frozen=True)
class Case:
    """One kernel of one network."""

    get: str
    activation: str
    depth: int
    b_std: float

    def arguments(self) -> dict[str, Any]:
        """The keywords of the call."""
        return {**asdict(self), "W_std": W_STD}


def cases(
    activations: tuple[str, ...] = ("relu", "erf", "gelu"), depths: tuple[int, ...] = (1, 3, 10)
) -> tuple[Case, ...]:
    """Every kernel of every network."""
    return tuple(
        Case(get, activation, depth, b_std)
        for get in GETS
        for activation in activations
        for depth in depths
        for b_std in (0.0, B_STD)
    )


@dataclass(frozen=True, eq=False)
class Group:
    """Inputs X (n, d) and Y (m, d), None for X itself; `what` describes their pairs."""

    name: str
    what: str
    X: np.ndarray
    Y: np.ndarray | None


def groups() -> tuple[Group, ...]:
    """Pairs of every kind; a group has more pairs than one, and as many rows as columns only where Y is None."""
    rng = np.random.default_rng(0)
    rows, moves = rng.standard_normal((2, 5, FEATURES))
    x, zero = rows[:1], np.zeros((1, FEATURES))
    steps = moves[:3] / np.linalg.norm(moves[:3], axis=1, keepdims=True)
    near = [
        Group(size, f"Y at {size} from X", x, x + float(size) * steps) for size in ("1e-3", "1e-6", "1e-9", "1e-12")
    ]
    return (
        Group("generic", "random rows", rows[:2], rows[2:]),
        Group("same", "random rows, Y not given", rows[:3], None),
        Group("equal", "Y equal to X", x, np.concatenate([x, x])),
        *near,
        Group("parallel", "Y = 2X, 3X, X/4", x, np.concatenate([2 * x, 3 * x, x / 4])),
        Group("opposite", "Y = −X, −2X, −X/4", x, np.concatenate([-x, -2 * x, -x / 4])),
        Group("nearly", "Y at 1e-9 from −X", x, 1e-9 * steps - x),
        Group("zero", "X = 0", zero, rows[3:]),
        Group("small", "random rows × 1e-6", 1e-6 * rows[:2], 1e-6 * rows[2:]),
        Group("large", "random rows × 1e4", 1e4 * rows[:2], 1e4 * rows[2:]),
    )
