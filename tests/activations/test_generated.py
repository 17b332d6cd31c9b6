"""The committed code equals the code generated from the library; expressions are read correctly."""

from dataclasses import replace
from pathlib import Path

import array_api_compat.numpy as xp
import numpy as np
import pytest
from readings import CLOSED
from sympy import (
    Abs,
    Max,
    Min,
    Piecewise,
    Rational,
    Symbol,
    erf,
    erfc,
    exp,
    floor,
    log,
    oo,
    sign,
    sin,
    sinh,
    sqrt,
    tanh,
)

from ntk_symbolic import activation
from ntk_symbolic.activations.code import codegen, generated, generated_slopes
from ntk_symbolic.activations.code.generated import COMPILED
from ntk_symbolic.activations.derive.dual import derive
from ntk_symbolic.activations.form.pieces import Piece, split
from ntk_symbolic.activations.form.terms import Edge, Term, derivative, evaluate, terms
from ntk_symbolic.activations.form.variables import u
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.errors import NoClosedForm
from ntk_symbolic.notation.expressions import parse

COMMITTED = Path(generated.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["identity", "relu", "leaky_relu", "step", "erf", "sin", "exp", "elu"])
def test_the_committed_code_of_an_activation_is_what_its_expression_gives(name):
    item = LIBRARY[name]
    phi, parameters = parse(item.text, parameters=item.parameters), [Symbol(p, real=True) for p in item.parameters]
    dual = derive(phi)
    assert codegen.source(name, phi, dual, tuple(parameters), dual.by_integrals) in COMMITTED


@pytest.mark.parametrize("name", ["relu", "erf"])
def test_so_is_that_of_a_slope(name):
    phi = parse(LIBRARY[name].text)
    slope = codegen.slope(phi, u)
    code = codegen.source(name, slope, derive(slope), (), derive(phi).by_integrals, tiled=False)
    assert code in Path(generated_slopes.__file__).read_text(encoding="utf-8")


@pytest.mark.sweep
def test_the_committed_code_is_the_generated_code():
    """If this fails: python -m ntk_symbolic.activations.code.codegen"""
    assert codegen.generate() == COMMITTED
    assert Path(generated_slopes.__file__).read_text(encoding="utf-8") == codegen.generate_slopes()


def test_every_library_item_has_compiled_code_and_nothing_else_has():
    assert list(COMPILED) == list(LIBRARY)
    for name in COMPILED:
        reading = activation(name).reading
        assert (name not in CLOSED) or reading.compiled.even or reading.compiled.odd
        assert reading.jumps == (name in ("step", "sign"))
        assert (reading.homogeneous is not None) == (name in ("relu", "leaky_relu", "abrelu", "abs"))


def test_parameters_of_a_reading_by_integrals_are_those_of_its_expression():
    """Pieces and closed form have the same numbers as those of the expression with the number inserted."""
    named, own = (
        activation("elu(2.5)").reading.compiled,
        activation("Piecewise((u, u > 0), (2.5*(exp(u) - 1), True))").reading.compiled,
    )
    assert (named.steps, named.parity) == (own.steps, own.parity)
    for one, other in ((named.f, own.f), (named.df, own.df)):
        assert replace(one, near=()) == replace(other, near=())
        for row, same in zip(one.near, other.near, strict=True):  # α · 1/k! is rounded twice
            assert row == pytest.approx(same, rel=3e-16, abs=0)
    frame = (xp, *map(np.float64, (1.5, 0.96, 0.4, 1.2, np.sqrt(1.44 - 0.16))))
    for one, other in ((named.closed, own.closed), (named.closed_dot, own.closed_dot)):
        assert one(*frame) == pytest.approx(other(*frame), rel=1e-14, abs=0)


@pytest.mark.parametrize("name", LIBRARY)
def test_every_library_item_is_an_expression_in_u_with_a_source(name):
    item = LIBRARY[name]
    assert activation(name).expr.free_symbols == {u}
    assert len(item.parameters) == len(item.defaults)
    assert any(character.isdigit() for character in item.source), "a year"


