"""The recursion of a network and its derivatives as formulas, one for each word of the graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod
from typing import Any, cast

from sympy import Eq, Expr, Function, Integer, Matrix, Piecewise, Rational, Symbol, nsimplify, sign, sqrt

from ..activations.form.tidy import tidy
from ..activations.form.variables import a, b, c
from ..networks.graph import Graph, Node

x, x_, d = Symbol("x"), Symbol("x'"), Symbol("d")

ZERO = Integer(0)
BENDING = ("elementwise", "normalised", "centred", "product")  # words that are not linear in the kernels they read


def formula(graph: Graph, wrt: str | None = None, layer: int | None = None, digits: int = 1) -> tuple[Eq, ...]:
    """One Eq for each named place: (Σ_k(x, x'), Θ_k(x, x')) from those before it, without Θ if φ jumps.

    wrt, layer   None, or as for `Network.derivative`: then the derivatives (dΣ_k, dΘ_k). Those with respect to "X" are
                 gradients in x, and those of K(x, x) in both places are twice dK(x, x).
    digits       the number of digits of every k, with leading zeros: SymPy orders terms by name, so Σ_09 precedes Σ_10.
    A place has a name if several words or a word that is not linear in kernels read it, if a Dense follows a Dense there,
    or if it is the output. Raises NoClosedForm.
    """
    reading = Written(graph, wrt, layer, digits)
    zero = Moving(ZERO)
    graph.run(reading, State(Moving(Function("dot")(x, x_) / d, x_ / d if wrt == "X" else ZERO), zero, zero))
    return tuple(reading.equations)


@dataclass(frozen=True)
class Moving:
    """A formula and its derivative in the requested direction, 0 if none is requested."""

    value: Expr
    moved: Expr = ZERO

    def __add__(self, other: Moving) -> Moving:
        return Moving(self.value + other.value, self.moved + other.moved)

    def __mul__(self, other: Moving) -> Moving:
        return Moving(self.value * other.value, other.moved * self.value + other.value * self.moved)

    def over_root(self, square: Moving) -> Moving:
        """Over √square."""
        root = sqrt(square.value)
        return Moving(self.value / root, self.moved / root - self.value * square.moved / (2 * square.value * root))


@dataclass(frozen=True)
class State:
    """Formulas in x and x' of one place.

    sigma   Σ.   fresh   the part of Θ due to the parameters of the last sum of weights.   theta   the rest of Θ
    mean    the mean of the units as a formula in x, if a later word needs it
    """

    sigma: Moving
    fresh: Moving
    theta: Moving
    mean: Moving | None = None

    @property
    def tangent(self) -> Moving:
        return self.fresh + self.theta

    def times(self, factor: Moving) -> State:
        """Σ and Θ multiplied by a factor."""
        return replace(self, sigma=factor * self.sigma, fresh=factor * self.fresh, theta=factor * self.theta)


class Written:
    """The reading that writes formulas; `equations` are those of the named places so far."""

    name, remedy = "the formula", "kernel and gap answer in numbers"

    def __init__(self, graph: Graph, wrt: str | None, layer: int | None, digits: int) -> None:
        self.wrt, self.layer, self.digits, self.named = wrt, layer, digits, named(graph)
        self.has_tangent = not any(phi.jumps for phi in graph.activations)
        if self.has_tangent:
            graph.require_widths()
        self.equations: list[Eq] = []

    def linear(self, node: Node, before: State) -> State:
        square, tangent = self._gain(node, "W_std")
        return self._placed(node, State(square * before.sigma, tangent * before.sigma, square * before.tangent))

    def constant(self, node: Node, like: State) -> State:
        if self.wrt == "b_std" and self.layer in (None, node.number) and self.has_tangent:
            node.require_continuous_tangent()
        square, tangent = self._gain(node, "b_std")
        return self._placed(node, State(square, tangent, Moving(ZERO)))

    def join(self, node: Node, *summands: State) -> State:
        means = [each.mean for each in summands if each.mean is not None]
        crossed = [m * self._right(n) for i, m in enumerate(means) for j, n in enumerate(means) if i != j]
        return self._placed(
            node,
            State(
                _sum(*(each.sigma for each in summands), *crossed),
                _sum(*(each.fresh for each in summands)),
                _sum(*(each.theta for each in summands)),
                _sum(*means) if means else None,
            ),
        )

    def product(self, node: Node, *factors: State) -> State:
        sigmas = [each.sigma for each in factors]
        tangents = [prod([*sigmas[:i], *sigmas[i + 1 :]], start=each.tangent) for i, each in enumerate(factors)]
        means = [each.mean for each in factors]
        mean = prod(cast(list[Moving], means), start=_ONE) if None not in means else None
        return self._placed(node, State(prod(sigmas, start=_ONE), Moving(ZERO), _sum(*tangents), mean))

    def concat(self, node: Node, *branches: State) -> State:
        shares = [Moving(Rational(share.exact)) for share in node.argument]
        parts = [each.times(share) for each, share in zip(branches, shares, strict=True)]
        means = [share * each.mean for each, share in zip(branches, shares, strict=True) if each.mean is not None]
        return self._placed(
            node,
            State(
                _sum(*(each.sigma for each in parts)),
                _sum(*(each.fresh for each in parts)),
                _sum(*(each.theta for each in parts)),
                _sum(*means) if means else None,
            ),
        )

    def scaled(self, node: Node, before: State) -> State:
        factor = Moving(meant(node.argument))
        mean = None if before.mean is None else factor * before.mean
        return self._placed(node, replace(before.times(factor * factor), mean=mean))

    def elementwise(self, node: Node, before: State) -> State:
        phi, sigma = node.argument, before.sigma
        at = {a: self._left(sigma), b: self._right(sigma), c: sigma}
        kappa = _along(phi.dual_expr, at, {c: phi.dual_dot_expr} if self.wrt else {})  # Price: ∂κ/∂c = κ̇
        theta = _along(phi.dual_dot_expr, at) * before.tangent if self.has_tangent else Moving(ZERO)
        mean = _along(phi.mean_expr, {a: at[a]}) if node.mean else None
        return self._placed(node, State(kappa, Moving(ZERO), theta, mean))

    def centred(self, node: Node, before: State) -> State:
        mean = cast(Moving, before.mean)
        crossed = Moving(Integer(-1)) * mean * self._right(mean)
        return self._placed(node, replace(before, sigma=before.sigma + crossed, mean=None))

    def normalised(self, node: Node, before: State) -> State:
        eps = Moving(meant(node.argument))
        left, right = self._left(before.sigma) + eps, self._right(before.sigma) + eps
        mean = None if before.mean is None else before.mean.over_root(left)
        root = _ONE.over_root(left * right)
        return self._placed(node, replace(before.times(root), mean=mean))

    def dropped(self, node: Node, before: State) -> State:
        kept = Moving(Piecewise((1 / meant(node.argument), Eq(x, x_)), (1, True)))
        return self._placed(node, before.times(kept))

    def _placed(self, node: Node, made: State) -> State:
        """The formulas of a place, or the symbol that names it from here on."""
        if node.place not in self.named:
            return made
        k = f"{len(self.equations) + 1:0{self.digits}d}"
        sigma, theta, moved_sigma, moved_theta = (
            Function(f"{name}_{k}")(x, x_) for name in ("Sigma", "Theta", "dSigma", "dTheta")
        )
        still = made.tangent == Moving(ZERO)
        named = State(
            Moving(sigma, moved_sigma if self.wrt else ZERO),
            Moving(ZERO),
            Moving(ZERO) if still else Moving(theta, moved_theta if self.wrt else ZERO),
            made.mean,
        )
        # a Dense whose parameters are all trained, at rate 1 and in NTK parameterisation, adds its own Σ to Θ
        tangent = named.sigma + made.theta if made.fresh == made.sigma else made.tangent
        if self.wrt:
            both = [(moved_sigma, made.sigma.moved), (moved_theta, tangent.moved)]
        else:
            both = [(sigma, made.sigma.value), (theta, tangent.value)]
        lhs, rhs = zip(*(both if self.has_tangent else both[:1]))
        self.equations.append(Eq(Matrix(lhs), Matrix(rhs), evaluate=False))
        return named

    def _gain(self, node: Node, std: str) -> tuple[Moving, Moving]:
        """std² and the factor of Θ."""
        gain = node.argument
        if gain.fan_in == 0:  # the number of features, which is not known
            gain = replace(gain, fan_in=d)
        here = self.wrt == std and self.layer in (None, node.number)
        gain = replace(gain, std=Moving(meant(gain.std), Integer(here)))

        def number(given: Any) -> Moving:
            return given if isinstance(given, Moving) else Moving(given if isinstance(given, Expr) else meant(given))

        return gain.square(number), gain.tangent(number)

    def _left(self, of: Moving) -> Moving:
        """The formula at (x, x). Its derivative by "X" is doubled: both arguments vary, and kernels are symmetric."""
        return Moving(of.value.subs(x_, x), (2 if self.wrt == "X" else 1) * of.moved.subs(x_, x))

    def _right(self, of: Moving) -> Moving:
        """The formula at (x', x')."""
        return Moving(of.value.subs(x, x_), ZERO if self.wrt == "X" else of.moved.subs(x, x_))


_ONE = Moving(Integer(1))


def _sum(*parts: Moving) -> Moving:
    return sum(parts, Moving(ZERO))


def named(graph: Graph) -> set[int]:
    """The places with a name."""
    readers: dict[int, list[str]] = {}
    for node in graph.nodes:
        for place in node.inputs:
            if node.word != "constant":  # which reads the number of units only
                readers.setdefault(place, []).append(node.word)
    return {
        node.place
        for node in graph.nodes
        if len(words := readers.get(node.place, [])) != 1
        or words[0] in BENDING
        or (words[0] == "linear" and node.gaussian)
    }


def _along(e: Expr, at: dict[Any, Moving], slopes: dict[Any, Expr] | None = None) -> Moving:
    """A formula in moments at these moments, with Σ ∂/∂v · dv; `slopes` are those of its ∂/∂v that are already known."""
    moments = {v: m.value for v, m in at.items()}
    known = slopes or {}
    moved = [
        (known[v] if v in known else _slope(e, v)).subs(moments, simultaneous=True) * m.moved
        for v, m in at.items()
        if m.moved != 0
    ]
    return Moving(e.subs(moments, simultaneous=True), sum(moved, ZERO))


def _slope(e: Expr, v: Any) -> Expr:
    """∂e/∂v without 0/0 at c² = ab: in the first round the roots take one form, in the second b/√P − c²/(a√P) is √P/a."""
    return tidy(tidy(e.diff(v)))


@lru_cache(maxsize=256)
def meant(value: float) -> Expr:
    """The number that a float stands for: √2 for the float nearest to it, likewise 1/3, otherwise its printed decimal."""
    simple = nsimplify(value, tolerance=1e-12, rational=True)
    if float(simple) == value and simple.q < 1000:
        return simple
    return sign(Rational(repr(value))) * sqrt(_squared(abs(value)))


def _squared(std: float) -> Expr:
    """The square that a float stands for: 2 for the float nearest √2, otherwise the square of its printed decimal."""
    square = nsimplify(std**2, tolerance=1e-12, rational=True)
    return square if float(sqrt(square)) == std and square.q < 1000 else Rational(repr(std)) ** 2
