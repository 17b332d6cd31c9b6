"""For any names of variables, functions and parameters, a result holds as it is printed, by names alone."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from by_quadrature import FEW, STEP, Field, value
from sweeps import sweep
from sympy import Function, Integral, Symbol, symbols

from ntk_symbolic.calculus import functional_derivative, gateaux
from ntk_symbolic.errors import IllFormed

LETTERS = ["x", "y", "z", "s", "t", "u", "ε", "eta", "phi", "x_1", "x'", "varphi", "xi_1", "f", "e0"]
ASSUMED = [{}, {"real": True}, {"positive": True}]


def close(number):
    return pytest.approx(number, rel=1e-11, abs=1e-11)  # exact quadrature of terms up to 10³ in double precision


def fields(dimension):
    """Two polynomials of degree 2 in each variable, whose values, slopes and ends are all different."""
    draw = np.random.default_rng(7).integers(-3, 4, (2, *[3] * dimension)).astype(float)
    return Field(draw[0]), Field(draw[1])


def check(J, f, places, box, also=0.7):
    """The density, the boundary terms and the atoms together, and the derivative along a function, are d/dε J[f + ε φ]."""
    name = f(*places).func.__name__
    u, v = fields(len(places))
    given = {"weight": Field(np.array([1.0, 2.0, -1.0]))}
    at = dict.fromkeys((s.name for s in J.free_symbols), also)
    moved = value(J, {name: u + 1j * STEP * v, **given}, at, FEW).imag / STEP
    d = functional_derivative(J, f(*places))
    limits = [(s, *side) for s, side in zip(places, box)]
    whole = Integral(d.continuous * d.phi(*places), *limits) + d.boundary + d.atoms
    direction = Function("direction")
    assert value(whole, {name: u, d.phi.__name__: v, **given}, at, FEW) == close(moved)
    assert value(gateaux(J, f(*places), direction), {name: u, "direction": v, **given}, at, FEW) == close(moved)


def energy(f, x, y, box, c):
    """With every kind of boundary term on a rectangle: faces, slopes there, and corners."""
    u, (over_x, over_y) = f(x, y), [(s, *side) for s, side in zip((x, y), box)]
    local = u.diff(y) ** 2 / 2 + x * u.diff(x) * u + u.diff(x, y) * u.diff(y) + y * u.diff(x, 2)
    edge = Integral(u.subs(y, box[1][0]).diff(x) * u.diff(y).subs(y, box[1][1]), over_x)
    return Integral(local + c * u.diff(y, 2) * u, over_x, over_y) + edge


PAIRS = [*permutations("xyz", 2), *pairwise(LETTERS[::2])]
SQUARE, RECTANGLE = [(0, 1), (0, 1)], [(0, 1), (-1, 2)]


@pytest.mark.parametrize(
    "n, names",
    sweep([*enumerate(PAIRS)], [*enumerate(PAIRS)][:8]),
    ids=lambda p: "".join(p) if isinstance(p, tuple) else str(p),
)
def test_boundary_terms_on_a_rectangle_hold_whatever_the_variables_are_called(n, names):
    """A letter of its own, told from the variables by assumptions only, once stood for both in Subs(∂f(x, x), x, 0)."""
    x, y = (Symbol(name, **ASSUMED[(n + k) % 3]) for k, name in enumerate(names))
    box = (SQUARE, RECTANGLE)[n % 2]
    f = Function(next(name for name in ("f", "g", "h") if name not in names))
    c = Symbol(next(name for name in LETTERS[n % 7 :] if name not in (*names, f.__name__)))
    check(energy(f, x, y, box, c), f, (x, y), box)


def test_the_dirichlet_energy_on_the_square():
    x, y = symbols("x y", real=True)
    f = Function("f")
    d = functional_derivative(Integral(f(x, y).diff(y) ** 2, (x, 0, 1), (y, 0, 1)) / 2, f(x, y))
    at_0, at_1 = (f"Integral(varphi(x, {end})*Subs(Derivative(f(x, y), y), y, {end}), (x, 0, 1))" for end in (0, 1))
    assert str(d.boundary) == f"-{at_0} + {at_1}"


@pytest.mark.parametrize("name", ["x", "y", "phi", "varphi", "xi_1"])
def test_a_function_may_be_called_like_a_letter(name):
    """A path x(t), say: the letter of the line is x too."""
    x, t = Function(name), Symbol("t", real=True)
    weight = Function("weight")
    check(
        Integral(x(t).diff(t) ** 2 * t + x(t).diff(t, 2) * x(t) + x(t) * weight(t).diff(t), (t, 0, 2)),
        x,
        (t,),
        [(0, 2)],
    )
    d = functional_derivative(Integral(x(t).diff(t) ** 2, (t, 0, 1)), x)
    assert name not in {s.name for s in d.density.free_symbols | d.boundary.atoms(Symbol)}
    assert d.phi.__name__ != name


def test_three_variables_of_one_cube():
    x, y, z = (Symbol(name, **more) for name, more in zip("yzx", ASSUMED))
    f = Function("f")
    u = f(x, y, z)
    cube = [(s, 0, 1) for s in (x, y, z)]
    J = Integral(u.diff(z) ** 2 + x * u.diff(y, z) * u.diff(x), *cube)
    check(J, f, (x, y, z), [(0, 1)] * 3)


def test_a_parameter_in_a_limit_is_not_caught_by_a_variable():
    """J integrates over y, the direction depends on another y."""
    y, t, s = symbols("y t s")
    f, h = Function("f"), Function("h")
    u, v = fields(1)
    along = gateaux(Integral(y * f(y) ** 2, (y, 0, 1)), f(t), t * Integral(h(s), (s, 0, y)))
    expected = Integral(2 * s * f(s) * s, (s, 0, 1)) * Integral(h(s), (s, 0, y))
    assert value(along, {"f": u, "h": v}, {y: 0.7}) == close(value(expected, {"f": u, "h": v}, {y: 0.7}))


@pytest.mark.parametrize("again", [Symbol("a", real=True), Symbol("a", positive=True)], ids=repr)
def test_two_symbols_of_one_name_are_refused(again):
    x, a, f = Symbol("x"), Symbol("a"), Function("f")
    with pytest.raises(IllFormed, match="two different things are called a"):
        functional_derivative(a * again * Integral(f(x) ** 2, (x, 0, 1)), f(x))
