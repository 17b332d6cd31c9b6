"""Matrices of symbols as functions of two indices: J contains entries A[i, j], and is differentiated in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import (
    Dummy,
    Expr,
    ImmutableDenseMatrix,
    Indexed,
    IndexedBase,
    Integer,
    MatrixExpr,
    MatrixSymbol,
    Sum,
    Symbol,
    Trace,
    simplify,
)
from sympy.matrices.expressions.matexpr import MatrixElement

from ...errors import IllFormed


def by_entries(J: Any, f: MatrixSymbol | MatrixElement) -> tuple[Expr, Indexed, Callable[[Any], Any]]:
    """J with matrices as functions of two indices, the entry that varies, and the inverse translation for the result.

    For a whole matrix the entry A[i, j] varies, for a column A[i, 0]; if its size is a number, the result is the matrix of
    all. Raises IllFormed if J is no number, contains A otherwise, or sums over a part of its rows or columns.
    """
    matrix = f if isinstance(f, MatrixSymbol) else f.parent
    J = _number(J)
    if _sized(matrix):
        J = J.doit()
    _refuse_partial_sums(J, matrix)
    bases = {m: IndexedBase(Dummy(str(m))) for m in {matrix, *J.atoms(MatrixSymbol)}}
    J = J.replace(lambda e: isinstance(e, MatrixElement) and e.parent in bases, lambda e: bases[e.parent][e.i, e.j])
    if J.has(matrix):
        raise IllFormed(
            f"J: it contains {matrix} other than by its entries; write products as (…)[0, 0], traces as Trace(…), or sums of "
            f"{matrix}[i, j]"
        )
    asked = (f.i, f.j) if isinstance(f, MatrixElement) else _indices(matrix, J)
    free = tuple(Dummy(f"{name}_", integer=True) if n.is_Integer else n for name, n in zip("kl", asked))
    matrices = {base: m for m, base in bases.items()}

    def at(e: Any, indices: tuple) -> Any:
        e = e.subs(dict(zip(free, indices)))
        return e.replace(lambda x: isinstance(x, Indexed) and x.base in matrices, lambda x: matrices[x.base][x.indices])

    def back(e: Any) -> Any:
        if e != 0 and isinstance(f, MatrixSymbol) and _sized(matrix):
            return ImmutableDenseMatrix(*matrix.shape, lambda p, q: at(e, (p, q)))
        return at(e, asked)

    return J, bases[matrix][free], back


def _sized(matrix: MatrixSymbol) -> bool:
    return all(n.is_Integer for n in matrix.shape)


def _refuse_partial_sums(J: Expr, matrix: MatrixSymbol) -> None:
    """Raises IllFormed for partial sums; the derivative in A[i, j] is one formula only if sums run over all i and j."""
    for e in J.atoms(Sum):
        entries = [a for a in e.atoms(MatrixElement) if a.parent == matrix]
        for k, low, high in e.limits:
            for at, size in ((n, size) for a in entries for n, size in zip(a.indices, matrix.shape) if n.has(k)):
                if at != k or low != 0 or simplify(high - size + 1) != 0:
                    raise IllFormed(
                        f"J: a sum over {k} takes {matrix} at {at}, from {low} to {high}; sum from 0 to {size - 1}, or give "
                        "an IndexedBase"
                    )


def _number(J: Any) -> Expr:
    if isinstance(J, MatrixExpr) and J.shape == (1, 1):
        J = J[0, 0]
    if not isinstance(J, Expr) or isinstance(J, MatrixExpr):
        raise IllFormed(f"J is the matrix {J}; give a number, such as (…)[0, 0] or Trace(…)")
    return J.replace(lambda e: isinstance(e, Trace), lambda e: e.rewrite(Sum).doit())


def _indices(matrix: MatrixSymbol, J: Expr) -> tuple[Any, Any]:
    taken = {s.name for s in J.atoms(Symbol)}
    i, j = (next(n for n in (name, *(f"{name}_{k}" for k in range(9))) if n not in taken) for name in "ij")
    row, column = Symbol(i, integer=True), Symbol(j, integer=True)
    return (row if matrix.rows != 1 else Integer(0)), (column if matrix.cols != 1 else Integer(0))
