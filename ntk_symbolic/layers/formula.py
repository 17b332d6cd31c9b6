"""The recursion written out: the layer rules, read as formulas."""

from __future__ import annotations

from typing import Any

from sympy import Eq, Expr, Function, Matrix, Rational, Symbol, nsimplify, sqrt

from ..activations.dual import a, b, c

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


def _squared(std: float) -> Expr:
    """std² as it was meant: 2 for the float nearest √2, else the square of the decimal it prints as."""
    square = nsimplify(std**2, tolerance=1e-12, rational=True)
    return square if float(sqrt(square)) == std and square.q < 1000 else Rational(repr(std)) ** 2
