"""Functions at moved points, f(x − 1), f(t − x), θ[i + 1], and under ∫₀ˣ: against the definition, by quadrature."""

import pytest
from by_quadrature import LONG, STEP, Bell, T, derivative, value
from numpy.polynomial import Polynomial
from numpy.polynomial.legendre import leggauss
from sympy import (
    Eq,
    Function,
    IndexedBase,
    Integral,
    Piecewise,
    Rational,
    Sum,
    Symbol,
    diff,
    exp,
    oo,
    symbols,
)

from ntk_symbolic.calculus import euler_lagrange, functional_derivative, gateaux
from ntk_symbolic.errors import IllFormed

x, y, z, t = symbols("x y z t")
c = Symbol("c", positive=True)
i, j, k, N = symbols("i j k N", integer=True)
f, g, phi = symbols("f g phi", cls=Function)
theta = IndexedBase("theta")
half = Rational(1, 2)

U, V, G = Polynomial([1, 2, -1]), Polynomial([3, -1, 0, 1]), Polynomial([2, 1, -1])


EIGHT = leggauss(8)  # exact up to degree 15


def close(number, digits=1e-9):
    return pytest.approx(number, rel=digits, abs=digits)


def panels(density, phi, lo, hi):
    """∫ density φ, cut where the densities of these tests jump: at whole numbers."""
    return sum(Integral(density * phi(z), (z, n, n + 1)) for n in range(lo, hi))


def on(integrand, *limits):
    return Integral(integrand, *limits)


CUT = {  # J, and the interval that f lives on
    "a delay": (on(f(x) * f(x - 1) ** 2, (x, 1, 3)), 0, 3),
    "a delay under a weight": (on(g(x) * f(x - 1) ** 2, (x, 0, 1)), -1, 0),
    "a multiple": (on(x * f(2 * x) ** 2, (x, 0, 1)), 0, 2),
    "a reflection": (on(x * f(1 - 2 * x) ** 2, (x, 0, 1)), -1, 1),
    "the slope of a delay": (on(f(x - 1).diff(x) ** 2 * x, (x, 0, 1)), -1, 0),
    "a slope beside a delay": (on((f(x).diff(x) - f(x - 1)) ** 2, (x, 0, 2)), -1, 2),
    "a kernel of the difference": (on(g(t) * g(t - x) * f(x), (x, 0, 1), (t, 0, 2)), 0, 1),
    "up to x": (on(on(f(y), (y, 0, x)) ** 2, (x, 0, 1)), 0, 1),
    "from x on": (on(on(f(y), (y, x, 2)) * f(x) * x, (x, 0, 2)), 0, 2),
    "Volterra's": (on(f(x) * on(g(x - y) * f(y), (y, 0, x)), (x, 0, 2)), 0, 2),
    "twice up to x": (on(on(on(f(y), (y, 0, t)), (t, 0, x)) ** 2, (x, 0, 1)), 0, 1),
}
ROUGH = {
    "a sum of variables": (on(f(x + y) ** 2 * x, (x, 0, 1), (y, 0, 1)), 0, 2),
    "a convolution on an interval": (on(g(t) * on(g(x) * f(t - x), (x, 0, 1)), (t, 0, 2)), -1, 2),
    "a delay up to x": (on(on(f(y) * f(y + 1), (y, 0, x)) * x, (x, 0, 1)), 0, 2),
    "a moving window": (on(g(x) * on(f(y), (y, x - half, x + half)) ** 2, (x, 0, 1)), -1, 2),
}


@pytest.mark.parametrize("J, lo, hi", CUT.values(), ids=CUT)
def test_a_moved_function_has_its_density_by_change_of_variable(J, lo, hi):
    d = functional_derivative(J, f, z)
    assert d.atoms == 0 and d.hypotheses == ()
    along = derivative(J, U, V, EIGHT, g=G)
    whole = panels(d.density, d.phi, lo, hi) + d.boundary
    assert value(whole, {"f": U, "g": G, "varphi": V}, rule=EIGHT) == close(along)
    assert value(gateaux(J, f, phi), {"f": U, "g": G, "phi": V}, rule=EIGHT) == close(along)
    wrong = panels(d.density.subs(z, z + 1), d.phi, lo, hi) + d.boundary
    assert value(wrong, {"f": U, "g": G, "varphi": V}, rule=EIGHT) != close(along)


