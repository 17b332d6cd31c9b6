"""Source code of the reading by integrals: φ and φ' as pieces of numbers."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Add, Expr, Function, I, S, cse, exp, expand, im, numbered_symbols, pi, quo, re, rem, sqrt

from ..errors import NoClosedForm
from .conditioned import h, r
from .dual import Dual, a, b, c, u
from .normal import Phi2
from .pieces import Piece, split
from .terms import Term, Terms, derivative, read

Show = Callable[[Expr], str]
PHI2 = Function("phi2")


def integral_source(name: str, dual: Dual, show: Show) -> str:
    """The closed forms κ and κ̇ as functions, and `compiled_<name>`, an Integral."""
    phi = dual.phi
    values = {} if dual.kappa.value.has(I) else {"kappa": dual.kappa.value, "kappa_dot": dual.kappa_dot.value}
    closed = [_closed(f"{name}_{kind}", e, show) for kind, e in values.items()]
    pieces = split(phi, u)
    readings = [read(p.expr, u) for p in pieces]
    cuts = [p.lo for p in pieces[1:]]
    steps = [
        (h, expand(right.expr.subs(u, h) - left.expr.subs(u, h))) for left, right, h in zip(pieces, pieces[1:], cuts)
    ]
    lines = [
        f"    phi={name}_phi,",
        f"    dphi={name}_dphi,",
        f"    f={_pieces(readings, cuts, show)},",
        f"    df={_pieces([derivative(r) for r in readings], cuts, show)},",
        f"    steps={_tuple(f'({show(h)}, {show(by)})' for h, by in steps if by != 0)},",
        f"    parity={parity_of(pieces)},",
        *(f"    closed{kind.removeprefix('kappa')}={name}_{kind}," for kind in values),
    ]
    return "\n\n\n".join([*closed, "\n".join([f"compiled_{name} = Integral(", *lines, ")"])])


def _closed(name: str, e: Expr, show: Show) -> str:
    """A closed form and the sum of the moduli of its summands, which tells how much they cancel."""
    e = e.replace(lambda x: isinstance(x, Phi2), lambda x: PHI2(*x.args, _uncorrelated(x.args[2])))
    e = e.replace(_holds_gap, _gap).subs(sqrt(a) * sqrt(b), r)
    shared, summands = cse(list(Add.make_args(e)), symbols=numbered_symbols("x"), optimizations=[])
    lines = [f"    {x} = {show(value)}" for x, value in shared]
    lines += [f"    y{n} = {show(value)}" for n, value in enumerate(summands)]
    names = [f"y{n}" for n in range(len(summands))]
    total, moduli = " + ".join(names), " + ".join(f"xp.abs({y})" for y in names)
    return "\n".join([f"def {name}(xp, a, b, c, r, h):", *lines, f"    return {total}, {moduli}"])


def _uncorrelated(rho: Expr) -> Expr:
    """√(1 − ρ²)"""
    return h / r if rho**2 == c**2 / (a * b) else sqrt(1 - rho**2)


def _holds_gap(x: Expr) -> bool:
    return x.is_Add and x.has(c) and x.is_polynomial(a, b, c) and rem(x, a * b - c**2, c) == 0


def _gap(x: Expr) -> Expr:
    """ab − c² is h², which is known on its own."""
    return quo(x, a * b - c**2, c) * h**2


def _pieces(readings: list[Terms], cuts: list[Expr], show: Show) -> str:
    soft = [t for t in readings[0] if t.edge is not None and not t.edge.dirac]
    for reading in readings[1:]:
        if {t: c for t, c in reading.items() if t.edge is not None and not t.edge.dirac} != {
            t: readings[0][t] for t in soft
        }:
            raise NoClosedForm("a breakpoint and erf stand in one factor")
    powers = [_tuple(_power(*_smooth(t, c), show) for t, c in r.items() if t not in soft) for r in readings]
    edges = _tuple(_soft(t, readings[0][t], show) for t in soft)
    return f"Pieces({_tuple(map(show, cuts))}, {_tuple(powers)}, {edges})"


def _smooth(t: Term, coef: Expr) -> tuple[Term, Expr]:
    """The slope of a soft edge is a Gaussian, exp(−(p u − h)²/2ν)/√(2πν) times the p that `derivative` has noted."""
    if t.edge is None:
        return t, coef
    p, noise, h, _ = t.edge
    weight = exp(-(h**2) / (2 * noise)) / sqrt(2 * pi * noise)
    return Term(t.n, t.A - p**2 / (2 * noise), t.L + p * h / noise), coef * weight


def _power(t: Term, coef: Expr, show: Show) -> str:
    return f"Power({_number(coef, show)}, {t.n}, {show(S(t.A))}, {_number(t.L, show)})"


def _soft(t: Term, coef: Expr, show: Show) -> str:
    assert t.edge is not None
    return f"Soft({_power(t, coef, show)}, {show(t.edge.p)}, {show(t.edge.noise)}, {show(t.edge.h)})"


def _number(x: Expr, show: Show) -> str:
    return f"complex({show(re(x))}, {show(im(x))})" if S(x).has(I) else show(S(x))


def _tuple(items) -> str:
    items = list(items)
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def parity_of(pieces: list[Piece]) -> int:
    """1 for an even φ, −1 for an odd one, 0 for any other."""
    mirrored = [Piece(-p.hi, -p.lo, p.expr.subs(u, -u)) for p in reversed(pieces)]
    if any(p.lo != q.lo for p, q in zip(pieces, mirrored, strict=True)):
        return 0
    for sign in (1, -1):
        if all(expand(p.expr - sign * q.expr) == 0 for p, q in zip(pieces, mirrored, strict=True)):
            return sign
    return 0
