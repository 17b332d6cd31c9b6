"""exp in a form without overflow and cancellation: the logistic function and log(1 + exp) as SymPy functions.

1/(1 + exp(−w)) becomes σ(w), log(1 + exp(w)) becomes softplus(w), and remaining exp(w) beside them become σ(w)/σ(−w).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from sympy import Add, Dummy, Expr, Function, Mul, Symbol, cancel, exp, log, tanh
from sympy.polys.polyerrors import PolynomialError


class Logistic(Function):
    """σ(w) = 1/(1 + exp(−w))"""

    is_real = True
    is_positive = True

    def fdiff(self, argindex: int = 1) -> Expr:
        w = self.args[0]
        return Mul(Logistic(w), Logistic(-w))

    def _eval_evalf(self, prec: int) -> Any:
        return (1 / (1 + exp(-self.args[0])))._eval_evalf(prec)


class Softplus(Function):
    """log(1 + exp(w))"""

    is_real = True
    is_positive = True

    def fdiff(self, argindex: int = 1) -> Expr:
        return Logistic(self.args[0])

    def _eval_evalf(self, prec: int) -> Any:
        return log(1 + exp(self.args[0]))._eval_evalf(prec)


def smooth(e: Expr, u: Symbol) -> Expr:
    """The same function of u, written with σ and softplus.

    >>> u = Symbol("u", real=True)
    >>> smooth(exp(u) / (1 + exp(u)), u)
    Logistic(u)
    """
    e = e.replace(lambda x: isinstance(x, tanh) and isinstance(x.args[0], log), _tanh_of_log)
    for w in {x.args[0] for x in e.atoms(tanh)}:  # as in the derivative of tanh
        e = e.subs(1 - tanh(w) ** 2, 4 * Logistic(2 * w) * Logistic(-2 * w))
    while (w := next(_exponents(e, u), None)) is not None:
        e = _rewritten(e, w)
    return e


def _tanh_of_log(x: Expr) -> Expr:
    inner = x.args[0].args[0]
    return (inner**2 - 1) / (inner**2 + 1)


def _exponents(e: Expr, u: Symbol) -> Iterator[Expr]:
    """w of every 1 + exp(w)."""
    for x in e.atoms(Add):
        if len(x.args) == 2 and x.args[0] == 1 and isinstance(x.args[1], exp) and x.has(u):
            yield x.args[1].args[0]


def _rewritten(e: Expr, w: Expr) -> Expr:
    s, t = Dummy("s", positive=True), Dummy("t", positive=True)  # σ(w), σ(−w)
    sums = {1 + exp(w): 1 / t, 1 + exp(-w): 1 / s}
    logs = {log(total): Softplus(sign * w) for total, sign in zip(sums, (1, -1))}
    e = e.xreplace(logs).xreplace(sums).subs(exp(w), s / t).xreplace({log(t): -Softplus(w), log(s): -Softplus(-w)})
    with suppress(PolynomialError):  # within another function, where it may stay unchanged
        e = cancel(e, s, t)
    return e.xreplace({s: Logistic(w), t: Logistic(-w)})
