"""Complex fields as ψ and ψ*, against real steps of J in complex directions."""

import numpy as np
import pytest
from by_quadrature import value
from numpy.polynomial import Polynomial
from sympy import Abs, Eq, Function, I, Integral, Max, Symbol, conjugate, exp, expand, im, re, sign, symbols

from ntk_symbolic.calculus import euler_lagrange, functional_derivative, gateaux
from ntk_symbolic.errors import IllFormed

x, t, a, h = symbols("x t a h")
psi, V, chi = symbols("psi V chi", cls=Function)
ps, star = psi(x), conjugate(psi(x))

U, W = Polynomial([1, 2 - 1j, 1j]), Polynomial([1j, 1, -2 + 1j])
GIVEN = {"V": Polynomial([1, -2, 0.5])}


def over(e):
    return Integral(e, (x, 0, 1))


REAL = {
    "Gross and Pitaevskii": over(Abs(ps.diff(x)) ** 2 / 2 + V(x) * Abs(ps) ** 2 + a * Abs(ps) ** 4 / 2),
    "a current": over(im(star * ps.diff(x)) * V(x)),
    "an overlap": Abs(over(exp(2 * I * x) * ps)) ** 2,
    "an odd power": over((1 + ps * star) ** 2 * re(ps**3)),
    "a modulus": over(Abs(ps)) + 0 * a,
    "the conjugate of an integral": over(V(x) * ps) * conjugate(over(V(x) * ps)) + over(ps + star),
}


@pytest.mark.parametrize("J", REAL.values(), ids=REAL)
def test_both_densities_together_are_the_derivative_along_a_complex_function(J):
    at, step = {"a": 0.7}, 1e-5
    up, down = (value(J, {"psi": U + n * step * W, **GIVEN}, at).real for n in (1, -1))
    d = functional_derivative(J, (ps, star))
    here, there = d.density
    assert d.atoms == 0
    both = over(here * chi(x) + there * conjugate(chi(x))) + d.boundary
    functions = {"psi": U, "chi": W, "varphi_psi": W, "varphi_psi_bar": Polynomial(np.conj(W.coef)), **GIVEN}
    assert value(both, functions, at) == pytest.approx((up - down) / (2 * step), rel=1e-8)
    along = gateaux(J, (ps, star), (chi(x), conjugate(chi(x))))
    assert value(along, functions, at) == pytest.approx((up - down) / (2 * step), rel=1e-8)
    assert functional_derivative(J, star).density == there
    wrong = over(here * chi(x) + here * conjugate(chi(x))) + d.boundary
    assert value(wrong, functions, at) != pytest.approx((up - down) / (2 * step), rel=1e-8)


def test_schroedingers_equation():
    p, q = psi(x, t), conjugate(psi(x, t))
    L = I * q * p.diff(t) - Abs(p.diff(x)) ** 2 / 2 - V(x) * Abs(p) ** 2
    equation = euler_lagrange(L, (p, q))[1]
    assert equation == Eq(I * p.diff(t) + p.diff(x, 2) / 2 - V(x) * p, 0)


def test_constants_keep_their_conjugates_and_variables_are_real():
    d = functional_derivative(over(re(a * exp(I * x) * ps)), star)
    assert expand(d.density - conjugate(a) * exp(-I * x) / 2) == 0
    real = Symbol("x", real=True)
    slope = Integral(conjugate(psi(real).diff(real)) * psi(real), (real, 0, 1))
    assert functional_derivative(slope, conjugate(psi(real))).density == -psi(real).diff(real)


def test_a_conjugate_beside_one_field_is_refused_with_the_remedy():
    with pytest.raises(IllFormed, match=r"as two functions, \(psi\(x\), conjugate\(psi\(x\)\)\)"):
        functional_derivative(over(ps * star), ps)
    with pytest.raises(IllFormed, match=r"the conjugate of .* is not read here"):
        functional_derivative(over(conjugate(ps**a)), star)


def test_cases_of_what_is_complex_are_refused():
    with pytest.raises(IllFormed, match="real functions only"):
        functional_derivative(over(Max(re(ps), 0) ** 2 * Abs(ps)), star)
    with pytest.raises(IllFormed, match="sign of a quantity that is not real"):
        functional_derivative(over(sign(ps + 2 * I) * ps**2), ps)
    assert functional_derivative(over(Abs(ps + 2 * I) ** 2), ps).density == 2 * ps  # ψ is real: |ψ + 2i|² = ψ² + 4
