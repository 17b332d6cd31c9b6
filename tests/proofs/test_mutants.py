"""Every kind of mistake is made, in every place, and no mutant equals the original as a tree."""

import pytest
from sympy import Derivative, Integral, Symbol, exp, sin, symbols

from ntk_symbolic.calculus import Definition, Functional, Lam, Over, Partial, Space, check
from ntk_symbolic.errors import IllFormed
from ntk_symbolic.proofs.derivation import Relation, Step
from ntk_symbolic.proofs.mutation.harness import altered_lines
from ntk_symbolic.proofs.mutation.mistakes import Around
from ntk_symbolic.proofs.mutation.mutants import mutants
from ntk_symbolic.proofs.mutation.sameness import shape

X, Outputs, Par = Space("X", "measure", "x"), Space("k", "counting", "j"), Space("P", "counting", "i")
x, y, j, l, i, m = X.point("x"), X.point("y"), Outputs.point("j"), Outputs.point("l"), Par.point("i"), Par.point("m")
t, a, b = Symbol("t"), *symbols("a b")
theta = Functional("theta", [Par], time=t)
f = Functional("f", [X, Outputs], of=[Par], wrt="theta")
g, h = Functional("g", [X]), Functional("h", [X])
A = Functional("A", [X, X])
K = Definition("K", Lam(A(x, y) + A(y, x), x, y))
L = Definition("L", Lam(A(x, y), x, y))


def made(side, *around):
    """Name and altered side of all that can be written."""
    found = {}
    for mutant in mutants(side, Around.of(side, *around)):
        try:
            new = mutant.make()
            check(new)
        except IllFormed:
            continue
        found[mutant.name] = new
    return found


def same(left, right):
    return shape(left) == shape(right)


@pytest.mark.parametrize(
    "side, wrong",
    [
        (a + b, a - b),
        (a + b, 2 * a + b),
        (a + b, a),
        (a * b, a),
        (a * b, a**2 * b),
        (a * b, a**2),
        (a**2 + b, a**3 + b),
        (a**2 + b, a + b),
        (exp(-a * b), exp(a * b)),
        (exp(-a * b), -a * b),
        (sin(a), sin(2 * a)),
        (Derivative(exp(a * b), a), Derivative(exp(a * b), b)),
        (Integral(exp(a), (a, 0, b)), Integral(exp(a), (a, b, 0))),
        (Integral(exp(a), (a, 0, b)), exp(a)),
        (Over(g(x), x), g(x)),
        (Over(g(x), x), Over(g(x), x, y)),
        (g(x), Over(g(x), x)),
        (Over(g(x) * h(x), x), Over(g(x), x) * Over(h(x), x)),
        (Over(A(x, y), x, y), Over(A(x, x), x)),
        (Over(A(x, y), x), Over(A(x, x), x)),
        (g(x) + h(y), h(x) + h(y)),
        (A(x, y), A(y, x)),
        (K(x, y), K(y, x)),
        (K(x, y) + L(x, x), L(x, y) + L(x, x)),
        (theta(i), theta.rate(i)),
        (theta.rate(i), theta(i)),
        (f(theta, x, j).at(i), f(theta, x, j)),
        (f(theta, x, j).at(i), f(theta, x, j).at(Par.point("z"))),
        (f(theta, x, j).at(i).at(m), f(theta, x, j).at(m)),
        (f(theta, x, j), -f(theta, x, j)),
        (f(theta, x, j), f(Lam(-theta(i), i), x, j)),
        (f(theta, x, j), f(theta.rate, x, j)),
        (Derivative(Over(f(theta, x, j), x), t), Derivative(Over(f(theta, x, j) ** 2, x), t)),
        (Partial(Over(f(theta, x, j), x), theta, i), Partial(Over(f(theta, x, j), x), theta, Par.point("z"))),
        (Partial(a * f(theta, x, j), theta, i), Partial(f(theta, x, j), theta, i)),
    ],
    ids=str,
)
def test_a_mistake_is_made(side, wrong):
    assert any(same(new, wrong) for new in made(side).values())


def test_symbols_and_points_of_the_other_side_are_taken_by_mistake():
    assert b in made(a, b).values()
    assert g(y) in made(g(x), h(y)).values()


def test_what_a_definition_says_is_not_altered():
    assert all(new.has(K) for new in made(K(x, y)).values())


def test_a_zero_is_altered_too():
    assert list(made(0 * a)) == ["1 added"]


def test_names_tell_mutants_apart():
    side = Over(g(x) * g(x), x) + Over(g(x) * h(x), x)
    names = [mutant.name for mutant in mutants(side)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "left, right",
    [
        (Over(g(x), x), Over(g(y), y)),
        (Over(g(x) * K(x, y) * g(y), x, y), Over(g(x) * K(y, x) * g(y), x, y)),
        (Lam(A(x, y), x, y), Lam(A(y, x), y, x)),
        (Over(Over(A(x, y), x), y), Over(Over(A(y, x), y), x)),
    ],
    ids=str,
)
def test_renamed_dummies_are_no_mutant(left, right):
    assert same(left, right)


@pytest.mark.parametrize(
    "left, right",
    [
        (Over(g(x) * K(x, y) * h(y), x, y), Over(g(x) * K(y, x) * h(y), x, y)),
        (K(x, y), K(y, x)),
        (Lam(A(x, y), x, y), Lam(A(y, x), x, y)),
        (Over(g(x) * h(x), x), Over(g(x) * h(y), x, y)),
        (Over(g(x), x), Over(g(x), x, y)),
        (Over(g(x), x) ** 2, Over(g(x) ** 2, x)),
        (Over(Over(A(x, y), x), y), Over(A(x, y), x, y)),
        (Over(f(theta, x, j) * f(theta, x, l), j, l), Over(f(theta, x, j) ** 2, j, l)),
    ],
    ids=str,
)
def test_two_statements_are_not_taken_for_one(left, right):
    """The trees differ even where theory makes them equal, which the judges decide."""
    assert not same(left, right)


def test_no_altered_line_is_the_original_and_none_comes_twice():
    step = Step(Over(g(x) * K(x, y) * g(y), x, y), Over(g(x) * g(y) * K(y, x), y, x), "the same")
    sides = {"left": [step.lhs], "right": [step.rhs]}
    for part, _, altered in altered_lines(step):
        if altered is not None:
            new = altered.lhs if part == "left" else altered.rhs
            assert not any(same(new, old) for old in sides[part])
            sides[part].append(new)
    assert all(len(found) > 20 for found in sides.values())


def test_of_an_inequality_the_gap_is_altered_and_the_relation():
    step = Step(a, a + b**2, "a square", relation=Relation.AT_MOST, gap=b**2)
    altered = [(part, new) for part, _, new in altered_lines(step) if new is not None]
    assert {part for part, _ in altered} == {"left", "right", "gap", "relation"}
    assert -(b**2) in [new.gap for part, new in altered if part == "gap"]
    assert [new.relation for part, new in altered if part == "relation"] == [Relation.AT_LEAST]
