"""Digits agree with references of 40 digits, bounds contain them, and both are right where a kernel is a limit."""

import sys
from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest
from sweeps import sweep, sweep_few

from ntk_symbolic import activation, mlp
from ntk_symbolic.errors import InvalidInput, NoTangentKernel
from ntk_symbolic.exact import dual as exact_dual
from ntk_symbolic.exact import refine
from ntk_symbolic.exact.arithmetic import Balls, Digits
from ntk_symbolic.exact.careful import Careful
from ntk_symbolic.exact.relation import APART, SAME, Relation, relation

ELU = "Piecewise((u, u > 0), (exp(u) - 1, True))"
HARD_TANH = "Max(-1, Min(1, u))"

# expr, a, b, c, κ and κ̇: quadrature at 60 digits of the exact mean of φ(v) given u; never from a closed dual
DUALS = [
    (
        "Max(u, 0)",
        0.576,
        2.573,
        0.61,
        "0.3711295752864204168328023496139643193442",
        "0.3335301075871452302066741094660282399157",
    ),
    (
        "Max(u, 0)",
        0.362,
        0.362,
        0.362,
        "0.1809999999999999942268402719491859897971",
        "0.5000000000000000000000000000000000000000",
    ),
    ("Max(u, 0)", 0.362, 0.362, -0.362, "0.0", "0.0"),
    (
        "Max(u, 0)",
        0.362,
        0.362,
        0.36199999999967075,
        "0.1809999999998353759549781769966789080251",
        "0.4999997853480079259432091700118558158049",
    ),
    (
        "Abs(u)",
        0.362,
        0.362,
        0.36199999999967075,
        "0.3619999999996707520041847542604062804775",
        "0.9999991413920317037728366800474232632194",
    ),
    (
        "Max(u, 0)**2",
        0.576,
        2.573,
        0.61,
        "1.049368198630285981148102053329639383428",
        "1.484518301145681667331209398455857277377",
    ),
    (
        "erf(u/2 + 1/3)",
        0.576,
        2.573,
        0.61,
        "0.1792741173484522649329133373896500230804",
        "0.1679259140269925966625738645158609290954",
    ),
    (
        "erf(u/2 + 1/3)",
        0.362,
        0.362,
        0.362,
        "0.1948217078769908052159913573181488405223",
        "0.2316875127175593811253802742036669066809",
    ),
    (
        "erf(u/2 + 1/3)",
        0.362,
        0.362,
        0.36199999999967075,
        "0.1948217078769145251982486316755570858389",
        "0.2316875127175497436672962868889627632634",
    ),
    (
        "u*(1 + erf(u/sqrt(2)))/2",
        0.914,
        1.587,
        -0.116,
        "0.07576307940727341367288320952167734719057",
        "0.2324648670864986258625924287660683111271",
    ),
    (
        "u*(1 + erf(u/sqrt(2)))/2",
        0.001,
        900.0,
        0.25,
        "0.06760104270504182710464096785109928997285",
        "0.2526514626624167970904748133503393700269",
    ),
    (
        "sin(u)",
        0.576,
        2.573,
        0.61,
        "0.1343198761934340040842980724419995537143",
        "0.2468538627766110193339762253152148354832",
    ),
    (
        "exp(-u**2)*sin(u)",
        0.576,
        2.573,
        0.61,
        "0.01098384194569433070648422737076271806622",
        "0.02568350910670612446211366676578646763658",
    ),
    (
        "u**3 - u/2 + 1",
        0.914,
        1.587,
        -0.116,
        "-0.1175321680000000826684589672055382230156",
        "9.795370000000000240354403047149379850791",
    ),
    (
        "Piecewise((u, u > 0), (exp(u) - 1, True))",
        0.576,
        2.573,
        0.61,
        "0.3850906881334435423544801215220336199376",
        "0.5951986860448224524031013441439612141500",
    ),
    (
        "Piecewise((u, u > 0), (exp(u) - 1, True))",
        0.362,
        0.362,
        0.362,
        "0.2610102628429173987699413172715506762746",
        "0.7360198311332780668538974222210049064260",
    ),
    (
        "Piecewise((u, u > 0), (exp(u) - 1, True))",
        0.362,
        0.362,
        -0.362,
        "-0.2374754637211105521820122466974868333326",
        "0.6560095682903606623107963768986402199485",
    ),
    (
        "Piecewise((u, u > 0), (exp(u) - 1, True))",
        0.362,
        0.362,
        0.36199999999967075,
        "0.2610102628426750740752725764363398177268",
        "0.7360198311332003605253191406683387004954",
    ),
    (
        "Piecewise((u, u > 0), (exp(u) - 1, True))",
        0.001,
        900.0,
        0.25,
        "0.1297592641155351008439293249074046821514",
        "0.5085596301797745295062911717902644578349",
    ),
    (
        "Max(-1, Min(1, u))",
        0.914,
        1.587,
        -0.116,
        "-0.04683696615503063199388056566884320966499",
        "0.4044600635905078599375201480866406003285",
    ),
    (
        "Max(-1, Min(1, u))",
        0.362,
        0.362,
        0.362,
        "0.3029421887133703466258928150465029362966",
        "0.9034985010792947610671921718414064055934",
    ),
    (
        "Max(-1, Min(1, u))",
        0.362,
        0.362,
        0.36199999999967075,
        "0.3029421887130728818406793117430055045813",
        "0.9034983932068150434041487828012392356581",
    ),
    (
        "Max(-1, Min(1, u))",
        30.0,
        25.0,
        -12.0,
        "-0.2849958122686086980795283640040798070732",
        "0.02547439074164109961147884604278948344578",
    ),
    (
        "u*Max(0, Min(6, u + 3))/6",
        0.362,
        0.362,
        0.36199999999967075,
        "0.1014202088629781722608257132643070484237",
        "0.2902217124441219896255086841534756861076",
    ),
    (
        "Piecewise((-u - 1, u < -1), (0, u < 1/2), (2*u - 1, True))",
        0.576,
        2.573,
        0.61,
        "0.5524301324114589425976140257316392582893",
        "0.6505209626654143889305750317940720843896",
    ),
    (
        "Piecewise((-u - 1, u < -1), (0, u < 1/2), (2*u - 1, True))",
        0.362,
        0.362,
        0.362,
        "0.1624128678096600685538741909601881783522",
        "0.8601662384365585177507151340149628489293",
    ),
]

