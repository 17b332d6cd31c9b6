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
    MatrixBase,
    S,
    Subs,
    Sum,
    Symbol,
    Tuple,
)
from sympy.tensor.indexed import Indexed, IndexedBase

from ...errors import IllFormed, InvalidInput
from ..binders import Lam, Over
from ..definitions import Definition
from ..functionals import Functional, default_points
from ..given import given
from .density import parts
from .problem import Problem
from .writing import as_sympy


def tangent_kernel(f, theta, x=None) -> Any:
    """Σ_i ∂f_j(x)/∂θ_i ∂f_k(x')/∂θ_i over all parameters, as a formula in x and x'.

    f      an expression in x and θ, or k of them as a list or Matrix; or a Functional f(x, j; θ), then K is a Definition.
    theta  the parameters: SymPy symbols, a Matrix of them, IndexedBases for Σ_i of a symbolic number of them; or the
           Functional θ.
    x      the inputs, one symbol or several; by default the only symbol of f that is no parameter.
    Returns the k×k matrix, entry [j, k], in x and in Symbol("x'"); everything counts as real, and as differentiable:
    the kernel of a network with Max(u, 0) holds where no u is 0. The abstract K is called K(x, x', j, k).
    Raises InvalidInput for parameters that are no symbols, and where x must be named or a primed name is taken.
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
    outputs = [given(g, "f") for g in (f if _is_many(f) else [f])]
    parameters = _parameters(theta)
    inputs = _inputs(outputs, parameters, x)
    primed = {s: Symbol(f"{s.name}'", **s.assumptions0) for s in inputs}
    taken = {s.name for g in outputs for s in g.atoms(Symbol)} & {s.name for s in primed.values()}
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


def _is_many(value) -> bool:
    return isinstance(value, (list, tuple, MatrixBase, Tuple))


def _parameters(theta) -> list[Any]:
    parameters = [given(p, "theta") for p in (theta if _is_many(theta) else [theta])]
    for p in parameters:
        if not isinstance(p, (Symbol, Indexed, IndexedBase)):
            raise InvalidInput(f"theta: {p} is no symbol; give the entries, a MatrixSymbol by its .as_explicit()")
    if not parameters or len(set(parameters)) < len(parameters):
        raise InvalidInput("theta: at least one parameter is needed, and each of them once")
    return parameters


def _inputs(outputs, parameters, x) -> list[Symbol]:
    own = set().union(*(p.free_symbols for p in parameters if isinstance(p, Expr)))
    own |= {p.label for p in parameters if isinstance(p, IndexedBase)}
    free = sorted(set().union(*(g.free_symbols for g in outputs)) - own - set(parameters), key=str)
    free = [s for s in free if isinstance(s, Symbol)]
    if x is None:
        if len(free) != 1:
            raise InvalidInput(f"x: name the inputs among {', '.join(map(str, free)) or 'no symbols'}, as x=[…]")
        return free
    inputs = list(x) if _is_many(x) else [x]
    for s in inputs:
        if not isinstance(s, Symbol) or s in parameters:
            raise InvalidInput(f"x: inputs are symbols that are no parameters, not {s}")
    return inputs


def _one(outputs, p, primed) -> Callable:
    """∂f_j(x)/∂p ∂f_k(x')/∂p."""
    if isinstance(p, Indexed) and any(g.has(Sum) for g in outputs):
        raise InvalidInput(f"theta: {p} may occur in a Sum; give its IndexedBase {p.base}")
    slopes = [_real_slope(g, p) for g in outputs]
    return lambda j, k: slopes[j] * slopes[k].xreplace(primed)


def _real_slope(g: Expr, p) -> Expr:
    """∂g/∂p, all symbols real: then Abs, Max and Piecewise have the derivatives one expects where they have any."""
    real = {s: Dummy(s.name, real=True) for s in g.free_symbols | {p} if isinstance(s, Symbol) and s.is_real is None}
    slope = g.xreplace(real).diff(real.get(p, p))
    if slope.has(DiracDelta, Derivative, Subs):
        raise InvalidInput(f"f: its derivative in {p} is {slope.xreplace({d: s for s, d in real.items()})}, no formula")
    return slope.xreplace({d: s for s, d in real.items()})


def _many(outputs, base, primed) -> Callable:
    """Σ_i ∂f_j(x)/∂θ_i ∂f_k(x')/∂θ_i over the range of the index, whatever its size."""
    problems = [Problem(g, base) if g.has(base) else None for g in outputs]
    ranges = {q.heads[0].params for q in problems if q}
    if len(ranges) > 1:
        raise InvalidInput(f"theta: {base} is summed over different ranges in the outputs")
    index = [s.point() for params in ranges for s in params]
    slopes = [_density(q, index) if q else S.Zero for q in problems]
    names = {name: s for q in problems if q and q.reader for name, s in q.reader.sympy.items()}
    return lambda j, k: as_sympy(Over(slopes[j] * slopes[k].xreplace(primed), *index), names)


def _density(problem: Problem, index) -> Expr:
    p = parts(problem, 0, index, None)
    if p.atoms != 0:
        raise InvalidInput(f"theta: f has {p.atoms} beside its sums over {problem.heads[0].name}; write it as one Sum")
    return p.continuous
