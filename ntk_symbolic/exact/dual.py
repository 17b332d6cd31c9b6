"""κ and κ̇ of one pair of inputs in an arithmetic: the derived formula, and its limits where inputs are parallel.

Whether they are is no matter of digits: a ball around ρ = 1 never shows that ρ = 1. It is read from the exact inputs, and
each layer is told what it does to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath
from sympy import expand, oo

from ..activations.dual import Dual, a, b, c, u
from ..activations.integral_code import parity_of
from ..activations.pieces import split
from ..activations.terms import derivative
from ..errors import InvalidInput
from .arithmetic import Arithmetic, Digits
from .careful import Careful, Number
from .formula import evaluate
from .line import expectation
from .mehler import dual_value
from .outside import Outside, line


@dataclass(frozen=True)
class Relation:
    """What is known exactly of two inputs. cosine: ρ where it is known to be 1 or −1, else 0; equal: whether a = b."""

    cosine: int
    equal: bool


APART = Relation(0, False)
SAME = Relation(1, True)


def kappa(dual: Dual | Outside, moments: tuple[Any, Any, Any], known: Relation, K: Arithmetic) -> Any:
    """κ(a, b, c)."""
    _require_below(dual, moments, K)
    if isinstance(dual, Outside):
        return _integrated(dual, 0, moments, known, K)
    return _value(dual.kappa.value, dual.terms, moments, known, K)


def kappa_dot(dual: Dual | Outside, moments: tuple[Any, Any, Any], known: Relation, K: Arithmetic) -> Any:
    """κ̇(a, b, c); infinite where a jump of φ(u) and one of φ(v) meet at ρ = ±1."""
    _require_below(dual, moments, K)
    if isinstance(dual, Outside):
        return _integrated(dual, 1, moments, known, K)
    return _value(dual.kappa_dot.value, derivative(dual.terms), moments, known, K)


def _require_below(dual: Dual | Outside, moments: tuple[Any, Any, Any], K: Arithmetic) -> None:
    """Raises InvalidInput where E φ(u)² is infinite: formulas hold on beyond, and mean nothing there."""
    if dual.limit != oo and not all(x < evaluate(dual.limit, {}, K) for x in moments[:2]):
        raise InvalidInput(
            f"E φ(u)² of {dual.phi} is infinite at variances from {float(dual.limit):.6g} on, and one is "
            f"{max(map(float, moments[:2])):.6g}: pass smaller ones"
        )


def _value(formula: Any, terms: Any, moments: tuple[Any, Any, Any], known: Relation, K: Arithmetic) -> Any:
    one, other, _ = moments
    if one == 0 or other == 0:  # what is fixed is independent of everything
        return K.product(*(expectation((terms,), (K.sqrt(x),), K) for x in (one, other)))

    def found(K: Arithmetic, one: Any, other: Any, covariance: Any) -> Any:
        if known.cosine:
            return expectation((terms, terms), (K.sqrt(one), known.cosine * K.sqrt(other)), K)
        return K.real(evaluate(formula, {a: one, b: other, c: covariance}, K))

    def scale() -> Any:
        if known == SAME:
            return 0
        squares = [_value(formula, terms, (x, x, x), SAME, K) for x in (one, other)]
        return K.sqrt(squares[0]) * K.sqrt(squares[1]) if all(map(mpmath.isfinite, squares)) else 0

    if not isinstance(K, Digits):
        return found(K, *moments)
    careful = Careful.of(K)
    return careful.settled(found(careful, *map(Number, moments)), scale)


def _integrated(dual: Outside, order: int, moments: tuple[Any, Any, Any], known: Relation, K: Arithmetic) -> Any:
    dual.require(order, moments[:2])
    f, roots = dual.functions, [K.sqrt(x) for x in moments[:2]]
    if 0 in roots:
        return line(f[order], roots[:1], K) * line(f[order], roots[1:], K)
    if known.cosine:
        return line(f[order], (roots[0], known.cosine * roots[1]), K)
    return dual_value(f, order, moments, K)


def related(dual: Dual | Outside, known: Relation) -> Relation:
    """What is known of φ(u) and φ(v).

    φ(±√b z) is a multiple of φ(√a z) for all a, b if φ is a power on each side of 0; for a = b if φ is even or odd.
    """
    if known == SAME or not known.cosine:
        return known if known == SAME else APART
    pieces = split(dual.phi, u)
    cosine = 1 if known.cosine > 0 else parity_of(pieces)
    power = _power(pieces)
    if known.equal or power is not None:
        return Relation(cosine, cosine != 0 and (known.equal or power == 0))
    return APART


def _power(pieces: list[Any]) -> Any:
    """n where every piece is a multiple of uⁿ and none begins elsewhere than at 0."""
    powers = {expand(p.expr).as_coeff_exponent(u) for p in pieces if p.expr != 0}
    ends = {p.lo for p in pieces[1:]} <= {0}
    found = {n for _, n in powers}
    pure = all(not coef.has(u) for coef, _ in powers) and len(found) == 1
    return found.pop() if ends and pure else None