# activation, depth, W_std, b_std, x, y, Θ(x, y): the recursion at 80 digits
NETWORKS = [
    (
        "relu",
        3,
        1.4142135623730951,
        0.343,
        [-1.1513987342189846, -0.03416001051807294, -0.5730724297501613, 0.7218879026312263, -1.3570675601989222],
        [-0.3346432035598323, -0.8420085968691098, -0.7187084590018592, 0.7111615533023197, 0.12630575446335637],
        "2.700297897249554165565295580730177209467",
    ),
    (
        "relu",
        50,
        1.4142135623730951,
        0.343,
        [1.663432590499867, 1.3544502575594655, -0.6835582902869458, -0.043505966327812916, -1.4517089266190881],
        [-1.1355672705019317, 0.18825170894391358, 0.02476548753066829, 0.9647558706584961, 1.267626388033511],
        "113.3135946634535563987164646820772492841",
    ),
    (
        "erf",
        10,
        1.4142135623730951,
        0.0,
        [0.4747137243760258, -2.8566100813078097, 0.3815060006727831, -0.7906598181565742, 0.9409317442523983],
        [0.7478071881474828, 0.7288320714308558, -0.40452221899753926, 0.434120979963484, -0.3421944764630814],
        "-3.548127355844039883923644689966569126762",
    ),
    (
        "leaky_relu(0.1)",
        3,
        1.4142135623730951,
        0.36,
        [-1.0722691376118785, 1.2782286689346727, 0.09500348147376361, 1.5886449086871512, -0.16802077317521708],
        [-0.8371877876393169, 0.7893683599549621, 0.6233777431624321, -0.4584526734856955, 0.02201993730024075],
        "3.123548647678931154694807485498095909232",
    ),
    (
        "gelu",
        3,
        1.4142135623730951,
        0.087,
        [0.618793583055987, 0.5814126043641078, 1.2583567956103352, -1.0789656223169575, 1.2304906486400156],
        [-0.22839071358666393, -1.1388952978780043, -0.5532281757233414, -1.2336128003688107, -0.2003717116136265],
        "0.7842573230997962545513684478604479232125",
    ),
    (
        "sin",
        3,
        1.4142135623730951,
        0.389,
        [-1.5714561607305118, 0.6193158235299929, 0.3950898625956996, -0.6024094780045268, -0.2406354791497019],
        [1.5466821310071068, -0.44886578039368474, 0.27840078874815, 0.43220957538839033, 1.2078990994387249],
        "-0.4576143487831810877402645576783537209968",
    ),
    (
        "gaussian",
        3,
        1.4142135623730951,
        0.058,
        [0.9421336098171637, -2.676709942392965, 1.2302167661512946, -0.8109099201499365, -0.4058248791697426],
        [0.6180169422321214, 0.36648939780985207, -2.3120719515146764, 0.6022543831789997, -0.15331803053252538],
        "1.312156210793790804668136192505701065836",
    ),
    (
        "erf",
        10,
        1.4142135623730951,
        0.0,
        [0.4747137243760258, -2.8566100813078097, 0.3815060006727831, -0.7906598181565742, 0.9409317442523983],
        [0.47471373305796793, -2.8566100812638293, 0.3815059975950571, -0.7906598158204714, 0.9409317432166491],
        "32.81760423250446413272855395481399537866",
    ),
    (
        "erf",
        10,
        1.4142135623730951,
        0.0,
        [0.4747137243760258, -2.8566100813078097, 0.3815060006727831, -0.7906598181565742, 0.9409317442523983],
        [-0.4747137156940837, 2.85661008135179, -0.38150600375050914, 0.7906598204926769, -0.9409317452881476],
        "-32.81760423250446462480053492575823477158",
    ),
]


