"""The dual in a form without cancellation.

Near equal inputs κ hardly changes, and the next layer needs exactly this change: r' − κ, with r' = √(κ(a,a,a) κ(b,b,b)).
Subtraction would lose it, so it is derived, by finite differences from c to r = √(ab), from the state of a pair:

    h = √(ab − c²),   g = r − c,   e = a − b,   0 ≤ c ≤ r.

(A quadrature of κ̇ from c to r has an error of 1e-8 for GELU at large variance.) κ is the sum of its even and its odd part
in c, the duals of the even and the odd part of φ: then c ≥ 0 is no restriction, and antipodal inputs are as easy as equal
ones. The rest besides the drop from r to c, r' − κ(c = r), depends on the norms alone: it is an integral of `density`,
since E(φ(sz) − φ(tz))² = ∬ over [t, s]² of ∂²κ(σ², τ², στ)/∂σ∂τ.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from sympy import Add, Expr, Mul, Poly, S, asin, exp, expand, factor, fraction, pi, sqrt, symbols

from ...errors import NoClosedForm
from ...proofs.judges.normal_form import vanishes
from ..form.algebra import rational
from ..form.tidy import tidy
from ..form.variables import a, b, c
from .differences import Difference, angle_excess, arctan2, exp_rise, expm1

r, h, g = symbols("r h g", positive=True)
s, t = symbols("s t", positive=True)  # √a and √b
e = symbols("e", real=True)


@dataclass(frozen=True)
class ConditionedPart:
    """One parity of κ, in a, b, r and in c, h, g, where c denotes |c|."""

    source: Expr  # κ of this parity as derived, in a, b, c
    kappa: Expr
    kappa_dot: Expr
    drop: Expr  # κ(c = r) − κ(c)
    diag: Expr  # κ(a, a, a)
    rise: Expr  # diag(a) − diag(b), in a, b, e
    density: Expr | None  # in s, t; None if r' = κ(c = r), as for homogeneous φ


def parts(kappa: Expr, kappa_dot: Expr) -> dict[str, ConditionedPart]:
    """The parts of κ, "even" and "odd" in c, with their slopes; a part that is zero is left out."""
    (even, odd), (odd_dot, even_dot) = _halves(kappa), _halves(kappa_dot)
    halves = {"even": (even, even_dot), "odd": (odd, odd_dot)}
    return {name: _part(*half) for name, half in halves.items() if half[0] != 0}


def _halves(x: Expr) -> tuple[Expr, Expr]:
    flipped = x.subs(c, -c)
    return tidy((x + flipped) / 2), tidy((x - flipped) / 2)


def _part(kappa: Expr, kappa_dot: Expr) -> ConditionedPart:
    along = _along(kappa)
    one_norm = vanishes(along**2 - along.subs(t, s) * along.subs(s, t))
    diag = tidy(TO_R.there(kappa).subs({r: a, b: a}))
    return ConditionedPart(
        source=kappa,
        kappa=_small(_paired(kappa)),
        kappa_dot=_small(_paired(kappa_dot)),
        drop=_with_excess(_drop(kappa).subs(sqrt(a) * sqrt(b), r)),
        diag=_small(diag),
        rise=Difference(b, a, e).drop(diag.subs(a, b)),
        density=None if one_norm else _hyperbolic(tidy(along.diff(s, t))),
    )


def _drop(kappa: Expr) -> Expr:
    """κ(r) − κ(c). In k(exp(y + mc) + exp(y − mc)), k and y free of c, the two differences would cancel for small r, so its
    drop is written k exp(y + mr)(1 − exp(−m(r + c)))(1 − exp(−mg))."""
    out, rest = S.Zero, list(Add.make_args(kappa))
    for one, other in combinations(rest, 2):
        if one in rest and other in rest and (found := _mirrored(one, other)) is not None:
            k, y, m = found
            rest = [term for term in rest if term not in (one, other)]
            out += k * exp(TO_R.there(y + m * c)) * expm1(-m * (r + c)) * expm1(-m * g)
    return TO_R.drop(Add(*rest)) + out


def _mirrored(one: Expr, other: Expr) -> tuple[Expr, Expr, Expr] | None:
    """k, y and m > 0 of k exp(y + mc) and k exp(y − mc)."""
    (k, x), (l, z) = (term.as_independent(exp) for term in (one, other))
    if k != l or k.has(c) or not (isinstance(x, exp) and isinstance(z, exp)):
        return None
    y, m = expand((x.args[0] + z.args[0]) / 2), expand((x.args[0] - z.args[0]) / (2 * c))
    return None if y.has(c) or m.has(c) or not m.is_nonzero else (k, y, abs(m))


def _hyperbolic(x: Expr) -> Expr:
    """k exp(y + w) + l exp(y − w), w = m s t, as exp(y + w) ((k + l) exp(−2w) − k expm1(−2w)): k cancels −l for small w, and
    s² + t² cancels 2st for large w, so k is written with (s − t)²."""
    rest, out = list(Add.make_args(x)), S.Zero
    for one, other in combinations(rest, 2):
        if one not in rest or other not in rest:
            continue
        (k, left), (l, right) = (term.as_independent(exp) for term in (one, other))
        if not (isinstance(left, exp) and isinstance(right, exp)):
            continue
        w = expand((left.args[0] - right.args[0]) / 2)
        if w.could_extract_minus_sign():
            k, l, left, w = l, k, right, -w
        if not (w / (s * t)).is_positive:
            continue
        rest = [term for term in rest if term not in (one, other)]
        out += exp(_squared(left.args[0])) * (tidy(k + l) * exp(-2 * w) - _squared(k) * expm1(-2 * w))
    return Add(*rest) + out


def _squared(k: Expr) -> Expr:
    """q(s² + t²) + pst as q(s − t)² + (p + 2q)st."""
    q = k.expand().coeff(s, 2) if k.is_polynomial(s, t) else S.Zero
    same = q != 0 and not q.has(t) and expand(q - k.expand().coeff(t, 2)) == 0
    return q * (s - t) ** 2 + expand(k - q * (s - t) ** 2) if same else k


def _along(x: Expr) -> Expr:
    """x at c = r, in s = √a and t = √b."""
    return x.subs({a: s**2, b: t**2}).subs(c, s * t)


class _ToR(Difference):
    """Differences from c to r, where ab − c² is h² and is never computed."""

    def here(self, x: Expr) -> Expr:
        if not x.has(c) or x == c:
            return x
        if isinstance(x, asin):
            k, _, radicand = _angle(x)
            return arctan2(k * c, sqrt(radicand))
        if isinstance(x, exp):
            return exp(self._exponent(x.args[0]))
        if x.is_Add and x.is_polynomial(a, b, c):
            return _through_h(x)
        return x.func(*map(self.here, x.args))

    def there(self, x: Expr) -> Expr:
        if not x.has(c):
            return x
        if isinstance(x, asin):
            k, radicand, _ = _angle(x)
            return pi / 2 if radicand == 0 else arctan2(k * r, sqrt(radicand))
        if isinstance(x, exp):
            return exp(self.there(x.args[0]))
        if x.is_rational_function(a, b, c):
            return factor(_along(x)).subs({s: sqrt(a), t: sqrt(b)})
        return x.func(*map(self.there, x.args))

    def angle(self, x: Expr) -> Expr:
        """asin(w r) − asin(w c) as the arctangent of sin and cos of the difference, both multiplied by W."""
        k, radicand_r, radicand = _angle(x)
        if radicand_r == 0:
            return arctan2(h, c)
        q_r, q = sqrt(radicand_r), sqrt(radicand)
        sine = k * (g * q_r + r * k**2 * h**2 / (q + q_r))  # r q − c q_r, and q² − q_r² = k² h²
        return arctan2(sine, q * q_r + k**2 * r * c)

    def power(self, base: Expr, n: int) -> Expr:
        if base == c and n % 2 == 0:  # r² − c² = h², and the terms of a polynomial keep one sign
            m = n // 2
            return h**2 * Add(*((a * b) ** i * c ** (2 * (m - 1 - i)) for i in range(m)))
        return super().power(base, n)

    def root_power(self, base: Expr, n: int) -> Expr:
        if sqrt(self.here(base)) == h:  # √(ab − c²) vanishes at r
            return -(h**n)
        return super().root_power(base, n)

    def _exponent(self, x: Expr) -> Expr:
        """An exponent with terms of both signs, written as x(r) − Δx: −a/2 − b/2 + c is −(√a − √b)²/2 − g."""
        if x.is_polynomial(a, b, c) and len({k.is_negative for _, k in Poly(x, a, b, c).terms()}) > 1:
            return self.there(x) - self.drop(x)
        return self.here(x)


TO_R = _ToR(c, r, g)


def _angle(x: Expr) -> tuple[Expr, Expr, Expr]:
    """asin(w c) as k and the radicands W − k² r², W − k² c² of asin = arctan2(k c, √(W − k² c²)), with w = k/√W."""
    w = x.args[0] / c
    if w.has(c):
        raise NoClosedForm(f"the angle {x} is not of the form asin(w*c)")
    k2, W = fraction(rational(w**2))
    return sqrt(k2), expand(W - k2 * a * b), _through_h(W - k2 * c**2)


def _through_h(p: Expr) -> Expr:
    """A polynomial rewritten with h², so that fewer of its terms are subtracted from each other.

    Either each −k m c² is combined with k m a b, if there is one, to k m h², for both signs of k; or ab is replaced by c² + h².
    """
    if not p.is_polynomial(a, b, c):
        return p
    terms = Poly(p, a, b, c).terms()
    shared = ((min(i, j), a**i * b**j * c**n, k) for (i, j, n), k in terms)
    throughout = expand(Add(*(k * (c**2 + h**2) ** m * x / (a * b) ** m for m, x, k in shared)))
    return min(_met(dict(terms)), throughout, key=_mixed)


def _mixed(p: Expr) -> int:
    """The number of terms with the rarer sign."""
    negative = [k.is_negative for _, k in Poly(p, a, b, c, h).terms()]
    return min(negative.count(True), negative.count(False))


def _met(rest: dict[tuple[int, int, int], Expr]) -> Expr:
    out = S.Zero
    for (i, j, n), k in list(rest.items()):
        partner = (i + 1, j + 1, n - 2)
        sign = -1 if k.is_positive else 1
        if n >= 2 and (sign * k).is_negative and (sign * rest.get(partner, S.Zero)).is_positive:
            met = sign * min(-sign * k, sign * rest[partner])
            rest[i, j, n] += met
            rest[partner] -= met
            out += met * a**i * b**j * c ** (n - 2) * h**2
    return out + Add(*(k * a**i * b**j * c**n for (i, j, n), k in rest.items()))


def _paired(x: Expr) -> Expr:
    """x, even or odd in c, in the form to be computed: k(c) exp y(c) is paired with its mirror image ±k(−c) exp y(−c).

    If one is subtracted from the other, their difference near c = 0 is a rise: sin has exp(c − …) − exp(−c − …).
    """
    coefs: dict[Expr, Expr] = {}  # by exponent
    out, done = S.Zero, set()
    for term in Add.make_args(x):
        k, y = term.as_independent(exp)
        if isinstance(y, exp):
            coefs[y.args[0]] = coefs.get(y.args[0], S.Zero) + k
        else:
            out += TO_R.here(term)
    for at, k in coefs.items():
        mirrored = rational(at.subs(c, -c))
        image = coefs.get(mirrored)
        if image is None or mirrored == at or not any(vanishes(image - p * k.subs(c, -c)) for p in (1, -1)):
            out += TO_R.here(k * exp(at))
        elif mirrored not in done:
            done.add(at)
            with_sum, with_rise = (TO_R.here(tidy((k + p * image) / 2)) for p in (1, -1))
            low, high = (TO_R.here(exp(z)) for z in (mirrored, at))
            out += with_sum * high + with_sum * low
            out += with_rise * exp_rise(low.args[0], high.args[0], TO_R.here(rational(at - mirrored)))
    return out


def _small(x: Expr) -> Expr:
    """Σ k exp y + C, if Σ k + C = 0, as Σ k expm1 y, which loses no digits at small variances."""
    split = [term.as_independent(exp) for term in Add.make_args(x)]
    if not any(isinstance(y, exp) for _, y in split):
        return x
    if any(y != 1 and not isinstance(y, exp) for _, y in split) or not vanishes(Add(*(k for k, _ in split))):
        return x
    return Add(*(k * expm1(y.args[0]) for k, y in split if y != 1))


def _with_excess(x: Expr) -> Expr:
    """x with θ = arctan2(h, c) written by its excess over sin θ, since the terms h and r θ of order θ cancel; c² is r² − h²."""
    angle, other, excess = arctan2(h, c), arctan2(c, h), angle_excess(h, c, r)
    if not x.has(angle):
        return x
    by_excess = expand(x.subs(angle, (excess + h) / r))
    if not by_excess.is_polynomial(h, c, r, g, other, excess):
        return x
    held, plain = S.Zero, S.Zero
    for monomial, k in Poly(by_excess, other, excess, h, c, r, g).terms():
        term = factor(k) * Mul(*(z**n for z, n in zip((other, excess, h, c, r, g), monomial, strict=True)))
        held, plain = (held + term, plain) if monomial[:2] != (0, 0) else (held, plain + term)
    return held + expand(plain.subs(c**2, r**2 - h**2))


# ---- the proof that nothing changed -------------------------------------------------------------------------------

EXACT = {r: sqrt(a) * sqrt(b), g: sqrt(a) * sqrt(b) - c, h: sqrt(a * b - c**2), e: a - b}


def equals(conditioned: Expr, plain: Expr, angles: list[Expr]) -> bool:
    """True if the conditioned form, r, g, h, e written out, is proved equal to the plain one. `angles`: the asin(w c) of κ.

    First every arctangent is proved equal to the angle that it represents, then the rest is algebra.
    """
    x = conditioned.subs(EXACT).replace(lambda y: y.func == expm1, lambda y: exp(y.args[0]) - 1)
    if not all(vanishes(high - low - step) for low, high, step in (y.args for y in x.atoms(exp_rise))):
        return False
    x = x.replace(lambda y: y.func == angle_excess, lambda y: y.args[2] * arctan2(*y.args[:2]) - y.args[0])
    x = x.replace(lambda y: y.func == exp_rise, lambda y: exp(y.args[1]) - exp(y.args[0]))
    for arctangent in x.atoms(arctan2):
        meant = next((m for m in _meanings(angles) if _same_angle(arctangent, m)), None)
        if meant is None:
            return False
        x = x.subs(arctangent, meant)
    return vanishes(x - plain)


def _meanings(angles: list[Expr]) -> list[Expr]:
    tops = [x.subs(c, sqrt(a) * sqrt(b)) for x in angles]
    own = [x.subs({b: a, c: a}) for x in angles]
    rises = [m for x in own for m in (x, x.subs(a, b), x - x.subs(a, b))]
    return [m for x, top in zip(angles, tops, strict=True) for m in (x, top, top - x)] + rises


def _same_angle(arctangent: Expr, meant: Expr) -> bool:
    """True if both have equal slopes in one variable, and equal values at one point of it."""
    y, x = arctangent.args
    var = next((v for v in (c, a) if meant.has(v)), b)
    slope = (y.diff(var) * x - y * x.diff(var)) / (x**2 + y**2)
    points = (S.Zero, sqrt(a) * sqrt(b)) if var == c else (S.Zero, b)
    # the values first: they are cheap, and exclude most candidates
    return any(_meet(y.subs(var, p), x.subs(var, p), meant.subs(var, p)) for p in points) and vanishes(
        slope - meant.diff(var)
    )


def _meet(y: Expr, x: Expr, value: Expr) -> bool:
    """True if arctan2(y, x) = value, for an arctangent in (−π/2, π/2]."""
    if value == 0:
        return vanishes(y)
    if value == pi / 2:
        return vanishes(x)
    return isinstance(value, asin) and vanishes(y - value.args[0] * sqrt(x**2 + y**2))
