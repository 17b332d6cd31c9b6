"""The conditioned form is proved equal to its dual, a wrong form is not, and the form keeps its digits."""

from functools import cache

import array_api_compat.numpy as xp
import mpmath
import numpy as np
import pytest
from readings import CLOSED
from scipy.special import erf
from sweeps import sweep, sweep_few
from sympy import Add, Pow, Symbol, asin, exp, lambdify, sqrt

from ntk_symbolic.activations.code.generated import COMPILED
from ntk_symbolic.activations.condition.conditioned import equals, g, h, parts, r
from ntk_symbolic.activations.condition.differences import exp_rise
from ntk_symbolic.activations.derive.dual import derive
from ntk_symbolic.activations.form.variables import a, b, c
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.notation.expressions import parse

FORMS = ("kappa", "kappa_dot", "drop", "diag", "rise")


@cache
def kappa_of(name):
    """κ and κ̇, with parameters as symbols."""
    dual = derive(parse(LIBRARY[name].text, parameters=LIBRARY[name].parameters))
    return dual.kappa.value, dual.kappa_dot.value


@cache
def conditioned(name):
    return parts(*kappa_of(name))


PARTS = [(name, parity) for name in CLOSED for parity in ("even", "odd") if getattr(COMPILED[name], parity)]
EVERY_FORM = [(*part, form) for part in PARTS for form in FORMS]
TWINS = ("gabor", "probit", "erf")  # have an exponential or an angle, as gaussian and gelu have
each_part = pytest.mark.parametrize(("name", "parity"), PARTS)


def meaning(part, form):
    """The quantity of each form, from the part of κ as it was derived."""
    kappa = part.source
    diag = kappa.subs({b: a, c: a}, simultaneous=True)
    return {
        "kappa": kappa,
        "kappa_dot": kappa.diff(c),
        "drop": kappa.subs(c, sqrt(a) * sqrt(b)) - kappa,
        "diag": diag,
        "rise": diag - diag.subs(a, b),
    }[form]


def is_proved(part, form, expr):
    return equals(expr, meaning(part, form), list(part.source.atoms(asin)))


# ---- equal by proof -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sweep_few(CLOSED, TWINS))
def test_the_two_parts_add_up_to_the_dual(name):
    kappa, found = kappa_of(name)[0], conditioned(name)
    even, odd = (found[x].source if x in found else 0 for x in ("even", "odd"))
    assert {*found} == {parity for item, parity in PARTS if item == name}
    assert equals(even + odd, kappa, [])
    assert equals((even - odd), kappa.subs(c, -c), [])


@pytest.mark.parametrize(("name", "parity", "form"), sweep_few(EVERY_FORM, [x for x in EVERY_FORM if x[0] in TWINS]))
def test_every_form_is_proved_to_be_what_it_stands_for(name, parity, form):
    part = conditioned(name)[parity]
    assert is_proved(part, form, getattr(part, form))


def mutants(expr):
    """Pairs (mistake, expr with this mistake)."""
    if expr == 0:
        yield "not zero", a
        return
    yield "sign", -expr
    yield "factor 2", 2 * expr
    if expr.has(exp) and any(power.has(h) for power in expr.atoms(Pow) if power.exp.q == 2):
        yield (
            "h",
            expr.subs(h, 2 * h),
        )  # g is in a root and in an exponent: the normal form needs 90 s to distinguish it from 0
    else:
        yield "h and g", expr.subs({h: g, g: h}, simultaneous=True)
    yield "step of exp_rise", expr.replace(exp_rise, lambda low, high, step: exp_rise(low, high, 2 * step))
    for number, term in enumerate(Add.make_args(expr)):
        yield f"without summand {number}", expr - term


def differs(x, y):
    """True if both differ at one point, with consistent values of r, g, h, e; ten digits separate mutants from equal forms."""
    at = {a: 1.4, b: 0.8, c: 0.5, r: 1.12**0.5, g: 1.12**0.5 - 0.5, h: 0.87**0.5, "e": 0.6, "alpha": 0.3, "beta": 0.9}
    symbols = sorted((x.free_symbols | y.free_symbols), key=str)
    values = [at.get(z, at.get(str(z))) for z in symbols]
    rise = {
        "exp_rise": lambda low, high, step: np.exp(low) * np.expm1(step),
        "angle_excess": lambda h, c, r: r * np.arctan2(h, c) - h,
    }
    f, k = (lambdify(symbols, e, [rise, "numpy"])(*values) for e in (x, y))
    return abs(f - k) > 1e-10 * abs(k)


SLOW = [("gelu", "drop"), ("gelu", "rise")]  # of which every other activation has one
SECONDS = (
    "gabor",
    "probit",
    "erf",
    "relu3",
    "abrelu",
    "leaky_relu",
    "cos",
)  # take seconds; every kind of mistake also occurs for GELU or relu2


@pytest.mark.parametrize(
    ("name", "parity", "form"),
    sweep(EVERY_FORM, [one for one in EVERY_FORM if one[0] not in SECONDS and (one[0], one[2]) not in SLOW]),
)
def test_a_wrong_form_is_not_proved(name, parity, form):
    part = conditioned(name)[parity]
    right = getattr(part, form)
    wrong = {what: x for what, x in mutants(right) if x != right and differs(x, right)}
    assert {*wrong} >= ({"sign", "factor 2"} if right != 0 else {"not zero"})
    assert [what for what, x in wrong.items() if is_proved(part, form, x)] == []


