"""The rule of an activation, printed from its derived dual in the form that keeps its digits (`activations.condition`).

φ is the sum of its even and its odd part, and so is κ. Each has its own r' = √(κ(a,a,a) κ(b,b,b)); near parallel inputs
r' − κ is the derived drop, elsewhere a difference.
"""

from __future__ import annotations

from typing import Any

from sympy import Expr, Symbol, cse, numbered_symbols, sstr

from ..activations.code.codegen import ArrayPrinter
from ..activations.condition.conditioned import ConditionedPart, g, h, parts, r
from ..activations.condition.differences import angle_excess, arctan2
from ..activations.form.variables import a, b, c
from ..errors import NoClosedForm
from ..layers.closed import NEAR
from .rules import Rule, State

FRAME = (
    ("a", "p.a"),
    ("b", "p.b"),
    ("c", "xp.abs(p.c)"),
    ("h", "root(positive(p.minus*p.plus))"),
    ("g", "xp.where(p.minus < p.plus, p.minus, p.plus)"),
)
ZERO_FREE = (  # where φ jumps: the formulas do not hold at a zero vector, and any other one will do
    ("there", "(p.a > 0) & (p.b > 0)"),
    ("a", "nonzero(p.a)"),
    ("b", "nonzero(p.b)"),
    ("c", "xp.where(there, xp.abs(p.c), 0*p.c)"),
    ("h", "xp.where(there, root(positive(p.minus*p.plus)), root(a)*root(b) + 0*p.c)"),
    ("g", "xp.where(there, xp.where(p.minus < p.plus, p.minus, p.plus), root(a)*root(b) + 0*p.c)"),
)
INSTEAD = 'print its formula by phi.export("latex"), or use net.kernel'


class Printer(ArrayPrinter):
    """The signs of `rules`: powers with other exponents are a function in C."""

    def _print_Pow(self, expr: Expr, rational: bool = False) -> str:
        base, power = expr.args
        if not expr.is_number and power.is_Rational and power.q > 2:
            return f"xp.pow({self._print(base)}, {float(power)!r})"
        return super()._print_Pow(expr, rational)


def dual_rule(phi: Any, name: str, tangent: bool, means: bool) -> Rule:
    """The elementwise word of φ. Raises NoClosedForm, naming the remedy, for a dual that no language computes as it stands."""
    try:
        dual = phi._dual
    except NoClosedForm as reason:
        raise NoClosedForm(f"{reason}; use net.kernel, or export a network of activations with a closed form") from None
    if dual.by_integrals or dual.growth:
        why = "holds Φ₂, Φ or a sum that loses digits" if dual.by_integrals else "exists below a variance alone"
        raise NoClosedForm(f"export: the closed dual of {phi.text} {why}, so its kernel is not one formula: {INSTEAD}")
    both = parts(dual.kappa.value, dual.kappa_dot.value)
    values = _values(both, dual, tangent, means)
    show = Printer().doprint
    try:
        shared, results = cse(list(values.values()), symbols=numbered_symbols("x"), optimizations=[])
        computed = [(str(x), show(e)) for x, e in shared]
        computed += [(key, _filled(show(e), e)) for key, e in zip(values, results, strict=True)]
    except NotImplementedError as unknown:
        raise NoClosedForm(f"export: the closed dual of {phi.text} is not written ({unknown}): {INSTEAD}") from None
    lets: list[tuple[str, str | State]] = [*(ZERO_FREE if dual.jumps else FRAME), ("r", "root(a)*root(b)")]
    lets += [*computed, *_at_zero(both, dual.jumps), *_gaps(both, dual.jumps)]
    lets += _states(both, tangent, means)
    result = "add(even, odd)" if len(both) == 2 else next(iter(both))
    return Rule(name, ("p",), (), f"{sstr(phi.expr)}, from K to kappa(K)", tuple(lets), result)


