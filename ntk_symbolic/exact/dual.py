"""κ and κ̇ of one pair of inputs in an arithmetic: the derived formula, and its limits where inputs are parallel.

Their `Relation` decides whether they are parallel; digits cannot show it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import mpmath
from sympy import Expr, oo

from ..activations.derive.dual import Dual
from ..activations.facts.shape import degree, parity
from ..activations.form.pieces import split
from ..activations.form.terms import derivative
from ..activations.form.variables import a, b, c, u
from ..errors import InvalidInput
from .arithmetic import Arithmetic, Digits
from .careful import Careful, Number
from .formula import evaluate
from .line import expectation
from .mehler import dual_value
from .outside import Outside, line
from .relation import SAME, Relation, mapped


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
    return _value(dual.kappa_dot.value, _slope(dual), moments, known, K)


@lru_cache(maxsize=512)
def _slope(dual: Dual) -> Any:
    """The terms of φ'."""
    return derivative(dual.terms)


def _require_below(dual: Dual | Outside, moments: tuple[Any, ...], K: Arithmetic) -> None:
    """Raises InvalidInput where E φ(u)² is infinite: formulas have values beyond, which are no expectations."""
    if dual.limit != oo and not all(x < evaluate(dual.limit, {}, K) for x in moments[:2]):
        raise InvalidInput(
            f"E φ(u)² of {dual.phi} is infinite at variances from {float(dual.limit):.6g} on, and one is "
            f"{max(map(float, moments[:2])):.6g}: pass smaller ones"
        )


def _value(formula: Any, terms: Any, moments: tuple[Any, Any, Any], known: Relation, K: Arithmetic) -> Any:
    one, other, _ = moments
    if one == 0 or other == 0:  # a constant (variance 0) is independent of the other variable
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

    return _settled(found, moments, scale, K)


def _settled(found: Any, moments: tuple[Any, ...], scale: Any, K: Arithmetic) -> Any:
    """found(K, *moments). The number of lost digits is recorded, except those that are negligible beside scale()."""
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
    """The relation of φ(u) and φ(v)."""
    return mapped(known, *_shape(dual.phi)) if known.cosine and known != SAME else known


def mean(dual: Dual | Outside, a: Any, K: Arithmetic) -> Any:
    """E φ(u), or None if φ is odd and the mean is 0."""
    if _shape(dual.phi)[0] < 0:
        return None
    _require_below(dual, (a,), K)
    if isinstance(dual, Outside):
        dual.require(0, (a,))
        return line(dual.functions[0], (K.sqrt(a),), K)

    def found(K: Arithmetic, a: Any) -> Any:
        return expectation((dual.terms,), (K.sqrt(a),), K)

    return _settled(found, (a,), lambda: K.sqrt(kappa(dual, (a, a, a), SAME, K)), K)


@lru_cache(maxsize=512)
def _shape(phi: Expr) -> tuple[int, Any]:
    """Parity, and n if φ is a multiple of |u|ⁿ on each side of 0, else None."""
    pieces = split(phi, u)
    return parity(pieces), degree(pieces)