@pytest.mark.parametrize("J, lo, hi", ROUGH.values(), ids=ROUGH)
def test_a_density_that_jumps_inside_agrees_as_far_as_midpoints_tell(J, lo, hi):
    d = functional_derivative(J, f, z)
    along = derivative(J, U, V, g=G)
    there = value(on(d.density * d.phi(z), (z, lo, hi)), {"f": U, "g": G, "varphi": V}, rule=LONG)
    assert there == close(along, 2e-2)  # 100 midpoints, jumps of size 10
    assert 1.1 * there != close(along, 2e-2)


LINE = {
    "a delay": on(f(x) * f(x - 1) ** 2, (x, -oo, oo)),
    "an autocorrelation": on(f(x) * f(x + t), (x, -oo, oo)),
    "a convolution": on(g(t) * on(f(x) * f(t - x), (x, -oo, oo)), (t, -oo, oo)),
    "the slope of a delay": on(f(x - 1).diff(x) ** 2 * f(x), (x, -oo, oo)),
    "a scaling": on(f(c * x) ** 2 * g(x), (x, -oo, oo)),
    "at one time": on(g(x) * f(t - x), (x, -oo, oo)) ** 2,
}


@pytest.mark.parametrize("J", LINE.values(), ids=LINE)
def test_so_it_has_on_the_whole_line(J):
    bells = {"f": exp(-((T - half) ** 2)), "varphi": (1 + T) * exp(-(T**2)), "g": exp(-((T + half) ** 2) / 2)}
    u, v, w = (Bell((1, h)) for h in bells.values())
    d = functional_derivative(J, f, z)
    at = {"t": 0.7, "c": 1.3}
    along = value(J, {"f": u + 1j * STEP * v, "g": w}, at, LONG).imag / STEP
    whole = on(d.density * d.phi(z), (z, -oo, oo))
    assert value(whole, {"f": u, "varphi": v, "g": w}, at, LONG) == close(along)  # midpoints are exact on bells


def test_results_are_in_the_form_one_would_write():
    assert functional_derivative(LINE["a delay"], f(x)).density == 2 * f(x) * f(x + 1) + f(x - 1) ** 2
    up_to_x = functional_derivative(CUT["up to x"][0], f, z).density
    assert up_to_x == Integral(2 * Integral(f(y), (y, 0, x)), (x, z, 1))
    sums = functional_derivative(Sum(Sum(theta[j], (j, 1, i)) ** 2, (i, 1, N)), theta, k).density
    assert sums == Sum(2 * Sum(theta[j], (j, 1, i)), (i, k, N))
    assert euler_lagrange(f(x) * f(x - 1) + f(x).diff(x) ** 2, f(x)) == [
        Eq(f(x + 1) + f(x - 1) - 2 * f(x).diff(x, 2), 0)
    ]
    diagonal = functional_derivative(Integral(f(x, x - 1) ** 2, (x, 0, 1)), f, (y, z))
    assert (diagonal.continuous, diagonal.atoms) == (0, Integral(2 * f(x, x - 1) * diagonal.phi(x, x - 1), (x, 0, 1)))


CHAINS = {
    "differences": lambda v, n: Sum((v[i + 1] - v[i]) ** 2, (i, 1, n - 1)),
    "second differences": lambda v, n: Sum((v[i + 1] - 2 * v[i] + v[i - 1]) ** 2, (i, 2, n - 1)),
    "Ising's": lambda v, n: Sum(v[i] * v[i + 1] * i, (i, 1, n - 1)) + Sum(v[i] ** 4, (i, 1, n)),
    "all that came before": lambda v, n: Sum(v[i] * Sum(v[j] ** 2, (j, 1, i - 1)), (i, 1, n)),
    "partial sums": lambda v, n: Sum(Sum(v[j], (j, 1, i)) ** 2 * i, (i, 1, n)),
}


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_neighbours_in_a_sum_have_the_gradient_of_the_written_out_sum(chain):
    v = symbols("v1:6")
    gradient = [diff(chain(theta, 5).doit().subs({theta[n + 1]: v[n] for n in range(5)}), s) for s in v]
    density = functional_derivative(chain(theta, N), theta, k).density
    for n in range(5):
        there = density.subs(N, 5).subs(k, n + 1).doit().subs({theta[m + 1]: v[m] for m in range(5)})
        assert (there - gradient[n]).expand() == 0
    assert (
        density.subs(N, 5).subs(k, 2).doit().subs({theta[m + 1]: v[m] for m in range(5)}) - gradient[2]
    ).expand() != 0