# ---- density: the part due to the norms alone -----------------------------------------------------------------------

MANY, FEW = np.polynomial.legendre.leggauss(300), np.polynomial.legendre.leggauss(12)
WITH_DENSITY = {
    "erf": erf,
    "probit": lambda x: (1 + erf(x / np.sqrt(2))) / 2,
    "gelu": lambda x: x * (1 + erf(x / np.sqrt(2))) / 2,
    "sin": np.sin,
    "cos": np.cos,
    "gaussian": lambda x: np.exp(-x * x),
    "gabor": lambda x: np.exp(-x * x) * np.sin(x),
    "exp": np.exp,
}


@each_part
def test_a_part_has_a_density_unless_one_norm_tells_all(name, parity):
    """The even and odd parts of the others are 1, u, u², |u|, … times a number, as are GELU's u/2 and probit's 1/2."""
    has_one = getattr(COMPILED[name], parity).density is not None
    assert has_one == (name in WITH_DENSITY and (name, parity) not in {("gelu", "odd"), ("probit", "even")})


@pytest.mark.parametrize("two", [(1.3, 1.1), (0.4, 0.5), (0.02, 0.021)])
@pytest.mark.parametrize(("name", "parity"), [x for x in PARTS if getattr(COMPILED[x[0]], x[1]).density])
def test_the_density_integrates_to_the_distance_of_the_stretched_activations(name, parity, two):
    """E(φ(sz) − φ(tz))² = ∬ over [t, s]²; 12 nodes are exact to rounding for |s − t| ≤ 0.2, 300 for z up to 14."""
    sign = 1 if parity == "even" else -1

    def part(x):
        return (WITH_DENSITY[name](x) + sign * WITH_DENSITY[name](-x)) / 2

    s_, t_ = two
    x, w = MANY
    z = 14 * x
    distance = np.sum(14 * w * (part(s_ * z) - part(t_ * z)) ** 2 * np.exp(-z * z / 2)) / np.sqrt(2 * np.pi)
    x, w = FEW
    q = (s_ + t_) / 2 + (s_ - t_) / 2 * x
    density = getattr(COMPILED[name], parity).density(xp, q[:, None], q[None, :])
    assert np.sum(np.outer(w, w) * density) * ((s_ - t_) / 2) ** 2 == pytest.approx(distance, rel=1e-10, abs=0)


# ---- digits ---------------------------------------------------------------------------------------------------------

KINKED = ("relu", "leaky_relu", "abrelu", "abs", "relu2", "relu3")
VARIANCES = [(1.3, 1.3), (0.7, 0.7 + 1e-7), (2.0, 0.3), (0.001, 0.0011), (40.0, 38.0)]


def exact_kappa(name, parity):
    """κ of this parity at 80 digits."""
    symbols = [Symbol(name, real=True) for name in LIBRARY[name].parameters]
    f = lambdify((a, b, c, *symbols), conditioned(name)[parity].source, "mpmath")
    parameters = [mpmath.mpf(float(x)) for x in LIBRARY[name].defaults]
    return lambda *abc: mpmath.re(f(*abc, *parameters))


@each_part
def test_the_drop_keeps_its_digits_however_close_the_inputs(name, parity):
    """sin²θ down to 1e-30. Smooth activations: 1e-13 of the drop itself (8e-14 found, of exp at variance 40).
    With a kink the drop is (angle)³ from terms of size h = r sin θ, and the relevant number is the angle of the next layer:
    it changes by the drop over h, so an error of 2ε of h is 2ε of an angle."""
    kappa, drop = exact_kappa(name, parity), getattr(COMPILED[name], parity).drop
    parameters = tuple(map(float, LIBRARY[name].defaults))
    with mpmath.workdps(80):
        for a_, b_ in VARIANCES:
            for sin2 in (0.5, 1e-2, 1e-4, 1e-8, 1e-12, 1e-20, 1e-30):
                A, B, S = map(mpmath.mpf, (a_, b_, sin2))
                R = mpmath.sqrt(A * B)
                C, H = R * mpmath.sqrt(1 - S), R * mpmath.sqrt(S)
                exact = kappa(A, B, R) - kappa(A, B, C)
                found = drop(xp, *map(np.float64, (a_, b_, C, R, H, R - C)), *parameters)
                norm = mpmath.sqrt(kappa(A, A, A) * kappa(B, B, B))
                assert abs(found - exact) <= (4.5e-16 * norm * H / R if name in KINKED else 1e-13 * exact)


@each_part
def test_the_rise_keeps_its_digits_however_close_the_norms(name, parity):
    """1e-14 of the rise itself (7e-15 found, of sin at variance 40)."""
    kappa, rise = exact_kappa(name, parity), getattr(COMPILED[name], parity).rise
    parameters = tuple(map(float, LIBRARY[name].defaults))
    with mpmath.workdps(120):
        for a_ in (1.3, 1e-3, 40.0):
            for step in (0.5, -0.5, 1e-2, 1e-4, -1e-8, 1e-12, 1e-30):
                A = mpmath.mpf(a_)
                B = A * (1 - mpmath.mpf(step))
                exact = kappa(A, A, A) - kappa(B, B, B)
                found = rise(xp, np.float64(a_), np.float64(B), np.float64(A - B), *parameters)
                assert abs(found - exact) <= 1e-14 * abs(exact) + 1e-50  # asin near 1 halves the 120 digits
