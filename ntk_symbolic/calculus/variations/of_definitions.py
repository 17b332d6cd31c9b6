"""δJ/δf of a defined functional: `define J[f] := …` is varied in its placeholder f, once for all uses."""

from __future__ import annotations

from functools import lru_cache

from sympy import Mul

from ...errors import IllFormed
from ..binders import Lam, Over
from ..definitions import Definition, Variation
from ..functionals import Delta, Functional, default_points
from .density import parts
from .problem import Problem


@lru_cache(maxsize=64)
def variation(definition: Definition, order: int) -> Lam:
    """The density of the derivative of this order, as a function of the points of J and of the derivative.

    Raises IllFormed, with the reason, if there is none.
    """
    (placeholder,) = definition.functions
    every = default_points([*definition.body.spaces, *placeholder.params * order])
    own, at = every[: len(definition.body.vars)], every[len(definition.body.vars) :]
    value = definition.body(*own)
    size = len(placeholder.params)
    for n in range(order):
        points = at[n * size : (n + 1) * size]
        found = parts(Problem(value, placeholder), 0, points, None, along=_with_indices_summed)
        if found.atoms != 0:
            raise IllFormed(
                f"δ{'²' if order > 1 else ''}{definition.name}/δ{placeholder.name} is no function: the derivative of "
                f"{definition.name} contains {found.atoms}, a point mass; write its derivative along a function, "
                f"lim_{{ε→0}} ({definition.name}[{placeholder.name} + ε φ] − {definition.name}[{placeholder.name}])/ε"
            )
        value = found.continuous
    return Lam(value, *own, *at)


def _with_indices_summed(phi: Functional) -> Lam:
    """Σ_m δ_jm φ_m(x) for φ_j(x): a value at a single index has a density with respect to the counting measure."""
    v = default_points(phi.params)
    m = [p if p.space.is_measure else p.fresh() for p in v]
    pairs = [(p, q) for p, q in zip(v, m) if p != q]
    return Lam(Over(phi(*m) * Mul(*(Delta(p, q) for p, q in pairs)), *(q for _, q in pairs)), *v)


Variation.density = staticmethod(variation)