def narrow(lo, hi):
    """The ends are two floats apart, the least distance around a value that is a float."""
    return hi <= np.nextafter(np.nextafter(lo, np.inf), np.inf)


SLOW = [row for row in DUALS if (row[0] == ELU and row[2] == 900.0) or row[0].startswith(("u*Max", "Piecewise((-u"))]


@pytest.mark.parametrize(
    ("text", "a", "b", "c", "kappa", "kappa_dot"),
    sweep_few(DUALS, SLOW),
    ids=[f"{row[0][:12]} {row[1]} {row[2]} {row[3]}" for row in DUALS],
)
def test_duals_have_their_digits_and_lie_within_their_bounds(text, a, b, c, kappa, kappa_dot):
    at = a, b, c
    phi = activation(text)
    for f, known in ((phi.dual, kappa), (phi.dual_dot, kappa_dot)):
        with mpmath.workdps(50):
            reference = mpmath.mpf(known)
            allowed = abs(reference) * mpmath.mpf("5e-40")  # half a unit of the last digit on file
            assert abs(f(*at, precision=45) - reference) <= allowed
            lo, hi = f(*at, certified=True)
            assert lo - allowed <= reference <= hi + allowed
            assert narrow(lo, hi)


@pytest.mark.parametrize("row", NETWORKS, ids=lambda row: f"{row[0]} depth {row[1]}")
def test_networks_have_their_digits_and_lie_within_their_bounds(row):
    name, depth, W_std, b_std, x, y, known = row
    net = mlp(depth, name, W_std, b_std)
    with mpmath.workdps(50):
        reference = mpmath.mpf(known)
        allowed = abs(reference) * mpmath.mpf("5e-40")
        assert abs(net.kernel([x], [y], precision=45)[0, 0] - reference) <= allowed
        lo, hi = net.kernel([x], [y], certified=True)
        assert lo[0, 0] - allowed <= reference <= hi[0, 0] + allowed
        assert narrow(lo, hi)


def test_a_chaotic_network_costs_precision_and_no_digit():
    """W_std = 16 at depth 17: the float64 kernel of the same inputs is right to 1e-9 at best."""
    net, X = mlp(17, "erf", 16.0, 0.1), [[1.0, 0.5], [1.0, 0.5 + 2**-40], [-1.0, -0.5]]
    digits = net.kernel(X, precision=30)
    lo, hi = net.kernel(X, certified=True)
    assert (lo <= hi).all() and (narrow(lo, hi)).all()
    with mpmath.workdps(30):
        assert all(l <= d <= h for l, d, h in zip(lo.ravel(), digits.ravel(), hi.ravel(), strict=True))


