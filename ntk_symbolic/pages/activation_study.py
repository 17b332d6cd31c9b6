"""The results on the page of an activation: shape, dual kernels, power series, sampled layers, depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Float, Integer, Rational, S

from ..activations.derive.dual import Dual
from ..activations.derive.hermite import coefficients, number, squares
from ..activations.facts.features import Features, features
from ..activations.facts.growth import growth
from ..activations.form.variables import u
from ..activations.numbers.coefficients import Pole
from ..errors import InvalidInput, NoClosedForm, UncertifiedWarning
from ..finite.one_layer import Estimate, layer_averages
from ..infinite.phases import Edge, Phases, edges, phases, where_known
from ..networks.dense import Dense

if TYPE_CHECKING:
    from ..api import Activation

Array = NDArray[Any]
ORDER = 8  # of the power series shown
WIDTH, NETWORKS = 256, 64
DOTS = np.linspace(-1, 1, 11)
PROVED = np.array([-1, -0.5, 0, 0.5, 0.9, 0.99, 1])  # correlations at which bounds are shown
SMALL, LARGE = 1e-6, 1e10  # variances between which the largest with a kernel is sought
HALVINGS = 20
FOLLOWED = (
    1e3  # radians for each standard deviation of u, up to which waves beside a breakpoint are integrated for a page
)
UNTOLD = 1e-10  # so small a coefficient is shown as 0 only if it may be 0


@dataclass(frozen=True)
class ByDual:
    """The values of κ and κ̇ by the public functions, as `infinite.phases.Numbers`; a variance is integrated once."""

    phi: Activation
    squares: dict[float, float] = field(default_factory=dict, compare=False, repr=False)
    slope_squares: dict[float, float] = field(default_factory=dict, compare=False, repr=False)

    def square(self, q: Array) -> Array:
        return _remembered(self.squares, lambda q: self._below(self.reach, self.phi.dual, q), q)

    def slope_square(self, q: Array) -> Array:
        reach = 0.0 if self.phi.jumps or self.pole else self.reach
        return _remembered(self.slope_squares, lambda q: self._below(reach, self.phi.dual_dot, q), q)

    def correlated(self, q: float, rho: Array) -> Array:
        return where_known(lambda rho: self._read(self.phi.dual, q, q, q * rho), rho)

    def slope_correlated(self, q: float, rho: Array) -> Array:
        return self._read(self.phi.dual_dot, q, q, q * rho)

    @cached_property
    def pole(self) -> Pole | None:
        """The pole of φ', if E φ'(u)² is infinite there."""
        if not self.phi.jumps:
            for q in (SMALL, 1.0):
                try:
                    self._read(self.phi.dual_dot, *(3 * [np.array([q])]))
                except Pole as reason:
                    return reason
                except (NoClosedForm, InvalidInput):
                    pass  # beyond its reach
        return None

    @cached_property
    def reach(self) -> float:
        """The variance from which on E φ(u)² is infinite, or not found. Raises NoClosedForm if it always is."""
        self._read(self.phi.dual, *(3 * [np.array([SMALL])]))
        self._found(1.0)
        f = self.phi.reading
        if f.frequency:
            return (FOLLOWED / f.frequency) ** 2
        if f.closed:
            return f.limit
        if self._found(LARGE):
            return np.inf
        low, high = np.log(SMALL), np.log(LARGE)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._found(np.exp(middle)) else (low, middle)
        return float(np.exp(low))

    def _found(self, q: float) -> bool:
        """True if there are values of κ and κ̇ at this variance."""
        moments = 3 * [np.array([q])]
        try:
            self._read(self.phi.dual, *moments)
            if not self.phi.jumps and not self.pole:
                self._read(self.phi.dual_dot, *moments)
        except Pole:
            raise
        except (NoClosedForm, InvalidInput):
            return False
        return True

    def _below(self, reach: float, dual: Callable[..., Any], q: Array) -> Array:
        """dual(q, q, q) where q is below reach, ∞ beyond."""
        out = np.full(q.shape, np.inf)
        inside = q < reach
        if inside.any():
            out[inside] = where_known(lambda q: self._read(dual, q, q, q), q[inside])
        return out

    def _read(self, dual: Callable[..., Any], *moments: Any) -> Array:
        """The values without warnings, since the page states that a φ has no closed form."""
        uncertified = not self.phi.reading.closed
        with catch_warnings():
            simplefilter("ignore", UncertifiedWarning)
            out = dual(*moments, bound=uncertified)
        return out[0] if uncertified else out


def _remembered(known: dict[float, float], f: Callable[[Array], Array], q: Array) -> Array:
    """f at q, evaluated once at each point: the grids of phases and edges have most of their points in common."""
    new = np.array([x for x in np.ravel(q).tolist() if x not in known])
    if new.size:
        known.update(zip(new.tolist(), f(new).tolist(), strict=True))
    return np.reshape([known[x] for x in np.ravel(q).tolist()], np.shape(q))


@dataclass(frozen=True)
class ActivationStudy:
    """The results, computed when a format needs them. `variance` is that of u and v unless stated otherwise.

    Raises NoClosedForm if the breakpoints of φ are not found, or E φ(u)² is not finite.
    """

    phi: Activation
    dense: Dense

    @cached_property
    def features(self) -> Features:
        return features(self.phi.expr)

    @property
    def growth(self) -> tuple[str, Expr] | None:
        """The growth of the features; without a closed form, a bound on the whole line, if it is a whole power."""
        bound = growth(self.phi.expr, u)
        if self.features.growth or bound is None or not bound[1].is_integer():
            return self.features.growth
        return "power", Integer(int(bound[1]))

    @cached_property
    def dual(self) -> Dual | NoClosedForm:
        """The derived dual, or the reason why there is none."""
        try:
            return self.phi._dual
        except NoClosedForm as reason:
            return reason

    @cached_property
    def numbers(self) -> ByDual:
        """κ and κ̇ in floats. Raises NoClosedForm if E φ(u)² is infinite."""
        reading = ByDual(self.phi)
        _ = reading.reach
        return reading

    @cached_property
    def variance(self) -> Rational:
        """1, or a power of 1/4 so far below the reach of φ that sampled layers have standard errors: E φ(u)⁴ is finite."""
        return Rational(4) ** int(np.floor(np.log(min(self.numbers.reach, 4.0) / 4) / np.log(4)))

    @cached_property
    def q(self) -> float:
        return float(self.variance)

    @cached_property
    def no_slope(self) -> bool:
        """True if E φ'(u)² is infinite."""
        return self.features.jumps or self.numbers.pole is not None

    @cached_property
    def hermite(self) -> tuple[Expr, ...]:
        """α_0 … α_ORDER: exact, or floats; a value that its bound does not separate from 0 is 0."""
        if isinstance(self.dual, Dual):
            return coefficients(self.dual.terms, self.variance, ORDER)
        alpha, off = self.phi.series.hermite(np.array([self.q]))
        return tuple(Float(x, 12) if abs(x) > min(off[0], UNTOLD) else S.Zero for x in alpha[: ORDER + 1, 0])

    @cached_property
    def hermite_error(self) -> float:
        """A bound of the error of each, if they are floats; infinite if the growth of φ is unknown."""
        return float(self.phi.series.hermite(np.array([self.q]))[1][0])

    @cached_property
    def bounded(self) -> tuple[tuple[Array, Array], ...]:
        """(κ, bound) and, unless φ jumps, (κ̇, bound) at PROVED."""
        duals = [self.phi.dual] if self.no_slope else [self.phi.dual, self.phi.dual_dot]
        return tuple(f(self.q, self.q, self.q * PROVED, bound=True) for f in duals)

    @property
    def is_bounded(self) -> bool:
        """True if the error of any of these numbers is bounded."""
        return any(np.isfinite(bound).any() for _, bound in self.bounded)

    @cached_property
    def series(self) -> tuple[Expr, ...]:
        """The coefficients of κ(q, q, qρ) up to ρ^ORDER."""
        return squares(self.hermite)

    @cached_property
    def shown(self) -> float:
        """The share of κ(q, q, q) in the sum of these coefficients."""
        whole = float(self.numbers.square(np.array([self.q]))[0])
        return sum(map(number, self.series)) / whole if whole else 1.0

    @cached_property
    def sampled(self) -> tuple[Estimate, Estimate]:
        """Estimates of κ and κ̇ at DOTS; the second is meaningless if φ jumps."""
        return layer_averages(self.phi, DOTS, WIDTH, NETWORKS, self.q)

    @cached_property
    def farthest(self) -> float:
        """The largest distance of a dot from its curve, in standard errors."""
        numbers = self.numbers  # first: raises if moments are infinite
        kappa, slope = self.sampled
        gaps = [kappa.farthest(numbers.correlated(self.q, DOTS))]
        if not self.no_slope:
            gaps.append(slope.farthest(numbers.slope_correlated(self.q, DOTS)))
        return max(gaps)

    @cached_property
    def phases(self) -> Phases:
        return phases(self.numbers, self.dense)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        return edges(self.numbers, self.dense.b_std)
