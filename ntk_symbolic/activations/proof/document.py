"""The derivation of a dual kernel as a document: every rule application is a step, and every step is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial

from sympy import (
    Add,
    Derivative,
    DiracDelta,
    Expr,
    Function,
    Rational,
    S,
    Subs,
    Symbol,
    asin,
    atan2,
    exp,
    im,
    latex,
    sqrt,
)

from ...proofs.derivation import Claim, Derivation, Hypothesis, Judgement, Label, Step, Verdict
from ...proofs.judges import elementary as judges
from ...proofs.judges.normal_form import admissible
from ..code.codegen import compile_pointwise
from ..condition.conditioned import EXACT, ConditionedPart, equals, exp_rise, expm1, parts
from ..condition.differences import arctan2
from ..derive.dual import Dual, Expansion, put
from ..derive.expectation import Moment
from ..derive.normal import Phi2
from ..form.pieces import split
from ..form.terms import evaluate
from ..form.variables import a, b, c, u
from .published import published
from .quadrature import mean_of_product, moment
from .symbols import Expected, ExpectedProduct, as_expression

DIGITS, FEWEST, EXACT_TO = 9, 6, 1e-13  # digits compared, and where summands cancel; a quadrature's relative error
EVALUATED = 12  # digits in which φ and its terms are compared
LONG, SHORT, SIGNIFICANT = (
    900,
    200,
    20,
)  # operations above which equality is checked in numbers, and the digits compared
POINTS_OF_PHI = [Rational(n, 1009) for n in (-2017, -337, 503, 1765)]  # at a breakpoint the sides may differ
MANY = 400  # rule applications above which those that differ only in their breakpoints are shown once
RULES = {
    "condition": "condition on the edge: $\\mathbb{E}[\\delta(p x - h) g] = $ density at $h$ $\\times$ "
    "$\\mathbb{E}[g \\mid p x = h]$",
    "Stein": "Stein's lemma: $\\mathbb{E}[x_i g] = \\mu_i \\mathbb{E}[g] + \\sum_k S_{ik} \\mathbb{E}[\\partial_k g]$",
    "base": "no power is left: an orthant probability",
}
PHI2 = Hypothesis(
    "$\\Phi_{2}(h, k; r)$ is the probability that two standard normal variables of correlation $r$ are at most $h$ and $k$."
)
STEIN = Hypothesis("Gaussian integration by parts holds for products of powers and edges.", "Stein 1981, Lemma 1")
PRICE_HOLDS = Hypothesis("Price's theorem holds in the sense of distributions.", "Price 1958; McMahon 1964")
SHEPPARD = Hypothesis(
    "An orthant of two centred Gaussians has probability $1/4 + \\arcsin(r)/(2\\pi)$.", "Sheppard 1899"
)
PRICE = "Price's theorem: $\\partial\\kappa/\\partial c = \\mathbb{E}[\\varphi'(u)\\varphi'(v)]$"


@lru_cache(maxsize=64)
def derivation_of(dual: Dual, name: str) -> Derivation:
    """The derivation of κ from φ. The last steps are independent of all before: Price's theorem and the value at c = 0
    together determine κ from κ̇ and the mean."""
    derivative = dual.phi.diff(u).replace(DiracDelta, lambda *_: S.Zero)  # without a jump its coefficient is 0
    lhs, slope = ExpectedProduct(dual.phi, dual.phi), ExpectedProduct(derivative, derivative)
    scale = dual.scale
    rules = {low.rule for expansion in (dual.kappa, dual.kappa_dot, dual.mean) for low in expansion.lowered.values()}
    quadrature, elementary = (partial(judge, scale=scale) for judge in (by_quadrature, closing_judge))
    steps: list[Step] = []
    terms = as_expression(dual.terms)
    if terms != dual.phi:
        steps.append(_judged(Step(dual.phi, terms, "split into polynomial, exponential and edge"), _terms_judge(dual)))
    first = sum((s.coef * s.weight * _expected(s.moment) for s in dual.kappa.summands), S.Zero)
    tilted = any(s.weight != 1 for s in dual.kappa.summands)
    rule = "linearity, and exponentials as tilts of the Gaussian" if tilted else "linearity"
    steps.append(_judged(Step(lhs, first, rule), quadrature))
    steps += [_judged(step, quadrature) for step in _rule_steps(dual.kappa)]
    steps.append(_judged(Step(lhs, dual.kappa.value, "collect"), quadrature))
    shown = published(dual.kappa.value)
    if shown != dual.kappa.value:
        rule = "erf is odd, erfi is −i erf(i·), and exponentials in pairs are sinh and cosh"
        steps.append(_judged(Step(dual.kappa.value, shown, rule), partial(closing_judge, scale=scale, long=SHORT)))
    if not dual.jumps:
        steps.append(_judged(Step(slope, dual.kappa_dot.value, "the same rules for the derivative"), quadrature))
    steps += [_judged(step, elementary) for step in closing(dual.kappa.value, dual.kappa_dot.value, dual.mean.value)]
    if not (dual.by_integrals or dual.parameters):
        form = dual.decaying or dual
        continued = "".join(f", with ${s} = {value}$" for s, value in dual.growth.items())
        for parity, part in parts(form.kappa.value, form.kappa_dot.value).items():
            steps += _conditioned_steps(parity, part, continued)
    return Derivation(
        title=f"Dual kernel of {name}",
        conclusion=(Claim(lhs, shown),),
        steps=tuple(steps),
        hypotheses=(
            Hypothesis("$(u, v)$ is a centred Gaussian with variances $a, b > 0$, covariance $c$ and $c^2 < ab$."),
            Hypothesis("$\\mathbb{E}[\\varphi(u)^2]$ is finite" + _below(dual.limit)),
            *([STEIN] if "Stein" in rules else []),
            PRICE_HOLDS,
            *([SHEPPARD] if dual.kappa.value.has(asin) else []),
            *([PHI2] if dual.kappa.value.has(Phi2) else []),
        ),
        source="; ".join(_sources(dual)),
    )


def _sources(dual: Dual) -> list[str]:
    """The sources of dual kernels; additional ones for a threshold, and for an error function or a Gaussian."""
    edges = [t.edge for t in dual.terms if t.edge is not None]
    hard, soft = any(e.noise == 0 for e in edges), any(e.noise != 0 for e in edges) or any(t.A != 0 for t in dual.terms)
    known = [
        (hard, "Cho & Saul 2009"),
        (soft, "Williams 1997"),
        (True, "Daniely, Frostig, Singer 2016, arXiv 1602.05897"),
    ]
    return [source for used, source in known if used]


def closing(kappa: Expr, kappa_dot: Expr, mean: Expr) -> tuple[Step, Step]:
    """Price's theorem and the value at c = 0 as steps, for formulas from any source."""
    return (
        Step(Derivative(kappa, c), kappa_dot, PRICE),
        Step(Subs(kappa, c, 0), mean * mean.subs(a, b), "at $c = 0$ u and v are independent"),
    )


