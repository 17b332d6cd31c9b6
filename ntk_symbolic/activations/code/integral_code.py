"""Source code of the reading by integrals: φ and φ' as pieces of numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from sympy import (
    Add,
    Expr,
    Function,
    I,
    S,
    Symbol,
    binomial,
    cse,
    exp,
    expand,
    im,
    numbered_symbols,
    oo,
    pi,
    quo,
    re,
    rem,
    sqrt,
)

from ...errors import NoClosedForm
from ..condition.conditioned import h, r
from ..derive.dual import Dual
from ..derive.normal import Phi2
from ..facts.shape import degree, jumps, parity
from ..form.pieces import split
from ..form.taylor import taylor
from ..form.terms import Term, Terms, derivative, read
from ..form.variables import a, b, c, u

Show = Callable[[Expr], str]
PHI2 = Function("phi2")


def integral_source(name: str, dual: Dual, show: Show, parameters: tuple[Symbol, ...]) -> str:
    """The closed forms κ and κ̇ as functions, and `compiled_<name>`: an Integral, or a function of the parameters.

    Raises NoClosedForm if φ grows as exp(A u²): E φ² of an Integral is finite at every variance.
    """
    extra = "".join(f", {p}" for p in parameters)
    phi = dual.phi
    if dual.growth:
        raise NoClosedForm(
            f"activation {phi} has a closed dual kernel below the variance {dual.limit}, yet no reading in numbers "
            "keeps its digits: put numbers into dual_expr, or take one without a breakpoint beside exp(A*u**2)"
        )
    values = {} if dual.kappa.value.has(I) else {"kappa": dual.kappa.value, "kappa_dot": dual.kappa_dot.value}
    closed = [_closed(f"{name}_{kind}", extra, e, show) for kind, e in values.items()]
    pieces = split(phi, u)
    readings = [read(p.expr, u) for p in pieces]
    cuts = [p.lo for p in pieces[1:]]
    lines = [
        f"    phi={name}_phi,",
        f"    dphi={name}_dphi,",
        f"    f={_pieces(readings, cuts, show)},",
        f"    df={_pieces([derivative(r) for r in readings], cuts, show)},",
        f"    steps={written(jumps(pieces), show)},",
        f"    parity={parity(pieces)},",
        *([] if (n := degree(pieces)) is None else [f"    degree={float(n)},"]),
        *(f"    closed{kind.removeprefix('kappa')}={_given(f'{name}_{kind}', parameters)}," for kind in values),
    ]
    if parameters:
        lines = [f"def compiled_{name}({extra[2:]}):", "    return Integral(", *(f"    {x}" for x in lines), "    )"]
    else:
        lines = [f"compiled_{name} = Integral(", *lines, ")"]
    return "\n\n\n".join([*closed, "\n".join(lines)])


def _given(function: str, parameters: tuple[Symbol, ...]) -> str:
    return f"partial({function}, {', '.join(f'{p}={p}' for p in parameters)})" if parameters else function


def _closed(name: str, extra: str, e: Expr, show: Show) -> str:
    """The source of a closed form and of the sum of the moduli of its summands, which measures cancellation."""
    e = e.replace(lambda x: isinstance(x, Phi2), lambda x: PHI2(*x.args, _uncorrelated(x.args[2])))
    e = e.replace(_holds_gap, _gap).subs(sqrt(a) * sqrt(b), r)
    shared, summands = cse(list(Add.make_args(e)), symbols=numbered_symbols("x"), optimizations=[])
    lines = [f"    {x} = {show(value)}" for x, value in shared]
    lines += [f"    y{n} = {show(value)}" for n, value in enumerate(summands)]
    names = [f"y{n}" for n in range(len(summands))]
    total, moduli = " + ".join(names), " + ".join(f"xp.abs({y})" for y in names)
    return "\n".join([f"def {name}(xp, a, b, c, r, h{extra}):", *lines, f"    return {total}, {moduli}"])


def _uncorrelated(rho: Expr) -> Expr:
    """√(1 − ρ²)"""
    return h / r if rho**2 == c**2 / (a * b) else sqrt(1 - rho**2)


def _holds_gap(x: Expr) -> bool:
    return x.is_Add and x.has(c) and x.is_polynomial(a, b, c) and rem(x, a * b - c**2, c) == 0


def _gap(x: Expr) -> Expr:
    """x with h² in place of ab − c², since h is known separately."""
    return quo(x, a * b - c**2, c) * h**2


def _pieces(readings: list[Terms], cuts: list[Expr], show: Show) -> str:
    soft = [t for t in readings[0] if t.edge is not None and not t.edge.dirac]
    for reading in readings[1:]:
        if {t: c for t, c in reading.items() if t.edge is not None and not t.edge.dirac} != {
            t: readings[0][t] for t in soft
        }:
            raise NoClosedForm("a breakpoint and erf occur in one factor")
    plain = [_plain({t: c for t, c in r.items() if t not in soft}) for r in readings]
    near = [_tuple(map(_literal(show), taylor(r))) for r in readings] if any(map(_curved, readings)) else []
    edges = _turned({_halved(t, c) for t in soft if (c := readings[0][t]) != 0}, plain)
    waves = [_tuple(_waves(p, *ends, show)) for p, ends in zip(plain, pairwise([-oo, *cuts, oo]), strict=True)]
    fields = [map(show, cuts), waves, (_soft(*e, show) for e in edges), near]
    return f"Pieces({', '.join(map(_tuple, fields))})"


def _plain(reading: Terms) -> Terms:
    """The terms without soft edges, whose slopes become Gaussians."""
    out: Terms = {}
    for term, coef in reading.items():
        t, k = _halved(*_smooth(term, coef))
        out[t] = expand(out.get(t, S.Zero) + k)
    return {t: k for t, k in out.items() if k != 0}


def _halved(t: Term, coef: Expr) -> tuple[Term, Expr]:
    """One of two conjugate waves, with twice its real part in place of both."""
    turns = im(t.L)
    return (t, coef) if turns == 0 else (t, 2 * coef if turns.is_positive else S.Zero)


def _smooth(t: Term, coef: Expr) -> tuple[Term, Expr]:
    """The slope of a soft edge as a Gaussian: exp(−(p u − h)²/2ν)/√(2πν) times the p from `derivative`."""
    if t.edge is None:
        return t, coef
    p, noise, h, _ = t.edge
    weight = exp(-(h**2) / (2 * noise)) / sqrt(2 * pi * noise)
    return Term(t.n, t.A - p**2 / (2 * noise), expand(t.L + p * h / noise)), coef * weight


def _waves(reading: Terms, lo: Expr, hi: Expr, show: Show) -> Iterator[str]:
    """Each exponential with its polynomial, expanded about the ends of the piece and points within it."""
    ends = [x for x in (lo, hi) if x.is_finite]
    for A, L in dict.fromkeys((t.A, t.L) for t in reading):
        steep = re(L)
        # A (u − x)² + (L + 2 A x)(u − x), if that stays in the range of float64: exp(−(u − 50)²)
        x = -steep / (2 * A) if A != 0 else max(ends, key=lambda h: float(steep * h)) if steep != 0 and ends else S.Zero
        weight = exp(expand(A * x**2 + L * x))
        powers = {t.n: coef * weight for t, coef in reading.items() if (t.A, t.L) == (A, L)}
        inner = [S.Zero] if lo.is_extended_negative and hi.is_extended_positive else []
        origins = dict.fromkeys([*ends, *inner, *([x] if A != 0 or not ends else [])])
        rows = _tuple(f"({show(o)}, {_tuple(_number(k, show) for k in _about(powers, o))})" for o in origins)
        yield f"Wave({show(S(A))}, {_number(expand(L + 2 * A * x), show)}, {show(x)}, {rows})"


def _about(powers: dict[int, Expr], origin: Expr) -> list[Expr]:
    """The coefficients of (u − origin)^k."""
    degrees = range(max(powers) + 1)
    return [Add(*(k * binomial(n, j) * origin ** (n - j) for n, k in powers.items() if n >= j)) for j in degrees]


def _turned(soft: set[tuple[Term, Expr]], plain: list[Terms]) -> list[tuple[Term, Expr, bool]]:
    """Soft edges in a form with little cancellation: K P(p u + Z > h) + C is C + K minus K P(…< h), or K (P − 1/2) + C + K/2.

    Constants are added to the plain terms of every piece.
    """
    out = []
    for t, coef in sorted(soft, key=str):
        assert t.edge is not None
        beside = t._replace(edge=None)
        constants = {p.get(beside, S.Zero) for p in plain}
        one = sum(other._replace(edge=None) == beside for other, _ in soft) == 1
        share = S.Zero
        if not one or constants != {S.Zero}:
            below, bounded = bool(t.edge.h.is_negative), t.A == 0 and re(t.L) == 0
            if constants == {-coef} or (bounded and below and constants != {-coef / 2}):
                share = S.One
            elif constants == {-coef / 2}:
                share = S.Half
        for p in plain:
            total = expand(p.get(beside, S.Zero) + share * coef)
            p.pop(beside, None)
            p.update({beside: total} if total != 0 else {})
        mirrored = t.edge._replace(p=-t.edge.p, h=-t.edge.h)
        out.append((t._replace(edge=mirrored), -coef, False) if share == 1 else (t, coef, share != 0))
    return out


def _soft(t: Term, coef: Expr, half: bool, show: Show) -> str:
    assert t.edge is not None
    numbers = (_number(coef, show), str(t.n), show(S(t.A)), _number(t.L, show), *map(show, t.edge[:3]))
    return f"Soft({', '.join((*numbers, str(half)))})"


def _curved(reading: Terms) -> bool:
    return any(t.A != 0 or t.L != 0 or t.edge is not None for t in reading)


def _literal(show: Show) -> Callable[[Any], str]:
    return lambda x: show(x) if isinstance(x, Expr) else repr(float(x))


def _number(x: Expr, show: Show) -> str:
    return f"complex({show(re(x))}, {show(im(x))})" if S(x).has(I) else show(S(x))


def written(steps: Iterable[tuple[Expr, Expr]], show: Show) -> str:
    """The source of the jumps of φ: their places and sizes."""
    return _tuple(f"({show(place)}, {show(by)})" for place, by in steps)


def _tuple(items) -> str:
    items = list(items)
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