@pytest.mark.parametrize(
    "text",
    sweep(["relu", "step", "erf", "gelu", "sin", HARD_TANH, "erf(u/2 + 1/3)"], ["relu", "erf", "sin", HARD_TANH]),
)
@pytest.mark.parametrize("size", sweep([1e-12, 1.0, 1e12], [1e12]))
@pytest.mark.parametrize("rho", [0.3, 1 - 2.0**-40, -1 + 2.0**-40])
def test_bounds_are_neighbours_at_every_variance_and_correlation(text, size, rho):
    """Otherwise κ is known to 2⁻¹⁰⁰ of √(κ_aa κ_bb), where it cancels (sin at variance 1e12)."""
    phi, at = activation(text), (size, size, rho * size)
    lo, hi = phi.dual(*at, certified=True)
    top = phi.dual(size, size, size, certified=True)[1]
    assert narrow(lo, hi) or hi - lo <= top * 2.0**-99
    with mpmath.workdps(25):
        assert mpmath.mpf(lo) * (1 - mpmath.sign(lo) * mpmath.mpf("1e-24")) <= phi.dual(*at, precision=25)
        assert phi.dual(*at, precision=25) <= mpmath.mpf(hi) * (1 + mpmath.sign(hi) * mpmath.mpf("1e-24"))


# ---- limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at", "kappa", "kappa_dot"),
    [
        ("relu", (1.0, 4.0, 2.0), 1, 0.5),
        ("relu", (1.0, 1.0, -1.0), 0, 0),
        ("sign", (1.0, 4.0, -2.0), -1, np.inf),
        ("step", (1.0, 1.0, 1.0), 0.5, np.inf),
        ("relu2", (1.0, 4.0, 2.0), 6, 4),
        ("relu", (0.0, 1.0, 0.0), 0, 0.25),
        ("Piecewise((1, u > 1), (0, True))", (0.0, 1.0, 0.0), 0, 0),
        ("Max(u, 0)*cos(u)", (1.0, 1.0, -1.0), 0, 0),
    ],
)
def test_at_parallel_inputs_both_are_the_limit(text, at, kappa, kappa_dot):
    phi = activation(text)
    for f, known in ((phi.dual, kappa), (phi.dual_dot, kappa_dot)):
        lo, hi = f(*at, certified=True)
        assert lo <= known <= hi and narrow(lo, hi)
        assert f(*at, precision=30) == known


@pytest.mark.parametrize("text", ["relu", "gelu", "erf(u/2 + 1/3)", HARD_TANH, ELU, "Max(u, 0)*cos(u)", "u**3 - u"])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_limit_is_where_the_closed_form_leads(text, sign):
    """At 1 − |ρ| = 2⁻¹⁰⁰ the value is within the bound of the slope, which is at most √(κ̇_aa κ̇_bb)."""
    dual = activation(text)._dual
    K = Digits(300)
    with K.working():
        a, b = K.number(1), K.number(Fraction(9, 4))
        c = sign * K.number(Fraction(3, 2)) * (1 - K.number(Fraction(1, 2**100)))
        near = exact_dual.kappa(dual, (a, b, c), APART, K)
        limit = exact_dual.kappa(dual, (a, b, c), Relation(sign), K)
        slopes = [exact_dual.kappa_dot(dual, (x, x, x), SAME, K) for x in (a, b)]
        assert abs(near - limit) <= mpmath.mpf(2) ** -100 * mpmath.sqrt(a * b * slopes[0] * slopes[1]) * (1 + 1e-20)


@pytest.mark.parametrize("name", ["relu", "leaky_relu(0.1)", "abs", "step", "sign", "erf", "sin", "cos", "gelu"])
def test_parallel_and_antipodal_inputs_stay_what_they_are_through_the_layers(name):
    """If ρ = ±1 were known only as a ball, every layer would halve its digits, and ten layers would leave none."""
    X = [[1.0, 2.0], [3.0, 6.0], [-1.0, -2.0], [0.0, 0.0]]
    for b_std in (0.0, 0.5):
        net = mlp(6, name, 1.1, b_std)
        lo, hi = net.kernel(X, get="nngp", certified=True)
        top = np.sqrt(np.outer(np.diag(hi), np.diag(hi)))
        assert (narrow(lo, hi) | (hi - lo <= 2.0**-99 * top)).all()
        apart = abs(net.nngp(X) - lo) > 1e-11 * top
        # of a jump at 0 float64 takes E φ² from one side; here a zero vector has φ(0)², φ(0) the mean of both sides
        rows = slice(3) if activation(name).jumps else slice(None)
        assert not apart[rows, rows].any()