def _below(limit: Expr) -> str:
    return f": the variances are below ${latex(limit)}$." if limit.is_finite else "."


def _rule_steps(expansion: Expansion) -> list[Step]:
    """The steps from the summands down: each moment by the rule that lowered it."""
    steps: list[Step] = []
    shown = set()
    for m, low in reversed(expansion.lowered.items()):
        kind = (m.powers, tuple((j, e.dirac) for j, e in m.edges), tuple(x != 0 for x in m.mean))
        if _expected(m) == 1 or (len(expansion.lowered) > MANY and kind in shown):
            continue
        shown.add(kind)
        rhs = low.constant + sum((coef * _expected(part) for coef, part in low.parts), S.Zero)
        alike = "; so do those of other breakpoints" if len(expansion.lowered) > MANY else ""
        steps.append(Step(_expected(m), rhs, RULES[low.rule] + alike))
    return steps


def _expected(m: Moment) -> Expr:
    """The expectation of a moment; that of the empty product is 1."""
    return Expected.of(m) if any(m.powers) or m.edges else S.One


def _conditioned_steps(parity: str, part: ConditionedPart, continued: str) -> list[Step]:
    kappa = Function(f"kappa_{parity}")
    r = sqrt(a) * sqrt(b)
    plain = part.source.subs(c, r) - part.source
    own = part.source.subs({b: a, c: a}, simultaneous=True)
    statements = [
        (
            kappa(a, b, c),
            part.kappa,
            part.source,
            "the same, computed from $h = \\sqrt{ab - c^2}$ and $g = \\sqrt{ab} - c$",
        ),
        (kappa(a, b, Symbol("r")) - kappa(a, b, c), part.drop, plain, "finite differences from c to $r = \\sqrt{ab}$"),
        (
            kappa(a, a, a) - kappa(b, b, b),
            part.rise,
            own - own.subs(a, b),
            "finite differences from b to a, $e = a - b$",
        ),
    ]
    angles = sorted(part.source.atoms(asin), key=str)
    return [
        _judged(Step(lhs, rhs, rule, f"the {parity} part of $\\kappa${continued}"), _conditioned_judge(wanted, angles))
        for lhs, rhs, wanted, rule in statements
        if not rhs.is_number
    ]


