"""Every cost is one expression, and its closed form is its slope."""

from dataclasses import replace
from random import Random

import pytest
from sympy import Add, Float, Rational, Symbol, exp, integrate

from ntk_symbolic.costs import LIBRARY
from ntk_symbolic.costs.library import VARIABLES, d2f, df, f, w, y
from ntk_symbolic.errors import NotationError

LOCAL = {name: item for name, item in LIBRARY.items() if item.local}
OUTPUTS, DIGITS, STEP = 3, 60, Rational(1, 10**20)
by_name = pytest.mark.parametrize("item", LOCAL.values(), ids=LOCAL)


def numbers(item, seed):
    """Positive numbers for f, y and the parameters: all costs are defined there. Both sides of Huber's δ occur."""
    rng = Random(seed)
    fs, ys = ([Rational(rng.randint(1, 400), 100) for _ in range(OUTPUTS)] for _ in "fy")
    return fs, ys, {w: Rational(7, 3), **{Symbol(p, positive=True): Rational(3, 2) for p in item.positive}}


def value(item, e, fs, ys, more, j=None):
    """An expression of the item at output j; without j, the cost of all outputs."""

    def at(e, k):
        return e.xreplace({f: fs[k], y: ys[k], **more})

    sums = {s: Add(*(at(term, k) for k in range(OUTPUTS))) for s, term in item.summed.items()}
    outputs = [j] if j is not None else range(1 if item.summed else OUTPUTS)
    return Add(*(at(e, k).xreplace(sums).evalf(DIGITS) for k in outputs))


def slope_by_differences(item, fs, ys, more, j):
    up, down = ([g + sign * STEP * int(k == j) for k, g in enumerate(fs)] for sign in (1, -1))
    return (value(item, item.expr, up, ys, more) - value(item, item.expr, down, ys, more)) / (2 * STEP)


def gap(item, seed):
    """The distance of the closed form from differences of the cost, at each output."""
    fs, ys, more = numbers(item, seed)
    slopes = (value(item, item.slope, fs, ys, more, j) for j in range(OUTPUTS))
    return max(abs(s - slope_by_differences(item, fs, ys, more, j)) for j, s in enumerate(slopes))


@by_name
@pytest.mark.parametrize("seed", range(4))
def test_the_closed_form_is_the_limit_of_differences_of_the_cost(item, seed):
    assert gap(item, seed) < Float("1e-36")  # the central difference errs by ℓ''' h²/6, with h = 1e-20


@by_name
def test_a_closed_form_that_is_wrong_is_seen_by_these_differences(item):
    wrong = replace(item, closed=f"{item.closed} + f*1e-9")
    assert gap(wrong, 0) > Float("1e-12")


def test_the_dirichlet_energy_has_its_density_inside_and_its_term_at_the_ends():
    item, x, eps = LIBRARY["dirichlet_energy"], Symbol("x"), Symbol("epsilon")
    g, phi = x**4 - 3 * x**2 + x, 2 * x**3 + x - 5
    energy = integrate(item.expr.xreplace({df: (g + eps * phi).diff(x)}), (x, 0, 1))
    density = item.slope.xreplace({d2f: g.diff(x, 2)})
    ends = (g.diff(x) * phi).subs(x, 1) - (g.diff(x) * phi).subs(x, 0)
    assert energy.diff(eps).subs(eps, 0) == integrate(density * phi, (x, 0, 1)) + ends
    assert ends != 0


@pytest.mark.parametrize("r", [-7, -2, -1, 0, 1, 2, 7])
def test_hubers_cost_is_a_parabola_between_two_lines(r):
    cost = LIBRARY["huber"].expr.subs({y: 0, Symbol("delta", positive=True): 2})
    assert cost.subs(f, r) == (Rational(r**2, 2) if abs(r) <= 2 else 2 * abs(r) - 2)


def test_hubers_slope_is_the_clipped_residual():
    slope = LIBRARY["huber"].slope.subs({y: 0, Symbol("delta", positive=True): 2})
    assert [slope.subs(f, n) for n in (-5, -1, 1, 5)] == [-2, -1, 1, 2]


@pytest.mark.parametrize("label", [1, -1])
def test_the_logistic_cost_is_binary_cross_entropy_with_other_labels(label):
    logistic, binary = (LIBRARY[name].slope for name in ("logistic", "binary_cross_entropy"))
    difference = logistic.subs(y, label) - binary.subs(y, Rational(label + 1, 2))
    assert difference.rewrite(exp).simplify() == 0


def test_the_slope_of_softmax_vanishes_where_the_network_gives_the_labels():
    item = LIBRARY["softmax_cross_entropy"]
    (total, _) = item.summed
    assert item.slope.subs(y, exp(f) / total) == 0


def test_a_weight_of_one_is_none():
    weighted, plain = LIBRARY["weighted_squared_error"], LIBRARY["mean_squared_error"]
    assert (weighted.expr.subs(w, 1), weighted.slope.subs(w, 1)) == (plain.expr, plain.slope)


@by_name
def test_only_what_is_declared_occurs_in_an_item(item):
    declared = {f, *(Symbol(v, real=True) for v in VARIABLES), *item.summed}
    declared |= {Symbol(p, positive=True) for p in item.positive}
    assert item.expr.free_symbols | item.slope.free_symbols <= declared
    assert item.title
    assert item.source


def test_the_text_is_the_users_notation_and_nothing_else():
    with pytest.raises(NotationError, match="unknown name"):
        replace(LIBRARY["mean_squared_error"], text="(f - z)**2").expr  # noqa: B018