def test_what_is_known_of_two_inputs_is_read_from_exact_numbers():
    third = Fraction(1, 3)
    assert relation(third, third, third) == SAME
    assert relation(Fraction(1), Fraction(4), Fraction(-2)) == Relation(-1, ((0, 1),))
    assert relation(Fraction(1), Fraction(4), Fraction(2) - Fraction(1, 10**40)) == APART


# ---- mistakes are found ----------------------------------------------------------------------------------------------


def test_bounds_without_outward_rounding_are_caught():
    """With rounding to nearest, one of the two ends lies inside."""
    K = Balls(200)
    with K.working():
        ball = K.number(Fraction(1, 3))
        lo, hi = refine.outward(ball)
        assert Fraction(lo) < Fraction(1, 3) < Fraction(hi)
        assert not Fraction(float(ball.lower())) < Fraction(1, 3) < Fraction(float(ball.upper()))


def test_a_wrong_limit_at_parallel_inputs_is_caught(monkeypatch):
    """The mutant replaces one input by its mirror image; the reference for identical inputs is not in its bounds."""
    identical = next(row for row in DUALS if row[0] == ELU and row[1] == row[2] == row[3])
    right = exact_dual.expectation
    monkeypatch.setattr(exact_dual, "expectation", lambda f, s, K: right(f, (s[0], *(-x for x in s[1:])), K))
    lo, hi = activation(ELU).dual(*identical[1:4], certified=True)
    assert not lo <= float(identical[4]) <= hi


def test_two_evaluations_that_agree_without_the_bits_for_it_do_not_count(monkeypatch):
    """ELU's κ̇ at b = 900: without the account of rounding two of them agree on 0."""
    at = (0.001, 900.0, 0.25)
    f = activation(ELU).dual_dot
    assert abs(f(*at, precision=10) - mpmath.mpf("0.5085596301797745")) < 1e-9
    monkeypatch.setattr(Careful, "settled", lambda self, found, scale: found.value)
    assert f(*at, precision=10) == 0


TAILS = [  # far from its breakpoints φ is 0; terms of size 1 cancel to
    ("softshrink", (1e-3, 1e-3, -9e-4), 0),
    ("softshrink", (1e-3, 1e-3, 1e-3), 0),  # known to be parallel
    ("softshrink", (1e-3, 1e-3, 5e-4), 1),
    ("Max(u-1/2,0)", (1e-3, 1e-3, 5e-4), 0),
    ("Heaviside(u-1)", (0.01, 0.01, 0.0), 0),
    ("Max(0,1-Abs(u-4))", (0.05, 0.05, 0.015), 0),
    ("Max(0,1-Abs(u-4))", (0.05, 0.1, 0.06), 1),
]


@pytest.mark.parametrize(("text", "at", "order"), sweep(TAILS, [TAILS[2], TAILS[3]]))
@pytest.mark.parametrize("wanted", [5, 40])
def test_digits_of_a_tail_lie_within_its_bounds(text, at, order, wanted):
    """A value of 10⁻⁶⁵ left by terms of 10⁻³, one of them with erf(11), also has correct digits."""
    f = (activation(text).dual, activation(text).dual_dot)[order]
    lo, hi = f(*at, certified=True)
    found = f(*at, precision=wanted)
    assert 0 < abs(found) < 1e-10
    assert lo - 10.0 ** (1 - wanted) * abs(lo) <= found <= hi + 10.0 ** (1 - wanted) * abs(hi)


@pytest.mark.sweep
def test_networks_whose_units_hardly_ever_fire_have_their_digits():
    X, net = [[0.04, 0.02, 0.0], [0.01, 0.05, 0.01]], mlp(1, "softshrink", W_std=1.0, b_std=0.0)
    lo, hi = net.kernel(X, certified=True)
    found = net.kernel(X, precision=25)
    assert (lo <= found).all() and (found <= hi).all()
    assert 0 < found[0, 0] < 1e-80


def test_digits_that_would_take_too_many_bits_are_refused_at_once():
    with pytest.raises(InvalidInput, match="20 digits are not reached"):
        activation("elu").dual_dot(1.0, 3e4, 0.25, precision=20)


# ---- shapes and refusals --------------------------------------------------------------------------------------------