def _conditioned_judge(wanted: Expr, angles: list[Expr]) -> Callable[[Step], Judgement]:
    def judge(step: Step) -> Judgement:
        if equals(step.rhs, wanted, angles):
            detail = "arctangents proved by their slopes, the rest by normal form"
            return Judgement(Verdict.PROVED, Label.DERIVED, "differences", detail)
        spelled = step.rhs.subs(EXACT).replace(lambda x: x.func == arctan2, lambda x: atan2(*x.args))
        spelled = spelled.replace(lambda x: x.func == expm1, lambda x: exp(x.args[0]) - 1)
        spelled = spelled.replace(lambda x: x.func == exp_rise, lambda x: exp(x.args[1]) - exp(x.args[0]))
        undecided = Judgement(Verdict.UNDECIDED, Label.DERIVED, "differences", "no proof, and no counterexample")
        return judges.refuted_at_a_point(spelled - wanted) or undecided

    return judge


def _terms_judge(dual: Dual) -> Callable[[Step], Judgement]:
    def judge(step: Step) -> Judgement:
        at = values_of(dual.parameters, 0)
        phi, terms = dual.phi.subs(at), put(dual.terms, at)
        for x in POINTS_OF_PHI:
            wanted, found = complex(phi.subs(u, x).evalf(20)), evaluate(terms, S(x))
            if abs(wanted - found) > 10.0**-EVALUATED * (1 + abs(wanted)):
                detail = f"at u = {x} the two sides are {wanted:.12g} and {found:.12g}"
                return Judgement(Verdict.REFUTED, Label.NUMERIC, "evaluation", detail)
        return Judgement(
            Verdict.AGREES,
            Label.NUMERIC,
            "evaluation",
            f"equal to {EVALUATED} digits at {len(POINTS_OF_PHI)} points, on both sides of 0",
            digits=EVALUATED,
        )

    return judge


def by_quadrature(step: Step, scale: Expr) -> Judgement:
    """The comparison of both sides at three covariances, with values of parameters, every expectation by quadrature."""
    parameters = (step.lhs.free_symbols | step.rhs.free_symbols) - {a, b, c, u}
    points, digits = judges.scaled_points(scale), DIGITS
    for number, point in enumerate(points):
        at = {a: point["a"], b: point["b"], c: point["c"], **values_of(parameters, number)}
        sides, moduli = zip(*(_number(side, at) for side in (step.lhs, step.rhs)), strict=True)
        lhs, rhs = sides
        size, lost = max(1.0, abs(lhs)), EXACT_TO * max(moduli)
        if not lost <= 10.0**-FEWEST * size:
            detail = f"summands of size {max(moduli):.0e} cancel, and leave fewer than {FEWEST} digits"
            return Judgement(Verdict.UNDECIDED, Label.NUMERIC, "quadrature", detail)
        digits = digits if lost <= 10.0**-digits * size else FEWEST
        if abs(lhs - rhs) > 10.0**-digits * size:
            where = ", ".join(f"{x} = {q}" for x, q in at.items())
            sides = " and ".join(f"{z:.12g}" if z.imag else f"{z.real:.12g}" for z in (lhs, rhs))
            detail = f"at {where} the two sides are {sides}"
            return Judgement(Verdict.REFUTED, Label.NUMERIC, "quadrature", detail)
    detail = f"equal to {digits} digits at {len(points)} covariances"
    return Judgement(Verdict.AGREES, Label.NUMERIC, "quadrature", detail, digits=digits)


