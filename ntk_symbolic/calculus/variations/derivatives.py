r"""The calculus of variations: directional derivatives, functional derivatives, second variations, Euler–Lagrange.

Each takes ordinary SymPy (Integral, Sum, Function) or statements over function space, and returns the same kind. f is a
function, or several: (u(x), v(x)), or f(x, j) with j the index of a Sum; on ℝⁿ it is f(x, y, …).

All results follow from the definition d/dε J[f + ε φ] at ε = 0. It is the derivative along φ (Gateaux); that it is linear
and continuous in φ, and that d/dε may be taken under ∫, is assumed of J. Coefficients made of unknown functions are assumed
to be smooth; explicit ones must be shown to be, before they are integrated by parts.

Expressions with cases (Abs, Max, Min, sign, Piecewise) are differentiated where the cases meet with equal values and
slopes, as in Huber's loss. Where they meet with equal values only, as in ∫|f|, functional_derivative gives the density that
holds almost everywhere and names the quantity that must not vanish; the others refuse it. Jumps are refused.

Arguments of f may be multiples of variables plus constants, f(x − 1), f(t − x), f(2x), θ[i + 1], and below limits that move,
∫₀ˣ f. The domain of f is then the smallest interval around all its arguments; its density is 0 where J does not depend on f.
f(x²) and f(f(x)) are refused.

Everything is real, unless conjugate(psi(x)) is one of the functions given: then ψ and ψ* vary independently, and δJ/δψ* is
Wirtinger's derivative.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sympy import Add, Eq, MatrixSymbol, Symbol
from sympy.matrices.expressions.matexpr import MatrixElement

from ...errors import IllFormed
from ..binders import Over
from ..spaces import Point
from .density import Parts, parts
from .linear_form import takes
from .matrices import by_entries
from .problem import Problem


def gateaux(J, f, phi) -> Any:
    """δJ[f; φ] = d/dε J[f + ε φ] at ε = 0, the derivative of J along φ.

    J    a functional of f: a SymPy expression with Integral, Sum, Function, or a node of the calculus.
    f    f(x), the function f itself, an IndexedBase or θ[i], a Functional; or a tuple of such.
    phi  of the same kind, or an expression in the variables of f(x), or a Lambda or Lam; a tuple if f is one.
    Raises IllFormed, with the reason, for functionals without a derivative or of unknown form.
    Source: Gâteaux 1919.

    >>> from sympy import Function, Integral, Symbol
    >>> x, f, phi = Symbol("x"), Function("f"), Function("phi")
    >>> gateaux(Integral(f(x)**2, (x, 0, 1)), f, phi)
    Integral(2*f(x)*phi(x), (x, 0, 1))
    >>> gateaux(Integral(f(x), (x, 0, 1))**2, f(x), x).doit()
    Integral(f(x), (x, 0, 1))
    """
    problem = Problem(J, f)
    return problem.written(problem.derivative(problem.directions(phi)))


def second_variation(J, f, phi, psi) -> Any:
    """δ²J[f; φ, ψ] = ∂²/∂ε∂ε' J[f + ε φ + ε' ψ] at 0, bilinear and symmetric. Arguments and errors as for gateaux.

    >>> from sympy import Function, Integral, Symbol
    >>> x, f, phi, psi = Symbol("x"), Function("f"), Function("phi"), Function("psi")
    >>> second_variation(Integral(f(x)**3, (x, 0, 1)), f, phi, psi)
    Integral(6*f(x)*phi(x)*psi(x), (x, 0, 1))
    """
    problem = Problem(J, f)
    return problem.written(problem.derivative(problem.directions(phi), problem.directions(psi, "psi")))


@dataclass(frozen=True)
class FunctionalDerivative:
    """δJ[f; φ] = ∫ density · φ dμ + boundary + atoms, for every φ.

    continuous  the density without atoms; a tuple of them for a tuple of functions.
    boundary    the terms of integration by parts at the ends, linear in φ and its derivatives there.
    atoms       the rest, linear in φ, that has no density with respect to μ: point masses, c φ(x₀).
    phi         the φ in boundary and atoms.
    hypotheses  assumptions besides smoothness, in words: "f(x) ≠ 0 for almost every x" for ∫|f|, which has no
                derivative where f is 0 on a set of positive measure.
    """

    continuous: Any
    boundary: Any
    atoms: Any
    phi: Any
    hypotheses: tuple[str, ...] = ()

    @property
    def density(self) -> Any:
        """δJ/δf. Raises IllFormed if there are atoms as well, since then the derivative is no function."""
        if self.atoms != 0:
            raise IllFormed(
                f"the derivative has the part {self.atoms}, without a density here; for samples take x=X[n], their "
                "empirical measure; otherwise use .continuous and .atoms"
            )
        return self.continuous


def functional_derivative(J, f, x=None, wrt=None) -> FunctionalDerivative:
    """δJ/δf(x) with respect to a measure: dx, or the measure of the space, unless `wrt` gives another.

    x    the point: a symbol (several for f(x, y)), a Point; by default that of f(x). A sample X[n] stands for the empirical
         measure Σ δ(x − X[n]): then the derivative of a sampled cost has a density.
    wrt  the density of another measure, in the x of f(x), at the point of the derivative: wrt=rho(x) for ρ(x) dx;
         wrt=w[n] for Σ w[n] δ(x − X[n]). On an abstract (𝒳, μ) it means wrt · μ. It is assumed to be positive wherever J
         depends on f, unless it is shown to be negative somewhere, which is refused.
    Returns a FunctionalDerivative. For a tuple f its density and phi are tuples, in the same order.
    Raises IllFormed like gateaux, and if a coefficient cannot be integrated by parts. An entry θ[1], or f(x, 1), that no
    Sum runs over has the density δ_1k in an index k.

    >>> from sympy import Function, IndexedBase, Integral, Sum, symbols
    >>> x, f, rho = symbols("x"), Function("f"), Function("rho")
    >>> d = functional_derivative(Integral(f(x).diff(x)**2/2, (x, 0, 1)), f(x))
    >>> d.density
    -Derivative(f(x), (x, 2))
    >>> d.boundary
    -varphi(0)*Subs(Derivative(f(x), x), x, 0) + varphi(1)*Subs(Derivative(f(x), x), x, 1)
    >>> functional_derivative(Integral(f(x)**2, (x, 0, 1)), f(x), wrt=rho(x)).density
    2*f(x)/rho(x)
    >>> n, N = symbols("n N", integer=True); X, y = IndexedBase("X"), IndexedBase("y")
    >>> cost = Sum((f(X[n]) - y[n])**2, (n, 1, N))/N
    >>> functional_derivative(cost, f, X[n]).density
    (2*f(X[n]) - 2*y[n])/N
    >>> functional_derivative(Integral(abs(f(x)), (x, 0, 1)), f(x)).hypotheses
    ('f(x) ≠ 0 for almost every x',)
    """
    if isinstance(f, (MatrixSymbol, MatrixElement)):
        J, entry, back = by_entries(J, f)
        found = functional_derivative(J, entry, x, wrt)
        return replace(found, **{name: back(getattr(found, name)) for name in ("continuous", "boundary", "atoms")})
    problem = Problem(J, f)
    every, bends = [], []
    for n in range(len(problem.heads)):
        points = problem.points(n, x)
        met = sorted(str(p) for p in points if p.name in {getattr(s, "name", "") for s in problem.J.free_symbols})
        if met and takes(problem.J, problem.heads[n]):
            raise IllFormed(f"x: {met[0]} is free in J, which depends on it already; take another point, x=Symbol('z')")
        every.append(parts(problem, n, points, wrt, bends))
    return _answer(problem, every, bends)


def _answer(problem: Problem, every: list[Parts], bends: list) -> FunctionalDerivative:
    continuous = tuple(problem.density(p.continuous) for p in every)
    phi = tuple(problem.spoken(p.phi) for p in every)
    boundary, atoms = (problem.written(Add(*side)) for side in zip(*((p.boundary, p.atoms) for p in every)))
    one = problem.single
    hypotheses = dict.fromkeys(_off_zeros(problem, g) for g in bends)
    return FunctionalDerivative(
        continuous[0] if one else continuous, boundary, atoms, phi[0] if one else phi, tuple(hypotheses)
    )


def _off_zeros(problem: Problem, g) -> str:
    """The hypothesis that this quantity vanishes only on a set of measure zero."""
    variables = sorted((p for p in g.free_symbols if isinstance(p, Point) and p.bound), key=str)
    every = [f"{'almost ' if p.space.is_measure else ''}every {p.name}" for p in variables]
    return f"{problem.written(g)} ≠ 0" + (f" for {' and '.join(every)}" if every else "")


def euler_lagrange(L, f, x=None) -> list:
    """The Euler–Lagrange equations δJ/δf = 0, one for each function, J = ∫ L dx; f is held fixed at the ends.

    L    a Lagrangian in x, f(x), its derivatives, or with integrals over f (then x runs over their interval); or J itself.
    f    f(x), or a tuple. x: by default that of f(x), or the only argument of a bare f in L.
    An equation that every f solves is True in the list, 0 = 0; one that none does is False, 1 = 0.
    Raises IllFormed if there is no such equation, as for f at a fixed point beside f(x); if x occurs, but f is never
    taken at it; and like gateaux. Without an interval, the equation of a Lagrangian holds where it is smooth in x.

    >>> from sympy import Function, Integral, Symbol
    >>> x, y, f = Symbol("x"), Symbol("y"), Function("f")
    >>> euler_lagrange(f(x).diff(x)**2/2 - f(x)**2/2, f(x))
    [Eq(-f(x) - Derivative(f(x), (x, 2)), 0)]
    >>> euler_lagrange(f(x) * Integral(f(y), (y, 0, 1)), f(x))       # J = (∫f)²; SymPy 1.14 gives half
    [Eq(2*Integral(f(x), (x, 0, 1)), 0)]
    """
    problem = Problem(L, f)
    where = [problem.points(n, x if x is not None else problem.taken_at(n)) for n in range(len(problem.heads))]
    _refuse_parameters(problem, where)
    free = [p for p in where[0] if isinstance(p, Point) and p in problem.J.free_symbols]
    problem.pointwise = {p.space for p in free} - {v.space for over in problem.J.atoms(Over) for v in over.vars}
    problem.J = Over(problem.J, *free)
    every = [parts(problem, n, points, None) for n, points in enumerate(where)]
    atoms = problem.written(Add(*(p.atoms for p in every)))
    if atoms != 0:
        raise IllFormed(f"no Euler–Lagrange equation: the variation has the part {atoms}; see functional_derivative")
    return [Eq(problem.density(p.continuous), 0) for p in every]


def _refuse_parameters(problem: Problem, where) -> None:
    """Raises IllFormed for a symbol with the name of a point of f at which f is never taken, which is ambiguous."""
    names = {p.name for points in where for p in points if isinstance(p, Point)}
    loose = {s for s in problem.J.free_symbols if isinstance(s, Symbol) and not isinstance(s, Point)}
    met = sorted(s.name for s in loose if s.name in names)
    if met and any(takes(problem.J, head) for head in problem.heads):
        raise IllFormed(f"x: {met[0]} is free in L, but f is not taken at it; rename it, or write the Integral over it")