def test_shapes_are_those_of_the_float64_kernel():
    net, X, Y = mlp(2, "relu", W_std=1.0, b_std=0.0), [[1.0, 0.1], [0.3, -2.0]], [[1.0, 1.0], [1.0, 0.1], [0.0, 0.0]]
    both = net.kernel(X, Y, get=("ntk", "nngp"), precision=20)
    assert both._fields == ("ntk", "nngp") and both.nngp.shape == (2, 3) and both.ntk.dtype == object
    lo, hi = net.kernel(X, Y, get=("ntk", "nngp"), certified=True).ntk
    assert lo.shape == hi.shape == (2, 3) and lo.dtype == np.float64
    symmetric = net.kernel(X, precision=20)
    assert symmetric[0, 1] is symmetric[1, 0]
    assert both.ntk[0, 1] == symmetric[0, 0], "an equal row of Y is the same input"
    assert activation("relu").dual([1.0, 2.0], 1.0, [[0.5], [0.25]], precision=9).shape == (2, 2)
    lo, hi = activation("relu").dual([1.0, 2.0], 1.0, 0.5, certified=True)
    assert lo.shape == hi.shape == (2,) and (lo <= hi).all()


def test_float32_and_integers_are_the_numbers_they_are():
    X = np.array([[0.1, 0.7]], dtype=np.float32)
    net = mlp(1, "erf", W_std=1.0, b_std=0.0)
    assert net.kernel(X, precision=30)[0, 0] == net.kernel(X.astype(np.float64), precision=30)[0, 0]
    assert net.kernel([[1, 2]], precision=30)[0, 0] == net.kernel([[1.0, 2.0]], precision=30)[0, 0]


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (
            lambda: mlp(1, W_std=1.0, b_std=0.0).kernel([[1.0]], precision=5, certified=True),
            InvalidInput,
            "precision and certified",
        ),
        (lambda: mlp(1, W_std=1.0, b_std=0.0).kernel([[1.0]], precision=0), InvalidInput, "precision is 0"),
        (lambda: mlp(1, W_std=1.0, b_std=0.0).kernel([[1.0]], precision=10**9), InvalidInput, "at most 10000"),
        (
            lambda: mlp(1, W_std=1.0, b_std=0.0).kernel([[1.0]], precision=2.5),
            InvalidInput,
            "precision must be an integer",
        ),
        (lambda: mlp(1, W_std=1.0, b_std=0.0).kernel([[1.0]], [[1.0, 2.0]], precision=5), InvalidInput, "features"),
        (lambda: mlp(1, "sign", W_std=1.0, b_std=0.0).kernel([[1.0]], certified=True), NoTangentKernel, "nngp"),
        (lambda: activation("relu").dual(1.0, 1.0, 1.1, precision=5), InvalidInput, "covariance"),
        (lambda: activation("relu").dual(1.0, 1.0, np.nan, certified=True), InvalidInput, "NaN"),
        (lambda: activation("relu").dual([1.0, 2.0], [1.0, 2.0, 3.0], 0.0, precision=5), InvalidInput, "broadcast"),
        (
            lambda: mlp(1, ELU, W_std=1.0, b_std=0.0).kernel([[1e4, 0.0]], [[1e4, 1.0]], precision=5),
            InvalidInput,
            "lower precision, W_std",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_remedy(ask, error, message):
    with pytest.raises(error, match=message):
        ask()


def test_without_python_flint_bounds_say_what_to_install_and_digits_do_without(monkeypatch):
    monkeypatch.setitem(sys.modules, "flint", None)
    for ask in (
        mlp(1, W_std=1.0, b_std=0.0).kernel,
        lambda X, certified: activation("relu").dual(1.0, 1.0, 0.5, certified=certified),
    ):
        with pytest.raises(InvalidInput, match=r'pip install "ntk-symbolic\[certified\]"'):
            ask([[1.0]], certified=True)
    assert activation("relu").dual(1.0, 1.0, 1.0, precision=20) == 0.5


@pytest.mark.parametrize(
    ("wanted", "name"), sweep(product([5, 18, 25], ["elu", "hard_tanh"]), [(5, "elu"), (25, "hard_tanh")])
)
def test_inputs_whose_cosine_is_one_by_rounding_have_their_digits(name, wanted):
    x = np.array([[0.3, 1.3, 0.3, -1.3]])
    Y, net = np.vstack([x * (1 + 1e-9), x + 1e-9]), mlp(1, name, W_std=1.0, b_std=0.0)
    lo, hi = net.kernel(x, Y, certified=True)
    found = net.kernel(x, Y, precision=wanted)
    assert (lo * (1 - 10.0 ** (1 - wanted)) <= found).all() and (found <= hi * (1 + 10.0 ** (1 - wanted))).all()
