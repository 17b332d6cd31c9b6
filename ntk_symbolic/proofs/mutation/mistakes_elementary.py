"""Mistakes in nodes of SymPy: sums, products, powers, functions, symbols, derivatives, integrals with limits."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations

from sympy import (
    Add,
    Derivative,
    Dummy,
    Function,
    Integral,
    Mul,
    Piecewise,
    Pow,
    Subs,
    Sum,
    Symbol,
    Tuple,
    cos,
    cosh,
    sin,
    sinh,
)

from ...calculus.functionals import Partial
from ...calculus.spaces import Point
from .mistakes import Around, Mutant, exchanged, replaced, short

ANOTHER = {sin: cos, cos: sin, sinh: cosh, cosh: sinh}


def terms(e, around) -> Iterator[Mutant]:
    for n, a in enumerate(e.args if isinstance(e, Add) else ()):
        rest = [*e.args[:n], *e.args[n + 1 :]]
        yield Mutant("dropped term", f"term {short(a)} dropped", partial(Add, *rest))
        yield Mutant("sign", f"term {short(a)} with the other sign", partial(Add, -a, *rest))
        yield Mutant("factor", f"term {short(a)} twice", partial(Add, 2 * a, *rest))


def factors(e, around) -> Iterator[Mutant]:
    for n, a in enumerate(e.args if isinstance(e, Mul) else ()):
        if a != -1:  # that is the sign of the term
            rest = [*e.args[:n], *e.args[n + 1 :]]
            yield Mutant("dropped factor", f"{short(a)} dropped", partial(Mul, *rest))
            if not a.is_Number:
                yield Mutant("exponent", f"{short(a)} squared", partial(Mul, *e.args, a))


def powers(e, around) -> Iterator[Mutant]:
    if isinstance(e, Pow):
        for power in (e.exp + 1, e.exp - 1, -e.exp):
            yield Mutant("exponent", f"{short(e)}: power {short(power)}", partial(Pow, e.base, power))


def function_values(e, around) -> Iterator[Mutant]:
    """Mistakes in exp, sin, … and undefined functions of SymPy: sign, factor and place of an argument; the function itself."""
    if not isinstance(e, Function) or isinstance(e, Piecewise):
        return
    for n, a in enumerate(e.args):
        yield Mutant("sign", f"{short(e)}: argument {n + 1} with the other sign", partial(replaced, e, (n,), -a))
        yield Mutant("factor", f"{short(e)}: argument {n + 1} twice", partial(replaced, e, (n,), 2 * a))
    if len(e.args) == 1:
        yield Mutant("wrong function", f"{short(e)}: the argument alone", lambda: e.args[0])
    if e.func in ANOTHER:
        other = ANOTHER[e.func]
        yield Mutant("wrong function", f"{short(e)}: {other.__name__}", partial(other, *e.args))
    for n, m in combinations(range(len(e.args)), 2):
        name = f"{short(e)}: arguments {n + 1} and {m + 1} exchanged"
        yield Mutant("swapped arguments", name, partial(exchanged, e, ((n,), (m,))))


def cases(e, around) -> Iterator[Mutant]:
    """Mistakes in cases: two values exchanged."""
    pairs = list(e.args) if isinstance(e, Piecewise) else []
    for n, m in combinations(range(len(pairs)), 2):
        values = [value for value, _ in pairs]
        values[n], values[m] = values[m], values[n]
        altered = [(value, condition) for value, (_, condition) in zip(values, pairs)]
        name = f"{short(e)}: values {n + 1} and {m + 1} exchanged"
        yield Mutant("swapped arguments", name, partial(Piecewise, *altered))


def symbols(e, around: Around) -> Iterator[Mutant]:
    if isinstance(e, Symbol) and not isinstance(e, (Point, Dummy)):
        for s in around.symbols:
            if s != e:
                yield Mutant("wrong variable", f"{e} → {s}", lambda s=s: s)


def derivatives(e, around: Around) -> Iterator[Mutant]:
    if isinstance(e, (Derivative, Partial)):
        yield Mutant("value for rate", f"{short(e)}: not differentiated", lambda: e.expr)
    counts = e.variable_count if isinstance(e, Derivative) else ()
    for n, (s, order) in enumerate(counts, 1):  # type: ignore[misc]
        yield Mutant("order", f"{short(e)}: once more in {s}", partial(replaced, e, (n, 1), order + 1))
        for other in around.symbols:
            if other != s:
                yield Mutant("wrong variable", f"{short(e)}: in {other}", partial(replaced, e, (n, 0), other))


def values_at(e, around) -> Iterator[Mutant]:
    """Mistakes in values at a point: the point increased by 1."""
    for n, a in enumerate(e.point if isinstance(e, Subs) else ()):
        yield Mutant("wrong variable", f"{short(e)}: at {a + 1}", partial(replaced, e, (2, n), a + 1))


def limits(e, around) -> Iterator[Mutant]:
    """Mistakes in SymPy's own Integral and Sum."""
    if not isinstance(e, (Integral, Sum)):
        return
    kind = "missing integral" if isinstance(e, Integral) else "missing sum"
    yield Mutant(kind, f"{short(e)}: its body alone", lambda: e.function)
    for n, limit in enumerate(e.args[1:], 1):
        if isinstance(limit, Tuple) and len(limit) == 3:
            name = f"{short(e)}: limits of {limit[0]} exchanged"
            yield Mutant("swapped arguments", name, partial(exchanged, e, ((n, 1), (n, 2))))


ELEMENTARY = (terms, factors, powers, function_values, cases, symbols, derivatives, values_at, limits)
