"""The derivation of a dual kernel as a document: every rule application is a step, and every step is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial

from sympy import Derivative, DiracDelta, Expr, Function, Rational, S, Subs, Symbol, asin, atan2, exp, im, latex, sqrt

from ..proofs.derivation import Claim, Derivation, Hypothesis, Judgement, Label, Step, Verdict
from ..proofs.judges import elementary as judges
from .codegen import compile_pointwise
from .conditioned import EXACT, ConditionedPart, equals, exp_rise, expm1, parts
from .differences import arctan2
from .dual import Dual, Expansion, a, b, c, put, u
from .expectation import Moment
from .normal import Phi2
from .pieces import split
from .quadrature import mean_of_product, moment
from .symbols import Expected, ExpectedProduct, as_expression
from .terms import evaluate

DIGITS, LARGEST = 9, 1e12
RULES = {
    "condition": "condition on the edge: $\\mathbb{E}[\\delta(p x - h) g] = $ density at $h$ $\\times$ "
    "$\\mathbb{E}[g \\mid p x = h]$",
    "Stein": "Stein's lemma: $\\mathbb{E}[x_i g] = \\mu_i \\mathbb{E}[g] + \\sum_k S_{ik} \\mathbb{E}[\\partial_k g]$",
    "base": "no power is left: an orthant probability",
}
PHI2 = Hypothesis(
    "$\\Phi_{2}(h, k; r)$ is the probability that two standard normal variables of correlation $r$ are at most $h$ and $k$."
)
PRICE = "Price's theorem: $\\partial\\kappa/\\partial c = \\mathbb{E}[\\varphi'(u)\\varphi'(v)]$"


@lru_cache(maxsize=64)
def derivation_of(dual: Dual, name: str) -> Derivation:
    """How κ follows from φ. The last steps are independent of all before: Price's theorem and the value at c = 0
    together determine κ from κ̇ and the mean."""
    derivative = dual.phi.diff(u).replace(DiracDelta, lambda *_: S.Zero)  # where there is no jump it is times 0
    lhs, slope = ExpectedProduct(dual.phi, dual.phi), ExpectedProduct(derivative, derivative)
    scale = dual.limit / 4 if dual.limit.is_finite else S.One  # the largest variance of POINTS is 2
    quadrature, elementary = (partial(judge, scale=scale) for judge in (by_quadrature, judges.elementary))
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
    if not dual.jumps:
        steps.append(_judged(Step(slope, dual.kappa_dot.value, "the same rules for the derivative"), quadrature))
    steps.append(_judged(Step(Derivative(dual.kappa.value, c), dual.kappa_dot.value, PRICE), elementary))
    means = dual.mean.value * dual.mean.value.subs(a, b)
    steps.append(_judged(Step(Subs(dual.kappa.value, c, 0), means, "at $c = 0$ u and v are independent"), elementary))
    if not (dual.by_integrals or dual.parameters):
        form = dual.decaying or dual
        continued = "".join(f", with ${s} = {value}$" for s, value in dual.growth.items())
        for parity, part in parts(form.kappa.value, form.kappa_dot.value).items():
            steps += _conditioned_steps(parity, part, continued)
    return Derivation(
        title=f"Dual kernel of {name}",
        conclusion=(Claim(lhs, dual.kappa.value),),
        steps=tuple(steps),
        hypotheses=(
            Hypothesis("$(u, v)$ is a centred Gaussian with variances $a, b > 0$, covariance $c$ and $c^2 < ab$."),
            Hypothesis("$\\mathbb{E}[\\varphi(u)^2]$ is finite" + _below(dual.limit)),
            Hypothesis("Gaussian integration by parts holds for products of powers and edges.", "Stein 1981, Lemma 1"),
            Hypothesis("Price's theorem holds in the sense of distributions.", "Price 1958; McMahon 1964"),
            Hypothesis(
                "An orthant of two centred Gaussians has probability $1/4 + \\arcsin(r)/(2\\pi)$.", "Sheppard 1899"
            ),
            *([PHI2] if dual.kappa.value.has(Phi2) else []),
        ),
        source="Cho & Saul 2009; Williams 1997; Daniely, Frostig, Singer 2016, arXiv 1602.05897",
    )


def _below(limit: Expr) -> str:
    return f": the variances are below ${latex(limit)}$." if limit.is_finite else "."


def _rule_steps(expansion: Expansion) -> list[Step]:
    """From the summands down: each moment by the rule that lowered it."""
    steps = []
    for m, low in reversed(expansion.lowered.items()):
        if _expected(m) != 1:
            rhs = low.constant + sum((coef * _expected(part) for coef, part in low.parts), S.Zero)
            steps.append(Step(_expected(m), rhs, RULES[low.rule]))
    return steps


def _expected(m: Moment) -> Expr:
    """E of nothing is 1."""
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
        for x in (-2, S(-1) / 3, S(1) / 2, S(7) / 4):
            wanted, found = complex(phi.subs(u, x).evalf(20)), evaluate(terms, S(x))
            if abs(wanted - found) > 1e-12 * (1 + abs(wanted)):
                detail = f"at u = {x} the two sides are {wanted:.12g} and {found:.12g}"
                return Judgement(Verdict.REFUTED, Label.NUMERIC, "evaluation", detail)
        return Judgement(
            Verdict.PROVED, Label.NUMERIC, "evaluation", "equal to 12 digits at 4 points, on both sides of 0"
        )

    return judge


def by_quadrature(step: Step, scale: Expr) -> Judgement:
    """Both sides at three covariances, and as many values of parameters, every expectation by quadrature."""
    parameters = (step.lhs.free_symbols | step.rhs.free_symbols) - {a, b, c, u}
    points = judges.scaled_points(scale)
    for number, point in enumerate(points):
        at = {a: point["a"], b: point["b"], c: point["c"], **values_of(parameters, number)}
        sides = [_number(side, at) for side in (step.lhs, step.rhs)]
        lhs, rhs = sides
        if not all(max(abs(z.real), abs(z.imag)) < LARGEST for z in sides):
            return Judgement(
                Verdict.UNDECIDED, Label.NUMERIC, "quadrature", f"a side exceeds {LARGEST:.0e}, digits cancel"
            )
        if abs(lhs - rhs) > 10.0**-DIGITS * max(1.0, abs(lhs)):
            where = ", ".join(f"{x} = {q}" for x, q in at.items())
            sides = " and ".join(f"{z:.12g}" if z.imag else f"{z.real:.12g}" for z in (lhs, rhs))
            detail = f"at {where} the two sides are {sides}"
            return Judgement(Verdict.REFUTED, Label.NUMERIC, "quadrature", detail)
    return Judgement(
        Verdict.PROVED, Label.NUMERIC, "quadrature", f"equal to {DIGITS} digits at {len(points)} covariances"
    )


def _number(side: Expr, at: dict[Expr, Expr]) -> complex:
    values: dict[Expr, Expr] = {}
    for x in side.atoms(Expected, ExpectedProduct):
        value = moment(x.moment, at) if isinstance(x, Expected) else _product(x, at)
        values[x] = S(value.real) + S(value.imag) * S.ImaginaryUnit if im(value) else S(value.real)
    try:
        return complex(side.xreplace(values).subs(at).evalf(20))
    except OverflowError:
        return complex("inf")


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
    """Values to try parameters at, no two of them equal."""
    names = sorted(parameters, key=str)
    return {x: Rational(5 + 3 * number + 7 * n, 9 + 2 * n) for n, x in enumerate(names)}


def _judged(step: Step, judge: Callable[[Step], Judgement | None]) -> Step:
    said = judge(step)
    return Step(step.lhs, step.rhs, step.rule, step.remark, (said,) if said else ())