def _number(side: Expr, at: dict[Expr, Expr]) -> tuple[complex, float]:
    """The value of a side, and the sum of the moduli of its summands that depend on quadrature."""
    values = {x: _expectation(x, tuple(at.items())) for x in side.atoms(Expected, ExpectedProduct)}
    total, moduli = S.Zero, 0.0
    try:
        for summand in Add.make_args(side):
            value = summand.xreplace(values | at).evalf(30)
            total += value
            moduli += abs(complex(value)) if values and summand.has(Expected, ExpectedProduct) else 0.0
        return complex(total.evalf(20)), moduli
    except OverflowError:
        return complex("inf"), float("inf")


@lru_cache(maxsize=2048)  # an expectation occurs in several steps of a derivation, at the same points in each
def _expectation(x: Expected | ExpectedProduct, at: tuple[tuple[Expr, Expr], ...]) -> Expr:
    value = moment(x.moment, dict(at)) if isinstance(x, Expected) else _product(x, dict(at))
    return S(value.real) + S(value.imag) * S.ImaginaryUnit if im(value) else S(value.real)


def closing_judge(step: Step, scale: Expr, long: int = LONG) -> Judgement:
    """The judgement by normal form; long formulas are compared in numbers, since a normal form would take minutes."""
    sides = step.lhs.doit(), step.rhs.doit()
    if sum(side.count_ops() for side in sides) <= long:
        return judges.elementary(step, scale)
    points = judges.scaled_points(scale)
    for number, point in enumerate(points):
        at = {a: point["a"], b: point["b"], c: point["c"]}
        at |= values_of((sides[0].free_symbols | sides[1].free_symbols) - {a, b, c}, number)
        lhs, rhs = (side.subs(at).evalf(SIGNIFICANT + 10) for side in sides)
        if abs(lhs - rhs) > 10**-SIGNIFICANT * (1 + abs(lhs)):
            where = ", ".join(f"{x} = {q}" for x, q in at.items())
            detail = f"at {where} the two sides are {lhs.evalf(12)} and {rhs.evalf(12)}"
            return Judgement(Verdict.REFUTED, Label.NUMERIC, "elementary", detail)
    detail = (
        f"equal to {SIGNIFICANT} digits at {len(points)} points; the normal form of so long a formula is not sought"
    )
    return Judgement(Verdict.AGREES, Label.NUMERIC, "elementary", detail, digits=SIGNIFICANT)


def _product(x: ExpectedProduct, at: dict[Expr, Expr]) -> complex:
    import numpy as np

    functions, cuts = [], []
    for f in (f.subs({s: q for s, q in at.items() if s not in (a, b, c)}) for f in x.args):
        phi, _ = compile_pointwise(f)
        functions.append(lambda z, phi=phi: phi(np, z))
        cuts.append([float(p.lo) for p in split(f, u)[1:]])
    A, B, C = (float(at[s]) for s in (a, b, c))
    return complex(mean_of_product(functions, cuts, [[A, C], [C, B]] if len(functions) == 2 else [[A]]))


def values_of(parameters: Iterable[Symbol], number: int) -> dict[Symbol, Expr]:
    """Trial values of parameters, no two of them equal, each with the sign of its parameter."""
    names = sorted(parameters, key=str)
    return {x: admissible(x, Rational(5 + 3 * number + 7 * n, 9 + 2 * n)) for n, x in enumerate(names)}


def _judged(step: Step, judge: Callable[[Step], Judgement | None]) -> Step:
    said = judge(step)
    return Step(step.lhs, step.rhs, step.rule, step.remark, (said,) if said else ())
