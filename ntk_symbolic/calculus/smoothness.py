"""Differentiability of expressions. SymPy differentiates Abs, Max, Heaviside and Piecewise silently; here pieces must meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import (
    Add,
    Derivative,
    Dummy,
    Expr,
    Function,
    I,
    Mul,
    Piecewise,
    Pow,
    S,
    Subs,
    Symbol,
    Tuple,
    arg,
    conjugate,
    expand,
    factor_terms,
    im,
    re,
)
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.piecewise import ExprCondPair

from ..elementary.queries import rough, smooth
from ..errors import IllFormed
from .binders import Node, Over
from .joints import BENDS, SWITCHING, formal_slope, joints, quantities, tidied
from .scalars import Scalar
from .spaces import Place

SMOOTH = smooth()
COMPLEX = (re, im, arg, conjugate)
ROUGH = (*rough(), *COMPLEX)

MEET = "only pieces that meet with equal values and slopes are differentiated"
ALMOST = "functional_derivative gives the density that holds almost everywhere, with its hypothesis"


def slope(e: Expr, s, bends: list | None = None) -> Expr:
    """∂e/∂s where e is built from smooth functions of s, where these are defined. Raises IllFormed, naming the others.

    Where pieces of e meet with equal values and slopes (|u|³, Huber's loss) it is differentiated too. Where they meet
    with equal values only, as in |u| and max(u, 0), it has a derivative off the zeros of a quantity: this is refused
    without `bends`, a list to which such quantities are added.
    """
    if not _switches(e, s):
        refuse_rough(e, s)
        return e.diff(s)
    opened = _Opened(e, s)
    _refuse_joints(opened, bends)
    total = formal_slope(opened.plain, opened.symbol(s))
    for whole, d in opened.moving.items():
        total += formal_slope(opened.plain, d) * _slope_of(whole, s, bends)
    return opened.closed(tidied(total))


def _switches(e: Any, s) -> bool:
    """True if e changes its form with s."""
    return any(s in g.free_symbols for k in e.atoms(*SWITCHING) for g in quantities(k))


class _Opened:
    """An expression with real symbols for the values of functions, integrals and all other parts that are no arithmetic."""

    def __init__(self, e: Expr, s):
        self.e, self.s = e, s
        self.symbols: dict[Any, Dummy] = {}
        self.plain = self._plain(e)

    def _plain(self, e: Any) -> Any:
        if isinstance(e, (Node, AppliedUndef, Symbol)):
            return self.symbol(e)
        if isinstance(e, Expr) and e.args and not isinstance(e, (Add, Mul, Pow, Function, *SWITCHING)):
            return self.symbol(e)
        return e.func(*map(self._plain, e.args)) if e.args else e

    def symbol(self, e) -> Any:
        return e if e.is_Symbol and e.is_real else self.symbols.setdefault(e, Dummy("u", real=True))

    @property
    def moving(self) -> dict[Any, Dummy]:
        """The parts that depend on s, except s itself, with their symbols."""
        return {whole: d for whole, d in self.symbols.items() if whole != self.s and self.s in whole.free_symbols}

    def closed(self, e: Any) -> Any:
        return e.xreplace({d: whole for whole, d in self.symbols.items()})


def _refuse_joints(opened: _Opened, bends: list | None) -> None:
    """Raises IllFormed where the expression jumps or bends, or where this is unknown; with `bends`, bends are recorded."""
    varying = {opened.symbol(opened.s), *opened.moving.values()}
    if any(g.has(I) for k in opened.plain.atoms(*SWITCHING) for g in quantities(k)):
        raise IllFormed(
            f"{opened.e} has cases by the sign of a quantity that is not real; write real and imaginary parts as two"
        )
    for k in opened.plain.atoms(Function):
        if k.free_symbols & varying and not isinstance(k, (*SMOOTH, *SWITCHING)):
            refuse_rough(k, min(k.free_symbols & varying, key=str))
    now = {opened.s: S.Zero} if isinstance(opened.s, Dummy) else {}
    for joint in joints(opened.plain, varying):
        at = _unsigned(opened.closed(joint.quantity).xreplace(now))
        if joint.becomes != BENDS or bends is None:
            remedy = f"; {ALMOST}" if now and joint.becomes == BENDS else ""
            raise IllFormed(f"{opened.e.xreplace(now)} {joint.becomes} where {at} = 0; {MEET}{remedy}")
        bends.append(at)


def _unsigned(g) -> Expr:
    """The quantity without a numerical factor: only its zeros matter."""
    g = factor_terms(expand(g)).as_content_primitive()[1]
    return -g if g.could_extract_minus_sign() else g


def _slope_of(whole, s, bends) -> Expr:
    """The slope of a value of a function, or of an integral."""
    if not _switches(whole, s):
        return slope(whole, s)
    if isinstance(whole, Over) and s not in whole.of_limits:
        return Over(slope(whole.body, s, bends), *whole.vars)
    if isinstance(whole, Scalar):
        return Add(*(whole.raised(n) * slope(a, s, bends) for n, a in enumerate(whole.arguments)))
    refuse_rough(whole, s)
    return whole.diff(s)


def each(e: Any, kind, new: Callable) -> Any:
    """The expression with all of this kind replaced. (xreplace would rename the bound variables.)"""
    if isinstance(e, kind):
        return new(e)
    return e.func(*(each(a, kind, new) for a in e.args)) if isinstance(e, (Expr, Tuple)) and e.has(kind) else e


def refuse_rough(e, s) -> None:
    """Raises IllFormed if e depends on s by a function that lacks a derivative somewhere, or by an unknown one."""
    if not isinstance(e, (Expr, Tuple)) or s not in e.free_symbols:
        return
    if isinstance(e, Piecewise):
        for branch, condition in e.args:  # type: ignore[misc]
            if s in condition.free_symbols:
                raise IllFormed(f"a Piecewise changes its form with a variable: {MEET}")
            refuse_rough(branch, s)
        return
    if isinstance(e, ROUGH):
        remedy = "take a smooth function in its place"
        if isinstance(e, COMPLEX):
            remedy = "give a complex field and its conjugate as two functions, (psi(x), conjugate(psi(x)))"
        raise IllFormed(f"{type(e).__name__} has no derivative everywhere in the variable; {remedy}")
    known = not isinstance(e, Function) or isinstance(e, (*SMOOTH, AppliedUndef))
    if e.args and not (
        known and isinstance(e, (Add, Mul, Pow, Function, Node, Place, Tuple, Derivative, Subs, ExprCondPair))
    ):
        raise IllFormed(f"a derivative of SymPy's {type(e).__name__} is not known here")
    for a in e.args:
        refuse_rough(a, s)