def _values(both: dict[str, ConditionedPart], dual: Any, tangent: bool, means: bool) -> dict[str, Expr]:
    """The derived expressions, by the name that each has in the code."""
    out: dict[str, Expr] = {}
    for parity, part in both.items():
        raw = _raw(parity, dual.jumps)
        out[f"{raw}_aa"], out[f"{raw}_bb"], out[f"{raw}_ab"] = part.diag, part.diag.subs(a, b), part.kappa
        out[f"{parity}_fall"] = part.drop
        if part.density is not None:  # r' is not κ(c = r) unless the norms are equal
            out[f"{parity}_top"] = part.kappa.subs({c: r, h: 0, g: 0})
        if tangent:
            out[f"{parity}_slope"] = part.kappa_dot
    if means or dual.jumps:
        at = (Symbol(x, positive=True) for x in ("p.a", "p.b"))
        out["m"], out["n"] = (dual.mean.value.subs(a, x) for x in at)
    return {key: _spelled(e) for key, e in out.items()}


def _spelled(e: Expr) -> Expr:
    """angle_excess(h, c, r) as r θ − h, whose absolute error suffices here: θ of the next layer comes from √(gap)."""
    return e.replace(lambda x: x.func == angle_excess, lambda x: x.args[2] * arctan2(*x.args[:2]) - x.args[0])


def _filled(text: str, e: Expr) -> str:
    """A constant as an array of the shape of c."""
    return text if e.free_symbols else f"0*c + {text}"


def _raw(parity: str, jumps: bool) -> str:
    """The lead of names of values that hold unless a vector is zero."""
    return f"{parity}_off" if jumps else parity


def _at_zero(both: dict[str, ConditionedPart], jumps: bool) -> list[tuple[str, str]]:
    """Values that replace the formulas at a zero vector where φ jumps: u = 0, and φ(0) is the mean of its two sides."""
    if not jumps:
        return []
    out = []
    for parity in both:
        held = ("m*m", "n*n", "m*n") if parity == "even" else ("0*a", "0*b", "0*c")
        for key, at, value in zip(("aa", "bb", "ab"), ("p.a > 0", "p.b > 0", "there"), held, strict=True):
            out.append((f"{parity}_{key}", f"xp.where({at}, {_raw(parity, jumps)}_{key}, {value})"))
    return out


def _gaps(both: dict[str, ConditionedPart], jumps: bool) -> list[tuple[str, str]]:
    out = []
    for parity, part in both.items():
        aa, bb, ab, fall, root = (f"{parity}_{key}" for key in ("aa", "bb", "ab", "fall", "root"))
        # what unequal norms alone leave is of order (a - b)^2: below rounding, a difference would only add noise to it
        norms = f"xp.where((a - b)*(a - b) > 1e-15*a*b, positive({root} - {parity}_top), 0*{root})"
        more = "" if part.density is None else f" + {norms}"
        near = f"({ab} > {NEAR}*{root}) & there" if jumps else f"{ab} > {NEAR}*{root}"
        gap = f"positive(xp.where({near}, {fall}{more}, {root} - {ab}))"
        out += [(root, f"root({aa})*root({bb})"), (f"{parity}_gap", gap)]
    return out


def _states(both: dict[str, ConditionedPart], tangent: bool, means: bool) -> list[tuple[str, str | State]]:
    """Each part of φ as independent units. κ is even or odd in c, and its slope the other one."""
    out: list[tuple[str, str | State]] = []
    if tangent:
        signed = {"even": "xp.where(p.c < 0, -even_slope, even_slope)", "odd": "odd_slope"}
        out.append(("slope", " + ".join(signed[parity] for parity in both)))
    for number, parity in enumerate(both):
        aa, bb, ab, gap, root = (f"{parity}_{key}" for key in ("aa", "bb", "ab", "gap", "root"))
        state = {"a": aa, "b": bb, "c": ab, "minus": gap, "plus": f"{root} + {ab}"}
        if parity == "odd":
            state["c"] = f"xp.where(p.c < 0, -{ab}, {ab})"
            state["minus"], state["plus"] = (
                f"xp.where(p.c < 0, {one}, {other})"
                for one, other in ((f"{root} + {ab}", gap), (gap, f"{root} + {ab}"))
            )
        first = number == 0
        state["ntk"] = "slope*p.ntk" if first else "0*p.ntk"
        state["m"], state["n"] = ("m", "n") if first and means else ("0*p.a", "0*p.b")
        out.append((parity, state))
    return out
