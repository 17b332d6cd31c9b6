"""A calculus of finite differences: e(to) − e(var) from to − var, without cancellation.

    Δ(x y) = Δx·y + x_to·Δy     Δ√P = ΔP/(√P_to + √P)     Δ(1/x) = −Δx/(x x_to)     Δ exp x = ± exp(max(x, x_to)) · expm1(−|Δx|)
    Δ arctan2(y, x) = arctan2(Δy·x − y·Δx, x_to x + y_to y)

It is the discrete analogue of differentiation.
"""

from __future__ import annotations

from sympy import Add, Expr, Function, Mul, Poly, Pow, S, Symbol, asin, exp, expand, sqrt

from ...errors import NoClosedForm

# unevaluated: SymPy would turn atan2 into atan of a quotient
expm1, arctan2 = Function("expm1"), Function("arctan2")
angle_excess = Function("angle_excess")  # angle_excess(h, c, r) = r arctan2(h, c) − h, where r² = h² + c²
exp_rise = Function("exp_rise")  # exp_rise(x, x_to, Δx) = exp(x_to) − exp(x)


class Difference:
    """The rules for one variable. `here` and `there` give the values at the two ends in the form to be computed."""

    def __init__(self, var: Symbol, to: Symbol, step: Symbol):
        self.var, self.to, self.step = var, to, step

    def here(self, e: Expr) -> Expr:
        return e

    def there(self, e: Expr) -> Expr:
        return e.subs(self.var, self.to)

    def drop(self, e: Expr) -> Expr:
        """e(to) − e(var). Raises NoClosedForm for a function without a rule."""
        if not e.has(self.var):
            return S.Zero
        if e == self.var:
            return self.step
        if e.is_Add:
            return Add(*map(self.drop, e.args))
        if e.is_Mul:
            first, rest = e.args[0], Mul(*e.args[1:])
            return self.drop(first) * self.here(rest) + self.there(first) * self.drop(rest)
        if isinstance(e, exp) or e.func == expm1:
            x = e.args[0]
            return exp_rise(self.here(x), self.there(x), self.drop(x))
        if isinstance(e, asin):
            return self.angle(e)
        if e.func == arctan2:
            (y, x), (dy, dx) = e.args, map(self.drop, e.args)
            return arctan2(
                dy * self.here(x) - self.here(y) * dx, self.there(x) * self.here(x) + self.there(y) * self.here(y)
            )
        if isinstance(e, Pow) and e.exp.is_negative:
            rise, (low, high) = self.drop(1 / e), (f(1 / e) for f in (self.here, self.there))
            return -rise / (low * high)
        if isinstance(e, Pow) and e.exp.is_Rational and e.exp.q <= 2:
            return self.power(e.base, int(e.exp)) if e.exp.q == 1 else self.root_power(e.base, int(2 * e.exp))
        raise NoClosedForm(f"no difference rule for {e.func.__name__}: the conditioned form is not known")

    def angle(self, e: Expr) -> Expr:
        raise NoClosedForm(f"no difference rule for {e}: write the angle as an arctangent")

    def power(self, base: Expr, n: int) -> Expr:
        return telescope(self.drop(base), self.here(base), self.there(base), n)

    def root_power(self, base: Expr, n: int) -> Expr:
        """Δ of base^(n/2), n > 0."""
        y, y_to = sqrt(self.here(base)), sqrt(self.there(base))
        return telescope(self.polynomial(base) / (y + y_to), y, y_to, n)

    def polynomial(self, p: Expr) -> Expr:
        """Δ of a radicand: a polynomial in var, or any expression with a rule."""
        if not p.is_polynomial(self.var):
            return self.drop(p)
        terms = Poly(p, self.var).terms()
        return expand(sum((coef * self.power(self.var, n) for (n,), coef in terms if n), S.Zero))


def telescope(step: Expr, x: Expr, x_to: Expr, n: int) -> Expr:
    """x_to^n − x^n = (x_to − x)·Σ x_to^i x^(n−1−i)"""
    return step * Add(*(x_to**i * x ** (n - 1 - i) for i in range(n)))
