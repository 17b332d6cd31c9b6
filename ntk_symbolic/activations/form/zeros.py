"""Zeros of a smooth expression, at which its sign may change, each found exactly.

inverse      exp(w) = k at w = log k, erf(w) = k at w = erfinv k: a monotone function is inverted
polynomial   in u, or in one such function: closed forms and algebraic numbers
Rolle        between neighbouring zeros of f' f is monotone: it has one zero or none, by the signs at the two ends. A zero
             without a formula is a `Crossing`, a number that can be evaluated to any number of digits

sin and cos have finitely many zeros between finite ends only; otherwise NoClosedForm is raised.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key, lru_cache
from itertools import pairwise
from typing import Any

import mpmath
from sympy import (
    Add,
    Dummy,
    Expr,
    Integer,
    NumberSymbol,
    Poly,
    Pow,
    Rational,
    S,
    Set,
    Symbol,
    asin,
    atan2,
    cos,
    cosh,
    exp,
    expand,
    factor,
    fraction,
    ilcm,
    lambdify,
    log,
    oo,
    pi,
    real_roots,
    sin,
    sinh,
    sqrt,
    sstr,
    tanh,
    together,
)
from sympy.core.function import Function

from ...elementary.queries import invertible, positive, regular
from ...errors import NoClosedForm
from .signs import below, remedy, require_sign, sign_of_number, undecided

MOST = 64  # zeros of one expression
DERIVATIVES = 8  # taken in turn, until the zeros of one are known
LONG = 300  # operations of an expression above which it is not differentiated
FARTHEST = 64  # doublings: a monotone function is followed out to 2⁶⁴
START = 90  # bits of a zero before more digits are requested
PARTS = 5040  # multiples of 1/PARTS are tried as zeros
NOISE = 1e-30  # smaller values may be rounding after cancellation of terms of size 1


class Crossing(NumberSymbol):
    """The one zero of e between lo and hi, at which e has different signs.

    >>> x = Symbol("x", real=True)
    >>> Crossing(x * exp(x) - 1, x, S.Zero, S.One).evalf(20)
    0.56714329040978387300
    """

    is_real = True
    is_finite = True
    is_number = True

    def __new__(cls, e: Expr, u: Symbol, lo: Expr, hi: Expr) -> Crossing:
        self = super().__new__(cls)
        self.meant = (e, u, lo, hi)
        return self

    def _hashable_content(self) -> tuple[Any, ...]:
        return self.meant

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Crossing) and self.meant == other.meant

    def __hash__(self) -> int:
        return hash(self.meant)

    def __getnewargs__(self) -> tuple[Any, ...]:  # type: ignore[override]
        return self.meant

    def _as_mpf_val(self, prec: int) -> Any:
        return _located(*self.meant, prec)

    def _sympystr(self, printer: Any) -> str:
        e, u, _, _ = self.meant
        return f"zero({sstr(e)}, {u} = {sstr(self.evalf(6))})"

    def _latex(self, printer: Any) -> str:
        e, u, _, _ = self.meant
        return rf"\operatorname{{zero}}\left({printer._print(e)}, {u} \approx {printer._print(self.evalf(6))}\right)"


@lru_cache(maxsize=256)
def _located(e: Expr, u: Symbol, lo: Expr, hi: Expr, prec: int) -> Any:
    """The zero by Newton's rule, which doubles the digits of a start."""
    f, slope, x = _started(e, u, lo, hi)
    with mpmath.workprec(2 * prec + 60):
        for _ in range(max(3, prec.bit_length() - 4)):
            x -= f(x) / slope(x) if slope(x) else 0
    with mpmath.workprec(prec):
        return (+x)._mpf_


