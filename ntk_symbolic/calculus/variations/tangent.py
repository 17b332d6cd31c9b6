"""The tangent kernel K_jk(x, x') = Σ_i ∂f_j(x)/∂θ_i ∂f_k(x')/∂θ_i, of a formula or of an abstract network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import (
    Add,
    Derivative,
    DiracDelta,
    Dummy,
    Expr,
    ImmutableMatrix,
    S,
    Subs,
    Sum,
    Symbol,
)
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.tensor.indexed import Indexed, IndexedBase

from ...errors import IllFormed, InvalidInput
from ..binders import Lam, Over, refreshed
from ..definitions import Definition
from ..functionals import Functional, default_points
from ..given import given, is_many, quantity
from ..scalars import Scalar
from ..smoothness import each
from .density import parts
from .problem import Problem
from .writing import as_sympy


def tangent_kernel(f, theta, x=None) -> Any:
    """Σ_i ∂f_j(x)/∂θ_i ∂f_k(x')/∂θ_i over all parameters, as a formula in x and x'.

    f      an expression in x and θ, or k of them as a list or Matrix; or a Functional f(x, j; θ), then K is a Definition.
    theta  the parameters: SymPy symbols, a Matrix of them, IndexedBases for Σ_i of a symbolic number of them; or the
           Functional θ.
    x      the inputs, one symbol or IndexedBase or several; by default the only one in f that is no parameter.
    Returns the k×k matrix, entry [j, k], in x and in Symbol("x'"); all are treated as real and differentiable:
    the kernel of a network with Max(u, 0) holds where no u is 0. The abstract K is called K(x, x', j, k).
    Raises InvalidInput for parameters that are no symbols, and if x must be named or a primed name is in use.
    Source: Jacot et al. 2018, section 3.

    >>> from sympy import symbols, tanh
    >>> a, w, x = symbols("a w x")
    >>> tangent_kernel(a*tanh(w*x), [a, w], x)
    Matrix([[a**2*x*x'*(1 - tanh(w*x)**2)*(1 - tanh(w*x')**2) + tanh(w*x)*tanh(w*x')]])
    >>> from ntk_symbolic.calculus import Functional, Space
    >>> X, Out, Par = Space("X", "measure"), Space("k", "counting", "j"), Space("P", "counting", "i")
    >>> theta, net = Functional("theta", [Par]), Functional("f", [X, Out], of=[Par], wrt="theta")
    >>> tangent_kernel(net, theta).body
    x, x', j, j' ↦ Σ_i ∂f_j/∂θ_i(x) ∂f_j'/∂θ_i(x')
    """
    if isinstance(f, Functional):
        return _abstract(f, theta)
    outputs = [quantity(g, "f") for g in (f if is_many(f) else [f])]
    parameters = _parameters(theta)
    inputs = _inputs(outputs, parameters, x)
    primed = {s: _primed(s) for s in inputs}
    taken = {s.name for g in outputs for s in g.atoms(Symbol)} & {str(s) for s in primed.values()}
    if taken:
        raise InvalidInput(f"x: {min(taken)} is in f already, and is the name of the second input: rename it")
    each = [(_many if isinstance(p, IndexedBase) else _one)(outputs, p, primed) for p in parameters]
    k = len(outputs)
    return ImmutableMatrix(k, k, lambda j, l: Add(*(term(j, l) for term in each)))


def _abstract(f: Functional, theta) -> Definition:
    if not f.of or not isinstance(theta, Functional) or theta.params != f.of:
        raise IllFormed(
            f"theta: {f.name} takes a function on {' × '.join(s.name for s in f.of) or 'nothing'}, not {theta}"
        )
    points = default_points((*f.params, *f.params))
    here, there = points[: len(f.params)], points[len(f.params) :]
    i = default_points(f.of)
    body = Over(f(theta, *here).at(*i) * f(theta, *there).at(*i), *i)
    order = [p for measure in (True, False) for side in (here, there) for p in side if p.space.is_measure == measure]
    return Definition("K", Lam(body, *order))


def _parameters(theta) -> list[Any]:
    parameters = [given(p, "theta") for p in (theta if is_many(theta) else [theta])]
    for p in parameters:
        if not isinstance(p, (Symbol, Indexed, IndexedBase, MatrixElement)):
            raise InvalidInput(f"theta: {p} is no symbol; give the entries, a MatrixSymbol by its .as_explicit()")
    if not parameters or len(set(parameters)) < len(parameters):
        raise InvalidInput("theta: at least one parameter is needed, and each of them once")
    return parameters


def _inputs(outputs, parameters, x) -> list[Any]:
    free = sorted(set().union(*map(_free, outputs)) - set().union(*map(_of_parameter, parameters)), key=str)
    if x is None:
        if len(free) != 1:
            raise InvalidInput(f"x: name the inputs among {', '.join(map(str, free)) or 'no symbols'}, as x=[…]")
        return free
    inputs = [given(s, "x") for s in (x if is_many(x) else [x])]
    for s in inputs:
        if not isinstance(s, (Symbol, IndexedBase)) or s in parameters or inputs.count(s) > 1:
            raise InvalidInput(f"x: inputs are symbols or IndexedBases that are no parameters, each once, not {s}")
    return inputs


def _free(g: Expr) -> set[Any]:
    """The free symbols, with IndexedBases in place of their labels."""
    bases = g.atoms(IndexedBase)
    return {s for s in g.free_symbols if isinstance(s, Symbol)} - {b.label for b in bases} | bases


def _of_parameter(p) -> set[Any]:
    return {p.base, *p.free_symbols} if isinstance(p, Indexed) else {p}


def _primed(s) -> Any:
    if isinstance(s, IndexedBase):
        return s.func(Symbol(f"{s}'", **s.assumptions0), *s.args[1:])
    return Symbol(f"{s.name}'", **s.assumptions0)


def _there(slope: Any, primed) -> Any:
    """The slope at the second input; an IndexedBase is a function of its index, by its name."""
    names = {str(s): str(t) for s, t in primed.items() if isinstance(s, IndexedBase)}
    slope = each(slope, Scalar, lambda e: _renamed(e, names, primed))
    return slope.xreplace(primed)


def _renamed(e: Scalar, names, primed) -> Scalar:
    return Scalar(names.get(e.name, e.name), [_there(a, primed) for a in e.arguments], e.orders)


def _one(outputs, p, primed) -> Callable:
    """∂f_j(x)/∂p ∂f_k(x')/∂p."""
    if isinstance(p, Indexed) and any(g.has(Sum) for g in outputs):
        raise InvalidInput(f"theta: {p} may occur in a Sum; give its IndexedBase {p.base}")
    slopes = [_real_slope(g, p) for g in outputs]
    return lambda j, k: slopes[j] * slopes[k].xreplace(primed)


def _real_slope(g: Expr, p) -> Expr:
    """∂g/∂p, all symbols real, so that Abs, Max and Piecewise have their usual derivatives."""
    _refuse_hidden(g, p)
    real: dict[Any, Any] = {p: Dummy(str(p), real=True)} if isinstance(p, (Indexed, MatrixElement)) else {}
    plain = {s for s in _free(g) | {p} if isinstance(s, Symbol) and s.is_real is None}
    real |= {s: Dummy(s.name, real=True) for s in plain}
    back = {d: s for s, d in real.items()}
    slope = g.xreplace(real).diff(real.get(p, p))
    if slope.has(DiracDelta, Derivative, Subs):
        raise InvalidInput(f"f: its derivative in {p} is {slope.xreplace(back)}, no formula")
    return slope.xreplace(back)


def _refuse_hidden(g: Expr, p) -> None:
    """Raises InvalidInput for the parameter under another name: θ[k] may be θ[1]; W[0, 0] of an unwritten matrix; X[θ]."""
    if any(p in i.free_symbols for e in g.atoms(Indexed) for i in e.indices):
        raise InvalidInput(f"theta: {p} is an index in f; a derivative in an index has no meaning")
    if isinstance(p, Indexed):
        same = [e for e in g.atoms(Indexed) if e.base == p.base and e != p]
        unclear = [e for e in same if not all((a - b).is_number for a, b in zip(e.indices, p.indices, strict=True))]
        if unclear:
            raise InvalidInput(
                f"theta: {unclear[0]} may be {p}; give indices that are numbers, or the IndexedBase {p.base}"
            )
    if isinstance(p, MatrixElement):
        entries = g.xreplace({e: Dummy() for e in g.atoms(MatrixElement)})
        if entries.has(p.parent) or any(not all(i.is_Integer for i in e.indices) for e in g.atoms(MatrixElement)):
            raise InvalidInput(f"f: {p.parent} occurs as a whole; write its entries out, by .as_explicit()")
    if isinstance(p, Symbol) and any(b.label == p for b in g.atoms(IndexedBase)):
        raise InvalidInput(f"theta: a symbol and an IndexedBase are both called {p}; rename one of them")


def _many(outputs, base, primed) -> Callable:
    """Σ_i ∂f_j(x)/∂θ_i ∂f_k(x')/∂θ_i over the range of the index, of any size."""
    problems = [Problem(g, base) if g.has(base) else None for g in outputs]
    ranges = {q.heads[0].params for q in problems if q}
    if len(ranges) > 1:
        raise InvalidInput(f"theta: {base} is summed over different ranges in the outputs")
    index = [s.point().fresh() for params in ranges for s in params]  # two of one range are distinct
    slopes = [_density(q, index) if q else S.Zero for q in problems]
    names = {name: s for q in problems if q and q.reader for name, s in q.reader.sympy.items()}
    names |= {str(t): t for t in primed.values()}
    return lambda j, k: as_sympy(Over(slopes[j] * refreshed(_there(slopes[k], primed)), *index), names)


def _density(problem: Problem, index) -> Expr:
    p = parts(problem, 0, index, None, [])  # without kinks, as in the docstring of tangent_kernel
    if p.atoms != 0:
        raise InvalidInput(f"theta: f has {p.atoms} beside its sums over {problem.heads[0].name}; write it as one Sum")
    return p.continuous