def test_the_density_at_a_number_is_that_at_a_letter():
    J = CUT["a delay"][0]
    density = functional_derivative(J, f, z).density
    for number in (half, 3 * half, 5 * half):
        assert functional_derivative(J, f, number).density == density.subs(z, number)
    assert functional_derivative(J, f, half).density == 2 * f(half) * f(3 * half)


def test_memory_without_a_beginning():
    J = on(f(x) * on(exp(y - x) * f(y), (y, -oo, x)), (x, -oo, oo))
    before, after = on(f(y) * exp(y - z), (y, -oo, z)), on(f(x) * exp(z - x), (x, z, oo))
    assert functional_derivative(J, f, z).density == before + after


REFUSED = {
    "a moved sample": (Sum(f(theta[i] - 1), (i, 1, N)), r"theta\[i\] - 1 is no point; only a variable"),
    "an entry at the end": (Sum(theta[i] * theta[i + 1], (i, 1, N)) + theta[1] * theta[N], "N is an end of the Sum"),
    "a square": (on(f(x**2), (x, 0, 1)), r"x\*\*2 is no point; x may stand there times a number"),
    "f of f": (on(f(f(x)), (x, 0, 1)), r"f\(x\) is no point"),
    "another function": (on(f(g(x)), (x, 0, 1)), r"g\(x\) is no point"),
    "a number of unknown sign": (on(f(t * x), (x, 0, 1)), "the sign of t"),
    "every second index": (Sum(theta[2 * i], (i, 1, 3)), "times 1 or −1"),
    "limits in disorder": (on(on(f(y), (y, 0, x)), (x, -1, 1)), "it is not shown that 0 ≤ x"),
    "a curved limit": (on(on(f(y), (y, 0, x**2)), (x, 0, 1)), r"x\*\*2 is no point"),
    "unknown ends": (on(f(x) * f(x - t), (x, 0, 1)), "which is the smaller is not known"),
    "a slope under a moving limit": (on(on(f(y).diff(y), (y, 0, x)) ** 2, (x, 0, 1)), "cannot be integrated by parts"),
}


@pytest.mark.parametrize("J, reason", REFUSED.values(), ids=REFUSED)
def test_is_refused_with_the_true_reason(J, reason):
    with pytest.raises(IllFormed, match=reason):
        functional_derivative(J, f if J.has(f) else theta, z)


def test_where_it_is_asked_is_no_expression():
    with pytest.raises(IllFormed, match="x: f is taken at symbols, numbers"):
        functional_derivative(CUT["a delay"][0], f(x - 1))


def test_crossed_limits_stay_conditions():
    """y ≥ t and y ≤ x at once: from t to x the integral would run backwards where t > x."""
    J = on(on(f(y), (y, 0, x)) * on(f(y), (y, t, 1)), (x, 0, 1), (t, 0, 1))
    along = gateaux(J, f, phi)
    assert value(along, {"f": U, "phi": V}) == close(derivative(J, U, V))
    K = on(
        Piecewise((1, y <= x), (0, True)) * Piecewise((1, y >= t), (0, True)) * f(y), (y, 0, 1), (x, 0, 1), (t, 0, 1)
    )

    exact = 17 / 60  # ∫ U(y) y (1 − y) dy; a backward integral would make it 0
    assert value(gateaux(K, f, f), {"f": U}, rule=LONG) == close(exact, 0.1)


def test_a_piecewise_that_sympy_pulled_out_of_an_integral_is_refused():
    """SymPy 1.14 makes ∫ x ∫ 1[y ≤ x] f(y) dy dx a Piecewise in y around the integral over y."""
    inner = on(Piecewise((f(y), y <= x), (0, True)), (y, 0, 1))
    with pytest.raises(IllFormed, match="SymPy pulls a Piecewise out"):
        gateaux(on(x * inner, (x, 0, 1)), f, phi)
