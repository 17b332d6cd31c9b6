"""The recursion and its derivatives written out: the layer rules, read as formulas."""

from __future__ import annotations

from typing import Any

from sympy import Eq, Expr, Function, Matrix, Rational, Symbol, nsimplify, sqrt

from ..activations.dual import a, b, c
from ..activations.tidy import tidy

x, x_, d = Symbol("x"), Symbol("x'"), Symbol("d")


def formula(layers: tuple[Any, ...]) -> tuple[Eq, ...]:
    """One Eq per Dense layer l: (Σ_l(x, x'), Θ_l(x, x')) from those of the layer before; without Θ where φ jumps."""
    has_tangent = not any(phi.jumps for phi in layers[1::2])
    out = []
    kappa, tangent = Function("dot")(x, x_) / d, Rational(0)
    for number, dense in enumerate(layers[::2], 1):
        w, bias = _squared(dense.W_std), _squared(dense.b_std)
        sigma, theta = (Function(f"{name}_{number}") for name in ("Sigma", "Theta"))
        covariance = w * kappa + bias
        both = [(sigma(x, x_), covariance), (theta(x, x_), sigma(x, x_) + w * tangent)]
        lhs, rhs = zip(*(both if has_tangent else both[:1]))
        out.append(Eq(Matrix(lhs), Matrix(rhs)))
        if 2 * number < len(layers):
            phi = layers[2 * number - 1]
            moments = {a: sigma(x, x), b: sigma(x_, x_), c: sigma(x, x_)}
            kappa = phi.dual_expr.subs(moments, simultaneous=True)
            tangent = phi.dual_dot_expr.subs(moments, simultaneous=True) * theta(x, x_)
    return tuple(out)


def derivative_formula(layers: tuple[Any, ...], wrt: str, layer: int | None) -> tuple[Eq, ...]:
    """One Eq per Dense layer l: (dΣ_l, dΘ_l) of (x, x'), the derivatives with respect to wrt, from those of the layer before.

    With respect to "X" they are gradients in x, and those of K(x, x) in both places are twice dK(x, x).
    """
    has_tangent, by_input = not any(phi.compiled.jumps for phi in layers[1::2]), wrt == "X"
    out = []
    kappa, tangent = Function("dot")(x, x_) / d, Rational(0)
    moved_kappa, moved_tangent = (x_ / d if by_input else Rational(0)), Rational(0)
    for number, dense in enumerate(layers[::2], 1):
        w, here = _squared(dense.W_std), layer in (None, number)
        moved_w = 2 * sqrt(w) if here and wrt == "W_std" else 0
        moved_bias = 2 * sqrt(_squared(dense.b_std)) if here and wrt == "b_std" else 0
        sigma, theta, moved_sigma, moved_theta = (
            Function(f"{name}_{number}") for name in ("Sigma", "Theta", "dSigma", "dTheta")
        )
        covariance = moved_w * kappa + w * moved_kappa + moved_bias
        both = [
            (moved_sigma(x, x_), covariance),
            (moved_theta(x, x_), moved_sigma(x, x_) + moved_w * tangent + w * moved_tangent),
        ]
        lhs, rhs = zip(*(both if has_tangent else both[:1]))
        out.append(Eq(Matrix(lhs), Matrix(rhs), evaluate=False))
        if 2 * number < len(layers):
            phi = layers[2 * number - 1]
            moments = {a: sigma(x, x), b: sigma(x_, x_), c: sigma(x, x_)}
            steps = {a: moved_sigma(x, x), b: moved_sigma(x_, x_), c: moved_sigma(x, x_)}
            if by_input:
                steps = {a: 2 * steps[a], b: Rational(0), c: steps[c]}
            kappa, dot = (e.subs(moments, simultaneous=True) for e in (phi.dual_expr, phi.dual_dot_expr))
            slopes = {v: phi.dual_dot_expr if v == c else _slope(phi.dual_expr, v) for v in steps}  # Price: ∂κ/∂c = κ̇
            moved_kappa = _along(slopes, steps, moments)
            tangent = dot * theta(x, x_)
            if has_tangent:
                bends = {v: _slope(phi.dual_dot_expr, v) for v in steps}
                moved_tangent = _along(bends, steps, moments) * theta(x, x_) + dot * moved_theta(x, x_)
    return tuple(out)


def _slope(e: Expr, v: Any) -> Expr:
    """∂e/∂v without 0/0 at c² = ab: in the first round the roots take one form, in the second b/√P − c²/(a√P) is √P/a."""
    return tidy(tidy(e.diff(v)))


def _along(slopes: dict[Any, Expr], steps: dict[Any, Expr], moments: dict[Any, Expr]) -> Expr:
    """Σ ∂/∂v · dv at these moments."""
    return sum((slopes[v].subs(moments, simultaneous=True) * step for v, step in steps.items()), Rational(0))


def _squared(std: float) -> Expr:
    """std² as it was meant: 2 for the float nearest √2, else the square of the decimal it prints as."""
    square = nsimplify(std**2, tolerance=1e-12, rational=True)
    return square if float(sqrt(square)) == std and square.q < 1000 else Rational(repr(std)) ** 2