@pytest.mark.parametrize("name", LIBRARY)
def test_the_compiled_activation_is_its_expression_and_so_is_its_slope(name):
    phi = activation(name)
    points = np.array([-2.5, -0.3, 0.7, 3.5])
    for compiled, expr in ((phi.phi, phi.expr), (phi.dphi, phi.expr.diff(u))):
        expected = [float(expr.subs(u, Rational(x))) for x in points]
        assert compiled(points) == pytest.approx(expected, rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("name", [name for name in CLOSED if not LIBRARY[name].parameters])
def test_a_users_expression_gets_the_code_of_the_library(name):
    own, library = codegen.compile_dual(derive(activation(name).expr)), COMPILED[name]
    r = np.float64(1.2)
    frame = (xp, *map(np.float64, (1.5, 0.96, 0.4, r, np.sqrt(1.44 - 0.16), r - 0.4)))
    assert (own.jumps, own.homogeneous and own.homogeneous()) == (
        library.jumps,
        library.homogeneous and library.homogeneous(),
    )
    for mine, theirs in ((own.even, library.even), (own.odd, library.odd)):
        assert (mine is None) == (theirs is None)
        for which in ("kappa", "kappa_dot", "drop") if mine else ():
            assert getattr(mine, which)(*frame) == getattr(theirs, which)(*frame)


def test_numbers_are_folded_into_one_correctly_rounded_literal():
    """2/√3 = 1.154700538379251529…; dividing by the rounded root would give …517."""
    code = codegen._function("f", "xp, a", 2 * Symbol("a") / sqrt(3))
    assert "return 1.1547005383792515*a" in code


# ---- pieces ---------------------------------------------------------------------------------------------------------


def cut(*rows):
    ends = [-oo, *(x for _, x in rows[:-1]), oo]
    return [Piece(lo, hi, expr) for (expr, _), lo, hi in zip(rows, ends[:-1], ends[1:], strict=True)]


ZERO, ONE = Rational(0), Rational(1)
CUTS = [
    (u**2, cut((u**2, oo))),
    (Max(u, 0), cut((ZERO, ZERO), (u, oo))),
    (Max(-1, Min(1, u)), cut((-ONE, -1), (u, 1), (ONE, oo))),
    (Abs(Abs(u) - 1), cut((-u - 1, -1), (u + 1, 0), (1 - u, 1), (u - 1, oo))),
    (Max(u, 2 * u, -u), cut((-u, 0), (2 * u, oo))),
    (Min(u**2, 1), cut((ONE, -1), (u**2, 1), (ONE, oo))),
    (Max(u, 0) ** 2 + sin(u), cut((sin(u), 0), (u**2 + sin(u), oo))),
    (sign(u**2 - 2), cut((ONE, -sqrt(2)), (-ONE, sqrt(2)), (ONE, oo))),
    (Abs(Max(u, -Abs(u) + 1)), cut((u + 1, 0), (1 - u, Rational(1, 2)), (u, oo))),
    (Piecewise((u, u > 0), (exp(u) - 1, True)), cut((exp(u) - 1, 0), (u, oo))),
    (Piecewise((1, (u > -1) & (u < 1)), (0, True)), cut((ZERO, -1), (ONE, 1), (ZERO, oo))),
    (Piecewise((u, Abs(u) < 1), (sign(u), True)), cut((-ONE, -1), (u, 1), (ONE, oo))),
    (Piecewise((0, Abs(Abs(u) - 2) > 1), (1, True)), cut((ZERO, -3), (ONE, -1), (ZERO, 1), (ONE, 3), (ZERO, oo))),
    (Max(0, u) + Min(0, 7 * (exp(10 * u / 7) - 1) / 10), cut((7 * (exp(10 * u / 7) - 1) / 10, 0), (u, oo))),
    (Min(exp(u), 2), cut((exp(u), log(2)), (2 * ONE, oo))),
    (Max(u, sin(u)), cut((sin(u), 0), (u, oo))),
    (Piecewise((floor(u), Abs(u) < 1), (0, True)), cut((ZERO, -1), (-ONE, 0), (ZERO, oo))),
    (floor(tanh(u)), cut((-ONE, 0), (ZERO, oo))),
    (Piecewise((Max(u, 0), u < 1), (1, True)), cut((ZERO, 0), (u, 1), (ONE, oo))),
    (Max(u, u), cut((u, oo))),
    (Max(u, 0) - Max(-u, 0), cut((u, oo))),
]


@pytest.mark.parametrize(("expr", "pieces"), CUTS, ids=[str(x) for x, _ in CUTS])
def test_an_expression_is_cut_at_its_breakpoints_and_nowhere_else(expr, pieces):
    found = split(expr, u)
    if expr == Abs(Max(u, -Abs(u) + 1)):  # |1 + u| also has a breakpoint at −1
        pieces = cut((-u - 1, -1), *((p.expr, p.hi) for p in pieces))
    assert [(p.lo, p.hi) for p in found] == [(p.lo, p.hi) for p in pieces]
    assert all((p.expr - q.expr).expand() == 0 for p, q in zip(found, pieces, strict=True))


@pytest.mark.parametrize(
    ("expr", "reason"),
    [
        (Piecewise((u, u > 1), (0, u < 0)), r"Piecewise has no value at u = .*: end it with \(value, True\)"),
        (Max(sin(u), 0), r"sin\(u\) = 0 at infinitely many u, .* Piecewise\(\(φ, Abs\(u\) < 20\)"),
        (floor(u), r"floor\(u\) jumps at infinitely many u"),
        (Max(sin(u) * u, 1), "are not found exactly"),
    ],
    ids=str,
)
def test_what_cannot_be_cut_is_refused_with_the_reason(expr, reason):
    with pytest.raises(NoClosedForm, match=reason):
        split(expr, u)


# ---- terms ----------------------------------------------------------------------------------------------------------

READABLE = [
    (u**3 - 2 * u + 1).expand(),
    Max(u, 0),
    Max(u, 0) ** 3 + Min(u, 0) / 10,
    Abs(u - 1) * exp(-(u**2)),
    Max(-1, Min(1, 3 * u)),
    erf(2 * u - 1),
    erfc(u) * u**2,
    u * (1 + erf(u / sqrt(2))) / 2,
    exp(-(u**2) / 2 + u - 1) * sin(2 * u + 1),
    sinh(u) * exp(-(u**2)),
    (sin(u) + u) ** 2,
    Piecewise((u, u > 0), (exp(u) - 1, True)),
    Piecewise((exp(-u), u > 1), (exp(u), True)),
    Abs(u) + erf(u),
    Abs(u) + exp(u),
    sign(u) + sign(u - 1),
]


@pytest.mark.parametrize("expr", READABLE, ids=str)
def test_the_terms_of_an_expression_read_back_as_the_expression(expr):
    """Comparison at points of every piece; 1e-15 is the rounding of a Python complex number."""
    found = terms(expr, u)
    for x in (-Rational(7, 3), -Rational(1, 9), Rational(2, 7), Rational(17, 5)):
        expected = complex(expr.subs(u, x).evalf(20))
        assert abs(evaluate(found, x) - expected) <= 1e-15 * (1 + abs(expected))


@pytest.mark.parametrize("expr", READABLE, ids=str)
def test_the_derivative_of_the_terms_is_the_slope_away_from_breakpoints(expr):
    """A Dirac part is 0 there, that of a smooth edge is its Gaussian; the reference is a difference of second order."""
    found = {t: k for t, k in derivative(terms(expr, u)).items() if not (t.edge and t.edge.dirac)}
    gaussians = {t: k for t, k in derivative(terms(expr, u)).items() if t.edge and t.edge.dirac and t.edge.noise}
    for x in (-2.25, -0.125, 0.25, 3.5):
        step = Rational(1, 10**6)
        slope = (expr.subs(u, Rational(x) + step) - expr.subs(u, Rational(x) - step)) / (2 * step)
        density = sum(complex(k * t._replace(edge=None).n ** 0 * smooth(t, x)) for t, k in gaussians.items())
        assert abs(evaluate(found, Rational(x)) + density - complex(slope.evalf(30))) < 1e-9 * (1 + abs(complex(slope)))


def smooth(t, x):
    """A term whose edge is δ(p u + √noise Z − h), averaged over Z."""
    gap = t.edge.p * x - t.edge.h
    return x**t.n * exp(t.A * x**2 + t.L * x) * exp(-(gap**2) / 2 / t.edge.noise) / sqrt(2 * np.pi * t.edge.noise)


def test_a_growing_exponential_stays_on_its_own_side():
    """1[u > 0] exp(u²/4) has an expectation for a = 1; written on the whole line minus a half it would have none."""
    found = terms(Piecewise((exp(u), u < 0), (0, True)), u)
    assert set(found) == {Term(0, ZERO, ONE, Edge(-ONE, ZERO, ZERO))}