@lru_cache(maxsize=256)
def _started(e: Expr, u: Symbol, lo: Expr, hi: Expr) -> tuple[Callable[[Any], Any], Callable[[Any], Any], Any]:
    """e and its slope as code, and a first value of the zero by bisection."""
    f, slope = (lambdify(u, x, "mpmath") for x in (e, e.diff(u)))
    with mpmath.workprec(START):
        left, right = (mpmath.mpmathify(x.evalf(START // 3)) for x in (lo, hi))
        rising = f(left) < f(right)
        for _ in range(FARTHEST + START):
            middle = (left + right) / 2
            left, right = (middle, right) if (f(middle) < 0) == rising else (left, middle)
        return f, slope, (left + right) / 2


def zeros(e: Expr, u: Symbol, lo: Expr = -oo, hi: Expr = oo) -> list[Expr]:
    """The zeros in (lo, hi), in order. Raises NoClosedForm, with the reason, if they are not found.

    >>> u = Symbol("u", real=True)
    >>> zeros(exp(2 * u) - 3 * exp(u) + 2, u), zeros(sin(u), u, S(-4), S(4))
    ([0, log(2)], [-pi, 0, pi])
    """
    return _inside(_zeros(e, u, lo, hi, DERIVATIVES), lo, hi)


def _inside(found: list[Expr], lo: Expr, hi: Expr) -> list[Expr]:
    return ordered(x for x in dict.fromkeys(found) if below(lo, x) and below(x, hi))


def ordered(points: Any) -> list[Expr]:
    """The points from left to right, without repetitions."""
    out: list[Expr] = []
    for x in sorted(points, key=cmp_to_key(lambda x, y: -1 if below(x, y) else 1)):
        if not out or below(out[-1], x):
            out.append(x)
    return out


def _zeros(e: Expr, u: Symbol, lo: Expr, hi: Expr, left: int) -> list[Expr]:
    if not e.has(u) or isinstance(e, positive()):
        return []
    if e.is_Mul:
        return [x for f in e.args for x in _zeros(f, u, lo, hi, left)]
    if isinstance(e, Pow) and not e.exp.has(u):
        return _zeros(e.base, u, lo, hi, left)
    if e.is_polynomial(u) and (found := _of_polynomial(Poly(e, u))) is not None:
        return found
    if e.is_Add and (quotient := together(e)).is_Mul and fraction(quotient)[1].has(u):
        return _zeros(quotient, u, lo, hi, left)
    constant, rest = e.as_independent(u, as_Add=True)
    coefficient, core = rest.as_independent(u, as_Add=False)
    for known in (_undone(core, -constant / coefficient, u, lo, hi, left), _of_wave(e, u, lo, hi, left)):
        if known is not None:
            return known
    if (power := _in_one_function(e, u)) is not None:
        core, levels = power
        found = [_undone(core, k, u, lo, hi, left) for k in levels]
        if None not in found:
            return [x for each in found for x in each or ()]
    return _by_rolle(e, u, lo, hi, left)


def _of_polynomial(p: Poly) -> list[Expr] | None:
    """The zeros of a polynomial, None if there is no formula."""
    if p.degree() == 1:
        slope, offset = p.all_coeffs()
        if offset != 0 and not slope.is_nonzero:
            raise NoClosedForm(f"the sign of {undecided(slope)} is not known: {remedy(undecided(slope))}")
        return [-offset / slope if offset != 0 else S.Zero]  # 0·u changes its sign nowhere
    if all(k.is_Rational for k in p.all_coeffs()):
        return list(dict.fromkeys(real_roots(p)))
    if p.degree() == 2:
        a, b, c = p.all_coeffs()
        inner = b**2 - 4 * a * c
        side = require_sign(inner)
        require_sign(a)
        return [] if side < 0 else [(-b + k * sqrt(inner)) / (2 * a) for k in ((1, -1) if side else (0,))]
    return None


def _undone(core: Expr, k: Expr, u: Symbol, lo: Expr, hi: Expr, left: int) -> list[Expr] | None:
    """The points with core = k; None if core is no function with an inverse."""
    if isinstance(core, (sin, cos)):
        return _of_wave(core - k, u, lo, hi, left)
    if (row := invertible().get(type(core))) is not None and row.inverse is not None:
        if not _among(row.values, k):
            return []
        one = row.inverse(k)
        levels = {one, -one} if row.parity == 1 else {one}
        return [x for level in levels for x in _zeros(core.args[0] - level, u, lo, hi, left)]
    if isinstance(core, Pow) and core.exp.is_Rational and not core.is_polynomial(u):
        base, n = core.args
        side = require_sign(k)
        if side == 0:
            return _zeros(base, u, lo, hi, left) if n.is_positive else []
        roots = [k ** (1 / n)] if side > 0 else [-((-k) ** (1 / n))] if n.is_Integer and n % 2 else []
        roots += [-roots[0]] if side > 0 and n.is_Integer and n % 2 == 0 else []
        return [x for root in roots for x in _zeros(base - root, u, lo, hi, left)]
    return None


def _among(values: Set, k: Expr) -> bool:
    """True if k is in this interval. Raises NoClosedForm if that depends on symbols."""
    ends = ((values.inf, 1, values.left_open), (values.sup, -1, values.right_open))
    return all(require_sign(side * (k - end)) > (-1, 0)[bool(open_)] for end, side, open_ in ends if end.is_finite)


def _of_wave(e: Expr, u: Symbol, lo: Expr, hi: Expr, left: int) -> list[Expr] | None:
    """The zeros of p sin w + q cos w + k, from sin(w + δ) = −k/√(p² + q²)."""
    waves = e.atoms(sin, cos)
    if len({x.args[0] for x in waves}) != 1:
        return None
    (w,) = {x.args[0] for x in waves}
    s, c = Dummy(), Dummy()
    linear = expand(e).subs({sin(w): s, cos(w): c})
    if linear.has(u) or not linear.is_polynomial(s, c) or Poly(linear, s, c).total_degree() != 1:
        return None
    p, q, k = (Poly(linear, s, c).coeff_monomial(x) for x in (s, c, 1))
    top = asin(level) if require_sign(1 - (level := -k / sqrt(p**2 + q**2)) ** 2) >= 0 else None
    if top is None:
        return []
    shifted = w + atan2(q, p)
    starts = [top, pi - top] if require_sign(1 - level**2) else [top]
    return [x for start in starts for x in levels(shifted - start, 2 * pi, u, lo, hi, f"{e} = 0", left)]


def levels(w: Expr, step: Expr, u: Symbol, lo: Expr, hi: Expr, meant: str = "", left: int = DERIVATIVES) -> list[Expr]:
    """The points at which w is a multiple of step. Raises NoClosedForm, described by `meant`, if there are too many."""
    if w.free_symbols - {u}:
        raise NoClosedForm(f"where {w} is a multiple of {step} depends on symbols: give numbers for them")
    turns = _inside(_zeros(w.diff(u), u, lo, hi, left - 1), lo, hi) if left else []
    heights = [float(w.subs(u, x) / step) for x in (lo, hi, *turns) if x.is_finite]
    ends = [_probed(w / step, u, side, [S.Zero, *turns])[2] for side, x in ((-1, lo), (1, hi)) if x.is_infinite]
    least, most = (pick(heights + ends) for pick in (min, max))
    if most - least > MOST:
        raise NoClosedForm(
            f"{meant or f'{w} is a multiple of {step}'} at {'infinitely' if ends else 'too'} many u, and at most {MOST} "
            "breakpoints are read: write φ on the part of the line that your variances reach, such as "
            "Piecewise((φ, Abs(u) < 20), (0, True))"
        )
    numbers = range(int(least) - 1, int(most) + 2)
    return [x for n in numbers for x in _zeros(w - n * step, u, lo, hi, left)]


def _in_one_function(e: Expr, u: Symbol) -> tuple[Expr, list[Expr]] | None:
    """e as a polynomial in one function of u: the function and the real zeros; exp(u) and exp(2u) count as one."""
    e = expand(e.rewrite(exp)) if e.has(sinh, cosh) or len(e.atoms(tanh, exp)) > 1 else e
    t, inner = Dummy("t", real=True), {x.args[0] for x in e.atoms(exp) if x.has(u)}
    cores = {x for x in e.atoms(Function) if x.has(u)}
    if inner and len(inner) == len(cores):
        one = min(inner, key=str)
        ratios = {x: (x / one).cancel() for x in inner}
        if not all(q.is_Rational for q in ratios.values()):
            return None
        unit = one / ilcm(1, *(q.q for q in ratios.values()))
        core, put = exp(unit), {exp(x): t ** Integer((x / unit).cancel()) for x in inner}
    elif len(cores) == 1:
        (core,) = cores
        put = {core: t}
    else:
        return None
    numerator = fraction(together(e.xreplace(put)))[0]
    if numerator.has(u) or not numerator.is_polynomial(t) or numerator.free_symbols != {t}:
        return None
    found = _of_polynomial(Poly(numerator, t))
    return None if found is None else (core, found)


def _by_rolle(e: Expr, u: Symbol, lo: Expr, hi: Expr, left: int) -> list[Expr]:
    lo, hi = _beside_waves(e, u, lo, hi, left)
    if not left or e.count_ops() > LONG or e.free_symbols != {u} or not _continuous(e, u, lo, hi, left):
        raise NoClosedForm(f"the breakpoints where {e} = 0 are not found exactly: write them as numbers")
    e = _beside_one_exponential(e)
    turns = _inside(_zeros(factor(e.diff(u)), u, lo, hi, left - 1), lo, hi)
    out: list[Expr] = []
    for p, q in pairwise([lo, *turns, hi]):
        (x, left_sign), (y, right_sign) = (
            (end, sign_of_number(e.subs(u, end))) if end.is_finite else _probed(e, u, side, [S.Zero, *turns, p, q])[:2]
            for end, side in ((p, -1), (q, 1))
        )
        out += [end for end, sign in ((p, left_sign), (q, right_sign)) if sign == 0]
        if left_sign * right_sign < 0:
            out.append(_plain(Crossing(e, u, x, y), e, u))
    return out


def _plain(x: Crossing, e: Expr, u: Symbol) -> Expr:
    """The zero, as a short fraction if it is one."""
    near = Rational(round(float(x) * PARTS), PARTS)
    return near if sign_of_number(e.subs(u, near)) == 0 else x


def _beside_waves(e: Expr, u: Symbol, lo: Expr, hi: Expr, left: int) -> tuple[Expr, Expr]:
    """The interval in which the rest of e is no larger than its sines and cosines may be; outside there are no zeros."""
    waves = [t for t in Add.make_args(expand(e)) if t.has(sin, cos)]
    factors = [t.as_independent(u, as_Add=False) for t in waves]
    bounded = all(isinstance(f, (sin, cos)) for _, rest in factors for f in rest.as_powers_dict())
    if not waves or not bounded or e.free_symbols != {u}:
        return lo, hi
    most, rest = Add(*(abs(k) for k, _ in factors)), expand(e) - Add(*waves)
    if not rest.has(u):
        return lo, hi
    met = ordered(x for side in (most, -most) for x in _zeros(rest - side, u, lo, hi, left - 1))
    points = [S.Zero, *met, *(x for x in (lo, hi) if x.is_finite)]
    signs = [{_probed(rest - k, u, side, points)[1] for k in (most, -most)} for side in (-1, 1)]
    if not met or any(len(both) > 1 for both in signs):
        return lo, hi
    first, last = met[0] - 1, met[-1] + 1
    return first if below(lo, first) else lo, last if below(last, hi) else hi


def _beside_one_exponential(e: Expr) -> Expr:
    """Σ p exp(w) divided by one of its exponentials, if every term has one: then a few derivatives remove that term."""
    terms = expand(e).as_ordered_terms()
    own = [next((f for f in t.as_ordered_factors() if isinstance(f, exp)), None) for t in terms]
    return expand(e * exp(-own[0].args[0])) if own[0] is not None and None not in own else e


def _continuous(e: Expr, u: Symbol, lo: Expr, hi: Expr, left: int) -> bool:
    if not e.has(u) or e == u:
        return True
    if isinstance(e, log) or (isinstance(e, Pow) and not (e.exp.is_Integer and e.exp > 0)):
        inner = e.args[0]
        return _continuous(inner, u, lo, hi, left) and not _inside(_zeros(inner, u, lo, hi, left - 1), lo, hi)
    return (e.is_Add or e.is_Mul or isinstance(e, (Pow, *regular()))) and all(
        _continuous(x, u, lo, hi, left) for x in e.args
    )


def _probed(e: Expr, u: Symbol, side: int, points: list[Expr]) -> tuple[Expr, int, float]:
    """The sign of e far out, beyond points where it is monotone, the nearest place with that sign, and its farthest value."""
    f = lambdify(u, e, "mpmath")
    start = max(abs(float(x)) for x in points if S(x).is_finite)
    found: list[tuple[Expr, Any]] = []
    with mpmath.workprec(120):
        for k in range(FARTHEST):
            x = Rational(side * (int(start) + 2**k))
            try:
                value = f(mpmath.mpf(int(x)))
            except (OverflowError, ValueError, ZeroDivisionError, MemoryError):
                break
            if not mpmath.isfinite(value) or mpmath.fabs(value) > mpmath.mpf(10) ** (10**6):
                found.append((x, value))
                break
            found.append((x, value))
    if not found:
        raise NoClosedForm(f"the sign of {e} far from 0 is not found: write its zeros as numbers")
    clear = [n for n, (_, value) in enumerate(found) if mpmath.fabs(value) > NOISE] or [len(found) - 1]
    last = mpmath.sign(found[clear[-1]][1])
    nearest = next(found[n][0] for n in clear if all(mpmath.sign(found[m][1]) == last for m in clear if m >= n))
    return nearest, last, float(min(max(found[-1][1], -1e300), 1e300))
